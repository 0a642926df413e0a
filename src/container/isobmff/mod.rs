//! ISO base media file format: `video/mp4` and `audio/mp4` (MSE ISO BMFF byte stream format, ISO/IEC 14496-12).
//!
//! * `boxes`: the grammar of boxes, and errors that say where;
//! * `fields`: tables that say what is read of boxes, and what reads by them;
//! * `brands`: `ftyp` and `styp`;
//! * `moov`, `movie`, `sample_entry`: the initialization segment;
//! * `edits`: edit lists; `track_kind`: what a track is for;
//! * `fragment`: `moof`; `sample_table`: the tables of an ordinary file; both give `samples`;
//! * `media_data`: `mdat`, from which samples become frames as their bytes arrive;
//! * `limits`: what no file may exceed;
//! * here: the state machine that finds the boxes.

mod boxes;
mod brands;
mod edits;
mod fields;
mod fragment;
mod limits;
mod media_data;
mod moov;
mod movie;
mod sample_entry;
mod sample_table;
mod samples;
#[cfg(test)]
mod tests;
mod track_kind;

use std::ops::Range;

use self::boxes::{BoxHeader, BoxRef};
use self::brands::Brands;
use self::limits::{MAX_BRANDS_SIZE, MAX_MOOF_SIZE, MAX_MOOV_SIZE};
use self::media_data::{Origin, PendingSamples};
use self::movie::{Movie, ReadMovie};
use self::samples::{Interleaver, Sample, TrackSamples};
use crate::bytes::ByteQueue;
use crate::container::{
    ContainerError, DemuxEvent, Demuxer, ErrorClass, ParseStatus, Strictness, parse_by_steps,
};
use crate::queue::Queue;
use crate::time::MediaTime;

/// The demuxer for ISO base media files, fragmented or ordinary.
#[derive(Debug)]
pub struct IsoBmffDemuxer {
    strictness: Strictness,
    queue: ByteQueue,
    /// Offset of the first byte not looked at. Bytes before it may be held for samples to come.
    cursor: u64,
    state: State,
    events: Queue<DemuxEvent>,
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
    media_data: Vec<Range<u64>>,
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

impl Default for IsoBmffDemuxer {
    fn default() -> Self {
        Self::new(Strictness::default())
    }
}

impl IsoBmffDemuxer {
    /// A demuxer at offset 0.
    pub fn new(strictness: Strictness) -> Self {
        Self {
            strictness,
            queue: ByteQueue::new(),
            cursor: 0,
            state: State::BoxHeader,
            events: Queue::new(),
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
            media_data: Vec::new(),
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

    // Not part of the function that runs for every frame: browsers compile that one twice, the second time slowly.
    #[inline(never)]
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
            let mut read = ReadMovie::new();
            movie::read_moov(&whole, self.file_start, self.strictness, &mut read)?;
            if let Some(brands) = &self.brands {
                brands.check_moov(&whole)?;
            }
            if self.strictness == Strictness::Strict {
                // MSE ISO BMFF byte stream format § 3: samples in the moov, or no mvex, is an append error.
                if !read.has_movie_extends {
                    return Err(whole.malformed(format_args!(
                        "has no mvex: the file is not fragmented, as MSE requires"
                    )));
                }
                if !read.tables.is_empty() {
                    return Err(
                        whole.malformed(format_args!("its tracks have samples, which MSE does not allow"))
                    );
                }
            }
            self.accept_movie(read);
        } else if let Some(movie) = &self.movie {
            let segment_brands = self.segment_brands.take();
            let brands = segment_brands.as_ref().or(self.brands.as_ref());
            if let Some(brands) = brands {
                brands.check_moof(&whole)?;
            }
            let tracks = fragment::read_moof(
                &whole,
                movie,
                &mut self.decode_times,
                self.file_start,
                self.strictness,
                brands,
            )?;
            let interleaver = Interleaver::new(tracks);
            let time = |(track, sample): (usize, Sample)| {
                let timescale = movie.tracks.get(track)?.timescale;
                Some(MediaTime::from_ticks(sample.presentation_time, timescale))
            };
            let given_first = interleaver.peek().and_then(time);
            let shown_first = interleaver.next_of_each().filter_map(time).min();
            if shown_first < given_first
                && let Some(first) = shown_first
            {
                self.events.push_back(DemuxEvent::FirstPresentation(first));
            }
            self.samples = Some(PendingSamples {
                interleaver,
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
            if let (Some(time), TrackSamples::Table(table)) = (self.decode_times.get_mut(*index), table) {
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
        self.samples = Some(PendingSamples {
            interleaver: Interleaver::new(read.tables),
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
                ErrorClass::Malformed,
                &sample,
                format_args!(
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
        let needed = match (&self.samples, self.media_data.first()) {
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
        Some(size) if size > limit => Err(ContainerError::new(
            ErrorClass::Limit,
            offset,
            header.kind.to_string(),
            format!("says it is {size} bytes long; the limit is {limit}"),
        )),
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
        parse_by_steps(budget, || self.step()).inspect_err(|error| self.failed = Some(error.clone()))
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
