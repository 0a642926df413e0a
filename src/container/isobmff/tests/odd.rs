//! Odd combinations that no ordinary muxer writes.

use super::writer::*;
use super::*;
use crate::container::InitSegment;

const NON_SYNC: u32 = 0x1_0000;
pub(super) const DEFAULT_BASE_IS_MOOF: u32 = 0x2_0000;

/// Video track 1 with defaults of 40 ms, 4 bytes, no sync; audio track 2 with 20 ms, 2 bytes; subtitle track 3.
pub(super) fn init_three() -> Vec<u8> {
    let text = TrackWriter {
        handler: *b"text",
        ..TrackWriter::video(3)
    };
    init(
        &[TrackWriter::video(1), TrackWriter::audio(2), text],
        Some(&[
            trex(1, 40, 4, NON_SYNC),
            trex(2, 20, 2, NON_SYNC),
            trex(3, 1_000, 3, 0),
        ]),
    )
}

pub(super) fn tfhd(track: u32) -> Vec<u8> {
    fields(b"tfhd", 0, DEFAULT_BASE_IS_MOOF, &[track])
}

pub(super) fn tfdt(time: u32) -> Vec<u8> {
    fields(b"tfdt", 0, 0, &[time])
}

pub(super) fn moof(trafs: &[Vec<u8>]) -> Vec<u8> {
    boxed(b"moof", &[&fields(b"mfhd", 0, 0, &[1]), &trafs.concat()])
}

pub(super) fn traf(parts: &[Vec<u8>]) -> Vec<u8> {
    boxed(b"traf", &[&parts.concat()])
}

/// A `moof` whose runs are told the offset of the payload of the `mdat` directly after it.
pub(super) fn moof_before_mdat(build: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    let length = build(0).len() as u32;
    build(length + 8)
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

#[test]
fn defaults_come_from_trex_then_tfhd_then_the_run() {
    let bytes = [
        init_three(),
        // All from trex, with the flags of the first sample replaced.
        moof_before_mdat(|data| {
            moof(&[traf(&[
                tfhd(1),
                tfdt(100),
                fields(b"trun", 0, 0x5, &[2, data, 0]),
            ])])
        }),
        boxed(b"mdat", &[b"aaaabbbb"]),
        // Duration, size and flags from tfhd.
        moof_before_mdat(|data| {
            moof(&[traf(&[
                fields(b"tfhd", 0, DEFAULT_BASE_IS_MOOF | 0x3a, &[1, 1, 50, 2, 0]),
                fields(b"tfdt", 1, 0, &[0, 500]),
                fields(b"trun", 0, 0x1, &[2, data]),
            ])])
        }),
        boxed(b"mdat", &[b"ccdd"]),
        // Everything from the run, composition offsets signed in version 1 and, as written by some, in version 0.
        moof_before_mdat(|data| {
            let run =
                |version, samples: &[u32]| fields(b"trun", version, 0xf01, &[&[2, data], samples].concat());
            let (later, earlier) = (10, 10u32.wrapping_neg());
            moof(&[
                traf(&[
                    tfhd(1),
                    tfdt(1_000),
                    run(1, &[30, 1, 0, later, 31, 2, NON_SYNC, earlier]),
                ]),
                traf(&[
                    tfhd(1),
                    tfdt(2_000),
                    run(0, &[30, 1, 0, later, 31, 2, NON_SYNC, earlier]),
                ]),
            ])
        }),
        boxed(b"mdat", &[b"eff"]),
    ]
    .concat();
    assert_eq!(
        story(&bytes).unwrap(),
        [
            "|",
            "(",
            "1 100 100 140 K aaaa",
            "1 140 140 180 - bbbb",
            ")",
            "(",
            "1 500 500 550 K cc",
            "1 550 550 600 K dd",
            ")",
            "(",
            "1 1010 1000 1040 K e",
            "1 1020 1030 1051 - ff",
            "1 2010 2000 2040 K e",
            "1 2020 2030 2051 - ff",
            ")",
        ]
    );
}

#[test]
fn runs_go_on_where_the_one_before_ended() {
    let bytes = [
        init_three(),
        moof_before_mdat(|data| {
            moof(&[
                // No default-base-is-moof: the first traf counts from the moof, the second from the end of the first.
                traf(&[
                    fields(b"tfhd", 0, 0, &[1]),
                    tfdt(0),
                    fields(b"trun", 0, 0x1, &[1, data]),
                    fields(b"trun", 0, 0, &[1]),
                ]),
                traf(&[fields(b"tfhd", 0, 0, &[3]), fields(b"trun", 0, 0, &[2])]),
                traf(&[
                    fields(b"tfhd", 0, 0, &[2]),
                    tfdt(0),
                    fields(b"trun", 0, 0x1, &[2, 1]),
                ]),
            ])
        }),
        boxed(b"mdat", &[b"aaaabbbbxxxyyy-ccdd"]),
    ]
    .concat();
    assert_eq!(
        story(&bytes).unwrap(),
        [
            "|",
            "(",
            "1 0 0 40 - aaaa",
            "1 40 40 80 - bbbb",
            "2 0 0 20 K cc",
            "2 20 20 40 K dd",
            ")"
        ]
    );
}

#[test]
fn an_explicit_base_counts_from_the_start_of_the_file() {
    let build = |base: u32| {
        let init = init_three();
        let moof = moof(&[traf(&[
            fields(b"tfhd", 0, 0x1, &[1, 0, base]),
            tfdt(0),
            fields(b"trun", 0, 0x1, &[1, 5u32.wrapping_neg()]),
        ])]);
        (
            init.len() + moof.len() + 8,
            [init, moof, boxed(b"mdat", &[b"aaaa"])].concat(),
        )
    };
    let file = build(build(0).0 as u32 + 5).1;
    // Something before the file, so that its start is not offset 0.
    let bytes = [boxed(b"free", &[&[0; 99]]), file].concat();
    assert_eq!(story(&bytes).unwrap(), ["|", "(", "1 0 0 40 - aaaa", ")"]);
}

#[test]
fn tracks_interleave_in_byte_order() {
    let bytes = [
        init_three(),
        moof_before_mdat(|data| {
            moof(&[
                traf(&[
                    tfhd(1),
                    tfdt(0),
                    fields(b"trun", 0, 0x1, &[2, data + 2]),
                    fields(b"trun", 0, 0x1, &[1, data + 14]),
                ]),
                traf(&[
                    tfhd(2),
                    tfdt(0),
                    fields(b"trun", 0, 0x1, &[1, data]),
                    fields(b"trun", 0, 0x1, &[2, data + 10]),
                ]),
            ])
        }),
        boxed(b"mdat", &[b"ccaaaabbbbddeeffff"]),
    ]
    .concat();
    assert_eq!(
        story(&bytes).unwrap(),
        [
            "|",
            "(",
            "2 0 0 20 K cc",
            "1 0 0 40 - aaaa",
            "1 40 40 80 - bbbb",
            "2 20 20 40 K dd",
            "2 40 40 60 K ee",
            "1 80 80 120 - ffff",
            ")",
        ]
    );
}

#[test]
fn decode_order_comes_before_byte_order_within_a_track() {
    let bytes = [
        init_three(),
        moof_before_mdat(|data| {
            moof(&[
                traf(&[
                    tfhd(1),
                    tfdt(0),
                    fields(b"trun", 0, 0x1, &[1, data + 6]),
                    fields(b"trun", 0, 0x1, &[1, data]),
                ]),
                traf(&[tfhd(2), tfdt(0), fields(b"trun", 0, 0x1, &[1, data + 4])]),
            ])
        }),
        boxed(b"mdat", &[b"bbbbccaaaa"]),
    ]
    .concat();
    assert_eq!(
        story(&bytes).unwrap(),
        [
            "|",
            "(",
            "2 0 0 20 K cc",
            "1 0 0 40 - aaaa",
            "1 40 40 80 - bbbb",
            ")"
        ]
    );
}

#[test]
fn several_mdat_and_other_boxes_between() {
    let bytes = [
        boxed(b"free", &[b"x"]),
        init_three(),
        boxed(b"styp", &[b"msdh\0\0\0\0"]),
        boxed(b"sidx", &[&[0; 30]]),
        boxed(b"emsg", &[b""]),
        moof_before_mdat(|data| {
            moof(&[traf(&[
                tfhd(1),
                tfdt(0),
                boxed(b"senc", &[b"?"]),
                fields(b"trun", 0, 0x1, &[1, data + 1]),
                // After the first mdat: a free box of 9 bytes and the header, of 16 bytes, of the second.
                fields(b"trun", 0, 0x1, &[1, data + 7 + 9 + 16]),
            ])])
        }),
        boxed(b"mdat", &[b"-aaaa--"]),
        boxed(b"free", &[b"x"]),
        [&words(&[1])[..], b"mdat", &words(&[0, 21]), b"bbbb-"].concat(),
        boxed(b"mdat", &[b"refers to nothing"]),
        boxed(b"zzzz", &[b"private"]),
        boxed(b"mfra", &[b"?"]),
    ]
    .concat();
    assert_eq!(
        story(&bytes).unwrap(),
        ["|", "(", "1 0 0 40 - aaaa", "1 40 40 80 - bbbb", ")"]
    );
}

#[test]
fn an_mdat_to_the_end_of_the_file_lasts_as_long_as_its_samples() {
    let fragment = |time| {
        let moof = moof_before_mdat(|data| {
            moof(&[traf(&[tfhd(1), tfdt(time), fields(b"trun", 0, 0x1, &[2, data])])])
        });
        [moof, words(&[0]), b"mdataaaabbbb".to_vec()].concat()
    };
    let bytes = [init_three(), fragment(0), fragment(80)].concat();
    let expected = [
        "|",
        "(",
        "1 0 0 40 - aaaa",
        "1 40 40 80 - bbbb",
        ")",
        "(",
        "1 80 80 120 - aaaa",
        "1 120 120 160 - bbbb",
        ")",
    ];
    assert_eq!(story(&bytes).unwrap(), expected);
    assert_eq!(whole(&bytes).0.len(), expected.len());
}

#[test]
fn empty_samples_and_empty_fragments() {
    let bytes = [
        init_three(),
        moof_before_mdat(|data| {
            moof(&[traf(&[
                tfhd(1),
                tfdt(0),
                fields(b"trun", 0, 0x201, &[3, data, 1, 0, 1]),
            ])])
        }),
        boxed(b"mdat", &[b"ab"]),
        moof(&[traf(&[tfhd(1), tfdt(0)])]),
        moof(&[traf(&[tfhd(3), fields(b"trun", 0, 0x1, &[9, 77])])]),
        boxed(b"mdat", &[b""]),
    ]
    .concat();
    assert_eq!(
        story(&bytes).unwrap(),
        [
            "|",
            "(",
            "1 0 0 40 - a",
            "1 80 80 120 - b",
            ")",
            "(",
            ")",
            "(",
            ")"
        ]
    );
}

/// A fragment of track 1 with one sample.
pub(super) fn fragment(more: &[Vec<u8>]) -> Vec<u8> {
    let moof = moof_before_mdat(|data| {
        moof(&[traf(
            &[&[tfhd(1)], more, &[fields(b"trun", 0, 0x1, &[1, data])]].concat(),
        )])
    });
    [moof, boxed(b"mdat", &[b"aaaa"])].concat()
}

#[test]
fn without_tfdt_the_next_fragment_follows() {
    let bytes = [init_three(), fragment(&[]), fragment(&[tfdt(500)]), fragment(&[])].concat();
    assert_eq!(
        story(&bytes).unwrap(),
        [
            "|",
            "(",
            "1 0 0 40 - aaaa",
            ")",
            "(",
            "1 500 500 540 - aaaa",
            ")",
            "(",
            "1 540 540 580 - aaaa",
            ")"
        ]
    );
    let error = story_of(&mut IsoBmffDemuxer::new(Strictness::Strict), &bytes).unwrap_err();
    assert!(error.to_string().contains("no tfdt"), "{error}");
}

#[test]
fn a_picture_that_depends_on_others_is_no_random_access_point() {
    let depends_on = |value: u32| value << 24;
    let keys = |track, dependencies: &[u8]| {
        let sdtp = match dependencies {
            [] => Vec::new(),
            _ => boxed(b"sdtp", &[&[0; 4], dependencies]),
        };
        let moof = moof_before_mdat(|data| {
            let run = |samples: &[u32]| fields(b"trun", 0, 0x601, &[&[2, data], samples].concat());
            moof(&[traf(&[
                tfhd(track),
                tfdt(0),
                run(&[1, 0, 1, depends_on(1)]),
                sdtp.clone(),
                run(&[1, depends_on(2), 1, depends_on(2) | NON_SYNC]),
            ])])
        });
        let story = story(&[init_three(), moof, boxed(b"mdat", &[b"ab"])].concat()).unwrap();
        let keys = story[2..6].iter().map(|line| line.contains('K'));
        keys.collect::<Vec<_>>()
    };
    assert_eq!(keys(1, &[]), [true, false, true, false]);
    assert_eq!(keys(1, &[0x10, 0x20, 0x20, 0x20]), [false, false, true, false]);
    assert_eq!(keys(1, &[0x20, 0x00, 0x1f]), [true, false, false, false]);
    assert_eq!(keys(2, &[0x10, 0x10]), [true; 4]);
}

#[test]
fn decode_times_beyond_what_floats_count_are_exact() {
    let of = |timescale, high, low| {
        let track = TrackWriter {
            timescale,
            ..TrackWriter::video(1)
        };
        let fragment = fragment(&[fields(b"tfdt", 1, 0, &[high, low])]);
        let bytes = [init(&[track], Some(&[trex(1, 1, 4, 0)])), fragment].concat();
        let mut demuxer = IsoBmffDemuxer::default();
        demuxer.push(&bytes);
        demuxer.parse(usize::MAX).unwrap();
        std::iter::from_fn(|| demuxer.poll_event()).find_map(|event| match event {
            DemuxEvent::Frame(frame) => Some((
                frame.decode_timestamp.as_nanos(),
                frame.presentation_end.as_nanos(),
            )),
            _ => None,
        })
    };
    assert_eq!(
        of(1_000, 2, 1),
        Some((8_589_934_593_000_000, 8_589_934_594_000_000))
    );
    // 2^53 + 1 ticks of 100 ns.
    assert_eq!(
        of(10_000_000, 1 << 21, 1),
        Some((900_719_925_474_099_300, 900_719_925_474_099_400))
    );
}

#[test]
fn edit_lists_shift_both_times() {
    let of = |version, entries: &[u32]| {
        let elst = fields(b"elst", version, 0, entries);
        let track = TrackWriter {
            edits: boxed(b"edts", &[&elst]),
            ..TrackWriter::video(1)
        };
        let bytes = [
            init(&[track], Some(&[trex(1, 40, 4, 0)])),
            fragment(&[tfdt(1_000)]),
        ]
        .concat();
        story(&bytes).unwrap()[2].clone()
    };
    let minus_one = u32::MAX;
    assert_eq!(of(0, &[1, 0, 80, 1 << 16]), "1 920 920 960 K aaaa");
    assert_eq!(of(1, &[1, 0, 0, 0, 80, 1 << 16]), "1 920 920 960 K aaaa");
    // 300 of 600 ticks a second.
    assert_eq!(
        of(0, &[2, 300, minus_one, 1 << 16, 0, 80, 1 << 16]),
        "1 1420 1420 1460 K aaaa"
    );
    assert_eq!(of(0, &[1, 300, minus_one, 1 << 16]), "1 1000 1000 1040 K aaaa");
    assert_eq!(of(0, &[0]), "1 1000 1000 1040 K aaaa");
}

#[test]
fn a_later_moov_is_a_new_initialization_segment() {
    let second = init(&[TrackWriter::video(1)], Some(&[trex(1, 10, 4, 0)]));
    let bytes = [init_three(), fragment(&[tfdt(0)]), second, fragment(&[])].concat();
    assert_eq!(
        story(&bytes).unwrap(),
        ["|", "(", "1 0 0 40 - aaaa", ")", "|", "(", "1 0 0 10 K aaaa", ")"]
    );
}

#[test]
fn reset_forgets_the_segment_and_keeps_the_movie() {
    let mut demuxer = IsoBmffDemuxer::default();
    let bytes = [init_three(), fragment(&[tfdt(0)])].concat();
    assert_eq!(
        story_of(&mut demuxer, &bytes[..bytes.len() - 1]).unwrap(),
        ["|", "("]
    );
    assert!(demuxer.is_parsing_media_segment());
    demuxer.reset();
    assert!(!demuxer.is_parsing_media_segment());
    assert_eq!(
        story_of(&mut demuxer, &fragment(&[tfdt(80)])).unwrap(),
        ["(", "1 80 80 120 - aaaa", ")"]
    );
    // And an ordinary file counts its offsets from where it starts.
    demuxer.reset();
    assert_eq!(
        story_of(&mut demuxer, &ordinary_file()).unwrap(),
        ordinary_story()
    );
}

#[test]
fn a_fragment_without_tfdt_follows_the_samples_in_the_moov() {
    let build = |offset: usize| {
        let tables = [
            fields(b"stts", 0, 0, &[2, 1, 40, 1, 50]),
            fields(b"stsc", 0, 0, &[1, 1, 2, 1]),
            fields(b"stsz", 0, 0, &[2, 2]),
            fields(b"stco", 0, 0, &[1, offset as u32]),
        ]
        .concat();
        let edits = boxed(b"edts", &[&fields(b"elst", 0, 0, &[1, 0, 10, 1 << 16])]);
        let track = TrackWriter {
            tables,
            edits,
            ..TrackWriter::video(1)
        };
        init(&[track], Some(&[trex(1, 20, 4, 0)]))
    };
    let init = build(build(0).len() + 8);
    let bytes = [init, boxed(b"mdat", &[b"aabb"]), fragment(&[])].concat();
    assert_eq!(
        story(&bytes).unwrap(),
        [
            "|",
            "(",
            "1 -10 -10 30 K aa",
            "1 30 30 80 K bb",
            ")",
            "(",
            "1 80 80 100 K aaaa",
            ")"
        ]
    );
}

/// The second track's data lies behind many media data boxes, while the first's first sample waits there too.
#[test]
fn many_media_data_boxes_before_a_sample_cost_little() {
    const COUNT: u32 = 200_000;
    let small = boxed(b"mdat", &[b"x"]);
    let between = small.len() as u32 * COUNT;
    let moof = moof_before_mdat(|data| {
        let far = data + between;
        moof(&[traf(&[
            tfhd(1),
            tfdt(0),
            fields(b"trun", 0, 0x1, &[1, far]),
            // Decoded later, and first in the file: nothing can be let go.
            fields(b"trun", 0, 0x201, &[1, data, 1]),
        ])])
    });
    let bytes = [
        init_three(),
        moof,
        small.repeat(COUNT as usize),
        boxed(b"mdat", &[b"aaaa"]),
    ]
    .concat();
    // Quadratic work takes minutes.
    let (lines, error) = whole(&bytes);
    assert_eq!(error, None);
    assert_eq!(lines.len(), 5);
}

/// A track of sound in AMR, which WebCodecs does not know.
fn unsupported_audio(id: u32) -> TrackWriter {
    TrackWriter {
        sample_entry: boxed(b"samr", &[&[0; 28]]),
        ..TrackWriter::audio(id)
    }
}

#[test]
fn a_track_that_cannot_be_played_leaves_the_others() {
    let all = [trex(1, 40, 4, 0), trex(2, 20, 2, 0), trex(3, 20, 3, 0)];
    let tracks = [TrackWriter::video(1), TrackWriter::audio(2), unsupported_audio(3)];
    let bytes = [
        init(&tracks, Some(&all)),
        moof_before_mdat(|data| {
            moof(&[
                // The data of the first traf is where the second counts from.
                traf(&[
                    fields(b"tfhd", 0, 0, &[3]),
                    tfdt(0),
                    fields(b"trun", 0, 0x1, &[2, data]),
                ]),
                traf(&[fields(b"tfhd", 0, 0, &[2]), tfdt(0), fields(b"trun", 0, 0, &[1])]),
            ])
        }),
        boxed(b"mdat", &[b"xxxyyycc"]),
    ]
    .concat();
    assert_eq!(story(&bytes).unwrap(), ["|", "(", "2 0 0 20 K cc", ")"]);
    let ids: Vec<u32> = init_of(&bytes)
        .unwrap()
        .tracks
        .iter()
        .map(|track| track.id)
        .collect();
    assert_eq!(ids, [1, 2]);
    let error = story_of(&mut IsoBmffDemuxer::new(Strictness::Strict), &bytes).unwrap_err();
    assert!(error.to_string().contains("'samr'"), "{error}");
    // None of the kind remains.
    for tracks in [
        &[TrackWriter::video(1), unsupported_audio(3)][..],
        &[unsupported_audio(3)],
    ] {
        let error = init_of(&init(tracks, Some(&all))).unwrap_err();
        assert_eq!(error.class, ErrorClass::Unsupported);
        assert!(error.message.contains("'samr'"), "{error}");
    }
    // A broken track is no unsupported one.
    let broken = TrackWriter {
        sample_entry: boxed(b"avc1", &[&[0; 78]]),
        ..TrackWriter::video(4)
    };
    assert!(init_of(&init(&[TrackWriter::video(1), broken], Some(&all))).is_err());
}

#[test]
fn tables_of_a_track_that_cannot_be_played_are_left_alone() {
    let tables = |offset| {
        [
            fields(b"stts", 0, 0, &[1, 1, 40]),
            fields(b"stsc", 0, 0, &[1, 1, 1, 1]),
            fields(b"stz2", 0, 0, &[8, 1, 3 << 24]),
            fields(b"stco", 0, 0, &[1, offset]),
        ]
        .concat()
    };
    let data = ftyp().len() as u32 + 8;
    let tracks = [
        TrackWriter {
            tables: tables(data),
            ..unsupported_audio(1)
        },
        TrackWriter {
            tables: tables(data + 3),
            ..TrackWriter::audio(2)
        },
    ];
    let bytes = [
        ftyp(),
        boxed(b"mdat", &[b"xxxyyy"]),
        init(&tracks, None)[ftyp().len()..].to_vec(),
    ]
    .concat();
    assert_eq!(story(&bytes).unwrap(), ["|", "(", "2 0 0 40 K yyy", ")"]);
}

#[test]
fn extended_he_aac_is_a_track() {
    let config = [&[0x40][..], &[0; 12], &[5, 3, 0xf9, 0x46, 0x40]].concat();
    let stream = [&[0, 1, 0, 4, config.len() as u8][..], &config].concat();
    let esds = [&[0, 0, 0, 0, 3, stream.len() as u8][..], &stream].concat();
    let track = TrackWriter {
        sample_entry: boxed(b"mp4a", &[&[0; 28], &boxed(b"esds", &[&esds])]),
        ..TrackWriter::audio(1)
    };
    let segment = init_of(&init(&[track], Some(&[]))).unwrap();
    let config = &segment.tracks[0].config;
    assert_eq!(config.codec, "mp4a.40.42");
    assert_eq!(config.description.as_deref(), Some(&[0xf9, 0x46, 0x40][..]));
}

/// Two tracks, `moov` in the middle; the first track's chunks lie out of order, the second's after the `moov`.
fn ordinary_file() -> Vec<u8> {
    let front = [ftyp(), boxed(b"mdat", &[b"ccccaaaabbbb"])].concat();
    let data = ftyp().len() as u32 + 8;
    let video = |_| TrackWriter {
        tables: [
            fields(b"stts", 0, 0, &[1, 3, 40]),
            fields(b"stsc", 0, 0, &[2, 1, 2, 1, 2, 1, 1]),
            fields(b"stsz", 0, 0, &[4, 3]),
            fields(b"stco", 0, 0, &[2, data + 4, data]),
            fields(b"stss", 0, 0, &[1, 1]),
            fields(b"ctts", 1, 0, &[2, 2, 0, 1, 40]),
        ]
        .concat(),
        ..TrackWriter::video(1)
    };
    let audio = |offset: u32| TrackWriter {
        tables: [
            fields(b"stts", 0, 0, &[1, 2, 20]),
            fields(b"stsc", 0, 0, &[1, 1, 9, 1]),
            fields(b"stsz", 0, 0, &[0, 2, 1, 2]),
            fields(b"co64", 0, 0, &[1, 0, offset]),
        ]
        .concat(),
        ..TrackWriter::audio(2)
    };
    let moov = |offset| init(&[video(()), audio(offset)], None)[ftyp().len()..].to_vec();
    let offset = (front.len() + moov(0).len() + 8) as u32;
    [front, moov(offset), boxed(b"mdat", &[b"dee"])].concat()
}

fn ordinary_story() -> [&'static str; 8] {
    [
        "|",
        "(",
        "1 0 0 40 K aaaa",
        "1 40 40 80 - bbbb",
        "1 120 80 160 - cccc",
        "2 0 0 20 K d",
        "2 20 20 40 K ee",
        ")",
    ]
}

#[test]
fn an_ordinary_file_with_its_moov_in_the_middle() {
    assert_eq!(story(&ordinary_file()).unwrap(), ordinary_story());
    assert_eq!(
        init_of(&ordinary_file()).unwrap().duration,
        Some(MediaTime::from_millis(160))
    );
    assert_eq!(
        whole(&ordinary_file()),
        run(Strictness::Lenient, ordinary_file().chunks(1), 1)
    );
}

#[test]
fn durations() {
    let mehd = |duration| fields(b"mehd", 0, 0, &[duration]);
    let of = |movie: u32, extends: &[Vec<u8>]| {
        let mut bytes = init(&[TrackWriter::video(1)], Some(extends));
        let mvhd_at = bytes.windows(4).position(|kind| kind == b"mvhd").unwrap();
        bytes[mvhd_at + 20..mvhd_at + 24].copy_from_slice(&movie.to_be_bytes());
        init_of(&bytes).unwrap().duration
    };
    let seconds = |seconds: i64| Some(MediaTime::from_millis(seconds * 1_000));
    assert_eq!(of(0, &[]), None);
    assert_eq!(of(u32::MAX, &[]), None);
    assert_eq!(of(1_200, &[]), seconds(2));
    assert_eq!(of(1_200, &[mehd(600)]), seconds(1));
    assert_eq!(of(1_200, &[mehd(0)]), seconds(2));
    assert_eq!(of(0, &[mehd(600)]), seconds(1));
}

/// The error of a stream, as text.
fn complaint(parts: &[Vec<u8>]) -> (ErrorClass, String) {
    let error = story(&parts.concat()).unwrap_err();
    (error.class, error.to_string())
}

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
            "stsd/hev1/hvcC at byte 446: hvcC of 9 bytes is too short",
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
            "moov/trak/mdia/minf/stbl/stts at byte 446: says it has 4294967295 entries, with room for 0",
        ),
        (
            vec![tables(fields(b"stsz", 0, 0, &[0, u32::MAX, 1]))],
            Malformed,
            "with room for 1",
        ),
        (
            vec![tables(fields(b"stz2", 0, 0, &[4, 9, 0]))],
            Malformed,
            "stz2 at byte 446: says it has 9 entries of 4 bits, in 4 bytes",
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

#[test]
fn absurd_counts_of_ordinary_files_cost_nothing() {
    let tables = [
        fields(b"stts", 0, 0, &[1, u32::MAX, 1]),
        fields(b"stsc", 0, 0, &[1, 1, u32::MAX, 1]),
        fields(b"stsz", 0, 0, &[1, u32::MAX]),
        fields(b"stco", 0, 0, &[1, 0]),
    ]
    .concat();
    let bytes = [
        init(
            &[TrackWriter {
                tables,
                ..TrackWriter::video(1)
            }],
            None,
        ),
        boxed(b"mdat", &[b"a"]),
    ]
    .concat();
    // The samples begin at the first byte of the file, which is gone.
    let (lines, error) = whole(&bytes);
    assert_eq!(lines.len(), 2);
    assert!(
        error
            .unwrap()
            .message
            .contains("lies before the bytes that are held")
    );
}

#[test]
fn avc3_is_spelled_for_decoders_and_pasp_shapes_the_picture() {
    let entry = video_entry(b"avc3", &boxed(b"pasp", &[&words(&[4, 3])]));
    let track = TrackWriter {
        sample_entry: entry,
        ..TrackWriter::video(1)
    };
    let segment = init_of(&init(&[track], Some(&[]))).unwrap();
    let track = &segment.tracks[0];
    assert_eq!(track.config.codec, "avc1.42e01e");
    assert_eq!(
        track.config.description.as_deref(),
        Some(&[1, 0x42, 0xe0, 0x1e, 0xff, 0xe0, 0][..])
    );
    assert_eq!(
        track.config.media,
        crate::container::MediaConfig::Video {
            coded_width: 640,
            coded_height: 480,
            display_width: 853,
            display_height: 480,
            rotation: 0,
            color_space: None,
        }
    );
    assert_eq!((track.language.as_str(), track.label.as_str()), ("eng", "Name"));
}
