//! What initialization segments bring, and what later ones must have.

use super::*;

#[test]
fn an_append_is_answered_after_its_initialization_segment() {
    let mut bench = Bench::new();
    let (before, snapshot, result) = bench.append(b"init v2:vp9 a1; media; 2 0K 10; 1 0K; 3 0K; end;");
    assert_eq!(result, Ok(()));
    let [Event::InitSegmentReceived { id: ID, duration, .. }] = before.as_slice() else {
        panic!("{before:?}");
    };
    assert_eq!(*duration, Some(ms(1_000)));
    let [video, audio] = infos(&before)[..] else {
        panic!("{before:?}");
    };
    assert_eq!(
        (video.id, video.kind, video.codec.as_str(), video.display_size),
        (2, TrackKind::Video, "vp9", (32, 18))
    );
    assert_eq!(
        (audio.id, audio.kind, audio.display_size),
        (1, TrackKind::Audio, (0, 0))
    );
    let tracks: Vec<_> = snapshot
        .tracks
        .iter()
        .map(|track| {
            (
                track.id,
                show_ranges(&track.ranges),
                track.highest_presentation_timestamp,
            )
        })
        .collect();
    assert_eq!(
        tracks,
        [
            (2, "{ [0,20) }".to_owned(), Some(ms(10))),
            (1, "{ [0,10) }".to_owned(), Some(ms(0)))
        ]
    );
    assert_eq!(snapshot.group_end_timestamp, ms(20));
    assert_eq!(snapshot.bytes_held, bytes(6, 3));
    assert!(!snapshot.parsing_media_segment);
}

#[test]
fn media_needs_an_initialization_segment() {
    let message = "a media segment came before the initialization segment it needs";
    let mut bench = Bench::new();
    bench.fails("media; 2 0K; end;", message);
    bench.appends("init v2; media; 2 0K 10; end;");
    bench.command(Command::ChangeType {
        id: ID,
        stream: "text/other".into(),
    });
    bench.fails("media; 2 20K; end;", message);
    bench.appends("init v2; media; 2 20 30K; end;");
    bench.holds(2, "0K 10 30K");
}

#[test]
fn later_initialization_segments_must_match() {
    for (first, second, message) in [
        ("v2", "", "the initialization segment has no audio or video track"),
        (
            "v2",
            "a1",
            "the initialization segment has 1 Audio tracks where the first one had 0",
        ),
        (
            "v2 a1",
            "a1",
            "the initialization segment has 0 Video tracks where the first one had 1",
        ),
        (
            "v2 a1",
            "v2 a1 a3",
            "the initialization segment has 2 Audio tracks where the first one had 1",
        ),
        (
            "v2 a1 a3",
            "v2 a1 a4",
            "the initialization segment lacks the Audio track 3 of the first one",
        ),
    ] {
        let mut bench = Bench::new();
        bench.appends(&format!("init {first};"));
        let text = format!("init {second};");
        let (before, _, result) = bench.append(text.as_bytes());
        assert_eq!((before, result), (vec![], Err(message.to_owned())));
    }
    let mut bench = Bench::new();
    bench.fails("init ;", "the initialization segment has no audio or video track");
}

#[test]
fn a_track_keeps_its_first_number() {
    let mut bench = Bench::new();
    bench.appends("init v2 a1 a3; media; 2 0K; 1 0K; 3 0K; end;");
    // Another order, another number for the only video track.
    let (before, ..) = bench.append(b"init a3 a1:other v9; media; 9 10K; 1 10K; 3 10K; 2 99K; end;");
    let tracks: Vec<_> = infos(&before)
        .iter()
        .map(|info| (info.id, info.codec.as_str()))
        .collect();
    assert_eq!(tracks, [(2, "codec"), (1, "other"), (3, "codec")]);
    for track in [1, 2, 3] {
        bench.holds(track, "0K 10K");
    }
}

#[test]
fn another_configuration_is_for_the_frames_that_follow() {
    let mut bench = Bench::new();
    // Equal, then different; each asks for a random access point.
    bench.appends("init v2:one; media; 2 0K 10; init v2:one; 2 20 30K; init v2:two; 2 40 50K 60; end;");
    bench.holds(2, "0K 10D20 30KD20 50K 60");
    let track = bench.plane.source_buffers[0].source_buffer.track(2).unwrap();
    let frames = crate::buffering::notation::in_decode_order(track);
    let codecs: Vec<&str> = frames.iter().map(|frame| frame.config.codec.as_str()).collect();
    assert_eq!(codecs, ["one", "one", "one", "two", "two"]);
    assert!(std::sync::Arc::ptr_eq(&frames[1].config, &frames[2].config));
}
