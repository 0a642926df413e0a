//! The browser, wasm32 only: what the page and the worker call.

pub mod browser;
pub mod chunks;
pub mod decoders;
pub mod inbox;
pub mod page;
pub mod sinks;
pub mod worker;
