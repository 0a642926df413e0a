//! Tracks that are exchanged while they play.

use super::*;

#[test]
fn other_tracks_go_on_at_the_same_position() {
    let mut sim = movie();
    sim.play();
    sim.run(2_050.0);
    let position = sim.position();
    sim.video = Some(Source::new(video_frames(0, 300, 12, &video_config(300))));
    sim.player.track_changed(TrackKind::Video);
    sim.advance();
    assert_eq!((sim.clock().rate, sim.position()), (1.0, position));
    let shown = sim.shown().len();
    sim.run(500.0);
    assert_eq!(
        sim.position(),
        position + ms(500),
        "the sound did not wait for the other pictures"
    );
    let after = sim.shown().split_off(shown);
    assert!(
        after.len() > 10 && after[0] == 59,
        "they come at the position: {after:?}"
    );
    assert_eq!(
        sim.count(&Event::VideoResized {
            width: 300,
            height: 100
        }),
        1
    );
    assert_eq!(sim.ready().len(), 1, "no seek was asked for");
    let resets = sim.platform.video.resets;
    // Without sound nothing waits for it, and the picture goes on.
    sim.audio = None;
    sim.player.track_changed(TrackKind::Audio);
    sim.advance();
    assert!(sim.clock().rate > 0.0, "the clock runs on");
    assert_eq!(sim.platform.video.resets, resets);
    let blocks = sim.platform.written.len();
    sim.run(1_000.0);
    assert!(sim.position() > position + ms(1_200));
    assert_eq!(sim.platform.written.len(), blocks);
    sim.finish();
}

fn other_sound() -> Source {
    let mut frames = audio_frames(0, TEN_SECONDS_OF_AAC);
    for (number, frame) in (0..).zip(&mut frames) {
        frame.data = Arc::from((OTHER as i64 + number * AAC).to_le_bytes());
    }
    Source::new(frames)
}

#[test]
fn another_sound_takes_over_without_a_stop_or_a_hole() {
    // Milliseconds for a chunk; whether no sound is selected for a moment.
    for (decode_ms, with_none) in [(0.5, false), (0.5, true), (5.0, false), (5.0, true)] {
        let mut sim = movie();
        sim.platform.audio.decode_ms = decode_ms;
        sim.play();
        sim.run(2_050.0);
        let position = sim.position();
        if with_none {
            sim.audio = None;
            sim.player.track_changed(TrackKind::Audio);
            sim.advance();
        }
        sim.audio = Some(other_sound());
        sim.player.track_changed(TrackKind::Audio);
        sim.advance();
        let written = sim.platform.written.len();
        sim.run(1_000.0);
        assert_eq!(sim.position(), position + ms(1_000), "the clock ran on");
        assert_eq!(sim.clocks().count(), 1, "and never changed");
        assert_eq!(
            sim.shown().len() as i64,
            (position + ms(1_000)).as_nanos() * 30 / 1_000_000_000 + 1
        );
        let heard = sound(&sim, &[0]);
        let change = heard.iter().position(|&sample| sample > OTHER as f32).unwrap();
        assert_samples(&heard[..change], &samples(0, change));
        assert_samples(&heard[change..], &samples(OTHER + change, heard.len() - change));
        let mut blocks = sim.platform.written.iter();
        assert!(
            blocks.all(|block| block.at <= block.due - sim.platform.latency + 1.0),
            "a block came late"
        );
        let kept = change - written * SAMPLE_RATE as usize / 50;
        let late = if decode_ms < 1.0 { 20 } else { 150 } * SAMPLE_RATE as usize / 1_000;
        assert!(kept <= late, "{kept} samples of the first sound after the change");
        sim.finish();
    }
}

#[test]
fn the_last_of_several_sounds_is_the_one_that_stays() {
    let mut sim = movie();
    sim.platform.audio.decode_ms = 8.0;
    sim.play();
    sim.run(2_050.0);
    for source in [other_sound(), movie().audio.unwrap(), other_sound()] {
        sim.audio = Some(source);
        sim.player.track_changed(TrackKind::Audio);
        sim.advance();
        sim.run(10.0);
    }
    sim.run(1_000.0);
    let heard = sound(&sim, &[0]);
    let change = heard.iter().position(|&sample| sample > OTHER as f32).unwrap();
    assert_samples(&heard[change..], &samples(OTHER + change, heard.len() - change));
    // Nothing is left of it after a seek, nor at another rate.
    sim.audio = movie().audio;
    sim.player.track_changed(TrackKind::Audio);
    sim.advance();
    let written = sim.platform.written.len();
    sim.seek(1, ms(7_000));
    sim.run(500.0);
    let after = &sim.platform.written[written..];
    assert_eq!(after[0].samples[0], 7.0 * SAMPLE_RATE as f32 + 1.0);
    sim.finish();
}

#[test]
fn another_sound_that_is_late_or_not_there_is_waited_for() {
    let mut sim = movie();
    sim.play();
    sim.run(2_050.0);
    // Slower than it is played.
    sim.platform.audio.decode_ms = 40.0;
    sim.audio = Some(other_sound());
    sim.player.track_changed(TrackKind::Audio);
    sim.advance();
    sim.run(1_000.0);
    assert!(sim.clocks().count() > 1, "the clock stopped");
    sim.platform.audio.decode_ms = 0.5;
    sim.run(1_000.0);
    assert_eq!(sim.clock().rate, 1.0);
    // Of a track without data nothing will come.
    sim.audio = Some(Source::new(audio_frames(0, 10)));
    sim.player.track_changed(TrackKind::Audio);
    sim.advance();
    assert_eq!(sim.clock().rate, 0.0);
    sim.append_audio(audio_frames(10, TEN_SECONDS_OF_AAC - 10));
    sim.run(500.0);
    assert_eq!(sim.clock().rate, 1.0);
    let last = sim.platform.written.last().unwrap();
    assert!(last.samples[0] < OTHER as f32);
    sim.finish();
}
