//! Media time: one integer type inside, seconds only at the page's edge.

use std::num::NonZeroU32;
use std::ops::{Add, Neg, Sub};

use crate::wire::wire;

/// Nanoseconds in a second.
pub(crate) const NANOS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1_000_000_000).unwrap();

/// `(value · numerator + addend) / denominator`, rounded down, saturating. No 128 bits: their division is a kilobyte of code
/// and slow.
pub(crate) fn scaled(value: u64, numerator: u32, denominator: NonZeroU32, addend: u32) -> u64 {
    let (numerator, denominator) = (u64::from(numerator), u64::from(denominator.get()));
    // Most are so small that one division does.
    let (whole, rest) = match value {
        0..=0xffff_ffff => (0, value),
        _ => (value / denominator, value % denominator),
    };
    let rest = (rest * numerator + u64::from(addend)) / denominator;
    whole.saturating_mul(numerator).saturating_add(rest)
}

/// An instant on the presentation timeline, or the distance between two, in nanoseconds. May be negative.
///
/// All arithmetic saturates, so [`MediaTime::INFINITY`] stays infinite whatever is added to it.
///
/// Containers convert *instants*, never durations: the end of a frame is the converted tick `pts + duration`, so two
/// neighbouring frames share the identical boundary and nothing needs a tolerance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MediaTime(i64);
wire!(struct MediaTime(nanos));

impl MediaTime {
    /// The start of the timeline.
    pub const ZERO: Self = Self(0);
    /// Positive infinity: the default `appendWindowEnd`, the duration of a live stream.
    pub const INFINITY: Self = Self(i64::MAX);
    /// Earlier than every other instant.
    pub const NEG_INFINITY: Self = Self(i64::MIN);

    /// From whole nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From whole microseconds, saturating.
    pub const fn from_micros(micros: i64) -> Self {
        Self(1_000).times(micros)
    }

    /// From whole milliseconds, saturating.
    pub const fn from_millis(millis: i64) -> Self {
        Self(1_000_000).times(millis)
    }

    /// The instant `ticks / timescale` seconds, rounded to the nearest nanosecond (half away from zero), saturating.
    pub fn from_ticks(ticks: i64, timescale: NonZeroU32) -> Self {
        let nanos = scaled(
            ticks.unsigned_abs(),
            NANOS_PER_SECOND.get(),
            timescale,
            timescale.get() / 2,
        );
        match i64::try_from(nanos) {
            Ok(nanos) => Self(nanos * ticks.signum()),
            Err(_) if ticks < 0 => Self::NEG_INFINITY,
            Err(_) => Self::INFINITY,
        }
    }

    /// From seconds, rounded to the nearest nanosecond. Infinities become the infinite instants, NaN becomes zero:
    /// callers check for NaN where the specification does.
    pub fn from_seconds(seconds: f64) -> Self {
        // A float to integer `as` cast saturates and sends NaN to zero.
        Self((seconds * 1e9).round() as i64)
    }

    /// In seconds; the infinite instants become infinities.
    pub fn as_seconds(self) -> f64 {
        match self {
            Self::INFINITY => f64::INFINITY,
            Self::NEG_INFINITY => f64::NEG_INFINITY,
            // Whole and fractional part apart, so that 2.5 s is exactly 2.5 even after days.
            Self(nanos) => (nanos / 1_000_000_000) as f64 + (nanos % 1_000_000_000) as f64 / 1e9,
        }
    }

    /// So many times this, saturating.
    // Products of 64 bits are long code.
    #[inline(never)]
    pub const fn times(self, count: i64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// In nanoseconds.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// In microseconds, rounded down: the unit of WebCodecs timestamps.
    pub const fn as_micros(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// True for the two infinite instants.
    pub const fn is_infinite(self) -> bool {
        self.0 == i64::MAX || self.0 == i64::MIN
    }

    /// This distance scaled by `factor`, saturating.
    #[inline(never)]
    pub fn mul_f64(self, factor: f64) -> Self {
        if self.is_infinite() {
            self
        } else {
            Self((self.0 as f64 * factor).round() as i64)
        }
    }
}

impl Add for MediaTime {
    type Output = Self;
    // A hundred places add, and a copy is larger than a call.
    #[inline(never)]
    fn add(self, other: Self) -> Self {
        if self.is_infinite() {
            self
        } else if other.is_infinite() {
            other
        } else {
            Self(self.0.saturating_add(other.0))
        }
    }
}

impl Sub for MediaTime {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for MediaTime {
    type Output = Self;
    fn neg(self) -> Self {
        match self {
            Self::NEG_INFINITY => Self::INFINITY,
            Self::INFINITY => Self::NEG_INFINITY,
            Self(nanos) => Self(-nanos),
        }
    }
}

impl std::fmt::Debug for MediaTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}s", self.as_seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(ticks: i64, scale: u32) -> MediaTime {
        MediaTime::from_ticks(ticks, NonZeroU32::new(scale).unwrap())
    }

    proptest::proptest! {
        /// With 64 bits it gives what it does with 128.
        #[test]
        fn ticks_are_exact_whatever_their_size(
            count in proptest::prop_oneof![
                proptest::num::i64::ANY,
                -9_300_000_000i64..9_300_000_000,
                i64::from(u32::MAX) - 2..i64::from(u32::MAX) + 3,
                -i64::from(u32::MAX) - 3..-i64::from(u32::MAX) + 2,
            ],
            scale in 1..=u32::MAX,
        ) {
            let (wide, divisor) = (i128::from(count) * 1_000_000_000, i128::from(scale));
            let exact = (wide.abs() + divisor / 2) / divisor * wide.signum();
            let exact = exact.clamp(i64::MIN.into(), i64::MAX.into());
            proptest::prop_assert_eq!(i128::from(ticks(count, scale).as_nanos()), exact);
        }
    }

    #[test]
    fn ticks_round_to_the_nearest_nanosecond() {
        assert_eq!(ticks(1, 3).as_nanos(), 333_333_333);
        assert_eq!(ticks(2, 3).as_nanos(), 666_666_667);
        assert_eq!(ticks(-2, 3).as_nanos(), -666_666_667);
        assert_eq!(ticks(1001, 30000).as_nanos(), 33_366_667);
        assert_eq!(ticks(i64::MAX, 1), MediaTime::INFINITY);
        assert_eq!(ticks(i64::MIN, 1), MediaTime::NEG_INFINITY);
    }

    #[test]
    fn seconds_survive_the_round_trip() {
        for seconds in [0.0, 2.5, -0.021333, 1e6 + 0.1, 3600.0 * 24.0 * 365.0 + 0.04] {
            assert_eq!(MediaTime::from_seconds(seconds).as_seconds(), seconds);
        }
        assert_eq!(MediaTime::from_seconds(f64::INFINITY), MediaTime::INFINITY);
        assert_eq!(MediaTime::INFINITY.as_seconds(), f64::INFINITY);
        assert_eq!(MediaTime::from_seconds(f64::NAN), MediaTime::ZERO);
    }

    #[test]
    fn infinity_stays_infinite() {
        assert_eq!(
            MediaTime::INFINITY + MediaTime::from_millis(-5),
            MediaTime::INFINITY
        );
        assert_eq!(
            MediaTime::from_millis(5) - MediaTime::INFINITY,
            MediaTime::NEG_INFINITY
        );
        assert_eq!(-MediaTime::NEG_INFINITY, MediaTime::INFINITY);
    }

    #[test]
    fn microseconds_round_down() {
        assert_eq!(MediaTime::from_nanos(1_999).as_micros(), 1);
        assert_eq!(MediaTime::from_nanos(-1).as_micros(), -1);
    }
}
