//! AV1.

use super::{CodecConfig, CodecError};
use crate::bytes::BitReader;

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
    let depth = bit_depth(flags & 0x40 != 0, flags & 0x20 != 0 && profile == 2);
    Ok(CodecConfig::new(
        codec_string(profile.into(), level.into(), flags & 0x80 != 0, depth),
        None,
    ))
}

const fn bit_depth(high_bitdepth: bool, twelve_bit: bool) -> u32 {
    match (high_bitdepth, twelve_bit) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    }
}

fn codec_string(profile: u32, level: u32, is_high_tier: bool, depth: u32) -> String {
    let tier = if is_high_tier { 'H' } else { 'M' };
    format!("av01.{profile}.{level:02}{tier}.{depth:02}")
}

/// What a sequence header says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Av1Sequence {
    /// The codec string.
    pub codec: String,
    /// Width of the largest picture in pixels.
    pub width: u32,
    /// Height of the largest picture in pixels.
    pub height: u32,
}

impl Av1Sequence {
    /// From the first sequence header in a temporal unit, OBUs with their sizes (AV1 Bitstream & Decoding Process
    /// Specification § 5.5). `None` when there is none that can be read.
    pub fn find(mut temporal_unit: &[u8]) -> Option<Self> {
        const SEQUENCE_HEADER: u8 = 1;
        loop {
            let (&header, mut rest) = temporal_unit.split_first()?;
            let (has_extension, has_size) = (header & 4 != 0, header & 2 != 0);
            if has_extension {
                rest = rest.get(1..)?;
            }
            let size = if has_size { leb128(&mut rest)? } else { rest.len() };
            let (payload, after) = rest.split_at_checked(size)?;
            if header >> 3 & 15 == SEQUENCE_HEADER {
                return Self::read(payload);
            }
            temporal_unit = after;
        }
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(payload);
        let profile = bits.bits(3);
        bits.flag(); // still_picture
        let is_reduced = bits.flag();
        let (mut level, mut is_high_tier) = (0, false);
        if is_reduced {
            level = bits.bits(5);
        } else {
            let mut delay_length = None;
            // timing_info_present_flag
            if bits.flag() {
                bits.bits(32);
                bits.bits(32);
                if bits.flag() {
                    skip_uvlc(&mut bits)?;
                }
                // decoder_model_info_present_flag
                if bits.flag() {
                    delay_length = Some(bits.bits(5) + 1);
                    bits.bits(32);
                    bits.bits(10);
                }
            }
            let has_display_delay = bits.flag();
            for point in 0..=bits.bits(5) {
                bits.bits(12); // operating_point_idc
                let point_level = bits.bits(5);
                let point_tier = point_level > 7 && bits.flag();
                if point == 0 {
                    (level, is_high_tier) = (point_level, point_tier);
                }
                if let Some(length) = delay_length
                    && bits.flag()
                {
                    bits.bits(length);
                    bits.bits(length);
                    bits.flag();
                }
                if has_display_delay && bits.flag() {
                    bits.bits(4);
                }
            }
        }
        let (width_length, height_length) = (bits.bits(4) + 1, bits.bits(4) + 1);
        let (width, height) = (bits.bits(width_length) + 1, bits.bits(height_length) + 1);
        // frame_id_numbers_present_flag
        if !is_reduced && bits.flag() {
            bits.bits(7);
        }
        bits.bits(3); // 128x128 superblocks, filter intra, intra edge filter
        if !is_reduced {
            bits.bits(4); // interintra, masked, warped motion, dual filter
            let has_order_hint = bits.flag();
            if has_order_hint {
                bits.bits(2); // jnt_comp, ref_frame_mvs
            }
            // seq_choose_screen_content_tools, else the value
            let has_screen_content_tools = bits.flag() || bits.flag();
            // seq_choose_integer_mv, else the value
            if has_screen_content_tools && !bits.flag() {
                bits.flag();
            }
            if has_order_hint {
                bits.bits(3);
            }
        }
        bits.bits(3); // superres, cdef, restoration
        let high_bitdepth = bits.flag();
        let twelve_bit = profile == 2 && high_bitdepth && bits.flag();
        let depth = bit_depth(high_bitdepth, twelve_bit);
        bits.checked(())?;
        Some(Self {
            codec: codec_string(profile, level, is_high_tier, depth),
            width,
            height,
        })
    }
}

fn skip_uvlc(bits: &mut BitReader<'_>) -> Option<()> {
    let mut zeros = 0;
    while !bits.flag() && !bits.is_truncated() {
        zeros += 1;
    }
    bits.bits(Some(zeros).filter(|&zeros| zeros < 32)?);
    Some(())
}

/// A number of seven bits a byte, the lowest first, taken from the front.
fn leb128(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0u64;
    for index in 0..8 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return usize::try_from(value).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_headers_are_found_and_read() {
        // Of libaom, 96 by 64 pixels: the sequence header and the start of a frame.
        let unit = [
            0x0a, 0x0a, 0x00, 0x00, 0x00, 0x03, 0x2d, 0xff, 0xcd, 0xaf, 0x90, 0x04, 0x32, 0x00,
        ];
        let delimited = [&[0x12, 0x00][..], &unit].concat();
        for unit in [&unit[..], &delimited] {
            let sequence = Av1Sequence::find(unit).unwrap();
            assert_eq!(sequence.codec, "av01.0.00M.08");
            assert_eq!((sequence.width, sequence.height), (96, 64));
            assert_eq!(Av1Sequence::find(&unit[..unit.len() - 3]), None);
        }
        assert_eq!(Av1Sequence::find(&[0x32, 0x00]), None);
        assert_eq!(Av1Sequence::find(&[]), None);
    }

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
