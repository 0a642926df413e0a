//! The browser: wasm32 only.

mod alarm;
pub mod decoders;
pub mod inbox;
pub mod sinks;
pub mod worker;
