//! The initialization segment: `EBML`, then a `Segment` that begins with `Info` and `Tracks`.

use super::WebMDemuxer;
use super::ebml::ElementHeader;
use super::ids::ElementId;
use super::segment::Info;
use super::track_state::TrackState;
use super::tracks::ReadTracks;
use crate::container::{ContainerError, DemuxEvent, ErrorClass, InitSegment};

/// An initialization segment that is not complete.
#[derive(Debug, Default)]
pub(super) struct PendingInit {
    /// Of its `EBML` element.
    pub(super) offset: u64,
    /// Where its `Segment` ends; `None` where that is not known, or it has not begun.
    pub(super) segment_end: Option<u64>,
    pub(super) has_segment: bool,
    pub(super) info: Option<Info>,
    pub(super) tracks: Option<ReadTracks>,
}

/// What an initialization segment said, and where its tracks stand.
#[derive(Debug)]
pub(super) struct Movie {
    pub(super) info: Info,
    pub(super) tracks: Vec<TrackState>,
    /// The numbers of tracks that are not played.
    pub(super) ignored: Vec<u64>,
}

impl WebMDemuxer {
    pub(super) fn enter_segment(&mut self, header: ElementHeader) -> Result<Option<usize>, ContainerError> {
        let is_first = self.init.as_ref().is_some_and(|init| !init.has_segment);
        // DEVIATION: only when strict. Nothing but the DocType is lost without a header.
        if !is_first && self.is_strict() {
            return Err(self.error(ErrorClass::Malformed, header.id, "has no EBML header before it"));
        }
        let end = header
            .size
            .and_then(|size| self.data_offset(header).checked_add(size));
        let offset = match &self.init {
            Some(init) if is_first => init.offset,
            _ => self.cursor,
        };
        self.init = Some(PendingInit {
            offset,
            segment_end: end,
            has_segment: true,
            ..PendingInit::default()
        });
        Ok(self.enter(header))
    }

    /// Goes on with what is inside the element at the cursor.
    pub(super) fn enter(&mut self, header: ElementHeader) -> Option<usize> {
        self.cursor = self.data_offset(header);
        self.trim();
        Some(header.length as usize)
    }

    /// All of the initialization segment is there.
    // As with `read_tracks`.
    #[inline(never)]
    pub(super) fn complete_init(&mut self) {
        let Some(PendingInit {
            info: Some(info),
            tracks: Some(tracks),
            ..
        }) = self.init.take()
        else {
            return;
        };
        self.events.push_back(DemuxEvent::InitSegment(InitSegment {
            duration: info.duration,
            tracks: tracks.segment_tracks,
        }));
        self.movie = Some(Movie {
            info,
            tracks: tracks.tracks,
            ignored: tracks.ignored,
        });
    }

    /// Another initialization segment begins before the last one was complete.
    pub(super) fn abandon_init(&mut self, id: ElementId) -> Result<(), ContainerError> {
        match self.init.take() {
            // DEVIATION: only when strict. A recording may have been cut off there and begun anew.
            Some(init) if self.is_strict() => Err(self.error(
                ErrorClass::Malformed,
                id,
                format!(
                    "begins before the initialization segment at byte {} has had its Info and Tracks",
                    init.offset
                ),
            )),
            _ => Ok(()),
        }
    }
}
