//! What is different between `VideoDecoder` and `AudioDecoder` of WebCodecs.

use js_sys::{Float32Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{
    AudioData, AudioDataCopyToOptions, AudioDecoder, AudioDecoderConfig, AudioDecoderInit, AudioSampleFormat,
    DomRectInit, EncodedAudioChunk, EncodedAudioChunkInit, EncodedAudioChunkType, EncodedVideoChunk,
    EncodedVideoChunkInit, EncodedVideoChunkType, VideoDecoder, VideoDecoderConfig, VideoDecoderInit,
    VideoFrame, VideoFrameInit,
};

use super::decoders::Picture;
use super::inbox::Input;
use crate::codec::ColorSpace;
use crate::container::{DecoderConfig, MediaConfig, TrackKind};
use crate::picture::{Arrangement, DecodedPicture, Rectangle};
use crate::playback::{DecodedAudio, EncodedChunk};

/// What `VideoDecoder` and `AudioDecoder` have in common.
pub(super) trait Decoder: Clone + std::fmt::Debug + 'static {
    const KIND: TrackKind;
    type Output: wasm_bindgen::convert::FromWasmAbi + 'static;

    fn open(output: &Function, error: &Function) -> Result<Self, JsValue>;
    fn configure(&self, config: &DecoderConfig) -> Result<(), JsValue>;
    fn decode(&self, chunk: EncodedChunk<'_>) -> Result<(), JsValue>;
    fn flush(&self) -> Promise;
    fn close(&self) -> Result<(), JsValue>;
    fn queue_size(&self) -> u32;
    fn set_on_dequeue(&self, function: &Function);
    /// `None` for an empty output.
    fn receive(output: Self::Output, config: &DecoderConfig) -> Option<Input>;
}

impl Decoder for VideoDecoder {
    const KIND: TrackKind = TrackKind::Video;
    type Output = VideoFrame;

    fn open(output: &Function, error: &Function) -> Result<Self, JsValue> {
        require("VideoDecoder")?;
        Self::new(&VideoDecoderInit::new(error, output))
    }

    fn configure(&self, config: &DecoderConfig) -> Result<(), JsValue> {
        let init = VideoDecoderConfig::new(&config.codec);
        if let Some(description) = &config.description {
            init.set_description_u8_array(&Uint8Array::from(description.as_slice()));
        }
        let MediaConfig::Video {
            coded_width,
            coded_height,
            color_space,
            ..
        } = config.media
        else {
            return Ok(());
        };
        if let Some(color_space) = color_space {
            Reflect::set(&init, &"colorSpace".into(), &color_space_init(color_space)?)?;
        }
        if coded_width > 0 && coded_height > 0 {
            init.set_coded_width(coded_width);
            init.set_coded_height(coded_height);
        }
        Self::configure(self, &init)
    }

    fn decode(&self, chunk: EncodedChunk<'_>) -> Result<(), JsValue> {
        let type_ = if chunk.is_key {
            EncodedVideoChunkType::Key
        } else {
            EncodedVideoChunkType::Delta
        };
        let init = EncodedVideoChunkInit::new_with_u8_array(&view(chunk.data), 0, type_);
        // The constructor's i32 would wrap after 36 minutes.
        init.set_timestamp_f64(chunk.timestamp as f64);
        init.set_duration_f64(chunk.duration as f64);
        Self::decode(self, &EncodedVideoChunk::new(&init)?)
    }

    fn flush(&self) -> Promise {
        Self::flush(self).unchecked_into()
    }

    fn close(&self) -> Result<(), JsValue> {
        Self::close(self)
    }

    fn queue_size(&self) -> u32 {
        self.decode_queue_size()
    }

    fn set_on_dequeue(&self, function: &Function) {
        self.set_ondequeue(Some(function));
    }

    fn receive(frame: VideoFrame, config: &DecoderConfig) -> Option<Input> {
        let timestamp = frame.timestamp() as i64;
        let (picture, display_size) = arrange(frame, &config.media);
        Some(Input::Video {
            picture,
            timestamp,
            display_size,
        })
    }
}

/// The same words as a `VideoColorSpaceInit`.
fn color_space_init(color_space: ColorSpace) -> Result<JsValue, JsValue> {
    let init = Object::new();
    let words = [
        ("primaries", color_space.primaries),
        ("transfer", color_space.transfer),
        ("matrix", color_space.matrix),
    ];
    for (name, word) in words {
        if let Some(word) = word {
            Reflect::set(&init, &name.into(), &word.into())?;
        }
    }
    if let Some(full_range) = color_space.full_range {
        Reflect::set(&init, &"fullRange".into(), &full_range.into())?;
    }
    Ok(init.into())
}

/// Makes a decoded frame carry the display size and, where the browser can, the rotation that its track asks for,
/// and show no more than that track's part of it.
fn arrange(frame: VideoFrame, media: &MediaConfig) -> (Picture, (u32, u32)) {
    let natural = (frame.display_width(), frame.display_height());
    let whole = Rectangle {
        x: 0,
        y: 0,
        width: natural.0,
        height: natural.1,
    };
    let decoded = DecodedPicture {
        coded_size: (frame.coded_width(), frame.coded_height()),
        visible: frame.visible_rect().map_or(whole, |rect| Rectangle {
            x: rect.x() as u32,
            y: rect.y() as u32,
            width: rect.width() as u32,
            height: rect.height() as u32,
        }),
        display_size: natural,
    };
    let arrangement = Arrangement::of(decoded, media);
    let size = arrangement.display_size;
    let mut picture = Picture { frame, rotation: 0 };
    if arrangement.rotation == 0 && arrangement.visible.is_none() && size == natural {
        return (picture, size);
    }
    let init = VideoFrameInit::new();
    let (width, height) = arrangement.unturned_size();
    init.set_display_width(width);
    init.set_display_height(height);
    if let Some(Rectangle { x, y, width, height }) = arrangement.visible {
        let visible = DomRectInit::new();
        visible.set_x(f64::from(x));
        visible.set_y(f64::from(y));
        visible.set_width(f64::from(width));
        visible.set_height(f64::from(height));
        init.set_visible_rect(&visible);
    }
    let knows_rotation = Reflect::has(&picture.frame, &"rotation".into()).unwrap_or(false);
    if knows_rotation {
        init.set_rotation(f64::from(arrangement.rotation));
    } else {
        picture.rotation = arrangement.rotation;
    }
    if let Ok(frame) = VideoFrame::new_with_video_frame_and_video_frame_init(&picture.frame, &init) {
        // The one before is closed with the picture that held it.
        picture = Picture {
            frame,
            rotation: picture.rotation,
        };
    }
    (picture, size)
}

impl Decoder for AudioDecoder {
    const KIND: TrackKind = TrackKind::Audio;
    type Output = AudioData;

    fn open(output: &Function, error: &Function) -> Result<Self, JsValue> {
        require("AudioDecoder")?;
        Self::new(&AudioDecoderInit::new(error, output))
    }

    fn configure(&self, config: &DecoderConfig) -> Result<(), JsValue> {
        let MediaConfig::Audio {
            sample_rate,
            channels,
        } = config.media
        else {
            return Ok(());
        };
        let init = AudioDecoderConfig::new(&config.codec, channels, sample_rate);
        if let Some(description) = &config.description {
            init.set_description_u8_array(&Uint8Array::from(description.as_slice()));
        }
        Self::configure(self, &init)
    }

    fn decode(&self, chunk: EncodedChunk<'_>) -> Result<(), JsValue> {
        // Sound that only comes out better with the frame before is a key chunk to decoders all the same.
        let type_ = EncodedAudioChunkType::Key;
        let init = EncodedAudioChunkInit::new_with_u8_array(&view(chunk.data), 0, type_);
        init.set_timestamp_f64(chunk.timestamp as f64);
        init.set_duration_f64(chunk.duration as f64);
        Self::decode(self, &EncodedAudioChunk::new(&init)?)
    }

    fn flush(&self) -> Promise {
        Self::flush(self).unchecked_into()
    }

    fn close(&self) -> Result<(), JsValue> {
        Self::close(self)
    }

    fn queue_size(&self) -> u32 {
        self.decode_queue_size()
    }

    fn set_on_dequeue(&self, function: &Function) {
        self.set_ondequeue(Some(function));
    }

    fn receive(data: AudioData, _: &DecoderConfig) -> Option<Input> {
        let sound = copy_sound(&data);
        data.close();
        // Firefox's Vorbis decoder begins with an empty output.
        sound
            .filter(|sound| sound.channels.iter().any(|channel| !channel.is_empty()))
            .map(Input::Audio)
    }
}

/// The samples as planar floats; `None` when the browser cannot give them so.
fn copy_sound(data: &AudioData) -> Option<DecodedAudio> {
    let mut channels = Vec::new();
    for index in 0..data.number_of_channels() {
        let plane = Float32Array::new_with_length(data.number_of_frames());
        let options = AudioDataCopyToOptions::new(index);
        options.set_format(AudioSampleFormat::F32Planar);
        if plane.length() > 0 {
            data.copy_to_with_buffer_source(&plane, &options).ok()?;
        }
        channels.push(plane.to_vec());
    }
    Some(DecodedAudio {
        timestamp: data.timestamp() as i64,
        sample_rate: data.sample_rate() as u32,
        channels,
    })
}

/// A class that the browser may lack.
fn require(class: &str) -> Result<(), JsValue> {
    if Reflect::has(&js_sys::global(), &class.into())? {
        Ok(())
    } else {
        Err(format!("cannot be decoded: this browser has no {class}").into())
    }
}

/// A view on wasm memory. It is valid until the next allocation: for constructors that copy at once.
fn view(bytes: &[u8]) -> Uint8Array {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), bytes.as_ptr() as u32, bytes.len() as u32)
}
