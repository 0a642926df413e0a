//! Bytes that wait to be parsed: a queue addressed by stream offset, and readers that check every bound.

mod queue;
mod reader;

pub use queue::ByteQueue;
pub use reader::{BitReader, BitWriter, Reader, Truncated};
