//! SourceBuffers for encoded chunks, as pages configure them in the words of WebCodecs.

use wasm_bindgen::prelude::*;

use super::page::ControlPlane;
use crate::codec::ColorSpace;
use crate::container::{DecoderConfig, MediaConfig};
use crate::mse::Exception;
use crate::protocol::{ByteStream, SourceBufferId};

#[wasm_bindgen]
impl ControlPlane {
    /// `MediaSource.addSourceBuffer` with a decoder's configuration, or `SourceBuffer.changeType` of the one with this `id`.
    /// Gives back the id. `media`: for sound sampleRate and numberOfChannels, for pictures codedWidth, codedHeight,
    /// displayWidth, displayHeight and rotation.
    #[wasm_bindgen(js_name = configure)]
    #[allow(clippy::too_many_arguments)] // Each member of an object would be a call of its own.
    pub fn configure(
        &mut self,
        id: Option<SourceBufferId>,
        codec: String,
        description: Option<Vec<u8>>,
        media: &[f64],
        primaries: Option<String>,
        transfer: Option<String>,
        matrix: Option<String>,
        full_range: Option<bool>,
    ) -> Result<SourceBufferId, Box<Exception>> {
        let media = match *media {
            [sample_rate, channels] => MediaConfig::Audio {
                sample_rate: sample_rate as u32,
                channels: channels as u32,
            },
            _ => {
                let number = |index| media.get(index).map_or(0, |&number: &f64| number as u32);
                let color_space = ColorSpace::from((primaries, transfer, matrix, full_range));
                MediaConfig::Video {
                    coded_width: number(0),
                    coded_height: number(1),
                    crop: None,
                    display_width: number(2),
                    display_height: number(3),
                    rotation: number(4) as u16,
                    color_space: Some(color_space)
                        .filter(|&color_space| color_space != ColorSpace::default()),
                }
            }
        };
        let stream = ByteStream::Chunks(DecoderConfig {
            codec,
            description,
            media,
        });
        match id {
            Some(id) => self.inner.change_type(id, stream).map(|()| id),
            None => self.inner.add_source_buffer(stream),
        }
    }
}
