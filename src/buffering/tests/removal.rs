//! Coded frame removal.

use super::*;

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
