//! The data plane: source buffers and the player behind one pair of calls, commands in and events out.

mod inspection;

use crate::buffering::source_buffer::{InitSegmentReceived, SourceBuffer};
use crate::container::encoded_chunks::EncodedChunksDemuxer;
use crate::container::{Demuxer, ParseStatus, Strictness, TrackKind, demuxer_for};
use crate::mime::MediaType;
use crate::playback::{Platform, Player, Tracks};
use crate::protocol::{
    AppendError, ByteStream, ClockState, Command, Event, Quota, SourceBufferId, SourceBufferSnapshot, Token,
    WallTime,
};
use crate::queue::Queue;
use crate::short_queue::ShortQueue;
use crate::time::MediaTime;

#[cfg(test)]
mod tests;

/// How many bytes of an append are parsed in one [`DataPlane::run`]: one to four milliseconds of work, so that pictures
/// and sound stay on time meanwhile. What is left of the append before counts too: 1 MiB is done in one.
const PARSE_BUDGET: usize = 3 * 1024 * 1024 / 2;

/// The same while a start or a seek waits for its picture: its frames may be among the first bytes, and Chromium gives a
/// decoder its next chunk, without which some give nothing for the one before, only between two turns.
const FIRST_PARSE_BUDGET: usize = 128 * 1024;

/// How often, in wall milliseconds, the page hears how far a long append is. Most are over before.
const PROGRESS_INTERVAL: f64 = 50.0;

/// How often, in wall milliseconds, the page hears what could be evicted while the position moves.
const EVICTABLE_INTERVAL: f64 = 500.0;

/// Makes a demuxer for a media type as a page writes it, or `None` for one without a parser.
pub type DemuxerFactory = fn(&str, Strictness) -> Option<Box<dyn Demuxer>>;

/// A SourceBuffer and the id of one of its tracks.
type TrackName = (SourceBufferId, u32);

/// The engine of one attached MediaSource.
///
/// Give it commands ([`handle`](Self::handle)) and what comes out of decoders ([`player_mut`](Self::player_mut)), call
/// [`run`](Self::run) after each, take all events with [`poll_event`](Self::poll_event), and call `run` again when the
/// time it returned has come.
pub struct DataPlane {
    demuxer_for: DemuxerFactory,
    source_buffers: Vec<Entry>,
    /// Of the media source, as far as told.
    duration: Option<MediaTime>,
    quota: Quota,
    /// Whether memory is given back before there is need.
    managed: bool,
    selected_video: Option<TrackName>,
    selected_audio: Option<TrackName>,
    /// Whether tracks may be chosen here, for the page has not spoken.
    foresees_selection: bool,
    player: Player,
    /// What the player last said of its position, or where it was last sent.
    clock: ClockState,
    /// Of the last [`run`](Self::run).
    now: WallTime,
    /// When the page last heard what could be evicted.
    evictable_at: WallTime,
    /// What a source in a worker has told the page, when the page has not been told of that.
    mirrored: Option<u64>,
    events: Queue<Event>,
}

/// What source buffers need to know of everything else.
#[derive(Clone, Copy)]
struct Surroundings {
    demuxer_for: DemuxerFactory,
    duration: Option<MediaTime>,
    quota: Quota,
    position: MediaTime,
    now: WallTime,
    parse_budget: usize,
}

/// A source buffer and what it has been asked to do.
struct Entry {
    id: SourceBufferId,
    source_buffer: SourceBuffer,
    strictness: Strictness,
    /// The append that is being parsed.
    appending: Option<Token>,
    /// When it began, or the page last heard of it.
    progress_at: WallTime,
    /// Appends with their bytes, removals and changes of type that are not begun yet.
    operations: ShortQueue<(Command, Vec<u8>)>,
    /// What the page was last told could be evicted.
    bytes_evictable: u64,
}

/// The demuxer for what a SourceBuffer is to take.
fn demuxer_of(
    stream: &ByteStream,
    strictness: Strictness,
    demuxer_for: DemuxerFactory,
) -> Option<Box<dyn Demuxer>> {
    match stream {
        ByteStream::Format(media_type) => demuxer_for(media_type, strictness),
        ByteStream::Chunks(config) => Some(Box::new(EncodedChunksDemuxer::new(config.clone()))),
    }
}

/// The media type, empty for encoded chunks, which have none.
fn media_type_of(stream: &ByteStream) -> &str {
    match stream {
        ByteStream::Format(media_type) => media_type,
        ByteStream::Chunks(_) => "",
    }
}

impl Default for DataPlane {
    fn default() -> Self {
        Self::new()
    }
}

impl DataPlane {
    /// An engine without source buffers that reads the formats of this crate.
    pub fn new() -> Self {
        Self::with_demuxers(|media_type, strictness| demuxer_for(&MediaType::parse(media_type)?, strictness))
    }

    /// An engine without source buffers that reads what `demuxer_for` knows.
    pub fn with_demuxers(demuxer_for: DemuxerFactory) -> Self {
        Self {
            demuxer_for,
            source_buffers: Vec::new(),
            duration: None,
            quota: Quota::default(),
            managed: false,
            selected_video: None,
            selected_audio: None,
            foresees_selection: false,
            player: Player::new(),
            clock: ClockState::default(),
            now: 0.0,
            evictable_at: f64::NEG_INFINITY,
            mirrored: None,
            events: Queue::new(),
        }
    }

    /// Takes a command; `media` are the bytes of a [`Command::Append`] and empty for all others. What it asks for is
    /// done by the next [`run`](Self::run). Commands about source buffers that are gone are ignored.
    pub fn handle(&mut self, command: Command, media: Vec<u8>) {
        match command {
            Command::AddSourceBuffer {
                id,
                stream,
                strictness,
            } => {
                let demuxer = demuxer_of(&stream, strictness, self.demuxer_for);
                let mut source_buffer = SourceBuffer::new(media_type_of(&stream), demuxer);
                source_buffer.set_gaps(self.player.gaps());
                self.source_buffers.push(Entry {
                    id,
                    strictness,
                    source_buffer,
                    appending: None,
                    progress_at: 0.0,
                    operations: ShortQueue::new(),
                    bytes_evictable: 0,
                });
            }
            Command::RemoveSourceBuffer { id } => {
                if let Some(index) = self.source_buffers.iter().position(|entry| entry.id == id) {
                    self.source_buffers.remove(index);
                }
                for kind in [TrackKind::Video, TrackKind::Audio] {
                    if self.selected(kind).is_some_and(|(owner, _)| owner == id) {
                        self.select(kind, None);
                    }
                }
            }
            Command::Append { id, .. } | Command::Remove { id, .. } | Command::ChangeType { id, .. } => {
                if let Some(entry) = self.entry(id) {
                    entry.operations.push_back((command, media));
                }
            }
            Command::ResetParser { id, token, mode } => {
                let surroundings = self.surroundings();
                if let Some(entry) = self.source_buffers.iter_mut().find(|entry| entry.id == id) {
                    entry.appending = None;
                    // Appends are given up; removals, which no abort() can follow, would be done.
                    for _ in 0..entry.operations.len() {
                        if let Some(operation) = entry.operations.pop_front()
                            && !matches!(operation.0, Command::Append { .. })
                        {
                            entry.operations.push_back(operation);
                        }
                    }
                    entry.run(&surroundings, &mut self.events);
                    entry.source_buffer.reset_parser_state(mode);
                    self.events.push_back(Event::ParserReset {
                        id,
                        token,
                        snapshot: entry.snapshot(surroundings.position),
                    });
                }
            }
            Command::SetDuration { duration } => {
                self.duration = duration;
                self.player.set_duration(duration);
            }
            Command::SetQuota { quota } => self.quota = quota,
            Command::ManageMemory => self.managed = true,
            Command::SetEnded { ended } => self.player.set_ended(ended),
            Command::Play => self.player.play(),
            Command::Pause => self.player.pause(),
            Command::Seek { token, position } => {
                self.player.seek(token, position);
                self.clock = ClockState {
                    position,
                    ..ClockState::default()
                };
                self.evictable_at = f64::NEG_INFINITY;
            }
            Command::SetPlaybackRate {
                rate,
                preserves_pitch,
            } => self.player.set_playback_rate(rate, preserves_pitch),
            Command::SetTolerance { tolerance } => {
                self.player.set_tolerance(tolerance);
                for entry in &mut self.source_buffers {
                    entry.source_buffer.set_gaps(tolerance.gaps);
                }
            }
            Command::SelectTracks { video, audio } => {
                self.foresees_selection = false;
                self.select(TrackKind::Video, video);
                self.select(TrackKind::Audio, audio);
            }
            Command::Mirrored { changes } => self.mirrored = Some(changes),
        }
    }

    /// Has the tracks decoded that the page is going to choose, without waiting for it: its control plane takes the first
    /// of each kind. Until it says itself what is to be played.
    pub fn foresee_selection(&mut self) {
        self.foresees_selection = true;
    }

    /// See [`foresee_selection`](Self::foresee_selection). The events of this run are not taken yet.
    fn select_first_tracks(&mut self) {
        let mut found = Vec::new();
        for event in self.events.iter() {
            if let Event::InitSegmentReceived { id, tracks, .. } = event {
                for track in tracks {
                    found.push((track.kind, (*id, track.id)));
                }
            }
        }
        for (kind, track) in found {
            if self.selected(kind).is_none() {
                self.select(kind, Some(track));
            }
        }
    }

    fn selected(&self, kind: TrackKind) -> Option<TrackName> {
        match kind {
            TrackKind::Video => self.selected_video,
            TrackKind::Audio => self.selected_audio,
        }
    }

    fn select(&mut self, kind: TrackKind, track: Option<TrackName>) {
        let selected = match kind {
            TrackKind::Video => &mut self.selected_video,
            TrackKind::Audio => &mut self.selected_audio,
        };
        if *selected != track {
            *selected = track;
            self.player.track_changed(kind);
        }
    }

    fn entry(&mut self, id: SourceBufferId) -> Option<&mut Entry> {
        self.source_buffers.iter_mut().find(|entry| entry.id == id)
    }

    /// Does what there is to do at `now`. Returns when to be called again at the latest; `now` itself while an append
    /// is unfinished.
    pub fn run(&mut self, now: WallTime, platform: &mut dyn Platform) -> Option<WallTime> {
        self.now = now;
        let surroundings = self.surroundings();
        let mut more = false;
        for entry in &mut self.source_buffers {
            more |= entry.run(&surroundings, &mut self.events);
        }
        if self.foresees_selection {
            self.select_first_tracks();
        }
        let track = |selected: Option<TrackName>| {
            let (id, track) = selected?;
            let entry = self.source_buffers.iter().find(|entry| entry.id == id)?;
            entry.source_buffer.track(track)
        };
        let tracks = Tracks {
            video: track(self.selected_video),
            audio: track(self.selected_audio),
        };
        self.player.expect_frames(more);
        let wake = self.player.advance(now, tracks, platform);
        while let Some(event) = self.player.poll_event() {
            if let Event::Clock(clock) = event {
                self.clock = clock;
            }
            self.events.push_back(event);
        }
        self.report_evictable();
        if more { Some(now) } else { wake }
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings {
            demuxer_for: self.demuxer_for,
            duration: self.duration,
            quota: self.quota,
            position: self.clock.position_at(self.now),
            now: self.now,
            parse_budget: if self.player.is_awaited() {
                FIRST_PARSE_BUDGET
            } else {
                PARSE_BUDGET
            },
        }
    }

    /// Where memory gets short, says what the moving position has made free to go: a page that was refused an append
    /// waits for it.
    fn report_evictable(&mut self) {
        if self.now < self.evictable_at + EVICTABLE_INTERVAL {
            return;
        }
        self.evictable_at = self.now;
        let Surroundings { quota, position, .. } = self.surroundings();
        for entry in &mut self.source_buffers {
            let id = entry.id;
            let source_buffer = &entry.source_buffer;
            if source_buffer.bytes_held() < source_buffer.quota_of(quota) / 2 {
                continue;
            }
            let bytes = source_buffer.bytes_evictable(position);
            if self.managed && bytes > 0 && entry.is_idle() {
                // MSE, memory cleanup. With half of it free, no append needs to wait for room.
                entry.source_buffer.evict(position, 0, quota.half());
                let snapshot = entry.snapshot(position);
                self.events.push_back(Event::MemoryCleanedUp { id, snapshot });
                continue;
            }
            if std::mem::replace(&mut entry.bytes_evictable, bytes) != bytes {
                self.events.push_back(Event::Evictable { id, bytes });
            }
        }
    }

    /// The next event for the control plane, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        if self.events.front().is_some_and(Event::is_of_element)
            && let Some(changes) = self.mirrored.take()
        {
            return Some(Event::Mirrored { changes });
        }
        self.events.pop_front()
    }

    /// For what comes out of the decoders.
    pub fn player_mut(&mut self) -> &mut Player {
        &mut self.player
    }
}

impl std::fmt::Debug for DataPlane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataPlane")
            .field("source_buffers", &self.source_buffers.len())
            .field("selected_video", &self.selected_video)
            .field("selected_audio", &self.selected_audio)
            .finish_non_exhaustive()
    }
}

impl Entry {
    fn is_idle(&self) -> bool {
        self.appending.is_none() && self.operations.is_empty()
    }

    fn snapshot(&mut self, position: MediaTime) -> SourceBufferSnapshot {
        let snapshot = self.source_buffer.snapshot(position);
        self.bytes_evictable = snapshot.bytes_evictable;
        snapshot
    }

    /// Does what was asked for, an append only as far as the budget goes. True when there is more to do.
    fn run(&mut self, surroundings: &Surroundings, events: &mut Queue<Event>) -> bool {
        let id = self.id;
        let Surroundings {
            demuxer_for,
            duration,
            quota,
            position,
            now,
            parse_budget,
        } = *surroundings;
        loop {
            if let Some(token) = self.appending {
                let received = |InitSegmentReceived { duration, tracks }| {
                    events.push_back(Event::InitSegmentReceived { id, duration, tracks });
                };
                let result = self.source_buffer.parse(parse_budget, received);
                if result == Ok(ParseStatus::MorePending) {
                    if now >= self.progress_at + PROGRESS_INTERVAL {
                        self.progress_at = now;
                        let snapshot = self.snapshot(position);
                        events.push_back(Event::AppendProgress { id, snapshot });
                    }
                    return true;
                }
                self.appending = None;
                events.push_back(Event::Appended {
                    id,
                    token,
                    snapshot: self.snapshot(position),
                    result: result.map(|_| ()).map_err(|message| AppendError { message }),
                });
            }
            let Some((operation, media)) = self.operations.pop_front() else {
                return false;
            };
            match operation {
                Command::Append {
                    token, parameters, ..
                } => {
                    // MSE § 3.5.4, prepare append, step 5; the page has found that it will do.
                    self.source_buffer.evict(position, media.len() as u64, quota);
                    self.source_buffer.append(&parameters, media);
                    self.appending = Some(token);
                    self.progress_at = now;
                }
                Command::Remove {
                    token, start, end, ..
                } => {
                    self.source_buffer.remove(start, end, duration);
                    events.push_back(Event::Removed {
                        id,
                        token,
                        snapshot: self.snapshot(position),
                    });
                }
                Command::ChangeType { stream, .. } => {
                    let demuxer = demuxer_of(&stream, self.strictness, demuxer_for);
                    self.source_buffer.change_type(media_type_of(&stream), demuxer);
                }
                _ => {}
            }
        }
    }
}
