//! A page and a data plane under the control of a test, with simulated time.

use std::collections::HashMap;

use super::ControlPlane;
use super::output::TaskTarget;
use crate::container::TrackKind;
use crate::protocol::{
    AppendError, ClockState, Command, Event, SourceBufferId, SourceBufferSnapshot, Token, TrackInfo,
    TrackSnapshot,
};
use crate::time::MediaTime;

/// One track's ranges in milliseconds.
pub(super) type Ranges<'a> = &'a [(i64, i64)];

pub(super) fn ms(value: i64) -> MediaTime {
    MediaTime::from_millis(value)
}

/// The control plane, its time, and everything it gave out.
pub(super) struct Page {
    pub(super) plane: ControlPlane,
    pub(super) now: f64,
    log: Vec<String>,
    progress: u32,
    /// Whether events at lists of tracks are logged.
    pub(super) logs_tracks: bool,
    commands: Vec<Command>,
    append_tokens: HashMap<SourceBufferId, Token>,
    removal_tokens: HashMap<SourceBufferId, Token>,
    seek_token: Token,
}

impl Page {
    pub(super) fn new() -> Self {
        let mut page = Self {
            plane: ControlPlane::new(),
            now: 1_000_000.0,
            log: Vec::new(),
            progress: 0,
            logs_tracks: false,
            commands: Vec::new(),
            append_tokens: HashMap::new(),
            removal_tokens: HashMap::new(),
            seek_token: 0,
        };
        page.drain();
        page
    }

    /// A page whose source has one SourceBuffer with sound and picture up to `end`, ready at position 0; nothing logged.
    pub(super) fn loaded(end: i64) -> Self {
        let mut page = Self::new();
        let id = page.add("video/mp4");
        page.init(id, Some(end), &[TrackKind::Video, TrackKind::Audio]);
        page.append(id, &[&[(0, end)], &[(0, end)]]);
        page.ready();
        page.pass(1_000.0);
        page.log();
        page.commands();
        page
    }

    /// Like [`loaded`](Self::loaded), and playing since just now.
    pub(super) fn playing(end: i64) -> Self {
        let mut page = Self::loaded(end);
        page.play();
        page.clock(0, 1.0, end);
        page.log();
        page.commands();
        page
    }

    pub(super) fn drain(&mut self) {
        for task in self.plane.take_tasks() {
            let kind = task.kind;
            if kind == "progress" {
                self.progress += 1;
                continue;
            }
            let is_of_tracks = matches!(
                task.target,
                TaskTarget::ElementTracks | TaskTarget::SourceBufferTracks
            );
            if is_of_tracks && !self.logs_tracks {
                continue;
            }
            self.log.push(match task.target {
                TaskTarget::Element => kind.to_owned(),
                TaskTarget::MediaSource => format!("MS.{kind}"),
                TaskTarget::SourceBuffers => format!("SBs.{kind}"),
                TaskTarget::ActiveSourceBuffers => format!("ASBs.{kind}"),
                TaskTarget::SourceBuffer => format!("SB{}.{kind}", task.id),
                TaskTarget::ElementTracks => format!("element{}.{kind}", task.id),
                TaskTarget::SourceBufferTracks => format!("buffer{}.{kind}", task.id),
                TaskTarget::ResolveAppend => format!("append{} resolved", task.id),
                TaskTarget::RejectAppend => format!("append{} {kind}", task.id),
                TaskTarget::ResolvePlay => format!("play{} resolved", task.id),
                TaskTarget::RejectPlay => format!("play{} {kind}", task.id),
            });
        }
        for command in Command::all_from(&self.plane.take_commands()).unwrap() {
            match command {
                Command::Append { id, token, .. } => {
                    self.append_tokens.insert(id, token);
                }
                Command::Remove { id, token, .. } => {
                    self.removal_tokens.insert(id, token);
                }
                Command::Seek { token, .. } => self.seek_token = token,
                _ => {}
            }
            self.commands.push(command);
        }
    }

    /// How many `progress` events came since the last call.
    pub(super) fn progress(&mut self) -> u32 {
        std::mem::take(&mut self.progress)
    }

    /// All tasks since the last call, but for `progress`.
    pub(super) fn log(&mut self) -> String {
        std::mem::take(&mut self.log).join(" | ")
    }

    /// All commands since the last call.
    pub(super) fn commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    /// Calls the plane; `name: message` of what it threw, or nothing.
    pub(super) fn call<T>(
        &mut self,
        change: impl FnOnce(&mut ControlPlane, f64) -> Result<T, Box<crate::mse::Exception>>,
    ) -> String {
        let result = change(&mut self.plane, self.now);
        self.drain();
        result.map_or_else(
            |exception| exception.name.as_str().to_owned(),
            |_| "ok".to_owned(),
        )
    }

    /// Lets wall time pass, in milliseconds, with a tick every 250.
    pub(super) fn pass(&mut self, milliseconds: f64) {
        let end = self.now + milliseconds;
        while self.now + 250.0 <= end {
            self.now += 250.0;
            self.plane.tick(self.now);
        }
        self.now = end;
        self.drain();
    }

    pub(super) fn receive(&mut self, event: Event) {
        self.plane.receive(event, self.now);
        self.plane.tick(self.now);
        self.drain();
    }

    // ---- the page's calls --------------------------------------------------------------------------------------------

    pub(super) fn add(&mut self, media_type: &str) -> SourceBufferId {
        let id = self.plane.add_source_buffer(media_type).unwrap();
        self.drain();
        id
    }

    pub(super) fn play(&mut self) -> u32 {
        let number = self.plane.play(self.now);
        self.drain();
        number
    }

    pub(super) fn pause(&mut self) {
        self.plane.pause(self.now);
        self.drain();
    }

    pub(super) fn seek(&mut self, seconds: f64) {
        self.plane.set_current_time(seconds, self.now).unwrap();
        self.drain();
    }

    pub(super) fn position(&self) -> f64 {
        self.plane.element().current_time(self.now)
    }

    pub(super) fn ready_state(&self) -> u32 {
        self.plane.element().ready_state() as u32
    }

    // ---- the data plane's answers ------------------------------------------------------------------------------------

    pub(super) fn init(&mut self, id: SourceBufferId, duration: Option<i64>, kinds: &[TrackKind]) {
        let tracks = (1..).zip(kinds).map(|(track, &kind)| TrackInfo {
            id: track,
            kind,
            codec: String::new(),
            language: String::new(),
            label: String::new(),
            display_size: match kind {
                TrackKind::Video => (320, 240),
                TrackKind::Audio => (0, 0),
            },
            html_kind: String::new(),
        });
        self.receive(Event::InitSegmentReceived {
            id,
            duration: duration.map(ms),
            tracks: tracks.collect(),
        });
    }

    /// Appends, answered at once by what the tracks hold now.
    pub(super) fn append(&mut self, id: SourceBufferId, tracks: &[Ranges<'_>]) {
        self.plane.append_buffer(id, 0).unwrap();
        self.drain();
        self.appended(id, tracks);
    }

    pub(super) fn appended(&mut self, id: SourceBufferId, tracks: &[Ranges<'_>]) {
        self.receive(Event::Appended {
            id,
            token: self.append_tokens.get(&id).copied().unwrap_or_default(),
            snapshot: snapshot(tracks),
            result: Ok(()),
        });
    }

    pub(super) fn append_failed(&mut self, id: SourceBufferId, tracks: &[Ranges<'_>], message: &str) {
        self.receive(Event::Appended {
            id,
            token: self.append_tokens.get(&id).copied().unwrap_or_default(),
            snapshot: snapshot(tracks),
            result: Err(AppendError {
                message: message.to_owned(),
            }),
        });
    }

    pub(super) fn removed(&mut self, id: SourceBufferId, tracks: &[Ranges<'_>]) {
        self.receive(Event::Removed {
            id,
            token: self.removal_tokens.get(&id).copied().unwrap_or_default(),
            snapshot: snapshot(tracks),
        });
    }

    /// The data plane stands where it was last told to.
    pub(super) fn ready(&mut self) {
        let target = self.commands.iter().rev().find_map(|command| match command {
            Command::Seek { position, .. } => Some(*position),
            _ => None,
        });
        let position = target.unwrap_or_else(|| MediaTime::from_seconds(self.position()));
        self.receive(Event::PositionReady {
            token: self.seek_token,
            position,
        });
    }

    pub(super) fn seek_token(&self) -> Token {
        self.seek_token
    }

    pub(super) fn clock(&mut self, position: i64, rate: f64, limit: i64) {
        self.receive(Event::Clock(ClockState {
            position: ms(position),
            at: self.now,
            rate,
            limit: ms(limit),
        }));
    }
}

/// A snapshot of tracks that hold these ranges; frames last 40 ms. The first track is video.
pub(super) fn snapshot(tracks: &[Ranges<'_>]) -> SourceBufferSnapshot {
    let tracks: Vec<TrackSnapshot> = (1..)
        .zip(tracks)
        .map(|(id, ranges)| TrackSnapshot {
            id,
            kind: if id == 1 {
                TrackKind::Video
            } else {
                TrackKind::Audio
            },
            ranges: ranges.iter().map(|&(start, end)| (ms(start), ms(end))).collect(),
            highest_presentation_timestamp: ranges.iter().map(|&(_, end)| ms(end - 40)).max(),
        })
        .collect();
    SourceBufferSnapshot {
        group_end_timestamp: tracks
            .iter()
            .filter_map(|track| track.ranges.end())
            .max()
            .unwrap_or_default(),
        bytes_held: tracks
            .iter()
            .flat_map(|track| &track.ranges)
            .map(|range| (range.end - range.start).as_nanos().unsigned_abs() / 1_000_000)
            .sum(),
        tracks,
        ..SourceBufferSnapshot::default()
    }
}
