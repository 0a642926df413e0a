//! What `browser.js` does: the decoders of WebCodecs, where what they decode is written, and the time.

use wasm_bindgen::prelude::*;

use super::decoders::Picture;
use super::inbox::Input;
use crate::codec::ColorSpace;
use crate::container::{DecoderConfig, MediaConfig, TrackKind};
use crate::picture::{Arrangement, DecodedPicture, Rectangle};
use crate::playback::{AudioBlock, DecodedAudio, EncodedChunk};
use crate::protocol::WallTime;

#[wasm_bindgen]
extern "C" {
    /// A decoded picture.
    #[derive(Debug)]
    pub type VideoFrame;
    /// A closed frame may be closed again.
    #[wasm_bindgen(method)]
    pub(super) fn close(this: &VideoFrame);

    /// Decoded sound.
    type AudioData;

    /// A `WritableStreamDefaultWriter`.
    #[wasm_bindgen(typescript_type = "WritableStreamDefaultWriter")]
    #[derive(Debug)]
    pub type Writer;

    /// The worklet's.
    #[wasm_bindgen(typescript_type = "MessagePort")]
    #[derive(Debug)]
    pub type MessagePort;
}

#[wasm_bindgen(module = "/src/web/browser.js")]
extern "C" {
    /// A decoder of WebCodecs. What it has to say it tells the [`callback`] that it was given.
    #[derive(Debug)]
    pub(super) type Decoder;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(is_video: bool, tell: &JsValue) -> Decoder;
    #[wasm_bindgen(method, js_name = configureVideo)]
    fn configure_video(
        this: &Decoder,
        codec: &str,
        description: Option<&[u8]>,
        coded_width: u32,
        coded_height: u32,
        primaries: Option<&str>,
        transfer: Option<&str>,
        matrix: Option<&str>,
        full_range: Option<bool>,
    );
    #[wasm_bindgen(method, js_name = configureAudio)]
    fn configure_audio(
        this: &Decoder,
        codec: &str,
        description: Option<&[u8]>,
        channels: u32,
        sample_rate: u32,
    );
    #[wasm_bindgen(method, js_name = decode)]
    fn decode_chunk(this: &Decoder, is_key: bool, timestamp: f64, duration: f64, data: &[u8]) -> u32;
    #[wasm_bindgen(method)]
    pub(super) fn flush(this: &Decoder);
    /// Nothing is told any more of what it was given until now.
    #[wasm_bindgen(method)]
    pub(super) fn retire(this: &Decoder);
    #[wasm_bindgen(method, js_name = isConfigured)]
    pub(super) fn is_configured(this: &Decoder) -> bool;
    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Decoder);

    #[wasm_bindgen(js_name = pictureFacts)]
    fn picture_facts(frame: &VideoFrame, facts: &mut [f64]);
    fn arranged(
        frame: &VideoFrame,
        width: u32,
        height: u32,
        rotation: u16,
        visible_x: u32,
        visible_y: u32,
        visible_width: u32,
        visible_height: u32,
    ) -> Option<VideoFrame>;
    #[wasm_bindgen(js_name = soundFacts)]
    fn sound_facts(data: &AudioData, facts: &mut [f64]);
    #[wasm_bindgen(js_name = takeSamples)]
    fn take_samples(data: &AudioData, samples: &mut [f32]) -> bool;

    /// `DataPlaneHostCallbacks` of `js/src/engine.ts`. What they throw is only logged.
    #[wasm_bindgen(typescript_type = "DataPlaneHostCallbacks")]
    #[derive(Clone, Debug)]
    pub type DataPlaneHostCallbacks;
    /// Events, one behind the other.
    #[wasm_bindgen(js_name = sendEvents)]
    pub(super) fn send_events(callbacks: &DataPlaneHostCallbacks, bytes: &[u8]);
    #[wasm_bindgen(js_name = sendSourceEvents)]
    pub(super) fn send_source_events(callbacks: &DataPlaneHostCallbacks, bytes: &[u8]);
    #[wasm_bindgen(js_name = sendPicture)]
    pub(super) fn send_picture(callbacks: &DataPlaneHostCallbacks, frame: &VideoFrame, rotation: u16);

    #[wasm_bindgen(js_name = writePicture)]
    pub(super) fn write_picture(writer: &Writer, frame: &VideoFrame);
    /// Sound through an AudioWorklet: each block is posted with its time. `samples` are planes of one length, one behind
    /// the other.
    #[derive(Debug)]
    pub(super) type WorkletSound;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(port: &MessagePort) -> WorkletSound;
    #[wasm_bindgen(method, js_name = post)]
    fn post_samples(
        this: &WorkletSound,
        samples: &[f32],
        channels: usize,
        sample_rate: u32,
        due: f64,
        contiguous: bool,
    );

    /// One timer that is set anew again and again.
    #[derive(Debug)]
    pub(super) type Alarm;
    /// It calls its [`callback`] with 0, or with 1 where there was no delay.
    #[wasm_bindgen(constructor)]
    pub(super) fn new(ring: &JsValue) -> Alarm;
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
    /// In a window or in a worker.
    pub(super) fn now() -> WallTime;
}

/// What JavaScript calls with a number that says what has happened, with what came of it, and with another number.
///
/// Given to the collector: a browser may call it after its decoder is closed or its alarm is gone, and a dropped closure
/// would throw.
pub(super) fn callback(called: impl Fn(u32, JsValue, u32) + 'static) -> JsValue {
    Closure::<dyn Fn(u32, JsValue, u32)>::new(called).into_js_value()
}

impl Decoder {
    pub(super) fn configure(&self, config: &DecoderConfig) {
        let (codec, description) = (config.codec.as_str(), config.description.as_deref());
        match config.media {
            MediaConfig::Audio {
                sample_rate,
                channels,
            } => self.configure_audio(codec, description, channels, sample_rate),
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
                self.configure_video(
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
    pub(super) fn decode(&self, chunk: EncodedChunk<'_>) -> u32 {
        // Sound that only comes out better with the frame before is a key chunk to decoders all the same.
        let is_key = chunk.is_key || chunk.kind == TrackKind::Audio;
        self.decode_chunk(is_key, chunk.timestamp as f64, chunk.duration as f64, chunk.data)
    }
}

/// A decoder's output; `None` for an empty one.
#[inline(never)]
pub(super) fn receive(output: JsValue, config: &DecoderConfig) -> Option<Input> {
    match config.kind() {
        TrackKind::Video => Some(picture(output.unchecked_into(), &config.media)),
        TrackKind::Audio => sound(&output.unchecked_into()),
    }
}

/// Makes a decoded frame carry the display size and, where the browser can, the rotation that its track asks for,
/// and show no more than that track's part of it.
fn picture(frame: VideoFrame, media: &MediaConfig) -> Input {
    let mut facts = [0.0; 10];
    picture_facts(&frame, &mut facts);
    let mut picture = Picture { frame, rotation: 0 };
    let [
        timestamp,
        coded_width,
        coded_height,
        x,
        y,
        width,
        height,
        display_width,
        display_height,
        knows_rotation,
    ] = facts;
    let natural = (display_width as u32, display_height as u32);
    let decoded = DecodedPicture {
        coded_size: (coded_width as u32, coded_height as u32),
        visible: Rectangle {
            x: x as u32,
            y: y as u32,
            width: width as u32,
            height: height as u32,
        },
        display_size: natural,
    };
    let arrangement = Arrangement::of(decoded, media);
    let display_size = arrangement.display_size;
    if arrangement.rotation != 0 || arrangement.visible.is_some() || display_size != natural {
        if knows_rotation == 0.0 {
            picture.rotation = arrangement.rotation;
        }
        let (width, height) = arrangement.unturned_size();
        let part = arrangement.visible.unwrap_or_default();
        let rotation = arrangement.rotation;
        let frame = &picture.frame;
        if let Some(frame) = arranged(
            frame,
            width,
            height,
            rotation,
            part.x,
            part.y,
            part.width,
            part.height,
        ) {
            // The one before is closed with the picture that held it.
            picture = Picture {
                frame,
                rotation: picture.rotation,
            };
        }
    }
    Input::Video {
        picture,
        timestamp: timestamp as i64,
        display_size,
    }
}

/// The samples as planar floats; `None` when there are none, or the browser cannot give them so.
fn sound(data: &AudioData) -> Option<Input> {
    let mut facts = [0.0; 4];
    sound_facts(data, &mut facts);
    let [timestamp, sample_rate, channels, frames] = facts;
    let mut samples = vec![0.0; (channels * frames) as usize];
    if !take_samples(data, &mut samples) {
        return None;
    }
    let mut channels = Vec::new();
    for channel in samples.chunks(frames as usize) {
        channels.push(channel.to_vec());
    }
    Some(Input::Audio(DecodedAudio {
        timestamp: timestamp as i64,
        sample_rate: sample_rate as u32,
        channels,
    }))
}

impl WorkletSound {
    pub(super) fn post(&self, block: AudioBlock<'_>) {
        let mut samples = Vec::new();
        for channel in block.channels {
            samples.extend_from_slice(channel);
        }
        self.post_samples(
            &samples,
            block.channels.len(),
            block.sample_rate,
            block.due,
            block.is_contiguous,
        );
    }
}
