//! Parameter sets of H.264 and H.265, without which nothing can be decoded: in the configuration record or in the samples
//! themselves.

use crate::bytes::Reader;

/// NAL units as samples hold them, each behind its length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NalUnits {
    /// Bytes of each length: 1 to 4.
    length_size: usize,
    /// `nal_unit_type` of a sequence and of a picture parameter set.
    sequence: u8,
    picture: u8,
    /// How far the type is shifted in the first byte, and its bits.
    shift: u8,
    mask: u8,
}

impl NalUnits {
    const fn avc(length_size_minus_one: u8) -> Self {
        Self {
            length_size: (length_size_minus_one & 3) as usize + 1,
            sequence: 7,
            picture: 8,
            shift: 0,
            mask: 0x1f,
        }
    }

    const fn hevc(length_size_minus_one: u8) -> Self {
        Self {
            sequence: 33,
            picture: 34,
            shift: 1,
            mask: 0x3f,
            ..Self::avc(length_size_minus_one)
        }
    }

    /// From an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 § 5.3.3.1): how samples hold parameter sets that the record
    /// lacks. `None` when it has a sequence and a picture parameter set. One that is cut off has those before the cut.
    pub fn without_sets_in_avcc(record: &[u8]) -> Option<Self> {
        let nal_units = Self::avc(record.get(4).copied().unwrap_or(u8::MAX));
        let mut reader = Reader::new(record.get(5..).unwrap_or_default());
        let mut has_both = true;
        for mask in [0x1f, 0xff] {
            let count = reader.u8() & mask;
            has_both &= skip_sets(&mut reader, count.into());
        }
        (!has_both).then_some(nal_units)
    }

    /// The same from an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 § 8.3.3.1).
    pub fn without_sets_in_hvcc(record: &[u8]) -> Option<Self> {
        let nal_units = Self::hevc(record.get(21).copied().unwrap_or(u8::MAX));
        let mut reader = Reader::new(record.get(22..).unwrap_or_default());
        let (mut has_sequence, mut has_picture) = (false, false);
        for _ in 0..reader.u8() {
            let (kind, count) = (reader.u8(), reader.u16());
            let is_there = skip_sets(&mut reader, count);
            has_sequence |= is_there && kind & nal_units.mask == nal_units.sequence;
            has_picture |= is_there && kind & nal_units.mask == nal_units.picture;
        }
        (!(has_sequence && has_picture)).then_some(nal_units)
    }

    /// Whether a sample has a sequence and a picture parameter set. NAL units that go past its end are not looked at.
    pub fn has_parameter_sets(&self, sample: &[u8]) -> bool {
        let mut reader = Reader::new(sample);
        let (mut has_sequence, mut has_picture) = (false, false);
        while let Some(unit) = self.next(&mut reader) {
            if let Some(first) = unit.first() {
                let kind = first >> self.shift & self.mask;
                has_sequence |= kind == self.sequence;
                has_picture |= kind == self.picture;
            }
        }
        has_sequence && has_picture
    }

    /// From an AVCDecoderConfigurationRecord: whether nothing is decoded from the picture in this sample, so that it may be
    /// left out. All its slices have `nal_ref_idc` 0 then (H.264 § 7.4.1). `false` where it cannot be told.
    pub fn is_disposable_in_avcc(record: &[u8], sample: &[u8]) -> bool {
        let Some(&length_size_minus_one) = record.get(4) else {
            return false;
        };
        let nal_units = Self::avc(length_size_minus_one);
        let mut reader = Reader::new(sample);
        let mut has_slice = false;
        while let Some(unit) = nal_units.next(&mut reader) {
            let first = unit.first().copied().unwrap_or(u8::MAX);
            match first & nal_units.mask {
                // Slices and their partitions. One of an IDR picture is always referred to.
                1..=4 if first & 0x60 == 0 => has_slice = true,
                // Supplemental enhancement information, access unit delimiters, filler data.
                6 | 9 | 12 => {}
                _ => return false,
            }
        }
        has_slice && reader.remaining() == 0
    }

    /// From an AVCDecoderConfigurationRecord: whether the picture in this sample is an IDR picture. `false` where it cannot
    /// be told.
    pub fn is_idr_in_avcc(record: &[u8], sample: &[u8]) -> bool {
        let Some(&length_size_minus_one) = record.get(4) else {
            return false;
        };
        let nal_units = Self::avc(length_size_minus_one);
        let mut reader = Reader::new(sample);
        while let Some(unit) = nal_units.next(&mut reader) {
            // The first slice says it for all (H.264 § 7.4.1.2.4).
            match unit.first().copied().unwrap_or_default() & nal_units.mask {
                5 => return true,
                1..=4 => return false,
                _ => {}
            }
        }
        false
    }

    fn next<'a>(&self, reader: &mut Reader<'a>) -> Option<&'a [u8]> {
        let length = reader.bytes(self.length_size).iter();
        let length = length.fold(0, |length, &byte| length << 8 | usize::from(byte));
        let unit = reader.bytes(length);
        (!reader.is_truncated()).then_some(unit)
    }
}

/// Passes over `count` NAL units, each behind a length of two bytes. Whether there are any, and all are there.
fn skip_sets(reader: &mut Reader<'_>, count: u16) -> bool {
    for _ in 0..count {
        let length = reader.u16();
        reader.skip(usize::from(length));
    }
    count > 0 && !reader.is_truncated()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn avc_records_and_samples() {
        let missing = NalUnits::without_sets_in_avcc;
        let complete = [1, 66, 0, 30, 0xff, 0xe1, 0, 2, 0x67, 1, 1, 0, 1, 0x68];
        assert_eq!(missing(&complete), None);
        for length in 0..complete.len() {
            assert!(missing(&complete[..length]).is_some(), "{length}");
        }
        let no_picture = [1, 66, 0, 30, 0xff, 0xe1, 0, 1, 0x67, 0];
        let no_sequence = [1, 66, 0, 30, 0xff, 0xe0, 1, 0, 1, 0x68];
        assert!(missing(&no_picture).is_some());
        assert!(missing(&no_sequence).is_some());

        // Lengths of four bytes, and of one.
        let of = |size| missing(&[1, 66, 0, 30, size, 0xe0, 0]).unwrap();
        let (four, one) = (of(0xff), of(0xfc));
        let sample = [0, 0, 0, 1, 0x67, 0, 0, 0, 2, 0x68, 9, 0, 0, 0, 1, 0x65];
        assert!(four.has_parameter_sets(&sample));
        assert!(!four.has_parameter_sets(&sample[..10]));
        assert!(!four.has_parameter_sets(&sample[5..]));
        assert!(!four.has_parameter_sets(&[2, 0x28, 0, 0, 1, 0x27, 9, 0x65]));
        assert!(one.has_parameter_sets(&[2, 0x28, 0, 0, 1, 0x27, 9, 0x65]));
        assert!(!four.has_parameter_sets(&[]));
    }

    #[test]
    fn pictures_that_nothing_refers_to() {
        let avcc = [1, 66, 0, 30, 0xfc];
        for (sample, expected) in [
            (&[2, 0x01, 9][..], true),
            (&[1, 0x09, 2, 0x06, 5, 1, 0x01, 1, 0x01], true),
            (&[1, 0x41], false),
            (&[1, 0x01, 1, 0x41], false),
            (&[1, 0x65], false),
            (&[1, 0x05], false),
            // Parameter sets are for those that follow.
            (&[1, 0x67, 1, 0x01], false),
            (&[1, 0x06], false),
            (&[1, 0x01, 2, 0x01], false),
            (&[1, 0x01, 0], false),
            (&[], false),
        ] {
            let is_disposable = NalUnits::is_disposable_in_avcc(&avcc, sample);
            assert_eq!(is_disposable, expected, "{sample:x?}");
        }
        for (sample, expected) in [
            (&[1, 0x65][..], true),
            (&[2, 0x09, 0x10, 1, 0x67, 1, 0x06, 1, 0x25], true),
            (&[1, 0x41, 1, 0x65], false),
            (&[1, 0x67], false),
            (&[2, 0x65], false),
            (&[], false),
        ] {
            assert_eq!(NalUnits::is_idr_in_avcc(&avcc, sample), expected, "{sample:x?}");
        }
        assert!(NalUnits::is_disposable_in_avcc(
            &[1, 66, 0, 30, 0xff],
            &[0, 0, 0, 1, 0x01]
        ));
        assert!(!NalUnits::is_disposable_in_avcc(&[1, 66, 0, 30], &[1, 0x01]));
    }

    #[test]
    fn hevc_records_and_samples() {
        let missing = NalUnits::without_sets_in_hvcc;
        let record = |arrays: &[&[u8]]| {
            let head = [&[1; 21][..], &[0xff, arrays.len() as u8]].concat();
            [head, arrays.concat()].concat()
        };
        let (sequence, picture) = (
            &[0xa1, 0, 1, 0, 2, 0x42, 1][..],
            &[0x22, 0, 2, 0, 1, 0x44, 0, 1, 0x44][..],
        );
        let complete = record(&[sequence, picture]);
        assert_eq!(missing(&complete), None);
        for length in 0..complete.len() {
            assert!(missing(&complete[..length]).is_some(), "{length}");
        }
        for arrays in [&[][..], &[sequence], &[picture], &[sequence, &[0x22, 0, 0]]] {
            let nal_units = missing(&record(arrays)).unwrap();
            let sample = [0, 0, 0, 2, 0x42, 1, 0, 0, 0, 2, 0x44, 1, 0, 0, 0, 2, 0x26, 1];
            assert!(nal_units.has_parameter_sets(&sample));
            assert!(!nal_units.has_parameter_sets(&sample[6..]));
        }
    }
}
