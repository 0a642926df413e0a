//! Colour spaces by their code points, in the words of WebCodecs.

use crate::wire::{Passage, Wire};

/// Code points of ITU-T H.273 and the words for them.
type Words = &'static [(u64, &'static str)];

const PRIMARIES: Words = &[
    (1, "bt709"),
    (5, "bt470bg"),
    (6, "smpte170m"),
    (9, "bt2020"),
    (12, "smpte432"),
];
const TRANSFER: Words = &[
    (1, "bt709"),
    (6, "smpte170m"),
    (8, "linear"),
    (13, "iec61966-2-1"),
    (16, "pq"),
    (18, "hlg"),
];
const MATRIX: Words = &[
    (0, "rgb"),
    (1, "bt709"),
    (5, "bt470bg"),
    (6, "smpte170m"),
    (9, "bt2020-ncl"),
];

fn find(words: Words, is_it: impl Fn((u64, &str)) -> bool) -> Option<&'static str> {
    let (_, word) = words.iter().find(|&&entry| is_it(entry))?;
    Some(word)
}

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
            primaries: find(PRIMARIES, |(code, _)| code == primaries),
            transfer: find(TRANSFER, |(code, _)| code == transfer),
            matrix: find(MATRIX, |(code, _)| code == matrix),
            full_range,
        };
        (color_space != Self::default()).then_some(color_space)
    }
}

/// Words pass by their places in the lists above.
impl Wire for ColorSpace {
    fn blank() -> Self {
        Self::default()
    }

    fn pass(&mut self, passage: &mut Passage<'_>) {
        let words = [
            (&mut self.primaries, PRIMARIES),
            (&mut self.transfer, TRANSFER),
            (&mut self.matrix, MATRIX),
        ];
        for (word, words) in words {
            let place = words.iter().position(|&(_, known)| *word == Some(known));
            let place = passage.number(1, place.unwrap_or(words.len()) as u64) as usize;
            *word = words.get(place).map(|&(_, word)| word);
        }
        self.full_range.pass(passage);
    }
}

/// From words, of which those that WebCodecs does not have are left out.
impl From<(Option<String>, Option<String>, Option<String>, Option<bool>)> for ColorSpace {
    fn from(
        (primaries, transfer, matrix, full_range): (
            Option<String>,
            Option<String>,
            Option<String>,
            Option<bool>,
        ),
    ) -> Self {
        let known = |words, name: Option<String>| find(words, |(_, word)| name.as_deref() == Some(word));
        Self {
            primaries: known(PRIMARIES, primaries),
            transfer: known(TRANSFER, transfer),
            matrix: known(MATRIX, matrix),
            full_range,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

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

    #[test]
    fn words_are_those_of_webcodecs() {
        let words = |words: [&str; 3]| {
            let [primaries, transfer, matrix] = words.map(|word| Some(word.to_owned()));
            ColorSpace::from((primaries, transfer, matrix, Some(true)))
        };
        let mut known = words(["smpte170m", "iec61966-2-1", "rgb"]);
        assert_eq!(ColorSpace::from_code_points(6, 13, 0, Some(true)), Some(known));
        let unknown = words(["BT709", "", "hlg"]);
        assert_eq!(
            unknown,
            ColorSpace {
                full_range: Some(true),
                ..ColorSpace::default()
            }
        );
        let mut bytes = Vec::new();
        wire::write_to(&mut known, &mut bytes);
        assert_eq!(
            wire::read_from::<ColorSpace>(&mut bytes.as_slice()).unwrap(),
            known
        );
    }
}
