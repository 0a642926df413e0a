//! The browser, wasm32 only: what the page and the worker call.

mod alarm;
pub mod chunks;
pub mod decoders;
mod generator_sound;
pub mod inbox;
pub mod page;
pub mod sinks;
mod wall_clock;
mod webcodecs;
pub mod worker;
mod worklet_sound;
