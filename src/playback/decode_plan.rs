//! Which frame goes into a decoder next, and which frame a decoder's output is.

use std::sync::Arc;

use super::{EncodedChunk, Platform};
use crate::buffering::{BufferedFrame, FramePosition, FrameSource};
use crate::codec::NalUnits;
use crate::container::{DecoderConfig, TrackKind};
use crate::short_queue::ShortQueue;
use crate::time::MediaTime;

/// Chunks that wait in the decoder's own queue. More would only make a reset slower; fewer would let a decoder that works
/// in parallel idle between two turns of the event loop.
pub(super) const QUEUE_MAX: u32 = 6;

/// Chunks whose output is still to come. H.264 and HEVC hold back up to 16 pictures to reorder them; the rest is what a
/// decoder works on at once. A decoder that gives nothing after so many is not helped by more.
pub(super) const IN_FLIGHT_MAX: usize = 32;

/// A decoder that has failed so often is given up, unless it gave [`RECOVERED`] outputs after one of the failures.
const FAILURES_MAX: u32 = 5;

/// Outputs, a second of pictures, after which failures are forgotten.
const RECOVERED: u32 = 30;

/// How far, in microseconds, an output's timestamp may be off: some decoders keep milliseconds inside.
const TIMESTAMP_SLACK: u64 = 1_000;

/// Sound is decoded from this much before where it is wanted: a frame of AAC or MP3 overlaps with the one before, and an
/// MP3 frame's bits begin in those before; Opus asks for 80 ms (RFC 7845 § 4.6).
pub(super) const SOUND_PREROLL: MediaTime = MediaTime::from_millis(80);

/// A frame that is in the decoder.
#[derive(Clone, Debug)]
pub(super) struct InFlight {
    /// Which frame.
    pub(super) position: FramePosition,
    /// When it is shown.
    pub(super) start: MediaTime,
    /// When it ends (exclusive).
    pub(super) end: MediaTime,
    /// How much of its sound lies before `start`.
    pub(super) trim_start: MediaTime,
    /// How long it is heard, where its sound goes on after `end`, or nothing of it is heard.
    pub(super) cut_to: Option<MediaTime>,
    /// How it is decoded.
    pub(super) config: Arc<DecoderConfig>,
    timestamp: i64,
    /// Counts jumps in the order of decoding; timestamps rise only within one run.
    run: u32,
}

/// Where the next chunk comes from.
#[derive(Clone, Copy)]
enum Cursor {
    /// The random access point for this time.
    RandomAccessPoint(MediaTime),
    /// The frame that follows.
    After(FramePosition),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flush {
    None,
    Running,
    /// The decoder is empty and takes only a key chunk.
    Done,
}

/// Where to begin so that the frame at `time` comes out, or where `time` lies in a hole, the first after it.
fn entry<S: FrameSource + ?Sized>(source: &S, time: MediaTime) -> Option<FramePosition> {
    let after_hole = || {
        let ranges = source.ranges();
        let is_hole = ranges.containing(time).is_none();
        // A hole need not end with a random access point: rounded timestamps leave them between any two frames.
        let next = ranges.following(time).filter(|_| is_hole)?;
        source.random_access_point(next.start)
    };
    source
        .random_access_point(time)
        .or_else(after_hole)
        .or_else(|| source.random_access_point_after(time))
}

/// Where to begin so that the sound at `time` comes out as if all before it had been decoded too. Unlike [`entry`] it
/// does not look across holes.
fn entry_with_preroll<S: FrameSource + ?Sized>(source: &S, time: MediaTime) -> Option<FramePosition> {
    let range = source.ranges().containing(time);
    let from = range.map_or(time, |range| (time - SOUND_PREROLL).max(range.start));
    entry(source, from)
}

/// Whether a decoder gives nothing for the first chunk after its start: a Vorbis packet is completed by the one before
/// (Vorbis I § 4.3.8). Of the file's time that packet takes some milliseconds all the same.
fn is_first_silent(codec: &str) -> bool {
    codec == "vorbis"
}

/// How much of what was cut off the end of a frame is heard all the same: as much as the next one lasts, where that gives
/// nothing.
///
/// Of a packet of Vorbis no decoder makes sound without the one before it, and that is of another stream. What is there
/// instead is the padding of that stream, where the new one was laid over it. Where it was not, the time is silent or, of
/// 3 ms at most, passed over like jitter.
fn more_to_hear<S: FrameSource + ?Sized>(
    source: &S,
    position: FramePosition,
    frame: &BufferedFrame,
) -> MediaTime {
    if frame.trim_end == MediaTime::ZERO {
        return MediaTime::ZERO;
    }
    let next = source.next(position).and_then(|next| source.frame(next));
    let silent = next.filter(|next| {
        next.presentation_timestamp == frame.presentation_end
            && is_first_silent(&next.config.codec)
            && *next.config != *frame.config
    });
    silent.map_or(MediaTime::ZERO, |silent| {
        let lasts = silent.presentation_end - silent.presentation_timestamp;
        frame.trim_end.min(lasts)
    })
}

/// Whether no other picture is decoded from this one. Only H.264 says so where it is cheap to read.
fn is_disposable(frame: &BufferedFrame) -> bool {
    let DecoderConfig {
        codec, description, ..
    } = &*frame.config;
    let avcc = description.as_ref().filter(|_| codec.starts_with("avc"));
    avcc.is_some_and(|avcc| NalUnits::is_disposable_in_avcc(avcc, &frame.data))
}

/// Whether a decoder that was not flushed may go on with this random access point of another place. In H.264 and HEVC only an IDR picture ends
/// the order of the pictures before it; after another one a decoder takes new pictures for old ones and keeps them back.
/// That of HEVC is not looked for.
fn is_clean_start(frame: &BufferedFrame) -> bool {
    let DecoderConfig {
        codec, description, ..
    } = &*frame.config;
    match description {
        Some(avcc) if codec.starts_with("avc") => NalUnits::is_idr_in_avcc(avcc, &frame.data),
        _ => !["avc", "hvc", "hev", "dv"]
            .iter()
            .any(|start| codec.starts_with(start)),
    }
}

/// A decoder's place in a track buffer.
pub(super) struct DecodePlan {
    kind: TrackKind,
    config: Option<Arc<DecoderConfig>>,
    cursor: Cursor,
    in_flight: ShortQueue<InFlight>,
    run: u32,
    /// Outputs of earlier runs are of before the last [`restart`](Self::restart): nobody wants them.
    first_run: u32,
    queue: u32,
    flush: Flush,
    fed_until: MediaTime,
    failures: u32,
    /// Outputs since the last failure.
    outputs: u32,
    /// Of all chunks so far, whatever was restarted.
    fed_bytes: u64,
}

impl DecodePlan {
    pub(super) fn new(kind: TrackKind) -> Self {
        Self {
            kind,
            config: None,
            cursor: Cursor::RandomAccessPoint(MediaTime::ZERO),
            in_flight: ShortQueue::new(),
            run: 0,
            first_run: 0,
            queue: 0,
            flush: Flush::None,
            fed_until: MediaTime::NEG_INFINITY,
            failures: 0,
            outputs: 0,
            fed_bytes: 0,
        }
    }

    /// What the decoder does is not wanted any more; the next chunk is the random access point for `time`.
    ///
    /// The decoder goes on with it: a new one, whose memory is fresh, takes longer for its first picture than this one for
    /// the few chunks in its queue.
    pub(super) fn restart(&mut self, time: MediaTime, platform: &mut dyn Platform) {
        if self.flush == Flush::Running {
            self.reset(platform);
        }
        self.cursor = Cursor::RandomAccessPoint(time);
        self.run += 1;
        self.first_run = self.run;
        self.fed_until = MediaTime::NEG_INFINITY;
        (self.failures, self.outputs) = (0, 0);
    }

    /// Throws away what the decoder does, and the decoder.
    fn reset(&mut self, platform: &mut dyn Platform) {
        platform.reset(self.kind);
        self.config = None;
        self.in_flight.clear();
        self.queue = 0;
        self.flush = Flush::None;
    }

    /// The decoder closed itself. Which frame it could not take it does not say: it is given the next random access point
    /// after the first frame that did not come out. False when there is nothing to pass over, or it has failed too often.
    pub(super) fn resume_after_failure(&mut self) -> bool {
        let Cursor::After(last) = self.cursor else {
            return false;
        };
        let lost = self.wanted().next().map_or(last, |frame| frame.position);
        let failures = self.failures + 1;
        *self = Self {
            // Without a configuration, only a random access point is taken.
            cursor: Cursor::After(lost),
            run: self.run + 1,
            failures,
            ..Self::new(self.kind)
        };
        failures < FAILURES_MAX
    }

    /// Goes on at the random access point for `time` if that lies ahead: what is between is not needed any more.
    pub(super) fn skip_to<S: FrameSource + ?Sized>(&mut self, source: &S, time: MediaTime) {
        if self.fed_until <= time && entry(source, time).is_some_and(|to| !self.has_fed(to)) {
            self.cursor = Cursor::RandomAccessPoint(time);
        }
    }

    /// Whether going on as before brings out the frame at `time`, so that a seek there needs no reset.
    pub(super) fn leads_to<S: FrameSource + ?Sized>(&self, source: &S, time: MediaTime) -> bool {
        self.flush == Flush::None && entry(source, time).is_some_and(|from| self.has_fed(from))
    }

    /// Whether the cursor stands in the group of `position`, at it or after.
    fn has_fed(&self, position: FramePosition) -> bool {
        matches!(self.cursor, Cursor::After(last) if last.group == position.group && last.index >= position.index)
    }

    fn entry<S: FrameSource + ?Sized>(&self, source: &S, time: MediaTime) -> Option<FramePosition> {
        match self.kind {
            TrackKind::Audio => entry_with_preroll(source, time),
            TrackKind::Video => entry(source, time),
        }
    }

    /// The next frame for the decoder, and whether it is a jump. `resume_at` is the first instant that nothing has come
    /// out for yet.
    fn next<'s, S: FrameSource + ?Sized>(
        &self,
        source: &'s S,
        resume_at: MediaTime,
    ) -> Option<(FramePosition, &'s BufferedFrame, bool)> {
        let (position, is_jump) = match self.cursor {
            Cursor::RandomAccessPoint(time) => (self.entry(source, time)?, true),
            // Removed or replaced under the cursor.
            Cursor::After(last) if source.frame(last).is_none() => (entry(source, resume_at)?, true),
            Cursor::After(last) => {
                let next = source.next(last)?;
                let frame = source.frame(next)?;
                let is_empty = self.flush == Flush::Done;
                if is_empty && self.kind == TrackKind::Audio {
                    (self.entry(source, frame.presentation_timestamp)?, true)
                } else if is_empty && !frame.is_random_access_point {
                    (source.random_access_point(frame.presentation_timestamp)?, true)
                } else {
                    (next, false)
                }
            }
        };
        source.frame(position).map(|frame| (position, frame, is_jump))
    }

    /// Whether there is a frame to feed that starts before `until`.
    pub(super) fn has_next<S: FrameSource + ?Sized>(
        &self,
        source: &S,
        until: MediaTime,
        resume_at: MediaTime,
    ) -> bool {
        self.next(source, resume_at)
            .is_some_and(|(_, frame, _)| frame.presentation_timestamp < until)
    }

    /// Gives the decoder one more frame that starts before `until`, or passes over one that is neither shown, for it ends
    /// before `resume_at`, nor needed by others. False when there is none or the decoder is busy.
    pub(super) fn feed<S: FrameSource + ?Sized>(
        &mut self,
        source: &S,
        until: MediaTime,
        resume_at: MediaTime,
        platform: &mut dyn Platform,
    ) -> bool {
        if self.flush == Flush::Running || self.queue >= QUEUE_MAX {
            return false;
        }
        if self.kind == TrackKind::Audio && self.in_flight.len() >= IN_FLIGHT_MAX {
            // Sound is not held back: the decoder has begun with all of them and lost one.
            if self.queue > 0 || self.in_flight.pop_front().is_none() {
                return false;
            }
        }
        let Some((position, frame, is_jump)) = self.next(source, resume_at) else {
            return false;
        };
        if frame.presentation_timestamp >= until {
            return false;
        }
        let is_past = frame.presentation_end <= resume_at && !frame.is_random_access_point;
        if is_past && self.kind == TrackKind::Video && is_disposable(frame) {
            self.cursor = Cursor::After(position);
            self.run += u32::from(is_jump);
            return true;
        }
        let is_restart = self.run == self.first_run && self.config.is_some() && self.flush == Flush::None;
        if is_restart && self.kind == TrackKind::Video && !is_clean_start(frame) {
            self.reset(platform);
        }
        let mut is_fresh = self.flush == Flush::Done;
        self.cursor = Cursor::After(position);
        self.run += u32::from(is_jump);
        let is_same =
            |config: &Arc<DecoderConfig>| Arc::ptr_eq(config, &frame.config) || **config == *frame.config;
        if !self.config.as_ref().is_some_and(is_same) {
            if !frame.is_random_access_point {
                // Undecodable: the buffering side starts a new configuration with a random access point.
                return true;
            }
            platform.configure(&frame.config);
            is_fresh = true;
            self.config = Some(Arc::clone(&frame.config));
        }
        let timestamp = (frame.presentation_timestamp - frame.trim_start).as_micros();
        let end = (frame.presentation_end + frame.trim_end).as_micros();
        let duration = end.saturating_sub(timestamp);
        self.flush = Flush::None;
        self.fed_until = self.fed_until.max(frame.presentation_end);
        self.fed_bytes += frame.data.len() as u64;
        let is_silent = is_fresh && is_first_silent(&frame.config.codec);
        if !is_silent {
            let presentation_end = frame.presentation_end + more_to_hear(source, position, frame);
            self.in_flight.push_back(InFlight {
                position,
                start: frame.presentation_timestamp,
                end: presentation_end,
                trim_start: frame.trim_start,
                cut_to: (frame.trim_end > MediaTime::ZERO
                    || frame.presentation_end == frame.presentation_timestamp)
                    .then_some(presentation_end - frame.presentation_timestamp),
                config: Arc::clone(&frame.config),
                timestamp,
                run: self.run,
            });
        }
        self.queue = platform.decode(EncodedChunk {
            kind: self.kind,
            timestamp,
            duration: u64::try_from(duration).unwrap_or(0),
            is_key: frame.is_random_access_point,
            data: &frame.data,
        });
        true
    }

    /// The frames in the decoder that somebody waits for.
    fn wanted(&self) -> impl Iterator<Item = &InFlight> {
        self.in_flight.iter().filter(|frame| frame.run >= self.first_run)
    }

    /// Whether an output is of before the last [`restart`](Self::restart).
    pub(super) fn is_outdated(&self, frame: &InFlight) -> bool {
        frame.run < self.first_run
    }

    /// The frame that an output with this timestamp (microseconds) is. Frames that were to come out before it never will.
    ///
    /// Sound comes in the order of its frames. Its timestamps say little: Chromium counts samples from the first chunk on,
    /// over gaps and overlaps.
    pub(super) fn output(&mut self, timestamp: i64) -> Option<InFlight> {
        let found = match self.kind {
            TrackKind::Audio => self.in_flight.pop_front()?,
            TrackKind::Video => self.take_picture(timestamp)?,
        };
        self.outputs += 1;
        if self.outputs >= RECOVERED {
            self.failures = 0;
        }
        self.queue = self
            .queue
            .min(u32::try_from(self.in_flight.len()).unwrap_or(u32::MAX));
        Some(found)
    }

    fn take_picture(&mut self, timestamp: i64) -> Option<InFlight> {
        let mut nearest = None;
        let mut least = TIMESTAMP_SLACK + 1;
        for (index, frame) in self.in_flight.iter().enumerate() {
            let off = frame.timestamp.abs_diff(timestamp);
            if off < least {
                (nearest, least) = (Some(index), off);
            }
        }
        let found = self.in_flight.remove(nearest?);
        self.in_flight.retain(|frame| {
            frame.run > found.run || (frame.run == found.run && frame.timestamp >= found.timestamp)
        });
        Some(found)
    }

    /// Asks for what the decoder holds, unless it is empty or asked already.
    pub(super) fn flush(&mut self, platform: &mut dyn Platform) {
        if self.flush == Flush::None && !self.is_drained() {
            self.flush = Flush::Running;
            platform.flush(self.kind);
        }
    }

    /// The answer to [`Self::flush`].
    pub(super) fn flushed(&mut self) {
        if self.flush == Flush::Running {
            self.flush = Flush::Done;
            self.in_flight.clear();
            self.queue = 0;
        }
    }

    /// Whether the decoder owes nothing.
    pub(super) fn is_drained(&self) -> bool {
        self.wanted().next().is_none()
    }

    /// Frames in the decoder that somebody waits for.
    pub(super) fn in_flight(&self) -> usize {
        self.wanted().count()
    }

    /// Bytes of all chunks that the decoder was ever given.
    pub(super) fn fed_bytes(&self) -> u64 {
        self.fed_bytes
    }

    /// The end of the latest frame fed.
    pub(super) fn fed_until(&self) -> MediaTime {
        self.fed_until
    }

    /// Chunks the decoder has not begun with.
    pub(super) fn queue(&self) -> u32 {
        self.queue
    }

    /// The decoder says how many chunks it has not begun with.
    pub(super) fn set_queue(&mut self, size: u32) {
        self.queue = size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plan with frames in flight, `(run, timestamp)`.
    fn plan(in_flight: &[(u32, i64)]) -> DecodePlan {
        let mut plan = DecodePlan::new(TrackKind::Video);
        let config = crate::playback::simulation::video_config(1);
        plan.queue = u32::try_from(in_flight.len()).unwrap();
        for (index, &(run, timestamp)) in in_flight.iter().enumerate() {
            plan.in_flight.push_back(InFlight {
                position: FramePosition {
                    group: 0,
                    index: index as u32,
                },
                start: MediaTime::from_micros(timestamp),
                end: MediaTime::from_micros(timestamp + 40_000),
                trim_start: MediaTime::ZERO,
                cut_to: None,
                config: Arc::clone(&config),
                timestamp,
                run,
            });
        }
        plan
    }

    /// What an output with each timestamp is: the index of the frame.
    fn outputs(plan: &mut DecodePlan, timestamps: &[i64]) -> Vec<Option<u32>> {
        let mut found = |&timestamp| plan.output(timestamp).map(|frame| frame.position.index);
        timestamps.iter().map(&mut found).collect()
    }

    #[test]
    fn outputs_are_found_by_timestamp() {
        // Decode order: 0, 120, 40, 80.
        let reordered = [(0, 0), (0, 120_000), (0, 40_000), (0, 80_000)];
        let mut all = plan(&reordered);
        assert_eq!(
            outputs(&mut all, &[0, 40_000, 80_000, 120_000]),
            [0, 2, 3, 1].map(Some)
        );
        assert!(all.is_drained());
        assert_eq!(all.queue(), 0, "a queue cannot hold what has come out");

        // A frame that never comes is given up when a later one does.
        let mut lost = plan(&reordered);
        assert_eq!(outputs(&mut lost, &[0, 80_000, 40_000]), [Some(0), Some(3), None]);
        assert_eq!(lost.in_flight(), 1);

        // Milliseconds instead of microseconds; nonsense.
        let mut rounded = plan(&[(0, 33_333), (0, 66_666)]);
        assert_eq!(
            outputs(&mut rounded, &[33_000, 90_000, 66_000]),
            [Some(0), None, Some(1)]
        );
    }

    #[test]
    fn doubled_timestamps_come_out_in_the_order_they_went_in() {
        let mut doubled = plan(&[(0, 40_000), (0, 40_000), (0, 80_000)]);
        assert_eq!(
            outputs(&mut doubled, &[40_000, 40_000, 80_000]),
            [0, 1, 2].map(Some)
        );
        // The same frames decoded anew while the first are still inside.
        let mut again = plan(&[(0, 40_000), (0, 80_000), (1, 0), (1, 40_000), (1, 80_000)]);
        let order = [40_000, 80_000, 0, 40_000, 80_000];
        assert_eq!(outputs(&mut again, &order), [0, 1, 2, 3, 4].map(Some));
    }
}
