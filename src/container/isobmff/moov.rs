//! The boxes of a `moov`, as they lie.

use super::boxes::BoxRef;
use super::edits::EditList;
use super::fields::Content::{Boxes, Fields, Own};
use super::fields::{FLAGS, Field, KNOWN_VERSION, Number, Numbers, Rule, VERSION, by_version, field, skip};
use super::fragment::{SampleDefaults, full_box};
use super::limits::{MAX_SAMPLE_DESCRIPTIONS, MAX_TRACKS};
use super::sample_entry::SampleEntryBox;
use super::sample_table::{Tables, counted_full_box, rows};
use super::track_kind::Roles;
use crate::bytes::{Reader, text_before_zero};
use crate::container::{ContainerError, TrackKind};

/// What is read of `moov`, § 8.2.1.
const MOOV: &[Rule<MoovBox>] = &[
    Rule(*b"mvhd", Fields(MOVIE_HEADER)),
    Rule(*b"mvex", Own(MoovBox::expect_fragments)),
    Rule(*b"mvex", Boxes(MOVIE_EXTENDS)),
    Rule(*b"cmov", Own(MoovBox::refuse)),
    Rule(*b"trak", Own(MoovBox::read_track)),
];

/// § 8.8.1.
const MOVIE_EXTENDS: &[Rule<MoovBox>] = &[
    Rule(*b"trex", Own(MoovBox::read_defaults)),
    Rule(*b"mehd", Fields(MOVIE_EXTENDS_HEADER)),
];

/// What tells whether a `trak` is played, and its number.
const PLAYED: &[Rule<Numbers>] = &[
    Rule(*b"mdia", Boxes(&[Rule(*b"hdlr", Fields(HANDLER))])),
    Rule(*b"tkhd", Fields(TRACK_ID)),
];

/// What is read of a `trak`, § 8.3.1, that is played.
const TRACK: &[Rule<TrackBox>] = &[
    Rule(*b"tkhd", Fields(TRACK_HEADER)),
    Rule(*b"edts", Boxes(&[Rule(*b"elst", Own(TrackBox::read_edits))])),
    Rule(*b"udta", Own(TrackBox::read_user_data)),
    Rule(*b"mdia", Boxes(MEDIA)),
];

/// § 8.4.1.
const MEDIA: &[Rule<TrackBox>] = &[
    Rule(*b"mdhd", Fields(MEDIA_HEADER)),
    Rule(*b"elng", Own(TrackBox::read_language)),
    Rule(*b"hdlr", Own(TrackBox::read_label)),
    Rule(*b"minf", Boxes(MEDIA_INFORMATION)),
];

/// § 8.4.4.
const MEDIA_INFORMATION: &[Rule<TrackBox>] = &[
    Rule(*b"dinf", Boxes(DATA_INFORMATION)),
    Rule(*b"stbl", Boxes(SAMPLE_TABLE)),
];

/// § 8.7.1.
const DATA_INFORMATION: &[Rule<TrackBox>] = &[Rule(*b"dref", Own(TrackBox::read_data_references))];

/// § 8.5.1.
const SAMPLE_TABLE: &[Rule<TrackBox>] = &[
    Rule(*b"stsd", Own(TrackBox::read_sample_descriptions)),
    Rule(*b"stts", Own(|track, stts| rows(stts, 2, &mut track.tables.stts))),
    Rule(
        *b"ctts",
        Own(|track, ctts| track.tables.read_composition_offsets(ctts)),
    ),
    Rule(*b"stsc", Own(|track, stsc| rows(stsc, 3, &mut track.tables.stsc))),
    Rule(
        *b"stco",
        Own(|track, stco| track.tables.read_chunk_offsets(stco, false)),
    ),
    Rule(
        *b"co64",
        Own(|track, co64| track.tables.read_chunk_offsets(co64, true)),
    ),
    Rule(
        *b"stss",
        Own(|track, stss| rows(stss, 1, track.tables.stss.insert(Vec::new()))),
    ),
    Rule(*b"stsz", Own(|track, stsz| track.tables.read_sizes(stsz))),
    Rule(*b"stz2", Own(|track, stz2| track.tables.read_compact_sizes(stz2))),
    Rule(*b"sdtp", Own(|track, sdtp| track.tables.read_dependencies(sdtp))),
];

/// `mvhd`, § 8.2.2.
const MOVIE_HEADER: &[Field] = &[
    KNOWN_VERSION,
    FLAGS,
    by_version(Number::Ignored, 8, 16), // creation_time, modification_time
    field(Number::Timescale, 4),
    by_version(Number::Duration, 4, 8),
];

/// `mehd`, § 8.8.2.
const MOVIE_EXTENDS_HEADER: &[Field] = &[KNOWN_VERSION, FLAGS, by_version(Number::FragmentDuration, 4, 8)];

/// `trex`, § 8.8.3.
const TRACK_EXTENDS: &[Field] = &[
    VERSION,
    FLAGS,
    field(Number::TrackId, 4),
    field(Number::DescriptionIndex, 4),
    field(Number::SampleDuration, 4),
    field(Number::SampleSize, 4),
    field(Number::SampleFlags, 4),
];

/// `mdhd`, § 8.4.2.
const MEDIA_HEADER: &[Field] = &[
    KNOWN_VERSION,
    FLAGS,
    by_version(Number::Ignored, 8, 16), // creation_time, modification_time
    field(Number::Timescale, 4),
    by_version(Number::Ignored, 4, 8), // duration
    field(Number::Language, 2),
];

/// `hdlr`, § 8.4.3, before the name.
const HANDLER: &[Field] = &[skip(8), field(Number::Handler, 4)];

/// The beginning of `tkhd`. Of a track that is not played the rest does not matter.
const TRACK_ID: &[Field] = &[
    VERSION,
    FLAGS,
    by_version(Number::Ignored, 8, 16), // creation_time, modification_time
    field(Number::TrackId, 4),
];

/// `tkhd`, § 8.3.2.
const TRACK_HEADER: &[Field] = &[
    KNOWN_VERSION,
    FLAGS,
    by_version(Number::Ignored, 8, 16), // creation_time, modification_time
    field(Number::TrackId, 4),
    by_version(Number::Ignored, 24, 28), // duration, layer, alternate_group, volume
    field(Number::MatrixA, 4),
    field(Number::MatrixB, 4),
    skip(4),
    field(Number::MatrixC, 4),
    field(Number::MatrixD, 4),
    skip(4),
    skip(4),
    skip(4),
    skip(4),
    field(Number::Width, 4),
    field(Number::Height, 4),
];

/// A `moov` box.
#[derive(Default)]
pub(super) struct MoovBox {
    /// Those of `mvhd` and `mehd`.
    pub(super) numbers: Numbers,
    /// Audio and video tracks, in the order of the file.
    pub(super) tracks: Vec<TrackBox>,
    /// Tracks that are neither.
    pub(super) ignored_track_ids: Vec<u32>,
    /// `mvex`: movie fragments may follow.
    pub(super) has_movie_extends: bool,
    /// The defaults by track in it.
    pub(super) defaults: Vec<(u32, SampleDefaults)>,
}

/// A `trak` box.
pub(super) struct TrackBox {
    /// Those of `tkhd` and `mdhd`.
    pub(super) numbers: Numbers,
    /// Where it starts in the stream.
    pub(super) offset: u64,
    pub(super) kind: TrackKind,
    /// `None` without one: the media is shown as it is.
    pub(super) edits: Option<EditList>,
    /// Of `elng`: BCP 47.
    extended_language: Option<String>,
    /// The name of its handler.
    pub(super) label: String,
    /// What its user data says it is for.
    pub(super) roles: Roles,
    pub(super) sample_entries: Vec<SampleEntryBox>,
    /// Whether some of its data may be in other files.
    pub(super) has_external_data: bool,
    /// The tables of its own samples.
    pub(super) tables: Tables,
}

impl AsMut<Numbers> for MoovBox {
    fn as_mut(&mut self) -> &mut Numbers {
        &mut self.numbers
    }
}

impl AsMut<Numbers> for TrackBox {
    fn as_mut(&mut self) -> &mut Numbers {
        &mut self.numbers
    }
}

impl MoovBox {
    pub(super) fn read(&mut self, moov: &BoxRef<'_>) -> Result<(), ContainerError> {
        moov.read_boxes(0, MOOV, self)?;
        if self.has_too_many_tracks() {
            return Err(moov.limit(format_args!("has more tracks than the limit of {MAX_TRACKS}")));
        }
        Ok(())
    }

    const fn has_too_many_tracks(&self) -> bool {
        self.tracks.len() + self.ignored_track_ids.len() > MAX_TRACKS
    }

    fn refuse(&mut self, cmov: &BoxRef<'_>) -> Result<(), ContainerError> {
        Err(cmov.unsupported(format_args!("the movie header is compressed")))
    }

    fn expect_fragments(&mut self, _mvex: &BoxRef<'_>) -> Result<(), ContainerError> {
        self.has_movie_extends = true;
        self.defaults.clear();
        Ok(())
    }

    /// `trex`, § 8.8.3.
    fn read_defaults(&mut self, trex: &BoxRef<'_>) -> Result<(), ContainerError> {
        let mut numbers = Numbers::new();
        trex.read_fields(&mut Reader::new(trex.payload), TRACK_EXTENDS, &mut numbers)?;
        let defaults = SampleDefaults::default().replaced_by(&numbers);
        self.defaults.push((numbers.u32(Number::TrackId), defaults));
        Ok(())
    }

    fn read_track(&mut self, trak: &BoxRef<'_>) -> Result<(), ContainerError> {
        if self.has_too_many_tracks() {
            return Ok(());
        }
        let mut numbers = Numbers::new();
        trak.read_boxes(0, PLAYED, &mut numbers)?;
        // By the handler, § 8.4.3.
        let kind = match &numbers.u32(Number::Handler).to_be_bytes() {
            b"vide" => TrackKind::Video,
            b"soun" => TrackKind::Audio,
            _ => {
                let track_id = numbers.get(Number::TrackId);
                self.ignored_track_ids.extend(track_id.map(|id| id as u32));
                return Ok(());
            }
        };
        self.tracks.push(TrackBox {
            numbers: Numbers::new(),
            offset: trak.offset,
            kind,
            edits: None,
            extended_language: None,
            label: String::new(),
            roles: Roles::default(),
            sample_entries: Vec::new(),
            has_external_data: false,
            tables: Tables::default(),
        });
        match self.tracks.last_mut() {
            Some(track) => trak.read_boxes(0, TRACK, track),
            None => Ok(()),
        }
    }
}

impl TrackBox {
    /// BCP 47 or ISO 639-2/T; empty when undetermined.
    pub(super) fn language(&self) -> String {
        match &self.extended_language {
            Some(language) => language.clone(),
            None => language(self.numbers.u32(Number::Language)),
        }
    }

    fn read_edits(&mut self, elst: &BoxRef<'_>) -> Result<(), ContainerError> {
        self.edits = EditList::read(elst)?;
        Ok(())
    }

    fn read_user_data(&mut self, udta: &BoxRef<'_>) -> Result<(), ContainerError> {
        self.roles.read(udta, self.kind);
        Ok(())
    }

    fn read_language(&mut self, elng: &BoxRef<'_>) -> Result<(), ContainerError> {
        self.extended_language = Some(elng.read(|reader| {
            full_box(reader);
            text(reader.rest())
        })?);
        Ok(())
    }

    fn read_label(&mut self, hdlr: &BoxRef<'_>) -> Result<(), ContainerError> {
        self.label = hdlr.read(|reader| {
            reader.skip(24);
            label(text(reader.rest()))
        })?;
        Ok(())
    }

    /// Whether `dref`, § 8.7.2, has an entry without the flag that says "in this file".
    fn read_data_references(&mut self, dref: &BoxRef<'_>) -> Result<(), ContainerError> {
        for entry in dref.children_after(8) {
            if entry?.read(full_box)?.1 & 1 == 0 {
                self.has_external_data = true;
                break;
            }
        }
        Ok(())
    }

    fn read_sample_descriptions(&mut self, stsd: &BoxRef<'_>) -> Result<(), ContainerError> {
        let mut reader = Reader::new(stsd.payload);
        let (_, count) = counted_full_box(stsd, &mut reader)?;
        // An entry is at least a box header.
        stsd.check_count(count, 8, &reader)?;
        if count > MAX_SAMPLE_DESCRIPTIONS {
            return Err(stsd.limit(format_args!(
                "has {count} sample descriptions; the limit is {MAX_SAMPLE_DESCRIPTIONS}"
            )));
        }
        for entry in stsd.children_after(reader.position()).take(count as usize) {
            let entry = entry?;
            self.sample_entries.push(SampleEntryBox::new(&entry, self.kind));
            if let Some(last) = self.sample_entries.last_mut() {
                last.read(&entry)?;
            }
        }
        Ok(())
    }
}

/// Three letters of five bits, counted from 0x60. Empty for "undetermined", and for QuickTime's numbered languages.
fn language(packed: u32) -> String {
    let letter = |shift: u32| 0x60 + (packed >> shift & 0x1f) as u8;
    let letters = [letter(10), letter(5), letter(0)];
    let code = String::from_utf8_lossy(&letters);
    if letters.iter().all(u8::is_ascii_lowercase) && code != "und" {
        code.into_owned()
    } else {
        String::new()
    }
}

/// The name of a handler, unless it is what programs write there by themselves: "VideoHandler", "GPAC ISO Audio Handler",
/// "Core Media Audio". Such a name tells a person nothing.
fn label(name: String) -> String {
    let lower = name.as_bytes().trim_ascii().to_ascii_lowercase();
    if lower.ends_with(b"handler") || lower.starts_with(b"core media ") {
        return String::new();
    }
    name
}

/// Text up to a zero or the end. QuickTime puts its length in front.
fn text(bytes: &[u8]) -> String {
    let counted = bytes
        .split_first()
        .filter(|&(&length, rest)| length > 0 && usize::from(length) == rest.len());
    text_before_zero(counted.map_or(bytes, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::super::boxes::BoxHeader;
    use super::*;

    #[test]
    fn of_a_track_that_is_not_played_the_number_is_enough() {
        let header = b"\0\0\0\x18tkhd\0\0\0\0\x01\x01\x01\x01\x02\x02\x02\x02\0\0\0\x07";
        let kind = BoxHeader::top_level(header, 0, false).unwrap().unwrap();
        let tkhd = BoxRef::top_level(kind, header, 0);
        let read = |fields| {
            let mut numbers = Numbers::new();
            tkhd.read_fields(&mut Reader::new(tkhd.payload), fields, &mut numbers)?;
            Ok::<_, ContainerError>(numbers.get(Number::TrackId))
        };
        assert_eq!(read(TRACK_ID), Ok(Some(7)));
        assert!(read(TRACK_HEADER).is_err());
    }

    #[test]
    fn languages() {
        assert_eq!(language(0x15c7), "eng");
        assert_eq!(language(0x55c4), "");
        assert_eq!(language(0), "");
        assert_eq!(language(11), "");
    }

    #[test]
    fn texts() {
        assert_eq!(text(b"SoundHandler\0"), "SoundHandler");
        assert_eq!(text(b"no end"), "no end");
        assert_eq!(text(b"\x05Apple"), "Apple");
        assert_eq!(text(b"\0"), "");
        assert_eq!(text(b""), "");
    }

    #[test]
    fn labels_are_for_people() {
        for name in [
            "VideoHandler",
            "SoundHandler",
            "GPAC ISO Audio Handler",
            "Core Media Video",
        ] {
            assert_eq!(label(name.to_owned()), "", "{name}");
        }
        assert_eq!(label("The handler speaks".to_owned()), "The handler speaks");
    }
}
