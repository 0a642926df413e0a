//! Where sound begins and ends: prerolls, padding, and what decoders lose.

use super::*;

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
