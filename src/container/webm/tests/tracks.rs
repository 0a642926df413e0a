//! Track entries: codecs, sizes, colours.

use super::writer::*;
use super::*;
use crate::codec::ColorSpace;
use crate::container::test_support::events;
use crate::container::{DecoderConfig, InitSegment, MediaConfig};

fn init_of(entries: &[Vec<u8>]) -> InitSegment {
    match events(WebMDemuxer::default(), &init(entries)).remove(0) {
        DemuxEvent::InitSegment(segment) => segment,
        other => panic!("{other:?}"),
    }
}

fn config_of(entry: Vec<u8>) -> DecoderConfig {
    DecoderConfig::clone(&init_of(&[entry]).tracks[0].config)
}

/// Video of 320 by 240 pixels with more elements in `Video`.
fn picture(more: &[Vec<u8>]) -> MediaConfig {
    let video = element(0xe0, &[&uint(0xb0, 320), &uint(0xba, 240), &more.concat()]);
    config_of(entry(1, 1, "V_VP8", &[video])).media
}

#[test]
fn display_sizes() {
    for (more, expected) in [
        (vec![], (320, 240)),
        (vec![uint(0x54b0, 640), uint(0x54ba, 360)], (640, 360)),
        (vec![uint(0x54b0, 640)], (640, 240)),
        (vec![uint(0x54b0, 0), uint(0x54ba, 0)], (320, 240)),
        // An aspect ratio of 16 to 9; centimetres.
        (
            vec![uint(0x54b0, 16), uint(0x54ba, 9), uint(0x54b2, 3)],
            (427, 240),
        ),
        (
            vec![uint(0x54b0, 10), uint(0x54ba, 10), uint(0x54b2, 1)],
            (320, 320),
        ),
        // Cropped: 8 at the left, 12 at the right, 20 at the top, 20 at the bottom.
        (
            vec![
                uint(0x54cc, 8),
                uint(0x54dd, 12),
                uint(0x54bb, 20),
                uint(0x54aa, 20),
            ],
            (300, 200),
        ),
        (
            vec![
                uint(0x54cc, 80),
                uint(0x54dd, 80),
                uint(0x54b0, 1),
                uint(0x54ba, 1),
                uint(0x54b2, 3),
            ],
            (240, 240),
        ),
        (vec![uint(0x54cc, 500)], (320, 240)),
    ] {
        let MediaConfig::Video {
            coded_width: 320,
            coded_height: 240,
            display_width,
            display_height,
            ..
        } = picture(&more)
        else {
            panic!()
        };
        assert_eq!((display_width, display_height), expected, "{more:02x?}");
    }
}

#[test]
fn crops() {
    let crop = |left, right, top, bottom| {
        let sides = [(0x54cc, left), (0x54dd, right), (0x54bb, top), (0x54aa, bottom)];
        match picture(&sides.map(|(id, pixels)| uint(id, pixels))) {
            MediaConfig::Video { crop, .. } => crop.map(|crop| (crop.x, crop.y, crop.width, crop.height)),
            MediaConfig::Audio { .. } => panic!(),
        }
    };
    assert_eq!(crop(0, 0, 0, 0), None);
    assert_eq!(crop(8, 12, 20, 30), Some((8, 20, 300, 190)));
    assert_eq!(crop(0, 0, 0, 8), Some((0, 0, 320, 232)));
    // Nothing would be left.
    assert_eq!(crop(160, 160, 0, 0), None);
    assert_eq!(crop(u64::MAX, u64::MAX, 20, 20), Some((0, 20, 320, 200)));
}

#[test]
fn a_roll_by_right_angles_turns_the_picture() {
    let turned = |more: &[Vec<u8>]| match picture(&[element(0x7670, &[&more.concat()]), uint(0x54b0, 640)]) {
        MediaConfig::Video {
            rotation,
            display_width,
            display_height,
            ..
        } => (rotation, display_width, display_height),
        MediaConfig::Audio { .. } => panic!(),
    };
    let roll = |degrees| float(0x7675, degrees);
    // As mkvmerge writes it and ffprobe reads it: a roll counts counter-clockwise.
    assert_eq!(turned(&[roll(90.0)]), (270, 240, 640));
    assert_eq!(turned(&[roll(-90.0)]), (90, 240, 640));
    assert_eq!(turned(&[roll(180.0)]), (180, 640, 240));
    for more in [
        vec![],
        vec![roll(0.0)],
        vec![roll(45.0)],
        vec![roll(f64::NAN)],
        // Looking up; a sphere.
        vec![roll(90.0), float(0x7674, 10.0)],
        vec![roll(90.0), uint(0x7671, 1)],
    ] {
        assert_eq!(turned(&more), (0, 640, 240), "{more:02x?}");
    }
}

#[test]
fn colours() {
    let color_space = |more: &[Vec<u8>]| match picture(&[element(0x55b0, &[&more.concat()])]) {
        MediaConfig::Video { color_space, .. } => color_space,
        MediaConfig::Audio { .. } => panic!(),
    };
    assert_eq!(color_space(&[]), None);
    let all = [
        uint(0x55b1, 1),
        uint(0x55ba, 13),
        uint(0x55bb, 1),
        uint(0x55b9, 2),
    ];
    assert_eq!(
        color_space(&all),
        Some(ColorSpace {
            primaries: Some("bt709"),
            transfer: Some("iec61966-2-1"),
            matrix: Some("bt709"),
            full_range: Some(true),
        })
    );
}

#[test]
fn codecs() {
    let private = |bytes: &[u8]| vec![element(0x63a2, &[bytes])];
    let rate = |rate, more: &[Vec<u8>]| {
        let audio = element(0xe1, &[&float(0xb5, rate), &uint(0x9f, 2), &uint(0x6264, 16)]);
        [vec![audio], more.to_vec()].concat()
    };
    for (entry, codec, description) in [
        (video(1, "V_VP9", &[]), "vp09.00.20.08", None),
        (
            video(1, "V_VP9", &[uint(0x23_e383, 10_000_000)]),
            "vp09.00.21.08",
            None,
        ),
        (
            video(1, "V_VP9", &private(&[1, 1, 2, 2, 1, 41, 3, 1, 10, 4, 1, 0])),
            "vp09.02.41.10",
            None,
        ),
        (video(1, "V_AV1", &[]), "av01.0.08M.08", None),
        (
            video(1, "V_AV1", &private(&[0x81, 0x05, 0x0c, 0])),
            "av01.0.05M.08",
            None,
        ),
        (
            video(1, "V_MPEG4/ISO/AVC", &private(&[1, 0x4d, 0x40, 0x1f, 0xff])),
            "avc1.4d401f",
            Some(&[1, 0x4d, 0x40, 0x1f, 0xff][..]),
        ),
        (video(1, "V_MPEG4/ISO/AVC", &[]), "avc1.42e01f", None),
        (
            entry(1, 2, "A_AAC", &rate(44_100.0, &private(&[0x12, 0x10]))),
            "mp4a.40.2",
            Some(&[0x12, 0x10]),
        ),
        (
            entry(1, 2, "A_AAC/MPEG2/LC", &rate(44_100.0, &[])),
            "mp4a.40.2",
            Some(&[0x12, 0x10]),
        ),
        (
            entry(1, 2, "A_AAC/MPEG4/LC/SBR", &rate(44_100.0, &[])),
            "mp4a.40.2",
            Some(&[0x13, 0x90]),
        ),
        (entry(1, 2, "A_MPEG/L3", &rate(44_100.0, &[])), "mp3", None),
        (entry(1, 2, "A_MPEG/L2", &rate(44_100.0, &[])), "mp3", None),
        (entry(1, 2, "A_AC3", &rate(48_000.0, &[])), "ac-3", None),
        (entry(1, 2, "A_EAC3", &rate(48_000.0, &[])), "ec-3", None),
    ] {
        let config = config_of(entry);
        assert_eq!(
            (config.codec.as_str(), config.description.as_deref()),
            (codec, description)
        );
    }
}

#[test]
fn a_track_that_cannot_be_played_is_left_out_where_another_can() {
    let segment = init_of(&[
        video(1, "V_VP8", &[]),
        audio(2, "A_REAL/COOK", &[]),
        audio(3, "A_OPUS", &[opus_head()]),
        entry(4, 17, "S_TEXT/UTF8", &[]),
    ]);
    let ids: Vec<u32> = segment.tracks.iter().map(|track| track.id).collect();
    assert_eq!(ids, [1, 3]);
    let alone = init(&[video(1, "V_VP8", &[]), audio(2, "A_REAL/COOK", &[])]);
    let error = whole(&alone).1.unwrap();
    assert_eq!(error.class, ErrorClass::Unsupported);
    assert_eq!(error.element, "Segment/Tracks/TrackEntry");
}

#[test]
fn pcm_comes_out_in_one_notation() {
    let pcm = |codec: &str, bits| {
        let audio = element(
            0xe1,
            &[&float(0xb5, 48_000.0), &uint(0x9f, 2), &uint(0x6264, bits)],
        );
        entry(1, 2, codec, &[audio])
    };
    let rate = std::num::NonZeroU32::new(48_000).unwrap();
    for (codec_id, bits, samples) in [
        ("A_PCM/INT/LIT", 8, 24),
        ("A_PCM/INT/LIT", 16, 12),
        ("A_PCM/INT/BIG", 16, 12),
        ("A_PCM/INT/BIG", 24, 8),
        ("A_PCM/INT/BIG", 32, 6),
        ("A_PCM/FLOAT/IEEE", 32, 6),
        ("A_PCM/FLOAT/IEEE", 64, 3),
    ] {
        let entry = pcm(codec_id, bits);
        assert_eq!(config_of(entry.clone()).codec, "pcm-f32");
        let all = [init(&[entry]), cluster(0, &[simple(1, 0, 0x80, &[0; 48])])].concat();
        let frame = frames(WebMDemuxer::default(), &all).remove(0);
        assert_eq!(frame.data.len(), samples * 2 * 4, "{codec_id} {bits}");
        let end = MediaTime::from_ticks(samples as i64, rate);
        assert_eq!(frame.presentation_end, end, "{codec_id} {bits}");
    }
    let error = whole(&init(&[pcm("A_PCM/INT/LIT", 12)])).1.unwrap();
    assert_eq!(error.class, ErrorClass::Unsupported);
    assert!(
        error.message.contains("A_PCM/INT/LIT") && error.message.contains("12 bits"),
        "{error}"
    );
}

#[test]
fn names_and_languages() {
    let language = |more: &[Vec<u8>]| init_of(&[video(1, "V_VP8", more)]).tracks[0].language.clone();
    assert_eq!(language(&[]), "eng");
    assert_eq!(language(&[element(0x22_b59c, &[b"und"])]), "");
    assert_eq!(
        language(&[element(0x22_b59c, &[b"ger"]), element(0x22_b59d, &[b"de-CH"])]),
        "de-CH"
    );
    let named = init_of(&[video(1, "V_VP8", &[element(0x536e, &["Bühne".as_bytes()])])]);
    assert_eq!(named.tracks[0].label, "Bühne");
}

/// A key frame of VP8, 256 and `width` pixels wide and 240 high.
fn vp8_key(width: u8) -> [u8; 10] {
    [0x10, 0, 0, 0x9d, 0x01, 0x2a, width, 0x01, 0xf0, 0]
}

#[test]
fn a_crop_is_of_the_size_that_the_track_declares() {
    let video = element(0xe0, &[&uint(0xb0, 320), &uint(0xba, 240), &uint(0x54cc, 20)]);
    let blocks = [
        simple(1, 0, 0x80, &vp8_key(0x40)),
        simple(1, 40, 0x80, &vp8_key(0x80)),
    ];
    let all = [init(&[entry(1, 1, "V_VP8", &[video])]), cluster(0, &blocks)].concat();
    let configs = frames(WebMDemuxer::default(), &all)
        .into_iter()
        .map(|frame| frame.config)
        .collect::<Vec<_>>();
    assert_eq!(configs[0], None);
    let MediaConfig::Video {
        crop, display_width, ..
    } = configs[1].as_ref().unwrap().media
    else {
        panic!()
    };
    assert_eq!((crop, display_width), (None, 384));
}

#[test]
fn key_frames_ask_for_the_configuration_they_need() {
    // 320, then 384, then 320 by 240 pixels.
    let blocks = [
        simple(1, 0, 0x80, &vp8_key(0x40)),
        simple(1, 40, 0x80, &vp8_key(0x80)),
        delta_block(80, "a"),
        simple(1, 120, 0x80, &vp8_key(0x80)),
        simple(1, 160, 0x80, &vp8_key(0x40)),
        delta_block(200, "b"),
    ];
    let all = [init(&[video(1, "V_VP8", &[])]), cluster(0, &blocks)].concat();
    let configs: Vec<_> = frames(WebMDemuxer::default(), &all)
        .into_iter()
        .map(|frame| frame.config)
        .collect();
    let widths: Vec<Option<u32>> = configs
        .iter()
        .map(|config| match config.as_ref()?.media {
            MediaConfig::Video {
                coded_width,
                display_width,
                ..
            } if coded_width == display_width => Some(coded_width),
            media => panic!("{media:?}"),
        })
        .collect();
    assert_eq!(widths, [None, Some(384), Some(384), Some(384), None, None]);
    let shared = |index: usize| configs[index].as_ref().map(std::sync::Arc::as_ptr);
    assert_eq!(shared(1), shared(3));
}
