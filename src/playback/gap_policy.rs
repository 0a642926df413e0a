//! Which holes between buffered ranges playback passes over.
//!
//! DEVIATION: the specification stalls at every hole. Real streams leave small ones: between segments of different
//! encoders, at the start where reordering or an edit list delays the first frame, between sound and picture of
//! different lengths. `buffered` stays true to the data; only the position moves through, the last picture standing and
//! the sound silent.

use crate::ranges::TimeRanges;
use crate::time::MediaTime;

/// The longest hole before the first range, counted from the start of the timeline. Muxers that write no edit list leave
/// the reordering delay there, and some encoders start a whole group late.
pub const START_GAP: MediaTime = MediaTime::from_millis(1_000);

/// The longest hole between two ranges. Short enough that a player which means to fill the hole still has the time to
/// (they fetch seconds ahead), long enough for the seams that real segmenters leave.
pub const GAP: MediaTime = MediaTime::from_millis(500);

/// A position this near before a range stands at its start: players seek to the start that a manifest claims, and the
/// media starts a frame or two later.
pub const SEEK_SLACK: MediaTime = MediaTime::from_millis(100);

/// The end (exclusive) of what can be played from `position` on, small holes passed over. `None` when nothing is
/// playable there: the position lies in a hole that is too long, or after everything.
pub fn playable_until(ranges: &TimeRanges, position: MediaTime) -> Option<MediaTime> {
    let mut hole_start = None;
    let mut until = None;
    for range in ranges {
        if range.end <= position {
            hole_start = Some(range.end);
            continue;
        }
        let passable = match (until, hole_start) {
            (Some(end), _) => range.start - end <= GAP,
            (None, _) if range.start - position <= SEEK_SLACK => true,
            (None, Some(end)) => range.start - end <= GAP,
            // A position before the timeline waits for it like its start.
            (None, None) => range.start <= START_GAP,
        };
        if !passable {
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
                playable_until(&ranges, ms(*position)),
                expected.map(ms),
                "case {index}"
            );
        }
    }
}
