//! Random movies as mp4-atom writes them, against a naive model of what is in them.

use std::num::NonZeroU32;

use mp4_atom as atom;

use super::*;

/// `sample_is_non_sync_sample`, and where `sample_depends_on` lies.
const NON_SYNC: u32 = 0x1_0000;
const DEPENDS_ON_SHIFT: u32 = 24;
const MOVIE_TIMESCALE: u32 = 600;

/// A sample as a run or a table may say it is.
#[derive(Clone, Debug)]
struct SampleModel {
    duration: u32,
    size: u32,
    flags: u32,
    composition_offset: i32,
}

#[derive(Clone, Debug)]
struct TrackModel {
    id: u32,
    is_audio: bool,
    timescale: u32,
    /// Ticks of the movie and of the media; without the second an edit is empty.
    edits: Vec<(u64, Option<u64>)>,
    defaults: SampleModel,
    samples: Vec<SampleModel>,
    /// Samples of each chunk, over and over.
    chunk_sizes: Vec<usize>,
    has_composition_offsets: bool,
    has_sync_table: bool,
    has_equal_sizes: bool,
    has_long_offsets: bool,
}

#[derive(Clone, Debug)]
struct RunModel {
    samples: Vec<SampleModel>,
    has_durations: bool,
    has_sizes: bool,
    has_flags: bool,
    has_composition_offsets: bool,
    /// Where not all have: the first has flags of its own.
    has_first_flags: bool,
    /// Where it may be left out: the place of its data is said.
    has_data_offset: bool,
}

#[derive(Clone, Debug)]
struct TrafModel {
    /// Index of its track.
    track: usize,
    description_index: bool,
    duration: Option<u32>,
    size: Option<u32>,
    flags: Option<u32>,
    decode_time: Option<u64>,
    /// 0: from the moof; 1: from the start of the file; 2: from the traf before.
    base: u8,
    runs: Vec<RunModel>,
}

/// A fragment, and which boxes that do not matter stand before it.
type FragmentModel = (Vec<TrafModel>, u8);

/// Presentation, decode and end time, random access point, data.
type FrameModel = (MediaTime, MediaTime, MediaTime, bool, Vec<u8>);

prop_compose! {
    fn sample()(
        duration in 0u32..100,
        size in 0u32..6,
        is_sync: bool,
        depends_on in 0u32..3,
        composition_offset in -50i32..50,
    ) -> SampleModel {
        SampleModel {
            duration,
            size,
            flags: if is_sync { 0 } else { NON_SYNC } | depends_on << DEPENDS_ON_SHIFT,
            composition_offset,
        }
    }
}

/// Mostly small, sometimes of more than 32 bits.
fn time() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0u64..1_000, 1 => (1u64 << 32)..(1 << 33)]
}

prop_compose! {
    fn track(id: u32, min_samples: usize)(
        is_audio: bool,
        timescale in prop::sample::select(&[1u32, 600, 1_000, 44_100, 90_000][..]),
        edits in prop::collection::vec((time(), prop::option::of(time())), 0..4),
        defaults in sample(),
        samples in prop::collection::vec(sample(), min_samples..20),
        chunk_sizes in prop::collection::vec(1usize..5, 1..4),
        (has_composition_offsets, has_sync_table, has_equal_sizes, has_long_offsets) in any::<(bool, bool, bool, bool)>(),
    ) -> TrackModel {
        TrackModel {
            id, is_audio, timescale, edits, defaults, samples, chunk_sizes,
            has_composition_offsets, has_sync_table, has_equal_sizes, has_long_offsets,
        }
    }
}

prop_compose! {
    fn run_of_samples()(
        samples in prop::collection::vec(sample(), 0..4),
        (has_durations, has_sizes, has_flags, has_composition_offsets) in any::<(bool, bool, bool, bool)>(),
        (has_first_flags, has_data_offset) in any::<(bool, bool)>(),
    ) -> RunModel {
        RunModel {
            samples, has_durations, has_sizes, has_flags, has_composition_offsets, has_first_flags, has_data_offset,
        }
    }
}

prop_compose! {
    fn traf()(
        track in 0usize..2,
        description_index: bool,
        duration in prop::option::of(0u32..100),
        size in prop::option::of(0u32..6),
        flags in prop::option::of(sample().prop_map(|sample| sample.flags)),
        decode_time in prop::option::of(time()),
        base in 0u8..3,
        runs in prop::collection::vec(run_of_samples(), 0..4),
    ) -> TrafModel {
        TrafModel { track, description_index, duration, size, flags, decode_time, base, runs }
    }
}

fn fragments() -> impl Strategy<Value = Vec<FragmentModel>> {
    prop::collection::vec((prop::collection::vec(traf(), 1..4), 0u8..4), 0..4)
}

fn encoded(box_: &impl atom::Encode) -> Vec<u8> {
    let mut bytes = Vec::new();
    box_.encode(&mut bytes).unwrap();
    bytes
}

/// A payload that is like no other of this size nearby.
fn payload(size: u32, seed: &mut u8) -> Vec<u8> {
    (0..size)
        .map(|_| {
            *seed = seed.wrapping_mul(5).wrapping_add(1);
            *seed
        })
        .collect()
}

impl TrackModel {
    fn shift(&self) -> i64 {
        let empty = self.edits.iter().take_while(|edit| edit.1.is_none());
        let delay: u64 = empty.map(|edit| edit.0).sum();
        match self.edits.iter().find_map(|edit| edit.1) {
            Some(media_time) => {
                (delay * u64::from(self.timescale) / u64::from(MOVIE_TIMESCALE)) as i64 - media_time as i64
            }
            None => 0,
        }
    }

    /// The frame of a sample that is decoded at `decode_time`, the edit list not applied; `None` for an empty one.
    fn frame(&self, sample: &SampleModel, decode_time: u64, data: Vec<u8>) -> Option<FrameModel> {
        let time = |ticks| MediaTime::from_ticks(ticks, NonZeroU32::new(self.timescale).unwrap());
        let decode = decode_time as i64 + self.shift();
        let presentation = decode + i64::from(sample.composition_offset);
        let depends_on_others = sample.flags >> DEPENDS_ON_SHIFT & 3 == 1;
        let is_key = self.is_audio || sample.flags & NON_SYNC == 0 && !depends_on_others;
        (!data.is_empty()).then(|| {
            (
                time(presentation),
                time(decode),
                time(presentation + i64::from(sample.duration)),
                is_key,
                data,
            )
        })
    }

    fn chunks<'a, T>(&'a self, mut samples: &'a [T]) -> impl Iterator<Item = &'a [T]> {
        self.chunk_sizes.iter().cycle().map_while(move |&size| {
            let (chunk, rest) = samples.split_at(size.min(samples.len()));
            samples = rest;
            (!chunk.is_empty()).then_some(chunk)
        })
    }

    /// `trak` with the tables of these samples, in chunks at these offsets.
    fn trak(&self, samples: &[SampleModel], chunks: &[u64]) -> atom::Trak {
        let entry = if self.is_audio {
            let dops = atom::Dops {
                output_channel_count: 2,
                pre_skip: 0,
                input_sample_rate: 48_000,
                output_gain: 0,
                channel_mapping: None,
            };
            let audio = atom::Audio {
                data_reference_index: 1,
                channel_count: 2,
                sample_size: 16,
                sample_rate: 48_000.into(),
            };
            atom::Codec::Opus(atom::Opus {
                audio,
                dops,
                btrt: None,
            })
        } else {
            let visual = atom::Visual {
                data_reference_index: 1,
                width: 640,
                height: 480,
                ..Default::default()
            };
            let avcc = atom::Avcc {
                configuration_version: 1,
                avc_profile_indication: 66,
                profile_compatibility: 0,
                avc_level_indication: 30,
                length_size: 4,
                sequence_parameter_sets: vec![vec![0x67]],
                picture_parameter_sets: vec![vec![0x68]],
                ext: None,
            };
            atom::Codec::Avc1(atom::Avc1 {
                visual,
                avcc,
                btrt: None,
                colr: None,
                pasp: None,
                taic: None,
                fiel: None,
                spatial: None,
            })
        };
        let (short, long) = match self.has_long_offsets {
            true => (None, Some(chunks.to_vec())),
            false => (Some(chunks.iter().map(|&chunk| chunk as u32).collect()), None),
        };
        let mut chunk_runs: Vec<(usize, usize)> = Vec::new();
        for (number, chunk) in (1..).zip(self.chunks(samples)) {
            if chunk_runs.last().is_none_or(|(_, size)| *size != chunk.len()) {
                chunk_runs.push((number, chunk.len()));
            }
        }
        let edits = self
            .edits
            .iter()
            .map(|&(segment_duration, media_time)| atom::ElstEntry {
                segment_duration,
                media_time,
                media_rate: 1.into(),
            });
        let syncs = (1..)
            .zip(samples)
            .filter(|(_, sample)| sample.flags & NON_SYNC == 0);
        atom::Trak {
            tkhd: atom::Tkhd {
                track_id: self.id,
                ..Default::default()
            },
            edts: (!self.edits.is_empty()).then(|| atom::Edts {
                elst: Some(atom::Elst {
                    entries: edits.collect(),
                }),
            }),
            mdia: atom::Mdia {
                mdhd: atom::Mdhd {
                    timescale: self.timescale,
                    language: "und".into(),
                    ..Default::default()
                },
                hdlr: atom::Hdlr {
                    handler: if self.is_audio { b"soun" } else { b"vide" }.into(),
                    name: String::new(),
                },
                minf: atom::Minf {
                    stbl: atom::Stbl {
                        stsd: atom::Stsd { codecs: vec![entry] },
                        stts: atom::Stts {
                            entries: samples
                                .iter()
                                .map(|sample| atom::SttsEntry {
                                    sample_count: 1,
                                    sample_delta: sample.duration,
                                })
                                .collect(),
                        },
                        ctts: self.has_composition_offsets.then(|| atom::Ctts {
                            entries: samples
                                .iter()
                                .map(|sample| atom::CttsEntry {
                                    sample_count: 1,
                                    sample_offset: sample.composition_offset.into(),
                                })
                                .collect(),
                        }),
                        stss: self.has_sync_table.then(|| atom::Stss {
                            entries: syncs.map(|(number, _)| number).collect(),
                        }),
                        stsc: atom::Stsc {
                            entries: chunk_runs
                                .iter()
                                .map(|&(first, count)| atom::StscEntry {
                                    first_chunk: first as u32,
                                    samples_per_chunk: count as u32,
                                    sample_description_index: 1,
                                })
                                .collect(),
                        },
                        stsz: atom::Stsz {
                            samples: match self.has_equal_sizes {
                                true => atom::StszSamples::Identical {
                                    count: samples.len() as u32,
                                    size: samples.first().map_or(0, |sample| sample.size),
                                },
                                false => atom::StszSamples::Different {
                                    sizes: samples.iter().map(|sample| sample.size).collect(),
                                },
                            },
                        },
                        stco: short.map(|entries| atom::Stco { entries }),
                        co64: long.map(|entries| atom::Co64 { entries }),
                        ..Default::default()
                    },
                    ..Default::default()
                },
            },
            ..Default::default()
        }
    }
}

fn movie(traks: Vec<atom::Trak>, trex: Option<Vec<atom::Trex>>) -> Vec<u8> {
    let ftyp = atom::Ftyp {
        major_brand: b"iso6".into(),
        minor_version: 0,
        compatible_brands: vec![],
    };
    let moov = atom::Moov {
        mvhd: atom::Mvhd {
            timescale: MOVIE_TIMESCALE,
            ..Default::default()
        },
        mvex: trex.map(|trex| atom::Mvex { mehd: None, trex }),
        trak: traks,
        ..Default::default()
    };
    [encoded(&ftyp), encoded(&moov)].concat()
}

impl RunModel {
    /// What its samples are, where it and its `traf` leave things out.
    fn samples(&self, traf: &TrafModel, track: &TrackModel) -> Vec<SampleModel> {
        let defaults = SampleModel {
            duration: traf.duration.unwrap_or(track.defaults.duration),
            size: traf.size.unwrap_or(track.defaults.size),
            flags: traf.flags.unwrap_or(track.defaults.flags),
            composition_offset: 0,
        };
        let choose = |has, own, default| if has { own } else { default };
        self.samples
            .iter()
            .enumerate()
            .map(|(index, sample)| SampleModel {
                duration: choose(self.has_durations, sample.duration, defaults.duration),
                size: choose(self.has_sizes, sample.size, defaults.size),
                flags: choose(
                    self.has_flags || self.has_first_flags && index == 0,
                    sample.flags,
                    defaults.flags,
                ),
                composition_offset: if self.has_composition_offsets {
                    sample.composition_offset
                } else {
                    0
                },
            })
            .collect()
    }

    fn trun(&self, data_offset: Option<i32>) -> atom::Trun {
        let has_fields =
            self.has_durations || self.has_sizes || self.has_flags || self.has_composition_offsets;
        let samples = if has_fields {
            let entries = self
                .samples
                .iter()
                .enumerate()
                .map(|(index, sample)| atom::TrunEntry {
                    duration: self.has_durations.then_some(sample.duration),
                    size: self.has_sizes.then_some(sample.size),
                    flags: (self.has_flags || self.has_first_flags && index == 0).then_some(sample.flags),
                    cts: self
                        .has_composition_offsets
                        .then_some(sample.composition_offset.into()),
                });
            atom::TrunSamples::Explicit(entries.collect())
        } else {
            let first = self.samples.first().filter(|_| self.has_first_flags);
            atom::TrunSamples::Inherited {
                count: self.samples.len() as u32,
                first_flags: first.map(|sample| sample.flags),
            }
        };
        atom::Trun { data_offset, samples }
    }
}

/// The `moof` at `offset` with its data right behind it, `moof_size` after its start and a header.
fn moof(trafs: &[TrafModel], tracks: &[TrackModel], offset: u64, moof_size: u64) -> Vec<u8> {
    let mut data = offset + moof_size + 8;
    // Where the data of the traf before ended.
    let mut implicit = offset;
    let trafs = trafs.iter().map(|traf| {
        let track = &tracks[traf.track];
        let base = match traf.base {
            0 => offset,
            1 => 3,
            _ => implicit,
        };
        implicit = base;
        let runs = traf.runs.iter().map(|run| {
            let data_offset = (implicit != data || run.has_data_offset).then_some((data - base) as i32);
            data += run
                .samples(traf, track)
                .iter()
                .map(|sample| u64::from(sample.size))
                .sum::<u64>();
            implicit = data;
            run.trun(data_offset)
        });
        atom::Traf {
            trun: runs.collect(),
            tfhd: atom::Tfhd {
                track_id: track.id,
                base_data_offset: (traf.base == 1).then_some(base),
                sample_description_index: traf.description_index.then_some(1),
                default_sample_duration: traf.duration,
                default_sample_size: traf.size,
                default_sample_flags: traf.flags,
                duration_is_empty: false,
                default_base_is_moof: traf.base == 0,
            },
            tfdt: traf.decode_time.map(|base_media_decode_time| atom::Tfdt {
                base_media_decode_time,
            }),
            ..Default::default()
        }
    });
    encoded(&atom::Moof {
        mfhd: atom::Mfhd { sequence_number: 1 },
        traf: trafs.collect(),
    })
}

/// Boxes that are passed over.
fn between(which: u8) -> Vec<u8> {
    let sidx = |earliest_presentation_time| {
        encoded(&atom::Sidx {
            reference_id: 1,
            timescale: 1_000,
            earliest_presentation_time,
            first_offset: 0,
            references: vec![],
        })
    };
    let emsg = |presentation_time| {
        encoded(&atom::Emsg {
            timescale: 1_000,
            presentation_time,
            event_duration: 1,
            id: 2,
            scheme_id_uri: "urn:example".into(),
            value: "mdat".into(),
            message_data: vec![0; 9],
        })
    };
    match which {
        0 => vec![],
        1 => [sidx(5), emsg(atom::EmsgTimestamp::Relative(7))].concat(),
        2 => [emsg(atom::EmsgTimestamp::Absolute(1 << 40)), sidx(1 << 40)].concat(),
        _ => encoded(&atom::Free { zeroed: 0.into() }),
    }
}

/// The frames of each track, as they come out.
fn frames_of(bytes: &[u8], tracks: &[TrackModel]) -> Result<Vec<Vec<FrameModel>>, ContainerError> {
    let mut demuxer = IsoBmffDemuxer::default();
    let mut frames = vec![Vec::new(); tracks.len()];
    for piece in bytes.chunks(97) {
        demuxer.push(piece);
        while demuxer.parse(50)? == ParseStatus::MorePending {}
        while let Some(event) = demuxer.poll_event() {
            if let DemuxEvent::Frame(frame) = event {
                let index = tracks
                    .iter()
                    .position(|track| track.id == frame.track_id)
                    .unwrap();
                frames[index].push((
                    frame.presentation_timestamp,
                    frame.decode_timestamp,
                    frame.presentation_end,
                    frame.is_random_access_point,
                    frame.data.to_vec(),
                ));
            }
        }
    }
    assert!(!demuxer.is_parsing_media_segment() || demuxer.pending_bytes() == 0);
    Ok(frames)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn fragments_are_read_as_written(tracks in (track(7, 0), track(3, 0)), fragments in fragments()) {
        let tracks = [tracks.0, tracks.1];
        let trex = tracks.iter().map(|track| atom::Trex {
            track_id: track.id,
            default_sample_description_index: 1,
            default_sample_duration: track.defaults.duration,
            default_sample_size: track.defaults.size,
            default_sample_flags: track.defaults.flags,
        });
        let traks = tracks.iter().map(|track| track.trak(&[], &[]));
        let mut bytes = movie(traks.collect(), Some(trex.collect()));
        let mut expected = vec![Vec::new(); tracks.len()];
        let mut decode_times = vec![0; tracks.len()];
        let mut seed = 0;
        for (trafs, before) in &fragments {
            bytes.extend(between(*before));
            let offset = bytes.len() as u64;
            // The offsets have no influence on the size, unless one can be left out.
            let mut size = 0;
            let moof = loop {
                let moof = moof(trafs, &tracks, offset, size);
                if moof.len() as u64 == size {
                    break moof;
                }
                size = moof.len() as u64;
            };
            bytes.extend(moof);
            let mut media_data = Vec::new();
            for traf in trafs {
                let track = &tracks[traf.track];
                let decode_time = &mut decode_times[traf.track];
                *decode_time = traf.decode_time.unwrap_or(*decode_time);
                for sample in traf.runs.iter().flat_map(|run| run.samples(traf, track)) {
                    let data = payload(sample.size, &mut seed);
                    media_data.extend_from_slice(&data);
                    expected[traf.track].extend(track.frame(&sample, *decode_time, data));
                    *decode_time += u64::from(sample.duration);
                }
            }
            bytes.extend(encoded(&atom::Mdat { data: media_data }));
        }
        prop_assert_eq!(frames_of(&bytes, &tracks), Ok(expected));
    }

    #[test]
    fn sample_tables_are_read_as_written(tracks in (track(7, 1), track(3, 1))) {
        let tracks = [tracks.0, tracks.1];
        let mut seed = 0;
        // The samples as the tables can say them, with their data.
        let samples: Vec<Vec<(SampleModel, Vec<u8>)>> = tracks
            .iter()
            .map(|track| {
                let first_size = track.samples[0].size;
                // A common size of 0 says that there is a table.
                let has_equal_sizes = track.has_equal_sizes && first_size > 0;
                let size = |own| if has_equal_sizes { first_size } else { own };
                let samples = track.samples.iter().map(|sample| {
                    let is_sync = !track.has_sync_table || sample.flags & NON_SYNC == 0;
                    let sample = SampleModel {
                        size: size(sample.size),
                        flags: if is_sync { 0 } else { NON_SYNC },
                        composition_offset: if track.has_composition_offsets { sample.composition_offset } else { 0 },
                        ..*sample
                    };
                    let data = payload(sample.size, &mut seed);
                    (sample, data)
                });
                samples.collect()
            })
            .collect();
        // All chunks of one track, then all of the other, and a byte after each.
        let build = |start: u64| {
            let mut data = start;
            let traks = tracks.iter().zip(&samples).map(|(track, samples)| {
                let chunks = track.chunks(samples).map(|chunk| {
                    let offset = data;
                    data += chunk.iter().map(|(_, data)| data.len() as u64).sum::<u64>() + 1;
                    offset
                });
                let chunks: Vec<u64> = chunks.collect();
                let samples: Vec<SampleModel> = samples.iter().map(|(sample, _)| sample.clone()).collect();
                let track = TrackModel {
                    has_equal_sizes: track.has_equal_sizes && samples[0].size > 0,
                    ..track.clone()
                };
                track.trak(&samples, &chunks)
            });
            movie(traks.collect(), None)
        };
        let start = build(0).len() as u64 + 8;
        let mut media_data = Vec::new();
        for (track, samples) in tracks.iter().zip(&samples) {
            for chunk in track.chunks(samples) {
                media_data.extend(chunk.iter().flat_map(|(_, data)| data.clone()));
                media_data.push(0);
            }
        }
        let bytes = [build(start), encoded(&atom::Mdat { data: media_data })].concat();
        let expected: Vec<Vec<FrameModel>> = tracks
            .iter()
            .zip(samples)
            .map(|(track, samples)| {
                let mut decode_time = 0;
                let frames = samples.into_iter().filter_map(|(sample, data)| {
                    let frame = track.frame(&sample, decode_time, data);
                    decode_time += u64::from(sample.duration);
                    frame
                });
                frames.collect()
            })
            .collect();
        prop_assert_eq!(frames_of(&bytes, &tracks), Ok(expected));
    }
}
