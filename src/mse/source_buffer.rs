//! One SourceBuffer: its attributes, its checks, and what its last snapshot says is buffered (MSE § 3).

use crate::container::TrackKind;
use crate::control_plane::output::Output;
use crate::decimal::Decimal;
use crate::mime::generates_timestamps;
use crate::mse::Exception;
use crate::mse::managed::Told;
use crate::protocol::{
    AppendError, AppendMode, AppendParameters, ByteStream, Command, Quota, SourceBufferId,
    SourceBufferSnapshot, Token, TrackInfo,
};
use crate::ranges::TimeRanges;
use crate::time::MediaTime;
use crate::wire::wire;

/// What `appendEncodedChunks` is to append.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ChunksAppend {
    /// How many bytes the chunks are, with their headers.
    pub byte_length: u64,
    /// Whether there are EncodedAudioChunks.
    pub has_audio: bool,
    /// Whether there are EncodedVideoChunks.
    pub has_video: bool,
    /// Whether one of those has no `duration`.
    pub lacks_duration: bool,
}
wire!(struct ChunksAppend { byte_length, has_audio, has_video, lacks_duration });

impl ChunksAppend {
    /// Whether a SourceBuffer takes them whose configuration is of this kind.
    fn check(&self, kind: TrackKind) -> Result<(), Box<Exception>> {
        let (is_other, name) = match kind {
            TrackKind::Audio => (self.has_video, "EncodedAudioChunks"),
            TrackKind::Video => (self.has_audio, "EncodedVideoChunks"),
        };
        if is_other {
            return Err(Exception::type_error(format!(
                "SourceBuffer.appendEncodedChunks: this SourceBuffer takes {name} alone"
            )));
        }
        if self.lacks_duration {
            return Err(Exception::type_error(
                "SourceBuffer.appendEncodedChunks: an EncodedVideoChunk has no duration",
            ));
        }
        Ok(())
    }
}

/// The operation that makes `updating` true, by the token of its command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Update {
    Append(Token),
    /// Of encoded chunks: a promise takes the place of the events.
    ChunksAppend(Token),
    Removal {
        token: Token,
        start: MediaTime,
        end: MediaTime,
    },
}

/// The page's side of a SourceBuffer. One that was removed from its MediaSource stays to answer its getters.
///
/// Calls that need the MediaSource's state come through [`MediaSource`](super::MediaSource), which checks it in the order
/// of the specification.
#[derive(Debug)]
pub struct SourceBuffer {
    id: SourceBufferId,
    removed: bool,
    updating: Option<Update>,
    /// The parser reset that was asked for last.
    reset: Option<Token>,
    generate_timestamps: bool,
    /// The kind of the encoded chunks that it takes in place of bytes.
    takes_chunks: Option<TrackKind>,
    mode: AppendMode,
    timestamp_offset: f64,
    /// Whether the page set `timestampOffset` since the last append: no older snapshot may overwrite it.
    timestamp_offset_set: bool,
    append_window_start: f64,
    append_window_end: f64,
    /// Set by the setters of `mode` and `timestampOffset`, for the next append.
    group_start_timestamp: Option<MediaTime>,
    snapshot: SourceBufferSnapshot,
    /// Of the last initialization segment.
    tracks: Vec<TrackInfo>,
    first_initialization_segment_received: bool,
    active: bool,
    last_error: String,
    pub(super) told: Told,
}

impl SourceBuffer {
    /// A new one for what was found supported (MSE § 2.2, `addSourceBuffer` steps 6 to 8).
    pub(super) fn new(id: SourceBufferId, stream: &ByteStream) -> Self {
        let (generate_timestamps, takes_chunks) = nature_of(stream);
        Self {
            id,
            removed: false,
            updating: None,
            reset: None,
            generate_timestamps,
            takes_chunks,
            mode: if generate_timestamps {
                AppendMode::Sequence
            } else {
                AppendMode::Segments
            },
            timestamp_offset: 0.0,
            timestamp_offset_set: false,
            append_window_start: 0.0,
            append_window_end: f64::INFINITY,
            group_start_timestamp: None,
            snapshot: SourceBufferSnapshot::default(),
            tracks: Vec::new(),
            first_initialization_segment_received: false,
            active: false,
            last_error: String::new(),
            told: Told::default(),
        }
    }

    // ---- getters -----------------------------------------------------------------------------------------------------

    /// Its name.
    pub fn id(&self) -> SourceBufferId {
        self.id
    }

    /// Whether it was removed from its MediaSource.
    pub fn is_removed(&self) -> bool {
        self.removed
    }

    /// Whether it is in `activeSourceBuffers`.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// `mode`.
    pub fn mode(&self) -> AppendMode {
        self.mode
    }

    /// `updating`.
    pub fn updating(&self) -> bool {
        self.updating.is_some()
    }

    /// `timestampOffset` in seconds.
    pub fn timestamp_offset(&self) -> f64 {
        self.timestamp_offset
    }

    /// `appendWindowStart` in seconds, inclusive.
    pub fn append_window_start(&self) -> f64 {
        self.append_window_start
    }

    /// `appendWindowEnd` in seconds, exclusive.
    pub fn append_window_end(&self) -> f64 {
        self.append_window_end
    }

    /// What the last failed append said; empty when none failed.
    pub fn last_error(&self) -> &str {
        &self.last_error
    }

    /// The tracks of its last initialization segment.
    pub fn tracks(&self) -> &[TrackInfo] {
        &self.tracks
    }

    /// The first initialization segment received flag.
    pub fn has_initialization_segment(&self) -> bool {
        self.first_initialization_segment_received
    }

    /// Bytes the data plane holds for it.
    pub fn bytes_held(&self) -> u64 {
        self.snapshot.bytes_held
    }

    /// `buffered` (MSE § 3.1, `buffered` steps 2 to 5), for a source that is `ended` or not.
    pub fn buffered(&self, ended: bool) -> TimeRanges {
        let mut all = Vec::new();
        for track in &self.snapshot.tracks {
            all.push(track.ranges.clone());
        }
        buffered_in_all(all, ended)
    }

    /// The largest track buffer ranges end time; `None` when nothing is buffered.
    pub(super) fn highest_end_time(&self) -> Option<MediaTime> {
        let mut highest = None;
        for track in &self.snapshot.tracks {
            highest = highest.max(track.ranges.end());
        }
        highest
    }

    /// The highest presentation timestamp of its frames.
    pub(super) fn highest_presentation_timestamp(&self) -> Option<MediaTime> {
        let mut highest = None;
        for track in &self.snapshot.tracks {
            highest = highest.max(track.highest_presentation_timestamp);
        }
        highest
    }

    // ---- checks ------------------------------------------------------------------------------------------------------

    /// The first steps of every setter and of most methods.
    pub(super) fn check_idle(&self, member: &str) -> Result<(), Box<Exception>> {
        self.check_not_removed(member)?;
        if self.updating() {
            return Err(Exception::invalid_state(format!(
                "{member}: this SourceBuffer is still processing an appendBuffer or remove; wait for its updateend event"
            )));
        }
        Ok(())
    }

    pub(super) fn check_not_removed(&self, member: &str) -> Result<(), Box<Exception>> {
        if self.removed {
            return Err(Exception::invalid_state(format!(
                "{member}: this SourceBuffer has been removed from its MediaSource"
            )));
        }
        Ok(())
    }

    /// MSE § 3.5.4, prepare append, steps 5 and 6, by what the data plane last said.
    pub(super) fn check_quota(
        &self,
        member: &str,
        byte_length: u64,
        quota: Quota,
    ) -> Result<(), Box<Exception>> {
        let limit = self.limit(quota);
        let held = self.snapshot.bytes_held;
        let kept = self.bytes_kept();
        if kept.saturating_add(byte_length) <= limit {
            return Ok(());
        }
        Err(Exception::quota_exceeded(format!(
            "{member}: {byte_length} bytes do not fit: {held} of {limit} are taken, and {kept} of them \
             are still to be played; remove() some, or wait until more has been played"
        )))
    }

    /// `appendBuffer` and `appendEncodedChunks`: whether this takes what they bring.
    ///
    /// DEVIATION: in the draft of MSE for WebCodecs the append fails later and takes playback with it.
    pub(super) fn check_takes(&self, chunks: Option<&ChunksAppend>) -> Result<(), Box<Exception>> {
        match (self.takes_chunks, chunks) {
            (None, None) => Ok(()),
            (Some(_), None) => Err(Exception::invalid_state(
                "SourceBuffer.appendBuffer: this SourceBuffer takes encoded chunks; call changeType() with a media type first",
            )),
            (None, Some(_)) => Err(Exception::invalid_state(
                "SourceBuffer.appendEncodedChunks: this SourceBuffer takes bytes; call changeType() with a decoder's \
                 configuration first",
            )),
            (Some(kind), Some(chunks)) => chunks.check(kind),
        }
    }

    fn limit(&self, quota: Quota) -> u64 {
        quota.of(&mut self.snapshot.tracks.iter().map(|track| track.kind))
    }

    /// Bytes that no append can take the place of.
    fn bytes_kept(&self) -> u64 {
        self.snapshot
            .bytes_held
            .saturating_sub(self.snapshot.bytes_evictable)
    }

    /// Whether an append of the usual size might be refused.
    pub(super) fn is_nearly_full(&self, quota: Quota) -> bool {
        let limit = self.limit(quota);
        self.bytes_kept() > limit - limit / 4
    }

    pub(super) fn check_not_parsing_media_segment(&self, member: &str) -> Result<(), Box<Exception>> {
        if self.snapshot.parsing_media_segment {
            return Err(Exception::invalid_state(format!(
                "{member}: a media segment is appended only in part; append the rest or call abort() first"
            )));
        }
        Ok(())
    }

    // ---- setters, after the checks of the MediaSource's state --------------------------------------------------------

    /// `mode` setter, step 4 (MSE § 3.1).
    pub(super) fn check_mode(&self, mode: AppendMode) -> Result<(), Box<Exception>> {
        if self.generate_timestamps && mode == AppendMode::Segments {
            return Err(Exception::type_error(
                "SourceBuffer.mode: this type has no timestamps of its own, so its mode can only be \"sequence\"",
            ));
        }
        Ok(())
    }

    /// `mode` setter, steps 7 and 8 (MSE § 3.1).
    pub(super) fn set_mode(&mut self, mode: AppendMode) {
        if mode == AppendMode::Sequence {
            self.group_start_timestamp = Some(self.snapshot.group_end_timestamp);
        }
        self.mode = mode;
    }

    /// `timestampOffset` setter, steps 6 and 7 (MSE § 3.1).
    pub(super) fn set_timestamp_offset(&mut self, offset: f64) {
        if self.mode == AppendMode::Sequence {
            self.group_start_timestamp = Some(MediaTime::from_seconds(offset));
        }
        self.timestamp_offset = offset;
        self.timestamp_offset_set = true;
    }

    /// `appendWindowStart` setter (MSE § 3.1).
    pub(super) fn set_append_window_start(&mut self, start: f64) -> Result<(), Box<Exception>> {
        self.check_idle("SourceBuffer.appendWindowStart")?;
        if !(start >= 0.0 && start < self.append_window_end) {
            return Err(Exception::type_error(format!(
                "SourceBuffer.appendWindowStart: {} is not between 0 and appendWindowEnd ({})",
                Decimal(start),
                Decimal(self.append_window_end)
            )));
        }
        self.append_window_start = start;
        Ok(())
    }

    /// `appendWindowEnd` setter (MSE § 3.1).
    pub(super) fn set_append_window_end(&mut self, end: f64) -> Result<(), Box<Exception>> {
        self.check_idle("SourceBuffer.appendWindowEnd")?;
        if end.is_nan() || end <= self.append_window_start {
            return Err(Exception::type_error(format!(
                "SourceBuffer.appendWindowEnd: {} is not after appendWindowStart ({})",
                Decimal(end),
                Decimal(self.append_window_start)
            )));
        }
        self.append_window_end = end;
        Ok(())
    }

    // ---- operations --------------------------------------------------------------------------------------------------

    /// `appendBuffer`, steps 3 to 5 (MSE § 3.2), and the same of `appendEncodedChunks`.
    pub(super) fn start_append(&mut self, token: Token, out: &mut Output) {
        self.timestamp_offset_set = false;
        if self.takes_chunks.is_some() {
            self.updating = Some(Update::ChunksAppend(token));
        } else {
            self.updating = Some(Update::Append(token));
            out.fire_at_source_buffer(self.id, "updatestart");
        }
        out.command(Command::Append {
            id: self.id,
            token,
            parameters: AppendParameters {
                mode: self.mode,
                timestamp_offset: MediaTime::from_seconds(self.timestamp_offset),
                append_window_start: MediaTime::from_seconds(self.append_window_start),
                append_window_end: MediaTime::from_seconds(self.append_window_end),
                group_start_timestamp: self.group_start_timestamp.take(),
            },
        });
    }

    /// MSE § 3.5.6, range removal, steps 3 and 4.
    pub(super) fn start_removal(&mut self, token: Token, start: MediaTime, end: MediaTime, out: &mut Output) {
        self.updating = Some(Update::Removal { token, start, end });
        out.fire_at_source_buffer(self.id, "updatestart");
        out.command(Command::Remove {
            id: self.id,
            token,
            start,
            end,
        });
    }

    /// Whether a range removal is running.
    pub(super) fn is_removing(&self) -> bool {
        matches!(self.updating, Some(Update::Removal { .. }))
    }

    /// The steps that `abort()`, `removeSourceBuffer()` and detaching share: whatever runs is given up.
    pub(super) fn abort_update(&mut self, out: &mut Output) {
        match self.updating.take() {
            None => {}
            Some(Update::ChunksAppend(token)) => out.reject_append(token, "AbortError"),
            Some(Update::Append(_) | Update::Removal { .. }) => {
                out.fire_at_source_buffer(self.id, "abort");
                out.fire_at_source_buffer(self.id, "updateend");
            }
        }
    }

    /// `abort()`, steps 5 and 6 (MSE § 3.2).
    pub(super) fn reset_append_window(&mut self) {
        self.append_window_start = 0.0;
        self.append_window_end = f64::INFINITY;
    }

    /// MSE § 3.5.2, reset parser state; the frames and the bytes are the data plane's.
    pub(super) fn reset_parser_state(&mut self, token: Token, out: &mut Output) {
        self.reset = Some(token);
        self.snapshot.parsing_media_segment = false;
        if self.mode == AppendMode::Sequence {
            // Step 6, which the data plane knows the newest group end timestamp for.
            self.group_start_timestamp = None;
        }
        out.command(Command::ResetParser {
            id: self.id,
            token,
            mode: self.mode,
        });
    }

    /// `changeType()`, steps 7 and 8 (MSE § 3.2).
    pub(super) fn change_type(&mut self, stream: ByteStream, out: &mut Output) {
        (self.generate_timestamps, self.takes_chunks) = nature_of(&stream);
        if self.generate_timestamps {
            self.set_mode(AppendMode::Sequence);
        }
        out.command(Command::ChangeType { id: self.id, stream });
    }

    /// It leaves its MediaSource and gives its snapshot's memory back.
    pub(super) fn remove_from_media_source(&mut self) {
        self.removed = true;
        self.active = false;
        self.snapshot = SourceBufferSnapshot::default();
        self.tracks.clear();
    }

    // ---- answers of the data plane -----------------------------------------------------------------------------------

    /// MSE § 3.5.7, initialization segment received: notes its tracks.
    pub(super) fn initialization_segment_received(&mut self, tracks: &mut Vec<TrackInfo>) {
        std::mem::swap(&mut self.tracks, tracks);
        self.first_initialization_segment_received = true;
    }

    /// It enters `activeSourceBuffers` or leaves it.
    pub(super) fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    /// A running append reports what is there by now. Even one that was given up since speaks the truth of its time.
    pub(super) fn append_progress(&mut self, snapshot: &mut SourceBufferSnapshot) {
        std::mem::swap(&mut self.snapshot.tracks, &mut snapshot.tracks);
        self.snapshot.bytes_held = snapshot.bytes_held;
        self.snapshot.bytes_evictable = snapshot.bytes_evictable;
        self.snapshot.group_end_timestamp = snapshot.group_end_timestamp;
    }

    /// The position has moved and with it what could be evicted.
    pub(super) fn evictable_changed(&mut self, bytes: u64) {
        self.snapshot.bytes_evictable = bytes;
    }

    /// An append is over; which, or `None` when it had been given up.
    pub(super) fn appended(&mut self, token: Token, snapshot: &mut SourceBufferSnapshot) -> Option<Update> {
        let update = self.updating.take_if(|update| match update {
            Update::Append(running) | Update::ChunksAppend(running) => *running == token,
            Update::Removal { .. } => false,
        })?;
        self.take_snapshot(snapshot);
        Some(update)
    }

    /// MSE § 3.5.5, buffer append, steps 4 and 5, or § 3.5.3, append error, steps 1 to 4. A promise takes the place of
    /// events.
    pub(super) fn append_settled(&mut self, update: Update, error: Option<&AppendError>, out: &mut Output) {
        if let Some(AppendError { message }) = error {
            self.snapshot.parsing_media_segment = false;
            self.last_error.clone_from(message);
        }
        match (update, error) {
            (Update::ChunksAppend(token), None) => out.resolve_append(token),
            (Update::ChunksAppend(token), Some(_)) => out.reject_append(token, "SyntaxError"),
            (_, error) => {
                let kind = if error.is_none() { "update" } else { "error" };
                out.fire_at_source_buffer(self.id, kind);
                out.fire_at_source_buffer(self.id, "updateend");
            }
        }
    }

    /// A removal is over; its range, or `None` when it had been given up.
    pub(super) fn range_removed(
        &mut self,
        token: Token,
        snapshot: &mut SourceBufferSnapshot,
    ) -> Option<(MediaTime, MediaTime)> {
        match self.updating {
            Some(Update::Removal {
                token: running,
                start,
                end,
            }) if running == token => {
                self.updating = None;
                self.take_snapshot(snapshot);
                Some((start, end))
            }
            _ => None,
        }
    }

    /// The parser was reset; false when another reset was asked for since.
    pub(super) fn parser_reset(&mut self, token: Token, snapshot: &mut SourceBufferSnapshot) -> bool {
        if self.reset != Some(token) {
            return false;
        }
        self.reset = None;
        self.take_snapshot(snapshot);
        true
    }

    fn take_snapshot(&mut self, snapshot: &mut SourceBufferSnapshot) {
        // Only a changed offset is taken over: the page reads back exactly the number it set.
        let known = MediaTime::from_seconds(self.timestamp_offset);
        if !self.timestamp_offset_set && !self.updating() && snapshot.timestamp_offset != known {
            self.timestamp_offset = snapshot.timestamp_offset.as_seconds();
        }
        std::mem::swap(&mut self.snapshot, snapshot);
    }
}

/// What is in all of these, where the last range of an ended source's counts up to the highest end of any.
pub(super) fn buffered_in_all(mut all: Vec<TimeRanges>, ended: bool) -> TimeRanges {
    let mut highest_end_time = None;
    for ranges in &all {
        highest_end_time = highest_end_time.max(ranges.end());
    }
    let highest_end_time = highest_end_time.unwrap_or(MediaTime::ZERO);
    let mut intersection = TimeRanges::single(MediaTime::ZERO, highest_end_time);
    for ranges in &mut all {
        if let Some(last) = ranges.end()
            && ended
        {
            ranges.add(last, highest_end_time);
        }
        intersection = intersection.intersection(ranges);
    }
    intersection
}

/// The registry's "generate timestamps flag", and the kind of the encoded chunks that come in place of bytes.
fn nature_of(stream: &ByteStream) -> (bool, Option<TrackKind>) {
    match stream {
        ByteStream::Format(media_type) => (generates_timestamps(media_type), None),
        ByteStream::Chunks(config) => (false, Some(config.kind())),
    }
}
