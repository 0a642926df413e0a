//! AV1.

use super::{CodecConfig, CodecError};

/// From the payload of an `av1C` box (AV1 Codec ISO Media File Format Binding § 2.3). The sequence header comes with
/// each key frame, so there is no description.
///
/// # Errors
/// When the record is too short or of another version.
pub fn from_av1c(record: &[u8]) -> Result<CodecConfig, CodecError> {
    let &[marker_and_version, profile_and_level, flags, _, ..] = record else {
        return Err(CodecError::Malformed(format!(
            "av1C of {} bytes is too short to name a profile",
            record.len()
        )));
    };
    if marker_and_version != 0x81 {
        return Err(CodecError::Malformed(format!(
            "av1C begins with {marker_and_version:#04x}, not with marker and version 0x81"
        )));
    }
    let (profile, level) = (profile_and_level >> 5, profile_and_level & 0x1f);
    let tier = if flags & 0x80 == 0 { 'M' } else { 'H' };
    let (high_bitdepth, twelve_bit) = (flags & 0x40 != 0, flags & 0x20 != 0);
    let depth = match (high_bitdepth, twelve_bit && profile == 2) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    Ok(CodecConfig {
        codec: format!("av01.{profile}.{level:02}{tier}.{depth:02}"),
        description: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_profile_level_tier_and_depth() {
        for (record, codec) in [
            ([0x81, 0x04, 0x0c, 0], "av01.0.04M.08"),
            ([0x81, 0x2d, 0xc0, 0], "av01.1.13H.10"),
            ([0x81, 0x5f, 0x60, 0], "av01.2.31M.12"),
        ] {
            assert_eq!(from_av1c(&record).unwrap().codec, codec);
        }
        assert!(from_av1c(&[0x81, 4, 12]).is_err());
        assert!(from_av1c(&[0x01, 4, 12, 0]).is_err());
    }
}
