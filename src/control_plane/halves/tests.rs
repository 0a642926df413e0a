//! Two halves, with messages between them that take their time, against one control plane for both.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::{Change, Half};
use crate::container::TrackKind;
use crate::control_plane::ControlPlane;
use crate::control_plane::output::{Task, TaskTarget};
use crate::control_plane::test_page::{ms, snapshot};
use crate::mse::{EndOfStreamError, ReadyState};
use crate::protocol::{AppendError, AppendMode, ClockState, Command, Event, TrackInfo, WallTime};

/// What the page does to its element.
#[derive(Clone, Debug)]
enum ElementCall {
    Play,
    Pause,
    Seek(f64),
    Rate(f64),
    Loop(bool),
    Track(u32, bool),
}

#[derive(Clone, Debug)]
enum Step {
    Source(Change),
    Element(ElementCall),
    /// The data plane carries out its oldest command; what it then holds; whether an append fails.
    Answer(Vec<(i64, i64)>, bool),
    Clock(i64, f64),
    Ended,
    /// Milliseconds.
    Pass(f64),
}

fn any_change() -> impl Strategy<Value = Change> {
    let id = || 1u32..4;
    let seconds = || prop_oneof![Just(0.0), -1.0..12.0f64, Just(f64::INFINITY)];
    let error = prop_oneof![
        10 => Just(None),
        1 => Just(Some(EndOfStreamError::Network)),
        1 => Just(Some(EndOfStreamError::Decode)),
    ];
    prop_oneof![
        3 => Just(Change::AddSourceBuffer("video/mp4".into())),
        8 => id().prop_map(|id| Change::AppendBuffer(id, 100)),
        1 => id().prop_map(Change::RemoveSourceBuffer),
        1 => id().prop_map(Change::Abort),
        1 => id().prop_map(|id| Change::ChangeType(id, "video/webm".into())),
        1 => id().prop_map(|id| Change::SetMode(id, AppendMode::Sequence)),
        1 => (id(), seconds()).prop_map(|(id, offset)| Change::SetTimestampOffset(id, offset)),
        1 => (id(), seconds()).prop_map(|(id, start)| Change::SetAppendWindowStart(id, start)),
        1 => (id(), seconds()).prop_map(|(id, end)| Change::SetAppendWindowEnd(id, end)),
        1 => (id(), seconds(), seconds()).prop_map(|(id, start, end)| Change::Remove(id, start, end)),
        2 => seconds().prop_map(Change::SetDuration),
        2 => error.prop_map(Change::EndOfStream),
        1 => (seconds(), seconds()).prop_map(|(start, end)| Change::SetLiveSeekableRange(start, end)),
        1 => Just(Change::ClearLiveSeekableRange),
        1 => Just(Change::Manage),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    let ranges = prop::collection::vec((0i64..8_000, 1i64..4_000), 0..3).prop_map(|all| {
        all.into_iter()
            .map(|(start, length)| (start, start + length))
            .collect()
    });
    let call = prop_oneof![
        3 => Just(ElementCall::Play),
        1 => Just(ElementCall::Pause),
        2 => (0.0..12.0f64).prop_map(ElementCall::Seek),
        1 => prop_oneof![Just(0.0), Just(2.0)].prop_map(ElementCall::Rate),
        1 => any::<bool>().prop_map(ElementCall::Loop),
        2 => (1u32..6, any::<bool>()).prop_map(|(number, is_active)| ElementCall::Track(number, is_active)),
    ];
    prop_oneof![
        10 => any_change().prop_map(Step::Source),
        4 => call.prop_map(Step::Element),
        10 => (ranges, prop::bool::weighted(0.03)).prop_map(|(ranges, fails)| Step::Answer(ranges, fails)),
        2 => (0i64..8_000, prop_oneof![Just(0.0), Just(1.0)])
            .prop_map(|(position, rate)| Step::Clock(position, rate)),
        1 => Just(Step::Ended),
        3 => (1.0..900.0f64).prop_map(Step::Pass),
    ]
}

fn call(plane: &mut ControlPlane, call: &ElementCall, now: WallTime) {
    match *call {
        ElementCall::Play => {
            plane.play(now);
        }
        ElementCall::Pause => plane.pause(now),
        ElementCall::Seek(position) => {
            let _ = plane.set_current_time(position, now);
        }
        ElementCall::Rate(rate) => {
            let _ = plane.set_playback_rate(rate);
        }
        ElementCall::Loop(looping) => plane.set_loop(looping),
        ElementCall::Track(number, is_active) => plane.set_track_active(number, is_active),
    }
}

/// What the data plane says to a command that asks for an answer.
fn answers(command: &Command, ranges: &[(i64, i64)], fails: bool) -> Vec<Event> {
    let held = || snapshot(&[ranges, ranges]);
    match *command {
        Command::Append { id, token, .. } => {
            let track = |id, kind| TrackInfo {
                id,
                kind,
                codec: String::new(),
                language: String::new(),
                label: String::new(),
                display_size: (2, 2),
                html_kind: String::new(),
            };
            vec![
                Event::InitSegmentReceived {
                    id,
                    duration: ranges.first().map(|&(_, end)| ms(end)),
                    tracks: vec![track(1, TrackKind::Video), track(2, TrackKind::Audio)],
                },
                Event::Appended {
                    id,
                    token,
                    snapshot: held(),
                    result: if fails {
                        Err(AppendError {
                            message: "bad".to_owned(),
                        })
                    } else {
                        Ok(())
                    },
                },
            ]
        }
        Command::Remove { id, token, .. } => vec![Event::Removed {
            id,
            token,
            snapshot: held(),
        }],
        Command::ResetParser { id, token, .. } => vec![Event::ParserReset {
            id,
            token,
            snapshot: held(),
        }],
        Command::Seek { token, position } => vec![Event::PositionReady { token, position }],
        _ => vec![],
    }
}

/// A source in a worker and its element on the page, and what is under way between them.
struct Apart {
    worker: ControlPlane,
    page: ControlPlane,
    to_page: VecDeque<Change>,
    to_worker: VecDeque<Change>,
    source_tasks: Vec<Task>,
    element_tasks: Vec<Task>,
    /// Of both, in the order in which they reach the data plane.
    commands: Vec<Command>,
}

impl Apart {
    fn new() -> Self {
        Self {
            worker: ControlPlane::of(Half::Source),
            page: ControlPlane::of(Half::Element),
            to_page: VecDeque::new(),
            to_worker: VecDeque::new(),
            source_tasks: Vec::new(),
            element_tasks: Vec::new(),
            commands: Vec::new(),
        }
    }

    fn take_out(&mut self) {
        self.to_page
            .extend(Change::all_from(&self.worker.take_mirrored()).unwrap());
        self.to_worker
            .extend(Change::all_from(&self.page.take_mirrored()).unwrap());
        for plane in [&mut self.worker, &mut self.page] {
            let commands = Command::all_from(&plane.take_commands()).unwrap();
            self.commands.extend(commands);
        }
        self.source_tasks.extend(tasks_of(&mut self.worker));
        self.element_tasks.extend(self.page.take_tasks());
    }

    /// All that is under way arrives, and what follows from it.
    fn arrive(&mut self, now: WallTime) {
        while !self.to_page.is_empty() || !self.to_worker.is_empty() {
            self.cross(now);
        }
    }

    /// What is under way arrives.
    fn cross(&mut self, now: WallTime) {
        for (plane, changes) in [
            (&mut self.page, &mut self.to_page),
            (&mut self.worker, &mut self.to_worker),
        ] {
            for change in changes.drain(..) {
                plane.replay(change, now);
            }
        }
        self.take_out();
    }

    /// But for what the worker did before it heard that the element has given the source up.
    fn assert_equal_sources(&self) {
        let state = self.page.source().ready_state();
        assert_eq!(self.worker.source().ready_state(), state);
        if state == ReadyState::Closed {
            return;
        }
        assert_eq!(
            format!("{:?}", self.worker.source()),
            format!("{:?}", self.page.source())
        );
    }
}

/// The tasks, with what they tell taken out, as the page does.
fn tasks_of(plane: &mut ControlPlane) -> Vec<Task> {
    let tasks = plane.take_tasks();
    for task in tasks.iter().filter(|task| task.kind == "bufferedchange") {
        assert!(plane.take_buffered_change(task.id).is_some());
    }
    tasks
}

fn is_of_element(target: TaskTarget) -> bool {
    matches!(
        target,
        TaskTarget::Element | TaskTarget::ElementTracks | TaskTarget::ResolvePlay | TaskTarget::RejectPlay
    )
}

/// Without the order between the halves, which is that of two threads.
fn parted(commands: &[Command]) -> (Vec<&Command>, Vec<&Command>) {
    commands
        .iter()
        .filter(|command| !matches!(command, Command::Mirrored { .. }))
        .partition(|command| command.is_of_element())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn two_halves_are_the_whole(steps in prop::collection::vec(any_step(), 1..80)) {
        let mut whole = ControlPlane::new();
        let mut apart = Apart::new();
        let (mut whole_tasks, mut whole_commands) = (Vec::new(), Vec::new());
        let mut todo = VecDeque::new();
        let mut now = 1_000.0;
        for step in steps {
            now += 1.0;
            whole.tick(now);
            apart.worker.tick(now);
            apart.take_out();
            apart.arrive(now);
            apart.page.tick(now);
            apart.take_out();
            apart.arrive(now);
            match step {
                Step::Source(change) => {
                    whole.replay(change.clone(), now);
                    apart.worker.replay(change, now);
                }
                Step::Element(element_call) => {
                    call(&mut whole, &element_call, now);
                    call(&mut apart.page, &element_call, now);
                }
                Step::Answer(ranges, fails) => {
                    // The initial position is token 0 and has no command.
                    let command = todo.pop_front().unwrap_or(Command::Seek { token: 0, position: ms(0) });
                    for event in answers(&command, &ranges, fails) {
                        whole.receive(event.clone(), now);
                        apart.worker.receive(event.clone(), now);
                        apart.page.receive(event, now);
                    }
                }
                Step::Clock(position, rate) => {
                    let clock = ClockState { position: ms(position), at: now, rate, limit: ms(position + 4_000) };
                    whole.receive(Event::Clock(clock), now);
                    apart.page.receive(Event::Clock(clock), now);
                }
                Step::Ended => {
                    whole.receive(Event::PlaybackEnded, now);
                    apart.page.receive(Event::PlaybackEnded, now);
                }
                Step::Pass(milliseconds) => now += milliseconds,
            }
            apart.take_out();
            apart.arrive(now);
            let commands = Command::all_from(&whole.take_commands()).unwrap();
            todo.extend(commands.iter().cloned());
            whole_commands.extend(commands);
            whole_tasks.extend(tasks_of(&mut whole));

            apart.assert_equal_sources();
            prop_assert_eq!(format!("{:?}", whole.source()), format!("{:?}", apart.worker.source()));
            prop_assert_eq!(format!("{:?}", whole.element()), format!("{:?}", apart.page.element()));
        }
        let (element_tasks, source_tasks): (Vec<_>, Vec<_>) =
            whole_tasks.into_iter().partition(|task| is_of_element(task.target));
        prop_assert_eq!(source_tasks, apart.source_tasks);
        prop_assert_eq!(element_tasks, apart.element_tasks);
        prop_assert_eq!(parted(&whole_commands), parted(&apart.commands));
    }

    /// Whatever the page does meanwhile, its source ends up as the worker's.
    #[test]
    fn the_replica_catches_up(steps in prop::collection::vec((any_step(), any::<bool>()), 1..80)) {
        let mut apart = Apart::new();
        let mut now = 1_000.0;
        let mut answered = 0;
        for (step, arrives) in steps {
            now += 1.0;
            apart.worker.tick(now);
            apart.page.tick(now);
            match step {
                Step::Source(change) => apart.worker.replay(change, now),
                Step::Element(element_call) => call(&mut apart.page, &element_call, now),
                Step::Answer(ranges, fails) => {
                    let command = apart.commands.get(answered).cloned();
                    answered += usize::from(command.is_some());
                    for event in command.iter().flat_map(|command| answers(command, &ranges, fails)) {
                        apart.worker.receive(event.clone(), now);
                        apart.page.receive(event, now);
                    }
                }
                Step::Clock(position, rate) => {
                    let clock = ClockState { position: ms(position), at: now, rate, limit: ms(position + 4_000) };
                    apart.page.receive(Event::Clock(clock), now);
                }
                Step::Ended => apart.page.receive(Event::PlaybackEnded, now),
                Step::Pass(milliseconds) => now += milliseconds,
            }
            apart.take_out();
            if arrives {
                apart.arrive(now);
                apart.assert_equal_sources();
            }
        }
        apart.arrive(now);
        apart.assert_equal_sources();
    }
}

/// Sound and picture up to `end`, in milliseconds, ready at position 0 and playing; both sides know of it.
fn playing(end: i64) -> Apart {
    let mut apart = Apart::new();
    let id = apart.worker.add_source_buffer("video/mp4").unwrap();
    apart.worker.append_buffer(id, 0).unwrap();
    apart.take_out();
    let append = apart.commands.get(1).cloned().unwrap();
    for event in answers(&append, &[(0, end)], false) {
        apart.worker.receive(event, 1.0);
    }
    apart.take_out();
    apart.arrive(1.0);
    apart.page.receive(
        Event::PositionReady {
            token: 0,
            position: ms(0),
        },
        1.0,
    );
    apart.page.play(1.0);
    apart.take_out();
    apart.element_tasks.clear();
    apart
}

fn kinds(tasks: &[Task]) -> Vec<&'static str> {
    tasks.iter().map(|task| task.kind).collect()
}

#[test]
fn each_side_answers_for_its_half_at_once() {
    let mut apart = playing(3_000);
    assert!(!apart.page.element().paused());
    assert_eq!(apart.page.source().duration(), 3.0);
    assert_eq!(
        kinds(&apart.source_tasks),
        [
            "sourceopen",
            "addsourcebuffer",
            "updatestart",
            "addtrack",
            "addtrack",
            "addsourcebuffer",
            "update",
            "updateend"
        ]
    );
    apart.worker.end_of_stream(None).unwrap();
    apart.take_out();
    assert_eq!(apart.worker.source().ready_state().as_str(), "ended");
    assert_eq!(
        apart.page.source().ready_state().as_str(),
        "open",
        "a message is under way"
    );
    apart.arrive(2.0);
    assert_eq!(apart.page.source().ready_state().as_str(), "ended");
}

#[test]
fn what_the_data_plane_says_waits_for_what_it_speaks_of() {
    let mut apart = playing(3_000);
    apart.worker.end_of_stream(None).unwrap();
    apart.take_out();
    let Some(Command::Mirrored { changes }) = apart.commands.iter().rfind(|c| !c.is_of_element()) else {
        panic!("the data plane does not hear how many changes were mirrored");
    };
    // The data plane has played to the end before the page hears of the end.
    let changes = *changes;
    apart.page.receive(Event::Mirrored { changes }, 3_000.0);
    apart.page.receive(Event::PlaybackEnded, 3_000.0);
    apart.take_out();
    assert!(!apart.page.element().ended());
    apart.arrive(3_001.0);
    assert!(apart.page.element().ended());
    assert_eq!(kinds(&apart.element_tasks).last(), Some(&"ended"));
    // Old news wait for nothing.
    apart.page.receive(Event::Mirrored { changes: 1 }, 3_002.0);
    apart
        .page
        .receive(Event::VideoResized { width: 7, height: 5 }, 3_002.0);
    assert_eq!(apart.page.element().video_size(), (7, 5));
}

#[test]
fn an_unusable_source_is_closed_on_the_page_and_then_in_the_worker() {
    let mut apart = Apart::new();
    apart
        .worker
        .end_of_stream(Some(EndOfStreamError::Decode))
        .unwrap();
    apart.take_out();
    apart.arrive(10.0);
    assert!(apart.page.element().error().is_some());
    apart.worker.tick(1_000.0);
    assert_eq!(
        apart.worker.source().ready_state().as_str(),
        "ended",
        "the element knows when"
    );
    apart.page.tick(1_000.0);
    apart.take_out();
    assert_eq!(apart.page.source().ready_state().as_str(), "closed");
    // What the worker does meanwhile comes too late.
    apart.worker.add_source_buffer("video/mp4").unwrap_err();
    apart.take_out();
    apart.arrive(1_001.0);
    assert_eq!(apart.worker.source().ready_state().as_str(), "closed");
    assert_eq!(apart.page.source().ready_state().as_str(), "closed");
    assert_eq!(kinds(&apart.source_tasks).last(), Some(&"sourceclose"));
}

#[test]
fn a_managed_source_in_a_worker_hears_from_the_page_when_data_is_wanted() {
    let mut apart = playing(40_000);
    apart.source_tasks.clear();
    apart.worker.manage();
    apart.take_out();
    apart.arrive(2.0);
    assert_eq!(kinds(&apart.source_tasks), ["startstreaming"]);
    apart.page.tick(3.0);
    apart.take_out();
    assert!(apart.worker.source().streaming(), "a message is under way");
    apart.arrive(3.0);
    assert!(!apart.worker.source().streaming());
    apart.page.set_current_time(35.0, 4.0).unwrap();
    apart.take_out();
    apart.arrive(4.0);
    assert_eq!(
        kinds(&apart.source_tasks),
        ["startstreaming", "endstreaming", "startstreaming"]
    );
    assert!(apart.worker.source().streaming());
}

#[test]
fn changes_of_another_version_are_an_error() {
    assert!(Change::read_from(&mut [200, 1, 2].as_slice()).is_err());
}
