//! ADTS (ISO/IEC 14496-3 § 1.A.2.2): AAC with a header before each frame.

use std::num::NonZeroU32;
use std::ops::Range;

use super::header::{Format, FrameHeader, NoFrame, Stream};
use crate::bytes::{BitReader, BitWriter, Reader};
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

/// What frames of a stream have in common: whether it claims to be of MPEG-2 and not of MPEG-4, which is the same to
/// decoders; profile, sampling frequency, channels.
const ADTS_STREAM: u32 = 0x08_fdc0;
const IS_MPEG2: u32 = 1 << 19;

/// See [`Format::header`](super::header::Format::header).
pub(super) fn header(bytes: &[u8]) -> Option<Result<FrameHeader, NoFrame>> {
    const OTHER: Option<Result<FrameHeader, NoFrame>> = Some(Err(NoFrame::Other));
    // The sync word, and the layer, which is always zero.
    if *bytes.first()? != 0xff || bytes.get(1)? & 0xf6 != 0xf0 {
        return OTHER;
    }
    let fields: &[u8; HEADER_LENGTH] = bytes.first_chunk()?;
    read_header(*fields).map_or(OTHER, |header| Some(Ok(header)))
}

fn read_header(
    [first, second, third, fourth, fifth, sixth, last]: [u8; HEADER_LENGTH],
) -> Option<FrameHeader> {
    let bits = u32::from_be_bytes([first, second, third, fourth]);
    let stream = Stream {
        format: Format::Adts,
        bits: bits & ADTS_STREAM,
        sample_rate: NonZeroU32::new(*SAMPLING_FREQUENCIES.get((bits >> 10 & 15) as usize)?)?,
        samples: BLOCK_SAMPLES,
    };
    let header = FrameHeader {
        stream,
        length: (bits & 3) << 11 | u32::from(fifth) << 3 | u32::from(sixth) >> 5,
        has_check: second & 1 == 0,
        blocks: u32::from(last & 3) + 1,
    };
    // MPEG-2 has no profile 3, and no frame is all header.
    let is_reserved = bits & IS_MPEG2 != 0 && object_type(stream) == 4;
    (!is_reserved && header.length as usize > header_length(&header)).then_some(header)
}

/// 1 (Main) to 4 (LTP).
fn object_type(stream: Stream) -> u32 {
    (stream.bits >> 14 & 3) + 1
}

/// Whether only a program_config_element says the channels.
pub(super) fn needs_program_config(stream: Stream) -> bool {
    stream.format == Format::Adts && channel_configuration(stream) == 0
}

/// 0 where a program_config_element says it.
fn channel_configuration(stream: Stream) -> u32 {
    stream.bits >> 6 & 7
}

/// Where the first raw data block begins. MPEG audio has no such blocks: decoders take the whole frame.
fn header_length(header: &FrameHeader) -> usize {
    match (header.stream.format, header.has_check) {
        (Format::Mpeg, _) => 0,
        (_, false) => HEADER_LENGTH,
        // A position for each block but the first, then the check word.
        (_, true) => HEADER_LENGTH + CHECK_LENGTH * header.blocks as usize,
    }
}

/// Where the raw data blocks of a frame lie in it. `None` when the positions it gives are not in it.
///
/// # Errors
/// Without check words nothing says where a block ends but the sound itself.
pub(super) fn blocks(header: &FrameHeader, frame: &[u8]) -> Result<Option<Vec<Range<usize>>>, Inseparable> {
    let first = header_length(header);
    let mut blocks = Vec::new();
    if header.blocks == 1 {
        blocks.push(first..frame.len());
        return Ok(Some(blocks));
    }
    if !header.has_check {
        return Err(Inseparable);
    }
    // adts_header_error_check: positions count from the first block. Of the last one the end is that of the frame.
    let mut positions = Reader::new(frame);
    positions.skip(HEADER_LENGTH);
    let mut start = first;
    for left in (0..header.blocks).rev() {
        let next = match left {
            0 => frame.len(),
            _ => first + usize::from(positions.u16()),
        };
        // Each block has a check word behind it. The last one ends in the frame, and so do all before it.
        let end = next.saturating_sub(CHECK_LENGTH);
        if end <= start {
            return Ok(None);
        }
        blocks.push(start..end);
        start = next;
    }
    Ok(Some(blocks))
}

/// Raw data blocks of which nothing says where they end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Inseparable;

/// How the frames are decoded; `None` where only their program_config_element says.
pub(super) fn config(stream: Stream) -> Option<DecoderConfig> {
    (channel_configuration(stream) != 0).then(|| config_of(stream, specific_config(stream)))
}

/// How the frames are decoded whose first raw data block is this one, by the program_config_element in it.
pub(super) fn config_from(stream: Stream, block: &[u8]) -> Option<DecoderConfig> {
    let mut bits = BitReader::new(block);
    if bits.bits(3) != PROGRAM_CONFIG_ELEMENT {
        return None;
    }
    let mut writer = specific_config(stream);
    copy_program_config(&mut bits, &mut writer)?;
    bits.checked(())?;
    Some(config_of(stream, writer))
}

/// The AudioSpecificConfig (ISO/IEC 14496-3 § 1.6.2.1) up to the end of its GASpecificConfig's flags: frameLengthFlag,
/// dependsOnCoreCoder, extensionFlag.
fn specific_config(stream: Stream) -> BitWriter {
    let mut writer = BitWriter::default();
    for (count, value) in [
        (5, object_type(stream)),
        (4, stream.bits >> 10 & 15),
        (4, channel_configuration(stream)),
        (3, 0),
    ] {
        writer.bits(count, value);
    }
    writer
}

fn config_of(stream: Stream, description: BitWriter) -> DecoderConfig {
    let description = description.finish();
    let channels = AudioSpecificConfig::parse(&description)
        .ok()
        .and_then(|config| config.channels);
    DecoderConfig {
        codec: format!("mp4a.40.{}", object_type(stream)),
        description: Some(description),
        media: MediaConfig::Audio {
            sample_rate: stream.sample_rate.get(),
            channels: channels.unwrap_or(2),
        },
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
    for _ in 0..5 * (elements + coupling) + 4 * (low_frequency + associated_data) {
        copy(1);
    }
    writer.align();
    writer.bits(8, 0); // comment_field_bytes
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Low complexity of MPEG-4.
    fn stream(frequency_index: u32, sample_rate: u32, channel_configuration: u32) -> Stream {
        Stream {
            format: Format::Adts,
            bits: 1 << 14 | frequency_index << 10 | channel_configuration << 6,
            sample_rate: NonZeroU32::new(sample_rate).unwrap(),
            samples: 1_024,
        }
    }

    #[test]
    fn a_header_says_all() {
        // 44.1 kHz stereo LC of MPEG-4 without check word, 371 bytes.
        let bytes = [0xff, 0xf1, 0x50, 0x80, 0x2e, 0x7f, 0xfc];
        let stream = stream(4, 44_100, 2);
        let expected = FrameHeader {
            stream,
            length: 371,
            has_check: false,
            blocks: 1,
        };
        for length in 0..7 {
            assert_eq!(Format::Adts.header(&bytes[..length]), None);
        }
        assert_eq!(Format::Adts.header(&bytes), Some(Ok(expected)));
        assert_eq!(
            config(stream).unwrap(),
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
    fn frames_of_one_stream_differ_in_little() {
        let stream = |bytes: [u8; 7]| Format::Adts.header(&bytes).unwrap().unwrap().stream;
        let one = stream([0xff, 0xf1, 0x50, 0x80, 0x2e, 0x7f, 0xfc]);
        // A check word; the private bit; copyright; length; fullness and blocks.
        for same in [
            [0xff, 0xf0, 0x50, 0x80, 0x2e, 0x7f, 0xfc],
            [0xff, 0xf1, 0x52, 0x80, 0x2e, 0x7f, 0xfc],
            [0xff, 0xf1, 0x50, 0xbf, 0x2e, 0x7f, 0xfc],
            [0xff, 0xf1, 0x50, 0x80, 0xff, 0xff, 0xff],
        ] {
            assert_eq!(stream(same), one, "{same:02x?}");
        }
        // MPEG-2, the profile, the sampling frequency, the channels.
        for other in [
            [0xff, 0xf9, 0x50, 0x80, 0x2e, 0x7f, 0xfc],
            [0xff, 0xf1, 0x10, 0x80, 0x2e, 0x7f, 0xfc],
            [0xff, 0xf1, 0x4c, 0x80, 0x2e, 0x7f, 0xfc],
            [0xff, 0xf1, 0x51, 0x80, 0x2e, 0x7f, 0xfc],
            [0xff, 0xf1, 0x50, 0x40, 0x2e, 0x7f, 0xfc],
        ] {
            assert_ne!(stream(other), one, "{other:02x?}");
        }
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
            stream: stream(4, 44_100, 2),
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
        let stream = stream(3, 48_000, 0);
        assert_eq!(config(stream), None);
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
        let found = config_from(stream, &block).unwrap();
        let description = found.description.clone().unwrap();
        let parsed = AudioSpecificConfig::parse(&description).unwrap();
        assert_eq!(
            (parsed.object_type, parsed.sample_rate, parsed.channels),
            (2, 48_000, Some(6))
        );
        assert_eq!(
            found.media,
            MediaConfig::Audio {
                sample_rate: 48_000,
                channels: 6
            }
        );
        // The comment is gone: 16 bits before the element, 62 of it, the length of no comment.
        assert_eq!(description.len(), 10 + 1);
        // Another element first; cut off.
        assert_eq!(config_from(stream, &[0x21, 0x10]), None);
        assert_eq!(config_from(stream, &block[..5]), None);
    }
}
