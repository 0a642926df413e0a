//! The generate timestamps flag, and sound of which a part is not heard.

use super::*;

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
    let heard = in_decode_order(buffer);
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
    let first = in_decode_order(bench.track(AUDIO)).remove(0);
    assert_eq!(first.trim_start, ms(6));
}

#[test]
fn a_page_without_an_append_window_loses_no_sound_before_zero() {
    let mut bench = generating();
    bench.offset(ms(-16)).file(gapless_file(2));
    bench.track_holds(AUDIO, "0KD4:1 4K:0 14K:0 24KD7:2", "{ [0,31) }");
}

/// Where the container has timestamps, such frames come before those that are heard, and the append window may begin later.
#[test]
fn an_append_window_that_begins_in_the_first_sound_that_is_heard_takes_what_is_decoded_before() {
    let mut bench = Bench::new();
    let mut file = frames(AUDIO, "0KD0 0D0 0D4 4K");
    (file[0].trim_start, file[1].trim_start, file[2].trim_start) = (ms(10), ms(10), ms(6));
    bench.file(file.clone());
    bench.track_holds(AUDIO, "0KD0 0D0 0D4 4K", "{ [0,14) }");
    bench.parameters.append_window_start = ms(103);
    bench.parameters.timestamp_offset = ms(100);
    bench.abort().file(file);
    bench.track_holds(
        AUDIO,
        "0KD0 0D0 0D4 4K 103KD0:0 103D1:0 104K:4",
        "{ [0,14) [103,114) }",
    );
}

/// A file of Vorbis does not say how much of its last frame is padding; pages may know.
#[test]
fn a_file_laid_over_the_padding_of_the_one_before_cuts_it_off() {
    let mut bench = Bench::new();
    bench.audio("0K 10K 20K");
    let description = [
        track(VIDEO, TrackKind::Video, "avc1"),
        track(AUDIO, TrackKind::Audio, "mp4a"),
    ];
    bench.buffers.set_descriptions(&description.each_ref());
    bench.audio("25K 35K");
    bench.track_holds(AUDIO, "0K 10K 20KD5 25K 35K", "{ [0,45) }");
    assert_eq!(in_decode_order(bench.track(AUDIO))[2].trim_end, ms(5));
    // In one file, playback decides.
    bench.audio("40K 50K");
    bench.track_holds(AUDIO, "0K 10K 20KD5 25K 35K 40K 50K", "{ [0,60) }");
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
