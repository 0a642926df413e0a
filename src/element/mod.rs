//! The media element's state while a MediaSource is attached to it (HTML § 4.8.11): what its attributes say, which
//! events follow which change, and what the data plane is told.
//!
//! The order of events is that of Chromium's native Media Source Extensions, which the standard leaves open in places.

mod playback;
mod ready_state;
mod seeking;
mod timeline;
mod tracks;

pub use playback::PlayNumber;
pub use ready_state::ReadyState;
pub use tracks::{MediaTrack, TrackNumber};

use crate::control_plane::output::Output;
use crate::mse::MediaSource;
use crate::playback::gap_policy::Gaps;
use crate::protocol::{Command, Statistics, Tolerance, WallTime};
use crate::short_queue::ShortQueue;
use playback::Playback;
use seeking::Seeking;
use timeline::Timeline;
use tracks::Tracks;

/// `HTMLMediaElement.networkState` of an element with a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NetworkState {
    /// `NETWORK_IDLE`: nothing more is expected.
    Idle = 1,
    /// `NETWORK_LOADING`: more data may come.
    Loading = 2,
    /// `NETWORK_NO_SOURCE`: the resource cannot be used.
    NoSource = 3,
}

/// `MediaError.code`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorCode {
    /// `MEDIA_ERR_NETWORK`.
    Network = 2,
    /// `MEDIA_ERR_DECODE`.
    Decode = 3,
    /// `MEDIA_ERR_SRC_NOT_SUPPORTED`.
    SrcNotSupported = 4,
}

/// The state of an element that a MediaSource is attached to.
///
/// Most methods take the source, which knows the buffers and the duration, and the [`Output`] that consequences go to.
/// After every call that may change whether playback should run, [`send_playback`](Self::send_playback) tells the data
/// plane.
#[derive(Debug)]
pub struct MediaElement {
    ready_state: ReadyState,
    network_state: NetworkState,
    error: Option<(ErrorCode, String)>,
    /// A `<source>` named the source: there may be another one.
    is_candidate: bool,
    /// Since when the source is unusable; it is closed a little later.
    gives_up_source: Option<WallTime>,
    has_fired_loadeddata: bool,
    video_size: (u32, u32),
    playback: Playback,
    seeking: Seeking,
    timeline: Timeline,
    tracks: Tracks,
    statistics: Statistics,
    gaps: Gaps,
    /// Of the "mse-polyfill:decodeerror" tasks that are queued.
    skipped_errors: ShortQueue<String>,
}

impl MediaElement {
    /// As it is when the source has just been attached.
    pub fn new() -> Self {
        Self {
            ready_state: ReadyState::HaveNothing,
            network_state: NetworkState::Loading,
            error: None,
            is_candidate: false,
            gives_up_source: None,
            has_fired_loadeddata: false,
            video_size: (0, 0),
            playback: Playback::new(),
            seeking: Seeking::default(),
            timeline: Timeline::default(),
            tracks: Tracks::default(),
            statistics: Statistics::default(),
            gaps: Gaps::default(),
            skipped_errors: ShortQueue::new(),
        }
    }

    /// `readyState`.
    pub fn ready_state(&self) -> ReadyState {
        self.ready_state
    }

    /// `networkState`.
    pub fn network_state(&self) -> NetworkState {
        self.network_state
    }

    /// `error.code`.
    pub fn error(&self) -> Option<ErrorCode> {
        self.error.as_ref().map(|(code, _)| *code)
    }

    /// `error.message`, empty when there is no error.
    pub fn error_message(&self) -> &str {
        self.error.as_ref().map_or("", |(_, message)| message)
    }

    /// `videoWidth` and `videoHeight` in CSS pixels.
    pub fn video_size(&self) -> (u32, u32) {
        self.video_size
    }

    /// What became of the frames so far.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// The data plane counted.
    pub fn set_statistics(&mut self, statistics: Statistics) {
        self.statistics = statistics;
    }

    /// What playback passes over from now on.
    pub fn set_tolerance(&mut self, tolerance: Tolerance, out: &mut Output) {
        self.gaps = tolerance.gaps;
        out.command(Command::SetTolerance { tolerance });
    }

    /// Which holes playback passes over.
    pub fn gaps(&self) -> Gaps {
        self.gaps
    }

    /// Something could not be decoded; playback goes on behind it.
    pub fn decode_error_skipped(&mut self, message: String, out: &mut Output) {
        self.skipped_errors.push_back(message);
        out.fire_at_element("mse-polyfill:decodeerror");
    }

    /// What the oldest queued `mse-polyfill:decodeerror` event tells.
    pub fn take_skipped_error(&mut self) -> Option<String> {
        self.skipped_errors.pop_front()
    }

    /// The picture now shown is of another size.
    pub fn video_resized(&mut self, width: u32, height: u32, out: &mut Output) {
        if self.ready_state >= ReadyState::HaveMetadata && self.video_size != (width, height) {
            self.video_size = (width, height);
            out.fire_at_element("resize");
        }
    }

    /// A `<source>` named the source. Found unusable from the start, it is given up for the next one, and nothing happens to the
    /// element but an event `mse-polyfill:candidateerror`.
    pub fn set_candidate(&mut self) {
        self.is_candidate = true;
    }

    /// The steps of HTML § 4.8.11.5 that MSE § 2.4.7 calls: what was fetched is unusable from here on, or from the start.
    /// Only the first error counts.
    pub fn fail(&mut self, code: ErrorCode, message: &str, out: &mut Output) {
        if self.error.is_some() {
            return;
        }
        if self.ready_state == ReadyState::HaveNothing && self.is_candidate {
            // Failed with elements: the page looks for another one, and plays stay pending.
            out.fire_at_element("mse-polyfill:candidateerror");
        } else if self.ready_state == ReadyState::HaveNothing {
            // The dedicated media source failure steps.
            self.error = Some((ErrorCode::SrcNotSupported, message.to_owned()));
            self.network_state = NetworkState::NoSource;
            out.fire_at_element("error");
            self.reject_pending_play_promises("NotSupportedError", out);
            self.gives_up_source = Some(self.timeline.now());
        } else {
            self.error = Some((code, message.to_owned()));
            self.network_state = NetworkState::Idle;
            out.fire_at_element("error");
            self.internal_pause("AbortError", out);
        }
    }

    /// Whether the source was found unusable and is to be closed, as Chromium does: not before the tasks of the error
    /// have had their turn.
    pub fn gives_up_source(&self, now: WallTime) -> bool {
        self.gives_up_source.is_some_and(|since| now > since)
    }

    /// Closes it.
    pub fn give_up_source(&mut self, source: &mut MediaSource, out: &mut Output) {
        self.gives_up_source = None;
        source.detach(self, out);
        self.internal_pause("AbortError", out);
    }

    /// The element is given up: HTML § 4.8.11.5, the media element load algorithm, as far as promises are concerned.
    pub fn detach(&mut self, out: &mut Output) {
        self.gives_up_source = None;
        self.reject_pending_play_promises("AbortError", out);
    }
}

impl Default for MediaElement {
    fn default() -> Self {
        Self::new()
    }
}
