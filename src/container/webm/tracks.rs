//! `Tracks`: which tracks there are and how their frames are decoded (RFC 9559 § 5.1.4).

use std::sync::Arc;

use super::codec::Codec;
use super::ebml::Element;
use super::ids::ElementId;
use super::limits::{MAX_CODEC_PRIVATE_SIZE, MAX_STRIPPED_HEADER_SIZE, MAX_TRACKS};
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

/// What `Tracks` says.
#[derive(Debug, Default)]
pub(super) struct ReadTracks {
    /// In the order of the file; one for each of `segment_tracks`.
    pub(super) tracks: Vec<WebMTrack>,
    pub(super) segment_tracks: Vec<Track>,
    /// The numbers of those that are not played.
    pub(super) ignored: Vec<u64>,
}

/// The fields of a `TrackEntry`.
#[derive(Default)]
struct TrackEntry<'a> {
    number: Option<u64>,
    kind: Option<u64>,
    name: String,
    language: Option<String>,
    language_bcp47: Option<String>,
    codec_id: String,
    codec_private: Vec<u8>,
    codec_delay: u64,
    default_duration: u64,
    video: Option<Element<'a>>,
    audio: Option<Element<'a>>,
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
    for child in element.children() {
        let child = child?;
        if child.id != ElementId::TRACK_ENTRY {
            continue;
        }
        if result.tracks.len() + result.ignored.len() >= MAX_TRACKS {
            return Err(element.limit(format!("has more tracks than the limit of {MAX_TRACKS}")));
        }
        let mut entry = TrackEntry::read(&child)?;
        let number = match entry.number {
            None | Some(0) => return Err(child.malformed("has no TrackNumber")),
            Some(number) => number,
        };
        let id = u32::try_from(number)
            .map_err(|_| child.limit(format!("has the number {number}, which is more than 32 bits")))?;
        if result.ignored.contains(&number) || result.tracks.iter().any(|track| track.number == number) {
            return Err(child.malformed(format!("has the number {number}, as has another track")));
        }
        let kind = match entry.kind {
            Some(1) => TrackKind::Video,
            Some(2) => TrackKind::Audio,
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
        match entry.track(&child, kind, number, strictness) {
            Ok(track) => {
                result.segment_tracks.push(Track {
                    id,
                    config: Arc::clone(&track.config),
                    language: entry.language(),
                    label: std::mem::take(&mut entry.name),
                    kind: String::new(),
                });
                result.tracks.push(track);
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
    fn read(element: &'a Element<'a>) -> Result<Self, ContainerError> {
        let mut entry = Self::default();
        for child in element.children() {
            let child = child?;
            match child.id {
                ElementId::TRACK_NUMBER => entry.number = Some(child.unsigned()?),
                ElementId::TRACK_TYPE => entry.kind = Some(child.unsigned()?),
                ElementId::NAME => entry.name = child.text(),
                ElementId::LANGUAGE => entry.language = Some(child.text()),
                ElementId::LANGUAGE_BCP47 => entry.language_bcp47 = Some(child.text()),
                ElementId::CODEC_ID => entry.codec_id = child.text(),
                ElementId::CODEC_PRIVATE => {
                    if child.data.len() > MAX_CODEC_PRIVATE_SIZE {
                        return Err(child.limit(format!(
                            "holds {} bytes; the limit is {MAX_CODEC_PRIVATE_SIZE}",
                            child.data.len()
                        )));
                    }
                    entry.codec_private = child.data.to_vec();
                }
                ElementId::CODEC_DELAY => entry.codec_delay = child.unsigned()?,
                ElementId::DEFAULT_DURATION => entry.default_duration = child.unsigned()?,
                ElementId::VIDEO => entry.video = Some(child),
                ElementId::AUDIO => entry.audio = Some(child),
                ElementId::CONTENT_ENCODINGS => entry.read_content_encodings(&child)?,
                _ => {}
            }
        }
        Ok(entry)
    }

    /// `ContentEncodings`, § 5.1.4.1.31: what was done to frames and configuration before they were written.
    fn read_content_encodings(&mut self, element: &Element<'a>) -> Result<(), ContainerError> {
        let mut encodings = Vec::new();
        for child in element.children() {
            let child = child?;
            if child.id == ElementId::CONTENT_ENCODING {
                encodings.push(ContentEncoding::read(&child)?);
            }
        }
        // Undone from the last to the first.
        encodings.sort_unstable_by_key(|encoding| std::cmp::Reverse(encoding.order));
        for encoding in encodings {
            match encoding.stripped_header {
                Err(error) => self.refusal = Some(error),
                Ok(header) => {
                    if encoding.scope & ContentEncoding::FRAMES != 0 {
                        self.stripped_header.splice(..0, header.iter().copied());
                    }
                    if encoding.scope & ContentEncoding::CODEC_PRIVATE != 0 {
                        self.codec_private.splice(..0, header.iter().copied());
                    }
                }
            }
        }
        if self.stripped_header.len() > MAX_STRIPPED_HEADER_SIZE {
            return Err(element.limit(format!(
                "strips {} bytes from each frame; the limit is {MAX_STRIPPED_HEADER_SIZE}",
                self.stripped_header.len()
            )));
        }
        Ok(())
    }

    fn track(
        &self,
        element: &Element<'_>,
        kind: TrackKind,
        number: u64,
        strictness: Strictness,
    ) -> Result<WebMTrack, ContainerError> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        let nanos = |nanos: u64| MediaTime::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        let default_duration = Some(nanos(self.default_duration)).filter(|&duration| {
            // Longer ones are not meant.
            duration > MediaTime::ZERO && duration < MediaTime::from_millis(60_000)
        });
        let frame_rate = default_duration.map(|duration| 1.0 / duration.as_seconds());
        let signal = match kind {
            TrackKind::Video => Signal {
                media: picture(self.video.as_ref(), element)?,
                bit_depth: 0,
                frame_rate,
            },
            TrackKind::Audio => {
                let (media, bit_depth) = sound(self.audio.as_ref(), element)?;
                Signal {
                    media,
                    bit_depth,
                    frame_rate,
                }
            }
        };
        let to_error = |error: CodecError| {
            let (class, message) = (ErrorClass::from(&error), error.to_string());
            element.error(class, format!("\"{}\": {message}", self.codec_id))
        };
        let (codec, config) = Codec::of_track(&self.codec_id, kind, &self.codec_private, &signal, strictness)
            .map_err(to_error)?;
        Ok(WebMTrack {
            number,
            config: Arc::new(config),
            codec,
            stripped_header: self.stripped_header.clone(),
            codec_delay: match kind {
                TrackKind::Audio => nanos(self.codec_delay),
                TrackKind::Video => MediaTime::ZERO,
            },
            default_duration,
        })
    }

    /// BCP 47, or ISO 639-2, empty when undetermined. English is what the format calls the default.
    fn language(&self) -> String {
        let language = self.language_bcp47.as_ref().or(self.language.as_ref());
        match language.map_or("eng", String::as_str) {
            "und" => String::new(),
            language => language.to_owned(),
        }
    }
}

/// A `ContentEncoding`.
struct ContentEncoding {
    order: u64,
    scope: u64,
    /// The bytes to put back, or why that does not do.
    stripped_header: Result<Vec<u8>, ContainerError>,
}

impl ContentEncoding {
    /// Bits of the scope.
    const FRAMES: u64 = 1;
    const CODEC_PRIVATE: u64 = 2;

    fn read(element: &Element<'_>) -> Result<Self, ContainerError> {
        let (mut order, mut scope, mut kind) = (0, Self::FRAMES, 0);
        let (mut algorithm, mut settings) = (0, Vec::new());
        for child in element.children() {
            let child = child?;
            match child.id {
                ElementId::CONTENT_ENCODING_ORDER => order = child.unsigned()?,
                ElementId::CONTENT_ENCODING_SCOPE => scope = child.unsigned()?,
                ElementId::CONTENT_ENCODING_TYPE => kind = child.unsigned()?,
                ElementId::CONTENT_ENCRYPTION => kind = 1,
                ElementId::CONTENT_COMPRESSION => {
                    for field in child.children() {
                        let field = field?;
                        match field.id {
                            ElementId::CONTENT_COMP_ALGO => algorithm = field.unsigned()?,
                            ElementId::CONTENT_COMP_SETTINGS => settings = field.data.to_vec(),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        let stripped_header = match (kind, algorithm) {
            (0, 3) => Ok(settings),
            (0, _) => {
                let name = match algorithm {
                    0 => "zlib".to_owned(),
                    1 => "bzlib".to_owned(),
                    2 => "lzo1x".to_owned(),
                    other => format!("algorithm {other}"),
                };
                Err(element.unsupported(format!(
                    "the frames are compressed by {name}, of which only header stripping can be undone here"
                )))
            }
            _ => Err(element.unsupported("the track is encrypted, and that needs the browser's own player")),
        };
        Ok(Self {
            order,
            scope,
            stripped_header,
        })
    }
}

/// `Video`, § 5.1.4.1.28.
fn picture(video: Option<&Element<'_>>, entry: &Element<'_>) -> Result<MediaConfig, ContainerError> {
    const DISPLAY_UNIT_PIXELS: u64 = 0;
    let (mut width, mut height) = (0, 0);
    let (mut display_width, mut display_height, mut unit) = (None, None, DISPLAY_UNIT_PIXELS);
    let [mut left, mut right, mut top, mut bottom] = [0; 4];
    let mut color_space = None;
    let mut rotation = 0;
    for child in video.into_iter().flat_map(Element::children) {
        let child = child?;
        match child.id {
            ElementId::PIXEL_WIDTH => width = child.unsigned()?,
            ElementId::PIXEL_HEIGHT => height = child.unsigned()?,
            ElementId::PIXEL_CROP_LEFT => left = child.unsigned()?,
            ElementId::PIXEL_CROP_RIGHT => right = child.unsigned()?,
            ElementId::PIXEL_CROP_TOP => top = child.unsigned()?,
            ElementId::PIXEL_CROP_BOTTOM => bottom = child.unsigned()?,
            ElementId::DISPLAY_WIDTH => display_width = Some(child.unsigned()?),
            ElementId::DISPLAY_HEIGHT => display_height = Some(child.unsigned()?),
            ElementId::DISPLAY_UNIT => unit = child.unsigned()?,
            ElementId::COLOUR => color_space = colour(&child)?,
            ElementId::PROJECTION => rotation = turn(&child)?,
            _ => {}
        }
    }
    let side = |side: u64| u32::try_from(side).ok().filter(|&side| side > 0);
    let (Some(coded_width), Some(coded_height)) = (side(width), side(height)) else {
        return Err(entry.malformed(format!("its picture has {width} by {height} pixels")));
    };
    // Where all is cropped away, nothing is.
    let shown = |coded: u32, before: u64, after: u64| {
        let left = u64::from(coded).checked_sub(before)?.checked_sub(after);
        Some((u32::try_from(before).ok()?, left.and_then(side)?))
    };
    let (x, shown_width) = shown(coded_width, left, right).unwrap_or((0, coded_width));
    let (y, shown_height) = shown(coded_height, top, bottom).unwrap_or((0, coded_height));
    let crop = (shown_width, shown_height) != (coded_width, coded_height);
    let given = |given: Option<u64>| given.and_then(side);
    let (display_width, display_height) = match (given(display_width), given(display_height)) {
        (Some(width), Some(height)) if unit == DISPLAY_UNIT_PIXELS => (width, height),
        // Centimetres, inches, an aspect ratio: the shape of the picture.
        (Some(width), Some(height)) => of_shape(shown_width, shown_height, width, height),
        (width, height) if unit == DISPLAY_UNIT_PIXELS => {
            (width.unwrap_or(shown_width), height.unwrap_or(shown_height))
        }
        _ => (shown_width, shown_height),
    };
    let (display_width, display_height) = match rotation {
        90 | 270 => (display_height, display_width),
        _ => (display_width, display_height),
    };
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
        color_space,
    })
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
fn turn(element: &Element<'_>) -> Result<u16, ContainerError> {
    const RECTANGULAR: u64 = 0;
    let (mut kind, mut yaw, mut pitch, mut roll) = (RECTANGULAR, 0.0, 0.0, 0.0);
    for child in element.children() {
        let child = child?;
        match child.id {
            ElementId::PROJECTION_TYPE => kind = child.unsigned()?,
            ElementId::PROJECTION_POSE_YAW => yaw = child.float()?,
            ElementId::PROJECTION_POSE_PITCH => pitch = child.float()?,
            ElementId::PROJECTION_POSE_ROLL => roll = child.float()?,
            _ => {}
        }
    }
    // The roll counts counter-clockwise.
    let is_flat = kind == RECTANGULAR && yaw == 0.0 && pitch == 0.0;
    Ok(match -roll {
        90.0 | -270.0 if is_flat => 90,
        180.0 | -180.0 if is_flat => 180,
        270.0 | -90.0 if is_flat => 270,
        _ => 0,
    })
}

/// `Colour`, § 5.1.4.1.28.16.
fn colour(element: &Element<'_>) -> Result<Option<ColorSpace>, ContainerError> {
    const UNSPECIFIED: u64 = 2;
    let (mut matrix, mut transfer, mut primaries) = (UNSPECIFIED, UNSPECIFIED, UNSPECIFIED);
    let mut full_range = None;
    for child in element.children() {
        let child = child?;
        match child.id {
            ElementId::MATRIX_COEFFICIENTS => matrix = child.unsigned()?,
            ElementId::TRANSFER_CHARACTERISTICS => transfer = child.unsigned()?,
            ElementId::PRIMARIES => primaries = child.unsigned()?,
            ElementId::RANGE => {
                full_range = match child.unsigned()? {
                    1 => Some(false),
                    2 => Some(true),
                    _ => None,
                }
            }
            _ => {}
        }
    }
    Ok(ColorSpace::from_code_points(
        primaries, transfer, matrix, full_range,
    ))
}

/// `Audio`, § 5.1.4.1.29, and its bit depth.
fn sound(audio: Option<&Element<'_>>, entry: &Element<'_>) -> Result<(MediaConfig, u64), ContainerError> {
    let (mut rate, mut output_rate, mut channels, mut bit_depth) = (8_000.0, None, 1, 0);
    for child in audio.into_iter().flat_map(Element::children) {
        let child = child?;
        match child.id {
            ElementId::SAMPLING_FREQUENCY => rate = child.float()?,
            ElementId::OUTPUT_SAMPLING_FREQUENCY => output_rate = Some(child.float()?),
            ElementId::CHANNELS => channels = child.unsigned()?,
            ElementId::BIT_DEPTH => bit_depth = child.unsigned()?,
            _ => {}
        }
    }
    let rate = output_rate.filter(|&rate| rate > 0.0).unwrap_or(rate);
    let rate_in_range = (1.0..=f64::from(u32::MAX)).contains(&rate);
    match u32::try_from(channels) {
        Ok(channels @ 1..=255) if rate_in_range => Ok((
            MediaConfig::Audio {
                sample_rate: rate.round() as u32,
                channels,
            },
            bit_depth,
        )),
        _ => Err(entry.malformed(format!(
            "its sound has {channels} channels of {} Hz",
            Decimal(rate)
        ))),
    }
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
