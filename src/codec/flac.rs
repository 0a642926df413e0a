//! FLAC.

use super::{CodecConfig, CodecError};
use crate::bytes::{BitReader, Reader};

/// Length of a STREAMINFO block without its header, in bytes.
const STREAM_INFO_LENGTH: usize = 34;

/// From a FLAC stream's header, `fLaC` and metadata blocks of which the first must be STREAMINFO (RFC 9639 § 6): what
/// Matroska keeps as `CodecPrivate`.
///
/// # Errors
/// When it is too short, or begins otherwise.
pub fn from_flac_header(header: &[u8]) -> Result<CodecConfig, CodecError> {
    if !header.starts_with(b"fLaC") {
        return Err(CodecError::Malformed("no FLAC stream header".into()));
    }
    from_dfla(header)
}

/// Samples of one channel in a FLAC frame (RFC 9639 § 9.1). `None` when it is no frame.
pub fn flac_frame_duration(frame: &[u8]) -> Option<u32> {
    let &[sync, strategy, sizes, _, number, ..] = frame else {
        return None;
    };
    if sync != 0xff || strategy & 0xfe != 0xf8 {
        return None;
    }
    // The coded number is as long as its first byte says, like a character in UTF-8.
    let number_length = match number.leading_ones() as usize {
        0 => 1,
        length @ 2..=7 => length,
        _ => return None,
    };
    let mut after = Reader::new(frame.get(4 + number_length..)?);
    let duration = match sizes >> 4 {
        1 => 192,
        code @ 2..=5 => 144 << code,
        6 => u32::from(after.u8()) + 1,
        7 => u32::from(after.u16()) + 1,
        code @ 8..=15 => 1 << code,
        _ => return None,
    };
    (!after.is_truncated()).then_some(duration)
}

/// From the payload of a `dfLa` box (Encapsulation of FLAC in ISO Base Media File Format § 3.3.2), version and flags
/// included, whose first metadata block must be STREAMINFO.
///
/// # Errors
/// When it is too short, or begins with another block.
pub fn from_dfla(payload: &[u8]) -> Result<CodecConfig, CodecError> {
    let mut reader = Reader::new(payload);
    reader.skip(4);
    let kind = reader.u8() & 0x7f;
    let length = reader.u24();
    let block = reader.bytes(length as usize);
    match (reader.check(), kind) {
        (Ok(()), 0) => from_stream_info(block),
        (Ok(()), kind) => Err(CodecError::Malformed(format!(
            "dfLa begins with a metadata block of type {kind}, not with STREAMINFO"
        ))),
        (Err(truncated), _) => Err(CodecError::Malformed(format!("dfLa {truncated}"))),
    }
}

/// From the body of a STREAMINFO metadata block (RFC 9639 § 8.2). The description is the shortest FLAC stream header:
/// `fLaC` and that block alone.
///
/// # Errors
/// When the block has another length.
fn from_stream_info(stream_info: &[u8]) -> Result<CodecConfig, CodecError> {
    if stream_info.len() != STREAM_INFO_LENGTH {
        return Err(CodecError::Malformed(format!(
            "STREAMINFO of {} bytes, not {STREAM_INFO_LENGTH}",
            stream_info.len()
        )));
    }
    // Block and frame sizes come first: two of 16 bits, two of 24.
    let mut bits = BitReader::new(stream_info.get(10..).unwrap_or_default());
    let sample_rate = Some(bits.bits(20)).filter(|&rate| rate != 0);
    let channels = Some(bits.bits(3) + 1);
    let mut description = b"fLaC".to_vec();
    // The last block, of type 0, and its length.
    description.extend([0x80, 0, 0, STREAM_INFO_LENGTH as u8]);
    description.extend_from_slice(stream_info);
    Ok(CodecConfig {
        codec: "flac".into(),
        description: Some(description),
        sample_rate,
        channels,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_say_how_long_they_last() {
        for (frame, expected) in [
            (&[0xff, 0xf8, 0xc9, 0x18, 0x00, 0xc2][..], Some(4_096)),
            (&[0xff, 0xf9, 0x19, 0x18, 0x00], Some(192)),
            (&[0xff, 0xf8, 0x59, 0x18, 0x00], Some(4_608)),
            (&[0xff, 0xf8, 0x69, 0x18, 0xc4, 0x80, 99], Some(100)),
            (&[0xff, 0xf8, 0x79, 0x18, 0x05, 0x01, 0x00], Some(257)),
            (&[0xff, 0xf8, 0x79, 0x18, 0x05, 0x01], None),
            (&[0xff, 0xf8, 0x09, 0x18, 0x00], None),
            (&[0xff, 0xfb, 0xc9, 0x18, 0x00], None),
            (&[0xff, 0xf8, 0xc9, 0x18, 0x80], None),
            (&[0xff, 0xf8], None),
        ] {
            assert_eq!(flac_frame_duration(frame), expected, "{frame:02x?}");
        }
    }

    #[test]
    fn stream_headers_are_read_as_well() {
        let mut header = b"fLaC\0\0\0\x22".to_vec();
        header.extend([0; 34]);
        assert!(from_flac_header(&header).is_ok());
        header[0] = b'F';
        assert!(from_flac_header(&header).is_err());
    }

    #[test]
    fn rate_and_channels_come_from_the_block() {
        let mut stream_info = [0; 34];
        // 96 000 Hz is 0x17700; 6 channels are 5; 24 bits.
        stream_info[10..14].copy_from_slice(&[0x17, 0x70, 0x0b, 0x70]);
        let config = from_stream_info(&stream_info).unwrap();
        assert_eq!(config.codec, "flac");
        assert_eq!((config.sample_rate, config.channels), (Some(96_000), Some(6)));
        let description = config.description.unwrap();
        assert_eq!(description[..8], *b"fLaC\x80\0\0\x22");
        assert_eq!(description[8..], stream_info);
        assert!(from_stream_info(&stream_info[1..]).is_err());
    }
}
