//! One SourceBuffer's data: the parser, the segment parser loop (MSE § 3.5.1) and what it drives.

use super::coded_frame_processing::TrackBuffers;
use super::track_buffer::TrackBuffer;
use crate::container::{DemuxEvent, Demuxer, InitSegment, MediaConfig, ParseStatus, Track, TrackKind};
use crate::mime::generates_timestamps;
use crate::playback::gap_policy::Gaps;
use crate::protocol::{AppendMode, AppendParameters, Quota, SourceBufferSnapshot, TrackInfo, TrackSnapshot};
use crate::time::MediaTime;

/// How many bytes go into the parser at a time. Small pieces stay in the processor's cache and keep the parser's memory
/// small however much is appended at once.
const PIECE: usize = 128 * 1024;

/// How many bytes' work the parser does for a piece: that of the piece, and of what was left of those before.
const WORK: usize = 2 * PIECE;

/// Why an append stopped: a sentence for the developer.
pub type AppendFailure = String;

/// An initialization segment that was received, for the page. Track numbers are those of the first one.
#[derive(Clone, PartialEq, Debug)]
pub struct InitSegmentReceived {
    /// The duration it declares.
    pub duration: Option<MediaTime>,
    /// Its tracks, in the order of the first initialization segment.
    pub tracks: Vec<TrackInfo>,
}

/// Parser, track buffers and the append in progress of one SourceBuffer.
pub struct SourceBuffer {
    media_type: String,
    /// `None` for a type this crate has no parser for; appends then fail.
    demuxer: Option<Box<dyn Demuxer>>,
    first_initialization_segment_received_flag: bool,
    pending_initialization_segment_for_change_type_flag: bool,
    track_buffers: TrackBuffers,
    /// Appended bytes that the parser has not been given yet.
    input: Vec<u8>,
    /// How many of `input` it has been given.
    given: usize,
    /// Whether the parser has work left without more bytes.
    more_pending: bool,
}

impl SourceBuffer {
    /// What `addSourceBuffer(media_type)` makes.
    pub fn new(media_type: &str, demuxer: Option<Box<dyn Demuxer>>) -> Self {
        Self {
            media_type: media_type.to_owned(),
            demuxer,
            first_initialization_segment_received_flag: false,
            pending_initialization_segment_for_change_type_flag: false,
            track_buffers: TrackBuffers::new(generates_timestamps(media_type)),
            input: Vec::new(),
            given: 0,
            more_pending: false,
        }
    }

    /// Starts an append; [`parse`](Self::parse) does it.
    pub fn append(&mut self, parameters: &AppendParameters, media: Vec<u8>) {
        self.track_buffers.set_parameters(parameters);
        self.input = media;
        self.given = 0;
    }

    /// Runs the segment parser loop over about `budget` bytes of the append. What initialization segments it finds are
    /// told to `received` as soon as they are accepted.
    ///
    /// # Errors
    /// The append error algorithm is to be run; its step 1 has been.
    pub fn parse(
        &mut self,
        budget: usize,
        mut received: impl FnMut(InitSegmentReceived),
    ) -> Result<ParseStatus, AppendFailure> {
        let result = self.parse_some(budget, &mut received);
        if result.is_err() {
            self.reset_parser_state(self.track_buffers.mode);
        }
        if result != Ok(ParseStatus::MorePending) {
            self.input = Vec::new();
            self.given = 0;
        }
        result
    }

    #[inline(never)]
    fn parse_some(
        &mut self,
        budget: usize,
        received: &mut dyn FnMut(InitSegmentReceived),
    ) -> Result<ParseStatus, AppendFailure> {
        let mut budget = budget.max(1);
        while budget > 0 {
            let Some(demuxer) = &mut self.demuxer else {
                return Err(format!("no parser for {}", self.media_type));
            };
            if !self.more_pending {
                let rest = self.input.get(self.given..).unwrap_or_default();
                if rest.is_empty() {
                    return Ok(ParseStatus::Done);
                }
                let piece = rest.get(..PIECE.min(budget)).unwrap_or(rest);
                demuxer.push(piece);
                self.given += piece.len();
                budget -= piece.len().min(budget);
                self.more_pending = true;
            } else {
                budget -= WORK.min(budget);
            }
            let result = demuxer.parse(WORK);
            // What was found before an error counts.
            while let Some(event) = self.demuxer.as_mut().and_then(|demuxer| demuxer.poll_event()) {
                self.handle(event, received)?;
            }
            self.more_pending = result.map_err(|error| error.to_string())? == ParseStatus::MorePending;
        }
        Ok(if self.more_pending || self.given < self.input.len() {
            ParseStatus::MorePending
        } else {
            ParseStatus::Done
        })
    }

    fn handle(
        &mut self,
        event: DemuxEvent,
        received: &mut dyn FnMut(InitSegmentReceived),
    ) -> Result<(), AppendFailure> {
        match event {
            // MSE § 3.5.1 step 5
            DemuxEvent::InitSegment(segment) => received(self.init_segment_received(&segment)?),
            // Step 6.1
            DemuxEvent::MediaSegmentStart if self.needs_initialization_segment() => {
                return Err("a media segment came before the initialization segment it needs".into());
            }
            DemuxEvent::FirstPresentation(time) => self.track_buffers.expect_first_presentation(time),
            // Step 6.2
            DemuxEvent::Frame(frame) => self.track_buffers.process(frame),
            DemuxEvent::MediaSegmentStart | DemuxEvent::MediaSegmentEnd => {}
        }
        Ok(())
    }

    fn needs_initialization_segment(&self) -> bool {
        !self.first_initialization_segment_received_flag
            || self.pending_initialization_segment_for_change_type_flag
    }

    /// Initialization segment received (MSE § 3.5.7), what of it concerns the data. Step 1 and the track objects are the
    /// page's.
    fn init_segment_received(&mut self, segment: &InitSegment) -> Result<InitSegmentReceived, AppendFailure> {
        // Step 2
        if segment.tracks.is_empty() {
            return Err("the initialization segment has no audio or video track".into());
        }
        let mut tracks = Vec::new();
        if self.first_initialization_segment_received_flag {
            // Step 3.1
            tracks = self.matching_tracks(segment)?;
            self.track_buffers.set_descriptions(&tracks);
        } else {
            // Steps 5.2.8 and 5.3.8
            for track in &segment.tracks {
                self.track_buffers.tracks.push(TrackBuffer::new(track));
                tracks.push(track);
            }
        }
        // Steps 6 and 7
        self.first_initialization_segment_received_flag = true;
        self.pending_initialization_segment_for_change_type_flag = false;
        let mut infos = Vec::new();
        for (buffer, track) in self.tracks().iter().zip(tracks) {
            infos.push(track_info(buffer.id(), track));
        }
        Ok(InitSegmentReceived {
            duration: segment.duration,
            tracks: infos,
        })
    }

    /// MSE § 3.5.7 step 3.1: the track for each track buffer, or what does not match.
    fn matching_tracks<'a>(&self, segment: &'a InitSegment) -> Result<Vec<&'a Track>, AppendFailure> {
        let now = |kind| count(kind, &mut segment.tracks.iter().map(|track| track.config.kind()));
        for kind in [TrackKind::Audio, TrackKind::Video] {
            let then = count(kind, &mut self.tracks().iter().map(TrackBuffer::kind));
            let now = now(kind);
            if then != now {
                return Err(format!(
                    "the initialization segment has {now} {} tracks where the first one had {then}",
                    kind.name()
                ));
            }
        }
        let mut matching = Vec::new();
        for buffer in self.tracks() {
            let (id, kind) = (buffer.id(), buffer.kind());
            let is_only = now(kind) == 1;
            let mut tracks = segment.tracks.iter();
            let Some(track) = tracks.find(|track| track.config.kind() == kind && (is_only || track.id == id))
            else {
                return Err(format!(
                    "the initialization segment lacks the {} track {id} of the first one",
                    kind.name(),
                ));
            };
            matching.push(track);
        }
        Ok(matching)
    }

    /// Reset parser state (MSE § 3.5.2). It also ends an append in progress.
    pub fn reset_parser_state(&mut self, mode: AppendMode) {
        // Step 1 has been done: no complete frame waits, they are processed as they are found.
        self.track_buffers.reset(mode);
        // Steps 7 and 8
        self.input = Vec::new();
        self.given = 0;
        self.more_pending = false;
        if let Some(demuxer) = &mut self.demuxer {
            demuxer.reset();
            while demuxer.poll_event().is_some() {}
        }
    }

    /// The data's part of `changeType()`: another parser, which must be given an initialization segment first.
    pub fn change_type(&mut self, media_type: &str, demuxer: Option<Box<dyn Demuxer>>) {
        self.reset_parser_state(self.track_buffers.mode);
        self.media_type = media_type.to_owned();
        self.demuxer = demuxer;
        self.track_buffers.generate_timestamps_flag = generates_timestamps(media_type);
        self.pending_initialization_segment_for_change_type_flag = true;
    }

    /// Coded frame removal (MSE § 3.5.9) of `[start, end)`; `duration` is the media source's.
    pub fn remove(&mut self, start: MediaTime, end: MediaTime, duration: Option<MediaTime>) {
        self.track_buffers.remove(start, end, duration);
    }

    /// Its track buffers, in the order of the first initialization segment.
    pub fn tracks(&self) -> &[TrackBuffer] {
        self.track_buffers.tracks()
    }

    /// The track buffer that the first initialization segment numbered `id`.
    pub fn track(&self, id: u32) -> Option<&TrackBuffer> {
        self.track_buffers.tracks().iter().find(|track| track.id() == id)
    }

    /// Coded frame eviction (MSE § 3.5.10): makes room for `new` bytes under what `quota` allows, as far as it may while
    /// playback stands at `position`.
    pub fn evict(&mut self, position: MediaTime, new: u64, quota: Quota) {
        let limit = self.quota_of(quota).saturating_sub(new);
        let excess = self.bytes_held().saturating_sub(limit);
        self.track_buffers.evict(position, excess);
    }

    /// Which holes playback passes over from now on; [`Gaps::default`] before.
    pub fn set_gaps(&mut self, gaps: Gaps) {
        self.track_buffers.gaps = gaps;
    }

    /// How many bytes `quota` allows it.
    pub fn quota_of(&self, quota: Quota) -> u64 {
        quota.of(&mut self.tracks().iter().map(TrackBuffer::kind))
    }

    /// Bytes held in track buffers and parser, bookkeeping included.
    pub fn bytes_held(&self) -> u64 {
        let parser = self.demuxer.as_deref().map_or(0, Demuxer::pending_bytes);
        let waiting = parser + (self.input.len() - self.given);
        self.track_buffers.bytes_held() + waiting as u64
    }

    /// How many of them [`evict`](Self::evict) could free.
    pub fn bytes_evictable(&self, position: MediaTime) -> u64 {
        self.track_buffers.bytes_evictable(position)
    }

    /// What the page must know while playback stands at `position`.
    pub fn snapshot(&self, position: MediaTime) -> SourceBufferSnapshot {
        let parser = self.demuxer.as_deref();
        let mut tracks = Vec::new();
        for buffer in self.tracks() {
            tracks.push(TrackSnapshot {
                id: buffer.id(),
                kind: buffer.kind(),
                ranges: buffer.buffered(),
                highest_presentation_timestamp: buffer.highest_presentation_timestamp(),
            });
        }
        SourceBufferSnapshot {
            tracks,
            timestamp_offset: self.track_buffers.timestamp_offset,
            group_end_timestamp: self.track_buffers.group_end_timestamp,
            parsing_media_segment: parser.is_some_and(Demuxer::is_parsing_media_segment),
            bytes_held: self.bytes_held(),
            bytes_evictable: self.bytes_evictable(position),
        }
    }
}

fn count(kind: TrackKind, kinds: &mut dyn Iterator<Item = TrackKind>) -> usize {
    kinds.filter(|&found| found == kind).count()
}

fn track_info(id: u32, track: &Track) -> TrackInfo {
    TrackInfo {
        id,
        kind: track.config.kind(),
        codec: track.config.codec.clone(),
        language: track.language.clone(),
        label: track.label.clone(),
        display_size: match track.config.media {
            MediaConfig::Audio { .. } => (0, 0),
            MediaConfig::Video {
                display_width,
                display_height,
                ..
            } => (display_width, display_height),
        },
        html_kind: track.kind.clone(),
    }
}
