//! Tables of frames and ranges: appends, overlaps, removals.

mod eviction;
mod generated_timestamps;
mod positions;
mod removal;
mod timestamps;

use super::coded_frame_processing::TrackBuffers;
use super::notation::{AUDIO, VIDEO, bytes, frames, in_decode_order, ms, show_frames, show_ranges, track};
use super::track_buffer::TrackBuffer;
use super::{FramePosition, FrameSource};
use crate::container::{CodedFrame, TrackKind};
use crate::protocol::{AppendMode, AppendParameters};
use crate::time::MediaTime;

fn parameters() -> AppendParameters {
    AppendParameters::default()
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
fn pictures_last_until_the_next_one_is_shown() {
    for (text, frames, ranges) in [
        // Durations are distances of decode timestamps: here of frames that are decoded in pairs.
        (
            "0KD30 60|30D1 31|31D59 120|90D1 91|91D59",
            "0KD31 60D31 31D29 120D30 91D29",
            "{ [0,150) }",
        ),
        // Up to where decode timestamps are discontinuous; then all begins anew.
        ("0K 20", "0KD20 20", "{ [0,30) }"),
        ("0K 21K", "0K 21K", "{ [0,10) [21,31) }"),
        ("0K 30|10", "0KD30 30", "{ [0,40) }"),
        ("0K 31|10", "0K 31", "{ [0,10) [31,41) }"),
        // The longer one counts.
        ("0K 10D30 60", "0K 10D50 60", "{ [0,70) }"),
        ("0K 30|10D20 60|20", "0KD30 30D30 60", "{ [0,70) }"),
        // Longer than its time on the screen.
        ("0KD50 10 20", "0K 10 20D30", "{ [0,50) }"),
        // Two at a time.
        ("0K 10|10 10|20 30|30", "0K 10D20 10D20 30", "{ [0,40) }"),
    ] {
        let mut bench = Bench::new();
        bench.append(text);
        bench.holds(frames, ranges);
    }
    // Not of sound, and not of what was appended before.
    let mut bench = Bench::new();
    bench.audio("0K 12K");
    bench.track_holds(AUDIO, "0K 12K", "{ [0,10) [12,22) }");
    bench.append("0K 10").abort().append("22K 32");
    bench.holds("0K 10 22K 32", "{ [0,20) [22,42) }");
}

#[test]
fn the_page_is_not_told_of_small_gaps() {
    for (text, audio, video) in [
        ("0K 19K", "{ [0,29) }", "{ [0,29) }"),
        ("0K 20K", "{ [0,10) [20,30) }", "{ [0,30) }"),
        ("0K 30K", "{ [0,10) [30,40) }", "{ [0,10) [30,40) }"),
        // The longest there ever was counts, up to what playback passes over.
        ("0KD30 30K 69K", "{ [0,79) }", "{ [0,79) }"),
        ("0KD900 1399K", "{ [0,1409) }", "{ [0,1409) }"),
        (
            "0KD900 1400K",
            "{ [0,900) [1400,1410) }",
            "{ [0,900) [1400,1410) }",
        ),
    ] {
        for (id, buffered) in [(AUDIO, audio), (VIDEO, video)] {
            let mut bench = Bench::new();
            for frame in text.split_whitespace() {
                // Each for itself, so that none is taken to last until the next.
                bench.append_to(id, frame).abort();
            }
            assert_eq!(show_ranges(&bench.track(id).buffered()), buffered, "{text}");
        }
    }
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

    // A range that begins so is shown to begin with its first picture, whichever that is.
    for (text, buffered) in [
        ("20K|0 50|10 30|20 40|30", "{ [20,60) }"),
        ("20K|0 15|10 30|20", "{ [15,40) }"),
        ("20K|10 30|20", "{ [20,40) }"),
    ] {
        let mut bench = Bench::new();
        bench.append(text);
        assert_eq!(show_ranges(&bench.track(VIDEO).buffered()), buffered, "{text}");
        bench.abort().append("0K 10");
        assert!(bench.track(VIDEO).buffered().start() == Some(ms(0)), "{text}");
        assert_eq!(bench.track(VIDEO).buffered().len(), 1, "{text}");
    }

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
    bench.holds("0K 10 161K 320KD20 340", "{ [0,20) [161,171) [300,350) }");
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
        let held = in_decode_order(bench.track(AUDIO));
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
    bench.holds("0KD20 40 20 30 50", "{ [0,60) }");
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
