//! VP8.

/// What a VP8 frame says of itself (RFC 6386 § 9.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Vp8Frame {
    /// Decoding can start here.
    Key {
        /// Width of the picture in pixels.
        width: u32,
        /// Height of the picture in pixels.
        height: u32,
    },
    /// It depends on frames before.
    Inter,
}

impl Vp8Frame {
    /// Reads the start of a frame. `None` when it is no VP8.
    pub fn parse(frame: &[u8]) -> Option<Self> {
        let (&[tag, _, _], rest) = frame.split_first_chunk()?;
        if tag & 1 == 1 {
            return Some(Self::Inter);
        }
        let (&[0x9d, 0x01, 0x2a, w0, w1, h0, h1], _) = rest.split_first_chunk()? else {
            return None;
        };
        // The two high bits ask for scaling when shown.
        let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
        Some(Self::Key {
            width: side(w0, w1),
            height: side(h0, h1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_frames_have_a_size() {
        let key = [0x10, 2, 0, 0x9d, 0x01, 0x2a, 0x40, 0x41, 0xf0, 0x80];
        assert_eq!(
            Vp8Frame::parse(&key),
            Some(Vp8Frame::Key {
                width: 320,
                height: 240
            })
        );
        assert_eq!(Vp8Frame::parse(&[0x11, 2, 0]), Some(Vp8Frame::Inter));
        assert_eq!(Vp8Frame::parse(&[0x10, 2, 0, 0x9d, 0x01, 0x2b, 0, 0, 0, 0]), None);
        assert_eq!(Vp8Frame::parse(&key[..9]), None);
        assert_eq!(Vp8Frame::parse(&[0x11]), None);
    }
}
