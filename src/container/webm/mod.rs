//! WebM: `video/webm` and `audio/webm` (MSE WebM byte stream format, RFC 8794, RFC 9559).
//!
//! * `ebml`, `ids`: the grammar of elements, their names, and errors that say where;
//! * `initialization_segment`, `segment`, `tracks`, `codec`, `pcm`: the initialization segment;
//! * `cluster`, `block`: the media segment, blocks and laces;
//! * `timing`, `track_state`: when frames start and end, and what becomes of blocks;
//! * `resync`: where clusters go on after bytes that are none;
//! * `limits`: what no file may exceed;
//! * here: the state machine that finds the elements.
//!
//! The `Segment` is entered and forgotten: clusters are appended alone and from other files than the initialization
//! segment, so its size says nothing of them.

mod block;
mod cluster;
mod codec;
mod ebml;
mod ids;
mod initialization_segment;
mod limits;
mod pcm;
mod resync;
mod segment;
#[cfg(test)]
mod tests;
mod timing;
mod track_state;
mod tracks;

use self::cluster::{Cluster, read_block};
use self::ebml::{Element, ElementHeader, ReadHeader};
use self::ids::ElementId;
use self::initialization_segment::{Movie, PendingInit};
use self::limits::{MAX_HEADER_SIZE, MAX_INFO_SIZE, MAX_RESYNC_SIZE, MAX_SKIPPED_SIZE, MAX_TRACKS_SIZE};
use self::resync::Found;
use self::segment::Info;
use crate::bytes::ByteQueue;
use crate::container::{
    ContainerError, DemuxEvent, Demuxer, ErrorClass, ParseStatus, Strictness, parse_by_steps,
};
use crate::queue::Queue;

/// The demuxer for WebM and, unless it is strict, Matroska.
#[derive(Debug)]
pub struct WebMDemuxer {
    strictness: Strictness,
    sound_alone: bool,
    queue: ByteQueue,
    /// Offset of the first byte not looked at.
    cursor: u64,
    state: State,
    events: Queue<DemuxEvent>,
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

impl Default for WebMDemuxer {
    fn default() -> Self {
        Self::new(Strictness::default())
    }
}

impl WebMDemuxer {
    /// A demuxer at offset 0.
    pub fn new(strictness: Strictness) -> Self {
        Self::of(strictness, false)
    }

    /// The same for `audio/webm`, in which a strict demuxer takes no pictures.
    pub fn for_sound(strictness: Strictness) -> Self {
        Self::of(strictness, true)
    }

    pub(super) fn of(strictness: Strictness, sound_alone: bool) -> Self {
        Self {
            strictness,
            sound_alone,
            queue: ByteQueue::new(),
            cursor: 0,
            state: State::Header,
            events: Queue::new(),
            failed: None,
            init: None,
            movie: None,
            cluster: None,
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

    /// What to do with an element outside of clusters.
    // As with `read_tracks`.
    #[inline(never)]
    fn start_at_top(&mut self, header: ElementHeader) -> Result<Option<usize>, ContainerError> {
        let id = header.id;
        match id {
            ElementId::SEGMENT => return self.enter_segment(header),
            ElementId::CLUSTER => return self.start_cluster(header),
            // WebM byte stream format, "Initialization Segments" and "Media Segments": other elements are ignored.
            _ if id.is_level_1() || id.is_global() => {}
            _ => return self.start_resync(format!("{id} is no element that may be here")),
        }
        let end = self.end_of(header)?;
        let mut limit = None;
        if id == ElementId::EBML {
            self.abandon_init(id)?;
            limit = Some(MAX_HEADER_SIZE);
        } else if matches!(id, ElementId::INFO | ElementId::TRACKS) {
            match &self.init {
                // DEVIATION: only when strict. The Segment says nothing that is needed.
                Some(init) if !init.has_segment && self.is_strict() => {
                    return Err(self.error(ErrorClass::Malformed, id, "is in no Segment"));
                }
                Some(init) => {
                    // WebM byte stream format, "Initialization Segments": the segment's size is unknown or holds both.
                    if let Some(segment_end) = init.segment_end.filter(|&segment_end| end > segment_end) {
                        return Err(self.error(
                            ErrorClass::Malformed,
                            id,
                            format!("ends at byte {end}, and the Segment around it at byte {segment_end}"),
                        ));
                    }
                    limit = Some(match id {
                        ElementId::INFO => MAX_INFO_SIZE,
                        _ => MAX_TRACKS_SIZE,
                    });
                }
                // DEVIATION: only when strict. Some streams repeat them.
                None if !self.is_strict() && self.movie.is_some() => {}
                None => {
                    return Err(self.error(
                        ErrorClass::Malformed,
                        id,
                        "is in no initialization segment, which begins with an EBML header",
                    ));
                }
            }
        }
        self.start_element(header, end, limit)
    }

    fn read_whole(&mut self, header: ElementHeader, end: u64) -> Result<Option<usize>, ContainerError> {
        let offset = self.cursor;
        let Some(data) = self.queue.slice(offset + header.length..end) else {
            return Ok(None);
        };
        let element = Element::new(header, offset, header.id.parent(), data);
        match header.id {
            ElementId::EBML => {
                segment::check_header(&element, self.strictness)?;
                self.init = Some(PendingInit {
                    offset,
                    ..PendingInit::default()
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
                    ElementId::SIMPLE_BLOCK => block::read_block(&element),
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

    /// The element at the cursor is read whole when it is of interest and so has a `limit` in bytes, else passed over.
    fn start_element(
        &mut self,
        header: ElementHeader,
        end: u64,
        limit: Option<u64>,
    ) -> Result<Option<usize>, ContainerError> {
        let most = limit.unwrap_or(MAX_SKIPPED_SIZE);
        if let Some(size) = header.size.filter(|&size| size > most) {
            return Err(self.error(
                ErrorClass::Limit,
                header.id,
                format!("says it is {size} bytes long; the limit is {most}"),
            ));
        }
        self.state = match limit {
            Some(_) => State::Whole { header, end },
            None => State::Skipping { end },
        };
        Ok(Some(header.length as usize))
    }

    /// An error about the element at the cursor.
    fn error(&self, class: ErrorClass, id: ElementId, message: impl Into<String>) -> ContainerError {
        let parent = match &self.cluster {
            Some(_) => ElementId::CLUSTER,
            None => ElementId::ROOT,
        };
        let element = id.path_in(parent);
        ContainerError::new(class, self.cursor, element, message)
    }

    /// At the cursor is nothing that may be there.
    ///
    /// DEVIATION: only when strict, and before any initialization segment, this is an error. Who joins a recording late
    /// appends its first piece and then a later one, which need not begin with a cluster: all up to the next one is
    /// passed over. In a cluster of known size it remains an error.
    // As with `read_tracks`.
    #[inline(never)]
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
    // As with `read_tracks`.
    #[inline(never)]
    fn resync(&mut self, from: u64) -> Result<Option<usize>, ContainerError> {
        let bytes = self.queue.slice_from(self.cursor).unwrap_or_default();
        let (passed, found) = resync::find(bytes);
        let at = self.cursor + passed as u64;
        if at - from > MAX_RESYNC_SIZE {
            return Err(ContainerError::new(
                ErrorClass::Limit,
                from,
                "Segment",
                format!("no cluster begins in the {MAX_RESYNC_SIZE} bytes after what is no element"),
            ));
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

impl Demuxer for WebMDemuxer {
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
        self.cluster.is_some()
    }

    fn pending_bytes(&self) -> usize {
        self.queue.len()
    }

    fn reset(&mut self) {
        self.cursor = self.queue.tail();
        self.trim();
        self.state = State::Header;
        self.events = Queue::new();
        self.failed = None;
        self.init = None;
        self.cluster = None;
        for track in self.movie.iter_mut().flat_map(|movie| &mut movie.tracks) {
            track.reset();
        }
    }
}
