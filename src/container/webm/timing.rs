//! When frames start and end. Blocks have times in ticks, usually milliseconds, and mostly no durations.
//!
//! * **Sound** knows its durations to the sample. A block whose time is near to where the frame before ends starts there:
//!   samples are counted from the first block on, so neighbours touch to the nanosecond and rounding never adds up. Near
//!   is a tick, for times are rounded to it, or half a frame, for recorders stamp sound by a clock that is off by some
//!   milliseconds. Where it is off by more, the count begins anew; a hole shorter than the frame before it counts as part
//!   of the frame after it, as in browsers, whose `buffered` has a tolerance.
//! * **Pictures** last until the next one of their track, which may be far: recorders write as many as there are. They are
//!   given without an end, and at once, where their block has no `BlockDuration`. Coded frame processing estimates the end
//!   and corrects it when the next one comes; so nothing waits, and the last one is not lost. Chromium holds each picture
//!   back until the next block or the end of the cluster, and estimates only there. `DefaultDuration` says less: muxers
//!   write an average there for pictures of varying rate, and ends by it would leave holes.
//! * **Pictures out of order** (H.264, H.265) say nothing by their distance: they last for `DefaultDuration`, on a grid of
//!   such durations, for their times are rounded too.

use std::num::NonZeroU32;

use super::limits::MAX_DISTANCE_ACROSS_CLUSTERS;
use crate::container::{MAX_REORDERED_PICTURES, USUAL_FRAME_DURATION};
use crate::time::MediaTime;

/// How far, at most, a recorder's clock is off where its sound goes on without a hole.
const MAX_JITTER: MediaTime = MediaTime::from_millis(25);

/// Presentation and decode timestamps of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FrameTimes {
    pub(super) start: MediaTime,
    /// The same as `start` when it is not known.
    pub(super) end: MediaTime,
    pub(super) decode: MediaTime,
    pub(super) trim_start: MediaTime,
    pub(super) trim_end: MediaTime,
}

impl FrameTimes {
    fn between(start: MediaTime, end: MediaTime) -> Self {
        Self {
            start,
            end,
            decode: start,
            trim_start: MediaTime::ZERO,
            trim_end: MediaTime::ZERO,
        }
    }

    /// Takes so much off the start.
    fn cut_start(&mut self, by: MediaTime) {
        let by = by.max(MediaTime::ZERO).min(self.end - self.start);
        self.start = self.start + by;
        self.trim_start = self.trim_start + by;
        self.decode = self.start;
    }

    /// Takes off what lies before the start of a stream that begins with its decoder's delay (RFC 9559 § 5.1.4.1.25).
    pub(super) fn hide_before_start(&mut self) {
        self.cut_start(-self.start);
        self.start = self.start.max(MediaTime::ZERO);
        self.end = self.end.max(MediaTime::ZERO);
        self.decode = self.start;
    }
}

/// Places the frames of a sound track.
#[derive(Clone, Debug, Default)]
pub(super) struct SoundTiming {
    count: Option<SampleCount>,
    /// How long the frame before lasted.
    last_duration: MediaTime,
}

/// Samples counted from an instant on.
#[derive(Clone, Copy, Debug)]
struct SampleCount {
    from: MediaTime,
    samples: i64,
    rate: NonZeroU32,
}

impl SampleCount {
    fn end(&self) -> MediaTime {
        self.from + MediaTime::from_ticks(self.samples, self.rate)
    }
}

impl SoundTiming {
    /// Where the next frame starts if it follows the last one.
    pub(super) fn end(&self) -> Option<MediaTime> {
        self.count.map(|count| count.end())
    }

    /// Start and end of a frame at `time` of so many samples. Without a time it follows the last one.
    pub(super) fn place(
        &mut self,
        time: Option<MediaTime>,
        samples: u32,
        rate: NonZeroU32,
        tick: MediaTime,
    ) -> FrameTimes {
        let samples = i64::from(samples);
        let time = time.or(self.end()).unwrap_or_default();
        let mut start = time;
        let mut count = SampleCount {
            from: time,
            samples: 0,
            rate,
        };
        if let Some(known) = self.count {
            let expected = known.end();
            let distance = time - expected;
            let halved = MediaTime::from_nanos(self.last_duration.as_nanos() / 2);
            let near = tick.max(halved.min(MAX_JITTER));
            if -near <= distance && distance <= near {
                start = expected;
                count.from = expected;
                if known.rate == rate {
                    count = known;
                }
            } else if distance > MediaTime::ZERO && distance < self.last_duration {
                start = expected;
            }
        }
        count.samples = count.samples.saturating_add(samples);
        self.count = Some(count);
        self.last_duration = MediaTime::from_ticks(samples, rate);
        FrameTimes::between(start, count.end())
    }

    /// Start and end of a frame at `start` that lasts for `duration`; zero when that is not known.
    pub(super) fn place_unknown(&mut self, start: MediaTime, duration: MediaTime) -> FrameTimes {
        self.count = None;
        self.last_duration = duration;
        FrameTimes::between(start, start + duration)
    }

    /// Takes off `DiscardPadding` (RFC 9559 § 5.1.3.5.7): at the end where it is positive, else at the start.
    pub(super) fn discard(&mut self, times: &mut FrameTimes, padding: MediaTime) {
        if padding <= MediaTime::ZERO {
            return times.cut_start(-padding);
        }
        let padding = padding.min(times.end - times.start);
        times.end = times.end - padding;
        times.trim_end = times.trim_end + padding;
        // What follows, follows what is heard.
        if let Some(count) = &mut self.count {
            count.from = times.end;
            count.samples = 0;
        }
    }
}

/// Places the frames of a video track.
#[derive(Clone, Debug, Default)]
pub(super) struct PictureTiming {
    may_reorder: bool,
    default_duration: Option<MediaTime>,
    /// The last picture.
    last: Option<FrameTimes>,
    /// How far the next picture may be from the last one where nothing says that it is in the same recording: what coded
    /// frame processing takes for the last frame duration.
    last_duration: Option<MediaTime>,
    /// Where the grid begins.
    grid: Option<MediaTime>,
    decode_times: DecodeTimes,
}

/// What the next picture of a track has to do with the one before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sequel {
    /// It is in the same cluster.
    SameCluster,
    /// It is in the cluster that ended the one before, whose size was unknown.
    SameRecording,
    /// Its cluster may be from anywhere.
    AnyCluster,
}

impl PictureTiming {
    pub(super) fn new(may_reorder: bool, default_duration: Option<MediaTime>) -> Self {
        Self {
            may_reorder,
            default_duration,
            ..Self::default()
        }
    }

    /// Start and end of a picture at `time`, rounded to ticks, that lasts for `duration` if that is known.
    pub(super) fn place(
        &mut self,
        time: MediaTime,
        duration: Option<MediaTime>,
        is_random_access_point: bool,
        sequel: Sequel,
        tick: MediaTime,
    ) -> FrameTimes {
        let on_grid = self.may_reorder.then_some(self.default_duration).flatten();
        let start = match (on_grid, &self.last) {
            (Some(step), _) => self.on_grid(time, step, tick),
            // An end that is known may have been rounded otherwise.
            (None, Some(last)) if last.end > last.start && !self.may_reorder => nearest(time, last.end, tick),
            (None, _) => time,
        };
        let mut times = FrameTimes::between(start, start);
        if let Some(duration) = duration.or(on_grid) {
            // The end is that of the rounded time, so that nothing adds up.
            let from = if on_grid.is_some() { start } else { time };
            times.end = (from + duration).max(start);
        }
        times.decode = match self.may_reorder {
            true => {
                let lasts = self.lasts(times).min(USUAL_FRAME_DURATION);
                self.decode_times.next(start, lasts, is_random_access_point)
            }
            false => self.decode_time(start, sequel),
        };
        self.last_duration = Some(self.lasts(times));
        self.last = Some(times);
        times
    }

    /// What coded frame processing takes for the last frame duration after this picture.
    fn lasts(&self, times: FrameTimes) -> MediaTime {
        if times.end > times.start {
            return times.end - times.start;
        }
        // A picture without an end corrected the one before it.
        let distance = self
            .last
            .filter(|last| last.end == last.start)
            .map(|last| times.start - last.start)
            .filter(|&distance| distance > MediaTime::ZERO);
        distance.or(self.last_duration).unwrap_or(USUAL_FRAME_DURATION)
    }

    /// When a picture that is shown in the order of decoding is decoded: when it is shown, but so near to the one before
    /// that coded frame processing sees no discontinuity (MSE § 3.5.8 step 1.6) where there is none, however long that
    /// one lasts.
    fn decode_time(&self, start: MediaTime, sequel: Sequel) -> MediaTime {
        let Some(last) = &self.last else { return start };
        let distance = start - last.start;
        // It may have less to go by than is known here: after a removal, or a discontinuity of another track.
        let near = self
            .last_duration
            .unwrap_or(USUAL_FRAME_DURATION)
            .min(USUAL_FRAME_DURATION);
        let near = near + near;
        let longest = match sequel {
            Sequel::SameCluster => MediaTime::INFINITY,
            Sequel::SameRecording => MAX_DISTANCE_ACROSS_CLUSTERS.max(near),
            Sequel::AnyCluster => near,
        };
        if distance >= MediaTime::ZERO && distance <= longest {
            start.min(last.decode + near)
        } else {
            start
        }
    }

    /// The place on a grid of `step` that `time` was rounded from. Where there is none, a new grid begins.
    fn on_grid(&mut self, time: MediaTime, step: MediaTime, tick: MediaTime) -> MediaTime {
        let nanos = step.as_nanos().max(1);
        let on_grid = self.grid.and_then(|grid| {
            let from = (time - grid).as_nanos();
            let steps = from.saturating_add(nanos / 2).div_euclid(nanos);
            let place = grid + MediaTime::from_nanos(nanos).times(steps);
            (nearest(time, place, tick) == place).then_some(place)
        });
        on_grid.unwrap_or_else(|| {
            self.grid = Some(time);
            time
        })
    }
}

/// `place` if `time` may have been rounded from it.
fn nearest(time: MediaTime, place: MediaTime, tick: MediaTime) -> MediaTime {
    let distance = time - place;
    if -tick <= distance && distance <= tick {
        place
    } else {
        time
    }
}

/// Decode timestamps of pictures that come in decode order with presentation timestamps alone, as in Matroska.
///
/// Coded frame processing asks that they never fall, and never rise by more than twice a frame's duration, within a coded
/// frame group (MSE § 3.5.8 step 1.6); and that they do fall or leap where another group begins. So each is the
/// picture's presentation timestamp, but no later than the highest one before, which is when a picture that is shown late
/// is decoded, and no more than a duration after the decode timestamp before. Where presentation leaps by more than
/// reordering can explain, or a random access point is no later than what was before it, the count begins anew.
#[derive(Clone, Debug, Default)]
struct DecodeTimes {
    last: Option<MediaTime>,
    last_duration: MediaTime,
    highest: MediaTime,
}

impl DecodeTimes {
    fn next(
        &mut self,
        presentation: MediaTime,
        duration: MediaTime,
        is_random_access_point: bool,
    ) -> MediaTime {
        let reach = self.last_duration.max(duration).times(MAX_REORDERED_PICTURES);
        let decode = self.last.filter(|_| {
            presentation <= self.highest + reach
                && presentation >= self.highest - reach
                && !(is_random_access_point && presentation <= self.highest)
        });
        let decode = match decode {
            Some(last) => self
                .highest
                .min(presentation)
                .min(last + self.last_duration)
                .max(last),
            None => {
                self.highest = presentation;
                presentation
            }
        };
        self.highest = self.highest.max(presentation);
        self.last = Some(decode);
        self.last_duration = duration;
        decode
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: MediaTime = MediaTime::from_millis(1);

    fn ms(milliseconds: i64) -> MediaTime {
        MediaTime::from_millis(milliseconds)
    }

    /// Start and end of each frame in microseconds.
    fn sound(samples: u32, rate: u32, times: &[Option<i64>]) -> Vec<(i64, i64)> {
        let mut timing = SoundTiming::default();
        times
            .iter()
            .map(|time| {
                let rate = NonZeroU32::new(rate).unwrap();
                let times = timing.place(time.map(ms), samples, rate, TICK);
                assert_eq!(times.decode, times.start);
                (times.start.as_micros(), times.end.as_micros())
            })
            .collect()
    }

    #[test]
    fn rounded_sound_touches_and_does_not_drift() {
        // AAC of 44 100 Hz: 23.22 ms, rounded in every way, for two hours.
        for rounding in [0.0, 0.5, 0.999] {
            let rate = NonZeroU32::new(44_100).unwrap();
            let mut timing = SoundTiming::default();
            let mut end = MediaTime::ZERO;
            for frame in 0..310_000i64 {
                let exact = frame as f64 * 1_024_000.0 / 44_100.0;
                let time = (exact + rounding).floor() as i64;
                let times = timing.place(Some(ms(time)), 1_024, rate, TICK);
                assert!(frame == 0 || times.start == end, "{frame}");
                end = times.end;
            }
            assert_eq!(end, MediaTime::from_ticks(310_000 * 1_024, rate));
        }
    }

    #[test]
    fn sound_that_is_elsewhere_is_taken_there() {
        for (times, starts) in [
            // In a lace only the first has a time.
            (&[Some(0), None, None, Some(60)][..], [0, 20_000, 40_000, 60_000]),
            // A recorder's clock.
            (
                &[Some(0), Some(22), Some(35), Some(69)],
                [0, 20_000, 40_000, 60_000],
            ),
            // More than half a frame late: the hole belongs to the frame.
            (
                &[Some(0), Some(32), Some(52), Some(72)],
                [0, 20_000, 52_000, 72_000],
            ),
            // Early: it overlaps, and what follows is counted from there.
            (
                &[Some(0), Some(7), Some(27), Some(47)],
                [0, 7_000, 27_000, 47_000],
            ),
            // A real hole, and a leap back.
            (
                &[Some(0), Some(40), Some(60), Some(5)],
                [0, 40_000, 60_000, 5_000],
            ),
        ] {
            let found = sound(960, 48_000, times);
            assert_eq!(
                found.iter().map(|times| times.0).collect::<Vec<_>>(),
                starts,
                "{times:?}"
            );
        }
        assert_eq!(sound(960, 48_000, &[Some(0), Some(32)])[1], (20_000, 52_000));
    }

    #[test]
    fn what_is_before_the_start_is_hidden() {
        let rate = NonZeroU32::new(44_100).unwrap();
        let mut timing = SoundTiming::default();
        let mut place = |time: i64| {
            let mut times = timing.place(Some(MediaTime::from_micros(time)), 1_024, rate, TICK);
            times.hide_before_start();
            times
        };
        // 2112 samples of delay: two frames are silent, and a little of the third.
        let all = [place(-47_891), place(-24_671), place(-1_451), place(21_769)];
        let nanos = all.map(|times| {
            let heard = times.end - times.start;
            let decoded = times.trim_start + heard + times.trim_end;
            (times.start.as_nanos(), heard.as_nanos(), decoded.as_micros())
        });
        assert_eq!(nanos[0], (0, 0, 23_219));
        assert_eq!(nanos[1], (0, 0, 23_219));
        assert_eq!((nanos[2].0, nanos[2].2), (0, 23_219));
        assert_eq!(all[2].end, all[3].start);
        assert_eq!(nanos[3].1, 23_219_955);
    }

    #[test]
    fn padding_is_cut_off_and_what_follows_touches() {
        let rate = NonZeroU32::new(48_000).unwrap();
        let mut timing = SoundTiming::default();
        let mut times = timing.place(Some(ms(100)), 960, rate, TICK);
        timing.discard(&mut times, MediaTime::from_micros(13_500));
        assert_eq!(
            (times.start, times.end),
            (ms(100), MediaTime::from_micros(106_500))
        );
        assert_eq!(times.trim_end, MediaTime::from_micros(13_500));
        let mut times = timing.place(Some(ms(107)), 960, rate, TICK);
        assert_eq!(times.start, MediaTime::from_micros(106_500));
        timing.discard(&mut times, ms(-5));
        assert_eq!((times.start.as_micros(), times.trim_start), (111_500, ms(5)));
        let mut times = timing.place(None, 960, rate, TICK);
        timing.discard(&mut times, ms(50));
        assert_eq!(times.end, times.start);
        assert_eq!(times.trim_end, ms(20));
        // As long as a frame, from its start.
        let mut times = timing.place(None, 960, rate, TICK);
        timing.discard(&mut times, ms(-50));
        assert_eq!(
            (times.start - times.trim_start, times.end),
            (ms(126) + MediaTime::from_micros(500), times.start)
        );
    }

    /// `start-end@decode` of each picture in milliseconds; each begins a cluster whose sequel is not `SameCluster`.
    fn pictures(
        may_reorder: bool,
        default_duration: Option<MediaTime>,
        pictures: &[(i64, Sequel)],
    ) -> Vec<String> {
        let mut timing = PictureTiming::new(may_reorder, default_duration);
        let of = |time: MediaTime| time.as_nanos() as f64 / 1e6;
        pictures
            .iter()
            .map(|&(time, sequel)| {
                let times = timing.place(ms(time), None, false, sequel, TICK);
                format!("{}-{}@{}", of(times.start), of(times.end), of(times.decode))
            })
            .collect()
    }

    #[test]
    fn pictures_are_decoded_when_they_are_shown_but_never_far_from_each_other() {
        use Sequel::{AnyCluster, SameCluster, SameRecording};
        for (steps, decode) in [
            ([SameCluster, SameCluster], [33, 66]),
            // What is far in one cluster is not.
            ([SameCluster, SameCluster], [300, 333]),
            ([SameRecording, SameCluster], [300, 333]),
            ([SameRecording, SameCluster], [1_300, 1_333]),
            ([AnyCluster, SameCluster], [100, 133]),
            ([AnyCluster, SameCluster], [300, 333]),
            ([SameCluster, SameCluster], [-50, -17]),
        ]
        .map(|(sequels, times)| {
            let steps = [(0, AnyCluster), (times[0], sequels[0]), (times[1], sequels[1])];
            (steps, pictures(false, None, &steps))
        }) {
            let expected = match (steps[1].0, steps[1].1) {
                (300, SameCluster | SameRecording) => ["300-300@126", "333-333@252"],
                (1_300, _) => ["1300-1300@1300", "1333-1333@1333"],
                (300, AnyCluster) => ["300-300@300", "333-333@333"],
                (100, _) => ["100-100@100", "133-133@133"],
                (-50, _) => ["-50--50@-50", "-17--17@-17"],
                _ => ["33-33@33", "66-66@66"],
            };
            assert_eq!(decode[1..], expected, "{steps:?}");
        }
    }

    #[test]
    fn known_durations_are_kept_and_touch() {
        let mut timing = PictureTiming::new(false, None);
        let mut place = |time, duration| {
            let times = timing.place(ms(time), Some(ms(duration)), false, Sequel::SameCluster, TICK);
            (times.start, times.end)
        };
        assert_eq!(place(0, 33), (ms(0), ms(33)));
        assert_eq!(place(34, 33), (ms(33), ms(67)));
        assert_eq!(place(66, 34), (ms(67), ms(100)));
        assert_eq!(place(110, 34), (ms(110), ms(144)));
    }

    #[test]
    fn pictures_out_of_order_are_decoded_one_by_one() {
        let in_cluster = |times: &[i64]| -> Vec<(i64, Sequel)> {
            times.iter().map(|&time| (time, Sequel::SameCluster)).collect()
        };
        let step = MediaTime::from_nanos(33_333_333);
        // I0 P3 B1 B2 P6, rounded.
        let lines = pictures(true, Some(step), &in_cluster(&[0, 100, 33, 67, 200]));
        assert_eq!(
            lines,
            [
                "0-33.333333@0",
                "99.999999-133.333332@0",
                "33.333333-66.666666@33.333333",
                "66.666666-99.999999@66.666666",
                "199.999998-233.333331@99.999999"
            ]
        );
        // Three levels deep: I0 P8 b4 b2 B1 B3 b6 B5 B7 P16.
        let order = [0, 8, 4, 2, 1, 3, 6, 5, 7, 16, 12].map(|picture| picture * 40);
        let lines = pictures(true, Some(ms(40)), &in_cluster(&order));
        let decode: Vec<&str> = lines.iter().map(|line| line.split('@').nth(1).unwrap()).collect();
        assert_eq!(
            decode,
            [
                "0", "0", "40", "80", "80", "120", "160", "200", "240", "280", "320"
            ]
        );
        assert_eq!(
            pictures(true, None, &in_cluster(&[0, 120, 40, 80, 240])),
            ["0-0@0", "120-120@0", "40-40@40", "80-80@80", "240-240@120"]
        );
    }

    #[test]
    fn leaps_begin_a_new_count() {
        let mut times = DecodeTimes::default();
        let mut next = |time, is_key| times.next(ms(time), ms(40), is_key).as_nanos() / 1_000_000;
        assert_eq!([next(0, true), next(40, false), next(80, false)], [0, 0, 40]);
        assert_eq!([next(2_000, true), next(2_040, false)], [2_000, 2_000]);
        assert_eq!([next(1_960, true), next(2_000, false)], [1_960, 1_960]);
        assert_eq!(next(40, true), 40);
    }
}
