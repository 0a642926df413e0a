//! Track buffers and the algorithms of MSE § 3.5 that fill and empty them.

pub mod coded_frame_processing;
mod coded_frame_removal;
mod eviction;
mod frame_group;
pub mod source_buffer;
pub mod track_buffer;

// Fuzz targets share the tests' model; clippy knows only tests.
#[cfg(any(test, fuzzing))]
#[allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]
pub mod model;
#[cfg(any(test, fuzzing))]
#[allow(clippy::unwrap_used)]
#[cfg_attr(fuzzing, allow(dead_code))]
pub(crate) mod notation;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::container::DecoderConfig;
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

/// A frame in a track buffer, `timestampOffset` applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BufferedFrame {
    /// When it is shown.
    pub presentation_timestamp: MediaTime,
    /// When it is decoded.
    pub decode_timestamp: MediaTime,
    /// When it ends (exclusive).
    pub presentation_end: MediaTime,
    /// How much of its decoded sound comes before `presentation_timestamp` and is not to be heard. Zero for pictures.
    pub trim_start: MediaTime,
    /// How much of its decoded sound comes after `presentation_end` and is not to be heard. Zero for pictures.
    pub trim_end: MediaTime,
    /// Whether decoding can start here.
    pub is_random_access_point: bool,
    /// How to decode it; another allocation than the frame before means the decoder may need another configuration.
    pub config: Arc<DecoderConfig>,
    /// The payload.
    pub data: Arc<[u8]>,
}

/// Names a frame of one [`FrameSource`] while it stays buffered. Appends and removals elsewhere do not disturb it; once
/// its frame is gone it names nothing, never another frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FramePosition {
    /// The group of frames, never reused.
    pub group: u64,
    /// Index within the group, in decode order.
    pub index: u32,
}

/// What playback reads of a track buffer.
pub trait FrameSource {
    /// The track buffer ranges (MSE § 3.3): what is here, without gaps being passed over. A range may begin a few
    /// frames before its first frame, where pictures are reordered.
    fn ranges(&self) -> &TimeRanges;

    /// The random access point to decode from so that the frame shown at `time` comes out: that of the frame whose
    /// `[presentation_timestamp, presentation_end)` holds `time`, or where a range begins before its first frame, that
    /// frame's. `None` when the ranges do not hold `time`.
    fn random_access_point(&self, time: MediaTime) -> Option<FramePosition>;

    /// The first random access point whose group holds frames after `time`, for passing over a gap.
    fn random_access_point_after(&self, time: MediaTime) -> Option<FramePosition>;

    /// The frame at a position, or `None` when it has been removed or replaced.
    fn frame(&self, position: FramePosition) -> Option<&BufferedFrame>;

    /// The position that follows in decode order, crossing gaps. `None` at the end of what is buffered (ask again after
    /// an append) or when `position` names nothing any more.
    fn next(&self, position: FramePosition) -> Option<FramePosition>;
}
