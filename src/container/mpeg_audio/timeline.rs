//! When which samples are heard.

use std::num::NonZeroU32;
use std::ops::Range;

use super::gapless::Gapless;
use crate::time::MediaTime;

/// The time of the next sample to be heard.
#[derive(Clone, Copy, Debug)]
pub(super) struct SampleClock {
    /// When the sampling frequency changed last.
    base: MediaTime,
    /// Samples to be heard since then.
    pub(super) samples: u64,
    rate: NonZeroU32,
}

impl SampleClock {
    pub(super) const fn new() -> Self {
        Self {
            base: MediaTime::ZERO,
            samples: 0,
            rate: NonZeroU32::MIN,
        }
    }

    pub(super) fn now(&self) -> MediaTime {
        self.base + self.span(self.samples)
    }

    pub(super) fn span(&self, samples: u64) -> MediaTime {
        MediaTime::from_ticks(i64::try_from(samples).unwrap_or(i64::MAX), self.rate)
    }

    pub(super) fn set_rate(&mut self, rate: NonZeroU32) {
        if self.rate != rate {
            *self = Self {
                base: self.now(),
                samples: 0,
                rate,
            };
        }
    }
}

/// Where in a file the next frame is.
#[derive(Clone, Copy, Debug)]
pub(super) struct GaplessProgress {
    file: Gapless,
    /// Samples of the file before the next frame, heard or not.
    position: u64,
}

/// What of a frame's samples is to be heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Heard {
    /// All but so many at the start and at the end.
    Trimmed { start: u64, end: u64 },
    /// None, but what follows is decoded from them.
    Preroll,
    /// None.
    Nothing,
}

impl GaplessProgress {
    /// At the start of a file.
    pub(super) const fn new(file: Gapless) -> Self {
        Self { file, position: 0 }
    }

    /// Whether all frames of the file have come.
    pub(super) const fn is_over(&self) -> bool {
        self.position >= self.file.total
    }

    /// What of the next frame, of so many samples, is heard.
    pub(super) fn take(&mut self, samples: u64) -> Heard {
        let Range { start, end } = self.position..self.position + samples;
        self.position = end;
        if end <= self.file.start {
            Heard::Preroll
        } else if self.file.end <= start {
            Heard::Nothing
        } else {
            Heard::Trimmed {
                start: self.file.start.saturating_sub(start),
                end: end.saturating_sub(self.file.end),
            }
        }
    }
}
