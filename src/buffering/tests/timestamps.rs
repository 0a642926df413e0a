//! Coded frame processing: discontinuities, offsets, windows, sequences.

use super::*;

#[test]
fn a_discontinuity_asks_all_tracks_for_random_access_points() {
    let mut bench = Bench::new();
    bench.append("0K 10").audio("0K 10K");
    // Twice the duration is none yet.
    bench.append("30").audio("30K");
    bench.holds("0K 10D20 30", "{ [0,40) }");
    bench.audio("60K");
    assert_eq!(bench.group_end(), ms(70));
    bench.append("40 50K 60");
    bench.holds("0K 10D20 30 50K 60", "{ [0,40) [50,70) }");
    // Backwards as well. 30 does not start within the new frame and stays, though it is decoded before.
    bench.append("20K").audio("70K");
    bench.holds("0K 10D20 30 20K 50K 60", "{ [0,40) [50,70) }");
}

#[test]
fn two_frame_distances_of_rounded_instants_are_no_discontinuity() {
    let at = |tick: i64| MediaTime::from_ticks(tick * 1001, 30_000.try_into().unwrap());
    for first in 0..100 {
        let mut bench = Bench::new();
        for tick in [first, first + 2, first + 5] {
            let mut frame = frames(VIDEO, "0").remove(0);
            frame.is_random_access_point = tick == first;
            frame.presentation_timestamp = at(tick);
            frame.decode_timestamp = at(tick);
            frame.presentation_end = at(tick + 1);
            bench.buffers.process(frame);
        }
        // One frame missing is passed over, two are not.
        assert_eq!(in_decode_order(bench.track(VIDEO)).len(), 2);
    }
}

#[test]
fn the_timestamp_offset_moves_both_timestamps() {
    let mut bench = Bench::new();
    bench.parameters.timestamp_offset = ms(100);
    bench.append("0K|-10 20|0 10|10");
    bench.holds("100K:0 120:20 110:10", "{ [90,130) }");
    assert_eq!(bench.track(VIDEO).last_decode_timestamp, Some(ms(110)));
    bench.parameters.timestamp_offset = ms(-5);
    bench.append("15K");
    bench.holds("10K:15 100K:0 120:20 110:10", "{ [10,20) [90,130) }");
}

#[test]
fn the_append_window_keeps_pictures_that_lie_wholly_inside() {
    let mut bench = Bench::new();
    bench.parameters.append_window_start = ms(10);
    bench.parameters.append_window_end = ms(45);
    bench.append("0K 10 20K 30 40").audio("5K 10K 20K 35K 40K");
    bench.holds("20K 30", "{ [20,40) }");
    bench.track_holds(AUDIO, "10KD5:5 10K 20K 35K 40KD5", "{ [10,30) [35,45) }");
    // A dropped frame may have been needed.
    bench.parameters.append_window_end = MediaTime::INFINITY;
    bench.append("50 60K").holds("20K 30 60K", "{ [20,40) [60,70) }");
}

#[test]
fn sound_is_trimmed_at_the_edges_of_the_append_window() {
    let mut bench = Bench::new();
    bench.parameters.append_window_start = ms(15);
    bench.parameters.append_window_end = ms(52);
    bench.audio("0K 10K 20K 30K 40K 50K 60K");
    // The frame before is decoded for the sake of the first, and not heard.
    bench.track_holds(AUDIO, "15KD0:0 15D5:10 20K 30K 40K 50KD2", "{ [15,52) }");
    let held = in_decode_order(bench.track(AUDIO));
    let trims: Vec<_> = held
        .iter()
        .map(|frame| (frame.trim_start, frame.trim_end))
        .collect();
    let whole = (ms(0), ms(0));
    let unheard = (ms(10), ms(0));
    assert_eq!(
        trims,
        [unheard, (ms(5), ms(0)), whole, whole, whole, (ms(0), ms(8))]
    );
    assert_eq!(
        (held[0].decode_timestamp, held[1].decode_timestamp),
        (ms(0), ms(10))
    );

    // A frame that fills the window, and less than a sample.
    let mut bench = Bench::new();
    bench.parameters.append_window_start = ms(2);
    bench.parameters.append_window_end = ms(8);
    bench.audio("0K");
    bench.track_holds(AUDIO, "2KD6:0", "{ [2,8) }");
    let mut bench = Bench::new();
    bench.parameters.append_window_start = MediaTime::from_micros(9_980);
    bench.audio("0K 10K");
    bench.track_holds(AUDIO, "10K", "{ [10,20) }");

    // What a splice cuts off counts.
    bench.abort().audio("16K");
    let cut = in_decode_order(bench.track(AUDIO)).remove(0);
    assert_eq!((cut.presentation_end, cut.trim_end), (ms(16), ms(4)));

    // What the container has cut off stays cut off.
    let mut bench = Bench::new();
    bench.parameters.append_window_start = ms(12);
    bench.parameters.append_window_end = ms(18);
    let mut frame = frames(AUDIO, "10KD10").remove(0);
    (frame.trim_start, frame.trim_end) = (ms(3), ms(4));
    bench.buffers.set_parameters(&bench.parameters);
    bench.buffers.process(frame);
    bench.track_holds(AUDIO, "12KD6:10", "{ [12,18) }");
    let frames = in_decode_order(bench.track(AUDIO));
    assert_eq!((frames[0].trim_start, frames[0].trim_end), (ms(5), ms(6)));
}

#[test]
fn a_sequence_follows_itself() {
    let mut bench = Bench::sequence();
    bench.parameters.group_start_timestamp = Some(ms(0));
    bench.append("500K 510 520");
    bench.holds("0K:500 10:510 20:520", "{ [0,30) }");
    assert_eq!(bench.parameters.timestamp_offset, ms(-500));
    // Backwards: a discontinuity, which goes on at the group end.
    bench.append("100K 110");
    bench.holds("0K:500 10:510 20:520 30K:100 40:110", "{ [0,50) }");
    // The page sets timestampOffset, which sets the group start.
    bench.parameters.group_start_timestamp = Some(ms(200));
    bench.append("0K 10");
    bench.holds(
        "0K:500 10:510 20:520 30K:100 40:110 200K:0 210:10",
        "{ [0,50) [200,220) }",
    );
}

#[test]
fn a_sequence_begins_with_what_is_shown_first() {
    let mut bench = Bench::sequence();
    // The bytes of the picture come first, the sound starts before it.
    bench.buffers.expect_first_presentation(ms(100));
    bench.parameters.group_start_timestamp = Some(ms(0));
    bench.append("130K 140").audio("100K 110K");
    bench.holds("30K:130 40:140", "{ [30,50) }");
    bench.track_holds(AUDIO, "0K:100 10K:110", "{ [0,20) }");
    // Behind a discontinuity as well, and not for longer than the first frame.
    bench.buffers.expect_first_presentation(ms(0));
    bench.append("20K").audio("0K");
    bench.holds("30K:130 40:140 70K:20", "{ [30,50) [70,80) }");
    bench.track_holds(AUDIO, "0K:100 10K:110 50K:0", "{ [0,20) [50,60) }");
    bench.append("300K");
    bench.holds("30K:130 40:140 70K:20 80K:300", "{ [30,50) [70,90) }");
    // Not of what was aborted.
    bench.buffers.expect_first_presentation(ms(0));
    bench.abort().parameters.group_start_timestamp = Some(ms(200));
    bench.append("20K");
    assert_eq!(bench.track(VIDEO).ranges().end(), Some(ms(210)));
}

#[test]
fn a_removed_end_of_a_sequence_is_followed_at_its_group_end() {
    let mut bench = Bench::sequence();
    bench.append("0K 10 20").remove(10, 40).append("0K");
    bench.holds("0K 30K:0", "{ [0,10) [30,40) }");
}
