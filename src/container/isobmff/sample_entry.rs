//! Sample entries (ISO/IEC 14496-12 § 8.5.2) as decoder configurations.

use super::boxes::{BoxRef, FourCC};
use super::fields::Content::{self, Boxes, Fields, Own};
use super::fields::{FLAGS, Field, Number, Numbers, Rule, VERSION, field, skip};
use super::limits::MAX_CODEC_RECORD_SIZE;
use crate::bytes::Reader;
use crate::codec::{self, CodecConfig, CodecError, ColorSpace, HevcEntry, NalUnits};
use crate::container::{ContainerError, DecoderConfig, ErrorClass, MediaConfig, TrackKind};

/// A type of sample entry.
struct EntryType {
    kind: [u8; 4],
    /// The box that holds the codec's configuration; `None` when there is none.
    record: Option<[u8; 4]>,
    /// The configuration by that box's payload.
    config: fn(&[u8]) -> Result<CodecConfig, CodecError>,
    /// How samples hold the parameter sets that the record lacks. `None` when it has them.
    in_band: fn(&[u8]) -> Option<NalUnits>,
    /// What the record says the track is for, in HTML's words.
    html_kind: fn(&[u8]) -> Option<&'static str>,
}

const fn entry_type(
    kind: &[u8; 4],
    record: Option<[u8; 4]>,
    config: fn(&[u8]) -> Result<CodecConfig, CodecError>,
) -> EntryType {
    EntryType {
        kind: *kind,
        record,
        config,
        in_band: |_| None,
        html_kind: |_| None,
    }
}

const ENTRY_TYPES: &[EntryType] = &[
    EntryType {
        in_band: NalUnits::without_sets_in_avcc,
        ..entry_type(b"avc1", Some(*b"avcC"), codec::from_avcc)
    },
    EntryType {
        in_band: NalUnits::without_sets_in_avcc,
        ..entry_type(b"avc3", Some(*b"avcC"), codec::from_avcc)
    },
    EntryType {
        in_band: NalUnits::without_sets_in_hvcc,
        ..entry_type(b"hvc1", Some(*b"hvcC"), |record| {
            codec::from_hvcc(HevcEntry::Hvc1, record)
        })
    },
    EntryType {
        in_band: NalUnits::without_sets_in_hvcc,
        ..entry_type(b"hev1", Some(*b"hvcC"), |record| {
            codec::from_hvcc(HevcEntry::Hev1, record)
        })
    },
    entry_type(b"vp08", None, |_| Ok(CodecConfig::new("vp8".into(), None))),
    entry_type(b"vp09", Some(*b"vpcC"), codec::from_vpcc),
    entry_type(b"av01", Some(*b"av1C"), codec::from_av1c),
    // After version and flags.
    entry_type(b"mp4a", Some(*b"esds"), |record| {
        codec::from_esds(record.get(4..).unwrap_or_default())
    }),
    entry_type(b".mp3", None, |_| Ok(CodecConfig::new("mp3".into(), None))),
    entry_type(b"Opus", Some(*b"dOps"), codec::from_dops),
    entry_type(b"fLaC", Some(*b"dfLa"), codec::from_dfla),
    EntryType {
        html_kind: codec::kind_from_dac3,
        ..entry_type(b"ac-3", Some(*b"dac3"), codec::from_dac3)
    },
    EntryType {
        html_kind: codec::kind_from_dec3,
        ..entry_type(b"ec-3", Some(*b"dec3"), codec::from_dec3)
    },
    entry_type(b"alac", Some(*b"alac"), codec::from_alac),
];

/// The fields of a VisualSampleEntry, § 12.1.3, before its boxes.
const VISUAL: &[Field] = &[
    skip(8), // reserved, data_reference_index
    skip(16),
    field(Number::Width, 2),
    field(Number::Height, 2),
    skip(50),
];

/// Those of an AudioSampleEntry, § 12.2.3.
const AUDIO: &[Field] = &[
    skip(8), // reserved, data_reference_index
    // QuickTime's version; in ISO files reserved or 0, or 1 for another `stsd`, which adds nothing here.
    field(Number::EntryVersion, 2),
    skip(6),
    field(Number::Channels, 2),
    skip(6),
    field(Number::SampleRate, 4), // 16.16
];

/// What QuickTime's versions 1 and 2 have after them.
const AUDIO_1: &[Field] = &[skip(16)];
const AUDIO_2: &[Field] = &[
    skip(4),
    field(Number::SampleRate, 8), // floating point
    field(Number::Channels, 4),
    skip(20),
];

const VISUAL_BOXES: &[Rule<SampleEntryBox>] = &[
    Rule(
        *b"pasp",
        Fields(&[
            field(Number::HorizontalSpacing, 4),
            field(Number::VerticalSpacing, 4),
        ]),
    ),
    Rule(*b"colr", Own(SampleEntryBox::read_colour_information)),
    Rule(*b"sinf", Own(SampleEntryBox::note_protection)),
    Rule(*b"sinf", PROTECTION),
];

const AUDIO_BOXES: &[Rule<SampleEntryBox>] = &[
    // QuickTime wraps the record.
    Rule(*b"wave", Own(SampleEntryBox::find_record)),
    Rule(*b"sinf", Own(SampleEntryBox::note_protection)),
    Rule(*b"sinf", PROTECTION),
];

/// § 8.12.
const PROTECTION: Content<SampleEntryBox> = Boxes(&[
    Rule(*b"schm", Fields(&[VERSION, FLAGS, field(Number::SchemeType, 4)])),
    Rule(*b"frma", Fields(&[field(Number::OriginalFormat, 4)])),
]);

/// A sample entry in `stsd`. What it asks for is judged only when a track uses it.
pub(super) struct SampleEntryBox {
    /// Where it starts in the stream.
    offset: u64,
    kind: FourCC,
    /// `None` when nothing here knows it.
    entry_type: Option<&'static EntryType>,
    media: TrackKind,
    numbers: Numbers,
    /// What `colr` says.
    color_space: Option<ColorSpace>,
    /// Offset and payload of the box with the codec's configuration.
    record: Option<(u64, Vec<u8>)>,
    is_encrypted: bool,
}

impl AsMut<Numbers> for SampleEntryBox {
    fn as_mut(&mut self) -> &mut Numbers {
        &mut self.numbers
    }
}

impl SampleEntryBox {
    /// The beginning of an entry that is to be [`read`](Self::read).
    pub(super) fn new(entry: &BoxRef<'_>, media: TrackKind) -> Self {
        Self {
            offset: entry.offset,
            kind: entry.kind,
            entry_type: ENTRY_TYPES.iter().find(|known| known.kind == entry.kind.0),
            media,
            numbers: Numbers::new(),
            color_space: None,
            record: None,
            is_encrypted: false,
        }
    }

    pub(super) fn read(&mut self, entry: &BoxRef<'_>) -> Result<(), ContainerError> {
        let mut reader = Reader::new(entry.payload);
        let (fields, boxes) = match self.media {
            TrackKind::Video => (VISUAL, VISUAL_BOXES),
            TrackKind::Audio => (AUDIO, AUDIO_BOXES),
        };
        entry.read_fields(&mut reader, fields, &mut self.numbers)?;
        let more = match self.numbers.u32(Number::EntryVersion) {
            1 => AUDIO_1,
            2 => AUDIO_2,
            _ => &[],
        };
        entry.read_fields(&mut reader, more, &mut self.numbers)?;
        entry.read_boxes(reader.position(), boxes, self)?;
        self.find_record_after(entry, reader.position())
    }

    /// Reads the codec's record, if it lies in this box.
    fn find_record(&mut self, parent: &BoxRef<'_>) -> Result<(), ContainerError> {
        self.find_record_after(parent, 0)
    }

    fn find_record_after(&mut self, parent: &BoxRef<'_>, fields: usize) -> Result<(), ContainerError> {
        for child in parent.children_after(fields) {
            let child = child?;
            if self.entry_type.and_then(|known| known.record) != Some(child.kind.0) {
                continue;
            }
            if child.payload.len() > MAX_CODEC_RECORD_SIZE {
                return Err(child.limit(format_args!(
                    "holds {} bytes; the limit is {MAX_CODEC_RECORD_SIZE}",
                    child.payload.len()
                )));
            }
            self.record = Some((child.offset, child.payload.to_vec()));
        }
        Ok(())
    }

    fn note_protection(&mut self, _sinf: &BoxRef<'_>) -> Result<(), ContainerError> {
        self.is_encrypted = true;
        Ok(())
    }

    fn read_colour_information(&mut self, colr: &BoxRef<'_>) -> Result<(), ContainerError> {
        self.color_space = self.color_space.or(colr.read(colour_information)?);
        Ok(())
    }

    /// The decoder configuration that the entry asks for, in the track with this `tkhd`.
    pub(super) fn decoder_config(&self, tkhd: &Numbers) -> Result<DecoderConfig, ContainerError> {
        let mut element = format!("moov/trak/mdia/minf/stbl/stsd/{}", self.kind);
        let mut offset = self.offset;
        let config = match self.codec() {
            Ok(codec) => self.with_media(codec, tkhd),
            Err(error) => {
                if let (Some((record_offset, _)), Some(record), false) =
                    (&self.record, self.record_kind(), self.is_encrypted)
                {
                    offset = *record_offset;
                    element = format!("{element}/{record}");
                }
                Err(error)
            }
        };
        config.map_err(|error| {
            ContainerError::new(ErrorClass::from(&error), offset, element, error.to_string())
        })
    }

    fn with_media(&self, codec: CodecConfig, tkhd: &Numbers) -> Result<DecoderConfig, CodecError> {
        let media = match self.media {
            TrackKind::Video => self.picture(tkhd)?,
            TrackKind::Audio => self.sound(&codec)?,
        };
        Ok(DecoderConfig {
            codec: codec.codec,
            description: codec.description,
            media,
        })
    }

    /// What `vpcC` says (VP Codec ISO Media File Format Binding); other records leave it to the bitstream.
    fn color_space_of_record(&self) -> Option<ColorSpace> {
        let (_, record) = self.record.as_ref()?;
        let (b"vp09", &[_, _, _, _, _, _, sampling, primaries, transfer, matrix, ..]) =
            (&self.kind.0, record.as_slice())
        else {
            return None;
        };
        // The range has no way to say "unspecified", so by itself it says nothing.
        let points = ColorSpace::from_code_points(primaries.into(), transfer.into(), matrix.into(), None)?;
        Some(ColorSpace {
            full_range: Some(sampling & 1 != 0),
            ..points
        })
    }

    /// What the codec's record says the track is for, in HTML's words.
    pub(super) fn html_kind(&self) -> Option<&'static str> {
        let (_, record) = self.record.as_ref()?;
        (self.entry_type?.html_kind)(record)
    }

    /// How samples hold the parameter sets that the codec's record lacks. `None` when it has them, or the codec has none.
    pub(super) fn in_band_parameter_sets(&self) -> Option<NalUnits> {
        let (_, record) = self.record.as_ref()?;
        (self.entry_type?.in_band)(record)
    }

    fn record_kind(&self) -> Option<FourCC> {
        self.entry_type?.record.map(FourCC)
    }

    fn codec(&self) -> Result<CodecConfig, CodecError> {
        if self.is_encrypted {
            let name = |number| match self.numbers.four_cc(number) {
                Some(name) => format!("'{name}'"),
                None => "unnamed".to_owned(),
            };
            return Err(CodecError::Unsupported(format!(
                "the track is encrypted by scheme {} (original format {}), and encrypted media needs the browser's own player",
                name(Number::SchemeType),
                name(Number::OriginalFormat)
            )));
        }
        let Some(entry_type) = self.entry_type else {
            return Err(CodecError::Unsupported(match &self.kind.0 {
                b"encv" | b"enca" => format!("the track is encrypted ({}) and does not say how", self.kind),
                _ => format!("sample entry '{}' names no codec known here", self.kind),
            }));
        };
        match (&self.record, self.record_kind()) {
            // MSE ISO BMFF byte stream format § 3: the configuration must be in the sample entry.
            (None, Some(record)) => Err(CodecError::Malformed(format!(
                "has no {record} box, the codec's configuration"
            ))),
            (record, _) => (entry_type.config)(record.as_ref().map_or(&[], |(_, record)| record)),
        }
    }

    fn picture(&self, tkhd: &Numbers) -> Result<MediaConfig, CodecError> {
        let (coded_width, coded_height) = (self.numbers.u32(Number::Width), self.numbers.u32(Number::Height));
        if coded_width == 0 || coded_height == 0 {
            return Err(CodecError::Malformed("the picture has no size".into()));
        }
        let spacing = [
            self.numbers.u32(Number::HorizontalSpacing),
            self.numbers.u32(Number::VerticalSpacing),
        ];
        // Without `pasp` the track header's size, 16.16, tells the shape of the picture.
        let pixel_width = u64::from(tkhd.u32(Number::Width)) * u64::from(coded_height);
        let pixel_height = u64::from(tkhd.u32(Number::Height)) * u64::from(coded_width);
        // Both are below 2^48; a shift keeps the ratio to 2^-16.
        let by_header = [(pixel_width >> 16) as u32, (pixel_height >> 16) as u32];
        let shape = [spacing, by_header].into_iter().find(|shape| !shape.contains(&0));
        let rotation = rotation(MATRIX.map(|number| tkhd.u32(number).cast_signed()));
        let [width, height] = display_size(coded_width, coded_height, shape.unwrap_or([1, 1]));
        let (display_width, display_height) = match rotation {
            90 | 270 => (height, width),
            _ => (width, height),
        };
        Ok(MediaConfig::Video {
            coded_width,
            coded_height,
            crop: None,
            display_width,
            display_height,
            rotation,
            color_space: self.color_space.or_else(|| self.color_space_of_record()),
        })
    }

    fn sound(&self, codec: &CodecConfig) -> Result<MediaConfig, CodecError> {
        let sample_rate = codec.sample_rate.unwrap_or_else(|| {
            let sample_rate = self.numbers.get(Number::SampleRate).unwrap_or_default();
            match self.numbers.u32(Number::EntryVersion) {
                // A float to integer `as` cast saturates.
                2 => f64::from_bits(sample_rate) as u32,
                _ => (sample_rate >> 16) as u32,
            }
        });
        let channels = codec.channels.unwrap_or(self.numbers.u32(Number::Channels));
        if sample_rate == 0 || channels == 0 {
            return Err(CodecError::Malformed(format!(
                "the sound has {channels} channels of {sample_rate} Hz"
            )));
        }
        Ok(MediaConfig::Audio {
            sample_rate,
            channels,
        })
    }
}

const MATRIX: [Number; 4] = [Number::MatrixA, Number::MatrixB, Number::MatrixC, Number::MatrixD];

/// `colr`, § 12.1.5; QuickTime's `nclc` does not tell the range. `None` for colour profiles.
fn colour_information(reader: &mut Reader<'_>) -> Option<ColorSpace> {
    let kind: [u8; 4] = reader.array();
    if !matches!(&kind, b"nclx" | b"nclc") {
        return None;
    }
    let mut point = || u64::from(reader.u16());
    let (primaries, transfer, matrix) = (point(), point(), point());
    let full_range = match &kind {
        b"nclx" => Some(reader.u8() & 0x80 != 0),
        _ => None,
    };
    ColorSpace::from_code_points(primaries, transfer, matrix, full_range)
}

/// The size in square pixels: one side is stretched, none shrunk.
fn display_size(width: u32, height: u32, [horizontal, vertical]: [u32; 2]) -> [u32; 2] {
    let stretch = |side: u32, by: u32, over: u32| {
        let scaled = (u64::from(side) * u64::from(by) + u64::from(over) / 2) / u64::from(over);
        u32::try_from(scaled).unwrap_or(side)
    };
    if horizontal >= vertical {
        [stretch(width, horizontal, vertical), height]
    } else {
        [width, stretch(height, vertical, horizontal)]
    }
}

/// Clockwise degrees of a track header's matrix, 0 for those that do more than turn by right angles.
fn rotation(matrix: [i32; 4]) -> u16 {
    match matrix {
        [0, b, c, 0] if b > 0 && c < 0 => 90,
        [a, 0, 0, d] if a < 0 && d < 0 => 180,
        [0, b, c, 0] if b < 0 && c > 0 => 270,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_stretched_never_shrunk() {
        assert_eq!(display_size(720, 576, [1, 1]), [720, 576]);
        assert_eq!(display_size(720, 576, [16, 11]), [1047, 576]);
        assert_eq!(display_size(1440, 1080, [4, 3]), [1920, 1080]);
        assert_eq!(display_size(720, 480, [8, 9]), [720, 540]);
        assert_eq!(display_size(4, 4, [u32::MAX, 1]), [4, 4]);
    }

    #[test]
    fn matrices_turn_clockwise() {
        const ONE: i32 = 1 << 16;
        assert_eq!(rotation([ONE, 0, 0, ONE]), 0);
        assert_eq!(rotation([0, ONE, -ONE, 0]), 90);
        assert_eq!(rotation([-ONE, 0, 0, -ONE]), 180);
        assert_eq!(rotation([0, -ONE, ONE, 0]), 270);
        assert_eq!(rotation([ONE, ONE, -ONE, ONE]), 0);
    }
}
