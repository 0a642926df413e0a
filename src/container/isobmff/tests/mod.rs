//! Tests of the demuxer as a whole: bytes in, events out.

mod descriptions;
mod edits;
mod fragments;
#[cfg(not(target_arch = "wasm32"))]
mod generated;
mod golden;
mod mistakes;
mod movie;
mod ordinary;
mod strict;
mod survival;
mod writer;

use proptest::prelude::*;

use super::*;
use crate::container::test_support::{self, Outcome, cut, feed, take_events};
use crate::container::{CodedFrame, InitSegment};
use crate::time::MediaTime;

pub(super) fn run<'a>(
    strictness: Strictness,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    budget: usize,
) -> Outcome {
    test_support::run(IsoBmffDemuxer::new(strictness), pieces, budget)
}

pub(super) fn whole(bytes: &[u8]) -> Outcome {
    run(Strictness::Lenient, [bytes], usize::MAX)
}

/// `track pts dts end key data` of each frame in milliseconds, and starts and ends; `|` ends an initialization segment.
pub(super) fn story(all: &[u8]) -> Result<Vec<String>, ContainerError> {
    story_of(&mut IsoBmffDemuxer::default(), all)
}

pub(super) fn story_of(demuxer: &mut IsoBmffDemuxer, all: &[u8]) -> Result<Vec<String>, ContainerError> {
    let mut lines = Vec::new();
    for byte in all {
        demuxer.push(&[*byte]);
        let result = demuxer.parse(usize::MAX);
        while let Some(event) = demuxer.poll_event() {
            lines.push(match event {
                DemuxEvent::InitSegment(_) => "|".into(),
                DemuxEvent::MediaSegmentStart => "(".into(),
                DemuxEvent::MediaSegmentEnd => ")".into(),
                DemuxEvent::FirstPresentation(time) => format!("from {time:?}"),
                DemuxEvent::Frame(frame) => format!(
                    "{} {} {} {} {} {}",
                    frame.track_id,
                    frame.presentation_timestamp.as_nanos() / 1_000_000,
                    frame.decode_timestamp.as_nanos() / 1_000_000,
                    frame.presentation_end.as_nanos() / 1_000_000,
                    if frame.is_random_access_point { "K" } else { "-" },
                    String::from_utf8_lossy(&frame.data)
                ),
            });
        }
        result?;
    }
    Ok(lines)
}

pub(super) fn init_of(bytes: &[u8]) -> Result<InitSegment, ContainerError> {
    let mut demuxer = IsoBmffDemuxer::default();
    demuxer.push(bytes);
    demuxer.parse(usize::MAX)?;
    match demuxer.poll_event() {
        Some(DemuxEvent::InitSegment(segment)) => Ok(segment),
        other => panic!("{other:?}"),
    }
}

/// The error of a stream, as text.
pub(super) fn complaint(parts: &[Vec<u8>]) -> (ErrorClass, String) {
    let error = story(&parts.concat()).unwrap_err();
    (error.class, error.to_string())
}

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        /// Name, bytes and packets of all fixtures.
        pub(super) const FIXTURES: &[(&str, &[u8], &str)] = &[$((
            $name,
            include_bytes!(concat!("../../../../tests/fixtures/mp4/", $name, ".mp4")),
            include_str!(concat!("../../../../tests/fixtures/mp4/", $name, ".csv")),
        )),*];
    };
}
fixtures! {
    "ac-3",
    "alac",
    "av1-opus",
    "ec-3",
    "flac",
    "fragmented",
    "fragmented-base-data-offset",
    "fragmented-delay-moov-edit-list",
    "fragmented-samples-in-moov",
    "fragmented-without-decode-times",
    "hev1",
    "hvc1",
    "moov-end",
    "moov-front",
    "mp3",
    "one-frame-per-fragment",
    "turned",
    "vp9-opus",
}

pub(super) fn fixture(name: &str) -> &'static [u8] {
    FIXTURES.iter().find(|(found, ..)| *found == name).unwrap().1
}

#[test]
fn events_are_the_same_however_the_bytes_are_cut() {
    for (name, bytes, _) in FIXTURES {
        let expected = whole(bytes);
        assert!(expected.0.len() > 5, "{name}: {expected:?}");
        for size in [1, 7, 1_000] {
            assert_eq!(
                run(Strictness::Lenient, bytes.chunks(size), usize::MAX),
                expected,
                "{name} in pieces of {size}"
            );
        }
        for budget in [0, 1, 500] {
            assert_eq!(
                run(Strictness::Lenient, [*bytes], budget),
                expected,
                "{name} by {budget}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn events_are_the_same_however_the_bytes_are_cut_at_random(
        index in 0..FIXTURES.len(),
        cuts in prop::collection::vec(any::<usize>(), 0..20),
        budget in 0usize..3_000,
    ) {
        let bytes = FIXTURES[index].1;
        prop_assert_eq!(run(Strictness::Lenient, cut(bytes, &cuts), budget), whole(bytes));
    }
}

#[test]
fn frames_come_before_their_segment_is_complete() {
    let bytes = fixture("fragmented");
    let mut demuxer = IsoBmffDemuxer::default();
    let mut lines = Vec::new();
    // moof and mdat of the first fragment follow the moov.
    let mdat = bytes.windows(4).position(|kind| kind == b"mdat").unwrap();
    feed(&mut demuxer, &bytes[..mdat + 4 + 1_235], usize::MAX, &mut lines).unwrap();
    assert_eq!(lines.iter().filter(|line| line.starts_with("frame")).count(), 1);
    assert_eq!(
        lines.last().unwrap(),
        &format!(
            "frame 1 pts 66733333 dts 0 end 100100000 trim 0 0 key 1235 bytes {:08x} None",
            0xbd98_c950u32
        )
    );
    assert!(demuxer.is_parsing_media_segment());
    assert_eq!(demuxer.pending_bytes(), 0);
    // All but the last byte of the second frame.
    feed(
        &mut demuxer,
        &bytes[mdat + 4 + 1_235..][..149],
        usize::MAX,
        &mut lines,
    )
    .unwrap();
    assert_eq!(lines.iter().filter(|line| line.starts_with("frame")).count(), 1);
    assert_eq!(demuxer.pending_bytes(), 149);
}

#[test]
fn nothing_is_held_when_all_is_delivered() {
    for (name, bytes, _) in FIXTURES {
        let mut demuxer = IsoBmffDemuxer::default();
        feed(&mut demuxer, bytes, usize::MAX, &mut Vec::new()).unwrap();
        assert_eq!(demuxer.pending_bytes(), 0, "{name}");
        assert!(!demuxer.is_parsing_media_segment(), "{name}");
    }
}

#[test]
fn a_file_with_its_moov_at_the_end_is_held_until_then() {
    let bytes = fixture("moov-end");
    let moov = bytes.windows(4).position(|kind| kind == b"moov").unwrap() - 4;
    let mut demuxer = IsoBmffDemuxer::default();
    let mut lines = Vec::new();
    feed(&mut demuxer, &bytes[..bytes.len() - 1], usize::MAX, &mut lines).unwrap();
    assert_eq!(lines, [""; 0]);
    assert!(demuxer.pending_bytes() > moov - 100);
    feed(&mut demuxer, &bytes[bytes.len() - 1..], usize::MAX, &mut lines).unwrap();
    assert!(lines[0].starts_with("init"));
    assert_eq!(lines[1], "start");
    assert_eq!(lines.last().unwrap(), "end");
    // The same frames as with the moov in front, which are in byte order there as well.
    assert_eq!(lines, whole(fixture("moov-front")).0);
}

#[test]
fn a_small_budget_does_a_little_at_a_time() {
    let mut demuxer = IsoBmffDemuxer::default();
    demuxer.push(fixture("moov-end"));
    let (mut calls, mut most) = (0, 0);
    loop {
        let status = demuxer.parse(1_000).unwrap();
        let mut lines = Vec::new();
        take_events(&mut demuxer, &mut lines);
        most = most.max(lines.len());
        calls += 1;
        if status == ParseStatus::Done {
            break;
        }
    }
    assert!(calls > 10, "{calls}");
    assert!(most < 40, "{most}");
}

#[test]
fn files_follow_each_other() {
    let (ordinary, fragmented) = (fixture("moov-end"), fixture("fragmented"));
    let (expected, again) = (whole(ordinary).0, whole(fragmented).0);
    // Chunk offsets count from the second ftyp.
    let all: Vec<u8> = [fragmented, ordinary, ordinary].concat();
    let (lines, error) = run(Strictness::Lenient, all.chunks(777), 5_000);
    assert_eq!(error, None);
    assert_eq!(lines, [again, expected.clone(), expected].concat());
}
