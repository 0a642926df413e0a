//! AudioTrack and VideoTrack: how they come, which of them play, how they go. In logs, `element3.change` is an event at the
//! element's list that holds track 3, `buffer3.change` one at the list of its SourceBuffer.

use super::*;
use crate::element::MediaTrack;
use crate::protocol::TrackInfo;

/// Sound and picture, picture and two kinds of sound: tracks 1 and 2, then 3 to 5.
fn two_source_buffers() -> Page {
    let mut page = Page::new();
    page.logs_tracks = true;
    let (first, second) = (page.add("video/mp4"), page.add("video/mp4"));
    page.init(first, Some(3000), &[Audio, Video]);
    page.init(second, Some(3000), &[Video, Audio, Audio]);
    page.append(first, &[&[(0, 3000)], &[(0, 3000)]]);
    page.append(second, &[&[(0, 3000)], &[(0, 3000)], &[(0, 3000)]]);
    page.ready();
    page.log();
    page.commands();
    page
}

/// Number and kind of each track, with a star for those that are enabled or selected.
fn list(page: &Page) -> String {
    let tracks = page.plane.element().tracks().iter();
    let shown = tracks.map(|track| {
        let kind = match track.kind {
            Audio => "a",
            Video => "v",
        };
        format!("{kind}{}{}", track.number, if track.is_active { "*" } else { "" })
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn active_source_buffers(page: &Page) -> Vec<u32> {
    page.plane
        .source()
        .active_source_buffers()
        .map(|buffer| buffer.id())
        .collect()
}

#[test]
fn the_first_initialization_segment_brings_tracks() {
    let mut page = Page::new();
    page.logs_tracks = true;
    let id = page.add("video/mp4");
    page.log();
    page.init(id, None, &[Video, Audio, Audio]);
    assert_eq!(
        page.log(),
        "buffer1.addtrack | element1.addtrack | buffer2.addtrack | element2.addtrack | buffer3.addtrack | \
         element3.addtrack | ASBs.addsourcebuffer"
    );
    assert_eq!(list(&page), "a1* a2 v3*");
    page.init(id, None, &[Video, Audio, Audio]);
    assert_eq!(page.log(), "", "a later one changes descriptions alone");
    assert_eq!(list(&page), "a1* a2 v3*");

    let other = page.add("audio/mp4");
    page.log();
    page.init(other, None, &[Audio]);
    assert_eq!(page.log(), "buffer4.addtrack | element4.addtrack");
    assert_eq!(list(&page), "a1* a2 v3* a4", "one sound plays already");
}

#[test]
fn a_track_says_what_its_initialization_segment_says() {
    let mut page = Page::new();
    let id = page.add("audio/mp4");
    page.receive(Event::InitSegmentReceived {
        id,
        duration: None,
        tracks: vec![TrackInfo {
            id: 17,
            kind: Audio,
            codec: "opus".into(),
            language: "eng".into(),
            label: "Director".into(),
            display_size: (0, 0),
            html_kind: "commentary".into(),
        }],
    });
    let [
        MediaTrack {
            number: 1,
            source_buffer,
            kind: Audio,
            html_kind,
            label,
            language,
            is_active: true,
            ..
        },
    ] = page.plane.element().tracks()
    else {
        panic!("{:?}", page.plane.element().tracks());
    };
    assert_eq!(*source_buffer, id);
    assert_eq!(
        (html_kind.as_str(), label.as_str(), language.as_str()),
        ("commentary", "Director", "eng")
    );
}

#[test]
fn selecting_and_enabling() {
    let mut page = two_source_buffers();
    assert_eq!(list(&page), "a1* v2* a3 a4 v5");
    assert_eq!(active_source_buffers(&page), [1]);
    // Track, what it is set to, events, tracks, active SourceBuffers, and what the data plane is told to play. The
    // container's numbers are 1 and 2 in the first SourceBuffer, 1 to 3 in the second.
    type Row<'a> = (
        u32,
        bool,
        &'a str,
        &'a str,
        &'a [u32],
        Option<[Option<(u32, u32)>; 2]>,
    );
    let table: &[Row<'_>] = &[
        (1, true, "", "a1* v2* a3 a4 v5", &[1], None),
        (9, true, "", "a1* v2* a3 a4 v5", &[1], None),
        // Two sounds at once: the first is heard.
        (
            4,
            true,
            "element4.change | buffer4.change | ASBs.addsourcebuffer",
            "a1* v2* a3 a4* v5",
            &[1, 2],
            None,
        ),
        (
            1,
            false,
            "element1.change | buffer1.change",
            "a1 v2* a3 a4* v5",
            &[1, 2],
            Some([Some((1, 2)), Some((2, 3))]),
        ),
        // One picture at once: the other SourceBuffer's list changes too.
        (
            5,
            true,
            "element5.change | buffer5.change | buffer2.change | ASBs.removesourcebuffer",
            "a1 v2 a3 a4* v5*",
            &[2],
            Some([Some((2, 1)), Some((2, 3))]),
        ),
        (
            2,
            true,
            "element2.change | buffer2.change | buffer5.change | ASBs.addsourcebuffer",
            "a1 v2* a3 a4* v5",
            &[1, 2],
            Some([Some((1, 2)), Some((2, 3))]),
        ),
        (
            4,
            false,
            "element4.change | buffer4.change | ASBs.removesourcebuffer",
            "a1 v2* a3 a4 v5",
            &[1],
            Some([Some((1, 2)), None]),
        ),
    ];
    for (number, is_active, log, tracks, active, selected) in table {
        page.plane.set_track_active(*number, *is_active);
        page.drain();
        assert_eq!(&page.log(), log, "{number} {is_active}");
        assert_eq!(&list(&page), tracks, "{number} {is_active}");
        assert_eq!(&active_source_buffers(&page), active, "{number} {is_active}");
        let commands = page.commands();
        let told = commands.iter().find_map(|command| match command {
            Command::SelectTracks { video, audio } => Some([*video, *audio]),
            _ => None,
        });
        assert_eq!(&told, selected, "{number} {is_active}");
        assert_eq!(page.ready_state(), 4, "there is data for all of them");
    }
}

#[test]
fn without_a_track_nothing_is_buffered() {
    let mut page = Page::playing(3000);
    page.logs_tracks = true;
    page.plane.set_track_active(1, false);
    page.drain();
    assert_eq!(page.log(), "element1.change | buffer1.change");
    page.plane.set_track_active(2, false);
    page.drain();
    assert_eq!(
        page.log(),
        "element2.change | buffer2.change | ASBs.removesourcebuffer | timeupdate | waiting"
    );
    assert_eq!(page.ready_state(), 1);
    assert_eq!(shown(&page.plane.source().element_buffered()), "{ }");
    assert_eq!(
        shown(&page.plane.buffered_of(1).unwrap()),
        "{ [0,3) }",
        "that of a SourceBuffer is of all its tracks"
    );
    page.plane.set_track_active(2, true);
    page.ready();
    page.drain();
    assert_eq!(
        page.log(),
        "element2.change | buffer2.change | ASBs.addsourcebuffer | canplay | playing | canplaythrough"
    );
}

#[test]
fn a_track_without_data_is_waited_for() {
    let mut page = Page::new();
    let (first, second) = (page.add("video/mp4"), page.add("audio/mp4"));
    page.init(first, Some(3000), &[Video, Audio]);
    page.init(second, Some(3000), &[Audio]);
    page.append(first, &[&[(0, 3000)], &[(0, 3000)]]);
    page.append(second, &[&[(0, 500)]]);
    page.ready();
    page.seek(1.0);
    page.ready();
    assert_eq!(page.ready_state(), 4);
    page.commands();
    page.plane.set_track_active(1, false);
    page.plane.set_track_active(3, true);
    page.drain();
    assert_eq!(page.ready_state(), 1);
    let commands = page.commands();
    assert!(
        matches!(commands.last(), Some(Command::Seek { position, .. }) if *position == ms(1000)),
        "{commands:?}"
    );
}

#[test]
fn sound_that_was_off_is_enabled_without_a_seek() {
    let mut page = Page::playing(3000);
    for is_active in [false, true] {
        page.plane.set_track_active(1, is_active);
        page.drain();
        let commands = page.commands();
        assert!(
            matches!(commands[..], [Command::SelectTracks { .. }]),
            "{commands:?}"
        );
    }
    assert_eq!((page.log(), page.ready_state()), (String::new(), 4));
}

#[test]
fn tracks_go_with_their_source_buffer() {
    let mut page = two_source_buffers();
    page.plane.set_track_active(4, true);
    page.drain();
    page.log();
    page.call(|plane, _| plane.remove_source_buffer(2));
    assert_eq!(
        page.log(),
        "buffer3.removetrack | element3.removetrack | buffer4.removetrack | buffer4.change | \
         element4.removetrack | element4.change | buffer5.removetrack | element5.removetrack | \
         ASBs.removesourcebuffer | SBs.removesourcebuffer"
    );
    assert_eq!(list(&page), "a1* v2*");
    let id = page.add("audio/mp4");
    page.log();
    page.init(id, None, &[Audio]);
    assert_eq!(list(&page), "a1* v2* a6", "numbers are not used again");

    page.log();
    page.plane.detach();
    page.drain();
    assert_eq!(
        page.log(),
        "ASBs.removesourcebuffer | buffer1.removetrack | buffer1.change | element1.removetrack | element1.change | \
         buffer2.removetrack | buffer2.change | element2.removetrack | element2.change | buffer6.removetrack | \
         element6.removetrack | SBs.removesourcebuffer | MS.sourceclose"
    );
    assert_eq!(list(&page), "");
    page.plane.set_track_active(1, false);
    page.drain();
    assert_eq!(page.log(), "");
}
