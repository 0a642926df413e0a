//! What no file may exceed, so that memory is bounded whatever its fields say.

use crate::time::MediaTime;

/// Largest EBML header, in bytes. It holds eight small fields.
pub(super) const MAX_HEADER_SIZE: u64 = 64 << 10;
/// Largest `Info` element, in bytes. It holds names, of which a title may be long.
pub(super) const MAX_INFO_SIZE: u64 = 1 << 20;
/// Largest `Tracks` element, in bytes. It holds the configuration of each track's codec.
pub(super) const MAX_TRACKS_SIZE: u64 = 16 << 20;
/// Largest block or group of blocks, in bytes. It is held whole.
pub(super) const MAX_BLOCK_SIZE: u64 = 64 << 20;
/// Largest other element inside a cluster that is read whole, in bytes.
pub(super) const MAX_FIELD_SIZE: u64 = 16;
/// Largest element that is passed over, in bytes: attachments may be large, garbage that reads as a size is larger.
pub(super) const MAX_SKIPPED_SIZE: u64 = 4 << 30;
/// Most tracks, of any type.
pub(super) const MAX_TRACKS: usize = 127;
/// Largest codec configuration, in bytes. It goes into every copy of the decoder's configuration.
pub(super) const MAX_CODEC_PRIVATE_SIZE: u32 = 1 << 20;
/// Most bytes that the header stripping of one track may add to each frame.
pub(super) const MAX_STRIPPED_HEADER_SIZE: usize = 4 << 10;
/// Most bytes without a cluster in them that are passed over where clusters should go on: as much as lies between two
/// of a recorder's clusters of high quality.
pub(super) const MAX_RESYNC_SIZE: u64 = 32 << 20;
/// Longest distance between the last frame of one cluster and the first of the next that counts as the duration of the
/// former when the clusters follow each other in one recording.
pub(super) const MAX_DISTANCE_ACROSS_CLUSTERS: MediaTime = MediaTime::from_millis(1_000);
