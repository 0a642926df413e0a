//! A run of frames in decode order: the unit a track buffer is made of.

use std::mem::size_of;
use std::ops::Range;

use super::BufferedFrame;
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

/// How many random access points may share a group. Sound has nothing else, and a group for each frame would cost more
/// than the frame; larger groups make removals in their middle dearer.
const MAX_SHARED_RANDOM_ACCESS_POINTS: usize = 256;

/// What a frame takes besides its payload: its entry, and the counters beside the payload.
pub(super) const FRAME_BYTES: u64 = (size_of::<Entry>() + 2 * size_of::<usize>()) as u64;

/// What a group takes besides its frames: itself, and its entries in two lists.
const GROUP_BYTES: u64 = (size_of::<FrameGroup>() + 6 * size_of::<u64>()) as u64;

/// Bytes that a frame takes in memory.
pub(super) fn bytes_of(frame: &BufferedFrame) -> u64 {
    frame.data.len() as u64 + FRAME_BYTES
}

fn bytes_of_all(frames: &[Entry]) -> u64 {
    frames.iter().map(|entry| bytes_of(&entry.frame)).sum()
}

/// A run of frames in decode order: one or more random access points with rising presentation timestamps, then the
/// frames that depend on the last of them. Never empty while it lies in a track buffer.
///
/// It only grows at its end and only shrinks by whole groups of pictures, and no index is used twice: that is what
/// keeps a [`FramePosition`](super::FramePosition) true.
#[derive(Debug)]
pub(super) struct FrameGroup {
    /// Name of the first frame; it rises when frames are removed at the front.
    first_index: u32,
    frames: Vec<Entry>,
    /// Of all frames.
    bytes: u64,
    /// How many frames at the front are random access points.
    random_access_points: usize,
    /// Where the group's range begins: the presentation timestamp of its first frame or, where pictures are reordered at
    /// the start of a coded frame group, earlier.
    range_start: MediaTime,
    /// No frame starts earlier, nor does the range.
    lowest: MediaTime,
    /// No frame starts earlier than the highest end of the frames before it less this.
    reordering: MediaTime,
    /// Which run of appends without a discontinuity the frames came with.
    run: u64,
    /// Orders groups of one start. Parts of a group share it.
    arrival: u64,
}

#[derive(Debug)]
struct Entry {
    frame: BufferedFrame,
    /// No frame up to this one ends later. It never falls along the group, so times can be searched for by halving
    /// although frames that are shown early may be decoded late. It is left as it is when earlier frames go: it is a
    /// bound, not the maximum.
    highest_end: MediaTime,
}

impl FrameGroup {
    /// A group of one random access point, whose range begins at `range_start` or with the frame.
    pub(super) fn new(frame: BufferedFrame, range_start: MediaTime, run: u64, arrival: u64) -> Self {
        let range_start = range_start.min(frame.presentation_timestamp);
        let mut group = Self {
            first_index: 0,
            frames: Vec::new(),
            bytes: 0,
            random_access_points: 0,
            range_start,
            lowest: range_start,
            reordering: MediaTime::ZERO,
            run,
            arrival,
        };
        group.push(frame);
        group
    }

    /// Whether [`push`](Self::push) may take this random access point: only while there is nothing else.
    pub(super) fn shares_with(&self, random_access_point: &BufferedFrame) -> bool {
        self.random_access_points == self.frames.len()
            && self.frames.len() < MAX_SHARED_RANDOM_ACCESS_POINTS
            && self.frames.last().is_some_and(|last| {
                last.frame.presentation_timestamp < random_access_point.presentation_timestamp
            })
    }

    /// Adds a frame at the end.
    pub(super) fn push(&mut self, frame: BufferedFrame) {
        let highest_end = self.highest_end();
        self.bytes += bytes_of(&frame);
        if frame.is_random_access_point {
            self.random_access_points += 1;
        }
        self.lowest = self.lowest.min(frame.presentation_timestamp);
        self.reordering = self.reordering.max(highest_end - frame.presentation_timestamp);
        self.frames.push(Entry {
            highest_end: highest_end.max(frame.presentation_end),
            frame,
        });
    }

    /// Bytes that the frames take.
    pub(super) fn bytes_held(&self) -> u64 {
        self.bytes
    }

    /// Bytes that the group takes, room for frames to come included.
    pub(super) fn bytes_allocated(&self) -> u64 {
        let room = (self.frames.capacity() - self.frames.len()) * size_of::<Entry>();
        self.bytes + room as u64 + GROUP_BYTES
    }

    /// Gives back the room for frames to come.
    pub(super) fn shrink(&mut self) {
        self.frames.shrink_to_fit();
    }

    /// How many frames.
    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    /// Which run of appends the frames came with.
    pub(super) fn run(&self) -> u64 {
        self.run
    }

    /// The key by which groups are in decode order.
    pub(super) fn order(&self) -> (MediaTime, u64) {
        (self.start(), self.arrival)
    }

    /// Presentation timestamp of the first random access point.
    pub(super) fn start(&self) -> MediaTime {
        self.frame(0)
            .map_or(self.lowest, |frame| frame.presentation_timestamp)
    }

    /// Where its range begins: at [`start`](Self::start) or before.
    pub(super) fn range_start(&self) -> MediaTime {
        self.range_start
    }

    /// No frame starts earlier, nor does the range.
    pub(super) fn lowest(&self) -> MediaTime {
        self.lowest
    }

    /// No frame ends later.
    pub(super) fn highest_end(&self) -> MediaTime {
        self.frames
            .last()
            .map_or(MediaTime::NEG_INFINITY, |last| last.highest_end)
    }

    /// The frame at an offset from the front.
    pub(super) fn frame(&self, offset: usize) -> Option<&BufferedFrame> {
        self.frames.get(offset).map(|entry| &entry.frame)
    }

    /// The name of the frame at an offset from the front.
    pub(super) fn index_of(&self, offset: usize) -> u32 {
        // Four billion frames do not fit into memory.
        self.first_index
            .saturating_add(u32::try_from(offset).unwrap_or(u32::MAX))
    }

    /// The offset of the frame of that name.
    pub(super) fn offset_of(&self, index: u32) -> Option<usize> {
        let offset = usize::try_from(index.checked_sub(self.first_index)?).ok()?;
        (offset < self.frames.len()).then_some(offset)
    }

    /// The random access point that the frame at `offset` is decoded from.
    pub(super) fn random_access_point_of(&self, offset: usize) -> usize {
        offset.min(self.random_access_points.saturating_sub(1))
    }

    /// The random access point after the frame at `offset`, or the end of the group: up to there all depend on it.
    pub(super) fn end_of_dependants(&self, offset: usize) -> usize {
        if offset + 1 < self.random_access_points {
            offset + 1
        } else {
            self.frames.len()
        }
    }

    /// Offset of the first random access point that `start <= presentation timestamp`.
    pub(super) fn random_access_point_from(&self, start: MediaTime) -> Option<usize> {
        let first = self.frames.partition_point(|entry| {
            entry.frame.is_random_access_point && entry.frame.presentation_timestamp < start
        });
        (first < self.random_access_points).then_some(first)
    }

    /// The offsets of the frames that may overlap or start within `[start, end]`: of all that do and some more.
    pub(super) fn around(&self, start: MediaTime, end: MediaTime) -> Range<usize> {
        let first = self.frames.partition_point(|entry| entry.highest_end < start);
        let latest = end + self.reordering;
        let after = self
            .frames
            .partition_point(|entry| entry.highest_end <= latest)
            .saturating_add(1)
            .min(self.frames.len());
        first..after.max(first)
    }

    /// Ends at `time` the frames that start before and end after it. What they held is added to `gone`.
    pub(super) fn end_frames_at(&mut self, time: MediaTime, gone: &mut TimeRanges) {
        let around = self.around(time, time);
        for Entry { frame, .. } in self.frames.get_mut(around).unwrap_or_default() {
            if frame.presentation_timestamp < time && time < frame.presentation_end {
                gone.add(time, frame.presentation_end);
                frame.trim_end = frame.trim_end + (frame.presentation_end - time);
                frame.presentation_end = time;
            }
        }
    }

    /// Adds what the frames at some offsets hold to ranges, and with the first what the range holds before it. Returns the
    /// bytes of these frames.
    pub(super) fn add_to(&self, ranges: &mut TimeRanges, offsets: Range<usize>) -> u64 {
        if offsets.start == 0 {
            ranges.add(self.range_start, self.start());
        }
        let frames = self.frames.get(offsets).unwrap_or_default();
        for Entry { frame, .. } in frames {
            ranges.add(frame.presentation_timestamp, frame.presentation_end);
        }
        bytes_of_all(frames)
    }

    /// Moves the end of the frame at `offset` to `time`.
    pub(super) fn end_frame_at(&mut self, offset: usize, time: MediaTime) {
        let Some(entry) = self.frames.get_mut(offset) else {
            return;
        };
        entry.frame.presentation_end = time;
        for entry in self.frames.iter_mut().skip(offset) {
            // The one before ends by `time`, or the search is over.
            self.reordering = self.reordering.max(time - entry.frame.presentation_timestamp);
            if entry.highest_end >= time {
                break;
            }
            entry.highest_end = time;
        }
    }

    /// Moves the end of the last frame to `time` if that is after its start, and by no more than `longest`. Returns its
    /// start, and where it ended.
    pub(super) fn end_last_frame_at(
        &mut self,
        time: MediaTime,
        longest: MediaTime,
    ) -> Option<(MediaTime, MediaTime)> {
        let last = &self.frames.last()?.frame;
        let (start, end) = (last.presentation_timestamp, last.presentation_end);
        if time <= start || time - start > longest {
            return None;
        }
        self.end_frame_at(self.frames.len() - 1, time);
        Some((start, end))
    }

    /// Takes the frames from a random access point on out into a group of their own, where their indices begin anew.
    pub(super) fn split_off(&mut self, random_access_point: usize) -> Self {
        let at = random_access_point.min(self.frames.len());
        let frames = self.frames.split_off(at);
        let bytes = bytes_of_all(&frames);
        self.bytes -= bytes;
        let mut tail = Self {
            first_index: 0,
            frames,
            bytes,
            random_access_points: self.random_access_points.saturating_sub(at),
            range_start: MediaTime::INFINITY,
            lowest: self.lowest,
            reordering: self.reordering,
            run: self.run,
            arrival: self.arrival,
        };
        self.random_access_points = self.random_access_points.min(at);
        tail.begin_with_first_frame();
        tail
    }

    /// Removes the frames before a random access point.
    pub(super) fn remove_before(&mut self, random_access_point: usize) {
        let count = random_access_point.min(self.frames.len());
        if count == 0 {
            return;
        }
        self.first_index = self.index_of(count);
        self.bytes -= bytes_of_all(self.frames.get(..count).unwrap_or_default());
        self.frames.drain(..count);
        self.frames.shrink_to_fit();
        self.random_access_points = self.random_access_points.saturating_sub(count);
        self.begin_with_first_frame();
    }

    /// Removes the frames from `offset` on.
    pub(super) fn truncate(&mut self, offset: usize) {
        self.bytes -= bytes_of_all(self.frames.get(offset..).unwrap_or_default());
        self.frames.truncate(offset);
        self.frames.shrink_to_fit();
        self.random_access_points = self.random_access_points.min(offset);
    }

    fn begin_with_first_frame(&mut self) {
        self.range_start = self.start();
        self.lowest = self.range_start;
        for entry in self.frames.get(self.random_access_points..).unwrap_or_default() {
            self.lowest = self.lowest.min(entry.frame.presentation_timestamp);
        }
    }
}
