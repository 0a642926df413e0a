//! What only a strict demuxer refuses.

use super::writer::*;
use super::*;

/// The error of a strict demuxer.
fn strict_complaint(parts: &[Vec<u8>]) -> Option<String> {
    let result = story_of(&mut IsoBmffDemuxer::new(Strictness::Strict), &parts.concat());
    result.err().map(|error| error.to_string())
}

#[test]
fn strict_wants_addresses_relative_to_the_moof() {
    let fragments = |trafs: &[(u32, bool)]| {
        let moof = moof_before_mdat(|data| {
            let traf = |&(flags, has_offset): &(u32, bool)| {
                let trun = if has_offset { &[1, data][..] } else { &[1] };
                traf(&[
                    fields(b"tfhd", 0, flags, &[1]),
                    tfdt(0),
                    fields(b"trun", 0, u32::from(has_offset), trun),
                    fields(b"trun", 0, 0, &[0]),
                ])
            };
            moof(&trafs.iter().map(traf).collect::<Vec<_>>())
        });
        let bytes = [init_three(), moof, boxed(b"mdat", &[b"aaaabbbb"])];
        strict_complaint(&bytes)
    };
    let (base, none) = (DEFAULT_BASE_IS_MOOF, 0);
    assert_eq!(fragments(&[(base, true), (base, true)]), None);
    assert_eq!(fragments(&[(none, true)]), None);
    for (trafs, complaint) in [
        (&[(base, true), (none, true)][..], "lacks default-base-is-moof"),
        (&[(none, true), (base, true)], "lacks default-base-is-moof"),
        (&[(base, false)], "has no data offset"),
        (&[(base, true), (base, false)], "has no data offset"),
    ] {
        let found = fragments(trafs).unwrap();
        assert!(found.contains(complaint), "{found}");
    }
}

#[test]
fn strict_wants_a_known_brand() {
    let rest = || init_three()[ftyp().len()..].to_vec();
    let brands = |kind, brands: &[u8]| boxed(kind, &[brands]);
    assert_eq!(
        strict_complaint(&[brands(b"ftyp", b"abcd\0\0\0\0iso6"), rest()]),
        None
    );
    for (stream, complaint) in [
        (vec![rest()], "moov at byte 0: has no ftyp before it"),
        (
            vec![brands(b"ftyp", b"abcd\0\0\0\0efgh"), rest()],
            "ftyp at byte 0: none of its brands is known: 'abcd', 'efgh'",
        ),
        (
            vec![init_three(), brands(b"styp", b"abcd\0\0\0\0")],
            "none of its brands is known: 'abcd'",
        ),
        (
            vec![brands(b"ftyp", b"isom")],
            "ftyp at byte 0: ends after 4 bytes",
        ),
        (vec![brands(b"ftyp", &[0; 5_000])], "the limit is 4096"),
        (vec![init_three(), rest()], "has no ftyp before it"),
    ] {
        let found = strict_complaint(&stream).unwrap();
        assert!(found.contains(complaint), "{found}");
        assert_eq!(story(&stream.concat()).err(), None);
    }
}

#[test]
fn strict_wants_all_data_in_the_file() {
    let init = |flags| {
        let dref = boxed(b"dref", &[&words(&[0, 1]), &fields(b"url ", 0, flags, &[])]);
        let bytes = init_three();
        // Into the first track, and its parents grow.
        let at = bytes.windows(4).position(|kind| kind == b"minf").unwrap() + 4;
        let dinf = boxed(b"dinf", &[&dref]);
        let mut result = [&bytes[..at], &dinf, &bytes[at..]].concat();
        for parent in [b"moov", b"trak", b"mdia", b"minf"] {
            let at = result.windows(4).position(|kind| kind == parent).unwrap() - 4;
            let size = u32::from_be_bytes(result[at..at + 4].try_into().unwrap()) + dinf.len() as u32;
            result[at..at + 4].copy_from_slice(&size.to_be_bytes());
        }
        result
    };
    assert_eq!(strict_complaint(&[init(1)]), None);
    assert!(strict_complaint(&[init(0)]).unwrap().contains("in another file"));
    assert_eq!(story(&init(0)).unwrap(), ["|"]);
}
