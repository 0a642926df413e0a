//! What the control plane wants done: commands for the data plane, tasks for the page's event loop.

use super::halves::Half;
use crate::element::TrackNumber;
use crate::protocol::{Command, SourceBufferId, Token};

/// Where a [`Task`] is to be fired, or which promise it settles.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskTarget {
    /// The media element.
    Element,
    /// The MediaSource.
    MediaSource,
    /// `MediaSource.sourceBuffers`; the id names the SourceBuffer concerned, 0 for all of them.
    SourceBuffers,
    /// `MediaSource.activeSourceBuffers`; the id names the SourceBuffer concerned, 0 for all of them.
    ActiveSourceBuffers,
    /// The SourceBuffer that the id names.
    SourceBuffer,
    /// The element's list of audio or video tracks that holds the track that the id names.
    ElementTracks,
    /// The SourceBuffer's list of audio or video tracks that holds the track that the id names.
    SourceBufferTracks,
    /// The promise of the `appendEncodedChunks()` that the id names is resolved.
    ResolveAppend,
    /// The promise of the `appendEncodedChunks()` that the id names is rejected with the DOMException that the type names.
    RejectAppend,
    /// The promise of the `play()` that the id names is resolved.
    ResolvePlay,
    /// The promise of the `play()` that the id names is rejected with the DOMException that the type names.
    RejectPlay,
}

impl TaskTarget {
    /// The name that the page knows it by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Element => "element",
            Self::MediaSource => "mediaSource",
            Self::SourceBuffers => "sourceBuffers",
            Self::ActiveSourceBuffers => "activeSourceBuffers",
            Self::SourceBuffer => "sourceBuffer",
            Self::ElementTracks => "elementTracks",
            Self::SourceBufferTracks => "sourceBufferTracks",
            Self::ResolveAppend => "resolveAppend",
            Self::RejectAppend => "rejectAppend",
            Self::ResolvePlay => "resolvePlay",
            Self::RejectPlay => "rejectPlay",
        }
    }
}

/// One queued task: fire an event, or settle a promise. The state it speaks of has changed already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Task {
    /// Where.
    pub target: TaskTarget,
    /// A [`SourceBufferId`], a [`TrackNumber`], the number of a `play()` or an append, as the target needs it; else 0.
    pub id: u32,
    /// The event's type or the DOMException's name; empty where there is none.
    pub kind: &'static str,
}

/// Commands and tasks, oldest first, until they are taken. Those of the other half are left out.
#[derive(Debug, Default)]
pub struct Output {
    half: Half,
    commands: Vec<u8>,
    tasks: Vec<Task>,
}

impl Output {
    /// Nothing yet.
    pub fn of(half: Half) -> Self {
        Self {
            half,
            ..Self::default()
        }
    }

    /// Adds a command for the data plane.
    pub fn command(&mut self, mut command: Command) {
        if self.half.commands(&command) {
            command.write_to(&mut self.commands);
        }
    }

    /// All commands since the last call, as bytes one behind the other.
    pub fn take_commands(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.commands)
    }

    /// All tasks since the last call.
    pub fn take_tasks(&mut self) -> Vec<Task> {
        std::mem::take(&mut self.tasks)
    }

    /// Queues an event at the media element.
    pub fn fire_at_element(&mut self, kind: &'static str) {
        self.task(TaskTarget::Element, 0, kind);
    }

    /// Queues an event at the MediaSource.
    pub fn fire_at_media_source(&mut self, kind: &'static str) {
        self.task(TaskTarget::MediaSource, 0, kind);
    }

    /// Queues an event at a SourceBuffer.
    pub fn fire_at_source_buffer(&mut self, id: SourceBufferId, kind: &'static str) {
        self.task(TaskTarget::SourceBuffer, id, kind);
    }

    /// Queues an event at `sourceBuffers`.
    pub fn fire_at_source_buffers(&mut self, id: SourceBufferId, kind: &'static str) {
        self.task(TaskTarget::SourceBuffers, id, kind);
    }

    /// Queues an event at `activeSourceBuffers`.
    pub fn fire_at_active_source_buffers(&mut self, id: SourceBufferId, kind: &'static str) {
        self.task(TaskTarget::ActiveSourceBuffers, id, kind);
    }

    /// Queues an event at the element's list that holds a track: a TrackEvent of it where tracks come and go.
    pub fn fire_at_element_tracks(&mut self, track: TrackNumber, kind: &'static str) {
        self.task(TaskTarget::ElementTracks, track, kind);
    }

    /// Queues an event at the SourceBuffer's list that holds a track: a TrackEvent of it where tracks come and go.
    pub fn fire_at_source_buffer_tracks(&mut self, track: TrackNumber, kind: &'static str) {
        self.task(TaskTarget::SourceBufferTracks, track, kind);
    }

    /// Queues the resolution of the promise of an `appendEncodedChunks()`.
    pub fn resolve_append(&mut self, number: Token) {
        self.task(TaskTarget::ResolveAppend, number, "");
    }

    /// Queues the rejection of the promise of an `appendEncodedChunks()` with a DOMException of this name.
    pub fn reject_append(&mut self, number: Token, name: &'static str) {
        self.task(TaskTarget::RejectAppend, number, name);
    }

    /// Queues the resolution of the promise of a `play()`.
    pub fn resolve_play(&mut self, number: u32) {
        self.task(TaskTarget::ResolvePlay, number, "");
    }

    /// Queues the rejection of the promise of a `play()` with a DOMException of this name.
    pub fn reject_play(&mut self, number: u32, name: &'static str) {
        self.task(TaskTarget::RejectPlay, number, name);
    }

    /// Whether tasks of this target are run here. Those of others are left out.
    pub fn takes(&self, target: TaskTarget) -> bool {
        self.half.runs(target)
    }

    fn task(&mut self, target: TaskTarget, id: u32, kind: &'static str) {
        if self.takes(target) {
            self.tasks.push(Task { target, id, kind });
        }
    }
}
