//! Bytes into initialization segments and coded frames.
//!
//! A [`Demuxer`] is pushed bytes in pieces of any size and gives the same [`DemuxEvent`]s however they were cut.

pub mod encoded_chunks;
pub mod isobmff;
pub mod mpeg_audio;
#[cfg(test)]
mod test_support;
pub mod webm;

use std::ops::Deref;
use std::sync::Arc;

use crate::codec::{CodecError, ColorSpace};
use crate::mime::{ContainerFormat, MediaType};
use crate::picture::Rectangle;
use crate::time::MediaTime;
use crate::wire::wire;
use isobmff::IsoBmffDemuxer;
use mpeg_audio::MpegAudioDemuxer;
use webm::WebMDemuxer;

/// What a track carries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TrackKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}
wire!(
    enum TrackKind {
        Audio,
        Video,
    }
);

impl TrackKind {
    /// For messages, at their beginning.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audio => "Audio",
            Self::Video => "Video",
        }
    }
}

/// How a track's frames are decoded: what WebCodecs wants to know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DecoderConfig {
    /// The full codec string in the spelling WebCodecs takes, such as `avc1.42e01e` or `mp4a.40.2`.
    pub codec: String,
    /// The decoder description (avcC, AudioSpecificConfig, …) where the codec has one.
    pub description: Option<Vec<u8>>,
    /// What only one kind of track has.
    pub media: MediaConfig,
}
wire!(struct DecoderConfig { codec, description, media });

impl DecoderConfig {
    /// Which kind of track this is for.
    pub fn kind(&self) -> TrackKind {
        match self.media {
            MediaConfig::Audio { .. } => TrackKind::Audio,
            MediaConfig::Video { .. } => TrackKind::Video,
        }
    }
}

/// The part of a [`DecoderConfig`] that differs by kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MediaConfig {
    /// Sound.
    Audio {
        /// Samples a second, as the container says; a decoder may give another rate.
        sample_rate: u32,
        /// Channels, as the container says.
        channels: u32,
    },
    /// Pictures.
    Video {
        /// Width of the coded picture in pixels.
        coded_width: u32,
        /// Height of the coded picture in pixels.
        coded_height: u32,
        /// The part of the coded picture that is to be seen, in its pixels; `None` for the whole.
        crop: Option<Rectangle>,
        /// Width to show it at in CSS pixels: `videoWidth`.
        display_width: u32,
        /// Height to show it at in CSS pixels: `videoHeight`.
        display_height: u32,
        /// Clockwise degrees to turn the picture by: 0, 90, 180 or 270.
        rotation: u16,
        /// What the container says of the meaning of the samples; `None` leaves that to the bitstream.
        color_space: Option<ColorSpace>,
    },
}
wire!(enum MediaConfig {
    Audio { sample_rate, channels },
    Video { coded_width, coded_height, crop, display_width, display_height, rotation, color_space },
});

/// One track of an initialization segment.
#[derive(Clone, Debug)]
pub struct Track {
    /// The container's track number; unique in its initialization segment.
    pub id: u32,
    /// How to decode its frames, unless [`CodedFrame::config`] says otherwise. Shared with all of them.
    pub config: Arc<DecoderConfig>,
    /// BCP 47 language, empty when undetermined.
    pub language: String,
    /// Human-readable name, empty when there is none.
    pub label: String,
    /// `kind` of the AudioTrack or VideoTrack, such as `main` or `commentary` (HTML § 4.8.11.10.1); empty when the
    /// container says nothing that HTML has a word for.
    pub kind: String,
}

/// An initialization segment (MSE § 2.4.1, "Initialization Segment").
#[derive(Clone, Debug)]
pub struct InitSegment {
    /// The duration it declares; `None` when it declares none.
    pub duration: Option<MediaTime>,
    /// Its audio and video tracks, in the order of the file.
    pub tracks: Vec<Track>,
}

/// How long a frame is taken to last while nothing tells: what Chromium takes for pictures.
pub const USUAL_FRAME_DURATION: MediaTime = MediaTime::from_millis(63);

/// As many pictures as H.264 and HEVC can reorder. One that is shown further from where it is decoded, counted in frame
/// durations, was not brought there by reordering.
pub const MAX_REORDERED_PICTURES: i64 = 16;

/// One coded frame as the container gives it, before `timestampOffset` (MSE § 2.4.1, "Coded Frame").
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodedFrame {
    /// [`Track::id`].
    pub track_id: u32,
    /// When it is shown.
    pub presentation_timestamp: MediaTime,
    /// When it is decoded.
    pub decode_timestamp: MediaTime,
    /// When it ends (exclusive): the converted tick `pts + duration`, identical to the start of a neighbour. The start
    /// itself where nothing of the frame is heard and it is there to be decoded before the next; then `trim_start` says
    /// how much is decoded. Where start, end and trims are all the same the container does not say: it lasts until the
    /// next one then, and until that comes as long as the one before, or [`USUAL_FRAME_DURATION`].
    pub presentation_end: MediaTime,
    /// How much of its decoded sound comes before `presentation_timestamp` and is not to be heard, such as an encoder's
    /// delay. Zero for pictures.
    pub trim_start: MediaTime,
    /// How much of its decoded sound comes after `presentation_end` and is not to be heard, such as the padding of the
    /// last frame. Zero for pictures.
    pub trim_end: MediaTime,
    /// Whether decoding can start here (MSE § 2.4.1, "Random Access Point").
    pub is_random_access_point: bool,
    /// How to decode it, where that is another way than [`Track::config`] says: containers may change it in mid-stream
    /// without an initialization segment. `None` means the track's.
    pub config: Option<Arc<DecoderConfig>>,
    /// The payload in the form the decoder takes with its description.
    pub data: Arc<[u8]>,
}

/// What a [`Demuxer`] finds, in the order of the bytes.
#[derive(Clone, Debug)]
pub enum DemuxEvent {
    /// A complete initialization segment.
    InitSegment(InitSegment),
    /// The first byte of a media segment has been seen.
    MediaSegmentStart,
    /// When the first of the frames to come is shown, where another track's is given before it and the container says so.
    FirstPresentation(MediaTime),
    /// A complete coded frame; it may come before its segment is complete.
    Frame(CodedFrame),
    /// The last byte of a media segment has been consumed.
    MediaSegmentEnd,
}

/// Whether a call to [`Demuxer::parse`] went as far as the bytes allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParseStatus {
    /// All that can be made of the bytes so far has been made.
    Done,
    /// The budget ran out; call again.
    MorePending,
}

/// The number of the only track of a stream whose format has no tracks.
const ONLY_TRACK_ID: u32 = 1;

/// The initialization segment of a stream whose format has none: one track, of which nothing is known but how it is decoded,
/// and no duration.
fn only_track(config: &Arc<DecoderConfig>) -> DemuxEvent {
    DemuxEvent::InitSegment(InitSegment {
        duration: None,
        tracks: vec![Track {
            id: ONLY_TRACK_ID,
            config: Arc::clone(config),
            language: String::new(),
            label: String::new(),
            kind: "main".into(),
        }],
    })
}

/// What kind of mistake a [`ContainerError`] reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorClass {
    /// The bytes break the rules of their format.
    Malformed,
    /// The bytes are well formed and ask for something this crate cannot do.
    Unsupported,
    /// The bytes ask for more memory or nesting than a named constant allows.
    Limit,
}

impl From<&CodecError> for ErrorClass {
    fn from(error: &CodecError) -> Self {
        match error {
            CodecError::Malformed(_) => Self::Malformed,
            CodecError::Unsupported(_) => Self::Unsupported,
        }
    }
}

/// Bytes that cannot be used, and where. A missing byte is never an error.
///
/// In a box: half of what a parser does is hand errors on, and each time the whole of it would be copied.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{} at byte {}: {}", .0.element, .0.offset, .0.message)]
pub struct ContainerError(Box<ErrorDetails>);

/// What a [`ContainerError`] says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErrorDetails {
    /// Mistake, gap in this crate, or limit.
    pub class: ErrorClass,
    /// Offset of the box or element in all bytes pushed since the demuxer was made.
    pub offset: u64,
    /// Path of the box or element, such as `moov/trak/mdia/minf/stbl/stsd`.
    pub element: String,
    /// What is wrong, in words a developer understands.
    pub message: String,
}

impl Deref for ContainerError {
    type Target = ErrorDetails;

    fn deref(&self) -> &ErrorDetails {
        &self.0
    }
}

impl ContainerError {
    #[cold]
    pub(crate) fn new(
        class: ErrorClass,
        offset: u64,
        element: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self(Box::new(ErrorDetails {
            class,
            offset,
            element: element.into(),
            message: message.into(),
        }))
    }

    /// Bytes that break the rules of their format.
    pub(crate) fn malformed(offset: u64, element: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Malformed, offset, element, message)
    }
}

/// How closely to follow a byte stream format's specification.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Strictness {
    /// Play what can be played.
    #[default]
    Lenient,
    /// Refuse what the specification refuses.
    Strict,
}
wire!(
    enum Strictness {
        Lenient,
        Strict,
    }
);

/// A push parser for one byte stream format.
///
/// Call [`push`](Self::push), then [`parse`](Self::parse) until it is [`ParseStatus::Done`], taking all events with
/// [`poll_event`](Self::poll_event) after each call. After an error only [`reset`](Self::reset) is allowed.
pub trait Demuxer {
    /// Adds the next bytes of the stream.
    fn push(&mut self, bytes: &[u8]);

    /// Consumes at most about `budget` bytes (it may overshoot by one box or element).
    fn parse(&mut self, budget: usize) -> Result<ParseStatus, ContainerError>;

    /// The next event, in order.
    fn poll_event(&mut self) -> Option<DemuxEvent>;

    /// True between the start and the end of a media segment: the append state is `PARSING_MEDIA_SEGMENT`.
    fn is_parsing_media_segment(&self) -> bool;

    /// Bytes held that no event has delivered yet.
    fn pending_bytes(&self) -> usize;

    /// Forgets all unconsumed bytes and waits for a segment (MSE § 3.5.2 step 7 and 8). What the last initialization
    /// segment said is kept.
    fn reset(&mut self);
}

/// Takes steps until one says that more bytes are needed, or as many as make up `budget`. A step says about how many bytes
/// of work it was.
fn parse_by_steps(
    budget: usize,
    mut step: impl FnMut() -> Result<Option<usize>, ContainerError>,
) -> Result<ParseStatus, ContainerError> {
    let mut work = 0usize;
    while let Some(step) = step()? {
        work = work.saturating_add(step);
        if work >= budget && step > 0 {
            return Ok(ParseStatus::MorePending);
        }
    }
    Ok(ParseStatus::Done)
}

/// A demuxer for this type, or `None` when no byte stream format of this crate has that name. Unless it is to be strict,
/// it goes beyond the specification where that lets more files play; see each demuxer's `DEVIATION:` notes.
pub fn demuxer_for(media_type: &MediaType, strictness: Strictness) -> Option<Box<dyn Demuxer>> {
    Some(match media_type.container()? {
        ContainerFormat::Mp4 => Box::new(IsoBmffDemuxer::new(strictness)),
        // DEVIATION: the MSE byte stream format registry has no Matroska. Pages feed it what recorders call so.
        ContainerFormat::Matroska if strictness == Strictness::Strict => return None,
        ContainerFormat::WebM | ContainerFormat::Matroska => {
            let sound_alone = media_type.essence == "audio/webm";
            Box::new(WebMDemuxer::of(strictness, sound_alone))
        }
        format @ (ContainerFormat::MpegAudio | ContainerFormat::Adts) => {
            let format = match format {
                ContainerFormat::Adts => mpeg_audio::Format::Adts,
                _ => mpeg_audio::Format::Mpeg,
            };
            Box::new(MpegAudioDemuxer::of(format, strictness))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_their_demuxers() {
        let demuxer = |text| demuxer_for(&MediaType::parse(text).unwrap(), Strictness::Lenient);
        assert!(demuxer("text/plain").is_none());
        for text in ["video/mp4; codecs=\"avc1.42E01E\"", "audio/mp4"] {
            let mut demuxer = demuxer(text).unwrap();
            demuxer.push(b"\0\0\0\x08wide");
            assert_eq!(demuxer.parse(usize::MAX), Ok(ParseStatus::Done));
            assert_eq!(demuxer.pending_bytes(), 0);
        }
    }
}
