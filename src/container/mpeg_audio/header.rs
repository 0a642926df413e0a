//! Frame headers: what ISO/IEC 11172-3 § 2.4.1.3, ISO/IEC 13818-3 § 2.4.1.3 (and "MPEG 2.5", which halves its rates
//! again) and ISO/IEC 14496-3 § 1.A.2.2.1 (ADTS) have in common.

use std::num::NonZeroU32;

use super::adts;
use crate::container::{DecoderConfig, MediaConfig};

/// Which frames a stream is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::container) enum Format {
    /// `audio/mpeg`.
    Mpeg,
    /// `audio/aac`.
    Adts,
}

/// What the frames of one stream have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stream {
    pub(super) format: Format,
    /// The first four bytes of a header as a number, without what may differ between frames. Of the modes of channels of
    /// MPEG audio only mono is another stream.
    pub(super) bits: u32,
    pub(super) sample_rate: NonZeroU32,
    /// Samples of each channel in a frame, or in a raw data block of ADTS.
    pub(super) samples: u32,
}

/// Version and layer, sampling frequency.
const MPEG_STREAM: u32 = 0x1e_0c00;
/// All bits of the mode.
const MONO: u32 = 0xc0;
/// Of the versions, that of ISO/IEC 11172-3; 2 is the low sampling frequencies of ISO/IEC 13818-3, 0 half of them again.
const MPEG_1: u32 = 3;

/// The header of one frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FrameHeader {
    pub(super) stream: Stream,
    /// Of the whole frame in bytes, header included; more than the header's.
    pub(super) length: u32,
    /// Whether a check word follows the header.
    pub(super) has_check: bool,
    /// How many raw data blocks are in the frame, each of so many [`samples`](Stream::samples). 1 for MPEG audio.
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
    Some((stream.samples, stream.sample_rate))
}

fn mpeg_header(bytes: &[u8]) -> Option<Result<FrameHeader, NoFrame>> {
    const OTHER: Option<Result<FrameHeader, NoFrame>> = Some(Err(NoFrame::Other));
    if *bytes.first()? != 0xff {
        return OTHER;
    }
    let second = u32::from(*bytes.get(1)?);
    let (version, layer) = (second >> 3 & 3, 4 - (second >> 1 & 3));
    if second & 0xe0 != 0xe0 || version == 1 || layer == 4 {
        return OTHER;
    }
    let bits = u32::from_be_bytes(*bytes.first_chunk()?);
    let (row, halvings) = match (version, layer) {
        (MPEG_1, layer) => (layer - 1, 0),
        (_, 1) => (3, 2 - version / 2),
        _ => (4, 2 - version / 2),
    };
    let bit_rate = BIT_RATES
        .get(row as usize)
        .and_then(|rates| rates.get((bits >> 12 & 15) as usize));
    let sample_rate = SAMPLE_RATES
        .get((bits >> 10 & 3) as usize)
        .and_then(|rate| NonZeroU32::new(rate >> halvings));
    let (Some(&bit_rate), Some(sample_rate)) = (bit_rate, sample_rate) else {
        return OTHER;
    };
    if bit_rate == 0 {
        return Some(Err(NoFrame::FreeFormat));
    }
    let samples = match (version, layer) {
        (_, 1) => 384,
        (_, 2) | (MPEG_1, _) => 1_152,
        _ => 576,
    };
    let mono = if bits & MONO == MONO { MONO } else { 0 };
    // ISO/IEC 11172-3 § 2.4.3.1: a slot is four bytes in layer 1 and one byte in the others.
    let slot = if layer == 1 { 4 } else { 1 };
    let slots = samples / 8 * 1_000 / slot * u32::from(bit_rate) / sample_rate;
    Some(Ok(FrameHeader {
        stream: Stream {
            format: Format::Mpeg,
            bits: bits & MPEG_STREAM | mono,
            sample_rate,
            samples,
        },
        length: (slots + (bits >> 9 & 1)) * slot,
        has_check: second & 1 == 0,
        blocks: 1,
    }))
}

impl Stream {
    /// 1 to 3; 4 for ADTS.
    pub(super) const fn layer(self) -> u32 {
        4 - (self.bits >> 17 & 3)
    }

    /// Whether it is of the first version of MPEG audio.
    pub(super) const fn is_mpeg_1(self) -> bool {
        self.bits >> 19 & 3 == MPEG_1
    }

    /// Channels of MPEG audio.
    pub(super) const fn channels(self) -> u32 {
        if self.bits & MONO == 0 { 2 } else { 1 }
    }

    /// How the frames are decoded, as far as their headers say.
    pub(super) fn config(self) -> Option<DecoderConfig> {
        match self.format {
            // WebCodecs has a name for layer 3 alone. Browsers decode the others by it as well.
            Format::Mpeg => Some(DecoderConfig {
                codec: "mp3".into(),
                description: None,
                media: MediaConfig::Audio {
                    sample_rate: self.sample_rate.get(),
                    channels: self.channels(),
                },
            }),
            Format::Adts => adts::config(self),
        }
    }

    /// By how many samples the sound that comes out of a decoder is later than what its encoder meant.
    pub(super) fn decoder_delay(self) -> u64 {
        match (self.format, self.layer()) {
            (Format::Mpeg, 3) => 528 + 1,
            (Format::Mpeg, _) => 480 + 1,
            // Encoders of AAC count it as their own.
            (Format::Adts, _) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_headers() {
        for (bytes, is_mpeg_1, layer, sample_rate, channels, length, has_check, samples) in [
            ([0xff, 0xfb, 0x90, 0x64], true, 3, 44_100, 2, 417, false, 1_152),
            // Padding; a check word; mono.
            ([0xff, 0xfb, 0x92, 0x64], true, 3, 44_100, 2, 418, false, 1_152),
            ([0xff, 0xfa, 0x90, 0x64], true, 3, 44_100, 2, 417, true, 1_152),
            ([0xff, 0xfb, 0x14, 0xc4], true, 3, 48_000, 1, 96, false, 1_152),
            ([0xff, 0xfb, 0xe8, 0x00], true, 3, 32_000, 2, 1_440, false, 1_152),
            // Layer 2; layer 1 counts in words.
            ([0xff, 0xfd, 0xa4, 0x00], true, 2, 48_000, 2, 576, false, 1_152),
            ([0xff, 0xff, 0xc0, 0x00], true, 1, 44_100, 2, 416, false, 384),
            ([0xff, 0xff, 0xc2, 0x00], true, 1, 44_100, 2, 420, false, 384),
            // Half and a quarter of the sampling frequencies.
            ([0xff, 0xf3, 0x40, 0xc0], false, 3, 22_050, 1, 104, false, 576),
            ([0xff, 0xf5, 0x88, 0x00], false, 2, 16_000, 2, 576, false, 1_152),
            ([0xff, 0xf7, 0x14, 0x00], false, 1, 24_000, 2, 64, false, 384),
            ([0xff, 0xe3, 0x18, 0xc0], false, 3, 8_000, 1, 72, false, 576),
            // The longest there is.
            ([0xff, 0xe5, 0xea, 0x00], false, 2, 8_000, 2, 2_881, false, 1_152),
        ] {
            let header = Format::Mpeg.header(&bytes).unwrap().unwrap();
            let FrameHeader { stream, .. } = header;
            assert_eq!(
                (header.length, header.has_check, header.blocks),
                (length, has_check, 1),
                "{bytes:02x?}"
            );
            assert_eq!(
                (stream.is_mpeg_1(), stream.layer(), stream.sample_rate.get()),
                (is_mpeg_1, layer, sample_rate),
                "{bytes:02x?}"
            );
            assert_eq!(
                (stream.channels(), stream.samples),
                (channels, samples),
                "{bytes:02x?}"
            );
        }
    }

    #[test]
    fn frames_of_one_stream_differ_in_little() {
        let stream = |bytes: [u8; 4]| Format::Mpeg.header(&bytes).unwrap().unwrap().stream;
        let one = stream([0xff, 0xfb, 0x90, 0x64]);
        // A check word; bit rate, padding and the private bit; joint stereo, two channels, rights and emphasis.
        for same in [
            [0xff, 0xfa, 0x90, 0x64],
            [0xff, 0xfb, 0xa3, 0x64],
            [0xff, 0xfb, 0x90, 0x00],
            [0xff, 0xfb, 0x90, 0x8f],
        ] {
            assert_eq!(stream(same), one, "{same:02x?}");
        }
        // Mono, the sampling frequency, the layer, the version.
        for other in [
            [0xff, 0xfb, 0x90, 0xc4],
            [0xff, 0xfb, 0x94, 0x64],
            [0xff, 0xfd, 0x90, 0x64],
            [0xff, 0xf3, 0x90, 0x64],
        ] {
            assert_ne!(stream(other), one, "{other:02x?}");
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
