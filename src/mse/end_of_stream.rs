//! The end of the stream, by the page's word or by an error, and how it is taken back.

use crate::control_plane::output::Output;
use crate::element::{ErrorCode, MediaElement};
use crate::mse::{Exception, MediaSource, ReadyState};
use crate::protocol::Command;
use crate::time::MediaTime;
use crate::wire::wire;

/// Why a stream ended before its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndOfStreamError {
    /// The media could not be fetched any further.
    Network,
    /// The media could not be decoded any further.
    Decode,
}
wire!(
    enum EndOfStreamError {
        Network,
        Decode,
    }
);

impl MediaSource {
    /// `endOfStream` (MSE § 2.2).
    ///
    /// # Errors
    /// `InvalidStateError` when not open or while a SourceBuffer is updating.
    pub fn end_of_stream(
        &mut self,
        error: Option<EndOfStreamError>,
        element: &mut MediaElement,
        out: &mut Output,
    ) -> Result<(), Box<Exception>> {
        self.check_open("MediaSource.endOfStream")?;
        self.check_no_update("MediaSource.endOfStream")?;
        let message = match error {
            None => "",
            Some(EndOfStreamError::Network) => "the page called MediaSource.endOfStream(\"network\")",
            Some(EndOfStreamError::Decode) => "the page called MediaSource.endOfStream(\"decode\")",
        };
        self.run_end_of_stream(error, message, element, out);
        Ok(())
    }

    /// Data that cannot be decoded ends an open source by an error (MSE § 2.4.7 with "decode").
    pub fn decode_failed(&mut self, message: &str, element: &mut MediaElement, out: &mut Output) {
        match self.ready_state {
            ReadyState::Open => {
                self.run_end_of_stream(Some(EndOfStreamError::Decode), message, element, out);
            }
            ReadyState::Ended => element.fail(ErrorCode::Decode, message, out),
            ReadyState::Closed => {}
        }
    }

    /// MSE § 2.4.7, end of stream.
    fn run_end_of_stream(
        &mut self,
        error: Option<EndOfStreamError>,
        message: &str,
        element: &mut MediaElement,
        out: &mut Output,
    ) {
        self.ready_state = ReadyState::Ended;
        out.fire_at_media_source("sourceended");
        self.report_buffered_changes(out);
        match error {
            None => {
                let end = self.highest_end_time().unwrap_or(MediaTime::ZERO);
                // It cannot fail: no frame lies beyond the end of all.
                let _ = self.duration_change(end.as_seconds(), element, out);
                out.command(Command::SetEnded { ended: true });
                element.update_ready_state(self, out);
            }
            Some(EndOfStreamError::Network) => element.fail(ErrorCode::Network, message, out),
            Some(EndOfStreamError::Decode) => element.fail(ErrorCode::Decode, message, out),
        }
    }

    /// The step that many calls share: an ended source is open again.
    pub(super) fn reopen(&mut self, out: &mut Output) {
        if self.ready_state == ReadyState::Ended {
            self.ready_state = ReadyState::Open;
            out.fire_at_media_source("sourceopen");
            self.report_buffered_changes(out);
            out.command(Command::SetEnded { ended: false });
        }
    }
}
