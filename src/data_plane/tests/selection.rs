//! Which track is decoded and shown, and in which order the page hears of it.

use super::*;

#[test]
fn the_first_tracks_are_decoded_before_the_page_has_chosen() {
    let decoded = |foresees: bool, choice: Option<Command>| {
        let mut bench = Bench::reading(DataPlane::new(), "video/mp4");
        if foresees {
            bench.plane.foresee_selection();
        }
        if let Some(command) = choice {
            bench.command(command);
        }
        // Without it, the sound waits for the first picture.
        bench.command(Command::Play);
        bench.begin_append(include_bytes!("../../rehearsal/short.mp4"));
        let mut platform = Loopback::default();
        for now in 0..5 {
            bench.plane.run(f64::from(now), &mut platform);
            while bench.plane.poll_event().is_some() {}
        }
        let chunks_of = |kind| platform.chunks.iter().filter(|chunk| chunk.0 == kind).count();
        [TrackKind::Video, TrackKind::Audio].map(|kind| chunks_of(kind) > 0)
    };
    let nothing = Command::SelectTracks {
        video: None,
        audio: None,
    };
    assert_eq!(decoded(true, None), [true, true]);
    assert_eq!(decoded(false, None), [false, false]);
    assert_eq!(
        decoded(true, Some(nothing)),
        [false, false],
        "the page has the last word"
    );
}

/// Timestamps in microseconds of the pictures that a seek shows once it is answered.
fn shown_by_seek(bench: &mut Bench, position: MediaTime) -> Vec<i64> {
    bench.command(Command::SelectTracks {
        video: Some((ID, 1)),
        audio: Some((ID, 2)),
    });
    bench.command(Command::Seek { token: 3, position });
    let mut platform = Loopback::default();
    let mut timestamps = Vec::new();
    let mut ready = None;
    for now in 0..100 {
        bench.plane.run(f64::from(now), &mut platform);
        while let Some(event) = bench.plane.poll_event() {
            if let Event::PositionReady { token, position } = event {
                ready = Some((token, position));
            }
        }
        let player = bench.plane.player_mut();
        let mut chunks = std::mem::take(&mut platform.chunks);
        chunks.sort_by_key(|chunk| chunk.1);
        for (kind, timestamp) in chunks {
            match kind {
                TrackKind::Video => {
                    player.video_decoded(timestamps.len() as VideoFrameId, timestamp, (96, 64));
                    timestamps.push(timestamp);
                }
                TrackKind::Audio => player.audio_decoded(DecodedAudio {
                    timestamp,
                    sample_rate: 44_100,
                    channels: vec![vec![0.0; 1024]; 2],
                }),
            }
        }
        for kind in platform.flushes.drain(..) {
            player.flushed(kind);
        }
    }
    assert_eq!(ready, Some((3, position)));
    platform
        .presented
        .iter()
        .map(|&frame| timestamps[frame as usize])
        .collect()
}

#[test]
fn a_seek_shows_the_frame_of_the_selected_track() {
    let mut bench = Bench::reading(DataPlane::new(), "video/mp4");
    assert_eq!(bench.append(fixture!("moov-end")).2, Ok(()));
    // Frame 29 at 29.97 frames a second.
    assert_eq!(shown_by_seek(&mut bench, ms(1_000)), [967_633]);
}

#[test]
fn a_stream_with_b_frames_and_no_edit_list_starts_at_zero() {
    // The first picture is decoded at 0 and shown two frames later; the first frame of sound is said to last longer
    // than its samples do.
    for position in [0, 30] {
        let mut bench = Bench::reading(DataPlane::new(), "video/mp4");
        let (_, snapshot, result) = bench.append(fixture!("fragmented"));
        assert_eq!(result, Ok(()));
        for (track, starts) in snapshot.tracks.iter().zip([66_733_333, 0]) {
            assert_eq!(
                track.ranges.start(),
                Some(MediaTime::from_nanos(starts)),
                "{:?}",
                track.kind
            );
            assert_eq!(track.ranges.len(), 1, "{:?}", track.ranges);
        }
        assert_eq!(shown_by_seek(&mut bench, ms(position)), [66_733]);
    }
}

#[test]
fn the_element_hears_first_what_the_source_had_said_before() {
    let mut bench = Bench::new();
    let mut say = |told: &[u64], events: Vec<Event>| {
        for &changes in told {
            bench.command(Command::Mirrored { changes });
        }
        for event in events {
            bench.plane.events.push_back(event);
        }
        std::iter::from_fn(|| bench.plane.poll_event()).collect::<Vec<_>>()
    };
    let removed = || Event::Removed {
        id: ID,
        token: 1,
        snapshot: SourceBufferSnapshot::default(),
    };
    assert_eq!(say(&[1], vec![]), [], "nothing is said for its own sake");
    assert_eq!(
        say(&[2, 3], vec![removed(), Event::PlaybackEnded, removed()]),
        [
            removed(),
            Event::Mirrored { changes: 3 },
            Event::PlaybackEnded,
            removed()
        ]
    );
    assert_eq!(
        say(&[], vec![Event::PlaybackEnded]),
        [Event::PlaybackEnded],
        "once is enough"
    );
}
