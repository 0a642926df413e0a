//! The current position between the data plane's clock states, and the events that come by the clock: `timeupdate` while
//! playing, `progress` while loading.

use super::{MediaElement, ReadyState};
use crate::control_plane::output::Output;
use crate::mse::MediaSource;
use crate::protocol::{ClockState, WallTime};
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

/// While playing, `timeupdate` is fired at every tick (they come every 250 ms), but never sooner than this, in
/// milliseconds, after the one before.
const TIMEUPDATE_INTERVAL: f64 = 150.0;

/// `progress` is not fired sooner than this, in milliseconds, after the one before.
const PROGRESS_INTERVAL: f64 = 350.0;

/// The clock as the page knows it.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    clock: ClockState,
    /// The latest wall time that was told.
    now: WallTime,
    /// Whether the clock stopped while playback was wanted (for data, or a slow decoder), and has not run since.
    is_stalled: bool,
    /// What was played before the position last jumped.
    played: TimeRanges,
    /// Where it jumped to.
    since: MediaTime,
    last_timeupdate: WallTime,
    /// Of the last `progress`, or of the first look at the time.
    last_progress: Option<WallTime>,
    has_progressed: bool,
    bytes_held: u64,
    buffered: TimeRanges,
}

impl Timeline {
    pub(super) fn set_now(&mut self, now: WallTime) {
        self.now = now;
    }

    pub(super) fn now(&self) -> WallTime {
        self.now
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.is_stalled
    }

    /// The clock stands from now on.
    pub(super) fn stand_at(&mut self, position: MediaTime) {
        self.clock = ClockState {
            position,
            at: self.now,
            rate: 0.0,
            limit: position,
        };
        self.is_stalled = false;
    }

    /// The same where the position did not come to by playing.
    pub(super) fn jump_to(&mut self, position: MediaTime) {
        self.played = self.played_at(self.now);
        self.since = position;
        self.stand_at(position);
    }

    /// All that was passed since the last jump counts, as browsers have it: where the clock stood, and holes that were
    /// played over, tear no gaps.
    fn played_at(&self, now: WallTime) -> TimeRanges {
        let mut played = self.played.clone();
        played.add(self.since, self.clock.position_at(now).max(self.since));
        played
    }
}

impl MediaElement {
    /// The current playback position at the latest wall time that was told.
    pub(super) fn position(&self) -> MediaTime {
        self.timeline.clock.position_at(self.timeline.now)
    }

    /// `currentTime` in seconds.
    pub fn current_time(&self, now: WallTime) -> f64 {
        if self.ready_state == ReadyState::HaveNothing {
            return self.seeking.default_playback_start_position();
        }
        self.seeking
            .target()
            .unwrap_or_else(|| self.timeline.clock.position_at(now).as_seconds())
    }

    /// `played`.
    pub fn played(&self, now: WallTime) -> TimeRanges {
        self.timeline.played_at(now)
    }

    /// The data plane's clock started, stopped, stalled, or its limit moved.
    pub fn clock_changed(
        &mut self,
        clock: ClockState,
        now: WallTime,
        source: &MediaSource,
        out: &mut Output,
    ) {
        self.timeline.set_now(now);
        // A state from before a seek says nothing about the position after it; the one after it follows its answer.
        if self.seeking.is_pending() || self.error.is_some() {
            return;
        }
        if self.playback.is_paused() {
            // What is on its way since before the pause must not move the position again.
            self.timeline.stand_at(clock.position_at(now));
            return;
        }
        let was_running = self.timeline.clock.rate > 0.0;
        self.timeline.clock = clock;
        if clock.rate > 0.0 {
            if !was_running {
                self.timeline.last_timeupdate = now;
            }
            self.timeline.is_stalled = false;
            self.update_ready_state(source, out);
        } else if was_running && self.playback_rate() > 0.0 && !self.is_at_end_of_media(source) {
            self.timeline.is_stalled = true;
            self.set_ready_state(self.ready_state.min(ReadyState::HaveCurrentData), out);
        }
    }

    /// At the end of a source that gets no more data, a clock that stands has not stalled.
    fn is_at_end_of_media(&self, source: &MediaSource) -> bool {
        let end = source.element_buffered().end();
        source.is_ended() && end.is_none_or(|end| self.position() >= end)
    }

    /// The duration is another (HTML § 4.8.11.6): queues `durationchange`, and seeks to the end when that has come before
    /// the current position.
    pub fn duration_changed(&mut self, source: &MediaSource, out: &mut Output) {
        out.fire_at_element("durationchange");
        let duration = source.duration();
        let position = self
            .seeking
            .target()
            .unwrap_or_else(|| self.position().as_seconds());
        if position > duration {
            self.seek(duration, source, out);
        } else if position < duration {
            self.playback.is_at_end = false;
        }
    }

    /// Media data came or went: `progress` may be due.
    pub fn media_data_changed(&mut self, source: &MediaSource) {
        let bytes_held = source.source_buffers().map(|buffer| buffer.bytes_held()).sum();
        let buffered = source.element_buffered();
        self.timeline.has_progressed |=
            bytes_held > self.timeline.bytes_held || !buffered.difference(&self.timeline.buffered).is_empty();
        self.timeline.bytes_held = bytes_held;
        self.timeline.buffered = buffered;
    }

    /// MSE § 3.5.9, coded frame removal, the step that concerns the element: frames from `start` to before `end` are gone
    /// from an active SourceBuffer.
    pub fn coded_frames_removed(
        &mut self,
        start: MediaTime,
        end: MediaTime,
        source: &MediaSource,
        out: &mut Output,
    ) {
        self.media_data_changed(source);
        let position = self.position();
        if self.ready_state > ReadyState::HaveMetadata && start <= position && position < end {
            self.data_lost(source, out);
        }
    }

    /// Playback stalls at `HAVE_METADATA` when the current position is no longer buffered.
    pub(super) fn data_lost(&mut self, source: &MediaSource, out: &mut Output) {
        if !self.seeking.is_pending() && self.available_data(source) < ReadyState::HaveCurrentData {
            self.reposition(out);
        }
    }

    /// Looks at the time: to be called four times a second.
    pub fn tick(&mut self, now: WallTime, out: &mut Output) {
        self.timeline.set_now(now);
        if self.timeline.clock.rate > 0.0
            && self.is_potentially_playing()
            && now - self.timeline.last_timeupdate >= TIMEUPDATE_INTERVAL
        {
            self.fire_timeupdate(out);
        }
        let last_progress = *self.timeline.last_progress.get_or_insert(now);
        if self.timeline.has_progressed && now - last_progress >= PROGRESS_INTERVAL {
            self.timeline.has_progressed = false;
            self.timeline.last_progress = Some(now);
            out.fire_at_element("progress");
        }
    }

    pub(super) fn fire_timeupdate(&mut self, out: &mut Output) {
        self.timeline.last_timeupdate = self.timeline.now;
        out.fire_at_element("timeupdate");
    }
}
