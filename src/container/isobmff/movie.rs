//! The movie that a complete `moov` box describes.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::boxes::BoxRef;
use super::fields::{Number, Numbers};
use super::fragment::SampleDefaults;
use super::moov::{MoovBox, TrackBox};
use super::sample_entry::SampleEntryBox;
use super::sample_table::{SampleTable, Tables};
use super::samples::{Sample, TrackSamples};
use crate::codec::{self, NalUnits};
use crate::container::mpeg_audio::mpeg_frame_duration;
use crate::container::{
    ContainerError, DecoderConfig, ErrorClass, InitSegment, Strictness, Track, TrackKind,
};
use crate::time::MediaTime;

/// What stays of a `moov` once it is read.
#[derive(Debug)]
pub(super) struct Movie {
    /// Its audio and video tracks, in the order of the file.
    pub(super) tracks: Vec<MovieTrack>,
    /// Tracks that are not played, and their defaults: how far their data goes still matters.
    pub(super) ignored_tracks: Vec<(u32, SampleDefaults)>,
}

/// A track that is played.
#[derive(Debug)]
pub(super) struct MovieTrack {
    pub(super) id: u32,
    pub(super) timescale: NonZeroU32,
    /// Ticks to add to all times of the media: the edit list.
    pub(super) shift: i64,
    /// Which of its sample descriptions it begins with, from 1.
    pub(super) first_description: u32,
    /// For its fragments.
    pub(super) defaults: SampleDefaults,
    kind: TrackKind,
    descriptions: Vec<Description>,
    /// Whether the last sample lasted exactly as long as what is decoded of it.
    was_whole: bool,
    /// Some sample had those since the initialization segment.
    has_in_band_parameter_sets: bool,
}

/// A sample description of a track.
#[derive(Debug)]
struct Description {
    /// Or why it cannot be used. That matters only when a sample has it.
    config: Result<Arc<DecoderConfig>, ContainerError>,
    decoded: DecodedSound,
    /// How samples hold the parameter sets that the configuration lacks.
    in_band: Option<NalUnits>,
}

impl Description {
    fn new(entry: &SampleEntryBox, header: &Numbers) -> Self {
        let config = entry.decoder_config(header);
        Self {
            decoded: config.as_ref().map_or(DecodedSound::Unknown, DecodedSound::with),
            config: config.map(Arc::new),
            in_band: entry.in_band_parameter_sets(),
        }
    }
}

impl MovieTrack {
    pub(super) fn is_audio(&self) -> bool {
        self.kind == TrackKind::Audio
    }

    /// A sample description, from 1.
    fn description(&self, number: u32) -> Option<&Description> {
        self.descriptions.get((number as usize).checked_sub(1)?)
    }

    /// The configuration of a sample description, from 1; the error is why it cannot be used, or `None` when there is
    /// no such description.
    pub(super) fn config(&self, description: u32) -> Result<&Arc<DecoderConfig>, Option<&ContainerError>> {
        let description = self.description(description).ok_or(None)?;
        description.config.as_ref().map_err(Some)
    }

    /// The configuration of a frame with this description, where it is not the one the track begins with.
    pub(super) fn changed_config(&self, description: u32) -> Option<Arc<DecoderConfig>> {
        if description == self.first_description {
            return None;
        }
        self.config(description).ok().cloned()
    }

    /// Ticks of decoded sound that a sample is too short for: the padding of the last frame. Zero where they are not known
    /// to be a whole number, and where the sample before was not whole either: recorders write durations that say nothing
    /// of the sound. To be called for all in order.
    pub(super) fn padding(&mut self, sample: &Sample, data: &[u8]) -> i64 {
        let lasts = sample.presentation_end.saturating_sub(sample.presentation_time);
        let description = self.description(sample.description);
        match description.and_then(|description| description.decoded.of(data)) {
            // No duration at all says that it is not known.
            Some((samples, rate)) if lasts > 0 => {
                let scaled = u64::from(samples) * u64::from(self.timescale.get());
                let is_whole = rate > 0 && scaled.is_multiple_of(rate.into());
                let ticks = if is_whole { scaled / u64::from(rate) } else { 0 };
                let padding = i64::try_from(ticks).unwrap_or_default().saturating_sub(lasts);
                let was_whole = std::mem::replace(&mut self.was_whole, padding == 0);
                if was_whole { padding.max(0) } else { 0 }
            }
            _ => 0,
        }
    }

    /// Whether a sample with this description can be decoded as far as parameter sets go (MSE ISO BMFF byte stream format
    /// § 4). To be called for all in order.
    ///
    /// DEVIATION: each random access point must have them where the configuration does not. Unless strict, some sample
    /// before may have had them: encoders exist that write them once.
    pub(super) fn finds_parameter_sets(
        &mut self,
        description: u32,
        sample: &[u8],
        is_random_access_point: bool,
        strictness: Strictness,
    ) -> bool {
        let Some(nal_units) = self.description(description).and_then(|found| found.in_band) else {
            return true;
        };
        let has_them = nal_units.has_parameter_sets(sample);
        self.has_in_band_parameter_sets |= has_them;
        let may_lack_them = strictness == Strictness::Lenient && self.has_in_band_parameter_sets;
        has_them || may_lack_them || !is_random_access_point
    }
}

impl Movie {
    /// The index of a track that is played, and the track.
    pub(super) fn track(&self, id: u32) -> Option<(usize, &MovieTrack)> {
        self.tracks.iter().enumerate().find(|(_, track)| track.id == id)
    }
}

/// How much sound a frame is decoded to.
#[derive(Clone, Copy, Debug)]
enum DecodedSound {
    /// Nothing tells.
    Unknown,
    /// Always as much: samples, and how many of them a second.
    Fixed(u32, u32),
    /// As an Opus packet says.
    Opus,
    /// As the frames of AC-3 and E-AC-3 say.
    Ac3,
    /// As the header of a frame of MPEG audio says.
    MpegAudio,
}

impl DecodedSound {
    fn with(config: &DecoderConfig) -> Self {
        /// `None` where the description tells.
        const CODECS: [(&str, Option<DecodedSound>); 7] = [
            ("opus", Some(DecodedSound::Opus)),
            ("ac-3", Some(DecodedSound::Ac3)),
            ("ec-3", Some(DecodedSound::Ac3)),
            ("mp3", Some(DecodedSound::MpegAudio)),
            ("mp4a.40.2", None),
            ("mp4a.40.5", None),
            ("mp4a.40.29", None),
        ];
        let Some((_, known)) = CODECS.iter().find(|(codec, _)| *codec == config.codec) else {
            return Self::Unknown;
        };
        let fixed = || {
            let (samples, rate) = codec::aac_frame_duration(config.description.as_deref()?)?;
            Some(Self::Fixed(samples, rate))
        };
        known.or_else(fixed).unwrap_or(Self::Unknown)
    }

    /// Samples that a frame is decoded to, and how many of them a second.
    fn of(self, data: &[u8]) -> Option<(u32, u32)> {
        match self {
            Self::Unknown => None,
            Self::Fixed(samples, rate) => Some((samples, rate)),
            Self::Opus => Some((codec::opus_packet_duration(data)?, 48_000)),
            Self::Ac3 => codec::ac3_frame_duration(data),
            Self::MpegAudio => mpeg_frame_duration(data).map(|(samples, rate)| (samples, rate.get())),
        }
    }
}

/// A `moov` box, read.
pub(super) struct ReadMovie {
    pub(super) movie: Movie,
    pub(super) init_segment: InitSegment,
    /// The samples of its tables that are not empty, with the index of their track.
    pub(super) tables: Vec<(usize, TrackSamples)>,
    /// Whether movie fragments may follow.
    pub(super) has_movie_extends: bool,
}

impl ReadMovie {
    pub(super) const fn new() -> Self {
        Self {
            movie: Movie {
                tracks: Vec::new(),
                ignored_tracks: Vec::new(),
            },
            init_segment: InitSegment {
                duration: None,
                tracks: Vec::new(),
            },
            tables: Vec::new(),
            has_movie_extends: false,
        }
    }
}

/// Reads a `moov` of the file that starts at `file_start` in the stream.
pub(super) fn read_moov(
    moov: &BoxRef<'_>,
    file_start: u64,
    strictness: Strictness,
    result: &mut ReadMovie,
) -> Result<(), ContainerError> {
    let mut movie = MoovBox::default();
    movie.read(moov)?;
    if movie.tracks.is_empty() {
        return Err(moov.unsupported(format_args!("has no audio or video track")));
    }
    let movie_timescale = NonZeroU32::new(movie.numbers.u32(Number::Timescale))
        .ok_or_else(|| moov.malformed(format_args!("has no mvhd with a timescale")))?;
    result.has_movie_extends = movie.has_movie_extends;
    for &id in &movie.ignored_track_ids {
        let defaults = defaults_of(&movie.defaults, id).copied().unwrap_or_default();
        result.movie.ignored_tracks.push((id, defaults));
    }
    let mut dropped: Vec<(TrackKind, ContainerError)> = Vec::new();
    let mut track_end = None;
    for trak in &mut movie.tracks {
        let error = |message: fmt::Arguments<'_>| {
            ContainerError::malformed(trak.offset, "moov/trak", fmt::format(message))
        };
        // MSE ISO BMFF byte stream format § 4: external data references are an append error.
        //
        // DEVIATION: only when strict. Some QuickTime writers forget the flag, and no other file is ever opened.
        if trak.has_external_data && strictness == Strictness::Strict {
            return Err(error(format_args!(
                "its data is in another file, which MSE does not allow"
            )));
        }
        let Some(id) = trak.numbers.get(Number::TrackId) else {
            return Err(error(format_args!("has no tkhd")));
        };
        let id = id as u32;
        if result.movie.track(id).is_some() {
            return Err(error(format_args!("two tracks have the number {id}")));
        }
        let timescale = NonZeroU32::new(trak.numbers.u32(Number::Timescale))
            .ok_or_else(|| error(format_args!("has no mdhd with a timescale")))?;
        let defaults = defaults_of(&movie.defaults, id);
        let first_description = first_description(&trak.tables, defaults);
        let track = MovieTrack {
            id,
            timescale,
            shift: trak
                .edits
                .map_or(0, |edits| edits.shift(movie_timescale, timescale)),
            first_description,
            defaults: SampleDefaults {
                description_index: first_description,
                ..defaults.copied().unwrap_or_default()
            },
            kind: trak.kind,
            was_whole: false,
            descriptions: trak
                .sample_entries
                .iter()
                .map(|entry| Description::new(entry, &trak.numbers))
                .collect(),
            has_in_band_parameter_sets: false,
        };
        let config = match begin_config(&track, trak) {
            Ok(config) => Arc::clone(config),
            // DEVIATION: MSE § 3.5.7 step 3 refuses every initialization segment with a codec that is not supported. A
            // file with a second sound track that no browser decodes plays without that track.
            Err(error) if error.class == ErrorClass::Unsupported && strictness == Strictness::Lenient => {
                dropped.push((track.kind, error));
                result.movie.ignored_tracks.push((id, track.defaults));
                continue;
            }
            Err(error) => return Err(error),
        };
        if let Some(table) = SampleTable::new(
            std::mem::take(&mut trak.tables),
            file_start,
            track.shift,
            track.is_audio(),
        ) {
            let end = MediaTime::from_ticks(table.presentation_end(), timescale);
            track_end = track_end.max(Some(end));
            let index = result.movie.tracks.len();
            result.tables.push((index, TrackSamples::Table(table)));
        }
        let is_first = !result.movie.tracks.iter().any(|other| other.kind == track.kind);
        let first_entry = trak
            .sample_entries
            .get(first_description.wrapping_sub(1) as usize);
        let by_codec = first_entry.and_then(SampleEntryBox::html_kind);
        result.init_segment.tracks.push(Track {
            kind: trak.roles.kind(track.kind, by_codec, is_first).into(),
            id,
            config,
            language: trak.language(),
            label: std::mem::take(&mut trak.label),
        });
        result.movie.tracks.push(track);
    }
    // Nobody wants a film without its picture, or silent, and no reason given.
    let kept = |kind| result.movie.tracks.iter().any(|track| track.kind == kind);
    if let Some((_, error)) = dropped.iter().find(|(kind, _)| !kept(*kind)) {
        return Err(error.clone());
    }
    // A duration of zero says as little as none: the file was written before its end was known.
    let declared = [Number::FragmentDuration, Number::Duration]
        .into_iter()
        .filter_map(|number| movie.numbers.get(number))
        .find(|&ticks| ticks != 0)
        .and_then(|ticks| i64::try_from(ticks).ok())
        .map(|ticks| MediaTime::from_ticks(ticks, movie_timescale));
    // With fragments to come, the ends of what is here already say nothing.
    result.init_segment.duration = match result.has_movie_extends {
        true => declared,
        false => declared.max(track_end),
    };
    Ok(())
}

/// The defaults of a track in `mvex`.
fn defaults_of(all: &[(u32, SampleDefaults)], track_id: u32) -> Option<&SampleDefaults> {
    let (_, defaults) = all.iter().find(|(id, _)| *id == track_id)?;
    Some(defaults)
}

/// The sample description that the track begins with, from 1.
fn first_description(tables: &Tables, defaults: Option<&SampleDefaults>) -> u32 {
    let default = defaults.map(|defaults| defaults.description_index.max(1));
    tables.descriptions().next().or(default).unwrap_or(1)
}

/// The configuration that the track begins with, if those of all its own samples can be used.
fn begin_config<'a>(
    track: &'a MovieTrack,
    trak: &TrackBox,
) -> Result<&'a Arc<DecoderConfig>, ContainerError> {
    let config = |description| {
        track.config(description).map_err(|error| match error {
            Some(error) => error.clone(),
            None => ContainerError::malformed(
                trak.offset,
                "moov/trak/mdia/minf/stbl/stsd",
                format!("has no sample description {description}"),
            ),
        })
    };
    for description in trak.tables.descriptions() {
        config(description)?;
    }
    config(track.first_description)
}
