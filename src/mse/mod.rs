//! The states of `MediaSource` and `SourceBuffer` as a page sees them: what may be called when, what it throws, which
//! events follow. Frames are the data plane's; of them only snapshots are known here.

mod exception;
pub(crate) mod media_source;
mod source_buffer;

pub use exception::{Exception, ExceptionName};
pub use media_source::{EndOfStreamError, MediaSource, ReadyState};
pub use source_buffer::SourceBuffer;
