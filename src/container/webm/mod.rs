//! WebM: `video/webm` and `audio/webm` (MSE WebM byte stream format, RFC 8794, RFC 9559).
//!
//! * `ebml`, `ids`: the grammar of elements, their names, and errors that say where;
//! * `segment`, `tracks`, `codec`: the initialization segment;
//! * `block`: blocks and laces;
//! * `timing`, `track_state`: when frames start and end, and what becomes of blocks;
//! * `resync`: where clusters go on after bytes that are none;
//! * `limits`: what no file may exceed;
//! * here: the state machine that finds the elements.
//!
//! The `Segment` is entered and forgotten: clusters are appended alone and from other files than the initialization
//! segment, so its size says nothing of them.

mod block;
mod codec;
mod ebml;
mod ids;
mod limits;
mod resync;
mod segment;
#[cfg(test)]
mod tests;
mod timing;
mod track_state;
mod tracks;

use std::collections::VecDeque;

use self::ebml::{Element, ElementHeader, ReadHeader};
use self::ids::ElementId;
use self::limits::{
    MAX_BLOCK_SIZE, MAX_FIELD_SIZE, MAX_HEADER_SIZE, MAX_INFO_SIZE, MAX_RESYNC_SIZE, MAX_SKIPPED_SIZE,
    MAX_TRACKS_SIZE,
};
use self::resync::Found;
use self::segment::Info;
use self::track_state::TrackState;
use self::tracks::ReadTracks;
use crate::bytes::ByteQueue;
use crate::container::{
    ContainerError, DemuxEvent, Demuxer, ErrorClass, InitSegment, ParseStatus, Strictness,
};
use crate::time::MediaTime;

/// The demuxer for WebM and, unless it is strict, Matroska.
#[derive(Debug)]
pub struct WebMDemuxer {
    strictness: Strictness,
    sound_alone: bool,
    queue: ByteQueue,
    /// Offset of the first byte not looked at.
    cursor: u64,
    state: State,
    events: VecDeque<DemuxEvent>,
    /// The error that ended parsing.
    failed: Option<ContainerError>,

    /// The initialization segment that has begun.
    init: Option<PendingInit>,
    /// What the last one said.
    movie: Option<Movie>,
    /// The media segment that has begun.
    cluster: Option<Cluster>,
}

/// What is at the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// The header of an element at the top level, in a segment or in a cluster.
    Header,
    /// The first byte of an element that is read whole.
    Whole { header: ElementHeader, end: u64 },
    /// The inside of an element that is passed over.
    Skipping { end: u64 },
    /// Bytes where no element is, from here on.
    Resync { from: u64 },
}

/// An initialization segment that is not complete.
#[derive(Debug)]
struct PendingInit {
    /// Of its `EBML` element.
    offset: u64,
    /// Where its `Segment` ends; `None` where that is not known, or it has not begun.
    segment_end: Option<u64>,
    has_segment: bool,
    info: Option<Info>,
    tracks: Option<ReadTracks>,
}

/// What an initialization segment said, and where its tracks stand.
#[derive(Debug)]
struct Movie {
    info: Info,
    tracks: Vec<TrackState>,
    /// The numbers of tracks that are not played.
    ignored: Vec<u64>,
}

/// A cluster whose start has been seen.
#[derive(Debug)]
struct Cluster {
    offset: u64,
    /// `None` for the unknown size.
    end: Option<u64>,
    timestamp: Option<u64>,
    /// Time of its last block, in ticks.
    last_block: Option<i64>,
    /// The tracks that have had blocks.
    seen: Vec<u64>,
}

impl Default for WebMDemuxer {
    fn default() -> Self {
        Self::new(Strictness::default())
    }
}

impl WebMDemuxer {
    /// A demuxer at offset 0.
    pub const fn new(strictness: Strictness) -> Self {
        Self {
            strictness,
            sound_alone: false,
            queue: ByteQueue::new(),
            cursor: 0,
            state: State::Header,
            events: VecDeque::new(),
            failed: None,
            init: None,
            movie: None,
            cluster: None,
        }
    }

    /// The same for `audio/webm`, in which a strict demuxer takes no pictures.
    pub fn for_sound(strictness: Strictness) -> Self {
        Self {
            sound_alone: true,
            ..Self::new(strictness)
        }
    }

    /// Does the next thing that the bytes at hand allow and says about how many bytes of work it was. `None` when more
    /// bytes are needed.
    ///
    /// Whatever is done depends on the position in the stream alone, never on how many bytes happen to be at hand: so
    /// the events are the same however the bytes are cut.
    fn step(&mut self) -> Result<Option<usize>, ContainerError> {
        match self.state {
            State::Header => self.read_header(),
            State::Whole { header, end } => self.read_whole(header, end),
            State::Skipping { end } => Ok(self.pass(end)),
            State::Resync { from } => self.resync(from),
        }
    }

    fn is_strict(&self) -> bool {
        self.strictness == Strictness::Strict
    }

    fn read_header(&mut self) -> Result<Option<usize>, ContainerError> {
        if self
            .cluster
            .as_ref()
            .is_some_and(|cluster| cluster.end == Some(self.cursor))
        {
            self.end_cluster(false)?;
            return Ok(Some(0));
        }
        let bytes = self.queue.slice_from(self.cursor).unwrap_or_default();
        let header = match ElementHeader::read(bytes) {
            ReadHeader::Complete(header) => header,
            ReadHeader::Incomplete => return Ok(None),
            ReadHeader::Garbage => return self.start_resync("no element begins here".into()),
        };
        if self.cluster.is_some() {
            self.start_in_cluster(header)
        } else {
            self.start_at_top(header)
        }
    }

    /// What to do with an element inside the cluster.
    fn start_in_cluster(&mut self, header: ElementHeader) -> Result<Option<usize>, ContainerError> {
        let Some(Cluster { end: cluster_end, .. }) = self.cluster else {
            return Ok(None);
        };
        let id = header.id;
        if cluster_end.is_none() {
            if id.is_level_1() {
                // WebM byte stream format, "Media Segments": a cluster of unknown size ends where the next one or an
                // initialization segment begins.
                self.end_cluster(id == ElementId::CLUSTER)?;
                return Ok(Some(0));
            }
            if !id.is_in_cluster() && !id.is_global() {
                return self.start_resync(format!("{id} is no element of a cluster"));
            }
        } else if id.is_level_1() {
            return Err(self.error(
                ErrorClass::Malformed,
                id,
                "begins before the cluster around it ends",
            ));
        }
        let end = self.end_of(header)?;
        if let Some(cluster_end) = cluster_end
            && end > cluster_end
        {
            return Err(self.error(
                ErrorClass::Malformed,
                id,
                format!("ends at byte {end}, and the cluster around it at byte {cluster_end}"),
            ));
        }
        self.state = match id {
            ElementId::TIMESTAMP => self.whole(header, end, MAX_FIELD_SIZE)?,
            ElementId::SIMPLE_BLOCK | ElementId::BLOCK_GROUP => self.whole(header, end, MAX_BLOCK_SIZE)?,
            ElementId::ENCRYPTED_BLOCK => {
                return Err(self.error(
                    ErrorClass::Unsupported,
                    id,
                    "encrypted media needs the browser's own player",
                ));
            }
            _ => self.skipping(header, end)?,
        };
        Ok(Some(header.length as usize))
    }

    /// What to do with an element outside of clusters.
    fn start_at_top(&mut self, header: ElementHeader) -> Result<Option<usize>, ContainerError> {
        let id = header.id;
        match id {
            ElementId::EBML => {
                let end = self.end_of(header)?;
                self.abandon_init(id)?;
                self.state = self.whole(header, end, MAX_HEADER_SIZE)?;
            }
            ElementId::SEGMENT => self.enter_segment(header)?,
            ElementId::INFO | ElementId::TRACKS => {
                let end = self.end_of(header)?;
                let limit = match id {
                    ElementId::INFO => MAX_INFO_SIZE,
                    _ => MAX_TRACKS_SIZE,
                };
                self.state = match &self.init {
                    // DEVIATION: only when strict. The Segment says nothing that is needed.
                    Some(init) if !init.has_segment && self.is_strict() => {
                        return Err(self.error(ErrorClass::Malformed, id, "is in no Segment"));
                    }
                    Some(init) => {
                        // WebM byte stream format, "Initialization Segments": the segment's size is unknown or holds
                        // both.
                        if let Some(segment_end) = init.segment_end.filter(|&segment_end| end > segment_end) {
                            return Err(self.error(
                                ErrorClass::Malformed,
                                id,
                                format!(
                                    "ends at byte {end}, and the Segment around it at byte {segment_end}"
                                ),
                            ));
                        }
                        self.whole(header, end, limit)?
                    }
                    // DEVIATION: only when strict. Some streams repeat them.
                    None if !self.is_strict() && self.movie.is_some() => self.skipping(header, end)?,
                    None => {
                        return Err(self.error(
                            ErrorClass::Malformed,
                            id,
                            "is in no initialization segment, which begins with an EBML header",
                        ));
                    }
                };
            }
            ElementId::CLUSTER => self.start_cluster(header)?,
            // WebM byte stream format, "Initialization Segments" and "Media Segments": other elements are ignored.
            _ if id.is_level_1() || id.is_global() => {
                let end = self.end_of(header)?;
                self.state = self.skipping(header, end)?;
            }
            _ => return self.start_resync(format!("{id} is no element that may be here")),
        }
        Ok(Some(header.length as usize))
    }

    fn enter_segment(&mut self, header: ElementHeader) -> Result<(), ContainerError> {
        let is_first = self.init.as_ref().is_some_and(|init| !init.has_segment);
        // DEVIATION: only when strict. Nothing but the DocType is lost without a header.
        if !is_first && self.is_strict() {
            return Err(self.error(ErrorClass::Malformed, header.id, "has no EBML header before it"));
        }
        let end = header
            .size
            .and_then(|size| self.data_offset(header).checked_add(size));
        let offset = match &self.init {
            Some(init) if is_first => init.offset,
            _ => self.cursor,
        };
        self.init = Some(PendingInit {
            offset,
            segment_end: end,
            has_segment: true,
            info: None,
            tracks: None,
        });
        self.cursor = self.data_offset(header);
        self.trim();
        Ok(())
    }

    fn start_cluster(&mut self, header: ElementHeader) -> Result<(), ContainerError> {
        if let Some(mut init) = self.init.take() {
            if init.tracks.is_none() {
                return Err(self.error(
                    ErrorClass::Malformed,
                    header.id,
                    "comes before the Tracks of its initialization segment",
                ));
            }
            // DEVIATION: only when strict. Without Info a tick is a millisecond.
            if self.is_strict() {
                return Err(self.error(
                    ErrorClass::Malformed,
                    header.id,
                    "comes before the Info of its initialization segment",
                ));
            }
            init.info = Some(Info::default());
            self.init = Some(init);
            self.complete_init();
        }
        // MSE § 3.5.1 step 6.1: media before the first initialization segment is an append error.
        if self.movie.is_none() {
            return Err(self.error(
                ErrorClass::Malformed,
                header.id,
                "media before any initialization segment (EBML header, Info and Tracks)",
            ));
        }
        let end = match header.size {
            Some(_) => Some(self.end_of(header)?),
            None => None,
        };
        self.cluster = Some(Cluster {
            offset: self.cursor,
            end,
            timestamp: None,
            last_block: None,
            seen: Vec::new(),
        });
        self.events.push_back(DemuxEvent::MediaSegmentStart);
        self.cursor = self.data_offset(header);
        self.trim();
        Ok(())
    }

    /// Ends the media segment. Whether the next one `goes_on` right there.
    fn end_cluster(&mut self, goes_on: bool) -> Result<(), ContainerError> {
        let Some(cluster) = self.cluster.take() else {
            return Ok(());
        };
        let tracks = self.movie.as_mut().map_or(&mut [][..], |movie| &mut movie.tracks);
        // WebM byte stream format, "Media Segments": a cluster has a block of every track.
        //
        // DEVIATION: only when strict. Browsers do not ask for it, and clusters of recorders lack it.
        if self.strictness == Strictness::Strict
            && let Some(missing) = tracks
                .iter()
                .find(|track| !cluster.seen.contains(&track.number()))
        {
            return Err(ContainerError::malformed(
                cluster.offset,
                "Cluster",
                format!("has no block of track {}", missing.number()),
            ));
        }
        for track in tracks {
            track.start_cluster(goes_on);
        }
        self.events.push_back(DemuxEvent::MediaSegmentEnd);
        Ok(())
    }

    fn read_whole(&mut self, header: ElementHeader, end: u64) -> Result<Option<usize>, ContainerError> {
        let offset = self.cursor;
        let Some(data) = self.queue.slice(offset + header.length..end) else {
            return Ok(None);
        };
        let parent = match header.id {
            ElementId::EBML => "",
            ElementId::INFO | ElementId::TRACKS => "Segment",
            _ => "Segment/Cluster",
        };
        let element = Element::new(header, offset, parent, data);
        match header.id {
            ElementId::EBML => {
                segment::check_header(&element, self.strictness)?;
                self.init = Some(PendingInit {
                    offset,
                    segment_end: None,
                    has_segment: false,
                    info: None,
                    tracks: None,
                });
            }
            ElementId::INFO => {
                let info = Info::read(&element)?;
                if let Some(init) = &mut self.init {
                    init.info = Some(info);
                }
            }
            ElementId::TRACKS => {
                let tracks = tracks::read_tracks(&element, self.strictness, self.sound_alone)?;
                if let Some(init) = &mut self.init {
                    // WebM byte stream format, "Initialization Segments": Info, then Tracks.
                    //
                    // DEVIATION: only when strict. Nothing is lost in the other order.
                    if init.info.is_none() && self.strictness == Strictness::Strict {
                        return Err(element.malformed("comes before Info"));
                    }
                    init.tracks = Some(tracks);
                }
            }
            ElementId::TIMESTAMP => {
                let timestamp = element.unsigned()?;
                if let Some(cluster) = &mut self.cluster {
                    cluster.timestamp = Some(timestamp);
                }
            }
            _ => {
                let block = match header.id {
                    ElementId::SIMPLE_BLOCK => block::read_simple_block(&element),
                    _ => block::read_block_group(&element),
                };
                let block = match block {
                    Ok(block) => block,
                    // The start of a block, and then something else: what goes on behind it is no element either.
                    Err(_) if self.may_resync() => return self.start_resync(String::new()),
                    Err(error) => return Err(error),
                };
                if let (Some(cluster), Some(movie)) = (&mut self.cluster, &mut self.movie) {
                    read_block(
                        &element,
                        &block,
                        cluster,
                        movie,
                        self.strictness,
                        &mut self.events,
                    )?;
                }
            }
        }
        let work = end - offset;
        if self
            .init
            .as_ref()
            .is_some_and(|init| init.info.is_some() && init.tracks.is_some())
        {
            self.complete_init();
        }
        self.cursor = end;
        self.state = State::Header;
        self.trim();
        Ok(Some(work as usize))
    }

    /// All of the initialization segment is there.
    fn complete_init(&mut self) {
        let Some(PendingInit {
            info: Some(info),
            tracks: Some(tracks),
            ..
        }) = self.init.take()
        else {
            return;
        };
        self.events.push_back(DemuxEvent::InitSegment(InitSegment {
            duration: info.duration,
            tracks: tracks.segment_tracks,
        }));
        self.movie = Some(Movie {
            info,
            tracks: tracks.tracks.into_iter().map(TrackState::new).collect(),
            ignored: tracks.ignored,
        });
    }

    /// Another initialization segment begins before the last one was complete.
    fn abandon_init(&mut self, id: ElementId) -> Result<(), ContainerError> {
        match self.init.take() {
            // DEVIATION: only when strict. A recording may have been cut off there and begun anew.
            Some(init) if self.is_strict() => Err(self.error(
                ErrorClass::Malformed,
                id,
                format!(
                    "begins before the initialization segment at byte {} has had its Info and Tracks",
                    init.offset
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Where the data of an element at the cursor begins.
    fn data_offset(&self, header: ElementHeader) -> u64 {
        self.cursor.saturating_add(header.length)
    }

    /// Where an element at the cursor ends, which must say so.
    fn end_of(&self, header: ElementHeader) -> Result<u64, ContainerError> {
        let Some(size) = header.size else {
            return Err(self.error(
                ErrorClass::Malformed,
                header.id,
                "says its size is unknown, which only Segment and Cluster may",
            ));
        };
        // Both are far below what overflows.
        Ok(self.data_offset(header).saturating_add(size))
    }

    fn whole(&self, header: ElementHeader, end: u64, limit: u64) -> Result<State, ContainerError> {
        self.check_size(header, limit)?;
        Ok(State::Whole { header, end })
    }

    fn skipping(&self, header: ElementHeader, end: u64) -> Result<State, ContainerError> {
        self.check_size(header, MAX_SKIPPED_SIZE)?;
        Ok(State::Skipping { end })
    }

    fn check_size(&self, header: ElementHeader, limit: u64) -> Result<(), ContainerError> {
        match header.size {
            Some(size) if size > limit => Err(self.error(
                ErrorClass::Limit,
                header.id,
                format!("says it is {size} bytes long; the limit is {limit}"),
            )),
            _ => Ok(()),
        }
    }

    /// An error about the element at the cursor.
    fn error(&self, class: ErrorClass, id: ElementId, message: impl Into<String>) -> ContainerError {
        let element = match &self.cluster {
            Some(_) => format!("Segment/Cluster/{id}"),
            None => id.to_string(),
        };
        ContainerError {
            class,
            offset: self.cursor,
            element,
            message: message.into(),
        }
    }

    /// At the cursor is nothing that may be there.
    ///
    /// DEVIATION: only when strict, and before any initialization segment, this is an error. Who joins a recording late
    /// appends its first piece and then a later one, which need not begin with a cluster: all up to the next one is
    /// passed over. In a cluster of known size it remains an error.
    fn start_resync(&mut self, what: String) -> Result<Option<usize>, ContainerError> {
        if !self.may_resync() {
            let element = match (&self.cluster, &self.movie) {
                (Some(_), _) => "Segment/Cluster",
                (None, Some(_)) => "Segment",
                (None, None) => "EBML",
            };
            return Err(ContainerError::malformed(self.cursor, element, what));
        }
        self.end_cluster(false)?;
        self.init = None;
        self.state = State::Resync { from: self.cursor };
        Ok(Some(0))
    }

    fn may_resync(&self) -> bool {
        let is_of_known_size = self.cluster.as_ref().is_some_and(|cluster| cluster.end.is_some());
        !self.is_strict() && self.movie.is_some() && !is_of_known_size
    }

    /// Looks for a cluster or an initialization segment.
    fn resync(&mut self, from: u64) -> Result<Option<usize>, ContainerError> {
        let bytes = self.queue.slice_from(self.cursor).unwrap_or_default();
        let (passed, found) = resync::find(bytes);
        let at = self.cursor + passed as u64;
        if at - from > MAX_RESYNC_SIZE {
            return Err(ContainerError {
                class: ErrorClass::Limit,
                offset: from,
                element: "Segment".into(),
                message: format!("no cluster begins in the {MAX_RESYNC_SIZE} bytes after what is no element"),
            });
        }
        self.cursor = at;
        self.trim();
        match found {
            Found::Start => {
                self.state = State::Header;
                Ok(Some(passed))
            }
            Found::MoreNeeded => Ok(None),
        }
    }

    /// Moves the cursor to `end`, or as far as there are bytes. `None` when there are none.
    fn pass(&mut self, end: u64) -> Option<usize> {
        let to = end.min(self.queue.tail());
        if to == end {
            self.state = State::Header;
        } else if to == self.cursor {
            return None;
        }
        self.cursor = to;
        self.trim();
        Some(0)
    }

    fn trim(&mut self) {
        self.queue.trim(self.cursor);
    }
}

/// Gives the frames of a block to its track.
fn read_block(
    element: &Element<'_>,
    block: &block::Block<'_>,
    cluster: &mut Cluster,
    movie: &mut Movie,
    strictness: Strictness,
    events: &mut VecDeque<DemuxEvent>,
) -> Result<(), ContainerError> {
    let is_strict = strictness == Strictness::Strict;
    if block.track == 0 {
        return Err(element.malformed("is of track 0, which no track may be"));
    }
    // WebM byte stream format, "Media Segments": the Timestamp comes first. Without one nothing says when it is.
    let timestamp = cluster
        .timestamp
        .ok_or_else(|| element.malformed("comes before the Timestamp of its cluster"))?;
    let ticks = i64::try_from(timestamp)
        .ok()
        .and_then(|timestamp| timestamp.checked_add(i64::from(block.time)))
        .ok_or_else(|| element.malformed("its time is more than 63 bits"))?;
    // WebM byte stream format, "Media Segments": blocks are in the order of their times, those of all tracks together.
    //
    // DEVIATION: only when strict. What goes back in time is placed by coded frame processing (MSE § 3.5.8 step 1.6).
    if is_strict && cluster.last_block.is_some_and(|last| ticks < last) {
        return Err(element.malformed(format!("is at tick {ticks}, before the block before it")));
    }
    cluster.last_block = Some(ticks);
    let Some(track) = movie
        .tracks
        .iter_mut()
        .find(|track| track.number() == block.track)
    else {
        // DEVIATION: only when strict. A track that was never described cannot be played, others can.
        if is_strict && !movie.ignored.contains(&block.track) {
            return Err(element.malformed(format!("is of track {}, which Tracks does not have", block.track)));
        }
        return Ok(());
    };
    if is_strict && !cluster.seen.contains(&block.track) {
        cluster.seen.push(block.track);
    }
    let duration = block
        .duration
        .map(|ticks| movie.info.time(i64::try_from(ticks).unwrap_or(i64::MAX)))
        .filter(|&duration| duration > MediaTime::ZERO);
    track.read_block(block, movie.info.time(ticks), duration, movie.info.tick(), events);
    Ok(())
}

impl Demuxer for WebMDemuxer {
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
        self.cluster.is_some()
    }

    fn pending_bytes(&self) -> usize {
        self.queue.len()
    }

    fn reset(&mut self) {
        let tail = self.queue.tail();
        let kept = std::mem::replace(self, Self::new(self.strictness));
        self.sound_alone = kept.sound_alone;
        self.queue = kept.queue;
        self.queue.trim(tail);
        self.cursor = tail;
        self.movie = kept.movie;
        for track in self.movie.iter_mut().flat_map(|movie| &mut movie.tracks) {
            track.reset();
        }
    }
}
