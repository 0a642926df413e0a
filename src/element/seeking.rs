//! Seeking (HTML § 4.8.11.9, MSE § 2.4.3) and the position that the data plane was told to take.

use super::{MediaElement, ReadyState};
use crate::control_plane::output::Output;
use crate::mse::media_source::check_finite;
use crate::mse::{Exception, MediaSource};
use crate::protocol::{Command, Token, WallTime};
use crate::time::MediaTime;

/// Which position was asked for, and whether the data plane stands there.
#[derive(Debug, Default)]
pub(super) struct Seeking {
    /// The target in seconds, exactly as the page set it, while `seeking` is true.
    target: Option<f64>,
    /// Of the last position that the data plane was told. The initial position is token 0 and needs no command.
    token: Token,
    /// Whether the data plane has answered to that token.
    is_ready: bool,
    /// In seconds; 0 is none.
    default_playback_start_position: f64,
}

impl Seeking {
    /// `seeking`.
    pub(super) fn is_seeking(&self) -> bool {
        self.target.is_some()
    }

    /// Whether the data plane has yet to show the position: then `readyState` is `HAVE_METADATA` at most.
    pub(super) fn is_pending(&self) -> bool {
        !self.is_ready
    }

    /// Where a seek leads to, in seconds.
    pub(super) fn target(&self) -> Option<f64> {
        self.target
    }

    pub(super) fn default_playback_start_position(&self) -> f64 {
        self.default_playback_start_position
    }

    pub(super) fn take_default_playback_start_position(&mut self) -> Option<f64> {
        Some(std::mem::take(&mut self.default_playback_start_position)).filter(|&start| start > 0.0)
    }
}

impl MediaElement {
    /// `seeking`.
    pub fn seeking(&self) -> bool {
        self.seeking.is_seeking()
    }

    /// `currentTime` setter, in seconds.
    ///
    /// # Errors
    /// `TypeError` for NaN and infinities.
    pub fn set_current_time(
        &mut self,
        position: f64,
        now: WallTime,
        source: &MediaSource,
        out: &mut Output,
    ) -> Result<(), Box<Exception>> {
        check_finite("HTMLMediaElement.currentTime", position)?;
        self.timeline.set_now(now);
        if self.ready_state == ReadyState::HaveNothing {
            self.seeking.default_playback_start_position = position;
        } else {
            self.seek(position, source, out);
        }
        Ok(())
    }

    /// HTML § 4.8.11.9, seek. The position is in seconds.
    pub(super) fn seek(&mut self, position: f64, source: &MediaSource, out: &mut Output) {
        if self.ready_state == ReadyState::HaveNothing {
            return;
        }
        // Steps 5 to 7: into the resource, or not at all.
        let Some((earliest, latest)) = source.element_seekable() else {
            self.seeking.target = None;
            return;
        };
        let position = position.min(latest).max(earliest);
        self.seeking.target = Some(position);
        out.fire_at_element("seeking");
        self.go_to(MediaTime::from_seconds(position), out);
    }

    /// The data lost its hold on the current position: it is asked for anew, without the page seeing a seek.
    pub(super) fn reposition(&mut self, out: &mut Output) {
        if !self.seeking.is_pending() {
            self.go_to(self.position(), out);
        }
    }

    fn go_to(&mut self, position: MediaTime, out: &mut Output) {
        self.seeking.token = self.seeking.token.wrapping_add(1);
        self.seeking.is_ready = false;
        self.playback.is_at_end = false;
        self.set_ready_state(ReadyState::HaveMetadata, out);
        self.timeline.jump_to(position);
        out.command(Command::Seek {
            token: self.seeking.token,
            position,
        });
    }

    /// The data plane stands at a position and shows its frame: HTML § 4.8.11.9, steps 12 to 17 of seek.
    pub fn position_ready(
        &mut self,
        token: Token,
        position: MediaTime,
        now: WallTime,
        source: &MediaSource,
        out: &mut Output,
    ) {
        if token != self.seeking.token || self.seeking.is_ready {
            return;
        }
        self.timeline.set_now(now);
        self.timeline.jump_to(position);
        self.seeking.is_ready = true;
        if self.error.is_some() || self.ready_state == ReadyState::HaveNothing {
            return;
        }
        // While playing, the end is announced by the data plane.
        self.playback.is_at_end = self.playback.is_paused()
            && source.duration().is_finite()
            && position.as_seconds() >= source.duration();
        if self.seeking.target.take().is_some() {
            self.fire_timeupdate(out);
            out.fire_at_element("seeked");
        }
        // The frame is there, whatever the snapshots say so far.
        let available = self.available_data(source).max(ReadyState::HaveCurrentData);
        self.set_ready_state(available, out);
    }
}
