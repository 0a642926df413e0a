//! Decoded pictures: which to show when, and which never.

use super::decode_plan::InFlight;
use super::{Platform, VideoFrameId};
use crate::buffering::FramePosition;
use crate::container::MediaConfig;
use crate::protocol::Statistics;
use crate::short_queue::ShortQueue;
use crate::time::MediaTime;

struct Picture {
    id: VideoFrameId,
    position: FramePosition,
    start: MediaTime,
    end: MediaTime,
    size: (u32, u32),
}

impl Picture {
    fn holds(&self, time: MediaTime) -> bool {
        self.start <= time && time < self.end
    }
}

/// The pictures between decoder and sink, in the order of their timestamps.
pub(super) struct VideoPacing {
    waiting: ShortQueue<Picture>,
    /// The one on show, if it was shown for where playback now is.
    shown: Option<Picture>,
    /// How late it was, zero for the first one after a jump.
    lateness: MediaTime,
    /// To be given back to the platform at the next opportunity.
    unwanted: Vec<VideoFrameId>,
    /// Pictures that end here or before are not wanted.
    target: MediaTime,
    /// When the newest accepted picture starts.
    last_start: MediaTime,
    /// When it ends.
    until: MediaTime,
    size: Option<(u32, u32)>,
}

impl VideoPacing {
    pub(super) fn new() -> Self {
        Self {
            waiting: ShortQueue::new(),
            shown: None,
            lateness: MediaTime::ZERO,
            unwanted: Vec::new(),
            target: MediaTime::ZERO,
            last_start: MediaTime::NEG_INFINITY,
            until: MediaTime::NEG_INFINITY,
            size: None,
        }
    }

    /// Forgets all pictures; those to come are wanted from `target` on.
    pub(super) fn restart(&mut self, target: MediaTime) {
        self.retarget(MediaTime::INFINITY);
        self.shown = None;
        self.target = target;
        self.last_start = MediaTime::NEG_INFINITY;
        self.until = MediaTime::NEG_INFINITY;
    }

    /// The position jumps to `target`, which is held already or still to come out.
    pub(super) fn retarget(&mut self, target: MediaTime) {
        while let Some(first) = self.waiting.first()
            && first.end <= target
        {
            self.unwanted.push(first.id);
            self.waiting.pop_front();
        }
        self.shown.take_if(|picture| !picture.holds(target));
        self.target = target;
    }

    /// The picture on show or waiting that holds `time`.
    pub(super) fn holding(&self, time: MediaTime) -> Option<FramePosition> {
        let shown = self.shown.as_ref().filter(|picture| picture.holds(time));
        let waiting = || self.waiting.iter().find(|picture| picture.holds(time));
        shown.or_else(waiting).map(|picture| picture.position)
    }

    /// The first instant that nothing has come out for.
    pub(super) fn resume_at(&self) -> MediaTime {
        self.until.max(self.target)
    }

    /// When the newest picture ends; before everything when none has come out.
    pub(super) fn until(&self) -> MediaTime {
        self.until
    }

    /// Of the picture shown last, in CSS pixels.
    pub(super) fn size(&self) -> Option<(u32, u32)> {
        self.size
    }

    /// Whether a picture has been shown for where playback is.
    pub(super) fn is_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// How far playback was past the start of the picture on show when it was shown; zero for the first one after a jump.
    pub(super) fn lateness(&self) -> MediaTime {
        self.lateness
    }

    /// Pictures decoded and not yet due.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// A picture came out; `None` when nobody knows of which frame.
    pub(super) fn accept(&mut self, id: VideoFrameId, frame: Option<&InFlight>, size: (u32, u32)) {
        // What came out before comes out again when a group of pictures had to be decoded anew.
        match frame {
            Some(frame) if frame.start > self.last_start && frame.end > self.target => {
                self.last_start = frame.start;
                self.until = frame.end;
                let size = match frame.config.media {
                    MediaConfig::Video {
                        display_width,
                        display_height,
                        ..
                    } if display_width > 0 && display_height > 0 => (display_width, display_height),
                    _ => size,
                };
                self.waiting.push_back(Picture {
                    id,
                    position: frame.position,
                    start: frame.start,
                    end: frame.end,
                    size,
                });
            }
            _ => self.unwanted.push(id),
        }
    }

    /// Shows the newest picture that is due at `position`. Where none has been shown since a jump, the first will do:
    /// the position stands in a hole before it. Returns the picture's size when that is another than before.
    pub(super) fn present_due(
        &mut self,
        position: MediaTime,
        statistics: &mut Statistics,
        platform: &mut dyn Platform,
    ) -> Option<(u32, u32)> {
        let mut due: Option<Picture> = None;
        while let Some(next) = self.waiting.first()
            && (next.start <= position || (self.shown.is_none() && due.is_none()))
        {
            if let Some(late) = &due {
                // Straight after a jump an overlapped picture is not late, only older.
                statistics.dropped_video_frames += u32::from(self.shown.is_some());
                self.unwanted.push(late.id);
            }
            due = self.waiting.pop_front();
        }
        let picture = due?;
        platform.present(picture.id);
        statistics.presented_video_frames += 1;
        let size = picture.size;
        self.lateness = match self.shown {
            Some(_) => position - picture.start,
            None => MediaTime::ZERO,
        };
        self.shown = Some(picture);
        (self.size.replace(size) != Some(size)).then_some(size)
    }

    /// When the next picture is due.
    pub(super) fn next_due(&self) -> Option<MediaTime> {
        self.waiting.first().map(|picture| picture.start)
    }

    /// Gives back what is not wanted.
    pub(super) fn release(&mut self, platform: &mut dyn Platform) {
        for id in std::mem::take(&mut self.unwanted) {
            platform.discard(id);
        }
    }
}
