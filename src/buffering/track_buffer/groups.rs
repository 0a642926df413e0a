//! The groups of a track buffer, by id and in decode order.

use super::GroupKey;
use crate::buffering::frame_group::FrameGroup;
use crate::time::MediaTime;

/// Two sorted lists. They stand for maps of the standard library, whose code would be a tenth of the module: a group comes
/// at the end and goes at the front nearly always, and there are thousands, not millions.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// By id. Ids rise.
    groups: Vec<(u64, Box<FrameGroup>)>,
    /// The id of every group by [`FrameGroup::order`].
    order: Vec<(GroupKey, u64)>,
    next_id: u64,
}

impl Groups {
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The id of the group that is inserted next.
    pub(super) fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Adds a group and names it.
    pub(super) fn insert(&mut self, group: FrameGroup) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.set_place(group.order(), id);
        self.groups.push((id, Box::new(group)));
        id
    }

    /// Takes a group out that lies in decode order as this says.
    pub(super) fn remove(&mut self, key: GroupKey) -> Option<Box<FrameGroup>> {
        let id = self.unset_place(key)?;
        let index = self.index(id)?;
        Some(self.groups.remove(index).1)
    }

    /// The group `id` is in decode order now where [`FrameGroup::order`] says.
    pub(super) fn set_place(&mut self, key: GroupKey, id: u64) {
        let place = self.place(key);
        self.order.insert(place, (key, id));
    }

    /// The group that was so in decode order is nowhere until [`set_place`](Self::set_place).
    pub(super) fn unset_place(&mut self, key: GroupKey) -> Option<u64> {
        let place = self.place(key);
        self.order.get(place).filter(|(there, _)| *there == key)?;
        Some(self.order.remove(place).1)
    }

    pub(super) fn get(&self, id: u64) -> Option<&FrameGroup> {
        let (_, group) = self.groups.get(self.index(id)?)?;
        Some(group)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut FrameGroup> {
        let index = self.index(id)?;
        let (_, group) = self.groups.get_mut(index)?;
        Some(group)
    }

    fn index(&self, id: u64) -> Option<usize> {
        self.groups.binary_search_by_key(&id, |(id, _)| *id).ok()
    }

    /// How many groups are before this key in decode order: the place of the first that is not.
    pub(super) fn place(&self, key: GroupKey) -> usize {
        self.order.partition_point(|(before, _)| *before < key)
    }

    /// The place of the last group that starts at `time` or before.
    pub(super) fn place_at(&self, time: MediaTime) -> Option<usize> {
        self.place((time, u64::MAX)).checked_sub(1)
    }

    /// The group at a place in decode order.
    pub(super) fn at(&self, place: usize) -> Option<(u64, &FrameGroup)> {
        let (_, id) = self.order.get(place)?;
        Some((*id, self.get(*id)?))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }
}

/// The groups at some places, in decode order, that have something within `[start, end]`.
#[derive(Debug)]
pub(super) struct GroupsAround<'a> {
    pub(super) groups: &'a Groups,
    pub(super) place: usize,
    /// Exclusive.
    pub(super) end_place: usize,
    pub(super) start: MediaTime,
    pub(super) end: MediaTime,
}

impl<'a> Iterator for GroupsAround<'a> {
    type Item = (u64, &'a FrameGroup);

    fn next(&mut self) -> Option<Self::Item> {
        while self.place < self.end_place {
            let (id, group) = self.groups.at(self.place)?;
            self.place += 1;
            if group.lowest() <= self.end && self.start <= group.highest_end() {
                return Some((id, group));
            }
        }
        None
    }
}
