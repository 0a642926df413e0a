//! What the page calls on a SourceBuffer, with the checks of its MediaSource in the order of the specification.

use crate::control_plane::output::Output;
use crate::decimal::Decimal;
use crate::element::MediaElement;
use crate::mse::media_source::check_finite;
use crate::mse::{ChunksAppend, Exception, MediaSource};
use crate::protocol::{AppendMode, ByteStream, SourceBufferId, Token};
use crate::time::MediaTime;

impl MediaSource {
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
    ) -> Result<(), Box<Exception>> {
        let buffer = self.source_buffer(id)?;
        buffer.check_idle("SourceBuffer.mode")?;
        buffer.check_mode(mode)?;
        self.reopen(out);
        let Some(buffer) = self.attached(id) else {
            return Ok(());
        };
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
    ) -> Result<(), Box<Exception>> {
        check_finite("SourceBuffer.timestampOffset", offset)?;
        self.source_buffer(id)?
            .check_idle("SourceBuffer.timestampOffset")?;
        self.reopen(out);
        let Some(buffer) = self.attached(id) else {
            return Ok(());
        };
        buffer.check_not_parsing_media_segment("SourceBuffer.timestampOffset")?;
        buffer.set_timestamp_offset(offset);
        Ok(())
    }

    /// `SourceBuffer.appendWindowStart` setter, in seconds (MSE § 3.1).
    ///
    /// # Errors
    /// In order: `InvalidStateError` when removed or updating, `TypeError` when not from 0 to before the window's end.
    pub fn set_append_window_start(&mut self, id: SourceBufferId, start: f64) -> Result<(), Box<Exception>> {
        self.source_buffer_mut(id)?.set_append_window_start(start)
    }

    /// `SourceBuffer.appendWindowEnd` setter, in seconds (MSE § 3.1).
    ///
    /// # Errors
    /// In order: `InvalidStateError` when removed or updating, `TypeError` when not after the window's start.
    pub fn set_append_window_end(&mut self, id: SourceBufferId, end: f64) -> Result<(), Box<Exception>> {
        self.source_buffer_mut(id)?.set_append_window_end(end)
    }

    /// `appendBuffer` of so many bytes (MSE § 3.2), which go with the command that this queues.
    ///
    /// # Errors
    /// In order: `InvalidStateError` when removed, updating, or after an error of the element; `QuotaExceededError` when
    /// there is no room and none can be made.
    pub fn append_buffer(
        &mut self,
        id: SourceBufferId,
        byte_length: u64,
        element: &MediaElement,
        out: &mut Output,
    ) -> Result<(), Box<Exception>> {
        self.prepare_append(id, byte_length, None, element, out)?;
        Ok(())
    }

    /// `appendEncodedChunks` (MSE for WebCodecs, a draft): the chunks go with the command that this queues. Returns the
    /// number by which its promise is settled.
    ///
    /// # Errors
    /// In order: `InvalidStateError` when removed, updating, or when the SourceBuffer takes bytes; `TypeError` for chunks of
    /// another kind or pictures without duration; `InvalidStateError` after an error of the element; `QuotaExceededError`
    /// when there is no room and none can be made.
    pub fn append_encoded_chunks(
        &mut self,
        id: SourceBufferId,
        chunks: &ChunksAppend,
        element: &MediaElement,
        out: &mut Output,
    ) -> Result<Token, Box<Exception>> {
        self.prepare_append(id, chunks.byte_length, Some(chunks), element, out)
    }

    /// MSE § 3.5.4, prepare append, and the start of the append.
    fn prepare_append(
        &mut self,
        id: SourceBufferId,
        byte_length: u64,
        chunks: Option<&ChunksAppend>,
        element: &MediaElement,
        out: &mut Output,
    ) -> Result<Token, Box<Exception>> {
        let member = if chunks.is_some() {
            "SourceBuffer.appendEncodedChunks"
        } else {
            "SourceBuffer.appendBuffer"
        };
        // Steps 1 to 3.
        let buffer = self.source_buffer(id)?;
        buffer.check_idle(member)?;
        buffer.check_takes(chunks)?;
        if element.error().is_some() {
            return Err(Exception::invalid_state(format!(
                "{member}: the media element has failed: {}",
                element.error_message()
            )));
        }
        // Step 4.
        self.reopen(out);
        // Steps 5 and 6; the data plane evicts before it parses.
        self.source_buffer(id)?
            .check_quota(member, byte_length, self.quota)?;
        let token = self.next_token();
        if let Some(buffer) = self.attached(id) {
            buffer.start_append(token, out);
        }
        Ok(token)
    }

    /// `abort` (MSE § 3.2).
    ///
    /// # Errors
    /// `InvalidStateError` when removed, when the source is not open, and while a range is being removed.
    pub fn abort(&mut self, id: SourceBufferId, out: &mut Output) -> Result<(), Box<Exception>> {
        let buffer = self.source_buffer(id)?;
        buffer.check_not_removed("SourceBuffer.abort")?;
        self.check_open("SourceBuffer.abort")?;
        if buffer.is_removing() {
            return Err(Exception::invalid_state(
                "SourceBuffer.abort: a remove() cannot be aborted; wait for its updateend event",
            ));
        }
        let token = self.next_token();
        let Some(buffer) = self.attached(id) else {
            return Ok(());
        };
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
    ) -> Result<(), Box<Exception>> {
        check_finite("SourceBuffer.remove: start", start)?;
        self.source_buffer(id)?.check_idle("SourceBuffer.remove")?;
        if self.duration.is_nan() {
            return Err(Exception::type_error(
                "SourceBuffer.remove: the MediaSource's duration is not known yet",
            ));
        }
        if start < 0.0 || start > self.duration {
            return Err(Exception::type_error(format!(
                "SourceBuffer.remove: the start {} is not between 0 and the duration ({})",
                Decimal(start),
                Decimal(self.duration)
            )));
        }
        if end.is_nan() || end <= start {
            return Err(Exception::type_error(format!(
                "SourceBuffer.remove: the end {} is not after the start {}",
                Decimal(end),
                Decimal(start)
            )));
        }
        self.reopen(out);
        let token = self.next_token();
        let (start, end) = (MediaTime::from_seconds(start), MediaTime::from_seconds(end));
        if let Some(buffer) = self.attached(id) {
            buffer.start_removal(token, start, end, out);
        }
        Ok(())
    }

    /// `changeType` to what was found supported (MSE § 3.2).
    ///
    /// # Errors
    /// In order: `TypeError` for an empty type, `InvalidStateError` when removed or updating.
    pub fn change_type(
        &mut self,
        id: SourceBufferId,
        stream: ByteStream,
        out: &mut Output,
    ) -> Result<(), Box<Exception>> {
        if stream.is_empty() {
            return Err(Exception::type_error(
                "SourceBuffer.changeType: the type is empty",
            ));
        }
        self.source_buffer(id)?.check_idle("SourceBuffer.changeType")?;
        self.reopen(out);
        let token = self.next_token();
        let Some(buffer) = self.attached(id) else {
            return Ok(());
        };
        buffer.reset_parser_state(token, out);
        buffer.change_type(stream, out);
        Ok(())
    }
}
