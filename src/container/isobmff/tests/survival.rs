//! Broken bytes: nothing panics, and what comes out is the same however they are cut.

use super::*;

/// The small fixtures, and one of each layout.
const SMALL: [&str; 5] = ["turned", "flac", "mp3", "fragmented", "moov-end"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn flipped_bits(
        name in prop::sample::select(&SMALL[..]),
        // Mostly where the boxes are: near the start or the end.
        flips in prop::collection::vec((0usize..3_000, any::<bool>(), 0u8..8), 1..6),
        truncate in prop::option::of(any::<usize>()),
        cuts in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let mut bytes = fixture(name).to_vec();
        for (position, from_end, bit) in flips {
            let position = position % bytes.len();
            let position = if from_end { bytes.len() - 1 - position } else { position };
            bytes[position] ^= 1 << bit;
        }
        if let Some(length) = truncate {
            bytes.truncate(length % (bytes.len() + 1));
        }
        let expected = whole(&bytes);
        prop_assert_eq!(run(Strictness::Lenient, cut(&bytes, &cuts), 500), expected);
    }

    #[test]
    fn whole_fields_overwritten(
        name in prop::sample::select(&SMALL[..]),
        position in 0usize..3_000,
        from_end: bool,
        value in prop::sample::select(&[0u32, 1, 7, 8, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, u32::MAX][..]),
        cuts in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let mut bytes = fixture(name).to_vec();
        let position = position % (bytes.len() - 4);
        let position = if from_end { bytes.len() - 4 - position } else { position };
        bytes[position..position + 4].copy_from_slice(&value.to_be_bytes());
        let expected = whole(&bytes);
        prop_assert_eq!(run(Strictness::Lenient, cut(&bytes, &cuts), 500), expected);
    }

    #[test]
    fn noise(bytes in prop::collection::vec(any::<u8>(), 0..200), after_init: bool) {
        let mut all = Vec::new();
        if after_init {
            let fragmented = fixture("fragmented");
            let moof = fragmented.windows(4).position(|kind| kind == b"moof").unwrap() - 4;
            all.extend_from_slice(&fragmented[..moof]);
        }
        all.extend_from_slice(&bytes);
        prop_assert_eq!(run(Strictness::Lenient, all.chunks(1), usize::MAX), whole(&all));
    }
}

#[test]
fn every_truncation_waits_or_fails() {
    let bytes = fixture("turned");
    let (complete, _) = whole(bytes);
    for length in 0..bytes.len() {
        let (lines, error) = whole(&bytes[..length]);
        assert_eq!(error, None, "{length}");
        assert!(
            complete.starts_with(&lines) && lines.len() < complete.len(),
            "{length}"
        );
    }
}

#[test]
fn an_error_stays_until_reset() {
    let mut demuxer = IsoBmffDemuxer::default();
    let mut lines = Vec::new();
    let error = feed(&mut demuxer, b"<html><body>404", usize::MAX, &mut lines).unwrap_err();
    assert_eq!(
        feed(&mut demuxer, fixture("flac"), usize::MAX, &mut lines),
        Err(error)
    );
    demuxer.reset();
    assert_eq!(demuxer.pending_bytes(), 0);
    feed(&mut demuxer, fixture("flac"), usize::MAX, &mut lines).unwrap();
    assert_eq!(lines, whole(fixture("flac")).0);
}
