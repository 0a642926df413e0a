//! Sample entries as decoder configurations.

use mp4parse::{
    AudioCodecSpecific, AudioSampleEntry, CodecType, Matrix, SampleEntry, TrackHeaderBox, VideoCodecSpecific,
    VideoSampleEntry,
};

use super::moov::SampleEntryBox;
use crate::codec::{self, AudioCodecConfig, CodecConfig, CodecError};
use crate::container::{DecoderConfig, MediaConfig};

/// The decoder configuration that a sample entry asks for. `parsed` is mp4parse's reading of it, `raw` ours.
pub(super) fn decoder_config(
    parsed: Option<&SampleEntry>,
    raw: &SampleEntryBox,
    tkhd: Option<&TrackHeaderBox>,
) -> Result<DecoderConfig, CodecError> {
    if let Some((scheme, format)) = raw.encryption {
        let name = |name: Option<_>| name.map_or_else(|| "unnamed".to_owned(), |name| format!("{name:?}"));
        return Err(CodecError::Unsupported(format!(
            "the track is encrypted by scheme {} (original format {}), and encrypted media needs the browser's own player",
            name(scheme),
            name(format)
        )));
    }
    match parsed {
        Some(SampleEntry::Video(entry)) => video(entry, raw, tkhd),
        Some(SampleEntry::Audio(entry)) => audio(entry),
        Some(SampleEntry::Unknown) | None => Err(unsupported(raw)),
    }
}

fn unsupported(raw: &SampleEntryBox) -> CodecError {
    let kind = raw.kind;
    CodecError::Unsupported(match &kind.0 {
        b"hvc1" | b"hev1" => format!("H.265 ({kind}) is not supported yet"),
        b"encv" | b"enca" => format!("the track is encrypted ({kind}) and does not say how"),
        _ => format!("sample entry {kind:?} names no codec known here, or lacks its configuration"),
    })
}

fn video(
    entry: &VideoSampleEntry,
    raw: &SampleEntryBox,
    tkhd: Option<&TrackHeaderBox>,
) -> Result<DecoderConfig, CodecError> {
    let CodecConfig { codec, description } = match (&entry.codec_specific, entry.codec_type) {
        (VideoCodecSpecific::AVCConfig(avcc), CodecType::H264) => codec::from_avcc(avcc)?,
        (VideoCodecSpecific::VPxConfig(_), CodecType::VP9) => {
            raw.vp9.clone().ok_or_else(|| unsupported(raw))?
        }
        (VideoCodecSpecific::VPxConfig(_), CodecType::VP8) => CodecConfig {
            codec: "vp8".into(),
            description: None,
        },
        (VideoCodecSpecific::AV1Config(av1c), CodecType::AV1) => codec::from_av1c(&av1c.raw_config)?,
        _ => return Err(unsupported(raw)),
    };
    let (coded_width, coded_height) = (u32::from(entry.width), u32::from(entry.height));
    if coded_width == 0 || coded_height == 0 {
        return Err(CodecError::Malformed("the picture has no size".into()));
    }
    let pixel_aspect = raw.pixel_aspect.or_else(|| {
        // Without `pasp` the track header's size, 16.16, tells the shape of the picture.
        let tkhd = tkhd?;
        let pixel_width = u64::from(tkhd.width) * u64::from(coded_height);
        let pixel_height = u64::from(tkhd.height) * u64::from(coded_width);
        // Both are below 2^48; a shift keeps the ratio to 2^-16.
        let (horizontal, vertical) = (pixel_width >> 16, pixel_height >> 16);
        let (horizontal, vertical) = (u32::try_from(horizontal).ok()?, u32::try_from(vertical).ok()?);
        (horizontal != 0 && vertical != 0).then_some((horizontal, vertical))
    });
    let rotation = tkhd.map_or(0, |tkhd| rotation(&tkhd.matrix));
    let (width, height) = display_size(coded_width, coded_height, pixel_aspect.unwrap_or((1, 1)));
    let (display_width, display_height) = match rotation {
        90 | 270 => (height, width),
        _ => (width, height),
    };
    Ok(DecoderConfig {
        codec,
        description,
        media: MediaConfig::Video {
            coded_width,
            coded_height,
            display_width,
            display_height,
            rotation,
        },
    })
}

fn audio(entry: &AudioSampleEntry) -> Result<DecoderConfig, CodecError> {
    let AudioCodecConfig {
        config: CodecConfig { codec, description },
        sample_rate,
        channels,
    } = match &entry.codec_specific {
        AudioCodecSpecific::ES_Descriptor(esds) => {
            let mut config = codec::from_esds(&esds.codec_esds)?;
            // mp4parse counts the channels of a program config element.
            config.channels = config.channels.or(esds.audio_channel_count.map(u32::from));
            config
        }
        AudioCodecSpecific::OpusSpecificBox(opus) => {
            let mut header = Vec::new();
            mp4parse::serialize_opus_header(opus, &mut header)
                .map_err(|error| CodecError::Malformed(format!("dOps: {error}")))?;
            codec::from_opus_head(&header)?
        }
        AudioCodecSpecific::FLACSpecificBox(flac) => {
            let stream_info = flac.blocks.first().map(|block| block.data.as_slice());
            codec::from_stream_info(stream_info.unwrap_or_default())?
        }
        AudioCodecSpecific::MP3 => AudioCodecConfig {
            config: CodecConfig {
                codec: "mp3".into(),
                description: None,
            },
            sample_rate: None,
            channels: None,
        },
        AudioCodecSpecific::ALACSpecificBox(_) => {
            return Err(CodecError::Unsupported(
                "Apple Lossless cannot be decoded by WebCodecs".into(),
            ));
        }
        AudioCodecSpecific::LPCM => {
            return Err(CodecError::Unsupported(
                "uncompressed sound in QuickTime's layout".into(),
            ));
        }
    };
    // A float to integer `as` cast saturates.
    let sample_rate = sample_rate.unwrap_or(entry.samplerate as u32);
    let channels = channels.unwrap_or(entry.channelcount);
    if sample_rate == 0 || channels == 0 {
        return Err(CodecError::Malformed(format!(
            "the sound has {channels} channels of {sample_rate} Hz"
        )));
    }
    Ok(DecoderConfig {
        codec,
        description,
        media: MediaConfig::Audio {
            sample_rate,
            channels,
        },
    })
}

/// The size in square pixels: one side is stretched, none shrunk.
fn display_size(width: u32, height: u32, (horizontal, vertical): (u32, u32)) -> (u32, u32) {
    let stretch = |side: u32, by: u32, over: u32| {
        let scaled = (u64::from(side) * u64::from(by) + u64::from(over) / 2) / u64::from(over);
        u32::try_from(scaled).unwrap_or(side)
    };
    if horizontal >= vertical {
        (stretch(width, horizontal, vertical), height)
    } else {
        (width, stretch(height, vertical, horizontal))
    }
}

/// Clockwise degrees of a track header's matrix, 0 for those that do more than turn by right angles.
fn rotation(matrix: &Matrix) -> u16 {
    match (matrix.a, matrix.b, matrix.c, matrix.d) {
        (0, b, c, 0) if b > 0 && c < 0 => 90,
        (a, 0, 0, d) if a < 0 && d < 0 => 180,
        (0, b, c, 0) if b < 0 && c > 0 => 270,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_stretched_never_shrunk() {
        assert_eq!(display_size(720, 576, (1, 1)), (720, 576));
        assert_eq!(display_size(720, 576, (16, 11)), (1047, 576));
        assert_eq!(display_size(1440, 1080, (4, 3)), (1920, 1080));
        assert_eq!(display_size(720, 480, (8, 9)), (720, 540));
        assert_eq!(display_size(4, 4, (u32::MAX, 1)), (4, 4));
    }

    #[test]
    fn matrices_turn_clockwise() {
        const ONE: i32 = 1 << 16;
        let of = |[a, b, c, d]: [i32; 4]| {
            rotation(&Matrix {
                a,
                b,
                u: 0,
                c,
                d,
                v: 0,
                x: 0,
                y: 0,
                w: 1 << 30,
            })
        };
        assert_eq!(of([ONE, 0, 0, ONE]), 0);
        assert_eq!(of([0, ONE, -ONE, 0]), 90);
        assert_eq!(of([-ONE, 0, 0, -ONE]), 180);
        assert_eq!(of([0, -ONE, ONE, 0]), 270);
        assert_eq!(of([ONE, ONE, -ONE, ONE]), 0);
    }
}
