//! The control plane: a media source and the element it is attached to, behind one set of synchronous calls.
//!
//! Calls of the page and events of the data plane go in; after each, what is to be done is taken out by
//! [`ControlPlane::take_commands`] and [`ControlPlane::take_tasks`]. Nothing waits and nothing is remembered elsewhere.

pub mod halves;
pub mod output;

use crate::container::{Strictness, TrackKind};
use crate::element::{MediaElement, PlayNumber, TrackNumber};
use crate::mse::{
    BufferedChange, ChunksAppend, EndOfStreamError, Exception, MediaSource, ReadyState, SourceBuffer,
};
use crate::protocol::{
    AppendMode, ByteStream, Command, Event, Quota, SourceBufferId, Token, Tolerance, WallTime,
};
use crate::queue::Queue;
use crate::ranges::TimeRanges;
use halves::{Change, Half};
use output::{Output, Task};

/// One MediaSource, and the element it is attached to for as long as this lives.
///
/// Times are in seconds but for [`WallTime`]. Getters that read only are on [`source`](Self::source) and
/// [`element`](Self::element).
#[derive(Debug)]
pub struct ControlPlane {
    source: MediaSource,
    element: MediaElement,
    half: Half,
    out: Output,
    /// The [`Change`]s that the other half has not been told of yet, one behind the other.
    mirrored: Vec<u8>,
    /// How many changes of the source the page was told of: in the source's half all that were sent, in the element's half
    /// all that arrived.
    changes: u64,
    /// How many times the page has changed a track: in the source's half, as far as it has heard.
    track_changes: u64,
    /// Events of the data plane that speak of changes which are still under way to the page.
    held_back: Queue<Event>,
}

impl ControlPlane {
    /// A source that has just been attached: it is open, and `sourceopen` is queued.
    pub fn new() -> Self {
        Self::of(Half::Whole)
    }

    /// The same for one half of source and element; the other half needs a control plane elsewhere.
    pub fn of(half: Half) -> Self {
        let mut out = Output::of(half);
        Self {
            source: MediaSource::attach(&mut out),
            element: MediaElement::new(),
            half,
            out,
            mirrored: Vec::new(),
            changes: 0,
            track_changes: 0,
            held_back: Queue::new(),
        }
    }

    /// The MediaSource, to read.
    pub fn source(&self) -> &MediaSource {
        &self.source
    }

    /// The media element, to read.
    pub fn element(&self) -> &MediaElement {
        &self.element
    }

    /// A SourceBuffer, to read; one that was removed answers its last values.
    ///
    /// # Errors
    /// `InvalidStateError` when there never was one of this id.
    pub fn source_buffer(&self, id: SourceBufferId) -> Result<&SourceBuffer, Box<Exception>> {
        self.source.source_buffer(id)
    }

    // ---- MediaSource -------------------------------------------------------------------------------------------------

    /// `MediaSource.duration` setter.
    ///
    /// # Errors
    /// See [`MediaSource::set_duration`].
    pub fn set_duration(&mut self, duration: f64) -> Result<(), Box<Exception>> {
        self.change(Change::SetDuration(duration))
    }

    /// `MediaSource.addSourceBuffer`.
    ///
    /// # Errors
    /// See [`MediaSource::add_source_buffer`].
    pub fn add_source_buffer(
        &mut self,
        stream: impl Into<ByteStream>,
    ) -> Result<SourceBufferId, Box<Exception>> {
        let mut id = 0;
        self.apply(Change::AddSourceBuffer(stream.into()), 0.0, &mut id)?;
        Ok(id)
    }

    /// `MediaSource.removeSourceBuffer`.
    ///
    /// # Errors
    /// See [`MediaSource::remove_source_buffer`].
    pub fn remove_source_buffer(&mut self, id: SourceBufferId) -> Result<(), Box<Exception>> {
        self.change(Change::RemoveSourceBuffer(id))
    }

    /// `MediaSource.endOfStream`.
    ///
    /// # Errors
    /// See [`MediaSource::end_of_stream`].
    pub fn end_of_stream(&mut self, error: Option<EndOfStreamError>) -> Result<(), Box<Exception>> {
        self.change(Change::EndOfStream(error))
    }

    /// `MediaSource.setLiveSeekableRange`.
    ///
    /// # Errors
    /// See [`MediaSource::set_live_seekable_range`].
    pub fn set_live_seekable_range(&mut self, start: f64, end: f64) -> Result<(), Box<Exception>> {
        self.change(Change::SetLiveSeekableRange(start, end))
    }

    /// `MediaSource.clearLiveSeekableRange`.
    ///
    /// # Errors
    /// See [`MediaSource::clear_live_seekable_range`].
    pub fn clear_live_seekable_range(&mut self) -> Result<(), Box<Exception>> {
        self.change(Change::ClearLiveSeekableRange)
    }

    /// From now on, SourceBuffers hold as much as `quota` allows; see [`Quota::default`].
    pub fn set_quota(&mut self, quota: Quota) {
        // It cannot fail.
        let _ = self.change(Change::SetQuota(quota));
    }

    /// What playback passes over from now on; see [`Tolerance::default`].
    pub fn set_tolerance(&mut self, tolerance: Tolerance) {
        self.element.set_tolerance(tolerance, &mut self.out);
    }

    /// A `<source>` named the source; see [`MediaElement::set_candidate`].
    pub fn set_candidate(&mut self) {
        self.element.set_candidate();
    }

    /// What the oldest queued `mse-polyfill:decodeerror` event tells.
    pub fn take_skipped_error(&mut self) -> Option<String> {
        self.element.take_skipped_error()
    }

    /// How closely the byte streams of SourceBuffers that are added from now on must follow their specification.
    pub fn set_strictness(&mut self, strictness: Strictness) {
        self.source.set_strictness(strictness);
    }

    /// The source is a ManagedMediaSource.
    pub fn manage(&mut self) {
        // It cannot fail.
        let _ = self.change(Change::Manage);
    }

    /// What the oldest `bufferedchange` task of this SourceBuffer tells.
    pub fn take_buffered_change(&mut self, id: SourceBufferId) -> Option<BufferedChange> {
        self.source.take_buffered_change(id)
    }

    /// The element is given up. Only tasks come after this, no command: the data plane is to be ended.
    pub fn detach(&mut self) {
        self.element.detach(&mut self.out);
        self.source.detach(&mut self.element, &mut self.out);
        self.out.take_commands();
    }

    // ---- SourceBuffer ------------------------------------------------------------------------------------------------

    /// `SourceBuffer.buffered`.
    ///
    /// # Errors
    /// `InvalidStateError` when it was removed.
    pub fn buffered_of(&self, id: SourceBufferId) -> Result<TimeRanges, Box<Exception>> {
        self.source.buffered_of(id)
    }

    /// `SourceBuffer.mode` setter.
    ///
    /// # Errors
    /// See [`MediaSource::set_mode`].
    pub fn set_mode(&mut self, id: SourceBufferId, mode: AppendMode) -> Result<(), Box<Exception>> {
        self.change(Change::SetMode(id, mode))
    }

    /// `SourceBuffer.timestampOffset` setter.
    ///
    /// # Errors
    /// See [`MediaSource::set_timestamp_offset`].
    pub fn set_timestamp_offset(&mut self, id: SourceBufferId, offset: f64) -> Result<(), Box<Exception>> {
        self.change(Change::SetTimestampOffset(id, offset))
    }

    /// `SourceBuffer.appendWindowStart` setter.
    ///
    /// # Errors
    /// See [`MediaSource::set_append_window_start`].
    pub fn set_append_window_start(&mut self, id: SourceBufferId, start: f64) -> Result<(), Box<Exception>> {
        self.change(Change::SetAppendWindowStart(id, start))
    }

    /// `SourceBuffer.appendWindowEnd` setter.
    ///
    /// # Errors
    /// See [`MediaSource::set_append_window_end`].
    pub fn set_append_window_end(&mut self, id: SourceBufferId, end: f64) -> Result<(), Box<Exception>> {
        self.change(Change::SetAppendWindowEnd(id, end))
    }

    /// `SourceBuffer.appendBuffer` of so many bytes, which go beside the [`Command::Append`] that this queues.
    ///
    /// # Errors
    /// See [`MediaSource::append_buffer`].
    pub fn append_buffer(&mut self, id: SourceBufferId, byte_length: u64) -> Result<(), Box<Exception>> {
        self.change(Change::AppendBuffer(id, byte_length))
    }

    /// `SourceBuffer.appendEncodedChunks`: returns the number by which its promise is settled. The chunks go beside the
    /// [`Command::Append`] that this queues.
    ///
    /// # Errors
    /// See [`MediaSource::append_encoded_chunks`].
    pub fn append_encoded_chunks(
        &mut self,
        id: SourceBufferId,
        chunks: &ChunksAppend,
    ) -> Result<Token, Box<Exception>> {
        let mut token = 0;
        self.apply(Change::AppendEncodedChunks(id, *chunks), 0.0, &mut token)?;
        Ok(token)
    }

    /// `SourceBuffer.abort`.
    ///
    /// # Errors
    /// See [`MediaSource::abort`].
    pub fn abort(&mut self, id: SourceBufferId) -> Result<(), Box<Exception>> {
        self.change(Change::Abort(id))
    }

    /// `SourceBuffer.remove`.
    ///
    /// # Errors
    /// See [`MediaSource::remove`].
    pub fn remove(&mut self, id: SourceBufferId, start: f64, end: f64) -> Result<(), Box<Exception>> {
        self.change(Change::Remove(id, start, end))
    }

    /// `SourceBuffer.changeType`.
    ///
    /// # Errors
    /// See [`MediaSource::change_type`].
    pub fn change_type(
        &mut self,
        id: SourceBufferId,
        stream: impl Into<ByteStream>,
    ) -> Result<(), Box<Exception>> {
        self.change(Change::ChangeType(id, stream.into()))
    }

    // ---- HTMLMediaElement --------------------------------------------------------------------------------------------

    /// `HTMLMediaElement.currentTime` setter.
    ///
    /// # Errors
    /// See [`MediaElement::set_current_time`].
    pub fn set_current_time(&mut self, position: f64, now: WallTime) -> Result<(), Box<Exception>> {
        self.element
            .set_current_time(position, now, &self.source, &mut self.out)?;
        self.monitor_source_buffers(now);
        self.settle();
        Ok(())
    }

    /// `HTMLMediaElement.play`: returns the number by which its promise is settled.
    pub fn play(&mut self, now: WallTime) -> PlayNumber {
        let number = self.element.play(now, &self.source, &mut self.out);
        self.settle();
        number
    }

    /// `HTMLMediaElement.pause`.
    pub fn pause(&mut self, now: WallTime) {
        self.element.pause(now, &self.source, &mut self.out);
        self.settle();
    }

    /// The browser refused to play.
    pub fn play_refused(&mut self, now: WallTime) {
        self.element.play_refused(now, &self.source, &mut self.out);
        self.settle();
    }

    /// `HTMLMediaElement.playbackRate` setter.
    ///
    /// # Errors
    /// See [`MediaElement::set_playback_rate`].
    pub fn set_playback_rate(&mut self, rate: f64) -> Result<(), Box<Exception>> {
        self.element.set_playback_rate(rate, &mut self.out)?;
        self.settle();
        Ok(())
    }

    /// `HTMLMediaElement.defaultPlaybackRate` setter.
    ///
    /// # Errors
    /// See [`MediaElement::set_default_playback_rate`].
    pub fn set_default_playback_rate(&mut self, rate: f64) -> Result<(), Box<Exception>> {
        self.element.set_default_playback_rate(rate, &mut self.out)
    }

    /// `HTMLMediaElement.preservesPitch` setter.
    pub fn set_preserves_pitch(&mut self, preserves_pitch: bool) {
        self.element.set_preserves_pitch(preserves_pitch);
        self.settle();
    }

    /// The element's `loop` attribute is there or not.
    pub fn set_loop(&mut self, looping: bool) {
        self.element.set_loop(looping);
    }

    /// The element's `autoplay` attribute is there or not.
    pub fn set_autoplay(&mut self, autoplay: bool) {
        self.element.set_autoplay(autoplay);
    }

    /// `AudioTrack.enabled` and `VideoTrack.selected` setters. Tracks that are gone are passed over.
    pub fn set_track_active(&mut self, number: TrackNumber, is_active: bool) {
        if self.half == Half::Element {
            self.track_changes += 1;
        }
        self.tell_other_half(&mut Change::SetTrackActive(number, is_active));
        self.change_track(number, is_active);
    }

    fn change_track(&mut self, number: TrackNumber, is_active: bool) {
        self.element
            .set_track_active(number, is_active, &mut self.source, &mut self.out);
        self.settle();
    }

    // ---- plumbing ----------------------------------------------------------------------------------------------------

    /// Takes an event of the data plane. Answers to what was given up are passed over.
    pub fn receive(&mut self, event: Event, now: WallTime) {
        if !self.half.hears(&event) {
            return;
        }
        self.held_back.push_back(event);
        self.take_events(now);
    }

    /// Takes the events that the replica is as far as.
    fn take_events(&mut self, now: WallTime) {
        while self
            .held_back
            .front()
            .is_some_and(|event| !self.is_ahead_of_replica(event))
            && let Some(event) = self.held_back.pop_front()
        {
            if self.source.ready_state() != ReadyState::Closed {
                // It cannot fail.
                let _ = self.apply(Change::Received(event), now, &mut 0);
            }
        }
    }

    fn take_event(&mut self, event: &mut Event, now: WallTime) {
        let (source, element, out) = (&mut self.source, &mut self.element, &mut self.out);
        match event {
            Event::InitSegmentReceived { id, duration, tracks } => {
                source.initialization_segment_received(*id, *duration, tracks, element, out);
            }
            Event::AppendProgress { id, snapshot } | Event::MemoryCleanedUp { id, snapshot } => {
                source.append_progress(*id, snapshot, element, out);
            }
            Event::Appended {
                id,
                token,
                snapshot,
                result,
            } => source.appended(*id, *token, snapshot, result, element, out),
            Event::ParserReset { id, token, snapshot } => {
                source.parser_reset(*id, *token, snapshot, element, out);
            }
            Event::Removed { id, token, snapshot } => {
                source.range_removed(*id, *token, snapshot, element, out);
            }
            Event::Evictable { id, bytes } => source.evictable_changed(*id, *bytes),
            Event::PositionReady { token, position } => {
                element.position_ready(*token, *position, now, source, out);
            }
            Event::Clock(clock) => element.clock_changed(*clock, now, source, out),
            Event::PlaybackEnded => element.playback_ended(now, source, out),
            Event::VideoResized { width, height } => element.video_resized(*width, *height, out),
            Event::DecodeFailed { kind, message } => {
                source.decode_failed(&of_decoder(*kind, message), element, out);
            }
            Event::DecodeErrorSkipped { kind, message } => {
                element.decode_error_skipped(of_decoder(*kind, message), out);
            }
            Event::Statistics(statistics) => element.set_statistics(*statistics),
            Event::Mirrored { .. } => {}
        }
    }

    /// Looks at the time: to be called four times a second, and after [`receive`](Self::receive).
    pub fn tick(&mut self, now: WallTime) {
        if self.source.ready_state() == ReadyState::Closed {
            return;
        }
        // In a worker, the element's word is waited for.
        if self.half != Half::Source && self.element.gives_up_source(now) {
            self.tell_other_half(&mut Change::GivenUp);
            self.give_up_source();
            return;
        }
        self.element.tick(now, &mut self.out);
        self.monitor_source_buffers(now);
        self.settle();
    }

    /// MSE § 2.4.4, buffer monitoring. Only the page knows the position.
    fn monitor_source_buffers(&mut self, now: WallTime) {
        if self.half == Half::Source {
            return;
        }
        let before = self.source.streaming();
        self.source
            .monitor_source_buffers(&self.element, now, &mut self.out);
        let streaming = self.source.streaming();
        if streaming != before {
            self.tell_other_half(&mut Change::Streaming(streaming));
        }
    }

    fn give_up_source(&mut self) {
        self.element.give_up_source(&mut self.source, &mut self.out);
        self.settle();
    }

    /// Commands for the data plane since the last call, as bytes one behind the other, oldest first: for
    /// [`Command::all_from`].
    pub fn take_commands(&mut self) -> Vec<u8> {
        let mut commands = self.out.take_commands();
        if self.half == Half::Source && !commands.is_empty() {
            let changes = self.changes;
            Command::Mirrored { changes }.write_to(&mut commands);
        }
        commands
    }

    /// Tasks for the page since the last call, oldest first, each to be run in a task of its own.
    pub fn take_tasks(&mut self) -> Vec<Task> {
        self.out.take_tasks()
    }

    fn settle(&mut self) {
        self.element.send_playback(&mut self.out);
    }
}

fn of_decoder(kind: TrackKind, message: &str) -> String {
    format!("{} decoder: {message}", kind.name())
}

impl Default for ControlPlane {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod test_page;
#[cfg(test)]
mod tests;
