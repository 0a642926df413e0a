//! The page's face of the control plane: the class `ControlPlane` of `js/src/engine.ts`.

use js_sys::{Float64Array, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::chunks::{ChunksAppendInit, ChunksConfigInit};
use crate::container::{Strictness, TrackKind};
use crate::control_plane;
use crate::control_plane::halves::{Change, Half};
use crate::element::TrackNumber;
use crate::mse::{EndOfStreamError, Exception, SourceBuffer};
use crate::playback::gap_policy::Gaps;
use crate::protocol::{AppendMode, Event, ProtocolError, Quota, SourceBufferId, Token, Tolerance, WallTime};
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

/// One MediaSource and the element it is attached to. Times are in seconds, `now` is wall time in milliseconds.
///
/// Methods that can fail throw a plain object of `name` and `message`.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct ControlPlane {
    inner: control_plane::ControlPlane,
    /// What the numbers of [`take_tasks`](Self::take_tasks) stand for.
    names: Vec<&'static str>,
}

/// A plain object for the page to make the right exception of.
fn thrown(name: &str, message: &str) -> JsValue {
    let error = Object::new();
    for (key, value) in [("name", name), ("message", message)] {
        // Setting a property of a new plain object does not fail.
        let _ = Reflect::set(&error, &key.into(), &value.into());
    }
    error.into()
}

fn thrown_protocol_error(error: ProtocolError) -> JsValue {
    thrown("InvalidStateError", &error.to_string())
}

impl From<Exception> for JsValue {
    fn from(exception: Exception) -> Self {
        thrown(exception.name.as_str(), &exception.message)
    }
}

/// Start and end of each range, in turn.
fn flattened(ranges: &TimeRanges) -> Float64Array {
    let seconds: Vec<f64> = ranges
        .iter()
        .flat_map(|range| [range.start.as_seconds(), range.end.as_seconds()])
        .collect();
    Float64Array::from(seconds.as_slice())
}

#[wasm_bindgen]
impl ControlPlane {
    /// A source that has just been attached: open, with `sourceopen` queued.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The half of a source that lives in a worker, for the worker.
    #[wasm_bindgen(js_name = ofSource)]
    pub fn of_source() -> Self {
        Self::of(Half::Source)
    }

    /// The half of the element whose source lives in a worker, for the page.
    #[wasm_bindgen(js_name = ofElement)]
    pub fn of_element() -> Self {
        Self::of(Half::Element)
    }

    fn of(half: Half) -> Self {
        Self {
            inner: control_plane::ControlPlane::of(half),
            names: Vec::new(),
        }
    }

    // ---- MediaSource -------------------------------------------------------------------------------------------------

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
        self.inner
            .source()
            .source_buffers()
            .map(SourceBuffer::id)
            .collect()
    }

    /// Ids of `activeSourceBuffers` in order.
    #[wasm_bindgen(js_name = activeSourceBuffers)]
    pub fn active_source_buffers(&self) -> Vec<SourceBufferId> {
        self.inner
            .source()
            .active_source_buffers()
            .map(SourceBuffer::id)
            .collect()
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
            vec![flattened(&change.added), flattened(&change.removed)]
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
    pub fn buffered_of(&self, id: SourceBufferId) -> Result<Float64Array, JsValue> {
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

    // ---- HTMLMediaElement --------------------------------------------------------------------------------------------

    /// `currentTime`.
    #[wasm_bindgen(js_name = currentTime)]
    pub fn current_time(&self, now: WallTime) -> f64 {
        self.inner.element().current_time(now)
    }

    /// `currentTime` setter.
    #[wasm_bindgen(js_name = setCurrentTime)]
    pub fn set_current_time(&mut self, value: f64, now: WallTime) -> Result<(), JsValue> {
        Ok(self.inner.set_current_time(value, now)?)
    }

    /// `play()`: the returned number names its promise in the task that settles it.
    pub fn play(&mut self, now: WallTime) -> u32 {
        self.inner.play(now)
    }

    /// `pause()`.
    pub fn pause(&mut self, now: WallTime) {
        self.inner.pause(now);
    }

    /// The browser refused to play.
    #[wasm_bindgen(js_name = playRefused)]
    pub fn play_refused(&mut self, now: WallTime) {
        self.inner.play_refused(now);
    }

    /// `paused`.
    #[wasm_bindgen(getter)]
    pub fn paused(&self) -> bool {
        self.inner.element().paused()
    }

    /// `ended`.
    #[wasm_bindgen(getter)]
    pub fn ended(&self) -> bool {
        self.inner.element().ended()
    }

    /// `seeking`.
    #[wasm_bindgen(getter)]
    pub fn seeking(&self) -> bool {
        self.inner.element().seeking()
    }

    /// `HTMLMediaElement.readyState`.
    #[wasm_bindgen(getter, js_name = elementReadyState)]
    pub fn element_ready_state(&self) -> u32 {
        self.inner.element().ready_state() as u32
    }

    /// `networkState`.
    #[wasm_bindgen(getter, js_name = networkState)]
    pub fn network_state(&self) -> u32 {
        self.inner.element().network_state() as u32
    }

    /// `error.code`, 0 for none.
    #[wasm_bindgen(getter, js_name = errorCode)]
    pub fn error_code(&self) -> u32 {
        self.inner.element().error().map_or(0, |code| code as u32)
    }

    /// `error.message`, empty for none.
    #[wasm_bindgen(getter, js_name = errorMessage)]
    pub fn error_message(&self) -> String {
        self.inner.element().error_message().to_owned()
    }

    /// `playbackRate`.
    #[wasm_bindgen(getter, js_name = playbackRate)]
    pub fn playback_rate(&self) -> f64 {
        self.inner.element().playback_rate()
    }

    /// `playbackRate` setter.
    #[wasm_bindgen(js_name = setPlaybackRate)]
    pub fn set_playback_rate(&mut self, value: f64) -> Result<(), JsValue> {
        Ok(self.inner.set_playback_rate(value)?)
    }

    /// `defaultPlaybackRate`.
    #[wasm_bindgen(getter, js_name = defaultPlaybackRate)]
    pub fn default_playback_rate(&self) -> f64 {
        self.inner.element().default_playback_rate()
    }

    /// `defaultPlaybackRate` setter.
    #[wasm_bindgen(js_name = setDefaultPlaybackRate)]
    pub fn set_default_playback_rate(&mut self, value: f64) -> Result<(), JsValue> {
        Ok(self.inner.set_default_playback_rate(value)?)
    }

    /// `preservesPitch`.
    #[wasm_bindgen(getter, js_name = preservesPitch)]
    pub fn preserves_pitch(&self) -> bool {
        self.inner.element().preserves_pitch()
    }

    /// `preservesPitch` setter.
    #[wasm_bindgen(js_name = setPreservesPitch)]
    pub fn set_preserves_pitch(&mut self, value: bool) {
        self.inner.set_preserves_pitch(value);
    }

    /// Whether the element has the attribute `loop`.
    #[wasm_bindgen(js_name = setLoop)]
    pub fn set_loop(&mut self, value: bool) {
        self.inner.set_loop(value);
    }

    /// Whether the element has the attribute `autoplay`.
    #[wasm_bindgen(js_name = setAutoplay)]
    pub fn set_autoplay(&mut self, value: bool, _now: WallTime) {
        self.inner.set_autoplay(value);
    }

    /// `HTMLMediaElement.buffered`.
    #[wasm_bindgen(js_name = elementBuffered)]
    pub fn element_buffered(&self) -> Float64Array {
        flattened(&self.inner.source().element_buffered())
    }

    /// `seekable`.
    pub fn seekable(&self) -> Float64Array {
        let range = self.inner.source().element_seekable();
        let seconds: Vec<f64> = range.into_iter().flat_map(|(start, end)| [start, end]).collect();
        Float64Array::from(seconds.as_slice())
    }

    /// `played`.
    pub fn played(&self, now: WallTime) -> Float64Array {
        flattened(&self.inner.element().played(now))
    }

    /// `videoWidth`.
    #[wasm_bindgen(getter, js_name = videoWidth)]
    pub fn video_width(&self) -> u32 {
        self.inner.element().video_size().0
    }

    /// `videoHeight`.
    #[wasm_bindgen(getter, js_name = videoHeight)]
    pub fn video_height(&self) -> u32 {
        self.inner.element().video_size().1
    }

    /// Pictures decoded, shown and dropped, and bytes given to the decoders of pictures and of sound.
    pub fn statistics(&self) -> Vec<f64> {
        let statistics = self.inner.element().statistics();
        vec![
            f64::from(statistics.decoded_video_frames),
            f64::from(statistics.presented_video_frames),
            f64::from(statistics.dropped_video_frames),
            statistics.video_bytes as f64,
            statistics.audio_bytes as f64,
        ]
    }

    /// The tracks of the element: of each in turn its number, its SourceBuffer and whether it is enabled or selected.
    pub fn tracks(&self) -> Vec<u32> {
        self.inner
            .element()
            .tracks()
            .iter()
            .flat_map(|track| [track.number, track.source_buffer, u32::from(track.is_active)])
            .collect()
    }

    /// "audio" or "video", then `kind`, `label` and `language` of one of the tracks; nothing of one that is gone.
    #[wasm_bindgen(js_name = trackAttributes)]
    pub fn track_attributes(&self, number: TrackNumber) -> Vec<String> {
        let mut tracks = self.inner.element().tracks().iter();
        let Some(track) = tracks.find(|track| track.number == number) else {
            return Vec::new();
        };
        let kind = match track.kind {
            TrackKind::Audio => "audio",
            TrackKind::Video => "video",
        };
        vec![
            kind.to_owned(),
            track.html_kind.clone(),
            track.label.clone(),
            track.language.clone(),
        ]
    }

    /// `AudioTrack.enabled` and `VideoTrack.selected` setters.
    #[wasm_bindgen(js_name = setTrackActive)]
    pub fn set_track_active(&mut self, number: TrackNumber, is_active: bool) {
        self.inner.set_track_active(number, is_active);
    }

    // ---- plumbing ----------------------------------------------------------------------------------------------------

    /// Takes events of the data plane, one behind the other, and looks at the time.
    pub fn receive(&mut self, mut events: &[u8], now: WallTime) -> Result<(), JsValue> {
        while !events.is_empty() {
            let event = Event::read_from(&mut events).map_err(thrown_protocol_error)?;
            self.inner.receive(event, now);
        }
        self.inner.tick(now);
        Ok(())
    }

    /// Looks at the time.
    pub fn tick(&mut self, now: WallTime) {
        self.inner.tick(now);
    }

    /// Of one half: what the other half is to replay, before the data plane gets the commands.
    #[wasm_bindgen(js_name = takeMirrored)]
    pub fn take_mirrored(&mut self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for change in self.inner.take_mirrored() {
            change.write_to(&mut bytes);
        }
        Some(bytes).filter(|bytes| !bytes.is_empty())
    }

    /// What `takeMirrored` gave in the other half.
    pub fn replay(&mut self, mut changes: &[u8], now: WallTime) -> Result<(), JsValue> {
        while !changes.is_empty() {
            let change = Change::read_from(&mut changes).map_err(thrown_protocol_error)?;
            self.inner.replay(change, now);
        }
        Ok(())
    }

    /// Commands for the data plane since the last call, one behind the other. At most one of them is an append.
    #[wasm_bindgen(js_name = takeCommands)]
    pub fn take_commands(&mut self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for command in self.inner.take_commands() {
            command.write_to(&mut bytes);
        }
        Some(bytes).filter(|bytes| !bytes.is_empty())
    }

    /// Tasks for the page since the last call: target, id and type of each, in turn. Target and type are numbers that
    /// `taskName` knows, because a string costs more than all else that crosses.
    #[wasm_bindgen(js_name = takeTasks)]
    pub fn take_tasks(&mut self) -> Option<Vec<u32>> {
        let tasks = self.inner.take_tasks();
        let numbers = tasks
            .iter()
            .flat_map(|task| {
                [
                    self.number_of(task.target.as_str()),
                    task.id,
                    self.number_of(task.kind),
                ]
            })
            .collect();
        Some(numbers).filter(|_| !tasks.is_empty())
    }

    /// What a target or a type of `takeTasks` is called; the same for as long as this lives.
    #[wasm_bindgen(js_name = taskName)]
    pub fn task_name(&self, number: u32) -> String {
        let name = self.names.get(number as usize).copied();
        name.unwrap_or_default().to_owned()
    }

    fn number_of(&mut self, name: &'static str) -> u32 {
        let known = self.names.iter().position(|known| *known == name);
        let index = known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        u32::try_from(index).unwrap_or_default()
    }
}
