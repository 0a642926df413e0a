//! The demuxer of encoded chunks as the fuzz target and its ordinary test make it.

use mse_polyfill::container::encoded_chunks::EncodedChunksDemuxer;
use mse_polyfill::container::{DecoderConfig, MediaConfig, Strictness};

/// Lenient: chunks of Opus. Strict, which means nothing here: chunks of pictures.
pub(crate) fn demuxer(strictness: Strictness) -> EncodedChunksDemuxer {
    let (codec, media) = match strictness {
        Strictness::Lenient => (
            "opus",
            MediaConfig::Audio {
                sample_rate: 48_000,
                channels: 2,
            },
        ),
        Strictness::Strict => (
            "vp09.00.10.08",
            MediaConfig::Video {
                coded_width: 320,
                coded_height: 180,
                crop: None,
                display_width: 320,
                display_height: 180,
                rotation: 0,
                color_space: None,
            },
        ),
    };
    EncodedChunksDemuxer::new(DecoderConfig {
        codec: codec.into(),
        description: None,
        media,
    })
}
