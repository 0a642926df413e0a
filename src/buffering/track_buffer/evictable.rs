//! Which groups coded frame eviction (MSE § 3.5.10) may take.

use super::{GroupKey, TrackBuffer};
use crate::buffering::frame_group::FrameGroup;
use crate::playback::gap_policy::{Gaps, playable_until};
use crate::time::MediaTime;

/// How many groups are looked at to say how much could be evicted: hours of sound, half an hour of pictures.
const MAX_EVICTABLE_GROUPS: usize = 1_024;

impl TrackBuffer {
    /// The groups before the one that is decoded for `time`, from the first on, but not the one that grows.
    fn groups_before(&self, time: MediaTime) -> impl Iterator<Item = &FrameGroup> {
        let decoded = self.groups.place_at(time);
        self.all_but_growing(0..decoded.unwrap_or_default())
    }

    /// The groups behind the end of what can be played from `time` on over these gaps, from the last on, but not the range
    /// that is being appended.
    fn groups_remote_from(&self, time: MediaTime, gaps: Gaps) -> impl Iterator<Item = &FrameGroup> {
        let until = playable_until(&self.ranges, time, gaps).unwrap_or(time);
        let appended = self
            .highest_end_timestamp
            .and_then(|end| self.ranges.containing(end - MediaTime::from_nanos(1)));
        let (start, end) = appended.map_or((until, until), |range| (range.start, range.end));
        let place = |time: MediaTime| self.groups.place((time.max(until), 0));
        let behind = (place(end)..self.groups.len()).rev();
        let before = (place(until)..place(start)).rev();
        // One that begins before the range may end in it, and then belongs to it.
        self.all_but_growing(behind.chain(before))
            .filter(move |group| until <= group.lowest())
            .filter(move |group| group.highest_end() <= start || end <= group.lowest())
    }

    fn all_but_growing(&self, places: impl Iterator<Item = usize>) -> impl Iterator<Item = &FrameGroup> {
        places.filter_map(|place| {
            let (id, group) = self.groups.at(place)?;
            (Some(id) != self.append_group).then_some(group)
        })
    }

    /// Bytes of [`groups_before`](Self::groups_before), as far as looked at.
    pub(in crate::buffering) fn bytes_before(&self, time: MediaTime) -> u64 {
        bytes_of(&mut self.groups_before(time))
    }

    /// Bytes of [`groups_remote_from`](Self::groups_remote_from), as far as looked at.
    pub(in crate::buffering) fn bytes_remote_from(&self, time: MediaTime, gaps: Gaps) -> u64 {
        bytes_of(&mut self.groups_remote_from(time, gaps))
    }

    /// The first of [`groups_before`](Self::groups_before).
    pub(in crate::buffering) fn first_before(&self, time: MediaTime) -> Option<GroupKey> {
        self.groups_before(time).next().map(FrameGroup::order)
    }

    /// The first of [`groups_remote_from`](Self::groups_remote_from).
    pub(in crate::buffering) fn last_remote_from(&self, time: MediaTime, gaps: Gaps) -> Option<GroupKey> {
        self.groups_remote_from(time, gaps).next().map(FrameGroup::order)
    }
}

fn bytes_of(groups: &mut dyn Iterator<Item = &FrameGroup>) -> u64 {
    groups
        .take(MAX_EVICTABLE_GROUPS)
        .map(FrameGroup::bytes_held)
        .sum()
}
