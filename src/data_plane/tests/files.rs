//! Real files, as a whole and in pieces.

use super::*;

/// What a file has become of, however it was cut: events but for progress, state, and every frame.
fn appended_in_pieces(file: &[u8], size: usize) -> (Vec<Event>, SourceBufferSnapshot, Vec<String>) {
    let mut bench = Bench::reading(DataPlane::new(), "video/mp4; codecs=\"avc1.42E01E, mp4a.40.2\"");
    let mut events = Vec::new();
    let mut last = SourceBufferSnapshot::default();
    for piece in file.chunks(size) {
        let (before, snapshot, result) = bench.append(piece);
        assert_eq!(result, Ok(()));
        events.extend(before);
        last = snapshot;
    }
    events.retain(|event| !matches!(event, Event::AppendProgress { .. }));
    let source_buffer = &bench.plane.source_buffers[0].source_buffer;
    let frames = last.tracks.iter().flat_map(|track| {
        let frames = crate::buffering::notation::in_decode_order(source_buffer.track(track.id).unwrap());
        frames
            .into_iter()
            .map(|frame| format!("{frame:?}"))
            .collect::<Vec<_>>()
    });
    (events, last.clone(), frames.collect())
}

/// How many frames of a file begin at 0 or later, or end there: those are decoded before the first that is heard.
fn frames_within_the_append_window(file: &[u8]) -> usize {
    let mut demuxer = demuxer_for(&MediaType::parse("video/mp4").unwrap(), Strictness::Lenient).unwrap();
    demuxer.push(file);
    while demuxer.parse(usize::MAX).unwrap() == ParseStatus::MorePending {}
    std::iter::from_fn(|| demuxer.poll_event())
        .filter(
            |event| matches!(event, DemuxEvent::Frame(frame) if frame.presentation_end >= MediaTime::ZERO),
        )
        .count()
}

#[test]
fn a_strict_source_buffer_refuses_what_the_specification_refuses() {
    let add = |strictness| Command::AddSourceBuffer {
        id: ID,
        stream: "video/mp4".into(),
        strictness,
    };
    let mut bench = Bench::reading(DataPlane::new(), "video/mp4");
    bench.command(Command::RemoveSourceBuffer { id: ID });
    bench.command(add(Strictness::Strict));
    let (.., result) = bench.append(fixture!("fragmented"));
    assert_eq!(result, Ok(()));
    let change_type = Command::ChangeType {
        id: ID,
        stream: "video/mp4".into(),
    };
    bench.command(change_type.clone());
    let (.., result) = bench.append(fixture!("moov-front"));
    assert!(result.is_err(), "a change of type changes nothing about it");
    bench.command(Command::RemoveSourceBuffer { id: ID });
    bench.command(add(Strictness::Lenient));
    bench.command(change_type);
    let (.., result) = bench.append(fixture!("moov-front"));
    assert_eq!(result, Ok(()));
}

#[test]
fn a_file_gives_the_same_however_it_is_cut() {
    for (name, file) in [
        ("fragmented", fixture!("fragmented")),
        ("moov-front", fixture!("moov-front")),
        ("moov-end", fixture!("moov-end")),
        ("one-frame-per-fragment", fixture!("one-frame-per-fragment")),
    ] {
        let whole = appended_in_pieces(file, file.len());
        let kinds: Vec<_> = infos(&whole.0)
            .iter()
            .map(|track| track.html_kind.as_str())
            .collect();
        assert_eq!(kinds, ["main", "main"]);
        for track in &whole.1.tracks {
            assert_eq!(track.ranges.len(), 1, "{name}: {:?}", track.ranges);
        }
        assert_eq!(whole.2.len(), frames_within_the_append_window(file), "{name}");
        for size in [1, 7, 1_000, 4_096] {
            assert!(
                appended_in_pieces(file, size) == whole,
                "{name} in pieces of {size}"
            );
        }
    }
}

#[test]
fn garbage_says_where_it_is() {
    let file = fixture!("fragmented");
    let mut bench = Bench::reading(DataPlane::new(), "video/mp4");
    let (_, _, result) = bench.append(&[0xff; 100]);
    let message = result.unwrap_err();
    assert!(message.contains("at byte 0"), "{message}");
    assert_eq!(bench.append(file).2, Ok(()));
}
