//! The fixtures against what ffprobe reads in them.

use std::collections::{HashMap, VecDeque};

use super::*;
use crate::buffering::source_buffer::SourceBuffer;
use crate::codec::ColorSpace;
use crate::container::test_support::{Packet, crc32, events, packets};
use crate::container::{CodedFrame, MediaConfig, Track, TrackKind};
use crate::protocol::AppendParameters;

/// The tracks by number, and the frames of each.
fn read(bytes: &[u8]) -> (HashMap<u32, Track>, HashMap<u32, VecDeque<CodedFrame>>) {
    let mut tracks = HashMap::new();
    let mut frames: HashMap<u32, VecDeque<CodedFrame>> = HashMap::new();
    for event in events(WebMDemuxer::default(), bytes) {
        match event {
            DemuxEvent::Frame(frame) => frames.entry(frame.track_id).or_default().push_back(frame),
            DemuxEvent::InitSegment(segment) => {
                tracks = segment
                    .tracks
                    .into_iter()
                    .map(|track| (track.id, track))
                    .collect();
            }
            _ => {}
        }
    }
    (tracks, frames)
}

/// How far sound may be from where ffprobe has it, which does not count samples. mkvmerge gives the first packet of Vorbis
/// half of what it lasts, and rounds what was rounded.
fn tolerance(name: &str, packet: &Packet) -> MediaTime {
    packet.time(if name == "vp8-vorbis-mkvmerge" { 4 } else { 2 })
}

fn compare(name: &str, bytes: &[u8], table: &str) {
    let (tracks, mut frames) = read(bytes);
    let (mut rows, mut last_decode) = (0, None);
    // Tracks whose last frame was there for the sake of the next.
    let mut preroll = Vec::new();
    for packet in packets(table) {
        // ffprobe numbers tracks from one on.
        let number = if name == "vp9-dash" { 3 } else { packet.track };
        let line = format!("{name}: {}", packet.line);
        let Some(track) = tracks.get(&number) else {
            continue;
        };
        rows += 1;
        let frame = frames
            .get_mut(&number)
            .and_then(VecDeque::pop_front)
            .expect(&line);
        if name == "pcm" {
            // Two bytes a sample become four.
            assert_eq!(frame.data.len(), 2 * packet.size, "{line}");
        } else {
            assert_eq!(frame.data.len(), packet.size, "{line}");
            assert_eq!(crc32(&frame.data), packet.crc, "{line}");
        }
        assert_eq!(
            frame.is_random_access_point,
            packet.is_key && !preroll.contains(&number),
            "{line}"
        );
        preroll.retain(|&track| track != number);
        if frame.trim_start > MediaTime::ZERO && frame.presentation_end == frame.presentation_timestamp {
            preroll.push(number);
        }
        let pts = packet.time(packet.pts);
        let off = frame.presentation_timestamp - pts.max(MediaTime::ZERO);
        match track.config.kind() {
            TrackKind::Video if !name.starts_with("avc") && name != "hevc" => {
                assert_eq!(off, MediaTime::ZERO, "{line}");
                // However far the pictures are from each other, they are decoded within one group.
                let near = last_decode.is_none_or(|last| {
                    frame.decode_timestamp >= last
                        && frame.decode_timestamp - last <= MediaTime::from_millis(126)
                });
                assert!(near && frame.decode_timestamp <= pts, "{line}");
                last_decode = Some(frame.decode_timestamp);
            }
            TrackKind::Video => assert!(off.max(-off) <= packet.time(1), "{line}"),
            TrackKind::Audio => {
                assert!(off.max(-off) <= tolerance(name, &packet), "{line} {off:?}");
                let next = frames[&number].front();
                if let Some(next) = next {
                    assert_eq!(frame.presentation_end, next.presentation_timestamp, "{line}");
                }
            }
        }
    }
    assert!(rows > 5, "{name}");
    assert!(
        frames.values().all(VecDeque::is_empty),
        "{name}: more frames than packets"
    );
}

#[test]
fn frames_are_the_packets_of_ffprobe() {
    for (name, bytes, table) in FIXTURES {
        compare(name, bytes, table);
    }
}

/// The ranges of each track after an append of the whole file, in milliseconds.
pub(super) fn buffered(bytes: &[u8]) -> Vec<Vec<(i64, i64)>> {
    let mut source_buffer = SourceBuffer::new("video/webm", Some(Box::new(WebMDemuxer::default())));
    source_buffer.append(&AppendParameters::default(), bytes.to_vec());
    while source_buffer.parse(100_000, |_| ()).unwrap() == ParseStatus::MorePending {}
    let ranges = |track: crate::protocol::TrackSnapshot| {
        let millis = |time: MediaTime| time.as_nanos() / 1_000_000;
        track
            .ranges
            .iter()
            .map(|range| (millis(range.start), millis(range.end)))
            .collect()
    };
    let snapshot = source_buffer.snapshot(MediaTime::ZERO);
    snapshot.tracks.into_iter().map(ranges).collect()
}

#[test]
fn each_fixture_is_buffered_in_one_range() {
    for (name, bytes, table) in FIXTURES {
        let (tracks, _) = read(bytes);
        for (ranges, number) in buffered(bytes).into_iter().zip(1..) {
            assert_eq!(ranges.len(), 1, "{name}: {ranges:?}");
            let number = if name == &"vp9-dash" { 3 } else { number };
            let packets = packets(table);
            let is_of_track = |packet: &&Packet| name == &"vp9-dash" || packet.track == number;
            let ends = packets.iter().filter(is_of_track);
            let end = ends
                .map(|packet| packet.time(packet.pts + packet.duration.unwrap_or(0)))
                .max()
                .unwrap();
            // ffprobe does not take the padding off the last packet of Opus. The last picture is taken to last as long as
            // the one before.
            let (less, more) = match tracks[&number].config.codec.as_str() {
                "opus" => (20, 0),
                "vp8" if *name == "vp8-varying-rate" => (0, 134),
                _ => (0, 0),
            };
            let off = ranges[0].1 - end.as_nanos() / 1_000_000;
            assert!(
                (-3 - less..=3 + more).contains(&off),
                "{name}: {ranges:?} {end:?}"
            );
        }
    }
}

/// Codec, length of its description, and media of each track.
fn summary(name: &str) -> Vec<(String, usize, MediaConfig)> {
    let (tracks, _) = read(fixture(name));
    let mut tracks: Vec<&Track> = tracks.values().collect();
    tracks.sort_by_key(|track| track.id);
    tracks
        .into_iter()
        .map(|track| {
            let description = track.config.description.as_ref().map_or(0, Vec::len);
            (track.config.codec.clone(), description, track.config.media)
        })
        .collect()
}

const fn sound(sample_rate: u32, channels: u32) -> MediaConfig {
    MediaConfig::Audio {
        sample_rate,
        channels,
    }
}

#[test]
fn configurations() {
    let picture = |color_space| MediaConfig::Video {
        coded_width: 96,
        coded_height: 64,
        crop: None,
        display_width: 96,
        display_height: 64,
        rotation: 0,
        color_space,
    };
    let plain = picture(None);
    let opus = ("opus".to_owned(), 0, sound(48_000, 2));
    let avc = ("avc1.64000a".to_owned(), 42, plain);
    let aac = ("mp4a.40.2".to_owned(), 5, sound(44_100, 2));
    assert_eq!(
        summary("av1-opus"),
        [("av01.0.00M.08".into(), 0, plain), opus.clone()]
    );
    for name in ["vp9-opus-live", "vp9-opus-cues-in-front"] {
        assert_eq!(
            summary(name),
            [("vp09.00.10.08".into(), 0, plain), opus.clone()],
            "{name}"
        );
    }
    for name in ["vp8-vorbis", "vp8-vorbis-mkvmerge"] {
        let found = summary(name);
        assert_eq!(found[0], ("vp8".into(), 0, plain), "{name}");
        assert_eq!(
            (found[1].0.as_str(), found[1].2),
            ("vorbis", sound(44_100, 2)),
            "{name}"
        );
        assert!(found[1].1 > 3_000, "{name}");
    }
    for name in ["avc-aac", "avc-aac-block-groups", "avc-aac-ebml-lacing-chapters"] {
        let found = summary(name);
        assert_eq!((&found[0].0, &found[0].2), (&avc.0, &avc.2), "{name}");
        assert_eq!((&found[1].0, &found[1].2), (&aac.0, &aac.2), "{name}");
    }
    assert_eq!(summary("flac"), [("flac".into(), 42, sound(44_100, 1))]);
    assert_eq!(summary("mp3-xiph-lacing"), [("mp3".into(), 0, sound(44_100, 2))]);
    assert_eq!(summary("pcm"), [("pcm-f32".into(), 0, sound(44_100, 1))]);
    assert_eq!(summary("hevc")[0].0, "hvc1.1.6.L30.90");
    let hdr = ColorSpace {
        primaries: Some("bt2020"),
        transfer: Some("pq"),
        matrix: Some("bt2020-ncl"),
        full_range: Some(false),
    };
    let [(codec, _, media)] = &summary("vp9-hdr")[..] else {
        panic!()
    };
    // The file does not say that it has ten bits; its frames do.
    assert_eq!(codec, "vp09.00.10.08");
    for frame in frames(WebMDemuxer::default(), fixture("vp9-hdr")) {
        let config = frame.config.unwrap();
        assert_eq!((config.codec.as_str(), &config.media), ("vp09.02.10.10", media));
    }
    assert_eq!(
        *media,
        MediaConfig::Video {
            coded_width: 96,
            coded_height: 64,
            crop: None,
            display_width: 128,
            display_height: 64,
            rotation: 0,
            color_space: Some(hdr)
        }
    );
}

#[test]
fn no_frame_of_a_fixture_asks_for_another_configuration() {
    for (name, bytes) in files() {
        // Nothing is said of ten bits, nor by recorders of H.264, but in the frames.
        if matches!(name, "vp9-hdr" | "chromium-h264-opus") {
            continue;
        }
        for frame in frames(WebMDemuxer::default(), bytes) {
            assert_eq!(frame.config, None, "{name}");
        }
    }
}

#[test]
fn what_a_decoder_needs_and_nobody_hears() {
    let nanos = |frame: &CodedFrame| {
        let heard = frame.presentation_end - frame.presentation_timestamp;
        [
            frame.presentation_timestamp,
            frame.trim_start,
            heard,
            frame.trim_end,
        ]
        .map(MediaTime::as_nanos)
    };
    // The encoder's delay is one frame of 2.5 ms, which is silent as a whole.
    let short = frames(WebMDemuxer::default(), fixture("opus-short-frames"));
    assert_eq!(nanos(&short[0]), [0, 2_500_000, 0, 0]);
    assert_eq!(nanos(&short[1]), [0, 0, 2_500_000, 0]);
    assert_eq!(
        short[..3]
            .iter()
            .map(|frame| frame.is_random_access_point)
            .collect::<Vec<_>>(),
        [true, false, true]
    );
    // All that is decoded is what was encoded, delay and padding included; all that is heard is what went in.
    for (name, track, frame, heard) in [
        ("opus-short-frames", 1, 2_500, 600_000),
        ("vp9-opus-live", 2, 20_000, 2_200_000),
        ("av1-opus", 2, 20_000, 1_200_000),
    ] {
        let frames = read(fixture(name)).1.remove(&track).unwrap();
        let total = |part: usize| frames.iter().map(|frame| nanos(frame)[part]).sum::<i64>() / 1_000;
        let decoded = total(1) + total(2) + total(3);
        assert!(
            (decoded - frames.len() as i64 * frame).abs() <= 1,
            "{name} {decoded}"
        );
        assert!((total(2) - heard).abs() <= 1, "{name} {}", total(2));
        assert_eq!(nanos(frames.back().unwrap())[3] > 0, frame == 20_000, "{name}");
    }
}

#[test]
fn durations_names_and_languages() {
    let segment = |name| match events(WebMDemuxer::default(), fixture(name)).swap_remove(0) {
        DemuxEvent::InitSegment(segment) => segment,
        other => panic!("{other:?}"),
    };
    let film = segment("avc-aac-ebml-lacing-chapters");
    assert_eq!(film.duration.unwrap().as_nanos() / 1_000_000, 2_229);
    // Words are not played.
    assert_eq!(film.tracks.len(), 2);
    assert_eq!(
        (film.tracks[1].label.as_str(), film.tracks[1].language.as_str()),
        ("Ton", "de")
    );
    assert_eq!(segment("vp9-opus-live").duration, None);
}

#[test]
fn strict_plays_what_is_webm() {
    for (name, bytes, _) in FIXTURES {
        let (lines, error) = run(WebMDemuxer::new(Strictness::Strict), [*bytes], usize::MAX);
        match error {
            None => assert_eq!(lines, whole(bytes).0, "{name}"),
            Some(error) if bytes.windows(8).any(|text| text == b"matroska") => {
                assert_eq!((error.element.as_str(), error.offset), ("EBML", 0), "{name}");
            }
            Some(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn compressed_frames_are_refused() {
    let bytes = include_bytes!("../../../../tests/fixtures/webm/mp3-zlib.mkv");
    let error = whole(bytes).1.unwrap();
    assert_eq!(error.class, ErrorClass::Unsupported);
    assert!(error.message.contains("zlib"), "{error}");
    assert!(
        error.element.ends_with("ContentEncodings/ContentEncoding"),
        "{error}"
    );
}
