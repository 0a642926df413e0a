//! Any appends, removals, evictions and resets of track buffers, against a naive model.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mse_polyfill::buffering::model::check_bytes(input));
