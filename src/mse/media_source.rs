//! The MediaSource: its state, its SourceBuffers, and the algorithms that reach the media element (MSE § 2).

use crate::control_plane::output::Output;
use crate::element::{ErrorCode, MediaElement};
use crate::mse::source_buffer::last_range_stretched;
use crate::mse::{Exception, SourceBuffer};
use crate::protocol::{
    AppendError, AppendMode, Command, SourceBufferId, SourceBufferSnapshot, Token, TrackInfo,
};
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

/// Why a stream ended before its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndOfStreamError {
    /// The media could not be fetched any further.
    Network,
    /// The media could not be decoded any further.
    Decode,
}

/// An attached MediaSource.
///
/// Methods that the page calls come first; those of the data plane's answers follow. Each takes the element it is
/// attached to and the [`Output`] that its consequences go to.
#[derive(Debug)]
pub struct MediaSource {
    ready_state: ReadyState,
    /// In seconds, NaN until known.
    duration: f64,
    /// Every SourceBuffer there ever was, in order; the removed ones answer their getters.
    source_buffers: Vec<SourceBuffer>,
    live_seekable_range: Option<(f64, f64)>,
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
    pub fn source_buffer(&self, id: SourceBufferId) -> Result<&SourceBuffer, Exception> {
        self.source_buffers
            .iter()
            .find(|buffer| buffer.id() == id)
            .ok_or_else(|| unknown_source_buffer(id))
    }

    /// `SourceBuffer.buffered`.
    ///
    /// # Errors
    /// `InvalidStateError` when it was removed.
    pub fn buffered_of(&self, id: SourceBufferId) -> Result<TimeRanges, Exception> {
        let buffer = self.source_buffer(id)?;
        buffer.check_not_removed("SourceBuffer.buffered")?;
        Ok(buffer.buffered(self.is_ended()))
    }

    /// `HTMLMediaElement.buffered` of the element it is attached to (MSE § 10, `buffered`).
    pub fn element_buffered(&self) -> TimeRanges {
        let ended = self.is_ended();
        let all: Vec<_> = self
            .active_source_buffers()
            .map(|buffer| buffer.buffered(ended))
            .collect();
        let Some(highest_end_time) = all.iter().filter_map(TimeRanges::end).max() else {
            return TimeRanges::new();
        };
        let mut intersection = TimeRanges::single(MediaTime::ZERO, highest_end_time);
        for ranges in &all {
            intersection = if ended {
                intersection.intersection(&last_range_stretched(ranges, highest_end_time))
            } else {
                intersection.intersection(ranges)
            };
        }
        intersection
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
        self.source_buffers().next().is_some()
            && self
                .source_buffers()
                .all(SourceBuffer::has_initialization_segment)
    }

    // ---- what the page calls -----------------------------------------------------------------------------------------

    /// `duration` setter (MSE § 2.1).
    ///
    /// # Errors
    /// In order: `TypeError` for NaN and negative values; `InvalidStateError` when not open, while a SourceBuffer is
    /// updating, and when frames would lie beyond.
    pub fn set_duration(
        &mut self,
        duration: f64,
        element: &mut MediaElement,
        out: &mut Output,
    ) -> Result<(), Exception> {
        if duration.is_nan() || duration < 0.0 {
            return Err(Exception::type_error(format!(
                "MediaSource.duration: {duration} is not a duration"
            )));
        }
        self.check_open("MediaSource.duration")?;
        self.check_no_update("MediaSource.duration")?;
        self.duration_change(duration, element, out)
    }

    /// `addSourceBuffer` for a type that was found supported (MSE § 2.2).
    ///
    /// # Errors
    /// In order: `TypeError` for an empty type, `InvalidStateError` when not open.
    pub fn add_source_buffer(
        &mut self,
        media_type: &str,
        out: &mut Output,
    ) -> Result<SourceBufferId, Exception> {
        if media_type.is_empty() {
            return Err(Exception::type_error(
                "MediaSource.addSourceBuffer: the type is empty",
            ));
        }
        self.check_open("MediaSource.addSourceBuffer")?;
        let id = self.source_buffers.last().map_or(1, |last| last.id() + 1);
        self.source_buffers.push(SourceBuffer::new(id, media_type));
        out.fire_at_source_buffers(id, "addsourcebuffer");
        out.command(Command::AddSourceBuffer {
            id,
            media_type: media_type.to_owned(),
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
    ) -> Result<(), Exception> {
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
        let was_active = buffer.is_active();
        buffer.remove_from_media_source();
        if was_active {
            out.fire_at_active_source_buffers(id, "removesourcebuffer");
        }
        out.fire_at_source_buffers(id, "removesourcebuffer");
        out.command(Command::RemoveSourceBuffer { id });
        element.source_buffer_removed(id, self, out);
        Ok(())
    }

    /// `endOfStream` (MSE § 2.2).
    ///
    /// # Errors
    /// `InvalidStateError` when not open or while a SourceBuffer is updating.
    pub fn end_of_stream(
        &mut self,
        error: Option<EndOfStreamError>,
        element: &mut MediaElement,
        out: &mut Output,
    ) -> Result<(), Exception> {
        self.check_open("MediaSource.endOfStream")?;
        self.check_no_update("MediaSource.endOfStream")?;
        let message = match error {
            None => "",
            Some(EndOfStreamError::Network) => "the page called MediaSource.endOfStream(\"network\")",
            Some(EndOfStreamError::Decode) => "the page called MediaSource.endOfStream(\"decode\")",
        };
        self.run_end_of_stream(error, message, element, out);
        Ok(())
    }

    /// `setLiveSeekableRange`, in seconds (MSE § 2.2).
    ///
    /// # Errors
    /// In order: `InvalidStateError` when not open, `TypeError` when the range is none.
    pub fn set_live_seekable_range(&mut self, start: f64, end: f64) -> Result<(), Exception> {
        self.check_open("MediaSource.setLiveSeekableRange")?;
        if !(start >= 0.0 && start <= end) {
            return Err(Exception::type_error(format!(
                "MediaSource.setLiveSeekableRange: {start} to {end} is no range from 0 on"
            )));
        }
        self.live_seekable_range = Some((start, end));
        Ok(())
    }

    /// `clearLiveSeekableRange` (MSE § 2.2).
    ///
    /// # Errors
    /// `InvalidStateError` when not open.
    pub fn clear_live_seekable_range(&mut self) -> Result<(), Exception> {
        self.check_open("MediaSource.clearLiveSeekableRange")?;
        self.live_seekable_range = None;
        Ok(())
    }

    /// MSE § 2.4.2, detaching from a media element.
    pub fn detach(&mut self, out: &mut Output) {
        if self.ready_state == ReadyState::Closed {
            return;
        }
        self.ready_state = ReadyState::Closed;
        self.duration = f64::NAN;
        self.live_seekable_range = None;
        out.fire_at_active_source_buffers(0, "removesourcebuffer");
        for buffer in self
            .source_buffers
            .iter_mut()
            .filter(|buffer| !buffer.is_removed())
        {
            buffer.abort_update(out);
            buffer.remove_from_media_source();
        }
        out.fire_at_source_buffers(0, "removesourcebuffer");
        out.fire_at_media_source("sourceclose");
    }

    /// `SourceBuffer.mode` setter (MSE § 3.1).
    ///
    /// # Errors
    /// In order: `InvalidStateError` when removed or updating, `TypeError` for segments of a type without timestamps,
    /// `InvalidStateError` within a media segment.
    pub fn set_mode(
        &mut self,
        id: SourceBufferId,
        mode: AppendMode,
        out: &mut Output,
    ) -> Result<(), Exception> {
        let buffer = self.source_buffer(id)?;
        buffer.check_idle("SourceBuffer.mode")?;
        buffer.check_mode(mode)?;
        self.reopen(out);
        let buffer = self.source_buffer_mut(id)?;
        buffer.check_not_parsing_media_segment("SourceBuffer.mode")?;
        buffer.set_mode(mode);
        Ok(())
    }

    /// `SourceBuffer.timestampOffset` setter, in seconds (MSE § 3.1).
    ///
    /// # Errors
    /// In order: `TypeError` for NaN and infinities, `InvalidStateError` when removed, updating, or within a media
    /// segment.
    pub fn set_timestamp_offset(
        &mut self,
        id: SourceBufferId,
        offset: f64,
        out: &mut Output,
    ) -> Result<(), Exception> {
        check_finite("SourceBuffer.timestampOffset", offset)?;
        self.source_buffer(id)?
            .check_idle("SourceBuffer.timestampOffset")?;
        self.reopen(out);
        let buffer = self.source_buffer_mut(id)?;
        buffer.check_not_parsing_media_segment("SourceBuffer.timestampOffset")?;
        buffer.set_timestamp_offset(offset);
        Ok(())
    }

    /// `SourceBuffer.appendWindowStart` setter, in seconds (MSE § 3.1).
    ///
    /// # Errors
    /// In order: `InvalidStateError` when removed or updating, `TypeError` when not from 0 to before the window's end.
    pub fn set_append_window_start(&mut self, id: SourceBufferId, start: f64) -> Result<(), Exception> {
        self.source_buffer_mut(id)?.set_append_window_start(start)
    }

    /// `SourceBuffer.appendWindowEnd` setter, in seconds (MSE § 3.1).
    ///
    /// # Errors
    /// In order: `InvalidStateError` when removed or updating, `TypeError` when not after the window's start.
    pub fn set_append_window_end(&mut self, id: SourceBufferId, end: f64) -> Result<(), Exception> {
        self.source_buffer_mut(id)?.set_append_window_end(end)
    }

    /// `appendBuffer` (MSE § 3.2): the bytes go with the command that this queues.
    ///
    /// # Errors
    /// `InvalidStateError` when removed, updating, or after an error of the element.
    pub fn append_buffer(
        &mut self,
        id: SourceBufferId,
        element: &MediaElement,
        out: &mut Output,
    ) -> Result<(), Exception> {
        // MSE § 3.5.4, prepare append.
        self.source_buffer(id)?.check_idle("SourceBuffer.appendBuffer")?;
        if element.error().is_some() {
            return Err(Exception::invalid_state(format!(
                "SourceBuffer.appendBuffer: the media element has failed: {}",
                element.error_message()
            )));
        }
        self.reopen(out);
        let token = self.next_token();
        self.source_buffer_mut(id)?.start_append(token, out);
        Ok(())
    }

    /// `abort` (MSE § 3.2).
    ///
    /// # Errors
    /// `InvalidStateError` when removed, when the source is not open, and while a range is being removed.
    pub fn abort(&mut self, id: SourceBufferId, out: &mut Output) -> Result<(), Exception> {
        let buffer = self.source_buffer(id)?;
        buffer.check_not_removed("SourceBuffer.abort")?;
        self.check_open("SourceBuffer.abort")?;
        if buffer.is_removing() {
            return Err(Exception::invalid_state(
                "SourceBuffer.abort: a remove() cannot be aborted; wait for its updateend event",
            ));
        }
        let token = self.next_token();
        let buffer = self.source_buffer_mut(id)?;
        buffer.abort_update(out);
        buffer.reset_parser_state(token, out);
        buffer.reset_append_window();
        Ok(())
    }

    /// `remove`, in seconds; `end` may be infinite (MSE § 3.2).
    ///
    /// # Errors
    /// In order: `TypeError` for a start that is not finite, `InvalidStateError` when removed or updating, `TypeError`
    /// while the duration is unknown, for a start outside of it, and for an end not after the start.
    pub fn remove(
        &mut self,
        id: SourceBufferId,
        start: f64,
        end: f64,
        out: &mut Output,
    ) -> Result<(), Exception> {
        check_finite("SourceBuffer.remove: start", start)?;
        self.source_buffer(id)?.check_idle("SourceBuffer.remove")?;
        if self.duration.is_nan() {
            return Err(Exception::type_error(
                "SourceBuffer.remove: the MediaSource's duration is not known yet",
            ));
        }
        if start < 0.0 || start > self.duration {
            return Err(Exception::type_error(format!(
                "SourceBuffer.remove: the start {start} is not between 0 and the duration ({})",
                self.duration
            )));
        }
        if end.is_nan() || end <= start {
            return Err(Exception::type_error(format!(
                "SourceBuffer.remove: the end {end} is not after the start {start}"
            )));
        }
        self.reopen(out);
        let token = self.next_token();
        let (start, end) = (MediaTime::from_seconds(start), MediaTime::from_seconds(end));
        self.source_buffer_mut(id)?.start_removal(token, start, end, out);
        Ok(())
    }

    /// `changeType` to a type that was found supported (MSE § 3.2).
    ///
    /// # Errors
    /// In order: `TypeError` for an empty type, `InvalidStateError` when removed or updating.
    pub fn change_type(
        &mut self,
        id: SourceBufferId,
        media_type: &str,
        out: &mut Output,
    ) -> Result<(), Exception> {
        if media_type.is_empty() {
            return Err(Exception::type_error(
                "SourceBuffer.changeType: the type is empty",
            ));
        }
        self.source_buffer(id)?.check_idle("SourceBuffer.changeType")?;
        self.reopen(out);
        let token = self.next_token();
        let buffer = self.source_buffer_mut(id)?;
        buffer.reset_parser_state(token, out);
        buffer.change_type(media_type, out);
        Ok(())
    }

    // ---- what the data plane answers; ids that are gone are passed over ----------------------------------------------

    /// MSE § 3.5.7, initialization segment received.
    pub fn initialization_segment_received(
        &mut self,
        id: SourceBufferId,
        duration: Option<MediaTime>,
        tracks: Vec<TrackInfo>,
        element: &mut MediaElement,
        out: &mut Output,
    ) {
        let Some(buffer) = self.attached(id) else { return };
        let is_first = buffer.initialization_segment_received(tracks.clone());
        // Step 1.
        if self.duration.is_nan() {
            self.duration = duration.map_or(f64::INFINITY, MediaTime::as_seconds);
            self.send_duration(out);
        }
        // Step 5: of each kind the first track of all plays, and makes its SourceBuffer active.
        // DEVIATION: the specification enables the first audio track of every SourceBuffer, which would mix their sound.
        let plays = element.tracks_received(id, &tracks);
        if is_first
            && plays
            && let Some(buffer) = self.attached(id)
        {
            buffer.activate();
            out.fire_at_active_source_buffers(id, "addsourcebuffer");
        }
        // Step 5.4.
        element.selection_changed(out);
    }

    /// A running append has come this far.
    pub fn append_progress(
        &mut self,
        id: SourceBufferId,
        snapshot: SourceBufferSnapshot,
        element: &mut MediaElement,
        out: &mut Output,
    ) {
        if let Some(buffer) = self.attached(id) {
            buffer.append_progress(snapshot);
            self.coded_frames_processed(element, out);
        }
    }

    /// An append is over: MSE § 3.5.5, buffer append, steps 3 to 5, or § 3.5.3, append error.
    pub fn appended(
        &mut self,
        id: SourceBufferId,
        token: Token,
        snapshot: SourceBufferSnapshot,
        result: Result<(), AppendError>,
        element: &mut MediaElement,
        out: &mut Output,
    ) {
        let Some(buffer) = self.attached(id) else { return };
        if !buffer.appended(token, snapshot) {
            return;
        }
        match result {
            Ok(()) => {
                out.fire_at_source_buffer(id, "update");
                out.fire_at_source_buffer(id, "updateend");
                // After the update's events, as browsers have it: their element hears of new data a little later.
                self.coded_frames_processed(element, out);
            }
            Err(AppendError { message }) => {
                buffer.append_error(&message, out);
                self.coded_frames_processed(element, out);
                self.decode_failed(&message, element, out);
            }
        }
    }

    /// The parser was reset.
    pub fn parser_reset(
        &mut self,
        id: SourceBufferId,
        token: Token,
        snapshot: SourceBufferSnapshot,
        element: &mut MediaElement,
        out: &mut Output,
    ) {
        let Some(buffer) = self.attached(id) else { return };
        if buffer.parser_reset(token, snapshot) {
            self.coded_frames_processed(element, out);
        }
    }

    /// A removal is over: MSE § 3.5.6, range removal, steps 6 to 8.
    pub fn range_removed(
        &mut self,
        id: SourceBufferId,
        token: Token,
        snapshot: SourceBufferSnapshot,
        element: &mut MediaElement,
        out: &mut Output,
    ) {
        let Some(buffer) = self.attached(id) else { return };
        let Some((start, end)) = buffer.range_removed(token, snapshot) else {
            return;
        };
        let is_active = buffer.is_active();
        out.fire_at_source_buffer(id, "update");
        out.fire_at_source_buffer(id, "updateend");
        if is_active {
            element.coded_frames_removed(start, end, self, out);
        }
    }

    /// Data that cannot be decoded ends an open source by an error (MSE § 2.4.7 with "decode").
    pub fn decode_failed(&mut self, message: &str, element: &mut MediaElement, out: &mut Output) {
        match self.ready_state {
            ReadyState::Open => {
                self.run_end_of_stream(Some(EndOfStreamError::Decode), message, element, out);
            }
            ReadyState::Ended => element.fail(ErrorCode::Decode, message, out),
            ReadyState::Closed => {}
        }
    }

    // ---- algorithms --------------------------------------------------------------------------------------------------

    /// MSE § 3.5.8, coded frame processing, the steps after its loop: the element and the duration follow the data.
    fn coded_frames_processed(&mut self, element: &mut MediaElement, out: &mut Output) {
        element.media_data_changed(self);
        // DEVIATION: the last step raises the duration to the group end timestamp, which after a removal may lie beyond
        // all data. What is buffered is what counts, so its end is taken.
        if let Some(end) = self.highest_end_time()
            && end > MediaTime::from_seconds(self.duration)
        {
            // It cannot fail: no frame lies beyond the end of all.
            let _ = self.duration_change(end.as_seconds(), element, out);
        }
        element.update_ready_state(self, out);
    }

    /// MSE § 2.4.6, duration change.
    fn duration_change(
        &mut self,
        new_duration: f64,
        element: &mut MediaElement,
        out: &mut Output,
    ) -> Result<(), Exception> {
        if self.duration == new_duration {
            return Ok(());
        }
        let instant = MediaTime::from_seconds(new_duration);
        let highest = self
            .source_buffers()
            .filter_map(SourceBuffer::highest_presentation_timestamp)
            .max();
        if let Some(highest) = highest
            && instant < highest
        {
            return Err(Exception::invalid_state(format!(
                "MediaSource.duration: frames up to {} are buffered, beyond {new_duration}; remove() them first",
                highest.as_seconds()
            )));
        }
        let new_duration = match self.highest_end_time() {
            Some(end) if instant < end => end.as_seconds(),
            _ => new_duration,
        };
        if self.duration != new_duration {
            self.duration = new_duration;
            self.send_duration(out);
            element.duration_changed(self, out);
        }
        Ok(())
    }

    /// MSE § 2.4.7, end of stream.
    fn run_end_of_stream(
        &mut self,
        error: Option<EndOfStreamError>,
        message: &str,
        element: &mut MediaElement,
        out: &mut Output,
    ) {
        self.ready_state = ReadyState::Ended;
        out.fire_at_media_source("sourceended");
        match error {
            None => {
                let end = self.highest_end_time().unwrap_or(MediaTime::ZERO);
                // It cannot fail: no frame lies beyond the end of all.
                let _ = self.duration_change(end.as_seconds(), element, out);
                out.command(Command::SetEnded { ended: true });
                element.update_ready_state(self, out);
            }
            Some(EndOfStreamError::Network) => element.fail(ErrorCode::Network, message, out),
            Some(EndOfStreamError::Decode) => element.fail(ErrorCode::Decode, message, out),
        }
    }

    /// The step that many calls share: an ended source is open again.
    fn reopen(&mut self, out: &mut Output) {
        if self.ready_state == ReadyState::Ended {
            self.ready_state = ReadyState::Open;
            out.fire_at_media_source("sourceopen");
            out.command(Command::SetEnded { ended: false });
        }
    }

    fn highest_end_time(&self) -> Option<MediaTime> {
        self.source_buffers()
            .filter_map(SourceBuffer::highest_end_time)
            .max()
    }

    fn send_duration(&self, out: &mut Output) {
        out.command(Command::SetDuration {
            duration: Some(self.duration)
                .filter(|duration| !duration.is_nan())
                .map(MediaTime::from_seconds),
        });
    }

    fn check_open(&self, member: &str) -> Result<(), Exception> {
        if self.ready_state == ReadyState::Open {
            return Ok(());
        }
        Err(Exception::invalid_state(format!(
            "{member}: the MediaSource's readyState is \"{}\", not \"open\"",
            self.ready_state.as_str()
        )))
    }

    fn check_no_update(&self, member: &str) -> Result<(), Exception> {
        if self.source_buffers().any(SourceBuffer::updating) {
            return Err(Exception::invalid_state(format!(
                "{member}: a SourceBuffer is still updating; wait for its updateend event"
            )));
        }
        Ok(())
    }

    fn next_token(&mut self) -> Token {
        self.last_token = self.last_token.wrapping_add(1);
        self.last_token
    }

    fn source_buffer_mut(&mut self, id: SourceBufferId) -> Result<&mut SourceBuffer, Exception> {
        self.source_buffers
            .iter_mut()
            .find(|buffer| buffer.id() == id)
            .ok_or_else(|| unknown_source_buffer(id))
    }

    /// The SourceBuffer of this id unless it was removed.
    fn attached(&mut self, id: SourceBufferId) -> Option<&mut SourceBuffer> {
        self.source_buffer_mut(id)
            .ok()
            .filter(|buffer| !buffer.is_removed())
    }
}

fn unknown_source_buffer(id: SourceBufferId) -> Exception {
    Exception::invalid_state(format!("there is no SourceBuffer {id} of this MediaSource"))
}

/// Web IDL's `double` has no NaN and no infinities.
pub(crate) fn check_finite(member: &str, value: f64) -> Result<(), Exception> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Exception::type_error(format!("{member}: {value} is not finite")))
}
