//! Sound at rates other than 1: resampled, or stretched with its pitch kept.

use std::collections::VecDeque;

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
        let phase = self.phase;
        let block = run
            .channels()
            .iter()
            .map(|channel| {
                if AUDIBLE.contains(&rate) {
                    (0..length)
                        .map(|index| interpolated(channel, phase + index as f64 * rate))
                        .collect()
                } else {
                    vec![0.0; length]
                }
            })
            .collect();
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
        let mut block: Vec<Vec<f32>> = vec![Vec::with_capacity(2 * hop); run.channels().len()];
        for _ in 0..2 {
            let joint = self.joint(run, hop, search);
            for (index, (channel, out)) in run.channels().iter().zip(&mut block).enumerate() {
                let tail = self.tail.get(index);
                let segment = channel.iter().skip(joint).take(hop);
                out.extend(segment.enumerate().map(|(sample, &new)| {
                    let old = tail.and_then(|tail| tail.get(sample)).copied().unwrap_or(new);
                    old + (new - old) * (sample as f32 / hop as f32)
                }));
            }
            self.tail = run
                .channels()
                .iter()
                .map(|channel| channel.iter().skip(joint + hop).take(hop).copied().collect())
                .collect();
            self.consume(run, hop as f64 * rate);
        }
        Some(block)
    }

    /// The offset, up to `search`, where the sound resembles the tail most (normalised cross-correlation of the first
    /// channel).
    fn joint(&self, run: &Run, hop: usize, search: usize) -> usize {
        let (Some(channel), Some(tail)) = (run.channels().first(), self.tail.first()) else {
            return 0;
        };
        let input: Vec<f32> = channel.iter().take(search + hop).copied().collect();
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
fn interpolated(samples: &VecDeque<f32>, position: f64) -> f32 {
    let index = position as usize;
    let before = samples.get(index).copied().unwrap_or(0.0);
    let after = samples.get(index + 1).copied().unwrap_or(before);
    before + (after - before) * position.fract() as f32
}
