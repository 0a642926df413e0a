//! Inputs that fuzzing found, and seeds, as ordinary tests: see `fuzz/README.md`.

#![cfg(not(target_arch = "wasm32"))]

#[path = "../fuzz/src/chunks.rs"]
mod chunks;
#[path = "../fuzz/src/demuxer.rs"]
mod demuxer;

use std::fs;
use std::path::Path;

use mse_polyfill::container::isobmff::IsoBmffDemuxer;
use mse_polyfill::container::mpeg_audio::MpegAudioDemuxer;
use mse_polyfill::container::webm::WebMDemuxer;
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

/// Checks the findings of a demuxer's fuzz target.
fn check_findings<D: Demuxer>(target: &str, new: fn(Strictness) -> D) {
    for (name, input) in inputs(&format!("fuzz/{target}")) {
        println!("{name}");
        demuxer::check(&input, new);
    }
}

/// Checks the findings, and the fixtures of a folder whose names end in one of these ways, lenient and strict, with a
/// budget of 100 bytes and three cuts.
fn check_demuxer<D: Demuxer>(target: &str, folder: &str, endings: &[&str], new: fn(Strictness) -> D) {
    check_findings(target, new);
    let mut count = 0;
    for (name, file) in inputs(folder) {
        if !endings.iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        println!("{name}");
        count += 1;
        for flags in [6, 7] {
            let header = [flags, 0, 100, 0x11, 0x11, 0, 77, 0x7f, 0xf0];
            demuxer::check(&[&header, file.as_slice()].concat(), new);
        }
    }
    assert!(count > 3);
}

#[test]
fn mp4_demuxer() {
    check_demuxer("mp4_demuxer", "mp4", &[".mp4"], IsoBmffDemuxer::new);
}

#[test]
fn mpeg_audio_demuxer() {
    check_demuxer(
        "mpeg_audio_demuxer",
        "mpeg_audio",
        &[".mp3", ".mp2"],
        MpegAudioDemuxer::mpeg,
    );
}

#[test]
fn adts_demuxer() {
    check_demuxer("adts_demuxer", "mpeg_audio", &[".aac"], MpegAudioDemuxer::adts);
}

#[test]
fn webm_demuxer() {
    check_demuxer("webm_demuxer", "webm", &[".webm", ".mkv"], WebMDemuxer::new);
    check_demuxer("webm_demuxer", "recorder", &[".webm"], WebMDemuxer::new);
}

#[test]
fn encoded_chunks_demuxer() {
    assert!(!inputs("fuzz/encoded_chunks_demuxer").is_empty());
    check_findings("encoded_chunks_demuxer", chunks::demuxer);
}
