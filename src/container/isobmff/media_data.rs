//! `mdat`: where the samples of a media segment lie, and their frames as the bytes arrive.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::boxes::BoxHeader;
use super::limits::MAX_RETAINED_SIZE;
use super::samples::{Interleaver, Sample};
use super::{IsoBmffDemuxer, State};
use crate::container::{CodedFrame, ContainerError, DemuxEvent, ErrorClass, Strictness};
use crate::time::MediaTime;

/// Samples that have not become frames yet.
#[derive(Debug)]
pub(super) struct PendingSamples {
    pub(super) interleaver: Interleaver,
    pub(super) origin: Origin,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    /// A `moof`: they must lie in the `mdat` boxes after it.
    Fragment,
    /// The sample tables of an ordinary file: they may lie anywhere.
    SampleTables,
}

impl IsoBmffDemuxer {
    /// The next sample as a frame, if all its bytes are before the cursor.
    pub(super) fn emit_frame(&mut self) -> Result<Option<usize>, ContainerError> {
        let Some((index, sample)) = self.next_sample() else {
            return Ok(None);
        };
        if !self.is_parsing_media_segment {
            return Ok(None);
        }
        // An empty sample only takes time; no decoder takes an empty chunk.
        if sample.size > 0 {
            self.check_place(&sample)?;
            if sample.end() > self.cursor {
                return Ok(None);
            }
            let Some(data) = self.queue.slice(sample.offset..sample.end()) else {
                return Err(self.sample_error(
                    ErrorClass::Malformed,
                    &sample,
                    format_args!("lies before the bytes that are held"),
                ));
            };
            let Some(track) = self.movie.as_mut().and_then(|movie| movie.tracks.get_mut(index)) else {
                return Ok(None);
            };
            if !track.finds_parameter_sets(sample.description, data, sample.is_sync, self.strictness) {
                return Err(self.sample_error(
                    ErrorClass::Malformed,
                    &sample,
                    format_args!("is a random access point without parameter sets, and the initialization segment has none either"),
                ));
            }
            let padding = track.padding(&sample, data);
            let time = |ticks| MediaTime::from_ticks(ticks, track.timescale);
            self.events.push_back(DemuxEvent::Frame(CodedFrame {
                track_id: track.id,
                presentation_timestamp: time(sample.presentation_time),
                decode_timestamp: time(sample.decode_time),
                presentation_end: time(sample.presentation_end),
                is_random_access_point: sample.is_sync,
                trim_start: MediaTime::ZERO,
                trim_end: time(sample.presentation_end.saturating_add(padding))
                    - time(sample.presentation_end),
                config: track.changed_config(sample.description),
                data: Arc::from(data),
            }));
        }
        if let Some(samples) = &mut self.samples {
            samples.interleaver.advance();
        }
        self.trim();
        Ok(Some(sample.size as usize + 1))
    }

    /// The sample whose turn it is, and the index of its track.
    pub(super) fn next_sample(&self) -> Option<(usize, Sample)> {
        self.samples.as_ref()?.interleaver.peek()
    }

    /// Whether a sample lies where it may, as far as can be told yet.
    fn check_place(&self, sample: &Sample) -> Result<(), ContainerError> {
        let Some(samples) = &self.samples else {
            return Ok(());
        };
        let lowest = samples.interleaver.lowest_offset().unwrap_or(sample.offset);
        if sample.end() - lowest.min(sample.offset) > MAX_RETAINED_SIZE {
            return Err(self.sample_error(
                ErrorClass::Limit,
                sample,
                format_args!(
                    "is decoded before samples that lie more than {MAX_RETAINED_SIZE} bytes before its end"
                ),
            ));
        }
        if samples.origin == Origin::SampleTables {
            return Ok(());
        }
        // MSE ISO BMFF byte stream format § 4: the mdat boxes must hold all samples the fragment refers to.
        let seen = match self.state {
            State::BoxHeader | State::WholeBox { .. } => self.cursor,
            State::MediaData { end } => end.unwrap_or(u64::MAX),
            State::Skipping { end } => end,
        };
        // The last one that begins at or before the sample, if the sample is in it.
        let after = self
            .media_data
            .partition_point(|range| range.start <= sample.offset);
        let range = after.checked_sub(1).and_then(|index| self.media_data.get(index));
        match range.filter(|range| range.contains(&sample.offset)) {
            Some(range) if sample.end() <= range.end => Ok(()),
            Some(range) => Err(self.sample_error(
                ErrorClass::Malformed,
                sample,
                format_args!("goes past the end of its mdat at byte {}", range.end),
            )),
            None if sample.offset >= seen => Ok(()),
            None => Err(self.sample_error(
                ErrorClass::Malformed,
                sample,
                format_args!("lies outside the mdat boxes after its moof"),
            )),
        }
    }

    pub(super) fn sample_error(
        &self,
        class: ErrorClass,
        sample: &Sample,
        what: fmt::Arguments<'_>,
    ) -> ContainerError {
        let track = self
            .next_sample()
            .and_then(|(index, _)| self.movie.as_ref()?.tracks.get(index));
        let track = track.map_or(0, |track| track.id);
        let element = match self.samples.as_ref().map(|samples| samples.origin) {
            Some(Origin::SampleTables) => "moov/trak/mdia/minf/stbl",
            _ => "moof/traf/trun",
        };
        let end = sample.end();
        ContainerError::new(
            class,
            sample.offset,
            element,
            format!(
                "the sample of track {track} in bytes {}..{end} {what}",
                sample.offset
            ),
        )
    }

    /// What to do with an `mdat` that begins at the cursor.
    pub(super) fn start_media_data(
        &mut self,
        header: BoxHeader,
        end: Option<u64>,
    ) -> Result<State, ContainerError> {
        let offset = self.cursor;
        let payload = offset + header.length..end.unwrap_or(u64::MAX);
        if let Some(samples) = &self.samples {
            // Of the boxes before, only those that still have samples matter.
            let lowest = samples.interleaver.lowest_offset().unwrap_or(u64::MAX);
            let gone = self.media_data.partition_point(|range| range.end <= lowest);
            self.media_data.drain(..gone);
            self.add_media_data(payload);
            if !self.is_parsing_media_segment {
                self.start_media_segment();
            }
        } else if self.is_awaiting_moov {
            let error = |class, message: String| ContainerError::new(class, offset, "mdat", message);
            // DEVIATION: MSE ISO BMFF byte stream format § 3 knows fragmented files only. An ordinary file may have its
            // moov at the end: its media data is held until then.
            if self.strictness == Strictness::Strict {
                return Err(error(
                    ErrorClass::Malformed,
                    "media before any initialization segment".into(),
                ));
            }
            if end.is_none() {
                return Err(error(
                    ErrorClass::Malformed,
                    "goes on to the end of the file, but no moov came before it".into(),
                ));
            }
            let first = self.media_data.first().map_or(payload.start, |range| range.start);
            if payload.end - first > MAX_RETAINED_SIZE {
                return Err(error(
                    ErrorClass::Limit,
                    format!(
                        "the moov box comes after the media data, of which at most {MAX_RETAINED_SIZE} bytes are held; \
                         rewrite the file with the moov in front (\"fast start\") or fragmented"
                    ),
                ));
            }
            self.add_media_data(payload);
        } else {
            // Nothing refers to it.
            return Ok(State::Skipping { end: payload.end });
        }
        // The header is at hand; an mdat may have nothing else.
        self.cursor += header.length;
        Ok(State::MediaData { end })
    }

    fn add_media_data(&mut self, payload: Range<u64>) {
        self.has_media_data = true;
        if !payload.is_empty() {
            self.media_data.push(payload);
        }
    }

    pub(super) fn clear_media_data(&mut self) {
        self.has_media_data = false;
        self.media_data.clear();
    }

    /// Moves the cursor through an `mdat`.
    pub(super) fn pass_media_data(&mut self, end: Option<u64>) -> Option<usize> {
        if let Some(end) = end {
            return self.pass(end);
        }
        // Without an end of its own it lasts as long as there are samples.
        match self.next_sample() {
            Some((_, sample)) => {
                let to = sample.end().min(self.queue.tail());
                (to > self.cursor).then(|| {
                    self.cursor = to;
                    0
                })
            }
            None => {
                self.state = State::BoxHeader;
                Some(0)
            }
        }
    }
}
