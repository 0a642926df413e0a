//! What a file says of the sound its encoder added at the start and at the end: the Xing/Info frame with LAME's
//! extension, the VBRI frame, and the comment that iTunes writes.

use super::header::{Format, FrameHeader, Stream};
use crate::bytes::Reader;

/// How a file's sound lies in its frames, in samples from the first frame that is sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Gapless {
    /// The first sample to be heard.
    pub(super) start: u64,
    /// The sample after the last to be heard.
    pub(super) end: u64,
    /// The sample after the last of the file.
    pub(super) total: u64,
}

/// What iTunes says, in samples.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ItunesGapless {
    delay: u64,
    padding: u64,
    length: u64,
}

/// What a frame that is no sound says of those that follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct InfoFrame {
    /// Where the sound lies, if it says.
    pub(super) gapless: Option<Gapless>,
}

impl Gapless {
    /// `None` when nothing would be heard. A decoder gives what an encoder was given later by `delay` and its own delay;
    /// `padding` covers that.
    fn new(stream: Stream, total: u64, delay: u64, padding: u64) -> Option<Self> {
        let start = delay + stream.decoder_delay();
        let length = total.checked_sub(delay)?.checked_sub(padding)?;
        let end = (start + length).min(total);
        (start < end).then_some(Self { start, end, total })
    }
}

impl ItunesGapless {
    /// From the body of a comment frame of ID3v2: encoding, language, description, text.
    pub(super) fn from_comment(body: &[u8]) -> Option<Self> {
        let (encoding, rest) = body.split_first()?;
        let text = rest.get(3..)?;
        // All of it is ASCII. In UTF-16 every other byte is zero.
        let is_wide = !matches!(encoding, 0 | 3);
        let mut ascii = Vec::new();
        for byte in text {
            if !is_wide || byte.is_ascii() && *byte != 0 {
                ascii.push(*byte);
            }
        }
        let mut words = ascii
            .strip_prefix(b"iTunSMPB")?
            .split(|byte| *byte == 0 || byte.is_ascii_whitespace())
            .filter(|word| !word.is_empty());
        let mut number = || {
            words.next()?.iter().try_fold(0u64, |value, byte| {
                let digit = char::from(*byte).to_digit(16)?;
                Some(value.checked_mul(16)? | u64::from(digit))
            })
        };
        let [_, delay, padding, length] = [number()?, number()?, number()?, number()?];
        // Longer than ten years of sound is nonsense, and the sums below must hold.
        let are_sound = [delay, padding, length].iter().all(|&number| number < 1 << 44);
        (are_sound && length > 0).then_some(Self {
            delay,
            padding,
            length,
        })
    }

    /// `None` when the numbers do not add up to whole frames: then they are about another stream.
    pub(super) fn of(self, stream: Stream) -> Option<Gapless> {
        let total = self.delay + self.length + self.padding;
        if !total.is_multiple_of(stream.samples.into()) {
            return None;
        }
        Gapless::new(stream, total, self.delay, self.padding)
    }
}

impl InfoFrame {
    /// What a whole frame says, if it is no sound but an Xing, Info or VBRI frame.
    pub(super) fn parse(header: &FrameHeader, frame: &[u8]) -> Option<Self> {
        let stream = header.stream;
        if stream.format != Format::Mpeg || stream.layer() != 3 {
            return None;
        }
        // ISO/IEC 11172-3 § 2.4.1.7: where the side information ends. Fraunhofer writes as if it were always the longest.
        let side_information = match (stream.is_mpeg_1(), stream.channels()) {
            (true, 1) => 17,
            (true, _) => 32,
            (_, 1) => 9,
            (_, _) => 17,
        };
        const VBRI: usize = 4 + 32;
        let at = |offset: usize| frame.get(offset..).unwrap_or_default();
        if at(VBRI).starts_with(b"VBRI") {
            return Some(Self { gapless: None });
        }
        // Some encoders count the check word, some do not.
        let check = if header.has_check { 2 } else { 0 };
        for offset in [0, check].map(|check| 4 + check + side_information) {
            if at(offset).starts_with(b"Xing") || at(offset).starts_with(b"Info") {
                return Some(Self {
                    gapless: lame(stream, at(offset + 4)),
                });
            }
        }
        None
    }
}

/// What LAME's extension says, from after `Xing` on.
fn lame(stream: Stream, bytes: &[u8]) -> Option<Gapless> {
    const HAS_FRAMES: u32 = 1;
    /// Size of the file, table of contents, quality.
    const OTHERS: [(u32, usize); 3] = [(2, 4), (4, 100), (8, 4)];
    let mut reader = Reader::new(bytes);
    let flags = reader.u32();
    if flags & HAS_FRAMES == 0 {
        return None;
    }
    let frames = reader.u32();
    for (flag, length) in OTHERS {
        if flags & flag != 0 {
            reader.skip(length);
        }
    }
    let encoder = reader.bytes(9);
    let is_encoder = encoder.first().is_some_and(u8::is_ascii_alphabetic);
    if !is_encoder {
        return None;
    }
    reader.skip(12); // revision, lowpass, peak and gains, flags, bit rate
    let both = u64::from(reader.u24());
    reader.check().ok()?;
    let total = u64::from(frames) * u64::from(stream.samples);
    Gapless::new(stream, total, both >> 12, both & 0xfff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: [u8; 4]) -> FrameHeader {
        Format::Mpeg.header(&bytes).unwrap().unwrap()
    }

    /// Mono at 48 kHz, 40 kbit/s.
    const MONO: [u8; 4] = [0xff, 0xfb, 0x24, 0xc4];

    fn info_frame(name: &[u8; 4], at: usize, frames: u32, encoder: &[u8; 9], delays: [u8; 3]) -> Vec<u8> {
        let mut frame = vec![0; 400];
        frame[..4].copy_from_slice(&MONO);
        let fields = [
            &name[..],
            &[0, 0, 0, 3],
            &frames.to_be_bytes(),
            &[0; 4],
            encoder,
            &[0; 12],
            &delays,
        ]
        .concat();
        frame[at..at + fields.len()].copy_from_slice(&fields);
        frame
    }

    #[test]
    fn lame_says_where_the_sound_is() {
        let parse = |frame: &[u8]| InfoFrame::parse(&header(MONO), frame).map(|info| info.gapless);
        let delays = [0x24, 0x03, 0xe8]; // 576 and 1000
        let expected = Gapless {
            start: 576 + 529,
            end: 10 * 1_152 - 1_000 + 529,
            total: 10 * 1_152,
        };
        for name in [b"Xing", b"Info"] {
            let frame = info_frame(name, 4 + 17, 10, b"LAME3.100", delays);
            assert_eq!(parse(&frame), Some(Some(expected)));
        }
        // The padding is shorter than the decoder's delay: the end of the sound is not in the file.
        let short = info_frame(b"Info", 21, 10, b"LAME3.100", [0x24, 0x00, 0x64]);
        assert_eq!(parse(&short).unwrap().unwrap().end, 11_520);
        // No encoder, no sound left, cut off, in another place: no sound, but nothing is known.
        assert_eq!(parse(&info_frame(b"Info", 21, 10, &[0; 9], delays)), Some(None));
        assert_eq!(
            parse(&info_frame(b"Info", 21, 1, b"LAME3.100", delays)),
            Some(None)
        );
        assert_eq!(
            parse(&info_frame(b"Info", 21, 10, b"LAME3.100", delays)[..50]),
            Some(None)
        );
        assert_eq!(parse(&info_frame(b"Info", 22, 10, b"LAME3.100", delays)), None);
        assert_eq!(parse(&info_frame(b"VBRI", 36, 10, &[0; 9], delays)), Some(None));
    }

    #[test]
    fn side_information_differs_by_version_and_channels() {
        for (bytes, at) in [
            ([0xff, 0xfb, 0x90, 0x64], 36),
            ([0xff, 0xfb, 0x90, 0xc4], 21),
            ([0xff, 0xf3, 0x40, 0x00], 21),
            ([0xff, 0xf3, 0x40, 0xc0], 13),
            ([0xff, 0xe3, 0x18, 0xc0], 13),
            // With a check word.
            ([0xff, 0xfa, 0x90, 0xc4], 21),
            ([0xff, 0xfa, 0x90, 0xc4], 23),
        ] {
            let frame = info_frame(b"Info", at, 0, &[0; 9], [0; 3]);
            let found = InfoFrame::parse(&header(bytes), &frame);
            assert_eq!(found, Some(InfoFrame { gapless: None }), "{bytes:02x?}");
        }
        // Layer 2 has none.
        let frame = info_frame(b"Info", 36, 0, &[0; 9], [0; 3]);
        assert_eq!(InfoFrame::parse(&header([0xff, 0xfd, 0x90, 0x64]), &frame), None);
    }

    #[test]
    fn itunes_says_it_in_a_comment() {
        let text = " 00000000 00000210 000003E0 0000000000001110 00000000 00000000";
        let comment = |encoding: u8, text: &str| {
            let mut body = vec![encoding];
            body.extend(b"eng");
            let text = format!("iTunSMPB\0{text}");
            match encoding {
                0 => body.extend(text.bytes()),
                _ => body.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
            }
            body
        };
        let expected = ItunesGapless {
            delay: 0x210,
            padding: 0x3e0,
            length: 0x1110,
        };
        assert_eq!(ItunesGapless::from_comment(&comment(0, text)), Some(expected));
        assert_eq!(ItunesGapless::from_comment(&comment(1, text)), Some(expected));
        let mpeg = header(MONO).stream;
        // 528 + 992 + 4368 = 5888: no whole number of frames of 1152, nor 1024.
        assert_eq!(expected.of(mpeg), None);
        let whole = ItunesGapless {
            padding: 0x3e0 + 1_152 * 6 - 5_888,
            ..expected
        };
        assert_eq!(
            whole.of(mpeg),
            Some(Gapless {
                start: 528 + 529,
                end: 528 + 529 + 4_368,
                total: 6 * 1_152
            })
        );
        for text in [
            "",
            " 0 210",
            " 0 210 x 1110",
            " 0 210 3E0 0",
            " 0 FFFFFFFFFFFFFFF 0 1",
        ] {
            assert_eq!(ItunesGapless::from_comment(&comment(0, text)), None, "{text}");
        }
        assert_eq!(ItunesGapless::from_comment(b"\0engiTunNORM\0 00"), None);
        assert_eq!(ItunesGapless::from_comment(b""), None);
    }
}
