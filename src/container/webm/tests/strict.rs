//! What only a strict demuxer refuses.

use super::odd::*;
use super::writer::*;
use super::*;

#[test]
fn strict_refuses_what_the_specification_refuses() {
    let both = |time| [key_block(time, "a"), sound_block(time, "b")];
    let good = || cluster(0, &both(0));
    let in_segment = |parts: &[Vec<u8>]| vec![header("webm"), unknown(SEGMENT, &[&parts.concat()])];
    let entries = || tracks(&[video(1, "V_VP8", &[])]);
    let one = || cluster(0, &[key_block(0, "a")]);
    for (parts, expected) in [
        (vec![init_two(), good(), good()], None),
        (
            vec![init_two(), element(CUES, &[]), good(), element(TAGS, &[])],
            None,
        ),
        (
            [in_segment(&[entries(), info(1_000)]), vec![one()]].concat(),
            Some("comes before Info"),
        ),
        (
            [in_segment(&[entries()]), vec![one()]].concat(),
            Some("comes before Info"),
        ),
        (
            vec![unknown(SEGMENT, &[&info(1_000), &entries()])],
            Some("has no EBML header before it"),
        ),
        (
            vec![header("webm"), header("webm")],
            Some("begins before the initialization segment at byte 0"),
        ),
        (vec![header("webm"), info(1_000)], Some("is in no Segment")),
        (vec![header("matroska")], Some("the DocType is \"matroska\"")),
        (
            vec![init_two(), info(1_000)],
            Some("is in no initialization segment"),
        ),
        (
            vec![init_two(), cluster(0, &[key_block(0, "a")])],
            Some("has no block of track 2"),
        ),
        (
            vec![init_two(), cluster(0, &[sound_block(10, "a"), key_block(0, "b")])],
            Some("is at tick 0, before the block before it"),
        ),
        (
            vec![
                init_two(),
                cluster(0, &[&both(0)[..], &[simple(3, 0, 0, b"x")]].concat()),
            ],
            Some("is of track 3, which Tracks does not have"),
        ),
        (
            vec![init_two(), key_block(0, "a")],
            Some("no element that may be here"),
        ),
        (
            vec![init_two(), live_cluster(0, &[vec![0, 0]])],
            Some("no element begins here"),
        ),
        (vec![init(&[audio(1, "A_FLAC", &[])])], Some("no codec of WebM")),
        (
            vec![init(&[video(1, "V_VP8", &[]), video(2, "V_THEORA", &[])])],
            Some("no codec of WebM"),
        ),
    ] {
        let all = parts.concat();
        let found = story_of(WebMDemuxer::new(Strictness::Strict), &all);
        match (found, expected) {
            (Ok(_), None) => {}
            (Err(error), Some(expected)) => {
                assert!(error.to_string().contains(expected), "{error}, not {expected}");
                // A codec is refused by both where it is the only one.
                if !expected.starts_with("no codec") {
                    assert_eq!(whole(&all).1, None, "{error}");
                }
            }
            (found, expected) => panic!("{found:?}, not {expected:?}"),
        }
    }
}

#[test]
fn strict_takes_no_pictures_in_audio_webm() {
    let all = [init_two(), cluster(0, &[key_block(0, "a"), sound_block(0, "b")])].concat();
    assert_eq!(
        story_of(WebMDemuxer::for_sound(Strictness::Lenient), &all)
            .unwrap()
            .len(),
        5
    );
    let error = story_of(WebMDemuxer::for_sound(Strictness::Strict), &all).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("is a video track, and the type is audio/webm"),
        "{error}"
    );
}
