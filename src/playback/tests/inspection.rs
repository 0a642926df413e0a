//! What an inspector is told of playback.

use super::movie;
use crate::playback::simulation::{Simulation, ms};

/// The numbers by name, as far as they differ between these tests.
#[derive(PartialEq, Debug)]
struct Seen {
    position: f64,
    rate: f64,
    limit: f64,
    /// Wants to play, seeks, has all data, gave up, sink starts.
    flags: [bool; 5],
    /// Decoded, in the decoder, not begun with.
    pictures: [f64; 3],
    pictures_until: f64,
    sounds: f64,
    sound_until: f64,
    offset: f64,
}

fn look(sim: &Simulation) -> Seen {
    let [
        now,
        position,
        rate,
        limit,
        plays,
        seeks,
        ended,
        failed,
        starts,
        latency,
        rest @ ..,
    ] = sim.player.inspect(sim.now, &sim.platform);
    let [
        decoded,
        in_decoder,
        queue,
        pictures_until,
        sounds,
        sound_until,
        offset,
    ] = rest;
    assert_eq!((now, latency), (sim.now, sim.platform.latency / 1_000.0));
    Seen {
        position,
        rate,
        limit,
        flags: [plays, seeks, ended, failed, starts].map(|flag| flag == 1.0),
        pictures: [decoded, in_decoder, queue],
        pictures_until,
        sounds,
        sound_until,
        offset,
    }
}

#[test]
fn the_clock_and_what_the_decoders_hold() {
    let mut sim = movie();
    let begun = look(&sim);
    assert_eq!((begun.position, begun.rate), (0.0, 0.0));
    assert_eq!(begun.flags, [false, true, false, false, false]);
    assert!(begun.pictures[0] == 0.0 && begun.pictures[1] > 0.0, "{begun:?}");
    assert_eq!(begun.pictures_until, f64::NEG_INFINITY);
    assert_eq!(begun.sound_until, f64::NEG_INFINITY);

    sim.platform.is_sink_starting = true;
    sim.play();
    sim.run(100.0);
    assert_eq!(look(&sim).flags, [true, false, false, false, true]);
    sim.platform.is_sink_starting = false;
    sim.advance();
    sim.run(1_000.0);
    let playing = look(&sim);
    assert_eq!(playing.position, sim.position().as_seconds());
    assert_eq!(playing.rate, 1.0);
    assert_eq!(playing.limit, 10.0);
    assert_eq!(playing.flags, [true, false, false, false, false]);
    let [decoded, in_decoder, queue] = playing.pictures;
    assert!(
        decoded >= 4.0 && decoded + in_decoder >= 10.0 && queue <= in_decoder,
        "{playing:?}"
    );
    let ahead = playing.pictures_until - playing.position;
    assert!(
        ((decoded - 1.0) / 30.0..=(decoded + 1.0) / 30.0).contains(&ahead),
        "{playing:?}"
    );
    assert!(
        (0.3..0.5).contains(&(playing.sound_until - playing.position)),
        "{playing:?}"
    );
    assert!(playing.offset.abs() <= 0.002, "{playing:?}");

    sim.pause();
    sim.seek(1, ms(5_000));
    let seeking = look(&sim);
    assert_eq!((seeking.position, seeking.rate), (5.0, 0.0));
    assert_eq!(seeking.flags, [false, true, false, false, false]);
    sim.end();
    sim.run(500.0);
    let ended = look(&sim);
    assert_eq!(ended.flags, [false, false, true, false, false]);
    assert_eq!(ended.offset, 0.0, "the first picture after a jump is not late");
}

#[test]
fn pictures_behind_the_sound() {
    let mut sim = movie();
    sim.platform.video.decode_ms = 45.0;
    sim.play();
    let mut offsets = Vec::new();
    for _ in 0..40 {
        sim.run(100.0);
        offsets.push(look(&sim).offset);
    }
    let most = offsets.iter().copied().fold(0.0, f64::max);
    assert!((0.1..0.3).contains(&most), "{offsets:?}");
    assert!(offsets.iter().all(|offset| *offset > -0.002), "{offsets:?}");
}
