//! Playback: its start, stalls, end and promises.

use super::*;

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
fn rates_that_browsers_refuse() {
    let cases = [
        (0.25, "ok", "ratechange"),
        (0.25, "ok", ""),
        (4.0, "ok", "ratechange"),
        (0.0625, "ok", "ratechange"),
        (16.0, "ok", "ratechange"),
        (0.0, "ok", "ratechange"),
        (-0.0, "ok", ""),
        (0.06, "NotSupportedError", ""),
        (16.1, "NotSupportedError", ""),
        (-1.0, "NotSupportedError", ""),
        (f64::NAN, "TypeError", ""),
        (f64::NEG_INFINITY, "TypeError", ""),
    ];
    let mut page = Page::playing(3000);
    for (rate, outcome, events) in cases {
        let before = page.plane.element().playback_rate();
        assert_eq!(
            page.call(|plane, _| plane.set_playback_rate(rate)),
            outcome,
            "{rate}"
        );
        assert_eq!(page.log(), events, "{rate}");
        let now = if outcome == "ok" { rate } else { before };
        assert_eq!(page.plane.element().playback_rate(), now);
    }
    // The rate to begin with is not refused but passed over.
    for (rate, outcome, events) in cases {
        let before = page.plane.element().default_playback_rate();
        let result = page.call(|plane, _| plane.set_default_playback_rate(rate));
        assert_eq!(result == "TypeError", outcome == "TypeError", "{rate}: {result}");
        assert_eq!(page.log(), events, "{rate}");
        let now = if outcome == "ok" { rate } else { before };
        assert_eq!(page.plane.element().default_playback_rate(), now);
    }
    assert_eq!(page.plane.element().playback_rate(), 0.0, "they are two");
}

#[test]
fn rates_reach_the_data_plane() {
    let rates = |page: &mut Page| -> Vec<String> {
        let commands = page.commands();
        let told = commands.iter().map(|command| match command {
            Command::SetPlaybackRate { rate, .. } => rate.to_string(),
            other => format!("{other:?}"),
        });
        told.collect()
    };
    let mut page = Page::loaded(3000);
    for (rate, told) in [
        (2.0, &["2"][..]),
        (0.0, &[]),
        (2.0, &[]),
        (0.5, &["0.5"]),
        (0.0, &[]),
    ] {
        page.call(|plane, _| plane.set_playback_rate(rate));
        assert_eq!(rates(&mut page), told, "{rate} while paused");
    }
    page.play();
    assert_eq!(
        page.log().split(" | ").last(),
        Some("play1 resolved"),
        "at rate 0 it plays, and stands"
    );
    assert!(rates(&mut page).is_empty());
    for (rate, told) in [
        (4.0, &["4", "Play"][..]),
        (0.0, &["Pause"]),
        (4.0, &["Play"]),
        (0.25, &["0.25"]),
    ] {
        page.call(|plane, _| plane.set_playback_rate(rate));
        assert_eq!(rates(&mut page), told, "{rate} while playing");
    }
}

#[test]
fn timeupdate_comes_four_times_a_second_while_the_position_moves() {
    let mut page = Page::playing(30_000);
    let count = |page: &mut Page| page.log().matches("timeupdate").count();
    page.pass(2_000.0);
    assert_eq!(count(&mut page), 8);
    // What was told just now is not told again.
    page.pass(200.0);
    page.pause();
    page.pass(2_000.0);
    assert_eq!(page.log(), "timeupdate | pause");
    page.play();
    page.clock(2200, 1.0, 30_000);
    page.log();
    page.pass(1_000.0);
    assert_eq!(count(&mut page), 4);
    page.call(|plane, _| plane.set_playback_rate(0.0));
    page.clock(3200, 0.0, 30_000);
    page.log();
    page.pass(1_000.0);
    assert_eq!(count(&mut page), 0, "at rate 0");
    page.call(|plane, _| plane.set_playback_rate(1.0));
    page.clock(3200, 1.0, 30_000);
    page.clock(3300, 0.0, 30_000);
    page.log();
    page.pass(1_000.0);
    assert_eq!(count(&mut page), 0, "in a stall");
}

#[test]
fn what_was_played() {
    let mut page = Page::playing(9_000);
    let played = |page: &Page| shown(&page.plane.element().played(page.now));
    page.pass(500.0);
    // The page's clock was ahead, or behind: no gap is torn.
    page.pause();
    page.play();
    page.clock(510, 1.0, 9_000);
    page.pass(500.0);
    page.clock(1_000, 0.0, 1_000);
    page.clock(1_000, 1.0, 9_000);
    page.pass(500.0);
    assert_eq!(played(&page), "{ [0,1.5) }");
    // What was jumped over was not played.
    page.seek(4.0);
    page.ready();
    assert_eq!(played(&page), "{ [0,1.5) }");
    page.clock(4_000, 1.0, 9_000);
    page.pass(500.0);
    page.seek(1.0);
    page.ready();
    page.clock(1_000, 1.0, 9_000);
    page.pass(1_000.0);
    assert_eq!(played(&page), "{ [0,2) [4,4.5) }");
}

#[test]
fn autoplay_counts_as_it_is_when_enough_is_there() {
    for (calls, expected) in [
        (
            &[true][..],
            "loadeddata | canplay | play | playing | canplaythrough",
        ),
        (&[true, false], "loadeddata | canplay | canplaythrough"),
        (
            &[true, false, true],
            "loadeddata | canplay | play | playing | canplaythrough",
        ),
    ] {
        let mut page = Page::new();
        calls
            .iter()
            .for_each(|&autoplay| page.plane.set_autoplay(autoplay));
        let id = page.add("video/mp4");
        page.init(id, Some(3000), &BOTH);
        page.append(id, &[&[(0, 3000)], &[(0, 3000)]]);
        page.log();
        page.ready();
        assert_eq!(page.log(), expected, "{calls:?}");
    }
    // Where enough was there before, it comes too late.
    let mut page = Page::loaded(3000);
    page.plane.set_autoplay(true);
    page.pass(1_000.0);
    assert_eq!((page.log(), page.plane.element().paused()), (String::new(), true));
    // A refusal by the browser is for good.
    let mut page = Page::new();
    page.plane.set_autoplay(true);
    let id = page.add("video/mp4");
    page.init(id, Some(3000), &BOTH);
    page.append(id, &[&[(0, 3000)], &[(0, 3000)]]);
    page.ready();
    page.log();
    page.plane.play_refused(page.now);
    page.call(|_, _| Ok(()));
    assert_eq!(page.log(), "timeupdate | pause");
    page.seek(1.0);
    page.ready();
    assert!(page.plane.element().paused());
}

#[test]
fn more_media_takes_the_end_back() {
    let mut page = Page::playing(3000);
    page.call(|plane, _| plane.end_of_stream(None));
    page.receive(Event::PlaybackEnded);
    page.log();
    page.append(1, &[&[(0, 6000)], &[(0, 6000)]]);
    assert_eq!(
        page.log(),
        "MS.sourceopen | SB1.updatestart | SB1.update | SB1.updateend | durationchange"
    );
    let element = page.plane.element();
    assert_eq!(
        (element.ended(), element.paused(), page.position()),
        (false, true, 3.0)
    );
    page.play();
    assert_eq!(
        page.log(),
        "play | playing | play2 resolved",
        "it goes on where it was"
    );
    assert_eq!(page.position(), 3.0);
}

#[test]
fn a_loop_has_no_end() {
    let mut page = Page::playing(3000);
    page.call(|plane, _| plane.end_of_stream(None));
    page.receive(Event::PlaybackEnded);
    assert!(page.plane.element().ended());
    page.plane.set_loop(true);
    assert!(!page.plane.element().ended());
    page.plane.set_loop(false);
    assert!(page.plane.element().ended());
}

#[test]
fn what_fails_rejects_plays() {
    // Before metadata the source is of no use at all.
    let mut page = Page::new();
    page.play();
    page.log();
    page.call(|plane, _| plane.end_of_stream(Some(EndOfStreamError::Network)));
    assert_eq!(page.log(), "MS.sourceended | error | play1 NotSupportedError");
    page.play();
    assert_eq!(page.log(), "play2 NotSupportedError");
    assert_eq!(page.plane.element().network_state() as u32, 3);
    // Afterwards it may have been played until then.
    let mut page = Page::playing(3000);
    page.seek(2.0);
    page.play();
    page.log();
    page.call(|plane, _| plane.end_of_stream(Some(EndOfStreamError::Decode)));
    assert_eq!(
        page.log(),
        "MS.sourceended | error | timeupdate | pause | play2 AbortError"
    );
    assert_eq!(page.plane.element().network_state() as u32, 1);
    // Only the first error counts.
    page.receive(Event::DecodeFailed {
        kind: Video,
        message: "late".into(),
    });
    assert_eq!(page.log(), "");
    assert_ne!(page.plane.element().error_message(), "Video decoder: late");
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
