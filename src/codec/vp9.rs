//! VP9.

use super::{CodecConfig, CodecError};

/// From the payload of a `vpcC` box, version and flags included (VP Codec ISO Media File Format Binding). VP9 has no
/// description.
///
/// # Errors
/// When the box is too short.
pub fn from_vpcc(payload: &[u8]) -> Result<CodecConfig, CodecError> {
    let &[_, _, _, _, profile, level, depth_and_more, ..] = payload else {
        return Err(CodecError::Malformed(format!(
            "vpcC of {} bytes is too short to name a profile",
            payload.len()
        )));
    };
    Ok(CodecConfig {
        codec: format!("vp09.{profile:02}.{level:02}.{:02}", depth_and_more >> 4),
        description: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_profile_level_and_depth() {
        let config = from_vpcc(&[1, 0, 0, 0, 2, 31, 0xa2, 9, 16, 9, 0, 0]).unwrap();
        assert_eq!(config.codec, "vp09.02.31.10");
        assert_eq!(config.description, None);
        assert!(from_vpcc(&[1, 0, 0, 0, 2, 31]).is_err());
    }
}
