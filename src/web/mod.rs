//! The browser, wasm32 only: what the page and the worker call.

mod alarm;
pub mod decoders;
pub mod inbox;
pub mod page;
pub mod sinks;
pub mod worker;
