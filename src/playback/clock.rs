//! The play position as a function of wall time.

use crate::protocol::{ClockState, WallTime};
use crate::time::MediaTime;

/// How near, in wall milliseconds, an instant counts as reached. Timers fire up to a millisecond early and floats round;
/// without this a wake-up just before an instant would only ask for another one.
pub(super) const REACHED_MS: f64 = 0.5;

/// Holds or runs the position, and notes when what the page knows of it is no longer true.
#[derive(Default)]
pub(super) struct Clock {
    state: ClockState,
    has_changed: bool,
}

impl Clock {
    pub(super) fn is_running(&self) -> bool {
        self.state.rate > 0.0
    }

    /// Media seconds per wall second; 0 while held.
    pub(super) fn rate(&self) -> f64 {
        self.state.rate
    }

    pub(super) fn limit(&self) -> MediaTime {
        self.state.limit
    }

    pub(super) fn position(&self, now: WallTime) -> MediaTime {
        self.state.position_at(now)
    }

    /// Stands still at `position`.
    pub(super) fn hold(&mut self, position: MediaTime, now: WallTime, limit: MediaTime) {
        if self.is_running() || self.state.position != position {
            self.state = ClockState {
                position,
                at: now,
                rate: 0.0,
                limit,
            };
            self.has_changed = true;
        }
    }

    /// Runs from `position` at wall time `at`, which may lie in the future: until then the position stands.
    pub(super) fn run(&mut self, position: MediaTime, at: WallTime, rate: f64, limit: MediaTime) {
        self.state = ClockState {
            position,
            at,
            rate,
            limit,
        };
        self.has_changed = true;
    }

    /// Moves the limit of a running clock. The caller has held it first if it stood at the old one.
    pub(super) fn set_limit(&mut self, limit: MediaTime) {
        if self.is_running() && self.state.limit != limit {
            self.state.limit = limit;
            self.has_changed = true;
        }
    }

    /// When a running clock reaches `position`, were there no limit. `None` while held.
    pub(super) fn wall_time_of(&self, position: MediaTime) -> Option<WallTime> {
        let ahead = (position - self.state.position).as_seconds() * 1_000.0;
        self.is_running().then(|| self.state.at + ahead / self.state.rate)
    }

    /// Whether a running clock has come to its limit.
    pub(super) fn is_at_limit(&self, now: WallTime) -> bool {
        self.wall_time_of(self.state.limit)
            .is_some_and(|at| at <= now + REACHED_MS)
    }

    /// The new state, once, when it changed.
    pub(super) fn take_change(&mut self) -> Option<ClockState> {
        std::mem::take(&mut self.has_changed).then_some(self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(value: i64) -> MediaTime {
        MediaTime::from_millis(value)
    }

    #[test]
    fn runs_between_start_and_limit() {
        let mut clock = Clock::default();
        assert_eq!(clock.wall_time_of(ms(10)), None);
        clock.run(ms(1_000), 50_050.0, 2.0, ms(2_000));
        assert_eq!(clock.position(50_000.0), ms(1_000), "the start lies ahead");
        assert_eq!(clock.position(50_150.0), ms(1_200));
        assert_eq!(clock.wall_time_of(ms(1_200)), Some(50_150.0));
        assert!(!clock.is_at_limit(50_549.0));
        assert!(clock.is_at_limit(50_549.6));
        assert_eq!(clock.position(60_000.0), ms(2_000));
    }

    #[test]
    fn speaks_only_of_changes() {
        let mut clock = Clock::default();
        clock.hold(MediaTime::ZERO, 5.0, ms(100));
        assert_eq!(clock.take_change(), None, "it stood there already");
        clock.set_limit(ms(200));
        assert_eq!(clock.take_change(), None, "a held clock has no use for its limit");
        clock.run(MediaTime::ZERO, 5.0, 1.0, ms(200));
        assert!(clock.take_change().is_some());
        clock.set_limit(ms(200));
        assert_eq!(clock.take_change(), None);
        clock.set_limit(ms(300));
        assert_eq!(clock.take_change().map(|state| state.limit), Some(ms(300)));
    }
}
