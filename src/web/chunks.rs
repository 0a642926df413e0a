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
    /// Gives back the id. `words`: `primaries`, `transfer`, `matrix` and the codec, with a space between them. `media`: for
    /// sound sampleRate and numberOfChannels, for pictures codedWidth, codedHeight, displayWidth, displayHeight, rotation and
    /// `fullRange`, NaN where that is not said.
    pub fn configure(
        &mut self,
        id: SourceBufferId,
        words: &str,
        description: Option<Vec<u8>>,
        media: &[f64],
    ) -> Result<SourceBufferId, Box<Exception>> {
        let stream = stream_of(words, description, media);
        match id {
            0 => self.inner.add_source_buffer(stream),
            _ => self.inner.change_type(id, stream).map(|()| id),
        }
    }
}

#[inline(never)]
fn stream_of(words: &str, description: Option<Vec<u8>>, media: &[f64]) -> ByteStream {
    let mut words = words.as_bytes().splitn(4, |&byte| byte == b' ');
    let mut word = || {
        let word = words.next()?;
        Some(String::from_utf8_lossy(word).into_owned())
    };
    let names = (word(), word(), word());
    let media = match *media {
        [
            coded_width,
            coded_height,
            display_width,
            display_height,
            rotation,
            full_range,
        ] => {
            let full_range = (!full_range.is_nan()).then_some(full_range != 0.0);
            let color_space = ColorSpace::from((names.0, names.1, names.2, full_range));
            MediaConfig::Video {
                coded_width: coded_width as u32,
                coded_height: coded_height as u32,
                crop: None,
                display_width: display_width as u32,
                display_height: display_height as u32,
                rotation: rotation as u16,
                color_space: (color_space != ColorSpace::default()).then_some(color_space),
            }
        }
        _ => {
            let number = |index| media.get(index).map_or(0, |&number: &f64| number as u32);
            MediaConfig::Audio {
                sample_rate: number(0),
                channels: number(1),
            }
        }
    };
    ByteStream::Chunks(DecoderConfig {
        codec: word().unwrap_or_default(),
        description,
        media,
    })
}
