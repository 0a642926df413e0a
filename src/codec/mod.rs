//! Configuration records of codecs, as containers carry them, into what WebCodecs takes: a codec string and a decoder
//! description. The spellings are those of the WebCodecs Codec Registry, narrowed to what every browser accepts.

mod aac;
mod ac3;
mod alac;
mod av1;
mod avc;
mod color;
mod esds;
mod flac;
mod hevc;
mod opus;
mod parameter_sets;
mod vorbis;
mod vp8;
mod vp9;

pub(crate) use aac::SAMPLING_FREQUENCIES;
pub use aac::{AudioSpecificConfig, aac_decoder_config, aac_frame_duration, audio_specific_config};
pub use ac3::{ac3_frame_duration, from_dac3, from_dec3, kind_from_dac3, kind_from_dec3};
pub use alac::from_alac;
pub use av1::{Av1Sequence, from_av1c};
pub use avc::from_avcc;
pub use color::ColorSpace;
pub use esds::from_esds;
pub use flac::{flac_frame_duration, from_dfla, from_flac_header};
pub use hevc::{HevcEntry, from_hvcc};
pub(crate) use opus::from_opus_head;
pub use opus::{from_dops, opus_packet_duration};
pub use parameter_sets::NalUnits;
pub use vorbis::{VorbisHeaders, VorbisTiming};
pub use vp8::Vp8Frame;
pub use vp9::{Vp9Features, Vp9Frame, from_vpcc, level as vp9_level};

/// A configuration record that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CodecError {
    /// The record breaks the rules of its format.
    #[error("{0}")]
    Malformed(String),
    /// The record asks for a codec this crate cannot name for WebCodecs.
    #[error("{0}")]
    Unsupported(String),
}

/// What a page is told of a decoder that gave up: `name` and `message` are those of the `DOMException`, where it was one.
pub fn decode_failure(codec: &str, name: Option<&str>, message: &str) -> String {
    match name {
        Some("NotSupportedError") => format!("this browser has no decoder for {codec} ({message})"),
        Some(name) => format!("{codec}: {name}: {message}"),
        None => format!("{codec}: {message}"),
    }
}

/// How WebCodecs is told of a codec, with what a record says of the signal, if that is sound.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodecConfig {
    /// The full codec string.
    pub codec: String,
    /// The decoder description, where the codec has one.
    pub description: Option<Vec<u8>>,
    /// Samples a second that come out of the decoder; `None` when the record does not say.
    pub sample_rate: Option<u32>,
    /// Channels that come out of the decoder; `None` when the record does not say.
    pub channels: Option<u32>,
}

impl CodecConfig {
    /// Without a word on sound.
    // It is in a dozen places.
    #[inline(never)]
    pub(crate) fn new(codec: String, description: Option<Vec<u8>>) -> Self {
        Self {
            codec,
            description,
            sample_rate: None,
            channels: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::decode_failure;

    #[test]
    fn a_codec_that_the_browser_lacks_is_told_by_name() {
        for (name, message, expected) in [
            (
                Some("NotSupportedError"),
                "Unsupported configuration",
                "this browser has no decoder for hvc1.1.6.L93.B0 (Unsupported configuration)",
            ),
            (
                Some("EncodingError"),
                "Decoding error",
                "hvc1.1.6.L93.B0: EncodingError: Decoding error",
            ),
            (None, "cannot be decoded", "hvc1.1.6.L93.B0: cannot be decoded"),
        ] {
            assert_eq!(decode_failure("hvc1.1.6.L93.B0", name, message), expected);
        }
    }
}
