//! Tests of the demuxer as a whole: bytes in, events out.

mod golden;
mod odd;
mod recordings;
mod strict;
mod survival;
mod tracks;
mod writer;

use proptest::prelude::*;

use super::*;
use crate::container::test_support::{Outcome, cut, feed, frames, run};
use crate::time::MediaTime;

fn lenient<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, budget: usize) -> Outcome {
    run(WebMDemuxer::default(), pieces, budget)
}

fn whole(bytes: &[u8]) -> Outcome {
    lenient([bytes], usize::MAX)
}

macro_rules! fixtures {
    ($($name:literal . $extension:literal),* $(,)?) => {
        /// Name, bytes and packets of all fixtures.
        const FIXTURES: &[(&str, &[u8], &str)] = &[$((
            $name,
            include_bytes!(concat!("../../../../tests/fixtures/webm/", $name, ".", $extension)),
            include_str!(concat!("../../../../tests/fixtures/webm/", $name, ".csv")),
        )),*];
    };
}
fixtures! {
    "av1-opus"."webm",
    "avc-aac"."mkv",
    "avc-aac-block-groups"."mkv",
    "avc-aac-ebml-lacing-chapters"."mkv",
    "flac"."mkv",
    "hevc"."mkv",
    "mp3-xiph-lacing"."mkv",
    "opus-short-frames"."webm",
    "pcm"."mkv",
    "vorbis"."webm",
    "vp8-alpha"."webm",
    "vp8-varying-rate"."webm",
    "vp8-vorbis"."webm",
    "vp8-vorbis-mkvmerge"."webm",
    "vp9-dash"."webm",
    "vp9-hdr"."webm",
    "vp9-opus-cues-in-front"."webm",
    "vp9-opus-live"."webm",
}

fn fixture(name: &str) -> &'static [u8] {
    FIXTURES.iter().find(|(found, ..)| *found == name).unwrap().1
}

/// Everything that is read whole: fixtures and recordings.
fn files() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let fixtures = FIXTURES.iter().map(|(name, bytes, _)| (*name, *bytes));
    fixtures.chain(recordings::RECORDINGS.iter().copied())
}

#[test]
fn events_are_the_same_however_the_bytes_are_cut() {
    for (name, bytes) in files() {
        let expected = whole(bytes);
        assert!(
            expected.0.len() > 5 && expected.1.is_none(),
            "{name}: {expected:?}"
        );
        for size in [1, 7, 1_000] {
            let found = lenient(bytes.chunks(size), usize::MAX);
            assert_eq!(found, expected, "{name} in pieces of {size}");
        }
        for budget in [0, 1, 500] {
            assert_eq!(lenient([bytes], budget), expected, "{name} by {budget}");
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
        prop_assert_eq!(lenient(cut(bytes, &cuts), budget), whole(bytes));
    }
}

#[test]
fn frames_come_before_their_cluster_is_complete() {
    let bytes = fixture("vp9-dash");
    let mut demuxer = WebMDemuxer::default();
    let mut lines = Vec::new();
    let cluster = bytes
        .windows(4)
        .position(|id| id == [0x1f, 0x43, 0xb6, 0x75])
        .unwrap();
    let block = cluster + bytes[cluster..].iter().position(|&byte| byte == 0xa3).unwrap();
    // ID, a size of two bytes, the block's header, the payload.
    let end = block + 3 + 4 + 1_906;
    feed(&mut demuxer, &bytes[..end - 1], usize::MAX, &mut lines).unwrap();
    assert_eq!(lines.last().unwrap(), "start");
    feed(&mut demuxer, &bytes[end - 1..end], usize::MAX, &mut lines).unwrap();
    assert!(lines.last().unwrap().starts_with("frame 3 pts 0 "), "{lines:?}");
    assert_eq!(demuxer.pending_bytes(), 0);
    assert!(demuxer.is_parsing_media_segment());
}

#[test]
fn nothing_is_held_when_all_is_delivered() {
    for (name, bytes) in files() {
        let mut demuxer = WebMDemuxer::default();
        feed(&mut demuxer, bytes, usize::MAX, &mut Vec::new()).unwrap();
        assert_eq!(demuxer.pending_bytes(), 0, "{name}");
    }
}

#[test]
fn files_follow_each_other() {
    // The last cluster of the first has no end but the header of the second.
    let live = recordings::RECORDINGS
        .iter()
        .find(|(name, _)| *name == "chromium-vp9-opus");
    let (live, ordinary) = (live.unwrap().1, fixture("vp8-vorbis"));
    let (mut expected, again) = (whole(live).0, whole(ordinary).0);
    assert_ne!(expected.last().unwrap(), "end");
    expected.push("end".into());
    expected.extend(again.clone());
    expected.extend(again);
    let all: Vec<u8> = [live, ordinary, ordinary].concat();
    let (lines, error) = lenient(all.chunks(777), 5_000);
    assert_eq!(error, None);
    assert_eq!(lines, expected);
}
