//! Movie fragments: `moof` and what is in it (ISO/IEC 14496-12 § 8.8).

use super::boxes::BoxRef;
use super::brands::Brands;
use super::fields::Content::{Fields, Own};
use super::fields::{FLAGS, Field, Number, Numbers, Rule, VERSION, by_version, field, skip, with_flag};
use super::limits::MAX_FRAGMENT_SAMPLES;
use super::movie::{Movie, MovieTrack};
use super::samples::{
    DEPENDS_ON_OTHERS, FragmentSamples, Sample, TrackSamples, dependencies, sample_depends_on,
};
use crate::bytes::Reader;
use crate::container::{ContainerError, Strictness};

/// What holds for samples of which nothing else is said: from `trex`, and from `tfhd` in its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct SampleDefaults {
    pub(super) description_index: u32,
    pub(super) duration: u32,
    pub(super) size: u32,
    pub(super) flags: u32,
}

impl SampleDefaults {
    /// With those that a box has in their place.
    pub(super) fn replaced_by(self, numbers: &Numbers) -> Self {
        let or = |number, default: u32| numbers.get(number).map_or(default, |value| value as u32);
        Self {
            description_index: or(Number::DescriptionIndex, self.description_index),
            duration: or(Number::SampleDuration, self.duration),
            size: or(Number::SampleSize, self.size),
            flags: or(Number::SampleFlags, self.flags),
        }
    }
}

/// `default-base-is-moof` of the flags of `tfhd` (§ 8.8.7.1).
const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;
/// `data-offset-present` of the flags of `trun` (§ 8.8.8.1).
const DATA_OFFSET_PRESENT: u32 = 0x01;
/// `sample_is_non_sync_sample` of the sample flags (§ 8.8.3.1).
const IS_NON_SYNC: u32 = 0x0001_0000;

/// Reads a `moof`: all samples of the tracks that matter, with the index of their track, in decode order each.
///
/// `decode_times` holds for each track of the movie the decode time after the last fragment; it is moved on. `brands` are
/// looked at only by who is strict.
pub(super) fn read_moof(
    moof: &BoxRef<'_>,
    movie: &Movie,
    decode_times: &mut [u64],
    file_start: u64,
    strictness: Strictness,
    brands: Option<&Brands>,
) -> Result<Vec<(usize, TrackSamples)>, ContainerError> {
    let traf_count = moof.count(b"traf");
    let mut fragment = Fragment {
        moof_offset: moof.offset,
        file_start,
        strictness,
        brands,
        is_one_traf: traf_count == 1,
        data_end: moof.offset,
        sample_count: 0,
    };
    // Several `traf` may continue one track.
    let mut tracks: Vec<(usize, TrackSamples)> = Vec::new();
    for child in moof.children() {
        let traf = child?;
        if traf.kind.0 != *b"traf" {
            continue;
        }
        let header = fragment.read_header(&traf)?;
        let track_id = header.numbers.u32(Number::TrackId);
        let Some((index, track)) = movie.track(track_id) else {
            let mut ignored = movie.ignored_tracks.iter();
            let Some((_, trex)) = ignored.find(|(id, _)| *id == track_id) else {
                return Err(traf.malformed(format_args!(
                    "belongs to track {track_id}, which the initialization segment does not have"
                )));
            };
            fragment.read_traf(&traf, &header, *trex, None, &mut 0, &mut Vec::new())?;
            continue;
        };
        if !tracks.iter().any(|(other, _)| *other == index) {
            tracks.push((index, TrackSamples::Fragment(FragmentSamples::default())));
        }
        let samples = tracks.iter_mut().find(|(other, _)| *other == index);
        if let (Some((_, TrackSamples::Fragment(FragmentSamples { samples, .. }))), Some(decode_time)) =
            (samples, decode_times.get_mut(index))
        {
            fragment.read_traf(&traf, &header, track.defaults, Some(track), decode_time, samples)?;
        }
    }
    // MSE ISO BMFF byte stream format § 4: a moof without a traf is an error.
    if traf_count == 0 {
        return Err(moof.malformed(format_args!("has no traf")));
    }
    for (_, track) in &mut tracks {
        if let TrackSamples::Fragment(samples) = track {
            samples.complete();
        }
    }
    Ok(tracks)
}

/// What is read of a `traf`, § 8.8.6, before its runs.
const TRACK_FRAGMENT: &[Rule<TrackFragment>] = &[
    Rule(*b"tfhd", Fields(TRACK_FRAGMENT_HEADER)),
    Rule(*b"tfdt", Fields(DECODE_TIME)),
    Rule(*b"sdtp", Own(TrackFragment::read_dependencies)),
];

/// `tfhd`, § 8.8.7.
const TRACK_FRAGMENT_HEADER: &[Field] = &[
    VERSION,
    FLAGS,
    field(Number::TrackId, 4),
    with_flag(0x01, Number::BaseDataOffset, 8),
    with_flag(0x02, Number::DescriptionIndex, 4),
    with_flag(0x08, Number::SampleDuration, 4),
    with_flag(0x10, Number::SampleSize, 4),
    with_flag(0x20, Number::SampleFlags, 4),
];

/// `tfdt`, § 8.8.12.
const DECODE_TIME: &[Field] = &[VERSION, skip(3), by_version(Number::BaseDecodeTime, 4, 8)];

/// What a `traf` says of all its runs.
struct TrackFragment {
    /// Those of `tfhd` and `tfdt`.
    numbers: Numbers,
    /// Of `sdtp`.
    dependencies: Vec<u8>,
}

impl AsMut<Numbers> for TrackFragment {
    fn as_mut(&mut self) -> &mut Numbers {
        &mut self.numbers
    }
}

impl TrackFragment {
    fn read_dependencies(&mut self, sdtp: &BoxRef<'_>) -> Result<(), ContainerError> {
        self.dependencies = dependencies(sdtp).to_vec();
        Ok(())
    }

    fn default_base_is_moof(&self) -> bool {
        self.numbers.u32(Number::Flags) & DEFAULT_BASE_IS_MOOF != 0
    }
}

/// What is carried from one `traf` to the next.
struct Fragment<'a> {
    moof_offset: u64,
    file_start: u64,
    strictness: Strictness,
    brands: Option<&'a Brands>,
    is_one_traf: bool,
    /// Where the data of the run before ended: where a run without an offset goes on.
    data_end: u64,
    sample_count: u32,
}

impl Fragment<'_> {
    fn read_header(&self, traf: &BoxRef<'_>) -> Result<TrackFragment, ContainerError> {
        let mut header = TrackFragment {
            numbers: Numbers::new(),
            dependencies: Vec::new(),
        };
        traf.read_boxes(0, TRACK_FRAGMENT, &mut header)?;
        if header.numbers.get(Number::TrackId).is_none() {
            return Err(traf.malformed(format_args!("has no tfhd")));
        }
        if self.strictness == Strictness::Strict {
            self.check_addressing(traf, &header)?;
        }
        Ok(header)
    }

    /// MSE ISO BMFF byte stream format § 4: every fragment must use movie-fragment relative addressing, which needs a data
    /// offset in the first `trun` of each `traf`, and the `moof` as the base of each.
    fn check_addressing(&self, traf: &BoxRef<'_>, header: &TrackFragment) -> Result<(), ContainerError> {
        if header.numbers.get(Number::BaseDataOffset).is_some() {
            return Err(traf.malformed(format_args!(
                "tfhd has a base-data-offset, which MSE does not allow"
            )));
        }
        let has_base = header.default_base_is_moof();
        if !self.is_one_traf && !has_base {
            return Err(traf.malformed(format_args!(
                "tfhd lacks default-base-is-moof, which MSE requires where a moof has more than one traf"
            )));
        }
        if has_base
            && self.brands.is_some_and(Brands::forbid_default_base_is_moof)
            && let Some(tfhd) = traf.child(b"tfhd")?
        {
            return Err(tfhd.malformed(format_args!(
                "has default-base-is-moof, which all of its brands forbid"
            )));
        }
        if let Some(trun) = traf.child(b"trun")?
            && trun.read(full_box)?.1 & DATA_OFFSET_PRESENT == 0
        {
            return Err(trun.malformed(format_args!(
                "has no data offset, which MSE requires of the first in a traf"
            )));
        }
        Ok(())
    }

    /// Reads the runs of a `traf`. Without a `track` only their extent matters.
    fn read_traf(
        &mut self,
        traf: &BoxRef<'_>,
        header: &TrackFragment,
        trex: SampleDefaults,
        track: Option<&MovieTrack>,
        decode_time: &mut u64,
        samples: &mut Vec<Sample>,
    ) -> Result<(), ContainerError> {
        let strict = self.strictness == Strictness::Strict;
        // § 8.8.7.1: an explicit base counts from the start of the file; without one it is the moof, or, in the oldest
        // files, the end of the data of the traf before.
        //
        // DEVIATION: MSE ISO BMFF byte stream format § 4 makes an explicit base, and one at the end of the data before, an
        // append error. Files of older muxers have them, and when appended from their first byte they are as clear.
        let base = match header.numbers.get(Number::BaseDataOffset) {
            Some(offset) => self.file_start.saturating_add(offset),
            None if header.default_base_is_moof() => self.moof_offset,
            None => self.data_end,
        };
        self.data_end = base;
        let defaults = trex.replaced_by(&header.numbers);
        if let Some(track) = track {
            track
                .config(defaults.description_index.max(1))
                .map_err(|error| match error {
                    Some(error) => error.clone(),
                    None => traf.malformed(format_args!(
                        "uses sample description {}, which its track does not have",
                        defaults.description_index
                    )),
                })?;
            match header.numbers.get(Number::BaseDecodeTime) {
                Some(time) => *decode_time = time,
                None if strict => return Err(traf.malformed(format_args!("has no tfdt, which MSE requires"))),
                // DEVIATION: MSE ISO BMFF byte stream format § 4 makes a missing tfdt an append error. Old muxers leave
                // it out, and the next fragment of a file starts where the one before ended.
                None => {}
            }
        }
        let runs = Runs {
            base,
            defaults,
            track,
            dependencies: &header.dependencies,
            first_sample: samples.len(),
        };
        for child in traf.children() {
            let trun = child?;
            if trun.kind.0 == *b"trun" {
                self.read_trun(&trun, &runs, decode_time, samples)?;
            }
        }
        Ok(())
    }

    /// `trun`, § 8.8.8.
    fn read_trun(
        &mut self,
        trun: &BoxRef<'_>,
        runs: &Runs<'_>,
        decode_time: &mut u64,
        samples: &mut Vec<Sample>,
    ) -> Result<(), ContainerError> {
        let Runs {
            base,
            defaults,
            track,
            ..
        } = *runs;
        let mut reader = Reader::new(trun.payload);
        let (_, flags) = full_box(&mut reader);
        let count = reader.u32();
        let data_offset = (flags & DATA_OFFSET_PRESENT != 0).then(|| reader.i32());
        let first_flags = (flags & 0x04 != 0).then(|| reader.u32());
        trun.check_end(&reader)?;
        if let Some(offset) = data_offset {
            self.data_end = base.checked_add_signed(i64::from(offset)).ok_or_else(|| {
                trun.malformed(format_args!(
                    "its data offset {offset} leads before the first byte"
                ))
            })?;
        }
        let fields = (flags & 0xf00).count_ones() as usize;
        if fields > 0 {
            trun.check_count(count, fields * 4, &reader)?;
        }
        self.sample_count = self.sample_count.saturating_add(count);
        if self.sample_count > MAX_FRAGMENT_SAMPLES {
            return Err(trun.limit(format_args!(
                "brings its fragment to {} samples; the limit is {MAX_FRAGMENT_SAMPLES}",
                self.sample_count
            )));
        }
        for index in 0..count {
            // They are all there: they were counted.
            let mut field = |flag, default| {
                if flags & flag == 0 { default } else { reader.u32() }
            };
            let duration = field(0x100, defaults.duration);
            let size = field(0x200, defaults.size);
            let mut sample_flags = field(0x400, defaults.flags);
            // Unsigned in version 0, but writers put negative ones there, and none is as large as 2^31.
            let composition_offset = field(0x800, 0).cast_signed();
            if index == 0
                && let Some(first_flags) = first_flags
            {
                sample_flags = first_flags;
            }
            let offset = self.data_end;
            self.data_end = offset.saturating_add(u64::from(size));
            let time = *decode_time;
            *decode_time = time.saturating_add(u64::from(duration));
            let Some(track) = track else { continue };
            let Ok(ticks) = i64::try_from(time) else {
                return Err(trun.malformed(format_args!("its decode time {time} is too large")));
            };
            let decode = ticks.saturating_add(track.shift);
            let presentation_time = decode.saturating_add(i64::from(composition_offset));
            let index = samples.len() - runs.first_sample;
            samples.push(Sample {
                offset,
                size,
                decode_time: decode,
                presentation_time,
                presentation_end: presentation_time.saturating_add(i64::from(duration)),
                // MSE ISO BMFF byte stream format § 5: random access points are SAP of type 1 or 2. Muxers exist that mark
                // every picture as a sync sample; one that depends on others is none. One that depends on no other need
                // not be one: pictures after it may look back.
                is_sync: track.is_audio()
                    || sample_flags & IS_NON_SYNC == 0
                        && depends_on(sample_flags, runs.dependencies, index) != DEPENDS_ON_OTHERS,
                description: defaults.description_index.max(1),
            });
        }
        Ok(())
    }
}

/// What the runs of one `traf` have in common.
struct Runs<'a> {
    /// Where data offsets count from.
    base: u64,
    defaults: SampleDefaults,
    /// `None` where only their extent matters.
    track: Option<&'a MovieTrack>,
    /// Of `sdtp`.
    dependencies: &'a [u8],
    /// How many samples of the track the `traf` boxes before have.
    first_sample: usize,
}

/// `sample_depends_on` of the sample flags, § 8.8.3.1, or of `sdtp` where those say "unknown".
fn depends_on(flags: u32, dependencies: &[u8], index: usize) -> u8 {
    match (flags >> 24 & 3) as u8 {
        0 => sample_depends_on(dependencies, index),
        known => known,
    }
}

/// Version and flags.
pub(super) fn full_box(reader: &mut Reader<'_>) -> (u8, u32) {
    (reader.u8(), reader.u24())
}
