//! What an inspector is told of playback.

use super::Player;
use crate::playback::Platform;
use crate::protocol::WallTime;

/// How many numbers [`Player::inspect`] gives.
pub const PLAYER_NUMBERS: usize = 17;

impl Player {
    /// The state of playback at `now`, as [`PLAYER_NUMBERS`] numbers; instants and spans in seconds:
    ///
    /// 0. `now`, in milliseconds.
    /// 1. The position, 2. its rate, 0 while it stands, and 3. the end of what can be played (exclusive), as the clock last
    ///    heard of it.
    /// 4. Whether playback is wanted, 5. a seek has not been answered, 6. the source has all its data, 7. the player gave up,
    ///    8. the sink of the sound is being started: 1 or 0.
    /// 9. How long sound takes from a write to the ear.
    /// 10. Pictures decoded and not yet due.
    /// 11. Pictures in the decoder, and 12. how many of them it has not begun with.
    /// 13. The end of what has been decoded of them, negative infinity for nothing.
    /// 14. Chunks of sound in the decoder, and 15. the end of what has been decoded of it.
    /// 16. Where sound is ahead of the picture: how late the picture on show came, less how late the last block of sound
    ///     was written.
    pub fn inspect(&self, now: WallTime, platform: &dyn Platform) -> [f64; PLAYER_NUMBERS] {
        let flag = |is: bool| f64::from(u8::from(is));
        [
            now,
            self.clock.position(now).as_seconds(),
            self.clock.rate(),
            self.clock.limit().as_seconds(),
            flag(self.wants_play),
            flag(self.seek.is_some()),
            flag(self.horizon.ended),
            flag(self.has_failed),
            flag(platform.is_audio_sink_starting()),
            platform.audio_latency() / 1_000.0,
            self.video.waiting() as f64,
            self.video_plan.in_flight() as f64,
            f64::from(self.video_plan.queue()),
            self.video.until().as_seconds(),
            self.audio_plan.in_flight() as f64,
            self.audio.until().as_seconds(),
            self.video.lateness().as_seconds() - self.audio.lateness() / 1_000.0,
        ]
    }
}
