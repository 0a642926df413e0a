//! AudioSpecificConfig, the configuration of AAC.

use std::fmt;

use super::{CodecConfig, CodecError};
use crate::bytes::BitReader;

/// Sampling frequencies by index (ISO/IEC 14496-3 § 1.6.3.4).
pub(crate) const SAMPLING_FREQUENCIES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
/// Index that says: 24 bits of frequency follow.
const EXPLICIT_FREQUENCY: u32 = 15;

const LOW_COMPLEXITY: u32 = 2;
const SPECTRAL_BAND_REPLICATION: u32 = 5;
const PARAMETRIC_STEREO: u32 = 29;
const ER_BSAC: u32 = 22;
/// Marks spectral band replication announced after the core's configuration.
const SYNC_EXTENSION_SBR: u32 = 0x2b7;
/// Marks parametric stereo announced there.
const SYNC_EXTENSION_PS: u32 = 0x548;

/// What an AudioSpecificConfig (ISO/IEC 14496-3 § 1.6.2.1) says of the sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AudioSpecificConfig {
    /// The first audio object type: the `N` of `mp4a.40.N`.
    pub object_type: u32,
    /// Samples a second that come out: twice the core's, usually, where spectral band replication is signalled.
    pub sample_rate: u32,
    /// Channels that come out: two where parametric stereo is signalled. `None` when nothing tells.
    pub channels: Option<u32>,
}

impl AudioSpecificConfig {
    /// Parses the bytes of a DecoderSpecificInfo.
    ///
    /// # Errors
    /// When they are too few or name a reserved frequency.
    pub fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut bits = BitReader::new(bytes);
        let malformed =
            |what: fmt::Arguments<'_>| Err(CodecError::Malformed(format!("AudioSpecificConfig {what}")));
        let too_short = || malformed(format_args!("of {} bytes is too short", bytes.len()));

        let object_type = audio_object_type(&mut bits);
        if bits.is_truncated() {
            return too_short();
        }
        let Some(core_rate) = sampling_frequency(&mut bits) else {
            return malformed(format_args!("has no known sampling frequency"));
        };
        let mut channels = channel_count(bits.bits(4));
        if bits.is_truncated() {
            return too_short();
        }
        let mut sample_rate = core_rate;
        let mut parametric_stereo = object_type == PARAMETRIC_STEREO;
        let mut core_type = object_type;
        if matches!(object_type, SPECTRAL_BAND_REPLICATION | PARAMETRIC_STEREO) {
            // Explicit, hierarchical signalling: the output's frequency, then the core's object type.
            let Some(extension_rate) = sampling_frequency(&mut bits) else {
                return malformed(format_args!("has no known extension frequency"));
            };
            sample_rate = extension_rate;
            core_type = audio_object_type(&mut bits);
            if core_type == ER_BSAC {
                bits.bits(4);
            }
            if bits.is_truncated() {
                return too_short();
            }
        } else if channels.is_some()
            && let Some(extension) = trailing_extension(bits, object_type)
        {
            sample_rate = extension.sample_rate;
            parametric_stereo = extension.parametric_stereo;
        }
        if channels.is_none() && matches!(core_type, 1..=4) {
            channels = program_config_channels(bits);
        }
        if parametric_stereo && channels == Some(1) {
            channels = Some(2);
        }
        Ok(Self {
            object_type,
            sample_rate,
            channels,
        })
    }
}

/// What a decoder is told of AAC with this AudioSpecificConfig: `mp4a.40.N`, and the bytes.
///
/// Spectral band replication that doubles no frequency is left out. Players write it into what is plain AAC, so that browsers take
/// the one for the other later; FFmpeg, which is Chromium's decoder, doubles then all the same and gives the first half of
/// each frame, an octave too low.
///
/// # Errors
/// As [`AudioSpecificConfig::parse`].
pub fn aac_decoder_config(bytes: &[u8]) -> Result<CodecConfig, CodecError> {
    let AudioSpecificConfig {
        object_type,
        sample_rate,
        channels,
    } = AudioSpecificConfig::parse(bytes)?;
    let (object_type, description) = match core_alone(bytes, channels) {
        Some(core) => (LOW_COMPLEXITY, core.to_vec()),
        None => (object_type, bytes.to_vec()),
    };
    Ok(CodecConfig {
        codec: format!("mp4a.40.{object_type}"),
        description: Some(description),
        sample_rate: Some(sample_rate),
        channels,
    })
}

/// The configuration of the core, where spectral band replication is signalled that leaves its frequency as it is.
fn core_alone(bytes: &[u8], channels: Option<u32>) -> Option<[u8; 2]> {
    let mut bits = BitReader::new(bytes);
    let is_replicated = audio_object_type(&mut bits) == SPECTRAL_BAND_REPLICATION;
    let core_rate = sampling_frequency(&mut bits)?;
    bits.bits(4); // channelConfiguration
    let is_doubled = sampling_frequency(&mut bits)? != core_rate;
    let is_plain = audio_object_type(&mut bits) == LOW_COMPLEXITY && bits.bits(3) == 0; // GASpecificConfig
    bits.checked(())?;
    if !is_replicated || is_doubled || !is_plain {
        return None;
    }
    audio_specific_config(LOW_COMPLEXITY as u8, core_rate, channels?)
}

/// The AudioSpecificConfig of an object type below 31 at a rate and with a channel configuration that have an index.
pub fn audio_specific_config(object_type: u8, sample_rate: u32, channels: u32) -> Option<[u8; 2]> {
    let index = SAMPLING_FREQUENCIES
        .iter()
        .position(|&rate| rate == sample_rate)? as u8;
    let configuration = match channels {
        1..=6 => channels as u8,
        8 => 7,
        _ => return None,
    };
    Some([object_type << 3 | index >> 1, index << 7 | configuration << 3])
}

/// How long the frames that an AudioSpecificConfig describes last: samples, and how many of them a second. Both are the
/// core's: spectral band replication doubles both. `None` when that cannot be read.
pub fn aac_frame_duration(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut bits = BitReader::new(bytes);
    let mut object_type = audio_object_type(&mut bits);
    let core_rate = sampling_frequency(&mut bits)?;
    bits.bits(4); // channelConfiguration
    if matches!(object_type, SPECTRAL_BAND_REPLICATION | PARAMETRIC_STEREO) {
        sampling_frequency(&mut bits)?;
        object_type = audio_object_type(&mut bits);
    }
    let is_shorter = matches!(object_type, 1..=4) && bits.flag();
    bits.checked((if is_shorter { 960 } else { 1_024 }, core_rate))
}

struct Extension {
    sample_rate: u32,
    parametric_stereo: bool,
}

/// Explicit, backward compatible signalling: spectral band replication announced after the GASpecificConfig
/// (ISO/IEC 14496-3 § 1.6.5), which is why the core's object type stays in the codec string.
fn trailing_extension(mut bits: BitReader<'_>, object_type: u32) -> Option<Extension> {
    // Types of other layouts never carry it in practice.
    if !matches!(object_type, 1..=4) {
        return None;
    }
    skip_general_audio_config(&mut bits);
    // What is not there is 0.
    let signalled = bits.bits(11) == SYNC_EXTENSION_SBR
        && audio_object_type(&mut bits) == SPECTRAL_BAND_REPLICATION
        && bits.flag();
    if !signalled {
        return None;
    }
    let sample_rate = sampling_frequency(&mut bits)?;
    let parametric_stereo = bits.bits(11) == SYNC_EXTENSION_PS && bits.flag();
    Some(Extension {
        sample_rate,
        parametric_stereo,
    })
}

/// GASpecificConfig (ISO/IEC 14496-3 § 4.4.1) up to where a program config element may follow.
fn skip_general_audio_config(bits: &mut BitReader<'_>) {
    bits.flag(); // frameLengthFlag
    if bits.flag() {
        bits.bits(14); // coreCoderDelay
    }
    bits.flag(); // extensionFlag
}

/// Channels of the program_config_element (ISO/IEC 14496-3 § 4.4.1.1) of a GASpecificConfig. `None` when it is cut off
/// or has none.
fn program_config_channels(mut bits: BitReader<'_>) -> Option<u32> {
    skip_general_audio_config(&mut bits);
    bits.bits(4 + 2 + 4); // element_instance_tag, object_type, sampling_frequency_index
    let elements = bits.bits(4) + bits.bits(4) + bits.bits(4); // front, side, back
    let mut channels = bits.bits(2); // LFE
    bits.bits(3 + 4); // associated data, coupling channels
    for mixdown in [4, 4, 3] {
        if bits.flag() {
            bits.bits(mixdown);
        }
    }
    for _ in 0..elements {
        channels += if bits.flag() { 2 } else { 1 };
        bits.bits(4); // element_tag_select
    }
    bits.checked(channels).filter(|&channels| channels != 0)
}

fn audio_object_type(bits: &mut BitReader<'_>) -> u32 {
    match bits.bits(5) {
        31 => 32 + bits.bits(6),
        short => short,
    }
}

/// `None` when it is reserved, zero or not there.
fn sampling_frequency(bits: &mut BitReader<'_>) -> Option<u32> {
    let frequency = match bits.bits(4) {
        EXPLICIT_FREQUENCY => bits.bits(24),
        index => *SAMPLING_FREQUENCIES.get(index as usize)?,
    };
    bits.checked(frequency).filter(|&frequency| frequency != 0)
}

/// Channel configurations of ISO/IEC 14496-3 table 1.19.
const fn channel_count(configuration: u32) -> Option<u32> {
    match configuration {
        1..=6 => Some(configuration),
        7 | 12 | 14 => Some(8),
        11 => Some(7),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_real_configs() {
        for (bytes, object_type, sample_rate, channels) in [
            // AAC-LC.
            (&[0x12, 0x10][..], 2, 44_100, Some(2)),
            (&[0x11, 0x90], 2, 48_000, Some(2)),
            (&[0x11, 0xb0], 2, 48_000, Some(6)),
            // HE-AAC, hierarchical: 24 kHz core, 48 kHz out.
            (&[0x2b, 0x11, 0x88, 0x00], 5, 48_000, Some(2)),
            // HE-AAC v2, hierarchical: a mono core of 22.05 kHz, stereo of 44.1 kHz out.
            (&[0xeb, 0x8a, 0x08, 0x00], 29, 44_100, Some(2)),
            // HE-AAC, backward compatible: LC of 24 kHz, then 0x2b7 and 48 kHz.
            (&[0x13, 0x10, 0x56, 0xe5, 0x98], 2, 48_000, Some(2)),
            // The same with parametric stereo on a mono core.
            (&[0x13, 0x08, 0x56, 0xe5, 0x9d, 0x48, 0x80], 2, 48_000, Some(2)),
            // Backward compatible, and saying there is none.
            (&[0x13, 0x10, 0x56, 0xe5, 0x00], 2, 24_000, Some(2)),
            // Explicit frequency of 12 345 Hz.
            (&[0x17, 0x80, 0x18, 0x1c, 0x88], 2, 12_345, Some(1)),
            // Channels by a program config element.
            (&[0x11, 0x80], 2, 48_000, None),
            // One in front, a pair in front, a pair at the back, one LFE.
            (
                &[0x11, 0x80, 0x04, 0xc8, 0x05, 0x00, 0x01, 0x19, 0x00],
                2,
                48_000,
                Some(6),
            ),
            // xHE-AAC has an escaped object type.
            (&[0xf9, 0x46, 0x40], 42, 48_000, Some(2)),
        ] {
            let expected = AudioSpecificConfig {
                object_type,
                sample_rate,
                channels,
            };
            assert_eq!(AudioSpecificConfig::parse(bytes), Ok(expected), "{bytes:02x?}");
        }
    }

    #[test]
    fn decoders_are_told_of_no_replication_that_doubles_nothing() {
        for (bytes, codec, description, sample_rate) in [
            (&[0x11, 0x90][..], "mp4a.40.2", &[0x11, 0x90][..], 48_000),
            // Of 48 kHz and 44.1 kHz, to the same: as hls.js and mpegts.js write it in Chromium.
            (&[0x29, 0x91, 0x88, 0x00], "mp4a.40.2", &[0x11, 0x90], 48_000),
            (&[0x2a, 0x12, 0x08, 0x00], "mp4a.40.2", &[0x12, 0x10], 44_100),
            // From 24 kHz to 48 kHz.
            (
                &[0x2b, 0x11, 0x88, 0x00],
                "mp4a.40.5",
                &[0x2b, 0x11, 0x88, 0x00],
                48_000,
            ),
            // Frames of 960 samples, which the short form would not say.
            (
                &[0x29, 0x91, 0x8a, 0x00],
                "mp4a.40.5",
                &[0x29, 0x91, 0x8a, 0x00],
                48_000,
            ),
            // Parametric stereo needs the replication.
            (
                &[0xe9, 0x89, 0x88, 0x00],
                "mp4a.40.29",
                &[0xe9, 0x89, 0x88, 0x00],
                48_000,
            ),
        ] {
            let config = aac_decoder_config(bytes).unwrap();
            assert_eq!(config.codec, codec, "{bytes:02x?}");
            assert_eq!(config.description.as_deref(), Some(description), "{bytes:02x?}");
            assert_eq!(config.sample_rate, Some(sample_rate), "{bytes:02x?}");
        }
        assert!(aac_decoder_config(&[0x11]).is_err());
    }

    #[test]
    fn written_configs_are_read() {
        let bytes = audio_specific_config(2, 44_100, 2).unwrap();
        assert_eq!(bytes, [0x12, 0x10]);
        let bytes = audio_specific_config(1, 8_000, 8).unwrap();
        let config = AudioSpecificConfig::parse(&bytes).unwrap();
        assert_eq!(
            (config.object_type, config.sample_rate, config.channels),
            (1, 8_000, Some(8))
        );
        assert_eq!(audio_specific_config(2, 44_101, 2), None);
        assert_eq!(audio_specific_config(2, 44_100, 7), None);
    }

    #[test]
    fn frames_last_as_long_as_the_core_says() {
        for (bytes, expected) in [
            (&[0x12, 0x10][..], Some((1_024, 44_100))),
            (&[0x12, 0x14], Some((960, 44_100))),
            (&[0x2b, 0x11, 0x88, 0x00], Some((1_024, 24_000))),
            (&[0x13, 0x10, 0x56, 0xe5, 0x98], Some((1_024, 24_000))),
            (&[0x12], None),
        ] {
            assert_eq!(aac_frame_duration(bytes), expected, "{bytes:02x?}");
        }
    }

    #[test]
    fn too_short_or_reserved_is_an_error() {
        for bytes in [
            &[][..],
            &[0x12],
            &[0x2b, 0x11],
            &[0x17, 0x80, 0x18],
            &[0x16, 0x90],
        ] {
            assert!(AudioSpecificConfig::parse(bytes).is_err(), "{bytes:02x?}");
        }
    }
}
