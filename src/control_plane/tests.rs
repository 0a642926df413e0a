//! Sequences of calls and answers against the events they lead to. The orders are those that Chromium's native Media
//! Source Extensions were seen to give, unless said otherwise.

mod chunks;
mod errors;
mod managed;
mod playback;
mod seeking;
mod source_buffer;
mod tracks;

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
    let parameters = AppendParameters::default();
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
                stream: "video/mp4".into(),
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
