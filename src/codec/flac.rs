//! FLAC.

use super::{AudioCodecConfig, CodecConfig, CodecError};
use crate::bytes::{BitReader, Reader, Truncated};

/// Length of a STREAMINFO block without its header, in bytes.
const STREAM_INFO_LENGTH: usize = 34;

/// From the payload of a `dfLa` box (Encapsulation of FLAC in ISO Base Media File Format § 3.3.2), version and flags
/// included, whose first metadata block must be STREAMINFO.
///
/// # Errors
/// When it is too short, or begins with another block.
pub fn from_dfla(payload: &[u8]) -> Result<AudioCodecConfig, CodecError> {
    let read = || -> Result<_, Truncated> {
        let mut reader = Reader::new(payload);
        reader.skip(4)?;
        let kind = reader.u8()? & 0x7f;
        let length = reader.u24()?;
        Ok((kind, reader.bytes(length as usize)?))
    };
    match read() {
        Ok((0, stream_info)) => from_stream_info(stream_info),
        Ok((kind, _)) => Err(CodecError::Malformed(format!(
            "dfLa begins with a metadata block of type {kind}, not with STREAMINFO"
        ))),
        Err(truncated) => Err(CodecError::Malformed(format!("dfLa {truncated}"))),
    }
}

/// From the body of a STREAMINFO metadata block (RFC 9639 § 8.2). The description is the shortest FLAC stream header:
/// `fLaC` and that block alone.
///
/// # Errors
/// When the block has another length.
fn from_stream_info(stream_info: &[u8]) -> Result<AudioCodecConfig, CodecError> {
    if stream_info.len() != STREAM_INFO_LENGTH {
        return Err(CodecError::Malformed(format!(
            "STREAMINFO of {} bytes, not {STREAM_INFO_LENGTH}",
            stream_info.len()
        )));
    }
    // Block and frame sizes come first: two of 16 bits, two of 24.
    let mut bits = BitReader::new(stream_info.get(10..).unwrap_or_default());
    let sample_rate = bits.bits(20).filter(|&rate| rate != 0);
    let channels = bits.bits(3).map(|count| count + 1);
    let mut description = b"fLaC".to_vec();
    // The last block, of type 0, and its length.
    description.extend([0x80, 0, 0, STREAM_INFO_LENGTH as u8]);
    description.extend_from_slice(stream_info);
    Ok(AudioCodecConfig {
        config: CodecConfig {
            codec: "flac".into(),
            description: Some(description),
        },
        sample_rate,
        channels,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_channels_come_from_the_block() {
        let mut stream_info = [0; 34];
        // 96 000 Hz is 0x17700; 6 channels are 5; 24 bits.
        stream_info[10..14].copy_from_slice(&[0x17, 0x70, 0x0b, 0x70]);
        let config = from_stream_info(&stream_info).unwrap();
        assert_eq!(config.config.codec, "flac");
        assert_eq!((config.sample_rate, config.channels), (Some(96_000), Some(6)));
        let description = config.config.description.unwrap();
        assert_eq!(description[..8], *b"fLaC\x80\0\0\x22");
        assert_eq!(description[8..], stream_info);
        assert!(from_stream_info(&stream_info[1..]).is_err());
    }
}
