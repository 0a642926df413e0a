//! PCM in Matroska's notations (Matroska Media Container Codec Specifications, `A_PCM/…`), given to decoders in one.
//!
//! WebCodecs has names for those with the lowest byte first. But Firefox ESR 153 takes each of them for `pcm-f32`, which is
//! silence or noise, and in Chromium 156 a page crashes that decodes `pcm-s24`. So all become `pcm-f32`.

use std::sync::Arc;

/// The codec string of what comes out.
pub(super) const CODEC: &str = "pcm-f32";

/// How one sample of one channel is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Notation {
    /// 8 to 32 bits; 8 are unsigned.
    Integer { bytes: usize, is_big_endian: bool },
    /// The lowest byte first.
    Float32,
    /// The same.
    Float64,
}

impl Notation {
    /// From `CodecID` and `BitDepth`. `None` when it is none that is known here.
    pub(super) fn of(codec_id: &str, bits: u64) -> Option<Self> {
        match (codec_id, bits) {
            ("A_PCM/INT/LIT" | "A_PCM/INT/BIG", 8 | 16 | 24 | 32) => Some(Self::Integer {
                bytes: usize::try_from(bits / 8).ok()?,
                is_big_endian: codec_id == "A_PCM/INT/BIG",
            }),
            ("A_PCM/FLOAT/IEEE", 32) => Some(Self::Float32),
            ("A_PCM/FLOAT/IEEE", 64) => Some(Self::Float64),
            _ => None,
        }
    }

    /// The samples as [`CODEC`]. What is left of a sample at the end is let go.
    pub(super) fn for_decoder(self, samples: Arc<[u8]>) -> Arc<[u8]> {
        let length = match self {
            Self::Float32 => return samples,
            Self::Float64 => size_of::<f64>(),
            Self::Integer { bytes, .. } => bytes,
        };
        let mut decoded = Vec::with_capacity(samples.len() / length * size_of::<f32>());
        for sample in samples.chunks_exact(length) {
            // The highest byte first.
            let mut bits = 0u64;
            for index in 0..length {
                let at = match self {
                    Self::Integer {
                        is_big_endian: true, ..
                    } => index,
                    _ => length - 1 - index,
                };
                bits = bits << 8 | u64::from(sample.get(at).copied().unwrap_or_default());
            }
            let sample = match self {
                Self::Integer { .. } => {
                    let unsigned = if length == 1 { 0x80 } else { 0 };
                    let highest = (bits ^ unsigned) << (64 - 8 * length);
                    // Between -1 and 1 (exclusive).
                    highest as i64 as f64 / (1u64 << 63) as f64
                }
                _ => f64::from_bits(bits),
            };
            decoded.extend_from_slice(&(sample as f32).to_le_bytes());
        }
        decoded.as_slice().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(codec_id: &str, bits: u64, samples: &[u8]) -> Vec<f32> {
        let samples = Notation::of(codec_id, bits).unwrap().for_decoder(samples.into());
        let (samples, rest) = samples.as_chunks();
        assert!(rest.is_empty());
        samples.iter().map(|&sample| f32::from_le_bytes(sample)).collect()
    }

    #[test]
    fn every_notation_becomes_one() {
        for (codec_id, bits, samples, expected) in [
            (
                "A_PCM/INT/LIT",
                8,
                &[0x80, 0, 0xc0, 0x7f][..],
                [0.0, -1.0, 0.5, -1.0 / 128.0],
            ),
            (
                "A_PCM/INT/BIG",
                8,
                &[0x80, 0, 0xc0, 0x7f],
                [0.0, -1.0, 0.5, -1.0 / 128.0],
            ),
            (
                "A_PCM/INT/LIT",
                16,
                &[0, 0, 0, 0x80, 0, 0x40, 0xff, 0xff],
                [0.0, -1.0, 0.5, -1.0 / 32_768.0],
            ),
            (
                "A_PCM/INT/BIG",
                16,
                &[0, 0, 0x80, 0, 0x40, 0, 0xff, 0xff, 0x12],
                [0.0, -1.0, 0.5, -1.0 / 32_768.0],
            ),
            (
                "A_PCM/INT/LIT",
                24,
                &[1, 0, 0, 0, 0, 0x80, 0, 0, 0x40, 0xff, 0xff, 0xff],
                [1.0 / 8_388_608.0, -1.0, 0.5, -1.0 / 8_388_608.0],
            ),
            (
                "A_PCM/INT/BIG",
                24,
                &[0, 0, 1, 0x80, 0, 0, 0x40, 0, 0, 0xff, 0xff, 0xff, 0x12, 0x34],
                [1.0 / 8_388_608.0, -1.0, 0.5, -1.0 / 8_388_608.0],
            ),
            (
                "A_PCM/INT/LIT",
                32,
                &[0, 0, 1, 0, 0, 0, 0, 0x80, 0, 0, 0, 0x40, 0, 0, 0, 0xe0],
                [1.0 / 32_768.0, -1.0, 0.5, -0.25],
            ),
            (
                "A_PCM/INT/BIG",
                32,
                &[0, 1, 0, 0, 0x80, 0, 0, 0, 0x40, 0, 0, 0, 0xe0, 0, 0, 0],
                [1.0 / 32_768.0, -1.0, 0.5, -0.25],
            ),
        ] {
            assert_eq!(decoded(codec_id, bits, samples), expected, "{codec_id} {bits}");
        }
        let floats = [0.0f32, -1.0, 0.5, -0.25];
        let bytes: Vec<u8> = floats.into_iter().flat_map(f32::to_le_bytes).collect();
        assert_eq!(decoded("A_PCM/FLOAT/IEEE", 32, &bytes), floats);
        let bytes: Vec<u8> = floats
            .map(f64::from)
            .into_iter()
            .flat_map(f64::to_le_bytes)
            .collect();
        assert_eq!(decoded("A_PCM/FLOAT/IEEE", 64, &bytes), floats);
    }

    #[test]
    fn others_are_unknown() {
        for (codec_id, bits) in [
            ("A_PCM/INT/LIT", 0),
            ("A_PCM/INT/LIT", 12),
            ("A_PCM/INT/BIG", 64),
            ("A_PCM/FLOAT/IEEE", 16),
            ("A_PCM/FLOAT/BIG", 32),
        ] {
            assert_eq!(Notation::of(codec_id, bits), None, "{codec_id} {bits}");
        }
    }
}
