//! Broken bytes: nothing panics, and what comes out is the same however they are cut.

use super::*;

/// How frames, tags and what is in them begin.
const BEGINNINGS: &[&[u8]] = &[
    b"ID3\x03\0\0\0\0\0\x20",
    b"TAG",
    b"TAG+",
    b"APETAGEX",
    b"LYRICSBEGIN",
    b"ICY ",
    b"\r\n\r\n",
    b"\xff\xfb\x90\x64",
    b"\xff\xf1\x50\x80\x01\x7f\xfc",
    b"COMM\0\0\0\x10\0\0",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn flipped_bits(
        index in 0..FIXTURES.len(),
        strict: bool,
        flips in prop::collection::vec((any::<usize>(), 0u8..8), 1..6),
        truncate in prop::option::of(any::<usize>()),
        cuts in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let (name, bytes, _) = FIXTURES[index];
        let mut bytes = bytes.to_vec();
        for (position, bit) in flips {
            let position = position % bytes.len();
            bytes[position] ^= 1 << bit;
        }
        if let Some(length) = truncate {
            bytes.truncate(length % (bytes.len() + 1));
        }
        let strictness = if strict { Strictness::Strict } else { Strictness::Lenient };
        let expected = run(demuxer(name, strictness), [bytes.as_slice()], usize::MAX);
        prop_assert_eq!(run(demuxer(name, strictness), cut(&bytes, &cuts), 500), expected);
    }

    #[test]
    fn noise_between(
        name in prop::sample::select(&["cbr", "adts-lc", "tags-at-end"][..]),
        at in any::<usize>(),
        noise in prop::collection::vec(
            prop_oneof![
                any::<u8>().prop_map(|byte| vec![byte]),
                prop::sample::select(BEGINNINGS).prop_map(<[u8]>::to_vec),
            ],
            0..60,
        ),
        cuts in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let file = fixture(name);
        let (before, after) = file.split_at(at % (file.len() + 1));
        let bytes = [before, &noise.concat(), after].concat();
        let expected = whole(name, &bytes);
        prop_assert_eq!(run(demuxer(name, Strictness::Lenient), cut(&bytes, &cuts), 100), expected);
    }
}

#[test]
fn every_truncation_waits() {
    for name in ["tags-at-end", "adts-itunes-gapless", "garbage-between"] {
        let bytes = fixture(name);
        let (complete, _) = whole(name, bytes);
        for length in 0..bytes.len() {
            let (lines, error) = whole(name, &bytes[..length]);
            assert_eq!(error, None, "{name} {length}");
            assert!(complete.starts_with(&lines), "{name} {length}");
        }
    }
}

#[test]
fn an_error_stays_until_reset() {
    let mut demuxer = demuxer("cbr", Strictness::Lenient);
    let mut lines = Vec::new();
    let error = feed(&mut demuxer, b"<html><body>404", usize::MAX, &mut lines).unwrap_err();
    assert!(error.message.contains("error page"), "{error}");
    let again = feed(&mut demuxer, fixture("cbr"), usize::MAX, &mut lines);
    assert_eq!(again, Err(error));
    demuxer.reset();
    assert_eq!(demuxer.pending_bytes(), 0);
    feed(&mut demuxer, fixture("cbr"), usize::MAX, &mut lines).unwrap();
    assert_eq!(lines, whole("cbr", fixture("cbr")).0);
}
