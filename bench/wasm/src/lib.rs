//! The bare demuxer for benchmark pages. The product has no such export: there a data plane is around it.

#![cfg(target_arch = "wasm32")]

use mse_polyfill::container::{CodedFrame, DemuxEvent, Demuxer, ParseStatus, Strictness, demuxer_for};
use mse_polyfill::mime::MediaType;
use wasm_bindgen::prelude::*;

/// As much as a SourceBuffer gives its demuxer at a time, in bytes.
const PIECE: usize = 128 * 1024;

/// A demuxer and what all frames so far come to.
#[wasm_bindgen]
pub struct Demux {
    demuxer: Box<dyn Demuxer>,
    /// Frames stay here when they are to be kept, else they are dropped as soon as they were looked at.
    kept: Option<Vec<CodedFrame>>,
    frames: u32,
    keys: u32,
    bytes: f64,
    seconds: f64,
    edges: u32,
}

impl std::fmt::Debug for Demux {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Demux").finish_non_exhaustive()
    }
}

#[wasm_bindgen]
impl Demux {
    /// `undefined` for a type without a demuxer.
    pub fn open(media_type: &str, keep: bool) -> Option<Self> {
        Some(Self {
            demuxer: demuxer_for(&MediaType::parse(media_type)?, Strictness::Lenient)?,
            kept: keep.then(Vec::new),
            frames: 0,
            keys: 0,
            bytes: 0.0,
            seconds: 0.0,
            edges: 0,
        })
    }

    /// Takes the next bytes of the stream, as the data plane does: they are moved in once, then given on in pieces.
    ///
    /// # Errors
    /// The demuxer's.
    pub fn push(&mut self, bytes: Vec<u8>) -> Result<(), JsError> {
        for piece in bytes.chunks(PIECE) {
            self.demuxer.push(piece);
            while self.parse()? == ParseStatus::MorePending {}
        }
        Ok(())
    }

    fn parse(&mut self) -> Result<ParseStatus, JsError> {
        let status = self.demuxer.parse(PIECE)?;
        while let Some(event) = self.demuxer.poll_event() {
            let DemuxEvent::Frame(frame) = event else { continue };
            self.frames += 1;
            self.keys += u32::from(frame.is_random_access_point);
            self.bytes += frame.data.len() as f64;
            self.seconds += frame.presentation_timestamp.as_seconds();
            let ends = [frame.data.first(), frame.data.last()];
            self.edges += ends
                .into_iter()
                .flatten()
                .map(|&byte| u32::from(byte))
                .sum::<u32>();
            if let Some(kept) = &mut self.kept {
                kept.push(frame);
            }
        }
        Ok(status)
    }

    /// Frames, key frames, bytes of payload, sum of all presentation times, sum of the payloads' first and last bytes.
    pub fn tally(&self) -> Vec<f64> {
        let Self {
            frames, keys, edges, ..
        } = *self;
        vec![frames.into(), keys.into(), self.bytes, self.seconds, edges.into()]
    }
}
