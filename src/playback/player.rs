//! The player: everything of playback behind inputs, one `advance`, and events.

mod inspection;
mod readiness;
mod reports;

use super::audio_output::{AudioOutput, place};
use super::clock::{Clock, REACHED_MS};
use super::decode_plan::{DecodePlan, IN_FLIGHT_MAX, QUEUE_MAX, SOUND_PREROLL};
use super::gap_policy::Gaps;
use super::horizon::Horizon;
use super::video_pacing::VideoPacing;
use super::{DecodedAudio, Platform, VideoFrameId};
use crate::buffering::FrameSource;
use crate::container::TrackKind;
use crate::protocol::{Event, PLAYABLE_RATES, Statistics, Token, Tolerance, WallTime};
use crate::queue::Queue;
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

pub use inspection::PLAYER_NUMBERS;

/// Pictures decoded or being decoded ahead. Six ride out a slow key frame; hardware decoders own about as many surfaces
/// and stand still while all are taken. The rest are those a decoder holds back to reorder them.
const PICTURES_AHEAD: usize = 10;

/// The same while a picture is on show and nothing plays, as far as these are no more pixels: 24 MB. A step of half a second
/// is decoded already then, of 720p at 30 pictures a second.
const PICTURES_AHEAD_IDLE: usize = 32;
const PIXELS_AHEAD_IDLE: u64 = 16 << 20;

/// Chunks that wait in the decoder's own queue while a picture is awaited. Whatever lies behind that picture takes the
/// processor from it, and its place from the next seek's.
const QUEUE_MAX_AWAITED: u32 = 3;

/// Sound decoded ahead at rate 1: longer than a garbage collection, small beside the pictures.
const SOUND_AHEAD: MediaTime = MediaTime::from_millis(400);

/// How late a decoder may be before the clock waits for it. Below, late pictures are skipped, which is seen less than a
/// clock that stops and starts.
const LATENESS_MAX: MediaTime = MediaTime::from_millis(250);

/// A stalled clock starts again with this much to play, not for every frame that dribbles in.
const RESUME_AHEAD: MediaTime = MediaTime::from_millis(50);

/// A decoder that was given all there is gets flushed when what came out of it ends so soon: late, because more data may
/// come and after a flush its group of pictures must be decoded anew; early enough for the flush to take its time.
const FLUSH_AHEAD: MediaTime = MediaTime::from_millis(60);

/// The selected tracks.
pub struct Tracks<'a, S: ?Sized> {
    /// The video track to show, if any.
    pub video: Option<&'a S>,
    /// The audio track to play, if any.
    pub audio: Option<&'a S>,
}

impl<S: ?Sized> Clone for Tracks<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: ?Sized> Copy for Tracks<'_, S> {}

impl Default for Tracks<'_, dyn FrameSource> {
    fn default() -> Self {
        Self {
            video: None,
            audio: None,
        }
    }
}

impl<'a, S: FrameSource + ?Sized> Tracks<'a, S> {
    pub(super) fn ranges(&self) -> [Option<&'a TimeRanges>; 2] {
        [
            self.video.map(FrameSource::ranges),
            self.audio.map(FrameSource::ranges),
        ]
    }
}

/// Plays the selected tracks through a [`Platform`].
///
/// All methods but [`advance`](Self::advance) only take note; call `advance` after every one of them, and not later than
/// the time it returned.
pub struct Player {
    wants_play: bool,
    rate: f64,
    horizon: Horizon,
    has_failed: bool,
    skips_errors: bool,
    expects_frames: bool,
    /// Not answered yet.
    seek: Option<(Token, MediaTime)>,
    /// To be begun at the next `advance`. What the decoders hold may be used.
    must_jump: bool,
    /// Of video and audio: another track, nothing may be used.
    is_other_track: (bool, bool),
    has_track: (bool, bool),
    /// `PlaybackEnded` was said of this position.
    end_reported: bool,
    clock: Clock,
    video_plan: DecodePlan,
    video: VideoPacing,
    audio_plan: DecodePlan,
    audio: AudioOutput,
    statistics: Statistics,
    /// Statistics are to be exact now: playback stopped.
    wants_report: bool,
    reported: (WallTime, Statistics),
    events: Queue<Event>,
}

impl Default for Player {
    fn default() -> Self {
        Self::new()
    }
}

impl Player {
    /// A paused player at position 0, with the seek of token 0 pending.
    pub fn new() -> Self {
        Self {
            wants_play: false,
            rate: 1.0,
            horizon: Horizon::default(),
            has_failed: false,
            skips_errors: Tolerance::default().skips_errors,
            expects_frames: false,
            seek: Some((0, MediaTime::ZERO)),
            must_jump: true,
            is_other_track: (false, false),
            has_track: (false, false),
            end_reported: false,
            clock: Clock::default(),
            video_plan: DecodePlan::new(TrackKind::Video),
            video: VideoPacing::new(),
            audio_plan: DecodePlan::new(TrackKind::Audio),
            audio: AudioOutput::new(),
            statistics: Statistics::default(),
            wants_report: false,
            reported: (f64::NEG_INFINITY, Statistics::default()),
            events: Queue::new(),
        }
    }

    /// Playback is wanted: the clock starts as soon as there is a picture and sound for the position.
    pub fn play(&mut self) {
        self.wants_play = true;
    }

    /// The position is to be held.
    pub fn pause(&mut self) {
        self.wants_play = false;
    }

    /// Go to `position`; answered by [`Event::PositionReady`] with this token, unless another seek comes first.
    pub fn seek(&mut self, token: Token, position: MediaTime) {
        self.seek = Some((token, position));
        self.must_jump = true;
    }

    /// Media seconds per wall second; 0 holds the position. Negative rates and NaN count as 0, rates over 16 as 16.
    pub fn set_playback_rate(&mut self, rate: f64, preserves_pitch: bool) {
        self.rate = if rate.is_nan() {
            0.0
        } else {
            rate.clamp(0.0, *PLAYABLE_RATES.end())
        };
        self.audio.set_preserves_pitch(preserves_pitch);
    }

    /// The duration of the source, `None` while unknown.
    pub fn set_duration(&mut self, duration: Option<MediaTime>) {
        self.horizon.duration = duration;
    }

    /// Whether the source has all the data it will have.
    pub fn set_ended(&mut self, ended: bool) {
        if self.horizon.ended != ended {
            self.horizon.ended = ended;
            self.end_reported = false;
            // A seek that waits may now have to show the last frame.
            if self.seek.is_some() {
                self.must_jump = true;
            }
        }
    }

    /// Whether more frames are sure to come before anything else does: an append is half parsed.
    pub fn expect_frames(&mut self, expected: bool) {
        self.expects_frames = expected;
    }

    /// What playback passes over from now on; [`Tolerance::default`] before.
    pub fn set_tolerance(&mut self, tolerance: Tolerance) {
        self.horizon.gaps = tolerance.gaps;
        self.skips_errors = tolerance.skips_errors;
    }

    /// Which holes playback passes over.
    pub fn gaps(&self) -> Gaps {
        self.horizon.gaps
    }

    /// The next `advance` gets another track of this kind than the one before. Playback goes on at the same position.
    pub fn track_changed(&mut self, kind: TrackKind) {
        match kind {
            TrackKind::Video => self.is_other_track.0 = true,
            TrackKind::Audio => self.is_other_track.1 = true,
        }
    }

    /// A picture came out of the video decoder; `timestamp` in microseconds as it went in. `display_size` is used where
    /// the container says none.
    pub fn video_decoded(&mut self, frame: VideoFrameId, timestamp: i64, display_size: (u32, u32)) {
        self.statistics.decoded_video_frames += 1;
        let source = self.video_plan.output(timestamp);
        let wanted = source
            .as_ref()
            .filter(|frame| !self.video_plan.is_outdated(frame));
        self.video.accept(frame, wanted, display_size);
    }

    /// Sound came out of the audio decoder.
    pub fn audio_decoded(&mut self, mut audio: DecodedAudio) {
        if let Some(frame) = self.audio_plan.output(audio.timestamp) {
            if self.audio_plan.is_outdated(&frame) {
                return;
            }
            place(&mut audio, frame.start, frame.trim_start, frame.cut_to);
        }
        self.audio.accept(audio);
    }

    /// A flush of this decoder is complete.
    pub fn flushed(&mut self, kind: TrackKind) {
        self.plan(kind).flushed();
    }

    /// A decoder closed itself, if `may_go_on` for what it was given, not for what it is. Playback goes on at the next random
    /// access point, where that is wanted and has not been in vain too often; otherwise the player stops for good.
    pub fn decode_failed(&mut self, kind: TrackKind, message: String, may_go_on: bool) {
        let goes_on = may_go_on && self.skips_errors && self.plan(kind).resume_after_failure();
        self.has_failed |= !goes_on;
        self.events.push_back(if goes_on {
            Event::DecodeErrorSkipped { kind, message }
        } else {
            Event::DecodeFailed { kind, message }
        });
    }

    /// The number of chunks this decoder has not begun to decode changed.
    pub fn decode_queue(&mut self, kind: TrackKind, size: u32) {
        self.plan(kind).set_queue(size);
    }

    fn plan(&mut self, kind: TrackKind) -> &mut DecodePlan {
        match kind {
            TrackKind::Video => &mut self.video_plan,
            TrackKind::Audio => &mut self.audio_plan,
        }
    }

    /// Whether a start or a seek waits for its picture, or for its sound where there is no picture.
    pub fn is_awaited(&self) -> bool {
        self.seek.is_some() && !self.video.is_shown()
    }

    /// The next event, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Does all that can be done at `now`; returns when to be called again at the latest, `None` if only an input can
    /// change anything.
    pub fn advance<S: FrameSource + ?Sized>(
        &mut self,
        now: WallTime,
        tracks: Tracks<'_, S>,
        platform: &mut dyn Platform,
    ) -> Option<WallTime> {
        if self.has_failed {
            self.clock.hold(self.clock.position(now), now, self.clock.limit());
            self.video.restart(MediaTime::INFINITY);
            self.video.release(platform);
            self.report_clock();
            return None;
        }
        self.begin_jump(now, &tracks, platform);
        let position = self.stop_or_go_on(now, &tracks);
        self.present(now, platform);
        self.answer_seek(&tracks, position);
        self.start(now, &tracks, position, platform);
        if let Some(source) = tracks.video {
            self.decode_video(source, position, platform);
        }
        if let Some(source) = tracks.audio {
            self.decode_audio(source, position, platform);
        }
        self.video.release(platform);
        self.report_clock();
        let sound_due = tracks
            .audio
            .and_then(|_| self.audio.write(now, &self.clock, platform));
        self.report_end(&tracks, position);
        let statistics_due = self.report_statistics(now);
        self.wake_up(now, sound_due, statistics_due)
    }

    /// Turns decoders, pictures and sound to where a seek or other tracks want them.
    fn begin_jump<S: FrameSource + ?Sized>(
        &mut self,
        now: WallTime,
        tracks: &Tracks<'_, S>,
        platform: &mut dyn Platform,
    ) {
        let had_track = std::mem::replace(
            &mut self.has_track,
            (tracks.video.is_some(), tracks.audio.is_some()),
        );
        let must_jump = std::mem::take(&mut self.must_jump);
        let is_other = std::mem::take(&mut self.is_other_track);
        let turns_video = is_other.0 || had_track.0 != self.has_track.0;
        let turns_audio = is_other.1 || had_track.1 != self.has_track.1;
        if !must_jump && !turns_video && !turns_audio {
            return;
        }
        let mut target = self.clock.position(now);
        if let Some((_, position)) = self.seek {
            target = match self.horizon.end(tracks) {
                Some(end) if self.horizon.ended => position.min(end),
                _ => position,
            };
            self.end_reported = false;
        }
        // What there was goes on until the other is there, unless that is late. Pictures alone are not run away from.
        if self.clock.is_running() && !must_jump && (self.has_track.1 || !turns_video) {
            if turns_video {
                self.turn_video(tracks.video, target, false, platform);
            }
            if turns_audio {
                let wanted = self.audio.switch(target);
                self.audio_plan.restart(wanted, platform);
            }
            return;
        }
        self.clock.hold(target, now, self.horizon.limit(tracks, target));
        self.audio.interrupt();
        if must_jump || turns_video {
            self.turn_video(tracks.video, target, !turns_video, platform);
        }
        if must_jump || turns_audio {
            self.turn_audio(tracks.audio, target, !turns_audio, platform);
        }
    }

    fn turn_video<S: FrameSource + ?Sized>(
        &mut self,
        source: Option<&S>,
        target: MediaTime,
        may_keep: bool,
        platform: &mut dyn Platform,
    ) {
        let wanted = source.map_or(target, |source| self.horizon.instant_in(source.ranges(), target));
        let keeps = may_keep
            && source.is_some_and(|source| match self.video.holding(wanted) {
                Some(position) => source.frame(position).is_some(),
                None => wanted >= self.video.resume_at() && self.video_plan.leads_to(source, wanted),
            });
        if keeps {
            self.video.retarget(wanted);
        } else {
            self.video.restart(wanted);
            self.video_plan.restart(wanted, platform);
        }
    }

    fn turn_audio<S: FrameSource + ?Sized>(
        &mut self,
        source: Option<&S>,
        target: MediaTime,
        may_keep: bool,
        platform: &mut dyn Platform,
    ) {
        let keeps = |source: &S| {
            // What lies far ahead is decoded from there.
            let skipped = target - self.audio.resume_at();
            self.audio.holds(target)
                || (skipped >= MediaTime::ZERO
                    && skipped <= SOUND_PREROLL
                    && self.audio_plan.leads_to(source, target))
        };
        if may_keep && source.is_some_and(keeps) {
            self.audio.retarget(target);
            return;
        }
        self.audio.restart(target);
        self.audio_plan.restart(target, platform);
    }

    /// The position now, the clock held there if it must not go on.
    fn stop_or_go_on<S: FrameSource + ?Sized>(&mut self, now: WallTime, tracks: &Tracks<'_, S>) -> MediaTime {
        if !self.clock.is_running() {
            return self.clock.position(now);
        }
        let position = if self.clock.is_at_limit(now) {
            self.clock.limit()
        } else {
            self.clock.position(now)
        };
        let limit = self.horizon.limit(tracks, position);
        let video_late = tracks.video.filter(|source| {
            self.is_late(source.ranges(), self.video.resume_at(), position)
                && !self.is_video_ready(*source, position)
        });
        let audio_late = tracks.audio.filter(|source| {
            self.is_late(source.ranges(), self.sound_due(), position)
                && !self.is_audio_ready(*source, position)
        });
        // A decoder that is too slow gets a new start where the position is, rather than all that has passed.
        if let Some(source) = video_late {
            self.video_plan.skip_to(source, position);
        }
        if let Some(source) = audio_late {
            self.audio_plan.skip_to(source, position);
        }
        let must_stop = !self.wants_play
            || self.rate == 0.0
            || position >= self.clock.limit()
            || position >= limit
            || video_late.is_some()
            || audio_late.is_some();
        if must_stop {
            self.clock.hold(position, now, limit);
            self.audio.interrupt();
            self.wants_report = true;
        } else if self.rate != self.clock.rate() {
            self.clock.run(position, now, self.rate, limit);
            self.audio.interrupt();
        } else {
            self.clock.set_limit(limit);
        }
        position
    }

    /// Starts the clock if playback is wanted and there is something to play.
    fn start<S: FrameSource + ?Sized>(
        &mut self,
        now: WallTime,
        tracks: &Tracks<'_, S>,
        position: MediaTime,
        platform: &mut dyn Platform,
    ) {
        if self.clock.is_running() || !self.wants_play || self.rate == 0.0 || self.seek.is_some() {
            return;
        }
        let limit = self.horizon.limit(tracks, position);
        let is_last = self.horizon.ended && self.horizon.end(tracks) == Some(limit);
        let has_enough = limit > position && (is_last || limit - position >= RESUME_AHEAD);
        let has_video = tracks
            .video
            .is_none_or(|source| self.is_video_ready(source, position));
        let has_audio = tracks
            .audio
            .is_none_or(|source| self.is_audio_ready(source, position));
        if !has_enough || !has_video || !has_audio {
            return;
        }
        // The first sound takes this long to the ear; the clock waits for it, so that nothing of it is cut.
        let sounds = tracks
            .audio
            .is_some_and(|source| !self.horizon.is_over(source.ranges(), position));
        if sounds && platform.is_audio_sink_starting() {
            return;
        }
        let lead = if sounds { platform.audio_latency() } else { 0.0 };
        self.clock.run(position, now + lead, self.rate, limit);
        self.end_reported = false;
        // What counts as reached differs for a clock that runs.
        self.present(now, platform);
    }

    fn present(&mut self, now: WallTime, platform: &mut dyn Platform) {
        let reached = MediaTime::from_seconds(REACHED_MS / 1_000.0 * self.clock.rate());
        let position = self.clock.position(now) + reached;
        let resized = self.video.present_due(position, &mut self.statistics, platform);
        if let Some((width, height)) = resized {
            self.events.push_back(Event::VideoResized { width, height });
        }
    }

    fn decode_video<S: FrameSource + ?Sized>(
        &mut self,
        source: &S,
        position: MediaTime,
        platform: &mut dyn Platform,
    ) {
        let until = self.horizon.decodable_until(source.ranges(), position);
        let resume_at = self.video.resume_at();
        let (pictures_ahead, queue_max) = if self.is_awaited() {
            (PICTURES_AHEAD, QUEUE_MAX_AWAITED)
        } else if self.wants_play || !self.video.is_shown() {
            (PICTURES_AHEAD, QUEUE_MAX)
        } else {
            // Another seek would have to wait for what is queued.
            (self.pictures_ahead_idle(), 1)
        };
        loop {
            let (waiting, in_flight) = (self.video.waiting(), self.video_plan.in_flight());
            let has_room = waiting + in_flight < pictures_ahead
                // It took everything and gave nothing: it reorders deeper than most.
                || (waiting == 0 && self.video_plan.queue() == 0 && in_flight < IN_FLIGHT_MAX);
            if !has_room
                || self.video_plan.queue() >= queue_max
                || !self.video_plan.feed(source, until, resume_at, platform)
            {
                break;
            }
        }
        let wanted = self.horizon.instant_in(source.ranges(), position);
        let runs_out = self.video_plan.queue() == 0
            && self.video.until() <= wanted + FLUSH_AHEAD.mul_f64(self.clock.rate());
        if (self.horizon.ended || runs_out)
            && !self.expects_frames
            && !self.video_plan.has_next(source, until, resume_at)
        {
            self.video_plan.flush(platform);
        }
    }

    fn pictures_ahead_idle(&self) -> usize {
        let pixels = self
            .video
            .size()
            .map_or(0, |(width, height)| u64::from(width) * u64::from(height));
        let fitting = PIXELS_AHEAD_IDLE / pixels.max(1);
        usize::try_from(fitting)
            .unwrap_or(usize::MAX)
            .clamp(PICTURES_AHEAD, PICTURES_AHEAD_IDLE)
    }

    fn decode_audio<S: FrameSource + ?Sized>(
        &mut self,
        source: &S,
        position: MediaTime,
        platform: &mut dyn Platform,
    ) {
        if self.has_track.0 && !self.wants_play && self.is_awaited() {
            return; // A decoder is being made for the picture; another would hold that up.
        }
        let until = self.horizon.decodable_until(source.ranges(), position);
        let resume_at = self.audio.resume_at();
        let ahead = position + SOUND_AHEAD.mul_f64(self.rate.max(1.0));
        // Beside a picture that is waited for, or looked at, sound need only be ready to start.
        let is_idle = self.has_track.0 && (!self.wants_play || self.is_awaited());
        let feed_until = if is_idle { position + RESUME_AHEAD } else { ahead };
        while self.audio_plan.fed_until() < feed_until
            && self.audio_plan.feed(source, until, resume_at, platform)
        {}
        let runs_out = self.audio_plan.queue() == 0
            && self.sound_until() <= position + FLUSH_AHEAD.mul_f64(self.clock.rate());
        let has_next = || self.audio_plan.has_next(source, until, resume_at);
        // A decoder that has all of the next 400 ms and gives nothing has lost chunks.
        if (runs_out && self.audio_plan.fed_until() >= ahead)
            || ((self.horizon.ended || runs_out) && !self.expects_frames && !has_next())
        {
            self.audio_plan.flush(platform);
        }
    }

    /// The end of the sound that has come out, or that will not come any more.
    fn sound_until(&self) -> MediaTime {
        let until = self.audio.until();
        if self.audio_plan.is_drained() {
            until.max(self.audio_plan.fed_until())
        } else {
            until
        }
    }

    /// From where on sound is awaited.
    fn sound_due(&self) -> MediaTime {
        self.sound_until().max(self.audio.resume_at())
    }

    fn answer_seek<S: FrameSource + ?Sized>(&mut self, tracks: &Tracks<'_, S>, position: MediaTime) {
        let Some((token, _)) = self.seek else { return };
        let has_picture = tracks.video.is_none_or(|source| {
            self.video.is_shown()
                || (self.horizon.ended
                    && self.is_video_exhausted(source, position)
                    && self.horizon.is_reachable(source.ranges(), position))
        });
        // To show the position, its sound need not be decoded. The clock waits for that.
        let has_sound = tracks.audio.is_none_or(|source| match tracks.video {
            Some(_) => self.horizon.is_reachable(source.ranges(), position),
            None => self.is_audio_ready(source, position),
        });
        if (tracks.video.is_some() || tracks.audio.is_some()) && has_picture && has_sound {
            self.seek = None;
            self.wants_report = true;
            self.events.push_back(Event::PositionReady { token, position });
        }
    }

    fn wake_up(
        &self,
        now: WallTime,
        sound_due: Option<WallTime>,
        statistics_due: Option<WallTime>,
    ) -> Option<WallTime> {
        let (video, audio) = (self.video.until(), self.sound_due());
        let faster = self.rate.max(1.0);
        // A moment late, so that rounding cannot make it a moment early.
        let after = |time: MediaTime| time + MediaTime::from_millis(1);
        let limit = self.clock.limit();
        let instants = [
            limit,
            self.video.next_due().unwrap_or(limit),
            after(video + LATENESS_MAX.mul_f64(faster)),
            after(audio + LATENESS_MAX.mul_f64(faster)),
            after(video - FLUSH_AHEAD.mul_f64(self.rate)),
            after(audio - FLUSH_AHEAD.mul_f64(self.rate)),
            after(self.audio_plan.fed_until() - SOUND_AHEAD.mul_f64(faster)),
        ];
        let mut first: Option<WallTime> = None;
        let mut add = |at: Option<WallTime>| {
            if let Some(at) = at
                && at > now
                && first.is_none_or(|first| at < first)
            {
                first = Some(at);
            }
        };
        add(sound_due);
        add(statistics_due);
        for instant in instants {
            add(self.clock.wall_time_of(instant));
        }
        first.map(|at| at.max(now + REACHED_MS))
    }
}
