//! The MediaSource: its state, its SourceBuffers, and the algorithms that reach the media element (MSE § 2).

use crate::container::Strictness;
use crate::control_plane::output::Output;
use crate::decimal::Decimal;
use crate::element::MediaElement;
use crate::mse::managed::Managed;
use crate::mse::source_buffer::buffered_in_all;
use crate::mse::{Exception, SourceBuffer};
use crate::protocol::{ByteStream, Command, Quota, SourceBufferId, Token};
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

/// `MediaSource.readyState`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadyState {
    /// Not attached to an element.
    Closed,
    /// Attached and taking data.
    Open,
    /// `endOfStream()` was called, or an error ended it.
    Ended,
}

impl ReadyState {
    /// As the page reads it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Ended => "ended",
        }
    }
}

/// An attached MediaSource.
///
/// Methods that change it take the element it is attached to and the [`Output`] that consequences go to.
#[derive(Debug)]
pub struct MediaSource {
    pub(super) ready_state: ReadyState,
    /// In seconds, NaN until known.
    pub(super) duration: f64,
    /// Every SourceBuffer there ever was, in order; the removed ones answer their getters.
    pub(super) source_buffers: Vec<SourceBuffer>,
    live_seekable_range: Option<(f64, f64)>,
    pub(super) quota: Quota,
    /// Of a ManagedMediaSource.
    pub(super) managed: Option<Managed>,
    /// Of SourceBuffers to come.
    strictness: Strictness,
    last_token: Token,
}

impl MediaSource {
    /// MSE § 2.4.1, attaching to a media element, the last two steps.
    pub fn attach(out: &mut Output) -> Self {
        out.fire_at_media_source("sourceopen");
        Self {
            ready_state: ReadyState::Open,
            duration: f64::NAN,
            source_buffers: Vec::new(),
            live_seekable_range: None,
            quota: Quota::default(),
            managed: None,
            strictness: Strictness::default(),
            last_token: 0,
        }
    }

    // ---- getters -----------------------------------------------------------------------------------------------------

    /// `readyState`.
    pub fn ready_state(&self) -> ReadyState {
        self.ready_state
    }

    /// `duration` in seconds: NaN until known, infinite for live.
    pub fn duration(&self) -> f64 {
        self.duration
    }

    /// Whether all the data it will have is there.
    pub fn is_ended(&self) -> bool {
        self.ready_state == ReadyState::Ended
    }

    /// `sourceBuffers` in order.
    pub fn source_buffers(&self) -> impl Iterator<Item = &SourceBuffer> {
        self.source_buffers.iter().filter(|buffer| !buffer.is_removed())
    }

    /// `activeSourceBuffers` in order.
    pub fn active_source_buffers(&self) -> impl Iterator<Item = &SourceBuffer> {
        self.source_buffers().filter(|buffer| buffer.is_active())
    }

    /// The SourceBuffer of this id, removed or not.
    ///
    /// # Errors
    /// `InvalidStateError` when there never was one.
    pub fn source_buffer(&self, id: SourceBufferId) -> Result<&SourceBuffer, Box<Exception>> {
        self.source_buffers
            .iter()
            .find(|buffer| buffer.id() == id)
            .ok_or_else(|| unknown_source_buffer(id))
    }

    /// `SourceBuffer.buffered`.
    ///
    /// # Errors
    /// `InvalidStateError` when it was removed.
    pub fn buffered_of(&self, id: SourceBufferId) -> Result<TimeRanges, Box<Exception>> {
        let buffer = self.source_buffer(id)?;
        buffer.check_not_removed("SourceBuffer.buffered")?;
        Ok(buffer.buffered(self.is_ended()))
    }

    /// `HTMLMediaElement.buffered` of the element it is attached to (MSE § 10, `buffered`).
    pub fn element_buffered(&self) -> TimeRanges {
        let mut all = Vec::new();
        for buffer in self.source_buffers() {
            if buffer.is_active() {
                all.push(buffer.buffered(self.is_ended()));
            }
        }
        buffered_in_all(all, self.is_ended())
    }

    /// `HTMLMediaElement.seekable` of the element it is attached to: never more than one range (MSE § 10, `seekable`).
    pub fn element_seekable(&self) -> Option<(f64, f64)> {
        if self.duration.is_nan() {
            return None;
        }
        if self.duration.is_finite() {
            return Some((0.0, self.duration));
        }
        let buffered = self.element_buffered();
        let (start, end) = (buffered.start(), buffered.end().map(MediaTime::as_seconds));
        match (self.live_seekable_range, start, end) {
            (Some((live_start, live_end)), Some(start), Some(end)) => {
                Some((live_start.min(start.as_seconds()), live_end.max(end)))
            }
            (Some(live), _, _) => Some(live),
            (None, _, end) => end.map(|end| (0.0, end)),
        }
    }

    /// Whether the element may know its metadata: every SourceBuffer has had its first initialization segment
    /// (MSE § 3.5.7, step 6).
    pub fn has_metadata(&self) -> bool {
        let mut has_any = false;
        for buffer in self.source_buffers() {
            if !buffer.has_initialization_segment() {
                return false;
            }
            has_any = true;
        }
        has_any
    }

    // ---- what the page calls -----------------------------------------------------------------------------------------

    /// `addSourceBuffer` for what was found supported (MSE § 2.2).
    ///
    /// # Errors
    /// In order: `TypeError` for an empty type, `InvalidStateError` when not open.
    pub fn add_source_buffer(
        &mut self,
        stream: ByteStream,
        out: &mut Output,
    ) -> Result<SourceBufferId, Box<Exception>> {
        if stream.is_empty() {
            return Err(Exception::type_error(
                "MediaSource.addSourceBuffer: the type is empty",
            ));
        }
        self.check_open("MediaSource.addSourceBuffer")?;
        let id = self.source_buffers.last().map_or(1, |last| last.id() + 1);
        self.source_buffers.push(SourceBuffer::new(id, &stream));
        out.fire_at_source_buffers(id, "addsourcebuffer");
        out.command(Command::AddSourceBuffer {
            id,
            stream,
            strictness: self.strictness,
        });
        Ok(id)
    }

    /// `removeSourceBuffer` (MSE § 2.2).
    ///
    /// # Errors
    /// `NotFoundError` when it is not in `sourceBuffers`.
    pub fn remove_source_buffer(
        &mut self,
        id: SourceBufferId,
        element: &mut MediaElement,
        out: &mut Output,
    ) -> Result<(), Box<Exception>> {
        let Some(buffer) = self
            .source_buffers
            .iter_mut()
            .find(|buffer| buffer.id() == id && !buffer.is_removed())
        else {
            return Err(Exception::not_found(
                "MediaSource.removeSourceBuffer: this SourceBuffer is not in sourceBuffers",
            ));
        };
        buffer.abort_update(out);
        element.remove_tracks(id, out);
        let was_active = buffer.is_active();
        buffer.remove_from_media_source();
        if was_active {
            out.fire_at_active_source_buffers(id, "removesourcebuffer");
        }
        out.fire_at_source_buffers(id, "removesourcebuffer");
        out.command(Command::RemoveSourceBuffer { id });
        element.source_buffer_removed(self, out);
        Ok(())
    }

    /// `setLiveSeekableRange`, in seconds (MSE § 2.2).
    ///
    /// # Errors
    /// In order: `InvalidStateError` when not open, `TypeError` when the range is none.
    pub fn set_live_seekable_range(&mut self, start: f64, end: f64) -> Result<(), Box<Exception>> {
        check_finite("MediaSource.setLiveSeekableRange: start", start)?;
        check_finite("MediaSource.setLiveSeekableRange: end", end)?;
        self.check_open("MediaSource.setLiveSeekableRange")?;
        if !(start >= 0.0 && start <= end) {
            return Err(Exception::type_error(format!(
                "MediaSource.setLiveSeekableRange: {} to {} is no range from 0 on",
                Decimal(start),
                Decimal(end)
            )));
        }
        self.live_seekable_range = Some((start, end));
        Ok(())
    }

    /// `clearLiveSeekableRange` (MSE § 2.2).
    ///
    /// # Errors
    /// `InvalidStateError` when not open.
    pub fn clear_live_seekable_range(&mut self) -> Result<(), Box<Exception>> {
        self.check_open("MediaSource.clearLiveSeekableRange")?;
        self.live_seekable_range = None;
        Ok(())
    }

    /// From now on, SourceBuffers hold as much as `quota` allows.
    pub fn set_quota(&mut self, quota: Quota, out: &mut Output) {
        self.quota = quota;
        out.command(Command::SetQuota { quota });
    }

    /// How closely the byte streams of SourceBuffers that are added from now on must follow their specification.
    pub fn set_strictness(&mut self, strictness: Strictness) {
        self.strictness = strictness;
    }

    /// MSE § 2.4.2, detaching from a media element.
    pub fn detach(&mut self, element: &mut MediaElement, out: &mut Output) {
        if self.ready_state == ReadyState::Closed {
            return;
        }
        self.ready_state = ReadyState::Closed;
        self.stop_streaming();
        self.duration = f64::NAN;
        self.live_seekable_range = None;
        out.fire_at_active_source_buffers(0, "removesourcebuffer");
        for buffer in self
            .source_buffers
            .iter_mut()
            .filter(|buffer| !buffer.is_removed())
        {
            buffer.abort_update(out);
            element.remove_tracks(buffer.id(), out);
            buffer.remove_from_media_source();
        }
        out.fire_at_source_buffers(0, "removesourcebuffer");
        out.fire_at_media_source("sourceclose");
    }

    /// MSE § 2.4.5, changes to selected/enabled track state: `activeSourceBuffers` are those of which a track plays.
    pub fn active_tracks_changed(&mut self, element: &MediaElement, out: &mut Output) {
        for (active, kind) in [(false, "removesourcebuffer"), (true, "addsourcebuffer")] {
            for buffer in self
                .source_buffers
                .iter_mut()
                .filter(|buffer| !buffer.is_removed())
            {
                if buffer.is_active() != active && element.has_active_track(buffer.id()) == active {
                    buffer.set_active(active);
                    out.fire_at_active_source_buffers(buffer.id(), kind);
                }
            }
        }
    }

    // ---- what the other files of this folder share -------------------------------------------------------------------

    pub(super) fn check_open(&self, member: &str) -> Result<(), Box<Exception>> {
        if self.ready_state == ReadyState::Open {
            return Ok(());
        }
        Err(Exception::invalid_state(format!(
            "{member}: the MediaSource's readyState is \"{}\", not \"open\"",
            self.ready_state.as_str()
        )))
    }

    pub(super) fn check_no_update(&self, member: &str) -> Result<(), Box<Exception>> {
        if self.source_buffers().any(SourceBuffer::updating) {
            return Err(Exception::invalid_state(format!(
                "{member}: a SourceBuffer is still updating; wait for its updateend event"
            )));
        }
        Ok(())
    }

    pub(super) fn next_token(&mut self) -> Token {
        self.last_token = self.last_token.wrapping_add(1);
        self.last_token
    }

    pub(super) fn source_buffer_mut(
        &mut self,
        id: SourceBufferId,
    ) -> Result<&mut SourceBuffer, Box<Exception>> {
        self.source_buffers
            .iter_mut()
            .find(|buffer| buffer.id() == id)
            .ok_or_else(|| unknown_source_buffer(id))
    }

    /// The SourceBuffer of this id unless it was removed.
    pub(super) fn attached(&mut self, id: SourceBufferId) -> Option<&mut SourceBuffer> {
        self.source_buffer_mut(id)
            .ok()
            .filter(|buffer| !buffer.is_removed())
    }
}

fn unknown_source_buffer(id: SourceBufferId) -> Box<Exception> {
    Exception::invalid_state(format!("there is no SourceBuffer {id} of this MediaSource"))
}

/// Web IDL's `double` has no NaN and no infinities.
pub(crate) fn check_finite(member: &str, value: f64) -> Result<(), Box<Exception>> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Exception::type_error(format!(
        "{member}: {} is not finite",
        Decimal(value)
    )))
}
