//! How long pictures last that are shown in another order than they are decoded in.

use super::TrackBuffer;
use crate::time::MediaTime;

/// Where a frame lies, and its presentation interval.
struct Picture {
    group: u64,
    offset: usize,
    start: MediaTime,
    end: MediaTime,
}

impl TrackBuffer {
    /// Within a run, a picture lasts until the next one is shown where the gap between them is shorter than two frames: MSE
    /// § 3.3 allows as much. The durations that files give are distances of decode timestamps, which say little of
    /// pictures that change places. `[start, end)` is about to be appended; returns its end. What pictures of this run
    /// hold together changes only by the gaps that are closed.
    pub(in crate::buffering) fn place_picture(&mut self, start: MediaTime, end: MediaTime) -> MediaTime {
        if self.last_decode_timestamp.is_none() || self.highest_end_timestamp == Some(start) {
            return end;
        }
        let longest = self.last_frame_duration.unwrap_or_default().max(end - start);
        let reach = longest + longest;
        let mut shown_until = end;
        let mut before = None;
        self.each_of_run(start - reach, start, &mut |picture| {
            if picture.start < start {
                before = before.max(Some(picture.start));
            }
        });
        if let Some(before) = before {
            for before in self.pictures_that_start(before) {
                if start - before.end <= reach {
                    self.ranges.add(before.end.min(start), start);
                    shown_until = shown_until.max(before.end);
                    self.end_picture_at(&before, start);
                }
            }
        }
        let mut after = MediaTime::INFINITY;
        self.each_of_run(start, end + reach, &mut |picture| {
            if start < picture.start {
                after = after.min(picture.start);
            }
        });
        if after <= end + reach {
            for after in self.pictures_that_start(after) {
                self.end_picture_at(&after, after.end.max(shown_until));
            }
            self.ranges.add(after, shown_until);
            shown_until = after;
        }
        shown_until
    }

    /// The frames of this run that start at this very time.
    fn pictures_that_start(&self, time: MediaTime) -> Vec<Picture> {
        let mut pictures = Vec::new();
        self.each_of_run(time, time, &mut |picture| {
            if picture.start == time {
                pictures.push(picture);
            }
        });
        pictures
    }

    /// Looks at the frames of this run that may overlap or start within `[start, end]`.
    fn each_of_run(&self, start: MediaTime, end: MediaTime, look: &mut dyn FnMut(Picture)) {
        self.each_around(start, end, &mut |found| {
            if found.group.run() == self.run {
                look(Picture {
                    group: found.id,
                    offset: found.offset,
                    start: found.frame.presentation_timestamp,
                    end: found.frame.presentation_end,
                });
            }
        });
    }

    fn end_picture_at(&mut self, picture: &Picture, time: MediaTime) {
        if let Some(group) = self.groups.get_mut(picture.group) {
            group.end_frame_at(picture.offset, time);
            self.reach.include(group);
        }
    }
}
