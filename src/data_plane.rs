//! The data plane: source buffers and the player behind one pair of calls, commands in and events out.
