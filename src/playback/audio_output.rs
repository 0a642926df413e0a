//! Decoded sound: placed on the timeline by timestamp, cut into blocks, written ahead of its time.

use std::collections::VecDeque;
use std::num::NonZeroU32;

use super::clock::{Clock, REACHED_MS};
use super::time_stretch::TimeStretch;
use super::{AudioBlock, DecodedAudio, Platform};
use crate::protocol::WallTime;
use crate::time::MediaTime;

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

/// A block that is later than this, in wall milliseconds, is cut so that the rest is in time. Less is left to the sink's
/// own buffer: a cut is heard, a timer that fires late is not.
const LATE_MAX: f64 = 30.0;

/// Sound of one format without a hole.
pub(super) struct Run {
    /// When the sample `taken == 0` is due.
    start: MediaTime,
    /// Samples that have left the front.
    taken: u64,
    sample_rate: NonZeroU32,
    /// Of one length each.
    channels: Vec<VecDeque<f32>>,
}

impl Run {
    /// Samples held, of one channel.
    pub(super) fn len(&self) -> usize {
        self.channels.first().map_or(0, VecDeque::len)
    }

    /// The samples held.
    pub(super) fn channels(&self) -> &[VecDeque<f32>] {
        &self.channels
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
        for channel in &mut self.channels {
            channel.drain(..count);
        }
        self.taken += count as u64;
    }

    fn take(&mut self, count: usize) -> Vec<Vec<f32>> {
        let count = count.min(self.len());
        self.taken += count as u64;
        self.channels
            .iter_mut()
            .map(|channel| channel.drain(..count).collect())
            .collect()
    }
}

/// Whole samples in `span`, rounded down; none when it is negative.
fn samples_in(span: MediaTime, sample_rate: NonZeroU32) -> usize {
    let scaled = i128::from(span.as_nanos()) * i128::from(sample_rate.get()) / 1_000_000_000;
    usize::try_from(scaled.max(0)).unwrap_or(usize::MAX)
}

/// As [`samples_in`], rounded to the nearest.
fn samples_near(span: MediaTime, sample_rate: NonZeroU32) -> usize {
    let half = MediaTime::from_nanos(500_000_000 / i64::from(sample_rate.get()));
    samples_in(span + half, sample_rate)
}

/// The sound between decoder and sink.
pub(super) struct AudioOutput {
    runs: VecDeque<Run>,
    /// What lies before is not wanted.
    target: MediaTime,
    /// Where the last decoder output ended by its own timestamp and count.
    last_end: MediaTime,
    is_contiguous: bool,
    preserves_pitch: bool,
    stretch: TimeStretch,
}

impl AudioOutput {
    pub(super) fn new() -> Self {
        Self {
            runs: VecDeque::new(),
            target: MediaTime::ZERO,
            last_end: MediaTime::NEG_INFINITY,
            is_contiguous: false,
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

    /// Whether the sound at `time` is here, unwritten.
    pub(super) fn holds(&self, time: MediaTime) -> bool {
        self.runs
            .iter()
            .any(|run| run.front() <= time && time < run.end())
    }

    /// The position jumps to `target`, which is held.
    pub(super) fn retarget(&mut self, target: MediaTime) {
        while let Some(run) = self.runs.front_mut() {
            if run.end() <= target {
                self.runs.pop_front();
            } else {
                run.skip(samples_near(target - run.front(), run.sample_rate));
                break;
            }
        }
        self.target = target;
        self.interrupt();
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
        self.runs.back().map_or(MediaTime::NEG_INFINITY, Run::end)
    }

    /// The first instant that nothing has come out for.
    pub(super) fn resume_at(&self) -> MediaTime {
        self.until().max(self.target)
    }

    /// Sound came out of the decoder. Empty output is ignored: some decoders start with it.
    pub(super) fn accept(&mut self, mut audio: DecodedAudio) {
        let count = audio.channels.iter().map(Vec::len).min().unwrap_or(0);
        let (Some(sample_rate), 1..) = (NonZeroU32::new(audio.sample_rate), count) else {
            return;
        };
        let start = MediaTime::from_micros(audio.timestamp);
        let length = MediaTime::from_ticks(i64::try_from(count).unwrap_or(i64::MAX), sample_rate);
        let step = start - self.last_end;
        self.last_end = self.last_end.max(start + length);
        let same = self.runs.back_mut().filter(|run| {
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
                        channel.extend(std::iter::repeat_n(0.0, silence));
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
                let skipped = MediaTime::from_ticks(i64::try_from(skip).unwrap_or(0), sample_rate);
                self.runs.push_back(Run {
                    start: start + skipped,
                    taken: 0,
                    sample_rate,
                    channels: vec![VecDeque::new(); audio.channels.len()],
                });
                let Some(run) = self.runs.back_mut() else { return };
                run
            }
        };
        for (channel, samples) in run.channels.iter_mut().zip(&mut audio.channels) {
            channel.extend(samples.drain(..count).skip(skip));
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
            if self.runs.len() > 1 && self.runs.front().is_some_and(|run| run.len() == 0) {
                let ended = self.runs.pop_front()?;
                // The sink joins formats that follow each other; a hole between them is a seam.
                let next = self.runs.front()?;
                if next.front() - ended.end() > JITTER {
                    self.interrupt();
                }
            }
            let is_last = self.runs.len() == 1;
            let run = self.runs.front_mut()?;
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
            if write_at < now - LATE_MAX {
                let late = (now - write_at) / 1_000.0 * clock.rate();
                run.skip(((late * per_second).ceil() as usize).max(1));
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
            platform.write_audio(AudioBlock {
                due,
                sample_rate,
                channels: &channels,
                is_contiguous: std::mem::replace(&mut self.is_contiguous, true),
            });
        }
    }
}
