//! ADTS (ISO/IEC 14496-3 § 1.A.2.2): AAC with a header before each frame.

use std::num::NonZeroU32;
use std::ops::Range;

use super::header::{FrameHeader, NoFrame, Stream};
use crate::bytes::{BitReader, BitWriter};
use crate::codec::{AudioSpecificConfig, SAMPLING_FREQUENCIES};
use crate::container::{DecoderConfig, MediaConfig};

/// Samples of each channel in a raw data block.
pub(super) const BLOCK_SAMPLES: u32 = 1_024;

/// adts_fixed_header and adts_variable_header, in bytes.
const HEADER_LENGTH: usize = 7;
/// `adts_error_check`, and each other check word, in bytes.
const CHECK_LENGTH: usize = 2;
/// The `id_syn_ele` of a program_config_element.
const PROGRAM_CONFIG_ELEMENT: u32 = 5;
const EXPLICIT_FREQUENCY: u32 = 15;

/// The fixed header, but for what may differ between frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct AdtsStream {
    /// Whether it claims to be of MPEG-2 and not of MPEG-4; to decoders it is the same.
    pub(super) is_mpeg2: bool,
    /// 1 (Main) to 4 (LTP).
    pub(super) object_type: u8,
    pub(super) frequency_index: u8,
    pub(super) sample_rate: NonZeroU32,
    /// 0 where a program_config_element says it.
    pub(super) channel_configuration: u8,
}

/// See [`Format::header`](super::header::Format::header).
pub(super) fn header(bytes: &[u8]) -> Option<Result<FrameHeader, NoFrame>> {
    const OTHER: Option<Result<FrameHeader, NoFrame>> = Some(Err(NoFrame::Other));
    if *bytes.first()? != 0xff {
        return OTHER;
    }
    // The rest of the sync word, and the layer, which is always zero.
    if bytes.get(1)? & 0xf6 != 0xf0 {
        return OTHER;
    }
    let bytes = bytes.get(..HEADER_LENGTH)?;
    read_header(bytes).map_or(OTHER, |header| Some(Ok(header)))
}

fn read_header(bytes: &[u8]) -> Option<FrameHeader> {
    let mut bits = BitReader::new(bytes);
    bits.bits(12); // syncword
    let is_mpeg2 = bits.flag();
    bits.bits(2); // layer
    let has_check = !bits.flag();
    let object_type = bits.bits(2) as u8 + 1;
    let frequency_index = bits.bits(4) as u8;
    bits.flag(); // private_bit
    let channel_configuration = bits.bits(3) as u8;
    bits.bits(4); // original_copy, home, two copyright bits
    let length = bits.bits(13);
    bits.bits(11); // adts_buffer_fullness
    let blocks = bits.bits(2) + 1;
    let sample_rate = SAMPLING_FREQUENCIES.get(usize::from(frequency_index))?;
    let header = FrameHeader {
        stream: Stream::Adts(AdtsStream {
            is_mpeg2,
            object_type,
            frequency_index,
            sample_rate: NonZeroU32::new(*sample_rate)?,
            channel_configuration,
        }),
        length,
        has_check,
        blocks,
    };
    // MPEG-2 has no profile 3, and no frame is all header.
    let is_reserved = is_mpeg2 && object_type == 4;
    let is_possible = !is_reserved && length as usize > header_length(&header);
    bits.checked(header).filter(|_| is_possible)
}

/// Where the first raw data block begins.
fn header_length(header: &FrameHeader) -> usize {
    match (header.has_check, header.blocks) {
        (false, _) => HEADER_LENGTH,
        // A position for each block but the first, then the check word.
        (true, blocks) => HEADER_LENGTH + CHECK_LENGTH * blocks as usize,
    }
}

/// Where the raw data blocks of a frame lie in it. `None` when the positions it gives are not in it.
///
/// # Errors
/// Without check words nothing says where a block ends but the sound itself.
pub(super) fn blocks(header: &FrameHeader, frame: &[u8]) -> Result<Option<Vec<Range<usize>>>, Inseparable> {
    match (header.blocks, header.has_check) {
        (1, _) => Ok(Some(
            std::iter::once(header_length(header)..frame.len()).collect(),
        )),
        (_, false) => Err(Inseparable),
        (_, true) => Ok(checked_blocks(header, frame)),
    }
}

/// Raw data blocks of which nothing says where they end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Inseparable;

fn checked_blocks(header: &FrameHeader, frame: &[u8]) -> Option<Vec<Range<usize>>> {
    let first = header_length(header);
    // adts_header_error_check: positions count from the first block.
    let (positions, _) = frame.get(HEADER_LENGTH..first - CHECK_LENGTH)?.as_chunks();
    let starts = positions
        .iter()
        .map(|&position| first + usize::from(u16::from_be_bytes(position)));
    let mut blocks = Vec::new();
    let mut start = first;
    for next in starts.chain([frame.len()]) {
        // Each block has a check word behind it. The last one ends in the frame, and so do all before it.
        let end = next.checked_sub(CHECK_LENGTH)?;
        if end <= start {
            return None;
        }
        blocks.push(start..end);
        start = next;
    }
    Some(blocks)
}

impl AdtsStream {
    /// How the frames are decoded; `None` where only their program_config_element says.
    pub(super) fn config(self) -> Option<DecoderConfig> {
        if self.channel_configuration == 0 {
            return None;
        }
        Some(self.config_of(self.specific_config().finish()))
    }

    /// How the frames are decoded whose first raw data block is this one, by the program_config_element in it.
    pub(super) fn config_from(self, block: &[u8]) -> Option<DecoderConfig> {
        let mut bits = BitReader::new(block);
        if bits.bits(3) != PROGRAM_CONFIG_ELEMENT {
            return None;
        }
        let mut writer = self.specific_config();
        copy_program_config(&mut bits, &mut writer)?;
        bits.checked(())?;
        Some(self.config_of(writer.finish()))
    }

    /// The AudioSpecificConfig (ISO/IEC 14496-3 § 1.6.2.1) up to the end of its GASpecificConfig's flags.
    fn specific_config(self) -> BitWriter {
        let mut writer = BitWriter::default();
        writer.bits(5, self.object_type.into());
        writer.bits(4, self.frequency_index.into());
        writer.bits(4, self.channel_configuration.into());
        // frameLengthFlag, dependsOnCoreCoder, extensionFlag
        writer.bits(3, 0);
        writer
    }

    fn config_of(self, description: Vec<u8>) -> DecoderConfig {
        let channels = AudioSpecificConfig::parse(&description)
            .ok()
            .and_then(|config| config.channels);
        DecoderConfig {
            codec: format!("mp4a.40.{}", self.object_type),
            description: Some(description),
            media: MediaConfig::Audio {
                sample_rate: self.sample_rate.get(),
                channels: channels.unwrap_or(2),
            },
        }
    }
}

/// Copies a program_config_element (ISO/IEC 14496-3 § 4.4.1.1) without its comment.
fn copy_program_config(bits: &mut BitReader<'_>, writer: &mut BitWriter) -> Option<()> {
    let mut copy = |count| {
        let value = bits.bits(count);
        writer.bits(count, value);
        value
    };
    copy(4 + 2); // element_instance_tag, object_type
    if copy(4) == EXPLICIT_FREQUENCY {
        return None;
    }
    let elements = copy(4) + copy(4) + copy(4); // front, side, back
    let low_frequency = copy(2);
    let associated_data = copy(3);
    let coupling = copy(4);
    for mixdown in [4, 4, 3] {
        if copy(1) == 1 {
            copy(mixdown);
        }
    }
    for _ in 0..elements {
        copy(1 + 4);
    }
    for _ in 0..low_frequency + associated_data {
        copy(4);
    }
    for _ in 0..coupling {
        copy(1 + 4);
    }
    writer.align();
    writer.bits(8, 0); // comment_field_bytes
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::mpeg_audio::header::Format;

    #[test]
    fn a_header_says_all() {
        // 44.1 kHz stereo LC of MPEG-4 without check word, 371 bytes.
        let bytes = [0xff, 0xf1, 0x50, 0x80, 0x2e, 0x7f, 0xfc];
        let stream = AdtsStream {
            is_mpeg2: false,
            object_type: 2,
            frequency_index: 4,
            sample_rate: NonZeroU32::new(44_100).unwrap(),
            channel_configuration: 2,
        };
        let expected = FrameHeader {
            stream: Stream::Adts(stream),
            length: 371,
            has_check: false,
            blocks: 1,
        };
        for length in 0..7 {
            assert_eq!(Format::Adts.header(&bytes[..length]), None);
        }
        assert_eq!(Format::Adts.header(&bytes), Some(Ok(expected)));
        assert_eq!(
            stream.config().unwrap(),
            DecoderConfig {
                codec: "mp4a.40.2".into(),
                description: Some(vec![0x12, 0x10]),
                media: MediaConfig::Audio {
                    sample_rate: 44_100,
                    channels: 2
                },
            }
        );
    }

    #[test]
    fn reserved_values_are_no_headers() {
        for bytes in [
            // Layer 3 of MPEG audio; the frequencies 13 and 15; a profile that MPEG-2 has not; shorter than its header.
            [0xff, 0xfb, 0x50, 0x80, 0x2e, 0x7f, 0xfc],
            [0xff, 0xf1, 0x74, 0x80, 0x2e, 0x7f, 0xfc],
            [0xff, 0xf1, 0x7c, 0x80, 0x2e, 0x7f, 0xfc],
            [0xff, 0xf9, 0xd0, 0x80, 0x2e, 0x7f, 0xfc],
            [0xff, 0xf1, 0x50, 0x80, 0x00, 0xff, 0xfc],
            [0xff, 0xf0, 0x50, 0x80, 0x01, 0x3f, 0xfc],
        ] {
            assert_eq!(
                Format::Adts.header(&bytes),
                Some(Err(NoFrame::Other)),
                "{bytes:02x?}"
            );
        }
    }

    #[test]
    fn raw_data_blocks_are_parted_where_the_header_says_where_they_are() {
        let header = |has_check, blocks| FrameHeader {
            stream: Stream::Adts(AdtsStream {
                is_mpeg2: false,
                object_type: 2,
                frequency_index: 4,
                sample_rate: NonZeroU32::new(44_100).unwrap(),
                channel_configuration: 2,
            }),
            length: 40,
            has_check,
            blocks,
        };
        let mut frame = [0; 40];
        let one = |start: usize| Ok(Some(std::iter::once(start..40).collect()));
        assert_eq!(blocks(&header(false, 1), &frame), one(7));
        assert_eq!(blocks(&header(true, 1), &frame), one(9));
        assert_eq!(blocks(&header(false, 3), &frame), Err(Inseparable));
        // Two positions and a check word: the first block is at 13.
        frame[8] = 9;
        frame[10] = 15;
        assert_eq!(
            blocks(&header(true, 3), &frame),
            Ok(Some(vec![13..20, 22..26, 28..38]))
        );
        // Backwards, and past the end.
        frame[8] = 16;
        assert_eq!(blocks(&header(true, 3), &frame), Ok(None));
        frame[8] = 9;
        frame[10] = 200;
        assert_eq!(blocks(&header(true, 3), &frame), Ok(None));
    }

    #[test]
    fn channels_come_from_a_program_config_element() {
        let stream = AdtsStream {
            is_mpeg2: false,
            object_type: 2,
            frequency_index: 3,
            sample_rate: NonZeroU32::new(48_000).unwrap(),
            channel_configuration: 0,
        };
        assert_eq!(stream.config(), None);
        // id_syn_ele 5, then one front, a front pair, a back pair, one LFE; alignment, a comment, and other elements.
        let mut block = BitWriter::default();
        for (count, value) in [
            (3, 5),
            (4, 0),
            (2, 1),
            (4, 3),
            (4, 2),
            (4, 0),
            (4, 1),
            (2, 1),
            (3, 0),
            (4, 0),
            (1, 0),
            (1, 1),
            (4, 7),
            (1, 0),
            (5, 0),
            (5, 0x10),
            (5, 0x11),
            (4, 0),
        ] {
            block.bits(count, value);
        }
        block.align();
        block.bits(8, 1);
        block.bits(8, b'x'.into());
        block.bits(16, 0x2104);
        let block = block.finish();
        let config = stream.config_from(&block).unwrap();
        let description = config.description.clone().unwrap();
        let parsed = AudioSpecificConfig::parse(&description).unwrap();
        assert_eq!(
            (parsed.object_type, parsed.sample_rate, parsed.channels),
            (2, 48_000, Some(6))
        );
        assert_eq!(
            config.media,
            MediaConfig::Audio {
                sample_rate: 48_000,
                channels: 6
            }
        );
        // The comment is gone: 16 bits before the element, 62 of it, the length of no comment.
        assert_eq!(description.len(), 10 + 1);
        // Another element first; cut off.
        assert_eq!(stream.config_from(&[0x21, 0x10]), None);
        assert_eq!(stream.config_from(&block[..5]), None);
    }
}
