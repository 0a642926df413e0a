//! A MediaSource in a dedicated worker and its element on the page: MSE § 3.15.8, mirror if necessary, and the two ports
//! of MSE § 3.15.1.
//!
//! Each side has a control plane of its own, source and element, and speaks for one half of it. What the worker does to its
//! source is also a list of [`Change`]s, and the page does the same to the source that it has, in the same order. So
//! both sources are equal, but for the time that the list is under way, and the element's questions need nobody but the
//! page. What the other half would say or command is left to the other side. The little that the element decides for the
//! source goes back in the same way.

use super::ControlPlane;
use super::output::TaskTarget;
use crate::element::TrackNumber;
use crate::mse::{ChunksAppend, EndOfStreamError, Exception, ReadyState};
use crate::protocol::{AppendMode, ByteStream, Command, Event, Quota, SourceBufferId, WallTime};
use crate::wire::wire;

/// Which half of a source and its element a control plane speaks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Half {
    /// Both: they are on the same thread.
    #[default]
    Whole,
    /// The source's, in a worker. The element here is there for the source's algorithms to call.
    Source,
    /// The element's, on the page. The source here is a replica of the worker's.
    Element,
}

impl Half {
    /// Whether a task of this target runs here.
    pub(super) fn runs(self, target: TaskTarget) -> bool {
        let is_of_element = match target {
            TaskTarget::Element
            | TaskTarget::ElementTracks
            | TaskTarget::ResolvePlay
            | TaskTarget::RejectPlay => true,
            TaskTarget::MediaSource
            | TaskTarget::SourceBuffers
            | TaskTarget::ActiveSourceBuffers
            | TaskTarget::SourceBuffer
            | TaskTarget::SourceBufferTracks
            | TaskTarget::ResolveAppend
            | TaskTarget::RejectAppend => false,
        };
        self.is_for(is_of_element)
    }

    /// Whether this half gives the data plane such a command.
    pub(super) fn commands(self, command: &Command) -> bool {
        self.is_for(command.is_of_element())
    }

    /// Whether such an event of the data plane is for this half.
    pub(super) fn hears(self, event: &Event) -> bool {
        self.is_for(event.is_of_element())
    }

    fn is_for(self, is_of_element: bool) -> bool {
        match self {
            Self::Whole => true,
            Self::Source => !is_of_element,
            Self::Element => is_of_element,
        }
    }
}

/// What one half did that the other half is to do as well. A call that fails is in the list, too: it may have reopened the
/// source before.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// `MediaSource.duration` setter, in seconds.
    SetDuration(f64),
    /// `MediaSource.addSourceBuffer`.
    AddSourceBuffer(ByteStream),
    /// `MediaSource.removeSourceBuffer`.
    RemoveSourceBuffer(SourceBufferId),
    /// `MediaSource.endOfStream`.
    EndOfStream(Option<EndOfStreamError>),
    /// `MediaSource.setLiveSeekableRange`, in seconds.
    SetLiveSeekableRange(f64, f64),
    /// `MediaSource.clearLiveSeekableRange`.
    ClearLiveSeekableRange,
    /// It is a ManagedMediaSource.
    Manage,
    /// The library's own option.
    SetQuota(Quota),
    /// `SourceBuffer.mode` setter.
    SetMode(SourceBufferId, AppendMode),
    /// `SourceBuffer.timestampOffset` setter, in seconds.
    SetTimestampOffset(SourceBufferId, f64),
    /// `SourceBuffer.appendWindowStart` setter, in seconds.
    SetAppendWindowStart(SourceBufferId, f64),
    /// `SourceBuffer.appendWindowEnd` setter, in seconds.
    SetAppendWindowEnd(SourceBufferId, f64),
    /// `SourceBuffer.appendBuffer` of so many bytes, which the page does not see.
    AppendBuffer(SourceBufferId, u64),
    /// `SourceBuffer.appendEncodedChunks`.
    AppendEncodedChunks(SourceBufferId, ChunksAppend),
    /// `SourceBuffer.abort`.
    Abort(SourceBufferId),
    /// `SourceBuffer.remove`, in seconds.
    Remove(SourceBufferId, f64, f64),
    /// `SourceBuffer.changeType`.
    ChangeType(SourceBufferId, ByteStream),
    /// The data plane said this.
    Received(Event),
    /// From the page: it was found unusable before, and is closed now.
    GivenUp,
    /// From the page: `ManagedMediaSource.streaming`, which depends on the element's position.
    Streaming(bool),
    /// `AudioTrack.enabled` or `VideoTrack.selected` setter, of either side.
    SetTrackActive(TrackNumber, bool),
    /// From the worker, when it has done what the page did to a track: which tracks are enabled or selected. Tracks may have
    /// come or gone before it heard of that.
    ActiveTracks {
        /// How many changes of the page it has heard of.
        changes: u64,
        /// All others are not.
        active: Vec<TrackNumber>,
    },
}
wire!(enum Change {
    SetDuration(seconds),
    AddSourceBuffer(stream),
    RemoveSourceBuffer(id),
    EndOfStream(error),
    SetLiveSeekableRange(start, end),
    ClearLiveSeekableRange,
    Manage,
    SetQuota(quota),
    SetMode(id, mode),
    SetTimestampOffset(id, seconds),
    SetAppendWindowStart(id, seconds),
    SetAppendWindowEnd(id, seconds),
    AppendBuffer(id, length),
    AppendEncodedChunks(id, chunks),
    Abort(id),
    Remove(id, start, end),
    ChangeType(id, stream),
    Received(event),
    GivenUp,
    Streaming(is_streaming),
    SetTrackActive(track, is_active),
    ActiveTracks { changes, active },
});

impl Change {
    /// Whether the source's half tells the page of it.
    fn is_of_source(&self) -> bool {
        match self {
            Self::Received(event) => !event.is_of_element(),
            Self::GivenUp | Self::Streaming(_) | Self::SetTrackActive(..) | Self::ActiveTracks { .. } => {
                false
            }
            _ => true,
        }
    }
}

impl ControlPlane {
    /// Notes a change for the other half, if there is one.
    pub(super) fn tell_other_half(&mut self, change: &mut Change) {
        if self.half != Half::Whole {
            change.write_to(&mut self.mirrored);
        }
        if self.half == Half::Source {
            self.changes += 1;
        }
    }

    /// What the other half is to [`replay`](Self::replay): [`Change`]s one behind the other, oldest first. It must be on its
    /// way before the commands are: to be called before [`take_commands`](Self::take_commands).
    pub fn take_mirrored(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.mirrored)
    }

    /// Does here what the other half did. After the source is closed here, nothing.
    pub fn replay(&mut self, change: Change, now: WallTime) {
        if self.source.ready_state() == ReadyState::Closed {
            return;
        }
        // What failed there fails here, and was thrown there.
        let _ = self.apply(change, now, &mut 0);
        if self.half == Half::Element {
            self.changes += 1;
        }
        self.take_events(now);
    }

    /// Does what the page asks for.
    pub(super) fn change(&mut self, change: Change) -> Result<(), Box<Exception>> {
        self.apply(change, 0.0, &mut 0)
    }

    /// Does what the page, the data plane or the other half asks for. Where there is an answer to it, sets `number`. Where this is the source's half, the page is told of what it does not know.
    pub(super) fn apply(
        &mut self,
        mut change: Change,
        now: WallTime,
        number: &mut u32,
    ) -> Result<(), Box<Exception>> {
        if self.half == Half::Source && change.is_of_source() {
            self.tell_other_half(&mut change);
        }
        let (source, element, out) = (&mut self.source, &mut self.element, &mut self.out);
        match change {
            Change::SetDuration(duration) => source.set_duration(duration, element, out)?,
            Change::AddSourceBuffer(stream) => *number = source.add_source_buffer(stream, out)?,
            Change::RemoveSourceBuffer(id) => source.remove_source_buffer(id, element, out)?,
            Change::EndOfStream(error) => source.end_of_stream(error, element, out)?,
            Change::SetLiveSeekableRange(start, end) => source.set_live_seekable_range(start, end)?,
            Change::ClearLiveSeekableRange => source.clear_live_seekable_range()?,
            Change::Manage => source.manage(out),
            Change::SetQuota(quota) => source.set_quota(quota, out),
            Change::SetMode(id, mode) => source.set_mode(id, mode, out)?,
            Change::SetTimestampOffset(id, offset) => source.set_timestamp_offset(id, offset, out)?,
            Change::SetAppendWindowStart(id, start) => source.set_append_window_start(id, start)?,
            Change::SetAppendWindowEnd(id, end) => source.set_append_window_end(id, end)?,
            Change::AppendBuffer(id, length) => source.append_buffer(id, length, element, out)?,
            Change::AppendEncodedChunks(id, chunks) => {
                *number = source.append_encoded_chunks(id, &chunks, element, out)?;
            }
            Change::Abort(id) => source.abort(id, out)?,
            Change::Remove(id, start, end) => source.remove(id, start, end, out)?,
            Change::ChangeType(id, stream) => source.change_type(id, stream, out)?,
            Change::Received(mut event) => self.take_event(&mut event, now),
            Change::GivenUp => element.give_up_source(source, out),
            Change::Streaming(streaming) => source.set_streaming(streaming, out),
            Change::SetTrackActive(number, is_active) => {
                element.set_track_active(number, is_active, source, out);
                self.answer_track_change();
            }
            Change::ActiveTracks { changes, active } => {
                // Else more of them are under way, and will be answered.
                if changes == self.track_changes {
                    self.set_active_tracks(&active);
                }
            }
        }
        self.settle();
        Ok(())
    }

    fn answer_track_change(&mut self) {
        if self.half == Half::Source {
            self.track_changes += 1;
            let changes = self.track_changes;
            let mut active = Vec::new();
            for track in self.element.tracks() {
                if track.is_active {
                    active.push(track.number);
                }
            }
            self.tell_other_half(&mut Change::ActiveTracks { changes, active });
        }
    }

    fn set_active_tracks(&mut self, active: &[TrackNumber]) {
        // One that is selected takes the place of another: those that are not are first.
        for is_active in [false, true] {
            let mut wrong = Vec::new();
            for track in self.element.tracks() {
                let mut is_wanted = false;
                for number in active {
                    is_wanted |= *number == track.number;
                }
                if is_wanted == is_active && is_wanted != track.is_active {
                    wrong.push(track.number);
                }
            }
            for number in wrong {
                self.change_track(number, is_active);
            }
        }
    }

    /// Whether the worker's source changed before this event, and the replica here is not so far yet.
    pub(super) fn is_ahead_of_replica(&self, event: &Event) -> bool {
        matches!(event, Event::Mirrored { changes } if *changes > self.changes)
    }
}

#[cfg(test)]
mod tests;
