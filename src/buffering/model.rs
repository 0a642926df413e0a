//! The real track buffers against a naive model: one flat list of frames, read from the specification line by line.
//!
//! Steps come from property tests and, as bytes, from a fuzzer (`fuzz/README.md`).

use super::coded_frame_processing::TrackBuffers;
use super::notation::{AUDIO, VIDEO, in_decode_order, ms, show_ranges, track};
use super::track_buffer::TrackBuffer;
use super::{FramePosition, FrameSource};
use crate::container::{CodedFrame, Track, TrackKind};
use crate::playback::gap_policy::{GAP, Gaps, playable_until};
use crate::protocol::{AppendMode, AppendParameters};
use crate::ranges::TimeRanges;
use crate::time::MediaTime;

#[derive(Clone, Debug, PartialEq)]
struct ModelFrame {
    track: u32,
    /// Where its range begins, at `start` or before.
    range_start: i64,
    start: i64,
    end: i64,
    decode: i64,
    /// What is decoded and not heard, before and after.
    trim: (i64, i64),
    is_key: bool,
    name: u32,
    /// Name of the random access point it depends on.
    group: u32,
    /// Number of its configuration.
    config: u8,
    /// How often the last decode timestamps had been unset.
    run: u32,
}

impl ModelFrame {
    fn holds(&self, time: i64) -> bool {
        self.start <= time && time < self.end
    }
}

#[derive(Clone, Default, Debug)]
struct ModelTrack {
    id: u32,
    last_decode: Option<i64>,
    last_duration: Option<i64>,
    highest_end: Option<i64>,
    /// Name of the last frame, where its end is a guess.
    estimated: Option<u32>,
    /// Name, decode time, end, length and configuration of the frame before, where the append window dropped it.
    dropped: Option<(u32, i64, i64, i64, u8)>,
    need_key: bool,
    group: u32,
}

/// All times in milliseconds.
struct Model {
    frames: Vec<ModelFrame>,
    tracks: Vec<ModelTrack>,
    sequence: bool,
    offset: i64,
    window: (i64, i64),
    group_start: Option<i64>,
    group_end: i64,
    generates_timestamps: bool,
    config: u8,
    run: u32,
    /// Of sound, and of pictures.
    longest_frame: [i64; 2],
}

impl Model {
    fn new(generates_timestamps: bool) -> Self {
        let track = |id| ModelTrack {
            id,
            need_key: true,
            ..ModelTrack::default()
        };
        Self {
            frames: Vec::new(),
            tracks: vec![track(VIDEO), track(AUDIO)],
            sequence: false,
            offset: 0,
            window: (0, i64::MAX),
            group_start: None,
            group_end: 0,
            generates_timestamps,
            config: 0,
            run: 0,
            longest_frame: [0; 2],
        }
    }

    fn unset_last_frames(&mut self) {
        for track in &mut self.tracks {
            track.dropped = None;
            track.last_decode = None;
            track.last_duration = None;
            track.highest_end = None;
            track.estimated = None;
            track.need_key = true;
        }
        self.run += 1;
    }

    /// Removes what is chosen and what comes after it up to the next random access point, and returns it.
    fn remove_with_dependants(&mut self, chosen: impl Fn(&ModelFrame) -> bool) -> Vec<ModelFrame> {
        let hit: Vec<ModelFrame> = self.frames.iter().filter(|f| chosen(f)).cloned().collect();
        let depends = |f: &ModelFrame| {
            hit.iter()
                .any(|h| h.name == f.name || (h.track == f.track && h.group == f.group && h.name < f.name))
        };
        let (gone, kept) = self.frames.iter().cloned().partition(depends);
        self.frames = kept;
        gone
    }

    fn process(&mut self, input: &Input, name: u32) {
        let index = usize::from(input.track == AUDIO);
        let (mut start, mut decode) = (input.start, input.decode);
        if self.generates_timestamps {
            (start, decode) = (0, 0);
        }
        let (mut duration, mut unheard) = (input.duration, input.unheard);
        if self.sequence
            && let Some(group_start) = self.group_start.take()
        {
            self.offset = group_start - start;
            self.group_end = group_start;
            self.tracks.iter_mut().for_each(|track| track.need_key = true);
        }
        start += self.offset;
        decode += self.offset;
        if let Some(last) = self.tracks[index].last_decode
            && (decode < last || decode - last > 2 * self.tracks[index].last_duration.unwrap())
        {
            if self.sequence {
                self.group_start = Some(self.group_end);
            } else {
                self.group_end = start;
            }
            self.unset_last_frames();
            return self.process(input, name);
        }
        if let Some(name) = self.tracks[index].estimated.take()
            && let Some(last) = self.frames.iter_mut().find(|f| f.name == name)
            && last.start < start
            && start - last.start <= 2 * self.tracks[index].last_duration.unwrap()
        {
            if start < last.end && self.tracks[index].highest_end == Some(last.end) {
                self.tracks[index].highest_end = Some(start);
            }
            last.end = start;
            self.tracks[index].last_duration = Some(start - last.start);
        }
        if self.generates_timestamps && start < self.window.0 {
            duration += std::mem::take(&mut unheard);
        }
        let decoded = unheard + duration;
        let lasts = match decoded {
            0 => self.tracks[index].last_duration.unwrap_or(63),
            _ => duration,
        };
        let (untrimmed_start, untrimmed_end) = (start, start + lasts);
        let mut end = untrimmed_end;
        let dropped = self.tracks[index].dropped.take();
        // Another configuration cannot use it.
        let dropped = dropped.filter(|&(.., end, _, config)| {
            end == untrimmed_start && end <= self.window.0 && config == self.config
        });
        if self.tracks[index].id == AUDIO && start.max(self.window.0) < end.min(self.window.1) {
            start = start.max(self.window.0);
            end = end.min(self.window.1);
        }
        let run = self.run;
        if start < self.window.0 || end > self.window.1 || start >= self.window.1 {
            self.tracks[index].need_key = true;
            if self.generates_timestamps {
                self.offset = untrimmed_end;
            } else if self.tracks[index].id == AUDIO
                && untrimmed_end <= self.window.0
                && (input.is_key || dropped.is_some() && lasts == 0)
            {
                self.tracks[index].dropped =
                    Some((name, decode, untrimmed_end, unheard + lasts, self.config));
            }
            return;
        }
        let is_key = input.is_key || self.generates_timestamps && self.tracks[index].need_key;
        if self.tracks[index].need_key && !is_key && dropped.is_none() {
            return;
        }
        let is_first = std::mem::take(&mut self.tracks[index].need_key);
        let track = self.tracks[index].clone();
        let here = |f: &ModelFrame| f.track == track.id && f.run != run;
        if track.id == AUDIO && (is_first || track.last_decode.is_none()) {
            for frame in &mut self.frames {
                if frame.track == track.id && frame.start < start && start < frame.end {
                    frame.trim.1 += frame.end - start;
                    frame.end = start;
                }
            }
        }
        let is_spliced = track.id == AUDIO && (is_first || track.last_decode.is_none()) && start < end;
        if is_spliced || (track.id == VIDEO && track.last_decode.is_none()) {
            // To the millisecond, within a microsecond is equal.
            self.remove_with_dependants(|f| here(f) && f.start == start && start < f.end);
        }
        let from = track.highest_end.unwrap_or(start);
        if from <= start {
            self.remove_with_dependants(|f| here(f) && from <= f.start && f.start < end);
        }
        let lead = start - decode;
        let is_reordered =
            track.id == VIDEO && track.last_decode.is_none() && 0 < lead && lead <= 16 * duration;
        let range_start = if is_reordered {
            decode.max(self.window.0)
        } else {
            start
        };
        let mut shown_until = end;
        if track.id == VIDEO && track.last_decode.is_some() && track.highest_end != Some(start) {
            let reach = 2 * track.last_duration.unwrap_or(0).max(end - start);
            let here = |f: &ModelFrame| f.track == track.id && f.run == run;
            let all: Vec<i64> = self.frames.iter().filter(|f| here(f)).map(|f| f.start).collect();
            let before = all.iter().filter(|&&time| time < start).max();
            let after = all.iter().filter(|&&time| time > start).min();
            for frame in self.frames.iter_mut().filter(|f| here(f)) {
                if Some(&frame.start) == before && start - frame.end <= reach {
                    shown_until = shown_until.max(frame.end);
                    frame.end = start;
                }
            }
            if let Some(&after) = after.filter(|&&after| after <= end + reach) {
                for frame in self.frames.iter_mut().filter(|f| here(f) && f.start == after) {
                    frame.end = frame.end.max(shown_until);
                }
                shown_until = after;
            }
        }
        let config = self.config;
        let track = &mut self.tracks[index];
        let is_key = is_key && dropped.is_none();
        if let Some((name, decode, _, length, _)) = dropped {
            track.group = name;
            self.frames.push(ModelFrame {
                track: track.id,
                range_start: start,
                start,
                end: start,
                decode,
                trim: (length, 0),
                is_key: true,
                name,
                group: name,
                config,
                run,
            });
        }
        if is_key {
            track.group = name;
        }
        track.estimated = (decoded == 0).then_some(name);
        track.last_decode = Some(decode);
        if decoded != 0 {
            track.last_duration = Some(decoded);
        } else if track.last_duration.is_none() {
            track.last_duration = Some(lasts);
        }
        track.highest_end = track.highest_end.max(Some(end));
        self.group_end = self.group_end.max(end);
        let longest = &mut self.longest_frame[usize::from(track.id == VIDEO)];
        *longest = (*longest).max(shown_until - start);
        self.frames.push(ModelFrame {
            track: track.id,
            range_start,
            start,
            end: shown_until,
            decode,
            trim: (unheard + start - untrimmed_start, untrimmed_end - end),
            is_key,
            name,
            group: track.group,
            config: self.config,
            run,
        });
        if self.generates_timestamps {
            self.offset = untrimmed_end;
        }
    }

    /// Reset parser state, and another initialization segment.
    fn initialize(&mut self, abort: bool, config: u8) {
        if abort {
            self.unset_last_frames();
            if self.sequence {
                self.group_start = Some(self.group_end);
            }
        }
        self.config = config;
        self.tracks.iter_mut().for_each(|track| track.need_key = true);
    }

    fn remove(&mut self, from: i64, to: i64, duration: i64) {
        for index in 0..self.tracks.len() {
            let track = self.tracks[index].clone();
            let keys = self
                .frames
                .iter()
                .filter(|f| f.track == track.id && f.is_key && f.start >= to);
            let to = keys.map(|f| f.start).min().unwrap_or(duration);
            let last = self
                .frames
                .iter()
                .filter(|f| f.track == track.id && f.run == self.run)
                .map(|f| f.name)
                .max();
            let gone =
                self.remove_with_dependants(|f| f.track == track.id && from <= f.start && f.start < to);
            if let Some(frame) = gone.iter().find(|f| Some(f.name) == last) {
                if self.sequence {
                    self.group_start = Some(self.group_end);
                } else {
                    self.group_end = frame.start;
                }
                self.unset_last_frames();
            }
        }
    }

    fn of(&self, track: u32) -> impl Iterator<Item = &ModelFrame> {
        self.frames.iter().filter(move |f| f.track == track)
    }

    fn ranges(&self, track: u32) -> TimeRanges {
        self.of(track).map(|f| (ms(f.range_start), ms(f.end))).collect()
    }

    /// As the page is told.
    fn buffered(&self, track: u32) -> TimeRanges {
        let mut buffered: Vec<(MediaTime, MediaTime)> = Vec::new();
        let gap = match track {
            AUDIO => self.longest_frame[0],
            _ => 2 * self.longest_frame[1],
        };
        for range in &self.ranges(track) {
            let starts = self.of(track).map(|f| ms(f.start));
            let start = starts
                .filter(|&start| range.start <= start && start < range.end)
                .min();
            match buffered.last_mut() {
                Some(last) if range.start - last.1 < ms(gap).min(GAP) => last.1 = range.end,
                _ => buffered.push((start.unwrap(), range.end)),
            }
        }
        buffered.into_iter().collect()
    }

    fn start_of_group(&self, frame: &ModelFrame) -> i64 {
        self.frames
            .iter()
            .find(|f| f.name == frame.group)
            .map(|f| f.start)
            .expect("a group never lacks its random access point")
    }
}

#[derive(Clone, Debug)]
struct Input {
    track: u32,
    start: i64,
    decode: i64,
    duration: i64,
    /// What is decoded and not heard before `start`.
    unheard: i64,
    is_key: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Append {
        frames: Vec<Input>,
        abort: bool,
        sequence: bool,
        offset: i64,
        window: (i64, i64),
        group_start: Option<i64>,
    },
    Remove {
        start: i64,
        end: i64,
        duration: i64,
    },
    Evict {
        position: i64,
        bytes: u64,
    },
    /// Another initialization segment, after `abort()` or without.
    Initialize {
        abort: bool,
        config: u8,
    },
}

/// What becomes a frame of a piece of stream.
#[derive(Clone, Copy, Debug)]
struct FrameShape {
    duration: i64,
    /// How much later than the end of the one before it starts.
    jump: i64,
    /// Chooses how frames change places, and whether some sound is not heard.
    swap: usize,
    /// Chooses which frames are random access points.
    key: u8,
    is_video: bool,
}

/// A piece of stream: mostly as encoders write it, sometimes not. Pictures come in batches of `reordering`.
fn piece_of(start: i64, reordering: usize, shapes: &[FrameShape]) -> Vec<Input> {
    let mut piece = Vec::new();
    let (mut video, mut audio) = (start, start - 3);
    let mut pending: Vec<Input> = Vec::new();
    for (index, shape) in shapes.iter().enumerate() {
        if !shape.is_video {
            piece.push(Input {
                track: AUDIO,
                start: audio,
                decode: audio,
                duration: shape.duration,
                unheard: if shape.swap % 6 == 0 { 10 } else { 0 },
                is_key: shape.key != 7,
            });
            audio += shape.duration + shape.jump;
            continue;
        }
        pending.push(Input {
            track: VIDEO,
            start: video,
            decode: 0,
            duration: shape.duration,
            unheard: 0,
            is_key: shape.key == 0 || index == 0,
        });
        video += shape.duration + shape.jump;
        if pending.len() >= reordering {
            // Decode timestamps rise while presentation timestamps go back and forth.
            let mut decode: Vec<i64> = pending.iter().map(|f| f.start).collect();
            decode.sort_unstable();
            let length = pending.len();
            pending.rotate_left(shape.swap % length);
            for (mut frame, decode) in pending.drain(..).zip(decode) {
                frame.decode = decode;
                piece.push(frame);
            }
        }
    }
    piece
}

/// Both, and every position that was ever seen with the name of the frame it stood for.
struct Pair {
    real: TrackBuffers,
    model: Model,
    names: u32,
    seen: Vec<(u32, FramePosition, u32)>,
}

fn name_of(data: &[u8]) -> u32 {
    u32::from_le_bytes(data.try_into().unwrap())
}

/// What a track's codec is called in the initialization segment of this number.
fn codec(track: u32, config: u8) -> String {
    format!("{}.{config}", if track == VIDEO { "avc1" } else { "mp4a" })
}

/// The tracks of the initialization segment with this number.
fn tracks(config: u8) -> [Track; 2] {
    [
        track(VIDEO, TrackKind::Video, &codec(VIDEO, config)),
        track(AUDIO, TrackKind::Audio, &codec(AUDIO, config)),
    ]
}

impl Pair {
    fn new(generates_timestamps: bool) -> Self {
        let mut real = TrackBuffers::new(generates_timestamps);
        real.tracks = tracks(0).iter().map(TrackBuffer::new).collect();
        Self {
            real,
            model: Model::new(generates_timestamps),
            names: 0,
            seen: Vec::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Append {
                frames,
                abort,
                sequence,
                offset,
                window,
                group_start,
            } => {
                // The page cannot have another mode where timestamps are generated.
                let sequence = *sequence || self.model.generates_timestamps;
                let infinite = |time: i64| {
                    if time == i64::MAX {
                        MediaTime::INFINITY
                    } else {
                        ms(time)
                    }
                };
                self.real.set_parameters(&AppendParameters {
                    mode: if sequence {
                        AppendMode::Sequence
                    } else {
                        AppendMode::Segments
                    },
                    timestamp_offset: ms(*offset),
                    append_window_start: ms(window.0),
                    append_window_end: infinite(window.1),
                    group_start_timestamp: group_start.map(ms),
                });
                self.model.sequence = sequence;
                self.model.offset = *offset;
                self.model.window = *window;
                if group_start.is_some() {
                    self.model.group_start = *group_start;
                }
                if *abort {
                    self.real.unset_last_frames();
                    self.model.unset_last_frames();
                }
                for input in frames {
                    self.names += 1;
                    self.model.process(input, self.names);
                    self.real.process(CodedFrame {
                        track_id: input.track,
                        presentation_timestamp: ms(input.start),
                        decode_timestamp: ms(input.decode),
                        presentation_end: ms(input.start + input.duration),
                        trim_start: ms(input.unheard),
                        trim_end: MediaTime::ZERO,
                        is_random_access_point: input.is_key,
                        config: None,
                        data: self.names.to_le_bytes().as_slice().into(),
                    });
                }
            }
            Step::Evict { position, bytes } => self.evict(*position, *bytes),
            Step::Initialize { abort, config } => {
                self.model.initialize(*abort, *config);
                if *abort {
                    self.real.reset(self.real.mode);
                }
                self.real.set_descriptions(&tracks(*config).each_ref());
            }
            Step::Remove { start, end, duration } => {
                self.real.remove(ms(*start), ms(*end), Some(ms(*duration)));
                self.model.remove(*start, *end, *duration);
            }
        }
    }

    /// What goes is up to the real one, but for what must stay.
    fn evict(&mut self, position: i64, bytes: u64) {
        let held = self.real.bytes_held();
        let evictable = self.real.bytes_evictable(ms(position));
        self.real.evict(ms(position), bytes);
        assert_eq!(self.real.bytes_held() == held, evictable == 0);
        if bytes == u64::MAX {
            assert_eq!(self.real.bytes_held(), held - evictable);
            assert_eq!(self.real.bytes_evictable(ms(position)), 0);
        }
        for index in 0..2 {
            let id = self.model.tracks[index].id;
            let kept: Vec<u32> = in_decode_order(&self.real.tracks()[index])
                .iter()
                .map(|frame| name_of(&frame.data))
                .collect();
            let playing = playable_until(&self.model.ranges(id), ms(position), Gaps::default());
            let last = self.model.of(id).filter(|f| f.run == self.model.run).last();
            let last = last.map(|f| f.group);
            for frame in self.model.of(id).filter(|f| !kept.contains(&f.name)) {
                assert!(!frame.holds(position), "{frame:?} is on the screen");
                assert_ne!(Some(frame.group), last, "{frame:?} is being appended to");
                let start = self.model.start_of_group(frame);
                let is_played = ms(start) < ms(position) - ms(3_000);
                assert!(
                    is_played || playing.is_none_or(|until| until <= ms(frame.start)),
                    "{frame:?}"
                );
            }
            self.model
                .frames
                .retain(|frame| frame.track != id || kept.contains(&frame.name));
        }
    }

    /// # Panics
    /// When they differ.
    fn check(&mut self) {
        assert_eq!(self.real.group_end_timestamp, ms(self.model.group_end));
        assert_eq!(self.real.group_start_timestamp, self.model.group_start.map(ms));
        assert_eq!(self.real.timestamp_offset, ms(self.model.offset));
        for index in 0..2 {
            let real = &self.real.tracks()[index];
            let track = &self.model.tracks[index];
            let id = track.id;
            assert_eq!(real.last_decode_timestamp, track.last_decode.map(ms));
            assert_eq!(real.last_frame_duration, track.last_duration.map(ms));
            assert_eq!(real.highest_end_timestamp, track.highest_end.map(ms));
            assert_eq!(real.need_random_access_point_flag, track.need_key);

            // The same frames.
            let walk = in_decode_order(real);
            let mut held: Vec<_> = walk
                .iter()
                .map(|f| {
                    (
                        name_of(&f.data),
                        f.presentation_timestamp,
                        f.presentation_end,
                        f.decode_timestamp,
                        (f.trim_start, f.trim_end),
                        f.is_random_access_point,
                        f.config.codec.clone(),
                    )
                })
                .collect();
            held.sort_unstable();
            let expected: Vec<_> = self
                .model
                .of(id)
                .map(|f| {
                    let trim = (ms(f.trim.0), ms(f.trim.1));
                    let codec = codec(f.track, f.config);
                    (
                        f.name,
                        ms(f.start),
                        ms(f.end),
                        ms(f.decode),
                        trim,
                        f.is_key,
                        codec,
                    )
                })
                .collect();
            assert_eq!(held, expected);
            let bytes: u64 = walk.iter().map(super::frame_group::bytes_of).sum();
            assert_eq!(real.bytes_held(), bytes);
            assert_eq!(show_ranges(real.ranges()), show_ranges(&self.model.ranges(id)));
            assert_eq!(
                show_ranges(&real.buffered()),
                show_ranges(&self.model.buffered(id))
            );
            assert_eq!(
                real.highest_presentation_timestamp(),
                self.model.of(id).map(|f| ms(f.start)).max()
            );

            // In decode order: random access points rise, each followed by its own dependants as they came.
            let model = |name: u32| self.model.frames.iter().find(|f| f.name == name).unwrap();
            for pair in walk.windows(2) {
                let (one, two) = (model(name_of(&pair[0].data)), model(name_of(&pair[1].data)));
                let in_order = if one.group == two.group {
                    one.name < two.name
                } else {
                    two.is_key && self.model.start_of_group(one) <= two.start
                };
                assert!(in_order, "{:?} before {:?}", one, two);
            }

            // Positions seen earlier name their frame or nothing.
            for &(of, position, name) in self.seen.iter().filter(|(of, ..)| *of == id) {
                if let Some(frame) = real.frame(position) {
                    assert_eq!((of, name_of(&frame.data)), (id, name));
                } else {
                    assert_eq!(real.next(position), None);
                }
            }
            let mut position = real.random_access_point_after(MediaTime::NEG_INFINITY);
            while let Some(here) = position {
                self.seen
                    .push((id, here, name_of(&real.frame(here).unwrap().data)));
                position = real.next(here);
            }

            // Look-ups.
            for time in (-60..560).step_by(7) {
                let names =
                    |position: Option<FramePosition>| position.map(|p| name_of(&real.frame(p).unwrap().data));
                let latest = self.model.of(id).filter(|f| f.holds(time)).map(|f| f.start).max();
                let shown: Vec<u32> = self
                    .model
                    .of(id)
                    .filter(|f| match latest {
                        Some(latest) => f.holds(time) && f.start == latest,
                        None => f.range_start <= time && time < f.start,
                    })
                    .map(|f| f.group)
                    .collect();
                match names(real.random_access_point(ms(time))) {
                    None => assert_eq!(&shown, &Vec::new()),
                    Some(name) => assert!(shown.contains(&name), "{} not in {:?}", name, shown),
                }
                let after = self.model.of(id).filter(|f| f.start > time);
                let first = after.map(|f| self.model.start_of_group(f)).min();
                assert_eq!(
                    names(real.random_access_point_after(ms(time))).map(|name| model(name).start),
                    first
                );
                let from = self.model.of(id).filter(|f| f.is_key && f.start >= time);
                assert_eq!(
                    real.random_access_point_from(ms(time)),
                    from.map(|f| ms(f.start)).min()
                );
            }
        }
    }
}

/// Steps as a fuzzer writes them: a byte that says which, then its numbers, a byte each.
struct StepReader<'a>(std::slice::Iter<'a, u8>);

impl StepReader<'_> {
    fn byte(&mut self) -> Option<u8> {
        self.0.next().copied()
    }

    fn number(&mut self) -> Option<i64> {
        self.byte().map(i64::from)
    }

    /// A number where the byte is in the upper half.
    fn maybe(&mut self) -> Option<Option<i64>> {
        let byte = self.number()?;
        Some((byte >= 128).then_some(2 * (byte - 128)))
    }

    fn shape(&mut self) -> Option<FrameShape> {
        let (time, kind) = (self.byte()?, self.byte()?);
        Some(FrameShape {
            duration: [10, 10, 4, 17, 0, 1, 40, 10][usize::from(time & 7)],
            // Mostly none.
            jump: if time < 192 {
                0
            } else {
                i64::from(time >> 3 & 7) * 16 - 60
            },
            swap: usize::from(kind >> 4),
            key: kind >> 1 & 7,
            is_video: kind & 1 == 1,
        })
    }

    fn step(&mut self) -> Option<Step> {
        let which = self.byte()?;
        Some(match which & 7 {
            0..=3 => {
                let start = self.number()?;
                let offset = self.maybe()?.unwrap_or(0);
                let window_start = self.maybe()?.unwrap_or(0);
                let window_end = self.maybe()?.map_or(i64::MAX, |length| window_start + length);
                let group_start = self.maybe()?;
                let count = self.byte()? & 31;
                let shapes = (0..count).map_while(|_| self.shape()).collect::<Vec<_>>();
                Step::Append {
                    frames: piece_of(start, usize::from(which >> 3 & 3) + 1, &shapes),
                    abort: which & 0x20 != 0,
                    sequence: which & 0x40 != 0,
                    offset: if which & 0x80 != 0 { -offset } else { offset },
                    window: (window_start, window_end),
                    group_start,
                }
            }
            4 | 5 => {
                let start = self.number()?;
                Step::Remove {
                    start,
                    end: start + self.number()? + 1,
                    duration: self.maybe()?.unwrap_or(1_000_000),
                }
            }
            6 => Step::Evict {
                // What was played stays for three seconds.
                position: self.number()? * 2 + if which & 8 == 0 { 0 } else { 2_900 },
                bytes: if which & 16 == 0 {
                    u64::MAX
                } else {
                    u64::from(self.byte()?) + 1
                },
            },
            _ => Step::Initialize {
                abort: which & 8 != 0,
                config: which >> 4 & 3,
            },
        })
    }
}

/// Takes the steps that `bytes` are, the first saying whether timestamps are generated, and compares after each.
///
/// # Panics
/// When the two differ.
pub fn check_bytes(bytes: &[u8]) {
    /// A check costs as much as all frames so far.
    const MAX_STEPS: usize = 24;
    let mut reader = StepReader(bytes.iter());
    let Some(first) = reader.byte() else { return };
    let mut pair = Pair::new(first & 1 == 1);
    for step in std::iter::from_fn(|| reader.step()).take(MAX_STEPS) {
        pair.take(&step);
        pair.check();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn piece() -> impl Strategy<Value = Vec<Input>> {
        let shape = (
            prop_oneof![8 => Just(10i64), 1 => Just(4i64), 1 => Just(17i64), 1 => Just(0i64)],
            prop_oneof![12 => Just(0i64), 1 => -60i64..60],
            0usize..6,
            0u8..8,
            prop::bool::weighted(0.4),
        );
        let shape = shape.prop_map(|(duration, jump, swap, key, is_video)| FrameShape {
            duration,
            jump,
            swap,
            key,
            is_video,
        });
        (0i64..300, 1usize..4, prop::collection::vec(shape, 1..24))
            .prop_map(|(start, reordering, shapes)| piece_of(start, reordering, &shapes))
    }

    fn step() -> impl Strategy<Value = Step> {
        let append = (
            piece(),
            prop::bool::weighted(0.4),
            prop::bool::weighted(0.2),
            prop_oneof![4 => Just(0i64), 1 => -40i64..40],
            prop_oneof![6 => Just((0i64, i64::MAX)), 1 => (0i64..200, 200i64..400)],
            prop::option::weighted(0.1, 0i64..300),
        )
            .prop_map(
                |(frames, abort, sequence, offset, window, group_start)| Step::Append {
                    frames,
                    abort,
                    sequence,
                    offset,
                    window,
                    group_start,
                },
            );
        let remove = (0i64..400, 1i64..200, prop_oneof![Just(1_000_000i64), 100i64..500]).prop_map(
            |(start, length, duration)| Step::Remove {
                start,
                end: start + length,
                duration,
            },
        );
        // What was played stays for three seconds.
        let position = prop_oneof![1 => -100i64..500, 1 => 2_900i64..3_500];
        let bytes = prop_oneof![Just(1u64), Just(u64::MAX)];
        let evict = (position, bytes).prop_map(|(position, bytes)| Step::Evict { position, bytes });
        let initialize =
            (any::<bool>(), 0u8..3).prop_map(|(abort, config)| Step::Initialize { abort, config });
        prop_oneof![6 => append, 2 => remove, 1 => evict, 1 => initialize]
    }

    proptest! {
        #[test]
        fn track_buffers_agree_with_a_flat_list(
            steps in prop::collection::vec(step(), 1..14),
            generates_timestamps in prop::bool::weighted(0.2),
        ) {
            let mut pair = Pair::new(generates_timestamps);
            for step in &steps {
                pair.take(step);
                pair.check();
            }
        }
    }

    #[test]
    fn inputs_found_by_fuzzing() {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/fuzz/buffer_operations"
        );
        let entries: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
        assert!(!entries.is_empty());
        for entry in entries {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            check_bytes(&std::fs::read(path).unwrap());
        }
    }
}
