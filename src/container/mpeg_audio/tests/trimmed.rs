//! What encoders added at the start and at the end of a file.

use super::*;

/// Samples heard, at this rate, and of each frame: samples cut at its start, and at its end.
fn cuts(name: &str, bytes: &[u8], rate: u32) -> (i64, Vec<(i64, i64)>) {
    let samples = |time: MediaTime| {
        let scaled = i128::from(time.as_nanos()) * i128::from(rate);
        i64::try_from((scaled + 500_000_000) / 1_000_000_000).unwrap()
    };
    let frames = frames(demuxer(name, Strictness::Lenient), bytes);
    for pair in frames.windows(2) {
        assert_eq!(pair[0].presentation_end, pair[1].presentation_timestamp, "{name}");
    }
    let last = frames.last().unwrap().presentation_end;
    let cuts = frames
        .iter()
        .map(|frame| (samples(frame.trim_start), samples(frame.trim_end)));
    (samples(last), cuts.collect())
}

#[test]
fn what_is_heard_is_what_was_encoded() {
    // Half a second each.
    for (name, rate, first, last) in [
        // 20.1 frames of 1152 hold 576 samples of encoder, 529 of decoder, and the sound.
        ("lame-gapless", 44_100, (1_105, 0), 21 * 1_152 - 1_105 - 22_050),
        ("vbr-xing", 44_100, (1_105, 0), 21 * 1_152 - 1_105 - 22_050),
        ("mpeg2-22050", 22_050, (576, 0), 22 * 576 - 1_105 - 11_025),
        (
            "adts-itunes-gapless",
            44_100,
            (1_024, 0),
            23 * 1_024 - 1_024 - 22_050,
        ),
    ] {
        let (heard, cuts) = cuts(name, fixture(name), rate);
        assert_eq!(heard, i64::from(rate) / 2, "{name}");
        assert_eq!(cuts[0], first, "{name}");
        assert_eq!(cuts.last(), Some(&(0, last)), "{name}");
        let between = if name == "mpeg2-22050" {
            assert_eq!(cuts[1], (529, 0));
            2
        } else {
            1
        };
        assert!(
            cuts[between..cuts.len() - 1].iter().all(|cut| *cut == (0, 0)),
            "{name}"
        );
    }
}

#[test]
fn frames_before_the_sound_are_decoded_with_its_first() {
    let frames = frames(demuxer("mpeg2-22050", Strictness::Strict), fixture("mpeg2-22050"));
    let heads: Vec<_> = frames
        .iter()
        .map(|frame| {
            (
                frame.presentation_end > frame.presentation_timestamp,
                frame.is_random_access_point,
            )
        })
        .collect();
    assert_eq!(heads[..3], [(false, true), (true, false), (true, true)]);
    assert!(heads[3..].iter().all(|head| *head == (true, true)));
    assert_eq!(frames[0].presentation_end, MediaTime::ZERO);
}

#[test]
fn files_one_after_the_other_are_cut_each() {
    let file = fixture("lame-gapless");
    let (heard, cuts) = cuts("lame-gapless", &[file, file].concat(), 44_100);
    assert_eq!(heard, 44_100);
    assert_eq!(cuts.len(), 42);
    assert_eq!(cuts[..21], cuts[21..]);
}

#[test]
fn after_a_reset_nothing_is_known_of_the_file() {
    let file = fixture("lame-gapless");
    let mut demuxer = demuxer("lame-gapless", Strictness::Lenient);
    demuxer.push(&file[..500]);
    demuxer.parse(usize::MAX).unwrap();
    while demuxer.poll_event().is_some() {}
    demuxer.reset();
    // From the middle of a frame on.
    let rest = frames(demuxer, &file[600..]);
    assert!(rest.len() > 10);
    assert!(
        rest.iter()
            .all(|frame| frame.trim_start + frame.trim_end == MediaTime::ZERO)
    );
}

#[test]
fn the_header_of_the_sound_is_believed_before_a_comment() {
    // 21 frames without delay and padding.
    let comment = b"COMM\0\0\0\x42\0\0\0engiTunSMPB\0 00000000 00000000 00000000 0000000000005E80 00000000";
    let tag = [&b"ID3\x03\0\0\0\0\0"[..], &[comment.len() as u8], comment].concat();
    assert_eq!(comment.len(), 10 + 0x42);
    let file = fixture("lame-gapless");
    let (_, with_header) = cuts("lame-gapless", &[&tag, file].concat(), 44_100);
    assert_eq!(with_header, cuts("lame-gapless", file, 44_100).1);
    // Without the header the comment counts: only what decoders are late by is cut.
    let header = Format::Mpeg.header(file).unwrap().unwrap().length as usize;
    let (_, without) = cuts("lame-gapless", &[&tag, &file[header..]].concat(), 44_100);
    assert_eq!(without[0], (529, 0));
}

#[test]
fn another_stream_needs_nothing_of_the_one_before() {
    // Its header, and the frame of which nothing is heard.
    let file = fixture("mpeg2-22050");
    let start = Format::Mpeg.header(file).unwrap().unwrap().length as usize;
    let first = Format::Mpeg.header(&file[start..]).unwrap().unwrap().length as usize;
    let bytes = [&file[..start + first], fixture("mono")].concat();
    let frames = frames(demuxer("mono", Strictness::Lenient), &bytes);
    assert_eq!(frames[0].presentation_end, MediaTime::ZERO);
    for frame in &frames[1..] {
        assert!(frame.is_random_access_point);
        assert_eq!(frame.trim_start + frame.trim_end, MediaTime::ZERO);
    }
}

#[test]
fn frames_beyond_the_count_are_heard() {
    let file = fixture("lame-gapless");
    // 21 frames in the header, and the last ones again.
    let again = &file[file.len() - 104 - 105..];
    let (_, cuts) = cuts("lame-gapless", &[file, again].concat(), 44_100);
    assert_eq!(cuts.len(), 23);
    assert_ne!(cuts[20], (0, 0));
    assert_eq!(cuts[21..], [(0, 0); 2]);
}

#[test]
fn frames_after_the_sound_are_left_out() {
    let mut file = fixture("lame-gapless").to_vec();
    // Flags, frames, bytes, table of contents and quality lie between.
    let lame = file.windows(4).position(|name| name == b"Info").unwrap() + 4 + 4 + 4 + 4 + 100 + 4;
    assert!(file[lame..].starts_with(b"Lav"));
    // All that 12 bits can say is padding: more than three frames.
    file[lame + 22] |= 0x0f;
    file[lame + 23] = 0xff;
    let (heard, cuts) = cuts("lame-gapless", &file, 44_100);
    assert_eq!(heard, 21 * 1_152 - 576 - 4_095);
    assert_eq!(cuts.len(), 18);
}
