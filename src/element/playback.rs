//! Playing, pausing, ending and looping, the promises of `play()`, and the rate (HTML § 4.8.11.8).

use super::{ErrorCode, MediaElement, ReadyState};
use crate::control_plane::output::Output;
use crate::decimal::Decimal;
use crate::mse::{Exception, MediaSource};
use crate::protocol::{Command, PLAYABLE_RATES, WallTime};
use crate::time::MediaTime;

/// Names the promise of one `play()`.
pub type PlayNumber = u32;

fn is_playable(rate: f64) -> bool {
    rate == 0.0 || PLAYABLE_RATES.contains(&rate)
}

/// What the page asked for.
#[derive(Debug)]
pub(super) struct Playback {
    paused: bool,
    /// The can autoplay flag.
    can_autoplay: bool,
    autoplay: bool,
    looping: bool,
    /// Whether the position is the end of the resource.
    pub(super) is_at_end: bool,
    rate: f64,
    default_rate: f64,
    preserves_pitch: bool,
    pending_play_promises: Vec<PlayNumber>,
    last_play: PlayNumber,
    /// What the data plane was told last: whether to play, and at what rate.
    sent_play: bool,
    sent_rate: (f64, bool),
}

impl Playback {
    pub(super) fn new() -> Self {
        Self {
            paused: true,
            can_autoplay: true,
            autoplay: false,
            looping: false,
            is_at_end: false,
            rate: 1.0,
            default_rate: 1.0,
            preserves_pitch: true,
            pending_play_promises: Vec::new(),
            last_play: 0,
            sent_play: false,
            sent_rate: (1.0, true),
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused
    }
}

impl MediaElement {
    /// `paused`.
    pub fn paused(&self) -> bool {
        self.playback.paused
    }

    /// `ended`.
    pub fn ended(&self) -> bool {
        self.playback.is_at_end && !self.playback.looping && !self.seeking()
    }

    /// `playbackRate`.
    pub fn playback_rate(&self) -> f64 {
        self.playback.rate
    }

    /// `defaultPlaybackRate`.
    pub fn default_playback_rate(&self) -> f64 {
        self.playback.default_rate
    }

    /// `preservesPitch`.
    pub fn preserves_pitch(&self) -> bool {
        self.playback.preserves_pitch
    }

    /// `playbackRate` setter.
    ///
    /// # Errors
    /// In order: `TypeError` for NaN and infinities, `NotSupportedError` for a rate that is neither 0 nor playable.
    pub fn set_playback_rate(&mut self, rate: f64, out: &mut Output) -> Result<(), Box<Exception>> {
        crate::mse::media_source::check_finite("HTMLMediaElement.playbackRate", rate)?;
        if !is_playable(rate) {
            return Err(Exception::not_supported(format!(
                "HTMLMediaElement.playbackRate: {} is neither 0 nor between {} and {}",
                Decimal(rate),
                Decimal(*PLAYABLE_RATES.start()),
                Decimal(*PLAYABLE_RATES.end())
            )));
        }
        if self.playback.rate != rate {
            self.playback.rate = rate;
            out.fire_at_element("ratechange");
        }
        Ok(())
    }

    /// `defaultPlaybackRate` setter. What could not be played is passed over, as in Chromium: it would become the rate at
    /// the next load.
    ///
    /// # Errors
    /// `TypeError` for NaN and infinities.
    pub fn set_default_playback_rate(&mut self, rate: f64, out: &mut Output) -> Result<(), Box<Exception>> {
        crate::mse::media_source::check_finite("HTMLMediaElement.defaultPlaybackRate", rate)?;
        if self.playback.default_rate != rate && is_playable(rate) {
            self.playback.default_rate = rate;
            out.fire_at_element("ratechange");
        }
        Ok(())
    }

    /// `preservesPitch` setter.
    pub fn set_preserves_pitch(&mut self, preserves_pitch: bool) {
        self.playback.preserves_pitch = preserves_pitch;
    }

    /// The `loop` attribute is there or not.
    pub fn set_loop(&mut self, looping: bool) {
        self.playback.looping = looping;
    }

    /// The `autoplay` attribute is there or not: it counts when `readyState` next becomes `HAVE_ENOUGH_DATA`.
    pub fn set_autoplay(&mut self, autoplay: bool) {
        self.playback.autoplay = autoplay;
    }

    /// `play()`: returns the number by which its promise is settled.
    pub fn play(&mut self, now: WallTime, source: &MediaSource, out: &mut Output) -> PlayNumber {
        self.timeline.set_now(now);
        self.playback.last_play = self.playback.last_play.wrapping_add(1);
        let number = self.playback.last_play;
        if self.error() == Some(ErrorCode::SrcNotSupported) {
            out.reject_play(number, "NotSupportedError");
            return number;
        }
        self.playback.pending_play_promises.push(number);
        // The internal play steps.
        if self.playback.is_at_end {
            self.seek(0.0, source, out);
        }
        if self.playback.paused {
            self.playback.paused = false;
            out.fire_at_element("play");
            if self.ready_state <= ReadyState::HaveCurrentData {
                out.fire_at_element("waiting");
            } else {
                self.notify_about_playing(out);
            }
        } else if self.ready_state >= ReadyState::HaveFutureData {
            self.resolve_pending_play_promises(out);
        }
        self.playback.can_autoplay = false;
        number
    }

    /// `pause()`.
    pub fn pause(&mut self, now: WallTime, source: &MediaSource, out: &mut Output) {
        self.timeline.set_now(now);
        self.internal_pause("AbortError", out);
        // A stall ends with the wish to play.
        self.update_ready_state(source, out);
    }

    /// The browser does not let the element play: pending promises are rejected so, and it is paused again.
    pub fn play_refused(&mut self, now: WallTime, source: &MediaSource, out: &mut Output) {
        self.timeline.set_now(now);
        self.internal_pause("NotAllowedError", out);
        self.update_ready_state(source, out);
    }

    /// The internal pause steps; pending promises are rejected with a DOMException of this name.
    pub(super) fn internal_pause(&mut self, rejection: &'static str, out: &mut Output) {
        self.playback.can_autoplay = false;
        if !self.playback.paused {
            self.playback.paused = true;
            self.timeline.stand_at(self.position());
            self.fire_timeupdate(out);
            out.fire_at_element("pause");
            self.reject_pending_play_promises(rejection, out);
        }
    }

    /// The position reached the end of an ended source.
    pub fn playback_ended(&mut self, now: WallTime, source: &MediaSource, out: &mut Output) {
        self.timeline.set_now(now);
        // It may be from before a seek, or from before the source was opened again.
        let is_meant = source.is_ended() && source.duration().is_finite() && !self.seeking.is_pending();
        if !is_meant
            || self.ready_state == ReadyState::HaveNothing
            || self.error.is_some()
            || self.playback.is_at_end
        {
            return;
        }
        self.timeline.stand_at(MediaTime::from_seconds(source.duration()));
        self.playback.is_at_end = true;
        if self.playback.looping {
            self.seek(0.0, source, out);
            return;
        }
        self.fire_timeupdate(out);
        if !self.playback.paused {
            self.playback.paused = true;
            out.fire_at_element("pause");
            self.reject_pending_play_promises("AbortError", out);
        }
        out.fire_at_element("ended");
    }

    /// The element plays, or would if the clock were faster: not paused, not ended, no error, and data ahead.
    pub(super) fn is_potentially_playing(&self) -> bool {
        !self.playback.paused
            && !self.ended()
            && self.error.is_none()
            && self.ready_state >= ReadyState::HaveFutureData
    }

    /// "Notify about playing".
    pub(super) fn notify_about_playing(&mut self, out: &mut Output) {
        out.fire_at_element("playing");
        self.resolve_pending_play_promises(out);
    }

    /// HTML § 4.8.11.7: what an element with the `autoplay` attribute does at `HAVE_ENOUGH_DATA`.
    pub(super) fn autoplay(&mut self, out: &mut Output) {
        let playback = &mut self.playback;
        if playback.can_autoplay && playback.paused && playback.autoplay {
            playback.paused = false;
            playback.can_autoplay = false;
            out.fire_at_element("play");
            self.notify_about_playing(out);
        }
    }

    fn resolve_pending_play_promises(&mut self, out: &mut Output) {
        for number in self.playback.pending_play_promises.drain(..) {
            out.resolve_play(number);
        }
    }

    pub(super) fn reject_pending_play_promises(&mut self, name: &'static str, out: &mut Output) {
        for number in self.playback.pending_play_promises.drain(..) {
            out.reject_play(number, name);
        }
    }

    /// Tells the data plane whether and how fast to play, if that changed.
    pub fn send_playback(&mut self, out: &mut Output) {
        let playback = &mut self.playback;
        let rate = (playback.rate, playback.preserves_pitch);
        // At rate 0 the position is held, which is what a pause is to the data plane.
        if playback.rate > 0.0 && rate != playback.sent_rate {
            playback.sent_rate = rate;
            out.command(Command::SetPlaybackRate {
                rate: playback.rate,
                preserves_pitch: playback.preserves_pitch,
            });
        }
        let play = !playback.paused && !playback.is_at_end && playback.rate > 0.0 && self.error.is_none();
        if play != playback.sent_play {
            playback.sent_play = play;
            out.command(if play { Command::Play } else { Command::Pause });
        }
    }
}
