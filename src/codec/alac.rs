//! Apple Lossless.

use super::{CodecConfig, CodecError};
use crate::bytes::Reader;

/// From the payload of an `alac` box inside the sample entry, version and flags included. The description is the magic
/// cookie after them, an ALACSpecificConfig. The WebCodecs registry has no entry for the codec; browsers that decode it
/// call it `alac`.
///
/// # Errors
/// When it is too short.
pub fn from_alac(payload: &[u8]) -> Result<CodecConfig, CodecError> {
    let mut reader = Reader::new(payload);
    reader.skip(4);
    let cookie = reader.rest();
    reader.skip(9); // frame length, version, bit depth, three tuning parameters
    let channels = reader.u8();
    reader.skip(10); // longest run, largest frame, bit rate
    let sample_rate = reader.u32();
    reader
        .check()
        .map_err(|truncated| CodecError::Malformed(format!("alac {truncated}")))?;
    Ok(CodecConfig {
        codec: "alac".into(),
        description: Some(cookie.to_vec()),
        sample_rate: (sample_rate != 0).then_some(sample_rate),
        channels: (channels != 0).then_some(u32::from(channels)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_the_description() {
        let mut payload = vec![0; 4];
        payload.extend([0, 0, 16, 0, 0, 16, 40, 10, 14, 2, 0, 255]);
        payload.extend([0, 0, 0x40, 0, 0, 10, 0, 0, 0, 0, 0xac, 0x44]);
        let config = from_alac(&payload).unwrap();
        assert_eq!(config.codec, "alac");
        assert_eq!(config.description.as_deref(), Some(&payload[4..]));
        assert_eq!((config.sample_rate, config.channels), (Some(44_100), Some(2)));
        assert!(from_alac(&payload[..27]).is_err());
    }
}
