//! Commands in, events out: with a demuxer that reads short texts, and with real files.

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/mp4/", $name, ".mp4")).as_slice()
    };
}

mod appends;
mod chunks;
mod files;
mod initialization_segments;
mod inspection;
mod memory;
mod recordings;
mod selection;
mod sound;

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

fn long_append() -> String {
    let mut text = String::from("init v2; media; 2 0K;");
    for time in 1..10 {
        text += &" ".repeat(FIRST_PARSE_BUDGET / 2);
        text += &format!("2 {}0;", time);
    }
    text + "end;"
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
