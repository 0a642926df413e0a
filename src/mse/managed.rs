//! What a ManagedMediaSource has more than a MediaSource: it says when data is wanted, and its SourceBuffers say what
//! became of theirs (MSE, ManagedMediaSource interface).

use crate::control_plane::output::{Output, TaskTarget};
use crate::element::MediaElement;
use crate::mse::{MediaSource, ReadyState};
use crate::playback::gap_policy::playable_until;
use crate::protocol::{Command, SourceBufferId, WallTime};
use crate::ranges::TimeRanges;
use crate::short_queue::ShortQueue;
use crate::time::MediaTime;

/// With less than this ahead of the position, data is wanted.
pub const LOW: MediaTime = MediaTime::from_millis(10_000);

/// With this much ahead of the position, no more is wanted. Twice and more of [`LOW`], so that a page fetches in few long
/// turns and the network rests between them.
pub const HIGH: MediaTime = MediaTime::from_millis(30_000);

/// What a `bufferedchange` event tells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BufferedChange {
    /// `addedRanges`.
    pub added: TimeRanges,
    /// `removedRanges`.
    pub removed: TimeRanges,
}

/// What a MediaSource has more that is a ManagedMediaSource.
#[derive(Debug, Default)]
pub(super) struct Managed {
    streaming: bool,
}

/// What the page knows of a ManagedSourceBuffer.
#[derive(Debug, Default)]
pub(super) struct Told {
    buffered: TimeRanges,
    /// Of events that are queued.
    changes: ShortQueue<BufferedChange>,
}

impl MediaSource {
    /// It is a ManagedMediaSource, and wants data from the start: `startstreaming` follows `sourceopen`.
    pub fn manage(&mut self, out: &mut Output) {
        if self.managed.is_some() {
            return;
        }
        self.managed = Some(Managed::default());
        self.set_streaming(true, out);
        out.command(Command::ManageMemory);
    }

    /// `ManagedMediaSource.streaming`; false of any other MediaSource.
    pub fn streaming(&self) -> bool {
        self.managed.as_ref().is_some_and(|managed| managed.streaming)
    }

    /// What the oldest queued `bufferedchange` event of this SourceBuffer tells.
    pub fn take_buffered_change(&mut self, id: SourceBufferId) -> Option<BufferedChange> {
        self.source_buffer_mut(id).ok()?.told.changes.pop_front()
    }

    /// MSE § 2.4.4, buffer monitoring, as far as it concerns ManagedMediaSource.
    ///
    /// DEVIATION: the text sets `streaming` when enough is there; as its event table and browsers have it, it is set
    /// while more is wanted.
    pub fn monitor_source_buffers(&mut self, element: &MediaElement, now: WallTime, out: &mut Output) {
        let Some(managed) = &self.managed else { return };
        if self.ready_state == ReadyState::Closed {
            return;
        }
        let position = MediaTime::from_seconds(element.current_time(now));
        let until = playable_until(&self.element_buffered(), position, element.gaps()).unwrap_or(position);
        let has = |ahead: MediaTime| {
            let wanted = position + ahead;
            until
                >= if self.is_ended() {
                    wanted.min(MediaTime::from_seconds(self.duration))
                } else {
                    wanted
                }
        };
        let streaming = if element.error().is_some() {
            false
        } else if managed.streaming {
            // Where there is no room left for so much, less has to do.
            !(has(HIGH)
                || (has(LOW)
                    && self
                        .active_source_buffers()
                        .any(|buffer| buffer.is_nearly_full(self.quota))))
        } else {
            !has(LOW)
        };
        self.set_streaming(streaming, out);
    }

    /// MSE § 2.4.2, detaching: no event tells of it.
    pub(super) fn stop_streaming(&mut self) {
        if let Some(managed) = &mut self.managed {
            managed.streaming = false;
        }
    }

    /// MSE, buffered change: `bufferedchange` at each ManagedSourceBuffer whose `buffered` is not what the page knows.
    pub(super) fn report_buffered_changes(&mut self, out: &mut Output) {
        if self.managed.is_none() {
            return;
        }
        let ended = self.is_ended();
        for buffer in self
            .source_buffers
            .iter_mut()
            .filter(|buffer| !buffer.is_removed())
        {
            let buffered = buffer.buffered(ended);
            let id = buffer.id();
            let told = &mut buffer.told;
            if told.buffered == buffered {
                continue;
            }
            let before = std::mem::replace(&mut told.buffered, buffered);
            if !out.takes(TaskTarget::SourceBuffer) {
                continue;
            }
            told.changes.push_back(BufferedChange {
                added: told.buffered.difference(&before),
                removed: before.difference(&told.buffered),
            });
            out.fire_at_source_buffer(id, "bufferedchange");
        }
    }

    /// Sets `streaming`; nothing of any other MediaSource.
    pub(crate) fn set_streaming(&mut self, streaming: bool, out: &mut Output) {
        if let Some(managed) = &mut self.managed
            && managed.streaming != streaming
        {
            managed.streaming = streaming;
            out.fire_at_media_source(if streaming {
                "startstreaming"
            } else {
                "endstreaming"
            });
        }
    }
}
