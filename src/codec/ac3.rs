//! AC-3 and E-AC-3.

use super::{AudioCodecConfig, CodecConfig, CodecError};
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
pub fn from_dac3(payload: &[u8]) -> Result<AudioCodecConfig, CodecError> {
    let mut bits = BitReader::new(payload);
    let mut read = || {
        let rate = bits.bits(2)?;
        bits.bits(5 + 3)?; // bsid, bsmod
        let channels = channels(&mut bits)?;
        bits.bits(5)?; // bit_rate_code
        Some((rate, channels))
    };
    let (rate, channels) = read().ok_or_else(|| too_short("dac3", payload))?;
    Ok(config("ac-3", rate, channels))
}

/// From the payload of a `dec3` box (ETSI TS 102 366 § F.6), by its first independent substream and what depends on
/// that. There is no description.
///
/// # Errors
/// When it is too short.
pub fn from_dec3(payload: &[u8]) -> Result<AudioCodecConfig, CodecError> {
    let mut bits = BitReader::new(payload);
    let mut read = || {
        bits.bits(13 + 3)?; // data_rate, num_ind_sub
        let rate = bits.bits(2)?;
        bits.bits(5 + 1 + 1 + 3)?; // bsid, reserved, asvc, bsmod
        let mut channels = channels(&mut bits)?;
        bits.bits(3)?; // reserved
        if bits.bits(4)? > 0 {
            let locations = bits.bits(9)?;
            channels += locations.count_ones() + (locations & PAIRS).count_ones();
        }
        Some((rate, channels))
    };
    let (rate, channels) = read().ok_or_else(|| too_short("dec3", payload))?;
    Ok(config("ec-3", rate, channels))
}

/// Value of `bsmod` for "visually impaired" (ETSI TS 102 366 table 4.2).
const VISUALLY_IMPAIRED: u32 = 2;

/// The `kind` (HTML) of a track whose `bsmod` in its `dac3` box says that the pictures are described, as in-band tracks
/// are sourced: with all other sound. `None` for any other service.
pub fn kind_from_dac3(payload: &[u8]) -> Option<&'static str> {
    let mut bits = BitReader::new(payload);
    bits.bits(2 + 5)?; // fscod, bsid
    (bits.bits(3)? == VISUALLY_IMPAIRED).then_some("main-desc")
}

/// The same by a `dec3` box, which tells by `asvc` whether it is the description alone.
pub fn kind_from_dec3(payload: &[u8]) -> Option<&'static str> {
    let mut bits = BitReader::new(payload);
    bits.bits(13 + 3)?; // data_rate, num_ind_sub
    bits.bits(2 + 5 + 1)?; // fscod, bsid, reserved
    let is_associated = bits.flag()?;
    let kind = if is_associated {
        "descriptions"
    } else {
        "main-desc"
    };
    (bits.bits(3)? == VISUALLY_IMPAIRED).then_some(kind)
}

/// `acmod` and `lfeon`.
fn channels(bits: &mut BitReader<'_>) -> Option<u32> {
    let mode = bits.bits(3)?;
    Some(CHANNELS.get(mode as usize)? + bits.bits(1)?)
}

fn config(codec: &str, rate: u32, channels: u32) -> AudioCodecConfig {
    AudioCodecConfig {
        config: CodecConfig {
            codec: codec.into(),
            description: None,
        },
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
            assert_eq!(config.config.codec, codec);
            assert_eq!(config.config.description, None);
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
