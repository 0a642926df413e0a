//! The grammar of EBML (RFC 8794): IDs, sizes, and elements that are read whole.

use super::ids::{Content, ElementId};
use crate::bytes::text_before_zero;
use crate::container::{ContainerError, ErrorClass};

/// Longest ID, in bytes (RFC 8794 § 11.2.4: the usual `EBMLMaxIDLength`).
const MAX_ID_LENGTH: usize = 4;
/// Longest size, in bytes (RFC 8794 § 11.2.5: the usual `EBMLMaxSizeLength`).
const MAX_SIZE_LENGTH: usize = 8;

/// ID and size of an element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ElementHeader {
    pub(super) id: ElementId,
    /// Bytes of the element's data; `None` for the unknown size.
    pub(super) size: Option<u64>,
    /// Bytes of ID and size.
    pub(super) length: u64,
}

/// What the first bytes at a place are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ReadHeader {
    /// A header.
    Complete(ElementHeader),
    /// The start of one: more bytes are needed.
    Incomplete,
    /// None: no ID or size is so long, or the ID is not in its shortest form.
    Garbage,
}

impl ElementHeader {
    /// Reads the header at the start of `bytes`.
    pub(super) fn read(bytes: &[u8]) -> ReadHeader {
        let Some(&first) = bytes.first() else {
            return ReadHeader::Incomplete;
        };
        let id_length = length_of(first);
        if id_length > MAX_ID_LENGTH {
            return ReadHeader::Garbage;
        }
        let Some(id_bytes) = bytes.get(..id_length) else {
            return ReadHeader::Incomplete;
        };
        let id = big_endian(id_bytes) as u32;
        // RFC 8794 § 5: data bits all zeros or all ones are no ID.
        let data_bits = id & (ones(id_length) as u32);
        if data_bits == 0 || u64::from(data_bits) == ones(id_length) {
            return ReadHeader::Garbage;
        }
        match vint(bytes.get(id_length..).unwrap_or_default()) {
            ReadVint::Complete { value, length } => ReadHeader::Complete(Self {
                id: ElementId::of(id),
                size: value,
                length: (id_length + length) as u64,
            }),
            ReadVint::Incomplete => ReadHeader::Incomplete,
            ReadVint::Garbage => ReadHeader::Garbage,
        }
    }
}

/// What the first bytes at a place are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ReadVint {
    /// A number and how many bytes it takes; `None` when all its data bits are ones, the unknown size.
    Complete { value: Option<u64>, length: usize },
    /// The start of a number.
    Incomplete,
    /// No number is so long.
    Garbage,
}

/// Reads a variable-size integer (RFC 8794 § 4).
pub(super) fn vint(bytes: &[u8]) -> ReadVint {
    let Some(&first) = bytes.first() else {
        return ReadVint::Incomplete;
    };
    let length = length_of(first);
    if length > MAX_SIZE_LENGTH {
        return ReadVint::Garbage;
    }
    let Some(bytes) = bytes.get(..length) else {
        return ReadVint::Incomplete;
    };
    let value = big_endian(bytes) & ones(length);
    ReadVint::Complete {
        value: (value != ones(length)).then_some(value),
        length,
    }
}

/// Bytes of a number whose first byte this is: 9 when there is no such number.
const fn length_of(first: u8) -> usize {
    first.leading_zeros() as usize + 1
}

/// The largest value of the data bits of a number of this many bytes.
const fn ones(length: usize) -> u64 {
    (1 << (7 * length)) - 1
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// An element whose bytes are all there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    /// Offset of its first byte in the stream.
    offset: u64,
    /// In which element it lies.
    parent: ElementId,
    pub(super) id: ElementId,
    pub(super) data: &'a [u8],
    /// Offset of `data` in the stream.
    data_offset: u64,
}

impl<'a> Element<'a> {
    /// The element of this header, which begins at `offset`; `data` is what follows the header.
    pub(super) fn new(header: ElementHeader, offset: u64, parent: ElementId, data: &'a [u8]) -> Self {
        Self {
            offset,
            parent,
            id: header.id,
            data,
            data_offset: offset + header.length,
        }
    }

    /// The element inside that begins at `position` in the data, which then is where the next one begins. `None` at the
    /// end.
    pub(super) fn next_child(&self, position: &mut usize) -> Result<Option<Self>, ContainerError> {
        let offset = self.data_offset + *position as u64;
        let rest = self.data.get(*position..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let error = |message| ContainerError::malformed(offset, self.path(), message);
        let header = match ElementHeader::read(rest) {
            ReadHeader::Complete(header) => header,
            ReadHeader::Incomplete => return Err(error("ends within the header of an element inside")),
            ReadHeader::Garbage => return Err(error("holds bytes that are no element")),
        };
        let data = rest.get(header.length as usize..).unwrap_or_default();
        let size = header.size.and_then(|size| usize::try_from(size).ok());
        let mut child = Self::new(header, offset, self.id, data);
        let Some(inside) = size.and_then(|size| data.get(..size)) else {
            let size = match header.size {
                Some(size) => format!("says it is {size} bytes long"),
                None => "says its size is unknown".to_owned(),
            };
            return Err(child.malformed(format!("{size}, and {} are left of what holds it", data.len())));
        };
        child.data = inside;
        *position += header.length as usize + inside.len();
        Ok(Some(child))
    }

    /// Its name after those of what it lies in, such as `Segment/Tracks/TrackEntry`.
    fn path(&self) -> String {
        self.id.path_in(self.parent)
    }

    /// As an unsigned integer (RFC 8794 § 7.2).
    pub(super) fn unsigned(&self) -> Result<u64, ContainerError> {
        if self.data.len() > 8 {
            return Err(self.wrong_length("an integer"));
        }
        Ok(big_endian(self.data))
    }

    /// As text up to the first zero (RFC 8794 § 7.4 and § 7.5); what is no UTF-8 is replaced.
    pub(super) fn text(&self) -> String {
        text_before_zero(self.data)
    }

    /// Whether it holds what it should.
    fn check(&self, content: Content) -> Result<(), ContainerError> {
        let length = self.data.len();
        match content {
            Content::Binary(most) if length > most as usize => {
                Err(self.limit(format!("holds {length} bytes; the limit is {most}")))
            }
            Content::Float(_) if !matches!(length, 0 | 4 | 8) => Err(self.wrong_length("a float")),
            Content::Integer(_) | Content::Positive(_) | Content::AtMost(_) => {
                let value = self.unsigned()?;
                match content {
                    Content::Positive(_) if value == 0 => Err(self.malformed("is 0")),
                    Content::AtMost(most) if value > most.into() => {
                        Err(self.unsupported(format!("is {value}; at most {most} can be read here")))
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn wrong_length(&self, what: &str) -> ContainerError {
        self.malformed(format!(
            "has {} bytes, which is no length of {what}",
            self.data.len()
        ))
    }

    pub(super) fn malformed(&self, message: impl Into<String>) -> ContainerError {
        self.error(ErrorClass::Malformed, message)
    }

    pub(super) fn unsupported(&self, message: impl Into<String>) -> ContainerError {
        self.error(ErrorClass::Unsupported, message)
    }

    pub(super) fn limit(&self, message: impl Into<String>) -> ContainerError {
        self.error(ErrorClass::Limit, message)
    }

    pub(super) fn error(&self, class: ErrorClass, message: impl Into<String>) -> ContainerError {
        ContainerError::new(class, self.offset, self.path(), message)
    }
}

/// The elements inside a master element and its groups, each by its ID, checked against the table: the last one where
/// there are several.
pub(super) struct Fields<'a>([Option<Element<'a>>; ElementId::KNOWN]);

impl<'a> Fields<'a> {
    /// None.
    pub(super) const fn new() -> Self {
        Self([None; ElementId::KNOWN])
    }

    /// Reads what is in `element`.
    pub(super) fn read(&mut self, element: &Element<'a>) -> Result<(), ContainerError> {
        let mut position = 0;
        while let Some(child) = element.next_child(&mut position)? {
            let row = child.id.row().filter(|row| row.parent == element.id);
            if let (Some(row), Some(field)) = (row, self.0.get_mut(child.id.index())) {
                child.check(row.content)?;
                *field = Some(child);
                if row.content == Content::Group {
                    self.read(&child)?;
                }
            }
        }
        Ok(())
    }

    /// Reads what is in the element of this ID, if there is one.
    pub(super) fn read_inside(&mut self, id: ElementId) -> Result<(), ContainerError> {
        match self.get(id) {
            Some(element) => self.read(&element),
            None => Ok(()),
        }
    }

    /// The element of this ID.
    pub(super) fn get(&self, id: ElementId) -> Option<Element<'a>> {
        self.0.get(id.index()).copied().flatten()
    }

    /// Its data; none where it is missing.
    pub(super) fn data(&self, id: ElementId) -> &'a [u8] {
        self.get(id).map_or(&[], |element| element.data)
    }

    /// As an unsigned integer, or what it is where it is missing.
    pub(super) fn unsigned(&self, id: ElementId) -> u64 {
        match self.get(id) {
            Some(element) => big_endian(element.data),
            None => id.default().into(),
        }
    }

    /// As a signed integer (RFC 8794 § 7.1).
    pub(super) fn signed(&self, id: ElementId) -> i64 {
        // The bits before the sign: at most 64, for an integer of no bytes.
        let unused = 64 - 8 * self.data(id).len() as u32;
        self.unsigned(id)
            .checked_shl(unused)
            .map_or(0, |value| value as i64 >> unused)
    }

    /// As a float (RFC 8794 § 7.3).
    pub(super) fn float(&self, id: ElementId) -> f64 {
        let bits = self.unsigned(id);
        match self.get(id).map(|element| element.data.len()) {
            None => id.default().into(),
            Some(4) => f32::from_bits(bits as u32).into(),
            Some(_) => f64::from_bits(bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Element<'_> {
        let header = ElementHeader {
            id: ElementId::INFO,
            size: Some(bytes.len() as u64),
            length: 5,
        };
        Element::new(header, 100, ElementId::SEGMENT, bytes)
    }

    #[test]
    fn headers() {
        let header = |id, size, length| {
            ReadHeader::Complete(ElementHeader {
                id: ElementId::of(id),
                size,
                length,
            })
        };
        for (bytes, expected) in [
            (
                &[0x1a, 0x45, 0xdf, 0xa3, 0x9f, 7][..],
                header(0x1a45_dfa3, Some(31), 5),
            ),
            (&[0xec, 0x40, 2], header(0xec, Some(2), 3)),
            (&[0xa3, 0x80], header(0xa3, Some(0), 2)),
            (&[0xa3, 0xff], header(0xa3, None, 2)),
            (
                &[0xa3, 0x01, 255, 255, 255, 255, 255, 255, 255],
                header(0xa3, None, 9),
            ),
            (
                &[0xa3, 0x01, 255, 255, 255, 255, 255, 255, 254],
                header(0xa3, Some((1 << 56) - 2), 9),
            ),
            (&[0x08, 1, 1, 1, 1, 0x81], ReadHeader::Garbage),
            (&[0], ReadHeader::Garbage),
            (&[0x80, 0x81], ReadHeader::Garbage),
            (&[0xff, 0x81], ReadHeader::Garbage),
            (&[0x40, 0, 0x81], ReadHeader::Garbage),
            (&[0xa3, 0], ReadHeader::Garbage),
            (&[], ReadHeader::Incomplete),
            (&[0x1a, 0x45, 0xdf], ReadHeader::Incomplete),
            (&[0xa3], ReadHeader::Incomplete),
            (&[0xa3, 0x01, 0, 0], ReadHeader::Incomplete),
        ] {
            assert_eq!(ElementHeader::read(bytes), expected, "{bytes:02x?}");
        }
    }

    #[test]
    fn values() {
        const INTEGER: ElementId = ElementId::DISCARD_PADDING;
        const FLOAT: ElementId = ElementId::SAMPLING_FREQUENCY;
        let read = |id: ElementId, bytes: &[u8], check: &dyn Fn(&Fields<'_>)| {
            let id_bytes = id.number().to_be_bytes();
            let id_bytes = id_bytes
                .split_at(id_bytes.iter().take_while(|&&byte| byte == 0).count())
                .1;
            let inside = [id_bytes, &[0x80 | bytes.len() as u8], bytes].concat();
            let mut parent = of(&inside);
            parent.id = id.parent();
            let mut fields = Fields::new();
            let result = fields.read(&parent);
            check(&fields);
            result.map_err(|error| error.to_string())
        };
        for (bytes, unsigned, signed) in [
            (&[][..], 0, 0),
            (&[1, 2], 258, 258),
            (&[0xff; 8], u64::MAX, -1),
            (&[0xff, 0x38], 0xff38, -200),
            (&[0x7f], 127, 127),
        ] {
            let check = |fields: &Fields<'_>| {
                assert_eq!(
                    (fields.unsigned(INTEGER), fields.signed(INTEGER)),
                    (unsigned, signed)
                );
            };
            assert_eq!(read(INTEGER, bytes, &check), Ok(()));
        }
        for (bytes, float) in [
            (&[][..], 0.0),
            (&2.5f32.to_be_bytes(), 2.5),
            (&(-0.125f64).to_be_bytes(), -0.125),
        ] {
            let check = |fields: &Fields<'_>| assert_eq!(fields.float(FLOAT), float);
            assert_eq!(read(FLOAT, bytes, &check), Ok(()));
        }
        let missing = |fields: &Fields<'_>| {
            assert_eq!((fields.unsigned(INTEGER), fields.signed(INTEGER)), (0, 0));
            assert_eq!(
                (fields.float(FLOAT), fields.unsigned(ElementId::CHANNELS)),
                (8_000.0, 1)
            );
            assert!(fields.get(FLOAT).is_none() && fields.data(FLOAT).is_empty());
        };
        for (id, bytes, complaint) in [
            (
                INTEGER,
                &[0; 9][..],
                "has 9 bytes, which is no length of an integer",
            ),
            (FLOAT, &[0; 3], "has 3 bytes, which is no length of a float"),
            (ElementId::TIMESTAMP_SCALE, &[0], "is 0"),
            (
                ElementId::EBML_READ_VERSION,
                &[2],
                "is 2; at most 1 can be read here",
            ),
        ] {
            let error = read(id, bytes, &missing).unwrap_err();
            assert!(error.ends_with(complaint), "{error}");
        }
        assert_eq!(of(b"name\0\0").text(), "name");
        assert_eq!(of(&[1, 2]).unsigned(), Ok(258));
        assert!(of(&[0; 9]).unsigned().is_err());
    }

    #[test]
    fn children_stay_within_their_parent() {
        let names = |bytes: &[u8]| -> Result<Vec<String>, String> {
            let (element, mut position) = (of(bytes), 0);
            let mut names = Vec::new();
            while let Some(child) = element
                .next_child(&mut position)
                .map_err(|error| error.to_string())?
            {
                names.push(child.path());
            }
            Ok(names)
        };
        assert_eq!(
            names(&[0xec, 0x81, 0, 0xd7, 0x81, 1, 0xbf, 0x80, 0x83, 0x80]),
            Ok(["Void", "TrackNumber", "CRC-32", "TrackType"]
                .map(|name| format!("Segment/Info/{name}"))
                .to_vec())
        );
        for (bytes, complaint) in [
            (
                &[0xd7, 0x82, 1][..],
                "Segment/Info/TrackNumber at byte 105: says it is 2 bytes long, and 1 are left",
            ),
            (
                &[0x83, 0x80, 0xd7, 0xff],
                "TrackNumber at byte 107: says its size is unknown",
            ),
            (
                &[0x83, 0x80, 0],
                "Segment/Info at byte 107: holds bytes that are no element",
            ),
            (
                &[0x83, 0x80, 0x53],
                "Segment/Info at byte 107: ends within the header",
            ),
        ] {
            let error = names(bytes).unwrap_err();
            assert!(error.contains(complaint), "{error}");
        }
    }
}
