//! Opus.

use super::{AudioCodecConfig, CodecConfig, CodecError};

/// What every Opus decoder puts out, whatever the encoder's input was.
const SAMPLE_RATE: u32 = 48_000;

/// From an identification header, `OpusHead` (RFC 7845 § 5.1).
///
/// Mono and stereo have no description, for browsers differ in what they make of one. With more channels the decoder
/// needs the mapping table, so the header goes along.
///
/// # Errors
/// When it is no such header.
pub fn from_opus_head(header: &[u8]) -> Result<AudioCodecConfig, CodecError> {
    let malformed = || CodecError::Malformed("not an OpusHead".into());
    let fields = header.strip_prefix(b"OpusHead").ok_or_else(malformed)?;
    let &[_version, channels, _, _, _, _, _, _, _, _, mapping_family, ..] = fields else {
        return Err(malformed());
    };
    Ok(AudioCodecConfig {
        config: CodecConfig {
            codec: "opus".into(),
            description: (mapping_family != 0).then(|| header.to_vec()),
        },
        sample_rate: Some(SAMPLE_RATE),
        channels: (channels != 0).then_some(u32::from(channels)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_channel_mapping_needs_the_header() {
        let header = |channels, family| {
            let mut header = b"OpusHead".to_vec();
            header.extend([1, channels, 0x38, 1, 0x44, 0xac, 0, 0, 0, 0, family]);
            header
        };
        let stereo = from_opus_head(&header(2, 0)).unwrap();
        assert_eq!(stereo.config.codec, "opus");
        assert_eq!(stereo.config.description, None);
        assert_eq!((stereo.sample_rate, stereo.channels), (Some(48_000), Some(2)));
        let surround = from_opus_head(&header(6, 1)).unwrap();
        assert_eq!(surround.config.description, Some(header(6, 1)));
        assert!(from_opus_head(b"OpusHead\x01\x02").is_err());
        assert!(from_opus_head(b"OpusTags\x01\x02\0\0\0\0\0\0\0\0\0\0").is_err());
    }
}
