//! What the data plane answers: the second halves of the asynchronous algorithms. Ids that are gone are passed over.

use crate::control_plane::output::Output;
use crate::element::MediaElement;
use crate::mse::MediaSource;
use crate::protocol::{AppendError, SourceBufferId, SourceBufferSnapshot, Token, TrackInfo};
use crate::time::MediaTime;

impl MediaSource {
    /// MSE § 3.5.7, initialization segment received.
    pub fn initialization_segment_received(
        &mut self,
        id: SourceBufferId,
        duration: Option<MediaTime>,
        tracks: &mut Vec<TrackInfo>,
        element: &mut MediaElement,
        out: &mut Output,
    ) {
        let Some(buffer) = self.attached(id) else { return };
        let is_first = !buffer.has_initialization_segment();
        // Step 1.
        if self.duration.is_nan() {
            self.duration = duration.map_or(f64::INFINITY, MediaTime::as_seconds);
            self.send_duration(out);
        }
        // Step 5.
        if is_first {
            element.tracks_received(id, tracks, out);
            self.active_tracks_changed(element, out);
        }
        if let Some(buffer) = self.attached(id) {
            buffer.initialization_segment_received(tracks);
        }
        // Step 5.4.
        element.selection_changed(out);
    }

    /// A running append has come this far; or, MSE, memory cleanup: what was played has been dropped before there was need.
    pub fn append_progress(
        &mut self,
        id: SourceBufferId,
        snapshot: &mut SourceBufferSnapshot,
        element: &mut MediaElement,
        out: &mut Output,
    ) {
        if let Some(buffer) = self.attached(id) {
            buffer.append_progress(snapshot);
            self.report_buffered_changes(out);
            self.coded_frames_processed(element, out);
        }
    }

    /// The position has moved and with it what an append could take the place of.
    pub fn evictable_changed(&mut self, id: SourceBufferId, bytes: u64) {
        if let Some(buffer) = self.attached(id) {
            buffer.evictable_changed(bytes);
        }
    }

    /// An append is over: MSE § 3.5.5, buffer append, steps 3 to 5, or § 3.5.3, append error.
    pub fn appended(
        &mut self,
        id: SourceBufferId,
        token: Token,
        snapshot: &mut SourceBufferSnapshot,
        result: &Result<(), AppendError>,
        element: &mut MediaElement,
        out: &mut Output,
    ) {
        let Some(buffer) = self.attached(id) else { return };
        let Some(update) = buffer.appended(token, snapshot) else {
            return;
        };
        self.report_buffered_changes(out);
        let Some(buffer) = self.attached(id) else { return };
        buffer.append_settled(update, result.as_ref().err(), out);
        // After the update's events, as browsers have it: their element hears of new data a little later.
        self.coded_frames_processed(element, out);
        if let Err(AppendError { message }) = result {
            self.decode_failed(message, element, out);
        }
    }

    /// The parser was reset.
    pub fn parser_reset(
        &mut self,
        id: SourceBufferId,
        token: Token,
        snapshot: &mut SourceBufferSnapshot,
        element: &mut MediaElement,
        out: &mut Output,
    ) {
        let Some(buffer) = self.attached(id) else { return };
        if buffer.parser_reset(token, snapshot) {
            self.report_buffered_changes(out);
            self.coded_frames_processed(element, out);
        }
    }

    /// A removal is over: MSE § 3.5.6, range removal, steps 6 to 8.
    pub fn range_removed(
        &mut self,
        id: SourceBufferId,
        token: Token,
        snapshot: &mut SourceBufferSnapshot,
        element: &mut MediaElement,
        out: &mut Output,
    ) {
        let Some(buffer) = self.attached(id) else { return };
        let Some((start, end)) = buffer.range_removed(token, snapshot) else {
            return;
        };
        let is_active = buffer.is_active();
        self.report_buffered_changes(out);
        out.fire_at_source_buffer(id, "update");
        out.fire_at_source_buffer(id, "updateend");
        if is_active {
            element.coded_frames_removed(start, end, self, out);
        }
    }

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
}
