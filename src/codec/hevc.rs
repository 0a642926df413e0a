//! H.265.

use std::fmt::Write;

use super::{CodecConfig, CodecError};

/// Which of the two sample entries an H.265 track has (ISO/IEC 14496-15 § 8.4.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HevcEntry {
    /// Parameter sets are in the record alone.
    Hvc1,
    /// Parameter sets may be in the samples as well.
    Hev1,
}

/// From the payload of an `hvcC` box, an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 § 8.3.3.1), into the string
/// of its annex E.3.
///
/// # Errors
/// When the record is too short or of another version.
// For each of the two there would be one.
#[inline(never)]
pub fn from_hvcc(entry: HevcEntry, record: &[u8]) -> Result<CodecConfig, CodecError> {
    let &[version, profile, c0, c1, c2, c3, ref constraints @ ..] = record else {
        return Err(too_short(record));
    };
    let Some((&[k0, k1, k2, k3, k4, k5, level], _)) = constraints.split_first_chunk() else {
        return Err(too_short(record));
    };
    // Drafts wrote 0.
    if version > 1 {
        return Err(CodecError::Malformed(format!(
            "hvcC is of version {version}, not 1"
        )));
    }
    let mut codec = String::from(match entry {
        HevcEntry::Hvc1 => "hvc1.",
        HevcEntry::Hev1 => "hev1.",
    });
    codec.push_str(match profile >> 6 {
        0 => "",
        1 => "A",
        2 => "B",
        _ => "C",
    });
    let compatibility = u32::from_be_bytes([c0, c1, c2, c3]).reverse_bits();
    let tier = if profile & 0x20 == 0 { 'L' } else { 'H' };
    // Writing to a string cannot fail.
    let _ = write!(codec, "{}.{compatibility:X}.{tier}{level}", profile & 0x1f);
    let constraints = [k0, k1, k2, k3, k4, k5];
    let used = constraints
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |last| last + 1);
    for byte in constraints.iter().take(used) {
        let _ = write!(codec, ".{byte:X}");
    }
    Ok(CodecConfig::new(codec, Some(record.to_vec())))
}

fn too_short(record: &[u8]) -> CodecError {
    CodecError::Malformed(format!(
        "hvcC of {} bytes is too short to name a profile",
        record.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_profile_compatibility_tier_level_and_constraints() {
        for (entry, record, codec) in [
            (
                HevcEntry::Hvc1,
                [1, 0x01, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 93],
                "hvc1.1.6.L93.B0",
            ),
            (
                HevcEntry::Hev1,
                [1, 0x22, 0x20, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 150],
                "hev1.2.4.H150.90",
            ),
            (
                HevcEntry::Hvc1,
                [1, 0xc4, 0x08, 0, 0, 0x01, 0x9d, 0x08, 0, 0x0a, 0, 0, 120],
                "hvc1.C4.80000010.L120.9D.8.0.A",
            ),
            (
                HevcEntry::Hvc1,
                [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30],
                "hvc1.1.0.L30",
            ),
        ] {
            let config = from_hvcc(entry, &record).unwrap();
            assert_eq!(config.codec, codec);
            assert_eq!(config.description.as_deref(), Some(&record[..]));
            assert!(from_hvcc(entry, &record[..12]).is_err());
        }
        assert!(from_hvcc(HevcEntry::Hvc1, &[2; 20]).is_err());
        assert!(from_hvcc(HevcEntry::Hvc1, &[]).is_err());
    }
}
