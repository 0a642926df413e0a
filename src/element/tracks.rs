//! Which tracks play: the first of each kind, over all SourceBuffers in the order in which they appear.

use super::{MediaElement, ReadyState};
use crate::container::TrackKind;
use crate::control_plane::output::Output;
use crate::mse::MediaSource;
use crate::protocol::{Command, SourceBufferId, TrackInfo};

/// A SourceBuffer and the number of one of its tracks.
type TrackName = (SourceBufferId, u32);

/// The enabled audio track and the selected video track.
#[derive(Debug, Default)]
pub(super) struct Selection {
    video: Option<TrackName>,
    audio: Option<TrackName>,
    /// What the data plane was told of last.
    sent: (Option<TrackName>, Option<TrackName>),
}

impl Selection {
    fn of_kind(&mut self, kind: TrackKind) -> &mut Option<TrackName> {
        match kind {
            TrackKind::Video => &mut self.video,
            TrackKind::Audio => &mut self.audio,
        }
    }

    /// The size to show the selected video at, as its initialization segment says.
    pub(super) fn display_size(&self, source: &MediaSource) -> Option<(u32, u32)> {
        let (id, number) = self.video?;
        let buffer = source.source_buffer(id).ok()?;
        let track = buffer.tracks().iter().find(|track| track.id == number)?;
        Some(track.display_size)
    }
}

impl MediaElement {
    /// A SourceBuffer has these tracks, in place of those it had. Returns whether one of them plays.
    pub fn tracks_received(&mut self, id: SourceBufferId, tracks: &[TrackInfo]) -> bool {
        let mut plays = false;
        for kind in [TrackKind::Video, TrackKind::Audio] {
            let selected = self.selection.of_kind(kind);
            if selected.is_none_or(|(owner, _)| owner == id) {
                *selected = tracks
                    .iter()
                    .find(|track| track.kind == kind)
                    .map(|track| (id, track.id));
                plays |= selected.is_some();
            }
        }
        plays
    }

    /// A SourceBuffer and its tracks are gone. No other track takes their place before the page adds one.
    pub fn source_buffer_removed(&mut self, id: SourceBufferId, source: &MediaSource, out: &mut Output) {
        for kind in [TrackKind::Video, TrackKind::Audio] {
            let selected = self.selection.of_kind(kind);
            if selected.is_some_and(|(owner, _)| owner == id) {
                *selected = None;
            }
        }
        self.media_data_changed(source);
        self.selection_changed(out);
        if self.ready_state > ReadyState::HaveMetadata {
            self.data_lost(source, out);
        }
    }

    /// Tells the data plane when other tracks play than before; MSE § 3.5.7, step 5.4 when one came in addition.
    pub fn selection_changed(&mut self, out: &mut Output) {
        if self.ready_state == ReadyState::HaveNothing {
            // All at once when the metadata are complete, so that no position is shown by half of the tracks.
            return;
        }
        let (video, audio) = self.selection.sent;
        let adds_track = (video.is_none() && self.selection.video.is_some())
            || (audio.is_none() && self.selection.audio.is_some());
        self.send_selection(out);
        if adds_track {
            self.reposition(out);
        }
    }

    pub(super) fn send_selection(&mut self, out: &mut Output) {
        let (video, audio) = (self.selection.video, self.selection.audio);
        if self.selection.sent != (video, audio) {
            self.selection.sent = (video, audio);
            out.command(Command::SelectTracks { video, audio });
        }
    }
}
