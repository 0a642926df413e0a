//! Decoded sound: placed on the timeline by timestamp, cut into blocks, written ahead of its time.

use std::num::NonZeroU32;

use super::clock::{Clock, REACHED_MS};
use super::time_stretch::TimeStretch;
use super::{AudioBlock, DecodedAudio, Platform};
use crate::protocol::WallTime;
use crate::short_queue::ShortQueue;
use crate::time::{MediaTime, NANOS_PER_SECOND, scaled};

/// Blocks a second: 20 ms each. Few enough messages for a worklet, short enough that a pause is heard at once.
const BLOCKS_PER_SECOND: u32 = 50;

/// A decoder output this near to the end of the one before follows it without a seam: containers round timestamps to
/// milliseconds (WebM) or microseconds.
const JITTER: MediaTime = MediaTime::from_millis(3);

/// How far counted samples may run away from the timestamps before silence or a cut brings them together again. Half of
/// what an ear needs to notice that lips are off.
const DRIFT_MAX: MediaTime = MediaTime::from_millis(10);

/// The longest silence that is filled in; the gap policy passes nothing longer in the middle of playback.
const SILENCE_MAX: MediaTime = MediaTime::from_millis(1_000);

/// A block that is later than this, and later than it is written ahead, in wall milliseconds, is cut so that the rest is in
/// time. Less is left to the sink, which may still play all of it: a cut is heard, a timer that fires late is not.
const LATE_MAX: f64 = 30.0;

/// Another track's sound takes over when so much of it has come out: its decoder need not hurry then.
const JOIN_AHEAD: MediaTime = MediaTime::from_millis(50);

/// Sound of one format without a hole.
pub(super) struct Run {
    /// When the sample `taken == 0` is due.
    start: MediaTime,
    /// Samples that have left the front.
    taken: u64,
    sample_rate: NonZeroU32,
    /// Of one length each.
    channels: Vec<Vec<f32>>,
    /// How many samples at the front of each channel have left: they are let go many at a time.
    gone: usize,
}

impl Run {
    /// Samples held, of one channel.
    pub(super) fn len(&self) -> usize {
        self.channels
            .first()
            .map_or(0, |channel| channel.len() - self.gone)
    }

    /// How many channels.
    pub(super) fn channels(&self) -> usize {
        self.channels.len()
    }

    /// The samples held of a channel.
    pub(super) fn channel(&self, index: usize) -> &[f32] {
        let channel = self.channels.get(index);
        channel
            .and_then(|samples| samples.get(self.gone..))
            .unwrap_or_default()
    }

    fn time_of(&self, sample: u64) -> MediaTime {
        let ticks = i64::try_from(sample).unwrap_or(i64::MAX);
        self.start + MediaTime::from_ticks(ticks, self.sample_rate)
    }

    /// When the first sample held is due.
    fn front(&self) -> MediaTime {
        self.time_of(self.taken)
    }

    /// When the sample after the last is due.
    fn end(&self) -> MediaTime {
        self.time_of(self.taken + self.len() as u64)
    }

    /// Lets the first samples go.
    pub(super) fn skip(&mut self, count: usize) {
        let count = count.min(self.len());
        self.taken += count as u64;
        self.gone += count;
        if self.gone > self.len() {
            for channel in &mut self.channels {
                channel.drain(..self.gone);
            }
            self.gone = 0;
        }
    }

    fn take(&mut self, count: usize) -> Vec<Vec<f32>> {
        let mut taken = Vec::new();
        for index in 0..self.channels.len() {
            let samples = self.channel(index);
            taken.push(samples.get(..count).unwrap_or(samples).to_vec());
        }
        self.skip(count);
        taken
    }
}

/// Whole samples in `span`, rounded down; none when it is negative.
fn samples_in(span: MediaTime, sample_rate: NonZeroU32) -> usize {
    let nanos = u64::try_from(span.as_nanos()).unwrap_or_default();
    let samples = scaled(nanos, sample_rate.get(), NANOS_PER_SECOND, 0);
    usize::try_from(samples).unwrap_or(usize::MAX)
}

/// As [`samples_in`], rounded to the nearest.
fn samples_near(span: MediaTime, sample_rate: NonZeroU32) -> usize {
    let half = MediaTime::from_nanos(500_000_000 / i64::from(sample_rate.get()));
    samples_in(span + half, sample_rate)
}

/// Places the sound of a frame at the frame's `start`, without the first `trim_start`, and no longer than `cut_to`: what
/// the container, an append window or a splice has cut off it. Decoders count time in their own ways; the container's is
/// what pictures go by.
pub(super) fn place(
    audio: &mut DecodedAudio,
    start: MediaTime,
    trim_start: MediaTime,
    cut_to: Option<MediaTime>,
) {
    audio.timestamp = start.as_micros();
    let Some(sample_rate) = NonZeroU32::new(audio.sample_rate) else {
        return;
    };
    let front = samples_near(trim_start, sample_rate);
    for samples in &mut audio.channels {
        samples.drain(..front.min(samples.len()));
        if let Some(length) = cut_to {
            samples.truncate(samples_near(length, sample_rate));
        }
    }
}

/// The sound between decoder and sink.
pub(super) struct AudioOutput {
    runs: ShortQueue<Run>,
    /// The sound of the track before, heard until there is enough in `runs`.
    leaving: ShortQueue<Run>,
    /// What lies before is not wanted.
    target: MediaTime,
    /// Where the last decoder output ended by its own timestamp and count.
    last_end: MediaTime,
    is_contiguous: bool,
    /// How late the last block was written, in wall milliseconds.
    lateness: f64,
    preserves_pitch: bool,
    stretch: TimeStretch,
}

impl AudioOutput {
    pub(super) fn new() -> Self {
        Self {
            runs: ShortQueue::new(),
            leaving: ShortQueue::new(),
            target: MediaTime::ZERO,
            last_end: MediaTime::NEG_INFINITY,
            is_contiguous: false,
            lateness: 0.0,
            preserves_pitch: true,
            stretch: TimeStretch::default(),
        }
    }

    /// Forgets all sound; what is to come is wanted from `target` on.
    pub(super) fn restart(&mut self, target: MediaTime) {
        *self = Self {
            target,
            preserves_pitch: self.preserves_pitch,
            ..Self::new()
        };
    }

    /// What comes out from now on is of another track. Until it is here, the sound of the track before goes on. Returns where
    /// the other is wanted from: behind what is written, and not before `position`.
    pub(super) fn switch(&mut self, position: MediaTime) -> MediaTime {
        let runs = std::mem::take(&mut self.runs);
        if self.leaving.is_empty() {
            self.leaving = runs;
        }
        let written = self.leaving.first().map_or(position, Run::front);
        self.target = written.max(position);
        self.last_end = MediaTime::NEG_INFINITY;
        self.target
    }

    /// The other track takes over where the one before was left, if its sound is here or there is no more of the one before.
    fn join(&mut self) {
        let Some(left) = self.leaving.first().map(Run::front) else {
            return;
        };
        let is_over = self.leaving.iter().all(|run| run.len() == 0);
        if is_over || self.until() >= left + JOIN_AHEAD {
            self.leaving.clear();
            self.stretch = TimeStretch::default();
            self.drop_before(left);
            if self.runs.first().is_none_or(|run| run.front() - left > JITTER) {
                self.is_contiguous = false;
            }
        }
    }

    /// Whether the sound at `time` is here, unwritten.
    pub(super) fn holds(&self, time: MediaTime) -> bool {
        self.runs
            .iter()
            .any(|run| run.front() <= time && time < run.end())
    }

    /// The position jumps to `target`, which is held.
    pub(super) fn retarget(&mut self, target: MediaTime) {
        self.leaving.clear();
        self.drop_before(target);
        self.interrupt();
    }

    fn drop_before(&mut self, target: MediaTime) {
        while let Some(run) = self.runs.first_mut() {
            if run.end() <= target {
                self.runs.pop_front();
            } else {
                run.skip(samples_near(target - run.front(), run.sample_rate));
                break;
            }
        }
        self.target = target;
    }

    /// The next block will not follow the one before.
    pub(super) fn interrupt(&mut self) {
        self.is_contiguous = false;
        self.stretch = TimeStretch::default();
    }

    /// How sound is played at rates other than 1.
    pub(super) fn set_preserves_pitch(&mut self, preserves_pitch: bool) {
        if self.preserves_pitch != preserves_pitch {
            self.preserves_pitch = preserves_pitch;
            self.interrupt();
        }
    }

    /// The end of what has come out of the decoder; before everything when nothing has.
    pub(super) fn until(&self) -> MediaTime {
        self.runs.last().map_or(MediaTime::NEG_INFINITY, Run::end)
    }

    /// The first instant that nothing has come out for.
    pub(super) fn resume_at(&self) -> MediaTime {
        self.until().max(self.target)
    }

    /// How late the last block was written, in wall milliseconds: heard so much later than due, where the sink has no more
    /// to play.
    pub(super) fn lateness(&self) -> f64 {
        self.lateness
    }

    /// Sound came out of the decoder. Empty output is ignored: some decoders start with it.
    pub(super) fn accept(&mut self, audio: DecodedAudio) {
        let count = audio.channels.iter().map(Vec::len).min().unwrap_or(0);
        let (Some(sample_rate), 1..) = (NonZeroU32::new(audio.sample_rate), count) else {
            return;
        };
        let start = MediaTime::from_micros(audio.timestamp);
        let length = MediaTime::from_ticks(i64::try_from(count).unwrap_or(i64::MAX), sample_rate);
        let step = start - self.last_end;
        self.last_end = self.last_end.max(start + length);
        let same = self.runs.last_mut().filter(|run| {
            run.sample_rate == sample_rate
                && run.channels.len() == audio.channels.len()
                && start - run.end() <= SILENCE_MAX
        });
        let mut skip = 0;
        let run = match same {
            Some(run) => {
                let drift = start - run.end();
                let is_seamless = step.max(-step) < JITTER && drift.max(-drift) <= DRIFT_MAX;
                if !is_seamless && drift > MediaTime::ZERO {
                    let silence = samples_near(drift, sample_rate);
                    for channel in &mut run.channels {
                        channel.resize(channel.len() + silence, 0.0);
                    }
                } else if !is_seamless {
                    skip = samples_near(-drift, sample_rate);
                }
                run
            }
            None => {
                // A run begins at the target's sample, or where the run of another format before it ends.
                let wanted = self.resume_at();
                skip = samples_near(wanted - start, sample_rate);
                if skip >= count {
                    return;
                }
                let mut channels = Vec::new();
                channels.resize_with(audio.channels.len(), Vec::new);
                let skipped = MediaTime::from_ticks(i64::try_from(skip).unwrap_or(0), sample_rate);
                self.runs.push_back(Run {
                    start: start + skipped,
                    taken: 0,
                    sample_rate,
                    channels,
                    gone: 0,
                });
                let Some(run) = self.runs.last_mut() else { return };
                run
            }
        };
        for (channel, samples) in run.channels.iter_mut().zip(&audio.channels) {
            channel.extend_from_slice(samples.get(skip..count).unwrap_or_default());
        }
    }

    /// Writes what is due while the clock runs. Returns when the next block is to be written.
    pub(super) fn write(
        &mut self,
        now: WallTime,
        clock: &Clock,
        platform: &mut dyn Platform,
    ) -> Option<WallTime> {
        loop {
            self.join();
            let is_leaving = !self.leaving.is_empty();
            let runs = if is_leaving {
                &mut self.leaving
            } else {
                &mut self.runs
            };
            if runs.len() > 1 && runs.first().is_some_and(|run| run.len() == 0) {
                let ended = runs.pop_front()?;
                // The sink joins formats that follow each other; a hole between them is a seam.
                if runs.first()?.front() - ended.end() > JITTER {
                    self.interrupt();
                }
                continue;
            }
            let is_last = runs.len() == 1;
            let run = runs.first_mut()?;
            let playable = samples_near(clock.limit() - run.front(), run.sample_rate).min(run.len());
            let due = clock.wall_time_of(run.front())?;
            let write_at = due - platform.audio_latency();
            if playable == 0 {
                return None;
            }
            if write_at > now + REACHED_MS {
                return Some(write_at);
            }
            let per_second = f64::from(run.sample_rate.get());
            if write_at < now - LATE_MAX.max(platform.audio_latency()) {
                let late = (now - write_at) / 1_000.0 * clock.rate();
                run.skip(((late * per_second).ceil() as usize).max(1));
                if is_leaving {
                    // It was not wanted for a while: no track was.
                    self.leaving.clear();
                }
                self.interrupt();
                continue;
            }
            let block = (run.sample_rate.get() / BLOCKS_PER_SECOND).max(1) as usize;
            let sample_rate = run.sample_rate.get();
            let channels = if clock.rate() == 1.0 {
                run.take(block.min(playable))
            } else {
                let block = self
                    .stretch
                    .block(run, clock.rate(), self.preserves_pitch, block, playable);
                let Some(block) = block else {
                    if is_last {
                        return None;
                    }
                    // Too little is left of this format to stretch.
                    run.skip(usize::MAX);
                    continue;
                };
                block
            };
            self.lateness = (now - write_at).max(0.0);
            platform.write_audio(AudioBlock {
                due,
                sample_rate,
                channels: &channels,
                is_contiguous: std::mem::replace(&mut self.is_contiguous, true),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::{DecoderConfig, TrackKind};
    use crate::playback::{EncodedChunk, VideoFrameId};

    /// Collects blocks: due time, rate, contiguity, samples.
    #[derive(Default)]
    struct Sink(Vec<(WallTime, u32, bool, Vec<f32>)>);

    impl Platform for Sink {
        fn configure(&mut self, _config: &DecoderConfig) {}
        fn decode(&mut self, _chunk: EncodedChunk<'_>) -> u32 {
            0
        }
        fn flush(&mut self, _kind: TrackKind) {}
        fn reset(&mut self, _kind: TrackKind) {}
        fn present(&mut self, _frame: VideoFrameId) {}
        fn discard(&mut self, _frame: VideoFrameId) {}
        fn write_audio(&mut self, block: AudioBlock<'_>) {
            let samples = block.channels[0].clone();
            self.0
                .push((block.due, block.sample_rate, block.is_contiguous, samples));
        }
        fn audio_latency(&self) -> f64 {
            0.0
        }
    }

    /// `count` samples of `value` at `timestamp` microseconds, 1000 a second.
    fn sound(timestamp: i64, count: usize, value: f32) -> DecodedAudio {
        DecodedAudio {
            timestamp,
            sample_rate: 1_000,
            channels: vec![vec![value; count]],
        }
    }

    /// All that is written from time zero on by a host that is called every millisecond.
    fn written(output: &mut AudioOutput) -> Vec<(WallTime, u32, bool, Vec<f32>)> {
        let mut clock = Clock::default();
        clock.run(MediaTime::ZERO, 0.0, 1.0, MediaTime::from_millis(60_000));
        let mut sink = Sink::default();
        for now in 0..3_000 {
            output.write(f64::from(now), &clock, &mut sink);
        }
        sink.0
    }

    /// The samples as `(value, how many)`.
    fn lengths(output: &mut AudioOutput) -> Vec<(f32, usize)> {
        let samples: Vec<f32> = written(output).into_iter().flat_map(|block| block.3).collect();
        samples
            .chunk_by(|a, b| a == b)
            .map(|same| (same[0], same.len()))
            .collect()
    }

    #[test]
    fn what_was_cut_off_a_frame_is_not_heard() {
        let mut sound = DecodedAudio {
            timestamp: 1_000,
            sample_rate: 1_000,
            channels: vec![(0..10).map(|sample| sample as f32).collect(); 2],
        };
        let us = MediaTime::from_micros;
        let mut whole = sound.clone();
        place(&mut whole, us(1_000), us(0), None);
        assert_eq!(whole, sound);
        // To the nearest sample.
        place(&mut sound, us(3_400), us(2_400), Some(us(5_400)));
        assert_eq!(sound.timestamp, 3_400);
        assert_eq!(sound.channels, vec![vec![2.0, 3.0, 4.0, 5.0, 6.0]; 2]);
        // What is kept counts, not what is cut off: outputs differ in length.
        place(&mut sound, us(3_400), us(0), Some(us(9_000)));
        assert_eq!(sound.channels[0].len(), 5);
        place(&mut sound, us(8_400), us(5_000), Some(us(0)));
        assert_eq!(sound.channels, vec![Vec::<f32>::new(); 2]);
    }

    #[test]
    fn jitter_is_counted_away_gaps_are_filled_and_overlaps_cut() {
        type Case<'a> = (&'a [DecodedAudio], &'a [(f32, usize)]);
        let cases: &[Case<'_>] = &[
            // Up to 2 ms off, to and fro: one sequence.
            (
                &[
                    sound(0, 100, 1.0),
                    sound(102_000, 100, 2.0),
                    sound(200_000, 100, 3.0),
                ],
                &[(1.0, 100), (2.0, 100), (3.0, 100)],
            ),
            // A hole of 40 ms.
            (
                &[sound(0, 100, 1.0), sound(140_000, 100, 2.0)],
                &[(1.0, 100), (0.0, 40), (2.0, 100)],
            ),
            // An overlap of 40 ms, and a frame that came before as a whole.
            (
                &[
                    sound(0, 100, 1.0),
                    sound(60_000, 100, 2.0),
                    sound(100_000, 50, 3.0),
                    sound(160_000, 9, 4.0),
                ],
                &[(1.0, 100), (2.0, 60), (4.0, 9)],
            ),
            // What lies before the target, zero, is cut to the sample: the priming of AAC.
            (&[sound(-21_000, 100, 1.0)], &[(1.0, 79)]),
            (
                &[sound(-200_000, 100, 1.0), sound(-100_000, 101, 2.0)],
                &[(2.0, 1)],
            ),
            // Empty output.
            (&[sound(0, 0, 1.0), sound(500, 10, 2.0)], &[(2.0, 10)]),
        ];
        for (index, (outputs, expected)) in cases.iter().enumerate() {
            let mut output = AudioOutput::new();
            for audio in *outputs {
                output.accept(audio.clone());
            }
            assert_eq!(lengths(&mut output), *expected, "case {index}");
        }
    }

    #[test]
    fn a_decoder_that_gives_other_counts_does_not_drift() {
        // The container says 100 ms, the decoder gives 98 or 102 samples.
        for count in [98usize, 102] {
            let mut output = AudioOutput::new();
            for index in 0..100 {
                output.accept(sound(index * 100_000, count, 1.0));
                let counted = output.until() - MediaTime::from_millis(100 * (index + 1));
                assert!(
                    counted.max(-counted) <= DRIFT_MAX + JITTER,
                    "{count}: off by {counted:?}"
                );
            }
        }
    }

    #[test]
    fn another_format_follows_without_a_hole() {
        let mut output = AudioOutput::new();
        output.accept(sound(0, 50, 1.0));
        let faster = DecodedAudio {
            sample_rate: 2_000,
            ..sound(40_000, 100, 2.0)
        };
        output.accept(faster);
        let blocks = written(&mut output);
        let shape: Vec<_> = blocks
            .iter()
            .map(|(due, rate, is_contiguous, samples)| (*due, *rate, *is_contiguous, samples.len()))
            .collect();
        assert_eq!(
            shape,
            [
                (0.0, 1_000, false, 20),
                (20.0, 1_000, true, 20),
                (40.0, 1_000, true, 10),
                (50.0, 2_000, true, 40),
                (70.0, 2_000, true, 40),
            ]
        );
    }

    #[test]
    fn sound_too_late_is_skipped_to_what_is_due() {
        let mut output = AudioOutput::new();
        output.accept(sound(0, 1_000, 1.0));
        let mut clock = Clock::default();
        clock.run(MediaTime::ZERO, 0.0, 1.0, MediaTime::from_millis(60_000));
        let mut sink = Sink::default();
        assert_eq!(
            output.write(25.0, &clock, &mut sink),
            Some(40.0),
            "a little late is written whole"
        );
        output.write(200.0, &clock, &mut sink);
        let shape: Vec<_> = sink.0.iter().map(|block| (block.0, block.2)).collect();
        assert_eq!(shape, [(0.0, false), (20.0, true), (200.0, false)]);
    }
}
