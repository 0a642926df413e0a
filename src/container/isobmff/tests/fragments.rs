//! Odd fragments that no ordinary muxer writes.

use super::ordinary::{ordinary_file, ordinary_story};
use super::writer::*;
use super::*;

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
fn the_first_frame_to_be_shown_is_announced_when_another_comes_before_it() {
    let announced = |first, second| {
        let bytes = [
            init_three(),
            moof_before_mdat(|data| {
                moof(&[
                    traf(&[tfhd(1), tfdt(first), fields(b"trun", 0, 0x1, &[1, data])]),
                    traf(&[tfhd(2), tfdt(second), fields(b"trun", 0, 0x1, &[1, data + 4])]),
                ])
            }),
            boxed(b"mdat", &[b"aaaacc"]),
        ];
        let lines = story(&bytes.concat()).unwrap();
        lines.into_iter().find(|line| line.starts_with("from"))
    };
    // Of tracks with 1000 ticks a second.
    assert_eq!(announced(90, 50), Some("from 0.05s".into()));
    assert_eq!(announced(50, 50), None);
    assert_eq!(announced(50, 90), None);
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
        init_three()[..ftyp().len()].to_vec(),
        boxed(b"pdin", &[&[0; 12]]),
        boxed(b"free", &[b"x"]),
        boxed(b"sidx", &[&[0; 30]]),
        init_three()[ftyp().len()..].to_vec(),
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
    for strictness in [Strictness::Lenient, Strictness::Strict] {
        assert_eq!(
            story_of(&mut IsoBmffDemuxer::new(strictness), &bytes).unwrap(),
            ["|", "(", "1 0 0 40 - aaaa", "1 40 40 80 - bbbb", ")"]
        );
    }
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
    assert_eq!(keys(1, &[0x20, 0x00, 0x1f]), [true, false, true, false]);
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

/// The samples of a fragment in an `avc1` or `avc3` track with this `avcC`: key frames in capitals.
fn with_avcc(avcc: &[u8], samples: &[(&[u8], bool)], strictness: Strictness) -> Result<usize, String> {
    let mut entry = video_entry(b"avc3", &[]);
    // In place of the record that is there.
    let at = entry.windows(4).position(|kind| kind == b"avcC").unwrap() - 4;
    entry.truncate(at);
    entry.extend(boxed(b"avcC", &[avcc]));
    let size = entry.len() as u32;
    entry[..4].copy_from_slice(&size.to_be_bytes());
    let track = TrackWriter {
        sample_entry: entry,
        ..TrackWriter::video(1)
    };
    let run: Vec<u32> = samples
        .iter()
        .flat_map(|(data, is_key)| [data.len() as u32, if *is_key { 0 } else { NON_SYNC }])
        .collect();
    let fragment = moof_before_mdat(|data| {
        let head = [samples.len() as u32, data];
        moof(&[traf(&[
            tfhd(1),
            tfdt(0),
            fields(b"trun", 0, 0x601, &[&head, run.as_slice()].concat()),
        ])])
    });
    let data: Vec<&[u8]> = samples.iter().map(|(data, _)| *data).collect();
    let bytes = [
        init(&[track], Some(&[trex(1, 40, 4, 0)])),
        fragment,
        boxed(b"mdat", &data),
    ]
    .concat();
    let mut demuxer = IsoBmffDemuxer::new(strictness);
    match story_of(&mut demuxer, &bytes) {
        Ok(lines) => Ok(lines.len() - 3),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn parameter_sets_are_in_the_record_or_in_the_samples() {
    use Strictness::{Lenient, Strict};
    let nothing = [1, 0x42, 0xe0, 0x1e, 0xff, 0xe0, 0];
    let no_picture = [1, 0x42, 0xe0, 0x1e, 0xff, 0xe1, 0, 1, 0x67, 0];
    let sets = &[0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x68, 0, 0, 0, 1, 0x65][..];
    let plain = &[0, 0, 0, 1, 0x65][..];
    let in_each = [(sets, true), (plain, false), (sets, true)];
    let in_first = [(sets, true), (plain, false), (plain, true)];
    let in_second = [(plain, false), (plain, true), (sets, true)];
    for strictness in [Lenient, Strict] {
        assert_eq!(with_avcc(&AVCC, &in_second, strictness), Ok(3));
        for avcc in [&nothing[..], &no_picture, &nothing[..5]] {
            assert_eq!(with_avcc(avcc, &in_each, strictness), Ok(3));
            let error = with_avcc(avcc, &in_second, strictness).unwrap_err();
            assert!(error.contains("without parameter sets"), "{error}");
            assert!(error.starts_with("moof/traf/trun at byte"), "{error}");
        }
    }
    assert_eq!(with_avcc(&nothing, &in_first, Lenient), Ok(3));
    assert!(with_avcc(&nothing, &in_first, Strict).is_err());
}

#[test]
fn an_initialization_segment_forgets_the_parameter_sets_of_samples() {
    let entry = |avcc: &[u8]| {
        boxed(
            b"avc1",
            &[&video_entry(b"avc1", &[])[8..86], &boxed(b"avcC", &[avcc])],
        )
    };
    let track = || TrackWriter {
        sample_entry: entry(&[1, 0x42, 0xe0, 0x1e, 0xfc, 0xe0, 0]),
        ..TrackWriter::video(1)
    };
    let init = || init(&[track()], Some(&[trex(1, 40, 4, 0)]));
    let fragment = |payload: &[u8]| {
        let mut bytes = fragment(&[tfdt(0)]);
        bytes.truncate(bytes.len() - 4);
        [bytes, payload.to_vec()].concat()
    };
    let (sets, plain) = (fragment(&[1, 0x67, 1, 0x68]), fragment(&[3, 0x65, 1, 2]));
    assert_eq!(
        story(&[init(), sets.clone(), plain.clone()].concat()).map(|lines| lines.len()),
        Ok(7)
    );
    assert!(story(&[init(), sets, init(), plain].concat()).is_err());
}
