//! The control plane: a media source and the element it is attached to, behind one set of synchronous calls.
