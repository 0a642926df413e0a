//! Any bytes, cut anywhere, into the MP4 demuxer.

#![no_main]

#[path = "../src/mp4_demuxer.rs"]
mod mp4_demuxer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| mp4_demuxer::check(input));
