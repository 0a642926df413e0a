//! Vorbis.

use super::{CodecConfig, CodecError};
use crate::bytes::Reader;

/// Most modes a setup header may have (Vorbis I § 4.2.4: six bits and one).
const MAX_MODES: usize = 64;
/// Bits of a mode: block flag, window type, transform type, mapping.
const MODE_BITS: usize = 1 + 16 + 16 + 8;

/// What a Vorbis stream's headers say, and what is needed to know how long its packets last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VorbisHeaders {
    /// Codec string, description and signal. The description is the three headers as they are laced in Matroska, which is
    /// what WebCodecs asks for.
    pub config: CodecConfig,
    timing: VorbisTiming,
}

/// Tells how long packets last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VorbisTiming {
    sample_rate: u32,
    /// Samples of a short and a long block.
    block_sizes: [u32; 2],
    /// For each mode, whether its blocks are long.
    modes: Vec<bool>,
    /// Samples of the block before, if it is known.
    previous: Option<u32>,
}

impl VorbisHeaders {
    /// From the identification, comment and setup header, laced as in a Matroska `CodecPrivate`: their number less one,
    /// the lengths of all but the last by Xiph lacing, and the headers.
    ///
    /// # Errors
    /// When they are not that.
    pub fn parse(private: &[u8]) -> Result<Self, CodecError> {
        let malformed = |what: &str| CodecError::Malformed(format!("Vorbis headers: {what}"));
        let [identification, _, setup] =
            headers(private).ok_or_else(|| malformed("not three headers laced by Xiph's rule"))?;
        let fields = identification
            .strip_prefix(b"\x01vorbis\0\0\0\0")
            .and_then(|fields| fields.first_chunk())
            .ok_or_else(|| malformed("no identification header"))?;
        let &[
            channels,
            r0,
            r1,
            r2,
            r3,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            block_sizes,
        ] = fields;
        let sample_rate = u32::from_le_bytes([r0, r1, r2, r3]);
        let (short, long) = (block_sizes & 15, block_sizes >> 4);
        if channels == 0 || sample_rate == 0 || short < 6 || long > 13 || short > long {
            return Err(malformed("the identification header is not possible"));
        }
        if !setup.starts_with(b"\x05vorbis") {
            return Err(malformed("no setup header"));
        }
        Ok(Self {
            config: CodecConfig {
                codec: "vorbis".into(),
                description: Some(private.to_vec()),
                sample_rate: Some(sample_rate),
                channels: Some(u32::from(channels)),
            },
            timing: VorbisTiming {
                sample_rate,
                block_sizes: [1 << short, 1 << long],
                modes: modes(setup).unwrap_or_default(),
                previous: None,
            },
        })
    }

    /// How long packets last, from the first one on.
    pub fn timing(&self) -> VorbisTiming {
        self.timing.clone()
    }
}

impl VorbisTiming {
    /// Samples a second; never zero.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Samples that come out when this packet has gone into the decoder after the one before (Vorbis I § 4.3.8): half of
    /// half of each block. The first packet counts as if a short block was before it, as encoders count. `None` when it
    /// is no audio packet or the setup header could not be read.
    pub fn packet_duration(&mut self, packet: &[u8]) -> Option<u32> {
        let mut bits = LittleEndianBits::new(packet);
        let (mode_bits, [short, long]) = (ilog(self.modes.len().checked_sub(1)?), self.block_sizes);
        if bits.bits(1)? != 0 {
            return None;
        }
        let is_long = *self.modes.get(bits.bits(mode_bits)? as usize)?;
        // A long block says what was before it.
        let before = match is_long {
            true if bits.bits(1)? == 1 => long,
            true => short,
            false => self.previous.unwrap_or(short),
        };
        let block = if is_long { long } else { short };
        self.previous = Some(block);
        Some((before + block) / 4)
    }

    /// The next packet does not follow the last one.
    pub fn restart(&mut self) {
        self.previous = None;
    }
}

fn headers(private: &[u8]) -> Option<[&[u8]; 3]> {
    let mut reader = Reader::new(private);
    if reader.u8() != 2 {
        return None;
    }
    let mut length = || {
        let mut length = 0;
        loop {
            let byte = reader.u8();
            length += usize::from(byte);
            if byte != 255 {
                return length;
            }
        }
    };
    let (first, second) = (length(), length());
    let headers = [reader.bytes(first), reader.bytes(second), reader.rest()];
    (!reader.is_truncated()).then_some(headers)
}

/// For each mode of a setup header, whether its blocks are long.
///
/// The modes come last, after much that only a decoder can read (Vorbis I § 4.2.4). From the end they are easily found:
/// a framing bit, then modes whose window and transform types are zero, until six bits hold their number.
fn modes(setup: &[u8]) -> Option<Vec<bool>> {
    let bit = |at: usize| Some(setup.get(at / 8)? >> (at % 8) & 1);
    let read = |at: usize, count: usize| {
        (0..count).try_fold(0usize, |value, index| {
            Some(value | usize::from(bit(at + index)?) << index)
        })
    };
    let mut at = setup.len() * 8;
    loop {
        at = at.checked_sub(1)?;
        if bit(at)? == 1 {
            break;
        }
    }
    let mut found = None;
    let mut modes = Vec::new();
    while modes.len() < MAX_MODES {
        let Some(mode) = at.checked_sub(MODE_BITS) else {
            break;
        };
        if read(mode + 1, 32)? != 0 {
            break;
        }
        modes.push(bit(mode)? == 1);
        at = mode;
        // What lies before may look like one more mode: the furthest place where the number fits is right.
        if at.checked_sub(6).and_then(|at| read(at, 6)) == Some(modes.len() - 1) {
            found = Some(modes.len());
        }
    }
    modes.truncate(found?);
    modes.reverse();
    Some(modes)
}

/// Bits that it takes to write `value`.
const fn ilog(value: usize) -> u32 {
    usize::BITS - value.leading_zeros()
}

/// Reads bits, least significant first.
struct LittleEndianBits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> LittleEndianBits<'a> {
    const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    fn bits(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for index in 0..count {
            let byte = self.bytes.get(self.position / 8)?;
            value |= u32::from(byte >> (self.position % 8) & 1) << index;
            self.position += 1;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers of 44 100 Hz stereo with blocks of 256 and 2048 samples, and a setup header that ends with these modes.
    pub(crate) fn private(modes: &[bool]) -> Vec<u8> {
        let mut identification = b"\x01vorbis\0\0\0\0\x02".to_vec();
        identification.extend(44_100u32.to_le_bytes());
        identification.extend([0; 12]);
        identification.extend([0xb8, 1]);
        let comment = vec![b'c'; 300];
        let mut bits: Vec<u8> = vec![1; 13];
        bits.extend((0..6).map(|bit| ((modes.len() - 1) >> bit & 1) as u8));
        for &is_long in modes {
            bits.push(u8::from(is_long));
            bits.extend([0; 32]);
            bits.extend([1; 8]);
        }
        bits.push(1);
        let mut setup = b"\x05vorbis".to_vec();
        setup.extend(bits.chunks(8).map(|byte| {
            byte.iter()
                .enumerate()
                .fold(0, |value, (at, bit)| value | bit << at)
        }));
        let mut private = vec![2, identification.len() as u8, 255, 45];
        private.extend([identification, comment, setup].concat());
        private
    }

    #[test]
    fn headers_become_the_description() {
        let private = private(&[false, true]);
        let headers = VorbisHeaders::parse(&private).unwrap();
        assert_eq!(headers.config.codec, "vorbis");
        assert_eq!(headers.config.description, Some(private.clone()));
        assert_eq!(headers.config.sample_rate, Some(44_100));
        assert_eq!(headers.config.channels, Some(2));
        for length in 0..private.len() - 30 {
            assert!(VorbisHeaders::parse(&private[..length]).is_err(), "{length}");
        }
        let mut wrong = private;
        wrong[4 + 28] = 0x8b;
        assert!(VorbisHeaders::parse(&wrong).is_err());
    }

    #[test]
    fn packets_last_a_quarter_of_both_blocks() {
        let mut timing = VorbisHeaders::parse(&private(&[false, true])).unwrap().timing();
        // Packet type 0, one bit of mode, of a long block the one before and the one after.
        let (short, long_after_short, long_after_long) = ([0b00], [0b0010], [0b0110]);
        let durations: Vec<Option<u32>> = [short, long_after_short, long_after_long, short, short]
            .iter()
            .map(|packet| timing.packet_duration(packet))
            .collect();
        assert_eq!(durations, [128, 576, 1_024, 576, 128].map(Some));
        timing.restart();
        assert_eq!(timing.packet_duration(&long_after_long), Some(1_024));
        assert_eq!(timing.packet_duration(&[1]), None);
        assert_eq!(timing.packet_duration(&[]), None);
    }

    #[test]
    fn one_mode_takes_no_bits() {
        let mut timing = VorbisHeaders::parse(&private(&[true])).unwrap().timing();
        assert_eq!(timing.packet_duration(&[0b10]), Some(1_024));
    }
}
