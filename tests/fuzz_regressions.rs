//! Inputs that fuzzing found, and seeds, as ordinary tests: see `fuzz/README.md`.

#![cfg(not(target_arch = "wasm32"))]

#[path = "../fuzz/src/mp4_demuxer.rs"]
mod mp4_demuxer;

use std::fs;
use std::path::Path;

/// The files of a folder beside the other fixtures.
fn inputs(folder: &str) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(folder);
    let entries = fs::read_dir(&path).unwrap_or_else(|error| unreachable!("{}: {error}", path.display()));
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            Some((name, fs::read(entry.path()).ok()?))
        })
        .collect()
}

#[test]
fn mp4_demuxer_inputs_found_by_fuzzing() {
    let inputs = inputs("fuzz/mp4");
    assert!(!inputs.is_empty());
    for (name, input) in inputs {
        println!("{name}");
        mp4_demuxer::check(&input);
    }
}

#[test]
fn mp4_demuxer_fixtures_hold_as_well() {
    let mut count = 0;
    for (name, file) in inputs("mp4") {
        if !name.ends_with(".mp4") {
            continue;
        }
        println!("{name}");
        count += 1;
        for flags in [6, 7] {
            let header = [flags, 0, 100, 0x11, 0x11, 0, 77, 0x7f, 0xf0];
            mp4_demuxer::check(&[&header, file.as_slice()].concat());
        }
    }
    assert!(count > 10);
}
