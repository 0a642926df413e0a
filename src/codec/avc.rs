//! H.264.

use super::{CodecConfig, CodecError};

/// From the payload of an `avcC` box, an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 § 5.3.3.1).
///
/// The string is spelled `avc1` for `avc3` entries too: some decoders refuse the latter, and with a description both
/// mean length-prefixed NAL units; parameter sets inside the samples are then simply used.
///
/// # Errors
/// When the record is too short or of another version.
pub fn from_avcc(record: &[u8]) -> Result<CodecConfig, CodecError> {
    let &[version, profile, compatibility, level, ..] = record else {
        return Err(CodecError::Malformed(format!(
            "avcC of {} bytes is too short to name a profile",
            record.len()
        )));
    };
    if version != 1 {
        return Err(CodecError::Malformed(format!(
            "avcC is of version {version}, not 1"
        )));
    }
    Ok(CodecConfig::new(
        format!("avc1.{profile:02x}{compatibility:02x}{level:02x}"),
        Some(record.to_vec()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_profile_constraints_and_level() {
        let record = [1, 0x42, 0xc0, 0x0d, 0xff, 0xe1];
        let config = from_avcc(&record).unwrap();
        assert_eq!(config.codec, "avc1.42c00d");
        assert_eq!(config.description.unwrap(), record);
        assert!(matches!(from_avcc(&[1, 0x42, 0]), Err(CodecError::Malformed(_))));
        assert!(matches!(
            from_avcc(&[0, 0x42, 0, 30]),
            Err(CodecError::Malformed(_))
        ));
    }
}
