//! The boxes of a `moov`, as they lie.

use std::num::NonZeroU32;

use super::boxes::BoxRef;
use super::edits::EditList;
use super::fragment::{SampleDefaults, full_box};
use super::limits::{MAX_SAMPLE_DESCRIPTIONS, MAX_TRACKS};
use super::sample_entry::SampleEntryBox;
use super::sample_table::{Tables, counted_full_box};
use super::track_kind::{Role, read_roles};
use crate::bytes::Reader;
use crate::container::{ContainerError, TrackKind};

/// A `moov` box, § 8.2.1.
#[derive(Default)]
pub(super) struct MoovBox {
    /// `None` without `mvhd`, and when its timescale is 0.
    pub(super) timescale: Option<NonZeroU32>,
    /// Ticks of that timescale; `None` when it says "unknown".
    pub(super) duration: Option<u64>,
    /// `fragment_duration` of `mehd`: ticks of the movie with all its fragments.
    pub(super) fragment_duration: Option<u64>,
    /// Audio and video tracks, in the order of the file.
    pub(super) tracks: Vec<TrackBox>,
    /// Tracks that are neither.
    pub(super) ignored_track_ids: Vec<u32>,
    /// The defaults by track in `mvex`; `None` without `mvex`: the file is not fragmented.
    pub(super) defaults: Option<Vec<(u32, SampleDefaults)>>,
}

/// A `trak` box, § 8.3.1.
pub(super) struct TrackBox {
    /// Where it starts in the stream.
    pub(super) offset: u64,
    pub(super) kind: TrackKind,
    /// `None` without one.
    pub(super) header: Option<TrackHeaderBox>,
    /// `None` without `mdhd`, and when its timescale is 0.
    pub(super) timescale: Option<NonZeroU32>,
    /// `None` without one: the media is shown as it is.
    pub(super) edits: Option<EditList>,
    /// BCP 47 or ISO 639-2/T; empty when undetermined.
    pub(super) language: String,
    /// The name of its handler.
    pub(super) label: String,
    /// What its user data says it is for.
    pub(super) roles: Vec<Role>,
    pub(super) sample_entries: Vec<SampleEntryBox>,
    /// Whether some of its data may be in other files.
    pub(super) has_external_data: bool,
    /// The tables of its own samples.
    pub(super) tables: Tables,
}

/// A `tkhd` box, § 8.3.2.
#[derive(Clone, Copy)]
pub(super) struct TrackHeaderBox {
    pub(super) track_id: u32,
    /// a, b, c and d of the matrix, 16.16.
    pub(super) matrix: [i32; 4],
    /// 16.16.
    pub(super) width: u32,
    /// 16.16.
    pub(super) height: u32,
}

impl TrackHeaderBox {
    fn read(reader: &mut Reader<'_>) -> Self {
        let (version, track_id) = version_and_track_id(reader);
        // Reserved and the duration; reserved, layer, alternate_group, volume, reserved.
        reader.skip(if version == 0 { 8 } else { 12 } + 16);
        let [a, b, _, c, d, ..] = [(); 9].map(|()| reader.i32());
        Self {
            track_id,
            matrix: [a, b, c, d],
            width: reader.u32(),
            height: reader.u32(),
        }
    }
}

impl MoovBox {
    pub(super) fn read(moov: &BoxRef<'_>) -> Result<Self, ContainerError> {
        let mut result = Self::default();
        for child in moov.children() {
            let child = child?;
            if result.tracks.len() + result.ignored_track_ids.len() > MAX_TRACKS {
                return Err(moov.limit(format!("has more tracks than the limit of {MAX_TRACKS}")));
            }
            match &child.kind.0 {
                b"mvhd" => (result.timescale, result.duration) = child.read_version(movie_header)?,
                b"mvex" => {
                    result.defaults = Some(movie_extends(&child)?);
                    if let Some(mehd) = child.child(b"mehd")? {
                        result.fragment_duration = Some(mehd.read_version(fragment_duration)?);
                    }
                }
                b"cmov" => return Err(child.unsupported("the movie header is compressed")),
                b"trak" => match track_kind(&child)? {
                    Some(kind) => result.tracks.push(TrackBox::read(&child, kind)?),
                    None => result.ignored_track_ids.extend(track_id(&child)?),
                },
                _ => {}
            }
        }
        Ok(result)
    }
}

/// `timescale` and `duration` of `mvhd`, § 8.2.2.
fn movie_header(reader: &mut Reader<'_>) -> (Option<NonZeroU32>, Option<u64>) {
    let (version, _) = full_box(reader);
    // Creation and modification time.
    reader.skip(if version == 0 { 8 } else { 16 });
    let timescale = NonZeroU32::new(reader.u32());
    let duration = if version == 0 {
        let duration = reader.u32();
        (duration != u32::MAX).then_some(u64::from(duration))
    } else {
        let duration = reader.u64();
        (duration != u64::MAX).then_some(duration)
    };
    (timescale, duration)
}

/// `fragment_duration` of `mehd`, § 8.8.2.
fn fragment_duration(reader: &mut Reader<'_>) -> u64 {
    match full_box(reader).0 {
        0 => u64::from(reader.u32()),
        _ => reader.u64(),
    }
}

/// The `trex` boxes of `mvex`, § 8.8.3.
fn movie_extends(mvex: &BoxRef<'_>) -> Result<Vec<(u32, SampleDefaults)>, ContainerError> {
    let mut all = Vec::new();
    for child in mvex.children() {
        let child = child?;
        if child.kind.0 == *b"trex" {
            all.push(child.read(|reader| {
                full_box(reader);
                let track_id = reader.u32();
                let defaults = SampleDefaults {
                    description_index: reader.u32(),
                    duration: reader.u32(),
                    size: reader.u32(),
                    flags: reader.u32(),
                };
                (track_id, defaults)
            })?);
        }
    }
    Ok(all)
}

/// By the handler, § 8.4.3; `None` for tracks that are not played.
pub(super) fn track_kind(trak: &BoxRef<'_>) -> Result<Option<TrackKind>, ContainerError> {
    let Some(mdia) = trak.child(b"mdia")? else {
        return Ok(None);
    };
    let Some(hdlr) = mdia.child(b"hdlr")? else {
        return Ok(None);
    };
    let handler: [u8; 4] = hdlr.read(|reader| {
        reader.skip(8);
        reader.array()
    })?;
    Ok(match &handler {
        b"vide" => Some(TrackKind::Video),
        b"soun" => Some(TrackKind::Audio),
        _ => None,
    })
}

fn track_id(trak: &BoxRef<'_>) -> Result<Option<u32>, ContainerError> {
    let Some(tkhd) = trak.child(b"tkhd")? else {
        return Ok(None);
    };
    // Whatever follows: it does not matter for a track that is not played.
    tkhd.read(version_and_track_id)
        .map(|(_, track_id)| Some(track_id))
}

/// Of a `tkhd`, § 8.3.2.
fn version_and_track_id(reader: &mut Reader<'_>) -> (u8, u32) {
    let (version, _) = full_box(reader);
    // Creation and modification time.
    reader.skip(if version == 0 { 8 } else { 16 });
    (version, reader.u32())
}

impl TrackBox {
    fn read(trak: &BoxRef<'_>, kind: TrackKind) -> Result<Self, ContainerError> {
        let mut track = Self {
            offset: trak.offset,
            kind,
            header: None,
            timescale: None,
            edits: None,
            language: String::new(),
            label: String::new(),
            roles: Vec::new(),
            sample_entries: Vec::new(),
            has_external_data: false,
            tables: Tables::default(),
        };
        for child in trak.children() {
            let child = child?;
            match &child.kind.0 {
                b"edts" => {
                    if let Some(elst) = child.child(b"elst")? {
                        track.edits = EditList::read(&elst)?;
                    }
                }
                b"tkhd" => track.header = Some(child.read_version(TrackHeaderBox::read)?),
                b"mdia" => track.read_media(&child)?,
                b"udta" => track.roles.extend(read_roles(&child)),
                _ => {}
            }
        }
        Ok(track)
    }

    /// `mdia`, § 8.4.1.
    fn read_media(&mut self, mdia: &BoxRef<'_>) -> Result<(), ContainerError> {
        let mut extended_language = None;
        for child in mdia.children() {
            let child = child?;
            match &child.kind.0 {
                b"mdhd" => (self.timescale, self.language) = child.read_version(media_header)?,
                b"elng" => {
                    extended_language = Some(child.read(|reader| {
                        full_box(reader);
                        text(reader.rest())
                    })?);
                }
                b"hdlr" => {
                    self.label = child.read(|reader| {
                        reader.skip(24);
                        label(text(reader.rest()))
                    })?;
                }
                b"minf" => {
                    for inner in child.children() {
                        let inner = inner?;
                        match &inner.kind.0 {
                            b"stbl" => self.read_sample_table(&inner)?,
                            b"dinf" => self.has_external_data |= has_external_data(&inner)?,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        self.language = extended_language.unwrap_or(std::mem::take(&mut self.language));
        Ok(())
    }

    /// `stbl`, § 8.5.1.
    fn read_sample_table(&mut self, stbl: &BoxRef<'_>) -> Result<(), ContainerError> {
        for child in stbl.children() {
            let child = child?;
            if child.kind.0 == *b"stsd" {
                self.read_sample_descriptions(&child)?;
            } else {
                self.tables.read(&child)?;
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
            return Err(stsd.limit(format!(
                "has {count} sample descriptions; the limit is {MAX_SAMPLE_DESCRIPTIONS}"
            )));
        }
        for entry in stsd.children_after(reader.position()).take(count as usize) {
            let entry = SampleEntryBox::read(&entry?, self.kind)?;
            self.sample_entries.push(entry);
        }
        Ok(())
    }
}

/// Whether `dref` in `dinf`, § 8.7.2, has an entry without the flag that says "in this file".
fn has_external_data(dinf: &BoxRef<'_>) -> Result<bool, ContainerError> {
    let Some(dref) = dinf.child(b"dref")? else {
        return Ok(false);
    };
    for entry in dref.children_after(8) {
        if entry?.read(full_box)?.1 & 1 == 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `timescale` and `language` of `mdhd`, § 8.4.2.
fn media_header(reader: &mut Reader<'_>) -> (Option<NonZeroU32>, String) {
    let (version, _) = full_box(reader);
    // Creation and modification time.
    reader.skip(if version == 0 { 8 } else { 16 });
    let timescale = NonZeroU32::new(reader.u32());
    // The duration.
    reader.skip(if version == 0 { 4 } else { 8 });
    (timescale, language(reader.u16()))
}

/// Three letters of five bits, counted from 0x60. Empty for "undetermined", and for QuickTime's numbered languages.
fn language(packed: u16) -> String {
    let letters = [10, 5, 0].map(|shift| 0x60 + (packed >> shift & 0x1f) as u8);
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
    let lower = name.trim().to_ascii_lowercase();
    if lower.ends_with("handler") || lower.starts_with("core media ") {
        return String::new();
    }
    name
}

/// Text up to a zero or the end. QuickTime puts its length in front.
fn text(bytes: &[u8]) -> String {
    let counted = bytes
        .split_first()
        .filter(|&(&length, rest)| length > 0 && usize::from(length) == rest.len());
    let bytes = counted.map_or(bytes, |(_, rest)| rest);
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_track_that_is_not_played_the_number_is_enough() {
        let header = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 7];
        let mut reader = Reader::new(&header);
        assert_eq!(version_and_track_id(&mut reader), (0, 7));
        assert!(!reader.is_truncated());
        let mut reader = Reader::new(&header);
        TrackHeaderBox::read(&mut reader);
        assert!(reader.is_truncated());
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
