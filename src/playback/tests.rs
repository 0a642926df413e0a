//! Whole playbacks in simulated time.

mod inspection;

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
fn a_paused_seek_shows_exactly_the_frame_of_its_time() {
    let mut sim = movie();
    sim.run(500.0);
    // A linear congruential walk over the movie, both ways, to the nanosecond.
    let mut state = 12_345u64;
    for token in 1..=200 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let target = MediaTime::from_nanos((state >> 33) as i64 % 10_000_000_000);
        sim.seek(token, target);
        sim.run(400.0);
        assert_eq!(sim.ready().last(), Some(&(token, target)));
        let expected = (0..300).rfind(|&number| ticks(number, 30) <= target).unwrap();
        assert_eq!(sim.shown().last(), Some(&expected), "at {target:?}");
    }
    assert_eq!(sim.platform.written.len(), 0, "paused is silent");
    assert_eq!(statistics(&sim).dropped_video_frames, 0);
    sim.finish();
}

#[test]
fn a_seek_to_a_boundary_shows_the_frame_that_begins_there() {
    let mut sim = movie();
    for (token, number) in [(1, 7), (2, 8), (3, 6), (4, 12), (5, 11), (6, 299), (7, 0)] {
        sim.seek(token, ticks(number, 30));
        sim.run(400.0);
        assert_eq!(sim.shown().last(), Some(&number));
        sim.seek(
            token + 100,
            ticks(number, 30) - MediaTime::from_nanos(1) + ticks(1, 30),
        );
        sim.run(400.0);
        assert_eq!(sim.shown().last(), Some(&number));
    }
    sim.finish();
}

#[test]
fn a_seek_while_playing_goes_on_from_there() {
    let mut sim = movie();
    sim.play();
    sim.run(2_000.0);
    let (shown, blocks) = (sim.shown().len(), sim.platform.written.len());
    // Not on a frame's start, nor on a sample's.
    let target = ms(7_777);
    sim.seek(1, target);
    assert_eq!(sim.clock().rate, 0.0);
    assert_eq!(sim.position(), target);
    sim.run(1_500.0);
    assert_eq!(sim.ready().last(), Some(&(1, target)));
    assert_eq!(sim.shown()[shown], 233);
    let started = sim.clock().at;
    assert_eq!(sim.clock().position, target);
    assert_on_time(&sim, shown + 1, started, target);
    let first = (7.777 * 48_000.0f64) as usize;
    let written = sound(&sim, &[0, blocks]);
    let before: usize = sim.platform.written[..blocks]
        .iter()
        .map(|block| block.samples.len())
        .sum();
    assert_samples(&written[before..], &samples(first, written.len() - before));
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
fn a_seek_ahead_in_the_same_group_resets_nothing() {
    let mut sim = Simulation::new(
        Some(Source::new(video_frames(0, 300, 300, &video_config(100)))),
        None,
    );
    sim.run(500.0);
    for (token, number) in [(1, 3), (2, 4), (3, 60), (4, 250)] {
        sim.seek(token, ticks(number, 30));
        sim.run(1_500.0);
        assert_eq!(sim.shown().last(), Some(&number));
    }
    // Seeking back to where it stands needs nothing either.
    sim.seek(5, ticks(250, 30) + ms(1));
    sim.run(100.0);
    assert_eq!(sim.ready().len(), 6);
    assert_eq!((sim.platform.video.resets, sim.platform.video.configures), (0, 1));
    assert!(sim.platform.video.chunks <= 290, "every frame was decoded once");
    sim.seek(6, ticks(249, 30));
    sim.run(1_500.0);
    assert_eq!(sim.shown().last(), Some(&249));
    assert_eq!(
        (sim.platform.video.resets, sim.platform.video.configures),
        (0, 1),
        "nor does a seek back"
    );
    sim.finish();
}

#[test]
fn a_paused_page_has_its_next_pictures_and_no_more_than_fit() {
    // Columns of 100 pixels, and how many pictures are decoded or on their way.
    for (width, ahead) in [(100, 32), (9_216, 18), (100_000, 10)] {
        let source = Source::new(video_frames(0, 300, 300, &video_config(width)));
        let mut sim = Simulation::new(Some(source), None);
        sim.seek(1, ticks(30, 30));
        sim.run(1_000.0);
        let waiting = sim.platform.pictures.len();
        assert_eq!(waiting + sim.platform.video.hold_back, ahead, "{width}");
        let chunks = sim.platform.video.chunks;
        sim.run(10_000.0);
        assert_eq!(sim.platform.video.chunks, chunks, "{width}: it stays at that");
        let last = 30 + waiting as i64;
        sim.seek(2, ticks(last, 30));
        assert_eq!(
            sim.ready().last(),
            Some(&(2, ticks(last, 30))),
            "{width}: at once"
        );
        assert_eq!(sim.shown().last(), Some(&last));
        sim.run(1_000.0);
        assert_eq!(sim.platform.pictures.len(), waiting, "{width}: and the next ones");
        sim.seek(3, ticks(200, 30));
        sim.run(1_000.0);
        assert_eq!(
            sim.platform.pictures.len(),
            waiting,
            "{width}: of elsewhere, none is left"
        );
        sim.finish();
    }
}

#[test]
fn a_seek_resets_a_decoder_only_where_the_order_of_its_pictures_would_suffer() {
    // Of H.264: the NAL unit that stands before the frames' numbers, and how many resets the seeks cost.
    for (key, expected) in [(0x65, 0), (0x41, 3)] {
        let config = Arc::new(DecoderConfig {
            codec: "avc1.64001f".into(),
            description: Some(vec![1, 0x64, 0, 0x1f, 0xfc]),
            ..(*video_config(1)).clone()
        });
        let mut frames = video_frames(0, 120, 2, &config);
        for frame in &mut frames {
            let number = i64::from_le_bytes((*frame.data).try_into().unwrap());
            let nal_unit = if frame.is_random_access_point { key } else { 0x41 };
            frame.data = Arc::from((number << 16 | nal_unit << 8 | 7).to_le_bytes());
        }
        let mut sim = Simulation::new(Some(Source::new(frames)), None);
        // What a decoder has given out counts as well as what it holds.
        sim.platform.video.hold_back = 0;
        sim.run(500.0);
        for (token, number) in [(1, 100), (2, 10), (3, 50)] {
            sim.seek(token, ticks(number, 30));
            sim.run(500.0);
            assert_eq!(sim.shown().last().map(|number| number >> 16), Some(number));
        }
        let resets = sim.platform.video.resets;
        assert_eq!(resets, expected, "{key:x}");
        assert_eq!(sim.platform.video.configures, 1 + expected);
        sim.finish();
    }
}

#[test]
fn what_comes_out_after_a_seek_and_was_asked_for_before_is_neither_seen_nor_heard() {
    let mut sim = movie();
    sim.run(500.0);
    let shown = sim.shown().len();
    // Both decoders are at work for the first, and for the same pictures, when the second comes.
    sim.platform.audio.decode_ms = 3.0;
    sim.seek(1, ticks(47, 30));
    sim.run(7.0);
    sim.seek(2, ticks(41, 30));
    sim.run(500.0);
    assert_eq!(sim.shown()[shown..], [41]);
    assert_eq!((sim.platform.video.resets, sim.platform.audio.resets), (0, 0));
    sim.play();
    sim.run(500.0);
    let first = (SAMPLE_RATE * 41 / 30) as usize;
    let written = sound(&sim, &[0]);
    assert_samples(&written, &samples(first, written.len()));
    assert!(!written.is_empty());
    assert_eq!(
        sim.shown()[shown..shown + 9],
        [41, 42, 43, 44, 45, 46, 47, 48, 49]
    );
    sim.finish();
}

#[test]
fn a_paused_seek_is_answered_before_its_sound_is_decoded() {
    let mut sim = movie();
    sim.platform.audio.decode_ms = 1_000.0;
    sim.run(10_000.0);
    sim.seek(1, ms(5_000));
    sim.run(500.0);
    assert_eq!(sim.ready().len(), 2);
    sim.play();
    sim.run(500.0);
    assert_eq!(sim.clock().rate, 0.0, "the clock waits for sound");
    sim.run(20_000.0);
    assert!(sim.clocks().any(|(_, clock)| clock.rate > 0.0));
    // Where there is none to decode, it is waited for.
    let mut silent = Simulation::new(Some(video(300)), Some(Source::new(audio_frames(0, 47))));
    silent.run(500.0);
    silent.seek(1, ms(5_000));
    silent.run(500.0);
    assert_eq!(silent.ready().len(), 1);
    silent.append_audio(audio_frames(48, 400));
    silent.run(500.0);
    assert_eq!(silent.ready().len(), 2);
}

#[test]
fn on_the_way_to_a_seek_only_what_others_refer_to_is_decoded() {
    // The pictures between anchors say that nothing refers to them. Their numbers stand behind two bytes.
    let config = Arc::new(DecoderConfig {
        codec: "avc1.64001f".into(),
        description: Some(vec![1, 0x64, 0, 0x1f, 0xfc]),
        ..(*video_config(1)).clone()
    });
    let mut frames = video_frames(0, 60, 60, &config);
    for frame in &mut frames {
        let number = i64::from_le_bytes((*frame.data).try_into().unwrap());
        let is_between = number % 3 != 0;
        let nal_unit = if is_between { 0x01 } else { 0x41 };
        frame.data = Arc::from((number << 16 | nal_unit << 8 | 7).to_le_bytes());
    }
    let mut sim = Simulation::new(Some(Source::new(frames)), None);
    sim.run(500.0);
    let before = sim.platform.video.chunks;
    // 40 is one of those between.
    sim.seek(1, ticks(40, 30));
    sim.run(500.0);
    let shown = |sim: &Simulation| sim.shown().iter().map(|number| number >> 16).collect::<Vec<_>>();
    assert_eq!(shown(&sim), [0, 40]);
    assert_eq!(sim.platform.video.resets, 0);
    let decoded = sim.platform.video.chunks - before;
    assert!(decoded <= 40 / 3 + 14, "{decoded} decoded for picture 40");
    // What comes after it is not passed over.
    sim.end();
    sim.play();
    sim.run(2_000.0);
    let expected: Vec<i64> = [0].into_iter().chain(40..60).collect();
    assert_eq!(shown(&sim), expected);
    sim.finish();
}

#[test]
fn only_the_last_of_several_seeks_is_answered() {
    let mut sim = movie();
    sim.run(500.0);
    sim.seek(1, ms(5_000));
    sim.run(4.0);
    sim.seek(2, ms(2_000));
    sim.run(1.0);
    sim.seek(3, ms(8_000));
    sim.player.seek(4, ms(3_000));
    sim.player.seek(5, ms(4_000));
    sim.advance();
    sim.run(1_000.0);
    assert_eq!(sim.ready(), [(0, MediaTime::ZERO), (5, ms(4_000))]);
    assert_eq!(sim.shown(), [0, 120]);
    sim.finish();
}

#[test]
fn a_seek_outside_the_buffer_waits_for_data() {
    let mut sim = movie();
    sim.play();
    sim.run(1_000.0);
    sim.seek(1, ms(20_000));
    sim.run(3_000.0);
    assert_eq!(sim.ready().len(), 1);
    assert_eq!((sim.clock().rate, sim.position()), (0.0, ms(20_000)));
    sim.append_video(video_frames(600, 60, 12, &video_config(100)));
    sim.run(100.0);
    assert_eq!(sim.ready().len(), 1, "the sound is missing");
    sim.append_audio(audio_frames(937, 95));
    sim.run(1_000.0);
    assert_eq!(sim.ready().last(), Some(&(1, ms(20_000))));
    assert!(sim.clock().rate > 0.0);
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
fn a_seek_to_the_end_waits_for_the_source_to_end() {
    let mut sim = movie();
    sim.seek(1, ms(11_000));
    sim.run(500.0);
    assert_eq!(sim.ready(), []);
    sim.end();
    sim.run(500.0);
    let end = ticks(TEN_SECONDS_OF_AAC * AAC, SAMPLE_RATE);
    assert_eq!(sim.ready(), [(1, end)]);
    assert_eq!(sim.shown(), [299]);
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
fn small_holes_are_passed_in_silence_with_the_picture_standing() {
    // Pictures are missing from 1.0 to 1.4, sound (in whole frames) from 46 to 66: 0.981 to 1.408.
    let mut sim = Simulation::new(Some(video(30)), Some(Source::new(audio_frames(0, 46))));
    sim.append_video(video_frames(42, 30, 12, &video_config(100)));
    sim.append_audio(audio_frames(66, 50));
    sim.end();
    sim.play();
    sim.run(4_000.0);
    assert_eq!(sim.shown(), (0..30).chain(42..72).collect::<Vec<_>>());
    let clocks: Vec<_> = sim.clocks().collect();
    assert_eq!(clocks.len(), 2, "no stall: {clocks:?}");
    let started = clocks[0].1;
    assert_on_time(&sim, 1, started.at, started.position);
    let (frame, first) = (AAC as usize, started.position);
    assert_eq!(first, MediaTime::ZERO);
    let mut expected = samples(0, 46 * frame);
    expected.extend(vec![0.0; 20 * frame]);
    expected.extend(samples(66 * frame, 50 * frame));
    assert_samples(&sound(&sim, &[0]), &expected);
    sim.finish();

    // A hole too long stalls until it is filled.
    let mut sim = Simulation::new(Some(video(30)), None);
    sim.append_video(video_frames(60, 30, 12, &video_config(100)));
    sim.play();
    sim.run(3_000.0);
    assert_eq!(sim.position(), ticks(30, 30));
    sim.append_video(video_frames(30, 30, 12, &video_config(100)));
    sim.run(3_000.0);
    assert_eq!(sim.shown(), (0..90).collect::<Vec<_>>());
    sim.finish();
}

#[test]
fn sound_after_a_hole_is_in_time_whatever_a_decoder_counts() {
    for is_counting in [false, true] {
        let mut sim = Simulation::new(None, Some(Source::new(audio_frames(0, 20))));
        sim.platform.audio.is_counting = is_counting;
        sim.append_audio(audio_frames(30, 20));
        sim.end();
        sim.play();
        sim.run(2_000.0);
        let frame = AAC as usize;
        let mut expected = samples(0, 20 * frame);
        expected.extend(vec![0.0; 10 * frame]);
        expected.extend(samples(30 * frame, 20 * frame));
        assert_samples(&sound(&sim, &[0]), &expected);
        sim.finish();
    }
}

/// Files that begin with the delay of their encoder and end with its padding follow each other to the sample. What is
/// decoded of the second begins before the first is over.
#[test]
fn gapless_files_touch() {
    for is_counting in [false, true] {
        let mut frames = audio_frames(0, 10);
        let samples_of = |count| ticks(count, SAMPLE_RATE);
        let end = samples_of(9 * AAC + 600);
        let last = frames.last_mut().unwrap();
        (last.presentation_end, last.trim_end) = (end, samples_of(AAC - 600));
        // Nothing of the first frame is heard, and the first hundred samples of the second are not.
        for (index, mut frame) in audio_frames(100, 12).into_iter().enumerate() {
            let index = index as i64;
            frame.trim_start = samples_of([AAC, 100].get(index as usize).copied().unwrap_or(0));
            frame.presentation_timestamp = end + samples_of(((index - 1) * AAC - 100).max(0));
            frame.presentation_end = end + samples_of((index * AAC - 100).max(0));
            frame.is_random_access_point = index != 1;
            frames.push(frame);
        }
        let mut sim = Simulation::new(None, Some(Source::new(frames)));
        sim.platform.audio.is_counting = is_counting;
        sim.end();
        sim.play();
        sim.run(1_500.0);
        let mut expected = samples(0, 9 * AAC as usize + 600);
        expected.extend(samples(101 * AAC as usize + 100, 11 * AAC as usize - 100));
        assert_samples(&sound(&sim, &[0]), &expected);
        sim.finish();
    }
}

#[test]
fn holes_between_any_two_frames_do_no_harm() {
    // A container of milliseconds: every frame ends a little before the next.
    let mut frames = video_frames(0, 120, 60, &video_config(100));
    for frame in &mut frames {
        frame.presentation_end = frame.presentation_timestamp + ms(32);
    }
    let mut sim = Simulation::new(Some(Source::new(frames)), None);
    sim.run(500.0);
    for (token, number) in [(1, 30), (2, 95), (3, 7)] {
        // In the hole after a frame, the next one is shown.
        sim.seek(token, ticks(number, 30) - ms(1));
        sim.run(1_000.0);
        assert_eq!(sim.shown().last(), Some(&number));
    }
    sim.end();
    sim.play();
    let shown = sim.shown().len();
    sim.run(5_000.0);
    assert_eq!(sim.shown()[shown..], (8..120).collect::<Vec<_>>());
    assert_eq!(sim.count(&Event::PlaybackEnded), 1);
    // A slow decoder is waited for as well.
    sim.platform.video.decode_ms = 150.0;
    sim.seek(4, ms(100));
    sim.run(30_000.0);
    assert_eq!(sim.count(&Event::PlaybackEnded), 2);
    assert!(sim.clocks().count() > 10);
    sim.finish();
}

#[test]
fn a_stream_that_starts_late_plays_from_zero() {
    let config = video_config(100);
    let mut sim = Simulation::new(Some(Source::new(video_frames(15, 30, 12, &config))), None);
    sim.run(200.0);
    assert_eq!(sim.ready(), [(0, MediaTime::ZERO)]);
    assert_eq!(sim.shown(), [15], "the first picture stands in");
    sim.play();
    let started = sim.now;
    sim.run(1_000.0);
    assert_on_time(&sim, 1, started, MediaTime::ZERO);
    sim.finish();

    let mut sim = Simulation::new(Some(Source::new(video_frames(31, 30, 12, &config))), None);
    sim.run(200.0);
    assert_eq!(sim.ready(), [], "more than a second is waited for");
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
fn a_seek_to_where_it_stands_shows_what_was_appended_there_since() {
    let mut sim = Simulation::new(Some(video(60)), None);
    sim.seek(1, ms(1_000));
    sim.run(500.0);
    let chunks = sim.platform.video.chunks;
    sim.seek(2, ms(1_000));
    sim.run(500.0);
    assert_eq!(
        (sim.shown(), sim.platform.video.chunks),
        (vec![30], chunks),
        "nothing to do"
    );
    let other = video_frames(24, 36, 12, &video_config(200));
    sim.video.as_mut().unwrap().replace_from(ticks(24, 30), other);
    sim.advance();
    sim.seek(3, ms(1_000));
    sim.run(500.0);
    assert_eq!(sim.shown(), [30, 30]);
    assert_eq!(
        sim.count(&Event::VideoResized {
            width: 200,
            height: 100
        }),
        1
    );
    sim.finish();
}

#[test]
fn sound_is_decoded_from_a_little_before_a_seek() {
    let mut sim = Simulation::new(None, Some(Source::new(audio_frames(0, 200))));
    sim.run(100.0);
    let chunks = sim.platform.audio.chunks;
    sim.seek(1, ticks(150 * AAC, SAMPLE_RATE));
    sim.run(100.0);
    // Frames begin every 21.3 ms: 80 ms before is in the fourth before. Then 400 ms ahead.
    assert_eq!(sim.platform.audio.chunks - chunks, 4 + 19);
    sim.play();
    sim.run(100.0);
    let written = sound(&sim, &[0]);
    assert_samples(&written, &samples(150 * AAC as usize, written.len()));
    sim.finish();
}

/// A decoder that is silent for the first packet loses none but the very first: not after a seek, nor where the data runs
/// out and goes on.
#[test]
fn the_first_packet_of_vorbis_is_silent() {
    let vorbis = Arc::new(DecoderConfig {
        codec: "vorbis".into(),
        ..(*audio_config()).clone()
    });
    let frames = |first, count| audio_frames_of(&vorbis, first, count);
    let mut sim = Simulation::new(None, Some(Source::new(frames(0, 50))));
    sim.platform.audio.is_first_silent = true;
    sim.play();
    sim.run(1_500.0);
    let first = AAC as usize;
    assert_samples(&sound(&sim, &[0]), &samples(first, 49 * first));
    let blocks = sim.platform.written.len();

    sim.append_audio(frames(50, 50));
    sim.run(300.0);
    let after = sound(&sim, &[0, blocks])[49 * first..].to_vec();
    assert_samples(&after, &samples(50 * first, after.len()));

    let blocks_before_seek = sim.platform.written.len();
    sim.seek(1, ticks(80 * AAC, SAMPLE_RATE));
    sim.end();
    sim.run(1_000.0);
    let all = sound(&sim, &[0, blocks, blocks_before_seek]);
    assert_samples(&all[49 * first + after.len()..], &samples(80 * first, 20 * first));
    sim.finish();
}

/// Where another stream of Vorbis is laid over the padding of the one before, that is heard while the first packet of the
/// other gives nothing.
#[test]
fn padding_is_heard_while_the_first_packet_of_another_vorbis_stream_is_silent() {
    // Longer than what is joined as if it were jitter.
    const SILENT: i64 = 512;
    let vorbis = |stream: u8| {
        Arc::new(DecoderConfig {
            codec: "vorbis".into(),
            description: Some(vec![stream]),
            ..(*audio_config()).clone()
        })
    };
    let frame = AAC as usize;
    for padding in [2 * SILENT - 10, SILENT, 28] {
        let mut frames = audio_frames_of(&vorbis(1), 0, 10);
        let join = ticks(10 * AAC - padding, SAMPLE_RATE);
        let last = frames.last_mut().unwrap();
        last.trim_end = last.presentation_end - join;
        last.presentation_end = join;
        // The first packet of each is silent.
        let mut other = audio_frames_of(&vorbis(2), 10, 10);
        let moved = |time: MediaTime| time - ticks(padding - SILENT, SAMPLE_RATE);
        for frame in &mut other {
            frame.presentation_timestamp = moved(frame.presentation_timestamp);
            frame.presentation_end = moved(frame.presentation_end);
        }
        let mut silent = other[0].clone();
        silent.presentation_end = silent.presentation_timestamp;
        silent.presentation_timestamp = join;
        frames.push(silent);
        frames.extend(other);
        let mut sim = Simulation::new(None, Some(Source::new(frames)));
        sim.platform.audio.is_first_silent = true;
        sim.end();
        sim.play();
        sim.run(1_500.0);
        let heard = padding.min(SILENT) as usize;
        let mut expected = samples(frame, 9 * frame - padding as usize + heard);
        expected.extend(vec![0.0; SILENT as usize - heard]);
        expected.extend(samples(10 * frame, 10 * frame));
        assert_samples(&sound(&sim, &[0]), &expected);
        sim.finish();
    }
}

/// A packet of Vorbis after one of another stream gives more than the container knows of.
#[test]
fn of_a_frame_that_is_only_decoded_nothing_is_heard_however_much_comes_out() {
    let mut frames = audio_frames(0, 20);
    let mut unheard = frames[0].clone();
    unheard.presentation_end = unheard.presentation_timestamp;
    unheard.trim_start = ticks(128, SAMPLE_RATE);
    frames[0].is_random_access_point = false;
    frames.insert(0, unheard);
    let mut sim = Simulation::new(None, Some(Source::new(frames)));
    sim.end();
    sim.play();
    sim.run(1_000.0);
    assert_samples(&sound(&sim, &[0]), &samples(0, 20 * AAC as usize));
    sim.finish();
}

#[test]
fn an_audio_decoder_may_lose_chunks() {
    let mut sim = Simulation::new(None, Some(Source::new(audio_frames(0, 500))));
    sim.play();
    for _ in 0..5 {
        sim.run(500.0);
        sim.platform.audio.loses = 10;
    }
    sim.end();
    sim.run(12_000.0);
    assert_eq!(sim.position(), ticks(500 * AAC, SAMPLE_RATE));
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

/// Ten seconds of sound whose samples say that they are of another track: a million higher.
const OTHER: usize = 1_000_000;

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

#[test]
fn holes_of_every_kind_as_long_as_the_page_allows() {
    // Pictures and sound of three seconds, each with or without a hole of 300 ms or so, in the middle or at the start.
    let pictures = |hole: bool| {
        let mut frames = video_frames(0, 36, 12, &video_config(100));
        let missing = if hole { 9 } else { 0 };
        frames.extend(video_frames(36 + missing, 54, 12, &video_config(100)));
        Source::new(frames)
    };
    let sounds = |hole: bool| {
        let mut frames = audio_frames(0, 56);
        let missing = if hole { 14 } else { 0 };
        frames.extend(audio_frames(56 + missing, 100 - missing));
        Source::new(frames)
    };
    let late_pictures = || Source::new(video_frames(9, 81, 12, &video_config(100)));
    let late_sounds = || Source::new(audio_frames(14, 126));
    let before_hole = [ticks(36, 30), ticks(56 * AAC, SAMPLE_RATE)];
    type Case = (&'static str, Option<Source>, Option<Source>, MediaTime);
    let cases: Vec<Case> = vec![
        ("both", Some(pictures(true)), Some(sounds(true)), before_hole[1]),
        (
            "pictures",
            Some(pictures(true)),
            Some(sounds(false)),
            before_hole[0],
        ),
        ("sound", Some(pictures(false)), Some(sounds(true)), before_hole[1]),
        ("pictures alone", Some(pictures(true)), None, before_hole[0]),
        ("sound alone", None, Some(sounds(true)), before_hole[1]),
        (
            "pictures at the start",
            Some(late_pictures()),
            Some(sounds(false)),
            MediaTime::ZERO,
        ),
        (
            "sound at the start",
            Some(pictures(false)),
            Some(late_sounds()),
            MediaTime::ZERO,
        ),
    ];
    let tolerance = |gap| Tolerance {
        gaps: Gaps {
            start: gap,
            between: gap,
        },
        ..Tolerance::default()
    };
    for (name, video, audio, stop) in cases {
        let mut sim = Simulation::new(video, audio);
        sim.player.set_tolerance(tolerance(ms(100)));
        sim.advance();
        sim.play();
        sim.run(5_000.0);
        assert_eq!(sim.position(), stop, "{name}: stands before the hole");
        // A longer one is allowed on the way.
        sim.player.set_tolerance(tolerance(ms(301)));
        sim.advance();
        sim.run(5_000.0);
        assert!(sim.position() > ms(2_000), "{name}: {:?}", sim.position());
        for block in &sim.platform.written {
            let first = f64::from(block.samples[0]);
            assert!(first >= 0.0);
        }
        sim.finish();
    }
    // At the target of a seek the whole hole counts.
    let mut sim = Simulation::new(Some(pictures(true)), Some(sounds(true)));
    sim.player.set_tolerance(tolerance(ms(200)));
    sim.run(100.0);
    sim.seek(1, ms(1_300));
    sim.run(1_000.0);
    assert_eq!(sim.ready().len(), 1, "more than 200 ms are missing around 1.3 s");
    sim.player.set_tolerance(tolerance(ms(301)));
    sim.advance();
    sim.run(1_000.0);
    assert_eq!(sim.ready().last(), Some(&(1, ms(1_300))));
    sim.finish();
}

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
