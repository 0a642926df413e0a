//! MediaSource and SourceBuffer.

use js_sys::Float64Array;
use wasm_bindgen::prelude::*;

use super::{ControlPlane, flattened};
use crate::container::Strictness;
use crate::mse::{EndOfStreamError, Exception};
use crate::playback::gap_policy::Gaps;
use crate::protocol::{AppendMode, Quota, SourceBufferId, Token, Tolerance};
use crate::time::MediaTime;
use crate::web::chunks::{ChunksAppendInit, ChunksConfigInit};

#[wasm_bindgen]
impl ControlPlane {
    /// `MediaSource.readyState`.
    #[wasm_bindgen(getter, js_name = readyState)]
    pub fn ready_state(&self) -> String {
        self.inner.source().ready_state().as_str().to_owned()
    }

    /// `duration` of the source and of the element.
    #[wasm_bindgen(getter)]
    pub fn duration(&self) -> f64 {
        self.inner.source().duration()
    }

    /// `MediaSource.duration` setter.
    #[wasm_bindgen(js_name = setDuration)]
    pub fn set_duration(&mut self, value: f64) -> Result<(), JsValue> {
        Ok(self.inner.set_duration(value)?)
    }

    /// `MediaSource.addSourceBuffer`; returns the new id.
    #[wasm_bindgen(js_name = addSourceBuffer)]
    pub fn add_source_buffer(&mut self, media_type: &str) -> Result<SourceBufferId, JsValue> {
        Ok(self.inner.add_source_buffer(media_type)?)
    }

    /// `MediaSource.addSourceBuffer` with a decoder's configuration; returns the new id.
    #[wasm_bindgen(js_name = addSourceBufferForChunks)]
    pub fn add_source_buffer_for_chunks(
        &mut self,
        config: &ChunksConfigInit,
    ) -> Result<SourceBufferId, JsValue> {
        Ok(self.inner.add_source_buffer(config)?)
    }

    /// `MediaSource.removeSourceBuffer`.
    #[wasm_bindgen(js_name = removeSourceBuffer)]
    pub fn remove_source_buffer(&mut self, id: SourceBufferId) -> Result<(), JsValue> {
        Ok(self.inner.remove_source_buffer(id)?)
    }

    /// `MediaSource.endOfStream` with no error, "network" or "decode".
    #[wasm_bindgen(js_name = endOfStream)]
    pub fn end_of_stream(&mut self, error: Option<String>) -> Result<(), JsValue> {
        let error = match error.as_deref() {
            None => None,
            Some("network") => Some(EndOfStreamError::Network),
            Some("decode") => Some(EndOfStreamError::Decode),
            Some(other) => {
                return Err(Exception::type_error(format!(
                    "MediaSource.endOfStream: \"{other}\" is not an EndOfStreamError"
                ))
                .into());
            }
        };
        Ok(self.inner.end_of_stream(error)?)
    }

    /// `MediaSource.setLiveSeekableRange`.
    #[wasm_bindgen(js_name = setLiveSeekableRange)]
    pub fn set_live_seekable_range(&mut self, start: f64, end: f64) -> Result<(), JsValue> {
        Ok(self.inner.set_live_seekable_range(start, end)?)
    }

    /// `MediaSource.clearLiveSeekableRange`.
    #[wasm_bindgen(js_name = clearLiveSeekableRange)]
    pub fn clear_live_seekable_range(&mut self) -> Result<(), JsValue> {
        Ok(self.inner.clear_live_seekable_range()?)
    }

    /// Ids of `sourceBuffers` in order.
    #[wasm_bindgen(js_name = sourceBuffers)]
    pub fn source_buffers(&self) -> Vec<SourceBufferId> {
        self.inner.source().ids(false)
    }

    /// Ids of `activeSourceBuffers` in order.
    #[wasm_bindgen(js_name = activeSourceBuffers)]
    pub fn active_source_buffers(&self) -> Vec<SourceBufferId> {
        self.inner.source().ids(true)
    }

    /// How many bytes a SourceBuffer with video and one with sound alone may hold.
    #[wasm_bindgen(js_name = setQuota)]
    pub fn set_quota(&mut self, video: f64, audio: f64) {
        // A float to integer cast saturates and sends NaN to zero.
        self.inner.set_quota(Quota {
            video: video as u64,
            audio: audio as u64,
        });
    }

    /// Whether the byte streams of SourceBuffers to come are refused where the specification refuses them.
    #[wasm_bindgen(js_name = setStrict)]
    pub fn set_strict(&mut self, strict: bool) {
        self.inner.set_strictness(if strict {
            Strictness::Strict
        } else {
            Strictness::Lenient
        });
    }

    /// The longest holes that playback passes over, in seconds: before the first data, and between data. And whether it goes
    /// on behind what cannot be decoded.
    #[wasm_bindgen(js_name = setTolerance)]
    pub fn set_tolerance(&mut self, start: f64, between: f64, skips_errors: bool) {
        self.inner.set_tolerance(Tolerance {
            gaps: Gaps {
                start: MediaTime::from_seconds(start),
                between: MediaTime::from_seconds(between),
            },
            skips_errors,
        });
    }

    /// A `<source>` named the source.
    #[wasm_bindgen(js_name = setCandidate)]
    pub fn set_candidate(&mut self) {
        self.inner.set_candidate();
    }

    /// What the oldest "mse-polyfill:decodeerror" task tells.
    #[wasm_bindgen(js_name = takeDecodeError)]
    pub fn take_decode_error(&mut self) -> Option<String> {
        self.inner.take_skipped_error()
    }

    /// The source is a ManagedMediaSource.
    pub fn manage(&mut self) {
        self.inner.manage();
    }

    /// `ManagedMediaSource.streaming`.
    #[wasm_bindgen(getter)]
    pub fn streaming(&self) -> bool {
        self.inner.source().streaming()
    }

    /// What the oldest "bufferedchange" task of this SourceBuffer tells: the ranges that were added, and those that were
    /// removed.
    #[wasm_bindgen(js_name = takeBufferedChange)]
    pub fn take_buffered_change(&mut self, id: SourceBufferId) -> Vec<Float64Array> {
        let change = self.inner.take_buffered_change(id);
        change.map_or_else(Vec::new, |change| {
            let ranges = [&change.added, &change.removed];
            ranges
                .map(|ranges| Float64Array::from(flattened(ranges).as_slice()))
                .to_vec()
        })
    }

    /// The element is given up.
    pub fn detach(&mut self) {
        self.inner.detach();
    }

    // ---- SourceBuffer ------------------------------------------------------------------------------------------------

    /// `SourceBuffer.mode`.
    pub fn mode(&self, id: SourceBufferId) -> Result<String, JsValue> {
        let mode = match self.inner.source_buffer(id)?.mode() {
            AppendMode::Segments => "segments",
            AppendMode::Sequence => "sequence",
        };
        Ok(mode.to_owned())
    }

    /// `SourceBuffer.mode` setter; as in Web IDL, other strings than the two modes are ignored.
    #[wasm_bindgen(js_name = setMode)]
    pub fn set_mode(&mut self, id: SourceBufferId, mode: &str) -> Result<(), JsValue> {
        let mode = match mode {
            "segments" => AppendMode::Segments,
            "sequence" => AppendMode::Sequence,
            _ => return Ok(()),
        };
        Ok(self.inner.set_mode(id, mode)?)
    }

    /// `SourceBuffer.updating`.
    pub fn updating(&self, id: SourceBufferId) -> Result<bool, JsValue> {
        Ok(self.inner.source_buffer(id)?.updating())
    }

    /// `SourceBuffer.buffered`.
    #[wasm_bindgen(js_name = bufferedOf)]
    pub fn buffered_of(&self, id: SourceBufferId) -> Result<Vec<f64>, JsValue> {
        Ok(flattened(&self.inner.buffered_of(id)?))
    }

    /// `SourceBuffer.timestampOffset`.
    #[wasm_bindgen(js_name = timestampOffset)]
    pub fn timestamp_offset(&self, id: SourceBufferId) -> Result<f64, JsValue> {
        Ok(self.inner.source_buffer(id)?.timestamp_offset())
    }

    /// `SourceBuffer.timestampOffset` setter.
    #[wasm_bindgen(js_name = setTimestampOffset)]
    pub fn set_timestamp_offset(&mut self, id: SourceBufferId, value: f64) -> Result<(), JsValue> {
        Ok(self.inner.set_timestamp_offset(id, value)?)
    }

    /// `SourceBuffer.appendWindowStart`.
    #[wasm_bindgen(js_name = appendWindowStart)]
    pub fn append_window_start(&self, id: SourceBufferId) -> Result<f64, JsValue> {
        Ok(self.inner.source_buffer(id)?.append_window_start())
    }

    /// `SourceBuffer.appendWindowStart` setter.
    #[wasm_bindgen(js_name = setAppendWindowStart)]
    pub fn set_append_window_start(&mut self, id: SourceBufferId, value: f64) -> Result<(), JsValue> {
        Ok(self.inner.set_append_window_start(id, value)?)
    }

    /// `SourceBuffer.appendWindowEnd`.
    #[wasm_bindgen(js_name = appendWindowEnd)]
    pub fn append_window_end(&self, id: SourceBufferId) -> Result<f64, JsValue> {
        Ok(self.inner.source_buffer(id)?.append_window_end())
    }

    /// `SourceBuffer.appendWindowEnd` setter.
    #[wasm_bindgen(js_name = setAppendWindowEnd)]
    pub fn set_append_window_end(&mut self, id: SourceBufferId, value: f64) -> Result<(), JsValue> {
        Ok(self.inner.set_append_window_end(id, value)?)
    }

    /// `SourceBuffer.appendBuffer`: the bytes are to go beside the commands that `takeCommands` gives next.
    #[wasm_bindgen(js_name = appendBuffer)]
    pub fn append_buffer(&mut self, id: SourceBufferId, byte_length: usize) -> Result<(), JsValue> {
        Ok(self.inner.append_buffer(id, byte_length as u64)?)
    }

    /// `SourceBuffer.appendEncodedChunks`: the returned number names its promise in the task that settles it. The chunks are
    /// to go beside the commands that `takeCommands` gives next.
    #[wasm_bindgen(js_name = appendEncodedChunks)]
    pub fn append_encoded_chunks(
        &mut self,
        id: SourceBufferId,
        chunks: &ChunksAppendInit,
    ) -> Result<Token, JsValue> {
        Ok(self.inner.append_encoded_chunks(id, &chunks.into())?)
    }

    /// `SourceBuffer.abort`.
    pub fn abort(&mut self, id: SourceBufferId) -> Result<(), JsValue> {
        Ok(self.inner.abort(id)?)
    }

    /// `SourceBuffer.remove`.
    pub fn remove(&mut self, id: SourceBufferId, start: f64, end: f64) -> Result<(), JsValue> {
        Ok(self.inner.remove(id, start, end)?)
    }

    /// `SourceBuffer.changeType`.
    #[wasm_bindgen(js_name = changeType)]
    pub fn change_type(&mut self, id: SourceBufferId, media_type: &str) -> Result<(), JsValue> {
        Ok(self.inner.change_type(id, media_type)?)
    }

    /// `SourceBuffer.changeType` with a decoder's configuration.
    #[wasm_bindgen(js_name = changeTypeToChunks)]
    pub fn change_type_to_chunks(
        &mut self,
        id: SourceBufferId,
        config: &ChunksConfigInit,
    ) -> Result<(), JsValue> {
        Ok(self.inner.change_type(id, config)?)
    }

    /// What the last failed append of this SourceBuffer said, or an empty string.
    #[wasm_bindgen(js_name = lastError)]
    pub fn last_error(&self, id: SourceBufferId) -> Result<String, JsValue> {
        Ok(self.inner.source_buffer(id)?.last_error().to_owned())
    }
}
