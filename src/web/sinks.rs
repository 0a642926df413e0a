//! Where pictures and sound leave the data plane.

use wasm_bindgen::prelude::*;

use super::browser::{
    DataPlaneHostCallbacks, MessagePort, WorkletSound, Writer, send_picture, write_picture,
};
use super::decoders::Picture;
use crate::playback::AudioBlock;

/// How far ahead, in milliseconds, the worklet is sent its blocks: it places them by their due time, so this only has to
/// outlast a slow message.
pub const WORKLET_LEAD_MS: f64 = 100.0;

/// For the generated declarations; the same as in `js/src/engine.ts`.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface DataPlaneHostCallbacks {
  events(bytes: Uint8Array): void;
  sourceEvents?(bytes: Uint8Array): void;
  frame(frame: VideoFrame, rotation: number): void;
}
"#;

/// The sinks of one data plane.
#[derive(Debug)]
pub struct Sinks {
    video: Option<Writer>,
    audio: Option<WorkletSound>,
    /// The picture written last, kept for [`refresh`](Self::refresh).
    shown: Option<Picture>,
    /// Whether anything hears the sound; `None` until that is known.
    sound: Option<bool>,
}

impl Sinks {
    /// Where nothing takes pictures, they go to the host's `frame`. `audio_port` is an AudioWorklet's.
    pub fn new(video: Option<Writer>, audio_port: Option<&MessagePort>) -> Self {
        Self {
            video,
            audio: audio_port.map(WorkletSound::new),
            shown: None,
            sound: audio_port.is_none().then_some(true),
        }
    }

    /// `Platform::present`.
    pub fn present(&mut self, picture: Picture, callbacks: &DataPlaneHostCallbacks) {
        if self.video.is_some() {
            self.shown = Some(picture);
            self.refresh();
        } else {
            send_picture(callbacks, &picture.frame, picture.rotation);
        }
    }

    /// Writes the picture shown last once more: Chromium forgets one that was written before the element had the stream.
    pub fn refresh(&self) {
        if let (Some(writer), Some(picture)) = (&self.video, &self.shown) {
            write_picture(writer, &picture.frame);
        }
    }

    /// Whether anything hears the sound. While not, none is sent: it would pile up at a worklet that stands still.
    pub fn set_sound(&mut self, on: bool) {
        self.sound = Some(on);
    }

    /// `Platform::write_audio`.
    pub fn write_audio(&self, block: AudioBlock<'_>) {
        if self.sound == Some(true)
            && let Some(sound) = &self.audio
        {
            sound.post(block);
        }
    }

    /// `Platform::audio_latency`.
    pub fn audio_latency(&self) -> f64 {
        match self.audio {
            Some(_) => WORKLET_LEAD_MS,
            None => 0.0,
        }
    }

    /// `Platform::is_audio_sink_starting`.
    pub fn is_audio_starting(&self) -> bool {
        self.sound.is_none()
    }
}
