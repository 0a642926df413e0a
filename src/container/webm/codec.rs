//! `CodecID` and `CodecPrivate` (Matroska Media Container Codec Specifications) as decoder configurations, and what frames
//! say of themselves.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::pcm::{self, Notation};
use super::tracks::Signal;
use crate::codec::{
    self, Av1Sequence, CodecConfig, CodecError, HevcEntry, VorbisHeaders, VorbisTiming, Vp8Frame,
    Vp9Features, Vp9Frame,
};
use crate::container::mpeg_audio::mpeg_frame_duration;
use crate::container::{DecoderConfig, MediaConfig, Strictness, TrackKind};

/// Frames a second of pictures that do not say, for the level of a codec string.
const USUAL_FRAME_RATE: f64 = 30.0;

/// Codecs that are treated alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Family {
    Vp8,
    Vp9,
    Av1,
    Avc,
    Hevc,
    Opus,
    Vorbis,
    Aac,
    Flac,
    MpegAudio,
    /// AC-3 and E-AC-3.
    Ac3,
    Pcm,
}

/// By `CodecID`; and the codec string, where `CodecPrivate` does not say it: for H.264 and AV1 until a key frame tells.
const CODECS: [(&str, Family, &str); 19] = [
    ("V_VP8", Family::Vp8, "vp8"),
    ("V_VP9", Family::Vp9, ""),
    ("V_AV1", Family::Av1, "av01.0.08M.08"),
    ("V_MPEG4/ISO/AVC", Family::Avc, "avc1.42e01f"),
    ("V_MPEGH/ISO/HEVC", Family::Hevc, ""),
    ("A_OPUS", Family::Opus, ""),
    ("A_VORBIS", Family::Vorbis, ""),
    (AAC, Family::Aac, ""),
    ("A_FLAC", Family::Flac, ""),
    ("A_MPEG/L3", Family::MpegAudio, "mp3"),
    ("A_MPEG/L2", Family::MpegAudio, "mp3"),
    ("A_MPEG/L1", Family::MpegAudio, "mp3"),
    ("A_AC3", Family::Ac3, "ac-3"),
    ("A_AC3/BSID9", Family::Ac3, "ac-3"),
    ("A_AC3/BSID10", Family::Ac3, "ac-3"),
    ("A_EAC3", Family::Ac3, "ec-3"),
    ("A_PCM/INT/LIT", Family::Pcm, pcm::CODEC),
    ("A_PCM/INT/BIG", Family::Pcm, pcm::CODEC),
    ("A_PCM/FLOAT/IEEE", Family::Pcm, pcm::CODEC),
];

/// After a slash it may say more.
const AAC: &str = "A_AAC";

/// What is known of a track's codec beyond its configuration.
#[derive(Clone, Debug)]
pub(super) struct Codec {
    family: Family,
    /// Whether nothing but frames of H.264 or AV1 tells the codec string.
    in_band: bool,
    /// What the file says of VP9; level 0 where it says none.
    vp9: Vp9Features,
    frame_rate: f64,
    /// Samples a second of sound, where each frame does not say it.
    rate: u32,
    /// Samples of each channel in a frame of AAC.
    samples: u32,
    channels: u32,
    notation: Option<Notation>,
    vorbis: Option<VorbisTiming>,
}

impl Codec {
    /// From `CodecID`, `CodecPrivate` and what the track entry says.
    // As with `read_tracks`.
    #[inline(never)]
    pub(super) fn of_track(
        codec_id: &str,
        kind: TrackKind,
        private: &[u8],
        signal: &Signal,
        strictness: Strictness,
    ) -> Result<(Self, DecoderConfig), CodecError> {
        let is_of_kind = codec_id.starts_with(match kind {
            TrackKind::Video => "V_",
            TrackKind::Audio => "A_",
        });
        let is_aac = codec_id.starts_with("A_AAC/");
        let known = if is_aac { AAC } else { codec_id };
        let known = CODECS.iter().find(|(id, ..)| *id == known);
        let is_webm = known.is_some_and(|(_, family, _)| {
            use Family::{Av1, Opus, Vorbis, Vp8, Vp9};
            matches!(family, Vp8 | Vp9 | Av1 | Opus | Vorbis)
        });
        // DEVIATION: WebM byte stream format, "MIME-type info", knows VP8, VP9, Opus and Vorbis; AV1 is WebM by practice.
        // Recorders write more, and what WebCodecs decodes is played.
        if !is_of_kind || (strictness == Strictness::Strict && !is_webm) {
            return Err(CodecError::Unsupported("no codec of WebM".into()));
        }
        let Some(&(_, family, name)) = known else {
            return Err(CodecError::Unsupported("no codec known here".into()));
        };
        let (width, height) = coded_size(&signal.media);
        let frame_rate = signal.frame_rate.unwrap_or(USUAL_FRAME_RATE);
        let guess = Vp9Features::guess(width, height, frame_rate);
        let mut media = signal.media;
        let (rate, channels) = match media {
            MediaConfig::Audio {
                sample_rate,
                channels,
            } => (sample_rate, channels),
            MediaConfig::Video { .. } => (0, 0),
        };
        let mut codec = Self {
            family,
            in_band: false,
            vp9: Vp9Features::from_feature_list(private, Vp9Features { level: 0, ..guess }),
            frame_rate,
            rate,
            samples: 0,
            channels,
            notation: None,
            vorbis: None,
        };
        let config = match family {
            Family::Vp9 => Ok(CodecConfig::new(codec.vp9_codec(codec.vp9, width, height), None)),
            Family::Av1 if !private.is_empty() => codec::from_av1c(private),
            Family::Avc if !private.is_empty() => codec::from_avcc(private),
            Family::Hevc => codec::from_hvcc(HevcEntry::Hvc1, private),
            Family::Opus => codec::from_opus_head(private),
            Family::Flac => codec::from_flac_header(private),
            Family::Vorbis => {
                let headers = VorbisHeaders::parse(private)?;
                codec.vorbis = Some(headers.timing());
                Ok(headers.config)
            }
            Family::Aac => {
                let description = match private {
                    [] => old_aac(codec_id, rate, channels)
                        .ok_or_else(|| CodecError::Unsupported("no AAC that can be described".into()))?,
                    private => private.to_vec(),
                };
                (codec.samples, codec.rate) =
                    codec::aac_frame_duration(&description).unwrap_or((1_024, rate));
                codec::aac_decoder_config(&description)
            }
            _ => {
                if family == Family::Pcm {
                    let bits = signal.bit_depth;
                    codec.notation = Notation::of(codec_id, bits);
                    if codec.notation.is_none() {
                        return Err(CodecError::Unsupported(format!("samples of {bits} bits")));
                    }
                }
                // Without a record the frames of H.264 and AV1 hold parameter sets.
                codec.in_band = true;
                Ok(CodecConfig::new(name.into(), None))
            }
        }?;
        if let MediaConfig::Audio {
            sample_rate,
            channels,
        } = &mut media
        {
            *sample_rate = config.sample_rate.unwrap_or(*sample_rate);
            if family != Family::Aac {
                codec.rate = *sample_rate;
            }
            *channels = config.channels.unwrap_or(*channels);
        }
        let config = DecoderConfig {
            codec: config.codec,
            description: config.description,
            media,
        };
        Ok((codec, config))
    }

    /// The codec string of VP9 with these features, whose level is that of the file, if it says one.
    fn vp9_codec(&self, features: Vp9Features, width: u32, height: u32) -> String {
        let level = match self.vp9.level {
            0 => codec::vp9_level(width, height, self.frame_rate),
            level => level,
        };
        Vp9Features { level, ..features }.codec()
    }

    /// Whether pictures may be shown in another order than they are decoded in.
    pub(super) const fn may_reorder(&self) -> bool {
        matches!(self.family, Family::Avc | Family::Hevc)
    }

    /// How long a frame of sound lasts by its own word: samples, and how many of them a second. `None` for pictures, and
    /// for what is no frame.
    pub(super) fn sound_duration(&mut self, frame: &[u8]) -> Option<(u32, NonZeroU32)> {
        let (samples, rate) = match self.family {
            Family::Opus => (codec::opus_packet_duration(frame)?, 48_000),
            Family::Vorbis => {
                let timing = self.vorbis.as_mut()?;
                (timing.packet_duration(frame)?, timing.sample_rate())
            }
            Family::Aac => (self.samples, self.rate),
            Family::Flac => (codec::flac_frame_duration(frame)?, self.rate),
            Family::MpegAudio => {
                let (samples, rate) = mpeg_frame_duration(frame)?;
                (samples, rate.get())
            }
            Family::Ac3 => codec::ac3_frame_duration(frame)?,
            Family::Pcm => {
                let samples = u32::try_from(frame.len() / size_of::<f32>()).ok()?;
                (samples.checked_div(self.channels)?, self.rate)
            }
            Family::Vp8 | Family::Vp9 | Family::Av1 | Family::Avc | Family::Hevc => return None,
        };
        let rate = NonZeroU32::new(rate)?;
        (samples > 0).then_some((samples, rate))
    }

    /// A frame as the decoder takes it, and as the other questions about frames want it.
    pub(super) fn for_decoder(&self, frame: Arc<[u8]>) -> Arc<[u8]> {
        match self.notation {
            Some(notation) => notation.for_decoder(frame),
            None => frame,
        }
    }

    /// The next frame does not follow the last one.
    pub(super) fn restart(&mut self) {
        if let Some(timing) = &mut self.vorbis {
            timing.restart();
        }
    }

    /// Whether decoding can start with a frame that its block says it can start with. VP8 and VP9 say it themselves, and
    /// some muxers mark every block.
    pub(super) fn confirms_key(&self, frame: &[u8]) -> bool {
        match self.family {
            Family::Vp8 => Vp8Frame::parse(frame) != Some(Vp8Frame::Inter),
            Family::Vp9 => Vp9Frame::parse(frame) != Some(Vp9Frame::Inter),
            _ => true,
        }
    }

    /// How a key frame is to be decoded, where it says itself: `None` when it says nothing.
    pub(super) fn key_frame_config(&self, frame: &[u8], track: &Arc<DecoderConfig>) -> Option<DecoderConfig> {
        let (codec, width, height) = match self.family {
            Family::Vp8 => match Vp8Frame::parse(frame)? {
                Vp8Frame::Key { width, height } => (track.codec.clone(), width, height),
                Vp8Frame::Inter => return None,
            },
            Family::Vp9 => match Vp9Frame::parse(frame)? {
                Vp9Frame::Key {
                    profile,
                    bit_depth,
                    chroma_subsampling,
                    width,
                    height,
                } => {
                    // Where the samples of colour lie in 4:2:0 a frame does not say.
                    let said = self.vp9.chroma_subsampling;
                    let chroma_subsampling = match chroma_subsampling {
                        1 if said <= 1 => said,
                        subsampling => subsampling,
                    };
                    let features = Vp9Features {
                        profile,
                        level: 0,
                        bit_depth,
                        chroma_subsampling,
                    };
                    (self.vp9_codec(features, width, height), width, height)
                }
                Vp9Frame::Inter => return None,
            },
            Family::Av1 if self.in_band => {
                let sequence = Av1Sequence::find(frame)?;
                (sequence.codec, sequence.width, sequence.height)
            }
            Family::Avc if self.in_band => {
                let (width, height) = coded_size(&track.media);
                (avc_in_band(frame)?, width, height)
            }
            _ => return None,
        };
        Some(DecoderConfig {
            codec,
            description: track.description.clone(),
            media: resized(track.media, width, height),
        })
    }
}

fn coded_size(media: &MediaConfig) -> (u32, u32) {
    match *media {
        MediaConfig::Video {
            coded_width,
            coded_height,
            ..
        } => (coded_width, coded_height),
        MediaConfig::Audio { .. } => (0, 0),
    }
}

/// The same pictures in another size. Where the track asks for no other display size, they are shown as large as they are.
fn resized(mut media: MediaConfig, width: u32, height: u32) -> MediaConfig {
    if let MediaConfig::Video {
        coded_width,
        coded_height,
        crop,
        display_width,
        display_height,
        rotation,
        ..
    } = &mut media
        && width > 0
        && height > 0
        && (width, height) != (*coded_width, *coded_height)
    {
        let shown = crop.map_or((*coded_width, *coded_height), |crop| (crop.width, crop.height));
        let turned = |(width, height)| match *rotation % 180 {
            0 => (width, height),
            _ => (height, width),
        };
        if turned(shown) == (*display_width, *display_height) {
            (*display_width, *display_height) = turned((width, height));
        }
        (*coded_width, *coded_height) = (width, height);
        // It was meant for the other size.
        *crop = None;
    }
    media
}

/// The codec string from the first sequence parameter set between start codes.
fn avc_in_band(frame: &[u8]) -> Option<String> {
    const SEQUENCE_PARAMETER_SET: u8 = 7;
    frame.windows(7).find_map(|window| match *window {
        [0, 0, 1, header, profile, compatibility, level] if header & 31 == SEQUENCE_PARAMETER_SET => {
            Some(format!("avc1.{profile:02x}{compatibility:02x}{level:02x}"))
        }
        _ => None,
    })
}

/// The configuration of AAC whose codec ID alone describes it, such as `A_AAC/MPEG4/LC/SBR`.
fn old_aac(codec_id: &str, sample_rate: u32, channels: u32) -> Option<Vec<u8>> {
    let mut parts = codec_id.as_bytes().split(|&byte| byte == b'/').skip(2);
    let name = parts.next()?;
    let object_type = 1 + [b"MAIN".as_slice(), b"LC", b"SSR", b"LTP"]
        .iter()
        .position(|known| *known == name)?;
    // With spectral band replication the core has half the rate.
    let core_rate = match parts.next() {
        Some(b"SBR") => sample_rate / 2,
        _ => sample_rate,
    };
    Some(codec::audio_specific_config(object_type as u8, core_rate, channels)?.to_vec())
}
