//! The examples run, and print what their files hold.
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml allows these in tests, but takes only `#[test]` and `#[cfg(test)]` for such.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::process::Command;

/// What an example prints, and what it complains of.
fn run(example: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", example, "--"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

fn simulate(arguments: &[&str]) -> String {
    run("simulate", arguments).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

/// Whether these stand in lines of the text, one after the other.
fn has_in_order(text: &str, pieces: &[&str]) -> bool {
    let mut lines = text.lines();
    pieces.iter().all(|piece| lines.any(|line| line.contains(piece)))
}

/// `track,size,key` of every frame, sorted. The columns of a line are found at `places`.
fn frames(csv: &str, places: [usize; 3]) -> Vec<String> {
    let lines = csv.lines().filter(|line| !line.starts_with('#'));
    let mut frames: Vec<String> = lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            places.map(|place| cells[place]).join(",")
        })
        .collect();
    frames.sort();
    frames
}

#[test]
fn dump_prints_every_frame() {
    for file in ["moov-end", "fragmented", "vp9-opus"] {
        let path = format!("{}/tests/fixtures/mp4/{file}", env!("CARGO_MANIFEST_DIR"));
        let printed = run("dump", &[&format!("{path}.mp4")]).unwrap();
        let expected = std::fs::read_to_string(format!("{path}.csv")).unwrap();
        assert_eq!(
            frames(&printed, [0, 5, 6]),
            frames(&expected, [0, 4, 5]),
            "{file}"
        );
    }
    let error = run("dump", &["Cargo.toml"]).unwrap_err();
    assert!(error.contains("nothing that this crate reads"), "{error}");
}

#[test]
fn simulate_plays_a_file_from_start_to_end() {
    let printed = simulate(&["tests/fixtures/clips/moov-front.mp4"]);
    let timeline = [
        "sourceopen",
        "addSourceBuffer      video/mp4",
        "appendBuffer         64000 bytes, 64000 of 92844",
        "init segment         7.000 s; track 1 avc1.64001e",
        "readyState           HAVE_METADATA",
        "buffered             [0.000, 4.523)",
        "loadedmetadata",
        "readyState           HAVE_ENOUGH_DATA",
        "playing",
        "buffered             [0.000, 7.000)",
        "endOfStream",
        "   7.000  element              ended",
        "ended at 7.000 after 7.134 s; first picture after 0.084 s; 210 shown, 0 dropped; waited 0 times",
    ];
    assert!(has_in_order(&printed, &timeline), "{printed}");
}

#[test]
fn simulate_waits_for_a_slow_network() {
    // The file needs 13 kB a second.
    let printed = simulate(&[
        "tests/fixtures/clips/fragmented.mp4",
        "--network",
        "8",
        "--piece",
        "4",
    ]);
    let timeline = ["playing", "waiting", "HAVE_CURRENT_DATA", "playing", "ended"];
    assert!(has_in_order(&printed, &timeline), "{printed}");
    assert!(!printed.contains("waited 0 times"), "{printed}");
    let fast = simulate(&["tests/fixtures/clips/vp8-vorbis.webm", "--rate", "2"]);
    assert!(fast.contains("ended at 7.0"), "{fast}");
    assert!(fast.contains(" after 3."), "{fast}");
}

#[test]
fn simulate_seeks_and_tells_what_it_cannot_play() {
    let printed = simulate(&[
        "tests/fixtures/clips/vp9-opus.webm",
        "--seek",
        "2:5.5",
        "--seek",
        "3:1",
    ]);
    let timeline = [
        "currentTime          = 5.5",
        "seeking",
        "seeked",
        "currentTime          = 1",
        "seeking",
        "seeked",
        "ended",
    ];
    assert!(has_in_order(&printed, &timeline), "{printed}");
    let refused = run("simulate", &["tests/fixtures/clips/moov-front.mp4", "--strict"]).unwrap_err();
    assert!(refused.contains("moov"), "{refused}");
    for wrong in [["--network", "0"], ["--seek", "5"], ["--fast", ""]] {
        assert!(run("simulate", &wrong).is_err(), "{wrong:?}");
    }
}
