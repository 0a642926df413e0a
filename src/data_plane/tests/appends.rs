//! How appends are answered, done in turns, fail and are given up.

use super::*;

#[test]
fn bytes_wait_for_their_rest() {
    let mut bench = Bench::new();
    let snapshot = bench.appends("init v2; media; 2 0K 10; 2 2");
    assert!(snapshot.parsing_media_segment);
    assert_eq!(
        snapshot.bytes_held,
        bytes(4, 2) + 4,
        "two payloads and `2 2` with its space"
    );
    bench.appends("");
    bench.appends("0 30; end;");
    bench.holds(2, "0K 10 20 30");
}

#[test]
fn a_failure_keeps_what_came_before_and_resets_the_parser() {
    let mut bench = Bench::new();
    bench.fails(
        "init v2; media; 2 0K 10; bad; 2 20; end;",
        "text at byte 24: it says bad",
    );
    bench.holds(2, "0K 10");
    // The rest is forgotten, and a random access point must come.
    let snapshot = bench.appends("media; 2 30 40K; end;");
    assert_eq!(show_ranges(&snapshot.tracks[0].ranges), "{ [0,20) [40,50) }");

    let mut bench = Bench::new();
    bench.fails(
        "init v2; init a1; media;",
        "the initialization segment has 1 Audio tracks where the first one had 0",
    );
    bench.appends("media; 2 0K; end;");
    bench.holds(2, "0K");
}

#[test]
fn a_type_without_parser_fails_when_it_is_used() {
    let mut bench = Bench::reading(DataPlane::with_demuxers(|_, _| None), "text/unknown");
    bench.fails("init v2;", "no parser for text/unknown");
}

#[test]
fn a_decoder_that_waits_has_its_first_frame_before_the_rest_is_parsed() {
    let mut bench = Bench::new();
    bench.plane.foresee_selection();
    let mut text = String::from("init v2; media; 2 0K;");
    text += &" ".repeat(PARSE_BUDGET - 100);
    bench.begin_append((text + "2 10; end;").as_bytes());
    let mut platform = Loopback::default();
    assert_eq!(bench.plane.run(0.0, &mut platform), Some(0.0));
    assert_eq!(platform.chunks, [(TrackKind::Video, 0)]);
    assert_eq!(platform.flushes, [], "more is to come");
    bench.plane.player_mut().video_decoded(0, 0, (1, 1));
    assert_eq!(bench.plane.run(0.0, &mut platform), Some(0.0));
    // It is on show now: the rest in one go.
    assert_ne!(bench.plane.run(0.0, &mut platform), Some(0.0));
    let answered = |event: &Event| matches!(event, Event::Appended { .. });
    assert!(bench.events().iter().any(answered));
}

#[test]
fn a_long_append_yields_and_reports_its_progress() {
    let mut bench = Bench::new();
    bench.begin_append(long_append().as_bytes());
    assert_eq!(bench.plane.run(5.0, &mut NoPlatform), Some(5.0));
    let events = bench.events();
    assert!(
        matches!(events.as_slice(), [Event::InitSegmentReceived { .. }]),
        "{events:?}"
    );
    let later = 5.0 + PROGRESS_INTERVAL;
    assert_eq!(bench.plane.run(later, &mut NoPlatform), Some(later));
    let events = bench.events();
    let [Event::AppendProgress { id: ID, snapshot }] = events.as_slice() else {
        panic!("{events:?}");
    };
    let end = snapshot.tracks[0].ranges.end().unwrap();
    assert!(ms(10) < end && end < ms(100));
    assert!(snapshot.bytes_held > FIRST_PARSE_BUDGET as u64);
    let mut answers = Vec::new();
    while answers.is_empty() {
        answers = bench.run();
        answers.retain(|event| !matches!(event, Event::AppendProgress { .. }));
    }
    let [Event::Appended { snapshot, .. }] = answers.as_slice() else {
        panic!("{answers:?}");
    };
    assert_eq!(snapshot.tracks[0].ranges.end(), Some(ms(100)));
    assert_eq!(snapshot.bytes_held, bytes(2 + 2 * 9, 10), "the padding is gone");
}

/// Wherever its frames are cut: a turn more is a message more to the page.
#[test]
fn an_append_of_a_mebibyte_is_over_in_one_turn() {
    let clip = include_bytes!("../../../tests/fixtures/clips/fragmented.mp4");
    let mut bench = Bench::reading(DataPlane::new(), "video/mp4");
    bench.plane.foresee_selection();
    let mut platform = Loopback::default();
    bench.begin_append(clip);
    while bench.plane.run(0.0, &mut platform) == Some(0.0) {}
    let &(_, first) = platform.chunks.first().unwrap();
    bench.plane.player_mut().video_decoded(0, first, (1, 1));
    bench.plane.run(0.0, &mut platform);
    bench.events();
    let stream: Vec<u8> = clip.iter().copied().cycle().take(3 << 20).collect();
    for piece in stream.chunks(1 << 20) {
        bench.begin_append(piece);
        bench.plane.run(0.0, &mut platform);
        let answered = |event: &Event| matches!(event, Event::Appended { .. });
        assert!(bench.events().iter().any(answered));
    }
}

#[test]
fn a_parser_reset_gives_up_appends_and_keeps_their_frames() {
    let mut bench = Bench::new();
    bench.parameters.mode = AppendMode::Sequence;
    bench.begin_append(long_append().as_bytes());
    bench.run();
    bench.begin_append(b"2 500K;");
    bench.command(Command::ResetParser {
        id: ID,
        token: 99,
        mode: AppendMode::Sequence,
    });
    let events = bench.events();
    let [
        Event::ParserReset {
            id: ID,
            token: 99,
            snapshot,
        },
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert!(!snapshot.parsing_media_segment);
    let end = snapshot.tracks[0].ranges.end().unwrap();
    assert!(ms(10) < end && end < ms(100));
    assert_eq!(snapshot.group_end_timestamp, end);
    assert_eq!(bench.run(), []);
    // The sequence goes on in a new group, which starts with a random access point.
    let snapshot = bench.appends("media; 2 0 300K; end;");
    // The dropped frame has set the offset: MSE § 3.5.8 does step 1.3 before step 1.10.
    assert_eq!(snapshot.timestamp_offset, end);
    assert_eq!(snapshot.tracks[0].ranges.end(), Some(end + ms(310)));
}

#[test]
fn a_removed_source_buffer_answers_nothing() {
    let mut bench = Bench::new();
    bench.begin_append(long_append().as_bytes());
    bench.run();
    bench.command(Command::SelectTracks {
        video: Some((ID, 2)),
        audio: None,
    });
    bench.command(Command::RemoveSourceBuffer { id: ID });
    bench.begin_append(b"init v2;");
    assert_eq!(bench.plane.run(0.0, &mut NoPlatform), None);
    assert_eq!(bench.events(), []);
    assert_eq!(bench.plane.selected_video, None);
}
