//! AC-3 and E-AC-3.

use super::{CodecConfig, CodecError};
use crate::bytes::BitReader;

/// Channels by `acmod` (ETSI TS 102 366 table 4.3), the LFE channel not counted.
const CHANNELS: [u32; 8] = [2, 1, 2, 3, 3, 4, 4, 5];
/// Samples a second by `fscod` (table 4.1).
const SAMPLE_RATES: [u32; 3] = [48_000, 44_100, 32_000];
/// Positions in `chan_loc` (§ F.6.2.10, from the lowest bit) that stand for a pair of channels.
const PAIRS: u32 = 0b0_0111_0011;

/// From the payload of a `dac3` box (ETSI TS 102 366 § F.4). There is no description.
///
/// # Errors
/// When it is too short.
pub fn from_dac3(payload: &[u8]) -> Result<CodecConfig, CodecError> {
    let mut bits = BitReader::new(payload);
    let rate = bits.bits(2);
    bits.bits(5 + 3); // bsid, bsmod
    let channels = channels(&mut bits);
    bits.bits(5); // bit_rate_code
    match bits.checked(config("ac-3", rate, channels)) {
        Some(config) => Ok(config),
        None => Err(too_short("dac3", payload)),
    }
}

/// From the payload of a `dec3` box (ETSI TS 102 366 § F.6), by its first independent substream and what depends on
/// that. There is no description.
///
/// # Errors
/// When it is too short.
pub fn from_dec3(payload: &[u8]) -> Result<CodecConfig, CodecError> {
    let mut bits = BitReader::new(payload);
    bits.bits(13 + 3); // data_rate, num_ind_sub
    let rate = bits.bits(2);
    bits.bits(5 + 1 + 1 + 3); // bsid, reserved, asvc, bsmod
    let mut channels = channels(&mut bits);
    bits.bits(3); // reserved
    if bits.bits(4) > 0 {
        let locations = bits.bits(9);
        channels += locations.count_ones() + (locations & PAIRS).count_ones();
    }
    match bits.checked(config("ec-3", rate, channels)) {
        Some(config) => Ok(config),
        None => Err(too_short("dec3", payload)),
    }
}

/// Samples of each channel that a frame of AC-3, or the frames of E-AC-3 of one access unit, are decoded to, and how many
/// of them a second (ETSI TS 102 366 § 4.3, § E.1.2). `None` when it is none.
pub fn ac3_frame_duration(mut data: &[u8]) -> Option<(u32, u32)> {
    const BLOCK_SAMPLES: u32 = 256;
    const BLOCKS: [u32; 4] = [1, 2, 3, 6];
    let rate_of = |code: u8| SAMPLE_RATES.get(usize::from(code)).copied();
    let mut duration = None;
    while let Some(&[0x0b, 0x77, third, fourth, fifth, sixth]) = data.first_chunk() {
        let version = sixth >> 3;
        if version <= 10 {
            // AC-3; each version above 8 halves the rate.
            let rate = rate_of(fifth >> 6)? >> version.saturating_sub(8);
            return duration.or(Some((6 * BLOCK_SAMPLES, rate)));
        }
        let (rate, blocks) = match (fifth >> 6, fifth >> 4 & 3) {
            (3, code) => (rate_of(code)? / 2, 6),
            (code, blocks) => (rate_of(code)?, BLOCKS.get(usize::from(blocks)).copied()?),
        };
        let (is_dependent, substream) = (third >> 6 == 1, third >> 3 & 7);
        // The others sound at the same time.
        if !is_dependent && substream == 0 {
            let (samples, _) = duration.unwrap_or((0u32, rate));
            duration = Some((samples.saturating_add(blocks * BLOCK_SAMPLES), rate));
        }
        let length = (usize::from(third & 7) << 8 | usize::from(fourth)) * 2 + 2;
        data = data.get(length..).unwrap_or_default();
    }
    duration
}

/// Value of `bsmod` for "visually impaired" (ETSI TS 102 366 table 4.2).
const VISUALLY_IMPAIRED: u32 = 2;

/// The `kind` (HTML) of a track whose `bsmod` in its `dac3` box says that the pictures are described, as in-band tracks
/// are sourced: with all other sound. `None` for any other service.
pub fn kind_from_dac3(payload: &[u8]) -> Option<&'static str> {
    let mut bits = BitReader::new(payload);
    bits.bits(2 + 5); // fscod, bsid
    (bits.bits(3) == VISUALLY_IMPAIRED).then_some("main-desc")
}

/// The same by a `dec3` box, which tells by `asvc` whether it is the description alone.
pub fn kind_from_dec3(payload: &[u8]) -> Option<&'static str> {
    let mut bits = BitReader::new(payload);
    bits.bits(13 + 3); // data_rate, num_ind_sub
    bits.bits(2 + 5 + 1); // fscod, bsid, reserved
    let is_associated = bits.flag();
    let kind = if is_associated {
        "descriptions"
    } else {
        "main-desc"
    };
    (bits.bits(3) == VISUALLY_IMPAIRED).then_some(kind)
}

/// `acmod` and `lfeon`.
fn channels(bits: &mut BitReader<'_>) -> u32 {
    let mode = bits.bits(3) as usize;
    CHANNELS.get(mode).copied().unwrap_or_default() + bits.bits(1)
}

fn config(codec: &str, rate: u32, channels: u32) -> CodecConfig {
    CodecConfig {
        codec: codec.into(),
        description: None,
        // E-AC-3's halved rates are not in the box.
        sample_rate: SAMPLE_RATES.get(rate as usize).copied(),
        channels: Some(channels),
    }
}

fn too_short(name: &str, payload: &[u8]) -> CodecError {
    CodecError::Malformed(format!("{name} of {} bytes is too short", payload.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_channels() {
        for (config, codec, sample_rate, channels) in [
            // 5.1 at 48 kHz, stereo at 44.1 kHz, mono at 32 kHz.
            (from_dac3(&[0x10, 0x3d, 0xe0]), "ac-3", Some(48_000), 6),
            (from_dac3(&[0x50, 0x11, 0x40]), "ac-3", Some(44_100), 2),
            (from_dac3(&[0x90, 0x08, 0x00]), "ac-3", Some(32_000), 1),
            // Stereo; 5.1 and a dependent pair at the back (7.1); a reserved rate.
            (from_dec3(&[0x06, 0, 0x20, 0x04, 0x00]), "ec-3", Some(48_000), 2),
            (
                from_dec3(&[0x18, 0, 0x20, 0x0f, 0x02, 0x02]),
                "ec-3",
                Some(48_000),
                8,
            ),
            (from_dec3(&[0x18, 0, 0xe0, 0x04, 0x00]), "ec-3", None, 2),
        ] {
            let config = config.unwrap();
            assert_eq!(config.codec, codec);
            assert_eq!(config.description, None);
            assert_eq!(
                (config.sample_rate, config.channels),
                (sample_rate, Some(channels))
            );
        }
        assert!(from_dac3(&[0x10, 0x3d]).is_err());
        assert!(from_dec3(&[0x18, 0, 0x20, 0x0f]).is_err());
        assert!(from_dec3(&[0x18, 0, 0x20, 0x0f, 0x02]).is_err());
    }

    #[test]
    fn frames_say_how_long_they_last() {
        // AC-3 at 44.1 kHz, at 48 kHz and at half of that.
        for (header, expected) in [
            ([0x0b, 0x77, 0x9b, 0x8e, 0x48, 0x40], Some((1_536, 44_100))),
            ([0x0b, 0x77, 0, 0, 0x1c, 0x40], Some((1_536, 48_000))),
            ([0x0b, 0x77, 0, 0, 0x1c, 0x48], Some((1_536, 24_000))),
            ([0x0b, 0x77, 0, 0, 0xdc, 0x40], None),
            // E-AC-3 of six blocks, of two, and at a halved rate.
            ([0x0b, 0x77, 0, 2, 0x7f, 0x87], Some((1_536, 44_100))),
            ([0x0b, 0x77, 0, 2, 0x1f, 0x87], Some((512, 48_000))),
            ([0x0b, 0x77, 0, 2, 0xdf, 0x87], Some((1_536, 22_050))),
            ([0x0b, 0x78, 0, 2, 0x1f, 0x87], None),
        ] {
            assert_eq!(ac3_frame_duration(&header), expected, "{header:02x?}");
        }
        let frame = |third: u8, blocks: u8| [0x0b, 0x77, third, 2, blocks << 4 | 0x0f, 0x87];
        // Three frames of two blocks, one of them with what depends on it, and another programme.
        let frames = [
            frame(0, 1),
            frame(0x40, 1),
            frame(0, 1),
            frame(0x08, 1),
            frame(0, 1),
        ];
        assert_eq!(ac3_frame_duration(&frames.concat()), Some((1_536, 48_000)));
        assert_eq!(ac3_frame_duration(b"\x0b\x77\0\0\0"), None);
    }

    #[test]
    fn services_for_the_visually_impaired() {
        // bsid 8, bsmod 0, 2, 3.
        for (second, kind) in [
            (0x3d, None),
            (0x80 | 0x3d, Some("main-desc")),
            (0xc0 | 0x3d, None),
        ] {
            assert_eq!(kind_from_dac3(&[0x10, second, 0xe0]), kind);
        }
        // bsid 16, then asvc and bsmod.
        for (third, kind) in [
            (0x00, None),
            (0x24, Some("main-desc")),
            (0xa4, Some("descriptions")),
            (0xb4, None),
        ] {
            assert_eq!(kind_from_dec3(&[0x06, 0, 0x20, third, 0x00]), kind);
        }
        assert_eq!(kind_from_dac3(&[0x10]), None);
        assert_eq!(kind_from_dec3(&[0x06, 0, 0x20]), None);
    }
}
