//! Where the samples of a file or fragment lie, and the order in which they become frames.

use super::boxes::BoxRef;
use super::sample_table::SampleTable;

/// One sample: a frame whose bytes are known by place only. Times are ticks of its track's timescale on the presentation
/// timeline: edit list applied, `timestampOffset` not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Sample {
    /// Offset of its first byte in the stream.
    pub(super) offset: u64,
    /// Bytes.
    pub(super) size: u32,
    /// When it is decoded.
    pub(super) decode_time: i64,
    /// When it is shown.
    pub(super) presentation_time: i64,
    /// When its successor is shown, if that follows directly.
    pub(super) presentation_end: i64,
    /// Whether decoding can start here.
    pub(super) is_sync: bool,
    /// Which sample description of its track it has, from 1.
    pub(super) description: u32,
}

impl Sample {
    /// Offset after its last byte.
    pub(super) const fn end(&self) -> u64 {
        self.offset.saturating_add(self.size as u64)
    }
}

/// Value of `sample_depends_on` for a picture that needs others (ISO/IEC 14496-12 § 8.6.4.3).
pub(super) const DEPENDS_ON_OTHERS: u8 = 1;

/// The bytes of an `sdtp`, § 8.6.4: one for each sample.
pub(super) fn dependencies<'a>(sdtp: &BoxRef<'a>) -> &'a [u8] {
    // After version and flags.
    sdtp.payload.get(4..).unwrap_or_default()
}

/// `sample_depends_on` of the sample with this index, from 0; 0, "unknown", where there is no byte for it.
pub(super) fn sample_depends_on(dependencies: &[u8], index: usize) -> u8 {
    dependencies.get(index).map_or(0, |byte| byte >> 4 & 3)
}

/// The samples of one track, in decode order, that have not become frames yet.
#[derive(Debug)]
pub(super) enum TrackSamples {
    /// Of a movie fragment.
    Fragment(FragmentSamples),
    /// Of an ordinary file.
    Table(Box<SampleTable>),
}

impl TrackSamples {
    fn peek(&self) -> Option<&Sample> {
        match self {
            Self::Fragment(samples) => samples.peek(),
            Self::Table(table) => table.peek(),
        }
    }

    fn advance(&mut self) {
        match self {
            Self::Fragment(samples) => samples.next += 1,
            Self::Table(table) => table.advance(),
        }
    }

    /// The lowest offset any remaining sample lies at.
    fn lowest_offset(&self) -> Option<u64> {
        match self {
            Self::Fragment(samples) => samples.lowest_offsets.get(samples.next).copied(),
            Self::Table(table) => table.lowest_offset(),
        }
    }
}

/// The samples of one track in one movie fragment.
#[derive(Debug, Default)]
pub(super) struct FragmentSamples {
    pub(super) samples: Vec<Sample>,
    /// For each sample the lowest offset of it and all after it.
    lowest_offsets: Vec<u64>,
    next: usize,
}

impl FragmentSamples {
    /// All samples are there.
    pub(super) fn complete(&mut self) {
        self.lowest_offsets = suffix_minima(&|index| self.samples.get(index).map(|sample| sample.offset));
    }

    fn peek(&self) -> Option<&Sample> {
        self.samples.get(self.next)
    }
}

/// For each element the smallest of it and all after it. They are found by index, up to the first that is not there.
pub(super) fn suffix_minima(element: &dyn Fn(usize) -> Option<u64>) -> Vec<u64> {
    let mut minima = Vec::new();
    while let Some(element) = element(minima.len()) {
        minima.push(element);
    }
    let mut lowest = u64::MAX;
    for value in minima.iter_mut().rev() {
        lowest = lowest.min(*value);
        *value = lowest;
    }
    minima
}

/// The samples of all tracks in one order: always the one that lies first in the stream among those next in decode order
/// of their tracks.
#[derive(Debug, Default)]
pub(super) struct Interleaver {
    /// Samples with the index of their track in the movie.
    tracks: Vec<(usize, TrackSamples)>,
    /// Index into `tracks` of the one whose turn it is.
    turn: Option<usize>,
}

impl Interleaver {
    pub(super) fn new(tracks: Vec<(usize, TrackSamples)>) -> Self {
        let mut interleaver = Self { tracks, turn: None };
        interleaver.take_turn();
        interleaver
    }

    /// The next sample, with the index of its track in the movie. `None` when all have become frames.
    pub(super) fn peek(&self) -> Option<(usize, Sample)> {
        let (track, samples) = self.tracks.get(self.turn?)?;
        Some((*track, *samples.peek()?))
    }

    /// The next sample of each track, with the index of its track in the movie.
    pub(super) fn next_of_each(&self) -> impl Iterator<Item = (usize, Sample)> {
        let next = |(track, samples): &(usize, TrackSamples)| Some((*track, *samples.peek()?));
        self.tracks.iter().filter_map(next)
    }

    /// Goes on to the sample after [`peek`](Self::peek).
    pub(super) fn advance(&mut self) {
        if let Some((_, samples)) = self.turn.and_then(|turn| self.tracks.get_mut(turn)) {
            samples.advance();
        }
        self.take_turn();
    }

    /// The lowest offset any remaining sample lies at: bytes before it are not needed any more.
    pub(super) fn lowest_offset(&self) -> Option<u64> {
        self.tracks
            .iter()
            .filter_map(|(_, samples)| samples.lowest_offset())
            .min()
    }

    fn take_turn(&mut self) {
        self.turn = self
            .tracks
            .iter()
            .enumerate()
            .filter_map(|(index, (_, samples))| Some((samples.peek()?.offset, index)))
            .min()
            .map(|(_, index)| index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(offsets: &[u64]) -> TrackSamples {
        let sample = |&offset| Sample {
            offset,
            size: 10,
            decode_time: 0,
            presentation_time: 0,
            presentation_end: 0,
            is_sync: true,
            description: 1,
        };
        let mut samples = FragmentSamples {
            samples: offsets.iter().map(sample).collect(),
            ..FragmentSamples::default()
        };
        samples.complete();
        TrackSamples::Fragment(samples)
    }

    #[test]
    fn byte_order_across_tracks_and_decode_order_within() {
        let mut interleaver = Interleaver::new(vec![
            (4, fragment(&[50, 20, 70])),
            (2, fragment(&[])),
            (7, fragment(&[30, 60])),
        ]);
        let mut order = Vec::new();
        while let Some((track, sample)) = interleaver.peek() {
            order.push((track, sample.offset, interleaver.lowest_offset().unwrap()));
            interleaver.advance();
        }
        assert_eq!(
            order,
            [(7, 30, 20), (4, 50, 20), (4, 20, 20), (7, 60, 60), (4, 70, 70)]
        );
        assert_eq!(interleaver.lowest_offset(), None);
        interleaver.advance();
        assert!(interleaver.peek().is_none());
    }
}
