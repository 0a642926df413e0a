//! The coded frames of one track (MSE § 3.3, "Track Buffers").

mod evictable;
mod groups;
mod pictures;

use std::sync::Arc;

use super::frame_group::{FrameGroup, bytes_of};
use super::{BufferedFrame, FramePosition, FrameSource};
use crate::container::{DecoderConfig, Track, TrackKind};
use crate::playback::gap_policy::GAP;
use crate::ranges::{TimeRange, TimeRanges};
use crate::time::MediaTime;
use groups::{Groups, GroupsAround};

/// Whether pictures of this codec may be shown in another order than they are decoded in.
fn may_reorder(config: &DecoderConfig) -> bool {
    let codec = config.codec.as_str();
    // H.264 of the baseline profile has no such pictures.
    let is_avc = codec.starts_with("avc") && !codec.starts_with("avc1.42");
    is_avc || codec.starts_with("hvc1") || codec.starts_with("hev1")
}

/// A frame, and where it lies.
#[derive(Clone, Copy)]
struct Found<'a> {
    /// Of its group.
    id: u64,
    group: &'a FrameGroup,
    /// In its group.
    offset: usize,
    frame: &'a BufferedFrame,
}

impl Found<'_> {
    /// What it is decoded from.
    fn random_access_point(&self) -> FramePosition {
        FramePosition {
            group: self.id,
            index: self
                .group
                .index_of(self.group.random_access_point_of(self.offset)),
        }
    }
}

/// How far the frames of groups lie from the starts of these.
#[derive(Debug, Default)]
struct Reach {
    /// No frame starts longer than this before its group's start …
    lead: MediaTime,
    /// … nor ends longer than this after it.
    trail: MediaTime,
}

impl Reach {
    #[inline(never)]
    fn include(&mut self, group: &FrameGroup) {
        self.lead = self.lead.max(group.start() - group.lowest());
        self.trail = self.trail.max(group.highest_end() - group.start());
    }
}

/// Names a group by its place in decode order.
pub(super) type GroupKey = (MediaTime, u64);

/// Sound that ends before the append window starts. If the next frame is heard, it is decoded before that one.
#[derive(Debug)]
pub(super) struct DroppedFrame {
    pub(super) decode_timestamp: MediaTime,
    /// Where it ends, and the next one begins.
    pub(super) presentation_end: MediaTime,
    /// How much is decoded of it.
    pub(super) duration: MediaTime,
    pub(super) config: Arc<DecoderConfig>,
    pub(super) data: Arc<[u8]>,
}

/// The coded frames of one track and the variables that coded frame processing keeps for it.
///
/// Frames lie in groups of one or more groups of pictures. Groups are in decode order by the presentation timestamp of
/// their first random access point; the random access points of two groups never interleave, other frames may.
#[derive(Debug)]
pub struct TrackBuffer {
    id: u32,
    /// What the newest initialization segment calls the track.
    track_id: u32,
    config: Arc<DecoderConfig>,
    /// Decode timestamp of the last frame appended in the current coded frame group.
    pub(super) last_decode_timestamp: Option<MediaTime>,
    /// Coded frame duration of that frame, or of the last that had one.
    pub(super) last_frame_duration: Option<MediaTime>,
    /// Highest presentation end of all frames appended in the current coded frame group.
    pub(super) highest_end_timestamp: Option<MediaTime>,
    /// Whether the end of the last frame appended is a guess.
    pub(super) has_estimated_end: bool,
    /// Whether frames are dropped until a random access point comes.
    pub(super) need_random_access_point_flag: bool,
    /// The last frame, if it is sound that the append window dropped.
    pub(super) dropped: Option<DroppedFrame>,

    groups: Groups,
    ranges: TimeRanges,
    /// Whether a group's range ever began before its first frame.
    has_reordered_starts: bool,
    /// How long the longest frame lasted that was ever appended.
    longest_frame: MediaTime,
    bytes_held: u64,
    /// Counts how often the last decode timestamp was unset.
    run: u64,
    /// Where the last frame of this run lies; the only group that grows.
    append_group: Option<u64>,
    /// With it, groups can be searched for by time.
    reach: Reach,
}

impl TrackBuffer {
    /// An empty buffer for a track of the first initialization segment.
    pub fn new(track: &Track) -> Self {
        Self {
            id: track.id,
            track_id: track.id,
            config: Arc::clone(&track.config),
            last_decode_timestamp: None,
            last_frame_duration: None,
            highest_end_timestamp: None,
            has_estimated_end: false,
            need_random_access_point_flag: true,
            dropped: None,
            groups: Groups::default(),
            ranges: TimeRanges::new(),
            has_reordered_starts: false,
            longest_frame: MediaTime::ZERO,
            bytes_held: 0,
            run: 0,
            append_group: None,
            reach: Reach::default(),
        }
    }

    /// The track number in the first initialization segment: the name that stays.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The track number in the newest initialization segment: the name that coded frames bear.
    pub fn track_id(&self) -> u32 {
        self.track_id
    }

    /// Sound or picture.
    pub fn kind(&self) -> TrackKind {
        self.config.kind()
    }

    /// How the frames appended from now on are decoded.
    pub fn config(&self) -> &Arc<DecoderConfig> {
        &self.config
    }

    /// Bytes of all frames: payloads, and what else each takes in memory.
    pub fn bytes_held(&self) -> u64 {
        self.bytes_held
    }

    /// Bytes taken from the allocator for frames and groups. It looks at every group.
    pub fn bytes_allocated(&self) -> u64 {
        let groups = (0..self.groups.len()).filter_map(|place| self.groups.at(place));
        groups.map(|(_, group)| group.bytes_allocated()).sum()
    }

    /// What the page is told to be buffered. It differs from [`ranges`](FrameSource::ranges), which playback goes by, in
    /// two things. Where a range begins with pictures that are reordered, there is nothing before the first one that is
    /// shown, although behind other frames that is no hole. And small gaps do not show: those shorter than an audio frame
    /// must not (MSE § 11, byte stream formats), those shorter than two pictures may not (§ 3.3), as long as playback
    /// passes over them.
    pub fn buffered(&self) -> TimeRanges {
        let gap = match self.kind() {
            TrackKind::Audio => self.longest_frame,
            TrackKind::Video => self.longest_frame + self.longest_frame,
        };
        let gap = gap.min(GAP);
        let mut buffered = TimeRanges::new();
        for &TimeRange { start, end } in &self.ranges {
            match buffered.end() {
                Some(last) if start - last < gap => buffered.add(last, end),
                _ if self.has_reordered_starts => buffered.add(self.first_shown(start), end),
                _ => buffered.add(start, end),
            }
        }
        buffered
    }

    /// When the first frame is shown of the range that begins at `start`.
    fn first_shown(&self, start: MediaTime) -> MediaTime {
        let reordered = self
            .groups_around(start, start)
            .find(|(_, group)| group.range_start() == start && start < group.start());
        let Some((_, reordered)) = reordered else {
            return start;
        };
        let until = reordered.start();
        let mut first = until;
        self.each_around(start, until, &mut |Found { frame, .. }| {
            if start <= frame.presentation_timestamp {
                first = first.min(frame.presentation_timestamp);
            }
        });
        first
    }

    /// The largest presentation timestamp held.
    pub fn highest_presentation_timestamp(&self) -> Option<MediaTime> {
        let mut highest = None;
        for place in (0..self.groups.len()).rev() {
            let (_, group) = self.groups.at(place)?;
            if highest.is_some_and(|highest| group.start() + self.reach.trail < highest) {
                break;
            }
            for offset in 0..group.len() {
                highest = highest.max(group.frame(offset).map(|frame| frame.presentation_timestamp));
            }
        }
        highest
    }

    /// Adds the track description of a later initialization segment. An equal one is not taken over, so that frames
    /// that need no other decoder share one.
    pub(super) fn set_description(&mut self, track: &Track) {
        self.track_id = track.id;
        if *self.config != *track.config {
            self.config = Arc::clone(&track.config);
        }
    }

    /// What coded frame processing and removal do to all track buffers at a discontinuity: the next frame must be a
    /// random access point and starts a new run.
    pub(super) fn unset_last_frame(&mut self) {
        self.last_decode_timestamp = None;
        self.last_frame_duration = None;
        self.highest_end_timestamp = None;
        self.has_estimated_end = false;
        self.need_random_access_point_flag = true;
        self.dropped = None;
        self.run += 1;
        self.grow_group(None);
    }

    /// Adds a frame behind the last one appended. One that is no random access point and has none before it in this run
    /// cannot be decoded and is let go. Where it is the first of its run, the range begins at `range_start` if that is
    /// earlier than the frame.
    pub(super) fn append(&mut self, frame: BufferedFrame, range_start: MediaTime) {
        let (mut start, end) = (frame.presentation_timestamp, frame.presentation_end);
        let bytes = bytes_of(&frame);
        self.longest_frame = self.longest_frame.max(end - start);
        if let Some(group) = self
            .append_group
            .filter(|&id| !frame.is_random_access_point || self.may_share(id, &frame))
        {
            let Some(group) = self.groups.get_mut(group) else {
                return;
            };
            group.push(frame);
            self.reach.include(group);
        } else if frame.is_random_access_point {
            // Keep decode order: a group that lies on both sides is parted.
            if let Some(before) = self.id_at(start)
                && let Some(group) = self.groups.get_mut(before)
                && let Some(at) = group.random_access_point_from(start + MediaTime::from_nanos(1))
            {
                let tail = group.split_off(at);
                self.insert(tail);
            }
            self.has_reordered_starts |= range_start < start;
            start = start.min(range_start);
            let arrival = self.groups.next_id();
            let id = self.insert(FrameGroup::new(frame, range_start, self.run, arrival));
            self.grow_group(Some(id));
        } else {
            return;
        }
        self.bytes_held += bytes;
        self.ranges.add(start, end);
    }

    /// From now on, this group alone grows.
    fn grow_group(&mut self, id: Option<u64>) {
        let full = self.append_group.and_then(|id| self.groups.get_mut(id));
        if let Some(full) = full {
            full.shrink();
        }
        self.append_group = id;
    }

    /// Whether a random access point can go to the end of a group with no other group between.
    fn may_share(&self, id: u64, frame: &BufferedFrame) -> bool {
        let group = self.groups.get(id);
        group.is_some_and(|group| group.shares_with(frame))
            && self.id_at(frame.presentation_timestamp) == Some(id)
    }

    /// The last group that starts at `time` or before.
    fn id_at(&self, time: MediaTime) -> Option<u64> {
        let (id, _) = self.groups.at(self.groups.place_at(time)?)?;
        Some(id)
    }

    fn insert(&mut self, group: FrameGroup) -> u64 {
        self.reach.include(&group);
        self.groups.insert(group)
    }

    fn ids_around(&self, start: MediaTime, end: MediaTime) -> Vec<u64> {
        let mut ids = Vec::new();
        for (id, _) in self.groups_around(start, end) {
            ids.push(id);
        }
        ids
    }

    /// The groups that may have frames that overlap or start within `[start, end]`, in decode order.
    fn groups_around(&self, start: MediaTime, end: MediaTime) -> GroupsAround<'_> {
        let first = start - self.reach.trail;
        let last = (end + self.reach.lead).max(first);
        GroupsAround {
            groups: &self.groups,
            place: self.groups.place((first, 0)),
            end_place: self.groups.place((last, u64::MAX)),
            start,
            end,
        }
    }

    /// Looks at the frames that may overlap or start within `[start, end]`, in decode order.
    fn each_around<'a>(&'a self, start: MediaTime, end: MediaTime, look: &mut dyn FnMut(Found<'a>)) {
        for (id, group) in self.groups_around(start, end) {
            for offset in group.around(start, end) {
                if let Some(frame) = group.frame(offset) {
                    look(Found {
                        id,
                        group,
                        offset,
                        frame,
                    });
                }
            }
        }
    }

    /// The frame whose presentation interval holds `time`; of several, the one that starts last.
    fn latest_at(&self, time: MediaTime) -> Option<Found<'_>> {
        let mut latest: Option<Found<'_>> = None;
        self.each_around(time, time, &mut |found| {
            let start = found.frame.presentation_timestamp;
            if start <= time
                && time < found.frame.presentation_end
                && latest.is_none_or(|latest| latest.frame.presentation_timestamp <= start)
            {
                latest = Some(found);
            }
        });
        latest
    }

    /// The frame that holds `time`; of several, the one that starts last.
    pub(super) fn frame_at(&self, time: MediaTime) -> Option<&BufferedFrame> {
        self.latest_at(time).map(|found| found.frame)
    }

    /// Where the end of the last frame appended is a guess, it ends with the start of the next one if that is near: where
    /// pictures may be shown in another order than they are decoded in, a start that is not may be that of any other.
    pub(super) fn correct_estimated_end(&mut self, next: MediaTime) {
        if !std::mem::take(&mut self.has_estimated_end) {
            return;
        }
        let duration = self.last_frame_duration.unwrap_or_default();
        let longest = match may_reorder(&self.config) {
            true => duration + duration,
            false => MediaTime::INFINITY,
        };
        let group = self.append_group.and_then(|id| self.groups.get_mut(id));
        let Some(group) = group else { return };
        let Some((start, end)) = group.end_last_frame_at(next, longest) else {
            return;
        };
        self.last_frame_duration = Some(next - start);
        self.reach.include(group);
        if next < end {
            if self.highest_end_timestamp == Some(end) {
                self.highest_end_timestamp = Some(next);
            }
            self.take_from_ranges(&TimeRanges::single(next, end));
        } else {
            self.ranges.add(end, next);
        }
    }

    /// The smallest presentation timestamp of a random access point that is not below `time`.
    pub(super) fn random_access_point_from(&self, time: MediaTime) -> Option<MediaTime> {
        let place = self.groups.place((time, 0));
        if let Some((_, before)) = place.checked_sub(1).and_then(|before| self.groups.at(before))
            && let Some(offset) = before.random_access_point_from(time)
        {
            return before.frame(offset).map(|frame| frame.presentation_timestamp);
        }
        let (_, group) = self.groups.at(place)?;
        Some(group.start())
    }

    /// The presentation timestamps of the random access points within `[start, end)`, in order, no more than `most` from the
    /// first on.
    pub fn random_access_points(&self, start: MediaTime, end: MediaTime, most: usize) -> Vec<MediaTime> {
        let mut points = Vec::new();
        let mut from = start;
        while points.len() < most
            && let Some(point) = self.random_access_point_from(from)
            && point < end
        {
            points.push(point);
            from = point + MediaTime::from_nanos(1);
        }
        points
    }

    /// Ends at `time` the frames that start before it and hold it.
    pub(super) fn end_frames_at(&mut self, time: MediaTime) {
        let mut gone = TimeRanges::new();
        for id in self.ids_around(time, time) {
            if let Some(group) = self.groups.get_mut(id) {
                group.end_frames_at(time, &mut gone);
            }
        }
        self.take_from_ranges(&gone);
    }

    /// Removes the frames that start within `[start, end)`, end after `time`, and do not belong to the run that is being
    /// appended, and all that depend on them: up to the next random access point in decode order.
    ///
    /// DEVIATION: MSE § 3.5.8 step 1.14 does not spare the frames of the run itself. All of them end by the highest end
    /// timestamp, so only frames without duration are concerned, and with such a frame its group of pictures would go.
    pub(super) fn remove_overlapped(&mut self, start: MediaTime, end: MediaTime, time: MediaTime) {
        self.remove_where(start, end, time, Some(self.run));
    }

    /// Removes the frames that start within `[start, end)` and all that depend on them. When the last frame appended is
    /// among them, returns its presentation timestamp.
    pub(super) fn remove(&mut self, start: MediaTime, end: MediaTime) -> Option<MediaTime> {
        self.remove_where(start, end, MediaTime::NEG_INFINITY, None)
    }

    fn remove_where(
        &mut self,
        start: MediaTime,
        end: MediaTime,
        time: MediaTime,
        spared_run: Option<u64>,
    ) -> Option<MediaTime> {
        if start >= end {
            return None;
        }
        let goes = |group: &FrameGroup, offset: usize| {
            group.frame(offset).is_some_and(|frame| {
                start <= frame.presentation_timestamp
                    && frame.presentation_timestamp < end
                    && time < frame.presentation_end
            })
        };
        let mut ids = self.ids_around(start, end);
        let mut gone = TimeRanges::new();
        let mut last_appended = None;
        while let Some(id) = ids.pop() {
            let Some(group) = self.groups.get(id) else {
                continue;
            };
            if Some(group.run()) == spared_run {
                continue;
            }
            let mut around = group.around(start, end);
            let Some(first) = around.find(|&offset| goes(group, offset)) else {
                continue;
            };
            let mut after = group.end_of_dependants(first);
            // Where there is a frame, it is a random access point.
            while goes(group, after) {
                after = group.end_of_dependants(after);
            }
            self.bytes_held -= group.add_to(&mut gone, first..after);
            if self.append_group == Some(id) && after == group.len() {
                last_appended = group.frame(after - 1).map(|frame| frame.presentation_timestamp);
            }
            // What is behind the hole may have to lose more.
            ids.extend(self.cut(id, first, after));
        }
        self.take_from_ranges(&gone);
        if self.groups.is_empty() {
            self.reach = Reach::default();
        }
        last_appended
    }

    /// Removes the frames at `first..after` of a group, where `after` is a random access point or the end. Returns the
    /// group that then starts with `after`.
    fn cut(&mut self, id: u64, first: usize, after: usize) -> Option<u64> {
        let group = self.groups.get_mut(id)?;
        let (order, len) = (group.order(), group.len());
        if first == 0 {
            if after >= len {
                self.groups.remove(order);
                self.append_group.take_if(|append| *append == id);
                return None;
            }
            group.remove_before(after);
            self.reach.include(group);
            let now = group.order();
            self.groups.unset_place(order);
            self.groups.set_place(now, id);
            return Some(id);
        }
        let tail = (after < len).then(|| group.split_off(after));
        group.truncate(first);
        let tail = tail.map(|tail| self.insert(tail));
        if self.append_group == Some(id) {
            self.append_group = tail;
        }
        tail
    }

    /// Takes out of the ranges what no frame holds any more.
    fn take_from_ranges(&mut self, gone: &TimeRanges) {
        let mut ranges = std::mem::take(&mut self.ranges);
        for range in gone {
            ranges.remove(range.start, range.end);
        }
        for range in gone {
            for (_, group) in self.groups_around(range.start, range.end) {
                ranges.add(group.range_start(), group.start());
                group.add_to(&mut ranges, group.around(range.start, range.end));
            }
        }
        self.ranges = ranges;
    }

    /// Removes a group with all its frames; not the one that grows.
    pub(super) fn remove_group(&mut self, key: GroupKey) {
        let Some(group) = self.groups.remove(key) else {
            return;
        };
        self.bytes_held -= group.bytes_held();
        let mut gone = TimeRanges::new();
        group.add_to(&mut gone, 0..group.len());
        self.take_from_ranges(&gone);
    }

    fn position(&self, id: u64, offset: usize) -> Option<FramePosition> {
        Some(FramePosition {
            group: id,
            index: self.groups.get(id)?.index_of(offset),
        })
    }
}

impl FrameSource for TrackBuffer {
    fn ranges(&self) -> &TimeRanges {
        &self.ranges
    }

    fn random_access_point(&self, time: MediaTime) -> Option<FramePosition> {
        self.ranges.containing(time)?;
        // Where frames overlap, the one that starts last is the one on the screen.
        if let Some(found) = self.latest_at(time) {
            return Some(found.random_access_point());
        }
        let (id, _) = self
            .groups_around(time, time)
            .find(|(_, group)| group.range_start() <= time && time < group.start())?;
        self.position(id, 0)
    }

    fn random_access_point_after(&self, time: MediaTime) -> Option<FramePosition> {
        let later = time + MediaTime::from_nanos(1);
        for (id, group) in self.groups_around(time, MediaTime::INFINITY) {
            if let Some(offset) = group.random_access_point_from(later) {
                return self.position(id, offset);
            }
            for offset in group.around(time, MediaTime::INFINITY) {
                if group.frame(offset)?.presentation_timestamp > time {
                    return self.position(id, group.random_access_point_of(offset));
                }
            }
        }
        None
    }

    fn frame(&self, position: FramePosition) -> Option<&BufferedFrame> {
        let group = self.groups.get(position.group)?;
        group.frame(group.offset_of(position.index)?)
    }

    fn next(&self, position: FramePosition) -> Option<FramePosition> {
        let group = self.groups.get(position.group)?;
        let offset = group.offset_of(position.index)? + 1;
        if offset < group.len() {
            return self.position(position.group, offset);
        }
        let (next, _) = self.groups.at(self.groups.place(group.order()) + 1)?;
        self.position(next, 0)
    }
}
