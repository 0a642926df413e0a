//! Broken bytes: nothing panics, and what comes out is the same however they are cut.

use super::*;

/// Small files of each layout.
const SMALL: [&str; 5] = ["vorbis", "opus-short-frames", "hevc", "vp8-alpha", "vp9-hdr"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn flipped_bits(
        name in prop::sample::select(&SMALL[..]),
        // Mostly where the tracks are.
        flips in prop::collection::vec((prop_oneof![0usize..900, any::<usize>()], 0u8..8), 1..6),
        truncate in prop::option::of(any::<usize>()),
        cuts in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let mut bytes = fixture(name).to_vec();
        for (position, bit) in flips {
            let position = position % bytes.len();
            bytes[position] ^= 1 << bit;
        }
        if let Some(length) = truncate {
            bytes.truncate(length % (bytes.len() + 1));
        }
        let expected = whole(&bytes);
        prop_assert_eq!(lenient(cut(&bytes, &cuts), 500), expected);
    }

    #[test]
    fn bytes_overwritten(
        name in prop::sample::select(&SMALL[..]),
        position in 0usize..900,
        value in prop::sample::select(&[0u8, 1, 0x7f, 0x80, 0xa3, 0xe7, 0xec, 0xff][..]),
        count in 1usize..9,
        cuts in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let mut bytes = fixture(name).to_vec();
        let position = position % (bytes.len() - 9);
        bytes[position..position + count].fill(value);
        let expected = whole(&bytes);
        prop_assert_eq!(lenient(cut(&bytes, &cuts), 500), expected);
    }

    #[test]
    fn noise(bytes in prop::collection::vec(any::<u8>(), 0..200), after in prop::option::of(0usize..300)) {
        let mut all = Vec::new();
        if let Some(more) = after {
            // Into the first cluster of unknown size.
            let recording = recordings::RECORDINGS.iter().find(|(name, _)| *name == "chromium-vp8-opus");
            all.extend_from_slice(&recording.unwrap().1[..218 + more]);
        }
        all.extend_from_slice(&bytes);
        prop_assert_eq!(lenient(all.chunks(1), usize::MAX), whole(&all));
    }
}

#[test]
fn every_truncation_waits() {
    let bytes = fixture("vp8-alpha");
    let (complete, _) = whole(bytes);
    for length in 0..bytes.len() {
        let (lines, error) = whole(&bytes[..length]);
        assert_eq!(error, None, "{length}");
        assert!(complete.starts_with(&lines), "{length}");
    }
}

#[test]
fn an_error_stays_until_reset() {
    let mut demuxer = WebMDemuxer::default();
    let mut lines = Vec::new();
    let error = feed(&mut demuxer, b"<html><body>404", usize::MAX, &mut lines).unwrap_err();
    let again = feed(&mut demuxer, fixture("vorbis"), usize::MAX, &mut lines);
    assert_eq!(again, Err(error));
    demuxer.reset();
    assert_eq!(demuxer.pending_bytes(), 0);
    feed(&mut demuxer, fixture("vorbis"), usize::MAX, &mut lines).unwrap();
    assert_eq!(lines, whole(fixture("vorbis")).0);
}
