//! `appendEncodedChunks` and SourceBuffers made of a decoder's configuration (MSE for WebCodecs, a draft).

use super::*;
use crate::container::encoded_chunks::tests::{audio, video};
use crate::control_plane::ControlPlane;
use crate::mse::ChunksAppend;
use crate::protocol::ByteStream;

fn opus() -> ByteStream {
    ByteStream::Chunks(audio("opus"))
}

const SOUND: ChunksAppend = ChunksAppend {
    byte_length: 100,
    has_audio: true,
    has_video: false,
    lacks_duration: false,
};

/// A page with one SourceBuffer for encoded sound.
fn page() -> Page {
    let mut page = Page::new();
    assert_eq!(page.plane.add_source_buffer(opus()).unwrap(), 1);
    page.drain();
    assert_eq!(
        page.commands(),
        [Command::AddSourceBuffer {
            id: 1,
            stream: opus(),
            strictness: Strictness::Lenient,
        }]
    );
    page.log();
    page
}

fn append(page: &mut Page, chunks: ChunksAppend) -> String {
    page.call(|plane, _| plane.append_encoded_chunks(1, &chunks))
}

#[test]
fn a_promise_takes_the_place_of_events() {
    let mut page = page();
    assert_eq!(append(&mut page, SOUND), "ok");
    assert_eq!(page.log(), "");
    assert!(page.plane.source_buffer(1).unwrap().updating());
    assert!(matches!(
        page.commands()[..],
        [Command::Append { id: 1, token: 1, .. }]
    ));
    page.init(1, None, &[Audio]);
    page.appended(1, &[&[(0, 1000)]]);
    assert!(!page.plane.source_buffer(1).unwrap().updating());
    assert_eq!(
        page.log(),
        "ASBs.addsourcebuffer | append1 resolved | durationchange | loadedmetadata"
    );
    append(&mut page, SOUND);
    page.append_failed(1, &[&[(0, 1000)]], "bad");
    assert_eq!(
        page.log(),
        "append2 SyntaxError | MS.sourceended | error",
        "an append error without events at the SourceBuffer"
    );
    assert_eq!(page.plane.source_buffer(1).unwrap().last_error(), "bad");
}

#[test]
fn what_gives_an_append_up_rejects_its_promise() {
    type Call = fn(&mut ControlPlane);
    let table: &[(Call, &str)] = &[
        (|plane| plane.abort(1).unwrap(), "append1 AbortError"),
        (
            |plane| plane.remove_source_buffer(1).unwrap(),
            "append1 AbortError | SBs.removesourcebuffer",
        ),
        (
            ControlPlane::detach,
            "ASBs.removesourcebuffer | append1 AbortError | SBs.removesourcebuffer | MS.sourceclose",
        ),
    ];
    for (call, log) in table {
        let mut page = page();
        append(&mut page, SOUND);
        call(&mut page.plane);
        page.drain();
        assert_eq!(&page.log(), log);
        page.appended(1, &[]);
        assert_eq!(page.log(), "", "and no answer comes after that");
    }
}

#[test]
fn chunks_are_checked_in_order() {
    let with_video = ChunksAppend {
        has_video: true,
        ..SOUND
    };
    let mut page = page();
    page.plane.set_quota(Quota { video: 99, audio: 99 });
    assert_eq!(
        append(&mut page, with_video),
        "TypeError",
        "the quota comes after"
    );
    assert_eq!(append(&mut page, SOUND), "QuotaExceededError");
    page.plane.set_quota(Quota::default());
    assert_eq!(append(&mut page, SOUND), "ok");
    assert_eq!(
        append(&mut page, with_video),
        "InvalidStateError",
        "updating comes first"
    );
    page.appended(1, &[]);
    page.call(|plane, _| plane.end_of_stream(None));
    page.log();
    assert_eq!(append(&mut page, ChunksAppend::default()), "ok", "of none");
    assert_eq!(page.log(), "MS.sourceopen");
    page.appended(1, &[]);

    page.call(|plane, _| plane.change_type(1, ByteStream::Chunks(video())));
    let pictures = ChunksAppend {
        has_audio: false,
        ..with_video
    };
    for (chunks, result) in [
        (SOUND, "TypeError"),
        (
            ChunksAppend {
                lacks_duration: true,
                ..pictures
            },
            "TypeError",
        ),
        (pictures, "ok"),
    ] {
        assert_eq!(append(&mut page, chunks), result, "{chunks:?}");
    }
}

#[test]
fn bytes_and_chunks_are_not_mixed() {
    let mut page = page();
    assert_eq!(
        page.call(|plane, _| plane.append_buffer(1, 10)),
        "InvalidStateError"
    );
    page.call(|plane, _| plane.change_type(1, "audio/mpeg"));
    assert_eq!(append(&mut page, SOUND), "InvalidStateError");
    assert_eq!(page.call(|plane, _| plane.append_buffer(1, 10)), "ok");
    page.appended(1, &[]);
    page.call(|plane, _| plane.change_type(1, opus()));
    assert_eq!(
        page.call(|plane, _| plane.set_mode(1, AppendMode::Segments)),
        "ok",
        "chunks have timestamps"
    );
    assert_eq!(append(&mut page, SOUND), "ok");
}
