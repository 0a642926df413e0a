//! Tables of frames and ranges: appends, overlaps, removals.

use super::coded_frame_processing::TrackBuffers;
use super::notation::{AUDIO, VIDEO, bytes, frames, ms, show_frames, show_ranges, track};
use super::track_buffer::TrackBuffer;
use super::{FramePosition, FrameSource};
use crate::container::{CodedFrame, TrackKind};
use crate::protocol::{AppendMode, AppendParameters};
use crate::time::MediaTime;

fn parameters() -> AppendParameters {
    AppendParameters {
        mode: AppendMode::Segments,
        timestamp_offset: MediaTime::ZERO,
        append_window_start: MediaTime::ZERO,
        append_window_end: MediaTime::INFINITY,
        group_start_timestamp: None,
    }
}

/// One audio and one video track.
struct Bench {
    buffers: TrackBuffers,
    parameters: AppendParameters,
}

impl Bench {
    fn new() -> Self {
        let mut buffers = TrackBuffers::new(false);
        buffers.tracks = vec![
            TrackBuffer::new(&track(VIDEO, TrackKind::Video, "avc1")),
            TrackBuffer::new(&track(AUDIO, TrackKind::Audio, "mp4a")),
        ];
        Self {
            buffers,
            parameters: parameters(),
        }
    }

    fn sequence() -> Self {
        let mut bench = Self::new();
        bench.parameters.mode = AppendMode::Sequence;
        bench
    }

    /// An append that continues the one before.
    fn append_to(&mut self, track: u32, text: &str) -> &mut Self {
        self.buffers.set_parameters(&self.parameters);
        self.parameters.group_start_timestamp = None;
        for frame in frames(track, text) {
            self.buffers.process(frame);
        }
        self.parameters.timestamp_offset = self.buffers.timestamp_offset;
        self
    }

    fn append(&mut self, text: &str) -> &mut Self {
        self.append_to(VIDEO, text)
    }

    fn audio(&mut self, text: &str) -> &mut Self {
        self.append_to(AUDIO, text)
    }

    /// What `abort()` does: the next frames are a new coded frame group.
    fn abort(&mut self) -> &mut Self {
        self.buffers.unset_last_frames();
        self
    }

    fn remove(&mut self, start: i64, end: i64) -> &mut Self {
        self.buffers.remove(ms(start), ms(end), Some(ms(10_000_000)));
        self
    }

    fn track(&self, id: u32) -> &TrackBuffer {
        self.buffers
            .tracks()
            .iter()
            .find(|track| track.id() == id)
            .unwrap()
    }

    #[track_caller]
    fn holds(&self, frames: &str, ranges: &str) {
        self.track_holds(VIDEO, frames, ranges);
    }

    #[track_caller]
    fn track_holds(&self, id: u32, frames: &str, ranges: &str) {
        let track = self.track(id);
        assert_eq!(
            (show_frames(track).as_str(), show_ranges(track.ranges()).as_str()),
            (frames, ranges)
        );
    }

    fn group_end(&self) -> MediaTime {
        self.buffers.group_end_timestamp
    }
}

/// The frame that `random_access_point(time)` names.
fn starts_at(track: &TrackBuffer, time: i64) -> Option<MediaTime> {
    let position = track.random_access_point(ms(time))?;
    Some(track.frame(position).unwrap().presentation_timestamp)
}

#[test]
fn neighbours_touch_and_holes_show() {
    let mut bench = Bench::new();
    bench.append("0K 10 20K 30");
    bench.holds("0K 10 20K 30", "{ [0,40) }");
    bench.append("100K 110");
    bench.holds("0K 10 20K 30 100K 110", "{ [0,40) [100,120) }");
    bench.abort().append("40K 50 60 70 80 90");
    bench.holds("0K 10 20K 30 40K 50 60 70 80 90 100K 110", "{ [0,120) }");
}

#[test]
fn a_group_of_pictures_in_decode_order_has_no_hole() {
    let mut bench = Bench::new();
    bench.append("20K 50|30 30|40 40|50 60K 90|70 70|80 80|90");
    bench.holds("20K 50 30 40 60K 90 70 80", "{ [20,100) }");
    // Leading pictures of an open group are decoded after it and shown before.
    bench.append("120K|100 100|110 110|120");
    bench.holds("20K 50 30 40 60K 90 70 80 120K 100 110", "{ [20,130) }");
    let video = bench.track(VIDEO);
    for (time, start) in [(20, 20), (59, 20), (60, 60), (99, 60), (105, 120), (125, 120)] {
        assert_eq!(starts_at(video, time), Some(ms(start)), "at {time}");
    }
    assert_eq!(starts_at(video, 19), None);
    assert_eq!(starts_at(video, 130), None);
    assert_eq!(video.highest_presentation_timestamp(), Some(ms(120)));
}

#[test]
fn the_range_of_a_reordered_start_begins_with_the_first_decode_timestamp() {
    let mut bench = Bench::new();
    bench.append("20K|0 50|10 30|20 40|30 60K|40 90|50 70|60 80|70");
    bench.holds("20K 50 30 40 60K 90 70 80", "{ [0,100) }");
    for (time, start) in [
        (-1, None),
        (0, Some(20)),
        (19, Some(20)),
        (20, Some(20)),
        (60, Some(60)),
    ] {
        assert_eq!(starts_at(bench.track(VIDEO), time), start.map(ms), "at {time}");
    }
    // It goes with the first frame and comes again with it; later frames have none.
    bench.remove(0, 21);
    bench.holds("60K 90 70 80", "{ [60,100) }");
    assert_eq!(starts_at(bench.track(VIDEO), 55), None);
    bench.abort().append("20K|0 50|10 30|20 40|30");
    bench.holds("20K 50 30 40 60K 90 70 80", "{ [0,100) }");
    // The end of the group goes, its start stays.
    bench.remove(30, 59);
    bench.holds("20K 60K 90 70 80", "{ [0,30) [60,100) }");

    // After a seek: over the end of what is there, and over a hole.
    let mut bench = Bench::new();
    bench.append("0K 10 20 30").abort().append("50K|35 60|45");
    bench.holds("0K 10 20 30 50K 60", "{ [0,70) }");
    assert_eq!(starts_at(bench.track(VIDEO), 39), Some(ms(0)));
    assert_eq!(starts_at(bench.track(VIDEO), 41), Some(ms(50)));
    bench.remove(0, 50);
    bench.holds("50K 60", "{ [35,70) }");

    // Deeper than pictures are reordered; sound; presented before it is decoded; outside the append window.
    let mut bench = Bench::new();
    bench
        .append("161K|0")
        .audio("20K|0")
        .holds("161K", "{ [161,171) }");
    bench.track_holds(AUDIO, "20K", "{ [20,30) }");
    bench.abort().append("0K|40 10|50");
    bench.holds("0K 10 161K", "{ [0,20) [161,171) }");
    bench.parameters.append_window_start = ms(300);
    bench.abort().append("320K|290 340|300");
    bench.holds("0K 10 161K 320K 340", "{ [0,20) [161,171) [300,330) [340,350) }");
}

#[test]
fn frames_before_a_random_access_point_are_dropped() {
    let mut bench = Bench::new();
    bench.append("0 10 20K 30");
    bench.holds("20K 30", "{ [20,40) }");
}

#[test]
fn appending_the_same_again_changes_nothing() {
    let mut bench = Bench::new();
    let text = "0K|0 30|10 10|20 20|30 40K|40 70|50 50|60 60|70";
    bench.append(text).append(text).abort().append(text);
    bench.holds("0K 30 10 20 40K 70 50 60", "{ [0,80) }");
    assert_eq!(
        bench.track(VIDEO).bytes_held(),
        bytes(text.replace(' ', "").len() as u64, 8)
    );
}

#[test]
fn an_overlap_forwards_takes_the_rest_of_the_old_group_along() {
    let mut bench = Bench::new();
    bench.append("0K 10 20 30 40K 50 60 70").abort();
    bench.append("20K 30");
    bench.holds("0K 10 20K 30 40K 50 60 70", "{ [0,80) }");
    bench.append("40");
    bench.holds("0K 10 20K 30 40", "{ [0,50) }");
}

#[test]
fn an_overlap_from_the_front_leaves_the_old_groups_behind_it() {
    let mut bench = Bench::new();
    bench.append("30K 40 50 60K 70 80").abort();
    bench.append("0K 10 20 30D5");
    // 30 was its random access point.
    bench.holds("0K 10 20 30D5 60K 70 80", "{ [0,35) [60,90) }");
}

#[test]
fn a_frame_of_other_presentation_order_goes_with_what_it_depends_on() {
    let mut bench = Bench::new();
    bench.append("0K|0 30|10 10|20 20|30").abort();
    // Replaces 30, on which 10 and 20 depend.
    bench.append("30K 40");
    bench.holds("0K 30K 40", "{ [0,10) [30,50) }");
}

#[test]
fn video_that_starts_inside_a_frame_overlaps_it() {
    let mut bench = Bench::new();
    bench.append("0K 10 20 30").abort().append("15K");
    bench.holds("0K 10 15K", "{ [0,25) }");
    let video = bench.track(VIDEO);
    assert_eq!(starts_at(video, 14), Some(ms(0)));
    assert_eq!(starts_at(video, 16), Some(ms(15)));
}

#[test]
fn video_within_a_microsecond_replaces() {
    for (offset, replaced) in [(999, true), (1_000, false)] {
        let mut bench = Bench::new();
        bench.append("0K").abort();
        bench.parameters.timestamp_offset = MediaTime::from_nanos(offset);
        bench.append("0K");
        assert_eq!(show_frames(bench.track(VIDEO)).starts_with("0K "), !replaced);
    }
}

#[test]
fn audio_that_starts_inside_a_frame_cuts_it() {
    let mut bench = Bench::new();
    bench.audio("0K 10K 20K 30K 40K").abort().audio("15K 25K");
    bench.track_holds(AUDIO, "0K 10KD5 15K 25K 40K", "{ [0,35) [40,50) }");
    // With the same start nothing is left of the old one, however short the new one is.
    bench.abort().audio("15KD2");
    bench.track_holds(AUDIO, "0K 10KD5 15KD2 25K 40K", "{ [0,17) [25,35) [40,50) }");
}

#[test]
fn a_splice_lies_on_the_sample_grid_of_the_frame_it_cuts() {
    // At 48 kHz a sample lasts 20.83 µs. The old frame starts at 10 ms, the new one so many µs after 15 ms.
    for (start, moved) in [(0, 0), (10, 0), (11, 20_833), (20, 20_833), (4_992, 5_000_000)] {
        let mut bench = Bench::new();
        bench.audio("0K 10K").abort();
        let mut new = frames(AUDIO, "15K 25K");
        let by = MediaTime::from_micros(start);
        for frame in &mut new {
            frame.presentation_timestamp = frame.presentation_timestamp + by;
            frame.decode_timestamp = frame.decode_timestamp + by;
            frame.presentation_end = frame.presentation_end + by;
        }
        for frame in new {
            bench.buffers.process(frame);
        }
        let held = super::notation::in_decode_order(bench.track(AUDIO));
        let spliced = ms(15) + MediaTime::from_nanos(moved);
        assert_eq!(held[1].presentation_end, spliced, "{start} µs");
        assert_eq!(
            (held[2].presentation_timestamp, held[2].decode_timestamp),
            (spliced, spliced)
        );
        assert_eq!(
            held[2].presentation_end, held[3].presentation_timestamp,
            "{start} µs"
        );
        assert_eq!(held[3].presentation_timestamp, ms(25) + by);
        assert_eq!(bench.track(AUDIO).ranges().len(), 1);
    }
}

#[test]
fn a_short_frame_inside_a_long_one_parts_the_group() {
    let mut bench = Bench::new();
    bench.audio("0K 10K 20K 30K").abort().audio("13KD2");
    bench.track_holds(AUDIO, "0K 10KD3 13KD2 20K 30K", "{ [0,15) [20,40) }");
}

#[test]
fn removal_starts_anywhere_and_ends_at_a_random_access_point() {
    let full = "0K 10 20 30 40K 50 60 70 80K 90";
    for (start, end, frames, ranges) in [
        (0, 1, "40K 50 60 70 80K 90", "{ [40,100) }"),
        (0, 40, "40K 50 60 70 80K 90", "{ [40,100) }"),
        (0, 41, "80K 90", "{ [80,100) }"),
        (50, 60, "0K 10 20 30 40K 80K 90", "{ [0,50) [80,100) }"),
        (20, 30, "0K 10 40K 50 60 70 80K 90", "{ [0,20) [40,100) }"),
        (90, 95, "0K 10 20 30 40K 50 60 70 80K", "{ [0,90) }"),
        (0, 1_000, "", "{ }"),
        (5, 1_000, "0K", "{ [0,10) }"),
        (100, 1_000, full, "{ [0,100) }"),
    ] {
        let mut bench = Bench::new();
        bench.append(full).remove(start, end).holds(frames, ranges);
        let text: String = frames.split(' ').collect();
        let count = frames.split_whitespace().count() as u64;
        assert_eq!(bench.track(VIDEO).bytes_held(), bytes(text.len() as u64, count));
    }
}

#[test]
fn without_a_random_access_point_behind_removal_ends_at_the_duration() {
    let mut bench = Bench::new();
    bench.append("0K 10 20K 30 40");
    bench.buffers.remove(ms(25), ms(28), Some(ms(35)));
    // 40 starts behind the duration and goes because it depends on 30.
    bench.holds("0K 10 20K", "{ [0,30) }");
    bench.buffers.remove(ms(5), MediaTime::INFINITY, None);
    bench.holds("0K", "{ [0,10) }");
}

#[test]
fn after_the_last_frame_is_removed_a_random_access_point_must_come() {
    let mut bench = Bench::new();
    bench.append("0K 10 20").remove(10, 30);
    assert_eq!(bench.group_end(), ms(20));
    bench.append("30 40 50K");
    bench.holds("0K 50K", "{ [0,10) [50,60) }");
    // Elsewhere it disturbs nothing.
    bench.remove(0, 10).append("60 70");
    bench.holds("50K 60 70", "{ [50,80) }");
}

#[test]
fn a_hole_in_the_middle_leaves_the_end_open() {
    let mut bench = Bench::new();
    bench.append("0K 10K 20K").remove(10, 20).append("30");
    bench.holds("0K 20K 30", "{ [0,10) [20,40) }");
    bench.remove(30, 40).append("40 50K");
    bench.holds("0K 20K 50K", "{ [0,10) [20,30) [50,60) }");
}

#[test]
fn the_last_frame_counts_as_removed_also_as_a_dependant() {
    let mut bench = Bench::new();
    bench.append("0K|0 30|10 10|20").remove(15, 40);
    bench.holds("0K", "{ [0,10) }");
    bench.append("20|30 40K|40");
    bench.holds("0K 40K", "{ [0,10) [40,50) }");
}

#[test]
fn a_discontinuity_asks_all_tracks_for_random_access_points() {
    let mut bench = Bench::new();
    bench.append("0K 10").audio("0K 10K");
    // Twice the duration is none yet.
    bench.append("30").audio("30K");
    bench.holds("0K 10 30", "{ [0,20) [30,40) }");
    bench.audio("60K");
    assert_eq!(bench.group_end(), ms(70));
    bench.append("40 50K 60");
    bench.holds("0K 10 30 50K 60", "{ [0,20) [30,40) [50,70) }");
    // Backwards as well. 30 does not start within the new frame and stays, though it is decoded before.
    bench.append("20K").audio("70K");
    bench.holds("0K 10 30 20K 50K 60", "{ [0,40) [50,70) }");
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
        assert_eq!(super::notation::in_decode_order(bench.track(VIDEO)).len(), 2);
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
    let held = super::notation::in_decode_order(bench.track(AUDIO));
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
    let cut = super::notation::in_decode_order(bench.track(AUDIO)).remove(0);
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
    let frames = super::notation::in_decode_order(bench.track(AUDIO));
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
fn a_removed_end_of_a_sequence_is_followed_at_its_group_end() {
    let mut bench = Bench::sequence();
    bench.append("0K 10 20").remove(10, 40).append("0K");
    bench.holds("0K 30K:0", "{ [0,10) [30,40) }");
}

#[test]
fn generated_timestamps_follow_each_other() {
    let mut bench = Bench::sequence();
    bench.buffers = TrackBuffers::new(true);
    bench.buffers.tracks = vec![TrackBuffer::new(&track(AUDIO, TrackKind::Audio, "mp3"))];
    bench.audio("0K 0K 700KD20");
    bench.track_holds(AUDIO, "0K 10K:0 20KD20:700", "{ [0,40) }");
    assert_eq!(bench.parameters.timestamp_offset, ms(40));
    bench.parameters.timestamp_offset = ms(100);
    bench.parameters.group_start_timestamp = Some(ms(100));
    bench.abort().audio("0K 0K");
    bench.track_holds(AUDIO, "0K 10K:0 20KD20:700 100K:0 110K:0", "{ [0,40) [100,120) }");
    // What lies outside of the append window takes its time.
    bench.parameters.append_window_start = ms(215);
    bench.parameters.append_window_end = ms(230);
    bench.offset(ms(200)).audio("0K 0K 0K 0K");
    bench.track_holds(
        AUDIO,
        "0K 10K:0 20KD20:700 100K:0 110K:0 215KD5:0 220K:0",
        "{ [0,40) [100,120) [215,230) }",
    );
    assert_eq!(bench.parameters.timestamp_offset, ms(240));
}

/// A SourceBuffer of a format without timestamps.
fn generating() -> Bench {
    let mut bench = Bench::sequence();
    bench.buffers = TrackBuffers::new(true);
    bench.buffers.tracks = vec![TrackBuffer::new(&track(AUDIO, TrackKind::Audio, "mp3"))];
    bench
}

/// A file of frames of ten milliseconds: one not heard, one of which the first six are not heard, `whole` ones, one of
/// which the last three are not heard.
fn gapless_file(whole: usize) -> Vec<CodedFrame> {
    let middle = "0K ".repeat(whole);
    let mut file = frames(AUDIO, &format!("0KD0 1D4 {middle} 2KD7"));
    let count = file.len();
    file[0].trim_start = ms(10);
    file[1].trim_start = ms(6);
    file[count - 1].trim_end = ms(3);
    file
}

impl Bench {
    fn file(&mut self, frames: Vec<CodedFrame>) -> &mut Self {
        self.buffers.set_parameters(&self.parameters);
        self.parameters.group_start_timestamp = None;
        for frame in frames {
            self.buffers.process(frame);
        }
        self.parameters.timestamp_offset = self.buffers.timestamp_offset;
        self
    }

    /// As `timestampOffset = offset` in sequence mode.
    fn offset(&mut self, offset: MediaTime) -> &mut Self {
        self.parameters.timestamp_offset = offset;
        self.parameters.group_start_timestamp = Some(offset);
        self
    }
}

#[test]
fn what_is_not_heard_is_decoded_before_what_is() {
    let mut bench = generating();
    bench.file(gapless_file(2));
    bench.track_holds(AUDIO, "0KD0 0D4:1 4K:0 14K:0 24KD7:2", "{ [0,31) }");
    // From the start it is decoded with the frame not heard, later without.
    let buffer = bench.track(AUDIO);
    for (time, data) in [(0, "0KD0"), (3, "0KD0"), (4, "0K"), (30, "2KD7")] {
        let position = buffer.random_access_point(ms(time)).unwrap();
        assert_eq!(*buffer.frame(position).unwrap().data, *data.as_bytes(), "{time}");
    }
    let heard = super::notation::in_decode_order(buffer);
    let trims: Vec<_> = heard
        .iter()
        .map(|frame| (frame.trim_start, frame.trim_end))
        .collect();
    assert_eq!(trims[..2], [(ms(10), ms(0)), (ms(6), ms(0))]);
    assert_eq!(trims[4], (ms(0), ms(3)));
}

#[test]
fn files_cut_to_what_is_heard_touch() {
    let mut bench = generating();
    bench.file(gapless_file(1)).file(gapless_file(1));
    let both = "0KD0 0D4:1 4K:0 14KD7:2 21KD0:0 21D4:1 25K:0 35KD7:2";
    bench.track_holds(AUDIO, both, "{ [0,42) }");
    // Again in place of the second: nothing of that is left behind.
    bench.abort().offset(ms(21)).file(gapless_file(1));
    bench.track_holds(AUDIO, both, "{ [0,42) }");
    // In place of the first.
    bench.abort().offset(ms(0)).file(gapless_file(1));
    bench.track_holds(AUDIO, both, "{ [0,42) }");
    bench.remove(21, 22).track_holds(
        AUDIO,
        "0KD0 0D4:1 4K:0 14KD7:2 25K:0 35KD7:2",
        "{ [0,21) [25,42) }",
    );
}

/// Pages that know how a file was encoded put its start before the append window.
#[test]
fn a_page_that_cuts_off_the_delay_itself_finds_it() {
    let mut bench = generating();
    bench.parameters.append_window_start = ms(100);
    bench.parameters.append_window_end = ms(131);
    bench.offset(ms(100 - 16)).file(gapless_file(2));
    bench.track_holds(AUDIO, "100KD4:1 104K:0 114K:0 124KD7:2", "{ [100,131) }");
    let first = super::notation::in_decode_order(bench.track(AUDIO)).remove(0);
    assert_eq!(first.trim_start, ms(6));
}

#[test]
fn a_page_without_an_append_window_loses_no_sound_before_zero() {
    let mut bench = generating();
    bench.offset(ms(-16)).file(gapless_file(2));
    bench.track_holds(AUDIO, "0KD4:1 4K:0 14K:0 24KD7:2", "{ [0,31) }");
}

#[test]
fn the_decode_time_of_what_is_not_heard_is_no_discontinuity() {
    let mut bench = Bench::new();
    let mut file = frames(AUDIO, "0K|-20D0 0K|-10D0 0K 10K");
    (file[0].trim_start, file[1].trim_start) = (ms(10), ms(10));
    file[2].is_random_access_point = false;
    bench.file(file);
    bench.track_holds(AUDIO, "0KD0 0KD0 0 10K", "{ [0,20) }");
}

/// Groups of pictures of one second, two frames each.
fn seconds(range: std::ops::Range<i64>) -> String {
    range
        .map(|second| format!("{}KD500 {}D500 ", second * 1_000, second * 1_000 + 500))
        .collect()
}

#[test]
fn eviction_takes_what_was_played_first() {
    let mut bench = Bench::new();
    bench.append(&seconds(0..10)).audio("0KD500 500KD500 1000KD9000");
    // Whole groups of pictures, the oldest first; the last three seconds and the group they begin in stay.
    for (position, left) in [(0, 0), (3_999, 0), (4_000, 1), (4_500, 1), (5_000, 2)] {
        bench.buffers.evict(ms(position), 1);
        let ranges = show_ranges(bench.track(VIDEO).ranges());
        assert_eq!(ranges, format!("{{ [{},10000) }}", left * 1_000), "at {position}");
    }
    let evictable = bench.buffers.bytes_evictable(ms(9_500));
    let held = bench.buffers.bytes_held();
    bench.buffers.evict(ms(9_500), u64::MAX);
    assert_eq!(show_ranges(bench.track(VIDEO).ranges()), "{ [6000,10000) }");
    assert_eq!(bench.buffers.bytes_held(), held - evictable);
    // A group of sound that still grows stays.
    assert_eq!(show_ranges(bench.track(AUDIO).ranges()), "{ [0,10000) }");
    // Behind everything, the newest group is what a decoder may still be busy with.
    bench.abort().buffers.evict(ms(60_000), u64::MAX);
    assert_eq!(show_ranges(bench.track(VIDEO).ranges()), "{ [9000,10000) }");
}

#[test]
fn eviction_takes_what_lies_behind_a_hole_from_the_end() {
    let mut bench = Bench::new();
    bench.append(&seconds(0..3)).abort().append(&seconds(20..23));
    bench.abort().append(&seconds(10..12));
    let ranges = |bench: &Bench| show_ranges(bench.track(VIDEO).ranges());
    bench.buffers.evict(ms(500), 1);
    assert_eq!(ranges(&bench), "{ [0,3000) [10000,12000) [20000,22000) }");
    let (evictable, held) = (bench.buffers.bytes_evictable(ms(500)), bench.buffers.bytes_held());
    bench.buffers.evict(ms(500), u64::MAX);
    assert_eq!(
        ranges(&bench),
        "{ [0,3000) [10000,12000) }",
        "what is being appended stays"
    );
    assert_eq!(bench.buffers.bytes_held(), held - evictable);
    bench.abort().buffers.evict(ms(500), u64::MAX);
    assert_eq!(ranges(&bench), "{ [0,3000) }");

    // Small holes are played through. After a jump to where nothing is, only the target counts.
    let mut bench = Bench::new();
    bench.append(&seconds(0..2)).abort().append("2400KD500").abort();
    bench.buffers.evict(ms(0), u64::MAX);
    assert_eq!(ranges(&bench), "{ [0,2000) [2400,2900) }");
    bench.append(&seconds(40..42)).abort();
    bench.buffers.evict(ms(20_000), u64::MAX);
    assert_eq!(ranges(&bench), "{ [2400,2900) }");
    bench.append(&seconds(0..2));
    bench.holds(
        "0KD500 500D500 1000KD500 1500D500 2400KD500",
        "{ [0,2000) [2400,2900) }",
    );
}

#[test]
fn eviction_goes_through_all_tracks_by_time() {
    let mut bench = Bench::new();
    for second in 0..600 {
        bench.append(&seconds(second..second + 1));
        let sound: String = (0..10)
            .map(|index| format!("{}KD100 ", second * 1_000 + index * 100))
            .collect();
        bench.audio(&sound);
    }
    bench.buffers.evict(ms(400_000), bench.buffers.bytes_held() / 4);
    let starts: Vec<MediaTime> = bench
        .buffers
        .tracks()
        .iter()
        .map(|track| track.ranges().start().unwrap())
        .collect();
    let apart = starts[0].max(starts[1]) - starts[0].min(starts[1]);
    assert!(ms(100_000) < starts[0] && apart <= ms(25_600), "{starts:?}");
}

#[test]
fn a_live_stream_of_twelve_hours_stays_within_its_quota() {
    const SEGMENT: i64 = 2_000;
    let mut bench = Bench::new();
    let quota = bytes(0, 20_000);
    let mut most_allocated = 0;
    for segment in 0..12 * 3_600 * 1_000 / SEGMENT {
        let start = segment * SEGMENT;
        let position = ms(start - 10_000);
        let video = format!(
            "{start}KD500 {}D500 {}D500 {}D500",
            start + 500,
            start + 1_000,
            start + 1_500
        );
        let audio: Vec<String> = (0..20)
            .map(|index| format!("{}KD100", start + 100 * index))
            .collect();
        let new = bytes((video.len() + 20 * audio[0].len()) as u64, 24);
        let held = bench.buffers.bytes_held();
        bench.buffers.evict(position, (held + new).saturating_sub(quota));
        bench.append(&video).audio(&audio.join(" "));
        assert!(bench.buffers.bytes_held() <= quota, "at {segment}");
        if segment % 1_000 == 0 {
            let tracks = bench.buffers.tracks().iter();
            most_allocated = most_allocated.max(tracks.map(TrackBuffer::bytes_allocated).sum());
        }
    }
    assert!(
        most_allocated <= quota + quota / 10,
        "{most_allocated} of {quota}"
    );
    for track in bench.buffers.tracks() {
        // What an append looks at, and what a snapshot copies.
        assert_eq!(track.ranges().len(), 1);
        assert!(track.ranges().start() < Some(ms(12 * 3_600 * 1_000 - 600_000)));
    }
}

#[test]
fn a_frame_without_duration_lasts_as_the_one_before_until_the_next_one_says() {
    for (text, frames, ranges) in [
        ("0K 10K 20KD0", "0K 10K 20K", "{ [0,30) }"),
        ("0K 10K 20KD0 30K", "0K 10K 20K 30K", "{ [0,40) }"),
        ("0K 10K 20KD0 25K", "0K 10K 20KD5 25K", "{ [0,35) }"),
        ("0K 10K 20KD0 34K", "0K 10K 20KD14 34K", "{ [0,44) }"),
        ("0K 10K 20KD0 30KD0 39K", "0K 10K 20K 30KD9 39K", "{ [0,49) }"),
        // The same start says nothing, and two durations away is a discontinuity.
        ("0K 10K 20KD0 20K", "0K 10K 20K 20K", "{ [0,30) }"),
        ("0K 10K 20KD0 41K", "0K 10K 20K 41K", "{ [0,30) [41,51) }"),
        // Nothing to go by.
        ("0KD0", "0KD63", "{ [0,63) }"),
        ("0KD0 12K 22K", "0KD12 12K 22K", "{ [0,32) }"),
        ("0KD0 12KD0 30KD0", "0KD12 12KD18 30KD18", "{ [0,48) }"),
        ("0KD0 0KD0 0K 10K", "0KD63 0KD63 0K 10K", "{ [0,63) }"),
        ("0KD5000 5000KD0", "0KD5000 5000KD1000", "{ [0,6000) }"),
        // However late it is shown, as long as it is decoded in time.
        ("0KD0 400K|40 410K|410", "0KD400 400K 410K", "{ [0,420) }"),
    ] {
        let mut bench = Bench::new();
        bench.audio(text);
        bench.track_holds(AUDIO, frames, ranges);
    }
    // What is shown earlier says nothing either.
    let mut bench = Bench::new();
    bench.append("0K 40|10D0 20|20 30|30 50|40");
    bench.holds("0K 40 20 30 50", "{ [0,10) [20,60) }");
    // Old frames under the corrected end go as under any other.
    let mut bench = Bench::new();
    bench
        .audio("0K 10K 20K 30K 40K")
        .abort()
        .audio("2K 12KD0 15K 25K");
    bench.track_holds(AUDIO, "0KD2 2K 12KD3 15K 25K 40K", "{ [0,35) [40,50) }");
}

#[test]
fn parts_of_a_group_stay_before_a_later_group_of_the_same_start() {
    let mut bench = Bench::new();
    bench.audio("0K 10K 20K 30KD0 30K 40K").abort().audio("20KD5");
    bench.track_holds(AUDIO, "0K 10K 20KD5 30K 30K 40K", "{ [0,25) [30,50) }");
}

#[test]
fn frames_of_unknown_tracks_are_ignored() {
    let mut bench = Bench::new();
    bench.append_to(9, "0K 10K").append("0K");
    bench.holds("0K", "{ [0,10) }");
}

#[test]
fn random_access_points_are_found_behind_a_gap() {
    let mut bench = Bench::new();
    bench.append("0K 10 20K 30 60K").audio("0K 10K 40K 50K");
    let find = |id, time| {
        let track = bench.track(id);
        let position = track.random_access_point_after(ms(time))?;
        Some(track.frame(position).unwrap().presentation_timestamp.as_nanos() / 1_000_000)
    };
    for (time, video, audio) in [
        (-1, Some(0), Some(0)),
        (0, Some(0), Some(10)),
        (10, Some(20), Some(40)),
        (25, Some(20), Some(40)),
        (40, Some(60), Some(50)),
        (60, None, None),
    ] {
        assert_eq!(
            (find(VIDEO, time), find(AUDIO, time)),
            (video, audio),
            "after {time}"
        );
    }
}

/// All positions with the payload they name.
fn positions(track: &TrackBuffer) -> Vec<(FramePosition, Vec<u8>)> {
    let mut all = Vec::new();
    let mut position = track.random_access_point_after(MediaTime::NEG_INFINITY);
    while let Some(here) = position {
        all.push((here, track.frame(here).unwrap().data.to_vec()));
        position = track.next(here);
    }
    all
}

#[test]
fn positions_survive_what_happens_elsewhere() {
    let mut bench = Bench::new();
    bench.append("0K 10 20 40K 50 60 80K 90");
    let before = positions(bench.track(VIDEO));
    bench.remove(0, 40).remove(60, 80).append("100 110K");
    bench.abort().append("10K 20 30");
    let video = bench.track(VIDEO);
    for (position, payload) in before {
        let text = String::from_utf8(payload).unwrap();
        let held = !["0K", "10", "20", "60"].contains(&text.as_str());
        assert_eq!(video.frame(position).is_some(), held, "{text}");
        assert!(
            video
                .frame(position)
                .is_none_or(|frame| *frame.data == *text.as_bytes())
        );
        if !held {
            assert_eq!(video.next(position), None);
        }
    }
}

#[test]
fn a_position_at_the_end_goes_on_when_more_comes() {
    let mut bench = Bench::new();
    bench.append("0K 10");
    let (last, _) = positions(bench.track(VIDEO)).pop().unwrap();
    assert_eq!(bench.track(VIDEO).next(last), None);
    bench.append("20");
    let next = bench.track(VIDEO).next(last).unwrap();
    assert_eq!(&*bench.track(VIDEO).frame(next).unwrap().data, b"20");
}

/// Half an hour of video at 166 frames a second and of sound, appended, half of it replaced, searched and removed. It
/// takes seconds when anything of it is linear in what is held.
#[test]
fn three_hundred_thousand_frames_are_no_burden() {
    const COUNT: i64 = 300_000;
    let mut bench = Bench::new();
    let frame = |track_id, index: i64| {
        let mut frame = frames(track_id, "0K").remove(0);
        frame.presentation_timestamp = ms(index * 10);
        frame.decode_timestamp = ms(index * 10);
        frame.presentation_end = ms(index * 10 + 10);
        frame.is_random_access_point = track_id == AUDIO || index % 50 == 0;
        frame
    };
    for index in (0..COUNT).chain(COUNT / 4 + 7..COUNT * 3 / 4) {
        bench.buffers.process(frame(VIDEO, index));
        bench.buffers.process(frame(AUDIO, index));
    }
    let audio = bench.track(AUDIO);
    assert_eq!(show_ranges(audio.ranges()), "{ [0,3000000) }");
    assert_eq!(audio.bytes_held(), bytes(2 * COUNT as u64, COUNT as u64));
    for track in bench.buffers.tracks() {
        let (held, allocated) = (track.bytes_held(), track.bytes_allocated());
        assert!(
            held <= allocated && allocated <= held + held / 10,
            "{held} of {allocated}"
        );
    }
    for index in 0..COUNT {
        assert_eq!(starts_at(audio, index * 10 + 5), Some(ms(index * 10)));
    }
    for second in (0..COUNT / 100).rev() {
        bench.remove(second * 1_000, second * 1_000 + 500);
    }
    for id in [VIDEO, AUDIO] {
        let track = bench.track(id);
        assert_eq!(track.bytes_held(), bytes(COUNT as u64, COUNT as u64 / 2));
        let (held, allocated) = (track.bytes_held(), track.bytes_allocated());
        assert!(allocated <= held + held / 10, "{held} of {allocated}");
        assert_eq!(track.ranges().len() as i64, COUNT / 100);
    }
}

/// A frame may bring a configuration of its own, where the sample description changes without an initialization segment.
#[test]
fn a_frames_own_configuration_goes_before_its_tracks() {
    let mut bench = Bench::new();
    let other = track(VIDEO, TrackKind::Video, "hvc1").config;
    bench.buffers.set_parameters(&bench.parameters);
    for (index, mut frame) in frames(VIDEO, "0K 10 20K 30").into_iter().enumerate() {
        frame.config = (index >= 2).then(|| other.clone());
        bench.buffers.process(frame);
    }
    let buffer = &bench.buffers.tracks[0];
    let mut position = buffer.random_access_point(ms(0));
    let mut codecs = Vec::new();
    while let Some(frame) = position.and_then(|at| buffer.frame(at)) {
        codecs.push(frame.config.codec.clone());
        position = position.and_then(|at| buffer.next(at));
    }
    assert_eq!(codecs, ["avc1", "avc1", "hvc1", "hvc1"]);
}
