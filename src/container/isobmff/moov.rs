//! What mp4parse does not give of a `moov`, and the checks without which it must not see one.

use super::boxes::BoxRef;
use super::edits::EditList;
use super::fragment::{SampleDefaults, full_box};
use super::limits::{MAX_SAMPLE_DESCRIPTIONS, MAX_TRACKS};
use super::sample_entry::SampleEntryBox;
use super::sample_table::CompactSizes;
use super::samples::dependencies;
use super::track_kind::{Role, read_roles};
use crate::bytes::{Reader, Truncated};
use crate::container::{ContainerError, TrackKind};

/// A `moov` box, § 8.2.1.
#[derive(Default)]
pub(super) struct MoovBox {
    /// Ticks of the movie's own timescale; `None` when it says "unknown".
    pub(super) duration: Option<u64>,
    /// Audio and video tracks, in the order of the file.
    pub(super) tracks: Vec<TrackBox>,
    /// Tracks that are neither.
    pub(super) ignored_track_ids: Vec<u32>,
    /// The defaults by track in `mvex`; `None` without `mvex`: the file is not fragmented.
    pub(super) defaults: Option<Vec<(u32, SampleDefaults)>>,
    /// Offsets of the boxes that mp4parse must not see: those that do not matter, tracks that are not played, and what
    /// is read here better. Nothing odd in them can make it refuse the rest.
    pub(super) hidden: Vec<u64>,
}

/// A `trak` box, § 8.3.1.
pub(super) struct TrackBox {
    /// Where it starts in the stream.
    pub(super) offset: u64,
    pub(super) kind: TrackKind,
    /// `None` without one: the media is shown as it is.
    pub(super) edits: Option<EditList>,
    /// Whether each sample needs others, as `sdtp` tells; empty without it.
    pub(super) dependencies: Vec<u8>,
    /// BCP 47 or ISO 639-2/T; empty when undetermined.
    pub(super) language: String,
    /// The name of its handler.
    pub(super) label: String,
    /// What its user data says it is for.
    pub(super) roles: Vec<Role>,
    pub(super) sample_entries: Vec<SampleEntryBox>,
    /// Whether some of its data may be in other files.
    pub(super) has_external_data: bool,
    /// `stz2`, which mp4parse does not know.
    pub(super) compact_sizes: Option<CompactSizes>,
}

impl MoovBox {
    /// Walks every box that mp4parse looks into as well, so that no count of entries exceeds its box.
    pub(super) fn read(moov: &BoxRef<'_>) -> Result<Self, ContainerError> {
        let mut result = Self::default();
        for child in moov.children() {
            let child = child?;
            if result.tracks.len() + result.ignored_track_ids.len() > MAX_TRACKS {
                return Err(moov.limit(format!("has more tracks than the limit of {MAX_TRACKS}")));
            }
            match &child.kind.0 {
                b"mvhd" => result.duration = child.read(movie_duration)?,
                b"mvex" => result.defaults = Some(movie_extends(&child)?),
                b"cmov" => return Err(child.unsupported("the movie header is compressed")),
                b"trak" => match track_kind(&child)? {
                    Some(kind) => result
                        .tracks
                        .push(TrackBox::read(&child, kind, &mut result.hidden)?),
                    None => {
                        result.hidden.push(child.offset);
                        result.ignored_track_ids.extend(track_id(&child)?);
                    }
                },
                _ => result.hidden.push(child.offset),
            }
        }
        Ok(result)
    }

    /// The defaults of a track in `mvex`.
    pub(super) fn defaults_of(&self, track_id: u32) -> Option<SampleDefaults> {
        let mut all = self.defaults.iter().flatten();
        all.find_map(|(id, defaults)| (*id == track_id).then_some(*defaults))
    }
}

/// `duration` of `mvhd`, § 8.2.2.
fn movie_duration(reader: &mut Reader<'_>) -> Result<Option<u64>, Truncated> {
    let (version, _) = full_box(reader)?;
    // After creation and modification time and the timescale.
    if version == 0 {
        reader.skip(12)?;
        let duration = reader.u32()?;
        Ok((duration != u32::MAX).then_some(u64::from(duration)))
    } else {
        reader.skip(20)?;
        let duration = reader.u64()?;
        Ok((duration != u64::MAX).then_some(duration))
    }
}

/// The `trex` boxes of `mvex`, § 8.8.3.
fn movie_extends(mvex: &BoxRef<'_>) -> Result<Vec<(u32, SampleDefaults)>, ContainerError> {
    let mut all = Vec::new();
    for child in mvex.children() {
        let child = child?;
        if child.kind.0 == *b"trex" {
            all.push(child.read(|reader| {
                full_box(reader)?;
                let track_id = reader.u32()?;
                let defaults = SampleDefaults {
                    description_index: reader.u32()?,
                    duration: reader.u32()?,
                    size: reader.u32()?,
                    flags: reader.u32()?,
                };
                Ok((track_id, defaults))
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
        reader.skip(8)?;
        reader.array()
    })?;
    Ok(match &handler {
        b"vide" => Some(TrackKind::Video),
        b"soun" => Some(TrackKind::Audio),
        _ => None,
    })
}

/// `track_ID` of `tkhd`, § 8.3.2.
fn track_id(trak: &BoxRef<'_>) -> Result<Option<u32>, ContainerError> {
    let Some(tkhd) = trak.child(b"tkhd")? else {
        return Ok(None);
    };
    tkhd.read(|reader| {
        let (version, _) = full_box(reader)?;
        reader.skip(if version == 0 { 8 } else { 16 })?;
        reader.u32()
    })
    .map(Some)
}

impl TrackBox {
    fn read(trak: &BoxRef<'_>, kind: TrackKind, hidden: &mut Vec<u64>) -> Result<Self, ContainerError> {
        let mut track = Self {
            offset: trak.offset,
            kind,
            edits: None,
            dependencies: Vec::new(),
            language: String::new(),
            label: String::new(),
            roles: Vec::new(),
            sample_entries: Vec::new(),
            has_external_data: false,
            compact_sizes: None,
        };
        for child in trak.children() {
            let child = child?;
            match &child.kind.0 {
                b"edts" => {
                    if let Some(elst) = child.child(b"elst")? {
                        track.edits = EditList::read(&elst)?;
                    }
                    hidden.push(child.offset);
                }
                b"mdia" => track.read_media(&child, hidden)?,
                b"udta" => track.roles.extend(read_roles(&child)),
                _ => {}
            }
        }
        Ok(track)
    }

    /// `mdia`, § 8.4.1.
    fn read_media(&mut self, mdia: &BoxRef<'_>, hidden: &mut Vec<u64>) -> Result<(), ContainerError> {
        let mut extended_language = None;
        for child in mdia.children() {
            let child = child?;
            match &child.kind.0 {
                b"mdhd" => self.language = child.read(language)?,
                b"elng" => {
                    extended_language = Some(child.read(|reader| {
                        full_box(reader)?;
                        Ok(text(reader.rest()))
                    })?);
                }
                b"hdlr" => {
                    self.label = child.read(|reader| {
                        reader.skip(24)?;
                        Ok(label(text(reader.rest())))
                    })?;
                }
                b"minf" => {
                    for inner in child.children() {
                        let inner = inner?;
                        match &inner.kind.0 {
                            b"stbl" => self.read_sample_table(&inner, hidden)?,
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

    /// `stbl`, § 8.5.1: the sample entries, and the counts of all tables.
    fn read_sample_table(&mut self, stbl: &BoxRef<'_>, hidden: &mut Vec<u64>) -> Result<(), ContainerError> {
        for child in stbl.children() {
            let child = child?;
            let entry_size = match &child.kind.0 {
                b"stsd" => {
                    self.read_sample_descriptions(&child)?;
                    hidden.push(child.offset);
                    continue;
                }
                b"stsz" => {
                    check_sample_sizes(&child)?;
                    continue;
                }
                b"stz2" => {
                    self.compact_sizes = Some(compact_sample_sizes(&child)?);
                    continue;
                }
                b"sdtp" => {
                    self.dependencies = dependencies(&child).to_vec();
                    continue;
                }
                b"stts" | b"ctts" | b"co64" => 8,
                b"stsc" => 12,
                b"stco" | b"stss" => 4,
                _ => continue,
            };
            let mut reader = Reader::new(child.payload);
            let count = counted_full_box(&child, &mut reader)?;
            child.check_count(count, entry_size, &reader)?;
        }
        Ok(())
    }

    fn read_sample_descriptions(&mut self, stsd: &BoxRef<'_>) -> Result<(), ContainerError> {
        let mut reader = Reader::new(stsd.payload);
        let count = counted_full_box(stsd, &mut reader)?;
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

/// `stsz`, § 8.7.3.2.
fn check_sample_sizes(stsz: &BoxRef<'_>) -> Result<(), ContainerError> {
    let mut reader = Reader::new(stsz.payload);
    let mut fields = || {
        full_box(&mut reader)?;
        Ok((reader.u32()?, reader.u32()?))
    };
    let (size, count) = fields().map_err(|truncated: Truncated| stsz.malformed(truncated.to_string()))?;
    if size == 0 {
        stsz.check_count(count, 4, &reader)
    } else {
        Ok(())
    }
}

/// `stz2`, § 8.7.3.3.
fn compact_sample_sizes(stz2: &BoxRef<'_>) -> Result<CompactSizes, ContainerError> {
    let (field_size, count, entries) = stz2.read(|reader| {
        full_box(reader)?;
        reader.skip(3)?;
        Ok((reader.u8()?, reader.u32()?, reader.rest()))
    })?;
    let sizes = CompactSizes::new(field_size, count, entries);
    sizes.ok_or_else(|| {
        stz2.malformed(format!(
            "says it has {count} entries of {field_size} bits, in {} bytes",
            entries.len()
        ))
    })
}

/// Reads version, flags and the count of entries, and leaves `reader` at the first entry.
pub(super) fn counted_full_box(table: &BoxRef<'_>, reader: &mut Reader<'_>) -> Result<u32, ContainerError> {
    let mut fields = || {
        full_box(reader)?;
        reader.u32()
    };
    fields().map_err(|truncated| table.malformed(truncated.to_string()))
}

/// `language` of `mdhd`, § 8.4.2: three letters of five bits, counted from 0x60. Empty for "undetermined", and for
/// QuickTime's numbered languages.
fn language(reader: &mut Reader<'_>) -> Result<String, Truncated> {
    let (version, _) = full_box(reader)?;
    reader.skip(if version == 0 { 16 } else { 28 })?;
    let packed = reader.u16()?;
    let letters = [10, 5, 0].map(|shift| 0x60 + (packed >> shift & 0x1f) as u8);
    let code = String::from_utf8_lossy(&letters);
    Ok(if letters.iter().all(u8::is_ascii_lowercase) && code != "und" {
        code.into_owned()
    } else {
        String::new()
    })
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
    fn languages() {
        let of = |packed: u16| {
            let mut mdhd = [0; 22];
            mdhd[20..].copy_from_slice(&packed.to_be_bytes());
            language(&mut Reader::new(&mdhd)).unwrap()
        };
        assert_eq!(of(0x15c7), "eng");
        assert_eq!(of(0x55c4), "");
        assert_eq!(of(0), "");
        assert_eq!(of(11), "");
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
