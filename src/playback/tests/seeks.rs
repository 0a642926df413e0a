//! Seeks: which picture is shown, what is decoded for it, and what of before is thrown away.

use super::*;

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
