//! Which groups coded frame eviction (MSE § 3.5.10) may take.

use super::{GroupKey, TrackBuffer};
use crate::buffering::frame_group::FrameGroup;
use crate::playback::gap_policy::{Gaps, playable_until};
use crate::time::MediaTime;

/// How many groups are looked at to say how much could be evicted: hours of sound, half an hour of pictures.
const MAX_EVICTABLE_GROUPS: usize = 1_024;

impl TrackBuffer {
    /// The groups before the one that is decoded for `time`, from the first on, but not the one that grows.
    fn groups_before(&self, time: MediaTime) -> impl Iterator<Item = (&GroupKey, &FrameGroup)> {
        let decoded = self.order.range(..=(time, u64::MAX)).next_back();
        let before = decoded.map(|(key, _)| self.order.range(..*key));
        self.all_but_growing(before.into_iter().flatten())
    }

    /// The groups behind the end of what can be played from `time` on over these gaps, from the last on, but not the range
    /// that is being appended.
    fn groups_remote_from(
        &self,
        time: MediaTime,
        gaps: Gaps,
    ) -> impl Iterator<Item = (&GroupKey, &FrameGroup)> {
        let until = playable_until(&self.ranges, time, gaps).unwrap_or(time);
        let appended = self
            .highest_end_timestamp
            .and_then(|end| self.ranges.containing(end - MediaTime::from_nanos(1)));
        let (start, end) = appended.map_or((until, until), |range| (range.start, range.end));
        let behind = self.order.range((end.max(until), 0)..).rev();
        let before = self.order.range((until, 0)..(start.max(until), 0)).rev();
        // One that begins before the range may end in it, and then belongs to it.
        self.all_but_growing(behind.chain(before))
            .filter(move |(_, group)| until <= group.lowest())
            .filter(move |(_, group)| group.highest_end() <= start || end <= group.lowest())
    }

    fn all_but_growing<'a>(
        &'a self,
        groups: impl Iterator<Item = (&'a GroupKey, &'a u64)>,
    ) -> impl Iterator<Item = (&'a GroupKey, &'a FrameGroup)> {
        groups
            .filter(|(_, id)| Some(**id) != self.append_group)
            .filter_map(|(key, id)| Some((key, self.groups.get(id)?)))
    }

    /// Bytes of [`groups_before`](Self::groups_before), as far as looked at.
    pub(in crate::buffering) fn bytes_before(&self, time: MediaTime) -> u64 {
        let groups = self.groups_before(time).take(MAX_EVICTABLE_GROUPS);
        groups.map(|(_, group)| group.bytes_held()).sum()
    }

    /// Bytes of [`groups_remote_from`](Self::groups_remote_from), as far as looked at.
    pub(in crate::buffering) fn bytes_remote_from(&self, time: MediaTime, gaps: Gaps) -> u64 {
        let groups = self.groups_remote_from(time, gaps).take(MAX_EVICTABLE_GROUPS);
        groups.map(|(_, group)| group.bytes_held()).sum()
    }

    /// The first of [`groups_before`](Self::groups_before).
    pub(in crate::buffering) fn first_before(&self, time: MediaTime) -> Option<GroupKey> {
        self.groups_before(time).next().map(|(key, _)| *key)
    }

    /// The first of [`groups_remote_from`](Self::groups_remote_from).
    pub(in crate::buffering) fn last_remote_from(&self, time: MediaTime, gaps: Gaps) -> Option<GroupKey> {
        self.groups_remote_from(time, gaps).next().map(|(key, _)| *key)
    }
}
