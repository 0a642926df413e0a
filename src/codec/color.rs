//! Colour spaces by their code points, in the words of WebCodecs.

/// What a container says of the meaning of its pictures' samples: the members of WebCodecs' `VideoColorSpaceInit`, in its
/// words. `None` where nothing is said or WebCodecs has no word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ColorSpace {
    /// `primaries`, a `VideoColorPrimaries`.
    pub primaries: Option<&'static str>,
    /// `transfer`, a `VideoTransferCharacteristics`.
    pub transfer: Option<&'static str>,
    /// `matrix`, a `VideoMatrixCoefficients`.
    pub matrix: Option<&'static str>,
    /// `fullRange`.
    pub full_range: Option<bool>,
}

impl ColorSpace {
    /// From code points of ITU-T H.273. `None` when none of them has a word.
    pub fn from_code_points(
        primaries: u64,
        transfer: u64,
        matrix: u64,
        full_range: Option<bool>,
    ) -> Option<Self> {
        let color_space = Self {
            primaries: match primaries {
                1 => Some("bt709"),
                5 => Some("bt470bg"),
                6 => Some("smpte170m"),
                9 => Some("bt2020"),
                12 => Some("smpte432"),
                _ => None,
            },
            transfer: match transfer {
                1 => Some("bt709"),
                6 => Some("smpte170m"),
                8 => Some("linear"),
                13 => Some("iec61966-2-1"),
                16 => Some("pq"),
                18 => Some("hlg"),
                _ => None,
            },
            matrix: match matrix {
                0 => Some("rgb"),
                1 => Some("bt709"),
                5 => Some("bt470bg"),
                6 => Some("smpte170m"),
                9 => Some("bt2020-ncl"),
                _ => None,
            },
            full_range,
        };
        (color_space != Self::default()).then_some(color_space)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_have_words_or_none() {
        assert_eq!(
            ColorSpace::from_code_points(9, 16, 9, Some(false)),
            Some(ColorSpace {
                primaries: Some("bt2020"),
                transfer: Some("pq"),
                matrix: Some("bt2020-ncl"),
                full_range: Some(false),
            })
        );
        assert_eq!(ColorSpace::from_code_points(2, 2, 2, None), None);
        let range_alone = ColorSpace::from_code_points(2, 2, 2, Some(true)).unwrap();
        assert_eq!((range_alone.matrix, range_alone.full_range), (None, Some(true)));
    }
}
