//! What recorders write, appended as pages append it.

use super::golden::buffered;
use super::*;

macro_rules! recordings {
    ($($name:literal),* $(,)?) => {
        /// Name and bytes of recordings of browsers.
        pub(super) const RECORDINGS: &[(&str, &[u8])] = &[$((
            $name,
            include_bytes!(concat!("../../../../tests/fixtures/recorder/", $name, ".webm")),
        )),*];
    };
}
recordings! {
    "chromium-av1-opus",
    "chromium-h264-opus",
    "chromium-opus",
    "chromium-pcm",
    "chromium-vp8-keyframes",
    "chromium-vp8-opus",
    "chromium-vp8-paused",
    "chromium-vp9-opus",
    "firefox-opus",
    "firefox-vp8",
    "firefox-vp8-opus",
    "firefox-vp8-paused",
}

fn recording(name: &str) -> &'static [u8] {
    RECORDINGS.iter().find(|(found, _)| *found == name).unwrap().1
}

/// Offsets of the clusters.
fn clusters(bytes: &[u8]) -> Vec<usize> {
    let is_cluster = |at: &usize| bytes[*at..].starts_with(&[0x1f, 0x43, 0xb6, 0x75]);
    (0..bytes.len()).filter(is_cluster).collect()
}

#[test]
fn each_recording_is_buffered_in_one_range() {
    for (name, bytes) in RECORDINGS {
        for ranges in buffered(bytes) {
            assert_eq!(ranges.len(), 1, "{name}: {ranges:?}");
            // A second and a half; sound and pictures may begin late.
            let (start, end) = ranges[0];
            assert!(
                start < 900 && (1_300..1_700).contains(&end) || *name == "chromium-pcm",
                "{name}: {ranges:?}"
            );
        }
    }
}

#[test]
fn every_block_of_a_recording_becomes_a_frame() {
    // ffprobe counts as many packets.
    for (name, counts) in [
        ("chromium-vp8-opus", [22, 10]),
        ("chromium-h264-opus", [22, 25]),
        ("firefox-vp8-paused", [12, 75]),
    ] {
        let frames = frames(WebMDemuxer::default(), recording(name));
        let count = |track| frames.iter().filter(|frame| frame.track_id == track).count();
        assert_eq!([1, 2].map(count), counts, "{name}");
    }
}

#[test]
fn frames_of_h264_without_a_record_say_how_they_are_decoded() {
    let frames = frames(WebMDemuxer::default(), recording("chromium-h264-opus"));
    let picture = frames.iter().find(|frame| frame.track_id == 1).unwrap();
    assert!(picture.data.starts_with(&[0, 0, 0, 1]) || picture.data.starts_with(&[0, 0, 1]));
    let config = picture.config.as_ref().unwrap();
    assert_eq!((config.codec.len(), config.description.as_ref()), (11, None));
    assert!(picture.is_random_access_point);
}

/// Who joins late has the first piece of a recording and then one from its middle.
#[test]
fn a_late_joiner_goes_on_with_the_next_cluster() {
    let bytes = recording("chromium-vp8-opus");
    let clusters = clusters(bytes);
    let first = clusters[0] + 700;
    let expected_tail = {
        let all = [&bytes[..clusters[0]], &bytes[clusters[1]..]].concat();
        whole(&all).0[1..].to_vec()
    };
    for late in [clusters[1] - 500, clusters[1] - 1, clusters[1]] {
        // The first piece ends in the middle of a block, or was cut off there by abort().
        for reset in [false, true] {
            let mut demuxer = WebMDemuxer::default();
            let mut lines = Vec::new();
            feed(&mut demuxer, &bytes[..first], usize::MAX, &mut lines).unwrap();
            if reset {
                demuxer.reset();
            }
            let before = lines.len();
            feed(&mut demuxer, &bytes[late..], usize::MAX, &mut lines).unwrap();
            assert!(demuxer.is_parsing_media_segment());
            let tail = &lines[lines.len() - expected_tail.len() + 1..];
            assert_eq!(tail, &expected_tail[1..], "{late} {reset}");
            assert!(lines.len() - before <= expected_tail.len() + 4, "{late} {reset}");
        }
    }
    // The same bytes, cut anywhere.
    let spliced = [&bytes[..first], &bytes[clusters[1] - 500..]].concat();
    assert_eq!(lenient(spliced.chunks(1), usize::MAX), whole(&spliced));
}

#[test]
fn only_a_lenient_demuxer_looks_for_the_next_cluster_and_not_for_ever() {
    let bytes = recording("chromium-vp8-opus");
    let from = clusters(bytes)[0];
    let mut stream = bytes[..from].to_vec();
    stream.extend([0; 100]);
    let garbage_then_cluster = [&stream[..], &bytes[from..]].concat();
    let (lines, error) = run(
        WebMDemuxer::new(Strictness::Strict),
        [&garbage_then_cluster[..]],
        usize::MAX,
    );
    assert_eq!((lines.len(), error.unwrap().offset), (1, from as u64));
    assert_eq!(whole(&garbage_then_cluster), (whole(bytes).0, None));
    // Before any initialization segment there is nothing to go on with.
    assert!(whole(&[&[0; 100], bytes].concat()).1.is_some());

    let mut demuxer = WebMDemuxer::default();
    let mut lines = Vec::new();
    feed(&mut demuxer, &stream, usize::MAX, &mut lines).unwrap();
    let zeros = vec![0; 1 << 20];
    let mut pieces = 0;
    let error = loop {
        match feed(&mut demuxer, &zeros, usize::MAX, &mut lines) {
            Ok(()) => pieces += 1,
            Err(error) => break error,
        }
        assert_eq!(demuxer.pending_bytes(), 0);
    };
    assert_eq!(
        (error.class, error.offset, pieces),
        (ErrorClass::Limit, from as u64, 31)
    );
}
