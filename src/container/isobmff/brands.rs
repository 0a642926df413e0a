//! Brands: which rules a file says it follows (ISO/IEC 14496-12 § 4.3 and annex E).

use super::boxes::{BoxRef, FourCC};
use crate::bytes::Truncated;
use crate::container::ContainerError;

/// Brands whose files have nothing that is unknown here: the base format, MP4, CMAF, DASH and the codecs' own, QuickTime
/// and what phones and shops write.
const KNOWN: [&[u8; 4]; 44] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"isoa", b"isob",
    b"isoc", b"mp41", b"mp42", b"mp71", b"avc1", b"hvc1", b"hev1", b"av01", b"dash", b"msdh", b"msix",
    b"lmsg", b"cmfc", b"cmf2", b"cmff", b"cmfl", b"cmfs", b"chdf", b"cfhd", b"chd1", b"caac", b"hlsf",
    b"qt  ", b"M4A ", b"M4B ", b"M4V ", b"M4VP", b"MSNV", b"f4v ", b"piff", b"3gp4", b"3gp5", b"3gp6",
];

/// Checks that one of the brands of an `ftyp` or `styp` is known.
///
/// DEVIATION: MSE ISO BMFF byte stream format § 3 can be read so that every single brand must be supported. A file says
/// by one brand that a reader of that brand can play it, whatever the others add.
pub(super) fn check(brands: &BoxRef<'_>) -> Result<(), ContainerError> {
    let all = brands.read(|reader| {
        let mut all = vec![FourCC(reader.array()?)];
        reader.skip(4)?; // minor_version
        while reader.remaining() >= 4 {
            all.push(FourCC(reader.array()?));
        }
        Ok::<_, Truncated>(all)
    })?;
    if all.iter().any(|brand| KNOWN.contains(&&brand.0)) {
        return Ok(());
    }
    let names: Vec<String> = all.iter().map(|brand| format!("{brand:?}")).collect();
    Err(brands.unsupported(format!("none of its brands is known: {}", names.join(", "))))
}
