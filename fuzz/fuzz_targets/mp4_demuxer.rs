//! Any bytes, cut anywhere, into the MP4 demuxer.

#![no_main]

#[path = "../src/demuxer.rs"]
mod demuxer;

use mse_polyfill::container::isobmff::IsoBmffDemuxer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| demuxer::check(input, IsoBmffDemuxer::new));
