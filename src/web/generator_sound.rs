//! Sound for Chromium's audio generator track.
//!
//! The track's player lines up what is written and plays it as fast as the device takes it; three of its habits decide how
//! it must be fed:
//!
//! * it begins some time after the first write and then keeps that distance, so *when* a run of sound begins is decided
//!   by when it is written;
//! * it judges the rates of the two clocks by the timestamps, and a jump in them (after a pause, say) makes it play at the
//!   wrong pitch for many seconds: timestamps count samples and nothing else;
//! * it opens the sound device anew whenever the length of a block changes.

use super::browser::{Writer, write_sound};
use crate::playback::AudioBlock;
use crate::protocol::WallTime;

/// How long, in milliseconds, the track takes from a write to the ear when it had run dry. In the first half minute of an
/// uninterrupted run it grows by some 30 ms; this is the middle.
pub(super) const LATENCY_MS: f64 = 84.0;

/// How long, in milliseconds, before a sample is heard it leaves the track's queue.
const DEVICE_MS: f64 = 25.0;

/// Sound that would be heard this much, in milliseconds, off its time is moved: samples are dropped, or silence is put in.
const TOLERANCE_MS: f64 = 20.0;

/// More silence than this, in milliseconds, is never put in.
const LONGEST_SILENCE_MS: f64 = 1_000.0;

/// Blocks written a second.
const BLOCKS_PER_SECOND: u32 = 100;

/// Cuts sound into blocks of one length and writes them.
#[derive(Debug)]
pub(super) struct GeneratorSound {
    writer: Writer,
    sample_rate: u32,
    /// Not enough for a block yet; one vector a channel.
    pending: Vec<Vec<f32>>,
    /// Of the next block, in microseconds.
    timestamp: f64,
    /// When the next block written is heard, provided that it is written before the queue is empty.
    heard: WallTime,
}

impl GeneratorSound {
    pub(super) fn new(writer: Writer) -> Self {
        Self {
            writer,
            sample_rate: 0,
            pending: Vec::new(),
            timestamp: 0.0,
            heard: WallTime::NEG_INFINITY,
        }
    }

    /// Writes what is complete of `block` and all before it.
    pub(super) fn write(&mut self, block: AudioBlock<'_>, now: WallTime) {
        if block.sample_rate == 0 || block.channels.is_empty() {
            return;
        }
        let changed = block.sample_rate != self.sample_rate || block.channels.len() != self.pending.len();
        if changed || !block.is_contiguous {
            self.sample_rate = block.sample_rate;
            self.pending = vec![Vec::new(); block.channels.len()];
        }
        if now + DEVICE_MS >= self.heard {
            self.heard = now + LATENCY_MS;
        }
        let samples_per_ms = f64::from(block.sample_rate) / 1_000.0;
        let late = self.heard + self.pending_samples() as f64 / samples_per_ms - block.due;
        let mut skipped = 0;
        if late.abs() > TOLERANCE_MS || !block.is_contiguous {
            skipped = (late * samples_per_ms).max(0.0) as usize;
            let silence = (-late).clamp(0.0, LONGEST_SILENCE_MS) * samples_per_ms;
            self.pad(silence as usize);
        }
        for (pending, channel) in self.pending.iter_mut().zip(block.channels) {
            pending.extend_from_slice(channel.get(skipped..).unwrap_or_default());
        }
        self.write_complete_blocks();
    }

    fn pending_samples(&self) -> usize {
        self.pending.first().map_or(0, Vec::len)
    }

    fn pad(&mut self, samples: usize) {
        for pending in &mut self.pending {
            pending.resize(pending.len() + samples, 0.0);
        }
    }

    fn write_complete_blocks(&mut self) {
        let length = (self.sample_rate / BLOCKS_PER_SECOND).max(1) as usize;
        let milliseconds = length as f64 / f64::from(self.sample_rate) * 1_000.0;
        let complete = self.pending_samples() / length;
        for block in 0..complete {
            let mut samples = Vec::with_capacity(length * self.pending.len());
            for channel in &self.pending {
                let plane = channel.get(block * length..(block + 1) * length);
                samples.extend_from_slice(plane.unwrap_or_default());
            }
            write_sound(
                &self.writer,
                &samples,
                self.pending.len(),
                self.sample_rate,
                self.timestamp.round(),
            );
            self.timestamp += milliseconds * 1_000.0;
            self.heard += milliseconds;
        }
        for channel in &mut self.pending {
            channel.drain(..(complete * length).min(channel.len()));
        }
    }
}
