//! Coded frame processing (MSE § 3.5.8): where each frame goes, and what it replaces.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::BufferedFrame;
use super::track_buffer::{DroppedFrame, TrackBuffer};
use crate::container::{
    CodedFrame, DecoderConfig, MAX_REORDERED_PICTURES, MediaConfig, Track, TrackKind, USUAL_FRAME_DURATION,
};
use crate::playback::gap_policy::Gaps;
use crate::protocol::{AppendMode, AppendParameters};
use crate::time::{MediaTime, NANOS_PER_SECOND, scaled};

/// A frame of video this close after the start of an existing one replaces it (MSE § 3.5.8 step 1.13).
const SAME_START: MediaTime = MediaTime::from_micros(1);

/// How far `a - b` and twice `c - d` can be apart when they were equal before the four instants were rounded to
/// nanoseconds.
const ROUNDING: MediaTime = MediaTime::from_nanos(3);

/// A frame without duration is not taken to last longer than this until the next one says, whatever the one before did:
/// of pictures that are seconds apart the last would claim as much.
const LONGEST_ESTIMATE: MediaTime = MediaTime::from_millis(1_000);

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
    /// When the first of the frames to come is shown, where that is known before the first of them.
    first_presentation: Option<MediaTime>,
    /// Which holes playback passes over: what lies behind one is not to be evicted.
    pub gaps: Gaps,
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
            first_presentation: None,
            gaps: Gaps::default(),
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
        self.first_presentation = None;
        for track in &mut self.tracks {
            track.unset_last_frame();
        }
    }

    /// What a discontinuity and a removal do: the next frame begins a coded frame group.
    pub(super) fn begin_group(&mut self, presentation_timestamp: MediaTime) {
        match self.mode {
            AppendMode::Segments => self.group_end_timestamp = presentation_timestamp,
            AppendMode::Sequence => self.group_start_timestamp = Some(self.group_end_timestamp),
        }
        self.unset_last_frames();
    }

    /// Reset parser state (MSE § 3.5.2), what of it concerns track buffers.
    pub(super) fn reset(&mut self, mode: AppendMode) {
        // Steps 2 to 5
        self.unset_last_frames();
        // Step 6
        self.mode = mode;
        if mode == AppendMode::Sequence {
            self.group_start_timestamp = Some(self.group_end_timestamp);
        }
    }

    /// Initialization segment received (MSE § 3.5.7), for one after the first: the track for each track buffer.
    pub(super) fn set_descriptions(&mut self, tracks: &[&Track]) {
        // Step 3.2
        for (track_buffer, track) in self.tracks.iter_mut().zip(tracks) {
            track_buffer.set_description(track);
        }
        // Step 3.3
        self.set_need_random_access_point_flags();
    }

    pub(super) fn set_need_random_access_point_flags(&mut self) {
        for track in &mut self.tracks {
            track.need_random_access_point_flag = true;
        }
    }

    /// The container says when the first of the frames to come is shown, before `timestampOffset`.
    pub(super) fn expect_first_presentation(&mut self, time: MediaTime) {
        self.first_presentation = Some(time);
    }

    /// MSE § 3.5.8 step 1 for one coded frame. Frames of tracks that no initialization segment named are let go.
    pub fn process(&mut self, frame: CodedFrame) {
        let first_presentation = self.first_presentation.take();
        // The restart of step 1.6 comes at most once: it unsets what it asks for.
        loop {
            // Step 1.1
            let (mut presentation_timestamp, mut decode_timestamp) = if self.generate_timestamps_flag {
                (MediaTime::ZERO, MediaTime::ZERO)
            } else {
                (frame.presentation_timestamp, frame.decode_timestamp)
            };
            // Step 1.2
            let mut frame_duration =
                (frame.presentation_end - frame.presentation_timestamp).max(MediaTime::ZERO);
            let mut trim_start = frame.trim_start;
            // Step 1.3
            if self.mode == AppendMode::Sequence
                && let Some(group_start_timestamp) = self.group_start_timestamp.take()
            {
                // DEVIATION: not of the frame whose bytes come first. Where that is a picture and sound starts before it,
                // the sound would lie before the group, and at the start of everything be lost.
                let first = first_presentation
                    .map_or(presentation_timestamp, |first| first.min(presentation_timestamp));
                self.timestamp_offset = group_start_timestamp - first;
                self.group_end_timestamp = group_start_timestamp;
                self.set_need_random_access_point_flags();
            }
            // Step 1.4
            presentation_timestamp = presentation_timestamp + self.timestamp_offset;
            decode_timestamp = decode_timestamp + self.timestamp_offset;
            // A page that puts the start of a file before the append window cuts off the encoder's delay by itself. It
            // must find it there.
            if self.generate_timestamps_flag && presentation_timestamp < self.append_window_start {
                frame_duration = frame_duration + std::mem::take(&mut trim_start);
            }
            // Step 1.5
            let Some(track_buffer) = self
                .tracks
                .iter_mut()
                .find(|track| track.track_id() == frame.track_id)
            else {
                return;
            };
            let config = frame
                .config
                .clone()
                .unwrap_or_else(|| Arc::clone(track_buffer.config()));
            // Step 1.6
            if is_discontinuity(track_buffer, decode_timestamp) {
                self.begin_group(presentation_timestamp);
                continue;
            }
            // Step 1.7
            //
            // DEVIATION: a frame without duration lasts as long as the one before. The next one will say. One of which
            // nothing is heard lasts no time: it is there to be decoded before the next.
            track_buffer.correct_estimated_end(presentation_timestamp);
            let decoded_duration = trim_start + frame_duration + frame.trim_end;
            let is_estimated = decoded_duration == MediaTime::ZERO;
            let lasts = if is_estimated {
                let last = track_buffer.last_frame_duration;
                last.unwrap_or(USUAL_FRAME_DURATION).min(LONGEST_ESTIMATE)
            } else {
                frame_duration
            };
            let (untrimmed_start, untrimmed_end) = (presentation_timestamp, presentation_timestamp + lasts);
            let mut frame_end_timestamp = untrimmed_end;
            let dropped = track_buffer.dropped.take().filter(|dropped| {
                dropped.presentation_end == untrimmed_start
                    && untrimmed_start <= self.append_window_start
                    && *dropped.config == *config
            });
            // Steps 1.8 and 1.9
            if is_worth_trimming(
                &config,
                presentation_timestamp.max(self.append_window_start),
                frame_end_timestamp.min(self.append_window_end),
            ) {
                let outside = (self.append_window_start - presentation_timestamp).max(MediaTime::ZERO);
                trim_start = trim_start + outside;
                presentation_timestamp = presentation_timestamp + outside;
                frame_end_timestamp = frame_end_timestamp.min(self.append_window_end);
            }
            // The end is not in the window: there, a frame that only is decoded is outside.
            if presentation_timestamp < self.append_window_start
                || frame_end_timestamp > self.append_window_end
                || presentation_timestamp >= self.append_window_end
            {
                track_buffer.need_random_access_point_flag = true;
                // DEVIATION: a dropped frame takes its time as well. Otherwise nothing after it would ever be in the window.
                if self.generate_timestamps_flag {
                    self.timestamp_offset = untrimmed_end;
                } else if track_buffer.kind() == TrackKind::Audio
                    && untrimmed_end <= self.append_window_start
                    && (frame.is_random_access_point || (dropped.is_some() && lasts == MediaTime::ZERO))
                {
                    track_buffer.dropped = Some(DroppedFrame {
                        decode_timestamp,
                        presentation_end: untrimmed_end,
                        duration: trim_start + lasts + frame.trim_end,
                        config,
                        data: frame.data,
                    });
                }
                return;
            }
            // Step 1.10
            //
            // Where the format has no timestamps, every frame can be decoded by itself. Those that are no random access
            // points only come out better with the one before.
            let is_random_access_point = frame.is_random_access_point
                || (self.generate_timestamps_flag && track_buffer.need_random_access_point_flag);
            let is_first = track_buffer.need_random_access_point_flag;
            if track_buffer.need_random_access_point_flag {
                // Where the frame before is kept to be decoded, that one is the random access point.
                if !is_random_access_point && dropped.is_none() {
                    return;
                }
                track_buffer.need_random_access_point_flag = false;
            }
            // Steps 1.11 to 1.13
            //
            // DEVIATION: sound that begins after an initialization segment cuts off what it is laid over, although there was
            // no discontinuity: the padding of the file before, which is too short for one.
            if track_buffer.last_decode_timestamp.is_none()
                || (is_first && track_buffer.kind() == TrackKind::Audio)
            {
                match track_buffer.kind() {
                    TrackKind::Audio => {
                        let spliced = audio_splice(
                            track_buffer,
                            presentation_timestamp,
                            frame_end_timestamp,
                            self.append_window_start,
                        );
                        decode_timestamp = decode_timestamp + (spliced - presentation_timestamp);
                        presentation_timestamp = spliced;
                    }
                    TrackKind::Video => track_buffer.remove_overlapped(
                        presentation_timestamp - SAME_START + MediaTime::from_nanos(1),
                        presentation_timestamp + MediaTime::from_nanos(1),
                        presentation_timestamp,
                    ),
                }
            }
            // Steps 1.14 and 1.15
            let from = track_buffer
                .highest_end_timestamp
                .unwrap_or(presentation_timestamp);
            if from <= presentation_timestamp {
                track_buffer.remove_overlapped(from, frame_end_timestamp, MediaTime::NEG_INFINITY);
            }
            // DEVIATION: where the append window cuts through sound, the frame before the first that is heard stays, to be
            // decoded and not heard. Without it the first one comes out wrong, and with it a join is exact.
            let is_random_access_point = is_random_access_point && dropped.is_none();
            if let Some(dropped) = dropped {
                let pre_roll = BufferedFrame {
                    presentation_timestamp,
                    decode_timestamp: dropped.decode_timestamp,
                    presentation_end: presentation_timestamp,
                    trim_start: dropped.duration,
                    trim_end: MediaTime::ZERO,
                    is_random_access_point: true,
                    config: dropped.config,
                    data: dropped.data,
                };
                track_buffer.append(pre_roll, presentation_timestamp);
            }
            // Step 1.16
            let shown_until = match track_buffer.kind() {
                TrackKind::Audio => frame_end_timestamp,
                TrackKind::Video => track_buffer.place_picture(presentation_timestamp, frame_end_timestamp),
            };
            let range_start = if is_reordered_start(
                track_buffer,
                presentation_timestamp - decode_timestamp,
                frame_duration,
            ) {
                decode_timestamp.max(self.append_window_start)
            } else {
                presentation_timestamp
            };
            track_buffer.append(
                BufferedFrame {
                    presentation_timestamp,
                    decode_timestamp,
                    presentation_end: shown_until,
                    trim_start,
                    trim_end: frame.trim_end + (untrimmed_end - frame_end_timestamp),
                    is_random_access_point,
                    config,
                    data: frame.data,
                },
                range_start,
            );
            track_buffer.has_estimated_end = is_estimated;
            // Step 1.17
            track_buffer.last_decode_timestamp = Some(decode_timestamp);
            // Step 1.18
            //
            // DEVIATION: a duration of zero is not taken over. Muxers write it where they do not know better, and by
            // step 1.6 whatever follows would be a discontinuity and drop the other tracks' frames. What is not heard of a
            // frame lasts as well until the next one is decoded.
            if !is_estimated {
                track_buffer.last_frame_duration = Some(decoded_duration);
            } else if track_buffer.last_frame_duration.is_none() {
                track_buffer.last_frame_duration = Some(lasts);
            }
            // Step 1.19: an unset timestamp is less than every set one.
            track_buffer.highest_end_timestamp =
                track_buffer.highest_end_timestamp.max(Some(frame_end_timestamp));
            // Step 1.20
            self.group_end_timestamp = self.group_end_timestamp.max(frame_end_timestamp);
            // Step 1.21
            if self.generate_timestamps_flag {
                self.timestamp_offset = untrimmed_end;
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

/// Whether the track buffer range begins with the decode timestamp of a frame and not with its presentation timestamp.
///
/// DEVIATION: MSE § 3.3 knows presentation timestamps alone. Muxers that write no edit list show the first picture of a
/// stream with B-frames late by the depth of its reordering, also where a stream goes on behind another one: that is no
/// hole. Only the first frame of a coded frame group counts, and no deeper reordering than a codec has.
fn is_reordered_start(track_buffer: &TrackBuffer, lead: MediaTime, frame_duration: MediaTime) -> bool {
    let longest = frame_duration.times(MAX_REORDERED_PICTURES);
    track_buffer.kind() == TrackKind::Video
        && track_buffer.last_decode_timestamp.is_none()
        && lead > MediaTime::ZERO
        && lead <= longest
}

/// Whether a sample or more of sound is left between `start` and `end`.
///
/// The specification lets an implementation trim sound at the edges of the append window (note at MSE § 3.5.8 step 1.9).
fn is_worth_trimming(config: &DecoderConfig, start: MediaTime, end: MediaTime) -> bool {
    let MediaConfig::Audio { sample_rate, .. } = config.media else {
        return false;
    };
    NonZeroU32::new(sample_rate).is_some_and(|rate| end - start + ROUNDING >= MediaTime::from_ticks(1, rate))
}

/// Audio splice frame (MSE § 3.5.11), without crossfading. Returns the new frame's presentation timestamp, moved to the
/// sample grid of the frame it cuts (steps 2 to 4) unless it is no later than `earliest` or nothing would be left.
///
/// DEVIATION: the overlapped frame is not replaced by silence. It is kept and ends where the new one starts, which is
/// what the first half of a crossfade would sound like.
fn audio_splice(
    track_buffer: &mut TrackBuffer,
    presentation_timestamp: MediaTime,
    frame_end_timestamp: MediaTime,
    earliest: MediaTime,
) -> MediaTime {
    let on_grid = track_buffer
        .frame_at(presentation_timestamp)
        .and_then(|overlapped| nearest_sample(overlapped, presentation_timestamp))
        .filter(|time| (earliest..frame_end_timestamp).contains(time));
    let presentation_timestamp = on_grid.unwrap_or(presentation_timestamp);
    track_buffer.end_frames_at(presentation_timestamp);
    // Nothing would be left of a frame with the same start. One that only is decoded leaves all of it to the next.
    if presentation_timestamp < frame_end_timestamp {
        track_buffer.remove_overlapped(
            presentation_timestamp,
            presentation_timestamp + MediaTime::from_nanos(1),
            presentation_timestamp,
        );
    }
    presentation_timestamp
}

/// The sample of a frame of sound that is nearest to `time`, of two the later.
fn nearest_sample(frame: &BufferedFrame, time: MediaTime) -> Option<MediaTime> {
    let MediaConfig::Audio { sample_rate, .. } = frame.config.media else {
        return None;
    };
    let first = frame.presentation_timestamp - frame.trim_start;
    // The frame holds `time`, so that is not before its first sample.
    let nanos = u64::try_from((time - first).as_nanos()).ok()?;
    let samples = scaled(nanos, sample_rate, NANOS_PER_SECOND, NANOS_PER_SECOND.get() / 2);
    let samples = i64::try_from(samples).ok()?;
    Some(first + MediaTime::from_ticks(samples, NonZeroU32::new(sample_rate)?))
}
