//! Coded frame eviction (MSE § 3.5.10): what an append may take the place of.
//!
//! What was played goes first, the oldest before all; then what lies far ahead with a hole before it, from the end. What
//! can be played from the position without a stop is never taken, nor is the run that is being appended.

use super::coded_frame_processing::TrackBuffers;
use super::frame_group::FrameGroup;
use super::track_buffer::{GroupKey, TrackBuffer};
use crate::time::MediaTime;

/// How much of what was played stays, for a short seek back and for decoders that are behind.
const KEPT_BEHIND: MediaTime = MediaTime::from_millis(3_000);

/// How many groups of a kind are looked at to say how much could be evicted: hours of sound, half an hour of pictures.
const MAX_EVICTABLE_GROUPS: usize = 1_024;

impl TrackBuffers {
    /// Bytes of all frames, bookkeeping included.
    pub fn bytes_held(&self) -> u64 {
        self.tracks.iter().map(TrackBuffer::bytes_held).sum()
    }

    /// How many bytes [`evict`](Self::evict) could free while playback stands at `position`; less where there is very
    /// much, so that the answer costs the same however much there is.
    pub fn bytes_evictable(&self, position: MediaTime) -> u64 {
        let mut sum = 0;
        for track in &self.tracks {
            for is_remote in [false, true] {
                let mut looked_at = 0;
                self.evictable_groups(track, position, is_remote, &mut |group| {
                    sum += group.bytes_held();
                    looked_at += 1;
                    looked_at < MAX_EVICTABLE_GROUPS
                });
            }
        }
        sum
    }

    /// Looks at the groups of a track that may go, those behind `position` or the remote ones, until `look` is false.
    fn evictable_groups(
        &self,
        track: &TrackBuffer,
        position: MediaTime,
        is_remote: bool,
        look: &mut dyn FnMut(&FrameGroup) -> bool,
    ) {
        if is_remote {
            track.groups_remote_from(position, self.gaps, look);
        } else {
            track.groups_before(position - KEPT_BEHIND, look);
        }
    }

    /// Frees `bytes` or as many as it may while playback stands at `position`.
    pub fn evict(&mut self, position: MediaTime, bytes: u64) {
        let enough = self.bytes_held().saturating_sub(bytes);
        while self.bytes_held() > enough {
            let mut chosen: Option<(GroupKey, usize)> = None;
            for is_remote in [false, true] {
                if chosen.is_some() {
                    break;
                }
                for (index, track) in self.tracks.iter().enumerate() {
                    // The oldest of those behind, the farthest of those ahead.
                    self.evictable_groups(track, position, is_remote, &mut |group| {
                        let group = group.order();
                        if chosen.is_none_or(|(other, _)| (group >= other) == is_remote) {
                            chosen = Some((group, index));
                        }
                        false
                    });
                }
            }
            let Some((group, index)) = chosen else { return };
            let Some(track) = self.tracks.get_mut(index) else {
                return;
            };
            track.remove_group(group);
        }
    }
}
