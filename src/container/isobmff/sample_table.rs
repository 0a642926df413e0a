//! The sample tables of an ordinary (not fragmented) file (ISO/IEC 14496-12 § 8.5 to 8.7), walked as they lie.

use super::boxes::BoxRef;
use super::fragment::full_box;
use super::samples::{DEPENDS_ON_OTHERS, Sample, dependencies, sample_depends_on, suffix_minima};
use crate::bytes::Reader;
use crate::container::ContainerError;

/// The tables of one track and a cursor in them. Runs are not unpacked: memory is bounded by what the file itself holds,
/// whatever its counts say, and a file ends where its shortest table ends.
#[derive(Debug)]
pub(super) struct SampleTable {
    tables: Tables,
    /// Where the file that the chunk offsets count from starts in the stream.
    file_start: u64,
    /// Ticks to add to all times: the edit list.
    shift: i64,
    /// Every sample is a sync sample, whatever `stss` says: sound.
    all_sync: bool,
    cursor: Cursor,
    next: Option<Sample>,
    /// For each chunk the lowest stream offset of it and all after it.
    lowest_offsets: Vec<u64>,
}

/// The boxes of `stbl`; what is missing is empty. Tables are lists of the fields of all their rows.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// `stts`, § 8.6.1.2: `sample_count`, `sample_delta`.
    pub(super) stts: Vec<u32>,
    /// `ctts`, § 8.6.1.3: `sample_count`, `sample_offset`, which is signed.
    ctts: Vec<u32>,
    /// `stsc`, § 8.7.4: `first_chunk`, `samples_per_chunk`, `sample_description_index`.
    pub(super) stsc: Vec<u32>,
    sizes: SampleSizes,
    /// `stco` or `co64`, § 8.7.5: one field or two.
    stco: Vec<u32>,
    has_long_offsets: bool,
    /// `stss`, § 8.6.2; `None` when every sample is a sync sample.
    pub(super) stss: Option<Vec<u32>>,
    /// Whether each sample needs others, as `sdtp` tells.
    dependencies: Vec<u8>,
}

impl Tables {
    // DEVIATION: § 8.6.1.3 has unsigned offsets in version 0. Muxers exist that write negative ones there.
    pub(super) fn read_composition_offsets(&mut self, ctts: &BoxRef<'_>) -> Result<(), ContainerError> {
        ctts.check_version()?;
        rows(ctts, 2, &mut self.ctts)
    }

    pub(super) fn read_chunk_offsets(
        &mut self,
        stco: &BoxRef<'_>,
        is_long: bool,
    ) -> Result<(), ContainerError> {
        self.has_long_offsets = is_long;
        rows(stco, if is_long { 2 } else { 1 }, &mut self.stco)
    }

    /// `stsz`, § 8.7.3.2.
    pub(super) fn read_sizes(&mut self, stsz: &BoxRef<'_>) -> Result<(), ContainerError> {
        let (size, count, entries) = stsz.read(|reader| {
            full_box(reader);
            (reader.u32(), reader.u32(), *reader)
        })?;
        if size != 0 {
            self.sizes = SampleSizes::All(size);
            return Ok(());
        }
        stsz.check_count(count, 4, &entries)?;
        self.sizes = SampleSizes::Each(SizeFields {
            field_size: 32,
            count: count as usize,
            entries: entries.rest().to_vec(),
        });
        Ok(())
    }

    /// `stz2`, § 8.7.3.3.
    pub(super) fn read_compact_sizes(&mut self, stz2: &BoxRef<'_>) -> Result<(), ContainerError> {
        let (field_size, count, entries) = stz2.read(|reader| {
            full_box(reader);
            reader.skip(3);
            (reader.u8(), reader.u32(), reader.rest())
        })?;
        let Some(sizes) = SizeFields::new(field_size, count, entries) else {
            return Err(stz2.malformed(format_args!(
                "says it has {count} entries of {field_size} bits, in {} bytes",
                entries.len()
            )));
        };
        self.sizes = SampleSizes::Each(sizes);
        Ok(())
    }

    pub(super) fn read_dependencies(&mut self, sdtp: &BoxRef<'_>) -> Result<(), ContainerError> {
        self.dependencies = dependencies(sdtp).to_vec();
        Ok(())
    }

    /// The sample descriptions that are used, from 1; 0 is taken for 1.
    pub(super) fn descriptions(&self) -> impl Iterator<Item = u32> {
        let runs = self.stsc.as_chunks().0.iter();
        runs.map(|&[_, _, description]| u32::max(description, 1))
    }

    /// Where a chunk lies in the file, by its index from 0.
    fn chunk_offset(&self, index: usize) -> Option<u64> {
        if self.has_long_offsets {
            let [high, low] = row(&self.stco, index)?;
            return Some(u64::from(high) << 32 | u64::from(low));
        }
        self.stco.get(index).copied().map(u64::from)
    }
}

/// The row with this index, from 0, of `N` fields. `None` after the last.
fn row<const N: usize>(table: &[u32], index: usize) -> Option<[u32; N]> {
    table.as_chunks().0.get(index).copied()
}

/// Reads version, flags, a count and so many rows of `width` fields each.
pub(super) fn rows(table: &BoxRef<'_>, width: usize, rows: &mut Vec<u32>) -> Result<(), ContainerError> {
    let mut reader = Reader::new(table.payload);
    let (_, count) = counted_full_box(table, &mut reader)?;
    table.check_count(count, width * 4, &reader)?;
    let fields = reader.rest().as_chunks().0.iter().take(count as usize * width);
    *rows = fields.map(|field| u32::from_be_bytes(*field)).collect();
    Ok(())
}

/// Reads version, flags and the count of entries, of which it gives version and count, and leaves `reader` at the first
/// entry.
pub(super) fn counted_full_box(
    table: &BoxRef<'_>,
    reader: &mut Reader<'_>,
) -> Result<(u8, u32), ContainerError> {
    let (version, _) = full_box(reader);
    let count = reader.u32();
    table.check_end(reader)?;
    Ok((version, count))
}

/// The size of each sample, in bytes.
#[derive(Debug)]
enum SampleSizes {
    /// `stsz` with one size for all.
    All(u32),
    /// `stsz` or `stz2`.
    Each(SizeFields),
}

impl Default for SampleSizes {
    fn default() -> Self {
        Self::Each(SizeFields::default())
    }
}

impl SampleSizes {
    /// Bytes of the sample with this index, from 0. `None` after the last.
    fn get(&self, index: usize) -> Option<u32> {
        match self {
            Self::All(size) => Some(*size),
            Self::Each(sizes) => sizes.get(index),
        }
    }
}

/// Sizes of 4, 8, 16 or 32 bits, as they lie.
#[derive(Debug, Default)]
struct SizeFields {
    field_size: u8,
    count: usize,
    entries: Vec<u8>,
}

impl SizeFields {
    /// Those of `stz2`. `None` when its fields have no such size, or there are not enough bytes for them all.
    fn new(field_size: u8, count: u32, entries: &[u8]) -> Option<Self> {
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
        if self.field_size == 4 {
            let pair = u32::from(*self.entries.get(index / 2)?);
            return Some(if index.is_multiple_of(2) {
                pair >> 4
            } else {
                pair & 15
            });
        }
        let length = usize::from(self.field_size / 8);
        let bytes = self.entries.get(index * length..)?.get(..length)?;
        Some(bytes.iter().fold(0, |size, &byte| size << 8 | u32::from(byte)))
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

impl SampleTable {
    /// The sample at the cursor, which is put behind it. `None` at the end of any table.
    fn sample_at(&self, cursor: &mut Cursor) -> Option<Sample> {
        let (chunk_offset, description) = self.tables.find_chunk(cursor)?;
        let duration = loop {
            let [sample_count, sample_delta] = row(&self.tables.stts, cursor.time_run)?;
            if cursor.in_time_run < sample_count {
                break sample_delta;
            }
            cursor.time_run += 1;
            cursor.in_time_run = 0;
        };
        let size = self.tables.sizes.get(usize::try_from(cursor.sample).ok()?)?;
        let composition_offset = self.tables.composition_offset(cursor);
        let is_sync = self.tables.is_sync(cursor, self.all_sync);

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
}

impl Tables {
    /// Moves on to a chunk that has samples left and gives its offset in the file and its sample description.
    fn find_chunk(&self, cursor: &mut Cursor) -> Option<(u64, u32)> {
        loop {
            let offset = self.chunk_offset(cursor.chunk)?;
            // Chunks count from 1.
            let chunk_number = cursor.chunk as u64 + 1;
            while let Some([first_chunk, _, _]) = row(&self.stsc, cursor.chunk_run + 1)
                && u64::from(first_chunk) <= chunk_number
            {
                cursor.chunk_run += 1;
            }
            let [_, samples_per_chunk, description] = row(&self.stsc, cursor.chunk_run)?;
            if cursor.in_chunk < samples_per_chunk {
                return Some((offset, description.max(1)));
            }
            cursor.chunk += 1;
            cursor.in_chunk = 0;
            cursor.chunk_bytes = 0;
        }
    }

    fn composition_offset(&self, cursor: &mut Cursor) -> i64 {
        while let Some([sample_count, sample_offset]) = row(&self.ctts, cursor.offset_run) {
            if cursor.in_offset_run < sample_count {
                return sample_offset.cast_signed().into();
            }
            cursor.offset_run += 1;
            cursor.in_offset_run = 0;
        }
        0
    }

    fn is_sync(&self, cursor: &mut Cursor, all_sync: bool) -> bool {
        // As in fragments: muxers exist that list every picture, or none.
        let depends_on_others =
            sample_depends_on(&self.dependencies, cursor.sample as usize) == DEPENDS_ON_OTHERS;
        if depends_on_others && !all_sync {
            return false;
        }
        let Some(stss) = &self.stss else { return true };
        // Sample numbers count from 1.
        let number = u64::from(cursor.sample) + 1;
        while stss
            .get(cursor.sync)
            .is_some_and(|&sync| u64::from(sync) < number)
        {
            cursor.sync += 1;
        }
        all_sync
            || stss
                .get(cursor.sync)
                .is_some_and(|&sync| u64::from(sync) == number)
    }
}

impl SampleTable {
    /// The table with all its samples to come, or `None` when it has none. Chunk offsets count from `file_start` in the
    /// stream; `shift` ticks are added to all times; with `all_sync` each sample is a sync sample whatever `stss` says.
    pub(super) fn new(tables: Tables, file_start: u64, shift: i64, all_sync: bool) -> Option<Box<Self>> {
        let offset_of = |chunk| Some(file_start.saturating_add(tables.chunk_offset(chunk)?));
        let mut table = Box::new(Self {
            lowest_offsets: suffix_minima(&offset_of),
            tables,
            file_start,
            shift,
            all_sync,
            cursor: Cursor::default(),
            next: None,
        });
        table.advance();
        table.next.is_some().then_some(table)
    }

    pub(super) const fn peek(&self) -> Option<&Sample> {
        self.next.as_ref()
    }

    pub(super) fn advance(&mut self) {
        let mut cursor = self.cursor;
        self.next = self.sample_at(&mut cursor);
        self.cursor = cursor;
    }

    /// The lowest offset any remaining sample lies at, or less.
    pub(super) fn lowest_offset(&self) -> Option<u64> {
        let next = self.next?.offset;
        let rest = self.lowest_offsets.get(self.cursor.chunk + 1);
        Some(rest.map_or(next, |&rest| next.min(rest)))
    }

    /// When a frame after the last would be decoded, in ticks, the edit list not applied.
    pub(super) fn decode_end(&self) -> u64 {
        let runs = self.tables.stts.as_chunks().0.iter();
        runs.map(|&[sample_count, sample_delta]| u64::from(sample_count) * u64::from(sample_delta))
            .fold(0, u64::saturating_add)
    }

    /// When the last frame of the whole track ends, in ticks. Takes a step for each table entry, not for each sample:
    /// within a run of equal durations and offsets the last frame ends last.
    pub(super) fn presentation_end(&self) -> i64 {
        let (mut time, mut end) = (0i64, i64::MIN);
        let (mut offset_run, mut in_offset_run, mut offset) = (0, 0, 0);
        for &[sample_count, sample_delta] in self.tables.stts.as_chunks().0 {
            let mut left = sample_count;
            while left > 0 {
                while in_offset_run == 0 {
                    // After the last run there is no offset.
                    [in_offset_run, offset] = row(&self.tables.ctts, offset_run).unwrap_or([u32::MAX, 0]);
                    offset_run += 1;
                }
                let count = left.min(in_offset_run);
                left -= count;
                in_offset_run -= count;
                time = time.saturating_add_unsigned(u64::from(sample_delta) * u64::from(count));
                end = end.max(time.saturating_add(offset.cast_signed().into()));
            }
        }
        end.saturating_add(self.shift)
    }
}

#[cfg(test)]
mod tests {
    use super::super::boxes::{BoxHeader, FourCC};
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
        let halves = |&offset: &u64| [(offset >> 32) as u32, offset as u32];
        Tables {
            stts: stts.iter().flat_map(|&(count, delta)| [count, delta]).collect(),
            ctts: ctts
                .iter()
                .flat_map(|&(count, offset)| [count, offset.cast_unsigned()])
                .collect(),
            stsc: stsc
                .iter()
                .flat_map(|&(first_chunk, samples)| [first_chunk, samples, 1])
                .collect(),
            sizes: SampleSizes::Each(SizeFields {
                field_size: 32,
                count: sizes.len(),
                entries: sizes.iter().flat_map(|size| size.to_be_bytes()).collect(),
            }),
            stco: chunks.iter().flat_map(halves).collect(),
            has_long_offsets: true,
            stss: sync.map(<[u32]>::to_vec),
            dependencies: Vec::new(),
        }
    }

    /// In a file that starts at 1000, shown 20 ticks early.
    fn sample_table(tables: Tables) -> Option<Box<SampleTable>> {
        SampleTable::new(tables, 1_000, -20, false)
    }

    /// Offset, size, decode time, presentation time, end, sync of each.
    type Row = (u64, u32, i64, i64, i64, bool);

    fn remaining(table: &SampleTable) -> impl Iterator<Item = Sample> {
        let mut cursor = Cursor::default();
        std::iter::from_fn(move || table.sample_at(&mut cursor))
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
        let mut table = sample_table(tables(
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

    /// A table with this payload, read.
    fn read(kind: &[u8; 4], payload: &[u8]) -> Result<Tables, ContainerError> {
        let header = BoxHeader {
            kind: FourCC(*kind),
            length: 8,
            size: None,
        };
        let bytes = [&[0; 8], payload].concat();
        let table = BoxRef::top_level(header, &bytes, 0);
        let mut tables = Tables::default();
        match kind {
            b"ctts" => tables.read_composition_offsets(&table)?,
            _ => tables.read_sizes(&table)?,
        }
        Ok(tables)
    }

    #[test]
    fn composition_offsets_are_signed_in_every_version() {
        for version in [0, 1] {
            let payload = [version, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xfe];
            let tables = read(b"ctts", &payload).unwrap();
            assert_eq!(tables.ctts, [3, u32::MAX - 1], "version {version}");
            assert_eq!(tables.composition_offset(&mut Cursor::default()), -2);
        }
        assert!(read(b"ctts", &[2, 0, 0, 0, 0, 0, 0, 0]).is_err());
    }

    #[test]
    fn one_size_for_all_has_a_count_too() {
        assert!(read(b"stsz", &[0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 9]).is_ok());
        assert!(read(b"stsz", &[0, 0, 0, 0, 0, 0, 0, 5]).is_err());
    }

    #[test]
    fn the_shortest_table_ends_the_track() {
        let count = |tables| sample_table(tables).map_or(0, |table| rows(&table).len());
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
            let tables = tables(&[(3, 1)], &[], &[(1, 3)], &[1; 3], &[0], stss);
            rows(&SampleTable::new(tables, 0, 0, all_sync).unwrap())
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
        tables.sizes = SampleSizes::All(4);
        let table = sample_table(tables).unwrap();
        let offsets: Vec<u64> = remaining(&table).map(|sample| sample.offset).collect();
        assert_eq!(offsets, [1010, 1014, 1020, 1024]);
    }

    #[test]
    fn compact_sizes() {
        let of = |field_size, count, entries: &[u8]| {
            let sizes = SizeFields::new(field_size, count, entries)?;
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
