//! What cannot be decoded.

use super::*;

#[test]
fn a_failed_decoder_stops_the_player() {
    let mut sim = movie();
    sim.play();
    sim.run(1_000.0);
    sim.player
        .decode_failed(TrackKind::Audio, "bad sound".into(), false);
    sim.advance();
    let failed = Event::DecodeFailed {
        kind: TrackKind::Audio,
        message: "bad sound".into(),
    };
    assert_eq!(sim.count(&failed), 1);
    assert_eq!(sim.clock().rate, 0.0);
    let (shown, position) = (sim.shown().len(), sim.position());
    sim.run(1_000.0);
    assert_eq!((sim.shown().len(), sim.position()), (shown, position));
    assert_eq!(sim.platform.pictures.len(), 0);
}

#[test]
fn playback_goes_on_behind_what_cannot_be_decoded() {
    // Groups of twelve pictures: 62 is in the one from 60 on. Its decoder held some of the pictures before.
    for hold_back in [1, 3] {
        let mut sim = movie();
        sim.platform.video.hold_back = hold_back;
        sim.platform.video.corrupt = vec![62];
        sim.end();
        sim.play();
        sim.run(11_000.0);
        let shown = sim.shown();
        assert!(shown.starts_with(&(0..60).collect::<Vec<_>>()), "{shown:?}");
        assert!(shown.ends_with(&(72..300).collect::<Vec<_>>()), "{shown:?}");
        assert_eq!(sim.clocks().count(), 2, "the clock never stopped");
        assert_eq!(sound(&sim, &[0]).len(), 480_256, "nor the sound");
        let skipped = Event::DecodeErrorSkipped {
            kind: TrackKind::Video,
            message: "corrupt".into(),
        };
        assert_eq!(sim.count(&skipped), 1);
        assert_eq!(sim.count(&Event::PlaybackEnded), 1);
        sim.finish();
    }
}

#[test]
fn sound_that_cannot_be_decoded_is_silent() {
    let mut sim = movie();
    sim.platform.audio.corrupt = vec![100 * AAC];
    sim.end();
    sim.play();
    sim.run(11_000.0);
    assert_eq!(sim.shown(), (0..300).collect::<Vec<_>>());
    let heard = sound(&sim, &[0]);
    let lost = 100 * AAC as usize;
    assert_samples(&heard[..lost], &samples(0, lost));
    assert!(
        heard[lost..lost + AAC as usize]
            .iter()
            .all(|&sample| sample == 0.0)
    );
    let behind = lost + AAC as usize;
    assert_samples(&heard[behind..480_000], &samples(behind, 480_000 - behind));
    sim.finish();
}

#[test]
fn a_seek_into_what_cannot_be_decoded_shows_what_comes_behind() {
    let mut sim = movie();
    sim.platform.video.corrupt = vec![62];
    sim.run(100.0);
    sim.seek(1, ticks(65, 30));
    sim.run(1_000.0);
    assert_eq!(sim.ready().last(), Some(&(1, ticks(65, 30))));
    assert_eq!(sim.shown().last(), Some(&72));
    sim.play();
    sim.run(2_000.0);
    assert!(sim.shown().ends_with(&[108, 109, 110]) || sim.shown().len() > 40);
    sim.finish();
}

#[test]
fn a_decoder_that_fails_again_and_again_stops_the_player() {
    // Every group of twelve loses all but its first pictures.
    let mut sim = movie();
    sim.platform.video.hold_back = 1;
    sim.platform.video.corrupt = (0..300).filter(|number| number % 12 == 6).collect();
    sim.end();
    sim.play();
    sim.run(11_000.0);
    let failed = Event::DecodeFailed {
        kind: TrackKind::Video,
        message: "corrupt".into(),
    };
    assert_eq!(sim.count(&failed), 1);
    assert_eq!(sim.clock().rate, 0.0);

    // Once in a few seconds is something else.
    let mut sim = movie();
    sim.platform.video.corrupt = vec![6, 66, 126, 186, 246];
    sim.end();
    sim.play();
    sim.run(11_000.0);
    assert_eq!(sim.count(&failed), 0);
    assert_eq!(sim.count(&Event::PlaybackEnded), 1);
}

#[test]
fn where_errors_count_the_first_stops_the_player() {
    let mut sim = movie();
    sim.player.set_tolerance(Tolerance {
        skips_errors: false,
        ..Tolerance::default()
    });
    sim.platform.video.corrupt = vec![62];
    sim.play();
    sim.run(4_000.0);
    let failed = Event::DecodeFailed {
        kind: TrackKind::Video,
        message: "corrupt".into(),
    };
    assert_eq!(sim.count(&failed), 1);
    assert_eq!(sim.clock().rate, 0.0);
}
