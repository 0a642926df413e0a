//! The states of `MediaSource` and `SourceBuffer` as a page sees them: what may be called when, what it throws, which
//! events follow. Frames are the data plane's; of them only snapshots are known here.

mod answers;
mod duration_change;
mod end_of_stream;
mod exception;
mod managed;
pub(crate) mod media_source;
mod source_buffer;
mod source_buffer_calls;

pub use end_of_stream::EndOfStreamError;
pub(crate) use exception::Decimal;
pub use exception::{Exception, ExceptionName};
pub use managed::{BufferedChange, HIGH, LOW};
pub use media_source::{MediaSource, ReadyState};
pub use source_buffer::{ChunksAppend, SourceBuffer};
