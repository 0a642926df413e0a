//! Whatever a page calls and whatever the data plane answers, in time, late or to something given up: nothing panics,
//! and what a page can see stays consistent.

use std::collections::{HashMap, HashSet, VecDeque};

use proptest::prelude::*;

use super::ControlPlane;
use super::output::{Task, TaskTarget};
use super::test_page::{ms, snapshot};
use crate::container::TrackKind;
use crate::container::encoded_chunks::tests::video;
use crate::mse::{ChunksAppend, EndOfStreamError};
use crate::protocol::{
    AppendError, AppendMode, ByteStream, ClockState, Command, Event, SourceBufferId, Token, TrackInfo,
};
use crate::ranges::TimeRanges;

#[derive(Clone, Debug)]
enum Step {
    Add,
    RemoveSourceBuffer(u32),
    AddForChunks,
    Append(u32),
    /// Of encoded chunks, to a SourceBuffer that may take bytes.
    AppendChunks(u32),
    Abort(u32),
    Remove(u32, f64, f64),
    Mode(u32, bool),
    Offset(u32, f64),
    Duration(f64),
    EndOfStream(Option<bool>),
    ChangeType(u32),
    Seek(f64),
    Play,
    Pause,
    PlayRefused,
    Rate(f64),
    Loop(bool),
    Autoplay(bool),
    Live(f64, f64),
    /// `enabled` or `selected` of a track that may be gone.
    Track(u32, bool),
    /// The data plane carries out its oldest command; what it then holds; whether an append fails.
    Answer(Vec<(i64, i64)>, bool),
    /// Answers to tokens that may be stale or of the future.
    Stray(u32, Token),
    Clock(i64, f64, i64),
    Ended,
    DecodeFailed,
    Pass(f64),
    Detach,
}

fn any_step() -> impl Strategy<Value = Step> {
    let id = || 1u32..4;
    let seconds = || prop_oneof![Just(0.0), -1.0..12.0f64, Just(f64::INFINITY), Just(f64::NAN)];
    let ranges = prop::collection::vec((0i64..8_000, 1i64..4_000), 0..3).prop_map(|all| {
        all.into_iter()
            .map(|(start, length)| (start, start + length))
            .collect()
    });
    prop_oneof![
        3 => Just(Step::Add),
        1 => id().prop_map(Step::RemoveSourceBuffer),
        1 => Just(Step::AddForChunks),
        8 => id().prop_map(Step::Append),
        4 => id().prop_map(Step::AppendChunks),
        2 => id().prop_map(Step::Abort),
        2 => (id(), seconds(), seconds()).prop_map(|(id, start, end)| Step::Remove(id, start, end)),
        1 => (id(), any::<bool>()).prop_map(|(id, sequence)| Step::Mode(id, sequence)),
        1 => (id(), seconds()).prop_map(|(id, offset)| Step::Offset(id, offset)),
        1 => seconds().prop_map(Step::Duration),
        2 => prop_oneof![8 => Just(None), 1 => any::<bool>().prop_map(Some)].prop_map(Step::EndOfStream),
        1 => id().prop_map(Step::ChangeType),
        4 => seconds().prop_map(Step::Seek),
        4 => Just(Step::Play),
        2 => Just(Step::Pause),
        1 => Just(Step::PlayRefused),
        1 => prop_oneof![Just(0.0), Just(1.0), Just(2.0), Just(-1.0)].prop_map(Step::Rate),
        1 => any::<bool>().prop_map(Step::Loop),
        1 => any::<bool>().prop_map(Step::Autoplay),
        1 => (seconds(), seconds()).prop_map(|(start, end)| Step::Live(start, end)),
        4 => (1u32..8, any::<bool>()).prop_map(|(number, on)| Step::Track(number, on)),
        24 => (ranges, prop::bool::weighted(0.02)).prop_map(|(ranges, fails)| Step::Answer(ranges, fails)),
        3 => (id(), 0u32..12).prop_map(|(id, token)| Step::Stray(id, token)),
        5 => (0i64..8_000, prop_oneof![Just(0.0), Just(1.0)], 0i64..4_000)
            .prop_map(|(position, rate, ahead)| Step::Clock(position, rate, position + ahead)),
        2 => Just(Step::Ended),
        1 => prop_oneof![30 => Just(Step::Pause), 1 => Just(Step::DecodeFailed)],
        5 => (0.0..900.0f64).prop_map(Step::Pass),
        1 => prop_oneof![50 => Just(Step::Play), 1 => Just(Step::Detach)],
    ]
}

/// What must be true of all that has come out so far.
struct Observer {
    plane: ControlPlane,
    now: f64,
    /// Commands that the data plane has not carried out.
    todo: VecDeque<Command>,
    managed: bool,
    /// By the last of `startstreaming` and `endstreaming`.
    streaming: bool,
    /// What `bufferedchange` events add up to.
    told: HashMap<SourceBufferId, TimeRanges>,
    detached: bool,
    updating: HashMap<SourceBufferId, Token>,
    /// SourceBuffers between `updatestart` and `updateend`.
    updates: HashSet<SourceBufferId>,
    awaits_updateend: Option<SourceBufferId>,
    had_metadata: bool,
    had_data: bool,
    seeking_events: u32,
    paused: bool,
    source_state: &'static str,
    pending_plays: HashSet<u32>,
    /// Appends of chunks that are not settled.
    promised: HashMap<Token, SourceBufferId>,
    /// Those that came and did not go.
    tracks: Vec<u32>,
    seek_token: Token,
    position_ready: bool,
    sent_play: bool,
}

impl Observer {
    fn new(managed: bool) -> Self {
        let mut plane = ControlPlane::new();
        if managed {
            plane.manage();
        }
        Self {
            plane,
            managed,
            streaming: false,
            told: HashMap::new(),
            now: 1_000.0,
            todo: VecDeque::new(),
            detached: false,
            updating: HashMap::new(),
            updates: HashSet::new(),
            awaits_updateend: None,
            had_metadata: false,
            had_data: false,
            seeking_events: 0,
            paused: true,
            source_state: "closed",
            pending_plays: HashSet::new(),
            promised: HashMap::new(),
            tracks: Vec::new(),
            seek_token: 0,
            position_ready: false,
            sent_play: false,
        }
    }

    fn step(&mut self, step: Step) {
        let (plane, now) = (&mut self.plane, self.now);
        if self.detached {
            // The page only looks at it then.
            return;
        }
        match step {
            Step::Add => {
                let _ = plane.add_source_buffer("video/mp4");
            }
            Step::AddForChunks => {
                let _ = plane.add_source_buffer(ByteStream::Chunks(video()));
            }
            Step::AppendChunks(id) => {
                let chunks = ChunksAppend {
                    has_video: true,
                    ..ChunksAppend::default()
                };
                if let Ok(token) = plane.append_encoded_chunks(id, &chunks) {
                    self.promised.insert(token, id);
                }
            }
            Step::RemoveSourceBuffer(id) => {
                if plane.remove_source_buffer(id).is_ok() {
                    self.updating.remove(&id);
                }
            }
            Step::Append(id) => {
                let _ = plane.append_buffer(id, 0);
            }
            Step::Abort(id) => {
                if plane.abort(id).is_ok() {
                    self.updating.remove(&id);
                }
            }
            Step::Remove(id, start, end) => {
                let _ = plane.remove(id, start, end);
            }
            Step::Mode(id, sequence) => {
                let mode = if sequence {
                    AppendMode::Sequence
                } else {
                    AppendMode::Segments
                };
                let _ = plane.set_mode(id, mode);
            }
            Step::Offset(id, offset) => {
                let _ = plane.set_timestamp_offset(id, offset);
            }
            Step::Duration(duration) => {
                let _ = plane.set_duration(duration);
            }
            Step::EndOfStream(error) => {
                let _ = plane.end_of_stream(error.map(|decode| {
                    if decode {
                        EndOfStreamError::Decode
                    } else {
                        EndOfStreamError::Network
                    }
                }));
            }
            Step::ChangeType(id) => {
                let _ = plane.change_type(id, "video/mp4");
            }
            Step::Seek(position) => {
                let _ = plane.set_current_time(position, now);
            }
            Step::Play => {
                let number = plane.play(now);
                assert!(self.pending_plays.insert(number));
            }
            Step::Pause => plane.pause(now),
            Step::PlayRefused => plane.play_refused(now),
            Step::Rate(rate) => {
                let _ = plane.set_playback_rate(rate);
            }
            Step::Loop(looping) => plane.set_loop(looping),
            Step::Autoplay(autoplay) => plane.set_autoplay(autoplay),
            Step::Live(start, end) => {
                let _ = plane.set_live_seekable_range(start, end);
            }
            Step::Track(number, on) => plane.set_track_active(number, on),
            Step::Answer(ranges, fails) => self.answer(&ranges, fails),
            Step::Stray(id, token) => self.stray(id, token),
            Step::Clock(position, rate, limit) => plane.receive(
                Event::Clock(ClockState {
                    position: ms(position),
                    at: now,
                    rate,
                    limit: ms(limit),
                }),
                now,
            ),
            Step::Ended => plane.receive(Event::PlaybackEnded, now),
            Step::DecodeFailed => plane.receive(
                Event::DecodeFailed {
                    kind: TrackKind::Video,
                    message: "broken".into(),
                },
                now,
            ),
            Step::Pass(milliseconds) => {
                self.now += milliseconds;
                plane.tick(self.now);
            }
            Step::Detach => {
                plane.detach();
                self.detached = true;
            }
        }
        if self.plane.source().ready_state().as_str() == "closed" {
            self.updating.clear();
        }
        self.take_out();
        self.check();
    }

    /// The data plane does what it was told first.
    fn answer(&mut self, ranges: &[(i64, i64)], fails: bool) {
        let now = self.now;
        let receive = |plane: &mut ControlPlane, event| plane.receive(event, now);
        match self.todo.pop_front() {
            Some(Command::Append { id, token, .. }) => {
                let track = |id, kind| TrackInfo {
                    id,
                    kind,
                    codec: String::new(),
                    language: String::new(),
                    label: String::new(),
                    display_size: (2, 2),
                    html_kind: String::new(),
                };
                receive(
                    &mut self.plane,
                    Event::InitSegmentReceived {
                        id,
                        duration: ranges.first().map(|&(_, end)| ms(end)),
                        tracks: vec![track(1, TrackKind::Video), track(2, TrackKind::Audio)],
                    },
                );
                let snapshot = snapshot(&[ranges, ranges]);
                receive(
                    &mut self.plane,
                    Event::AppendProgress {
                        id,
                        snapshot: snapshot.clone(),
                    },
                );
                let result = if fails {
                    Err(AppendError {
                        message: "bad".into(),
                    })
                } else {
                    Ok(())
                };
                receive(
                    &mut self.plane,
                    Event::Appended {
                        id,
                        token,
                        snapshot,
                        result,
                    },
                );
                self.updating.retain(|_, running| *running != token);
            }
            Some(Command::Remove { id, token, .. }) => {
                let snapshot = snapshot(&[ranges, ranges]);
                receive(&mut self.plane, Event::Removed { id, token, snapshot });
                self.updating.retain(|_, running| *running != token);
            }
            Some(Command::ResetParser { id, token, .. }) => {
                let snapshot = snapshot(&[ranges, ranges]);
                receive(&mut self.plane, Event::ParserReset { id, token, snapshot });
            }
            Some(Command::Seek { token, position }) => {
                self.position_ready |= token == self.seek_token;
                receive(&mut self.plane, Event::PositionReady { token, position });
            }
            _ => {
                // Nothing to do: the initial position may be shown.
                self.position_ready |= self.seek_token == 0;
                receive(
                    &mut self.plane,
                    Event::PositionReady {
                        token: 0,
                        position: ms(0),
                    },
                );
            }
        }
    }

    fn stray(&mut self, id: SourceBufferId, token: Token) {
        if self.updating.values().any(|&running| running == token) || self.seek_token == token {
            return;
        }
        let snapshot = snapshot(&[&[(0, 500)], &[(0, 500)]]);
        for event in [
            Event::Appended {
                id,
                token,
                snapshot: snapshot.clone(),
                result: Err(AppendError {
                    message: "stale".into(),
                }),
            },
            Event::Removed {
                id,
                token,
                snapshot: snapshot.clone(),
            },
            Event::PositionReady {
                token,
                position: ms(1_234),
            },
        ] {
            self.plane.receive(event, self.now);
        }
        assert!(self.plane.take_tasks().is_empty(), "a stale answer has no effect");
        assert!(self.plane.take_commands().is_empty());
        for id in [0, 99] {
            self.plane.receive(
                Event::AppendProgress {
                    id,
                    snapshot: snapshot.clone(),
                },
                self.now,
            );
        }
    }

    fn take_out(&mut self) {
        for command in Command::all_from(&self.plane.take_commands()).unwrap() {
            assert!(!self.detached, "{command:?} after the end");
            match &command {
                Command::Append { id, token, .. } | Command::Remove { id, token, .. } => {
                    assert!(self.updating.insert(*id, *token).is_none());
                }
                Command::Seek { token, .. } => {
                    assert_eq!(*token, self.seek_token + 1);
                    self.seek_token = *token;
                    self.position_ready = false;
                }
                Command::Play => assert!(!std::mem::replace(&mut self.sent_play, true)),
                Command::Pause => assert!(std::mem::replace(&mut self.sent_play, false)),
                Command::SetPlaybackRate { rate, .. } => assert!(*rate > 0.0),
                _ => {}
            }
            self.todo.push_back(command);
        }
        let mut claims_data = false;
        for Task { target, id, kind } in self.plane.take_tasks() {
            if let Some(expected) = self.awaits_updateend.take() {
                assert_eq!(
                    (target, id, kind),
                    (TaskTarget::SourceBuffer, expected, "updateend")
                );
            }
            match (target, kind) {
                (TaskTarget::ResolveAppend | TaskTarget::RejectAppend, _) => {
                    assert!(self.promised.remove(&id).is_some(), "settled once");
                }
                (TaskTarget::SourceBuffer, "updatestart") => assert!(self.updates.insert(id)),
                (TaskTarget::SourceBuffer, "updateend") => assert!(self.updates.remove(&id)),
                (TaskTarget::SourceBuffer, "bufferedchange") => {
                    let change = self.plane.take_buffered_change(id).unwrap();
                    let told = self.told.entry(id).or_default();
                    assert!(!change.added.is_empty() || !change.removed.is_empty());
                    assert!(told.intersection(&change.added).is_empty());
                    assert!(change.removed.difference(told).is_empty());
                    *told = told.union(&change.added).difference(&change.removed);
                }
                (TaskTarget::SourceBuffer, _) => self.awaits_updateend = Some(id),
                (TaskTarget::MediaSource, "sourceopen") => self.source_state = "open",
                (TaskTarget::MediaSource, "sourceended") => self.source_state = "ended",
                (TaskTarget::MediaSource, "startstreaming") => {
                    assert!(!std::mem::replace(&mut self.streaming, true));
                }
                (TaskTarget::MediaSource, "endstreaming") => {
                    assert!(std::mem::replace(&mut self.streaming, false));
                }
                (TaskTarget::MediaSource, _) => {
                    self.source_state = "closed";
                    self.streaming = false;
                }
                (TaskTarget::ResolvePlay | TaskTarget::RejectPlay, _) => {
                    assert!(self.pending_plays.remove(&id), "settled once");
                }
                (TaskTarget::Element, "loadedmetadata") => {
                    assert!(!std::mem::replace(&mut self.had_metadata, true));
                }
                (TaskTarget::Element, "loadeddata") => {
                    assert!(self.had_metadata && !std::mem::replace(&mut self.had_data, true));
                }
                (TaskTarget::Element, "canplay" | "canplaythrough" | "playing") => {
                    assert!(self.had_data);
                    claims_data = true;
                }
                (TaskTarget::Element, "waiting") => claims_data = false,
                (TaskTarget::Element, "seeking") => {
                    self.seeking_events += 1;
                    claims_data = false;
                }
                (TaskTarget::Element, "seeked") => {
                    assert!(
                        std::mem::take(&mut self.seeking_events) > 0,
                        "seeked without seeking"
                    );
                }
                (TaskTarget::ElementTracks, "addtrack") => self.tracks.push(id),
                (TaskTarget::ElementTracks, "removetrack") => self.tracks.retain(|&track| track != id),
                (TaskTarget::Element, "play") => assert!(std::mem::replace(&mut self.paused, false)),
                (TaskTarget::Element, "pause") => assert!(!std::mem::replace(&mut self.paused, true)),
                (TaskTarget::Element, "ended") => assert!(self.paused),
                _ => {}
            }
        }
        assert_eq!(self.awaits_updateend, None);
        if claims_data {
            assert!(self.plane.element().ready_state() as u32 >= 3);
        }
    }

    fn check(&self) {
        let (source, element) = (self.plane.source(), self.plane.element());
        assert_eq!(source.ready_state().as_str(), self.source_state);
        for buffer in source.source_buffers() {
            let id = buffer.id();
            assert_eq!(
                buffer.updating(),
                self.updating.contains_key(&id),
                "updating of {id}"
            );
            let is_promised = self.promised.values().any(|&of| of == id);
            assert_eq!(
                buffer.updating(),
                self.updates.contains(&id) || is_promised,
                "events of {id}"
            );
        }
        let tracks = element.tracks();
        assert!(tracks.iter().map(|track| &track.number).eq(&self.tracks));
        let selected = tracks
            .iter()
            .filter(|track| track.kind == TrackKind::Video && track.is_active);
        assert!(selected.count() <= 1, "{tracks:?}");
        for buffer in source.source_buffers() {
            assert_eq!(buffer.is_active(), element.has_active_track(buffer.id()));
        }
        if self.managed && !self.detached {
            assert_eq!(source.streaming(), self.streaming);
            for buffer in source.source_buffers() {
                let buffered = buffer.buffered(source.is_ended());
                assert_eq!(self.told.get(&buffer.id()).cloned().unwrap_or_default(), buffered);
            }
        } else {
            assert!(!source.streaming());
            assert!(self.managed || self.told.is_empty());
        }
        let ready_state = element.ready_state() as u32;
        assert_eq!(ready_state >= 1, self.had_metadata);
        assert!(ready_state < 2 || (self.had_data && self.position_ready));
        assert!(!element.seeking() || (ready_state == 1 && self.seeking_events > 0));
        assert_eq!(element.paused(), self.paused);
        assert!(!element.ended() || !element.seeking());
        assert!(
            self.detached || element.paused() || element.error().is_some() || {
                let should_play = !element.ended() && element.playback_rate() > 0.0;
                should_play == self.sent_play
            }
        );
        let position = element.current_time(self.now);
        assert!(!position.is_nan());
        if element.seeking() {
            assert!(position <= source.duration().max(20.0) && position >= 0.0);
        }
        let buffered = source.element_buffered();
        for active in source.active_source_buffers() {
            let own = active.buffered(source.is_ended());
            assert!(source.is_ended() || buffered.difference(&own).is_empty());
        }
        if self.detached {
            assert!(
                self.pending_plays.is_empty() && self.promised.is_empty(),
                "every promise is settled"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
    #[test]
    fn nothing_breaks_it(managed in any::<bool>(), steps in prop::collection::vec(any_step(), 0..120)) {
        let mut observer = Observer::new(managed);
        observer.take_out();
        for step in steps {
            observer.step(step);
        }
        observer.step(Step::Detach);
    }
}
