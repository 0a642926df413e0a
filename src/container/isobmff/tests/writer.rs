//! Writes boxes, right and wrong ones.

/// A box of these parts.
pub(super) fn boxed(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let payload = parts.concat();
    let mut bytes = (payload.len() as u32 + 8).to_be_bytes().to_vec();
    bytes.extend_from_slice(kind);
    bytes.extend(payload);
    bytes
}

/// A full box of 32-bit fields.
pub(super) fn fields(kind: &[u8; 4], version: u8, flags: u32, fields: &[u32]) -> Vec<u8> {
    boxed(
        kind,
        &[&words(&[u32::from(version) << 24 | flags]), &words(fields)],
    )
}

pub(super) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// A track of a movie, with what tests vary.
pub(super) struct TrackWriter {
    pub(super) id: u32,
    pub(super) handler: [u8; 4],
    pub(super) timescale: u32,
    /// Boxes in `trak` beside those all tracks have.
    pub(super) edits: Vec<u8>,
    pub(super) sample_entry: Vec<u8>,
    /// Sample entries after that one.
    pub(super) more_entries: Vec<Vec<u8>>,
    /// Boxes in `stbl` after `stsd`.
    pub(super) tables: Vec<u8>,
}

/// `avcC` with a sequence and a picture parameter set, though of no content.
pub(super) const AVCC: [u8; 13] = [1, 0x42, 0xe0, 0x1e, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68];

/// 640 by 480 pixels of H.264 in an entry of this type, with more boxes.
pub(super) fn video_entry(kind: &[u8; 4], more: &[u8]) -> Vec<u8> {
    let mut entry = [0; 78];
    entry[7] = 1;
    entry[24..28].copy_from_slice(&[2, 128, 1, 224]);
    boxed(kind, &[&entry, &boxed(b"avcC", &[&AVCC]), more])
}

/// Stereo Opus.
pub(super) fn opus_entry(kind: &[u8; 4], more: &[u8]) -> Vec<u8> {
    let mut entry = [0; 28];
    entry[7] = 1;
    entry[17] = 2;
    entry[24..26].copy_from_slice(&48_000u16.to_be_bytes());
    boxed(
        kind,
        &[
            &entry,
            &boxed(b"dOps", &[&[0, 2, 1, 56, 0, 0, 187, 128, 0, 0, 0]]),
            more,
        ],
    )
}

impl TrackWriter {
    pub(super) fn video(id: u32) -> Self {
        Self {
            id,
            handler: *b"vide",
            timescale: 1_000,
            edits: Vec::new(),
            sample_entry: video_entry(b"avc1", &[]),
            more_entries: Vec::new(),
            tables: Vec::new(),
        }
    }

    pub(super) fn audio(id: u32) -> Self {
        Self {
            handler: *b"soun",
            sample_entry: opus_entry(b"Opus", &[]),
            ..Self::video(id)
        }
    }

    fn trak(&self) -> Vec<u8> {
        let tkhd = fields(
            b"tkhd",
            0,
            7,
            &[
                0,
                0,
                self.id,
                0,
                0,
                0,
                0,
                0,
                0,
                1 << 16,
                0,
                0,
                0,
                1 << 16,
                0,
                0,
                0,
                1 << 30,
                640 << 16,
                480 << 16,
            ],
        );
        let mdhd = fields(b"mdhd", 0, 0, &[0, 0, self.timescale, 0, 0x15c7_0000]);
        let hdlr = boxed(b"hdlr", &[&[0; 8], &self.handler, &[0; 12], b"Name\0"]);
        let stsd = boxed(
            b"stsd",
            &[
                &words(&[0, 1 + self.more_entries.len() as u32]),
                &self.sample_entry,
                &self.more_entries.concat(),
            ],
        );
        let stbl = boxed(b"stbl", &[&stsd, &self.tables]);
        let mdia = boxed(b"mdia", &[&mdhd, &hdlr, &boxed(b"minf", &[&stbl])]);
        boxed(b"trak", &[&tkhd, &self.edits, &mdia])
    }
}

/// `mvhd` of a timescale of 600 and this duration.
pub(super) fn mvhd(duration: u32) -> Vec<u8> {
    let mut all = [0; 24];
    all[2] = 600;
    all[3] = duration;
    fields(b"mvhd", 0, 0, &all)
}

/// `ftyp` and `moov`, with the boxes of `mvex` if there is one.
pub(super) fn init(tracks: &[TrackWriter], mvex: Option<&[Vec<u8>]>) -> Vec<u8> {
    let traks: Vec<u8> = tracks.iter().flat_map(TrackWriter::trak).collect();
    let mvex = mvex.map_or(Vec::new(), |boxes| boxed(b"mvex", &[&boxes.concat()]));
    [ftyp(), boxed(b"moov", &[&mvhd(0), &traks, &mvex])].concat()
}

pub(super) fn ftyp() -> Vec<u8> {
    boxed(b"ftyp", &[b"iso6\0\0\0\0isom"])
}

/// `trex` of sample description 1 and these defaults.
pub(super) fn trex(track: u32, duration: u32, size: u32, flags: u32) -> Vec<u8> {
    fields(b"trex", 0, 0, &[track, 1, duration, size, flags])
}

pub(super) const NON_SYNC: u32 = 0x1_0000;
pub(super) const DEFAULT_BASE_IS_MOOF: u32 = 0x2_0000;

/// Video track 1 with defaults of 40 ms, 4 bytes, no sync; audio track 2 with 20 ms, 2 bytes; subtitle track 3.
pub(super) fn init_three() -> Vec<u8> {
    let text = TrackWriter {
        handler: *b"text",
        ..TrackWriter::video(3)
    };
    init(
        &[TrackWriter::video(1), TrackWriter::audio(2), text],
        Some(&[
            trex(1, 40, 4, NON_SYNC),
            trex(2, 20, 2, NON_SYNC),
            trex(3, 1_000, 3, 0),
        ]),
    )
}

pub(super) fn tfhd(track: u32) -> Vec<u8> {
    fields(b"tfhd", 0, DEFAULT_BASE_IS_MOOF, &[track])
}

pub(super) fn tfdt(time: u32) -> Vec<u8> {
    fields(b"tfdt", 0, 0, &[time])
}

pub(super) fn moof(trafs: &[Vec<u8>]) -> Vec<u8> {
    boxed(b"moof", &[&fields(b"mfhd", 0, 0, &[1]), &trafs.concat()])
}

pub(super) fn traf(parts: &[Vec<u8>]) -> Vec<u8> {
    boxed(b"traf", &[&parts.concat()])
}

/// A `moof` whose runs are told the offset of the payload of the `mdat` directly after it.
pub(super) fn moof_before_mdat(build: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    let length = build(0).len() as u32;
    build(length + 8)
}

/// A fragment of track 1 with one sample.
pub(super) fn fragment(more: &[Vec<u8>]) -> Vec<u8> {
    let moof = moof_before_mdat(|data| {
        moof(&[traf(
            &[&[tfhd(1)], more, &[fields(b"trun", 0, 0x1, &[1, data])]].concat(),
        )])
    });
    [moof, boxed(b"mdat", &[b"aaaa"])].concat()
}

/// A track of sound in AMR, which WebCodecs does not know.
pub(super) fn unsupported_audio(id: u32) -> TrackWriter {
    TrackWriter {
        sample_entry: boxed(b"samr", &[&[0; 28]]),
        ..TrackWriter::audio(id)
    }
}
