//! What `browser.js` does: the decoders of WebCodecs, where what they decode is written, and the time.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{AudioData, CodecState, MessagePort, VideoFrame, WritableStreamDefaultWriter};

use super::decoders::Picture;
use super::inbox::Input;
use crate::codec::ColorSpace;
use crate::container::{DecoderConfig, MediaConfig, TrackKind};
use crate::picture::{Arrangement, DecodedPicture, Rectangle};
use crate::playback::{AudioBlock, DecodedAudio, EncodedChunk};
use crate::protocol::WallTime;

#[wasm_bindgen]
extern "C" {
    /// A `VideoDecoder` or an `AudioDecoder`.
    #[derive(Clone, Debug)]
    pub(super) type Decoder;
    #[wasm_bindgen(method, catch)]
    pub(super) fn close(this: &Decoder) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn state(this: &Decoder) -> CodecState;
    #[wasm_bindgen(method, getter, js_name = decodeQueueSize)]
    pub(super) fn queue_size(this: &Decoder) -> u32;
    #[wasm_bindgen(method, setter, js_name = ondequeue)]
    pub(super) fn set_on_dequeue(this: &Decoder, function: &JsValue);
}

#[wasm_bindgen(module = "/src/web/browser.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = openDecoder)]
    fn open_decoder(is_video: bool, output: &JsValue, error: &JsValue) -> Result<Decoder, JsValue>;
    #[wasm_bindgen(catch, js_name = configureVideo)]
    fn configure_video(
        decoder: &Decoder,
        codec: &str,
        description: Option<&[u8]>,
        coded_width: u32,
        coded_height: u32,
        primaries: Option<&str>,
        transfer: Option<&str>,
        matrix: Option<&str>,
        full_range: Option<bool>,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_name = configureAudio)]
    fn configure_audio(
        decoder: &Decoder,
        codec: &str,
        description: Option<&[u8]>,
        channels: u32,
        sample_rate: u32,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_name = decode)]
    fn decode_chunk(
        decoder: &Decoder,
        is_video: bool,
        is_key: bool,
        timestamp: f64,
        duration: f64,
        data: &[u8],
    ) -> Result<u32, JsValue>;
    /// A promise that is not rejected: it gives the error, or undefined.
    pub(super) fn flush(decoder: &Decoder) -> Promise;
    #[wasm_bindgen(js_name = pictureFacts)]
    fn picture_facts(frame: &VideoFrame) -> Vec<f64>;
    #[wasm_bindgen(catch)]
    fn arranged(
        frame: &VideoFrame,
        width: u32,
        height: u32,
        rotation: u16,
        visible: &[u32],
    ) -> Result<VideoFrame, JsValue>;
    #[wasm_bindgen(js_name = soundFacts)]
    fn sound_facts(data: &AudioData) -> Vec<f64>;
    #[wasm_bindgen(catch, js_name = takeSamples)]
    fn take_samples(data: &AudioData) -> Result<Vec<f32>, JsValue>;

    /// Throws for a frame that is closed.
    #[wasm_bindgen(catch, js_name = writePicture)]
    pub(super) fn write_picture(
        writer: &WritableStreamDefaultWriter,
        frame: &VideoFrame,
    ) -> Result<(), JsValue>;
    /// `samples` are planes of one length, one behind the other.
    #[wasm_bindgen(catch, js_name = writeSound)]
    pub(super) fn write_sound(
        writer: &WritableStreamDefaultWriter,
        samples: &[f32],
        channels: usize,
        sample_rate: u32,
        timestamp: f64,
    ) -> Result<(), JsValue>;

    /// Sound through an AudioWorklet: each block is posted with its time.
    #[derive(Debug)]
    pub(super) type WorkletSound;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(port: MessagePort) -> WorkletSound;
    #[wasm_bindgen(method, catch, js_name = post)]
    fn post_samples(
        this: &WorkletSound,
        samples: &[f32],
        channels: usize,
        sample_rate: u32,
        due: f64,
        contiguous: bool,
    ) -> Result<(), JsValue>;

    /// One timer that is set anew again and again.
    #[derive(Debug)]
    pub(super) type Alarm;
    #[wasm_bindgen(constructor)]
    fn new(ring: &JsValue, soon: &JsValue) -> Alarm;
    /// Replaces what was set before. A time that has come is as soon as possible, `None` is never.
    #[wasm_bindgen(method)]
    pub(super) fn set(this: &Alarm, due: Option<WallTime>);
    /// Calls as soon as possible, whatever is set.
    #[wasm_bindgen(method, js_name = ringSoon)]
    pub(super) fn ring_soon(this: &Alarm);
    /// It never rings again.
    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Alarm);

    #[wasm_bindgen(js_name = errorName)]
    pub(super) fn error_name(error: &JsValue) -> Option<String>;
    #[wasm_bindgen(js_name = errorMessage)]
    pub(super) fn error_message(error: &JsValue) -> String;
    /// A plain object for the page to make the right exception of.
    pub(super) fn thrown(name: &str, message: &str) -> JsValue;
    #[wasm_bindgen(js_name = logError)]
    pub(super) fn log_error(error: &JsValue);
    /// In a window or in a worker.
    pub(super) fn now() -> WallTime;
}

impl Decoder {
    /// # Errors
    /// Where the browser has no such decoder.
    pub(super) fn open(kind: TrackKind, output: &JsValue, error: &JsValue) -> Result<Self, JsValue> {
        open_decoder(kind == TrackKind::Video, output, error)
    }

    pub(super) fn configure(&self, config: &DecoderConfig) -> Result<(), JsValue> {
        let (codec, description) = (config.codec.as_str(), config.description.as_deref());
        match config.media {
            MediaConfig::Audio {
                sample_rate,
                channels,
            } => configure_audio(self, codec, description, channels, sample_rate),
            MediaConfig::Video {
                coded_width,
                coded_height,
                color_space,
                ..
            } => {
                let ColorSpace {
                    primaries,
                    transfer,
                    matrix,
                    full_range,
                } = color_space.unwrap_or_default();
                configure_video(
                    self,
                    codec,
                    description,
                    coded_width,
                    coded_height,
                    primaries,
                    transfer,
                    matrix,
                    full_range,
                )
            }
        }
    }

    /// Returns how many chunks wait in front of the decoder.
    pub(super) fn decode(&self, chunk: EncodedChunk<'_>) -> Result<u32, JsValue> {
        let is_video = chunk.kind == TrackKind::Video;
        // Sound that only comes out better with the frame before is a key chunk to decoders all the same.
        let is_key = chunk.is_key || !is_video;
        decode_chunk(
            self,
            is_video,
            is_key,
            chunk.timestamp as f64,
            chunk.duration as f64,
            chunk.data,
        )
    }
}

/// A decoder's output; `None` for an empty one.
pub(super) fn receive(output: JsValue, config: &DecoderConfig) -> Option<Input> {
    match config.kind() {
        TrackKind::Video => picture(output.unchecked_into(), &config.media),
        TrackKind::Audio => sound(&output.unchecked_into()),
    }
}

/// Makes a decoded frame carry the display size and, where the browser can, the rotation that its track asks for,
/// and show no more than that track's part of it.
fn picture(frame: VideoFrame, media: &MediaConfig) -> Option<Input> {
    let facts = picture_facts(&frame);
    let mut picture = Picture { frame, rotation: 0 };
    let &[timestamp, ref sizes @ .., knows_rotation] = facts.as_slice() else {
        return None;
    };
    let sizes: Vec<u32> = sizes.iter().map(|&size| size as u32).collect();
    let [
        coded_width,
        coded_height,
        x,
        y,
        width,
        height,
        display_width,
        display_height,
    ] = *sizes.as_slice()
    else {
        return None;
    };
    let natural = (display_width, display_height);
    let decoded = DecodedPicture {
        coded_size: (coded_width, coded_height),
        visible: Rectangle { x, y, width, height },
        display_size: natural,
    };
    let arrangement = Arrangement::of(decoded, media);
    let display_size = arrangement.display_size;
    if arrangement.rotation != 0 || arrangement.visible.is_some() || display_size != natural {
        if knows_rotation == 0.0 {
            picture.rotation = arrangement.rotation;
        }
        let (width, height) = arrangement.unturned_size();
        let visible = arrangement
            .visible
            .map(|part| [part.x, part.y, part.width, part.height]);
        let visible = visible.as_ref().map_or(&[][..], |part| part);
        if let Ok(frame) = arranged(&picture.frame, width, height, arrangement.rotation, visible) {
            // The one before is closed with the picture that held it.
            picture = Picture {
                frame,
                rotation: picture.rotation,
            };
        }
    }
    Some(Input::Video {
        picture,
        timestamp: timestamp as i64,
        display_size,
    })
}

/// The samples as planar floats; `None` when there are none, or the browser cannot give them so.
fn sound(data: &AudioData) -> Option<Input> {
    let facts = sound_facts(data);
    let samples = take_samples(data).ok()?;
    let &[timestamp, sample_rate, channels] = facts.as_slice() else {
        return None;
    };
    let frames = samples
        .len()
        .checked_div(channels as usize)
        .filter(|&frames| frames > 0)?;
    Some(Input::Audio(DecodedAudio {
        timestamp: timestamp as i64,
        sample_rate: sample_rate as u32,
        channels: samples.chunks(frames).map(<[f32]>::to_vec).collect(),
    }))
}

impl WorkletSound {
    /// # Errors
    /// What `postMessage` throws.
    pub(super) fn post(&self, block: AudioBlock<'_>) -> Result<(), JsValue> {
        self.post_samples(
            &block.channels.concat(),
            block.channels.len(),
            block.sample_rate,
            block.due,
            block.is_contiguous,
        )
    }
}

impl Alarm {
    /// An alarm that calls `ring`, or `soon` where there was no delay.
    pub(super) fn of(ring: impl Fn() + 'static, soon: impl Fn() + 'static) -> Self {
        let function = |closure: Closure<dyn Fn()>| closure.into_js_value();
        // Given to the collector: a message under way may still arrive when the alarm is gone.
        Self::new(&function(Closure::new(ring)), &function(Closure::new(soon)))
    }
}

/// Calls back with what the promise gives.
pub(super) fn when_settled(promise: &Promise, settled: impl FnOnce(JsValue) + 'static) {
    let settled: Function = Closure::once_into_js(settled).unchecked_into();
    // The type of `then` wants a closure that is kept; this one frees itself when it is called.
    let _ = promise.unchecked_ref::<Thenable>().then(&settled);
}

#[wasm_bindgen]
extern "C" {
    type Thenable;
    #[wasm_bindgen(method)]
    fn then(this: &Thenable, settled: &Function) -> JsValue;
}
