//! Sound at rates other than 1: resampled, or stretched with its pitch kept.

use super::audio_output::Run;

/// Rates outside are silent: no ear follows them.
const AUDIBLE: std::ops::RangeInclusive<f64> = 0.25..=4.0;

/// The stretch looks for the best joint in this fraction of a block (5 ms of 20): one period of the lowest voice.
const SEARCH_DIVISOR: usize = 4;

/// Every how many samples a joint is compared: enough for the periods that matter, and cheap.
const COMPARE_STEP: usize = 4;

/// What the next block continues from.
#[derive(Default)]
pub(super) struct TimeStretch {
    /// The input position between two samples, or the part of a sample not consumed yet.
    phase: f64,
    /// How the last block would have gone on: faded out under the next.
    tail: Vec<Vec<f32>>,
}

impl TimeStretch {
    /// Makes a block of at most `length` samples out of the front of `run`, consuming `rate` times as many, none of them
    /// behind `playable`. `None` when that is too little.
    pub(super) fn block(
        &mut self,
        run: &mut Run,
        rate: f64,
        preserves_pitch: bool,
        length: usize,
        playable: usize,
    ) -> Option<Vec<Vec<f32>>> {
        let is_stretched = preserves_pitch && AUDIBLE.contains(&rate);
        let possible = ((playable as f64 - self.phase) / rate).floor().max(0.0) as usize;
        let length = if is_stretched {
            length / 2 * 2
        } else {
            length.min(possible)
        };
        if length == 0 || possible < length {
            return None;
        }
        if is_stretched {
            return self.stretched(run, rate, length / 2);
        }
        let mut block = Vec::new();
        for index in 0..run.channels() {
            let channel = run.channel(index);
            let mut out = Vec::with_capacity(length);
            for sample in 0..length {
                out.push(if AUDIBLE.contains(&rate) {
                    interpolated(channel, self.phase + sample as f64 * rate)
                } else {
                    0.0
                });
            }
            block.push(out);
        }
        self.consume(run, length as f64 * rate);
        Some(block)
    }

    /// Two hops of overlap-add, each joined where it resembles most what the last one would have gone on with (WSOLA).
    fn stretched(&mut self, run: &mut Run, rate: f64, hop: usize) -> Option<Vec<Vec<f32>>> {
        let search = hop * 2 / SEARCH_DIVISOR;
        let consumed = (self.phase + hop as f64 * rate).ceil() as usize;
        if run.len() < consumed + search + 2 * hop {
            return None;
        }
        let mut block: Vec<Vec<f32>> = Vec::new();
        block.resize_with(run.channels(), Vec::new);
        self.tail.resize_with(run.channels(), Vec::new);
        for _ in 0..2 {
            let joint = self.joint(run, hop, search);
            for (index, (out, tail)) in block.iter_mut().zip(&mut self.tail).enumerate() {
                let channel = run.channel(index);
                out.reserve(hop);
                for sample in 0..hop {
                    let new = channel.get(joint + sample).copied().unwrap_or_default();
                    let old = tail.get(sample).copied().unwrap_or(new);
                    out.push(old + (new - old) * (sample as f32 / hop as f32));
                }
                let next = channel.get(joint + hop..joint + 2 * hop);
                *tail = next.unwrap_or_default().to_vec();
            }
            self.consume(run, hop as f64 * rate);
        }
        Some(block)
    }

    /// The offset, up to `search`, where the sound resembles the tail most (normalised cross-correlation of the first
    /// channel).
    fn joint(&self, run: &Run, hop: usize, search: usize) -> usize {
        let Some(tail) = self.tail.first() else { return 0 };
        let channel = run.channel(0);
        let input = channel.get(..search + hop).unwrap_or(channel);
        let likeness = |offset: usize| {
            let (mut product, mut energy) = (0.0f32, f32::EPSILON);
            let here = input.iter().skip(offset).step_by(COMPARE_STEP);
            for (a, b) in here.zip(tail.iter().step_by(COMPARE_STEP)) {
                product += a * b;
                energy += a * a;
            }
            product / energy.sqrt()
        };
        let mut best = (0, likeness(0));
        for offset in 1..=search {
            let likeness = likeness(offset);
            if likeness > best.1 {
                best = (offset, likeness);
            }
        }
        best.0
    }

    fn consume(&mut self, run: &mut Run, samples: f64) {
        let total = self.phase + samples;
        self.phase = total.fract();
        run.skip(total as usize);
    }
}

/// The value between two samples.
fn interpolated(samples: &[f32], position: f64) -> f32 {
    let index = position as usize;
    let before = samples.get(index).copied().unwrap_or(0.0);
    let after = samples.get(index + 1).copied().unwrap_or(before);
    before + (after - before) * position.fract() as f32
}

#[cfg(test)]
mod tests {
    use crate::container::TrackKind;
    use crate::playback::DecodedAudio;
    use crate::playback::audio_output::AudioOutput;
    use crate::playback::clock::Clock;
    use crate::playback::{AudioBlock, EncodedChunk, Platform, VideoFrameId};
    use crate::time::MediaTime;

    #[derive(Default)]
    struct Sink(Vec<f32>);

    impl Platform for Sink {
        fn configure(&mut self, _config: &crate::container::DecoderConfig) {}
        fn decode(&mut self, _chunk: EncodedChunk<'_>) -> u32 {
            0
        }
        fn flush(&mut self, _kind: TrackKind) {}
        fn reset(&mut self, _kind: TrackKind) {}
        fn present(&mut self, _frame: VideoFrameId) {}
        fn discard(&mut self, _frame: VideoFrameId) {}
        fn write_audio(&mut self, block: AudioBlock<'_>) {
            self.0.extend_from_slice(&block.channels[0]);
        }
        fn audio_latency(&self) -> f64 {
            0.0
        }
    }

    /// A second of a sine of 440 Hz, played.
    fn played(rate: f64, preserves_pitch: bool) -> Vec<f32> {
        let sine =
            (0..48_000).map(|index| (f64::from(index) / 48_000.0 * 440.0 * std::f64::consts::TAU).sin());
        let mut output = AudioOutput::new();
        output.set_preserves_pitch(preserves_pitch);
        output.accept(DecodedAudio {
            timestamp: 0,
            sample_rate: 48_000,
            channels: vec![sine.map(|value| value as f32).collect()],
        });
        let mut clock = Clock::default();
        clock.run(MediaTime::ZERO, 0.0, rate, MediaTime::from_millis(60_000));
        let mut sink = Sink::default();
        for now in 0..5_000 {
            output.write(f64::from(now), &clock, &mut sink);
        }
        sink.0
    }

    #[test]
    fn pitch_is_kept_or_moves_with_the_rate() {
        for rate in [0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0] {
            for (preserves_pitch, hertz) in [(true, 440.0), (false, 440.0 * rate)] {
                let samples = played(rate, preserves_pitch);
                let seconds = samples.len() as f64 / 48_000.0;
                assert!(
                    (seconds - 1.0 / rate).abs() < 0.06 / rate.min(1.0),
                    "{seconds} s at rate {rate}"
                );
                let crossings = samples
                    .windows(2)
                    .filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0)
                    .count();
                let heard = crossings as f64 / seconds;
                assert!(
                    (heard / hertz - 1.0).abs() < 0.03,
                    "{heard} Hz for {hertz} at rate {rate}"
                );
                // A bad joint would jump; a sine of this pitch moves less than this from one sample to the next.
                let steepest = hertz * std::f64::consts::TAU / 48_000.0;
                for pair in samples.windows(2) {
                    let step = f64::from((pair[1] - pair[0]).abs());
                    assert!(step < steepest * 1.5, "a jump of {step} at rate {rate}");
                }
            }
        }
    }

    #[test]
    fn rates_beyond_hearing_are_silent() {
        let samples = played(8.0, true);
        assert!((5_000..6_001).contains(&samples.len()), "{}", samples.len());
        assert!(samples.iter().all(|&sample| sample == 0.0));
    }
}
