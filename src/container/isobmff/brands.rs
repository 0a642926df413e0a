//! Brands: which rules a file says it follows (ISO/IEC 14496-12 § 4.3 and annex E).

use super::boxes::{BoxRef, FourCC};
use crate::bytes::Reader;
use crate::container::ContainerError;

/// Brands whose files have nothing that is unknown here: the base format, MP4, CMAF, DASH and the codecs' own, QuickTime
/// and what phones and shops write.
const KNOWN: [[u8; 4]; 44] = [
    *b"isom", *b"iso2", *b"iso3", *b"iso4", *b"iso5", *b"iso6", *b"iso7", *b"iso8", *b"iso9", *b"isoa",
    *b"isob", *b"isoc", *b"mp41", *b"mp42", *b"mp71", *b"avc1", *b"hvc1", *b"hev1", *b"av01", *b"dash",
    *b"msdh", *b"msix", *b"lmsg", *b"cmfc", *b"cmf2", *b"cmff", *b"cmfl", *b"cmfs", *b"chdf", *b"cfhd",
    *b"chd1", *b"caac", *b"hlsf", *b"qt  ", *b"M4A ", *b"M4B ", *b"M4V ", *b"M4VP", *b"MSNV", *b"f4v ",
    *b"piff", *b"3gp4", *b"3gp5", *b"3gp6",
];

/// Brands from before the flag `default-base-is-moof`, which they forbid (§ 8.8.7.1).
const BEFORE_DEFAULT_BASE_IS_MOOF: [[u8; 4]; 7] = [
    *b"isom", *b"iso2", *b"iso3", *b"iso4", *b"mp41", *b"mp42", *b"avc1",
];
/// CMAF's structural brands (ISO/IEC 23000-19 § 7.2): a file of one track, fragments of that alone.
const CMAF: [[u8; 4]; 2] = [*b"cmfc", *b"cmf2"];

/// The brands of an `ftyp` or `styp`, the major one first. Only who is strict looks at them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Brands(Vec<FourCC>);

impl Brands {
    /// Reads an `ftyp`, or the `styp` of a segment that follows the `ftyp` with the brands `of_file`.
    ///
    /// DEVIATION: MSE ISO BMFF byte stream format § 3 can be read so that every single brand must be supported. A file says
    /// by one brand, major or compatible, that a reader of that brand can play it, whatever the others add. A segment is
    /// compatible with its file (§ 4) if it has a brand of the file or one that is known.
    pub(super) fn read(brands: &BoxRef<'_>, of_file: Option<&Self>) -> Result<Self, ContainerError> {
        let mut reader = Reader::new(brands.payload);
        let mut all = vec![FourCC(reader.array())];
        reader.skip(4); // minor_version
        brands.check_end(&reader)?;
        while reader.remaining() >= 4 {
            all.push(FourCC(reader.array()));
        }
        let mut names = String::new();
        for brand in &all {
            if KNOWN.contains(&brand.0) || of_file.is_some_and(|of_file| of_file.0.contains(brand)) {
                return Ok(Self(all));
            }
            let comma = if names.is_empty() { "" } else { ", " };
            names += &format!("{comma}'{brand}'");
        }
        Err(brands.unsupported(format_args!("none of its brands is known: {names}")))
    }

    fn is_cmaf(&self) -> bool {
        self.0.iter().any(|brand| CMAF.contains(&brand.0))
    }

    /// MSE ISO BMFF byte stream format § 3: the `moov` must follow the rules of the brands.
    pub(super) fn check_moov(&self, moov: &BoxRef<'_>) -> Result<(), ContainerError> {
        if self.is_cmaf() && moov.count(b"trak") != 1 {
            return Err(moov.malformed(format_args!(
                "does not have the one track that CMAF, a brand of the file, requires"
            )));
        }
        Ok(())
    }

    /// MSE ISO BMFF byte stream format § 4: so must each `moof`.
    pub(super) fn check_moof(&self, moof: &BoxRef<'_>) -> Result<(), ContainerError> {
        if self.is_cmaf() && moof.count(b"traf") != 1 {
            return Err(moof.malformed(format_args!(
                "does not have the one traf that CMAF, one of its brands, requires"
            )));
        }
        Ok(())
    }

    /// Whether all are from before that flag.
    pub(super) fn forbid_default_base_is_moof(&self) -> bool {
        let is_early = |brand: &FourCC| BEFORE_DEFAULT_BASE_IS_MOOF.contains(&brand.0);
        self.0.iter().all(is_early)
    }
}
