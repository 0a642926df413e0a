//! Coded frame processing (MSE § 3.5.8): where each frame goes, and what it replaces.

use std::sync::Arc;

use super::BufferedFrame;
use super::track_buffer::TrackBuffer;
use crate::container::{CodedFrame, TrackKind};
use crate::protocol::{AppendMode, AppendParameters};
use crate::time::MediaTime;

/// A frame of video this close after the start of an existing one replaces it (MSE § 3.5.8 step 1.13).
const SAME_START: MediaTime = MediaTime::from_micros(1);

/// How far `a - b` and twice `c - d` can be apart when they were equal before the four instants were rounded to
/// nanoseconds.
const ROUNDING: MediaTime = MediaTime::from_nanos(3);

/// The track buffers of one SourceBuffer and the variables coded frame processing keeps for all of them.
#[derive(Debug)]
pub struct TrackBuffers {
    pub(super) tracks: Vec<TrackBuffer>,
    pub(super) mode: AppendMode,
    pub(super) timestamp_offset: MediaTime,
    append_window_start: MediaTime,
    append_window_end: MediaTime,
    pub(super) group_start_timestamp: Option<MediaTime>,
    pub(super) group_end_timestamp: MediaTime,
    pub(super) generate_timestamps_flag: bool,
}

impl TrackBuffers {
    /// No tracks yet. The byte stream format says whether timestamps are generated.
    pub fn new(generate_timestamps_flag: bool) -> Self {
        Self {
            tracks: Vec::new(),
            mode: AppendMode::Segments,
            timestamp_offset: MediaTime::ZERO,
            append_window_start: MediaTime::ZERO,
            append_window_end: MediaTime::INFINITY,
            group_start_timestamp: None,
            group_end_timestamp: MediaTime::ZERO,
            generate_timestamps_flag,
        }
    }

    /// In the order of the first initialization segment.
    pub fn tracks(&self) -> &[TrackBuffer] {
        &self.tracks
    }

    /// What the page has set before an append.
    pub(super) fn set_parameters(&mut self, parameters: &AppendParameters) {
        self.mode = parameters.mode;
        self.timestamp_offset = parameters.timestamp_offset;
        self.append_window_start = parameters.append_window_start;
        self.append_window_end = parameters.append_window_end;
        if parameters.group_start_timestamp.is_some() {
            self.group_start_timestamp = parameters.group_start_timestamp;
        }
    }

    /// What a discontinuity, a removal and a parser reset do to all track buffers.
    pub(super) fn unset_last_frames(&mut self) {
        for track in &mut self.tracks {
            track.unset_last_frame();
        }
    }

    pub(super) fn set_need_random_access_point_flags(&mut self) {
        for track in &mut self.tracks {
            track.need_random_access_point_flag = true;
        }
    }

    /// MSE § 3.5.8 step 1 for one coded frame. Frames of tracks that no initialization segment named are let go.
    pub fn process(&mut self, frame: CodedFrame) {
        // The restart of step 1.6 comes at most once: it unsets what it asks for.
        loop {
            // Step 1.1
            let (mut presentation_timestamp, mut decode_timestamp) = if self.generate_timestamps_flag {
                (MediaTime::ZERO, MediaTime::ZERO)
            } else {
                (frame.presentation_timestamp, frame.decode_timestamp)
            };
            // Step 1.2
            let frame_duration = (frame.presentation_end - frame.presentation_timestamp).max(MediaTime::ZERO);
            // Step 1.3
            if self.mode == AppendMode::Sequence
                && let Some(group_start_timestamp) = self.group_start_timestamp.take()
            {
                self.timestamp_offset = group_start_timestamp - presentation_timestamp;
                self.group_end_timestamp = group_start_timestamp;
                self.set_need_random_access_point_flags();
            }
            // Step 1.4
            presentation_timestamp = presentation_timestamp + self.timestamp_offset;
            decode_timestamp = decode_timestamp + self.timestamp_offset;
            // Step 1.5
            let Some(track_buffer) = self
                .tracks
                .iter_mut()
                .find(|track| track.track_id() == frame.track_id)
            else {
                return;
            };
            // Step 1.6
            if is_discontinuity(track_buffer, decode_timestamp) {
                match self.mode {
                    AppendMode::Segments => self.group_end_timestamp = presentation_timestamp,
                    AppendMode::Sequence => self.group_start_timestamp = Some(self.group_end_timestamp),
                }
                self.unset_last_frames();
                continue;
            }
            // Step 1.7
            let frame_end_timestamp = presentation_timestamp + frame_duration;
            // Steps 1.8 and 1.9
            if presentation_timestamp < self.append_window_start
                || frame_end_timestamp > self.append_window_end
            {
                track_buffer.need_random_access_point_flag = true;
                return;
            }
            // Step 1.10
            if track_buffer.need_random_access_point_flag {
                if !frame.is_random_access_point {
                    return;
                }
                track_buffer.need_random_access_point_flag = false;
            }
            // Steps 1.11 to 1.13
            if track_buffer.last_decode_timestamp.is_none() {
                match track_buffer.kind() {
                    TrackKind::Audio => audio_splice(track_buffer, presentation_timestamp),
                    TrackKind::Video => track_buffer.remove_overlapped(
                        presentation_timestamp - SAME_START + MediaTime::from_nanos(1),
                        presentation_timestamp + MediaTime::from_nanos(1),
                        |overlapped| presentation_timestamp < overlapped.presentation_end,
                    ),
                }
            }
            // Steps 1.14 and 1.15
            match track_buffer.highest_end_timestamp {
                None => {
                    track_buffer.remove_overlapped(presentation_timestamp, frame_end_timestamp, |_| true);
                }
                Some(highest_end_timestamp) if highest_end_timestamp <= presentation_timestamp => {
                    track_buffer.remove_overlapped(highest_end_timestamp, frame_end_timestamp, |_| true);
                }
                Some(_) => {}
            }
            // Step 1.16
            track_buffer.append(BufferedFrame {
                presentation_timestamp,
                decode_timestamp,
                presentation_end: frame_end_timestamp,
                is_random_access_point: frame.is_random_access_point,
                config: frame.config.unwrap_or_else(|| Arc::clone(track_buffer.config())),
                data: frame.data,
            });
            // Step 1.17
            track_buffer.last_decode_timestamp = Some(decode_timestamp);
            // Step 1.18
            //
            // DEVIATION: a duration of zero is not taken over. Muxers write it where they do not know better, and by
            // step 1.6 whatever follows would be a discontinuity and drop the other tracks' frames.
            if frame_duration > MediaTime::ZERO || track_buffer.last_frame_duration.is_none() {
                track_buffer.last_frame_duration = Some(frame_duration);
            }
            // Step 1.19: an unset timestamp is less than every set one.
            track_buffer.highest_end_timestamp =
                track_buffer.highest_end_timestamp.max(Some(frame_end_timestamp));
            // Step 1.20
            self.group_end_timestamp = self.group_end_timestamp.max(frame_end_timestamp);
            // Step 1.21
            if self.generate_timestamps_flag {
                self.timestamp_offset = frame_end_timestamp;
            }
            return;
        }
    }
}

/// MSE § 3.5.8 step 1.6, the question.
fn is_discontinuity(track_buffer: &TrackBuffer, decode_timestamp: MediaTime) -> bool {
    let Some(last_decode_timestamp) = track_buffer.last_decode_timestamp else {
        return false;
    };
    let last_frame_duration = track_buffer.last_frame_duration.unwrap_or_default();
    decode_timestamp < last_decode_timestamp
        || decode_timestamp - last_decode_timestamp > last_frame_duration + last_frame_duration + ROUNDING
}

/// Audio splice frame (MSE § 3.5.11), without crossfading.
///
/// DEVIATION: the overlapped frame is not replaced by silence. It is kept and ends where the new one starts, which is
/// what the first half of a crossfade would sound like. The new frame stays where it is, not moved to a sample boundary.
fn audio_splice(track_buffer: &mut TrackBuffer, presentation_timestamp: MediaTime) {
    track_buffer.end_frames_at(presentation_timestamp);
    // Nothing would be left of a frame with the same start.
    track_buffer.remove_overlapped(
        presentation_timestamp,
        presentation_timestamp + MediaTime::from_nanos(1),
        |overlapped| presentation_timestamp < overlapped.presentation_end,
    );
}
