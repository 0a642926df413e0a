//! MPEG audio: `audio/mpeg` (layers 1 to 3) and `audio/aac` (ADTS), by the MSE MPEG audio byte stream format.
//!
//! * `header`: frame headers; `adts`: what only ADTS has;
//! * `tags`: what lies between frames and is no sound; `gapless`: what it says of the sound;
//! * `timeline`: when which samples are heard;
//! * `limits`: what no stream may exceed;
//! * here: the state machine that goes from frame to frame.
//!
//! The format has no timestamps. Frames follow each other from zero on, by counted samples; buffering puts each where the
//! one before ended (the registry's "generate timestamps flag").

mod adts;
mod gapless;
mod header;
mod limits;
mod tags;
#[cfg(test)]
mod tests;
mod timeline;

use std::ops::Range;
use std::sync::Arc;

pub(super) use self::header::{Format, mpeg_frame_duration};

use self::adts::Inseparable;
use self::gapless::{InfoFrame, ItunesGapless};
use self::header::{FrameHeader, NoFrame, Stream};
use self::limits::{
    MAX_COMMENT, MAX_GARBAGE, MAX_GARBAGE_AT_START, MAX_ICECAST_HEADER, MAX_LYRICS, MAX_SEARCH_STEP,
};
use self::tags::{ID3V2_HEADER, Id3Frames, Tag};
use self::timeline::{GaplessProgress, Heard, SampleClock};
use crate::bytes::ByteQueue;
use crate::container::{
    CodedFrame, ContainerError, DecoderConfig, DemuxEvent, Demuxer, ErrorClass, ONLY_TRACK_ID, ParseStatus,
    Strictness, only_track, parse_by_steps,
};
use crate::queue::Queue;

/// How many bytes tell other formats.
const OTHER_FORMAT_LENGTH: usize = 8;

/// What stands where in other formats.
const OTHER_FORMATS: [(usize, &[u8], &str); 5] = [
    (4, b"ftyp", "these look like MP4"),
    (4, b"styp", "these look like MP4"),
    (0, b"\x1a\x45\xdf\xa3", "these look like WebM or Matroska"),
    (0, b"OggS", "these look like Ogg"),
    (0, b"fLaC", "these look like FLAC"),
];

/// The demuxer for streams of MPEG audio frames, and for those of ADTS frames.
#[derive(Debug)]
pub struct MpegAudioDemuxer {
    format: Format,
    strictness: Strictness,
    queue: ByteQueue,
    /// Offset of the first byte not consumed.
    cursor: u64,
    state: State,
    events: Queue<DemuxEvent>,
    /// The error that ended parsing.
    failed: Option<ContainerError>,

    /// What the next frame is expected to be like: the last one, if it ended at the cursor.
    expected: Option<Stream>,
    /// What the last initialization segment said, and of which frames.
    config: Option<(Stream, Arc<DecoderConfig>)>,
    clock: SampleClock,
    gapless: Option<GaplessProgress>,
    /// A comment that is about the frames to come.
    itunes: Option<ItunesGapless>,
    /// The last frame was not to be heard but for the sake of the next.
    is_after_preroll: bool,
    is_parsing_media_segment: bool,
}

/// What is at the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// A frame or a tag.
    Unit,
    /// A frame with this header.
    Frame(FrameHeader),
    /// The inside of something that is passed over.
    Skipping { end: u64 },
    /// What is before the next frame of an ID3v2 tag that ends at `end`.
    Id3 { frames: Id3Frames, next: u64, end: u64 },
    /// The inside of a text that ends with one of these marks of one length, by this offset at the latest.
    Text {
        terminators: &'static [&'static [u8]],
        latest: u64,
    },
    /// Bytes that are neither, since this offset.
    Garbage { start: u64 },
}

/// What a stream is made of.
enum Unit {
    Tag(Tag),
    Frame(FrameHeader),
}

impl MpegAudioDemuxer {
    /// A demuxer for `audio/mpeg` at offset 0.
    pub fn mpeg(strictness: Strictness) -> Self {
        Self::of(Format::Mpeg, strictness)
    }

    /// A demuxer for `audio/aac` at offset 0.
    pub fn adts(strictness: Strictness) -> Self {
        Self::of(Format::Adts, strictness)
    }

    pub(super) fn of(format: Format, strictness: Strictness) -> Self {
        Self {
            format,
            strictness,
            queue: ByteQueue::new(),
            cursor: 0,
            state: State::Unit,
            events: Queue::new(),
            failed: None,
            expected: None,
            config: None,
            clock: SampleClock::new(),
            gapless: None,
            itunes: None,
            is_after_preroll: false,
            is_parsing_media_segment: false,
        }
    }

    /// Does the next thing that the bytes at hand allow and says about how many bytes of work it was. `None` when more
    /// bytes are needed.
    ///
    /// Whatever is done depends on the bytes from the cursor on, never on how many happen to be at hand: so the events
    /// are the same however the bytes are cut.
    fn step(&mut self) -> Result<Option<usize>, ContainerError> {
        let before = self.cursor;
        let is_done = match self.state {
            State::Unit => self.read_unit()?,
            State::Frame(header) => self.read_frame(header)?,
            State::Skipping { end } => self.skip(end),
            State::Id3 { frames, next, end } => self.read_id3(frames, next, end),
            State::Text { terminators, latest } => self.read_text(terminators, latest)?,
            State::Garbage { start } => self.search(start)?,
        };
        self.queue.trim(self.cursor);
        Ok(is_done.map(|()| (self.cursor - before) as usize))
    }

    /// The bytes from the cursor on.
    fn rest(&self) -> &[u8] {
        self.queue.slice_from(self.cursor).unwrap_or_default()
    }

    fn error(&self, class: ErrorClass, message: impl Into<String>) -> ContainerError {
        let element = match self.format {
            Format::Mpeg => "MPEG audio",
            Format::Adts => "ADTS",
        };
        ContainerError::new(class, self.cursor, element, message)
    }

    /// MSE MPEG audio byte stream format § 5: a stream is frames and, between them, metadata.
    fn read_unit(&mut self) -> Result<Option<()>, ContainerError> {
        let bytes = self.rest();
        let Some(unit) = self.unit(bytes) else {
            return Ok(None);
        };
        match unit {
            Ok(unit) => self.start_unit(unit)?,
            Err(NoFrame::FreeFormat) if self.expected.is_none() => {
                return Err(self.error(
                    ErrorClass::Unsupported,
                    "a frame of free format, which does not say its bit rate",
                ));
            }
            Err(_) if self.config.is_none() && bytes.len() < OTHER_FORMAT_LENGTH => return Ok(None),
            Err(_) => self.start_garbage()?,
        }
        Ok(Some(()))
    }

    /// The tag or the frame that `bytes` begin with. `None` when more bytes are needed to tell.
    fn unit(&self, bytes: &[u8]) -> Option<Result<Unit, NoFrame>> {
        if let Some(tag) = tags::tag(bytes)? {
            return Some(Ok(Unit::Tag(tag)));
        }
        let header = match self.format.header(bytes)? {
            Ok(header) => header,
            Err(error) => return Some(Err(error)),
        };
        let must_be_confirmed = match self.state {
            State::Garbage { .. } => true,
            // At the start, and after a tag, nothing is known yet. A frame that differs from the one before may be chance,
            // where that was not whole.
            _ => {
                self.strictness == Strictness::Lenient
                    && self.expected.is_some_and(|stream| stream != header.stream)
            }
        };
        if must_be_confirmed && !self.is_confirmed(&header, bytes)? {
            return Some(Err(NoFrame::Other));
        }
        Some(Ok(Unit::Frame(header)))
    }

    fn start_unit(&mut self, unit: Unit) -> Result<(), ContainerError> {
        match unit {
            Unit::Tag(tag) => self.start_tag(tag)?,
            Unit::Frame(header) => self.start_frame(header),
        }
        Ok(())
    }

    /// Whether the frame with this header, at the start of `bytes`, is followed by another of its kind. `None` when more
    /// bytes are needed to tell.
    fn is_confirmed(&self, header: &FrameHeader, bytes: &[u8]) -> Option<bool> {
        let next = bytes.get(header.length as usize..)?;
        let next = self.format.header(next)?;
        Some(next.is_ok_and(|next| next.stream == header.stream))
    }

    /// MSE MPEG audio byte stream format § 4: metadata frames are consumed and ignored.
    fn start_tag(&mut self, tag: Tag) -> Result<(), ContainerError> {
        // DEVIATION: it does not know APE and Lyrics3 tags, which end many files.
        if self.strictness == Strictness::Strict && matches!(tag, Tag::Ape { .. } | Tag::Lyrics) {
            return Err(self.error(
                ErrorClass::Malformed,
                "an APE or Lyrics3 tag, which MSE does not allow",
            ));
        }
        self.expected = None;
        let start = self.cursor;
        self.state = match tag {
            Tag::Id3v2 { length, frames } => {
                self.itunes = None;
                let end = start + length;
                match frames {
                    Some(frames) => State::Id3 {
                        frames,
                        next: start + ID3V2_HEADER,
                        end,
                    },
                    None => State::Skipping { end },
                }
            }
            Tag::Id3v1 { length } | Tag::Ape { length } => State::Skipping { end: start + length },
            Tag::Lyrics => State::Text {
                terminators: &[b"LYRICSEND", b"LYRICS200"],
                latest: start + MAX_LYRICS,
            },
            Tag::Icecast => State::Text {
                terminators: &[b"\r\n\r\n"],
                latest: start + MAX_ICECAST_HEADER,
            },
        };
        Ok(())
    }

    /// Passes over what ends at `end`, or as much of it as is here. `None` when nothing is.
    fn skip(&mut self, end: u64) -> Option<()> {
        let to = end.min(self.queue.tail());
        if to == end {
            self.state = State::Unit;
        } else if to == self.cursor {
            return None;
        }
        self.cursor = to;
        Some(())
    }

    /// Looks for the comment of iTunes in the frame at `next` of an ID3v2 tag that ends at `end`.
    fn read_id3(&mut self, frames: Id3Frames, next: u64, end: u64) -> Option<()> {
        let body = next + frames.header_length() as u64;
        // Other frames need not be held.
        self.cursor = next.min(self.queue.tail());
        if body > end {
            self.state = State::Skipping { end };
            return Some(());
        }
        let header = frames.header(self.queue.slice(next..body)?);
        let Some(header) = header.filter(|header| header.size <= end - body) else {
            self.state = State::Skipping { end };
            return Some(());
        };
        let next = body + header.size;
        if header.is_comment && header.size <= MAX_COMMENT {
            let comment = self.queue.slice(body..next)?;
            self.itunes = self.itunes.or(ItunesGapless::from_comment(comment));
        }
        self.state = State::Id3 { frames, next, end };
        Some(())
    }

    /// Passes over a text up to one of these marks, which ends by `latest` if it is there at all.
    fn read_text(&mut self, terminators: &[&[u8]], latest: u64) -> Result<Option<()>, ContainerError> {
        let tail = self.queue.tail().min(latest);
        let bytes = self.queue.slice(self.cursor..tail).unwrap_or_default();
        for (at, _) in bytes.iter().enumerate() {
            let here = bytes.get(at..).unwrap_or_default();
            for mark in terminators {
                if here.starts_with(mark) {
                    self.cursor += (at + mark.len()) as u64;
                    self.state = State::Unit;
                    return Ok(Some(()));
                }
            }
        }
        if tail == latest {
            self.cursor = latest;
            return self.start_garbage().map(Some);
        }
        // A mark may have begun.
        let longest = terminators.first().map_or(1, |mark| mark.len());
        self.cursor = self.cursor.max(tail.saturating_sub(longest as u64 - 1));
        Ok(None)
    }

    /// At the cursor is neither a frame nor metadata.
    fn start_garbage(&mut self) -> Result<(), ContainerError> {
        let guess = other_format(self.format, self.rest()).filter(|_| self.config.is_none());
        let what = match self.format {
            Format::Mpeg => "no MPEG audio frame and no tag begins here",
            Format::Adts => "no ADTS frame and no tag begins here",
        };
        if let Some(guess) = guess {
            return Err(self.error(ErrorClass::Malformed, format!("{what}; {guess}")));
        }
        // DEVIATION: MSE MPEG audio byte stream format § 5 allows nothing else. Streams begin in the middle of a frame,
        // and servers, padding and tags of other programs leave bytes between frames: all is passed over up to the next
        // frame that is followed by another.
        if self.strictness == Strictness::Strict {
            return Err(self.error(ErrorClass::Malformed, what));
        }
        self.expected = None;
        self.state = State::Garbage { start: self.cursor };
        Ok(())
    }

    /// Looks for a tag, or for a frame followed by another, in what is garbage since `start`.
    fn search(&mut self, start: u64) -> Result<Option<()>, ContainerError> {
        let limit = if self.config.is_none() {
            MAX_GARBAGE_AT_START
        } else {
            MAX_GARBAGE
        };
        let bytes = self.rest();
        let looked_at = bytes.len().min(MAX_SEARCH_STEP);
        for offset in 0..looked_at {
            let position = self.cursor + offset as u64;
            if position - start >= limit {
                self.cursor = start;
                return Err(self.error(
                    ErrorClass::Malformed,
                    format!("{limit} bytes without a frame that is followed by another"),
                ));
            }
            let here = bytes.get(offset..).unwrap_or_default();
            if !matches!(here, [0xff | b'I' | b'T' | b'A' | b'L', ..]) {
                continue;
            }
            let unit = self.unit(here);
            if let Some(Err(_)) = unit {
                continue;
            }
            self.cursor = position;
            return match unit {
                Some(Ok(unit)) => self.start_unit(unit).map(Some),
                _ => Ok(None),
            };
        }
        self.cursor += looked_at as u64;
        Ok((looked_at > 0).then_some(()))
    }

    fn start_frame(&mut self, header: FrameHeader) {
        if let Some(config) = header.stream.config() {
            self.announce(header.stream, config);
            self.start_media_segment();
        }
        self.state = State::Frame(header);
    }

    /// MSE MPEG audio byte stream format § 5: every frame header is an initialization segment. Those that say nothing new
    /// are not told of.
    fn announce(&mut self, stream: Stream, config: DecoderConfig) {
        let is_same = |(_, old): &(Stream, Arc<DecoderConfig>)| **old == config;
        if self.config.as_ref().is_some_and(is_same) {
            return;
        }
        let config = Arc::new(config);
        // How long the stream is nobody knows: a file that says it may be followed by another, as the page likes.
        self.events.push_back(only_track(&config));
        self.config = Some((stream, config));
        self.clock.set_rate(stream.sample_rate);
        self.gapless = None;
        self.is_after_preroll = false;
    }

    /// MSE MPEG audio byte stream format § 5: the coded audio of every frame is a media segment.
    fn start_media_segment(&mut self) {
        self.is_parsing_media_segment = true;
        self.events.push_back(DemuxEvent::MediaSegmentStart);
    }

    fn read_frame(&mut self, header: FrameHeader) -> Result<Option<()>, ContainerError> {
        let end = self.cursor + u64::from(header.length);
        let Some(frame) = self.queue.slice(self.cursor..end) else {
            return Ok(None);
        };
        let info = InfoFrame::parse(&header, frame);
        let stream = header.stream;
        let blocks = self.blocks(&header, frame)?;
        if adts::needs_program_config(stream)
            && let Some(first) = blocks.first()
            && let Some(config) = frame
                .get(first.clone())
                .and_then(|block| adts::config_from(stream, block))
        {
            self.announce(stream, config);
        }
        if !self.is_parsing_media_segment {
            if self.config.as_ref().is_none_or(|(known, _)| *known != stream) {
                return Err(self.error(
                    ErrorClass::Unsupported,
                    "a channel configuration of 0 and no program config element, which would say the channels",
                ));
            }
            self.start_media_segment();
        }
        if let Some(info) = info {
            self.gapless = info.gapless.map(GaplessProgress::new);
            self.itunes.take_if(|_| info.gapless.is_some());
        } else {
            if let Some(file) = self.itunes.take().and_then(|itunes| itunes.of(stream)) {
                self.gapless = Some(GaplessProgress::new(file));
            }
            for block in blocks {
                self.emit(block, stream.samples.into());
            }
        }
        self.is_parsing_media_segment = false;
        self.events.push_back(DemuxEvent::MediaSegmentEnd);
        self.expected = Some(stream);
        self.cursor = end;
        self.state = State::Unit;
        Ok(Some(()))
    }

    fn blocks(&self, header: &FrameHeader, frame: &[u8]) -> Result<Vec<Range<usize>>, ContainerError> {
        match adts::blocks(header, frame) {
            Ok(Some(blocks)) => Ok(blocks),
            Ok(None) => Err(self.error(
                ErrorClass::Malformed,
                "the positions of its raw data blocks do not lie in the frame",
            )),
            Err(Inseparable) => Err(self.error(
                ErrorClass::Unsupported,
                "several raw data blocks in a frame that does not say where each begins",
            )),
        }
    }

    /// A frame of so many samples, whose data is this part of the frame at the cursor.
    fn emit(&mut self, block: Range<usize>, samples: u64) {
        let heard = match &mut self.gapless {
            None => Heard::Trimmed { start: 0, end: 0 },
            Some(progress) => progress.take(samples),
        };
        self.gapless.take_if(|progress| progress.is_over());
        let (trim_start, trim_end) = match heard {
            Heard::Trimmed { start, end } => (start, end),
            Heard::Preroll => (samples, 0),
            // Nothing is decoded from it either.
            Heard::Nothing => return,
        };
        let data = Arc::from(self.rest().get(block).unwrap_or_default());
        let start = self.clock.now();
        self.clock.samples += samples - trim_start - trim_end;
        self.events.push_back(DemuxEvent::Frame(CodedFrame {
            track_id: ONLY_TRACK_ID,
            presentation_timestamp: start,
            decode_timestamp: start,
            presentation_end: self.clock.now(),
            trim_start: self.clock.span(trim_start),
            trim_end: self.clock.span(trim_end),
            // DEVIATION: MSE MPEG audio byte stream format § 5 says every frame. The first frame to be heard needs those
            // before it that are not, to come out of a decoder as it was meant.
            is_random_access_point: !self.is_after_preroll,
            config: None,
            data,
        }));
        self.is_after_preroll = heard == Heard::Preroll;
    }
}

/// What bytes look like that are not of this format. The first bytes of a stream that begins in the middle of a frame must
/// not be taken for something else.
fn other_format(format: Format, bytes: &[u8]) -> Option<&'static str> {
    let (other, guess) = match format {
        Format::Mpeg => (Format::Adts, "these look like ADTS, whose type is audio/aac"),
        Format::Adts => (
            Format::Mpeg,
            "these look like MPEG audio, whose type is audio/mpeg",
        ),
    };
    if matches!(other.header(bytes), Some(Ok(_))) {
        return Some(guess);
    }
    let first = bytes.get(..OTHER_FORMAT_LENGTH)?;
    for (position, magic, guess) in OTHER_FORMATS {
        if first.get(position..).unwrap_or_default().starts_with(magic) {
            return Some(guess);
        }
    }
    let is_text = first
        .iter()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t'));
    let is_markup = matches!(first, [b'<' | b'{' | b'#', ..]);
    (is_text && is_markup).then_some("these look like text: was the answer an error page or a playlist?")
}

impl Demuxer for MpegAudioDemuxer {
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
        self.cursor = self.queue.tail();
        self.queue.trim(self.cursor);
        self.state = State::Unit;
        self.events = Queue::new();
        self.failed = None;
        self.expected = None;
        self.gapless = None;
        self.itunes = None;
        self.is_after_preroll = false;
        self.is_parsing_media_segment = false;
    }
}
