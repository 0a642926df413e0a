//! Coded frame eviction (MSE § 3.5.10): what an append may take the place of.
//!
//! What was played goes first, the oldest before all; then what lies far ahead with a hole before it, from the end. What
//! can be played from the position without a stop is never taken, nor is the run that is being appended.

use super::coded_frame_processing::TrackBuffers;
use super::track_buffer::TrackBuffer;
use crate::time::MediaTime;

/// How much of what was played stays, for a short seek back and for decoders that are behind.
const KEPT_BEHIND: MediaTime = MediaTime::from_millis(3_000);

impl TrackBuffers {
    /// Bytes of all frames, bookkeeping included.
    pub fn bytes_held(&self) -> u64 {
        self.tracks.iter().map(TrackBuffer::bytes_held).sum()
    }

    /// How many bytes [`evict`](Self::evict) could free while playback stands at `position`; less where there is very
    /// much, so that the answer costs the same however much there is.
    pub fn bytes_evictable(&self, position: MediaTime) -> u64 {
        let tracks = self.tracks.iter();
        tracks
            .map(|track| {
                track.bytes_before(position - KEPT_BEHIND) + track.bytes_remote_from(position, self.gaps)
            })
            .sum()
    }

    /// Frees `bytes` or as many as it may while playback stands at `position`.
    pub fn evict(&mut self, position: MediaTime, bytes: u64) {
        let enough = self.bytes_held().saturating_sub(bytes);
        while self.bytes_held() > enough {
            let tracks = || self.tracks.iter().enumerate();
            let played = tracks()
                .filter_map(|(index, track)| Some((track.first_before(position - KEPT_BEHIND)?, index)))
                .min();
            let remote = || {
                tracks()
                    .filter_map(|(index, track)| Some((track.last_remote_from(position, self.gaps)?, index)))
                    .max()
            };
            let Some((group, index)) = played.or_else(remote) else {
                return;
            };
            let Some(track) = self.tracks.get_mut(index) else {
                return;
            };
            track.remove_group(group);
        }
    }
}
