//! Bytes that wait to be parsed: a queue addressed by stream offset, and readers that check every bound.

mod queue;
mod reader;

pub use queue::ByteQueue;
pub use reader::{BitReader, BitWriter, Reader, Truncated};

/// The bytes before the first zero, and those after it; all where there is none.
pub(crate) fn split_at_zero(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let (before, after) = bytes.split_at_checked(end).unwrap_or_default();
    (before, after.get(1..).unwrap_or_default())
}

/// The text up to the first zero, or all; what is no UTF-8 is replaced.
pub(crate) fn text_before_zero(bytes: &[u8]) -> String {
    String::from_utf8_lossy(split_at_zero(bytes).0).into_owned()
}
