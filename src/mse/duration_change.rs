//! The duration: its setter and its algorithm.

use crate::control_plane::output::Output;
use crate::decimal::Decimal;
use crate::element::MediaElement;
use crate::mse::{Exception, MediaSource};
use crate::protocol::Command;
use crate::time::MediaTime;

impl MediaSource {
    /// `duration` setter (MSE § 2.1).
    ///
    /// # Errors
    /// In order: `TypeError` for NaN and negative values; `InvalidStateError` when not open, while a SourceBuffer is
    /// updating, and when frames would lie beyond.
    pub fn set_duration(
        &mut self,
        duration: f64,
        element: &mut MediaElement,
        out: &mut Output,
    ) -> Result<(), Box<Exception>> {
        if duration.is_nan() || duration < 0.0 {
            return Err(Exception::type_error(format!(
                "MediaSource.duration: {} is not a duration",
                Decimal(duration)
            )));
        }
        self.check_open("MediaSource.duration")?;
        self.check_no_update("MediaSource.duration")?;
        self.duration_change(duration, element, out)
    }

    /// MSE § 2.4.6, duration change.
    pub(super) fn duration_change(
        &mut self,
        new_duration: f64,
        element: &mut MediaElement,
        out: &mut Output,
    ) -> Result<(), Box<Exception>> {
        if self.duration == new_duration {
            return Ok(());
        }
        let instant = MediaTime::from_seconds(new_duration);
        let mut highest = None;
        for buffer in self.source_buffers() {
            highest = highest.max(buffer.highest_presentation_timestamp());
        }
        if let Some(highest) = highest
            && instant < highest
        {
            return Err(Exception::invalid_state(format!(
                "MediaSource.duration: frames up to {} are buffered, beyond {}; remove() them first",
                Decimal(highest.as_seconds()),
                Decimal(new_duration)
            )));
        }
        let new_duration = match self.highest_end_time() {
            Some(end) if instant < end => end.as_seconds(),
            _ => new_duration,
        };
        if self.duration != new_duration {
            self.duration = new_duration;
            self.send_duration(out);
            element.duration_changed(self, out);
        }
        Ok(())
    }

    pub(super) fn highest_end_time(&self) -> Option<MediaTime> {
        let mut highest = None;
        for buffer in self.source_buffers() {
            highest = highest.max(buffer.highest_end_time());
        }
        highest
    }

    pub(super) fn send_duration(&self, out: &mut Output) {
        out.command(Command::SetDuration {
            duration: Some(self.duration)
                .filter(|duration| !duration.is_nan())
                .map(MediaTime::from_seconds),
        });
    }
}
