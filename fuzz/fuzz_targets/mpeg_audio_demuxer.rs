//! Any bytes, cut anywhere, into the MPEG audio demuxer.

#![no_main]

#[path = "../src/demuxer.rs"]
mod demuxer;

use mse_polyfill::container::mpeg_audio::MpegAudioDemuxer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| demuxer::check(input, MpegAudioDemuxer::mpeg));
