//! Whether there is something to show and to hear, and whether it comes too late.

use super::{FrameSource, LATENESS_MAX, Player, RESUME_AHEAD};
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

impl Player {
    /// Whether a decoder's output, which ends at `until`, is so far behind that the clock must wait. Holes do not count:
    /// nothing comes out for them.
    pub(super) fn is_late(&self, ranges: &TimeRanges, until: MediaTime, position: MediaTime) -> bool {
        let mut missed = MediaTime::ZERO;
        for range in ranges {
            let part = range.end.min(position) - range.start.max(until);
            missed = missed + part.max(MediaTime::ZERO);
        }
        missed > LATENESS_MAX.mul_f64(self.rate.max(1.0))
    }

    pub(super) fn is_video_exhausted<S: FrameSource + ?Sized>(
        &self,
        source: &S,
        position: MediaTime,
    ) -> bool {
        let until = self.horizon.decodable_until(source.ranges(), position);
        let has_next = self.video_plan.has_next(source, until, self.video.resume_at());
        self.video_plan.is_drained() && !has_next
    }

    pub(super) fn is_video_ready<S: FrameSource + ?Sized>(&self, source: &S, position: MediaTime) -> bool {
        self.horizon.is_over(source.ranges(), position)
            || self.video.until() > position
            || has_come_to_hole(source.ranges(), self.video.until(), position)
            || (self.horizon.ended && self.is_video_exhausted(source, position))
    }

    pub(super) fn is_audio_ready<S: FrameSource + ?Sized>(&self, source: &S, position: MediaTime) -> bool {
        let Some(until) = self.horizon.playable_until(source.ranges(), position) else {
            return self.horizon.is_over(source.ranges(), position);
        };
        let is_exhausted = || {
            let has_next = self.audio_plan.has_next(source, until, self.audio.resume_at());
            self.audio_plan.is_drained() && !has_next
        };
        self.sound_until() >= (position + RESUME_AHEAD).min(until)
            || has_come_to_hole(source.ranges(), self.sound_until(), position)
            || is_exhausted()
    }
}

/// Whether `position` lies in a hole and all that is before the hole has come out.
fn has_come_to_hole(ranges: &TimeRanges, until: MediaTime, position: MediaTime) -> bool {
    let before = ranges.iter().rfind(|range| range.end <= position);
    ranges.containing(position).is_none() && before.is_none_or(|range| until >= range.end)
}
