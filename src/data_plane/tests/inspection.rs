//! What an inspector is told of the buffers.

use super::*;
use crate::playback::PLAYER_NUMBERS;

/// The numbers of the SourceBuffers, with the random access points from `from` up to `to`, in milliseconds.
fn look(bench: &Bench, from: i64, to: i64) -> Vec<f64> {
    let numbers = bench.plane.inspect(0.0, ms(from), ms(to), &NoPlatform);
    numbers[PLAYER_NUMBERS..].to_vec()
}

#[test]
fn each_track_has_its_ranges_and_random_access_points() {
    let mut bench = Bench::new();
    let quota = Quota::default().video as f64;
    assert_eq!(look(&bench, 0, 1_000), [7.0, 0.0, quota, 0.0, 0.0]);

    bench.appends("init v2 a1; media; 2 0K 10 20K 30; 1 0K 10K 20K 30K 40K; end;");
    bench.appends("media; 2 200K 210; 1 200K 210K; end;");
    bench.command(Command::SelectTracks {
        video: None,
        audio: Some((ID, 1)),
    });
    let (pictures, sounds) = (
        bytes(2 + 2 + 3 + 2 + 4 + 3, 6) as f64,
        bytes(2 + 4 * 3 + 4 + 4, 7) as f64,
    );
    let mut expected = vec![7.0, pictures + sounds, quota, 0.0, 2.0];
    expected.extend([
        2.0, 1.0, 0.0, pictures, 2.0, 3.0, 0.0, 0.04, 0.2, 0.22, 0.0, 0.02, 0.2,
    ]);
    expected.extend([1.0, 0.0, 1.0, sounds, 2.0, 0.0, 0.0, 0.05, 0.2, 0.22]);
    assert_eq!(look(&bench, 0, 1_000), expected);

    // From the first instant on, up to the last.
    let points = |from, to| {
        let numbers = look(&bench, from, to);
        numbers[15..15 + numbers[10] as usize].to_vec()
    };
    assert_eq!(points(1, 200), [0.02]);
    assert_eq!(points(20, 201), [0.02, 0.2]);
    assert_eq!(points(201, 1_000), []);

    bench.begin_append(b"media; 2 300K; end;");
    bench.command(Command::Remove {
        id: ID,
        token: 99,
        start: ms(0),
        end: ms(10),
    });
    assert_eq!(look(&bench, 0, 0)[3], 2.0, "what is not done yet");
}

#[test]
fn random_access_points_are_not_endless() {
    let mut bench = Bench::new();
    let frames: String = (0..700).map(|frame| format!(" {}K", frame * 10)).collect();
    bench.appends(&format!("init v2; media; 2{frames}; end;"));
    let numbers = look(&bench, 500, 60_000);
    assert_eq!(numbers[10], 600.0);
    assert_eq!((numbers[13], numbers.last()), (0.5, Some(&6.49)));
}
