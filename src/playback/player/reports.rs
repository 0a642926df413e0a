//! What the player tells: where the clock is, what became of the frames, the end.

use super::{Player, Tracks};
use crate::buffering::FrameSource;
use crate::protocol::{Event, WallTime};
use crate::time::MediaTime;

/// Wall milliseconds between two statistics.
const STATISTICS_INTERVAL: f64 = 250.0;

impl Player {
    pub(super) fn report_clock(&mut self) {
        if let Some(clock) = self.clock.take_change() {
            self.events.push_back(Event::Clock(clock));
        }
    }

    pub(super) fn report_end<S: FrameSource + ?Sized>(
        &mut self,
        tracks: &Tracks<'_, S>,
        position: MediaTime,
    ) {
        let is_there = self.horizon.ended && self.horizon.end(tracks).is_some_and(|end| position >= end);
        let may_end = self.wants_play && self.seek.is_none() && !self.clock.is_running();
        // However short it is, the last picture has been seen.
        let is_shown = || {
            tracks.video.is_none_or(|source| {
                self.video.until() > self.horizon.instant_in(source.ranges(), position)
                    || self.is_video_exhausted(source, position)
            })
        };
        if is_there && may_end && !self.end_reported && is_shown() {
            self.end_reported = true;
            self.wants_report = true;
            self.events.push_back(Event::PlaybackEnded);
        }
    }

    /// Returns when the next report is due, if there is something to report.
    pub(super) fn report_statistics(&mut self, now: WallTime) -> Option<WallTime> {
        self.statistics.video_decode_queue = u32::try_from(self.video_plan.in_flight()).unwrap_or(u32::MAX);
        self.statistics.video_bytes = self.video_plan.fed_bytes();
        self.statistics.audio_bytes = self.audio_plan.fed_bytes();
        let is_wanted = std::mem::take(&mut self.wants_report);
        let (at, last) = self.reported;
        if last == self.statistics {
            return None;
        }
        if now < at + STATISTICS_INTERVAL && !is_wanted {
            return Some(at + STATISTICS_INTERVAL);
        }
        self.reported = (now, self.statistics);
        self.events.push_back(Event::Statistics(self.statistics));
        None
    }
}
