//! How far playback can go with what is buffered, and where it ends.

use super::Tracks;
use super::gap_policy::{Gaps, playable_until};
use crate::buffering::FrameSource;
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

/// What is known of the whole source.
#[derive(Clone, Copy, Default)]
pub(super) struct Horizon {
    /// `None` while unknown, infinite when live.
    pub(super) duration: Option<MediaTime>,
    /// Whether all data there will be has come.
    pub(super) ended: bool,
    /// Which holes are passed over.
    pub(super) gaps: Gaps,
}

impl Horizon {
    /// Where playback ends: the duration, or while that is unknown the end of all data.
    pub(super) fn end<S: FrameSource + ?Sized>(&self, tracks: &Tracks<'_, S>) -> Option<MediaTime> {
        let [video, audio] = tracks.ranges();
        let of_data = || {
            video
                .and_then(TimeRanges::end)
                .max(audio.and_then(TimeRanges::end))
        };
        let duration = self.duration.filter(|duration| !duration.is_infinite());
        duration.or_else(of_data)
    }

    /// The end of what can be played of a track from `position` on.
    pub(super) fn playable_until(&self, ranges: &TimeRanges, position: MediaTime) -> Option<MediaTime> {
        playable_until(ranges, position, self.gaps)
    }

    /// The end of what can be played from `position` on; `position` when nothing can.
    pub(super) fn limit<S: FrameSource + ?Sized>(
        &self,
        tracks: &Tracks<'_, S>,
        position: MediaTime,
    ) -> MediaTime {
        let mut limit = MediaTime::INFINITY;
        for ranges in tracks.ranges() {
            let Some(ranges) = ranges else { continue };
            let until = self.playable_until(ranges, position);
            // Where nothing follows, the others need not wait for this track.
            let is_last = self.ended && until.is_some() && ranges.end() == until;
            if !is_last && !self.is_over(ranges, position) {
                limit = limit.min(until.unwrap_or(position));
            }
        }
        if self.ended
            && let Some(end) = self.end(tracks)
        {
            limit = limit.min(end);
        }
        if limit.is_infinite() {
            position
        } else {
            limit.max(position)
        }
    }

    /// Whether a track has nothing at `position` and later, and never will.
    pub(super) fn is_over(&self, ranges: &TimeRanges, position: MediaTime) -> bool {
        self.ended && ranges.end().is_none_or(|end| end <= position)
    }

    /// Whether something of a track can be played at `position`, or need not be.
    pub(super) fn is_reachable(&self, ranges: &TimeRanges, position: MediaTime) -> bool {
        self.playable_until(ranges, position).is_some() || self.is_over(ranges, position)
    }

    /// The instant whose picture is to be seen at `position`: after a track's end that is its last.
    pub(super) fn instant_in(&self, ranges: &TimeRanges, position: MediaTime) -> MediaTime {
        match ranges.end() {
            Some(end) if self.is_over(ranges, position) => end - MediaTime::from_nanos(1),
            _ => position,
        }
    }

    /// Frames that start at this time or later are not to be decoded while playback stands at `position`.
    pub(super) fn decodable_until(&self, ranges: &TimeRanges, position: MediaTime) -> MediaTime {
        self.playable_until(ranges, self.instant_in(ranges, position))
            .unwrap_or(MediaTime::NEG_INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffering::FrameSource;
    use crate::playback::simulation::{Source, audio_frames, ms, video_config, video_frames};

    #[test]
    fn the_limit_is_the_shortest_track_until_the_source_has_ended() {
        // Pictures to 2 s, sound to 1.024 s.
        let video = Source::new(video_frames(0, 60, 12, &video_config(1)));
        let audio = Source::new(audio_frames(0, 48));
        let tracks = Tracks {
            video: Some(&video as &dyn FrameSource),
            audio: Some(&audio as &dyn FrameSource),
        };
        let live = |duration| Horizon {
            duration,
            ended: false,
            gaps: Gaps::default(),
        };
        let over = |duration| Horizon {
            duration,
            ended: true,
            gaps: Gaps::default(),
        };
        assert_eq!(live(None).limit(&tracks, ms(0)), ms(1_024));
        assert_eq!(live(Some(ms(500))).limit(&tracks, ms(0)), ms(1_024));
        assert_eq!(live(None).limit(&tracks, ms(1_500)), ms(1_500), "no sound there");
        assert_eq!(over(None).limit(&tracks, ms(0)), ms(2_000));
        assert_eq!(over(Some(MediaTime::INFINITY)).limit(&tracks, ms(0)), ms(2_000));
        assert_eq!(over(Some(ms(1_900))).limit(&tracks, ms(1_500)), ms(1_900));
        assert_eq!(
            over(None).limit(&tracks, ms(3_000)),
            ms(3_000),
            "never before the position"
        );
        assert_eq!(over(None).limit(&Tracks::default(), ms(7)), ms(7));
        let empty = Source::default();
        let nothing = Tracks {
            video: Some(&empty as &dyn FrameSource),
            audio: None,
        };
        assert_eq!(over(None).limit(&nothing, ms(7)), ms(7));
        assert_eq!(live(None).limit(&nothing, ms(7)), ms(7));

        assert_eq!(
            over(None).instant_in(video.ranges(), ms(2_000)),
            ms(2_000) - MediaTime::from_nanos(1)
        );
        assert_eq!(live(None).instant_in(video.ranges(), ms(2_000)), ms(2_000));
    }
}
