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

/// H.264 baseline, until a key frame tells.
const USUAL_AVC: &str = "avc1.42e01f";

/// What is known of a track's codec beyond its configuration.
#[derive(Clone, Debug)]
pub(super) enum Codec {
    Vp8,
    Vp9 {
        features: Vp9Features,
        /// Whether the level is the file's word.
        has_level: bool,
        frame_rate: f64,
    },
    /// Whether key frames are to tell the codec string.
    Av1 {
        in_band: bool,
    },
    /// The same.
    Avc {
        in_band: bool,
    },
    Hevc,
    Opus,
    Vorbis(VorbisTiming),
    Aac {
        samples: u32,
        rate: u32,
    },
    Flac {
        rate: u32,
    },
    MpegAudio,
    /// AC-3 and E-AC-3.
    Ac3,
    Pcm {
        notation: Notation,
        channels: u32,
        rate: u32,
    },
}

impl Codec {
    /// From `CodecID`, `CodecPrivate` and what the track entry says.
    pub(super) fn of_track(
        codec_id: &str,
        kind: TrackKind,
        private: &[u8],
        signal: &Signal,
        strictness: Strictness,
    ) -> Result<(Self, DecoderConfig), CodecError> {
        let is_webm = matches!(codec_id, "V_VP8" | "V_VP9" | "V_AV1" | "A_OPUS" | "A_VORBIS");
        let is_of_kind = codec_id.starts_with(match kind {
            TrackKind::Video => "V_",
            TrackKind::Audio => "A_",
        });
        // DEVIATION: WebM byte stream format, "MIME-type info", knows VP8, VP9, Opus and Vorbis; AV1 is WebM by practice.
        // Recorders write more, and what WebCodecs decodes is played.
        if !is_of_kind || (strictness == Strictness::Strict && !is_webm) {
            return Err(CodecError::Unsupported("no codec of WebM".into()));
        }
        let (codec, config) = match kind {
            TrackKind::Video => Self::of_pictures(codec_id, private, signal),
            TrackKind::Audio => Self::of_sound(codec_id, private, signal),
        }?;
        let mut media = signal.media;
        if let MediaConfig::Audio {
            sample_rate,
            channels,
        } = &mut media
        {
            *sample_rate = config.sample_rate.unwrap_or(*sample_rate);
            *channels = config.channels.unwrap_or(*channels);
        }
        let config = DecoderConfig {
            codec: config.codec,
            description: config.description,
            media,
        };
        Ok((codec, config))
    }

    fn of_pictures(
        codec_id: &str,
        private: &[u8],
        signal: &Signal,
    ) -> Result<(Self, CodecConfig), CodecError> {
        let frame_rate = signal.frame_rate.unwrap_or(USUAL_FRAME_RATE);
        let without_description = |codec: String| CodecConfig::new(codec, None);
        Ok(match codec_id {
            "V_VP8" => (Self::Vp8, without_description("vp8".into())),
            "V_VP9" => {
                let (width, height) = coded_size(&signal.media);
                let guess = Vp9Features::guess(width, height, frame_rate);
                let no_level = Vp9Features { level: 0, ..guess };
                let has_level = Vp9Features::from_feature_list(private, no_level).level != 0;
                let features = Vp9Features::from_feature_list(private, guess);
                let codec = Self::Vp9 {
                    features,
                    has_level,
                    frame_rate,
                };
                (codec, without_description(features.codec()))
            }
            "V_AV1" if private.is_empty() => (
                Self::Av1 { in_band: true },
                without_description("av01.0.08M.08".into()),
            ),
            "V_AV1" => (Self::Av1 { in_band: false }, codec::from_av1c(private)?),
            // Without a record the frames hold start codes and parameter sets.
            "V_MPEG4/ISO/AVC" if private.is_empty() => {
                (Self::Avc { in_band: true }, without_description(USUAL_AVC.into()))
            }
            "V_MPEG4/ISO/AVC" => (Self::Avc { in_band: false }, codec::from_avcc(private)?),
            "V_MPEGH/ISO/HEVC" => (Self::Hevc, codec::from_hvcc(HevcEntry::Hvc1, private)?),
            _ => return Err(CodecError::Unsupported("no codec known here".into())),
        })
    }

    fn of_sound(codec_id: &str, private: &[u8], signal: &Signal) -> Result<(Self, CodecConfig), CodecError> {
        let MediaConfig::Audio {
            sample_rate,
            channels,
        } = signal.media
        else {
            return Err(CodecError::Malformed("no sound".into()));
        };
        let bits = signal.bit_depth;
        let plain = |codec: &str| CodecConfig::new(codec.into(), None);
        Ok(match codec_id {
            "A_OPUS" => (Self::Opus, codec::from_opus_head(private)?),
            "A_VORBIS" => {
                let headers = VorbisHeaders::parse(private)?;
                (Self::Vorbis(headers.timing()), headers.config)
            }
            "A_FLAC" => {
                let config = codec::from_flac_header(private)?;
                let rate = config.sample_rate.unwrap_or(sample_rate);
                (Self::Flac { rate }, config)
            }
            "A_MPEG/L3" | "A_MPEG/L2" | "A_MPEG/L1" => (Self::MpegAudio, plain("mp3")),
            "A_AC3" | "A_AC3/BSID9" | "A_AC3/BSID10" => (Self::Ac3, plain("ac-3")),
            "A_EAC3" => (Self::Ac3, plain("ec-3")),
            "A_PCM/INT/LIT" | "A_PCM/INT/BIG" | "A_PCM/FLOAT/IEEE" => {
                let notation = Notation::of(codec_id, bits)
                    .ok_or_else(|| CodecError::Unsupported(format!("samples of {bits} bits")))?;
                let codec = Self::Pcm {
                    notation,
                    channels,
                    rate: sample_rate,
                };
                (codec, plain(pcm::CODEC))
            }
            _ if codec_id == "A_AAC" || codec_id.starts_with("A_AAC/") => {
                let description = match private {
                    [] => old_aac(codec_id, sample_rate, channels)
                        .ok_or_else(|| CodecError::Unsupported("no AAC that can be described".into()))?,
                    private => private.to_vec(),
                };
                let (samples, rate) = codec::aac_frame_duration(&description).unwrap_or((1_024, sample_rate));
                (
                    Self::Aac { samples, rate },
                    codec::aac_decoder_config(&description)?,
                )
            }
            _ => return Err(CodecError::Unsupported("no codec known here".into())),
        })
    }

    /// Whether pictures may be shown in another order than they are decoded in.
    pub(super) const fn may_reorder(&self) -> bool {
        matches!(self, Self::Avc { .. } | Self::Hevc)
    }

    /// How long a frame of sound lasts by its own word: samples, and how many of them a second. `None` for pictures, and
    /// for what is no frame.
    pub(super) fn sound_duration(&mut self, frame: &[u8]) -> Option<(u32, NonZeroU32)> {
        let (samples, rate) = match self {
            Self::Opus => (codec::opus_packet_duration(frame)?, 48_000),
            Self::Vorbis(timing) => (timing.packet_duration(frame)?, timing.sample_rate()),
            Self::Aac { samples, rate } => (*samples, *rate),
            Self::Flac { rate } => (codec::flac_frame_duration(frame)?, *rate),
            Self::MpegAudio => {
                let (samples, rate) = mpeg_frame_duration(frame)?;
                (samples, rate.get())
            }
            Self::Ac3 => codec::ac3_frame_duration(frame)?,
            Self::Pcm { channels, rate, .. } => {
                let samples = u32::try_from(frame.len() / size_of::<f32>()).ok()?;
                (samples.checked_div(*channels)?, *rate)
            }
            Self::Vp8 | Self::Vp9 { .. } | Self::Av1 { .. } | Self::Avc { .. } | Self::Hevc => return None,
        };
        let rate = NonZeroU32::new(rate)?;
        (samples > 0).then_some((samples, rate))
    }

    /// A frame as the decoder takes it, and as the other questions about frames want it.
    pub(super) fn for_decoder(&self, frame: Arc<[u8]>) -> Arc<[u8]> {
        match self {
            Self::Pcm { notation, .. } => notation.for_decoder(frame),
            _ => frame,
        }
    }

    /// The next frame does not follow the last one.
    pub(super) fn restart(&mut self) {
        if let Self::Vorbis(timing) = self {
            timing.restart();
        }
    }

    /// Whether decoding can start with a frame that its block says it can start with. VP8 and VP9 say it themselves, and
    /// some muxers mark every block.
    pub(super) fn confirms_key(&self, frame: &[u8]) -> bool {
        match self {
            Self::Vp8 => Vp8Frame::parse(frame) != Some(Vp8Frame::Inter),
            Self::Vp9 { .. } => Vp9Frame::parse(frame) != Some(Vp9Frame::Inter),
            _ => true,
        }
    }

    /// How a key frame is to be decoded, where it says itself: `None` when it says nothing.
    pub(super) fn key_frame_config(&self, frame: &[u8], track: &Arc<DecoderConfig>) -> Option<DecoderConfig> {
        let (codec, width, height) = match self {
            Self::Vp8 => match Vp8Frame::parse(frame)? {
                Vp8Frame::Key { width, height } => (track.codec.clone(), width, height),
                Vp8Frame::Inter => return None,
            },
            Self::Vp9 {
                features,
                has_level,
                frame_rate,
            } => match Vp9Frame::parse(frame)? {
                Vp9Frame::Key {
                    profile,
                    bit_depth,
                    chroma_subsampling,
                    width,
                    height,
                } => {
                    let level = match has_level {
                        true => features.level,
                        false => codec::vp9_level(width, height, *frame_rate),
                    };
                    // Where the samples of colour lie in 4:2:0 a frame does not say.
                    let said = features.chroma_subsampling;
                    let chroma_subsampling = match chroma_subsampling {
                        1 if said <= 1 => said,
                        subsampling => subsampling,
                    };
                    let features = Vp9Features {
                        profile,
                        level,
                        bit_depth,
                        chroma_subsampling,
                    };
                    (features.codec(), width, height)
                }
                Vp9Frame::Inter => return None,
            },
            Self::Av1 { in_band: true } => {
                let sequence = Av1Sequence::find(frame)?;
                (sequence.codec, sequence.width, sequence.height)
            }
            Self::Avc { in_band: true } => {
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
    let mut parts = codec_id.split('/').skip(2);
    let object_type = match parts.next()? {
        "MAIN" => 1,
        "LC" => 2,
        "SSR" => 3,
        "LTP" => 4,
        _ => return None,
    };
    // With spectral band replication the core has half the rate.
    let core_rate = match parts.next() {
        Some("SBR") => sample_rate / 2,
        _ => sample_rate,
    };
    Some(codec::audio_specific_config(object_type, core_rate, channels)?.to_vec())
}
