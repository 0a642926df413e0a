//! [`Reader`], [`BitReader`] and [`BitWriter`].

/// A read went past the end of the bytes at hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("ends after {length} bytes, where {wanted} bytes at position {position} are expected")]
pub struct Truncated {
    /// Bytes at hand.
    pub length: usize,
    /// Where the read began.
    pub position: usize,
    /// How many bytes it asked for.
    pub wanted: usize,
}

/// Reads big-endian fields from the front of a slice. Nothing is read past its end: what is not there is 0 or empty, the
/// position stays, and [`check`](Self::check) tells. So all fields are checked once and not each by itself.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    /// The first read that went past the end; nothing is read after it.
    truncated: Option<Truncated>,
}

macro_rules! big_endian {
    ($($name:ident -> $type:ty, $doc:literal;)*) => {$(
        #[doc = $doc]
        pub fn $name(&mut self) -> $type {
            self.number(size_of::<$type>()) as $type
        }
    )*};
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their start.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            position: 0,
            truncated: None,
        }
    }

    /// Whether all that was read so far was there.
    ///
    /// # Errors
    /// When fewer bytes were left for one of the reads: the first of them.
    pub fn check(&self) -> Result<(), Truncated> {
        self.truncated.map_or(Ok(()), Err)
    }

    /// Whether a read went past the end.
    pub const fn is_truncated(&self) -> bool {
        self.truncated.is_some()
    }

    /// Bytes read so far.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Bytes left.
    pub fn remaining(&self) -> usize {
        self.rest().len()
    }

    /// The bytes left, without reading them.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        match self.rest().get(..count) {
            Some(bytes) if self.truncated.is_none() => {
                self.position += count;
                bytes
            }
            _ => {
                self.truncated.get_or_insert(Truncated {
                    length: self.bytes.len(),
                    position: self.position,
                    wanted: count,
                });
                &[]
            }
        }
    }

    /// Passes over `count` bytes.
    pub fn skip(&mut self, count: usize) {
        self.bytes(count);
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        self.bytes(N).first_chunk().copied().unwrap_or([0; N])
    }

    /// Unsigned, so many bytes. Of more than eight the last eight.
    pub fn number(&mut self, size: usize) -> u64 {
        let bytes = self.bytes(size).iter();
        bytes.fold(0, |number, &byte| number << 8 | u64::from(byte))
    }

    /// Unsigned, three bytes.
    pub fn u24(&mut self) -> u32 {
        self.number(3) as u32
    }

    /// Unsigned, four bytes.
    pub fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.array())
    }

    /// Signed, four bytes.
    pub fn i32(&mut self) -> i32 {
        self.u32().cast_signed()
    }

    big_endian! {
        u8 -> u8, "Unsigned, one byte.";
        u16 -> u16, "Unsigned, two bytes.";
        u64 -> u64, "Unsigned, eight bytes.";
        i16 -> i16, "Signed, two bytes.";
        i64 -> i64, "Signed, eight bytes.";
    }
}

/// Reads fields of single bits, most significant first. As of a [`Reader`], what is not there is 0, and all is checked once.
#[derive(Clone, Copy, Debug)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    /// Bits asked for so far.
    position: usize,
}

impl<'a> BitReader<'a> {
    /// Reads `bytes` from their first bit.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Whether a read went past the end.
    pub const fn is_truncated(&self) -> bool {
        self.position.div_ceil(8) > self.bytes.len()
    }

    /// The next `count` bits as an unsigned number; `count` is at most 32. 0 when fewer are left, and from then on.
    pub fn bits(&mut self, count: u32) -> u32 {
        let mut value = 0u32;
        for _ in 0..count {
            let byte = self.bytes.get(self.position / 8).copied().unwrap_or_default();
            value = value << 1 | u32::from(byte >> (7 - self.position % 8) & 1);
            self.position += 1;
        }
        if self.is_truncated() { 0 } else { value }
    }

    /// The next bit.
    pub fn flag(&mut self) -> bool {
        self.bits(1) == 1
    }

    /// `value` if all that was read so far was there.
    pub fn checked<T>(&self, value: T) -> Option<T> {
        (!self.is_truncated()).then_some(value)
    }
}

/// Writes fields of single bits, most significant first.
#[derive(Clone, Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// Bits written of the last byte; none of a byte to come.
    used: u32,
}

impl BitWriter {
    /// Writes the lowest `count` bits of `value`; `count` is at most 32.
    pub fn bits(&mut self, count: u32, value: u32) {
        for bit in (0..count).rev() {
            if self.used == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> bit & 1) as u8) << (7 - self.used);
            }
            self.used = (self.used + 1) % 8;
        }
    }

    /// Fills the last byte with zeros.
    pub fn align(&mut self) {
        self.used = 0;
    }

    /// The bytes, the last one filled with zeros.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_big_endian_and_stays_put_at_the_end() {
        let bytes = [1, 0xff, 0xfe, 0, 1, 2, 0x80, 0, 0, 1, 9];
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.u8(), 1);
        assert_eq!(reader.i16(), -2);
        assert_eq!(reader.u24(), 0x0102);
        assert_eq!(reader.i32(), i32::MIN + 1);
        assert_eq!(reader.check(), Ok(()));
        let mut last = reader;
        assert_eq!(reader.u64(), 0);
        assert_eq!(reader.rest(), [9]);
        // The first that is missing is told, and nothing is read after it.
        assert_eq!(reader.u8(), 0);
        let end = reader.check().unwrap_err();
        assert_eq!(
            end.to_string(),
            "ends after 11 bytes, where 8 bytes at position 10 are expected"
        );
        assert_eq!((reader.position(), reader.remaining()), (10, 1));
        last.skip(1);
        assert_eq!((last.position(), last.remaining()), (11, 0));
        assert!(!last.is_truncated());
        assert!(last.bytes(usize::MAX).is_empty() && last.is_truncated());
    }

    #[test]
    fn what_is_written_is_read() {
        let mut writer = BitWriter::default();
        writer.bits(3, 0xd);
        writer.bits(7, 1);
        writer.align();
        writer.align();
        writer.bits(32, 0x8000_0001);
        assert_eq!(writer.finish(), [0b1010_0000, 0b0100_0000, 0x80, 0, 0, 1]);
    }

    #[test]
    fn bits_cross_bytes() {
        let mut bits = BitReader::new(&[0b1010_0000, 0b0111_1111]);
        assert_eq!(bits.bits(3), 0b101);
        assert_eq!(bits.bits(7), 1);
        let mut last = bits;
        assert!(bits.flag());
        assert_eq!(bits.bits(5), 31);
        assert_eq!(bits.checked(()), Some(()));
        assert!(!bits.flag());
        assert!(bits.is_truncated());
        assert_eq!(last.bits(7), 0);
        assert_eq!(last.checked(()), None);
    }
}
