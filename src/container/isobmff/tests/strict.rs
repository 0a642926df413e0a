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

#[test]
fn strict_holds_files_to_their_brands() {
    let brands = |kind, brands: &[u8]| boxed(kind, &[brands]);
    let rest = || init_three()[ftyp().len()..].to_vec();
    let one = || init(&[TrackWriter::video(1)], Some(&[trex(1, 40, 4, 0)]))[ftyp().len()..].to_vec();
    let old = brands(b"ftyp", b"isom\0\0\0\0avc1");
    let cmaf = brands(b"ftyp", b"iso6\0\0\0\0cmfc");
    let fragment = || fragment(&[tfdt(0)]);
    let two_trafs = moof_before_mdat(|data| {
        let traf = |time| traf(&[tfhd(1), tfdt(time), fields(b"trun", 0, 1, &[1, data])]);
        moof(&[traf(0), traf(40)])
    });
    let two_trafs = || [&two_trafs[..], &boxed(b"mdat", &[b"aaaa"])].concat();
    for stream in [
        vec![cmaf.clone(), one(), fragment()],
        // The brands of a segment are for itself.
        vec![old.clone(), rest(), brands(b"styp", b"msdh\0\0\0\0"), fragment()],
        vec![
            brands(b"ftyp", b"abcd\0\0\0\0iso6"),
            one(),
            brands(b"styp", b"abcd\0\0\0\0"),
            fragment(),
        ],
        vec![brands(b"ftyp", b"iso6\0\0\0\0"), one(), two_trafs()],
        vec![cmaf.clone(), one(), brands(b"styp", b"msdh\0\0\0\0"), two_trafs()],
    ] {
        assert_eq!(strict_complaint(&stream), None);
    }
    for (stream, complaint) in [
        (
            vec![cmaf.clone(), rest()],
            "moov at byte 20: does not have the one track",
        ),
        (vec![cmaf, one(), two_trafs()], "does not have the one traf"),
        (
            vec![old.clone(), rest(), fragment()],
            "moof/traf/tfhd at byte 1168: has default-base-is-moof",
        ),
        (
            vec![
                old,
                rest(),
                brands(b"styp", b"msdh\0\0\0\0"),
                fragment(),
                fragment(),
            ],
            "has default-base-is-moof",
        ),
        (
            vec![
                brands(b"ftyp", b"iso6\0\0\0\0"),
                one(),
                brands(b"styp", b"isom\0\0\0\0"),
                fragment(),
            ],
            "has default-base-is-moof",
        ),
    ] {
        let found = strict_complaint(&stream).unwrap();
        assert!(found.contains(complaint), "{found}");
        assert_eq!(story(&stream.concat()).err(), None);
    }
}
