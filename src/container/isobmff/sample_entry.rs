//! Sample entries (ISO/IEC 14496-12 § 8.5.2) as decoder configurations.

use super::boxes::{BoxRef, FourCC};
use super::fragment::full_box;
use super::limits::MAX_CODEC_RECORD_SIZE;
use super::moov::TrackHeaderBox;
use crate::bytes::Reader;
use crate::codec::{self, CodecConfig, CodecError, ColorSpace, HevcEntry, NalUnits};
use crate::container::{ContainerError, DecoderConfig, ErrorClass, MediaConfig, TrackKind};

/// A sample entry in `stsd`. What it asks for is judged only when a track uses it.
pub(super) struct SampleEntryBox {
    /// Where it starts in the stream.
    offset: u64,
    kind: FourCC,
    fields: Fields,
    /// Offset, type and payload of the box with the codec's configuration.
    record: Option<(u64, FourCC, Vec<u8>)>,
    /// Scheme and original format of an encrypted entry, for the error that names them.
    encryption: Option<(Option<FourCC>, Option<FourCC>)>,
}

enum Fields {
    /// VisualSampleEntry, § 12.1.3.
    Visual {
        width: u16,
        height: u16,
        /// `hSpacing` and `vSpacing` of `pasp`, both positive.
        pixel_aspect: Option<(u32, u32)>,
        /// What `colr` says.
        color_space: Option<ColorSpace>,
    },
    /// AudioSampleEntry, § 12.2.3.
    Audio { channels: u32, sample_rate: u32 },
}

impl Fields {
    /// Reads the fields before the boxes.
    fn read(reader: &mut Reader<'_>, kind: TrackKind) -> Self {
        reader.skip(8); // reserved, data_reference_index
        match kind {
            TrackKind::Video => {
                reader.skip(16);
                let (width, height) = (reader.u16(), reader.u16());
                reader.skip(50);
                Self::Visual {
                    width,
                    height,
                    pixel_aspect: None,
                    color_space: None,
                }
            }
            TrackKind::Audio => {
                // QuickTime's version; in ISO files reserved or 0, or 1 for another `stsd`, which adds nothing here.
                let version = reader.u16();
                reader.skip(6);
                let mut channels = u32::from(reader.u16());
                reader.skip(6);
                let mut sample_rate = reader.u32() >> 16;
                match version {
                    1 => reader.skip(16),
                    2 => {
                        reader.skip(4);
                        // A float to integer `as` cast saturates.
                        sample_rate = f64::from_bits(reader.u64()) as u32;
                        channels = reader.u32();
                        reader.skip(20);
                    }
                    _ => {}
                }
                Self::Audio {
                    channels,
                    sample_rate,
                }
            }
        }
    }
}

impl SampleEntryBox {
    pub(super) fn read(entry: &BoxRef<'_>, kind: TrackKind) -> Result<Self, ContainerError> {
        let mut boxes_at = 0;
        let mut fields = entry.read(|reader| {
            let fields = Fields::read(reader, kind);
            boxes_at = reader.position();
            fields
        })?;
        let wanted = record_kind(entry.kind);
        let (mut record, mut encryption) = (None, None);
        for child in entry.children_after(boxes_at) {
            let child = child?;
            match (&child.kind.0, &mut fields) {
                (b"pasp", Fields::Visual { pixel_aspect, .. }) => {
                    let (horizontal, vertical) = child.read(|reader| (reader.u32(), reader.u32()))?;
                    *pixel_aspect = (horizontal != 0 && vertical != 0).then_some((horizontal, vertical));
                }
                (b"colr", Fields::Visual { color_space, .. }) => {
                    *color_space = color_space.or(child.read(colour_information)?);
                }
                (b"sinf", _) => encryption = Some(protection(&child)?),
                // QuickTime wraps the record.
                (b"wave", Fields::Audio { .. }) => {
                    for inner in child.children() {
                        let inner = inner?;
                        if Some(inner.kind) == wanted {
                            record = Some(copy_record(&inner)?);
                        }
                    }
                }
                _ if Some(child.kind) == wanted => record = Some(copy_record(&child)?),
                _ => {}
            }
        }
        Ok(Self {
            offset: entry.offset,
            kind: entry.kind,
            fields,
            record,
            encryption,
        })
    }

    /// The decoder configuration that the entry asks for.
    pub(super) fn decoder_config(&self, tkhd: &TrackHeaderBox) -> Result<DecoderConfig, ContainerError> {
        let element = format!("moov/trak/mdia/minf/stbl/stsd/{}", self.kind);
        let error = |offset, element, error: CodecError| {
            ContainerError::new(ErrorClass::from(&error), offset, element, error.to_string())
        };
        let codec = self.codec().map_err(|codec_error| match &self.record {
            Some((offset, kind, _)) if self.encryption.is_none() => {
                error(*offset, format!("{element}/{kind}"), codec_error)
            }
            _ => error(self.offset, element.clone(), codec_error),
        })?;
        let media = match self.fields {
            Fields::Visual {
                width,
                height,
                pixel_aspect,
                color_space,
            } => {
                let color_space = color_space.or_else(|| self.color_space_of_record());
                picture(width, height, pixel_aspect, color_space, tkhd)
            }
            Fields::Audio {
                channels,
                sample_rate,
            } => {
                let sample_rate = codec.sample_rate.unwrap_or(sample_rate);
                sound(sample_rate, codec.channels.unwrap_or(channels))
            }
        };
        let media = media.map_err(|codec_error| error(self.offset, element, codec_error))?;
        Ok(DecoderConfig {
            codec: codec.codec,
            description: codec.description,
            media,
        })
    }

    /// What `vpcC` says (VP Codec ISO Media File Format Binding); other records leave it to the bitstream.
    fn color_space_of_record(&self) -> Option<ColorSpace> {
        let (_, _, record) = self.record.as_ref()?;
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
        let (_, _, record) = self.record.as_ref()?;
        match &self.kind.0 {
            b"ac-3" => codec::kind_from_dac3(record),
            b"ec-3" => codec::kind_from_dec3(record),
            _ => None,
        }
    }

    /// How samples hold the parameter sets that the codec's record lacks. `None` when it has them, or the codec has none.
    pub(super) fn in_band_parameter_sets(&self) -> Option<NalUnits> {
        let (_, _, record) = self.record.as_ref()?;
        match &self.kind.0 {
            b"avc1" | b"avc3" => NalUnits::without_sets_in_avcc(record),
            b"hvc1" | b"hev1" => NalUnits::without_sets_in_hvcc(record),
            _ => None,
        }
    }

    fn codec(&self) -> Result<CodecConfig, CodecError> {
        if let Some((scheme, format)) = self.encryption {
            let name =
                |name: Option<_>| name.map_or_else(|| "unnamed".to_owned(), |name| format!("'{name}'"));
            return Err(CodecError::Unsupported(format!(
                "the track is encrypted by scheme {} (original format {}), and encrypted media needs the browser's own player",
                name(scheme),
                name(format)
            )));
        }
        let record = self.record.as_ref().map(|(_, _, record)| record.as_slice());
        match (&self.kind.0, record) {
            (b"avc1" | b"avc3", Some(record)) => codec::from_avcc(record),
            (b"hvc1", Some(record)) => codec::from_hvcc(HevcEntry::Hvc1, record),
            (b"hev1", Some(record)) => codec::from_hvcc(HevcEntry::Hev1, record),
            (b"vp08", _) => Ok(CodecConfig::new("vp8".into(), None)),
            (b"vp09", Some(record)) => codec::from_vpcc(record),
            (b"av01", Some(record)) => codec::from_av1c(record),
            // After version and flags.
            (b"mp4a", Some(record)) => codec::from_esds(record.get(4..).unwrap_or_default()),
            (b".mp3", _) => Ok(CodecConfig::new("mp3".into(), None)),
            (b"Opus", Some(record)) => codec::from_dops(record),
            (b"fLaC", Some(record)) => codec::from_dfla(record),
            (b"ac-3", Some(record)) => codec::from_dac3(record),
            (b"ec-3", Some(record)) => codec::from_dec3(record),
            (b"alac", Some(record)) => codec::from_alac(record),
            (b"encv" | b"enca", _) => Err(CodecError::Unsupported(format!(
                "the track is encrypted ({}) and does not say how",
                self.kind
            ))),
            // MSE ISO BMFF byte stream format § 3: the configuration must be in the sample entry.
            _ => Err(match record_kind(self.kind) {
                Some(record) => {
                    CodecError::Malformed(format!("has no {record} box, the codec's configuration"))
                }
                None => {
                    CodecError::Unsupported(format!("sample entry '{}' names no codec known here", self.kind))
                }
            }),
        }
    }
}

/// The box that holds the configuration in an entry of this type. `None` when there is none or the codec is not known.
fn record_kind(entry: FourCC) -> Option<FourCC> {
    Some(FourCC(*match &entry.0 {
        b"avc1" | b"avc3" => b"avcC",
        b"hvc1" | b"hev1" => b"hvcC",
        b"vp09" => b"vpcC",
        b"av01" => b"av1C",
        b"mp4a" => b"esds",
        b"Opus" => b"dOps",
        b"fLaC" => b"dfLa",
        b"ac-3" => b"dac3",
        b"ec-3" => b"dec3",
        b"alac" => b"alac",
        _ => return None,
    }))
}

fn copy_record(record: &BoxRef<'_>) -> Result<(u64, FourCC, Vec<u8>), ContainerError> {
    if record.payload.len() > MAX_CODEC_RECORD_SIZE {
        return Err(record.limit(format!(
            "holds {} bytes; the limit is {MAX_CODEC_RECORD_SIZE}",
            record.payload.len()
        )));
    }
    Ok((record.offset, record.kind, record.payload.to_vec()))
}

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

/// `scheme_type` and `original_format` of `sinf`, § 8.12.
fn protection(sinf: &BoxRef<'_>) -> Result<(Option<FourCC>, Option<FourCC>), ContainerError> {
    let (mut scheme, mut format) = (None, None);
    for child in sinf.children() {
        let child = child?;
        match &child.kind.0 {
            b"schm" => {
                scheme = Some(child.read(|reader| {
                    full_box(reader);
                    FourCC(reader.array())
                })?);
            }
            b"frma" => format = Some(child.read(|reader| FourCC(reader.array()))?),
            _ => {}
        }
    }
    Ok((scheme, format))
}

fn picture(
    width: u16,
    height: u16,
    pixel_aspect: Option<(u32, u32)>,
    color_space: Option<ColorSpace>,
    tkhd: &TrackHeaderBox,
) -> Result<MediaConfig, CodecError> {
    let (coded_width, coded_height) = (u32::from(width), u32::from(height));
    if coded_width == 0 || coded_height == 0 {
        return Err(CodecError::Malformed("the picture has no size".into()));
    }
    let pixel_aspect = pixel_aspect.or_else(|| {
        // Without `pasp` the track header's size, 16.16, tells the shape of the picture.
        let pixel_width = u64::from(tkhd.width) * u64::from(coded_height);
        let pixel_height = u64::from(tkhd.height) * u64::from(coded_width);
        // Both are below 2^48; a shift keeps the ratio to 2^-16.
        let (horizontal, vertical) = (pixel_width >> 16, pixel_height >> 16);
        let (horizontal, vertical) = (u32::try_from(horizontal).ok()?, u32::try_from(vertical).ok()?);
        (horizontal != 0 && vertical != 0).then_some((horizontal, vertical))
    });
    let rotation = rotation(tkhd.matrix);
    let (width, height) = display_size(coded_width, coded_height, pixel_aspect.unwrap_or((1, 1)));
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
        color_space,
    })
}

fn sound(sample_rate: u32, channels: u32) -> Result<MediaConfig, CodecError> {
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
        assert_eq!(display_size(720, 576, (1, 1)), (720, 576));
        assert_eq!(display_size(720, 576, (16, 11)), (1047, 576));
        assert_eq!(display_size(1440, 1080, (4, 3)), (1920, 1080));
        assert_eq!(display_size(720, 480, (8, 9)), (720, 540));
        assert_eq!(display_size(4, 4, (u32::MAX, 1)), (4, 4));
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
