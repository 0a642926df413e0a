//! ISO base media file format: `video/mp4` and `audio/mp4` (MSE ISO BMFF byte stream format, ISO/IEC 14496-12).
//!
//! * `boxes`: the grammar of boxes, and errors that say where;
//! * `brands`: `ftyp` and `styp`;
//! * `moov`, `movie`, `sample_entry`: the initialization segment, by mp4parse and what it lacks;
//! * `edits`: edit lists; `track_kind`: what a track is for;
//! * `fragment`: `moof`; `sample_table`: the tables of an ordinary file; both give `samples`;
//! * `limits`: what no file may exceed;
//! * here: the state machine that finds the boxes and turns samples into frames as their bytes arrive.

mod boxes;
mod brands;
mod edits;
mod fragment;
mod limits;
mod moov;
mod movie;
mod sample_entry;
mod sample_table;
mod samples;
#[cfg(test)]
mod tests;
mod track_kind;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use self::boxes::{BoxHeader, BoxRef};
use self::brands::Brands;
use self::limits::{MAX_BRANDS_SIZE, MAX_MOOF_SIZE, MAX_MOOV_SIZE, MAX_RETAINED_SIZE};
use self::movie::{Movie, ReadMovie};
use self::samples::{Interleaver, Sample, TrackSamples};
use crate::bytes::ByteQueue;
use crate::container::{
    CodedFrame, ContainerError, DemuxEvent, Demuxer, ErrorClass, ParseStatus, Strictness,
};
use crate::time::MediaTime;

/// The demuxer for ISO base media files, fragmented or ordinary.
#[derive(Debug)]
pub struct IsoBmffDemuxer {
    strictness: Strictness,
    queue: ByteQueue,
    /// Offset of the first byte not looked at. Bytes before it may be held for samples to come.
    cursor: u64,
    state: State,
    events: VecDeque<DemuxEvent>,
    /// The error that ended parsing.
    failed: Option<ContainerError>,

    /// An `ftyp` came, and no `moov` after it yet.
    has_file_type: bool,
    /// Those of the last `ftyp`, and of a `styp` for the fragment after it. Only who is strict reads them.
    brands: Option<Brands>,
    segment_brands: Option<Brands>,
    /// No box has been seen since the start or the last reset.
    is_at_first_box: bool,
    /// Where the file starts that chunk offsets count from.
    file_start: u64,
    /// Media data now belongs to a `moov` to come: at the start, and after each `ftyp`.
    is_awaiting_moov: bool,
    /// What the last `moov` said.
    movie: Option<Movie>,
    /// For each track of the movie, when its next fragment is decoded if it does not say.
    decode_times: Vec<u64>,

    /// The samples that are to become frames: of the last `moof`, or of an ordinary file.
    samples: Option<PendingSamples>,
    /// The payloads of the `mdat` boxes that these samples, or those of a `moov` to come, may lie in.
    ///
    /// Sorted; none is empty.
    media_data: VecDeque<Range<u64>>,
    /// An `mdat` came that they may lie in.
    has_media_data: bool,
    is_parsing_media_segment: bool,
}

/// What is at the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// The header of a box at the top level.
    BoxHeader,
    /// The first byte of a box that is read whole.
    WholeBox { header: BoxHeader, end: u64 },
    /// The inside of an `mdat` that ends here; `None` when it goes on to the end of the file.
    MediaData { end: Option<u64> },
    /// The inside of a box that is passed over.
    Skipping { end: u64 },
}

/// Samples that have not become frames yet.
#[derive(Debug)]
struct PendingSamples {
    interleaver: Interleaver,
    origin: Origin,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Origin {
    /// A `moof`: they must lie in the `mdat` boxes after it.
    Fragment,
    /// The sample tables of an ordinary file: they may lie anywhere.
    SampleTables,
}

impl Default for IsoBmffDemuxer {
    fn default() -> Self {
        Self::new(Strictness::default())
    }
}

impl IsoBmffDemuxer {
    /// A demuxer at offset 0.
    pub const fn new(strictness: Strictness) -> Self {
        Self {
            strictness,
            queue: ByteQueue::new(),
            cursor: 0,
            state: State::BoxHeader,
            events: VecDeque::new(),
            failed: None,
            has_file_type: false,
            brands: None,
            segment_brands: None,
            is_at_first_box: true,
            file_start: 0,
            is_awaiting_moov: true,
            movie: None,
            decode_times: Vec::new(),
            samples: None,
            media_data: VecDeque::new(),
            has_media_data: false,
            is_parsing_media_segment: false,
        }
    }

    /// Does the next thing that the bytes at hand allow and says about how many bytes of work it was. `None` when more
    /// bytes are needed.
    ///
    /// Whatever is done depends on the position in the stream alone, never on how many bytes happen to be at hand: so
    /// the events are the same however the bytes are cut.
    fn step(&mut self) -> Result<Option<usize>, ContainerError> {
        if let Some(work) = self.emit_frame()? {
            return Ok(Some(work));
        }
        match self.state {
            State::BoxHeader => self.read_box_header(),
            State::WholeBox { header, end } => self.read_whole_box(header, end),
            State::MediaData { end } => Ok(self.pass_media_data(end)),
            State::Skipping { end } => Ok(self.pass(end)),
        }
    }

    /// The next sample as a frame, if all its bytes are before the cursor.
    fn emit_frame(&mut self) -> Result<Option<usize>, ContainerError> {
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
                return Err(self.sample_error(&sample, "lies before the bytes that are held"));
            };
            let Some(track) = self.movie.as_mut().and_then(|movie| movie.tracks.get_mut(index)) else {
                return Ok(None);
            };
            if !track.finds_parameter_sets(sample.description, data, sample.is_sync, self.strictness) {
                return Err(self.sample_error(
                    &sample,
                    "is a random access point without parameter sets, and the initialization segment has none either",
                ));
            }
            let time = |ticks| MediaTime::from_ticks(ticks, track.timescale);
            self.events.push_back(DemuxEvent::Frame(CodedFrame {
                track_id: track.id,
                presentation_timestamp: time(sample.presentation_time),
                decode_timestamp: time(sample.decode_time),
                presentation_end: time(sample.presentation_end),
                is_random_access_point: sample.is_sync,
                trim_start: MediaTime::ZERO,
                trim_end: time(
                    sample
                        .presentation_end
                        .saturating_add(track.padding(&sample, data)),
                ) - time(sample.presentation_end),
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
    fn next_sample(&self) -> Option<(usize, Sample)> {
        self.samples.as_ref()?.interleaver.peek()
    }

    /// Whether a sample lies where it may, as far as can be told yet.
    fn check_place(&self, sample: &Sample) -> Result<(), ContainerError> {
        let Some(samples) = &self.samples else {
            return Ok(());
        };
        let lowest = samples.interleaver.lowest_offset().unwrap_or(sample.offset);
        if sample.end() - lowest.min(sample.offset) > MAX_RETAINED_SIZE {
            return Err(ContainerError {
                class: ErrorClass::Limit,
                ..self.sample_error(
                    sample,
                    &format!("is decoded before samples that lie more than {MAX_RETAINED_SIZE} bytes before its end"),
                )
            });
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
                sample,
                &format!("goes past the end of its mdat at byte {}", range.end),
            )),
            None if sample.offset >= seen => Ok(()),
            None => Err(self.sample_error(sample, "lies outside the mdat boxes after its moof")),
        }
    }

    fn sample_error(&self, sample: &Sample, what: &str) -> ContainerError {
        let track = self
            .next_sample()
            .and_then(|(index, _)| self.movie.as_ref()?.tracks.get(index));
        let track = track.map_or(0, |track| track.id);
        let element = match self.samples.as_ref().map(|samples| samples.origin) {
            Some(Origin::SampleTables) => "moov/trak/mdia/minf/stbl",
            _ => "moof/traf/trun",
        };
        let end = sample.end();
        ContainerError::malformed(
            sample.offset,
            element,
            format!(
                "the sample of track {track} in bytes {}..{end} {what}",
                sample.offset
            ),
        )
    }

    fn read_box_header(&mut self) -> Result<Option<usize>, ContainerError> {
        // A segment is over at the end of the mdat that holds its last sample.
        if self.is_parsing_media_segment && self.has_media_data && self.next_sample().is_none() {
            self.end_media_segment();
        }
        let offset = self.cursor;
        let bytes = self.queue.slice_from(offset).unwrap_or_default();
        let Some(header) = BoxHeader::top_level(bytes, offset, self.is_at_first_box)? else {
            return Ok(None);
        };
        self.is_at_first_box = false;
        let error = |message: &str| ContainerError::malformed(offset, header.kind.to_string(), message);
        let end = match header.size {
            Some(size) => Some(
                offset
                    .checked_add(size)
                    .ok_or_else(|| error("is larger than any file"))?,
            ),
            None => None,
        };
        self.state = match (&header.kind.0, end) {
            (b"mdat", end) => self.start_media_data(header, end)?,
            (_, None) => {
                return Err(error(
                    "has size 0 (to the end of the file), which only mdat may have",
                ));
            }
            (b"ftyp", Some(end)) => {
                self.expect_complete_segment(header)?;
                self.file_start = offset;
                self.is_awaiting_moov = true;
                self.has_file_type = true;
                self.brands_box(header, end)?
            }
            (b"styp", Some(end)) => self.brands_box(header, end)?,
            (b"moov", Some(end)) => {
                check_size(header, offset, MAX_MOOV_SIZE)?;
                self.expect_complete_segment(header)?;
                // MSE ISO BMFF byte stream format § 3: an initialization segment is an ftyp and a moov.
                //
                // DEVIATION: only when strict. Nothing but the brands is lost without an ftyp.
                if !self.has_file_type && self.strictness == Strictness::Strict {
                    return Err(error("has no ftyp before it, as MSE requires"));
                }
                self.has_file_type = false;
                State::WholeBox { header, end }
            }
            (b"moof", Some(end)) => {
                check_size(header, offset, MAX_MOOF_SIZE)?;
                self.expect_complete_segment(header)?;
                // MSE § 3.5.1 step 6.1: media before the first initialization segment is an append error.
                if self.movie.is_none() {
                    return Err(error("media before any initialization segment (ftyp and moov)"));
                }
                self.clear_media_data();
                self.start_media_segment();
                State::WholeBox { header, end }
            }
            // MSE ISO BMFF byte stream format § 4: other boxes at the top level are ignored.
            (_, Some(end)) => State::Skipping { end },
        };
        Ok(Some(header.length as usize))
    }

    /// What to do with an `ftyp` or `styp` that begins at the cursor: only who is strict looks inside.
    fn brands_box(&self, header: BoxHeader, end: u64) -> Result<State, ContainerError> {
        if self.strictness == Strictness::Lenient {
            return Ok(State::Skipping { end });
        }
        check_size(header, self.cursor, MAX_BRANDS_SIZE)?;
        Ok(State::WholeBox { header, end })
    }

    /// What to do with an `mdat` that begins at the cursor.
    fn start_media_data(&mut self, header: BoxHeader, end: Option<u64>) -> Result<State, ContainerError> {
        let offset = self.cursor;
        let payload = offset + header.length..end.unwrap_or(u64::MAX);
        if let Some(samples) = &self.samples {
            // Of the boxes before, only those that still have samples matter.
            let lowest = samples.interleaver.lowest_offset().unwrap_or(u64::MAX);
            while self.media_data.front().is_some_and(|range| range.end <= lowest) {
                self.media_data.pop_front();
            }
            self.add_media_data(payload);
            if !self.is_parsing_media_segment {
                self.start_media_segment();
            }
        } else if self.is_awaiting_moov {
            let error = |class, message: String| ContainerError {
                class,
                offset,
                element: "mdat".into(),
                message,
            };
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
            let first = self.media_data.front().map_or(payload.start, |range| range.start);
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
            self.media_data.push_back(payload);
        }
    }

    fn clear_media_data(&mut self) {
        self.has_media_data = false;
        self.media_data.clear();
    }

    fn read_whole_box(&mut self, header: BoxHeader, end: u64) -> Result<Option<usize>, ContainerError> {
        let Some(bytes) = self.queue.slice(self.cursor..end) else {
            return Ok(None);
        };
        let work = bytes.len();
        let whole = BoxRef::top_level(header, bytes, self.cursor);
        if header.kind.0 == *b"ftyp" {
            self.brands = Some(Brands::read(&whole, None)?);
            self.segment_brands = None;
        } else if header.kind.0 == *b"styp" {
            self.segment_brands = Some(Brands::read(&whole, self.brands.as_ref())?);
        } else if header.kind.0 == *b"moov" {
            let read = movie::read_moov(&whole, self.file_start, self.strictness)?;
            if let Some(brands) = &self.brands {
                brands.check_moov(&whole)?;
            }
            if self.strictness == Strictness::Strict {
                // MSE ISO BMFF byte stream format § 3: samples in the moov, or no mvex, is an append error.
                if !read.has_movie_extends {
                    return Err(whole.malformed("has no mvex: the file is not fragmented, as MSE requires"));
                }
                if !read.tables.is_empty() {
                    return Err(whole.malformed("its tracks have samples, which MSE does not allow"));
                }
            }
            self.accept_movie(read);
        } else if let Some(movie) = &self.movie {
            if let Some(brands) = self.segment_brands.take().as_ref().or(self.brands.as_ref()) {
                brands.check_moof(&whole)?;
            }
            let tracks = fragment::read_moof(
                &whole,
                movie,
                &mut self.decode_times,
                self.file_start,
                self.strictness,
            )?;
            self.samples = Some(PendingSamples {
                interleaver: Interleaver::new(tracks),
                origin: Origin::Fragment,
            });
            self.is_awaiting_moov = false;
        }
        self.cursor = end;
        self.state = State::BoxHeader;
        self.trim();
        Ok(Some(work))
    }

    fn accept_movie(&mut self, read: ReadMovie) {
        self.events.push_back(DemuxEvent::InitSegment(read.init_segment));
        // Fragments after samples in the moov follow them.
        self.decode_times = vec![0; read.movie.tracks.len()];
        for (index, table) in &read.tables {
            if let Some(time) = self.decode_times.get_mut(*index) {
                *time = table.decode_end();
            }
        }
        self.movie = Some(read.movie);
        self.is_awaiting_moov = false;
        if read.tables.is_empty() {
            self.clear_media_data();
            return;
        }
        // DEVIATION: MSE ISO BMFF byte stream format § 3 makes samples in the moov an append error. We play ordinary
        // files: the initialization segment, then all samples as one media segment.
        let tracks = read
            .tables
            .into_iter()
            .map(|(index, table)| (index, TrackSamples::Table(Box::new(table))));
        self.samples = Some(PendingSamples {
            interleaver: Interleaver::new(tracks.collect()),
            origin: Origin::SampleTables,
        });
        if self.has_media_data {
            self.start_media_segment();
        }
    }

    fn start_media_segment(&mut self) {
        self.is_parsing_media_segment = true;
        self.events.push_back(DemuxEvent::MediaSegmentStart);
    }

    fn end_media_segment(&mut self) {
        self.is_parsing_media_segment = false;
        self.samples = None;
        self.clear_media_data();
        self.events.push_back(DemuxEvent::MediaSegmentEnd);
    }

    /// Called at a box that no media segment can go on after.
    fn expect_complete_segment(&mut self, header: BoxHeader) -> Result<(), ContainerError> {
        if let Some((_, sample)) = self.next_sample() {
            return Err(self.sample_error(
                &sample,
                &format!(
                    "is not there: the media data ended, for a {} box begins at byte {}",
                    header.kind, self.cursor
                ),
            ));
        }
        self.samples = None;
        if self.is_parsing_media_segment {
            self.end_media_segment();
        }
        Ok(())
    }

    /// Moves the cursor through an `mdat`.
    fn pass_media_data(&mut self, end: Option<u64>) -> Option<usize> {
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

    /// Moves the cursor to `end`, or as far as there are bytes. `None` when there are none.
    fn pass(&mut self, end: u64) -> Option<usize> {
        let to = end.min(self.queue.tail());
        if to == end {
            self.state = State::BoxHeader;
        } else if to == self.cursor {
            return None;
        }
        self.cursor = to;
        self.trim();
        Some(0)
    }

    /// Lets go of the bytes that no sample needs.
    fn trim(&mut self) {
        let needed = match (&self.samples, self.media_data.front()) {
            (Some(samples), _) => samples.interleaver.lowest_offset(),
            (None, Some(range)) => Some(range.start),
            (None, None) => None,
        };
        self.queue
            .trim(needed.map_or(self.cursor, |needed| needed.min(self.cursor)));
    }
}

fn check_size(header: BoxHeader, offset: u64, limit: u64) -> Result<(), ContainerError> {
    match header.size {
        Some(size) if size > limit => Err(ContainerError {
            class: ErrorClass::Limit,
            offset,
            element: header.kind.to_string(),
            message: format!("says it is {size} bytes long; the limit is {limit}"),
        }),
        _ => Ok(()),
    }
}

impl Demuxer for IsoBmffDemuxer {
    fn push(&mut self, bytes: &[u8]) {
        self.queue.push(bytes);
    }

    fn parse(&mut self, budget: usize) -> Result<ParseStatus, ContainerError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let mut work = 0usize;
        while let Some(step) = self
            .step()
            .inspect_err(|error| self.failed = Some(error.clone()))?
        {
            work = work.saturating_add(step);
            if work >= budget && step > 0 {
                return Ok(ParseStatus::MorePending);
            }
        }
        Ok(ParseStatus::Done)
    }

    fn poll_event(&mut self) -> Option<DemuxEvent> {
        self.events.pop_front()
    }

    fn is_parsing_media_segment(&self) -> bool {
        self.is_parsing_media_segment
    }

    fn pending_bytes(&self) -> usize {
        self.queue.len()
    }

    fn reset(&mut self) {
        let tail = self.queue.tail();
        let kept = std::mem::replace(self, Self::new(self.strictness));
        self.queue = kept.queue;
        self.queue.trim(tail);
        self.cursor = tail;
        self.file_start = tail;
        self.is_awaiting_moov = kept.movie.is_none();
        self.movie = kept.movie;
        self.decode_times = kept.decode_times;
        self.brands = kept.brands;
    }
}
