//! What goes: by removal, for an append, and before there is need.

use super::*;

#[test]
fn removal_is_answered_and_bounded_by_the_duration() {
    let mut bench = Bench::new();
    bench.appends("init v2; media; 2 0K 10 20K 30 40; end;");
    bench.command(Command::SetDuration {
        duration: Some(ms(40)),
    });
    bench.command(Command::Remove {
        id: ID,
        token: 5,
        start: ms(25),
        end: MediaTime::INFINITY,
    });
    let events = bench.run();
    let [
        Event::Removed {
            id: ID,
            token: 5,
            snapshot,
        },
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!(show_ranges(&snapshot.tracks[0].ranges), "{ [0,30) }");
    assert_eq!(snapshot.bytes_held, bytes(2 + 2 + 3, 3));
}

#[test]
fn an_append_takes_the_place_of_what_was_played() {
    let mut bench = Bench::new();
    let group = |start: i64| {
        let second = start * 1_000;
        format!("2 {second}KD500 {}D500;", second + 500)
    };
    let size = group(8).len() as u64;
    let mut text = String::from("init v2; media;");
    (0..8).for_each(|start| text += &group(start));
    let held = bench.appends(&text);
    assert_eq!(held.bytes_evictable, 0, "nothing is played");

    // Room for what is there and a little more, but not for another group.
    let quota = Quota {
        video: held.bytes_held + size - 1,
        audio: 0,
    };
    bench.command(Command::SetQuota { quota });
    let seek = |token, position| Command::Seek {
        token,
        position: ms(position),
    };
    bench.command(seek(1, 6_000));
    bench.plane.run(10.0, &mut NoPlatform);
    let told = |bench: &mut Bench| {
        let events = std::iter::from_fn(|| bench.plane.poll_event());
        let mut told = events.filter_map(|event| match event {
            Event::Evictable { id: ID, bytes } => Some(bytes),
            _ => None,
        });
        told.next()
    };
    let evictable = bytes(13 + 17 + 17, 6);
    assert_eq!(told(&mut bench), Some(evictable));
    bench.plane.run(800.0, &mut NoPlatform);
    assert_eq!(told(&mut bench), None, "said once");
    let snapshot = bench.appends(&group(8));
    assert!(snapshot.bytes_held <= quota.video);
    assert_eq!(show_ranges(&snapshot.tracks[0].ranges), "{ [1000,9000) }");

    // The position follows the player's clock, and less than half of the quota is nothing to speak of.
    bench.command(Command::SetQuota {
        quota: Quota::default(),
    });
    bench.command(seek(2, 0));
    bench.plane.run(900.0, &mut NoPlatform);
    assert_eq!(told(&mut bench), None);
    assert_eq!(bench.appends("").bytes_evictable, 0);
}

#[test]
fn a_managed_source_gives_back_what_was_played() {
    let mut bench = Bench::new();
    let mut text = String::from("init v2; media;");
    (0..8_000)
        .step_by(1_000)
        .for_each(|start| text += &format!("2 {start}KD500 {}D500;", start + 500));
    let held = bench.appends(&text);
    let quota = Quota {
        video: held.bytes_held + 1,
        audio: 0,
    };
    bench.command(Command::SetQuota { quota });
    bench.command(Command::ManageMemory);
    let cleaned_up = |bench: &mut Bench, now: f64| {
        bench.plane.run(now, &mut NoPlatform);
        let events = std::iter::from_fn(|| bench.plane.poll_event());
        let mut snapshots = events.filter_map(|event| match event {
            Event::MemoryCleanedUp { id: ID, snapshot } => Some(snapshot),
            _ => None,
        });
        snapshots.next()
    };
    assert_eq!(cleaned_up(&mut bench, 0.0), None, "nothing is played");
    bench.command(Command::Seek {
        token: 1,
        position: ms(6_500),
    });
    let snapshot = cleaned_up(&mut bench, 1_000.0).unwrap();
    assert_eq!(show_ranges(&snapshot.tracks[0].ranges), "{ [3000,8000) }");
    assert!(snapshot.bytes_held > quota.video / 2, "what is near stays");
    assert_eq!(cleaned_up(&mut bench, 2_000.0), None, "there is nothing more");
    // A source that is not managed keeps all until room is needed, and a managed one does where there is enough.
    bench.command(Command::SetQuota {
        quota: Quota {
            video: snapshot.bytes_held * 2 + 2,
            audio: 0,
        },
    });
    bench.command(Command::Seek {
        token: 2,
        position: ms(7_900),
    });
    assert_eq!(cleaned_up(&mut bench, 3_000.0), None);
}
