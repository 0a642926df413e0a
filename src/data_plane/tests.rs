//! Commands in, events out: with a demuxer that reads short texts, and with real files.

mod chunks;
mod inspection;
mod recordings;

use std::collections::VecDeque;

use super::*;
use crate::buffering::notation::{bytes, frames, ms, show_frames, show_ranges, track};
use crate::container::{CodedFrame, ContainerError, DecoderConfig, DemuxEvent, InitSegment, TrackKind};
use crate::playback::{AudioBlock, DecodedAudio, EncodedChunk, VideoFrameId};
use crate::protocol::{AppendMode, AppendParameters, SourceBufferSnapshot, TrackInfo};

/// Reads statements that end with `;`: `init a1 v2:vp9`, `media`, `2 0K 10 20` (track and frames), `end`, `bad`. Spaces
/// are padding.
#[derive(Default)]
struct TextDemuxer {
    text: Vec<u8>,
    offset: u64,
    is_in_segment: bool,
    events: VecDeque<DemuxEvent>,
}

impl TextDemuxer {
    fn statement(&mut self, statement: &str) -> Result<(), ContainerError> {
        let (word, rest) = statement.split_once(' ').unwrap_or((statement, ""));
        match word {
            "init" => {
                let tracks = rest.split_whitespace().map(|text| {
                    let (name, codec) = text.split_once(':').unwrap_or((text, "codec"));
                    let kind = if name.starts_with('a') {
                        TrackKind::Audio
                    } else {
                        TrackKind::Video
                    };
                    track(name[1..].parse().unwrap(), kind, codec)
                });
                self.events.push_back(DemuxEvent::InitSegment(InitSegment {
                    duration: Some(ms(1_000)),
                    tracks: tracks.collect(),
                }));
            }
            "media" => {
                self.is_in_segment = true;
                self.events.push_back(DemuxEvent::MediaSegmentStart);
            }
            "end" => {
                self.is_in_segment = false;
                self.events.push_back(DemuxEvent::MediaSegmentEnd);
            }
            "bad" => {
                return Err(ContainerError::malformed(self.offset, "text", "it says bad"));
            }
            id => {
                let frames: Vec<CodedFrame> = frames(id.parse().unwrap(), rest);
                self.events.extend(frames.into_iter().map(DemuxEvent::Frame));
            }
        }
        Ok(())
    }
}

impl Demuxer for TextDemuxer {
    fn push(&mut self, bytes: &[u8]) {
        self.text.extend_from_slice(bytes);
    }

    fn parse(&mut self, budget: usize) -> Result<ParseStatus, ContainerError> {
        let mut consumed = 0;
        while let Some(end) = self.text.iter().position(|&byte| byte == b';') {
            if consumed >= budget {
                return Ok(ParseStatus::MorePending);
            }
            let statement: Vec<u8> = self.text.drain(..=end).collect();
            self.statement(std::str::from_utf8(&statement[..end]).unwrap().trim())?;
            consumed += end + 1;
            self.offset += end as u64 + 1;
        }
        Ok(ParseStatus::Done)
    }

    fn poll_event(&mut self) -> Option<DemuxEvent> {
        self.events.pop_front()
    }

    fn is_parsing_media_segment(&self) -> bool {
        self.is_in_segment
    }

    fn pending_bytes(&self) -> usize {
        self.text.len()
    }

    fn reset(&mut self) {
        self.text.clear();
        self.is_in_segment = false;
    }
}

/// Decodes and shows nothing.
struct NoPlatform;

impl Platform for NoPlatform {
    fn configure(&mut self, _: &DecoderConfig) {}
    fn decode(&mut self, _: EncodedChunk<'_>) -> u32 {
        0
    }
    fn flush(&mut self, _: TrackKind) {}
    fn reset(&mut self, _: TrackKind) {}
    fn present(&mut self, _: VideoFrameId) {}
    fn discard(&mut self, _: VideoFrameId) {}
    fn write_audio(&mut self, _: AudioBlock<'_>) {}
    fn audio_latency(&self) -> f64 {
        0.0
    }
}

const ID: SourceBufferId = 7;

struct Bench {
    plane: DataPlane,
    parameters: AppendParameters,
    tokens: Token,
}

impl Bench {
    fn new() -> Self {
        Self::reading(
            DataPlane::with_demuxers(|media_type, _| {
                media_type
                    .starts_with("text/")
                    .then(|| Box::<TextDemuxer>::default() as Box<dyn Demuxer>)
            }),
            "text/frames",
        )
    }

    fn reading(plane: DataPlane, media_type: &str) -> Self {
        let mut bench = Self {
            plane,
            parameters: AppendParameters::default(),
            tokens: 0,
        };
        bench.command(Command::AddSourceBuffer {
            id: ID,
            stream: media_type.into(),
            strictness: Strictness::Lenient,
        });
        bench
    }

    fn command(&mut self, command: Command) {
        self.plane.handle(command, Vec::new());
    }

    fn begin_append(&mut self, media: &[u8]) -> Token {
        self.tokens += 1;
        let command = Command::Append {
            id: ID,
            token: self.tokens,
            parameters: self.parameters.clone(),
        };
        self.plane.handle(command, media.to_vec());
        self.tokens
    }

    /// One run; what it said of source buffers.
    fn run(&mut self) -> Vec<Event> {
        self.plane.run(0.0, &mut NoPlatform);
        self.events()
    }

    fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.plane.poll_event() {
            match event {
                Event::InitSegmentReceived { .. }
                | Event::AppendProgress { .. }
                | Event::Appended { .. }
                | Event::ParserReset { .. }
                | Event::Removed { .. } => events.push(event),
                _ => {}
            }
        }
        events
    }

    /// A whole append: what came before the answer, and the answer.
    fn append(&mut self, media: &[u8]) -> (Vec<Event>, SourceBufferSnapshot, Result<(), String>) {
        let expected = self.begin_append(media);
        let mut before = Vec::new();
        for _ in 0..1_000_000 {
            for event in self.run() {
                match event {
                    Event::Appended {
                        id,
                        token,
                        snapshot,
                        result,
                    } => {
                        assert_eq!((id, token), (ID, expected));
                        assert_eq!(self.run(), []);
                        self.parameters.timestamp_offset = snapshot.timestamp_offset;
                        return (before, snapshot, result.map_err(|error| error.message));
                    }
                    other => before.push(other),
                }
            }
        }
        panic!("no answer");
    }

    #[track_caller]
    fn appends(&mut self, text: &str) -> SourceBufferSnapshot {
        let (_, snapshot, result) = self.append(text.as_bytes());
        assert_eq!(result, Ok(()));
        snapshot
    }

    #[track_caller]
    fn fails(&mut self, text: &str, message: &str) {
        assert_eq!(self.append(text.as_bytes()).2, Err(message.to_owned()));
    }

    #[track_caller]
    fn holds(&self, track: u32, expected: &str) {
        let source_buffer = &self.plane.source_buffers[0].source_buffer;
        assert_eq!(show_frames(source_buffer.track(track).unwrap()), expected);
    }
}

fn infos(events: &[Event]) -> Vec<&TrackInfo> {
    let tracks = events.iter().filter_map(|event| match event {
        Event::InitSegmentReceived { tracks, .. } => Some(tracks),
        _ => None,
    });
    tracks.flatten().collect()
}

#[test]
fn an_append_is_answered_after_its_initialization_segment() {
    let mut bench = Bench::new();
    let (before, snapshot, result) = bench.append(b"init v2:vp9 a1; media; 2 0K 10; 1 0K; 3 0K; end;");
    assert_eq!(result, Ok(()));
    let [Event::InitSegmentReceived { id: ID, duration, .. }] = before.as_slice() else {
        panic!("{before:?}");
    };
    assert_eq!(*duration, Some(ms(1_000)));
    let [video, audio] = infos(&before)[..] else {
        panic!("{before:?}");
    };
    assert_eq!(
        (video.id, video.kind, video.codec.as_str(), video.display_size),
        (2, TrackKind::Video, "vp9", (32, 18))
    );
    assert_eq!(
        (audio.id, audio.kind, audio.display_size),
        (1, TrackKind::Audio, (0, 0))
    );
    let tracks: Vec<_> = snapshot
        .tracks
        .iter()
        .map(|track| {
            (
                track.id,
                show_ranges(&track.ranges),
                track.highest_presentation_timestamp,
            )
        })
        .collect();
    assert_eq!(
        tracks,
        [
            (2, "{ [0,20) }".to_owned(), Some(ms(10))),
            (1, "{ [0,10) }".to_owned(), Some(ms(0)))
        ]
    );
    assert_eq!(snapshot.group_end_timestamp, ms(20));
    assert_eq!(snapshot.bytes_held, bytes(6, 3));
    assert!(!snapshot.parsing_media_segment);
}

#[test]
fn bytes_wait_for_their_rest() {
    let mut bench = Bench::new();
    let snapshot = bench.appends("init v2; media; 2 0K 10; 2 2");
    assert!(snapshot.parsing_media_segment);
    assert_eq!(
        snapshot.bytes_held,
        bytes(4, 2) + 4,
        "two payloads and `2 2` with its space"
    );
    bench.appends("");
    bench.appends("0 30; end;");
    bench.holds(2, "0K 10 20 30");
}

#[test]
fn media_needs_an_initialization_segment() {
    let message = "a media segment came before the initialization segment it needs";
    let mut bench = Bench::new();
    bench.fails("media; 2 0K; end;", message);
    bench.appends("init v2; media; 2 0K 10; end;");
    bench.command(Command::ChangeType {
        id: ID,
        stream: "text/other".into(),
    });
    bench.fails("media; 2 20K; end;", message);
    bench.appends("init v2; media; 2 20 30K; end;");
    bench.holds(2, "0K 10 30K");
}

#[test]
fn later_initialization_segments_must_match() {
    for (first, second, message) in [
        ("v2", "", "the initialization segment has no audio or video track"),
        (
            "v2",
            "a1",
            "the initialization segment has 1 Audio tracks where the first one had 0",
        ),
        (
            "v2 a1",
            "a1",
            "the initialization segment has 0 Video tracks where the first one had 1",
        ),
        (
            "v2 a1",
            "v2 a1 a3",
            "the initialization segment has 2 Audio tracks where the first one had 1",
        ),
        (
            "v2 a1 a3",
            "v2 a1 a4",
            "the initialization segment lacks the Audio track 3 of the first one",
        ),
    ] {
        let mut bench = Bench::new();
        bench.appends(&format!("init {first};"));
        let text = format!("init {second};");
        let (before, _, result) = bench.append(text.as_bytes());
        assert_eq!((before, result), (vec![], Err(message.to_owned())));
    }
    let mut bench = Bench::new();
    bench.fails("init ;", "the initialization segment has no audio or video track");
}

#[test]
fn a_track_keeps_its_first_number() {
    let mut bench = Bench::new();
    bench.appends("init v2 a1 a3; media; 2 0K; 1 0K; 3 0K; end;");
    // Another order, another number for the only video track.
    let (before, ..) = bench.append(b"init a3 a1:other v9; media; 9 10K; 1 10K; 3 10K; 2 99K; end;");
    let tracks: Vec<_> = infos(&before)
        .iter()
        .map(|info| (info.id, info.codec.as_str()))
        .collect();
    assert_eq!(tracks, [(2, "codec"), (1, "other"), (3, "codec")]);
    for track in [1, 2, 3] {
        bench.holds(track, "0K 10K");
    }
}

#[test]
fn another_configuration_is_for_the_frames_that_follow() {
    let mut bench = Bench::new();
    // Equal, then different; each asks for a random access point.
    bench.appends("init v2:one; media; 2 0K 10; init v2:one; 2 20 30K; init v2:two; 2 40 50K 60; end;");
    bench.holds(2, "0K 10D20 30KD20 50K 60");
    let track = bench.plane.source_buffers[0].source_buffer.track(2).unwrap();
    let frames = crate::buffering::notation::in_decode_order(track);
    let codecs: Vec<&str> = frames.iter().map(|frame| frame.config.codec.as_str()).collect();
    assert_eq!(codecs, ["one", "one", "one", "two", "two"]);
    assert!(std::sync::Arc::ptr_eq(&frames[1].config, &frames[2].config));
}

#[test]
fn a_failure_keeps_what_came_before_and_resets_the_parser() {
    let mut bench = Bench::new();
    bench.fails(
        "init v2; media; 2 0K 10; bad; 2 20; end;",
        "text at byte 24: it says bad",
    );
    bench.holds(2, "0K 10");
    // The rest is forgotten, and a random access point must come.
    let snapshot = bench.appends("media; 2 30 40K; end;");
    assert_eq!(show_ranges(&snapshot.tracks[0].ranges), "{ [0,20) [40,50) }");

    let mut bench = Bench::new();
    bench.fails(
        "init v2; init a1; media;",
        "the initialization segment has 1 Audio tracks where the first one had 0",
    );
    bench.appends("media; 2 0K; end;");
    bench.holds(2, "0K");
}

#[test]
fn a_type_without_parser_fails_when_it_is_used() {
    let mut bench = Bench::reading(DataPlane::with_demuxers(|_, _| None), "text/unknown");
    bench.fails("init v2;", "no parser for text/unknown");
}

fn long_append() -> String {
    let mut text = String::from("init v2; media; 2 0K;");
    for time in 1..10 {
        text += &" ".repeat(FIRST_PARSE_BUDGET / 2);
        text += &format!("2 {}0;", time);
    }
    text + "end;"
}

#[test]
fn a_decoder_that_waits_has_its_first_frame_before_the_rest_is_parsed() {
    let mut bench = Bench::new();
    bench.plane.foresee_selection();
    let mut text = String::from("init v2; media; 2 0K;");
    text += &" ".repeat(PARSE_BUDGET - 100);
    bench.begin_append((text + "2 10; end;").as_bytes());
    let mut platform = Loopback::default();
    assert_eq!(bench.plane.run(0.0, &mut platform), Some(0.0));
    assert_eq!(platform.chunks, [(TrackKind::Video, 0)]);
    assert_eq!(platform.flushes, [], "more is to come");
    bench.plane.player_mut().video_decoded(0, 0, (1, 1));
    assert_eq!(bench.plane.run(0.0, &mut platform), Some(0.0));
    // It is on show now: the rest in one go.
    assert_ne!(bench.plane.run(0.0, &mut platform), Some(0.0));
    let answered = |event: &Event| matches!(event, Event::Appended { .. });
    assert!(bench.events().iter().any(answered));
}

#[test]
fn a_long_append_yields_and_reports_its_progress() {
    let mut bench = Bench::new();
    bench.begin_append(long_append().as_bytes());
    assert_eq!(bench.plane.run(5.0, &mut NoPlatform), Some(5.0));
    let events = bench.events();
    assert!(
        matches!(events.as_slice(), [Event::InitSegmentReceived { .. }]),
        "{events:?}"
    );
    let later = 5.0 + PROGRESS_INTERVAL;
    assert_eq!(bench.plane.run(later, &mut NoPlatform), Some(later));
    let events = bench.events();
    let [Event::AppendProgress { id: ID, snapshot }] = events.as_slice() else {
        panic!("{events:?}");
    };
    let end = snapshot.tracks[0].ranges.end().unwrap();
    assert!(ms(10) < end && end < ms(100));
    assert!(snapshot.bytes_held > FIRST_PARSE_BUDGET as u64);
    let mut answers = Vec::new();
    while answers.is_empty() {
        answers = bench.run();
        answers.retain(|event| !matches!(event, Event::AppendProgress { .. }));
    }
    let [Event::Appended { snapshot, .. }] = answers.as_slice() else {
        panic!("{answers:?}");
    };
    assert_eq!(snapshot.tracks[0].ranges.end(), Some(ms(100)));
    assert_eq!(snapshot.bytes_held, bytes(2 + 2 * 9, 10), "the padding is gone");
}

/// Wherever its frames are cut: a turn more is a message more to the page.
#[test]
fn an_append_of_a_mebibyte_is_over_in_one_turn() {
    let clip = include_bytes!("../../tests/fixtures/clips/fragmented.mp4");
    let mut bench = Bench::reading(DataPlane::new(), "video/mp4");
    bench.plane.foresee_selection();
    let mut platform = Loopback::default();
    bench.begin_append(clip);
    while bench.plane.run(0.0, &mut platform) == Some(0.0) {}
    let &(_, first) = platform.chunks.first().unwrap();
    bench.plane.player_mut().video_decoded(0, first, (1, 1));
    bench.plane.run(0.0, &mut platform);
    bench.events();
    let stream: Vec<u8> = clip.iter().copied().cycle().take(3 << 20).collect();
    for piece in stream.chunks(1 << 20) {
        bench.begin_append(piece);
        bench.plane.run(0.0, &mut platform);
        let answered = |event: &Event| matches!(event, Event::Appended { .. });
        assert!(bench.events().iter().any(answered));
    }
}

#[test]
fn a_parser_reset_gives_up_appends_and_keeps_their_frames() {
    let mut bench = Bench::new();
    bench.parameters.mode = AppendMode::Sequence;
    bench.begin_append(long_append().as_bytes());
    bench.run();
    bench.begin_append(b"2 500K;");
    bench.command(Command::ResetParser {
        id: ID,
        token: 99,
        mode: AppendMode::Sequence,
    });
    let events = bench.events();
    let [
        Event::ParserReset {
            id: ID,
            token: 99,
            snapshot,
        },
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert!(!snapshot.parsing_media_segment);
    let end = snapshot.tracks[0].ranges.end().unwrap();
    assert!(ms(10) < end && end < ms(100));
    assert_eq!(snapshot.group_end_timestamp, end);
    assert_eq!(bench.run(), []);
    // The sequence goes on in a new group, which starts with a random access point.
    let snapshot = bench.appends("media; 2 0 300K; end;");
    // The dropped frame has set the offset: MSE § 3.5.8 does step 1.3 before step 1.10.
    assert_eq!(snapshot.timestamp_offset, end);
    assert_eq!(snapshot.tracks[0].ranges.end(), Some(end + ms(310)));
}

#[test]
fn removal_is_answered_and_bounded_by_the_duration() {
    let mut bench = Bench::new();
    bench.appends("init v2; media; 2 0K 10 20K 30 40; end;");
    bench.command(Command::SetDuration {
        duration: Some(ms(40)),
    });
    bench.command(Command::Remove {
        id: ID,
        token: 5,
        start: ms(25),
        end: MediaTime::INFINITY,
    });
    let events = bench.run();
    let [
        Event::Removed {
            id: ID,
            token: 5,
            snapshot,
        },
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!(show_ranges(&snapshot.tracks[0].ranges), "{ [0,30) }");
    assert_eq!(snapshot.bytes_held, bytes(2 + 2 + 3, 3));
}

#[test]
fn an_append_takes_the_place_of_what_was_played() {
    let mut bench = Bench::new();
    let group = |start: i64| {
        let second = start * 1_000;
        format!("2 {second}KD500 {}D500;", second + 500)
    };
    let size = group(8).len() as u64;
    let mut text = String::from("init v2; media;");
    (0..8).for_each(|start| text += &group(start));
    let held = bench.appends(&text);
    assert_eq!(held.bytes_evictable, 0, "nothing is played");

    // Room for what is there and a little more, but not for another group.
    let quota = Quota {
        video: held.bytes_held + size - 1,
        audio: 0,
    };
    bench.command(Command::SetQuota { quota });
    let seek = |token, position| Command::Seek {
        token,
        position: ms(position),
    };
    bench.command(seek(1, 6_000));
    bench.plane.run(10.0, &mut NoPlatform);
    let told = |bench: &mut Bench| {
        let events = std::iter::from_fn(|| bench.plane.poll_event());
        let mut told = events.filter_map(|event| match event {
            Event::Evictable { id: ID, bytes } => Some(bytes),
            _ => None,
        });
        told.next()
    };
    let evictable = bytes(13 + 17 + 17, 6);
    assert_eq!(told(&mut bench), Some(evictable));
    bench.plane.run(800.0, &mut NoPlatform);
    assert_eq!(told(&mut bench), None, "said once");
    let snapshot = bench.appends(&group(8));
    assert!(snapshot.bytes_held <= quota.video);
    assert_eq!(show_ranges(&snapshot.tracks[0].ranges), "{ [1000,9000) }");

    // The position follows the player's clock, and less than half of the quota is nothing to speak of.
    bench.command(Command::SetQuota {
        quota: Quota::default(),
    });
    bench.command(seek(2, 0));
    bench.plane.run(900.0, &mut NoPlatform);
    assert_eq!(told(&mut bench), None);
    assert_eq!(bench.appends("").bytes_evictable, 0);
}

#[test]
fn a_managed_source_gives_back_what_was_played() {
    let mut bench = Bench::new();
    let mut text = String::from("init v2; media;");
    (0..8_000)
        .step_by(1_000)
        .for_each(|start| text += &format!("2 {start}KD500 {}D500;", start + 500));
    let held = bench.appends(&text);
    let quota = Quota {
        video: held.bytes_held + 1,
        audio: 0,
    };
    bench.command(Command::SetQuota { quota });
    bench.command(Command::ManageMemory);
    let cleaned_up = |bench: &mut Bench, now: f64| {
        bench.plane.run(now, &mut NoPlatform);
        let events = std::iter::from_fn(|| bench.plane.poll_event());
        let mut snapshots = events.filter_map(|event| match event {
            Event::MemoryCleanedUp { id: ID, snapshot } => Some(snapshot),
            _ => None,
        });
        snapshots.next()
    };
    assert_eq!(cleaned_up(&mut bench, 0.0), None, "nothing is played");
    bench.command(Command::Seek {
        token: 1,
        position: ms(6_500),
    });
    let snapshot = cleaned_up(&mut bench, 1_000.0).unwrap();
    assert_eq!(show_ranges(&snapshot.tracks[0].ranges), "{ [3000,8000) }");
    assert!(snapshot.bytes_held > quota.video / 2, "what is near stays");
    assert_eq!(cleaned_up(&mut bench, 2_000.0), None, "there is nothing more");
    // A source that is not managed keeps all until room is needed, and a managed one does where there is enough.
    bench.command(Command::SetQuota {
        quota: Quota {
            video: snapshot.bytes_held * 2 + 2,
            audio: 0,
        },
    });
    bench.command(Command::Seek {
        token: 2,
        position: ms(7_900),
    });
    assert_eq!(cleaned_up(&mut bench, 3_000.0), None);
}

#[test]
fn the_first_tracks_are_decoded_before_the_page_has_chosen() {
    let decoded = |foresees: bool, choice: Option<Command>| {
        let mut bench = Bench::reading(DataPlane::new(), "video/mp4");
        if foresees {
            bench.plane.foresee_selection();
        }
        if let Some(command) = choice {
            bench.command(command);
        }
        // Without it, the sound waits for the first picture.
        bench.command(Command::Play);
        bench.begin_append(include_bytes!("../rehearsal/short.mp4"));
        let mut platform = Loopback::default();
        for now in 0..5 {
            bench.plane.run(f64::from(now), &mut platform);
            while bench.plane.poll_event().is_some() {}
        }
        let chunks_of = |kind| platform.chunks.iter().filter(|chunk| chunk.0 == kind).count();
        [TrackKind::Video, TrackKind::Audio].map(|kind| chunks_of(kind) > 0)
    };
    let nothing = Command::SelectTracks {
        video: None,
        audio: None,
    };
    assert_eq!(decoded(true, None), [true, true]);
    assert_eq!(decoded(false, None), [false, false]);
    assert_eq!(
        decoded(true, Some(nothing)),
        [false, false],
        "the page has the last word"
    );
}

#[test]
fn a_removed_source_buffer_answers_nothing() {
    let mut bench = Bench::new();
    bench.begin_append(long_append().as_bytes());
    bench.run();
    bench.command(Command::SelectTracks {
        video: Some((ID, 2)),
        audio: None,
    });
    bench.command(Command::RemoveSourceBuffer { id: ID });
    bench.begin_append(b"init v2;");
    assert_eq!(bench.plane.run(0.0, &mut NoPlatform), None);
    assert_eq!(bench.events(), []);
    assert_eq!(bench.plane.selected_video, None);
}

/// What a file has become of, however it was cut: events but for progress, state, and every frame.
fn appended_in_pieces(file: &[u8], size: usize) -> (Vec<Event>, SourceBufferSnapshot, Vec<String>) {
    let mut bench = Bench::reading(DataPlane::new(), "video/mp4; codecs=\"avc1.42E01E, mp4a.40.2\"");
    let mut events = Vec::new();
    let mut last = SourceBufferSnapshot::default();
    for piece in file.chunks(size) {
        let (before, snapshot, result) = bench.append(piece);
        assert_eq!(result, Ok(()));
        events.extend(before);
        last = snapshot;
    }
    events.retain(|event| !matches!(event, Event::AppendProgress { .. }));
    let source_buffer = &bench.plane.source_buffers[0].source_buffer;
    let frames = last.tracks.iter().flat_map(|track| {
        let frames = crate::buffering::notation::in_decode_order(source_buffer.track(track.id).unwrap());
        frames
            .into_iter()
            .map(|frame| format!("{frame:?}"))
            .collect::<Vec<_>>()
    });
    (events, last.clone(), frames.collect())
}

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../tests/fixtures/mp4/", $name, ".mp4")).as_slice()
    };
}

/// How many frames of a file begin at 0 or later, or end there: those are decoded before the first that is heard.
fn frames_within_the_append_window(file: &[u8]) -> usize {
    let mut demuxer = demuxer_for(&MediaType::parse("video/mp4").unwrap(), Strictness::Lenient).unwrap();
    demuxer.push(file);
    while demuxer.parse(usize::MAX).unwrap() == ParseStatus::MorePending {}
    std::iter::from_fn(|| demuxer.poll_event())
        .filter(
            |event| matches!(event, DemuxEvent::Frame(frame) if frame.presentation_end >= MediaTime::ZERO),
        )
        .count()
}

/// A SourceBuffer of a format without timestamps, whose mode the page cannot choose.
fn sound_bench(media_type: &str) -> Bench {
    let mut bench = Bench::reading(DataPlane::new(), media_type);
    bench.parameters.mode = AppendMode::Sequence;
    bench
}

fn sound_ranges(snapshot: &SourceBufferSnapshot) -> String {
    show_ranges(&snapshot.tracks[0].ranges)
}

macro_rules! sound_fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../tests/fixtures/mpeg_audio/", $name)).as_slice()
    };
}

#[test]
fn frames_without_timestamps_follow_each_other() {
    for (media_type, file, seconds) in [
        ("audio/mpeg", sound_fixture!("lame-gapless.mp3"), 0.5),
        ("audio/mpeg", sound_fixture!("mpeg2-22050.mp3"), 0.5),
        (
            "audio/mpeg",
            sound_fixture!("layer2.mp2"),
            20.0 * 1_152.0 / 44_100.0,
        ),
        ("audio/aac", sound_fixture!("adts-itunes-gapless.aac"), 0.5),
        (
            "audio/aac",
            sound_fixture!("adts-lc.aac"),
            23.0 * 1_024.0 / 44_100.0,
        ),
    ] {
        let mut bench = sound_bench(media_type);
        let mut first = Vec::new();
        for piece in file.chunks(333) {
            let (events, snapshot, result) = bench.append(piece);
            assert_eq!(result, Ok(()));
            first.extend(events);
            assert!(sound_ranges(&snapshot).len() < 20, "{snapshot:?}");
        }
        let durations: Vec<_> = first
            .iter()
            .filter_map(|event| match event {
                Event::InitSegmentReceived { duration, .. } => Some(*duration),
                _ => None,
            })
            .collect();
        assert_eq!(
            durations,
            [None],
            "one initialization segment, of unknown duration"
        );
        // Again and again, without a seam.
        let mut last = SourceBufferSnapshot::default();
        for _ in 0..20 {
            last = bench.append(file).1;
        }
        let ranges = &last.tracks[0].ranges;
        assert_eq!(ranges.len(), 1, "{media_type}: {ranges:?}");
        let end = MediaTime::from_seconds(21.0 * seconds);
        let off = ranges.end().unwrap() - end;
        // Each append begins at the rounded end of the one before.
        assert!(
            off.max(-off) <= MediaTime::from_nanos(21),
            "{media_type}: {off:?}"
        );
        assert_eq!(ranges.start(), Some(MediaTime::ZERO));
        assert_eq!(last.timestamp_offset, ranges.end().unwrap());
        assert!(!last.parsing_media_segment);
    }
}

#[test]
fn an_append_that_ends_in_a_frame_waits_for_its_rest() {
    let file = sound_fixture!("cbr.mp3");
    let mut bench = sound_bench("audio/mpeg");
    let (_, snapshot, _) = bench.append(&file[..156 + 100]);
    assert!(snapshot.parsing_media_segment);
    assert_eq!(
        snapshot.tracks[0].ranges.end(),
        Some(MediaTime::from_nanos(26_122_449))
    );
    // An abort drops it.
    bench.command(Command::ResetParser {
        id: ID,
        token: 99,
        mode: AppendMode::Sequence,
    });
    let reset = bench.events();
    assert_eq!(reset.len(), 1);
    let (_, snapshot, _) = bench.append(&file[156..156 + 157]);
    assert!(!snapshot.parsing_media_segment);
    assert_eq!(
        snapshot.tracks[0].ranges.end(),
        Some(MediaTime::from_nanos(52_244_898))
    );
    assert_eq!(snapshot.bytes_held, bytes(156 + 157, 2));
}

#[test]
fn a_change_of_type_begins_to_generate_timestamps() {
    let mut bench = Bench::reading(DataPlane::new(), "audio/mp4");
    let (.., result) = bench.append(fixture!("mp3"));
    assert_eq!(result, Ok(()));
    bench.command(Command::ChangeType {
        id: ID,
        stream: "audio/mpeg".into(),
    });
    bench.parameters.mode = AppendMode::Sequence;
    bench.parameters.group_start_timestamp = Some(ms(5_000));
    let (_, snapshot, result) = bench.append(sound_fixture!("lame-gapless.mp3"));
    assert_eq!(result, Ok(()));
    assert!(
        sound_ranges(&snapshot).ends_with(" [5000,5500) }"),
        "{snapshot:?}"
    );
}

#[test]
fn a_strict_source_buffer_refuses_what_the_specification_refuses() {
    let add = |strictness| Command::AddSourceBuffer {
        id: ID,
        stream: "video/mp4".into(),
        strictness,
    };
    let mut bench = Bench::reading(DataPlane::new(), "video/mp4");
    bench.command(Command::RemoveSourceBuffer { id: ID });
    bench.command(add(Strictness::Strict));
    let (.., result) = bench.append(fixture!("fragmented"));
    assert_eq!(result, Ok(()));
    let change_type = Command::ChangeType {
        id: ID,
        stream: "video/mp4".into(),
    };
    bench.command(change_type.clone());
    let (.., result) = bench.append(fixture!("moov-front"));
    assert!(result.is_err(), "a change of type changes nothing about it");
    bench.command(Command::RemoveSourceBuffer { id: ID });
    bench.command(add(Strictness::Lenient));
    bench.command(change_type);
    let (.., result) = bench.append(fixture!("moov-front"));
    assert_eq!(result, Ok(()));
}

#[test]
fn a_file_gives_the_same_however_it_is_cut() {
    for (name, file) in [
        ("fragmented", fixture!("fragmented")),
        ("moov-front", fixture!("moov-front")),
        ("moov-end", fixture!("moov-end")),
        ("one-frame-per-fragment", fixture!("one-frame-per-fragment")),
    ] {
        let whole = appended_in_pieces(file, file.len());
        let kinds: Vec<_> = infos(&whole.0)
            .iter()
            .map(|track| track.html_kind.as_str())
            .collect();
        assert_eq!(kinds, ["main", "main"]);
        for track in &whole.1.tracks {
            assert_eq!(track.ranges.len(), 1, "{name}: {:?}", track.ranges);
        }
        assert_eq!(whole.2.len(), frames_within_the_append_window(file), "{name}");
        for size in [1, 7, 1_000, 4_096] {
            assert!(
                appended_in_pieces(file, size) == whole,
                "{name} in pieces of {size}"
            );
        }
    }
}

#[test]
fn garbage_says_where_it_is() {
    let file = fixture!("fragmented");
    let mut bench = Bench::reading(DataPlane::new(), "video/mp4");
    let (_, _, result) = bench.append(&[0xff; 100]);
    let message = result.unwrap_err();
    assert!(message.contains("at byte 0"), "{message}");
    assert_eq!(bench.append(file).2, Ok(()));
}

/// Decoders that give back every chunk, and a sink that remembers pictures.
#[derive(Default)]
struct Loopback {
    chunks: Vec<(TrackKind, i64)>,
    flushes: Vec<TrackKind>,
    presented: Vec<VideoFrameId>,
}

impl Platform for Loopback {
    fn configure(&mut self, _: &DecoderConfig) {}
    fn decode(&mut self, chunk: EncodedChunk<'_>) -> u32 {
        self.chunks.push((chunk.kind, chunk.timestamp));
        u32::try_from(self.chunks.len()).unwrap()
    }
    fn flush(&mut self, kind: TrackKind) {
        self.flushes.push(kind);
    }
    fn reset(&mut self, kind: TrackKind) {
        self.chunks.retain(|chunk| chunk.0 != kind);
        self.flushes.retain(|flush| *flush != kind);
    }
    fn present(&mut self, frame: VideoFrameId) {
        self.presented.push(frame);
    }
    fn discard(&mut self, _: VideoFrameId) {}
    fn write_audio(&mut self, _: AudioBlock<'_>) {}
    fn audio_latency(&self) -> f64 {
        0.0
    }
}

/// Timestamps in microseconds of the pictures that a seek shows once it is answered.
fn shown_by_seek(bench: &mut Bench, position: MediaTime) -> Vec<i64> {
    bench.command(Command::SelectTracks {
        video: Some((ID, 1)),
        audio: Some((ID, 2)),
    });
    bench.command(Command::Seek { token: 3, position });
    let mut platform = Loopback::default();
    let mut timestamps = Vec::new();
    let mut ready = None;
    for now in 0..100 {
        bench.plane.run(f64::from(now), &mut platform);
        while let Some(event) = bench.plane.poll_event() {
            if let Event::PositionReady { token, position } = event {
                ready = Some((token, position));
            }
        }
        let player = bench.plane.player_mut();
        let mut chunks = std::mem::take(&mut platform.chunks);
        chunks.sort_by_key(|chunk| chunk.1);
        for (kind, timestamp) in chunks {
            match kind {
                TrackKind::Video => {
                    player.video_decoded(timestamps.len() as VideoFrameId, timestamp, (96, 64));
                    timestamps.push(timestamp);
                }
                TrackKind::Audio => player.audio_decoded(DecodedAudio {
                    timestamp,
                    sample_rate: 44_100,
                    channels: vec![vec![0.0; 1024]; 2],
                }),
            }
        }
        for kind in platform.flushes.drain(..) {
            player.flushed(kind);
        }
    }
    assert_eq!(ready, Some((3, position)));
    platform
        .presented
        .iter()
        .map(|&frame| timestamps[frame as usize])
        .collect()
}

#[test]
fn a_seek_shows_the_frame_of_the_selected_track() {
    let mut bench = Bench::reading(DataPlane::new(), "video/mp4");
    assert_eq!(bench.append(fixture!("moov-end")).2, Ok(()));
    // Frame 29 at 29.97 frames a second.
    assert_eq!(shown_by_seek(&mut bench, ms(1_000)), [967_633]);
}

#[test]
fn a_stream_with_b_frames_and_no_edit_list_starts_at_zero() {
    // The first picture is decoded at 0 and shown two frames later; the first frame of sound is said to last longer
    // than its samples do.
    for position in [0, 30] {
        let mut bench = Bench::reading(DataPlane::new(), "video/mp4");
        let (_, snapshot, result) = bench.append(fixture!("fragmented"));
        assert_eq!(result, Ok(()));
        for (track, starts) in snapshot.tracks.iter().zip([66_733_333, 0]) {
            assert_eq!(
                track.ranges.start(),
                Some(MediaTime::from_nanos(starts)),
                "{:?}",
                track.kind
            );
            assert_eq!(track.ranges.len(), 1, "{:?}", track.ranges);
        }
        assert_eq!(shown_by_seek(&mut bench, ms(position)), [66_733]);
    }
}

#[test]
fn the_element_hears_first_what_the_source_had_said_before() {
    let mut bench = Bench::new();
    let mut say = |told: &[u64], events: Vec<Event>| {
        for &changes in told {
            bench.command(Command::Mirrored { changes });
        }
        for event in events {
            bench.plane.events.push_back(event);
        }
        std::iter::from_fn(|| bench.plane.poll_event()).collect::<Vec<_>>()
    };
    let removed = || Event::Removed {
        id: ID,
        token: 1,
        snapshot: SourceBufferSnapshot::default(),
    };
    assert_eq!(say(&[1], vec![]), [], "nothing is said for its own sake");
    assert_eq!(
        say(&[2, 3], vec![removed(), Event::PlaybackEnded, removed()]),
        [
            removed(),
            Event::Mirrored { changes: 3 },
            Event::PlaybackEnded,
            removed()
        ]
    );
    assert_eq!(
        say(&[], vec![Event::PlaybackEnded]),
        [Event::PlaybackEnded],
        "once is enough"
    );
}
