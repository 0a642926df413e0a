//! The audio and video tracks of a media element (HTML § 4.8.11.10, MSE § 3.5.7) and which of them play.

use super::{MediaElement, ReadyState};
use crate::container::TrackKind;
use crate::control_plane::output::Output;
use crate::mse::MediaSource;
use crate::protocol::{Command, SourceBufferId, TrackInfo};

/// Identifies a track for as long as its MediaSource is attached; never used again. Written in decimal it is the `id` of
/// its AudioTrack or VideoTrack.
pub type TrackNumber = u32;

/// A SourceBuffer and the number that its container gives one of its tracks.
type TrackName = (SourceBufferId, u32);

/// An AudioTrack or a VideoTrack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MediaTrack {
    /// Its name.
    pub number: TrackNumber,
    /// `sourceBuffer`.
    pub source_buffer: SourceBufferId,
    /// Which of the two it is.
    pub kind: TrackKind,
    /// `kind`, such as `main`; may be empty.
    pub html_kind: String,
    /// `label`; may be empty.
    pub label: String,
    /// `language`, BCP 47; empty when undetermined.
    pub language: String,
    /// `enabled` or `selected`.
    pub is_active: bool,
    /// The container's number.
    id: u32,
}

/// The tracks of all SourceBuffers, in the order in which they appeared.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    list: Vec<MediaTrack>,
    last_number: TrackNumber,
    /// What the data plane was told of last: video, then audio.
    sent: (Option<TrackName>, Option<TrackName>),
}

impl Tracks {
    /// DEVIATION: HTML mixes the sound of all enabled tracks. The first of them is what is heard here.
    #[inline(never)]
    fn playing(&self, kind: TrackKind) -> Option<TrackName> {
        let track = self
            .list
            .iter()
            .find(|track| track.kind == kind && track.is_active)?;
        Some((track.source_buffer, track.id))
    }

    /// The size to show the selected video at, as its initialization segment says.
    pub(super) fn display_size(&self, source: &MediaSource) -> Option<(u32, u32)> {
        let (id, number) = self.playing(TrackKind::Video)?;
        let buffer = source.source_buffer(id).ok()?;
        let track = buffer.tracks().iter().find(|track| track.id == number)?;
        Some(track.display_size)
    }
}

impl MediaElement {
    /// `audioTracks` and `videoTracks` in one, each in order. The lists of a SourceBuffer are those of its tracks.
    pub fn tracks(&self) -> &[MediaTrack] {
        &self.tracks.list
    }

    /// Whether a track of this SourceBuffer is enabled or selected.
    pub fn has_active_track(&self, id: SourceBufferId) -> bool {
        let mut tracks = self.tracks.list.iter();
        tracks.any(|track| track.source_buffer == id && track.is_active)
    }

    /// MSE § 3.5.7, step 5.2 to 5.3: the first initialization segment of a SourceBuffer brought these tracks.
    ///
    /// DEVIATION: the specification enables the first audio track and selects the first video track of every
    /// SourceBuffer. That would mix sounds and show one of several pictures, so here it is the first of all while none of
    /// its kind plays.
    pub fn tracks_received(&mut self, id: SourceBufferId, tracks: &[TrackInfo], out: &mut Output) {
        for kind in [TrackKind::Audio, TrackKind::Video] {
            for track in tracks.iter().filter(|track| track.kind == kind) {
                self.tracks.last_number += 1;
                let number = self.tracks.last_number;
                let is_active = self.tracks.playing(kind).is_none();
                self.tracks.list.push(MediaTrack {
                    number,
                    source_buffer: id,
                    kind,
                    html_kind: track.html_kind.clone(),
                    label: track.label.clone(),
                    language: track.language.clone(),
                    is_active,
                    id: track.id,
                });
                out.fire_at_source_buffer_tracks(number, "addtrack");
                out.fire_at_element_tracks(number, "addtrack");
            }
        }
    }

    /// MSE § 2.2, `removeSourceBuffer` steps 4 to 9: the tracks of a SourceBuffer leave their lists.
    ///
    /// DEVIATION: HTML § 4.8.11.5 lets tracks go without events when a resource is given up. Browsers fire them then
    /// too, at the lists of the SourceBuffer and of the element.
    pub fn remove_tracks(&mut self, id: SourceBufferId, out: &mut Output) {
        while let Some(index) = self
            .tracks
            .list
            .iter()
            .position(|track| track.source_buffer == id)
        {
            let track = self.tracks.list.remove(index);
            out.fire_at_source_buffer_tracks(track.number, "removetrack");
            if track.is_active {
                out.fire_at_source_buffer_tracks(track.number, "change");
            }
            out.fire_at_element_tracks(track.number, "removetrack");
            if track.is_active {
                out.fire_at_element_tracks(track.number, "change");
            }
        }
    }

    /// `AudioTrack.enabled` and `VideoTrack.selected` setters (HTML § 4.8.11.10.1). Tracks that are gone are passed over.
    pub fn set_track_active(
        &mut self,
        number: TrackNumber,
        is_active: bool,
        source: &mut MediaSource,
        out: &mut Output,
    ) {
        let Some(track) = self.tracks.list.iter_mut().find(|track| track.number == number) else {
            return;
        };
        if track.is_active == is_active {
            return;
        }
        track.is_active = is_active;
        let (kind, owner) = (track.kind, track.source_buffer);
        out.fire_at_element_tracks(number, "change");
        out.fire_at_source_buffer_tracks(number, "change");
        if kind == TrackKind::Video && is_active {
            for other in &mut self.tracks.list {
                if other.kind == kind && other.number != number && other.is_active {
                    other.is_active = false;
                    if other.source_buffer != owner {
                        out.fire_at_source_buffer_tracks(other.number, "change");
                    }
                }
            }
        }
        source.active_tracks_changed(self, out);
        self.media_data_changed(source);
        let has_data = self.available_data(source) > ReadyState::HaveCurrentData;
        if kind == TrackKind::Audio && self.tracks.sent.0.is_some() && has_data {
            // It joins the picture, which need not wait for it.
            self.send_selection(out);
        } else {
            self.selection_changed(out);
        }
        if self.ready_state > ReadyState::HaveMetadata {
            self.data_lost(source, out);
        }
        self.update_ready_state(source, out);
    }

    /// A SourceBuffer is gone, and its tracks with it. No other track takes their place before the page adds one.
    pub fn source_buffer_removed(&mut self, source: &MediaSource, out: &mut Output) {
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
        let before = self.tracks.sent;
        self.send_selection(out);
        let (video, audio) = self.tracks.sent;
        if (before.0.is_none() && video.is_some()) || (before.1.is_none() && audio.is_some()) {
            self.reposition(out);
        }
    }

    pub(super) fn send_selection(&mut self, out: &mut Output) {
        let video = self.tracks.playing(TrackKind::Video);
        let audio = self.tracks.playing(TrackKind::Audio);
        if self.tracks.sent != (video, audio) {
            self.tracks.sent = (video, audio);
            out.command(Command::SelectTracks { video, audio });
        }
    }
}
