//! Which holes between buffered ranges playback passes over.
//!
//! DEVIATION: the specification stalls at every hole. Real streams leave small ones: between segments of different
//! encoders, at the start where reordering or an edit list delays the first frame, between sound and picture of
//! different lengths. `buffered` stays true to the data; only the position moves through, the last picture standing and
//! the sound silent.

use crate::ranges::TimeRanges;
use crate::time::MediaTime;
use crate::wire::wire;

/// The longest hole before the first range, counted from the start of the timeline. Muxers that write no edit list leave
/// the reordering delay there, and some encoders start a whole group late.
pub const START_GAP: MediaTime = MediaTime::from_millis(1_000);

/// The longest hole between two ranges. Short enough that a player which means to fill the hole still has the time to
/// (they fetch seconds ahead), long enough for the seams that real segmenters leave.
pub const GAP: MediaTime = MediaTime::from_millis(500);

/// A position this near before a range stands at its start: players seek to the start that a manifest claims, and the
/// media starts a frame or two later.
pub const SEEK_SLACK: MediaTime = MediaTime::from_millis(100);

/// The longest holes that playback passes over, inclusive; zero passes over none, as the specification has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gaps {
    /// Before the first range, counted from the start of the timeline.
    pub start: MediaTime,
    /// Between two ranges.
    pub between: MediaTime,
}
wire!(struct Gaps { start, between });

impl Gaps {
    /// No hole is passed over.
    pub const NONE: Self = Self {
        start: MediaTime::ZERO,
        between: MediaTime::ZERO,
    };
}

impl Default for Gaps {
    fn default() -> Self {
        Self {
            start: START_GAP,
            between: GAP,
        }
    }
}

/// The end (exclusive) of what can be played from `position` on, small holes passed over. `None` when nothing is
/// playable there: the position lies in a hole that is too long, or after everything.
pub fn playable_until(ranges: &TimeRanges, position: MediaTime, gaps: Gaps) -> Option<MediaTime> {
    let mut hole_start = None;
    let mut until = None;
    for range in ranges {
        if range.end <= position {
            hole_start = Some(range.end);
            continue;
        }
        let (hole, longest) = match until.or(hole_start) {
            Some(end) => (range.start - end, gaps.between),
            // A position before the timeline waits for it like its start.
            None => (range.start, gaps.start),
        };
        let is_near = until.is_none() && range.start - position <= SEEK_SLACK.min(longest);
        if hole > longest && !is_near {
            break;
        }
        until = Some(range.end);
    }
    until
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(value: i64) -> MediaTime {
        MediaTime::from_millis(value)
    }

    #[test]
    fn small_holes_are_passed_and_large_ones_are_not() {
        type Case = (&'static [(i64, i64)], i64, Option<i64>);
        let cases: &[Case] = &[
            (&[], 0, None),
            (&[(0, 1000)], 0, Some(1000)),
            (&[(0, 1000)], 999, Some(1000)),
            (&[(0, 1000)], 1000, None),
            // Between ranges: exactly the gap passes, more does not.
            (&[(0, 1000), (1500, 2000)], 500, Some(2000)),
            (&[(0, 1000), (1501, 2000)], 500, Some(1000)),
            (
                &[(0, 1000), (1200, 2000), (2400, 3000), (3600, 4000)],
                0,
                Some(3000),
            ),
            // Standing in a hole: its whole length counts, not the rest of it.
            (&[(0, 1000), (1500, 2000)], 1000, Some(2000)),
            (&[(0, 1000), (1500, 2000)], 1300, Some(2000)),
            (&[(0, 1000), (1600, 2000)], 1300, None),
            // Just before a range.
            (&[(0, 1000), (5000, 6000)], 4900, Some(6000)),
            (&[(0, 1000), (5000, 6000)], 4899, None),
            (&[(5000, 6000)], 4950, Some(6000)),
            // The start.
            (&[(1000, 2000)], 0, Some(2000)),
            (&[(1000, 2000)], 300, Some(2000)),
            (&[(1001, 2000)], 0, None),
            (&[(-20, 2000)], 0, Some(2000)),
        ];
        for (index, (ranges, position, expected)) in cases.iter().enumerate() {
            let ranges = ranges.iter().map(|&(start, end)| (ms(start), ms(end))).collect();
            assert_eq!(
                playable_until(&ranges, ms(*position), Gaps::default()),
                expected.map(ms),
                "case {index}"
            );
        }
    }

    #[test]
    fn the_page_sets_how_long_holes_may_be() {
        let gaps = |start, between| Gaps {
            start: ms(start),
            between: ms(between),
        };
        type Case = (&'static [(i64, i64)], i64, Gaps, Option<i64>);
        let cases: &[Case] = &[
            // As the specification has it.
            (&[(0, 1000), (1001, 2000)], 0, Gaps::NONE, Some(1000)),
            (&[(0, 1000), (1001, 2000)], 1000, Gaps::NONE, None),
            (&[(1, 2000)], 0, Gaps::NONE, None),
            (&[(0, 2000)], 0, Gaps::NONE, Some(2000)),
            (&[(5000, 6000)], 5000, Gaps::NONE, Some(6000)),
            // Each kind by itself.
            (&[(3000, 4000), (4001, 5000)], 0, gaps(3000, 0), Some(4000)),
            (&[(3001, 4000)], 0, gaps(3000, 9000), None),
            (&[(1, 1000), (9999, 10_000)], 0, gaps(0, 9000), None),
            (&[(1, 1000), (9999, 10_000)], 5, gaps(0, 9000), Some(10_000)),
            // Just before a range, no more than may be passed over.
            (&[(0, 1000), (5000, 6000)], 4970, gaps(0, 30), Some(6000)),
            (&[(0, 1000), (5000, 6000)], 4969, gaps(0, 30), None),
        ];
        for (index, (ranges, position, gaps, expected)) in cases.iter().enumerate() {
            let ranges = ranges.iter().map(|&(start, end)| (ms(start), ms(end))).collect();
            assert_eq!(
                playable_until(&ranges, ms(*position), *gaps),
                expected.map(ms),
                "case {index}"
            );
        }
    }
}
