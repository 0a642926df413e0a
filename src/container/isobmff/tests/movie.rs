//! Odd initialization segments.

use super::writer::*;
use super::*;
use crate::codec::ColorSpace;
use crate::container::MediaConfig;

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

/// How decoders are told of AAC with this AudioSpecificConfig: in an entry that says stereo of 24 kHz.
fn aac(specific_config: &[u8]) -> (String, Vec<u8>, MediaConfig) {
    let tag = |tag, body: &[u8]| [&[tag, body.len() as u8], body].concat();
    let config = [&[0x40][..], &[0; 12], &tag(5, specific_config)].concat();
    let stream = [&[0, 1, 0][..], &tag(4, &config)].concat();
    let esds = [&[0; 4][..], &tag(3, &stream)].concat();
    let mut fields = [0; 28];
    fields[17] = 2;
    fields[24..26].copy_from_slice(&24_000u16.to_be_bytes());
    let track = TrackWriter {
        sample_entry: boxed(b"mp4a", &[&fields, &boxed(b"esds", &[&esds])]),
        ..TrackWriter::audio(1)
    };
    let segment = init_of(&init(&[track], Some(&[]))).unwrap();
    let config = &segment.tracks[0].config;
    (
        config.codec.clone(),
        config.description.clone().unwrap(),
        config.media,
    )
}

#[test]
fn the_kinds_of_aac() {
    for (specific_config, codec, sample_rate) in [
        (&[0x13, 0x10][..], "mp4a.40.2", 24_000),
        // HE-AAC by hierarchical and by backward compatible signalling, and version 2.
        (&[0x2b, 0x11, 0x88, 0x00], "mp4a.40.5", 48_000),
        (&[0x13, 0x10, 0x56, 0xe5, 0x98], "mp4a.40.2", 48_000),
        (&[0xeb, 0x09, 0x88, 0x00], "mp4a.40.29", 48_000),
        // xHE-AAC.
        (&[0xf9, 0x46, 0x40], "mp4a.40.42", 48_000),
    ] {
        let media = MediaConfig::Audio {
            sample_rate,
            channels: 2,
        };
        assert_eq!(
            aac(specific_config),
            (codec.to_owned(), specific_config.to_vec(), media)
        );
    }
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

#[test]
fn user_data_says_what_a_track_is_for() {
    let kind = |scheme: &[u8], value: &[u8]| boxed(b"kind", &[&[0; 4], scheme, &[0], value, &[0]]);
    let dash = b"urn:mpeg:dash:role:2011";
    let audio = |id, user_data: &[Vec<u8>]| TrackWriter {
        edits: boxed(b"udta", &[&user_data.concat()]),
        ..TrackWriter::audio(id)
    };
    let described = TrackWriter {
        sample_entry: boxed(
            b"ac-3",
            &[
                &opus_entry(b"ac-3", &[])[8..36],
                &boxed(b"dac3", &[&[0x10, 0xbd, 0xe0]]),
            ],
        ),
        ..TrackWriter::audio(5)
    };
    let tracks = [
        audio(1, &[kind(b"about:html-kind", b"commentary")]),
        audio(
            2,
            &[kind(dash, b"main"), boxed(b"name", &[b"x"]), kind(dash, b"dub")],
        ),
        // Whatever else is there does no harm.
        audio(3, &[boxed(b"kind", &[b"?"]), b"\0\0\0\x07junk".to_vec()]),
        TrackWriter::video(4),
        described,
    ];
    let segment = init_of(&init(&tracks, Some(&[]))).unwrap();
    let kinds: Vec<&str> = segment.tracks.iter().map(|track| track.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["commentary", "translation", "translation", "main", "main-desc"]
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
    assert_eq!(track.config.description.as_deref(), Some(&AVCC[..]));
    assert_eq!(
        track.config.media,
        MediaConfig::Video {
            coded_width: 640,
            coded_height: 480,
            crop: None,
            display_width: 853,
            display_height: 480,
            rotation: 0,
            color_space: None,
        }
    );
    assert_eq!((track.language.as_str(), track.label.as_str()), ("eng", "Name"));
}

#[test]
fn colours() {
    let of = |entry: Vec<u8>| {
        let track = TrackWriter {
            sample_entry: entry,
            ..TrackWriter::video(1)
        };
        let config = init_of(&init(&[track], Some(&[]))).map(|segment| segment.tracks[0].config.media);
        match config {
            Ok(MediaConfig::Video { color_space, .. }) => Ok(color_space),
            Ok(sound) => panic!("{sound:?}"),
            Err(error) => Err(error.to_string()),
        }
    };
    let colr = |kind: &[u8], points: [u8; 3], range: &[u8]| {
        let points = points.map(|point| [0, point]).concat();
        boxed(b"colr", &[kind, &points, range])
    };
    let avc = |boxes: &[Vec<u8>]| of(video_entry(b"avc1", &boxes.concat()));
    let hdr = ColorSpace {
        primaries: Some("bt2020"),
        transfer: Some("pq"),
        matrix: Some("bt2020-ncl"),
        full_range: Some(false),
    };
    let full = Some(true);
    let icc = boxed(b"colr", &[b"prof", &[0; 40]]);
    assert_eq!(avc(&[]), Ok(None));
    assert_eq!(avc(&[colr(b"nclx", [9, 16, 9], &[0x7f])]), Ok(Some(hdr)));
    let full_hdr = ColorSpace {
        full_range: full,
        ..hdr
    };
    assert_eq!(
        avc(&[icc.clone(), colr(b"nclx", [9, 16, 9], &[0x80])]),
        Ok(Some(full_hdr))
    );
    let unranged = ColorSpace {
        full_range: None,
        ..hdr
    };
    // The first that says something counts.
    let second = colr(b"nclx", [1, 1, 1], &[0]);
    assert_eq!(avc(&[colr(b"nclc", [9, 16, 9], &[]), second]), Ok(Some(unranged)));
    assert_eq!(avc(&[icc]), Ok(None));
    assert_eq!(avc(&[colr(b"nclc", [2, 2, 2], &[])]), Ok(None));
    let cut_off = avc(&[colr(b"nclx", [9, 16, 9], &[])]).unwrap_err();
    assert!(cut_off.contains("stsd/avc1/colr"), "{cut_off}");

    let vp9 = |[primaries, transfer, matrix]: [u8; 3], more: &[u8]| {
        let record = [1, 0, 0, 0, 2, 10, 0xa1, primaries, transfer, matrix, 0, 0];
        let vpcc = boxed(b"vpcC", &[&record]);
        of(video_entry(b"vp09", &[&vpcc, more].concat()))
    };
    assert_eq!(vp9([9, 16, 9], &[]), Ok(Some(full_hdr)));
    assert_eq!(vp9([2, 2, 2], &[]), Ok(None));
    assert_eq!(vp9([2, 2, 2], &colr(b"nclx", [9, 16, 9], &[0])), Ok(Some(hdr)));
}
