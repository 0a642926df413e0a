//! Seeks.

use super::*;

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
fn a_seek_goes_where_it_can() {
    // Of a live stream: what is buffered, and the range that the page says.
    for (live, target, position) in [
        (None, 1.0, 1.0),
        (None, 100.0, 3.0),
        (None, -1.0, 0.0),
        (Some((2.0, 20.0)), 10.0, 10.0),
        (Some((2.0, 20.0)), 100.0, 20.0),
        (Some((2.0, 20.0)), 1.0, 1.0),
        (Some((2.0, 20.0)), -1.0, 0.0),
    ] {
        let mut page = Page::loaded(3000);
        page.call(|plane, _| plane.set_duration(f64::INFINITY));
        if let Some((start, end)) = live {
            page.call(|plane, _| plane.set_live_seekable_range(start, end));
        }
        page.log();
        page.seek(target);
        assert_eq!(
            (page.log().as_str(), page.position()),
            ("seeking", position),
            "{live:?}, {target}"
        );
    }
}

#[test]
fn the_duration_falls_below_a_seek_that_waits() {
    let mut page = Page::playing(3000);
    page.call(|plane, _| plane.set_duration(10.0));
    page.seek(8.0);
    page.log();
    page.call(|plane, _| plane.set_duration(4.0));
    assert_eq!(
        (page.log().as_str(), page.position()),
        ("durationchange | seeking", 4.0)
    );
    // A longer one moves nothing.
    page.call(|plane, _| plane.set_duration(9.0));
    assert_eq!((page.log().as_str(), page.position()), ("durationchange", 4.0));
    page.append(1, &[&[(0, 5000)], &[(0, 5000)]]);
    page.log();
    page.ready();
    assert_eq!(
        page.log(),
        "timeupdate | seeked | canplay | playing | canplaythrough"
    );
}
