//! Odd combinations that no ordinary muxer writes, told as stories.

use super::golden::buffered;
use super::writer::*;
use super::*;

/// `track start-end@decode key name` of each frame in milliseconds, and starts and ends of media segments; `|` for an
/// initialization segment. The end is left out where it is not known, the decode timestamp where it is the start.
pub(super) fn story_of(mut demuxer: WebMDemuxer, all: &[u8]) -> Result<Vec<String>, ContainerError> {
    let mut lines = Vec::new();
    for byte in all {
        demuxer.push(&[*byte]);
        let result = demuxer.parse(usize::MAX);
        lines.extend(std::iter::from_fn(|| demuxer.poll_event()).map(|event| show(&event)));
        result?;
    }
    Ok(lines)
}

pub(super) fn show(event: &DemuxEvent) -> String {
    let frame = match event {
        DemuxEvent::InitSegment(_) => return "|".into(),
        DemuxEvent::MediaSegmentStart => return "(".into(),
        DemuxEvent::MediaSegmentEnd => return ")".into(),
        DemuxEvent::FirstPresentation(time) => return format!("from {time:?}"),
        DemuxEvent::Frame(frame) => frame,
    };
    let ms = |time: MediaTime| time.as_nanos() as f64 / 1e6;
    let mut text = format!("{} {}", frame.track_id, ms(frame.presentation_timestamp));
    if frame.presentation_end != frame.presentation_timestamp {
        text += &format!("-{}", ms(frame.presentation_end));
    }
    if frame.decode_timestamp != frame.presentation_timestamp {
        text += &format!("@{}", ms(frame.decode_timestamp));
    }
    let letters = frame.data.iter().filter(|byte| byte.is_ascii_lowercase());
    let name: String = letters.map(|&byte| char::from(byte)).collect();
    let key = if frame.is_random_access_point { "K" } else { "-" };
    format!("{text} {key} {name}")
}

pub(super) fn story(parts: &[Vec<u8>]) -> Vec<String> {
    story_of(WebMDemuxer::default(), &parts.concat()).unwrap()
}

pub(super) fn complaint(parts: &[Vec<u8>]) -> String {
    let error = story_of(WebMDemuxer::default(), &parts.concat()).unwrap_err();
    assert_eq!(whole(&parts.concat()).1, Some(error.clone()));
    error.to_string()
}

#[test]
fn a_cluster_is_a_media_segment() {
    let parts = [
        init_two(),
        cluster(
            1_000,
            &[key_block(0, "a"), sound_block(0, "b"), delta_block(40, "c")],
        ),
        cluster(1_080, &[key_block(0, "d")]),
    ];
    assert_eq!(
        story(&parts),
        [
            "|",
            "(",
            "1 1000 K a",
            "2 1000-1020 K b",
            "1 1040 - c",
            ")",
            "(",
            "1 1080 K d",
            ")"
        ]
    );
}

#[test]
fn a_cluster_of_unknown_size_ends_at_the_next_or_at_a_header() {
    let block = || vec![key_block(0, "a")];
    let parts = [
        init_two(),
        live_cluster(0, &block()),
        live_cluster(50, &block()),
        element(CUES, &[b"cues"]),
        live_cluster(100, &block()),
        init_two(),
        live_cluster(0, &block()),
    ];
    assert_eq!(
        story(&parts),
        [
            "|",
            "(",
            "1 0 K a",
            ")",
            "(",
            "1 50 K a",
            ")",
            "(",
            "1 100 K a",
            ")",
            "|",
            "(",
            "1 0 K a"
        ]
    );
}

#[test]
fn what_says_nothing_of_the_media_is_passed_over_everywhere() {
    let void = || element(VOID, &[&[0xa3; 300]]);
    let crc = || element(0xbf, &[&[1, 2, 3, 4]]);
    let others = || {
        let ids = [CUES, TAGS, 0x1043_a770, 0x1941_a469, 0x114d_9b74];
        ids.map(|id| element(id, &[&[0x1f; 200]])).concat()
    };
    let header = element(EBML, &[&void(), &element(0x4282, &[b"webm"]), &crc()]);
    let info = element(INFO, &[&crc(), &void(), &uint(0x2a_d7b1, 1_000_000)]);
    let entry = video(1, "V_VP8", &[void(), uint(0x55ee, 3), crc()]);
    let parts = [
        void(),
        header,
        void(),
        unknown(
            SEGMENT,
            &[&void(), &others(), &info, &others(), &tracks(&[void(), entry])],
        ),
        others(),
        void(),
        element(
            CLUSTER,
            &[
                &crc(),
                &void(),
                &uint(0xab, 9),
                &uint(TIMESTAMP, 7),
                &uint(0xa7, 9),
                &element(0x5854, &[b"silent"]),
                &key_block(0, "a"),
                &void(),
                // Unknown.
                &element(0x4eee, &[b"x"]),
                &group(
                    1,
                    40,
                    &delta("b"),
                    &[
                        void(),
                        uint(0x9b, 20),
                        uint(0xfb, 40),
                        element(0x75a1, &[b"more"]),
                    ],
                ),
            ],
        ),
        void(),
        others(),
        live_cluster(50, &[void(), key_block(0, "c"), crc(), void()]),
        others(),
    ];
    assert_eq!(
        story(&parts),
        ["|", "(", "1 7 K a", "1 47-67 - b", ")", "(", "1 50 K c", ")"]
    );
}

#[test]
fn info_may_follow_tracks_or_be_missing() {
    let entries = || tracks(&[video(1, "V_VP8", &[])]);
    let block = || cluster(10, &[key_block(0, "a")]);
    let tracks_first = [
        header("webm"),
        unknown(SEGMENT, &[&entries(), &info(2_000_000)]),
        block(),
    ];
    assert_eq!(story(&tracks_first), ["|", "(", "1 20 K a", ")"]);
    let no_info = [header("webm"), unknown(SEGMENT, &[&entries()]), block()];
    assert_eq!(story(&no_info), ["|", "(", "1 10 K a", ")"]);
    let no_header = [unknown(SEGMENT, &[&info(1_000_000), &entries()]), block()];
    assert_eq!(story(&no_header), ["|", "(", "1 10 K a", ")"]);
    // Repeated without a header they say nothing new; a header begins anew.
    let repeated = [
        init_two(),
        info(5_000_000),
        entries(),
        block(),
        header("webm"),
        header("webm"),
        unknown(SEGMENT, &[&info(3_000_000), &entries()]),
        block(),
    ];
    assert_eq!(
        story(&repeated),
        ["|", "(", "1 10 K a", ")", "|", "(", "1 30 K a", ")"]
    );
}

#[test]
fn ticks_have_any_length_and_blocks_may_be_before_their_cluster() {
    for (scale, expected) in [
        (1, ["1 0.0001 K a", "1 0.000099@0.000099 K b"]),
        (100_000, ["1 10 K a", "1 9.9 K b"]),
        (10_000_000, ["1 1000 K a", "1 990 K b"]),
    ] {
        let parts = [
            header("webm"),
            unknown(SEGMENT, &[&info(scale), &tracks(&[video(1, "V_VP8", &[])])]),
            cluster(100, &[key_block(0, "a"), key_block(-1, "b")]),
        ];
        let expected = expected.map(|line| line.replace("@0.000099", ""));
        assert_eq!(story(&parts)[2..4], expected, "{scale}");
    }
    let parts = [init_two(), cluster(5, &[key_block(-10, "a")])];
    assert_eq!(story(&parts)[2], "1 -5 K a");
    // As far as numbers go.
    let parts = [init_two(), cluster(i64::MAX as u64, &[key_block(0, "a")])];
    assert_eq!(whole(&parts.concat()).1, None);
    let parts = [init_two(), cluster(i64::MAX as u64, &[key_block(1, "a")])];
    assert!(complaint(&parts).contains("more than 63 bits"));
}

#[test]
fn random_access_points_are_key_frames_that_the_block_says_are() {
    let parts = [
        init_two(),
        cluster(
            0,
            &[
                key_block(0, "a"),
                delta_block(10, "b"),
                // A muxer that marks every block.
                simple(1, 20, 0x80, &delta("c")),
                simple(1, 30, 0, &key("d")),
                group(1, 40, &key("e"), &[]),
                group(1, 50, &delta("f"), &[element(0xfb, &[&[0xf6]])]),
                simple(2, 60, 0, &opus("g")),
            ],
        ),
    ];
    let keys: Vec<String> = story(&parts)
        .into_iter()
        .filter(|line| line.len() > 1)
        .map(|line| line.split_at(line.len() - 3).1.to_owned())
        .collect();
    assert_eq!(keys, ["K a", "- b", "- c", "- d", "K e", "- f", "K g"]);
}

#[test]
fn laces_are_taken_apart() {
    let (a, b, c) = (opus("a"), opus("bb"), opus("ccc"));
    let xiph = [&[2, 2, 3][..], &a, &b, &c].concat();
    let ebml = [&[2, 0x82, 0xc0][..], &a, &b, &c].concat();
    let fixed = [&[2][..], &a, &opus("b"), &opus("c")].concat();
    for (flags, laces, names) in [
        (0x82, xiph, ["a", "bb", "ccc"]),
        (0x86, ebml, ["a", "bb", "ccc"]),
        (0x84, fixed, ["a", "b", "c"]),
    ] {
        let parts = [
            init_two(),
            cluster(0, &[simple(2, 0, flags, &laces), sound_block(60, "d")]),
        ];
        let [a, b, c] = names;
        assert_eq!(
            story(&parts)[2..6],
            [
                format!("2 0-20 K {a}"),
                format!("2 20-40 K {b}"),
                format!("2 40-60 K {c}"),
                "2 60-80 K d".to_owned()
            ]
        );
    }
    // Pictures too, and an empty frame among them is none.
    let laces = [&[2, 11, 0][..], &key("a"), &delta("b")].concat();
    let parts = [
        init(&[video(1, "V_VP8", &[uint(0x23_e383, 40_000_000)])]),
        cluster(0, &[simple(1, 0, 0x82, &laces)]),
    ];
    assert_eq!(
        story(&parts)[2..],
        ["1 0 K a", "1 40 K b", ")"].map(|line| line.replace("40 K", "40 -"))
    );
}

#[test]
fn rounded_sound_touches() {
    // 20 ms, as a muxer of 1 024 samples at 48 000 Hz might round: what counts are the packets.
    let times = [0, 20, 41, 60, 79, 100];
    let blocks: Vec<Vec<u8>> = times.iter().map(|&time| sound_block(time, "a")).collect();
    let parts = [init_two(), cluster(0, &blocks)];
    let lines = story(&parts);
    assert_eq!(
        lines[2..8],
        ["0-20", "20-40", "40-60", "60-80", "80-100", "100-120"].map(|times| format!("2 {times} K a"))
    );
}

#[test]
fn a_codecs_delay_and_padding_are_cut_off_to_the_sample() {
    let delay = |nanos| vec![opus_head(), uint(0x56aa, nanos)];
    let padding = |nanos: i64| vec![element(0x75a2, &[&nanos.to_be_bytes()])];
    let parts = [
        init(&[audio(2, "A_OPUS", &delay(6_500_000))]),
        cluster(
            0,
            &[
                sound_block(0, "a"),
                sound_block(21, "b"),
                group(2, 41, &opus("c"), &padding(13_500_000)),
                group(2, 48, &opus("d"), &padding(-5_000_000)),
            ],
        ),
    ];
    let frames = frames(WebMDemuxer::default(), &parts.concat());
    let found: Vec<[f64; 4]> = frames
        .iter()
        .map(|frame| {
            [
                frame.presentation_timestamp,
                frame.presentation_end,
                frame.trim_start,
                frame.trim_end,
            ]
            .map(|time| time.as_nanos() as f64 / 1e6)
        })
        .collect();
    assert_eq!(
        found,
        [
            [0.0, 13.5, 6.5, 0.0],
            [13.5, 33.5, 0.0, 0.0],
            [33.5, 40.0, 0.0, 13.5],
            [45.0, 60.0, 5.0, 0.0],
        ]
    );
    // Later in a stream the delay shifts, and cuts nothing.
    let parts = [
        init(&[audio(2, "A_OPUS", &delay(6_500_000))]),
        cluster(1_000, &[sound_block(0, "a")]),
    ];
    assert_eq!(story(&parts)[2], "2 993.5-1013.5 K a");
    // Of a delay longer than frames, all is decoded and nothing heard.
    let parts = [
        init(&[audio(2, "A_OPUS", &delay(45_000_000))]),
        cluster(
            0,
            &[sound_block(0, "a"), sound_block(20, "b"), sound_block(40, "c")],
        ),
    ];
    assert_eq!(
        story(&parts)[2..5],
        ["2 0 K a", "2 0 - b", "2 0-15 - c"].map(String::from)
    );
    // Padding as long as a frame, and longer.
    let parts = [
        init(&[audio(2, "A_OPUS", &[opus_head()])]),
        cluster(
            0,
            &[
                group(2, 0, &opus("a"), &padding(-20_000_000)),
                sound_block(20, "b"),
                group(2, 40, &opus("c"), &padding(30_000_000)),
            ],
        ),
    ];
    assert_eq!(
        story(&parts)[2..],
        ["2 20 K a", "2 20-40 - b", ")"].map(String::from)
    );
}

#[test]
fn stripped_headers_are_put_back() {
    let encoding = |more: &[Vec<u8>]| element(0x6d80, &[&element(0x6240, &[&more.concat()])]);
    let stripping = |bytes: &[u8], more: &[Vec<u8>]| {
        let compression = element(0x5034, &[&uint(0x4254, 3), &element(0x4255, &[bytes])]);
        encoding(&[vec![compression], more.to_vec()].concat())
    };
    let parts = |more: Vec<u8>| {
        [
            init(&[video(1, "V_VP8", &[more])]),
            cluster(0, &[simple(1, 0, 0x80, &key("a")[3..])]),
        ]
    };
    assert_eq!(story(&parts(stripping(&key("")[..3], &[])))[2], "1 0 K a");
    // Of the configuration alone, the frames are whole.
    let scope = [uint(0x5032, 2)];
    let frames = frames(WebMDemuxer::default(), &parts(stripping(b"x", &scope)).concat());
    assert_eq!(*frames[0].data, key("a")[3..]);
    // Two layers: what was stripped last comes first.
    let two = element(
        0x6d80,
        &[1u64, 0]
            .map(|order| {
                let bytes: &[u8] = if order == 1 { &[0x10] } else { &[0, 0] };
                let compression = element(0x5034, &[&uint(0x4254, 3), &element(0x4255, &[bytes])]);
                element(0x6240, &[&uint(0x5031, order), &compression])
            })
            .iter()
            .map(Vec::as_slice)
            .collect::<Vec<_>>(),
    );
    let reversed = story(&parts(two));
    assert_eq!(reversed.len(), 4);
    for (more, what) in [
        (encoding(&[element(0x5034, &[&uint(0x4254, 0)])]), "zlib"),
        (encoding(&[uint(0x5033, 1)]), "encrypted"),
        (encoding(&[element(0x5035, &[])]), "encrypted"),
        (encoding(&[element(0x5034, &[&uint(0x4254, 2)])]), "lzo1x"),
    ] {
        let found = complaint(&parts(more));
        assert!(found.contains(what), "{found}");
        assert!(
            found.contains("Segment/Tracks/TrackEntry/ContentEncodings/ContentEncoding at byte"),
            "{found}"
        );
    }
}

#[test]
fn pictures_far_from_each_other_are_no_discontinuity() {
    let blocks = [0, 33, 2_000, 2_033, 9_000].map(|time| delta_block(time, "x"));
    let bytes = [
        init_two(),
        live_cluster(0, &[vec![key_block(0, "a")], blocks[1..].to_vec()].concat()),
        // As far from the last as a slide show's next picture.
        live_cluster(9_900, &[delta_block(0, "b"), sound_block(0, "s")]),
    ]
    .concat();
    assert_eq!(buffered(&bytes)[0], [(0, 10_800)]);
    // A cluster from elsewhere is one.
    let known = [
        init_two(),
        cluster(0, &[key_block(0, "a"), delta_block(40, "b")]),
        cluster(600, &[key_block(0, "c"), delta_block(40, "d")]),
    ]
    .concat();
    assert_eq!(buffered(&known)[0], [(0, 80), (600, 680)]);
}

#[test]
fn mistakes_are_named() {
    let good = || cluster(0, &[key_block(0, "a")]);
    let in_cluster = |part: Vec<u8>| [init_two(), element(CLUSTER, &[&uint(TIMESTAMP, 0), &part])];
    let entry_of = |entry: Vec<u8>| [init(&[entry]), good()];
    let init_offset = init_two().len();
    for (parts, expected) in [
        (
            vec![b"<html>404".to_vec()],
            "EBML at byte 0: [7C".replace("[7C", ""),
        ),
        (
            vec![good()],
            "Cluster at byte 0: media before any initialization segment".into(),
        ),
        (vec![header("webm"), good()], "before the Tracks".into()),
        (
            vec![header("ogg")],
            "EBML at byte 0: the DocType is \"ogg\"".into(),
        ),
        (vec![element(EBML, &[&uint(0x4286, 1)])], "has no DocType".into()),
        (
            vec![element(EBML, &[&uint(0x42f7, 2)])],
            "EBML/EBMLReadVersion at byte 5: is 2; at most 1".into(),
        ),
        (vec![element(EBML, &[&uint(0x42f2, 5)])], "EBMLMaxIDLength".into()),
        (
            vec![element(EBML, &[&uint(0x42f3, 9)])],
            "EBMLMaxSizeLength".into(),
        ),
        (
            vec![lying(EBML, 1 << 20, &[])],
            "EBML at byte 0: says it is 1048576 bytes long; the limit".into(),
        ),
        (vec![unknown(EBML, &[])], "says its size is unknown".into()),
        (vec![init_two(), lying(VOID, 1 << 40, &[])], "the limit is".into()),
        (
            vec![header("webm"), lying(SEGMENT, 9, &[&info(1_000)])],
            "the Segment around it at byte".into(),
        ),
        (
            vec![header("webm"), unknown(SEGMENT, &[&info(0)])],
            "Segment/Info/TimestampScale".into(),
        ),
        (
            in_cluster(lying(SIMPLE_BLOCK, 500, &[&[0; 500]]))[..1]
                .iter()
                .cloned()
                .chain([lying(
                    CLUSTER,
                    20,
                    &[&uint(TIMESTAMP, 0), &lying(SIMPLE_BLOCK, 500, &[])],
                )])
                .collect(),
            format!("Segment/Cluster/SimpleBlock at byte {}", init_offset + 15),
        ),
        (
            vec![init_two(), element(CLUSTER, &[&key_block(0, "a")])],
            "comes before the Timestamp".into(),
        ),
        (in_cluster(simple(0, 0, 0, b"x")).to_vec(), "is of track 0".into()),
        (
            in_cluster(element(SIMPLE_BLOCK, &[b"x"])).to_vec(),
            "Segment/Cluster/SimpleBlock at byte".into(),
        ),
        (
            in_cluster(element(BLOCK_GROUP, &[])).to_vec(),
            "holds no Block".into(),
        ),
        (
            in_cluster(element(TIMESTAMP, &[&[0; 9]])).to_vec(),
            "no length of an integer".into(),
        ),
        (
            in_cluster(element(TIMESTAMP, &[&[0; 99]])).to_vec(),
            "the limit is 16".into(),
        ),
        (
            in_cluster(good()).to_vec(),
            "begins before the cluster around it ends".into(),
        ),
        (in_cluster(vec![0, 0]).to_vec(), "no element begins here".into()),
        (in_cluster(element(0xaf, &[b"x"])).to_vec(), "encrypted".into()),
        (
            entry_of(video(0, "V_VP8", &[])).to_vec(),
            "has no TrackNumber".into(),
        ),
        (
            entry_of(video(1 << 40, "V_VP8", &[])).to_vec(),
            "more than 32 bits".into(),
        ),
        (
            entry_of(video(1, "V_THEORA", &[])).to_vec(),
            "\"V_THEORA\": no codec known here".into(),
        ),
        (
            entry_of(video(1, "A_OPUS", &[])).to_vec(),
            "no codec of WebM".into(),
        ),
        (
            entry_of(audio(1, "A_OPUS", &[])).to_vec(),
            "not an OpusHead".into(),
        ),
        (
            entry_of(entry(1, 1, "V_VP8", &[])).to_vec(),
            "0 by 0 pixels".into(),
        ),
        (
            vec![init(&[
                video(1, "V_VP8", &[]),
                audio(1, "A_OPUS", &[opus_head()]),
            ])],
            "has the number 1, as has another track".into(),
        ),
        (
            vec![init(
                &(1..200)
                    .map(|number| entry(number, 17, "S", &[]))
                    .collect::<Vec<_>>(),
            )],
            "more tracks than the limit".into(),
        ),
    ] {
        let found = complaint(&parts);
        assert!(found.contains(&expected), "{found}, not {expected}");
    }
}
