//! Opus.

use std::ops::Range;

use super::{CodecConfig, CodecError};
use crate::bytes::Reader;

/// What every Opus decoder puts out, whatever the encoder's input was.
const SAMPLE_RATE: u32 = 48_000;

/// Where an identification header has its pre-skip.
const PRE_SKIP: Range<usize> = 10..12;

/// From an identification header, `OpusHead` (RFC 7845 § 5.1).
///
/// Mono and stereo need no description, unless there is a gain to apply; with more channels the decoder needs the mapping
/// table. The description's pre-skip is zero: decoders drop that much sound after every seek, when it is due only at the
/// start of the stream. What is not to be heard there is the container's to say.
///
/// # Errors
/// When it is no such header.
pub(crate) fn from_opus_head(header: &[u8]) -> Result<CodecConfig, CodecError> {
    let malformed = || CodecError::Malformed("not an OpusHead".into());
    let fields = header.strip_prefix(b"OpusHead").ok_or_else(malformed)?;
    let &[
        _version,
        channels,
        _,
        _,
        _,
        _,
        _,
        _,
        gain_low,
        gain_high,
        mapping_family,
        ..,
    ] = fields
    else {
        return Err(malformed());
    };
    let mut without_pre_skip = header.to_vec();
    if let Some(pre_skip) = without_pre_skip.get_mut(PRE_SKIP) {
        pre_skip.fill(0);
    }
    Ok(CodecConfig {
        codec: "opus".into(),
        description: ((mapping_family, gain_low, gain_high) != (0, 0, 0)).then_some(without_pre_skip),
        sample_rate: Some(SAMPLE_RATE),
        channels: (channels != 0).then_some(u32::from(channels)),
    })
}

/// From the payload of a `dOps` box (Encapsulation of Opus in ISO Base Media File Format § 4.3.2): an identification
/// header whose numbers are big-endian.
///
/// # Errors
/// When it is too short or of another version.
pub fn from_dops(payload: &[u8]) -> Result<CodecConfig, CodecError> {
    let mut reader = Reader::new(payload);
    let version = reader.u8();
    let channels = reader.u8();
    let mut header = b"OpusHead\x01".to_vec();
    header.push(channels);
    header.extend(reader.u16().to_le_bytes()); // PreSkip
    header.extend(reader.u32().to_le_bytes()); // InputSampleRate
    header.extend(reader.u16().to_le_bytes()); // OutputGain
    let mapping_family = reader.u8();
    header.push(mapping_family);
    if mapping_family != 0 {
        header.extend_from_slice(reader.bytes(2 + usize::from(channels)));
    }
    match (reader.check(), version) {
        (Ok(()), 0) => from_opus_head(&header),
        (Ok(()), version) => Err(CodecError::Unsupported(format!(
            "dOps is of version {version}, not 0"
        ))),
        (Err(truncated), _) => Err(CodecError::Malformed(format!("dOps {truncated}"))),
    }
}

/// Samples at 48 000 Hz in an Opus packet (RFC 6716 § 3). `None` when it is no packet of at most 120 ms.
pub fn opus_packet_duration(packet: &[u8]) -> Option<u32> {
    /// 120 ms.
    const LONGEST: u32 = 5_760;
    let (&toc, rest) = packet.split_first()?;
    let configuration = toc >> 3;
    let frame = match configuration {
        // SILK: 10, 20, 40 and 60 ms.
        0..=11 => match configuration & 3 {
            3 => 2_880,
            shift => 480 << shift,
        },
        // Hybrid: 10 and 20 ms.
        12..=15 => 480 << (configuration & 1),
        // CELT: 2.5, 5, 10 and 20 ms.
        _ => 120 << (configuration & 3),
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(rest.first()? & 0x3f),
    };
    Some(frame * frames).filter(|&duration| duration > 0 && duration <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_say_how_long_they_last() {
        for (packet, milliseconds) in [
            (&[0x08, 1][..], Some(20.0)),
            (&[0x18, 1], Some(60.0)),
            (&[0x60, 1], Some(10.0)),
            (&[0x80, 1], Some(2.5)),
            (&[0xf8, 1], Some(20.0)),
            (&[0xf9, 1], Some(40.0)),
            (&[0xfb, 0x83], Some(60.0)),
            (&[0xfb, 0x07], None),
            (&[0xfb, 0x00], None),
            (&[0xfb], None),
            (&[], None),
        ] {
            let duration = opus_packet_duration(packet).map(|samples| f64::from(samples) / 48.0);
            assert_eq!(duration, milliseconds, "{packet:02x?}");
        }
    }

    #[test]
    fn the_box_becomes_the_header() {
        let mut payload = vec![0, 6, 1, 0x38, 0, 0, 0xac, 0x44, 0xff, 0xfe, 1, 4, 2];
        payload.extend([0, 4, 1, 2, 3, 5]);
        let config = from_dops(&payload).unwrap();
        let mut header = b"OpusHead\x01\x06\0\0\x44\xac\0\0\xfe\xff\x01\x04\x02".to_vec();
        header.extend([0, 4, 1, 2, 3, 5]);
        assert_eq!(config.description, Some(header));
        for length in 0..payload.len() {
            assert!(from_dops(&payload[..length]).is_err(), "{length}");
        }
        payload[0] = 1;
        assert!(matches!(from_dops(&payload), Err(CodecError::Unsupported(_))));
    }

    #[test]
    fn only_a_channel_mapping_or_a_gain_needs_the_header() {
        let header = |channels, family| {
            let mut header = b"OpusHead".to_vec();
            header.extend([1, channels, 0x38, 1, 0x44, 0xac, 0, 0, 0, 0, family]);
            header
        };
        let stereo = from_opus_head(&header(2, 0)).unwrap();
        assert_eq!(stereo.codec, "opus");
        assert_eq!(stereo.description, None);
        assert_eq!((stereo.sample_rate, stereo.channels), (Some(48_000), Some(2)));
        let surround = from_opus_head(&header(6, 1)).unwrap();
        let mut expected = header(6, 1);
        expected[PRE_SKIP].fill(0);
        assert_eq!(surround.description, Some(expected));
        let mut louder = header(2, 0);
        louder[17] = 1;
        assert!(from_opus_head(&louder).unwrap().description.is_some());
        assert!(from_opus_head(b"OpusHead\x01\x02").is_err());
        assert!(from_opus_head(b"OpusTags\x01\x02\0\0\0\0\0\0\0\0\0\0").is_err());
    }
}
