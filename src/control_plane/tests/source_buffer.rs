//! `SourceBuffer`: its calls, its attributes, its events.

use super::*;

#[test]
fn abort_during_an_append() {
    let mut page = Page::loaded(3000);
    page.call(|plane, _| {
        plane.set_append_window_end(1, 2.0)?;
        plane.set_append_window_start(1, 1.0)
    });
    page.call(|plane, _| plane.append_buffer(1, 0));
    assert!(page.plane.source_buffer(1).unwrap().updating());
    page.commands();
    assert_eq!(page.call(|plane, _| plane.abort(1)), "ok");
    let buffer = page.plane.source_buffer(1).unwrap();
    assert!(!buffer.updating());
    assert_eq!(
        (buffer.append_window_start(), buffer.append_window_end()),
        (0.0, f64::INFINITY)
    );
    assert_eq!(page.log(), "SB1.updatestart | SB1.abort | SB1.updateend");
    assert_eq!(
        page.commands(),
        [Command::ResetParser {
            id: 1,
            token: 3,
            mode: AppendMode::Segments
        }]
    );
    // The answer that was on its way.
    page.appended(1, &[&[(0, 9000)], &[(0, 9000)]]);
    assert_eq!(page.log(), "");
    // Idle, abort only resets the parser.
    page.call(|plane, _| plane.abort(1));
    assert_eq!(page.log(), "");
}

#[test]
fn the_snapshot_of_an_aborted_append_does_not_outlive_the_page_s_own_settings() {
    let mut page = Page::loaded(3000);
    page.call(|plane, _| plane.append_buffer(1, 0));
    page.call(|plane, _| plane.abort(1));
    page.call(|plane, _| plane.set_timestamp_offset(1, 7.5));
    let mut late = snapshot(&[&[(0, 4000)], &[(0, 4000)]]);
    late.timestamp_offset = ms(2000);
    page.receive(Event::ParserReset {
        id: 1,
        token: 3,
        snapshot: late.clone(),
    });
    let offset = |page: &Page| page.plane.source_buffer(1).unwrap().timestamp_offset();
    assert_eq!(offset(&page), 7.5);
    assert_eq!(shown(&page.plane.buffered_of(1).unwrap()), "{ [0,4) }");
    assert_eq!(page.plane.source().duration(), 4.0);
    // An offset that an append moved is read back.
    page.call(|plane, _| plane.append_buffer(1, 0));
    page.receive(Event::Appended {
        id: 1,
        token: 4,
        snapshot: late,
        result: Ok(()),
    });
    assert_eq!(offset(&page), 2.0);
}

#[test]
fn removal() {
    let mut page = Page::loaded(3000);
    assert_eq!(page.call(|plane, _| plane.remove(1, 2.0, f64::INFINITY)), "ok");
    assert_eq!(
        page.commands(),
        [Command::Remove {
            id: 1,
            token: 2,
            start: ms(2000),
            end: MediaTime::INFINITY
        }]
    );
    assert!(page.plane.source_buffer(1).unwrap().updating());
    assert_eq!(page.call(|plane, _| plane.abort(1)), "InvalidStateError");
    page.receive(Event::Removed {
        id: 1,
        token: 77,
        snapshot: snapshot(&[]),
    });
    assert!(
        page.plane.source_buffer(1).unwrap().updating(),
        "an answer to another"
    );
    page.removed(1, &[&[(0, 2000)], &[(0, 2000)]]);
    assert_eq!(page.log(), "SB1.updatestart | SB1.update | SB1.updateend");
    assert_eq!(page.ready_state(), 4, "the position kept its data");
    assert_eq!(page.plane.source().duration(), 3.0);
    // At the position the element waits for new data (Chromium plays on what it has decoded).
    page.play();
    page.clock(0, 1.0, 2000);
    page.pass(500.0);
    page.log();
    page.commands();
    page.call(|plane, _| plane.remove(1, 0.0, 1.6));
    page.removed(1, &[&[(1600, 2000)], &[(1600, 2000)]]);
    assert_eq!(
        page.log(),
        "SB1.updatestart | SB1.update | SB1.updateend | timeupdate | waiting"
    );
    assert_eq!(page.ready_state(), 1);
    assert_eq!(page.position(), 0.5);
    page.append(1, &[&[(0, 2000)], &[(0, 2000)]]);
    page.log();
    page.ready();
    assert_eq!(page.log(), "canplay | playing | canplaythrough");
}

/// Each call on a SourceBuffer that is updating, was removed, or whose source has ended and is within a segment.
#[test]
fn setters_in_every_state() {
    type Call = fn(&mut crate::control_plane::ControlPlane) -> Result<(), Box<crate::mse::Exception>>;
    // Name, call, and what it does while updating, when removed, on an ended source, within a media segment.
    let table: &[(&str, Call, [&str; 4])] = &[
        (
            "mode",
            |p| p.set_mode(1, AppendMode::Sequence),
            ["ISE", "ISE", "reopens", "ISE"],
        ),
        (
            "timestampOffset",
            |p| p.set_timestamp_offset(1, 1.0),
            ["ISE", "ISE", "reopens", "ISE"],
        ),
        (
            "appendWindowStart",
            |p| p.set_append_window_start(1, 1.0),
            ["ISE", "ISE", "ok", "ok"],
        ),
        (
            "appendWindowEnd",
            |p| p.set_append_window_end(1, 9.0),
            ["ISE", "ISE", "ok", "ok"],
        ),
        (
            "appendBuffer",
            |p| p.append_buffer(1, 0),
            ["ISE", "ISE", "reopens", "ok"],
        ),
        (
            "remove",
            |p| p.remove(1, 0.0, 1.0),
            ["ISE", "ISE", "reopens", "ok"],
        ),
        (
            "changeType",
            |p| p.change_type(1, "video/mp4"),
            ["ISE", "ISE", "reopens", "ok"],
        ),
        (
            "changeType(\"\")",
            |p| p.change_type(1, ""),
            ["TE", "TE", "TE", "TE"],
        ),
        ("abort", |p| p.abort(1), ["ok", "ISE", "ISE", "ok"]),
        (
            "buffered",
            |p| p.buffered_of(1).map(|_| ()),
            ["ok", "ISE", "ok", "ok"],
        ),
        ("duration", |p| p.set_duration(9.0), ["ISE", "ok", "ISE", "ok"]),
        (
            "endOfStream",
            |p| p.end_of_stream(None),
            ["ISE", "ok", "ISE", "ok"],
        ),
        (
            "endOfStream(decode)",
            |p| p.end_of_stream(Some(EndOfStreamError::Decode)),
            ["ISE", "ok", "ISE", "ok"],
        ),
        (
            "setLiveSeekableRange",
            |p| p.set_live_seekable_range(0.0, 1.0),
            ["ok", "ok", "ISE", "ok"],
        ),
        (
            "clearLiveSeekableRange",
            |p| p.clear_live_seekable_range(),
            ["ok", "ok", "ISE", "ok"],
        ),
        (
            "addSourceBuffer",
            |p| p.add_source_buffer("audio/mp4").map(|_| ()),
            ["ok", "ok", "ISE", "ok"],
        ),
        (
            "removeSourceBuffer",
            |p| p.remove_source_buffer(1),
            ["ok", "NFE", "ok", "ok"],
        ),
    ];
    for (name, call, expected) in table {
        let result = [0, 1, 2, 3].map(|state| {
            let mut page = Page::loaded(3000);
            match state {
                0 => page.call(|plane, _| plane.append_buffer(1, 0)),
                1 => page.call(|plane, _| plane.remove_source_buffer(1)),
                2 => page.call(|plane, _| plane.end_of_stream(None)),
                _ => {
                    page.call(|plane, _| plane.append_buffer(1, 0));
                    let mut within = snapshot(&[&[(0, 3000)], &[(0, 3000)]]);
                    within.parsing_media_segment = true;
                    page.receive(Event::Appended {
                        id: 1,
                        token: 2,
                        snapshot: within,
                        result: Ok(()),
                    });
                    String::new()
                }
            };
            page.log();
            let result = page.call(|plane, _| call(plane));
            let reopened = page.log().starts_with("MS.sourceopen");
            match result.as_str() {
                "InvalidStateError" => "ISE",
                "TypeError" => "TE",
                "NotFoundError" => "NFE",
                _ if reopened => "reopens",
                _ => "ok",
            }
        });
        assert_eq!(&result, expected, "{name}");
    }
}

#[test]
fn arguments_out_of_range() {
    let mut page = Page::new();
    page.add("audio/mpeg");
    assert_eq!(
        page.call(|plane, _| plane.remove(1, 0.0, 1.0)),
        "TypeError",
        "no duration"
    );
    assert_eq!(
        page.call(|plane, _| plane.set_mode(1, AppendMode::Segments)),
        "TypeError"
    );
    page.init(1, Some(3000), &[Audio]);
    let type_errors: &[(f64, f64)] = &[
        (-1.0, 1.0),
        (3.1, 4.0),
        (1.0, 1.0),
        (0.0, f64::NAN),
        (f64::NAN, 1.0),
    ];
    for &(start, end) in type_errors {
        assert_eq!(
            page.call(|plane, _| plane.remove(1, start, end)),
            "TypeError",
            "{start} {end}"
        );
    }
    for start in [-1.0, f64::INFINITY, f64::NAN] {
        assert_eq!(
            page.call(|plane, _| plane.set_append_window_start(1, start)),
            "TypeError"
        );
    }
    for end in [0.0, -1.0, f64::NAN] {
        assert_eq!(
            page.call(|plane, _| plane.set_append_window_end(1, end)),
            "TypeError"
        );
    }
    let infinite = f64::INFINITY;
    for (start, end) in [
        (-1.0, 1.0),
        (2.0, 1.0),
        (0.0, f64::NAN),
        (0.0, infinite),
        (infinite, infinite),
    ] {
        let result = page.call(|plane, _| plane.set_live_seekable_range(start, end));
        assert_eq!(result, "TypeError");
    }
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(
            page.call(|plane, _| plane.set_timestamp_offset(1, value)),
            "TypeError"
        );
        assert_eq!(
            page.call(|plane, now| plane.set_current_time(value, now)),
            "TypeError"
        );
        assert_eq!(page.call(|plane, _| plane.set_playback_rate(value)), "TypeError");
    }
    for value in [-1.0, f64::NAN] {
        assert_eq!(page.call(|plane, _| plane.set_duration(value)), "TypeError");
    }
    for rate in [-1.0, 0.01, 17.0] {
        assert_eq!(
            page.call(|plane, _| plane.set_playback_rate(rate)),
            "NotSupportedError"
        );
    }
    assert_eq!(page.call(|plane, _| plane.add_source_buffer("")), "TypeError");
    assert_eq!(page.call(|plane, _| plane.abort(5)), "InvalidStateError");
}

#[test]
fn numbers_are_read_back_as_they_were_set() {
    let mut page = Page::loaded(3000);
    let third = 1.0 / 3.0;
    page.call(|plane, _| plane.set_timestamp_offset(1, third));
    page.append(1, &[&[(0, 3000)], &[(0, 3000)]]);
    assert_eq!(page.plane.source_buffer(1).unwrap().timestamp_offset(), 0.0);
    page.call(|plane, _| plane.set_duration(10.0 + third));
    assert_eq!(page.plane.source().duration(), 10.0 + third);
    page.seek(third);
    assert_eq!(page.position(), third);
}

#[test]
fn a_sequence_begins_where_the_page_says() {
    let mut page = Page::loaded(3000);
    let group_start = |page: &mut Page| {
        page.call(|plane, _| plane.append_buffer(1, 0));
        let append = page.commands().pop();
        page.appended(1, &[&[(0, 3000)], &[(0, 3000)]]);
        match append {
            Some(Command::Append { parameters, .. }) => parameters.group_start_timestamp,
            other => panic!("{other:?}"),
        }
    };
    page.call(|plane, _| plane.set_timestamp_offset(1, 5.0));
    assert_eq!(group_start(&mut page), None, "segments have no group start");
    page.call(|plane, _| plane.set_mode(1, AppendMode::Sequence));
    assert_eq!(group_start(&mut page), Some(ms(3000)), "the group's end");
    assert_eq!(group_start(&mut page), None, "it holds for one append");
    page.call(|plane, _| plane.set_timestamp_offset(1, 5.0));
    assert_eq!(group_start(&mut page), Some(ms(5000)));
    page.call(|plane, _| plane.set_timestamp_offset(1, 5.0));
    page.call(|plane, _| plane.abort(1));
    assert_eq!(
        group_start(&mut page),
        None,
        "the parser's reset starts a group of its own"
    );
    page.call(|plane, _| plane.change_type(1, "Audio/MPEG ; x=y"));
    assert_eq!(
        page.call(|plane, _| plane.set_mode(1, AppendMode::Segments)),
        "TypeError"
    );
}

#[test]
fn buffered_of_one_source_buffer() {
    // Tracks, and what is buffered while open and when ended.
    let table: &[(&[Ranges<'_>], &str, &str)] = &[
        (&[], "{ }", "{ }"),
        (&[&[], &[(0, 1000)]], "{ }", "{ }"),
        (&[&[(0, 3000)], &[(0, 3023)]], "{ [0,3) }", "{ [0,3.023) }"),
        (&[&[(-20, 3000)], &[(0, 3000)]], "{ [0,3) }", "{ [0,3) }"),
        (
            &[&[(0, 1000), (2000, 3000)], &[(0, 2500)]],
            "{ [0,1) [2,2.5) }",
            "{ [0,1) [2,3) }",
        ),
        (
            &[&[(0, 1000)], &[(0, 1000), (2000, 3000)]],
            "{ [0,1) }",
            "{ [0,1) [2,3) }",
        ),
    ];
    for (tracks, open, ended) in table {
        let mut page = Page::new();
        let id = page.add("video/mp4");
        page.init(id, Some(3000), &BOTH);
        page.append(id, tracks);
        assert_eq!(&shown(&page.plane.buffered_of(id).unwrap()), open);
        page.call(|plane, _| plane.end_of_stream(None));
        assert_eq!(&shown(&page.plane.buffered_of(id).unwrap()), ended);
    }
}

#[test]
fn an_append_without_room_changes_nothing() {
    let mut page = Page::loaded(3_000);
    let held = page.plane.source_buffer(1).unwrap().bytes_held();
    page.plane.set_quota(Quota {
        video: held + 100,
        audio: 0,
    });
    page.call(|plane, _| plane.end_of_stream(None));
    page.log();
    page.commands();
    assert_eq!(
        page.call(|plane, _| plane.append_buffer(1, 101)),
        "QuotaExceededError"
    );
    // As the specification orders it, the source is open again.
    assert_eq!(page.log(), "MS.sourceopen");
    assert_eq!(page.commands(), [Command::SetEnded { ended: false }]);
    assert!(!page.plane.source_buffer(1).unwrap().updating());
    assert_eq!(
        page.call(|plane, _| plane.append_buffer(1, 101)),
        "QuotaExceededError"
    );
    assert_eq!((page.log().as_str(), page.commands()), ("", Vec::new()));

    // Something was played: the data plane will make room.
    page.receive(Event::Evictable { id: 1, bytes: 50 });
    assert_eq!(
        page.call(|plane, _| plane.append_buffer(1, 151)),
        "QuotaExceededError"
    );
    assert_eq!(page.call(|plane, _| plane.append_buffer(1, 150)), "ok");
    page.appended(1, &[&[(0, 3_000)], &[(0, 3_000)]]);
    assert_eq!(
        page.call(|plane, _| plane.append_buffer(1, 101)),
        "QuotaExceededError"
    );
    assert_eq!(page.call(|plane, _| plane.append_buffer(1, 100)), "ok");
    page.receive(Event::Evictable { id: 9, bytes: 50 });
}

#[test]
fn sound_alone_has_a_quota_of_its_own() {
    let mut page = Page::new();
    page.plane.set_quota(Quota {
        video: 1_000,
        audio: 10,
    });
    let id = page.add("audio/mp4");
    assert_eq!(page.call(|plane, _| plane.append_buffer(id, 500)), "ok");
    page.init(id, None, &[Audio]);
    let mut snapshot = snapshot(&[&[(0, 3)]]);
    snapshot.tracks[0].kind = Audio;
    page.receive(Event::Appended {
        id,
        token: 1,
        snapshot,
        result: Ok(()),
    });
    assert_eq!(
        page.call(|plane, _| plane.append_buffer(id, 8)),
        "QuotaExceededError"
    );
    assert_eq!(page.call(|plane, _| plane.append_buffer(id, 7)), "ok");
}

#[test]
fn removing_source_buffers() {
    let mut page = Page::new();
    let (video, audio) = (page.add("video/mp4"), page.add("audio/mp4"));
    page.init(video, Some(3000), &[Video]);
    page.init(audio, Some(3000), &[Audio]);
    page.append(video, &[&[(0, 3000)]]);
    page.append(audio, &[&[(0, 3000)]]);
    page.ready();
    page.call(|plane, _| plane.append_buffer(audio, 0));
    page.log();
    page.commands();
    page.call(|plane, _| plane.remove_source_buffer(audio));
    assert_eq!(
        page.log(),
        "SB2.abort | SB2.updateend | ASBs.removesourcebuffer | SBs.removesourcebuffer"
    );
    assert_eq!(
        page.commands(),
        [
            Command::RemoveSourceBuffer { id: audio },
            Command::SelectTracks {
                video: Some((video, 1)),
                audio: None
            },
        ]
    );
    assert_eq!(page.ready_state(), 4);
    page.call(|plane, _| plane.remove_source_buffer(video));
    assert_eq!(page.ready_state(), 1, "nothing is left to play");
    assert!(page.plane.source().element_buffered().is_empty());
    // Its attributes can be read still, and ids are never used again.
    assert_eq!(
        page.plane.source_buffer(video).unwrap().append_window_end(),
        f64::INFINITY
    );
    assert_eq!(page.add("video/mp4"), 3);
}
