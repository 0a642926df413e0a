//! Blocks: the frames of one track at one time (RFC 9559 § 10), alone or in a group.

use super::ebml::{Element, Fields, ReadVint, vint};
use super::ids::ElementId;
use crate::bytes::Reader;
use crate::container::ContainerError;

/// What a `SimpleBlock` or a `BlockGroup` says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Block<'a> {
    /// `TrackNumber` of its track.
    pub(super) track: u64,
    /// Ticks after the cluster's `Timestamp`.
    pub(super) time: i16,
    pub(super) is_key: bool,
    /// Its frames, in order. At least one; each may be empty.
    pub(super) frames: Vec<&'a [u8]>,
    /// `BlockDuration`, in ticks; 0 where it is not said.
    pub(super) duration: u64,
    /// `DiscardPadding`, in nanoseconds: at the end where it is positive, else at the start.
    pub(super) discard_padding: i64,
}

/// From a `BlockGroup`. Additions to the block, such as transparency, are passed over.
// As with `read_tracks`.
#[inline(never)]
pub(super) fn read_block_group<'a>(group: &Element<'a>) -> Result<Block<'a>, ContainerError> {
    let mut fields = Fields::new();
    fields.read(group)?;
    let block = fields.get(ElementId::BLOCK);
    let mut block = read_block(&block.ok_or_else(|| group.malformed("holds no Block"))?)?;
    // WebM byte stream format, "Random Access Points".
    block.is_key = fields.get(ElementId::REFERENCE_BLOCK).is_none();
    block.duration = fields.unsigned(ElementId::BLOCK_DURATION);
    block.discard_padding = fields.signed(ElementId::DISCARD_PADDING);
    Ok(block)
}

/// From a `SimpleBlock`; from a `Block` without what only its group says.
pub(super) fn read_block<'a>(element: &Element<'a>) -> Result<Block<'a>, ContainerError> {
    let ReadVint::Complete {
        value: Some(track),
        length,
    } = vint(element.data)
    else {
        return Err(element.malformed("begins with no track number"));
    };
    let too_short = || element.malformed("is too short for a block");
    let rest = element.data.get(length..).unwrap_or_default();
    let (&[high, low, flags], payload) = rest.split_first_chunk().ok_or_else(too_short)?;
    let frames = match flags >> 1 & 3 {
        0 => vec![payload],
        lacing => {
            let (&count, laces) = payload.split_first().ok_or_else(too_short)?;
            let count = usize::from(count) + 1;
            unlace(laces, lacing, count)
                .ok_or_else(|| element.malformed(format!("its {count} laced frames do not fit into it")))?
        }
    };
    Ok(Block {
        track,
        time: i16::from_be_bytes([high, low]),
        is_key: flags & 0x80 != 0,
        frames,
        duration: 0,
        discard_padding: 0,
    })
}

const XIPH: u8 = 1;
const FIXED_SIZE: u8 = 2;

/// Takes so many frames apart (RFC 9559 § 10.3). `None` when they do not fit.
// As with `read_tracks`.
#[inline(never)]
fn unlace(laces: &[u8], lacing: u8, count: usize) -> Option<Vec<&[u8]>> {
    let mut reader = Reader::new(laces);
    let whole = reader.remaining();
    if lacing == FIXED_SIZE && !whole.is_multiple_of(count) {
        return None;
    }
    // Of all but the last, which is what is left.
    let mut sizes = Vec::with_capacity(count - 1);
    let mut size = 0i64;
    for index in 1..count {
        match lacing {
            // A sum of bytes up to the first below 255.
            XIPH => {
                size = 0;
                loop {
                    let byte = reader.u8();
                    size += i64::from(byte);
                    if byte != 255 {
                        break;
                    }
                }
            }
            FIXED_SIZE => size = (whole / count) as i64,
            // The first, then what each has more than the one before.
            _ => {
                let ReadVint::Complete { value, length } = vint(reader.rest()) else {
                    return None;
                };
                reader.skip(length);
                let largest = (1 << (7 * length)) - 1;
                // All ones are a number here.
                let value = value.map_or(largest, |value| value as i64);
                size = match index {
                    1 => value,
                    // Signed by what is added to it.
                    _ => size.checked_add(value - (largest >> 1))?,
                };
            }
        }
        sizes.push(usize::try_from(size).ok()?);
    }
    let mut frames = Vec::with_capacity(count);
    for size in sizes {
        frames.push(reader.bytes(size));
    }
    frames.push(reader.rest());
    (!reader.is_truncated()).then_some(frames)
}

#[cfg(test)]
mod tests {
    use super::super::ebml::ElementHeader;
    use super::*;

    fn read(data: &[u8]) -> Result<Block<'_>, ContainerError> {
        let header = ElementHeader {
            id: ElementId::SIMPLE_BLOCK,
            size: Some(data.len() as u64),
            length: 2,
        };
        read_block(&Element::new(header, 0, ElementId::CLUSTER, data))
    }

    #[test]
    fn lacings() {
        let frames = |flags: u8, laces: &[u8]| {
            let data = [&[0x81, 0xff, 0xfe, flags], laces].concat();
            read(&data).map(|block| {
                assert_eq!(
                    (block.track, block.time, block.is_key),
                    (1, -2, flags & 0x80 != 0)
                );
                block.frames.iter().map(|frame| frame.len()).collect::<Vec<_>>()
            })
        };
        assert_eq!(frames(0x80, b"abc").unwrap(), [3]);
        assert_eq!(frames(0x00, b"").unwrap(), [0]);
        // Xiph: 2, 300, the rest.
        let laces = [&[2, 2, 255, 45][..], &[0; 305]].concat();
        assert_eq!(frames(0x82, &laces).unwrap(), [2, 300, 3]);
        // Fixed: four of two.
        assert_eq!(frames(0x84, &[3, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap(), [2, 2, 2, 2]);
        assert!(frames(0x84, &[3, 0, 0, 0, 0, 0]).is_err());
        // EBML: 800, 300 less, 200 more than that, the rest (RFC 9559 § 10.3.4).
        let laces = [&[3, 0x43, 0x20, 0x5e, 0xd3, 0x60, 0xc7][..], &[0; 2_010]].concat();
        assert_eq!(frames(0x86, &laces).unwrap(), [800, 500, 700, 10]);
        // Down by 63, the smallest of one byte; up by 64, the largest, whose bits are all ones.
        let laces = [&[3, 0xc0, 0x80, 0xff][..], &[0; 150]].concat();
        assert_eq!(frames(0x86, &laces).unwrap(), [64, 1, 65, 20]);
        for (flags, laces) in [
            (0x82, &[1, 4, 0, 0, 0][..]),
            (0x82, &[1]),
            (0x82, &[]),
            (0x86, &[1, 0x84, 0, 0, 0]),
            (0x86, &[2, 0x81, 0x80, 0]),
            (0x86, &[1, 0]),
        ] {
            assert!(frames(flags, laces).is_err(), "{flags:x} {laces:x?}");
        }
    }

    #[test]
    fn mistakes() {
        for (data, complaint) in [
            (&[0x81, 0][..], "too short"),
            (&[], "no track number"),
            (&[0x00, 0, 0, 0, 0], "no track number"),
            (&[0xff, 0, 0, 0, 0], "no track number"),
        ] {
            let error = read(data).unwrap_err().to_string();
            assert!(error.contains(complaint), "{error}");
        }
    }
}
