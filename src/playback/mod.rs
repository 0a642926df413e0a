//! Decode plan, clock, pacing, gaps and sound: from track buffers through decoders to the sink.
//!
//! The player is pure: it is told the time, given decoder output as numbers and PCM, and acts through a [`Platform`].

mod audio_output;
mod clock;
mod decode_plan;
pub mod gap_policy;
mod horizon;
mod player;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
mod time_stretch;
mod video_pacing;

pub use player::{PLAYER_NUMBERS, Player, Tracks};

use crate::container::{DecoderConfig, TrackKind};
use crate::protocol::WallTime;

/// Names a decoded picture that the platform holds until it is presented or discarded.
pub type VideoFrameId = u32;

/// One frame on its way into a decoder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EncodedChunk<'a> {
    /// Which decoder.
    pub kind: TrackKind,
    /// Presentation timestamp in microseconds; the output carries it back.
    pub timestamp: i64,
    /// Duration in microseconds.
    pub duration: u64,
    /// Whether it is a key chunk.
    pub is_key: bool,
    /// The payload.
    pub data: &'a [u8],
}

/// A block of sound on its way to the sink.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AudioBlock<'a> {
    /// When its first sample is to be heard.
    pub due: WallTime,
    /// Samples a second.
    pub sample_rate: u32,
    /// One slice a channel, all of one length.
    pub channels: &'a [Vec<f32>],
    /// Whether it follows the block before without a seam; `false` after a seek, a pause or a jump.
    pub is_contiguous: bool,
}

/// Decoded sound from the platform.
#[derive(Clone, PartialEq, Debug)]
pub struct DecodedAudio {
    /// Timestamp in microseconds as the decoder gave it.
    pub timestamp: i64,
    /// Samples a second, of the decoder's output.
    pub sample_rate: u32,
    /// One vector a channel, all of one length.
    pub channels: Vec<Vec<f32>>,
}

/// What the player acts through: decoders and a sink. Nothing here answers at once; answers come back as calls on the
/// player.
pub trait Platform {
    /// Makes the decoder of this kind, also after it failed, or gives an existing one another configuration. Chunks decoded before keep coming
    /// out (WebCodecs `configure` queues).
    fn configure(&mut self, config: &DecoderConfig);

    /// Queues a chunk. Returns how many chunks the decoder has not begun with.
    fn decode(&mut self, chunk: EncodedChunk<'_>) -> u32;

    /// Asks for all held frames; answered when they are out. The next chunk must be a key chunk.
    fn flush(&mut self, kind: TrackKind);

    /// Throws all queued work away: no output and no flush answer of before comes after this. The next call is
    /// `configure`.
    fn reset(&mut self, kind: TrackKind);

    /// Shows a picture now. It is the platform's again.
    fn present(&mut self, frame: VideoFrameId);

    /// Lets go of a picture unshown.
    fn discard(&mut self, frame: VideoFrameId);

    /// Sends sound to the sink. It arrives some [`audio_latency`](Self::audio_latency) ahead of its due time.
    fn write_audio(&mut self, block: AudioBlock<'_>);

    /// How long, in milliseconds, the sink takes from a write to the ear: write that much ahead.
    fn audio_latency(&self) -> f64;

    /// Whether the sink is being started and would lose what is written to it. The clock does not start before it can play
    /// or is known to be heard by nobody.
    fn is_audio_sink_starting(&self) -> bool {
        false
    }
}
