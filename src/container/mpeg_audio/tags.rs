//! What lies between frames: ID3, Icecast headers, and what other programs leave.

use crate::bytes::Reader;

/// Something that is not sound and begins here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tag {
    /// An ID3v2 tag of so many bytes, header and footer included.
    Id3v2 {
        length: u64,
        /// How its frames are written, where they can be read.
        frames: Option<Id3Frames>,
    },
    /// ID3v1, of so many bytes.
    Id3v1 { length: u64 },
    /// A header or a footer of an APE tag, with the items that follow it.
    Ape { length: u64 },
    /// A Lyrics3 tag, which says only at its end how long it is.
    Lyrics,
    /// The header of an Icecast server, up to an empty line.
    Icecast,
}

/// How the frames of an ID3v2 tag are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Id3Frames {
    /// Version 2: three bytes of name, three of size.
    V2,
    /// Version 3: four of each, two of flags.
    V3,
    /// Version 4: sizes have seven bits a byte.
    V4,
}

/// `ID3`, version, flags, size.
pub(super) const ID3V2_HEADER: u64 = 10;

/// The tag that `bytes` begin with. `None` when more bytes are needed to tell; the answer never changes with more.
pub(super) fn tag(bytes: &[u8]) -> Option<Option<Tag>> {
    match bytes.first()? {
        b'I' if begins(bytes, b"ID3")? => id3v2(bytes),
        b'I' => Some(begins(bytes, b"ICY ")?.then_some(Tag::Icecast)),
        b'T' if begins(bytes, b"TAG")? => id3v1(bytes).map(Some),
        b'A' if begins(bytes, b"APETAGEX")? => ape(bytes),
        b'L' => Some(begins(bytes, b"LYRICSBEGIN")?.then_some(Tag::Lyrics)),
        _ => Some(None),
    }
}

/// Whether `bytes` begin with `magic`; `None` when they may.
fn begins(bytes: &[u8], magic: &[u8]) -> Option<bool> {
    let common = bytes.iter().zip(magic).take_while(|(a, b)| a == b).count();
    if common == magic.len() {
        Some(true)
    } else if common == bytes.len() {
        None
    } else {
        Some(false)
    }
}

/// ID3v2 § 3.1. A tag of an unknown version is passed over as well: the size is always there.
fn id3v2(bytes: &[u8]) -> Option<Option<Tag>> {
    let [_, _, _, version, revision, flags, size @ ..] = bytes.first_chunk::<10>()?;
    let Some(size) = syncsafe(size).filter(|_| *version < 0xff && *revision < 0xff) else {
        return Some(None);
    };
    let has_footer = *version == 4 && flags & 0x10 != 0;
    let frames = match version {
        2 => Some(Id3Frames::V2),
        3 => Some(Id3Frames::V3),
        4 => Some(Id3Frames::V4),
        _ => None,
    };
    Some(Some(Tag::Id3v2 {
        length: ID3V2_HEADER + u64::from(size) + if has_footer { ID3V2_HEADER } else { 0 },
        // Unsynchronisation, compression and extended headers are not worth it: who writes gapless data writes none.
        frames: frames.filter(|_| flags & 0xc0 == 0),
    }))
}

/// Four bytes of seven bits each.
fn syncsafe(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0u32, |value, &byte| {
        (byte < 0x80).then_some(value << 7 | u32::from(byte))
    })
}

/// 128 bytes, or 227 more before them. A title may begin with `+`: what follows tells.
fn id3v1(bytes: &[u8]) -> Option<Tag> {
    const LENGTH: usize = 128;
    const EXTENDED: usize = 227;
    let is_extended = *bytes.get(3)? == b'+' && {
        let after = bytes.get(EXTENDED..).unwrap_or_default();
        begins(after, b"TAG")?
    };
    let length = if is_extended { EXTENDED + LENGTH } else { LENGTH };
    Some(Tag::Id3v1 {
        length: length as u64,
    })
}

/// APEv1 and APEv2: a header is followed by its items and a footer; before a footer its items are gone already.
fn ape(bytes: &[u8]) -> Option<Option<Tag>> {
    const LENGTH: u64 = 32;
    const IS_HEADER: u32 = 1 << 29;
    let fields = bytes.get(8..LENGTH as usize)?;
    let (fields, _) = fields.as_chunks::<4>();
    let [version, size, _, flags, ..] = *fields else {
        return Some(None);
    };
    if !matches!(u32::from_le_bytes(version), 1_000 | 2_000) {
        return Some(None);
    }
    let is_header = u32::from_le_bytes(flags) & IS_HEADER != 0;
    let items = if is_header { u32::from_le_bytes(size) } else { 0 };
    Some(Some(Tag::Ape {
        length: LENGTH + u64::from(items),
    }))
}

/// The header of a frame of an ID3v2 tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Id3FrameHeader {
    /// Of the header.
    pub(super) length: u64,
    /// Of what follows.
    pub(super) size: u64,
    /// Whether it is a comment.
    pub(super) is_comment: bool,
}

impl Id3Frames {
    pub(super) const fn header_length(self) -> usize {
        match self {
            Self::V2 => 6,
            Self::V3 | Self::V4 => 10,
        }
    }

    /// The header that `bytes`, which are as long as one, are. `None` when they are padding or nonsense.
    pub(super) fn header(self, bytes: &[u8]) -> Option<Id3FrameHeader> {
        let mut reader = Reader::new(bytes);
        let (name, size) = match self {
            Self::V2 => (reader.bytes(3), reader.u24()),
            Self::V3 => (reader.bytes(4), reader.u32()),
            Self::V4 => (reader.bytes(4), syncsafe(reader.bytes(4))?),
        };
        reader.check().ok()?;
        let is_name = name
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        is_name.then_some(Id3FrameHeader {
            length: self.header_length() as u64,
            size: size.into(),
            is_comment: matches!(name, b"COM" | b"COMM"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of `bytes`, and that it is told of no prefix in another way.
    fn told(bytes: &[u8]) -> Option<Option<Tag>> {
        let all = tag(bytes);
        for length in 0..bytes.len() {
            if let Some(early) = tag(&bytes[..length]) {
                assert_eq!(Some(early), all, "{length}");
            }
        }
        all
    }

    #[test]
    fn id3v2_sizes_have_seven_bits_a_byte() {
        let of = |header: [u8; 10]| told(&header).unwrap();
        let frames = Some(Id3Frames::V3);
        let length = |length, frames| Some(Tag::Id3v2 { length, frames });
        assert_eq!(of(*b"ID3\x03\0\0\0\0\x02\x01"), length(10 + 257, frames));
        assert_eq!(of(*b"ID3\x02\0\0\0\0\0\0"), length(10, Some(Id3Frames::V2)));
        // A footer; only version 4 has one.
        assert_eq!(of(*b"ID3\x04\0\x10\0\0\0\x05"), length(25, Some(Id3Frames::V4)));
        assert_eq!(of(*b"ID3\x03\0\x10\0\0\0\x05"), length(15, frames));
        // Unsynchronised; an extended header; a version to come.
        assert_eq!(of(*b"ID3\x03\0\x80\0\0\0\x05"), length(15, None));
        assert_eq!(of(*b"ID3\x04\0\x40\0\0\0\x05"), length(15, None));
        assert_eq!(of(*b"ID3\x05\0\0\0\0\0\x05"), length(15, None));
        // No size, no version.
        assert_eq!(of(*b"ID3\x03\0\0\0\0\x80\0"), None);
        assert_eq!(of(*b"ID3\xff\0\0\0\0\0\0"), None);
        assert_eq!(told(b"ID3\x03\0\0"), None);
        assert_eq!(told(b"IDA"), Some(None));
    }

    #[test]
    fn id3v1_may_be_extended() {
        let mut bytes = [0; 400];
        bytes[..3].copy_from_slice(b"TAG");
        assert_eq!(told(&bytes), Some(Some(Tag::Id3v1 { length: 128 })));
        bytes[3] = b'+';
        assert_eq!(told(&bytes), Some(Some(Tag::Id3v1 { length: 128 })));
        bytes[227..230].copy_from_slice(b"TAG");
        assert_eq!(told(&bytes), Some(Some(Tag::Id3v1 { length: 355 })));
        assert_eq!(tag(&bytes[..229]), None);
    }

    #[test]
    fn ape_tags_have_a_header_or_only_a_footer() {
        let of = |version: u32, size: u32, flags: u32| {
            let mut bytes = b"APETAGEX".to_vec();
            for field in [version, size, 1, flags, 0, 0] {
                bytes.extend(field.to_le_bytes());
            }
            told(&bytes).unwrap()
        };
        assert_eq!(of(2_000, 100, 0xa000_0000), Some(Tag::Ape { length: 132 }));
        assert_eq!(of(2_000, 100, 0x8000_0000), Some(Tag::Ape { length: 32 }));
        assert_eq!(of(1_000, 100, 0), Some(Tag::Ape { length: 32 }));
        assert_eq!(of(3_000, 100, 0), None);
        assert_eq!(told(b"APETAGEX"), None);
        assert_eq!(told(b"APETAGES"), Some(None));
    }

    #[test]
    fn others_by_their_first_bytes() {
        assert_eq!(told(b"ICY 200 OK"), Some(Some(Tag::Icecast)));
        assert_eq!(told(b"ICY"), None);
        assert_eq!(told(b"ICE "), Some(None));
        assert_eq!(told(b"LYRICSBEGIN"), Some(Some(Tag::Lyrics)));
        assert_eq!(told(b"LYRICSEND"), Some(None));
        assert_eq!(told(b""), None);
        assert_eq!(told(b"\0"), Some(None));
    }

    #[test]
    fn frames_of_id3v2() {
        let header = |frames: Id3Frames, bytes: &[u8]| frames.header(bytes).map(|h| (h.size, h.is_comment));
        assert_eq!(header(Id3Frames::V2, b"COM\0\x01\x02"), Some((258, true)));
        assert_eq!(header(Id3Frames::V3, b"COMM\0\0\x01\x02\0\0"), Some((258, true)));
        assert_eq!(header(Id3Frames::V4, b"APIC\0\0\x01\x02\0\0"), Some((130, false)));
        assert_eq!(header(Id3Frames::V4, b"APIC\0\0\x81\x02\0\0"), None);
        assert_eq!(header(Id3Frames::V3, &[0; 10]), None);
    }
}
