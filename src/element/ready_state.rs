//! `readyState` and the events of its changes (HTML § 4.8.11.7, MSE § 2.4.4 "SourceBuffer monitoring").

use super::MediaElement;
use crate::control_plane::output::Output;
use crate::mse::MediaSource;
use crate::playback::gap_policy::playable_until;
use crate::time::MediaTime;

/// With this much playable ahead, playback is taken to run through.
const ENOUGH: MediaTime = MediaTime::from_millis(500);

/// `HTMLMediaElement.readyState`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReadyState {
    /// `HAVE_NOTHING`
    HaveNothing = 0,
    /// `HAVE_METADATA`
    HaveMetadata = 1,
    /// `HAVE_CURRENT_DATA`
    HaveCurrentData = 2,
    /// `HAVE_FUTURE_DATA`
    HaveFutureData = 3,
    /// `HAVE_ENOUGH_DATA`
    HaveEnoughData = 4,
}

impl MediaElement {
    /// Raises `readyState` as far as the buffers allow. It falls only by a seek, a stall or a removal, not because the
    /// position nears the end of the data: events would be fired again at every append of a stream that is fed shortly
    /// before it is needed.
    pub fn update_ready_state(&mut self, source: &MediaSource, out: &mut Output) {
        if self.error.is_some() {
            return;
        }
        if self.ready_state == ReadyState::HaveNothing {
            if !source.has_metadata() {
                return;
            }
            self.metadata_received(source, out);
        }
        if self.seeking.is_pending() {
            return;
        }
        let available = self.available_data(source);
        if available > self.ready_state {
            self.set_ready_state(available, out);
        }
    }

    /// HTML § 4.8.11.5, "once enough of the media data has been fetched to determine the duration and dimensions".
    fn metadata_received(&mut self, source: &MediaSource, out: &mut Output) {
        self.ready_state = ReadyState::HaveMetadata;
        out.fire_at_element("durationchange");
        if let Some(size) = self.tracks.display_size(source) {
            self.video_size = size;
            out.fire_at_element("resize");
        }
        out.fire_at_element("loadedmetadata");
        self.send_selection(out);
        if let Some(start) = self.seeking.take_default_playback_start_position() {
            self.seek(start, source, out);
        }
    }

    /// What the buffers and the clock say about the current position once the data plane stands there.
    pub(super) fn available_data(&self, source: &MediaSource) -> ReadyState {
        let buffered = source.element_buffered();
        let position = self.position();
        let is_at_end = buffered.end().is_some_and(|end| position >= end);
        if is_at_end && source.is_ended() {
            return ReadyState::HaveEnoughData;
        }
        if is_at_end || self.timeline.is_stalled() {
            return ReadyState::HaveCurrentData;
        }
        match playable_until(&buffered, position, self.gaps) {
            None => ReadyState::HaveMetadata,
            Some(end) if end - position >= ENOUGH => ReadyState::HaveEnoughData,
            Some(end) if source.is_ended() && buffered.end() == Some(end) => ReadyState::HaveEnoughData,
            Some(_) => ReadyState::HaveFutureData,
        }
    }

    /// HTML § 4.8.11.7: changes `readyState` and queues the events of the change. Not for `HAVE_NOTHING`.
    pub(super) fn set_ready_state(&mut self, new: ReadyState, out: &mut Output) {
        use ReadyState::{HaveCurrentData, HaveEnoughData, HaveFutureData};
        let old = self.ready_state;
        if old == new {
            return;
        }
        let was_potentially_playing = self.is_potentially_playing();
        self.ready_state = new;
        if was_potentially_playing && new <= HaveCurrentData {
            if !self.seeking.is_seeking() {
                self.fire_timeupdate(out);
            }
            out.fire_at_element("waiting");
        }
        if new >= HaveCurrentData && !self.has_fired_loadeddata {
            self.has_fired_loadeddata = true;
            out.fire_at_element("loadeddata");
        }
        if new >= HaveFutureData && old <= HaveCurrentData {
            out.fire_at_element("canplay");
            if self.is_potentially_playing() {
                self.notify_about_playing(out);
            }
        }
        if new == HaveEnoughData {
            self.autoplay(out);
            out.fire_at_element("canplaythrough");
        }
    }
}
