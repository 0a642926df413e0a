//! Inputs that fuzzing found, and seeds, as ordinary tests: see `fuzz/README.md`.

#![cfg(not(target_arch = "wasm32"))]

#[path = "../fuzz/src/demuxer.rs"]
mod demuxer;

use std::fs;
use std::path::Path;

use mse_polyfill::container::isobmff::IsoBmffDemuxer;
use mse_polyfill::container::{Demuxer, Strictness};

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

/// Checks the inputs of the fuzz target for a demuxer, and the fixtures of a folder, lenient and strict, with a budget
/// of 100 bytes and three cuts.
fn check_demuxer<D: Demuxer>(folder: &str, new: fn(Strictness) -> D) {
    let findings = inputs(&format!("fuzz/{folder}_demuxer"));
    assert!(!findings.is_empty());
    for (name, input) in findings {
        println!("{name}");
        demuxer::check(&input, new);
    }
    let fixtures = inputs(folder);
    let is_media = |name: &str| !(name.ends_with(".csv") || name.ends_with(".sh"));
    let fixtures: Vec<_> = fixtures.iter().filter(|(name, _)| is_media(name)).collect();
    assert!(fixtures.len() > 10);
    for (name, file) in fixtures {
        println!("{name}");
        for flags in [6, 7] {
            let header = [flags, 0, 100, 0x11, 0x11, 0, 77, 0x7f, 0xf0];
            demuxer::check(&[&header, file.as_slice()].concat(), new);
        }
    }
}

#[test]
fn mp4_demuxer() {
    check_demuxer("mp4", IsoBmffDemuxer::new);
}
