//! HTMLMediaElement.

use wasm_bindgen::prelude::*;

use super::{ControlPlane, flattened};
use crate::container::TrackKind;
use crate::element::TrackNumber;
use crate::protocol::WallTime;

#[wasm_bindgen]
impl ControlPlane {
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
    pub fn element_buffered(&self) -> Vec<f64> {
        flattened(&self.inner.source().element_buffered())
    }

    /// `seekable`.
    pub fn seekable(&self) -> Vec<f64> {
        let range = self.inner.source().element_seekable();
        range.map_or_else(Vec::new, |(start, end)| vec![start, end])
    }

    /// `played`.
    pub fn played(&self, now: WallTime) -> Vec<f64> {
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
}
