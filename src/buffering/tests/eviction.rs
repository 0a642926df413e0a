//! Coded frame eviction.

use super::*;

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
    // How small is for the page to say.
    bench.buffers.gaps.between = ms(399);
    bench.buffers.evict(ms(0), u64::MAX);
    assert_eq!(ranges(&bench), "{ [0,2000) }");
    bench.buffers.gaps.between = ms(400);
    bench.append("2400KD500").abort();
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
