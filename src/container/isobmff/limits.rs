//! What no file may exceed, so that memory is bounded whatever its fields say.

/// Largest `moov` box, in bytes. It is held whole. A day of video at 60 frames a second needs less.
pub(super) const MAX_MOOV_SIZE: u64 = 64 << 20;
/// Largest `ftyp` or `styp` box that is looked into, in bytes.
pub(super) const MAX_BRANDS_SIZE: u64 = 4 << 10;
/// Largest `moof` box, in bytes. It is held whole.
pub(super) const MAX_MOOF_SIZE: u64 = 16 << 20;
/// Most samples in one movie fragment. Runs may give counts without a byte for each sample.
pub(super) const MAX_FRAGMENT_SAMPLES: u32 = 1 << 20;
/// Most tracks in one movie.
pub(super) const MAX_TRACKS: usize = 256;
/// Most sample descriptions of one track.
pub(super) const MAX_SAMPLE_DESCRIPTIONS: u32 = 256;
/// Largest configuration record of a codec, in bytes. It goes into every copy of the decoder's configuration.
pub(super) const MAX_CODEC_RECORD_SIZE: usize = 64 << 10;
/// Most bytes held back: media data that lies before its `moov`, or before samples that are decoded earlier.
pub(super) const MAX_RETAINED_SIZE: u64 = 1 << 30;
