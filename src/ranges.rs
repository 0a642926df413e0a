//! Normalised sets of time ranges: what `TimeRanges` shows to a page.

use crate::time::MediaTime;
use crate::wire::wire;

/// One range. `start` is inside, `end` is not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeRange {
    /// First instant inside.
    pub start: MediaTime,
    /// First instant after.
    pub end: MediaTime,
}
wire!(struct TimeRange { start, end });

/// A set of half-open ranges, sorted, never empty ones, never touching or overlapping (HTML's "normalized TimeRanges").
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TimeRanges(Vec<TimeRange>);
wire!(struct TimeRanges(ranges));

impl TimeRanges {
    /// No range at all.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The one range `[start, end)`, or none when it is empty.
    pub fn single(start: MediaTime, end: MediaTime) -> Self {
        let mut ranges = Self::new();
        ranges.add(start, end);
        ranges
    }

    /// The ranges in order.
    pub fn as_slice(&self) -> &[TimeRange] {
        &self.0
    }

    /// The ranges in order.
    pub fn iter(&self) -> std::slice::Iter<'_, TimeRange> {
        self.0.iter()
    }

    /// Adds start and end of each range, in seconds, to a list.
    pub fn add_seconds_to(&self, numbers: &mut Vec<f64>) {
        for range in self {
            numbers.push(range.start.as_seconds());
            numbers.push(range.end.as_seconds());
        }
    }

    /// How many ranges.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is no range.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the first range starts.
    pub fn start(&self) -> Option<MediaTime> {
        self.0.first().map(|range| range.start)
    }

    /// Where the last range ends (exclusive).
    pub fn end(&self) -> Option<MediaTime> {
        self.0.last().map(|range| range.end)
    }

    /// Adds `[start, end)`, joining what it touches. Empty ranges add nothing.
    pub fn add(&mut self, start: MediaTime, end: MediaTime) {
        if start >= end {
            return;
        }
        // The usual append at the end, without a search.
        if let Some(last) = self.0.last_mut()
            && last.start <= start
        {
            if start <= last.end {
                last.end = last.end.max(end);
            } else {
                self.0.push(TimeRange { start, end });
            }
            return;
        }
        let first = self.ended_by(start - MediaTime::from_nanos(1));
        let after = self.begun_by(end);
        let last = after.checked_sub(1).and_then(|last| self.0.get(last));
        let end = last.map_or(end, |last| last.end.max(end));
        match self.0.get_mut(first) {
            Some(range) if first < after => {
                range.start = range.start.min(start);
                range.end = end;
                self.0.drain(first + 1..after);
            }
            _ => self.0.insert(first, TimeRange { start, end }),
        }
    }

    /// Takes `[start, end)` out.
    pub fn remove(&mut self, start: MediaTime, end: MediaTime) {
        if start >= end {
            return;
        }
        let mut first = self.ended_by(start);
        if let Some(range) = self.0.get_mut(first)
            && range.start < start
        {
            let rest = TimeRange {
                start: end,
                end: range.end,
            };
            range.end = start;
            first += 1;
            if rest.start < rest.end {
                self.0.insert(first, rest);
                return;
            }
        }
        let after = self.ended_by(end);
        self.0.drain(first..after);
        if let Some(range) = self.0.get_mut(first) {
            range.start = range.start.max(end);
        }
    }

    /// How many ranges end at `time` or before.
    fn ended_by(&self, time: MediaTime) -> usize {
        self.0.partition_point(|range| range.end <= time)
    }

    /// How many ranges start at `time` or before.
    fn begun_by(&self, time: MediaTime) -> usize {
        self.0.partition_point(|range| range.start <= time)
    }

    /// What is in both sets.
    pub fn intersection(&self, other: &Self) -> Self {
        let mut result = Vec::new();
        let (mut left, mut right) = (self.as_slice(), other.as_slice());
        while let ([a, after_a @ ..], [b, after_b @ ..]) = (left, right) {
            let (start, end) = (a.start.max(b.start), a.end.min(b.end));
            if start < end {
                result.push(TimeRange { start, end });
            }
            if a.end <= b.end {
                left = after_a;
            } else {
                right = after_b;
            }
        }
        Self(result)
    }

    /// What is in either set.
    pub fn union(&self, other: &Self) -> Self {
        let mut result = self.clone();
        for range in other.iter() {
            result.add(range.start, range.end);
        }
        result
    }

    /// What is in this set and not in the other.
    pub fn difference(&self, other: &Self) -> Self {
        let mut result = self.clone();
        for range in other.iter() {
            result.remove(range.start, range.end);
        }
        result
    }

    /// The range that `time` lies in (`start <= time < end`).
    pub fn containing(&self, time: MediaTime) -> Option<TimeRange> {
        let range = self.0.get(self.ended_by(time)).copied();
        range.filter(|range| range.start <= time)
    }

    /// The first range that starts after `time`.
    pub fn following(&self, time: MediaTime) -> Option<TimeRange> {
        self.0.get(self.begun_by(time)).copied()
    }
}

impl std::fmt::Debug for TimeRanges {
    /// `{ [0,2.5) [4,5) }`, in seconds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("{ ")?;
        for range in &self.0 {
            write!(f, "[{},{}) ", range.start.as_seconds(), range.end.as_seconds())?;
        }
        f.write_str("}")
    }
}

impl<'a> IntoIterator for &'a TimeRanges {
    type Item = &'a TimeRange;
    type IntoIter = std::slice::Iter<'a, TimeRange>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl FromIterator<(MediaTime, MediaTime)> for TimeRanges {
    fn from_iter<T: IntoIterator<Item = (MediaTime, MediaTime)>>(iter: T) -> Self {
        let mut ranges = Self::new();
        for (start, end) in iter {
            ranges.add(start, end);
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(pairs: &[(i64, i64)]) -> TimeRanges {
        pairs
            .iter()
            .map(|&(a, b)| (MediaTime::from_millis(a), MediaTime::from_millis(b)))
            .collect()
    }

    /// The naive model: one bit a millisecond.
    fn bits(ranges: &TimeRanges) -> Vec<bool> {
        (0..64)
            .map(|ms| ranges.containing(MediaTime::from_millis(ms)).is_some())
            .collect()
    }

    fn normalised(ranges: &TimeRanges) -> bool {
        ranges.iter().all(|range| range.start < range.end)
            && ranges
                .as_slice()
                .windows(2)
                .all(|pair| pair[0].end < pair[1].start)
    }

    fn any_set() -> impl Strategy<Value = TimeRanges> {
        prop::collection::vec((0i64..60, 0i64..60), 0..8).prop_map(|pairs| set(&pairs))
    }

    #[test]
    fn shows_itself_in_seconds() {
        assert_eq!(
            format!("{:?}", set(&[(4000, 5000), (0, 2500)])),
            "{ [0,2.5) [4,5) }"
        );
    }

    #[test]
    fn touching_ranges_join_and_the_end_is_outside() {
        let ranges = set(&[(0, 10), (10, 20), (30, 40)]);
        assert_eq!(ranges, set(&[(0, 20), (30, 40)]));
        assert!(ranges.containing(MediaTime::from_millis(20)).is_none());
        assert_eq!(
            ranges.following(MediaTime::from_millis(20)).map(|r| r.end),
            Some(MediaTime::from_millis(40))
        );
    }

    proptest! {
        #[test]
        fn operations_agree_with_bits(a in any_set(), b in any_set()) {
            let each = |f: fn(bool, bool) -> bool| -> Vec<bool> {
                bits(&a).into_iter().zip(bits(&b)).map(|(x, y)| f(x, y)).collect()
            };
            for (result, model) in [
                (a.union(&b), each(|x, y| x || y)),
                (a.intersection(&b), each(|x, y| x && y)),
                (a.difference(&b), each(|x, y| x && !y)),
            ] {
                prop_assert!(normalised(&result), "{:?}", result);
                prop_assert_eq!(bits(&result), model);
            }
        }
    }
}
