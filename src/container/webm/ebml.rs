//! The grammar of EBML (RFC 8794): IDs, sizes, and elements that are read whole.

use super::ids::ElementId;
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
                id: ElementId(id),
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
    place: Place<'a>,
    pub(super) id: ElementId,
    pub(super) data: &'a [u8],
    /// Offset of `data` in the stream.
    data_offset: u64,
}

/// Where an element lies. Only errors ask for it, and there are elements in every block.
#[derive(Clone, Copy, Debug)]
enum Place<'a> {
    /// In elements of these names; in none where that is empty.
    Below(&'static str),
    Inside(&'a Element<'a>),
}

impl<'a> Element<'a> {
    /// The element of this header, which begins at `offset`; `data` is what follows the header.
    pub(super) fn new(header: ElementHeader, offset: u64, parent: &'static str, data: &'a [u8]) -> Self {
        Self::at(header, offset, Place::Below(parent), data)
    }

    fn at(header: ElementHeader, offset: u64, place: Place<'a>, data: &'a [u8]) -> Self {
        Self {
            offset,
            place,
            id: header.id,
            data,
            data_offset: offset + header.length,
        }
    }

    /// The elements inside, without those that say nothing.
    pub(super) fn children(&'a self) -> Children<'a> {
        Children {
            parent: self,
            position: 0,
        }
    }

    /// The element at the start of `rest`, which lies at `position` in `data`, and its length.
    fn child(&'a self, rest: &'a [u8], position: usize) -> Result<(Self, usize), ContainerError> {
        let offset = self.data_offset + position as u64;
        let error = |message| ContainerError::malformed(offset, self.path(), message);
        let header = match ElementHeader::read(rest) {
            ReadHeader::Complete(header) => header,
            ReadHeader::Incomplete => return Err(error("ends within the header of an element inside")),
            ReadHeader::Garbage => return Err(error("holds bytes that are no element")),
        };
        let start = header.length as usize;
        let size = header.size.and_then(|size| usize::try_from(size).ok());
        let end = size.and_then(|size| start.checked_add(size));
        let data = end.and_then(|end| rest.get(start..end));
        let child = Self::at(header, offset, Place::Inside(self), data.unwrap_or_default());
        if data.is_none() {
            let size = match header.size {
                Some(size) => format!("says it is {size} bytes long"),
                None => "says its size is unknown".to_owned(),
            };
            return Err(child.malformed(format!(
                "{size}, and {} are left of what holds it",
                rest.len() - start
            )));
        }
        Ok((child, start + child.data.len()))
    }

    /// Its name after those of what it lies in, such as `Segment/Tracks/TrackEntry`.
    fn path(&self) -> String {
        match self.place {
            Place::Below("") => self.id.to_string(),
            Place::Below(parent) => format!("{parent}/{}", self.id),
            Place::Inside(parent) => format!("{}/{}", parent.path(), self.id),
        }
    }

    /// As an unsigned integer (RFC 8794 § 7.2).
    pub(super) fn unsigned(&self) -> Result<u64, ContainerError> {
        if self.data.len() > 8 {
            return Err(self.wrong_length("an integer"));
        }
        Ok(big_endian(self.data))
    }

    /// As a signed integer (RFC 8794 § 7.1).
    pub(super) fn signed(&self) -> Result<i64, ContainerError> {
        let value = self.unsigned()?;
        // The bits before the sign: at most 64, for an integer of no bytes.
        let unused = 64 - 8 * self.data.len() as u32;
        Ok(value
            .checked_shl(unused)
            .map_or(0, |value| value as i64 >> unused))
    }

    /// As a float (RFC 8794 § 7.3).
    pub(super) fn float(&self) -> Result<f64, ContainerError> {
        let value = match self.data.len() {
            0 => 0.0,
            4 => f64::from(f32::from_bits(self.unsigned()? as u32)),
            8 => f64::from_bits(self.unsigned()?),
            _ => return Err(self.wrong_length("a float")),
        };
        Ok(value)
    }

    /// As text up to the first zero (RFC 8794 § 7.4 and § 7.5); what is no UTF-8 is replaced.
    pub(super) fn text(&self) -> String {
        let end = self.data.iter().position(|&byte| byte == 0);
        let bytes = self.data.get(..end.unwrap_or(self.data.len()));
        String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
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

/// The elements inside an element, or the error that ends them.
pub(super) struct Children<'a> {
    parent: &'a Element<'a>,
    position: usize,
}

impl<'a> Iterator for Children<'a> {
    type Item = Result<Element<'a>, ContainerError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.parent.data.get(self.position..)?;
            if rest.is_empty() {
                return None;
            }
            match self.parent.child(rest, self.position) {
                Ok((child, length)) => {
                    self.position += length;
                    if !child.id.is_global() {
                        return Some(Ok(child));
                    }
                }
                Err(error) => {
                    self.position = usize::MAX;
                    return Some(Err(error));
                }
            }
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
        Element::new(header, 100, "Segment", bytes)
    }

    #[test]
    fn headers() {
        let header = |id, size, length| {
            ReadHeader::Complete(ElementHeader {
                id: ElementId(id),
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
        assert_eq!(of(&[]).unsigned(), Ok(0));
        assert_eq!(of(&[1, 2]).unsigned(), Ok(258));
        assert_eq!(of(&[0xff; 8]).unsigned(), Ok(u64::MAX));
        assert_eq!(of(&[0xff; 8]).signed(), Ok(-1));
        assert_eq!(of(&[0xff, 0x38]).signed(), Ok(-200));
        assert_eq!(of(&[0x7f]).signed(), Ok(127));
        assert_eq!(of(&[]).signed(), Ok(0));
        assert_eq!(of(&2.5f32.to_be_bytes()).float(), Ok(2.5));
        assert_eq!(of(&(-0.125f64).to_be_bytes()).float(), Ok(-0.125));
        assert_eq!(of(b"name\0\0").text(), "name");
        assert!(of(&[0; 9]).unsigned().is_err());
        assert!(of(&[0; 9]).signed().is_err());
        assert!(of(&[0; 3]).float().is_err());
    }

    #[test]
    fn children_stay_within_their_parent() {
        let names = |bytes: &[u8]| -> Result<Vec<String>, String> {
            of(bytes)
                .children()
                .map(|child| child.map(|child| child.path()).map_err(|error| error.to_string()))
                .collect()
        };
        assert_eq!(
            names(&[0xec, 0x81, 0, 0xd7, 0x81, 1, 0xbf, 0x80, 0x83, 0x80]),
            Ok(vec![
                "Segment/Info/TrackNumber".into(),
                "Segment/Info/TrackType".into()
            ])
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
