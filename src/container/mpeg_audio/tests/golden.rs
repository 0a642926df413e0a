//! The fixtures against what ffprobe reads in them.

use super::*;
use crate::container::MediaConfig;

/// What of a file ffprobe and this crate put at other times: it does not cut, nor count samples of several rates.
const OTHER_TIMES: [&str; 4] = ["adts-itunes-gapless", "changes", "lame-gapless", "vbr-xing"];

#[test]
fn frames_are_the_packets_of_ffprobe() {
    for (name, bytes, table) in FIXTURES {
        // ffprobe takes what is between for parts of the packets.
        if *name == "garbage-between" {
            continue;
        }
        let mut frames = frames(demuxer(name, Strictness::Lenient), bytes).into_iter();
        let mut rows = 0;
        for packet in packets(table) {
            rows += 1;
            let line = &packet.line;
            let frame = frames.next().unwrap_or_else(|| panic!("{name}: too few frames"));
            assert_eq!(frame.data.len(), packet.size, "{name}: {line}");
            assert_eq!(crc32(&frame.data), packet.crc, "{name}: {line}");
            assert_eq!(
                frame.presentation_timestamp, frame.decode_timestamp,
                "{name}: {line}"
            );
            if OTHER_TIMES.contains(name) || *name == "mpeg2-22050" {
                continue;
            }
            let end = packet.pts + packet.duration.unwrap();
            assert_eq!(
                frame.presentation_timestamp,
                packet.time(packet.pts),
                "{name}: {line}"
            );
            assert_eq!(frame.presentation_end, packet.time(end), "{name}: {line}");
            assert_eq!(
                (frame.is_random_access_point, packet.is_key),
                (true, true),
                "{name}: {line}"
            );
        }
        assert!(rows > 5, "{name}");
        assert_eq!(frames.next(), None, "{name}: more frames than packets");
    }
}

#[test]
fn configurations() {
    let mp3 = |sample_rate, channels| ("mp3".to_owned(), None, sample_rate, channels);
    let aac = |description: [u8; 2], sample_rate, channels| {
        (
            "mp4a.40.2".to_owned(),
            Some(description.to_vec()),
            sample_rate,
            channels,
        )
    };
    for (name, bytes, _) in FIXTURES {
        let expected = match *name {
            "adts-lc" | "adts-itunes-gapless" => vec![aac([0x12, 0x08], 44_100, 1)],
            "adts-mpeg2" => vec![aac([0x13, 0x90], 22_050, 2)],
            "changes" => vec![mp3(44_100, 2), mp3(48_000, 1)],
            "mono" => vec![mp3(48_000, 1)],
            "id3v2-padding" | "lame-gapless" | "layer2" => vec![mp3(44_100, 1)],
            "mpeg2-22050" => vec![mp3(22_050, 1)],
            "mpeg25-8000" => vec![mp3(8_000, 1)],
            _ => vec![mp3(44_100, 2)],
        };
        let mut demuxer = demuxer(name, Strictness::Lenient);
        demuxer.push(bytes);
        demuxer.parse(usize::MAX).unwrap();
        let events = std::iter::from_fn(|| demuxer.poll_event());
        let found: Vec<_> = events
            .filter_map(|event| match event {
                DemuxEvent::InitSegment(segment) => Some(segment),
                _ => None,
            })
            .map(|segment| {
                assert_eq!(segment.duration, None, "{name}");
                let config = &segment.tracks[0].config;
                let MediaConfig::Audio {
                    sample_rate,
                    channels,
                } = config.media
                else {
                    panic!("{config:?}")
                };
                (
                    config.codec.clone(),
                    config.description.clone(),
                    sample_rate,
                    channels,
                )
            })
            .collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn strict_plays_only_what_the_specification_allows() {
    for (name, bytes, _) in FIXTURES {
        let (lines, error) = run(demuxer(name, Strictness::Strict), [*bytes], usize::MAX);
        let (expected, _) = whole(name, bytes);
        let (message, count) = match *name {
            "garbage-between" => ("no MPEG audio frame", 1 + 3 * 5),
            "icy-stream" => ("no MPEG audio frame", 0),
            "tags-at-end" => ("an APE or Lyrics3 tag", expected.len()),
            _ => {
                assert_eq!((lines, error), (expected, None), "{name}");
                continue;
            }
        };
        let error = error.unwrap();
        assert!(error.message.contains(message), "{name}: {error}");
        assert_eq!(lines, expected[..count], "{name}");
    }
}

#[test]
fn what_is_between_frames_takes_none_away() {
    let of = |name| frames(demuxer(name, Strictness::Lenient), fixture(name));
    let (cbr, found) = (of("cbr"), of("garbage-between"));
    // Of the fifteenth frame 100 bytes are there; what follows is taken for the rest of it, and is missing then.
    let kept = cbr.iter().take(14).chain(cbr.iter().skip(16));
    let data = |frame: &CodedFrame| frame.data.clone();
    let mut found: Vec<_> = found.iter().map(data).collect();
    assert_eq!(found.remove(14)[..100], cbr[14].data[..100]);
    assert_eq!(found, kept.map(data).collect::<Vec<_>>());
}
