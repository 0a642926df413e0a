//! How far playback can go with what is buffered, and where it ends.

use super::Tracks;
use super::gap_policy::playable_until;
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

/// What is known of the whole source.
#[derive(Clone, Copy, Default)]
pub(super) struct Horizon {
    /// `None` while unknown, infinite when live.
    pub(super) duration: Option<MediaTime>,
    /// Whether all data there will be has come.
    pub(super) ended: bool,
}

impl Horizon {
    /// Where playback ends: the duration, or while that is unknown the end of all data.
    pub(super) fn end(self, tracks: Tracks<'_>) -> Option<MediaTime> {
        let duration = self.duration.filter(|duration| !duration.is_infinite());
        duration.or_else(|| tracks.ranges().filter_map(TimeRanges::end).max())
    }

    /// The end of what can be played from `position` on; `position` when nothing can.
    pub(super) fn limit(self, tracks: Tracks<'_>, position: MediaTime) -> MediaTime {
        let limits = tracks
            .ranges()
            .map(|ranges| match playable_until(ranges, position) {
                // Nothing follows, so the others need not wait for this track.
                Some(until) if self.ended && ranges.end() == Some(until) => MediaTime::INFINITY,
                None if self.is_over(ranges, position) => MediaTime::INFINITY,
                until => until.unwrap_or(position),
            });
        let end = if self.ended {
            self.end(tracks)
        } else {
            Some(MediaTime::INFINITY)
        };
        let limit = limits.chain(end).min().unwrap_or(position).max(position);
        if limit.is_infinite() { position } else { limit }
    }

    /// Whether a track has nothing at `position` and later, and never will.
    pub(super) fn is_over(self, ranges: &TimeRanges, position: MediaTime) -> bool {
        self.ended && ranges.end().is_none_or(|end| end <= position)
    }

    /// Whether something of a track can be played at `position`, or need not be.
    pub(super) fn is_reachable(self, ranges: &TimeRanges, position: MediaTime) -> bool {
        playable_until(ranges, position).is_some() || self.is_over(ranges, position)
    }

    /// The instant whose picture is to be seen at `position`: after a track's end that is its last.
    pub(super) fn instant_in(self, ranges: &TimeRanges, position: MediaTime) -> MediaTime {
        match ranges.end() {
            Some(end) if self.is_over(ranges, position) => end - MediaTime::from_nanos(1),
            _ => position,
        }
    }

    /// Frames that start at this time or later are not to be decoded while playback stands at `position`.
    pub(super) fn decodable_until(self, ranges: &TimeRanges, position: MediaTime) -> MediaTime {
        playable_until(ranges, self.instant_in(ranges, position)).unwrap_or(MediaTime::NEG_INFINITY)
    }
}
