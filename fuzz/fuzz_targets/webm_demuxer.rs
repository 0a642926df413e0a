//! Any bytes, cut anywhere, into the WebM demuxer.

#![no_main]

#[path = "../src/demuxer.rs"]
mod demuxer;

use mse_polyfill::container::webm::WebMDemuxer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| demuxer::check(input, WebMDemuxer::new));
