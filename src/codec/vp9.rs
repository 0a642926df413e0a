//! VP9.

use super::{CodecConfig, CodecError};
use crate::bytes::{BitReader, Reader};

/// 4:2:0, the samples of colour where those of brightness are: `CC` of a codec string that does not say.
const CHROMA_420_COLOCATED: u8 = 1;
/// 4:4:4.
const CHROMA_444: u8 = 3;
/// What 4:4:0 and 4:2:2 are.
const CHROMA_422: u8 = 2;
const CHROMA_440: u8 = 4;

/// Profile, level and pixel format: the parts of a codec string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vp9Features {
    /// 0 to 3.
    pub profile: u8,
    /// Ten times the level's number.
    pub level: u8,
    /// 8, 10 or 12.
    pub bit_depth: u8,
    /// `CC` of the codec string.
    pub chroma_subsampling: u8,
}

impl Vp9Features {
    /// The codec string. Without the optional fields it means 4:2:0, which only odd profiles differ from.
    pub fn codec(&self) -> String {
        let Self {
            profile,
            level,
            bit_depth,
            chroma_subsampling,
        } = *self;
        let codec = format!("vp09.{profile:02}.{level:02}.{bit_depth:02}");
        if chroma_subsampling <= CHROMA_420_COLOCATED {
            codec
        } else {
            // The fields of colour are those of a string that does not say.
            format!("{codec}.{chroma_subsampling:02}.01.01.01.00")
        }
    }

    /// Those that are most likely until a key frame tells.
    pub fn guess(width: u32, height: u32, frames_per_second: f64) -> Self {
        Self {
            profile: 0,
            level: level(width, height, frames_per_second),
            bit_depth: 8,
            chroma_subsampling: CHROMA_420_COLOCATED,
        }
    }

    /// From a WebM `CodecPrivate`: the features that it lists, by ID, length and value (WebM Container Guidelines, "VP9
    /// Codec Feature Metadata"). What it leaves out stays as in `otherwise`; what cannot be read as such a list is no
    /// list.
    pub fn from_feature_list(list: &[u8], otherwise: Self) -> Self {
        let mut features = otherwise;
        let mut reader = Reader::new(list);
        while reader.remaining() > 0 && !reader.is_truncated() {
            let [id, length] = reader.array();
            match (id, reader.bytes(usize::from(length))) {
                (1, &[profile @ 0..=3]) => features.profile = profile,
                (2, &[level @ 10..=62]) => features.level = level,
                (3, &[bit_depth @ (8 | 10 | 12)]) => features.bit_depth = bit_depth,
                (4, &[chroma_subsampling @ 0..=3]) => features.chroma_subsampling = chroma_subsampling,
                _ => {}
            }
        }
        features
    }
}

/// What a VP9 frame says of itself in its uncompressed header (VP9 Bitstream & Decoding Process Specification § 6.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Vp9Frame {
    /// Decoding can start here.
    Key {
        /// 0 to 3.
        profile: u8,
        /// 8, 10 or 12.
        bit_depth: u8,
        /// `CC` of the codec string.
        chroma_subsampling: u8,
        /// Width of the picture in pixels.
        width: u32,
        /// Height of the picture in pixels.
        height: u32,
    },
    /// It depends on frames before, or shows one of them.
    Inter,
}

impl Vp9Frame {
    /// Reads the start of a frame, or of the first frame of a superframe. `None` when it is no VP9.
    pub fn parse(frame: &[u8]) -> Option<Self> {
        const RGB: u32 = 7;
        let mut bits = BitReader::new(frame);
        if bits.bits(2) != 2 {
            return None;
        }
        let profile = bits.bits(1) | bits.bits(1) << 1;
        if profile == 3 && bits.flag() {
            return None;
        }
        let show_existing_frame = bits.flag();
        if show_existing_frame {
            return Some(Self::Inter);
        }
        let is_inter = bits.flag();
        bits.bits(2); // show_frame, error_resilient_mode
        if is_inter {
            return bits.checked(Self::Inter);
        }
        if bits.bits(24) != 0x49_8342 {
            return None;
        }
        let bit_depth = match profile {
            0 | 1 => 8,
            _ if bits.flag() => 12,
            _ => 10,
        };
        let has_subsampling = profile & 1 == 1;
        let mut chroma_subsampling = CHROMA_420_COLOCATED;
        if bits.bits(3) == RGB {
            if !has_subsampling {
                return None;
            }
            bits.flag(); // reserved_zero
            chroma_subsampling = CHROMA_444;
        } else {
            bits.flag(); // color_range
            if has_subsampling {
                chroma_subsampling = match (bits.flag(), bits.flag()) {
                    (false, false) => CHROMA_444,
                    (true, false) => CHROMA_422,
                    (false, true) => CHROMA_440,
                    (true, true) => return None,
                };
                bits.flag(); // reserved_zero
            }
        }
        let (width, height) = (bits.bits(16) + 1, bits.bits(16) + 1);
        bits.checked(Self::Key {
            profile: profile as u8,
            bit_depth,
            chroma_subsampling,
            width,
            height,
        })
    }
}

/// The lowest level for pictures of this size at this rate (VP9 Bitstream & Decoding Process Specification, annex A),
/// times ten; the highest when they exceed it.
pub fn level(width: u32, height: u32, frames_per_second: f64) -> u8 {
    // Level, samples of brightness a second, samples of a picture.
    const LEVELS: [(u8, u64, u64); 14] = [
        (10, 829_440, 36_864),
        (11, 2_764_800, 73_728),
        (20, 4_608_000, 122_880),
        (21, 9_216_000, 245_760),
        (30, 20_736_000, 552_960),
        (31, 36_864_000, 983_040),
        (40, 83_558_400, 2_228_224),
        (41, 160_432_128, 2_228_224),
        (50, 311_951_360, 8_912_896),
        (51, 588_251_136, 8_912_896),
        (52, 1_176_502_272, 8_912_896),
        (60, 1_176_502_272, 35_651_584),
        (61, 2_353_004_544, 35_651_584),
        (62, 4_706_009_088, 35_651_584),
    ];
    let picture = u64::from(width) * u64::from(height);
    let rate = picture as f64 * frames_per_second;
    LEVELS
        .iter()
        .find(|(_, highest_rate, largest_picture)| {
            picture <= *largest_picture && rate <= *highest_rate as f64
        })
        .map_or(62, |(level, ..)| *level)
}

/// The level that a codec string gets where a box leaves it undefined, as Chromium's recorder does: decoders look at the
/// pictures, but refuse a string with the level 0.
const UNDEFINED_LEVEL: u8 = 10;

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
    let level = if level == 0 { UNDEFINED_LEVEL } else { level };
    Ok(CodecConfig::new(
        format!("vp09.{profile:02}.{level:02}.{:02}", depth_and_more >> 4),
        None,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_profile_level_and_depth() {
        let config = from_vpcc(&[1, 0, 0, 0, 2, 31, 0xa2, 9, 16, 9, 0, 0]).unwrap();
        assert_eq!(config.codec, "vp09.02.31.10");
        assert_eq!(config.description, None);
        let undefined = from_vpcc(&[1, 0, 0, 0, 0, 0, 0x82, 2, 2, 2, 0, 0]).unwrap();
        assert_eq!(undefined.codec, "vp09.00.10.08");
        assert!(from_vpcc(&[1, 0, 0, 0, 2, 31]).is_err());
    }

    #[test]
    fn levels_of_usual_pictures() {
        for (width, height, rate, expected) in [
            (96, 64, 30.0, 10),
            (320, 240, 30.0, 20),
            (640, 480, 30.0, 30),
            (1280, 720, 30.0, 31),
            (1920, 1080, 30.0, 40),
            (1920, 1080, 60.0, 41),
            (3840, 2160, 60.0, 51),
            (7680, 4320, 120.0, 62),
            (60_000, 60_000, 30.0, 62),
        ] {
            assert_eq!(level(width, height, rate), expected, "{width}x{height} {rate}");
        }
    }

    #[test]
    fn feature_lists_say_what_they_say() {
        let guess = Vp9Features::guess(1280, 720, 30.0);
        assert_eq!(guess.codec(), "vp09.00.31.08");
        let read = |list: &[u8]| Vp9Features::from_feature_list(list, guess).codec();
        assert_eq!(read(&[1, 1, 2, 2, 1, 41, 3, 1, 10, 4, 1, 1]), "vp09.02.41.10");
        assert_eq!(
            read(&[9, 2, 0, 0, 1, 1, 1, 4, 1, 3]),
            "vp09.01.31.08.03.01.01.01.00"
        );
        assert_eq!(read(&[1, 1, 7, 2, 1]), "vp09.00.31.08");
        assert_eq!(read(&[]), "vp09.00.31.08");
    }

    /// Bits, most significant first, filled up with zeros.
    fn bits(text: &str) -> Vec<u8> {
        let bits: Vec<u8> = text
            .bytes()
            .filter(|bit| *bit != b' ')
            .map(|bit| bit & 1)
            .collect();
        bits.chunks(8)
            .map(|byte| {
                byte.iter()
                    .enumerate()
                    .fold(0, |value, (at, bit)| value | bit << (7 - at))
            })
            .collect()
    }

    #[test]
    fn key_frames_say_how_they_are_decoded() {
        const SYNC: &str = "01001001 10000011 01000010";
        // 320 by 180 less one.
        const SIZE: &str = "0000000100111111 0000000010110011";
        for (header, expected) in [
            (format!("10 00 0 0 1 0 {SYNC} 001 0 {SIZE}"), Some((0, 8, 1))),
            (format!("10 01 0 0 1 0 {SYNC} 0 001 0 {SIZE}"), Some((2, 10, 1))),
            (format!("10 11 0 0 0 1 0 {SYNC} 1 111 0 {SIZE}"), Some((3, 12, 3))),
            (format!("10 10 0 0 1 0 {SYNC} 001 0 00 0 {SIZE}"), Some((1, 8, 3))),
            (format!("10 10 0 0 1 0 {SYNC} 001 0 10 0 {SIZE}"), Some((1, 8, 2))),
            (format!("10 10 0 0 1 0 {SYNC} 001 0 01 0 {SIZE}"), Some((1, 8, 4))),
            (format!("10 00 0 0 1 0 {SYNC} 111 0 {SIZE}"), None),
            (format!("10 00 0 0 1 0 {SYNC} 001 0 0000"), None),
            (format!("11 00 0 0 1 0 {SYNC} 001 0 {SIZE}"), None),
            (format!("10 00 0 0 1 0 11111111 {SYNC} 001 0 {SIZE}"), None),
        ] {
            let frame = Vp9Frame::parse(&bits(&header));
            let expected = expected.map(|(profile, bit_depth, chroma_subsampling)| Vp9Frame::Key {
                profile,
                bit_depth,
                chroma_subsampling,
                width: 320,
                height: 180,
            });
            assert_eq!(frame, expected, "{header}");
        }
        assert_eq!(Vp9Frame::parse(&bits("10 00 0 1 1 0")), Some(Vp9Frame::Inter));
        assert_eq!(Vp9Frame::parse(&bits("10 00 1 000")), Some(Vp9Frame::Inter));
        assert_eq!(Vp9Frame::parse(&[]), None);
    }
}
