//! Tables that say what is read of boxes, and what reads by them.
//!
//! A [`Rule`] names a box and what it holds: boxes, numbers, or something that has code of its own.

use super::boxes::{BoxRef, FourCC};
use crate::bytes::Reader;
use crate::container::ContainerError;

/// A type of box, and what is read of it. Where it lies tells the table that the rule is in.
pub(super) struct Rule<T: 'static>(pub(super) [u8; 4], pub(super) Content<T>);

/// What is read of a box.
pub(super) enum Content<T: 'static> {
    /// The boxes inside, by these rules.
    Boxes(&'static [Rule<T>]),
    /// Numbers, as they lie.
    Fields(&'static [Field]),
    /// What this makes of it.
    Own(fn(&mut T, &BoxRef<'_>) -> Result<(), ContainerError>),
}

/// A number in a box.
pub(super) struct Field {
    number: Number,
    /// Bytes in version 0, and in those after it.
    sizes: [u8; 2],
    /// The flag of the box that says that it is there; 0 where it always is.
    flag: u8,
}

/// Version and flags of a full box, § 4.2.2. Fields after them that lie by the version are those of the later one from 1 on.
pub(super) const VERSION: Field = field(Number::Version, 1);
/// A version that must be one that is known: 0 or 1.
pub(super) const KNOWN_VERSION: Field = field(Number::KnownVersion, 1);
pub(super) const FLAGS: Field = field(Number::Flags, 3);

/// So many bytes, the same in every version.
pub(super) const fn field(number: Number, size: u8) -> Field {
    by_version(number, size, size)
}

/// So many bytes in version 0, and in those after it.
pub(super) const fn by_version(number: Number, short: u8, long: u8) -> Field {
    Field {
        number,
        sizes: [short, long],
        flag: 0,
    }
}

/// There only with this flag.
pub(super) const fn with_flag(flag: u8, number: Number, size: u8) -> Field {
    Field {
        flag,
        ..field(number, size)
    }
}

/// Bytes that are passed over.
pub(super) const fn skip(size: u8) -> Field {
    field(Number::Ignored, size)
}

/// The names of numbers. Each record has those of its own boxes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Ignored,
    Version,
    KnownVersion,
    Flags,
    // mvhd, mehd, mdhd, hdlr, tkhd
    Timescale,
    /// `duration` of `mvhd`; 0 when it says "unknown".
    Duration,
    FragmentDuration,
    Language,
    Handler,
    TrackId,
    /// a, b, c and d of the matrix, 16.16.
    MatrixA,
    MatrixB,
    MatrixC,
    MatrixD,
    /// 16.16 in `tkhd`, pixels in a sample entry.
    Width,
    Height,
    // Sample entries
    /// `hSpacing` and `vSpacing` of `pasp`.
    HorizontalSpacing,
    VerticalSpacing,
    EntryVersion,
    Channels,
    SampleRate,
    SchemeType,
    OriginalFormat,
    // trex, tfhd, tfdt, trun
    BaseDataOffset,
    DescriptionIndex,
    SampleDuration,
    SampleSize,
    SampleFlags,
    BaseDecodeTime,
    /// How many there are.
    Count,
}

/// The numbers that were read of a box and of those in it. Of two of one name the last stays.
#[derive(Clone, Copy)]
pub(super) struct Numbers {
    values: [u64; Number::Count as usize],
    /// The bits of those that were there.
    found: u64,
}

impl Numbers {
    pub(super) const fn new() -> Self {
        Self {
            values: [0; Number::Count as usize],
            found: 0,
        }
    }

    /// `None` where it was not there.
    pub(super) fn get(&self, number: Number) -> Option<u64> {
        let is_found = self.found >> number as u32 & 1 != 0;
        self.values.get(number as usize).copied().filter(|_| is_found)
    }

    /// One of four bytes at most; 0 where it was not there.
    pub(super) fn u32(&self, number: Number) -> u32 {
        self.values.get(number as usize).map_or(0, |&value| value as u32)
    }

    /// Four bytes as characters.
    pub(super) fn four_cc(&self, number: Number) -> Option<FourCC> {
        self.get(number).map(|value| FourCC((value as u32).to_be_bytes()))
    }

    fn set(&mut self, number: Number, value: u64) {
        self.found |= 1 << number as u32;
        if let Some(place) = self.values.get_mut(number as usize) {
            *place = value;
        }
    }
}

impl Default for Numbers {
    fn default() -> Self {
        Self::new()
    }
}

impl AsMut<Self> for Numbers {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl BoxRef<'_> {
    /// Reads the fields that `reader` is at. Going past the end, and a version that is not known where it must be, are errors
    /// of this box.
    pub(super) fn read_fields(
        &self,
        reader: &mut Reader<'_>,
        fields: &[Field],
        numbers: &mut Numbers,
    ) -> Result<(), ContainerError> {
        let (mut version, mut flags) = (0, 0);
        for field in fields {
            if field.flag != 0 && flags & field.flag == 0 {
                continue;
            }
            let [short, long] = field.sizes;
            let size = if version == 0 { short } else { long };
            let mut value = reader.number(size.into());
            match field.number {
                Number::Version => version = value,
                Number::KnownVersion => {
                    self.check_version()?;
                    version = value;
                }
                Number::Flags => flags = value as u8,
                Number::Duration if size == 4 && value == u64::from(u32::MAX) => value = 0,
                _ => {}
            }
            numbers.set(field.number, value);
        }
        self.check_end(reader)
    }

    /// Reads the boxes inside into `record` by `rules`, after `fields` bytes of the payload.
    pub(super) fn read_boxes<T>(
        &self,
        fields: usize,
        rules: &[Rule<T>],
        record: &mut T,
    ) -> Result<(), ContainerError>
    where
        T: AsMut<Numbers>,
    {
        for child in self.children_after(fields) {
            let child = child?;
            for Rule(kind, content) in rules {
                if *kind != child.kind.0 {
                    continue;
                }
                match content {
                    Content::Boxes(rules) => child.read_boxes(0, rules, record)?,
                    Content::Fields(fields) => {
                        let mut reader = Reader::new(child.payload);
                        child.read_fields(&mut reader, fields, record.as_mut())?;
                    }
                    Content::Own(read) => read(record, &child)?,
                }
            }
        }
        Ok(())
    }
}
