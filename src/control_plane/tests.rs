//! Sequences of calls and answers against the events they lead to. The orders are those that Chromium's native Media
//! Source Extensions were seen to give, unless said otherwise.

use super::test_page::{Page, Ranges, ms, snapshot};
use crate::container::Strictness;
use crate::container::TrackKind::{Audio, Video};
use crate::mse::EndOfStreamError;
use crate::protocol::{AppendMode, AppendParameters, Command, Event, Quota};
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

const BOTH: [crate::container::TrackKind; 2] = [Video, Audio];

fn shown(ranges: &TimeRanges) -> String {
    format!("{ranges:?}")
}

#[test]
fn the_tutorial() {
    let mut page = Page::new();
    page.play();
    assert_eq!(page.log(), "MS.sourceopen | play | waiting");
    let id = page.add("video/mp4");
    assert_eq!(page.call(|plane, _| plane.append_buffer(id, 0)), "ok");
    page.init(id, None, &BOTH);
    page.appended(id, &[&[(0, 3000)], &[(0, 3023)]]);
    assert_eq!(
        page.log(),
        "SBs.addsourcebuffer | SB1.updatestart | ASBs.addsourcebuffer | SB1.update | SB1.updateend | \
         durationchange | resize | loadedmetadata"
    );
    assert_eq!(page.plane.element().video_size(), (320, 240));
    assert_eq!(page.ready_state(), 1, "nothing is shown yet");
    page.ready();
    page.clock(0, 1.0, 3000);
    assert_eq!(
        page.log(),
        "loadeddata | canplay | playing | play1 resolved | canplaythrough"
    );
    page.pass(1_000.0);
    assert_eq!(page.log(), "timeupdate | timeupdate | timeupdate | timeupdate");
    assert_eq!((page.position(), page.progress()), (1.0, 1));
    page.pause();
    assert_eq!(page.log(), "timeupdate | pause");
    page.pass(500.0);
    assert_eq!(page.log(), "");
    assert_eq!(page.position(), 1.0);
    page.play();
    assert_eq!(page.log(), "play | playing | play2 resolved");
    assert_eq!(shown(&page.plane.element().played(page.now)), "{ [0,1) }");
}

#[test]
fn the_data_plane_is_told_what_it_needs_in_time() {
    let mut page = Page::new();
    page.plane.set_strictness(Strictness::Strict);
    page.play();
    let id = page.add("video/mp4");
    page.append(id, &[]);
    let parameters = AppendParameters {
        mode: AppendMode::Segments,
        timestamp_offset: MediaTime::ZERO,
        append_window_start: MediaTime::ZERO,
        append_window_end: MediaTime::INFINITY,
        group_start_timestamp: None,
    };
    let append = |token| Command::Append {
        id,
        token,
        parameters: parameters.clone(),
    };
    assert_eq!(
        page.commands(),
        [
            Command::Play,
            Command::AddSourceBuffer {
                id,
                media_type: "video/mp4".into(),
                strictness: Strictness::Strict,
            },
            append(1),
        ]
    );
    page.init(id, Some(3000), &BOTH);
    page.append(id, &[&[(0, 3000)], &[(0, 3000)]]);
    assert_eq!(
        page.commands(),
        [
            Command::SetDuration {
                duration: Some(ms(3000))
            },
            append(2),
            Command::SelectTracks {
                video: Some((id, 1)),
                audio: Some((id, 2))
            },
        ]
    );
    page.ready();
    page.call(|plane, _| plane.end_of_stream(None));
    assert_eq!(page.commands(), [Command::SetEnded { ended: true }]);
    page.call(|plane, _| plane.set_playback_rate(2.0));
    page.plane.set_preserves_pitch(false);
    page.call(|plane, _| plane.set_playback_rate(0.0));
    page.call(|plane, _| plane.set_playback_rate(2.0));
    assert_eq!(
        page.commands(),
        [
            Command::SetPlaybackRate {
                rate: 2.0,
                preserves_pitch: true
            },
            Command::SetPlaybackRate {
                rate: 2.0,
                preserves_pitch: false
            },
            Command::Pause,
            Command::Play,
        ]
    );
    page.call(|plane, _| plane.set_timestamp_offset(id, 5.0));
    page.pause();
    page.seek(1.5);
    assert_eq!(
        page.commands(),
        [
            Command::SetEnded { ended: false },
            Command::Pause,
            Command::Seek {
                token: 1,
                position: ms(1500)
            },
        ]
    );
}

#[test]
fn autoplay_begins_when_enough_is_there() {
    let mut page = Page::new();
    page.plane.set_autoplay(true);
    let id = page.add("video/mp4");
    page.init(id, Some(3000), &BOTH);
    page.append(id, &[&[(0, 100)], &[(0, 100)]]);
    page.log();
    page.ready();
    assert_eq!(page.log(), "loadeddata | canplay", "100 ms are not enough");
    page.append(id, &[&[(0, 3000)], &[(0, 3000)]]);
    assert_eq!(
        page.log(),
        "SB1.updatestart | SB1.update | SB1.updateend | play | playing | canplaythrough"
    );
    // pause() ends it for good.
    let mut page = Page::new();
    page.plane.set_autoplay(true);
    page.pause();
    let id = page.add("video/mp4");
    page.init(id, Some(3000), &BOTH);
    page.append(id, &[&[(0, 3000)], &[(0, 3000)]]);
    page.log();
    page.ready();
    assert_eq!(page.log(), "loadeddata | canplay | canplaythrough");
}

#[test]
fn metadata_wait_for_every_source_buffer() {
    let mut page = Page::new();
    let (video, audio) = (page.add("video/mp4"), page.add("audio/mp4"));
    page.log();
    page.init(video, Some(3000), &[Video]);
    page.append(video, &[&[(0, 3000)]]);
    assert_eq!(
        page.log(),
        "ASBs.addsourcebuffer | SB1.updatestart | SB1.update | SB1.updateend"
    );
    assert_eq!(page.ready_state(), 0);
    assert!(
        !page
            .commands()
            .iter()
            .any(|command| matches!(command, Command::SelectTracks { .. }))
    );
    page.init(audio, Some(3000), &[Audio]);
    page.append(audio, &[&[(0, 2500)]]);
    assert_eq!(
        page.log(),
        "ASBs.addsourcebuffer | SB2.updatestart | SB2.update | SB2.updateend | \
         durationchange | resize | loadedmetadata"
    );
    assert_eq!(shown(&page.plane.source().element_buffered()), "{ [0,2.5) }");
    page.call(|plane, _| plane.end_of_stream(None));
    assert_eq!(shown(&page.plane.source().element_buffered()), "{ [0,3) }");
}

#[test]
fn a_track_added_later_is_waited_for() {
    let mut page = Page::new();
    let video = page.add("video/mp4");
    page.init(video, Some(3000), &[Video]);
    page.append(video, &[&[(0, 3000)]]);
    page.ready();
    page.play();
    page.clock(0, 1.0, 3000);
    page.pass(1_000.0);
    let audio = page.add("audio/mp4");
    page.log();
    page.commands();
    page.init(audio, Some(3000), &[Audio]);
    assert_eq!(page.log(), "ASBs.addsourcebuffer | timeupdate | waiting");
    assert_eq!(page.ready_state(), 1);
    assert_eq!(
        page.commands(),
        [
            Command::SelectTracks {
                video: Some((video, 1)),
                audio: Some((audio, 1))
            },
            Command::Seek {
                token: 1,
                position: ms(1000)
            },
        ]
    );
    assert!(!page.plane.element().seeking());
    page.append(audio, &[&[(0, 3000)]]);
    page.log();
    page.receive(Event::PositionReady {
        token: 1,
        position: ms(1000),
    });
    assert_eq!(page.log(), "canplay | playing | canplaythrough");
    // A second track of a kind stays silent and its SourceBuffer inactive.
    let other = page.add("audio/mp4");
    page.log();
    page.commands();
    page.init(other, Some(3000), &[Audio]);
    assert_eq!((page.log(), page.commands()), (String::new(), vec![]));
}

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
    type Call = fn(&mut super::ControlPlane) -> Result<(), crate::mse::Exception>;
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
fn the_end_of_the_stream_and_reopening() {
    let mut page = Page::loaded(3000);
    page.call(|plane, _| plane.set_duration(10.0));
    page.log();
    assert_eq!(page.call(|plane, _| plane.end_of_stream(None)), "ok");
    assert_eq!(page.log(), "MS.sourceended | durationchange");
    assert_eq!(page.plane.source().duration(), 3.0);
    page.append(1, &[&[(0, 6000)], &[(0, 6000)]]);
    assert_eq!(
        page.log(),
        "MS.sourceopen | SB1.updatestart | SB1.update | SB1.updateend | durationchange"
    );
    assert_eq!(page.plane.source().duration(), 6.0);
    // Without any data the duration becomes 0 and the element stays as it is.
    let mut page = Page::new();
    page.log();
    page.call(|plane, _| plane.end_of_stream(None));
    assert_eq!(page.log(), "MS.sourceended | durationchange");
    assert_eq!(page.plane.source().duration(), 0.0);
    assert_eq!(page.ready_state(), 0);
}

#[test]
fn the_duration() {
    let mut page = Page::new();
    let id = page.add("video/mp4");
    page.log();
    assert!(page.plane.source().duration().is_nan());
    // Set by the page it counts at once, and the initialization segment's is not taken.
    page.call(|plane, _| plane.set_duration(20.0));
    assert_eq!(page.log(), "durationchange");
    page.init(id, Some(3000), &BOTH);
    page.append(id, &[&[(0, 3000)], &[(0, 3020)]]);
    page.log();
    page.ready();
    page.log();
    assert_eq!(page.plane.source().duration(), 20.0);
    page.call(|plane, _| plane.set_duration(20.0));
    assert_eq!(page.log(), "", "no change");
    // Not below the last frame's start (2.98), not below the last frame's end (3.02).
    assert_eq!(
        page.call(|plane, _| plane.set_duration(2.97)),
        "InvalidStateError"
    );
    assert_eq!(page.call(|plane, _| plane.set_duration(2.99)), "ok");
    assert_eq!(page.plane.source().duration(), 3.02);
    assert_eq!(page.log(), "durationchange");
    // Shrinking it under the position seeks to it.
    page.call(|plane, _| plane.set_duration(10.0));
    page.seek(8.0);
    page.log();
    page.call(|plane, _| plane.set_duration(5.0));
    assert_eq!(page.log(), "durationchange | seeking");
    assert_eq!((page.position(), page.ready_state()), (5.0, 1));
    // Data beyond raises it.
    page.append(id, &[&[(0, 7000)], &[(0, 3020)]]);
    assert_eq!(
        page.log(),
        "SB1.updatestart | SB1.update | SB1.updateend | durationchange"
    );
    assert_eq!(page.plane.source().duration(), 7.0);
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
fn seekable() {
    let mut page = Page::new();
    let seekable = |page: &Page| page.plane.source().element_seekable();
    assert_eq!(seekable(&page), None);
    let id = page.add("video/mp4");
    page.init(id, None, &BOTH);
    assert_eq!(seekable(&page), None, "live without data");
    page.call(|plane, _| plane.set_live_seekable_range(10.0, 20.0));
    assert_eq!(seekable(&page), Some((10.0, 20.0)));
    page.append(id, &[&[(5000, 15000)], &[(5000, 15000)]]);
    assert_eq!(seekable(&page), Some((5.0, 20.0)));
    page.call(|plane, _| plane.clear_live_seekable_range());
    assert_eq!(seekable(&page), Some((0.0, 15.0)));
    page.call(|plane, _| plane.set_duration(60.0));
    assert_eq!(seekable(&page), Some((0.0, 60.0)));
}

#[test]
fn stall_and_resume() {
    let mut page = Page::playing(1000);
    page.call(|plane, _| plane.set_duration(10.0));
    page.log();
    page.pass(1_000.0);
    page.log();
    assert_eq!(page.position(), 1.0, "the clock stands at its limit");
    page.clock(1000, 0.0, 1000);
    assert_eq!(page.log(), "timeupdate | waiting");
    assert_eq!(page.ready_state(), 2);
    page.append(1, &[&[(0, 4000)], &[(0, 4000)]]);
    assert_eq!(page.log(), "SB1.updatestart | SB1.update | SB1.updateend");
    page.clock(1000, 1.0, 4000);
    assert_eq!(page.log(), "canplay | playing | canplaythrough");
    assert_eq!(page.ready_state(), 4);
    // A decoder that is too slow stalls before the limit.
    page.pass(100.0);
    page.log();
    page.clock(1100, 0.0, 4000);
    assert_eq!(page.log(), "timeupdate | waiting");
    // What is there counts again once playback is not wanted.
    page.pause();
    assert_eq!(page.log(), "timeupdate | pause | canplay | canplaythrough");
    page.play();
    assert_eq!(page.log(), "play | playing | play2 resolved");
}

#[test]
fn a_pause_that_the_data_plane_learns_of_late_is_no_stall() {
    let mut page = Page::playing(3000);
    page.pass(500.0);
    page.log();
    page.pause();
    assert_eq!(page.position(), 0.5);
    // Sent before the pause was known there.
    page.clock(500, 1.0, 2500);
    page.pass(1_000.0);
    assert_eq!(page.position(), 0.5);
    page.play();
    page.clock(505, 0.0, 3000);
    page.clock(505, 1.0, 3000);
    assert_eq!(page.log(), "timeupdate | pause | play | playing | play2 resolved");
    // Rate 0 holds the position without waiting.
    page.call(|plane, _| plane.set_playback_rate(0.0));
    page.clock(600, 0.0, 3000);
    assert_eq!(page.log(), "ratechange");
    assert_eq!((page.ready_state(), page.plane.element().paused()), (4, false));
}

#[test]
fn seeks_inside_what_is_buffered() {
    let mut page = Page::loaded(3000);
    page.seek(2.0);
    assert!(page.plane.element().seeking());
    assert_eq!((page.ready_state(), page.position()), (1, 2.0));
    page.ready();
    assert_eq!(
        page.log(),
        "seeking | timeupdate | seeked | canplay | canplaythrough"
    );
    // While playing.
    page.play();
    page.clock(2000, 1.0, 3000);
    page.log();
    page.seek(1.0);
    // Sent before the seek was known there.
    page.clock(2000, 1.0, 3000);
    page.pass(100.0);
    page.ready();
    assert_eq!(
        page.log(),
        "seeking | waiting | timeupdate | seeked | canplay | playing | canplaythrough"
    );
    assert_eq!(shown(&page.plane.element().played(page.now)), "{ }");
}

#[test]
fn a_seek_replaces_the_one_before() {
    let mut page = Page::loaded(3000);
    page.seek(2.0);
    let stale = page.seek_token();
    page.seek(0.5);
    page.receive(Event::PositionReady {
        token: stale,
        position: ms(2000),
    });
    assert!(page.plane.element().seeking());
    page.ready();
    assert_eq!(
        page.log(),
        "seeking | seeking | timeupdate | seeked | canplay | canplaythrough"
    );
    assert_eq!(page.position(), 0.5);
}

#[test]
fn seeks_outside_of_what_is_buffered_wait_for_data() {
    let mut page = Page::playing(3000);
    page.call(|plane, _| plane.set_duration(10.0));
    page.log();
    page.seek(8.0);
    page.pass(1_000.0);
    assert_eq!(page.log(), "seeking | waiting");
    page.pause();
    assert_eq!(page.log(), "timeupdate | pause");
    page.play();
    assert_eq!(page.log(), "play | waiting");
    page.append(1, &[&[(0, 3000), (7500, 9000)], &[(0, 3000), (7500, 9000)]]);
    page.log();
    page.ready();
    assert_eq!(
        page.log(),
        "timeupdate | seeked | canplay | playing | play2 resolved | canplaythrough"
    );
    // Beyond the ends it is clamped.
    page.seek(-3.0);
    assert_eq!(page.position(), 0.0);
    page.seek(11.0);
    assert_eq!(page.position(), 10.0);
}

#[test]
fn a_seek_before_metadata_sets_where_playback_starts() {
    let mut page = Page::new();
    page.seek(1.5);
    assert_eq!((page.position(), page.plane.element().seeking()), (1.5, false));
    let id = page.add("video/mp4");
    page.init(id, Some(3000), &BOTH);
    page.append(id, &[&[(0, 3000)], &[(0, 3000)]]);
    page.log();
    // The answer for position 0 was on its way.
    page.receive(Event::PositionReady {
        token: 0,
        position: MediaTime::ZERO,
    });
    assert_eq!(page.log(), "");
    page.ready();
    assert_eq!(
        page.log(),
        "timeupdate | seeked | loadeddata | canplay | canplaythrough"
    );
    assert_eq!(page.position(), 1.5);
    // A live stream without data has nowhere to seek to.
    let mut page = Page::new();
    let id = page.add("video/mp4");
    page.init(id, None, &BOTH);
    page.append(id, &[&[], &[]]);
    page.log();
    page.seek(1.5);
    assert_eq!((page.log(), page.position()), (String::new(), 0.0));
}

#[test]
fn the_end_of_playback_and_replay() {
    let mut page = Page::playing(3000);
    page.call(|plane, _| plane.end_of_stream(None));
    page.log();
    page.pass(3_010.0);
    page.log();
    page.commands();
    page.clock(3000, 0.0, 3000);
    assert_eq!(page.log(), "", "the end is no stall");
    assert!(!page.plane.element().ended());
    page.receive(Event::PlaybackEnded);
    assert_eq!(page.log(), "timeupdate | pause | ended");
    let element = page.plane.element();
    assert!(element.ended() && element.paused());
    assert_eq!((page.position(), page.ready_state()), (3.0, 4));
    assert_eq!(page.commands(), [Command::Pause]);
    assert_eq!(shown(&page.plane.element().played(page.now)), "{ [0,3) }");
    page.receive(Event::PlaybackEnded);
    assert_eq!(page.log(), "", "once");
    page.play();
    assert_eq!((page.position(), page.plane.element().ended()), (0.0, false));
    assert_eq!(
        page.commands(),
        [
            Command::Seek {
                token: 1,
                position: MediaTime::ZERO
            },
            Command::Play
        ]
    );
    page.receive(Event::PositionReady {
        token: 1,
        position: MediaTime::ZERO,
    });
    assert_eq!(
        page.log(),
        "seeking | play | waiting | timeupdate | seeked | canplay | playing | play2 resolved | canplaythrough"
    );
}

#[test]
fn loop_begins_again() {
    let mut page = Page::playing(3000);
    page.call(|plane, _| plane.end_of_stream(None));
    page.plane.set_loop(true);
    page.log();
    page.commands();
    page.receive(Event::PlaybackEnded);
    assert_eq!(page.log(), "seeking | waiting");
    assert_eq!(
        page.commands(),
        [Command::Seek {
            token: 1,
            position: MediaTime::ZERO
        }]
    );
    page.receive(Event::PositionReady {
        token: 1,
        position: MediaTime::ZERO,
    });
    assert_eq!(
        page.log(),
        "timeupdate | seeked | canplay | playing | canplaythrough"
    );
    assert!(!page.plane.element().paused());
}

#[test]
fn seeks_to_the_end() {
    // Paused, it has ended without an event.
    let mut page = Page::loaded(3000);
    page.call(|plane, _| plane.end_of_stream(None));
    page.log();
    page.seek(100.0);
    assert!(!page.plane.element().ended());
    page.ready();
    assert_eq!(
        page.log(),
        "seeking | timeupdate | seeked | canplay | canplaythrough"
    );
    assert!(page.plane.element().ended());
    // More data takes that back.
    page.append(1, &[&[(0, 6000)], &[(0, 6000)]]);
    assert!(!page.plane.element().ended());
    // Playing, it ends.
    let mut page = Page::playing(3000);
    page.call(|plane, _| plane.end_of_stream(None));
    page.seek(3.0);
    page.commands();
    page.receive(Event::PositionReady {
        token: 1,
        position: ms(3000),
    });
    assert_eq!(page.commands(), [], "the data plane is to say when it has ended");
    assert_eq!(
        page.log(),
        "MS.sourceended | seeking | waiting | timeupdate | seeked | canplay | playing | canplaythrough"
    );
    page.receive(Event::PlaybackEnded);
    assert_eq!(page.log(), "timeupdate | pause | ended");
}

#[test]
fn a_stall_at_what_turns_out_to_be_the_end() {
    let mut page = Page::playing(3000);
    page.call(|plane, _| plane.set_duration(10.0));
    page.pass(4_000.0);
    page.log();
    page.clock(3000, 0.0, 3000);
    assert_eq!(page.log(), "timeupdate | waiting");
    page.call(|plane, _| plane.end_of_stream(None));
    page.receive(Event::PlaybackEnded);
    assert_eq!(
        page.log(),
        "MS.sourceended | durationchange | canplay | playing | canplaythrough | timeupdate | pause | ended"
    );
}

#[test]
fn append_errors() {
    let mut page = Page::playing(3000);
    page.pass(250.0);
    page.log();
    page.commands();
    page.call(|plane, _| plane.append_buffer(1, 0));
    page.append_failed(1, &[&[(0, 3000)], &[(0, 3000)]], "moof at byte 12: too short");
    assert_eq!(
        page.log(),
        "SB1.updatestart | SB1.error | SB1.updateend | MS.sourceended | error | timeupdate | pause"
    );
    let element = page.plane.element();
    assert_eq!(element.error().map(|code| code as u32), Some(3));
    assert_eq!(element.error_message(), "moof at byte 12: too short");
    assert_eq!((page.ready_state(), element.network_state() as u32), (4, 1));
    let buffer = page.plane.source_buffer(1).unwrap();
    assert_eq!(
        (buffer.updating(), buffer.last_error()),
        (false, "moof at byte 12: too short")
    );
    assert_eq!(page.plane.source().ready_state().as_str(), "ended");
    assert!(page.commands().contains(&Command::Pause));
    assert_eq!(
        page.call(|plane, _| plane.append_buffer(1, 0)),
        "InvalidStateError"
    );
    page.play();
    assert_eq!(page.commands(), [], "nothing plays any more");
}

#[test]
fn append_errors_before_metadata_close_the_source() {
    let mut page = Page::new();
    page.play();
    let id = page.add("video/mp4");
    page.call(|plane, _| plane.append_buffer(id, 0));
    page.log();
    page.append_failed(id, &[], "no box at byte 0");
    assert_eq!(
        page.log(),
        "SB1.error | SB1.updateend | MS.sourceended | error | play1 NotSupportedError"
    );
    assert_eq!(page.plane.source().ready_state().as_str(), "ended");
    page.pass(250.0);
    assert_eq!(
        page.log(),
        "ASBs.removesourcebuffer | SBs.removesourcebuffer | MS.sourceclose | timeupdate | pause"
    );
    let element = page.plane.element();
    assert_eq!(element.error().map(|code| code as u32), Some(4));
    assert_eq!((page.ready_state(), element.network_state() as u32), (0, 3));
    assert_eq!(page.plane.source().ready_state().as_str(), "closed");
    assert!(page.plane.source().duration().is_nan());
    page.play();
    assert_eq!(page.log(), "play2 NotSupportedError");
    assert_eq!(
        page.call(|plane, _| plane.add_source_buffer("video/mp4")),
        "InvalidStateError"
    );
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

/// The initialization segment and the error may come in one append.
#[test]
fn an_append_error_after_the_metadata_of_the_same_append() {
    let mut page = Page::new();
    let id = page.add("video/mp4");
    page.call(|plane, _| plane.append_buffer(id, 0));
    page.log();
    page.init(id, None, &BOTH);
    page.append_failed(id, &[&[(0, 500)], &[(0, 500)]], "broken");
    assert_eq!(
        page.log(),
        "ASBs.addsourcebuffer | SB1.error | SB1.updateend | durationchange | resize | loadedmetadata | \
         MS.sourceended | error"
    );
    assert_eq!(page.plane.element().error().map(|code| code as u32), Some(3));
}

#[test]
fn errors_that_the_page_or_a_decoder_reports() {
    let mut page = Page::playing(3000);
    page.call(|plane, _| plane.end_of_stream(Some(EndOfStreamError::Network)));
    assert_eq!(page.log(), "MS.sourceended | error | timeupdate | pause");
    assert_eq!(page.plane.element().error().map(|code| code as u32), Some(2));

    let mut page = Page::playing(3000);
    page.receive(Event::DecodeFailed {
        kind: Video,
        message: "key frame expected".into(),
    });
    assert_eq!(page.log(), "MS.sourceended | error | timeupdate | pause");
    let element = page.plane.element();
    assert_eq!(element.error().map(|code| code as u32), Some(3));
    assert_eq!(element.error_message(), "Video decoder: key frame expected");
    // Ended already, the source stays as it is.
    let mut page = Page::playing(3000);
    page.call(|plane, _| plane.end_of_stream(None));
    page.log();
    page.receive(Event::DecodeFailed {
        kind: Audio,
        message: String::new(),
    });
    assert_eq!(page.log(), "error | timeupdate | pause");
}

#[test]
fn detaching() {
    let mut page = Page::playing(3000);
    page.call(|plane, _| plane.append_buffer(1, 0));
    page.log();
    page.commands();
    page.plane.detach();
    assert_eq!(page.call(|_, _| Ok(())), "ok");
    assert_eq!(
        page.log(),
        "ASBs.removesourcebuffer | SB1.abort | SB1.updateend | SBs.removesourcebuffer | MS.sourceclose"
    );
    assert_eq!(page.commands(), []);
    let source = page.plane.source();
    assert_eq!(source.ready_state().as_str(), "closed");
    assert!(source.duration().is_nan() && source.source_buffers().next().is_none());
    assert!(!page.plane.source_buffer(1).unwrap().updating());
    page.appended(1, &[&[(0, 9000)], &[(0, 9000)]]);
    page.pass(1_000.0);
    assert_eq!(page.log(), "");
    assert_eq!(
        page.call(|plane, _| plane.append_buffer(1, 0)),
        "InvalidStateError"
    );

    let mut page = Page::new();
    page.play();
    page.log();
    page.plane.detach();
    page.call(|_, _| Ok(()));
    assert_eq!(
        page.log(),
        "play1 AbortError | ASBs.removesourcebuffer | SBs.removesourcebuffer | MS.sourceclose"
    );
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

#[test]
fn play_promises() {
    let mut page = Page::new();
    page.log();
    page.play();
    page.play();
    page.pause();
    page.pause();
    page.play();
    assert_eq!(
        page.log(),
        "play | waiting | timeupdate | pause | play1 AbortError | play2 AbortError | play | waiting"
    );
    let id = page.add("video/mp4");
    page.init(id, Some(3000), &BOTH);
    page.append(id, &[&[(0, 3000)], &[(0, 3000)]]);
    page.log();
    page.ready();
    assert_eq!(
        page.log(),
        "loadeddata | canplay | playing | play3 resolved | canplaythrough"
    );
    page.play();
    assert_eq!(page.log(), "play4 resolved");
    page.pause();
    page.play();
    assert_eq!(page.log(), "timeupdate | pause | play | playing | play5 resolved");
    // Refused by the browser.
    page.pause();
    page.seek(1.0);
    page.play();
    page.log();
    page.plane.play_refused(page.now);
    page.call(|_, _| Ok(()));
    assert_eq!(page.log(), "timeupdate | pause | play6 NotAllowedError");
    assert!(page.plane.element().paused());
}

#[test]
fn rates_and_sizes() {
    let mut page = Page::loaded(3000);
    page.call(|plane, _| plane.set_playback_rate(2.0));
    page.call(|plane, _| plane.set_default_playback_rate(3.0));
    page.call(|plane, _| plane.set_playback_rate(2.0));
    assert_eq!(page.log(), "ratechange | ratechange");
    for (size, expected) in [((320, 240), ""), ((640, 480), "resize"), ((640, 480), "")] {
        page.receive(Event::VideoResized {
            width: size.0,
            height: size.1,
        });
        assert_eq!(page.log(), expected);
    }
}

#[test]
fn progress_comes_no_more_often_than_every_350_ms_and_only_with_data() {
    let mut page = Page::loaded(3000);
    page.progress();
    for end in [3100, 3200, 3300, 3400, 3500, 3600] {
        page.pass(100.0);
        page.call(|plane, _| plane.append_buffer(1, 0));
        page.receive(Event::AppendProgress {
            id: 1,
            snapshot: snapshot(&[&[(0, end)], &[(0, end)]]),
        });
        page.appended(1, &[&[(0, end)], &[(0, end)]]);
    }
    assert_eq!(page.progress(), 2);
    page.pass(1_000.0);
    assert_eq!(page.progress(), 1, "what came after the last");
    page.pass(5_000.0);
    page.append(1, &[&[(0, 3600)], &[(0, 3600)]]);
    page.pass(5_000.0);
    assert_eq!(page.progress(), 0, "nothing new");
}
