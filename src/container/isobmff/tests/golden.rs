//! The fixtures against what ffprobe reads in them.

use std::collections::{HashMap, VecDeque};

use super::*;
use crate::container::test_support::{crc32, frames, packets};
use crate::container::{DecoderConfig, MediaConfig, Track, TrackKind};

/// Compares the frames that come out with all of a table. Returns how many of them are not heard to their end.
fn compare(name: &str, bytes: &[u8], table: &str) -> usize {
    let mut demuxer = IsoBmffDemuxer::default();
    demuxer.push(bytes);
    assert_eq!(demuxer.parse(usize::MAX), Ok(ParseStatus::Done));
    let mut kinds: HashMap<u32, TrackKind> = HashMap::new();
    let mut codecs: HashMap<u32, String> = HashMap::new();
    let mut frames: HashMap<u32, VecDeque<CodedFrame>> = HashMap::new();
    while let Some(event) = demuxer.poll_event() {
        match event {
            DemuxEvent::Frame(frame) => frames.entry(frame.track_id).or_default().push_back(frame),
            DemuxEvent::InitSegment(segment) => {
                let codec = |track: &Track| (track.id, track.config.codec.clone());
                codecs = segment.tracks.iter().map(codec).collect();
                kinds = segment
                    .tracks
                    .iter()
                    .map(|track| (track.id, track.config.kind()))
                    .collect();
            }
            _ => {}
        }
    }
    let mut rows = 0;
    let mut paddings = 0;
    for packet in packets(table) {
        rows += 1;
        let (track, line) = (packet.track, &packet.line);
        let frame = frames.get_mut(&track).and_then(VecDeque::pop_front).unwrap();
        let time = |ticks: i64| packet.time(ticks);
        let pts = packet.pts;
        assert_eq!(frame.presentation_timestamp, time(pts), "{name}: {line}");
        assert_eq!(
            frame.decode_timestamp,
            time(packet.dts.unwrap()),
            "{name}: {line}"
        );
        // Of sound ffprobe gives the duration of the codec's frames. In the files one lasts until the next, and the
        // last may be cut short.
        let next = frames[&track].front().map(|next| next.presentation_timestamp);
        match (kinds[&track], next, packet.duration) {
            (TrackKind::Audio, Some(next), _) => assert_eq!(frame.presentation_end, next, "{name}: {line}"),
            (TrackKind::Audio, None, Some(duration)) => {
                assert!(frame.presentation_end <= time(pts + duration), "{name}: {line}");
            }
            (TrackKind::Video, _, Some(duration)) => {
                assert_eq!(frame.presentation_end, time(pts + duration), "{name}: {line}");
            }
            (_, _, None) => {}
        }
        // What the file cuts short is decoded whole, but not to be heard.
        let decoded = match codecs[&track].as_str() {
            "mp4a.40.2" => 1_024,
            "opus" => 960,
            "ac-3" | "ec-3" => 1_536,
            "mp3" => 1_152,
            _ => 0,
        };
        let padding = (time(pts + decoded) - frame.presentation_end).max(MediaTime::ZERO);
        let apart = frame.trim_end - padding;
        assert!(apart.as_nanos().abs() <= 1, "{name}: {line}");
        paddings += usize::from(frame.trim_end > MediaTime::ZERO);
        assert_eq!(frame.data.len(), packet.size, "{name}: {line}");
        assert_eq!(frame.is_random_access_point, packet.is_key, "{name}: {line}");
        assert_eq!(crc32(&frame.data), packet.crc, "{name}: {line}");
    }
    assert!(rows > 5, "{name}");
    assert!(
        frames.values().all(VecDeque::is_empty),
        "{name}: more frames than packets"
    );
    paddings
}

#[test]
fn frames_are_the_packets_of_ffprobe() {
    let mut padded = Vec::new();
    for (name, bytes, table) in FIXTURES {
        match compare(name, bytes, table) {
            0 => {}
            1 => padded.push(*name),
            more => panic!("{name}: {more}"),
        }
    }
    let has_padding = |name: &&str| {
        let codecs = summary(name);
        codecs
            .iter()
            .any(|(codec, ..)| ["mp4a.40.2", "opus", "mp3"].contains(&codec.as_str()))
    };
    let names = FIXTURES.iter().map(|(name, ..)| *name);
    assert_eq!(padded, names.filter(has_padding).collect::<Vec<_>>());
}

/// Where no sample lasts as long as what is decoded of it, durations are no padding: recorders write when samples came.
#[test]
fn durations_that_say_nothing_of_the_sound_cut_nothing() {
    let recording = include_bytes!("../../../../tests/fixtures/recorder/chromium-mp4-opus.mp4");
    let mut short = fixture("ac-3").to_vec();
    // In the only entry of stts: every sample lasts 1536 ticks.
    let lasts = 1_536u32.to_be_bytes();
    let places = || short.windows(4).enumerate().filter(|(_, bytes)| *bytes == lasts);
    assert_eq!(places().count(), 1);
    let (at, _) = places().next().unwrap();
    short[at..at + 4].copy_from_slice(&1_000u32.to_be_bytes());
    for file in [recording.as_slice(), &short] {
        let frames = frames(IsoBmffDemuxer::default(), file);
        assert!(frames.len() > 5);
        for frame in frames {
            assert_eq!(
                frame.trim_end,
                MediaTime::ZERO,
                "{:?}",
                frame.presentation_timestamp
            );
        }
    }
}

fn init_segment(bytes: &[u8]) -> InitSegment {
    let mut demuxer = IsoBmffDemuxer::default();
    demuxer.push(bytes);
    demuxer.parse(usize::MAX).unwrap();
    match demuxer.poll_event() {
        Some(DemuxEvent::InitSegment(segment)) => segment,
        other => panic!("{other:?}"),
    }
}

const fn sound(sample_rate: u32, channels: u32) -> MediaConfig {
    MediaConfig::Audio {
        sample_rate,
        channels,
    }
}

const PICTURE: MediaConfig = MediaConfig::Video {
    coded_width: 96,
    coded_height: 64,
    crop: None,
    display_width: 96,
    display_height: 64,
    rotation: 0,
    color_space: None,
};

/// Codec, length of its description, and media of each track.
fn summary(name: &str) -> Vec<(String, usize, MediaConfig)> {
    let segment = init_segment(fixture(name));
    let of = |config: &DecoderConfig| {
        let description = config.description.as_ref().map_or(0, Vec::len);
        (config.codec.clone(), description, config.media)
    };
    segment.tracks.iter().map(|track| of(&track.config)).collect()
}

#[test]
fn configurations() {
    let avc = ("avc1.64000a".to_owned(), 42, PICTURE);
    let aac = ("mp4a.40.2".to_owned(), 5, sound(44_100, 2));
    let opus = ("opus".to_owned(), 0, sound(48_000, 2));
    for name in ["fragmented", "moov-front", "moov-end", "one-frame-per-fragment"] {
        assert_eq!(summary(name), [avc.clone(), aac.clone()], "{name}");
    }
    assert_eq!(
        summary("vp9-opus"),
        [("vp09.00.10.08".into(), 0, PICTURE), opus.clone()]
    );
    assert_eq!(summary("av1-opus"), [("av01.0.00M.08".into(), 0, PICTURE), opus]);
    assert_eq!(summary("flac"), [("flac".into(), 42, sound(48_000, 1))]);
    assert_eq!(summary("mp3"), [("mp3".into(), 0, sound(44_100, 2))]);
    // The records hold the encoder's long message about itself.
    for entry in ["hvc1", "hev1"] {
        assert_eq!(summary(entry), [(format!("{entry}.1.6.L30.90"), 2_429, PICTURE)]);
    }
    assert_eq!(summary("ac-3"), [("ac-3".into(), 0, sound(44_100, 2))]);
    assert_eq!(summary("ec-3"), [("ec-3".into(), 0, sound(44_100, 6))]);
    assert_eq!(summary("alac"), [("alac".into(), 24, sound(44_100, 2))]);
    let turned = MediaConfig::Video {
        coded_width: 96,
        coded_height: 64,
        crop: None,
        display_width: 64,
        display_height: 128,
        rotation: 90,
        color_space: None,
    };
    assert_eq!(summary("turned"), [("avc1.64000a".into(), 42, turned)]);
}

#[test]
fn durations_and_names() {
    let ordinary = init_segment(fixture("moov-front"));
    // The mvhd says 2203 ms, more than either track has.
    assert_eq!(ordinary.duration, Some(MediaTime::from_millis(2_203)));
    assert_eq!(ordinary.tracks[0].label, "");
    assert_eq!(ordinary.tracks[1].label, "");
    assert_eq!(ordinary.tracks[1].language, "");
    assert_eq!(init_segment(fixture("fragmented")).duration, None);
}

#[test]
fn strict_plays_only_what_the_specification_allows() {
    for (name, bytes, _) in FIXTURES {
        let (lines, error) = run(Strictness::Strict, [*bytes], usize::MAX);
        let (element, message) = match *name {
            "moov-front" | "mp3" | "turned"
                if bytes.windows(4).position(|k| k == b"moov")
                    < bytes.windows(4).position(|k| k == b"mdat") =>
            {
                ("moov", "has no mvex")
            }
            "ac-3" | "alac" | "hvc1" | "moov-end" | "mp3" | "turned" => {
                ("mdat", "media before any initialization segment")
            }
            "fragmented-samples-in-moov" => ("moov", "have samples"),
            "fragmented-without-decode-times" => ("moof/traf", "has no tfdt"),
            "fragmented-base-data-offset" => ("moof/traf", "base-data-offset"),
            _ => {
                assert_eq!((lines, error), whole(bytes), "{name}");
                continue;
            }
        };
        let error = error.unwrap();
        assert_eq!(error.element, element, "{name}");
        assert!(error.message.contains(message), "{name}: {error}");
    }
}
