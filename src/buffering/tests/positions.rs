//! Positions of frames, by which they are decoded.

use super::*;

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
