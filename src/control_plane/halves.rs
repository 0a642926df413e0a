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
use crate::mse::{ChunksAppend, EndOfStreamError, ReadyState};
use crate::protocol::{
    AppendMode, ByteStream, Command, Event, ProtocolError, Quota, SourceBufferId, WallTime,
};
use crate::wire::{self, Wire, wire};

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
    /// Adds its bytes to those of others.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        self.write(bytes);
    }

    /// The first of several; `bytes` is then what follows it.
    ///
    /// # Errors
    /// When they do not begin with what [`Self::write_to`] of this version wrote.
    pub fn read_from(bytes: &mut &[u8]) -> Result<Self, ProtocolError> {
        wire::read_from(bytes)
    }
}

impl ControlPlane {
    /// Notes a change of the source for the page, where this is the source's half.
    pub(super) fn mirror(&mut self, change: impl FnOnce() -> Change) {
        if self.half == Half::Source {
            self.mirrored.push(change());
        }
    }

    /// Notes a change that either side may make.
    pub(super) fn tell_other_half(&mut self, change: impl FnOnce() -> Change) {
        if self.half != Half::Whole {
            self.mirrored.push(change());
        }
    }

    /// What the other half is to [`replay`](Self::replay), oldest first. It must be on its way before the commands are: to
    /// be called before [`take_commands`](Self::take_commands).
    pub fn take_mirrored(&mut self) -> Vec<Change> {
        if self.half == Half::Source {
            self.changes += self.mirrored.len() as u64;
        }
        std::mem::take(&mut self.mirrored)
    }

    /// Does here what the other half did. After the source is closed here, nothing.
    pub fn replay(&mut self, change: Change, now: WallTime) {
        if self.source.ready_state() == ReadyState::Closed {
            return;
        }
        // What failed there fails here, and was thrown there.
        let _ = match change {
            Change::SetDuration(duration) => self.set_duration(duration),
            Change::AddSourceBuffer(stream) => self.add_source_buffer(stream).map(|_| ()),
            Change::RemoveSourceBuffer(id) => self.remove_source_buffer(id),
            Change::EndOfStream(error) => self.end_of_stream(error),
            Change::SetLiveSeekableRange(start, end) => self.set_live_seekable_range(start, end),
            Change::ClearLiveSeekableRange => self.clear_live_seekable_range(),
            Change::SetMode(id, mode) => self.set_mode(id, mode),
            Change::SetTimestampOffset(id, offset) => self.set_timestamp_offset(id, offset),
            Change::SetAppendWindowStart(id, start) => self.set_append_window_start(id, start),
            Change::SetAppendWindowEnd(id, end) => self.set_append_window_end(id, end),
            Change::AppendBuffer(id, byte_length) => self.append_buffer(id, byte_length),
            Change::AppendEncodedChunks(id, chunks) => self.append_encoded_chunks(id, &chunks).map(|_| ()),
            Change::Abort(id) => self.abort(id),
            Change::Remove(id, start, end) => self.remove(id, start, end),
            Change::ChangeType(id, stream) => self.change_type(id, stream),
            Change::Manage => {
                self.manage();
                Ok(())
            }
            Change::SetQuota(quota) => {
                self.set_quota(quota);
                Ok(())
            }
            Change::Received(event) => {
                self.take_event(event, now);
                Ok(())
            }
            Change::GivenUp => {
                self.give_up_source();
                Ok(())
            }
            Change::Streaming(streaming) => {
                self.source.set_streaming(streaming, &mut self.out);
                Ok(())
            }
            Change::SetTrackActive(number, is_active) => {
                self.change_track(number, is_active);
                self.answer_track_change();
                Ok(())
            }
            Change::ActiveTracks { changes, active } => {
                // Else more of them are under way, and will be answered.
                if changes == self.track_changes {
                    self.set_active_tracks(&active);
                }
                Ok(())
            }
        };
        if self.half == Half::Element {
            self.changes += 1;
        }
        let is_free = |this: &Self| {
            let event = this.held_back.front();
            event.is_some_and(|event| !this.is_ahead_of_replica(event))
        };
        while is_free(self)
            && let Some(event) = self.held_back.pop_front()
        {
            self.take_event(event, now);
        }
    }

    fn answer_track_change(&mut self) {
        if self.half == Half::Source {
            self.track_changes += 1;
            let changes = self.track_changes;
            let active = self.element.tracks().iter().filter(|track| track.is_active);
            let active = active.map(|track| track.number).collect();
            self.mirrored.push(Change::ActiveTracks { changes, active });
        }
    }

    fn set_active_tracks(&mut self, active: &[TrackNumber]) {
        // One that is selected takes the place of another: those that are not are first.
        for is_active in [false, true] {
            let tracks = self.element.tracks().iter();
            let wrong: Vec<_> = tracks
                .filter(|track| track.is_active != is_active && active.contains(&track.number) == is_active)
                .map(|track| track.number)
                .collect();
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
