//! What pages say of encoded chunks, in the words of WebCodecs.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use crate::codec::ColorSpace;
use crate::container::{DecoderConfig, MediaConfig};
use crate::mse::ChunksAppend;
use crate::protocol::ByteStream;

/// For the generated declarations; the same as in `js/src/engine.ts`.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface ChunksConfig {
  codec: string;
  description?: Uint8Array;
  audio?: { sampleRate: number; numberOfChannels: number };
  video?: {
    codedWidth: number;
    codedHeight: number;
    displayWidth: number;
    displayHeight: number;
    rotation: number;
    primaries?: string;
    transfer?: string;
    matrix?: string;
    fullRange?: boolean;
  };
}
export interface ChunksAppend {
  byteLength: number;
  hasAudio: boolean;
  hasVideo: boolean;
  lacksDuration: boolean;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `ChunksConfig` of `js/src/engine.ts`.
    #[wasm_bindgen(typescript_type = "ChunksConfig")]
    #[derive(Debug)]
    pub type ChunksConfigInit;
    #[wasm_bindgen(method, getter)]
    fn codec(this: &ChunksConfigInit) -> String;
    #[wasm_bindgen(method, getter)]
    fn description(this: &ChunksConfigInit) -> Option<Uint8Array>;
    #[wasm_bindgen(method, getter)]
    fn audio(this: &ChunksConfigInit) -> Option<AudioInit>;
    #[wasm_bindgen(method, getter)]
    fn video(this: &ChunksConfigInit) -> Option<VideoInit>;

    #[derive(Debug)]
    type AudioInit;
    #[wasm_bindgen(method, getter, js_name = sampleRate)]
    fn sample_rate(this: &AudioInit) -> u32;
    #[wasm_bindgen(method, getter, js_name = numberOfChannels)]
    fn number_of_channels(this: &AudioInit) -> u32;

    #[derive(Debug)]
    type VideoInit;
    #[wasm_bindgen(method, getter, js_name = codedWidth)]
    fn coded_width(this: &VideoInit) -> u32;
    #[wasm_bindgen(method, getter, js_name = codedHeight)]
    fn coded_height(this: &VideoInit) -> u32;
    #[wasm_bindgen(method, getter, js_name = displayWidth)]
    fn display_width(this: &VideoInit) -> u32;
    #[wasm_bindgen(method, getter, js_name = displayHeight)]
    fn display_height(this: &VideoInit) -> u32;
    #[wasm_bindgen(method, getter)]
    fn rotation(this: &VideoInit) -> u16;
    #[wasm_bindgen(method, getter)]
    fn primaries(this: &VideoInit) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn transfer(this: &VideoInit) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn matrix(this: &VideoInit) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = fullRange)]
    fn full_range(this: &VideoInit) -> Option<bool>;

    /// `ChunksAppend` of `js/src/engine.ts`.
    #[wasm_bindgen(typescript_type = "ChunksAppend")]
    #[derive(Debug)]
    pub type ChunksAppendInit;
    #[wasm_bindgen(method, getter, js_name = byteLength)]
    fn byte_length(this: &ChunksAppendInit) -> f64;
    #[wasm_bindgen(method, getter, js_name = hasAudio)]
    fn has_audio(this: &ChunksAppendInit) -> bool;
    #[wasm_bindgen(method, getter, js_name = hasVideo)]
    fn has_video(this: &ChunksAppendInit) -> bool;
    #[wasm_bindgen(method, getter, js_name = lacksDuration)]
    fn lacks_duration(this: &ChunksAppendInit) -> bool;
}

impl From<&ChunksConfigInit> for ByteStream {
    /// Of a configuration that is neither for sound nor for pictures, one for pictures that says nothing.
    fn from(init: &ChunksConfigInit) -> Self {
        let audio = |audio: AudioInit| MediaConfig::Audio {
            sample_rate: audio.sample_rate(),
            channels: audio.number_of_channels(),
        };
        Self::Chunks(DecoderConfig {
            codec: init.codec(),
            description: init.description().map(|bytes| bytes.to_vec()),
            media: init
                .audio()
                .map_or_else(|| video_config(init.video().as_ref()), audio),
        })
    }
}

fn video_config(init: Option<&VideoInit>) -> MediaConfig {
    let number = |get: fn(&VideoInit) -> u32| init.map_or(0, get);
    let color_space = init.map(|init| {
        ColorSpace::from((
            init.primaries(),
            init.transfer(),
            init.matrix(),
            init.full_range(),
        ))
    });
    MediaConfig::Video {
        coded_width: number(VideoInit::coded_width),
        coded_height: number(VideoInit::coded_height),
        crop: None,
        display_width: number(VideoInit::display_width),
        display_height: number(VideoInit::display_height),
        rotation: init.map_or(0, VideoInit::rotation),
        color_space: color_space.filter(|&color_space| color_space != ColorSpace::default()),
    }
}

impl From<&ChunksAppendInit> for ChunksAppend {
    fn from(init: &ChunksAppendInit) -> Self {
        Self {
            // A float to integer cast saturates and sends NaN to zero.
            byte_length: init.byte_length() as u64,
            has_audio: init.has_audio(),
            has_video: init.has_video(),
            lacks_duration: init.lacks_duration(),
        }
    }
}
