//! What every demuxer refuses, and how it says so.

use super::writer::*;
use super::*;

#[test]
fn media_data_must_hold_the_samples() {
    let at = |offset: u32| {
        let moof = |data| {
            moof(&[traf(&[
                tfhd(1),
                tfdt(0),
                fields(b"trun", 0, 0x1, &[1, u32::wrapping_sub(data + offset, 100)]),
            ])])
        };
        complaint(&[
            init_three(),
            moof_before_mdat(moof),
            boxed(b"mdat", &[b"aaaa"]),
            fragment(&[]),
        ])
    };
    for (offset, expected) in [
        (50, "lies outside the mdat boxes after its moof"),
        (99, "lies outside the mdat boxes after its moof"),
        (101, "goes past the end of its mdat"),
        (
            104,
            "is not there: the media data ended, for a moof box begins at byte",
        ),
    ] {
        let (class, message) = at(offset);
        assert_eq!(class, ErrorClass::Malformed);
        assert!(message.starts_with("moof/traf/trun at byte"), "{message}");
        assert!(message.contains("the sample of track 1 in bytes"), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn mistakes_are_named() {
    use ErrorClass::{Limit, Malformed, Unsupported};
    let video = |entry| {
        init(
            &[TrackWriter {
                sample_entry: entry,
                ..TrackWriter::video(1)
            }],
            Some(&[]),
        )
    };
    let audio = |entry| {
        init(
            &[TrackWriter {
                sample_entry: entry,
                ..TrackWriter::audio(1)
            }],
            Some(&[]),
        )
    };
    let tables = |tables| {
        init(
            &[TrackWriter {
                tables,
                ..TrackWriter::video(1)
            }],
            None,
        )
    };
    let sinf = |format| {
        let schm = fields(b"schm", 0, 0, &[u32::from_be_bytes(*b"cenc"), 1 << 16]);
        boxed(b"sinf", &[&boxed(b"frma", &[format]), &schm])
    };
    let one_run = |run: Vec<u8>| moof(&[traf(&[tfhd(1), tfdt(0), run])]);
    for (stream, class, message) in [
        (
            vec![fragment(&[])],
            Malformed,
            "moof at byte 0: media before any initialization segment",
        ),
        (vec![init_three(), moof(&[])], Malformed, "has no traf"),
        (vec![init_three(), moof(&[traf(&[])])], Malformed, "has no tfhd"),
        (
            vec![init_three(), moof(&[traf(&[tfhd(9)])])],
            Malformed,
            "belongs to track 9, which",
        ),
        (
            vec![init_three(), one_run(fields(b"trun", 0, 0x100, &[u32::MAX, 1]))],
            Malformed,
            "says it has 4294967295 entries, with room for 1",
        ),
        (
            vec![init_three(), one_run(fields(b"trun", 0, 0, &[u32::MAX]))],
            Limit,
            "samples; the limit is",
        ),
        (
            vec![
                init_three(),
                one_run(fields(b"trun", 0, 1, &[1, i32::MIN.cast_unsigned()])),
            ],
            Malformed,
            "leads before the first byte",
        ),
        (
            vec![init_three(), one_run(fields(b"trun", 0, 1, &[1]))],
            Malformed,
            "moof/traf/trun",
        ),
        (
            vec![
                init_three(),
                moof(&[traf(&[fields(b"tfhd", 0, 2, &[1, 2]), tfdt(0)])]),
            ],
            Malformed,
            "uses sample description 2, which its track does not have",
        ),
        (
            vec![init(&(1..300).map(TrackWriter::video).collect::<Vec<_>>(), None)],
            Limit,
            "more tracks than the limit of 256",
        ),
        (vec![init(&[], Some(&[]))], Unsupported, "no audio or video track"),
        (
            vec![init(&[TrackWriter::video(1), TrackWriter::audio(1)], None)],
            Malformed,
            "two tracks have the number 1",
        ),
        (
            vec![video(video_entry(b"hvc1", &[]))],
            Malformed,
            "stsd/hvc1 at byte 345: has no hvcC box",
        ),
        (
            vec![video(video_entry(b"hev1", &boxed(b"hvcC", &[&[1; 9]])))],
            Malformed,
            "stsd/hev1/hvcC at byte 452: hvcC of 9 bytes is too short",
        ),
        (
            vec![video(video_entry(b"encv", &sinf(b"avc1")))],
            Unsupported,
            "encrypted by scheme 'cenc' (original format 'avc1')",
        ),
        (
            vec![audio(opus_entry(b"enca", &sinf(b"Opus")))],
            Unsupported,
            "encrypted by scheme 'cenc' (original format 'Opus')",
        ),
        (
            vec![audio(boxed(b"samr", &[&[0; 28]]))],
            Unsupported,
            "sample entry 'samr' names no codec known here",
        ),
        (
            vec![audio(boxed(
                b"mp4a",
                &[&[0; 28], &boxed(b"esds", &[&[0; 70_000]])],
            ))],
            Limit,
            "mp4a/esds at byte",
        ),
        (
            vec![tables(fields(b"stts", 0, 0, &[u32::MAX]))],
            Malformed,
            "moov/trak/mdia/minf/stbl/stts at byte 452: says it has 4294967295 entries, with room for 0",
        ),
        (
            vec![tables(fields(b"stsz", 0, 0, &[0, u32::MAX, 1]))],
            Malformed,
            "with room for 1",
        ),
        (
            vec![tables(fields(b"stz2", 0, 0, &[4, 9, 0]))],
            Malformed,
            "stz2 at byte 452: says it has 9 entries of 4 bits, in 4 bytes",
        ),
        (
            vec![words(&[200 << 20]), b"moov".to_vec()],
            Limit,
            "moov at byte 0: says it is 209715200 bytes long",
        ),
        (
            vec![words(&[1]), b"mdat".to_vec(), words(&[1, 0])],
            Limit,
            "rewrite the file with the moov in front",
        ),
        (
            vec![words(&[0]), b"mdat".to_vec()],
            Malformed,
            "no moov came before",
        ),
        (
            vec![words(&[0]), b"free".to_vec()],
            Malformed,
            "free at byte 0: has size 0",
        ),
        (
            vec![words(&[1]), b"free".to_vec(), words(&[0, 15])],
            Malformed,
            "less than its own header",
        ),
        (
            vec![ftyp(), b"\0\0\0\x10moo\x01".to_vec()],
            Malformed,
            "box 'moo?' at byte 20: not an MP4 box type",
        ),
    ] {
        let (found_class, found) = complaint(&stream);
        assert!(found.contains(message), "expected: {message}\nfound: {found}");
        assert_eq!(found_class, class, "{found}");
    }
}

/// An initialization segment of one track, in which the first box of this type is not there.
fn init_without(kind: &[u8; 4]) -> Vec<u8> {
    let mut bytes = init(&[TrackWriter::video(1)], Some(&[trex(1, 40, 4, 0)]));
    let at = bytes.windows(4).position(|found| found == kind).unwrap();
    bytes[at..at + 4].copy_from_slice(b"skip");
    bytes
}

#[test]
fn what_decoding_needs_must_be_there() {
    let video = |entry| {
        let track = TrackWriter {
            sample_entry: entry,
            ..TrackWriter::video(1)
        };
        init(&[track], Some(&[]))
    };
    let audio = |entry| {
        let track = TrackWriter {
            sample_entry: entry,
            ..TrackWriter::audio(1)
        };
        init(&[track], Some(&[]))
    };
    // The size lies behind the header and 24 bytes.
    let no_size = |at: usize| {
        let mut entry = video_entry(b"avc1", &[]);
        entry[at..at + 2].fill(0);
        video(entry)
    };
    let no_timescale = {
        let track = TrackWriter {
            timescale: 0,
            ..TrackWriter::video(1)
        };
        init(&[track], Some(&[]))
    };
    for (stream, message) in [
        // Which track it is.
        (init_without(b"tkhd"), "moov/trak at byte 136: has no tkhd"),
        (init_without(b"hdlr"), "no audio or video track"),
        // How it is decoded.
        (init_without(b"stsd"), "has no sample description 1"),
        (init_without(b"avcC"), "has no avcC box"),
        // How it is decrypted.
        (
            video(video_entry(b"encv", &[])),
            "encrypted (encv) and does not say how",
        ),
        (
            audio(opus_entry(b"enca", &[])),
            "encrypted (enca) and does not say how",
        ),
        // What its first frame is shown or heard as.
        (no_size(8 + 24), "the picture has no size"),
        (no_size(8 + 26), "the picture has no size"),
        (
            audio(boxed(b".mp3", &[&[0; 28]])),
            "the sound has 0 channels of 0 Hz",
        ),
        // When it is shown.
        (init_without(b"mdhd"), "moov/trak at byte 136: has no mdhd"),
        (init_without(b"mvhd"), "has no mvhd"),
        (no_timescale, "timescale"),
    ] {
        let (_, found) = complaint(&[stream]);
        assert!(found.contains(message), "expected: {message}\nfound: {found}");
    }
}
