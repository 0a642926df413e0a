//! The player: everything of playback behind inputs, one `advance`, and events.

use std::collections::VecDeque;

use super::{DecodedAudio, Platform, VideoFrameId};
use crate::buffering::FrameSource;
use crate::container::TrackKind;
use crate::protocol::{Event, Token, WallTime};
use crate::time::MediaTime;

/// The selected tracks.
#[derive(Clone, Copy, Default)]
pub struct Tracks<'a> {
    /// The video track to show, if any.
    pub video: Option<&'a dyn FrameSource>,
    /// The audio track to play, if any.
    pub audio: Option<&'a dyn FrameSource>,
}

/// Plays the selected tracks through a [`Platform`].
///
/// All methods but [`advance`](Self::advance) only take note; call `advance` after every one of them, and not later than
/// the time it returned.
#[derive(Default)]
pub struct Player {
    wants_play: bool,
    seek: Option<(Token, MediaTime)>,
    events: VecDeque<Event>,
}

impl Player {
    /// A paused player at position 0, with the seek of token 0 pending.
    pub fn new() -> Self {
        Self {
            seek: Some((0, MediaTime::ZERO)),
            ..Self::default()
        }
    }

    /// Playback is wanted: the clock starts as soon as there is a picture and sound for the position.
    pub fn play(&mut self) {
        self.wants_play = true;
    }

    /// The position is to be held.
    pub fn pause(&mut self) {
        self.wants_play = false;
    }

    /// Go to `position`; answered by [`Event::PositionReady`] with this token, unless another seek comes first.
    pub fn seek(&mut self, token: Token, position: MediaTime) {
        self.seek = Some((token, position));
    }

    /// Media seconds per wall second; 0 holds the position. Negative rates and NaN count as 0.
    pub fn set_playback_rate(&mut self, _rate: f64, _preserves_pitch: bool) {}

    /// The duration of the source, `None` while unknown.
    pub fn set_duration(&mut self, _duration: Option<MediaTime>) {}

    /// Whether the source has all the data it will have.
    pub fn set_ended(&mut self, _ended: bool) {}

    /// The next `advance` gets other tracks than the one before.
    pub fn tracks_changed(&mut self) {}

    /// A picture came out of the video decoder; `timestamp` in microseconds as it went in.
    pub fn video_decoded(&mut self, _frame: VideoFrameId, _timestamp: i64, _display_size: (u32, u32)) {}

    /// Sound came out of the audio decoder.
    pub fn audio_decoded(&mut self, _audio: DecodedAudio) {}

    /// A flush of this decoder is complete.
    pub fn flushed(&mut self, _kind: TrackKind) {}

    /// A decoder gave up.
    pub fn decode_failed(&mut self, kind: TrackKind, message: String) {
        self.events.push_back(Event::DecodeFailed { kind, message });
    }

    /// The number of chunks this decoder has not begun to decode changed.
    pub fn decode_queue(&mut self, _kind: TrackKind, _size: u32) {}

    /// Does all that can be done at `now`; returns when to be called again at the latest.
    pub fn advance(
        &mut self,
        _now: WallTime,
        _tracks: Tracks<'_>,
        _platform: &mut dyn Platform,
    ) -> Option<WallTime> {
        None
    }

    /// The next event, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}
