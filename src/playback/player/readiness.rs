//! Whether there is something to show and to hear, and whether it comes too late.

use super::{FrameSource, LATENESS_MAX, PICTURES_AHEAD, Player, RESUME_AHEAD};
use crate::protocol::WallTime;
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

/// [`PICTURES_AHEAD`] while a picture is on show and nothing plays, as far as these are no more pixels: 24 MB. A step of half a second
/// is decoded already then, of 720p at 30 pictures a second.
const PICTURES_AHEAD_IDLE: usize = 32;
const PIXELS_AHEAD_IDLE: u64 = 16 << 20;

/// How long, in wall milliseconds, a source's first picture has the processors to itself where nothing plays: as long as it
/// takes to the screen. Those after it are decoded then.
const FIRST_PICTURE_ALONE: f64 = 30.0;

impl Player {
    /// How many pictures are decoded or being decoded ahead of one that is looked at.
    pub(super) fn pictures_ahead_idle(&self) -> usize {
        let pixels = self
            .video
            .size()
            .map_or(0, |(width, height)| u64::from(width) * u64::from(height));
        let fitting = PIXELS_AHEAD_IDLE / pixels.max(1);
        usize::try_from(fitting)
            .unwrap_or(usize::MAX)
            .clamp(PICTURES_AHEAD, PICTURES_AHEAD_IDLE)
    }

    /// The first picture is shown now.
    pub(super) fn rest_from(&mut self, now: WallTime) {
        self.rests_until = now + FIRST_PICTURE_ALONE;
    }

    /// Whether pictures after the one on show are to wait.
    pub(super) fn rests(&self, now: WallTime) -> bool {
        now < self.rests_until && !self.wants_play && !self.is_awaited()
    }

    /// Whether a decoder's output, which ends at `until`, is so far behind that the clock must wait. Holes do not count:
    /// nothing comes out for them.
    pub(super) fn is_late(&self, ranges: &TimeRanges, until: MediaTime, position: MediaTime) -> bool {
        let missed = ranges
            .iter()
            .map(|range| (range.end.min(position) - range.start.max(until)).max(MediaTime::ZERO))
            .fold(MediaTime::ZERO, |sum, part| sum + part);
        missed > LATENESS_MAX.mul_f64(self.rate.max(1.0))
    }

    pub(super) fn is_video_exhausted(&self, source: &dyn FrameSource, position: MediaTime) -> bool {
        let until = self.horizon.decodable_until(source.ranges(), position);
        let has_next = self.video_plan.has_next(source, until, self.video.resume_at());
        self.video_plan.is_drained() && !has_next
    }

    pub(super) fn is_video_ready(&self, source: &dyn FrameSource, position: MediaTime) -> bool {
        self.horizon.is_over(source.ranges(), position)
            || self.video.until() > position
            || has_come_to_hole(source.ranges(), self.video.until(), position)
            || (self.horizon.ended && self.is_video_exhausted(source, position))
    }

    pub(super) fn is_audio_ready(&self, source: &dyn FrameSource, position: MediaTime) -> bool {
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
