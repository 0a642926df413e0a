//! Whole playbacks in simulated time.

mod failures;
mod holes;
mod inspection;
mod other_tracks;
mod seeks;
mod sound_edges;

use proptest::prelude::*;

use std::sync::Arc;

use super::gap_policy::Gaps;
use super::simulation::{
    AAC, SAMPLE_RATE, Simulation, Source, audio_config, audio_frames, audio_frames_of, ms, ticks,
    video_config, video_frames,
};
use crate::container::{DecoderConfig, TrackKind};
use crate::protocol::{Event, Statistics, Tolerance};
use crate::time::MediaTime;

/// AAC frames in ten seconds, and a little more.
const TEN_SECONDS_OF_AAC: i64 = 469;

fn video(count: i64) -> Source {
    Source::new(video_frames(0, count, 12, &video_config(100)))
}

/// Ten seconds of 30 frames a second with B-frames, and sound.
fn movie() -> Simulation {
    Simulation::new(
        Some(video(300)),
        Some(Source::new(audio_frames(0, TEN_SECONDS_OF_AAC))),
    )
}

/// All samples written, in order, after checking that every block but those in `seams` follows the one before in
/// sample-exact time.
fn sound(simulation: &Simulation, seams: &[usize]) -> Vec<f32> {
    let mut samples = Vec::new();
    let mut end = None;
    for (index, block) in simulation.platform.written.iter().enumerate() {
        assert_eq!(block.is_contiguous, !seams.contains(&index), "block {index}");
        if block.is_contiguous {
            let end: f64 = end.unwrap();
            assert!(
                (end - block.due).abs() < 0.01,
                "block {index} is due at {}, not {end}",
                block.due
            );
        }
        end = Some(block.due + block.samples.len() as f64 * 1_000.0 / f64::from(SAMPLE_RATE));
        samples.extend_from_slice(&block.samples);
    }
    samples
}

/// As `assert_eq!`, without printing a second of sound.
#[track_caller]
fn assert_samples(samples: &[f32], expected: &[f32]) {
    let same = samples.iter().zip(expected).take_while(|(a, b)| a == b).count();
    assert_eq!(
        (samples.get(same), expected.get(same)),
        (None, None),
        "sample {same} of {} and {}",
        samples.len(),
        expected.len()
    );
}

/// The samples `first..first + count`, which say so themselves.
fn samples(first: usize, count: usize) -> Vec<f32> {
    (first..first + count).map(|sample| (sample + 1) as f32).collect()
}

fn statistics(simulation: &Simulation) -> Statistics {
    let last = simulation.events.iter().rev().find_map(|(_, event)| match event {
        Event::Statistics(statistics) => Some(*statistics),
        _ => None,
    });
    last.unwrap()
}

/// Every frame of `first..` was shown within a millisecond of the time its number asks for, given when the clock ran.
fn assert_on_time(simulation: &Simulation, from: usize, started: f64, position: MediaTime) {
    for (at, number) in &simulation.platform.presented[from..] {
        let due = started + (ticks(*number, 30) - position).as_seconds() * 1_000.0;
        assert!(
            (at - due).abs() <= 1.0,
            "frame {number} came at {at}, {} ms off",
            at - due
        );
    }
}

#[test]
fn the_clock_waits_for_a_sink_that_is_being_started() {
    let mut sim = movie();
    sim.platform.is_sink_starting = true;
    sim.play();
    sim.run(500.0);
    assert_eq!(sim.ready(), [(0, MediaTime::ZERO)], "a position needs no sink");
    assert_eq!(sim.shown(), [0]);
    assert_eq!(sim.clocks().count(), 0);
    assert!(sim.platform.written.is_empty());

    sim.platform.is_sink_starting = false;
    sim.advance();
    let started = sim.now + sim.platform.latency;
    sim.run(1_000.0);
    assert_on_time(&sim, 1, started, MediaTime::ZERO);
    assert_eq!(sim.platform.written[0].due, started);
    assert_eq!(sim.platform.written[0].samples[0], 1.0, "the very first sample");

    // Pictures alone need none.
    let mut silent = Simulation::new(movie().video, None);
    silent.platform.is_sink_starting = true;
    silent.play();
    silent.run(200.0);
    assert_eq!(silent.clocks().count(), 1);
}

#[test]
fn a_timer_that_is_late_by_less_than_the_sink_holds_costs_no_sound() {
    let mut sim = movie();
    sim.platform.latency = 100.0;
    sim.timer_delay = 70.0;
    sim.play();
    sim.run(3_000.0);
    let heard = sound(&sim, &[0]);
    assert_samples(&heard, &samples(0, heard.len()));
    assert!(heard.len() > 100_000);
}

#[test]
fn a_movie_plays_frame_by_frame_and_sample_by_sample() {
    for (decode_ms, hold_back, latency) in [(3.0, 3, 50.0), (0.0, 1, 0.0), (25.0, 2, 80.0), (1.0, 16, 20.0)] {
        let mut sim = movie();
        sim.platform.video.decode_ms = decode_ms;
        sim.platform.video.hold_back = hold_back;
        sim.platform.latency = latency;
        sim.player.set_duration(Some(ticks(300, 30)));
        sim.end();
        sim.run(1_000.0);
        assert_eq!(sim.ready(), [(0, MediaTime::ZERO)]);
        assert_eq!(sim.shown(), [0]);
        assert_eq!(sim.clocks().count(), 0, "paused at 0, as it was made");

        sim.play();
        let started = sim.now + latency;
        sim.run(11_000.0);
        assert_eq!(sim.shown(), (0..300).collect::<Vec<_>>());
        assert_on_time(&sim, 1, started, MediaTime::ZERO);

        // To the sample at which the duration ends.
        assert_samples(&sound(&sim, &[0]), &samples(0, 480_000));
        for block in &sim.platform.written {
            let sample = f64::from(block.samples[0] - 1.0);
            let due = started + sample * 1_000.0 / f64::from(SAMPLE_RATE);
            assert!((block.due - due).abs() < 0.01, "sound and picture part");
            assert!(
                (block.due - latency - block.at).abs() <= 1.0,
                "written ahead by the latency"
            );
        }

        let clocks: Vec<_> = sim.clocks().collect();
        assert_eq!(clocks.len(), 2, "{clocks:?}");
        assert_eq!((clocks[0].1.rate, clocks[0].1.limit), (1.0, ticks(300, 30)));
        assert_eq!((clocks[1].1.rate, clocks[1].1.position), (0.0, ticks(300, 30)));
        assert!((clocks[1].0 - started - 10_000.0).abs() <= 1.0);
        assert_eq!(sim.count(&Event::PlaybackEnded), 1);
        let expected = Statistics {
            decoded_video_frames: 300,
            presented_video_frames: 300,
            dropped_video_frames: 0,
            video_decode_queue: 0,
            video_bytes: 300 * 8,
            audio_bytes: TEN_SECONDS_OF_AAC as u64 * 8,
        };
        assert_eq!(statistics(&sim), expected);
        assert_eq!((sim.platform.video.resets, sim.platform.audio.resets), (0, 0));
        assert_eq!((sim.platform.video.flushes, sim.platform.audio.flushes), (1, 1));
        sim.finish();
    }
}

#[test]
fn a_host_that_calls_late_loses_nothing() {
    let mut sim = movie();
    sim.timer_delay = 12.0;
    sim.end();
    sim.play();
    sim.run(11_000.0);
    assert_eq!(sim.shown(), (0..300).collect::<Vec<_>>());
    assert_eq!(sound(&sim, &[0]).len(), 480_256);
    sim.finish();
}

#[test]
fn play_before_any_data_waits_for_it() {
    let mut sim = Simulation::new(None, None);
    sim.play();
    sim.run(500.0);
    assert_eq!(sim.events, []);
    sim.append_video(video_frames(0, 30, 12, &video_config(100)));
    sim.audio = Some(Source::default());
    sim.player.track_changed(TrackKind::Audio);
    sim.advance();
    sim.run(500.0);
    assert_eq!(sim.ready(), [], "the sound is still missing");
    assert_eq!(sim.shown(), [0], "but its picture can be seen");
    sim.append_audio(audio_frames(0, 40));
    sim.run(500.0);
    assert_eq!(sim.ready(), [(0, MediaTime::ZERO)]);
    assert_eq!(sim.clock().limit, ticks(40 * AAC, SAMPLE_RATE));
    assert!(sim.position() > ms(300));
    sim.finish();
}

#[test]
fn one_kind_alone_is_enough() {
    let mut sim = Simulation::new(None, Some(Source::new(audio_frames(0, 100))));
    sim.end();
    sim.play();
    sim.run(3_000.0);
    assert_samples(&sound(&sim, &[0]), &samples(0, 100 * AAC as usize));
    assert_eq!(sim.count(&Event::PlaybackEnded), 1);
    sim.finish();

    let mut sim = Simulation::new(Some(video(30)), None);
    sim.end();
    sim.play();
    let started = sim.now;
    sim.run(2_000.0);
    assert_eq!(sim.shown(), (0..30).collect::<Vec<_>>());
    assert_on_time(
        &sim,
        2,
        started,
        sim.clocks()
            .next()
            .map(|(at, _)| ms((started - at) as i64))
            .unwrap(),
    );
    assert_eq!(sim.count(&Event::PlaybackEnded), 1);
    sim.finish();
}

#[test]
fn pause_and_play_lose_no_sound_and_no_picture() {
    let mut sim = movie();
    sim.play();
    sim.run(1_234.0);
    sim.pause();
    let (position, blocks) = (sim.position(), sim.platform.written.len());
    assert_eq!(sim.clock().rate, 0.0);
    sim.run(5_000.0);
    assert_eq!(sim.position(), position);
    assert_eq!(sim.platform.written.len(), blocks);
    sim.play();
    sim.run(2_000.0);
    let written = sound(&sim, &[0, blocks]);
    assert_samples(&written, &samples(0, written.len()));
    assert_eq!(sim.shown(), (0..sim.shown().len() as i64).collect::<Vec<_>>());
    assert_on_time(&sim, 60, sim.clock().at, sim.clock().position);
    sim.finish();
}

#[test]
fn starved_playback_stops_at_the_limit_and_resumes() {
    let mut sim = Simulation::new(Some(video(60)), Some(Source::new(audio_frames(0, 470))));
    sim.play();
    sim.run(5_000.0);
    assert_eq!((sim.clock().rate, sim.position()), (0.0, ticks(60, 30)));
    assert_eq!(sim.shown(), (0..60).collect::<Vec<_>>());
    let blocks = sim.platform.written.len();
    assert_eq!(
        sound(&sim, &[0]),
        samples(0, 96_000),
        "no sound beyond the last picture"
    );
    assert_eq!(sim.count(&Event::PlaybackEnded), 0);

    // A single frame is not worth starting for.
    let more = video_frames(60, 90, 12, &video_config(100));
    sim.append_video(more[..1].to_vec());
    sim.run(500.0);
    assert_eq!(sim.clock().rate, 0.0);
    sim.append_video(more[1..].to_vec());
    sim.run(500.0);
    assert!(sim.clock().rate > 0.0);
    let resumed = sim.clock();
    sim.end();
    sim.run(12_000.0);
    assert_eq!(sim.shown(), (0..150).collect::<Vec<_>>());
    assert_on_time(&sim, 62, resumed.at, resumed.position);
    assert_eq!(
        sound(&sim, &[0, blocks]),
        samples(0, 470 * AAC as usize),
        "the sound is the longer one"
    );
    assert_eq!(sim.count(&Event::PlaybackEnded), 1);
    assert_eq!(sim.position(), ticks(470 * AAC, SAMPLE_RATE));
    sim.finish();
}

#[test]
fn the_limit_grows_with_every_append() {
    let mut sim = Simulation::new(Some(video(30)), None);
    sim.play();
    sim.run(100.0);
    assert_eq!(sim.clock().limit, ticks(30, 30));
    let before = sim.clock();
    sim.append_video(video_frames(30, 30, 12, &video_config(100)));
    let after = sim.clock();
    assert_eq!(after.limit, ticks(60, 30));
    assert_eq!(
        (after.position, after.at),
        (before.position, before.at),
        "one straight line"
    );
    // And shrinks when data is removed.
    sim.video.as_mut().unwrap().replace_from(ticks(40, 30), vec![]);
    sim.advance();
    assert_eq!(sim.clock().limit, ticks(40, 30));
    sim.run(2_000.0);
    assert_eq!((sim.clock().rate, sim.position()), (0.0, ticks(40, 30)));
    sim.finish();
}

#[test]
fn playback_after_the_end_starts_again_by_a_seek() {
    let mut sim = movie();
    sim.player.set_duration(Some(ticks(300, 30)));
    sim.end();
    let end = ticks(300, 30);
    sim.seek(1, end);
    sim.run(500.0);
    assert_eq!(sim.ready(), [(1, end)]);
    assert_eq!(sim.shown(), [299], "the last picture stands");
    assert_eq!(sim.count(&Event::PlaybackEnded), 0, "paused");
    sim.play();
    assert_eq!(sim.count(&Event::PlaybackEnded), 1);
    sim.run(500.0);
    sim.seek(2, ms(9_500));
    sim.run(1_000.0);
    assert_eq!(sim.count(&Event::PlaybackEnded), 2);
    assert_eq!(sim.position(), end);
    assert_eq!(sim.shown()[1..], (285..300).collect::<Vec<_>>());
    // The source is reopened and goes on: so does playback.
    sim.player.set_ended(false);
    sim.player.set_duration(Some(ticks(330, 30)));
    sim.append_video(video_frames(300, 30, 12, &video_config(100)));
    sim.append_audio(audio_frames(TEN_SECONDS_OF_AAC, 48));
    sim.end();
    sim.run(2_000.0);
    assert_eq!(sim.shown()[1..], (285..330).collect::<Vec<_>>());
    assert_eq!(sim.count(&Event::PlaybackEnded), 3);
    sim.finish();
}

#[test]
fn a_track_that_is_over_is_not_waited_for() {
    // The sound ends after two seconds, the pictures after three.
    let mut sim = Simulation::new(Some(video(90)), Some(Source::new(audio_frames(0, 94))));
    sim.end();
    sim.play();
    sim.run(4_000.0);
    assert_eq!(sim.shown(), (0..90).collect::<Vec<_>>());
    assert_eq!(sim.position(), ticks(90, 30));
    sim.seek(1, ms(2_500));
    sim.run(100.0);
    assert_eq!(sim.ready().last(), Some(&(1, ms(2_500))));
    // The other way round: the last picture stands while the sound goes on.
    let mut sim = Simulation::new(Some(video(30)), Some(Source::new(audio_frames(0, 94))));
    sim.end();
    sim.seek(1, ms(1_500));
    sim.run(100.0);
    assert_eq!(sim.ready(), [(1, ms(1_500))]);
    assert_eq!(sim.shown(), [29]);
    sim.play();
    sim.run(2_000.0);
    assert_eq!(sim.count(&Event::PlaybackEnded), 1);
    assert_eq!(sim.shown(), [29]);
    sim.finish();
}

#[test]
fn a_live_edge_is_followed_fragment_by_fragment() {
    let config = video_config(100);
    let all = video_frames(0, 300, 30, &config);
    let mut sim = Simulation::new(None, None);
    sim.play();
    let mut sound = audio_frames(0, 480).into_iter().peekable();
    // A fragment of five frames every sixth of a second, in the middle of groups of thirty, half a second ahead.
    for (index, fragment) in all.chunks(5).enumerate() {
        sim.append_video(fragment.to_vec());
        let until = ticks(5 * (index as i64 + 1), 30);
        let mut frames = Vec::new();
        while let Some(frame) = sound.next_if(|frame| frame.presentation_timestamp < until) {
            frames.push(frame);
        }
        sim.append_audio(frames);
        if index >= 3 {
            sim.run(1_000.0 / 6.0);
        }
    }
    assert_eq!(
        sim.platform.video.flushes, 0,
        "far enough ahead, nothing is flushed"
    );
    sim.end();
    sim.run(2_000.0);
    assert_eq!(sim.shown(), (0..300).collect::<Vec<_>>());
    assert_eq!(statistics(&sim).dropped_video_frames, 0);
    assert_eq!((sim.platform.video.chunks, sim.platform.video.flushes), (300, 1));
    sim.finish();
}

#[test]
fn a_decoder_flushed_in_a_group_starts_the_group_again() {
    let config = video_config(100);
    let all = video_frames(0, 60, 60, &config);
    let mut sim = Simulation::new(Some(Source::new(all[..10].to_vec())), None);
    sim.play();
    sim.run(1_000.0);
    // Frame 9 is the anchor of 7 and 8; all ten are out, so the decoder was flushed.
    assert_eq!(sim.shown(), (0..10).collect::<Vec<_>>());
    assert_eq!(sim.platform.video.flushes, 1);
    sim.append_video(all[10..40].to_vec());
    sim.run(2_000.0);
    sim.append_video(all[40..].to_vec());
    sim.run(2_000.0);
    assert_eq!(sim.shown(), (0..60).collect::<Vec<_>>());
    assert_eq!(
        statistics(&sim).dropped_video_frames,
        0,
        "what was shown before is not counted"
    );
    sim.finish();
}

#[test]
fn the_configuration_changes_with_the_stream() {
    let mut sim = Simulation::new(Some(video(24)), None);
    sim.append_video(video_frames(24, 24, 12, &video_config(200)));
    // The same configuration from another initialization segment changes nothing.
    sim.append_video(video_frames(48, 24, 12, &video_config(200)));
    sim.end();
    sim.play();
    sim.run(3_000.0);
    assert_eq!(sim.shown(), (0..72).collect::<Vec<_>>());
    assert_eq!((sim.platform.video.configures, sim.platform.video.resets), (2, 0));
    let resized: Vec<_> = sim
        .events
        .iter()
        .filter(|(_, event)| matches!(event, Event::VideoResized { .. }))
        .collect();
    let size = |width| Event::VideoResized { width, height: 100 };
    assert_eq!(resized.len(), 2);
    assert_eq!((&resized[0].1, &resized[1].1), (&size(100), &size(200)));
    let (shown_at, _) = sim.platform.presented[24];
    assert_eq!(resized[1].0, shown_at, "with the first picture of that size");
    sim.finish();
}

#[test]
fn the_end_waits_for_the_last_picture_however_short() {
    let mut sim = Simulation::new(Some(video(24)), None);
    let mut last = video_frames(24, 1, 12, &video_config(200));
    last[0].presentation_end = last[0].presentation_timestamp + MediaTime::from_micros(2);
    sim.play();
    sim.run(500.0);
    // It comes in the last moment, and late out of its decoder.
    sim.platform.video.decode_ms = 400.0;
    sim.append_video(last);
    sim.end();
    sim.run(3_000.0);
    assert_eq!(sim.shown().last(), Some(&24));
    let at = |wanted: &Event| sim.events.iter().position(|(_, event)| event == wanted);
    let resized = at(&Event::VideoResized {
        width: 200,
        height: 100,
    });
    assert!(resized.is_some() && resized < at(&Event::PlaybackEnded));
    sim.finish();
}

#[test]
fn frames_replaced_under_the_cursor_are_resumed_by_time() {
    let mut sim = Simulation::new(Some(video(300)), None);
    sim.play();
    sim.run(1_010.0);
    // Another quality from 1.0 s on, before what the decoder has already.
    let other = video_frames(24, 276, 12, &video_config(200));
    sim.video.as_mut().unwrap().replace_from(ticks(24, 30), other);
    sim.advance();
    sim.run(3_000.0);
    let shown = sim.shown();
    assert_eq!(shown, (0..shown.len() as i64).collect::<Vec<_>>());
    assert!(shown.len() > 115);
    assert_eq!(sim.platform.video.configures, 2);
    sim.finish();
}

#[test]
fn late_pictures_are_skipped_and_a_late_decoder_waited_for() {
    // The worker is kept busy for a sixth of a second: pictures are lost, the clock is not.
    let mut sim = movie();
    sim.play();
    sim.run(1_000.0);
    sim.now += 166.0;
    sim.run(1_000.0);
    let shown = sim.shown();
    let dropped = statistics(&sim).dropped_video_frames;
    assert!((3..=5).contains(&dropped), "{dropped}");
    assert_eq!(shown.len() as i64 + i64::from(dropped), shown.last().unwrap() + 1);
    assert!(shown.is_sorted_by(|a, b| a < b));
    // Then the decoder hangs a while: what comes late is shown late, still without a stop.
    sim.platform.video.decode_ms = 400.0;
    sim.run(100.0);
    sim.platform.video.decode_ms = 3.0;
    sim.run(3_000.0);
    assert_eq!(sim.clocks().count(), 1);
    assert_eq!(statistics(&sim).dropped_video_frames, dropped);
    assert_on_time(&sim, sim.shown().len() - 60, sim.clock().at, sim.clock().position);
    sim.finish();

    // Slower than real time: the clock waits again and again, and sound with it.
    let mut sim = movie();
    sim.platform.video.decode_ms = 100.0;
    sim.end();
    sim.play();
    sim.run(60_000.0);
    assert_eq!(sim.count(&Event::PlaybackEnded), 1);
    assert!(sim.clocks().count() > 4);
    let shown = sim.shown();
    assert!(shown.is_sorted_by(|a, b| a < b));
    assert!(shown.len() > 40, "{}", shown.len());
    sim.finish();
}

#[test]
fn a_long_pause_of_the_host_skips_what_has_passed() {
    let mut sim = movie();
    sim.play();
    sim.run(1_000.0);
    let chunks = sim.platform.video.chunks;
    sim.now += 5_000.0;
    sim.run(200.0);
    assert!(sim.clock().rate > 0.0, "goes on after a moment");
    let position = sim.position();
    assert!(position > ms(5_900));
    let shown = *sim.shown().last().unwrap();
    assert!(
        (ticks(shown, 30) - position) > -ms(40),
        "frame {shown} at {position:?}"
    );
    assert!(sim.platform.video.chunks - chunks < 60, "150 frames have passed");
    sim.finish();
}

#[test]
fn the_rate_scales_pictures_and_sound() {
    for (rate, preserves_pitch) in [
        (2.0, true),
        (2.0, false),
        (0.5, true),
        (0.5, false),
        (1.25, true),
        (8.0, true),
    ] {
        let mut sim = movie();
        sim.player.set_playback_rate(rate, preserves_pitch);
        sim.end();
        sim.play();
        sim.run(1_000.0);
        let start = sim.clock();
        assert_eq!(start.rate, rate);
        sim.run(20_000.0);
        assert_eq!(sim.count(&Event::PlaybackEnded), 1);
        if rate < 2.0 {
            assert_eq!(sim.shown(), (0..300).collect::<Vec<_>>());
        }
        let mut wall = 0.0;
        for (index, block) in sim.platform.written.iter().enumerate() {
            assert_eq!(block.is_contiguous, index > 0);
            assert!(
                (block.due - start.at - wall).abs() < 0.1,
                "block {index} of rate {rate}"
            );
            wall += block.samples.len() as f64 * 1_000.0 / f64::from(SAMPLE_RATE);
        }
        let expected = 10_005.3 / rate;
        assert!(
            (wall - expected).abs() < 100.0,
            "{wall} ms of sound at rate {rate}"
        );
        let is_silent = sim
            .platform
            .written
            .iter()
            .all(|block| block.samples.iter().all(|&sample| sample == 0.0));
        assert_eq!(is_silent, rate > 4.0);
        sim.finish();
    }
}

#[test]
fn the_rate_changes_on_the_way_and_zero_holds() {
    let mut sim = movie();
    sim.play();
    sim.run(1_050.0);
    sim.player.set_playback_rate(2.0, true);
    sim.advance();
    assert_eq!(sim.clock().rate, 2.0);
    let position = sim.position();
    assert!(position > ms(980) && position < ms(1_000), "{position:?}");
    sim.run(1_000.0);
    let position = position + ms(2_000);
    assert_eq!(sim.position(), position);
    sim.player.set_playback_rate(0.0, true);
    sim.advance();
    let blocks = sim.platform.written.len();
    sim.run(1_000.0);
    assert_eq!((sim.clock().rate, sim.position()), (0.0, position));
    assert_eq!(sim.platform.written.len(), blocks);
    sim.player.set_playback_rate(f64::NAN, true);
    sim.advance();
    assert_eq!(sim.clock().rate, 0.0);
    sim.player.set_playback_rate(1.0, true);
    sim.advance();
    sim.run(1_000.0);
    assert!(sim.position() > ms(3_900));
    sim.finish();
}

/// Ten seconds of sound whose samples say that they are of another track: a million higher.
const OTHER: usize = 1_000_000;

#[test]
fn an_hour_in_time_whatever_the_timers_do() {
    const SECONDS: i64 = 3_600;
    let mut sim = Simulation::long(SECONDS);
    let per_ms = f64::from(SAMPLE_RATE / sim.platform.decimation) / 1_000.0;
    sim.platform.latency = 100.0;
    sim.end();
    sim.run(100.0);
    sim.platform.presented.clear();
    sim.play();
    let started = sim.now + sim.platform.latency;
    let (mut next, mut end) = (1, started);
    for second in 0..=SECONDS {
        // Less than half a frame late, and now and then by more.
        let delay = if second % 600 == 599 {
            80.0
        } else {
            (second * 7 % 16) as f64
        };
        let before = std::mem::replace(&mut sim.timer_delay, delay);
        let latest = before.max(delay) + 1.0;
        sim.run(1_000.0);
        for (at, number) in sim.platform.presented.drain(..) {
            let late = at - started - ticks(number, 30).as_seconds() * 1_000.0;
            assert!(
                (-1.0..=latest).contains(&late),
                "frame {number} is {late} ms late"
            );
            assert!(
                number == next || latest > 33.0,
                "frame {number} instead of {next}"
            );
            next = number + 1;
        }
        for block in sim.platform.written.drain(..) {
            assert!(
                (block.due - end).abs() < 0.01,
                "the sound has a hole of {} ms",
                block.due - end
            );
            let due = started + f64::from(block.samples[0] - 1.0) / per_ms;
            assert!(
                (block.due - due).abs() < 0.01,
                "the sound is {} ms off",
                block.due - due
            );
            assert!(
                block.at <= block.due,
                "it comes {} ms too late",
                block.at - block.due
            );
            end = block.due + block.samples.len() as f64 / per_ms;
        }
    }
    assert_eq!(next, SECONDS * 30);
    assert!(end - started >= SECONDS as f64 * 1_000.0);
    assert_eq!(sim.count(&Event::PlaybackEnded), 1);
}

#[test]
fn statistics_come_a_few_times_a_second() {
    let mut sim = movie();
    sim.play();
    sim.run(5_000.0);
    let reports: Vec<_> = sim
        .events
        .iter()
        .filter(|(_, event)| matches!(event, Event::Statistics(_)))
        .map(|(at, _)| *at)
        .collect();
    assert!((15..=23).contains(&reports.len()), "{}", reports.len());
    sim.pause();
    assert_eq!(
        statistics(&sim).presented_video_frames as usize,
        sim.shown().len(),
        "exact when it stops"
    );
    sim.finish();
}

#[derive(Clone, Debug)]
enum Action {
    Run(f64),
    Play,
    Pause,
    Seek(i64),
    AppendVideo,
    AppendAudio,
    ReplaceVideo(i64),
    End(bool),
    Rate(f64),
    TracksChanged,
    Slow(f64),
}

fn any_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => (0.0..1_500.0f64).prop_map(Action::Run),
        2 => Just(Action::Play),
        1 => Just(Action::Pause),
        3 => (0i64..9_000).prop_map(Action::Seek),
        3 => Just(Action::AppendVideo),
        3 => Just(Action::AppendAudio),
        1 => (0i64..200).prop_map(Action::ReplaceVideo),
        1 => any::<bool>().prop_map(Action::End),
        1 => prop_oneof![Just(0.0), Just(0.5), Just(1.0), Just(3.0)].prop_map(Action::Rate),
        1 => Just(Action::TracksChanged),
        1 => prop_oneof![Just(0.0), Just(3.0), Just(40.0)].prop_map(Action::Slow),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever happens: pictures come in order between jumps, every one is given back once, chunks obey the decoder's
    /// rules, and the clock never runs past its limit or backwards (the simulation checks what is not seen here).
    #[test]
    fn nothing_is_out_of_order_and_nothing_leaks(
        hold_back in 1usize..5,
        group in 1i64..40,
        actions in prop::collection::vec(any_action(), 1..40),
    ) {
        let mut sim = Simulation::new(None, None);
        sim.platform.video.hold_back = hold_back;
        let mut frames = video_frames(0, 300, group, &video_config(100));
        let (mut next_video, mut next_audio, mut token) = (0, 0, 0);
        for action in actions {
            let shown = sim.shown().len();
            let position = sim.position();
            let mut is_jump = false;
            match action.clone() {
                Action::Run(duration) => sim.run(duration),
                Action::Play => sim.play(),
                Action::Pause => sim.pause(),
                Action::Seek(to) => {
                    token += 1;
                    is_jump = true;
                    sim.seek(token, ms(to));
                }
                // An append opens an ended source again.
                Action::AppendVideo => {
                    sim.player.set_ended(false);
                    let end = (next_video + 37).min(frames.len());
                    sim.append_video(frames[next_video..end].to_vec());
                    next_video = end;
                }
                Action::AppendAudio => {
                    sim.player.set_ended(false);
                    sim.append_audio(audio_frames(next_audio, 60));
                    next_audio += 60;
                }
                Action::ReplaceVideo(first) => {
                    // From a random access point on, the stream comes in another quality.
                    let first = (first / group * group) as usize;
                    if let Some(source) = &mut sim.video
                        && first < next_video
                    {
                        frames = video_frames(0, 300, group, &video_config(first as u32 + 1));
                        source.replace_from(ticks(first as i64, 30), frames[first..next_video].to_vec());
                    }
                    sim.advance();
                }
                Action::End(ended) => {
                    sim.player.set_ended(ended);
                    sim.advance();
                }
                Action::Rate(rate) => {
                    sim.player.set_playback_rate(rate, true);
                    sim.advance();
                }
                Action::TracksChanged => {
                    is_jump = true;
                    sim.player.track_changed(TrackKind::Video);
                    sim.player.track_changed(TrackKind::Audio);
                    sim.advance();
                }
                Action::Slow(decode_ms) => sim.platform.video.decode_ms = decode_ms,
            }
            let new = &sim.shown()[shown..];
            prop_assert!(new.is_sorted_by(|a, b| a < b), "{:?} showed {:?}", action, new);
            if !is_jump && !matches!(action, Action::End(_)) {
                prop_assert!(sim.position() >= position, "{:?} went back", action);
            }
            prop_assert!(sim.clock().limit >= sim.clock().position);
        }
        // With all data there and nothing in the way, it plays to the end from wherever it stands.
        let ended = sim.count(&Event::PlaybackEnded);
        sim.player.set_ended(false);
        sim.platform.video.decode_ms = 3.0;
        sim.append_video(frames[next_video..].to_vec());
        sim.append_audio(audio_frames(next_audio, (469 - next_audio).max(0)));
        sim.end();
        sim.player.set_playback_rate(1.0, true);
        sim.play();
        sim.run(45_000.0);
        prop_assert!(sim.count(&Event::PlaybackEnded) > ended, "stuck: {:?}", sim.clock());
        let last_answer = sim.ready().last().map(|(token, _)| *token);
        prop_assert_eq!(last_answer, Some(token));
        prop_assert_eq!(sim.shown().last().copied(), Some(299));
        sim.finish();
    }
}
