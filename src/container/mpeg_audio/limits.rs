//! What no stream may exceed, so that memory is bounded and a page is told when it is no stream of this kind.

/// Most bytes before the first frame that are neither a frame nor a tag: the rest of a frame that a radio station cut,
/// and more.
pub(super) const MAX_GARBAGE_AT_START: u64 = 64 << 10;
/// Most such bytes in one place later: tags of unknown kinds, pictures in them.
pub(super) const MAX_GARBAGE: u64 = 4 << 20;
/// Longest header of an Icecast server, in bytes.
pub(super) const MAX_ICECAST_HEADER: u64 = 4 << 10;
/// Longest Lyrics3 tag, in bytes: six digits say how long one is.
pub(super) const MAX_LYRICS: u64 = (1 << 20) + 100;
/// Longest comment in an ID3v2 tag that is read, in bytes.
pub(super) const MAX_COMMENT: u64 = 4 << 10;
/// Most bytes that one step looks through for a frame.
pub(super) const MAX_SEARCH_STEP: usize = 4 << 10;
