//! The sample tables of an ordinary (not fragmented) file (ISO/IEC 14496-12 § 8.5 to 8.7), walked as they lie.

use mp4parse::{
    ChunkOffsetBox, CompositionOffsetBox, SampleSizeBox, SampleToChunkBox, SyncSampleBox, TimeOffsetVersion,
    TimeToSampleBox,
};

use super::samples::{DEPENDS_ON_OTHERS, Sample, sample_depends_on, suffix_minima};

/// The tables of one track and a cursor in them. Nothing is unpacked: memory is bounded by what the file itself holds,
/// whatever its counts say, and a file ends where its shortest table ends.
#[derive(Debug)]
pub(super) struct SampleTable {
    tables: Tables,
    cursor: Cursor,
    next: Option<Sample>,
    /// For each chunk the lowest stream offset of it and all after it.
    lowest_offsets: Vec<u64>,
}

/// The boxes of `stbl`, as mp4parse reads them.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) stts: TimeToSampleBox,
    pub(super) ctts: Option<CompositionOffsetBox>,
    pub(super) stsc: SampleToChunkBox,
    pub(super) sizes: SampleSizes,
    pub(super) stco: ChunkOffsetBox,
    pub(super) stss: Option<SyncSampleBox>,
    /// Whether each sample needs others, as `sdtp` tells; empty without it.
    pub(super) dependencies: Vec<u8>,
    /// Where the file that the chunk offsets count from starts in the stream.
    pub(super) file_start: u64,
    /// Ticks to add to all times: the edit list.
    pub(super) shift: i64,
    /// Every sample is a sync sample, whatever `stss` says: sound.
    pub(super) all_sync: bool,
}

/// The size of each sample.
#[derive(Debug)]
pub(super) enum SampleSizes {
    /// `stsz`, § 8.7.3.2.
    Table(SampleSizeBox),
    /// `stz2`, § 8.7.3.3.
    Compact(CompactSizes),
}

impl SampleSizes {
    /// Bytes of the sample with this index, from 0. `None` after the last.
    fn get(&self, index: usize) -> Option<u32> {
        match self {
            Self::Table(table) if table.sample_size != 0 => Some(table.sample_size),
            Self::Table(table) => table.sample_sizes.get(index).copied(),
            Self::Compact(sizes) => sizes.get(index),
        }
    }
}

/// Sizes of 4, 8 or 16 bits, as they lie.
#[derive(Debug)]
pub(super) struct CompactSizes {
    field_size: u8,
    count: usize,
    entries: Vec<u8>,
}

impl CompactSizes {
    /// `None` when fields have no such size, or there are not enough bytes for them all.
    pub(super) fn new(field_size: u8, count: u32, entries: &[u8]) -> Option<Self> {
        if !matches!(field_size, 4 | 8 | 16) {
            return None;
        }
        let length = (u64::from(count) * u64::from(field_size)).div_ceil(8);
        let length = usize::try_from(length).ok()?;
        Some(Self {
            field_size,
            count: usize::try_from(count).ok()?,
            entries: entries.get(..length)?.to_vec(),
        })
    }

    fn get(&self, index: usize) -> Option<u32> {
        if index >= self.count {
            return None;
        }
        let byte = |index: usize| self.entries.get(index).copied().map(u32::from);
        match self.field_size {
            4 => byte(index / 2).map(|pair| {
                if index.is_multiple_of(2) {
                    pair >> 4
                } else {
                    pair & 15
                }
            }),
            8 => byte(index),
            _ => Some(byte(index * 2)? << 8 | byte(index * 2 + 1)?),
        }
    }
}

/// A place in the tables: that of the next sample.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    /// Index of the sample, from 0.
    sample: u32,
    chunk: usize,
    /// Samples passed in this chunk, and their bytes.
    in_chunk: u32,
    chunk_bytes: u64,
    /// Index into `stsc`.
    chunk_run: usize,
    /// Index into `stts`, and samples passed in that entry.
    time_run: usize,
    in_time_run: u32,
    decode_time: i64,
    /// Index into `ctts`, and samples passed in that entry.
    offset_run: usize,
    in_offset_run: u32,
    /// Index into `stss`.
    sync: usize,
}

impl Tables {
    /// The sample at the cursor, which is put behind it. `None` at the end of any table.
    fn next(&self, cursor: &mut Cursor) -> Option<Sample> {
        let (chunk_offset, description) = self.find_chunk(cursor)?;
        let duration = loop {
            let run = self.stts.samples.get(cursor.time_run)?;
            if cursor.in_time_run < run.sample_count {
                break run.sample_delta;
            }
            cursor.time_run += 1;
            cursor.in_time_run = 0;
        };
        let size = self.sizes.get(usize::try_from(cursor.sample).ok()?)?;
        let composition_offset = self.composition_offset(cursor);
        let is_sync = self.is_sync(cursor);

        let decode_time = cursor.decode_time.saturating_add(self.shift);
        let presentation_time = decode_time.saturating_add(composition_offset);
        let sample = Sample {
            offset: self
                .file_start
                .saturating_add(chunk_offset)
                .saturating_add(cursor.chunk_bytes),
            size,
            decode_time,
            presentation_time,
            presentation_end: presentation_time.saturating_add(i64::from(duration)),
            is_sync,
            description,
        };
        cursor.sample = cursor.sample.checked_add(1)?;
        cursor.in_chunk += 1;
        cursor.chunk_bytes = cursor.chunk_bytes.saturating_add(u64::from(size));
        cursor.in_time_run += 1;
        cursor.in_offset_run += 1;
        cursor.decode_time = cursor.decode_time.saturating_add(i64::from(duration));
        Some(sample)
    }

    /// Moves on to a chunk that has samples left and gives its offset in the file and its sample description.
    fn find_chunk(&self, cursor: &mut Cursor) -> Option<(u64, u32)> {
        loop {
            let offset = *self.stco.offsets.get(cursor.chunk)?;
            // Chunks count from 1.
            let chunk_number = cursor.chunk as u64 + 1;
            while let Some(run) = self.stsc.samples.get(cursor.chunk_run + 1)
                && u64::from(run.first_chunk) <= chunk_number
            {
                cursor.chunk_run += 1;
            }
            let run = self.stsc.samples.get(cursor.chunk_run)?;
            if cursor.in_chunk < run.samples_per_chunk {
                return Some((offset, run.sample_description_index.max(1)));
            }
            cursor.chunk += 1;
            cursor.in_chunk = 0;
            cursor.chunk_bytes = 0;
        }
    }

    fn composition_offset(&self, cursor: &mut Cursor) -> i64 {
        let Some(ctts) = &self.ctts else { return 0 };
        while let Some(run) = ctts.samples.get(cursor.offset_run) {
            if cursor.in_offset_run < run.sample_count {
                return composition_offset(run.time_offset);
            }
            cursor.offset_run += 1;
            cursor.in_offset_run = 0;
        }
        0
    }

    fn is_sync(&self, cursor: &mut Cursor) -> bool {
        // As in fragments: muxers exist that list every picture, or none.
        let depends_on_others =
            sample_depends_on(&self.dependencies, cursor.sample as usize) == DEPENDS_ON_OTHERS;
        if depends_on_others && !self.all_sync {
            return false;
        }
        let Some(stss) = &self.stss else { return true };
        // Sample numbers count from 1.
        let number = u64::from(cursor.sample) + 1;
        while stss
            .samples
            .get(cursor.sync)
            .is_some_and(|&sync| u64::from(sync) < number)
        {
            cursor.sync += 1;
        }
        self.all_sync
            || stss
                .samples
                .get(cursor.sync)
                .is_some_and(|&sync| u64::from(sync) == number)
    }
}

fn composition_offset(offset: TimeOffsetVersion) -> i64 {
    match offset {
        TimeOffsetVersion::Version0(offset) => i64::from(offset),
        TimeOffsetVersion::Version1(offset) => i64::from(offset),
    }
}

impl SampleTable {
    /// The table with all its samples to come, or `None` when it has none.
    pub(super) fn new(tables: Tables) -> Option<Self> {
        let offsets = tables.stco.offsets.iter();
        let lowest_offsets = suffix_minima(offsets.map(|offset| tables.file_start.saturating_add(*offset)));
        let mut table = Self {
            tables,
            cursor: Cursor::default(),
            next: None,
            lowest_offsets,
        };
        table.advance();
        table.next.is_some().then_some(table)
    }

    pub(super) const fn peek(&self) -> Option<&Sample> {
        self.next.as_ref()
    }

    pub(super) fn advance(&mut self) {
        self.next = self.tables.next(&mut self.cursor);
    }

    /// The lowest offset any remaining sample lies at, or less.
    pub(super) fn lowest_offset(&self) -> Option<u64> {
        let next = self.next?.offset;
        let rest = self.lowest_offsets.get(self.cursor.chunk + 1);
        Some(rest.map_or(next, |&rest| next.min(rest)))
    }

    /// When a frame after the last would be decoded, in ticks, the edit list not applied.
    pub(super) fn decode_end(&self) -> u64 {
        let runs = self.tables.stts.samples.iter();
        runs.map(|run| u64::from(run.sample_count) * u64::from(run.sample_delta))
            .fold(0, u64::saturating_add)
    }

    /// When the last frame of the whole track ends, in ticks. Takes a step for each table entry, not for each sample:
    /// within a run of equal durations and offsets the last frame ends last.
    pub(super) fn presentation_end(&self) -> i64 {
        let no_offsets: &[mp4parse::TimeOffset] = &[];
        let offsets = self.tables.ctts.as_ref().map_or(no_offsets, |ctts| &ctts.samples);
        let mut offsets = offsets
            .iter()
            .map(|run| (run.sample_count, composition_offset(run.time_offset)));
        let mut offset_run = offsets.next();
        let (mut time, mut end) = (0i64, i64::MIN);
        for run in self.tables.stts.samples.iter() {
            let mut left = run.sample_count;
            while left > 0 {
                let (count, offset) = match &mut offset_run {
                    Some((0, _)) => {
                        offset_run = offsets.next();
                        continue;
                    }
                    Some((in_run, offset)) => {
                        let count = left.min(*in_run);
                        *in_run -= count;
                        (count, *offset)
                    }
                    None => (left, 0),
                };
                left -= count;
                time = time.saturating_add(i64::from(run.sample_delta).saturating_mul(i64::from(count)));
                end = end.max(time.saturating_add(offset));
            }
        }
        end.saturating_add(self.tables.shift)
    }
}

#[cfg(test)]
mod tests {
    use mp4parse::{Sample as TimeRun, SampleToChunk, TimeOffset};

    use super::*;

    /// Time runs, offset runs, `(first chunk, samples)` runs, sizes, chunk offsets, sync samples.
    fn tables(
        stts: &[(u32, u32)],
        ctts: &[(u32, i32)],
        stsc: &[(u32, u32)],
        sizes: &[u32],
        chunks: &[u64],
        sync: Option<&[u32]>,
    ) -> Tables {
        Tables {
            stts: TimeToSampleBox {
                samples: stts
                    .iter()
                    .map(|&(sample_count, sample_delta)| TimeRun {
                        sample_count,
                        sample_delta,
                    })
                    .collect::<Vec<_>>()
                    .into(),
            },
            ctts: (!ctts.is_empty()).then(|| CompositionOffsetBox {
                samples: ctts
                    .iter()
                    .map(|&(sample_count, offset)| TimeOffset {
                        sample_count,
                        time_offset: TimeOffsetVersion::Version1(offset),
                    })
                    .collect::<Vec<_>>()
                    .into(),
            }),
            stsc: SampleToChunkBox {
                samples: stsc
                    .iter()
                    .map(|&(first_chunk, samples_per_chunk)| SampleToChunk {
                        first_chunk,
                        samples_per_chunk,
                        sample_description_index: 1,
                    })
                    .collect::<Vec<_>>()
                    .into(),
            },
            sizes: SampleSizes::Table(SampleSizeBox {
                sample_size: 0,
                sample_sizes: sizes.to_vec().into(),
            }),
            stco: ChunkOffsetBox {
                offsets: chunks.to_vec().into(),
            },
            stss: sync.map(|samples| SyncSampleBox {
                samples: samples.to_vec().into(),
            }),
            dependencies: Vec::new(),
            file_start: 1_000,
            shift: -20,
            all_sync: false,
        }
    }

    /// Offset, size, decode time, presentation time, end, sync of each.
    type Row = (u64, u32, i64, i64, i64, bool);

    fn remaining(table: &SampleTable) -> impl Iterator<Item = Sample> {
        let mut cursor = Cursor::default();
        std::iter::from_fn(move || table.tables.next(&mut cursor))
    }

    fn rows(table: &SampleTable) -> Vec<Row> {
        remaining(table)
            .map(|s| {
                (
                    s.offset,
                    s.size,
                    s.decode_time,
                    s.presentation_time,
                    s.presentation_end,
                    s.is_sync,
                )
            })
            .collect()
    }

    #[test]
    fn tables_become_samples() {
        let mut table = SampleTable::new(tables(
            &[(2, 10), (0, 99), (4, 20)],
            &[(1, 20), (2, 0), (1, 40)],
            &[(1, 2), (2, 0), (3, 1), (4, 3)],
            &[5, 6, 7, 8, 9, 10],
            &[100, 500, 300, 200, 900],
            Some(&[1, 4]),
        ))
        .unwrap();
        let expected = [
            (1100, 5, -20, 0, 10, true),
            (1105, 6, -10, -10, 0, false),
            (1300, 7, 0, 0, 20, false),
            (1200, 8, 20, 60, 80, true),
            (1208, 9, 40, 40, 60, false),
            (1217, 10, 60, 60, 80, false),
        ];
        assert_eq!(rows(&table), expected);
        assert_eq!(table.presentation_end(), 80);
        let mut lowest = Vec::new();
        for row in expected {
            assert_eq!(table.peek().unwrap().offset, row.0);
            lowest.push(table.lowest_offset().unwrap());
            table.advance();
        }
        assert_eq!(lowest, [1100, 1105, 1200, 1200, 1208, 1217]);
        assert!(table.peek().is_none());
        assert!(table.lowest_offset().is_none());
    }

    #[test]
    fn the_shortest_table_ends_the_track() {
        let count = |tables| SampleTable::new(tables).map_or(0, |table| rows(&table).len());
        let sizes = [1; 8];
        let max = u32::MAX;
        assert_eq!(
            count(tables(&[(max, 1)], &[], &[(1, max)], &sizes, &[0, 9], None)),
            8
        );
        assert_eq!(
            count(tables(&[(3, 1)], &[], &[(1, max)], &sizes, &[0, 9], None)),
            3
        );
        assert_eq!(
            count(tables(&[(max, 1)], &[], &[(1, 2)], &sizes, &[0, 9], None)),
            4
        );
        assert_eq!(count(tables(&[(max, 1)], &[], &[], &sizes, &[0, 9], None)), 0);
        assert_eq!(count(tables(&[], &[], &[(1, 2)], &sizes, &[0, 9], None)), 0);
    }

    #[test]
    fn sync_samples() {
        let sync = |stss, all_sync| {
            let mut tables = tables(&[(3, 1)], &[], &[(1, 3)], &[1; 3], &[0], stss);
            tables.all_sync = all_sync;
            rows(&SampleTable::new(tables).unwrap())
                .iter()
                .map(|row| row.5)
                .collect::<Vec<_>>()
        };
        assert_eq!(sync(None, false), [true, true, true]);
        assert_eq!(sync(Some(&[0, 2, 9]), false), [false, true, false]);
        assert_eq!(sync(Some(&[1]), true), [true, true, true]);
    }

    #[test]
    fn one_size_for_all() {
        let mut tables = tables(&[(9, 1)], &[], &[(1, 2)], &[], &[10, 20], None);
        tables.sizes = SampleSizes::Table(SampleSizeBox {
            sample_size: 4,
            sample_sizes: Vec::new().into(),
        });
        let table = SampleTable::new(tables).unwrap();
        let offsets: Vec<u64> = remaining(&table).map(|sample| sample.offset).collect();
        assert_eq!(offsets, [1010, 1014, 1020, 1024]);
    }

    #[test]
    fn compact_sizes() {
        let of = |field_size, count, entries: &[u8]| {
            let sizes = CompactSizes::new(field_size, count, entries)?;
            Some((0..).map_while(|index| sizes.get(index)).collect::<Vec<_>>())
        };
        let entries = [0x12, 0x34, 0xff];
        assert_eq!(of(4, 3, &entries), Some(vec![1, 2, 3]));
        assert_eq!(of(4, 6, &entries), Some(vec![1, 2, 3, 4, 15, 15]));
        assert_eq!(of(8, 2, &entries), Some(vec![0x12, 0x34]));
        assert_eq!(of(16, 1, &entries), Some(vec![0x1234]));
        for (field_size, count) in [(4, 7), (8, 4), (16, 2), (0, 1), (12, 1), (16, u32::MAX)] {
            assert_eq!(of(field_size, count, &entries), None);
        }
    }
}
