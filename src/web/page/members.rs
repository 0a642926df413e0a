//! The members of MediaSource, SourceBuffer and HTMLMediaElement, a few calls for all of them: each export of its own would
//! be a hundred bytes of code, here and in JavaScript. `js/src/control_plane.ts` makes a method of each name.

use wasm_bindgen::prelude::*;

use super::ControlPlane;
use crate::container::{Strictness, TrackKind};
use crate::control_plane::halves::Change;
use crate::mse::{ChunksAppend, EndOfStreamError, Exception};
use crate::playback::gap_policy::Gaps;
use crate::protocol::{AppendMode, Event, Quota, Tolerance, WallTime};
use crate::time::MediaTime;

/// Names for JavaScript, which passes their numbers: as an argument, wasm-bindgen would compare an enum with all of its variants.
macro_rules! numbered {
    ($(#[$doc:meta])* enum $name:ident {
        $(#[$first_doc:meta])* $first:ident, $($(#[$variant_doc:meta])* $variant:ident,)*
    }) => {
        $(#[$doc])*
        #[wasm_bindgen]
        #[derive(Clone, Copy, Debug)]
        pub enum $name {
            $(#[$first_doc])* $first,
            $($(#[$variant_doc])* $variant,)*
        }

        impl From<u32> for $name {
            fn from(number: u32) -> Self {
                const ALL: &[$name] = &[$name::$first, $($name::$variant),*];
                ALL.get(number as usize).copied().unwrap_or(Self::$first)
            }
        }
    };
}

numbered! {
    /// What [`ControlPlane::call`] does, with the arguments as they are named here. `id` is a SourceBuffer's, `now` wall time.
    /// What is true or false is first, as far as [`Updating`](Self::Updating).
    enum Call {
        /// Of the element.
        Paused,
        /// Of the element.
        Ended,
        /// Of the element.
        Seeking,
        /// Of the element.
        PreservesPitch,
        /// Of a ManagedMediaSource.
        Streaming,
        /// `id`
        Updating,
        /// Of the source and of the element.
        Duration,
        /// `value`
        SetDuration,
        /// `id`
        RemoveSourceBuffer,
        /// `start`, `end`
        SetLiveSeekableRange,
        /// Nothing.
        ClearLiveSeekableRange,
        /// How many bytes a SourceBuffer with video and one with sound alone may hold.
        SetQuota,
        /// Whether the byte streams of SourceBuffers to come are refused where the specification refuses them.
        SetStrict,
        /// The longest holes that playback passes over, in seconds: before the first data, and between data. And whether it
        /// goes on behind what cannot be decoded.
        SetTolerance,
        /// A `<source>` named the source.
        SetCandidate,
        /// The source is a ManagedMediaSource.
        Manage,
        /// The element is given up.
        Detach,
        /// `id`
        TimestampOffset,
        /// `id`, `value`
        SetTimestampOffset,
        /// `id`
        AppendWindowStart,
        /// `id`, `value`
        SetAppendWindowStart,
        /// `id`
        AppendWindowEnd,
        /// `id`, `value`
        SetAppendWindowEnd,
        /// `id`, `byteLength`: the bytes are to go beside the commands that `takeCommands` gives next.
        AppendBuffer,
        /// `id`, `byteLength` and the sum of `HAS_AUDIO`, `HAS_VIDEO` and `LACKS_DURATION`. The number given back names
        /// the promise in the task that settles it. The chunks are to go beside the commands that `takeCommands` gives next.
        AppendEncodedChunks,
        /// `id`
        Abort,
        /// `id`, `start`, `end`
        Remove,
        /// `now`
        CurrentTime,
        /// `value`, `now`
        SetCurrentTime,
        /// `now`; the number given back names the promise in the task that settles it.
        Play,
        /// `now`
        Pause,
        /// `now`: the browser refused to play.
        PlayRefused,
        /// `HTMLMediaElement.readyState`.
        ElementReadyState,
        /// Of the element.
        NetworkState,
        /// `error.code`, 0 for none.
        ErrorCode,
        /// Of the element.
        PlaybackRate,
        /// `value`
        SetPlaybackRate,
        /// Of the element.
        DefaultPlaybackRate,
        /// `value`
        SetDefaultPlaybackRate,
        /// Whether it does.
        SetPreservesPitch,
        /// Whether the element has the attribute `loop`.
        SetLoop,
        /// Whether the element has the attribute `autoplay`.
        SetAutoplay,
        /// Of the element.
        VideoWidth,
        /// Of the element.
        VideoHeight,
        /// A track's number, and whether it is enabled or selected.
        SetTrackActive,
        /// `now`: looks at the time.
        Tick,
    }
}

/// There are EncodedAudioChunks.
const HAS_AUDIO: u32 = 1;
/// There are EncodedVideoChunks.
const HAS_VIDEO: u32 = 2;
/// One of those has no `duration`.
const LACKS_DURATION: u32 = 4;

numbered! {
    /// What [`ControlPlane::say`] does, with the `id` of a SourceBuffer and with a text.
    enum Say {
        /// No `id` and a media type; gives back the new id.
        AddSourceBuffer,
        /// `id` and a media type.
        ChangeType,
        /// `id` and `mode`. As in Web IDL, other strings than the two modes are ignored.
        SetMode,
        /// No `id`, and "network" or "decode", or nothing for no error.
        EndOfStream,
    }
}

numbered! {
    /// What [`ControlPlane::list`] tells. Ranges are start and end of each, in turn.
    enum List {
        /// `HTMLMediaElement.buffered`.
        ElementBuffered,
        /// Of the element.
        Seekable,
        /// Of the element, with `now`.
        Played,
        /// `id`
        BufferedOf,
        /// Ids in order.
        SourceBuffers,
        /// Ids in order.
        ActiveSourceBuffers,
        /// Pictures decoded, shown and dropped, and bytes given to the decoders of pictures and of sound.
        Statistics,
        /// The tracks of the element: of each in turn its number, its SourceBuffer, whether it is enabled or selected, and
        /// whether it is of sound.
        Tracks,
        /// What the oldest "bufferedchange" task of this SourceBuffer tells: the ranges that were added, and those that were
        /// removed, with a NaN between them.
        TakeBufferedChange,
        /// Tasks for the page since the last call: target, id and type of each, in turn. Target and type are numbers that
        /// `taskName` knows, because a string costs more than all else that crosses.
        TakeTasks,
    }
}

numbered! {
    /// What [`ControlPlane::hear`] takes, one behind the other, with wall time.
    enum Hear {
        /// Events of the data plane. It looks at the time, too.
        Receive,
        /// What `takeMirrored` gave in the other half.
        Replay,
    }
}

numbered! {
    /// What [`ControlPlane::bytes`] gives, of what has come since the last call, one behind the other.
    enum Bytes {
        /// Of one half: what the other half is to replay, before the data plane gets the commands.
        TakeMirrored,
        /// Commands for the data plane. At most one of them is an append.
        TakeCommands,
    }
}

numbered! {
    /// What [`ControlPlane::text`] tells.
    enum Text {
        /// `MediaSource.readyState`.
        ReadyState,
        /// `error.message`, empty for none.
        ErrorMessage,
        /// `id`
        Mode,
        /// `id`: what the last failed append of this SourceBuffer said, or nothing.
        LastError,
        /// What the oldest "mse-polyfill:decodeerror" task tells.
        TakeDecodeError,
        /// What a target or a type of `takeTasks` is called; the same for as long as this lives.
        TaskName,
        /// `kind` of a track; nothing of one that is gone.
        TrackKind,
        /// The same of `label`.
        TrackLabel,
        /// The same of `language`.
        TrackLanguage,
    }
}

#[wasm_bindgen]
impl ControlPlane {
    /// What takes numbers and gives one, or nothing: 0.
    pub fn call(&mut self, what: u32, a: f64, b: f64, c: f64) -> Result<f64, Box<Exception>> {
        let mut number = 0.0;
        self.answer(Call::from(what), [a, b, c], &mut number)?;
        Ok(number)
    }

    /// What takes a text.
    pub fn say(&mut self, what: u32, id: u32, text: &str) -> Result<u32, Box<Exception>> {
        match Say::from(what) {
            Say::AddSourceBuffer => return self.inner.add_source_buffer(text),
            Say::ChangeType => self.inner.change_type(id, text)?,
            Say::SetMode => match text {
                "segments" => self.inner.set_mode(id, AppendMode::Segments)?,
                "sequence" => self.inner.set_mode(id, AppendMode::Sequence)?,
                _ => {}
            },
            Say::EndOfStream => self.inner.end_of_stream(match text {
                "network" => Some(EndOfStreamError::Network),
                "decode" => Some(EndOfStreamError::Decode),
                _ => None,
            })?,
        }
        Ok(0)
    }

    /// What is a list of numbers; `of` is the `id` of a SourceBuffer, or `now`.
    pub fn list(&mut self, what: u32, of: f64) -> Result<Vec<f64>, Box<Exception>> {
        let mut numbers = Vec::new();
        self.add_list(List::from(what), of, &mut numbers)?;
        Ok(numbers)
    }

    /// What is a text; `of` is the number of what it tells of.
    pub fn text(&mut self, what: u32, of: u32) -> Result<String, Box<Exception>> {
        let what = Text::from(what);
        let plane = &mut self.inner;
        let text = match what {
            Text::ReadyState => plane.source().ready_state().as_str(),
            Text::ErrorMessage => plane.element().error_message(),
            Text::Mode => match plane.source_buffer(of)?.mode() {
                AppendMode::Segments => "segments",
                AppendMode::Sequence => "sequence",
            },
            Text::LastError => plane.source_buffer(of)?.last_error(),
            Text::TakeDecodeError => return Ok(plane.take_skipped_error().unwrap_or_default()),
            Text::TaskName => self.names.get(of as usize).copied().unwrap_or_default(),
            Text::TrackKind | Text::TrackLabel | Text::TrackLanguage => {
                let mut tracks = plane.element().tracks().iter();
                tracks
                    .find(|track| track.number == of)
                    .map_or("", |track| match what {
                        Text::TrackKind => &track.html_kind,
                        Text::TrackLabel => &track.label,
                        _ => &track.language,
                    })
            }
        };
        Ok(text.to_owned())
    }

    /// What takes messages.
    pub fn hear(&mut self, what: u32, mut messages: &[u8], now: WallTime) -> Result<(), Box<Exception>> {
        let what = Hear::from(what);
        while !messages.is_empty() {
            match what {
                Hear::Receive => self.inner.receive(Event::read_from(&mut messages)?, now),
                Hear::Replay => self.inner.replay(Change::read_from(&mut messages)?, now),
            }
        }
        if let Hear::Receive = what {
            self.inner.tick(now);
        }
        Ok(())
    }

    /// What gives messages.
    pub fn bytes(&mut self, what: u32) -> Vec<u8> {
        match Bytes::from(what) {
            Bytes::TakeMirrored => self.inner.take_mirrored(),
            Bytes::TakeCommands => self.inner.take_commands(),
        }
    }
}

impl ControlPlane {
    #[inline(never)]
    fn answer(&mut self, what: Call, [a, b, c]: [f64; 3], number: &mut f64) -> Result<(), Box<Exception>> {
        // A float to integer cast saturates and sends NaN to zero.
        let id = a as u32;
        let (is_a, is_b) = (a != 0.0, b != 0.0);
        let plane = &mut self.inner;
        match what {
            Call::Paused => *number = plane.element().paused().into(),
            Call::Ended => *number = plane.element().ended().into(),
            Call::Seeking => *number = plane.element().seeking().into(),
            Call::PreservesPitch => *number = plane.element().preserves_pitch().into(),
            Call::Streaming => *number = plane.source().streaming().into(),
            Call::Updating => *number = plane.source_buffer(id)?.updating().into(),
            Call::Duration => *number = plane.source().duration(),
            Call::SetDuration => return plane.set_duration(a),
            Call::RemoveSourceBuffer => return plane.remove_source_buffer(id),
            Call::SetLiveSeekableRange => return plane.set_live_seekable_range(a, b),
            Call::ClearLiveSeekableRange => return plane.clear_live_seekable_range(),
            Call::SetQuota => plane.set_quota(Quota {
                video: a as u64,
                audio: b as u64,
            }),
            Call::SetStrict if is_a => plane.set_strictness(Strictness::Strict),
            Call::SetStrict => plane.set_strictness(Strictness::Lenient),
            Call::SetTolerance => plane.set_tolerance(Tolerance {
                gaps: Gaps {
                    start: MediaTime::from_seconds(a),
                    between: MediaTime::from_seconds(b),
                },
                skips_errors: c != 0.0,
            }),
            Call::SetCandidate => plane.set_candidate(),
            Call::Manage => plane.manage(),
            Call::Detach => plane.detach(),
            Call::TimestampOffset => *number = plane.source_buffer(id)?.timestamp_offset(),
            Call::SetTimestampOffset => return plane.set_timestamp_offset(id, b),
            Call::AppendWindowStart => *number = plane.source_buffer(id)?.append_window_start(),
            Call::SetAppendWindowStart => return plane.set_append_window_start(id, b),
            Call::AppendWindowEnd => *number = plane.source_buffer(id)?.append_window_end(),
            Call::SetAppendWindowEnd => return plane.set_append_window_end(id, b),
            Call::AppendBuffer => return plane.append_buffer(id, b as u64),
            Call::AppendEncodedChunks => {
                let facts = c as u32;
                let chunks = ChunksAppend {
                    byte_length: b as u64,
                    has_audio: facts & HAS_AUDIO != 0,
                    has_video: facts & HAS_VIDEO != 0,
                    lacks_duration: facts & LACKS_DURATION != 0,
                };
                *number = f64::from(plane.append_encoded_chunks(id, &chunks)?);
            }
            Call::Abort => return plane.abort(id),
            Call::Remove => return plane.remove(id, b, c),
            Call::CurrentTime => *number = plane.element().current_time(a),
            Call::SetCurrentTime => return plane.set_current_time(a, b),
            Call::Play => *number = f64::from(plane.play(a)),
            Call::Pause => plane.pause(a),
            Call::PlayRefused => plane.play_refused(a),
            Call::ElementReadyState => *number = f64::from(plane.element().ready_state() as u32),
            Call::NetworkState => *number = f64::from(plane.element().network_state() as u32),
            Call::ErrorCode => {
                let code = plane.element().error();
                *number = f64::from(code.map_or(0, |code| code as u32));
            }
            Call::PlaybackRate => *number = plane.element().playback_rate(),
            Call::SetPlaybackRate => return plane.set_playback_rate(a),
            Call::DefaultPlaybackRate => *number = plane.element().default_playback_rate(),
            Call::SetDefaultPlaybackRate => return plane.set_default_playback_rate(a),
            Call::SetPreservesPitch => plane.set_preserves_pitch(is_a),
            Call::SetLoop => plane.set_loop(is_a),
            Call::SetAutoplay => plane.set_autoplay(is_a),
            Call::VideoWidth => *number = f64::from(plane.element().video_size().0),
            Call::VideoHeight => *number = f64::from(plane.element().video_size().1),
            Call::SetTrackActive => plane.set_track_active(id, is_b),
            Call::Tick => plane.tick(a),
        }
        Ok(())
    }

    #[inline(never)]
    fn add_list(&mut self, what: List, of: f64, numbers: &mut Vec<f64>) -> Result<(), Box<Exception>> {
        let id = of as u32;
        let source = self.inner.source();
        let element = self.inner.element();
        match what {
            List::ElementBuffered => source.element_buffered().add_seconds_to(numbers),
            List::Seekable => {
                if let Some((start, end)) = source.element_seekable() {
                    numbers.push(start);
                    numbers.push(end);
                }
            }
            List::Played => element.played(of).add_seconds_to(numbers),
            List::BufferedOf => self.inner.buffered_of(id)?.add_seconds_to(numbers),
            List::SourceBuffers | List::ActiveSourceBuffers => {
                for buffer in source.source_buffers() {
                    if buffer.is_active() || matches!(what, List::SourceBuffers) {
                        numbers.push(buffer.id().into());
                    }
                }
            }
            List::Statistics => {
                let statistics = element.statistics();
                numbers.extend_from_slice(&[
                    f64::from(statistics.decoded_video_frames),
                    f64::from(statistics.presented_video_frames),
                    f64::from(statistics.dropped_video_frames),
                    statistics.video_bytes as f64,
                    statistics.audio_bytes as f64,
                ]);
            }
            List::Tracks => {
                for track in element.tracks() {
                    numbers.push(track.number.into());
                    numbers.push(track.source_buffer.into());
                    numbers.push(track.is_active.into());
                    numbers.push((track.kind == TrackKind::Audio).into());
                }
            }
            List::TakeBufferedChange => {
                let change = self.inner.take_buffered_change(id).unwrap_or_default();
                change.added.add_seconds_to(numbers);
                numbers.push(f64::NAN);
                change.removed.add_seconds_to(numbers);
            }
            List::TakeTasks => {
                for task in self.inner.take_tasks() {
                    numbers.push(self.number_of(task.target.as_str()));
                    numbers.push(task.id.into());
                    numbers.push(self.number_of(task.kind));
                }
            }
        }
        Ok(())
    }

    fn number_of(&mut self, name: &'static str) -> f64 {
        let known = self.names.iter().position(|known| *known == name);
        let index = known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        index as f64
    }
}
