//! Media Source Extensions as a library.
//!
//! Two planes speak to each other in the words of [`protocol`]:
//!
//! * the **control plane** on the page thread answers what a page may ask synchronously: [`mse`] holds the states of
//!   `MediaSource` and `SourceBuffer`, [`element`] the media element's, [`control_plane`] ties them together;
//! * the **data plane** in a worker owns bytes, frames, decoders and the clock: [`container`] turns bytes into
//!   initialization segments and coded frames, [`buffering`] keeps them in track buffers, [`playback`] plans the
//!   decoding and paces what comes out, [`data_plane`] ties them together.
//!
//! Everything here is pure: no clock, no JS, no I/O. Bytes and times go in, events come out. Only `web`, which exists
//! on wasm32 alone, knows of a browser.

// The module for browsers is built without `Debug` texts: no message may need them.
#![cfg_attr(not(test), warn(clippy::use_debug))]

pub mod buffering;
pub mod bytes;
pub mod codec;
pub mod container;
pub mod control_plane;
pub mod data_plane;
pub mod element;
pub mod mime;
pub mod mse;
pub mod picture;
pub mod playback;
pub mod protocol;
pub mod ranges;
pub mod rehearsal;
pub mod time;
#[cfg(target_arch = "wasm32")]
pub mod web;
mod wire;
