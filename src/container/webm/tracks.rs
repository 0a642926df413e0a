//! `Tracks`: which tracks there are and how their frames are decoded (RFC 9559 § 5.1.4).

use std::sync::Arc;

use super::codec::Codec;
use super::ebml::{Element, Fields};
use super::ids::ElementId;
use super::limits::{MAX_STRIPPED_HEADER_SIZE, MAX_TRACKS};
use super::track_state::TrackState;
use crate::codec::{CodecError, ColorSpace};
use crate::container::{
    ContainerError, DecoderConfig, ErrorClass, MediaConfig, Strictness, Track, TrackKind,
};
use crate::decimal::Decimal;
use crate::picture::Rectangle;
use crate::time::MediaTime;

/// A track that is played.
#[derive(Clone, Debug)]
pub(super) struct WebMTrack {
    pub(super) number: u64,
    pub(super) config: Arc<DecoderConfig>,
    pub(super) codec: Codec,
    /// What was taken off the front of each frame.
    pub(super) stripped_header: Vec<u8>,
    /// How much of the decoded sound comes before the stream's first.
    pub(super) codec_delay: MediaTime,
    /// How long a frame lasts that does not say.
    pub(super) default_duration: Option<MediaTime>,
}

/// Longer default durations are not meant.
const MAX_DEFAULT_DURATION: MediaTime = MediaTime::from_millis(60_000);

/// What `Tracks` says.
#[derive(Debug, Default)]
pub(super) struct ReadTracks {
    /// In the order of the file; one for each of `segment_tracks`.
    pub(super) tracks: Vec<TrackState>,
    pub(super) segment_tracks: Vec<Track>,
    /// The numbers of those that are not played.
    pub(super) ignored: Vec<u64>,
}

/// A `TrackEntry`.
struct TrackEntry<'a> {
    element: Element<'a>,
    fields: Fields<'a>,
    codec_private: Vec<u8>,
    stripped_header: Vec<u8>,
    /// Why its frames cannot be read.
    refusal: Option<ContainerError>,
}

/// What a `TrackEntry` says of its frames, apart from the codec.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signal {
    pub(super) media: MediaConfig,
    /// `BitDepth` of sound.
    pub(super) bit_depth: u64,
    /// Frames a second, where there is a default duration.
    pub(super) frame_rate: Option<f64>,
}

/// Reads `Tracks`. Tracks that are neither sound nor pictures are not played.
// Not part of the function that runs for every block: browsers compile that one twice, the second time slowly.
#[inline(never)]
pub(super) fn read_tracks(
    element: &Element<'_>,
    strictness: Strictness,
    sound_alone: bool,
) -> Result<ReadTracks, ContainerError> {
    let mut result = ReadTracks::default();
    let mut dropped = Vec::new();
    let mut position = 0;
    while let Some(child) = element.next_child(&mut position)? {
        if child.id != ElementId::TRACK_ENTRY {
            continue;
        }
        if result.tracks.len() + result.ignored.len() >= MAX_TRACKS {
            return Err(element.limit(format!("has more tracks than the limit of {MAX_TRACKS}")));
        }
        let mut entry = TrackEntry::read(child)?;
        let number = entry.fields.unsigned(ElementId::TRACK_NUMBER);
        if number == 0 {
            return Err(child.malformed("has no TrackNumber"));
        }
        let id = u32::try_from(number)
            .map_err(|_| child.limit(format!("has the number {number}, which is more than 32 bits")))?;
        if result.ignored.contains(&number) || result.tracks.iter().any(|track| track.number() == number) {
            return Err(child.malformed(format!("has the number {number}, as has another track")));
        }
        let kind = match entry.fields.unsigned(ElementId::TRACK_TYPE) {
            1 => TrackKind::Video,
            2 => TrackKind::Audio,
            _ => {
                result.ignored.push(number);
                continue;
            }
        };
        // WebM byte stream format, "MIME-type info": audio/webm has no pictures.
        //
        // DEVIATION: only when strict. Players are not troubled by a picture that comes with the sound.
        if sound_alone && kind == TrackKind::Video && strictness == Strictness::Strict {
            return Err(child.malformed("is a video track, and the type is audio/webm"));
        }
        match entry.track(kind, number, strictness) {
            Ok(track) => {
                result.segment_tracks.push(Track {
                    id,
                    config: Arc::clone(&track.config),
                    language: entry.language(),
                    label: entry.text(ElementId::NAME).unwrap_or_default(),
                    kind: String::new(),
                });
                result.tracks.push(TrackState::new(track));
            }
            // DEVIATION: MSE § 3.5.7 step 3 refuses every initialization segment with a codec that is not supported. A
            // file with a second sound track that no browser decodes plays without that track.
            Err(error) if error.class == ErrorClass::Unsupported && strictness == Strictness::Lenient => {
                dropped.push((kind, error));
                result.ignored.push(number);
            }
            Err(error) => return Err(error),
        }
    }
    // Nobody wants a film without its picture, or silent, and no reason given.
    let kept = |kind| {
        result
            .segment_tracks
            .iter()
            .any(|track| track.config.kind() == kind)
    };
    match dropped.iter().find(|(kind, _)| !kept(*kind)) {
        Some((_, error)) => Err(ContainerError::clone(error)),
        None => Ok(result),
    }
}

impl<'a> TrackEntry<'a> {
    fn read(element: Element<'a>) -> Result<Self, ContainerError> {
        let mut fields = Fields::new();
        fields.read(&element)?;
        let mut entry = Self {
            element,
            codec_private: fields.data(ElementId::CODEC_PRIVATE).to_vec(),
            fields,
            stripped_header: Vec::new(),
            refusal: None,
        };
        if let Some(encodings) = entry.fields.get(ElementId::CONTENT_ENCODINGS) {
            entry.undo(&encodings)?;
        }
        Ok(entry)
    }

    /// `ContentEncodings`, § 5.1.4.1.31: what was done to frames and configuration before they were written.
    fn undo(&mut self, encodings: &Element<'a>) -> Result<(), ContainerError> {
        /// Bits of the scope.
        const FRAMES: u64 = 1;
        const CODEC_PRIVATE: u64 = 2;
        const HEADER_STRIPPING: u64 = 3;

        let mut sorted = Vec::new();
        let mut position = 0;
        while let Some(child) = encodings.next_child(&mut position)? {
            if child.id == ElementId::CONTENT_ENCODING {
                let encoding = ContentEncoding::read(child)?;
                // Undone from the last to the first.
                let after = sorted
                    .iter()
                    .position(|other: &ContentEncoding<'_>| other.order < encoding.order)
                    .unwrap_or(sorted.len());
                sorted.insert(after, encoding);
            }
        }
        for encoding in sorted {
            if encoding.is_encrypted {
                let message = "the track is encrypted, and that needs the browser's own player";
                self.refusal = Some(encoding.element.unsupported(message));
            } else if encoding.algorithm != HEADER_STRIPPING {
                let name = match ["zlib", "bzlib", "lzo1x"].get(encoding.algorithm as usize) {
                    Some(name) => (*name).to_owned(),
                    None => format!("algorithm {}", encoding.algorithm),
                };
                self.refusal = Some(encoding.element.unsupported(format!(
                    "the frames are compressed by {name}, of which only header stripping can be undone here"
                )));
            } else {
                for (scope, stripped) in [
                    (FRAMES, &mut self.stripped_header),
                    (CODEC_PRIVATE, &mut self.codec_private),
                ] {
                    if encoding.scope & scope != 0 {
                        *stripped = [encoding.header, stripped].concat();
                    }
                }
            }
        }
        if self.stripped_header.len() > MAX_STRIPPED_HEADER_SIZE {
            return Err(encodings.limit(format!(
                "strips {} bytes from each frame; the limit is {MAX_STRIPPED_HEADER_SIZE}",
                self.stripped_header.len()
            )));
        }
        Ok(())
    }

    fn text(&self, id: ElementId) -> Option<String> {
        self.fields.get(id).map(|element| element.text())
    }

    fn track(
        &mut self,
        kind: TrackKind,
        number: u64,
        strictness: Strictness,
    ) -> Result<WebMTrack, ContainerError> {
        if let Some(refusal) = self.refusal.take() {
            return Err(refusal);
        }
        let nanos = |nanos: u64| MediaTime::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        let default_duration = nanos(self.fields.unsigned(ElementId::DEFAULT_DURATION));
        let is_said = default_duration > MediaTime::ZERO && default_duration < MAX_DEFAULT_DURATION;
        let default_duration = is_said.then_some(default_duration);
        let frame_rate = default_duration.map(|duration| 1.0 / duration.as_seconds());
        let (media, bit_depth) = match kind {
            TrackKind::Video => (self.picture()?, 0),
            TrackKind::Audio => (self.sound()?, self.fields.unsigned(ElementId::BIT_DEPTH)),
        };
        let signal = Signal {
            media,
            bit_depth,
            frame_rate,
        };
        let codec_id = self.text(ElementId::CODEC_ID).unwrap_or_default();
        let to_error = |error: CodecError| {
            let (class, message) = (ErrorClass::from(&error), error.to_string());
            self.element.error(class, format!("\"{codec_id}\": {message}"))
        };
        let (codec, config) =
            Codec::of_track(&codec_id, kind, &self.codec_private, &signal, strictness).map_err(to_error)?;
        Ok(WebMTrack {
            number,
            config: Arc::new(config),
            codec,
            stripped_header: std::mem::take(&mut self.stripped_header),
            codec_delay: match kind {
                TrackKind::Audio => nanos(self.fields.unsigned(ElementId::CODEC_DELAY)),
                TrackKind::Video => MediaTime::ZERO,
            },
            default_duration,
        })
    }

    /// BCP 47, or ISO 639-2, empty when undetermined. English is what the format calls the default.
    fn language(&self) -> String {
        let language = self
            .text(ElementId::LANGUAGE_BCP47)
            .or_else(|| self.text(ElementId::LANGUAGE));
        match language {
            None => "eng".into(),
            Some(language) if language == "und" => String::new(),
            Some(language) => language,
        }
    }

    /// `Video`, § 5.1.4.1.28.
    fn picture(&mut self) -> Result<MediaConfig, ContainerError> {
        const DISPLAY_UNIT_PIXELS: u64 = 0;
        self.fields.read_inside(ElementId::VIDEO)?;
        let fields = &self.fields;
        // 0 is not said.
        let side = |id| u32::try_from(fields.unsigned(id)).unwrap_or(0);
        let (coded_width, coded_height) = (side(ElementId::PIXEL_WIDTH), side(ElementId::PIXEL_HEIGHT));
        if coded_width == 0 || coded_height == 0 {
            return Err(self.element.malformed(format!(
                "its picture has {} by {} pixels",
                fields.unsigned(ElementId::PIXEL_WIDTH),
                fields.unsigned(ElementId::PIXEL_HEIGHT)
            )));
        }
        // Where all is cropped away, nothing is.
        let shown = |coded: u32, before, after| {
            let before = fields.unsigned(before);
            let left = u64::from(coded).saturating_sub(before.saturating_add(fields.unsigned(after)));
            match left {
                0 => (0, coded),
                left => (before as u32, left as u32),
            }
        };
        let (x, shown_width) = shown(
            coded_width,
            ElementId::PIXEL_CROP_LEFT,
            ElementId::PIXEL_CROP_RIGHT,
        );
        let (y, shown_height) = shown(
            coded_height,
            ElementId::PIXEL_CROP_TOP,
            ElementId::PIXEL_CROP_BOTTOM,
        );
        let crop = (shown_width, shown_height) != (coded_width, coded_height);
        let is_in_pixels = fields.unsigned(ElementId::DISPLAY_UNIT) == DISPLAY_UNIT_PIXELS;
        let (mut display_width, mut display_height) =
            match (side(ElementId::DISPLAY_WIDTH), side(ElementId::DISPLAY_HEIGHT)) {
                (width @ 1.., height @ 1..) if is_in_pixels => (width, height),
                // Centimetres, inches, an aspect ratio: the shape of the picture.
                (width @ 1.., height @ 1..) => of_shape(shown_width, shown_height, width, height),
                (width @ 1.., _) if is_in_pixels => (width, shown_height),
                (_, height @ 1..) if is_in_pixels => (shown_width, height),
                _ => (shown_width, shown_height),
            };
        let rotation = turn(fields);
        if !rotation.is_multiple_of(180) {
            (display_width, display_height) = (display_height, display_width);
        }
        Ok(MediaConfig::Video {
            coded_width,
            coded_height,
            crop: crop.then_some(Rectangle {
                x,
                y,
                width: shown_width,
                height: shown_height,
            }),
            display_width,
            display_height,
            rotation,
            color_space: colour(fields),
        })
    }

    /// `Audio`, § 5.1.4.1.29.
    fn sound(&mut self) -> Result<MediaConfig, ContainerError> {
        self.fields.read_inside(ElementId::AUDIO)?;
        let mut rate = self.fields.float(ElementId::OUTPUT_SAMPLING_FREQUENCY);
        if rate.is_nan() || rate <= 0.0 {
            rate = self.fields.float(ElementId::SAMPLING_FREQUENCY);
        }
        let channels = self.fields.unsigned(ElementId::CHANNELS);
        let rate_in_range = (1.0..=f64::from(u32::MAX)).contains(&rate);
        match channels {
            1..=255 if rate_in_range => Ok(MediaConfig::Audio {
                sample_rate: rate.round() as u32,
                channels: channels as u32,
            }),
            _ => Err(self.element.malformed(format!(
                "its sound has {channels} channels of {} Hz",
                Decimal(rate)
            ))),
        }
    }
}

/// A `ContentEncoding`.
struct ContentEncoding<'a> {
    element: Element<'a>,
    order: u64,
    scope: u64,
    is_encrypted: bool,
    algorithm: u64,
    /// The bytes to put back, where the algorithm is header stripping.
    header: &'a [u8],
}

impl<'a> ContentEncoding<'a> {
    fn read(element: Element<'a>) -> Result<Self, ContainerError> {
        let mut fields = Fields::new();
        fields.read(&element)?;
        Ok(Self {
            element,
            order: fields.unsigned(ElementId::CONTENT_ENCODING_ORDER),
            scope: fields.unsigned(ElementId::CONTENT_ENCODING_SCOPE),
            is_encrypted: fields.unsigned(ElementId::CONTENT_ENCODING_TYPE) != 0
                || fields.get(ElementId::CONTENT_ENCRYPTION).is_some(),
            algorithm: fields.unsigned(ElementId::CONTENT_COMP_ALGO),
            header: fields.data(ElementId::CONTENT_COMP_SETTINGS),
        })
    }
}

/// A picture of this size stretched to be as wide to high as `across` to `down`: one side grows, none shrinks.
fn of_shape(width: u32, height: u32, across: u32, down: u32) -> (u32, u32) {
    let scaled = |side: u32, by: u32, over: u32| {
        let scaled = (u64::from(side) * u64::from(by) + u64::from(over) / 2) / u64::from(over);
        u32::try_from(scaled).unwrap_or(side)
    };
    if u64::from(height) * u64::from(across) >= u64::from(width) * u64::from(down) {
        (scaled(height, across, down), height)
    } else {
        (width, scaled(width, down, across))
    }
}

/// `Projection`, § 5.1.4.1.28.41, of a flat picture: clockwise degrees, 0 for those that do more than turn by right angles.
fn turn(fields: &Fields<'_>) -> u16 {
    const RECTANGULAR: u64 = 0;
    let is_flat = fields.unsigned(ElementId::PROJECTION_TYPE) == RECTANGULAR
        && fields.float(ElementId::PROJECTION_POSE_YAW) == 0.0
        && fields.float(ElementId::PROJECTION_POSE_PITCH) == 0.0;
    // It counts counter-clockwise, and to half a turn.
    let roll = -fields.float(ElementId::PROJECTION_POSE_ROLL);
    let degrees = roll as i16;
    let is_right = f64::from(degrees) == roll && degrees % 90 == 0 && degrees.abs() < 360;
    match is_flat && is_right {
        true => degrees.rem_euclid(360) as u16,
        false => 0,
    }
}

/// `Colour`, § 5.1.4.1.28.16.
fn colour(fields: &Fields<'_>) -> Option<ColorSpace> {
    let full_range = match fields.unsigned(ElementId::RANGE) {
        1 => Some(false),
        2 => Some(true),
        _ => None,
    };
    ColorSpace::from_code_points(
        fields.unsigned(ElementId::PRIMARIES),
        fields.unsigned(ElementId::TRANSFER_CHARACTERISTICS),
        fields.unsigned(ElementId::MATRIX_COEFFICIENTS),
        full_range,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_take_the_shape_asked_for() {
        assert_eq!(of_shape(720, 576, 16, 9), (1_024, 576));
        assert_eq!(of_shape(720, 576, 5, 4), (720, 576));
        assert_eq!(of_shape(1_440, 1_080, 16, 9), (1_920, 1_080));
        assert_eq!(of_shape(720, 480, 4, 3), (720, 540));
        assert_eq!(of_shape(4, 4, u32::MAX, 1), (4, 4));
    }
}
