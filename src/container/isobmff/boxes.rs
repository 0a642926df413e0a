//! Boxes: the grammar that all of ISO/IEC 14496-12 is written in (§ 4.2).

use std::fmt;

use crate::bytes::Reader;
use crate::container::{ContainerError, ErrorClass};

/// Four characters that name a box, a handler or a sample entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FourCC(pub(super) [u8; 4]);

impl FourCC {
    /// Whether all four are printable ASCII, or the © of QuickTime's user data.
    fn is_printable(self) -> bool {
        self.0.iter().all(|&b| matches!(b, 0x20..=0x7e | 0xa9))
    }

    /// Whether files of this format have such a box at their top level.
    fn is_known_top_level(self) -> bool {
        const KNOWN: [[u8; 4]; 19] = [
            *b"ftyp", *b"styp", *b"moov", *b"moof", *b"mdat", *b"mfra", *b"free", *b"skip", *b"wide",
            *b"pdin", *b"sidx", *b"ssix", *b"prft", *b"emsg", *b"uuid", *b"meta", *b"meco", *b"udta",
            *b"pnot",
        ];
        KNOWN.contains(&self.0)
    }
}

impl fmt::Display for FourCC {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            f.write_str(
                match byte {
                    0x20..=0x7e => char::from(byte),
                    _ => '?',
                }
                .encode_utf8(&mut [0; 4]),
            )?;
        }
        Ok(())
    }
}

impl fmt::Debug for FourCC {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{self}'")
    }
}

/// Size and type of a box.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct BoxHeader {
    pub(super) kind: FourCC,
    /// Bytes of the header itself: 8 or 16.
    pub(super) length: u64,
    /// Bytes of the whole box, header included; `None` when it goes on to the end of the file.
    pub(super) size: Option<u64>,
}

impl BoxHeader {
    /// Bytes that decide whether these are boxes at all.
    const SHORT: usize = 8;

    /// Reads the header at the start of `bytes`, which lie at `offset` of the stream. `Ok(None)` when more bytes are
    /// needed. `is_first` where nothing before vouches that these are boxes: then only a well-known type is believed.
    pub(super) fn top_level(
        bytes: &[u8],
        offset: u64,
        is_first: bool,
    ) -> Result<Option<Self>, ContainerError> {
        let Some(short) = bytes.get(..Self::SHORT) else {
            return Ok(None);
        };
        let header = match Self::read(&mut Reader::new(bytes)) {
            Ok(header) => header,
            // A long size of which only a part is here; the type can be judged already.
            Err(BadHeader::Truncated) if !is_garbage(short, is_first) => return Ok(None),
            Err(BadHeader::Truncated) => return Err(not_a_box(short, offset)),
            Err(BadHeader::Size(kind, size)) if kind.is_known_top_level() => {
                return Err(ContainerError::malformed(
                    offset,
                    kind.to_string(),
                    format!("says it is {size} bytes long, less than its own header"),
                ));
            }
            Err(BadHeader::Size(..)) => return Err(not_a_box(short, offset)),
        };
        if is_garbage(short, is_first) {
            return Err(not_a_box(short, offset));
        }
        Ok(Some(header))
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, BadHeader> {
        let short_size = reader.u32();
        let kind = FourCC(reader.array());
        let (length, size) = match short_size {
            0 => (8, None),
            1 => (16, Some(reader.u64())),
            size => (8, Some(u64::from(size))),
        };
        match size {
            _ if reader.is_truncated() => Err(BadHeader::Truncated),
            Some(size) if size < length => Err(BadHeader::Size(kind, size)),
            _ => Ok(Self { kind, length, size }),
        }
    }
}

enum BadHeader {
    Truncated,
    Size(FourCC, u64),
}

fn is_garbage(header: &[u8], is_first: bool) -> bool {
    let Some(&[a, b, c, d]) = header.get(4..8) else {
        return false;
    };
    let kind = FourCC([a, b, c, d]);
    !kind.is_printable() || is_first && !kind.is_known_top_level()
}

/// The error for bytes where a box should be and none is, with a guess at what they are.
fn not_a_box(header: &[u8], offset: u64) -> ContainerError {
    let kind = header.last_chunk().copied().unwrap_or_default();
    let mut bytes = String::new();
    for byte in header {
        bytes += &format!(" {byte:02x}");
    }
    let guess = match header {
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "these look like WebM or Matroska",
        [b'I', b'D', b'3', ..] | [0xff, 0xe0..=0xff, ..] => "these look like MP3 or ADTS audio",
        [0x47, ..] => "these look like an MPEG transport stream",
        [b'O', b'g', b'g', b'S', ..] => "these look like Ogg",
        [b'R', b'I', b'F', b'F', ..] => "these look like WAV or AVI",
        [b'<' | b'{' | b'#', ..] => "these look like text: was the answer an error page or a playlist?",
        _ => "is this an MP4 file, from its start or from the start of a segment?",
    };
    ContainerError::malformed(
        offset,
        format!("box '{}'", FourCC(kind)),
        format!("not an MP4 box type (first bytes{bytes}); {guess}"),
    )
}

/// A complete box, with the way back to the boxes around it for error messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct BoxRef<'a> {
    pub(super) kind: FourCC,
    /// Where the box starts in the stream.
    pub(super) offset: u64,
    /// All after the header.
    pub(super) payload: &'a [u8],
    header_length: u64,
    parent: Option<&'a Self>,
}

impl<'a> BoxRef<'a> {
    /// A box at the top level: `bytes` are all of it, header included, and lie at `offset`.
    pub(super) fn top_level(header: BoxHeader, bytes: &'a [u8], offset: u64) -> Self {
        // The header was read from these bytes.
        let payload = usize::try_from(header.length)
            .ok()
            .and_then(|length| bytes.get(length..))
            .unwrap_or_default();
        Self {
            kind: header.kind,
            offset,
            payload,
            header_length: header.length,
            parent: None,
        }
    }

    /// The boxes inside, after `fields` bytes of the payload. Fewer than eight bytes at the end are padding.
    pub(super) fn children_after(&'a self, fields: usize) -> Children<'a> {
        Children {
            parent: self,
            position: fields,
        }
    }

    /// The boxes inside a box that holds nothing else.
    pub(super) fn children(&'a self) -> Children<'a> {
        self.children_after(0)
    }

    /// The first box of this type inside.
    pub(super) fn child(&'a self, kind: &[u8; 4]) -> Result<Option<Self>, ContainerError> {
        for child in self.children() {
            let child = child?;
            if child.kind.0 == *kind {
                return Ok(Some(child));
            }
        }
        Ok(None)
    }

    /// How many boxes of this type are inside, up to the first that is broken.
    pub(super) fn count(&self, kind: &[u8; 4]) -> usize {
        let mut count = 0;
        for child in self.children() {
            match child {
                Ok(child) => count += usize::from(child.kind.0 == *kind),
                Err(_) => break,
            }
        }
        count
    }

    /// Reads the fields; going past the end is an error of this box.
    pub(super) fn read<T>(&self, fields: impl FnOnce(&mut Reader<'a>) -> T) -> Result<T, ContainerError> {
        let mut reader = Reader::new(self.payload);
        let read = fields(&mut reader);
        self.check_end(&reader)?;
        Ok(read)
    }

    /// Checks that nothing was read past the end.
    pub(super) fn check_end(&self, reader: &Reader<'_>) -> Result<(), ContainerError> {
        reader
            .check()
            .map_err(|truncated| self.malformed(format_args!("{truncated}")))
    }

    /// Checks that a full box, § 4.2.2, has a version that is known: 0 or 1.
    pub(super) fn check_version(&self) -> Result<(), ContainerError> {
        match self.payload.first() {
            Some(version @ 2..) => {
                Err(self.malformed(format_args!("has version {version}, which is not known")))
            }
            _ => Ok(()),
        }
    }

    /// Checks a table's count, an untrusted number, against the bytes there are for its entries.
    pub(super) fn check_count(
        &self,
        count: u32,
        entry_size: usize,
        reader: &Reader<'_>,
    ) -> Result<(), ContainerError> {
        let room = reader.remaining() / entry_size;
        if u64::from(count) > room as u64 {
            return Err(self.malformed(format_args!("says it has {count} entries, with room for {room}")));
        }
        Ok(())
    }

    /// Where the payload starts in the stream.
    const fn payload_offset(&self) -> u64 {
        self.offset + self.header_length
    }

    /// The types from the top level down to this box.
    pub(super) fn path(&self) -> String {
        match self.parent {
            Some(parent) => format!("{}/{}", parent.path(), self.kind),
            None => self.kind.to_string(),
        }
    }

    /// An error of this box.
    pub(super) fn error(&self, class: ErrorClass, message: fmt::Arguments<'_>) -> ContainerError {
        ContainerError::new(class, self.offset, self.path(), fmt::format(message))
    }

    /// This box breaks a rule.
    pub(super) fn malformed(&self, message: fmt::Arguments<'_>) -> ContainerError {
        self.error(ErrorClass::Malformed, message)
    }

    /// This box asks for what we cannot do.
    pub(super) fn unsupported(&self, message: fmt::Arguments<'_>) -> ContainerError {
        self.error(ErrorClass::Unsupported, message)
    }

    /// This box asks for more than a limit allows.
    pub(super) fn limit(&self, message: fmt::Arguments<'_>) -> ContainerError {
        self.error(ErrorClass::Limit, message)
    }
}

/// The boxes inside a box, or the error that ends them.
pub(super) struct Children<'a> {
    parent: &'a BoxRef<'a>,
    position: usize,
}

impl<'a> Iterator for Children<'a> {
    type Item = Result<BoxRef<'a>, ContainerError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.parent.payload.get(self.position..)?;
        if rest.len() < BoxHeader::SHORT {
            return None;
        }
        let offset = self.parent.payload_offset() + self.position as u64;
        let header = BoxHeader::read(&mut Reader::new(rest));
        // A box that reaches to the end of its parent is legal nowhere but harmless.
        let sized = header.ok().and_then(|header| {
            let size = match header.size {
                Some(size) => usize::try_from(size).ok()?,
                None => rest.len(),
            };
            Some((header, rest.get(..size)?, size))
        });
        let Some((header, bytes, size)) = sized else {
            self.position = usize::MAX;
            return Some(Err(self.parent.malformed(format_args!(
                "the box inside it at byte {offset} does not fit into the {} bytes left",
                rest.len()
            ))));
        };
        self.position += size;
        Some(Ok(BoxRef {
            parent: Some(self.parent),
            ..BoxRef::top_level(header, bytes, offset)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: &[u8], is_first: bool) -> Result<Option<BoxHeader>, ContainerError> {
        BoxHeader::top_level(bytes, 0, is_first)
    }

    #[test]
    fn sizes_of_all_three_kinds() {
        let of = |bytes: &[u8]| header(bytes, true).unwrap().map(|h| (h.length, h.size));
        assert_eq!(of(b"\0\0\0\x10ftyp"), Some((8, Some(16))));
        assert_eq!(of(b"\0\0\0\0mdat"), Some((8, None)));
        assert_eq!(of(b"\0\0\0\x01mdat\0\0\0\x01\0\0\0\0"), Some((16, Some(1 << 32))));
        assert_eq!(of(b"\0\0\0\x01mdat\0\0\0\x01\0\0\0"), None);
        assert_eq!(of(b"\0\0\0\x10fty"), None);
    }

    #[test]
    fn garbage_is_explained() {
        let message = |bytes: &[u8], is_first| header(bytes, is_first).unwrap_err().to_string();
        assert_eq!(
            message(b"\x12\xab\0\0xyz\x07", false),
            "box 'xyz?' at byte 0: not an MP4 box type (first bytes 12 ab 00 00 78 79 7a 07); \
             is this an MP4 file, from its start or from the start of a segment?"
        );
        assert!(message(b"<!DOCTYPE html>", true).contains("look like text"));
        assert!(message(b"\x1a\x45\xdf\xa3\x01\0\0\0", true).contains("WebM"));
        assert!(message(b"\0\0\0\x01\0\0\0\0", true).contains("not an MP4 box"));
        assert_eq!(
            message(b"\0\0\0\x07moov", false),
            "moov at byte 0: says it is 7 bytes long, less than its own header"
        );
        // A private box is passed over, but not believed as the very first.
        assert!(header(b"\0\0\0\x10abcd", false).is_ok());
        assert!(header(b"\0\0\0\x10abcd", true).is_err());
    }

    #[test]
    fn children_know_their_path_and_offset() {
        let bytes = b"\0\0\0\x22moof\0\0\0\x14traf\0\0\0\x0atfhd\x05\x06\xff\xff\0\0\0\x03";
        let moof = BoxRef::top_level(header(bytes, false).unwrap().unwrap(), bytes, 100);
        let traf = moof.child(b"traf").unwrap().unwrap();
        let tfhd = traf.child(b"tfhd").unwrap().unwrap();
        assert_eq!((tfhd.path().as_str(), tfhd.offset), ("moof/traf/tfhd", 116));
        assert_eq!(tfhd.read(|r| r.u16()), Ok(0x0506));
        let error = tfhd.read(|r| r.u32()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "moof/traf/tfhd at byte 116: ends after 2 bytes, where 4 bytes at position 0 are expected"
        );
        assert!(traf.child(b"trun").unwrap().is_none());
    }

    #[test]
    fn a_child_larger_than_its_parent_is_an_error() {
        let bytes = b"\0\0\0\x18moof\0\0\0\x11traf\0\0\0\0\0\0\0\0";
        let moof = BoxRef::top_level(header(bytes, false).unwrap().unwrap(), bytes, 0);
        let error = moof.child(b"traf").unwrap_err();
        assert_eq!(
            (error.element.as_str(), error.class),
            ("moof", ErrorClass::Malformed)
        );
        assert_eq!(moof.children().count(), 1);
    }
}
