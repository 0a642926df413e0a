//! The complete list of what passes between the planes: [`Command`] from the page to the data plane, [`Event`] back.
//!
//! Messages are bytes (`src/wire.rs`). Media bytes never pass through here: the payload of [`Command::Append`] travels beside
//! the message, in a transferred buffer.

use std::ops::RangeInclusive;

use crate::container::{DecoderConfig, Strictness, TrackKind};
use crate::control_plane::halves::Change;
use crate::playback::gap_policy::Gaps;
use crate::ranges::TimeRanges;
use crate::time::MediaTime;
use crate::wire::{self, wire};

/// Identifies a SourceBuffer for as long as its MediaSource lives; never used again.
pub type SourceBufferId = u32;

/// Identifies one append, removal or seek; each plane ignores answers to tokens it has given up.
pub type Token = u32;

/// A point in wall time: milliseconds since the Unix epoch (`performance.timeOrigin + performance.now()`), the same on
/// every thread.
pub type WallTime = f64;

/// The rates that can be played, besides 0, as in browsers. `js/src/rates.ts` has them too, for elements without an engine.
pub const PLAYABLE_RATES: RangeInclusive<f64> = 0.0625..=16.0;

/// `SourceBuffer.mode`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AppendMode {
    /// Timestamps in the media place the frames.
    #[default]
    Segments,
    /// Each append follows the one before.
    Sequence,
}
wire!(
    enum AppendMode {
        Segments,
        Sequence,
    }
);

/// What the page set on a SourceBuffer since its last append. Setters throw while `updating`, so an append carries all
/// of it.
#[derive(Clone, PartialEq, Debug)]
pub struct AppendParameters {
    /// `mode`.
    pub mode: AppendMode,
    /// `timestampOffset`.
    pub timestamp_offset: MediaTime,
    /// `appendWindowStart`, inclusive.
    pub append_window_start: MediaTime,
    /// `appendWindowEnd`, exclusive.
    pub append_window_end: MediaTime,
    /// Set when the `mode` or `timestampOffset` setter set the group start timestamp since the last append.
    pub group_start_timestamp: Option<MediaTime>,
}
wire!(struct AppendParameters {
    mode,
    timestamp_offset,
    append_window_start,
    append_window_end,
    group_start_timestamp,
});

impl Default for AppendParameters {
    /// Those of a new SourceBuffer: segments at their own times, none of them cut.
    fn default() -> Self {
        Self {
            mode: AppendMode::Segments,
            timestamp_offset: MediaTime::ZERO,
            append_window_start: MediaTime::ZERO,
            append_window_end: MediaTime::INFINITY,
            group_start_timestamp: None,
        }
    }
}

/// How many bytes a SourceBuffer may hold before an append must make room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quota {
    /// Of a SourceBuffer with a video track, or whose tracks are not known yet.
    pub video: u64,
    /// Of one with audio tracks alone.
    pub audio: u64,
}
wire!(struct Quota { video, audio });

impl Quota {
    /// For a SourceBuffer with tracks of these kinds.
    pub fn of(self, kinds: &mut dyn Iterator<Item = TrackKind>) -> u64 {
        let mut has_audio = false;
        for kind in kinds {
            match kind {
                TrackKind::Audio => has_audio = true,
                TrackKind::Video => return self.video,
            }
        }
        if has_audio { self.audio } else { self.video }
    }
}

impl Quota {
    /// Half of everything.
    pub const fn half(self) -> Self {
        Self {
            video: self.video / 2,
            audio: self.audio / 2,
        }
    }
}

impl Default for Quota {
    /// Chromium's limits, which players are tuned to.
    fn default() -> Self {
        Self {
            video: 150 << 20,
            audio: 12 << 20,
        }
    }
}

/// What playback passes over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tolerance {
    /// Holes between the data.
    pub gaps: Gaps,
    /// Whether playback goes on at the next random access point after data that cannot be decoded.
    pub skips_errors: bool,
}
wire!(struct Tolerance { gaps, skips_errors });

impl Default for Tolerance {
    fn default() -> Self {
        Self {
            gaps: Gaps::default(),
            skips_errors: true,
        }
    }
}

/// What the appends of a SourceBuffer are made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ByteStream {
    /// A byte stream format, by its media type as the page wrote it.
    Format(String),
    /// Encoded chunks of WebCodecs ([`crate::container::encoded_chunks`]) for a decoder of this configuration.
    Chunks(DecoderConfig),
}
wire!(
    enum ByteStream {
        Format(media_type),
        Chunks(config),
    }
);

impl ByteStream {
    /// Whether it is an empty media type.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Format(media_type) if media_type.is_empty())
    }
}

impl From<&str> for ByteStream {
    fn from(media_type: &str) -> Self {
        Self::Format(media_type.to_owned())
    }
}

/// From the page to the data plane.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// `addSourceBuffer(type)` or `addSourceBuffer(config)`; what it takes was found supported.
    AddSourceBuffer {
        /// Its new name.
        id: SourceBufferId,
        /// What will be appended.
        stream: ByteStream,
        /// How closely its byte streams are to follow their specification.
        strictness: Strictness,
    },
    /// `removeSourceBuffer`: drop it and its memory; a running append of it is never answered.
    RemoveSourceBuffer {
        /// Which.
        id: SourceBufferId,
    },
    /// The asynchronous part of `appendBuffer` (MSE § 3.5.5, buffer append). Answered by [`Event::Appended`].
    Append {
        /// Which.
        id: SourceBufferId,
        /// Echoed in the answer.
        token: Token,
        /// The state of the attributes at the call.
        parameters: AppendParameters,
    },
    /// `abort()`: stop a running append (it is not answered) and run reset parser state (MSE § 3.5.2). Answered by
    /// [`Event::ParserReset`].
    ResetParser {
        /// Which.
        id: SourceBufferId,
        /// Echoed in the answer.
        token: Token,
        /// `mode` at the call: a sequence starts a new group.
        mode: AppendMode,
    },
    /// The asynchronous part of `remove(start, end)` (MSE § 3.5.7). Answered by [`Event::Removed`].
    Remove {
        /// Which.
        id: SourceBufferId,
        /// Echoed in the answer.
        token: Token,
        /// First instant to remove.
        start: MediaTime,
        /// First instant to keep; may be infinite.
        end: MediaTime,
    },
    /// `changeType(type)` or `changeType(config)`: the parser is replaced, an initialization segment must come first.
    ChangeType {
        /// Which.
        id: SourceBufferId,
        /// What will be appended from now on.
        stream: ByteStream,
    },
    /// The media source's duration, whenever it changes; `None` is NaN, infinite for live.
    SetDuration {
        /// The new value.
        duration: Option<MediaTime>,
    },
    /// What source buffers may hold from the next append on; [`Quota::default`] before the first of these.
    SetQuota {
        /// The new limits.
        quota: Quota,
    },
    /// The source is a ManagedMediaSource: what was played may be dropped before there is need.
    ManageMemory,
    /// `endOfStream()` was called (`true`) or the source was reopened (`false`).
    SetEnded {
        /// Whether all media data is there.
        ended: bool,
    },
    /// The page wants playback; the data plane starts its clock as soon as it has a picture and sound to give.
    Play,
    /// The page wants the position held.
    Pause,
    /// Show the frame at `position`, then go on playing if [`Command::Play`] is in force. Answered by
    /// [`Event::PositionReady`], at once or whenever data for it arrives.
    Seek {
        /// Echoed in the answer.
        token: Token,
        /// Where to.
        position: MediaTime,
    },
    /// `playbackRate`: 1 is normal, never negative.
    SetPlaybackRate {
        /// The new rate.
        rate: f64,
        /// `preservesPitch`.
        preserves_pitch: bool,
    },
    /// What playback passes over from now on; [`Tolerance::default`] before the first of these.
    SetTolerance {
        /// The new tolerance.
        tolerance: Tolerance,
    },
    /// Which track of each kind plays. Others stay buffered and silent. Sent when tracks appear or selection changes.
    SelectTracks {
        /// Source buffer and track id of the video to show.
        video: Option<(SourceBufferId, u32)>,
        /// Source buffer and track id of the sound to play.
        audio: Option<(SourceBufferId, u32)>,
    },
    /// From a source in a worker: it has told the page of so many changes. Answered by [`Event::Mirrored`].
    Mirrored {
        /// How many since the source was attached.
        changes: u64,
    },
}
wire!(enum Command {
    AddSourceBuffer { id, stream, strictness },
    RemoveSourceBuffer { id },
    Append { id, token, parameters },
    ResetParser { id, token, mode },
    Remove { id, token, start, end },
    ChangeType { id, stream },
    SetDuration { duration },
    SetQuota { quota },
    ManageMemory,
    SetEnded { ended },
    Play,
    Pause,
    Seek { token, position },
    SetPlaybackRate { rate, preserves_pitch },
    SetTolerance { tolerance },
    SelectTracks { video, audio },
    Mirrored { changes },
});

impl Command {
    /// Whether it comes from the element rather than from the source: where a worker has the source, from the page.
    pub fn is_of_element(&self) -> bool {
        match self {
            Self::Play
            | Self::Pause
            | Self::Seek { .. }
            | Self::SetPlaybackRate { .. }
            | Self::SetTolerance { .. }
            | Self::SelectTracks { .. } => true,
            Self::AddSourceBuffer { .. }
            | Self::RemoveSourceBuffer { .. }
            | Self::Append { .. }
            | Self::ResetParser { .. }
            | Self::Remove { .. }
            | Self::ChangeType { .. }
            | Self::SetDuration { .. }
            | Self::SetQuota { .. }
            | Self::ManageMemory
            | Self::SetEnded { .. }
            | Self::Mirrored { .. } => false,
        }
    }
}

/// What an initialization segment says of one track.
#[derive(Clone, PartialEq, Debug)]
pub struct TrackInfo {
    /// The container's track number.
    pub id: u32,
    /// Sound or picture.
    pub kind: TrackKind,
    /// Codec string.
    pub codec: String,
    /// BCP 47 language, empty when undetermined.
    pub language: String,
    /// Human-readable name, may be empty.
    pub label: String,
    /// `videoWidth` and `videoHeight` in CSS pixels; zero for sound.
    pub display_size: (u32, u32),
    /// `kind` of the AudioTrack or VideoTrack, such as `main` (HTML § 4.8.11.10.1), may be empty.
    pub html_kind: String,
}
wire!(struct TrackInfo { id, kind, codec, language, label, display_size, html_kind });

/// One track buffer as the page needs to know it.
#[derive(Clone, PartialEq, Debug)]
pub struct TrackSnapshot {
    /// The container's track number.
    pub id: u32,
    /// Sound or picture.
    pub kind: TrackKind,
    /// Track buffer ranges (MSE § 3.3), as the page is to see them.
    pub ranges: TimeRanges,
    /// The largest presentation timestamp held; `None` when empty. Duration change needs it.
    pub highest_presentation_timestamp: Option<MediaTime>,
}
wire!(struct TrackSnapshot { id, kind, ranges, highest_presentation_timestamp });

/// All that the page must know of a SourceBuffer to answer synchronously.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SourceBufferSnapshot {
    /// Its track buffers, in the order of the initialization segment.
    pub tracks: Vec<TrackSnapshot>,
    /// `timestampOffset`, which sequence mode and generated timestamps change.
    pub timestamp_offset: MediaTime,
    /// Group end timestamp (MSE § 3.5).
    pub group_end_timestamp: MediaTime,
    /// Whether the append state is `PARSING_MEDIA_SEGMENT`.
    pub parsing_media_segment: bool,
    /// Bytes held in track buffers and parser, bookkeeping included.
    pub bytes_held: u64,
    /// How many of them coded frame eviction (MSE § 3.5.10) could free at the present position.
    pub bytes_evictable: u64,
}
wire!(struct SourceBufferSnapshot {
    tracks,
    timestamp_offset,
    group_end_timestamp,
    parsing_media_segment,
    bytes_held,
    bytes_evictable,
});

/// Why an append failed (MSE § 3.5.3, append error).
#[derive(Clone, PartialEq, Debug)]
pub struct AppendError {
    /// For the developer: the box or element, its byte offset, and what is wrong.
    pub message: String,
}
wire!(struct AppendError { message });

/// The play position as a function of wall time.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ClockState {
    /// Position at `at`.
    pub position: MediaTime,
    /// When the position was so.
    pub at: WallTime,
    /// Media seconds per wall second; 0 while paused, seeking or stalled.
    pub rate: f64,
    /// The position never passes this until the next state: the end of what can be played.
    pub limit: MediaTime,
}
wire!(struct ClockState { position, at, rate, limit });

impl ClockState {
    /// The position at wall time `now`.
    pub fn position_at(&self, now: WallTime) -> MediaTime {
        if self.rate == 0.0 {
            return self.position;
        }
        let elapsed = (now - self.at).max(0.0) / 1_000.0 * self.rate;
        (self.position + MediaTime::from_seconds(elapsed)).min(self.limit.max(self.position))
    }
}

/// From the data plane to the page.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// An initialization segment was received and accepted; frames of it follow. Comes before the answer to the append
    /// that held it.
    InitSegmentReceived {
        /// Which SourceBuffer.
        id: SourceBufferId,
        /// The duration it declares; `None` for none.
        duration: Option<MediaTime>,
        /// Its tracks in order.
        tracks: Vec<TrackInfo>,
    },
    /// A long append has come this far; sent a few times a second.
    AppendProgress {
        /// Which SourceBuffer.
        id: SourceBufferId,
        /// What it holds now.
        snapshot: SourceBufferSnapshot,
    },
    /// An append is over.
    Appended {
        /// Which SourceBuffer.
        id: SourceBufferId,
        /// Of the command.
        token: Token,
        /// What it holds now.
        snapshot: SourceBufferSnapshot,
        /// Run the append error algorithm on `Err`.
        result: Result<(), AppendError>,
    },
    /// The parser was reset.
    ParserReset {
        /// Which SourceBuffer.
        id: SourceBufferId,
        /// Of the command.
        token: Token,
        /// What it holds now.
        snapshot: SourceBufferSnapshot,
    },
    /// A removal is over.
    Removed {
        /// Which SourceBuffer.
        id: SourceBufferId,
        /// Of the command.
        token: Token,
        /// What it holds now.
        snapshot: SourceBufferSnapshot,
    },
    /// The position has moved, and with it what could be evicted.
    Evictable {
        /// Which SourceBuffer.
        id: SourceBufferId,
        /// The new [`SourceBufferSnapshot::bytes_evictable`].
        bytes: u64,
    },
    /// Something was dropped that the page did not ask for, which the source is managed for.
    MemoryCleanedUp {
        /// Which SourceBuffer.
        id: SourceBufferId,
        /// What it holds now.
        snapshot: SourceBufferSnapshot,
    },
    /// The frame at the position is shown and its sound is decoded: `seeking` may end, `readyState` may pass
    /// `HAVE_METADATA`. The initial position is token 0.
    PositionReady {
        /// Of the seek.
        token: Token,
        /// Where playback stands.
        position: MediaTime,
    },
    /// The clock started, stopped, stalled, or its limit moved.
    Clock(ClockState),
    /// The position reached the end of an ended source.
    PlaybackEnded,
    /// The size of the picture now shown differs from the one before.
    VideoResized {
        /// `videoWidth` in CSS pixels.
        width: u32,
        /// `videoHeight` in CSS pixels.
        height: u32,
    },
    /// A decoder gave up.
    DecodeFailed {
        /// Which kind of track.
        kind: TrackKind,
        /// For the developer.
        message: String,
    },
    /// Something could not be decoded, and playback goes on behind it.
    DecodeErrorSkipped {
        /// Which kind of track.
        kind: TrackKind,
        /// For the developer.
        message: String,
    },
    /// Counters since the source was attached; sent a few times a second while they change.
    Statistics(Statistics),
    /// What follows came after so many changes of a source in a worker, of which the page may not have heard yet. Sent
    /// before the next event for the element.
    Mirrored {
        /// As in [`Command::Mirrored`].
        changes: u64,
    },
}
wire!(enum Event {
    InitSegmentReceived { id, duration, tracks },
    AppendProgress { id, snapshot },
    Appended { id, token, snapshot, result },
    ParserReset { id, token, snapshot },
    Removed { id, token, snapshot },
    Evictable { id, bytes },
    MemoryCleanedUp { id, snapshot },
    PositionReady { token, position },
    Clock(clock),
    PlaybackEnded,
    VideoResized { width, height },
    DecodeFailed { kind, message },
    DecodeErrorSkipped { kind, message },
    Statistics(statistics),
    Mirrored { changes },
});

impl Event {
    /// Whether the element is to hear of it rather than the source: where a worker has the source, the page.
    pub fn is_of_element(&self) -> bool {
        match self {
            Self::PositionReady { .. }
            | Self::Clock(_)
            | Self::PlaybackEnded
            | Self::VideoResized { .. }
            | Self::DecodeErrorSkipped { .. }
            | Self::Statistics(_)
            | Self::Mirrored { .. } => true,
            Self::InitSegmentReceived { .. }
            | Self::AppendProgress { .. }
            | Self::Appended { .. }
            | Self::ParserReset { .. }
            | Self::Removed { .. }
            | Self::MemoryCleanedUp { .. }
            | Self::Evictable { .. }
            | Self::DecodeFailed { .. } => false,
        }
    }
}

/// What became of the frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    /// Pictures that came out of the decoder.
    pub decoded_video_frames: u32,
    /// Pictures shown.
    pub presented_video_frames: u32,
    /// Pictures that came too late to be shown.
    pub dropped_video_frames: u32,
    /// Chunks given to the video decoder and not answered yet.
    pub video_decode_queue: u32,
    /// Bytes of all chunks given to the video decoder.
    pub video_bytes: u64,
    /// The same of the audio decoder.
    pub audio_bytes: u64,
}
wire!(struct Statistics {
    decoded_video_frames,
    presented_video_frames,
    dropped_video_frames,
    video_decode_queue,
    video_bytes,
    audio_bytes,
});

/// Bytes that are no message of this protocol: the two planes are of different versions.
#[derive(Debug, thiserror::Error)]
#[error("not a message of this version of mse-polyfill")]
pub struct ProtocolError;

macro_rules! message {
    ($type:ty) => {
        impl $type {
            /// As bytes.
            pub fn to_bytes(&self) -> Vec<u8> {
                let mut bytes = Vec::new();
                self.clone().write_to(&mut bytes);
                bytes
            }

            /// Adds its bytes to those of others. It stays as it is.
            pub fn write_to(&mut self, bytes: &mut Vec<u8>) {
                wire::write_to(self, bytes);
            }

            /// All from the bytes of several, one behind the other.
            ///
            /// # Errors
            /// When they are not what [`Self::write_to`] of this version wrote.
            pub fn all_from(mut bytes: &[u8]) -> Result<Vec<Self>, ProtocolError> {
                let mut all = Vec::new();
                while !bytes.is_empty() {
                    all.push(Self::read_from(&mut bytes)?);
                }
                Ok(all)
            }

            /// From bytes.
            ///
            /// # Errors
            /// When they are not what [`Self::to_bytes`] of this version wrote.
            pub fn from_bytes(mut bytes: &[u8]) -> Result<Self, ProtocolError> {
                Self::read_from(&mut bytes)
            }

            /// The first of several; `bytes` is then what follows it.
            ///
            /// # Errors
            /// When they do not begin with what [`Self::write_to`] of this version wrote.
            pub fn read_from(bytes: &mut &[u8]) -> Result<Self, ProtocolError> {
                wire::read_from(bytes)
            }
        }
    };
}
message!(Command);
message!(Event);
message!(Change);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_the_crossing() {
        let command = Command::Append {
            id: 3,
            token: 7,
            parameters: AppendParameters {
                mode: AppendMode::Sequence,
                timestamp_offset: MediaTime::from_millis(-40),
                append_window_start: MediaTime::ZERO,
                append_window_end: MediaTime::INFINITY,
                group_start_timestamp: Some(MediaTime::ZERO),
            },
        };
        assert_eq!(Command::from_bytes(&command.to_bytes()).unwrap(), command);
        let mut event = Event::Appended {
            id: 3,
            token: 7,
            snapshot: SourceBufferSnapshot::default(),
            result: Err(AppendError {
                message: "moof at byte 12: …".into(),
            }),
        };
        assert_eq!(Event::from_bytes(&event.to_bytes()).unwrap(), event);
        assert!(Event::from_bytes(&[200, 1, 2]).is_err());
        let mut bytes = Vec::new();
        Event::PlaybackEnded.write_to(&mut bytes);
        event.write_to(&mut bytes);
        let mut rest = bytes.as_slice();
        assert_eq!(Event::read_from(&mut rest).unwrap(), Event::PlaybackEnded);
        assert_eq!(Event::read_from(&mut rest).unwrap(), event);
        assert!(rest.is_empty());
    }

    #[test]
    fn the_clock_runs_to_its_limit_and_no_further() {
        let clock = ClockState {
            position: MediaTime::from_millis(1_000),
            at: 50_000.0,
            rate: 2.0,
            limit: MediaTime::from_millis(1_500),
        };
        assert_eq!(clock.position_at(50_100.0), MediaTime::from_millis(1_200));
        assert_eq!(clock.position_at(60_000.0), MediaTime::from_millis(1_500));
        assert_eq!(clock.position_at(49_000.0), MediaTime::from_millis(1_000));
        assert_eq!(
            ClockState { rate: 0.0, ..clock }.position_at(60_000.0),
            MediaTime::from_millis(1_000)
        );
    }
}
