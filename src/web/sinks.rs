//! Where pictures and sound leave the data plane.

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{MessagePort, VideoFrame, WritableStream, WritableStreamDefaultWriter};

use super::browser::{self, WorkletSound, write_picture};
use super::decoders::Picture;
use super::generator_sound::{self, GeneratorSound};
use crate::playback::AudioBlock;

/// How far ahead, in milliseconds, the worklet is sent its blocks: it places them by their due time, so this only has to
/// outlast a slow message.
pub const WORKLET_LEAD_MS: f64 = 100.0;

/// For the generated declarations; the same as in `js/src/engine.ts`.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface WorkerSinks {
  video?: WritableStream<VideoFrame>;
  audio?: WritableStream<AudioData>;
  audioPort?: MessagePort;
}
export interface DataPlaneHostCallbacks {
  events(bytes: Uint8Array): void;
  sourceEvents?(bytes: Uint8Array): void;
  frame(frame: VideoFrame, rotation: number): void;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `WorkerSinks` of `js/src/engine.ts`.
    #[wasm_bindgen(typescript_type = "WorkerSinks")]
    #[derive(Debug)]
    pub type WorkerSinks;
    #[wasm_bindgen(method, getter)]
    fn video(this: &WorkerSinks) -> Option<WritableStream>;
    #[wasm_bindgen(method, getter)]
    fn audio(this: &WorkerSinks) -> Option<WritableStream>;
    #[wasm_bindgen(method, getter, js_name = audioPort)]
    fn audio_port(this: &WorkerSinks) -> Option<MessagePort>;

    /// `DataPlaneHostCallbacks` of `js/src/engine.ts`.
    #[wasm_bindgen(typescript_type = "DataPlaneHostCallbacks")]
    #[derive(Clone, Debug)]
    pub type DataPlaneHostCallbacks;
    #[wasm_bindgen(method, catch)]
    fn events(this: &DataPlaneHostCallbacks, bytes: Uint8Array) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter, js_name = sourceEvents)]
    fn source_events_callback(this: &DataPlaneHostCallbacks) -> Option<Function>;
    #[wasm_bindgen(method, catch, js_name = sourceEvents)]
    fn source_events(this: &DataPlaneHostCallbacks, bytes: Uint8Array) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn frame(this: &DataPlaneHostCallbacks, frame: VideoFrame, rotation: u16) -> Result<(), JsValue>;
}

impl DataPlaneHostCallbacks {
    /// Hands events to JavaScript, one behind the other; what its handler throws is only logged.
    pub(super) fn send_events(&self, bytes: &[u8]) {
        log_error(self.events(Uint8Array::from(bytes)));
    }

    /// Whether events for the source go elsewhere than those for the element.
    pub(super) fn has_source_events(&self) -> bool {
        self.source_events_callback().is_some()
    }

    /// As [`send_events`](Self::send_events), to the source.
    pub(super) fn send_source_events(&self, bytes: &[u8]) {
        log_error(self.source_events(Uint8Array::from(bytes)));
    }
}

fn log_error<T>(result: Result<T, JsValue>) {
    if let Err(error) = result {
        browser::log_error(&error);
    }
}

/// The sinks of one data plane.
#[derive(Debug)]
pub struct Sinks {
    callbacks: DataPlaneHostCallbacks,
    video: Option<WritableStreamDefaultWriter>,
    audio: AudioSink,
    /// The picture written last, kept for [`refresh`](Self::refresh).
    shown: Option<Picture>,
    /// Whether anything hears the sound; `None` until that is known.
    sound: Option<bool>,
}

#[derive(Debug)]
enum AudioSink {
    Generator(GeneratorSound),
    Worklet(WorkletSound),
    None,
}

impl Sinks {
    /// Takes the streams and the port; where there is no video stream, pictures go to `callbacks.frame`.
    ///
    /// # Errors
    /// What `getWriter` throws: a stream is locked.
    pub fn new(sinks: &WorkerSinks, callbacks: DataPlaneHostCallbacks) -> Result<Self, JsValue> {
        let video = sinks.video().map(|stream| stream.get_writer()).transpose()?;
        let audio = match (sinks.audio(), sinks.audio_port()) {
            (Some(stream), _) => AudioSink::Generator(GeneratorSound::new(stream.get_writer()?)),
            (None, Some(port)) => AudioSink::Worklet(WorkletSound::new(port)),
            (None, None) => AudioSink::None,
        };
        let sound = (!matches!(audio, AudioSink::Worklet(_))).then_some(true);
        Ok(Self {
            callbacks,
            video,
            audio,
            shown: None,
            sound,
        })
    }

    /// `Platform::present`.
    pub fn present(&mut self, picture: Picture) {
        match &self.video {
            Some(_) => {
                self.shown = Some(picture);
                self.refresh();
            }
            None => {
                // The copy shares the pixels; the page closes it.
                if let Ok(frame) = picture.frame.clone() {
                    log_error(self.callbacks.frame(frame, picture.rotation));
                }
            }
        }
    }

    /// Writes the picture shown last once more: Chromium forgets one that was written before the element had the stream.
    pub fn refresh(&self) {
        if let (Some(writer), Some(picture)) = (&self.video, &self.shown) {
            // Throws for a frame that is closed, of which there is nothing to show.
            let _ = write_picture(writer, &picture.frame);
        }
    }

    /// Whether anything hears the sound. While not, none is sent: it would pile up at a worklet that stands still.
    pub fn set_sound(&mut self, on: bool) {
        self.sound = Some(on);
    }

    /// `Platform::write_audio`.
    pub fn write_audio(&mut self, block: AudioBlock<'_>) {
        if self.sound != Some(true) {
            return;
        }
        match &mut self.audio {
            AudioSink::Generator(sound) => log_error(sound.write(block, browser::now())),
            AudioSink::Worklet(sound) => log_error(sound.post(block)),
            AudioSink::None => {}
        }
    }

    /// `Platform::audio_latency`.
    pub fn audio_latency(&self) -> f64 {
        match self.audio {
            AudioSink::Generator(_) => generator_sound::LATENCY_MS,
            AudioSink::Worklet(_) => WORKLET_LEAD_MS,
            AudioSink::None => 0.0,
        }
    }

    /// `Platform::is_audio_sink_starting`.
    pub fn is_audio_starting(&self) -> bool {
        self.sound.is_none()
    }
}
