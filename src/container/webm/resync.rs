//! Where a cluster or an initialization segment begins in bytes that are no elements.
//!
//! A joint between two whole blocks, of two clusters of unknown size, is none of these: a recording in which nothing was said
//! and shown for a while has the same bytes. The blocks go on with the times of the cluster that was cut, up to the next one,
//! and coded frame processing makes of their leap what it can. Pages that call `abort()` at the joint have no such blocks.

use super::ebml::{ElementHeader, ReadHeader};
use super::ids::ElementId;
use super::limits::MAX_HEADER_SIZE;

/// What is at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// The start of a cluster or an initialization segment.
    Start,
    /// Nothing up to here; the bytes that may follow decide what is here.
    MoreNeeded,
}

/// The first place that is a start or may become one, and which of the two it is.
pub(super) fn find(bytes: &[u8]) -> (usize, Found) {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        match is_start(rest) {
            Some(true) => return (at, Found::Start),
            Some(false) => at += 1,
            None => return (at, Found::MoreNeeded),
        }
    }
    (bytes.len(), Found::MoreNeeded)
}

/// Whether a start is at the front; `None` when too few bytes are there to tell.
///
/// Four bytes come about by chance once in some gigabytes of compressed media; so the first element inside must be one
/// that comes first.
fn is_start(bytes: &[u8]) -> Option<bool> {
    for id in [ElementId::CLUSTER, ElementId::EBML] {
        let id_bytes = id.number().to_be_bytes();
        let length = bytes.len().min(id_bytes.len());
        if bytes.get(..length) != id_bytes.get(..length) {
            continue;
        }
        if length < id_bytes.len() {
            return None;
        }
        let header = match ElementHeader::read(bytes) {
            ReadHeader::Complete(header) => header,
            ReadHeader::Incomplete => return None,
            ReadHeader::Garbage => return Some(false),
        };
        let is_header_size = header.size.is_some_and(|size| size <= MAX_HEADER_SIZE);
        if id == ElementId::EBML && !is_header_size {
            return Some(false);
        }
        return match ElementHeader::read(bytes.get(header.length as usize..)?) {
            ReadHeader::Complete(first) => Some(is_first(id, first)),
            ReadHeader::Incomplete => None,
            ReadHeader::Garbage => Some(false),
        };
    }
    Some(false)
}

/// Whether this may be the first element inside.
fn is_first(parent: ElementId, first: ElementHeader) -> bool {
    let Some(size) = first.size else { return false };
    match first.id {
        ElementId::CRC_32 => size == 4,
        ElementId::VOID => true,
        id if id.parent() != parent => false,
        ElementId::DOC_TYPE => true,
        id => id.is_integer() && (1..=8).contains(&size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: [u8; 7] = [0x1f, 0x43, 0xb6, 0x75, 0xff, 0xe7, 0x81];

    #[test]
    fn clusters_are_found_where_they_are_plausible() {
        for (bytes, expected) in [
            (CLUSTER.to_vec(), (0, Found::Start)),
            ([&[0x1f, 0x43, 0x1f][..], &CLUSTER].concat(), (3, Found::Start)),
            // Not the first thing in a cluster.
            (
                vec![0x1f, 0x43, 0xb6, 0x75, 0xff, 0xa3, 0x81, 0],
                (8, Found::MoreNeeded),
            ),
            (vec![0x1f, 0x43, 0xb6, 0x75, 0x00, 0xe7], (6, Found::MoreNeeded)),
            (vec![0x1f, 0x43, 0xb6, 0x75, 0x90, 0xbf, 0x84], (0, Found::Start)),
            (
                vec![0x1f, 0x43, 0xb6, 0x75, 0x90, 0xbf, 0x85],
                (7, Found::MoreNeeded),
            ),
            (
                vec![0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81],
                (0, Found::Start),
            ),
            (
                vec![0x1a, 0x45, 0xdf, 0xa3, 0xff, 0x42, 0x86, 0x81],
                (8, Found::MoreNeeded),
            ),
            (vec![1, 2, 3], (3, Found::MoreNeeded)),
            (vec![], (0, Found::MoreNeeded)),
        ] {
            assert_eq!(find(&bytes), expected, "{bytes:02x?}");
        }
    }

    #[test]
    fn the_start_of_a_start_waits() {
        for length in 1..CLUSTER.len() {
            let bytes = [&[9, 9][..], &CLUSTER[..length]].concat();
            assert_eq!(find(&bytes), (2, Found::MoreNeeded), "{length}");
        }
    }
}
