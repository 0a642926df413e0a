//! A platform without hardware: decoders that take their time and hold pictures back, a sink that writes down what it is
//! given, and track buffers made of plain vectors. Time is a number, so whole playbacks are deterministic.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroU32;
use std::sync::Arc;

use super::{AudioBlock, DecodedAudio, EncodedChunk, Platform, Player, Tracks, VideoFrameId};
use crate::buffering::{BufferedFrame, FramePosition, FrameSource};
use crate::container::{DecoderConfig, MediaConfig, TrackKind};
use crate::protocol::{ClockState, Event, Token, WallTime};
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

pub(super) const SAMPLE_RATE: u32 = 48_000;
/// Samples of an AAC frame.
pub(super) const AAC: i64 = 1024;

pub(super) fn ticks(ticks: i64, scale: u32) -> MediaTime {
    MediaTime::from_ticks(ticks, NonZeroU32::new(scale).unwrap())
}

pub(super) fn ms(value: i64) -> MediaTime {
    MediaTime::from_millis(value)
}

pub(super) fn video_config(width: u32) -> Arc<DecoderConfig> {
    Arc::new(DecoderConfig {
        codec: "vp09.00.10.08".into(),
        description: None,
        media: MediaConfig::Video {
            coded_width: width,
            coded_height: 100,
            crop: None,
            display_width: width,
            display_height: 100,
            rotation: 0,
            color_space: None,
        },
    })
}

pub(super) fn audio_config() -> Arc<DecoderConfig> {
    Arc::new(DecoderConfig {
        codec: "mp4a.40.2".into(),
        description: None,
        media: MediaConfig::Audio {
            sample_rate: SAMPLE_RATE,
            channels: 2,
        },
    })
}

/// The frames `first..first + count` of 30 a second in decode order: groups of `group`, each `I P B B P B B …`.
pub(super) fn video_frames(
    first: i64,
    count: i64,
    group: i64,
    config: &Arc<DecoderConfig>,
) -> Vec<BufferedFrame> {
    let mut frames = Vec::new();
    for (decode_index, (index, is_key)) in decode_order(count, group).into_iter().enumerate() {
        let number = first + index;
        frames.push(BufferedFrame {
            presentation_timestamp: ticks(number, 30),
            decode_timestamp: ticks(first + decode_index as i64 - 2, 30),
            presentation_end: ticks(number + 1, 30),
            trim_start: MediaTime::ZERO,
            trim_end: MediaTime::ZERO,
            is_random_access_point: is_key,
            config: Arc::clone(config),
            data: Arc::from(number.to_le_bytes()),
        });
    }
    frames
}

fn decode_order(count: i64, group: i64) -> Vec<(i64, bool)> {
    let mut order = Vec::new();
    for start in (0..count).step_by(group as usize) {
        let end = (start + group).min(count);
        order.push((start, true));
        let mut next = start + 1;
        while next < end {
            let anchor = (next + 2).min(end - 1);
            order.push((anchor, false));
            order.extend((next..anchor).map(|index| (index, false)));
            next = anchor + 1;
        }
    }
    order
}

/// The AAC frames `first..first + count`, from the start of the timeline on.
pub(super) fn audio_frames(first: i64, count: i64) -> Vec<BufferedFrame> {
    audio_frames_of(&audio_config(), first, count)
}

/// As [`audio_frames`], of another codec.
pub(super) fn audio_frames_of(config: &Arc<DecoderConfig>, first: i64, count: i64) -> Vec<BufferedFrame> {
    (first..first + count)
        .map(|number| BufferedFrame {
            presentation_timestamp: ticks(number * AAC, SAMPLE_RATE),
            decode_timestamp: ticks(number * AAC, SAMPLE_RATE),
            presentation_end: ticks((number + 1) * AAC, SAMPLE_RATE),
            trim_start: MediaTime::ZERO,
            trim_end: MediaTime::ZERO,
            is_random_access_point: true,
            config: Arc::clone(config),
            data: Arc::from((number * AAC).to_le_bytes()),
        })
        .collect()
}

/// A track buffer: groups of frames that follow each other without a hole.
#[derive(Default)]
pub(super) struct Source {
    groups: Vec<(u64, Vec<BufferedFrame>)>,
    next_group: u64,
    ranges: TimeRanges,
}

impl Source {
    pub(super) fn new(frames: Vec<BufferedFrame>) -> Self {
        let mut source = Self::default();
        source.append(frames);
        source
    }

    /// One group of frames without a hole, in the order of decoding.
    fn without_hole(frames: Vec<BufferedFrame>) -> Self {
        let start = frames.iter().map(|frame| frame.presentation_timestamp).min();
        let end = frames.iter().map(|frame| frame.presentation_end).max();
        let mut source = Self::default();
        source.ranges.add(start.unwrap(), end.unwrap());
        source.groups.push((0, frames));
        source
    }

    /// Adds frames after, or in a hole between, those that are there.
    pub(super) fn append(&mut self, frames: Vec<BufferedFrame>) {
        for frame in frames {
            self.ranges
                .add(frame.presentation_timestamp, frame.presentation_end);
            let start = frame.presentation_timestamp;
            let joined = self.groups.iter_mut().rfind(|(_, group)| {
                let end = group.iter().map(|frame| frame.presentation_end).max();
                let first = group.iter().map(|frame| frame.presentation_timestamp).min();
                // Reordered frames come up to three frames early.
                first <= Some(start) && end.is_some_and(|end| start - end <= ticks(3, 30))
            });
            match joined {
                Some((_, group)) => group.push(frame),
                None => {
                    self.groups.push((self.next_group, vec![frame]));
                    self.next_group += 1;
                    self.groups
                        .sort_by_key(|(_, group)| group[0].presentation_timestamp);
                }
            }
        }
    }

    /// Drops the frames from `time` on and puts others there: an overlap.
    pub(super) fn replace_from(&mut self, time: MediaTime, frames: Vec<BufferedFrame>) {
        for (_, group) in &mut self.groups {
            let cut = group
                .iter()
                .position(|frame| frame.presentation_timestamp >= time);
            group.truncate(cut.unwrap_or(group.len()));
        }
        self.groups.retain(|(_, group)| !group.is_empty());
        let mut ranges = TimeRanges::new();
        for frame in self.groups.iter().flat_map(|(_, group)| group).chain(&frames) {
            ranges.add(frame.presentation_timestamp, frame.presentation_end);
        }
        self.ranges = ranges;
        if !frames.is_empty() {
            self.groups.push((self.next_group, frames));
            self.next_group += 1;
        }
    }

    fn positions(&self) -> impl Iterator<Item = (FramePosition, &BufferedFrame)> {
        self.groups.iter().flat_map(|(group, frames)| {
            frames.iter().enumerate().map(|(index, frame)| {
                let position = FramePosition {
                    group: *group,
                    index: index as u32,
                };
                (position, frame)
            })
        })
    }

    /// The random access point that each frame is decoded from, the frame beside it.
    fn entries(&self) -> impl Iterator<Item = (FramePosition, &BufferedFrame)> {
        let mut entry = None;
        self.positions().filter_map(move |(position, frame)| {
            if frame.is_random_access_point {
                entry = Some(position);
            }
            entry.map(|entry| (entry, frame))
        })
    }
}

impl FrameSource for Source {
    fn ranges(&self) -> &TimeRanges {
        &self.ranges
    }

    fn random_access_point(&self, time: MediaTime) -> Option<FramePosition> {
        self.entries()
            .find(|(_, frame)| frame.presentation_timestamp <= time && time < frame.presentation_end)
            .map(|(entry, _)| entry)
    }

    fn random_access_point_after(&self, time: MediaTime) -> Option<FramePosition> {
        // The latest answer that the contract allows.
        self.positions()
            .find(|(_, frame)| frame.is_random_access_point && frame.presentation_timestamp > time)
            .map(|(position, _)| position)
    }

    fn frame(&self, position: FramePosition) -> Option<&BufferedFrame> {
        let (_, frames) = self.groups.iter().find(|(group, _)| *group == position.group)?;
        frames.get(position.index as usize)
    }

    fn next(&self, position: FramePosition) -> Option<FramePosition> {
        self.frame(position)?;
        let following = FramePosition {
            index: position.index + 1,
            ..position
        };
        if self.frame(following).is_some() {
            return Some(following);
        }
        let place = self
            .groups
            .iter()
            .position(|(group, _)| *group == position.group)?;
        let (group, _) = self.groups.get(place + 1)?;
        Some(FramePosition {
            group: *group,
            index: 0,
        })
    }
}

enum Work {
    Configure,
    Chunk {
        timestamp: i64,
        is_key: bool,
        data: Vec<u8>,
    },
    Flush,
}

/// One decoder: works through its queue, one chunk in `decode_ms`, holding back pictures to reorder them.
#[derive(Default)]
pub(super) struct Decoder {
    pub(super) decode_ms: f64,
    pub(super) hold_back: usize,
    /// So many chunks to come are decoded to nothing.
    pub(super) loses: usize,
    /// What it cannot decode: the numbers in the chunks. It closes itself.
    pub(super) corrupt: Vec<i64>,
    /// Gives nothing for the first chunk, as with Vorbis.
    pub(super) is_first_silent: bool,
    has_begun: bool,
    /// Writes the time counted from the first chunk on over its outputs, as Chromium does with sound.
    pub(super) is_counting: bool,
    /// The timestamp of the first chunk, and how many frames have come out since.
    counted: Option<(i64, i64)>,
    is_configured: bool,
    needs_key: bool,
    queue: VecDeque<Work>,
    held: BTreeMap<i64, Vec<u8>>,
    /// When the first of the queue is done.
    done_at: Option<WallTime>,
    pub(super) resets: usize,
    pub(super) flushes: usize,
    pub(super) configures: usize,
    pub(super) chunks: usize,
}

enum Output {
    Failed,
    Decoded(i64, Vec<u8>),
    Flushed,
}

impl Decoder {
    fn push(&mut self, work: Work, now: WallTime) {
        if self.queue.is_empty() {
            self.done_at = Some(now + self.time_for(&work));
        }
        self.queue.push_back(work);
    }

    fn time_for(&self, work: &Work) -> f64 {
        if matches!(work, Work::Chunk { .. }) {
            self.decode_ms
        } else {
            0.0
        }
    }

    fn size(&self) -> u32 {
        let is_chunk = |work: &&Work| matches!(work, Work::Chunk { .. });
        self.queue.iter().filter(is_chunk).count() as u32
    }

    /// The work that is done at `now`.
    fn finish(&mut self, now: WallTime) -> Vec<Output> {
        let mut outputs = Vec::new();
        if self.done_at.is_none_or(|at| at > now) {
            return outputs;
        }
        let mut hold_back = self.hold_back;
        let mut flushed = false;
        match self.queue.pop_front().unwrap() {
            Work::Configure => {
                hold_back = 0;
                (self.has_begun, self.counted) = (false, None);
            }
            Work::Flush => {
                (hold_back, flushed) = (0, true);
                (self.has_begun, self.counted) = (false, None);
            }
            Work::Chunk {
                timestamp,
                is_key,
                data,
            } => {
                let number = i64::from_le_bytes(data.as_slice().try_into().unwrap());
                if self.corrupt.contains(&number) {
                    self.is_configured = false;
                    self.queue.clear();
                    self.held.clear();
                    self.done_at = None;
                    return vec![Output::Failed];
                }
                // Nothing after a key frame refers to what was before it.
                while is_key && let Some((timestamp, data)) = self.held.pop_first() {
                    outputs.push(Output::Decoded(timestamp, data));
                }
                let has_begun = std::mem::replace(&mut self.has_begun, true);
                let timestamp = match &mut self.counted {
                    _ if !self.is_counting => timestamp,
                    Some((first, frames)) => {
                        *frames += 1;
                        *first + ticks(*frames * AAC, SAMPLE_RATE).as_micros()
                    }
                    None => self.counted.insert((timestamp, 0)).0,
                };
                if self.loses > 0 {
                    self.loses -= 1;
                } else if has_begun || !self.is_first_silent {
                    self.held.insert(timestamp, data);
                }
            }
        }
        while self.held.len() > hold_back {
            let (timestamp, data) = self.held.pop_first().unwrap();
            outputs.push(Output::Decoded(timestamp, data));
        }
        outputs.extend(flushed.then_some(Output::Flushed));
        self.done_at = self.queue.front().map(|work| now + self.time_for(work));
        outputs
    }
}

/// A block of sound as written.
pub(super) struct Written {
    pub(super) at: WallTime,
    pub(super) due: WallTime,
    pub(super) is_contiguous: bool,
    pub(super) samples: Vec<f32>,
}

#[derive(Default)]
pub(super) struct TestPlatform {
    now: WallTime,
    pub(super) video: Decoder,
    pub(super) audio: Decoder,
    /// Decoded pictures not given back yet, with the number of their frame.
    pub(super) pictures: BTreeMap<VideoFrameId, i64>,
    next_picture: VideoFrameId,
    /// When which frame was shown.
    pub(super) presented: Vec<(WallTime, i64)>,
    pub(super) written: Vec<Written>,
    pub(super) latency: f64,
    /// Of so many samples one comes out of the decoder.
    pub(super) decimation: u32,
    /// The sink is not there yet.
    pub(super) is_sink_starting: bool,
    calls: usize,
}

impl TestPlatform {
    fn decoder(&mut self, kind: TrackKind) -> &mut Decoder {
        self.calls += 1;
        match kind {
            TrackKind::Video => &mut self.video,
            TrackKind::Audio => &mut self.audio,
        }
    }
}

impl Platform for TestPlatform {
    fn configure(&mut self, config: &DecoderConfig) {
        let now = self.now;
        let decoder = self.decoder(config.kind());
        decoder.is_configured = true;
        decoder.needs_key = true;
        decoder.configures += 1;
        decoder.push(Work::Configure, now);
    }

    fn decode(&mut self, chunk: EncodedChunk<'_>) -> u32 {
        let now = self.now;
        let decoder = self.decoder(chunk.kind);
        assert!(decoder.is_configured, "a chunk for no decoder");
        assert!(
            chunk.is_key || !decoder.needs_key,
            "{:?}: the chunk at {} must be a key chunk",
            chunk.kind,
            chunk.timestamp
        );
        decoder.needs_key = false;
        decoder.chunks += 1;
        let (timestamp, data) = (chunk.timestamp, chunk.data.to_vec());
        let work = Work::Chunk {
            timestamp,
            is_key: chunk.is_key,
            data,
        };
        decoder.push(work, now);
        decoder.size()
    }

    fn flush(&mut self, kind: TrackKind) {
        let now = self.now;
        let decoder = self.decoder(kind);
        assert!(decoder.is_configured);
        decoder.needs_key = true;
        decoder.flushes += 1;
        decoder.push(Work::Flush, now);
    }

    fn reset(&mut self, kind: TrackKind) {
        let decoder = self.decoder(kind);
        assert!(decoder.is_configured);
        decoder.is_configured = false;
        decoder.queue.clear();
        decoder.held.clear();
        (decoder.has_begun, decoder.counted) = (false, None);
        decoder.done_at = None;
        decoder.resets += 1;
    }

    fn present(&mut self, frame: VideoFrameId) {
        self.calls += 1;
        let number = self.pictures.remove(&frame).expect("presented once");
        self.presented.push((self.now, number));
    }

    fn discard(&mut self, frame: VideoFrameId) {
        self.calls += 1;
        self.pictures.remove(&frame).expect("discarded once");
    }

    fn write_audio(&mut self, block: AudioBlock<'_>) {
        self.calls += 1;
        assert_eq!(block.sample_rate, SAMPLE_RATE / self.decimation);
        assert_eq!(block.channels.len(), 2);
        assert_eq!(block.channels[0], block.channels[1]);
        assert!(!block.channels[0].is_empty());
        self.written.push(Written {
            at: self.now,
            due: block.due,
            is_contiguous: block.is_contiguous,
            samples: block.channels[0].clone(),
        });
    }

    fn audio_latency(&self) -> f64 {
        self.latency
    }

    fn is_audio_sink_starting(&self) -> bool {
        self.is_sink_starting
    }
}

/// A player, its platform, its tracks and the time.
pub(super) struct Simulation {
    pub(super) player: Player,
    pub(super) platform: TestPlatform,
    pub(super) video: Option<Source>,
    pub(super) audio: Option<Source>,
    pub(super) now: WallTime,
    wake: Option<WallTime>,
    pub(super) events: Vec<(WallTime, Event)>,
    /// How much later than asked for the host calls.
    pub(super) timer_delay: f64,
}

impl Simulation {
    pub(super) fn new(video: Option<Source>, audio: Option<Source>) -> Self {
        let mut platform = TestPlatform::default();
        platform.video.decode_ms = 3.0;
        platform.video.hold_back = 3;
        platform.audio.decode_ms = 0.5;
        platform.audio.is_counting = true;
        platform.latency = 50.0;
        platform.decimation = 1;
        let mut simulation = Self {
            player: Player::new(),
            platform,
            video,
            audio,
            now: 1_700_000_000_000.0,
            wake: None,
            events: Vec::new(),
            timer_delay: 0.0,
        };
        simulation.advance();
        simulation
    }

    /// After every input. The second call at the same time must have nothing left to do.
    pub(super) fn advance(&mut self) {
        self.platform.now = self.now;
        let tracks = Tracks {
            video: self.video.as_ref().map(|source| source as &dyn FrameSource),
            audio: self.audio.as_ref().map(|source| source as &dyn FrameSource),
        };
        self.wake = self.player.advance(self.now, tracks, &mut self.platform);
        assert!(
            self.wake.is_none_or(|at| at > self.now),
            "a wake-up that is past already"
        );
        while let Some(event) = self.player.poll_event() {
            self.events.push((self.now, event));
        }
        let calls = self.platform.calls;
        let wake = self.player.advance(self.now, tracks, &mut self.platform);
        assert_eq!(self.platform.calls, calls, "there was something left to do");
        assert_eq!(self.player.poll_event(), None, "there was something left to say");
        assert_eq!(wake, self.wake);
    }

    fn deliver(&mut self, kind: TrackKind) {
        let decoder = self.platform.decoder(kind);
        let outputs = decoder.finish(self.now);
        let size = decoder.size();
        self.player.decode_queue(kind, size);
        for output in outputs {
            match (output, kind) {
                (Output::Flushed, _) => self.player.flushed(kind),
                (Output::Failed, _) => self.player.decode_failed(kind, "corrupt".into(), true),
                (Output::Decoded(timestamp, data), TrackKind::Video) => {
                    let id = self.platform.next_picture;
                    self.platform.next_picture += 1;
                    let number = i64::from_le_bytes(data.as_slice().try_into().unwrap());
                    self.platform.pictures.insert(id, number);
                    self.player.video_decoded(id, timestamp, (1, 1));
                }
                (Output::Decoded(timestamp, data), TrackKind::Audio) => {
                    let first = i64::from_le_bytes(data.as_slice().try_into().unwrap());
                    // Every sample says which it is, from one on: zero is silence.
                    let decimation = i64::from(self.platform.decimation);
                    let numbers = first / decimation + 1..=(first + AAC) / decimation;
                    let samples: Vec<f32> = numbers.map(|sample| sample as f32).collect();
                    self.player.audio_decoded(DecodedAudio {
                        timestamp,
                        sample_rate: SAMPLE_RATE / self.platform.decimation,
                        channels: vec![samples.clone(), samples],
                    });
                }
            }
            self.advance();
        }
        self.advance();
    }

    /// So many seconds of 30 frames a second, and of sound of which every sixteenth sample is there.
    pub(super) fn long(seconds: i64) -> Self {
        let mut simulation = Self::new(None, None);
        simulation.platform.decimation = 16;
        let video = video_frames(0, seconds * 30, 60, &video_config(100));
        let audio = audio_frames(0, seconds * i64::from(SAMPLE_RATE) / AAC + 1);
        simulation.video = Some(Source::without_hole(video));
        simulation.audio = Some(Source::without_hole(audio));
        simulation.player.track_changed(TrackKind::Video);
        simulation.player.track_changed(TrackKind::Audio);
        simulation.advance();
        simulation
    }

    /// Lets `duration` milliseconds pass.
    pub(super) fn run(&mut self, duration: f64) {
        let end = self.now + duration;
        let mut turns_left = 1_000 + (duration * 20.0) as usize;
        loop {
            let wake = self.wake.map_or(f64::INFINITY, |at| at + self.timer_delay);
            let video = self.platform.video.done_at.unwrap_or(f64::INFINITY);
            let audio = self.platform.audio.done_at.unwrap_or(f64::INFINITY);
            let next = wake.min(video).min(audio);
            if next > end {
                break;
            }
            turns_left -= 1;
            assert!(turns_left > 0, "busy waiting");
            self.now = self.now.max(next);
            if next == video {
                self.deliver(TrackKind::Video);
            } else if next == audio {
                self.deliver(TrackKind::Audio);
            } else {
                self.advance();
            }
        }
        self.now = end;
    }

    pub(super) fn play(&mut self) {
        self.player.play();
        self.advance();
    }

    pub(super) fn pause(&mut self) {
        self.player.pause();
        self.advance();
    }

    pub(super) fn seek(&mut self, token: Token, position: MediaTime) {
        self.player.seek(token, position);
        self.advance();
    }

    pub(super) fn end(&mut self) {
        self.player.set_ended(true);
        self.advance();
    }

    pub(super) fn append_video(&mut self, frames: Vec<BufferedFrame>) {
        self.video.get_or_insert_default().append(frames);
        self.advance();
    }

    pub(super) fn append_audio(&mut self, frames: Vec<BufferedFrame>) {
        self.audio.get_or_insert_default().append(frames);
        self.advance();
    }

    /// The last clock the page was told of.
    pub(super) fn clock(&self) -> ClockState {
        self.clocks()
            .last()
            .map_or(ClockState::default(), |(_, state)| state)
    }

    pub(super) fn clocks(&self) -> impl Iterator<Item = (WallTime, ClockState)> {
        self.events.iter().filter_map(|(at, event)| match event {
            Event::Clock(state) => Some((*at, *state)),
            _ => None,
        })
    }

    /// Where the page believes playback to be.
    pub(super) fn position(&self) -> MediaTime {
        self.clock().position_at(self.now)
    }

    /// The answered seeks.
    pub(super) fn ready(&self) -> Vec<(Token, MediaTime)> {
        let answer = |(_, event): &(WallTime, Event)| match event {
            Event::PositionReady { token, position } => Some((*token, *position)),
            _ => None,
        };
        self.events.iter().filter_map(answer).collect()
    }

    pub(super) fn count(&self, event: &Event) -> usize {
        self.events.iter().filter(|(_, other)| other == event).count()
    }

    /// The numbers of the frames shown.
    pub(super) fn shown(&self) -> Vec<i64> {
        self.platform
            .presented
            .iter()
            .map(|(_, number)| *number)
            .collect()
    }

    /// Ends the player and checks that it gave every picture back.
    pub(super) fn finish(mut self) {
        self.player.decode_failed(TrackKind::Video, String::new(), false);
        self.advance();
        assert_eq!(self.platform.pictures, BTreeMap::new(), "pictures leaked");
    }
}
