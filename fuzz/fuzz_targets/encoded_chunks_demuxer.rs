//! Any bytes, cut anywhere, into the demuxer of encoded chunks.

#![no_main]

#[path = "../src/chunks.rs"]
mod chunks;
#[path = "../src/demuxer.rs"]
mod demuxer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| demuxer::check(input, chunks::demuxer));
