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
//!
//! # Without a browser
//!
//! A Rust program can use the parts by themselves. The frames of a file:
//!
//! ```
//! use mse_polyfill::container::{DemuxEvent, Strictness, demuxer_for};
//! use mse_polyfill::mime::MediaType;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/clips/moov-end.mp4");
//! let bytes = std::fs::read(path)?;
//! let media_type = MediaType::sniff(&bytes).ok_or("an unknown format")?;
//! let mut demuxer = demuxer_for(&media_type, Strictness::Lenient).ok_or("no parser")?;
//!
//! let (mut tracks, mut frames) = (Vec::new(), 0);
//! for piece in bytes.chunks(4096) {
//!     demuxer.push(piece); // pieces of any size give the same events
//!     demuxer.parse(usize::MAX)?;
//!     while let Some(event) = demuxer.poll_event() {
//!         match event {
//!             DemuxEvent::InitSegment(segment) => tracks = segment.tracks,
//!             DemuxEvent::Frame(frame) => {
//!                 frames += 1;
//!                 assert!(frame.presentation_timestamp <= frame.presentation_end);
//!             }
//!             _ => {}
//!         }
//!     }
//! }
//! let codecs: Vec<&str> = tracks.iter().map(|track| track.config.codec.as_str()).collect();
//! assert_eq!(codecs, ["avc1.64001e", "mp4a.40.2"]);
//! # assert_eq!(frames, 540);
//! # Ok(())
//! # }
//! ```
//!
//! Track buffers as the specification keeps them, with what is buffered after each append and removal:
//!
//! ```
//! use mse_polyfill::buffering::source_buffer::SourceBuffer;
//! use mse_polyfill::container::{ParseStatus, Strictness, demuxer_for};
//! use mse_polyfill::mime::MediaType;
//! use mse_polyfill::protocol::AppendParameters;
//! use mse_polyfill::time::MediaTime;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/clips/vp9-opus.webm");
//! # let bytes = std::fs::read(path)?;
//! let media_type = MediaType::parse("video/webm").ok_or("no type")?;
//! let demuxer = demuxer_for(&media_type, Strictness::Lenient);
//! let mut source_buffer = SourceBuffer::new(&media_type.essence, demuxer);
//! let placed = AppendParameters {
//!     timestamp_offset: MediaTime::from_seconds(30.0),
//!     ..AppendParameters::default()
//! };
//! source_buffer.append(&placed, bytes);
//! while source_buffer.parse(1 << 20, |init| assert_eq!(init.tracks.len(), 2))? == ParseStatus::MorePending {}
//! source_buffer.remove(MediaTime::ZERO, MediaTime::from_seconds(31.0), None);
//!
//! for track in source_buffer.snapshot(MediaTime::ZERO).tracks {
//!     assert!(track.ranges.start() >= Some(MediaTime::from_seconds(31.0)));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`control_plane::ControlPlane`] and [`data_plane::DataPlane`] together are a MediaSource with its element: give the one's
//! commands to the other, the other's events back, and implement [`playback::Platform`] for the decoders and the sink. The
//! example `simulate` plays files so, in simulated time; the example `dump` prints frames.

// The module for browsers is built without `Debug` texts: no message may need them.
#![cfg_attr(not(test), warn(clippy::use_debug))]

pub mod buffering;
pub mod bytes;
pub mod codec;
pub mod container;
pub mod control_plane;
pub mod data_plane;
mod decimal;
pub mod element;
pub mod mime;
pub mod mse;
pub mod picture;
pub mod playback;
pub mod protocol;
mod queue;
pub mod ranges;
pub mod rehearsal;
mod short_queue;
pub mod time;
#[cfg(target_arch = "wasm32")]
pub mod web;
mod wire;
