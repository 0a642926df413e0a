//! ManagedMediaSource: when data is wanted, and what SourceBuffers say of theirs.

use super::*;
use crate::mse::{HIGH, LOW};

const SECOND: i64 = 1_000;

/// A page whose source is managed, with an empty SourceBuffer; nothing logged.
fn managed() -> Page {
    let mut page = Page::new();
    page.plane.manage();
    page.add("video/mp4");
    page.init(1, Some(600 * SECOND), &BOTH);
    page.ready();
    page.log();
    page.commands();
    page
}

fn streaming(page: &Page) -> bool {
    page.plane.source().streaming()
}

/// What the next `bufferedchange` of SourceBuffer 1 tells.
fn change(page: &mut Page) -> String {
    let change = page.plane.take_buffered_change(1);
    change.map_or_else(String::new, |change| {
        format!("+{} -{}", shown(&change.added), shown(&change.removed))
    })
}

#[test]
fn data_is_wanted_from_the_start() {
    let mut page = Page::new();
    assert!(!streaming(&page));
    page.plane.manage();
    page.plane.manage();
    page.call(|_, _| Ok(()));
    assert_eq!(page.log(), "MS.sourceopen | MS.startstreaming");
    assert!(streaming(&page));
    assert_eq!(page.commands(), [Command::ManageMemory]);
    page.add("video/mp4");
    page.pass(1_000.0);
    assert_eq!(page.log(), "SBs.addsourcebuffer");
    page.plane.detach();
    page.call(|_, _| Ok(()));
    assert!(!streaming(&page));
    assert_eq!(
        page.log(),
        "ASBs.removesourcebuffer | SBs.removesourcebuffer | MS.sourceclose"
    );
}

#[test]
fn data_is_wanted_until_there_is_much_and_then_not_before_there_is_little() {
    assert!(LOW < HIGH);
    let mut page = managed();
    page.append(1, &[&[(0, 29_900)], &[(0, 40_000)]]);
    assert!(streaming(&page), "the shorter track counts");
    page.log();
    page.append(1, &[&[(0, 30_000)], &[(0, 40_000)]]);
    assert!(!streaming(&page));
    assert_eq!(
        page.log(),
        "SB1.updatestart | SB1.bufferedchange | SB1.update | SB1.updateend | MS.endstreaming"
    );
    for (position, wanted) in [
        (15.0, false),
        (20.0, false),
        (20.1, true),
        (20.0, true),
        (0.0, false),
    ] {
        page.seek(position);
        assert_eq!(streaming(&page), wanted, "at {position}");
    }
    page.log();
    page.seek(500.0);
    assert_eq!(page.log(), "seeking | MS.startstreaming");
    // The position is looked at while it moves.
    page.seek(19.0);
    page.append(1, &[&[(0, 49_000)], &[(0, 49_000)]]);
    assert!(!streaming(&page));
    page.ready();
    page.play();
    page.clock(38_500, 1.0, 49_000);
    page.pass(250.0);
    assert!(!streaming(&page));
    page.pass(500.0);
    assert!(streaming(&page));
}

#[test]
fn holes_that_playback_passes_over_are_no_end() {
    let mut page = managed();
    page.append(1, &[&[(80, 15_000), (15_100, 40_000)], &[(40, 40_000)]]);
    assert!(!streaming(&page));
    page.call(|plane, _| plane.remove(1, 5.0, 8.0));
    page.removed(1, &[&[(80, 5_000), (8_000, 40_000)], &[(40, 40_000)]]);
    assert!(streaming(&page), "five seconds are little");
}

#[test]
fn nothing_is_wanted_beyond_the_end_or_after_an_error() {
    let mut page = managed();
    page.append(1, &[&[(0, 5_000)], &[(0, 5_000)]]);
    assert!(streaming(&page));
    page.call(|plane, _| plane.end_of_stream(None));
    page.pass(250.0);
    assert!(!streaming(&page));
    page.append(1, &[&[(0, 6_000)], &[(0, 6_000)]]);
    assert!(streaming(&page), "it is open again");
    page.call(|plane, _| plane.end_of_stream(Some(EndOfStreamError::Network)));
    page.pass(250.0);
    assert!(!streaming(&page));

    // Without any data the end is at 0.
    let mut page = managed();
    page.call(|plane, _| plane.end_of_stream(None));
    page.pass(250.0);
    assert!(!streaming(&page));
}

#[test]
fn less_has_to_do_where_there_is_no_room() {
    let mut page = managed();
    // A snapshot's bytes are the milliseconds of both tracks.
    page.plane.set_quota(Quota {
        video: 32_000,
        audio: 0,
    });
    page.append(1, &[&[(0, 12_000)], &[(0, 12_000)]]);
    assert!(streaming(&page), "three quarters are not passed");
    page.append(1, &[&[(0, 12_001)], &[(0, 12_000)]]);
    assert!(!streaming(&page));
    // With little ahead, data is wanted all the same: what was played makes room for it.
    page.seek(3.0);
    assert!(streaming(&page));
    page.pass(250.0);
    assert!(streaming(&page));
}

#[test]
fn source_buffers_say_what_became_of_theirs() {
    let mut page = managed();
    page.append(1, &[&[(0, 5_000)], &[(0, 4_000)]]);
    assert_eq!(change(&mut page), "+{ [0,4) } -{ }");
    assert_eq!(change(&mut page), "");
    page.append(1, &[&[(0, 5_000)], &[(0, 4_000)]]);
    assert_eq!(change(&mut page), "", "nothing has changed");
    page.log();
    // The last ranges of an ended source are stretched.
    page.call(|plane, _| plane.end_of_stream(None));
    assert_eq!(page.log(), "MS.sourceended | SB1.bufferedchange | durationchange");
    assert_eq!(change(&mut page), "+{ [4,5) } -{ }");
    page.call(|plane, _| plane.remove(1, 0.0, 2.0));
    assert_eq!(change(&mut page), "+{ } -{ [4,5) }");
    page.removed(1, &[&[(2_000, 5_000)], &[(2_000, 5_000)]]);
    assert_eq!(
        page.log(),
        "MS.sourceopen | SB1.bufferedchange | SB1.updatestart | SB1.bufferedchange | SB1.update | SB1.updateend"
    );
    assert_eq!(change(&mut page), "+{ [4,5) } -{ [0,2) }");
    // Memory that was given back.
    page.receive(Event::MemoryCleanedUp {
        id: 1,
        snapshot: snapshot(&[&[(3_000, 5_000)], &[(3_000, 5_000)]]),
    });
    assert_eq!(page.log(), "SB1.bufferedchange");
    assert_eq!(change(&mut page), "+{ } -{ [2,3) }");
    // Also that of a SourceBuffer which has been given up since.
    page.receive(Event::MemoryCleanedUp {
        id: 7,
        snapshot: snapshot(&[&[(3_000, 5_000)]]),
    });
    assert_eq!(page.log(), "");
}

#[test]
fn a_source_that_is_not_managed_says_nothing_of_it() {
    let mut page = Page::loaded(40_000);
    page.seek(39.0);
    page.pass(250.0);
    page.call(|plane, _| plane.end_of_stream(None));
    assert_eq!(page.log(), "seeking | MS.sourceended");
    assert!(!streaming(&page));
    assert_eq!(page.plane.take_buffered_change(1), None);
}
