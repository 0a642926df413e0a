//! Decoders and a sink that take their time.

use std::collections::{BTreeMap, VecDeque};

use mse_polyfill::container::{DecoderConfig, MediaConfig, TrackKind};
use mse_polyfill::playback::{AudioBlock, DecodedAudio, EncodedChunk, Platform, VideoFrameId};
use mse_polyfill::protocol::WallTime;

/// How many pictures a decoder keeps to put them in order, unless it is flushed.
const HELD_PICTURES: usize = 3;
/// What a frame of sound takes to be decoded, in milliseconds.
const AUDIO_DECODE: f64 = 0.2;
/// From a write of sound to the ear, in milliseconds.
const AUDIO_LATENCY: f64 = 50.0;

/// What waits in a decoder's queue.
enum Work {
    Configure(DecoderConfig),
    /// Timestamp and duration in microseconds.
    Chunk {
        timestamp: i64,
        duration: u64,
        is_key: bool,
    },
    Flush,
}

/// What comes out of it.
pub(crate) enum Output {
    Picture { timestamp: i64, size: (u32, u32) },
    Sound(DecodedAudio),
    Flushed,
}

/// Works through its queue, one chunk after the other.
pub(crate) struct Decoder {
    /// What a chunk takes, in milliseconds.
    takes: f64,
    /// How many frames it keeps to put them in order.
    holds: usize,
    config: Option<DecoderConfig>,
    queue: VecDeque<Work>,
    /// Timestamps and durations of the frames it keeps.
    held: BTreeMap<i64, u64>,
    /// Vorbis: the first chunk gives nothing.
    skips_next: bool,
    /// When the first of the queue is done.
    pub(crate) done_at: Option<WallTime>,
}

impl Decoder {
    fn new(takes: f64, holds: usize) -> Self {
        Self {
            takes,
            holds,
            config: None,
            queue: VecDeque::new(),
            held: BTreeMap::new(),
            skips_next: false,
            done_at: None,
        }
    }

    fn push(&mut self, work: Work, now: WallTime) {
        self.queue.push_back(work);
        self.done_at = self.done_at.or_else(|| self.next_done(now));
    }

    fn next_done(&self, now: WallTime) -> Option<WallTime> {
        self.queue.front().map(|work| match work {
            Work::Chunk { .. } => now + self.takes,
            Work::Configure(_) | Work::Flush => now,
        })
    }

    fn reset(&mut self) {
        self.queue.clear();
        self.held.clear();
        self.done_at = None;
    }

    /// Chunks that are not decoded yet.
    pub(crate) fn waiting(&self) -> u32 {
        let chunks = self
            .queue
            .iter()
            .filter(|work| matches!(work, Work::Chunk { .. }));
        u32::try_from(chunks.count()).unwrap_or(u32::MAX)
    }

    /// Finishes the first of the queue at `now`.
    pub(crate) fn finish(&mut self, now: WallTime) -> Vec<Output> {
        let mut outputs = Vec::new();
        match self.queue.pop_front() {
            Some(Work::Configure(config)) => {
                self.give_all_but(0, &mut outputs);
                self.skips_next = config.codec == "vorbis";
                self.config = Some(config);
            }
            Some(Work::Flush) => {
                self.give_all_but(0, &mut outputs);
                self.skips_next = self
                    .config
                    .as_ref()
                    .is_some_and(|config| config.codec == "vorbis");
                outputs.push(Output::Flushed);
            }
            Some(Work::Chunk {
                timestamp,
                duration,
                is_key,
            }) => {
                if is_key && self.holds > 0 {
                    // Nothing from here on is shown before what came until here.
                    self.give_all_but(0, &mut outputs);
                }
                if !std::mem::take(&mut self.skips_next) {
                    self.held.insert(timestamp, duration);
                }
                self.give_all_but(self.holds, &mut outputs);
            }
            None => {}
        }
        self.done_at = self.next_done(now);
        outputs
    }

    fn give_all_but(&mut self, kept: usize, outputs: &mut Vec<Output>) {
        while self.held.len() > kept
            && let Some((timestamp, duration)) = self.held.pop_first()
        {
            match self.config.as_ref().map(|config| config.media) {
                Some(MediaConfig::Video {
                    display_width,
                    display_height,
                    ..
                }) => outputs.push(Output::Picture {
                    timestamp,
                    size: (display_width, display_height),
                }),
                Some(MediaConfig::Audio {
                    sample_rate,
                    channels,
                }) => {
                    let samples = (duration as f64 * f64::from(sample_rate) / 1e6).round() as usize;
                    outputs.push(Output::Sound(DecodedAudio {
                        timestamp,
                        sample_rate,
                        channels: vec![vec![0.0; samples]; channels as usize],
                    }));
                }
                None => {}
            }
        }
    }
}

/// The platform: both decoders, a screen that counts and a loudspeaker that nobody hears.
pub(crate) struct Machine {
    pub(crate) now: WallTime,
    pub(crate) video: Decoder,
    pub(crate) audio: Decoder,
    /// How many came out of the decoder.
    pub(crate) pictures: VideoFrameId,
    /// How many were shown, and when the first was.
    pub(crate) shown: u32,
    pub(crate) first_shown_at: Option<WallTime>,
}

impl Machine {
    /// `decode` is what a picture takes, in milliseconds.
    pub(crate) fn new(decode: f64) -> Self {
        Self {
            now: 0.0,
            video: Decoder::new(decode, HELD_PICTURES),
            audio: Decoder::new(AUDIO_DECODE, 0),
            pictures: 0,
            shown: 0,
            first_shown_at: None,
        }
    }

    pub(crate) fn decoder(&mut self, kind: TrackKind) -> &mut Decoder {
        match kind {
            TrackKind::Video => &mut self.video,
            TrackKind::Audio => &mut self.audio,
        }
    }
}

impl Platform for Machine {
    fn configure(&mut self, config: &DecoderConfig) {
        let now = self.now;
        self.decoder(config.kind())
            .push(Work::Configure(config.clone()), now);
    }

    fn decode(&mut self, chunk: EncodedChunk<'_>) -> u32 {
        let now = self.now;
        let work = Work::Chunk {
            timestamp: chunk.timestamp,
            duration: chunk.duration,
            is_key: chunk.is_key,
        };
        let decoder = self.decoder(chunk.kind);
        decoder.push(work, now);
        decoder.waiting()
    }

    fn flush(&mut self, kind: TrackKind) {
        let now = self.now;
        self.decoder(kind).push(Work::Flush, now);
    }

    fn reset(&mut self, kind: TrackKind) {
        self.decoder(kind).reset();
    }

    fn present(&mut self, _: VideoFrameId) {
        self.shown += 1;
        self.first_shown_at.get_or_insert(self.now);
    }

    fn discard(&mut self, _: VideoFrameId) {}

    fn write_audio(&mut self, _: AudioBlock<'_>) {}

    fn audio_latency(&self) -> f64 {
        AUDIO_LATENCY
    }
}
