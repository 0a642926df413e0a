//! Frame headers: what ISO/IEC 11172-3 § 2.4.1.3, ISO/IEC 13818-3 § 2.4.1.3 (and "MPEG 2.5", which halves its rates
//! again) and ISO/IEC 14496-3 § 1.A.2.2.1 (ADTS) have in common.

use std::num::NonZeroU32;

use super::adts::{self, AdtsStream};
use crate::container::{DecoderConfig, MediaConfig};

/// Which frames a stream is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    /// `audio/mpeg`.
    Mpeg,
    /// `audio/aac`.
    Adts,
}

/// What the frames of one stream have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stream {
    Mpeg(MpegStream),
    Adts(AdtsStream),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct MpegStream {
    pub(super) version: Version,
    /// 1 to 3.
    pub(super) layer: u8,
    pub(super) sample_rate: NonZeroU32,
    pub(super) channels: u32,
}

/// Whose sampling frequencies and frame lengths hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Version {
    /// ISO/IEC 11172-3.
    Mpeg1,
    /// The low sampling frequencies of ISO/IEC 13818-3.
    Mpeg2,
    /// Half of them again.
    Mpeg25,
}

/// The header of one frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FrameHeader {
    pub(super) stream: Stream,
    /// Of the whole frame in bytes, header included; more than the header's.
    pub(super) length: u32,
    /// Whether a check word follows the header.
    pub(super) has_check: bool,
    /// How many raw data blocks are in the frame, each of [`Stream::samples`]. 1 for MPEG audio.
    pub(super) blocks: u32,
}

/// Bytes that are no frame this crate can use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NoFrame {
    /// No header, or one with reserved values.
    Other,
    /// A header that does not say how long its frame is.
    FreeFormat,
}

/// Bits a second in thousands, by version 1 and layer, then of both lower versions by layer 1 and the others.
const BIT_RATES: [[u16; 15]; 5] = [
    [
        0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,
    ],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

const SAMPLE_RATES: [u32; 3] = [44_100, 48_000, 32_000];

impl Format {
    /// The header that `bytes` begin with. `None` when more bytes are needed to tell; the answer never changes with more.
    pub(super) fn header(self, bytes: &[u8]) -> Option<Result<FrameHeader, NoFrame>> {
        match self {
            Self::Mpeg => mpeg_header(bytes),
            Self::Adts => adts::header(bytes),
        }
    }
}

/// Samples of each channel in the frame of MPEG audio that `bytes` begin with, and how many of them a second. `None` when
/// it is none.
pub(in crate::container) fn mpeg_frame_duration(bytes: &[u8]) -> Option<(u32, NonZeroU32)> {
    let stream = mpeg_header(bytes)?.ok()?.stream;
    Some((stream.samples(), stream.sample_rate()))
}

fn mpeg_header(bytes: &[u8]) -> Option<Result<FrameHeader, NoFrame>> {
    const OTHER: Option<Result<FrameHeader, NoFrame>> = Some(Err(NoFrame::Other));
    if *bytes.first()? != 0xff {
        return OTHER;
    }
    let second = *bytes.get(1)?;
    let version = match second >> 3 & 3 {
        0 => Version::Mpeg25,
        2 => Version::Mpeg2,
        3 => Version::Mpeg1,
        _ => return OTHER,
    };
    let layer = 4 - (second >> 1 & 3);
    if second & 0xe0 != 0xe0 || layer == 4 {
        return OTHER;
    }
    let [_, _, third, fourth] = *bytes.first_chunk()?;
    let row = match (version, layer) {
        (Version::Mpeg1, layer) => usize::from(layer) - 1,
        (_, 1) => 3,
        _ => 4,
    };
    let bit_rate = BIT_RATES
        .get(row)
        .and_then(|rates| rates.get(usize::from(third >> 4)));
    let sample_rate = SAMPLE_RATES
        .get(usize::from(third >> 2 & 3))
        .map(|rate| match version {
            Version::Mpeg1 => *rate,
            Version::Mpeg2 => rate / 2,
            Version::Mpeg25 => rate / 4,
        });
    let (Some(&bit_rate), Some(sample_rate)) = (bit_rate, sample_rate.and_then(NonZeroU32::new)) else {
        return OTHER;
    };
    if bit_rate == 0 {
        return Some(Err(NoFrame::FreeFormat));
    }
    let stream = Stream::Mpeg(MpegStream {
        version,
        layer,
        sample_rate,
        channels: if fourth >> 6 == 3 { 1 } else { 2 },
    });
    // ISO/IEC 11172-3 § 2.4.3.1: a slot is four bytes in layer 1 and one byte in the others.
    let slot = if layer == 1 { 4 } else { 1 };
    let padding = u32::from(third >> 1 & 1);
    let slots = stream.samples() / 8 * 1_000 / slot * u32::from(bit_rate) / sample_rate;
    Some(Ok(FrameHeader {
        stream,
        length: (slots + padding) * slot,
        has_check: second & 1 == 0,
        blocks: 1,
    }))
}

impl Stream {
    /// Samples of each channel in a frame, or in a raw data block of ADTS.
    pub(super) fn samples(self) -> u32 {
        match self {
            Self::Adts(_) => adts::BLOCK_SAMPLES,
            Self::Mpeg(MpegStream { layer: 1, .. }) => 384,
            Self::Mpeg(MpegStream { layer: 2, .. }) => 1_152,
            Self::Mpeg(MpegStream { version, .. }) => match version {
                Version::Mpeg1 => 1_152,
                Version::Mpeg2 | Version::Mpeg25 => 576,
            },
        }
    }

    pub(super) fn sample_rate(self) -> NonZeroU32 {
        match self {
            Self::Mpeg(stream) => stream.sample_rate,
            Self::Adts(stream) => stream.sample_rate,
        }
    }

    /// How the frames are decoded, as far as their headers say.
    pub(super) fn config(self) -> Option<DecoderConfig> {
        match self {
            // WebCodecs has a name for layer 3 alone. Browsers decode the others by it as well.
            Self::Mpeg(stream) => Some(DecoderConfig {
                codec: "mp3".into(),
                description: None,
                media: MediaConfig::Audio {
                    sample_rate: stream.sample_rate.get(),
                    channels: stream.channels,
                },
            }),
            Self::Adts(stream) => stream.config(),
        }
    }

    /// By how many samples the sound that comes out of a decoder is later than what its encoder meant.
    pub(super) fn decoder_delay(self) -> u64 {
        match self {
            Self::Mpeg(MpegStream { layer: 3, .. }) => 528 + 1,
            Self::Mpeg(_) => 480 + 1,
            // Encoders of AAC count it as their own.
            Self::Adts(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_headers() {
        use Version::{Mpeg1, Mpeg2, Mpeg25};
        for (bytes, version, layer, sample_rate, channels, length, has_check, samples) in [
            ([0xff, 0xfb, 0x90, 0x64], Mpeg1, 3, 44_100, 2, 417, false, 1_152),
            // Padding; a check word; mono.
            ([0xff, 0xfb, 0x92, 0x64], Mpeg1, 3, 44_100, 2, 418, false, 1_152),
            ([0xff, 0xfa, 0x90, 0x64], Mpeg1, 3, 44_100, 2, 417, true, 1_152),
            ([0xff, 0xfb, 0x14, 0xc4], Mpeg1, 3, 48_000, 1, 96, false, 1_152),
            ([0xff, 0xfb, 0xe8, 0x00], Mpeg1, 3, 32_000, 2, 1_440, false, 1_152),
            // Layer 2; layer 1 counts in words.
            ([0xff, 0xfd, 0xa4, 0x00], Mpeg1, 2, 48_000, 2, 576, false, 1_152),
            ([0xff, 0xff, 0xc0, 0x00], Mpeg1, 1, 44_100, 2, 416, false, 384),
            ([0xff, 0xff, 0xc2, 0x00], Mpeg1, 1, 44_100, 2, 420, false, 384),
            // Half and a quarter of the sampling frequencies.
            ([0xff, 0xf3, 0x40, 0xc0], Mpeg2, 3, 22_050, 1, 104, false, 576),
            ([0xff, 0xf5, 0x88, 0x00], Mpeg2, 2, 16_000, 2, 576, false, 1_152),
            ([0xff, 0xf7, 0x14, 0x00], Mpeg2, 1, 24_000, 2, 64, false, 384),
            ([0xff, 0xe3, 0x18, 0xc0], Mpeg25, 3, 8_000, 1, 72, false, 576),
            // The longest there is.
            ([0xff, 0xe5, 0xea, 0x00], Mpeg25, 2, 8_000, 2, 2_881, false, 1_152),
        ] {
            let stream = Stream::Mpeg(MpegStream {
                version,
                layer,
                sample_rate: NonZeroU32::new(sample_rate).unwrap(),
                channels,
            });
            let expected = FrameHeader {
                stream,
                length,
                has_check,
                blocks: 1,
            };
            assert_eq!(Format::Mpeg.header(&bytes), Some(Ok(expected)), "{bytes:02x?}");
            assert_eq!(stream.samples(), samples, "{bytes:02x?}");
        }
    }

    #[test]
    fn reserved_values_are_no_headers() {
        for (bytes, expected) in [
            (&[0xfe][..], NoFrame::Other),
            (&[0xff, 0xdf], NoFrame::Other),
            // Version; layer (which is ADTS); bit rate; sampling frequency.
            (&[0xff, 0xeb], NoFrame::Other),
            (&[0xff, 0xf9], NoFrame::Other),
            (&[0xff, 0xfb, 0xf0, 0x64], NoFrame::Other),
            (&[0xff, 0xfb, 0x9c, 0x64], NoFrame::Other),
            (&[0xff, 0xfb, 0x00, 0x64], NoFrame::FreeFormat),
        ] {
            assert_eq!(Format::Mpeg.header(bytes), Some(Err(expected)), "{bytes:02x?}");
        }
    }

    #[test]
    fn a_header_is_told_as_soon_as_it_can_be() {
        let header = [0xff, 0xfb, 0x90, 0x64];
        for length in 0..4 {
            assert_eq!(Format::Mpeg.header(&header[..length]), None);
        }
    }
}
