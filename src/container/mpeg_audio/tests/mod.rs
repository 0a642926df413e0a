//! Tests of the demuxer as a whole: bytes in, events out.

mod golden;
mod odd;
mod survival;
mod trimmed;

use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;
use crate::container::test_support::{Outcome, crc32, cut, feed, frames, packets, run};
use crate::time::MediaTime;

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
        [
            "frame 1 pts 0 dts 0 end 26122449 trim 0 0 key 156 bytes 876ce2a0 None",
            "end"
        ]
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
