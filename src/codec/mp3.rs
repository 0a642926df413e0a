//! MPEG audio, layers I to III.

/// Samples of one channel in an MPEG audio frame, and how many of them a second (ISO/IEC 11172-3 § 2.4.2.3, ISO/IEC
/// 13818-3 § 2.4.2.3, and MPEG 2.5). `None` when it is no frame.
pub fn mpeg_audio_frame_duration(frame: &[u8]) -> Option<(u32, u32)> {
    let &[0xff, version_and_layer, rates, ..] = frame else {
        return None;
    };
    if version_and_layer & 0xe0 != 0xe0 {
        return None;
    }
    let halvings = match version_and_layer >> 3 & 3 {
        3 => 0,
        2 => 1,
        0 => 2,
        _ => return None,
    };
    let samples = match (version_and_layer >> 1 & 3, halvings) {
        (3, _) => 384,
        (2, _) | (1, 0) => 1_152,
        (1, _) => 576,
        _ => return None,
    };
    let sample_rate = match rates >> 2 & 3 {
        0 => 44_100,
        1 => 48_000,
        2 => 32_000,
        _ => return None,
    };
    Some((samples, sample_rate >> halvings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_say_how_long_they_last() {
        for (header, expected) in [
            ([0xff, 0xfb, 0x90], Some((1_152, 44_100))),
            ([0xff, 0xfa, 0x94], Some((1_152, 48_000))),
            ([0xff, 0xf3, 0x40], Some((576, 22_050))),
            ([0xff, 0xe3, 0x48], Some((576, 8_000))),
            ([0xff, 0xfd, 0x90], Some((1_152, 44_100))),
            ([0xff, 0xff, 0x98], Some((384, 32_000))),
            ([0xff, 0xeb, 0x90], None),
            ([0xff, 0xf9, 0x90], None),
            ([0xff, 0xfb, 0x9c], None),
            ([0xff, 0x1b, 0x90], None),
            ([0xfe, 0xfb, 0x90], None),
        ] {
            assert_eq!(mpeg_audio_frame_duration(&header), expected, "{header:02x?}");
        }
    }
}
