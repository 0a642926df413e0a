//! The browser: wasm32 only.

mod alarm;
pub mod decoders;
mod generator_sound;
pub mod inbox;
pub mod sinks;
mod wall_clock;
pub mod worker;
