//! Edit lists.

use super::writer::*;
use super::*;

#[test]
fn edit_lists_shift_both_times() {
    let of = |version, entries: &[u32]| {
        let elst = fields(b"elst", version, 0, entries);
        let track = TrackWriter {
            edits: boxed(b"edts", &[&elst]),
            ..TrackWriter::video(1)
        };
        let bytes = [
            init(&[track], Some(&[trex(1, 40, 4, 0)])),
            fragment(&[tfdt(1_000)]),
        ]
        .concat();
        story(&bytes).unwrap()[2].clone()
    };
    let minus_one = u32::MAX;
    assert_eq!(of(0, &[1, 0, 80, 1 << 16]), "1 920 920 960 K aaaa");
    assert_eq!(of(1, &[1, 0, 0, 0, 80, 1 << 16]), "1 920 920 960 K aaaa");
    // 300 of 600 ticks a second.
    assert_eq!(
        of(0, &[2, 300, minus_one, 1 << 16, 0, 80, 1 << 16]),
        "1 1420 1420 1460 K aaaa"
    );
    assert_eq!(of(0, &[1, 300, minus_one, 1 << 16]), "1 1000 1000 1040 K aaaa");
    // Several empty edits add up; what comes after the first edit of media does not matter.
    let rate = 1 << 16;
    assert_eq!(
        of(0, &[3, 300, minus_one, rate, 60, minus_one, rate, 600, 80, rate]),
        "1 1520 1520 1560 K aaaa"
    );
    assert_eq!(of(0, &[2, 600, 80, rate, 600, 680, rate]), "1 920 920 960 K aaaa");
    assert_eq!(
        of(0, &[2, 12, 80, 0, 600, minus_one, rate]),
        "1 920 920 960 K aaaa"
    );
    assert_eq!(
        of(0, &[1, 0, 80u32.wrapping_neg(), rate]),
        "1 1000 1000 1040 K aaaa"
    );
    assert_eq!(
        of(1, &[2, 0, 300, minus_one, minus_one, rate, 0, 1, 0, 80, rate]),
        "1 1420 1420 1460 K aaaa"
    );
    assert_eq!(of(0, &[0]), "1 1000 1000 1040 K aaaa");
}
