//! Frames and ranges as short strings, for tests.
//!
//! `"0K 10 30|20 20D5"`: presentation timestamps in milliseconds, `K` for a random access point, `|` before a decode
//! timestamp that differs, `D` before a duration that is not ten milliseconds. Ranges show as `"{ [0,40) [60,80) }"`.

use std::sync::Arc;

use super::frame_group::FRAME_BYTES;
use super::track_buffer::TrackBuffer;
use super::{BufferedFrame, FrameSource};
use crate::container::{CodedFrame, DecoderConfig, MediaConfig, Track, TrackKind};
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

pub(crate) const AUDIO: u32 = 1;
pub(crate) const VIDEO: u32 = 2;

pub(crate) fn ms(millis: i64) -> MediaTime {
    MediaTime::from_millis(millis)
}

/// A track whose configuration differs by `codec`.
pub(crate) fn track(id: u32, kind: TrackKind, codec: &str) -> Track {
    let media = match kind {
        TrackKind::Audio => MediaConfig::Audio {
            sample_rate: 48_000,
            channels: 2,
        },
        TrackKind::Video => MediaConfig::Video {
            coded_width: 32,
            coded_height: 16,
            crop: None,
            display_width: 32,
            display_height: 18,
            rotation: 0,
            color_space: None,
        },
    };
    Track {
        id,
        config: Arc::new(DecoderConfig {
            codec: codec.to_owned(),
            description: None,
            media,
        }),
        language: String::new(),
        label: String::new(),
        kind: String::new(),
    }
}

/// The frames of one track. The payload is the token itself, so a frame is known again wherever it went.
pub(crate) fn frames(track_id: u32, text: &str) -> Vec<CodedFrame> {
    text.split_whitespace()
        .map(|token| frame(track_id, token))
        .collect()
}

fn frame(track_id: u32, token: &str) -> CodedFrame {
    let (rest, duration) = match token.split_once('D') {
        Some((rest, duration)) => (rest, duration.parse().unwrap()),
        None => (token, 10),
    };
    let (rest, decode) = match rest.split_once('|') {
        Some((rest, decode)) => (rest, Some(decode.parse().unwrap())),
        None => (rest, None),
    };
    let presentation: i64 = rest.trim_end_matches('K').parse().unwrap();
    CodedFrame {
        track_id,
        presentation_timestamp: ms(presentation),
        decode_timestamp: ms(decode.unwrap_or(presentation)),
        presentation_end: ms(presentation + duration),
        trim_start: MediaTime::ZERO,
        trim_end: MediaTime::ZERO,
        is_random_access_point: rest.ends_with('K'),
        config: None,
        data: token.as_bytes().into(),
    }
}

/// Bytes held for so many frames with so many bytes of payload together.
pub(crate) fn bytes(payload: u64, frames: u64) -> u64 {
    payload + frames * FRAME_BYTES
}

/// `{ [0,40) [60,80) }`, in milliseconds.
pub(crate) fn show_ranges(ranges: &TimeRanges) -> String {
    let mut text = String::from("{ ");
    for range in ranges {
        text += &format!("[{},{}) ", millis(range.start), millis(range.end));
    }
    text + "}"
}

/// All frames in decode order: `0K 10 20K`, with `D` where the duration is not ten and `:` before the payload where the
/// frame was moved. Also checks that walking by position meets each frame once.
pub(crate) fn show_frames(buffer: &TrackBuffer) -> String {
    let shown: Vec<String> = in_decode_order(buffer).iter().map(show_frame).collect();
    shown.join(" ")
}

pub(crate) fn in_decode_order(buffer: &TrackBuffer) -> Vec<BufferedFrame> {
    let mut walk = Vec::new();
    let mut position = buffer.random_access_point_after(MediaTime::NEG_INFINITY);
    while let Some(here) = position {
        walk.push(buffer.frame(here).unwrap().clone());
        position = buffer.next(here);
    }
    walk
}

fn show_frame(frame: &BufferedFrame) -> String {
    let start = frame.presentation_timestamp;
    let duration = frame.presentation_end - start;
    let mut text = millis(start);
    if frame.is_random_access_point {
        text.push('K');
    }
    if duration != ms(10) {
        text += &format!("D{}", millis(duration));
    }
    let payload = String::from_utf8(frame.data.to_vec()).unwrap();
    let came_as = payload.split(['K', '|', 'D']).next().unwrap();
    if came_as != millis(start) {
        text += &format!(":{came_as}");
    }
    text
}

fn millis(time: MediaTime) -> String {
    if time == MediaTime::INFINITY {
        return "inf".into();
    }
    (time.as_nanos() as f64 / 1e6).to_string()
}
