//! Tests of the demuxer as a whole: bytes in, events out.

mod golden;
mod odd;
mod survival;
mod trimmed;

use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;
use crate::time::MediaTime;

/// What came out: a line for each event, and the error that ended it.
type Outcome = (Vec<String>, Option<ContainerError>);

/// Takes all events that are there.
fn take_events(demuxer: &mut MpegAudioDemuxer, lines: &mut Vec<String>) {
    while let Some(event) = demuxer.poll_event() {
        lines.push(match event {
            DemuxEvent::Frame(frame) => {
                assert_eq!(frame.presentation_timestamp, frame.decode_timestamp);
                format!(
                    "frame {}..{} trim {} {} {} {} bytes {:08x}",
                    frame.presentation_timestamp.as_nanos(),
                    frame.presentation_end.as_nanos(),
                    frame.trim_start.as_nanos(),
                    frame.trim_end.as_nanos(),
                    if frame.is_random_access_point {
                        "key"
                    } else {
                        "delta"
                    },
                    frame.data.len(),
                    crc32(&frame.data)
                )
            }
            DemuxEvent::InitSegment(segment) => {
                assert_eq!(segment.duration, None);
                format!("init {:?}", segment.tracks)
            }
            DemuxEvent::MediaSegmentStart => "start".into(),
            DemuxEvent::MediaSegmentEnd => "end".into(),
        });
    }
}

/// Pushes one piece and parses it by `budget`.
fn feed(
    demuxer: &mut MpegAudioDemuxer,
    bytes: &[u8],
    budget: usize,
    lines: &mut Vec<String>,
) -> Result<(), ContainerError> {
    demuxer.push(bytes);
    loop {
        let status = demuxer.parse(budget);
        take_events(demuxer, lines);
        if status? == ParseStatus::Done {
            return Ok(());
        }
    }
}

fn run<'a>(
    mut demuxer: MpegAudioDemuxer,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    budget: usize,
) -> Outcome {
    let mut lines = Vec::new();
    for piece in pieces {
        if let Err(error) = feed(&mut demuxer, piece, budget, &mut lines) {
            return (lines, Some(error));
        }
    }
    (lines, None)
}

/// A demuxer for a file of this name.
fn demuxer(name: &str, strictness: Strictness) -> MpegAudioDemuxer {
    if name.starts_with("adts") {
        MpegAudioDemuxer::adts(strictness)
    } else {
        MpegAudioDemuxer::mpeg(strictness)
    }
}

fn whole(name: &str, bytes: &[u8]) -> Outcome {
    run(demuxer(name, Strictness::Lenient), [bytes], usize::MAX)
}

/// The frames among the events of bytes that must not fail.
fn frames(mut demuxer: MpegAudioDemuxer, bytes: &[u8]) -> Vec<CodedFrame> {
    demuxer.push(bytes);
    assert_eq!(demuxer.parse(usize::MAX), Ok(ParseStatus::Done));
    let events = std::iter::from_fn(|| demuxer.poll_event());
    let frames = events.filter_map(|event| match event {
        DemuxEvent::Frame(frame) => Some(frame),
        _ => None,
    });
    frames.collect()
}

/// CRC-32 as ffprobe's data hash computes it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 0 {
                crc >> 1
            } else {
                crc >> 1 ^ 0xedb8_8320
            }
        })
    })
}

macro_rules! fixture {
    ($($file:literal),+) => {
        include_bytes!(concat!("../../../../tests/fixtures/mpeg_audio/", $($file),+))
    };
}

macro_rules! fixtures {
    ($(($name:literal, $extension:literal)),* $(,)?) => {
        /// Name, bytes and packets of the fixtures that ffprobe can read.
        const FIXTURES: &[(&str, &[u8], &str)] = &[$((
            $name,
            fixture!($name, ".", $extension),
            include_str!(concat!("../../../../tests/fixtures/mpeg_audio/", $name, ".csv")),
        )),*];
    };
}
fixtures! {
    ("adts-itunes-gapless", "aac"),
    ("adts-lc", "aac"),
    ("adts-mpeg2", "aac"),
    ("cbr", "mp3"),
    ("changes", "mp3"),
    ("garbage-between", "mp3"),
    ("icy-stream", "mp3"),
    ("id3v2-padding", "mp3"),
    ("joint-stereo", "mp3"),
    ("lame-gapless", "mp3"),
    ("layer2", "mp2"),
    ("mono", "mp3"),
    ("mpeg2-22050", "mp3"),
    ("mpeg25-8000", "mp3"),
    ("tags-at-end", "mp3"),
    ("vbr-xing", "mp3"),
    ("vbri", "mp3"),
}

const BLOCKS: &[u8] = fixture!("adts-blocks.aac");
const BLOCKS_CHECKED: &[u8] = fixture!("adts-blocks-checked.aac");

fn fixture(name: &str) -> &'static [u8] {
    FIXTURES.iter().find(|(found, ..)| *found == name).unwrap().1
}

/// Cuts at these places.
fn cut<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.push(bytes.len());
    cuts.sort_unstable();
    let mut start = 0;
    cuts.into_iter()
        .map(|end| &bytes[std::mem::replace(&mut start, end)..end])
        .collect()
}

#[test]
fn events_are_the_same_however_the_bytes_are_cut() {
    for (name, bytes, _) in FIXTURES {
        let expected = whole(name, bytes);
        assert!(expected.0.len() > 5, "{name}: {expected:?}");
        for strictness in [Strictness::Lenient, Strictness::Strict] {
            let demuxer = || demuxer(name, strictness);
            let expected = run(demuxer(), [*bytes], usize::MAX);
            for size in [1, 7, 1_000] {
                assert_eq!(
                    run(demuxer(), bytes.chunks(size), usize::MAX),
                    expected,
                    "{name} in pieces of {size}"
                );
            }
            for budget in [0, 1, 500] {
                assert_eq!(run(demuxer(), [*bytes], budget), expected, "{name} by {budget}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn events_are_the_same_however_the_bytes_are_cut_at_random(
        index in 0..FIXTURES.len(),
        cuts in prop::collection::vec(any::<usize>(), 0..20),
        budget in 0usize..3_000,
    ) {
        let (name, bytes, _) = FIXTURES[index];
        let demuxer = demuxer(name, Strictness::Lenient);
        prop_assert_eq!(run(demuxer, cut(bytes, &cuts), budget), whole(name, bytes));
    }
}

#[test]
fn a_frame_is_there_with_its_last_byte() {
    let bytes = fixture("cbr");
    let mut demuxer = demuxer("cbr", Strictness::Strict);
    let mut lines = Vec::new();
    // The first frame has 156 bytes.
    feed(&mut demuxer, &bytes[..3], usize::MAX, &mut lines).unwrap();
    assert_eq!(lines, [""; 0]);
    assert!(!demuxer.is_parsing_media_segment());
    feed(&mut demuxer, &bytes[3..155], usize::MAX, &mut lines).unwrap();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(demuxer.is_parsing_media_segment());
    assert_eq!(demuxer.pending_bytes(), 155);
    feed(&mut demuxer, &bytes[155..156], usize::MAX, &mut lines).unwrap();
    assert_eq!(
        lines[2..],
        ["frame 0..26122449 trim 0 0 key 156 bytes 876ce2a0", "end"]
    );
    assert!(!demuxer.is_parsing_media_segment());
    assert_eq!(demuxer.pending_bytes(), 0);
}

#[test]
fn nothing_is_held_when_all_is_delivered() {
    for (name, bytes, _) in FIXTURES {
        let mut demuxer = demuxer(name, Strictness::Lenient);
        feed(&mut demuxer, bytes, usize::MAX, &mut Vec::new()).unwrap();
        assert_eq!(demuxer.pending_bytes(), 0, "{name}");
        assert!(!demuxer.is_parsing_media_segment(), "{name}");
    }
}

#[test]
fn after_a_reset_a_frame_is_expected() {
    let bytes = fixture("cbr");
    let (expected, _) = whole("cbr", bytes);
    let mut demuxer = demuxer("cbr", Strictness::Strict);
    let mut lines = Vec::new();
    feed(&mut demuxer, &bytes[..200], usize::MAX, &mut lines).unwrap();
    assert!(demuxer.is_parsing_media_segment());
    demuxer.reset();
    assert!(!demuxer.is_parsing_media_segment());
    assert_eq!(demuxer.pending_bytes(), 0);
    // Its start was told of before the reset; nothing new is said of the configuration.
    assert_eq!(lines, expected[..5]);
    feed(&mut demuxer, &bytes[156..], usize::MAX, &mut lines).unwrap();
    assert_eq!(lines[5..], expected[4..]);
}
