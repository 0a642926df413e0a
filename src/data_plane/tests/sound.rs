//! Streams of sound, which have no timestamps of their own.

use super::*;

/// A SourceBuffer of a format without timestamps, whose mode the page cannot choose.
fn sound_bench(media_type: &str) -> Bench {
    let mut bench = Bench::reading(DataPlane::new(), media_type);
    bench.parameters.mode = AppendMode::Sequence;
    bench
}

fn sound_ranges(snapshot: &SourceBufferSnapshot) -> String {
    show_ranges(&snapshot.tracks[0].ranges)
}

macro_rules! sound_fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/mpeg_audio/", $name)).as_slice()
    };
}

#[test]
fn frames_without_timestamps_follow_each_other() {
    for (media_type, file, seconds) in [
        ("audio/mpeg", sound_fixture!("lame-gapless.mp3"), 0.5),
        ("audio/mpeg", sound_fixture!("mpeg2-22050.mp3"), 0.5),
        (
            "audio/mpeg",
            sound_fixture!("layer2.mp2"),
            20.0 * 1_152.0 / 44_100.0,
        ),
        ("audio/aac", sound_fixture!("adts-itunes-gapless.aac"), 0.5),
        (
            "audio/aac",
            sound_fixture!("adts-lc.aac"),
            23.0 * 1_024.0 / 44_100.0,
        ),
    ] {
        let mut bench = sound_bench(media_type);
        let mut first = Vec::new();
        for piece in file.chunks(333) {
            let (events, snapshot, result) = bench.append(piece);
            assert_eq!(result, Ok(()));
            first.extend(events);
            assert!(sound_ranges(&snapshot).len() < 20, "{snapshot:?}");
        }
        let durations: Vec<_> = first
            .iter()
            .filter_map(|event| match event {
                Event::InitSegmentReceived { duration, .. } => Some(*duration),
                _ => None,
            })
            .collect();
        assert_eq!(
            durations,
            [None],
            "one initialization segment, of unknown duration"
        );
        // Again and again, without a seam.
        let mut last = SourceBufferSnapshot::default();
        for _ in 0..20 {
            last = bench.append(file).1;
        }
        let ranges = &last.tracks[0].ranges;
        assert_eq!(ranges.len(), 1, "{media_type}: {ranges:?}");
        let end = MediaTime::from_seconds(21.0 * seconds);
        let off = ranges.end().unwrap() - end;
        // Each append begins at the rounded end of the one before.
        assert!(
            off.max(-off) <= MediaTime::from_nanos(21),
            "{media_type}: {off:?}"
        );
        assert_eq!(ranges.start(), Some(MediaTime::ZERO));
        assert_eq!(last.timestamp_offset, ranges.end().unwrap());
        assert!(!last.parsing_media_segment);
    }
}

#[test]
fn an_append_that_ends_in_a_frame_waits_for_its_rest() {
    let file = sound_fixture!("cbr.mp3");
    let mut bench = sound_bench("audio/mpeg");
    let (_, snapshot, _) = bench.append(&file[..156 + 100]);
    assert!(snapshot.parsing_media_segment);
    assert_eq!(
        snapshot.tracks[0].ranges.end(),
        Some(MediaTime::from_nanos(26_122_449))
    );
    // An abort drops it.
    bench.command(Command::ResetParser {
        id: ID,
        token: 99,
        mode: AppendMode::Sequence,
    });
    let reset = bench.events();
    assert_eq!(reset.len(), 1);
    let (_, snapshot, _) = bench.append(&file[156..156 + 157]);
    assert!(!snapshot.parsing_media_segment);
    assert_eq!(
        snapshot.tracks[0].ranges.end(),
        Some(MediaTime::from_nanos(52_244_898))
    );
    assert_eq!(snapshot.bytes_held, bytes(156 + 157, 2));
}

#[test]
fn a_change_of_type_begins_to_generate_timestamps() {
    let mut bench = Bench::reading(DataPlane::new(), "audio/mp4");
    let (.., result) = bench.append(fixture!("mp3"));
    assert_eq!(result, Ok(()));
    bench.command(Command::ChangeType {
        id: ID,
        stream: "audio/mpeg".into(),
    });
    bench.parameters.mode = AppendMode::Sequence;
    bench.parameters.group_start_timestamp = Some(ms(5_000));
    let (_, snapshot, result) = bench.append(sound_fixture!("lame-gapless.mp3"));
    assert_eq!(result, Ok(()));
    assert!(
        sound_ranges(&snapshot).ends_with(" [5000,5500) }"),
        "{snapshot:?}"
    );
}
