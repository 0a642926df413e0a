//! The append error algorithm and errors of the element.

use super::*;

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

/// There may be another `<source>`: whoever waits to play goes on waiting.
#[test]
fn an_unusable_candidate_is_no_error_of_the_element() {
    let mut page = Page::new();
    page.plane.set_candidate();
    page.play();
    let id = page.add("video/mp4");
    page.call(|plane, _| plane.append_buffer(id, 0));
    page.log();
    page.append_failed(id, &[], "no box at byte 0");
    assert_eq!(
        page.log(),
        "SB1.error | SB1.updateend | MS.sourceended | mse-polyfill:candidateerror"
    );
    page.pass(250.0);
    assert_eq!(page.log(), "");
    let element = page.plane.element();
    assert_eq!((element.error(), element.network_state() as u32), (None, 2));

    // From the metadata on it is as any other.
    let mut page = Page::new();
    page.plane.set_candidate();
    let id = page.add("video/mp4");
    page.call(|plane, _| plane.append_buffer(id, 0));
    page.init(id, None, &BOTH);
    page.log();
    page.append_failed(id, &[&[(0, 500)], &[(0, 500)]], "broken");
    assert!(page.log().ends_with("MS.sourceended | error"));
    assert_eq!(page.plane.element().error().map(|code| code as u32), Some(3));
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
fn an_error_that_playback_passes_over_is_told_and_ends_nothing() {
    let mut page = Page::playing(3000);
    for message in ["first", "second"] {
        page.receive(Event::DecodeErrorSkipped {
            kind: Video,
            message: message.into(),
        });
    }
    assert_eq!(page.log(), "mse-polyfill:decodeerror | mse-polyfill:decodeerror");
    assert_eq!(page.plane.element().error(), None);
    assert!(!page.plane.element().paused());
    let told: Vec<_> = std::iter::from_fn(|| page.plane.take_skipped_error()).collect();
    assert_eq!(told, ["Video decoder: first", "Video decoder: second"]);
}
