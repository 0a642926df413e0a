//! Odd streams, written by hand.

use super::*;
use crate::codec::AudioSpecificConfig;
use crate::container::MediaConfig;

/// 44.1 kHz, joint stereo, 32 kbit/s: 104 bytes.
const LOW: [u8; 4] = [0xff, 0xfb, 0x10, 0x64];
/// The same with padding, at 40 kbit/s: 131 bytes.
const PADDED: [u8; 4] = [0xff, 0xfb, 0x22, 0x64];
/// 48 kHz, mono, 32 kbit/s: 96 bytes.
const OTHER: [u8; 4] = [0xff, 0xfb, 0x14, 0xc4];
/// Layer 1 at 32 kHz, 32 kbit/s: 48 bytes of 384 samples.
const LAYER_1: [u8; 4] = [0xff, 0xff, 0x18, 0x00];

/// A frame of MPEG audio, filled with a byte that begins no header.
fn frame(header: [u8; 4]) -> Vec<u8> {
    let length = Format::Mpeg.header(&header).unwrap().unwrap().length as usize;
    let mut frame = vec![0x55; length];
    frame[..4].copy_from_slice(&header);
    frame
}

/// An ADTS frame of AAC-LC: without check word unless it is `checked`.
fn adts(frequency_index: u8, channels: u8, checked: bool, blocks: u8, body: &[u8]) -> Vec<u8> {
    let length = body.len() as u32 + 7;
    let mut writer = crate::bytes::BitWriter::default();
    for (count, value) in [
        (12, 0xfff),
        (3, 0),
        (1, u32::from(!checked)),
        (2, 1),
        (4, frequency_index.into()),
        (1, 0),
        (3, channels.into()),
        (4, 0),
        (13, length),
        (11, 0x7ff),
        (2, u32::from(blocks) - 1),
    ] {
        writer.bits(count, value);
    }
    let mut frame = writer.finish();
    frame.extend(body);
    frame
}

fn mpeg(strictness: Strictness, bytes: &[u8]) -> Outcome {
    let outcome = run(MpegAudioDemuxer::mpeg(strictness), [bytes], usize::MAX);
    let cut = run(MpegAudioDemuxer::mpeg(strictness), bytes.chunks(1), 0);
    assert_eq!(cut, outcome);
    outcome
}

/// `init`, and for each frame its length.
fn summary((lines, error): Outcome) -> String {
    let words = lines.iter().filter_map(|line| {
        let mut words = line.split(' ');
        match words.next() {
            Some("init") => Some("init".into()),
            Some("frame") => line.split(' ').nth(12).map(str::to_owned),
            _ => None,
        }
    });
    let error = error.map(|error| format!("! {:?} {}", error.class, error.offset));
    words.chain(error).collect::<Vec<String>>().join(" ")
}

#[test]
fn table_of_streams() {
    let low = frame(LOW);
    let two = [low.clone(), low.clone()].concat();
    let id3 = |size: usize| {
        let mut tag = b"ID3\x03\0\0\0\0".to_vec();
        tag.extend([(size >> 7) as u8, (size & 0x7f) as u8]);
        tag.extend(vec![0xff; size]);
        tag
    };
    let half = low[..50].to_vec();
    for (what, parts, lenient, strict) in [
        ("nothing", vec![], "", ""),
        ("one frame", vec![&low[..]], "init 104", "init 104"),
        (
            "padding and rate may differ",
            vec![&low, &frame(PADDED), &low],
            "init 104 131 104",
            "init 104 131 104",
        ),
        (
            "layer 1",
            vec![&frame(LAYER_1), &frame(LAYER_1)],
            "init 48 48",
            "init 48 48",
        ),
        (
            "tags in a row",
            vec![&id3(300), &id3(0), &low, &id3(20), &low],
            "init 104 104",
            "init 104 104",
        ),
        (
            "a tag at the end",
            vec![&low, b"TAG", &[0; 125]],
            "init 104",
            "init 104",
        ),
        (
            "a header of Icecast",
            vec![b"ICY 200 OK\r\na: b\r\n\r\n", &low],
            "init 104",
            "init 104",
        ),
        (
            "the next title",
            vec![&two, b"\x02StreamTitle='A';\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", &two],
            "init 104 104 104 104",
            "init 104 104 ! Malformed 208",
        ),
        (
            "zeros",
            vec![&two, &[0; 1000], &two],
            "init 104 104 104 104",
            "init 104 104 ! Malformed 208",
        ),
        // The rest of a frame first, then a header by chance inside it.
        (
            "begun in a frame",
            vec![&half[4..], &two],
            "init 104 104",
            "! Malformed 0",
        ),
        (
            "a header by chance",
            vec![&[0x55; 9], &LOW[..], &[0x55; 30], &two],
            "init 104 104",
            "! Malformed 0",
        ),
        // What is not followed by another may be chance as well.
        (
            "garbage, one frame, garbage",
            vec![&[0x55; 9], &low, &[0x55; 500]],
            "",
            "! Malformed 0",
        ),
        // A cut frame takes the start of the next with it, which is where the length says it ends.
        (
            "a cut frame",
            vec![&two, &half, &two, &two],
            "init 104 104 104 104 104 104",
            "init 104 104 104 ! Malformed 312",
        ),
        (
            "another stream",
            vec![&two, &frame(OTHER), &frame(OTHER)],
            "init 104 104 init 96 96",
            "init 104 104 init 96 96",
        ),
        // One frame of it is not believed before the next one comes.
        (
            "a change not confirmed",
            vec![&two, &frame(OTHER), &low, &low],
            "init 104 104 104 104",
            "init 104 104 init 96 init 104 104",
        ),
        (
            "a change after a tag",
            vec![&two, &id3(1), &frame(OTHER)],
            "init 104 104 init 96",
            "init 104 104 init 96",
        ),
        (
            "free format",
            vec![&[0xff, 0xfb, 0x00, 0x64], &[0; 100]],
            "! Unsupported 0",
            "! Unsupported 0",
        ),
        (
            "reserved bit rate",
            vec![&[0xff, 0xfb, 0xf0, 0x64], &[0x55; 100]],
            "",
            "! Malformed 0",
        ),
        (
            "MP4",
            vec![b"\0\0\0\x18ftypisom"],
            "! Malformed 0",
            "! Malformed 0",
        ),
        (
            "WebM",
            vec![b"\x1a\x45\xdf\xa3\x01\0\0\0"],
            "! Malformed 0",
            "! Malformed 0",
        ),
        (
            "ADTS",
            vec![&adts(4, 2, false, 1, &[0x55; 9])],
            "! Malformed 0",
            "! Malformed 0",
        ),
        ("text", vec![b"<!DOCTYPE html>"], "! Malformed 0", "! Malformed 0"),
        (
            "nothing but noise",
            vec![&[0x55; 70_000]],
            "! Malformed 0",
            "! Malformed 0",
        ),
        (
            "no end of a header of Icecast",
            vec![b"ICY ", &[b'x'; 5_000]],
            "",
            "! Malformed 4096",
        ),
        (
            "lyrics",
            vec![&low, b"LYRICSBEGIN la la LYRICSEND", &low],
            "init 104 104",
            "init 104 ! Malformed 104",
        ),
    ] {
        let bytes = parts.concat();
        assert_eq!(summary(mpeg(Strictness::Lenient, &bytes)), lenient, "{what}");
        assert_eq!(
            summary(mpeg(Strictness::Strict, &bytes)),
            strict,
            "{what}, strict"
        );
    }
}

#[test]
fn garbage_has_a_limit_and_more_of_it_after_a_frame() {
    let two = [frame(LOW), frame(LOW)].concat();
    for (before, limit) in [(&[][..], MAX_GARBAGE_AT_START), (&two, MAX_GARBAGE)] {
        for (length, is_found) in [(limit - 1, true), (limit, false)] {
            let garbage = vec![0x55; length as usize];
            let bytes = [before, &garbage, &two].concat();
            let (lines, error) = run(
                MpegAudioDemuxer::mpeg(Strictness::Lenient),
                bytes.chunks(10_000),
                5_000,
            );
            assert_eq!(error.is_none(), is_found, "{length}");
            let frames = lines.iter().filter(|line| line.starts_with("frame")).count();
            assert_eq!(
                frames,
                before.len() / 104 + if is_found { 2 } else { 0 },
                "{length}"
            );
            if let Some(error) = error {
                assert_eq!(error.offset, before.len() as u64);
            }
        }
    }
}

#[test]
fn what_is_passed_over_is_not_held() {
    let mut picture = b"ID3\x03\0\0\x7f\x7f\x7f\x7fAPIC\x0f\0\0\0\0\0".to_vec();
    picture.extend([0; 100]);
    for start in [&picture[..], b"LYRICSBEGIN", &[0x55]] {
        let mut demuxer = MpegAudioDemuxer::mpeg(Strictness::Lenient);
        demuxer.push(start);
        for _ in 0..10 {
            demuxer.push(&[0x55; 5_000]);
            assert_eq!(demuxer.parse(usize::MAX), Ok(ParseStatus::Done));
            assert!(demuxer.pending_bytes() < 16, "{}", demuxer.pending_bytes());
        }
    }
}

#[test]
fn a_small_budget_does_a_little_at_a_time() {
    let mut demuxer = MpegAudioDemuxer::mpeg(Strictness::Lenient);
    demuxer.push(&[vec![0x55; 20_000], frame(LOW).repeat(100)].concat());
    let mut calls = 0;
    while demuxer.parse(1_000).unwrap() == ParseStatus::MorePending {
        calls += 1;
        let frames = std::iter::from_fn(|| demuxer.poll_event())
            .filter(|event| matches!(event, DemuxEvent::Frame(_)))
            .count();
        assert!(frames < 12, "{frames}");
    }
    assert!(calls > 10, "{calls}");
}

#[test]
fn a_comment_about_other_sound_changes_nothing() {
    let comment = b"COMM\0\0\0\x5a\0\0\0engiTunSMPB\0 00000000 00000840 000001CA 0000000000000FF6 00000000 00000000 0000000";
    let mut tag = b"ID3\x03\0\0\0\0\0".to_vec();
    tag.push(comment.len() as u8);
    tag.extend(comment);
    let bytes = [tag, frame(LOW).repeat(8)].concat();
    let frames = frames(MpegAudioDemuxer::mpeg(Strictness::Strict), &bytes);
    assert_eq!(frames.len(), 8);
    assert!(frames.iter().all(|frame| frame.trim_start == MediaTime::ZERO));
}

#[test]
fn time_goes_on_where_the_sampling_frequency_changes() {
    let bytes = [frame(LOW).repeat(3), frame(OTHER).repeat(2)].concat();
    let ends: Vec<i64> = frames(MpegAudioDemuxer::mpeg(Strictness::Strict), &bytes)
        .iter()
        .map(|frame| frame.presentation_end.as_nanos())
        .collect();
    assert_eq!(
        ends,
        [26_122_449, 52_244_898, 78_367_347, 102_367_347, 126_367_347]
    );
}

#[test]
fn twelve_hours_do_not_drift() {
    let frame = adts(4, 2, false, 1, &[0x55; 3]);
    let rate = NonZeroU32::new(44_100).unwrap();
    let mut demuxer = MpegAudioDemuxer::adts(Strictness::Strict);
    demuxer.push(&frame);
    demuxer.parse(usize::MAX).unwrap();
    while demuxer.poll_event().is_some() {}
    let before = 12 * 3_600 * 44_100 / 1_024;
    demuxer.clock.samples = before * 1_024;
    let mut end = demuxer.clock.now();
    demuxer.push(&frame.repeat(1_000));
    demuxer.parse(usize::MAX).unwrap();
    let mut count = before as i64;
    while let Some(event) = demuxer.poll_event() {
        if let DemuxEvent::Frame(frame) = event {
            count += 1;
            assert_eq!(frame.presentation_timestamp, end);
            end = MediaTime::from_ticks(count * 1_024, rate);
            assert_eq!(frame.presentation_end, end);
        }
    }
    assert_eq!(count as u64, before + 1_000);
}

#[test]
fn raw_data_blocks_come_one_by_one_where_that_can_be() {
    let plain = frames(MpegAudioDemuxer::adts(Strictness::Strict), fixture("adts-lc"));
    let checked = frames(MpegAudioDemuxer::adts(Strictness::Strict), BLOCKS_CHECKED);
    assert!(plain.len() > 20);
    assert_eq!(checked, plain);
    // Decoders give as many outputs for such a frame as it has blocks, and one for each frame is what playback counts on.
    let outcome = run(MpegAudioDemuxer::adts(Strictness::Lenient), [BLOCKS], usize::MAX);
    assert_eq!(summary(outcome), "init ! Unsupported 0");
}

#[test]
fn adts_streams() {
    let adts_run = |bytes: &[u8]| {
        let outcome = run(MpegAudioDemuxer::adts(Strictness::Lenient), [bytes], usize::MAX);
        let cut = run(MpegAudioDemuxer::adts(Strictness::Lenient), bytes.chunks(1), 0);
        assert_eq!(cut, outcome);
        summary(outcome)
    };
    let plain = adts(4, 2, false, 1, &[0x55; 20]);
    // A check word is no part of the block.
    assert_eq!(adts_run(&adts(4, 2, true, 1, &[0x55; 20])), "init 18");
    assert_eq!(
        adts_run(&[&plain[..], b"ID3\x04\0\0\0\0\0\0", &plain].concat()),
        "init 20 20"
    );
    // Positions outside of the frame.
    assert_eq!(adts_run(&adts(4, 2, true, 2, &[0x55; 20])), "init ! Malformed 0");
    assert_eq!(adts_run(&frame(LOW)), "! Malformed 0");
    let changed = [&plain[..], &adts(3, 2, false, 1, &[0x55; 9]).repeat(2)].concat();
    assert_eq!(adts_run(&changed), "init 20 init 9 9");
}

#[test]
fn channels_of_a_program_config_element() {
    // A pair in front; then no comment and other elements.
    let mut block = crate::bytes::BitWriter::default();
    for (count, value) in [
        (3, 5),
        (4, 0),
        (2, 1),
        (4, 4),
        (4, 1),
        (4, 0),
        (4, 0),
        (2, 0),
        (3, 0),
        (4, 0),
        (3, 0),
        (5, 0x10),
    ] {
        block.bits(count, value);
    }
    block.align();
    block.bits(8, 0);
    block.bits(32, 0x2155_5555);
    let with = adts(4, 0, false, 1, &block.finish());
    let without = adts(4, 0, false, 1, &[0x21, 0x55, 0x55]);
    let mut demuxer = MpegAudioDemuxer::adts(Strictness::Strict);
    demuxer.push(&[&with[..], &without, &with].concat());
    demuxer.parse(usize::MAX).unwrap();
    let Some(DemuxEvent::InitSegment(segment)) = demuxer.poll_event() else {
        panic!()
    };
    let config = &segment.tracks[0].config;
    let description = config.description.clone().unwrap();
    assert_eq!(
        AudioSpecificConfig::parse(&description).unwrap().channels,
        Some(2)
    );
    assert_eq!(
        config.media,
        MediaConfig::Audio {
            sample_rate: 44_100,
            channels: 2
        }
    );
    let rest: Vec<_> = std::iter::from_fn(|| demuxer.poll_event()).collect();
    let is_frame = |event: &&DemuxEvent| matches!(event, DemuxEvent::Frame(_));
    assert_eq!(rest.len(), 9);
    assert_eq!(rest.iter().filter(is_frame).count(), 3);

    let outcome = run(
        MpegAudioDemuxer::adts(Strictness::Lenient),
        [&without[..]],
        usize::MAX,
    );
    assert_eq!(summary(outcome), "! Unsupported 0");
}
