//! Holes in what is buffered, and what playback passes over.

use super::*;

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
