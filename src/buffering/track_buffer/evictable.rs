//! Which groups coded frame eviction (MSE § 3.5.10) may take.

use super::TrackBuffer;
use crate::buffering::frame_group::FrameGroup;
use crate::playback::gap_policy::{Gaps, playable_until};
use crate::time::MediaTime;

/// Looks at a group that may go; false when no more are to be looked at.
type Look<'a> = &'a mut dyn FnMut(&FrameGroup) -> bool;

impl TrackBuffer {
    /// The groups before the one that is decoded for `time`, from the first on, but not the one that grows.
    pub(in crate::buffering) fn groups_before(&self, time: MediaTime, look: Look<'_>) {
        for place in 0..self.groups.place_at(time).unwrap_or_default() {
            if let Some(group) = self.evictable(place)
                && !look(group)
            {
                break;
            }
        }
    }

    /// The groups behind the end of what can be played from `time` on over these gaps, from the last on, but not the range
    /// that is being appended.
    pub(in crate::buffering) fn groups_remote_from(&self, time: MediaTime, gaps: Gaps, look: Look<'_>) {
        let until = playable_until(&self.ranges, time, gaps).unwrap_or(time);
        let appended = self
            .highest_end_timestamp
            .and_then(|end| self.ranges.containing(end - MediaTime::from_nanos(1)));
        let (start, end) = appended.map_or((until, until), |range| (range.start, range.end));
        let place_of = |time: MediaTime| self.groups.place((time.max(until), 0));
        let (first, appended_from, appended_to) = (place_of(until), place_of(start), place_of(end));
        let mut place = self.groups.len();
        loop {
            if place == appended_to {
                place = appended_from;
            }
            if place == first {
                break;
            }
            place -= 1;
            // One that begins before the range may end in it, and then belongs to it.
            if let Some(group) = self.evictable(place)
                && until <= group.lowest()
                && (group.highest_end() <= start || end <= group.lowest())
                && !look(group)
            {
                break;
            }
        }
    }

    /// The group at a place in decode order, if it is not the one that grows.
    fn evictable(&self, place: usize) -> Option<&FrameGroup> {
        let (id, group) = self.groups.at(place)?;
        (Some(id) != self.append_group).then_some(group)
    }
}
