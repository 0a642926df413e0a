//! Files that are not fragmented.

use super::writer::*;
use super::*;

/// Two tracks, `moov` in the middle; the first track's chunks lie out of order, the second's after the `moov`.
pub(super) fn ordinary_file() -> Vec<u8> {
    let front = [ftyp(), boxed(b"mdat", &[b"ccccaaaabbbb"])].concat();
    let data = ftyp().len() as u32 + 8;
    let video = |_| TrackWriter {
        tables: [
            fields(b"stts", 0, 0, &[1, 3, 40]),
            fields(b"stsc", 0, 0, &[2, 1, 2, 1, 2, 1, 1]),
            fields(b"stsz", 0, 0, &[4, 3]),
            fields(b"stco", 0, 0, &[2, data + 4, data]),
            fields(b"stss", 0, 0, &[1, 1]),
            fields(b"ctts", 1, 0, &[2, 2, 0, 1, 40]),
        ]
        .concat(),
        ..TrackWriter::video(1)
    };
    let audio = |offset: u32| TrackWriter {
        tables: [
            fields(b"stts", 0, 0, &[1, 2, 20]),
            fields(b"stsc", 0, 0, &[1, 1, 9, 1]),
            fields(b"stsz", 0, 0, &[0, 2, 1, 2]),
            fields(b"co64", 0, 0, &[1, 0, offset]),
        ]
        .concat(),
        ..TrackWriter::audio(2)
    };
    let moov = |offset| init(&[video(()), audio(offset)], None)[ftyp().len()..].to_vec();
    let offset = (front.len() + moov(0).len() + 8) as u32;
    [front, moov(offset), boxed(b"mdat", &[b"dee"])].concat()
}

pub(super) fn ordinary_story() -> [&'static str; 8] {
    [
        "|",
        "(",
        "1 0 0 40 K aaaa",
        "1 40 40 80 - bbbb",
        "1 120 80 160 - cccc",
        "2 0 0 20 K d",
        "2 20 20 40 K ee",
        ")",
    ]
}

#[test]
fn an_ordinary_file_with_its_moov_in_the_middle() {
    assert_eq!(story(&ordinary_file()).unwrap(), ordinary_story());
    assert_eq!(
        init_of(&ordinary_file()).unwrap().duration,
        Some(MediaTime::from_millis(160))
    );
    assert_eq!(
        whole(&ordinary_file()),
        run(Strictness::Lenient, ordinary_file().chunks(1), 1)
    );
}

#[test]
fn a_fragment_without_tfdt_follows_the_samples_in_the_moov() {
    let build = |offset: usize| {
        let tables = [
            fields(b"stts", 0, 0, &[2, 1, 40, 1, 50]),
            fields(b"stsc", 0, 0, &[1, 1, 2, 1]),
            fields(b"stsz", 0, 0, &[2, 2]),
            fields(b"stco", 0, 0, &[1, offset as u32]),
        ]
        .concat();
        let edits = boxed(b"edts", &[&fields(b"elst", 0, 0, &[1, 0, 10, 1 << 16])]);
        let track = TrackWriter {
            tables,
            edits,
            ..TrackWriter::video(1)
        };
        init(&[track], Some(&[trex(1, 20, 4, 0)]))
    };
    let init = build(build(0).len() + 8);
    let bytes = [init, boxed(b"mdat", &[b"aabb"]), fragment(&[])].concat();
    assert_eq!(
        story(&bytes).unwrap(),
        [
            "|",
            "(",
            "1 -10 -10 30 K aa",
            "1 30 30 80 K bb",
            ")",
            "(",
            "1 80 80 100 K aaaa",
            ")"
        ]
    );
}

#[test]
fn tables_of_a_track_that_cannot_be_played_are_left_alone() {
    let tables = |offset| {
        [
            fields(b"stts", 0, 0, &[1, 1, 40]),
            fields(b"stsc", 0, 0, &[1, 1, 1, 1]),
            fields(b"stz2", 0, 0, &[8, 1, 3 << 24]),
            fields(b"stco", 0, 0, &[1, offset]),
        ]
        .concat()
    };
    let data = ftyp().len() as u32 + 8;
    let tracks = [
        TrackWriter {
            tables: tables(data),
            ..unsupported_audio(1)
        },
        TrackWriter {
            tables: tables(data + 3),
            ..TrackWriter::audio(2)
        },
    ];
    let bytes = [
        ftyp(),
        boxed(b"mdat", &[b"xxxyyy"]),
        init(&tracks, None)[ftyp().len()..].to_vec(),
    ]
    .concat();
    assert_eq!(story(&bytes).unwrap(), ["|", "(", "2 0 0 40 K yyy", ")"]);
}

#[test]
fn absurd_counts_of_ordinary_files_cost_nothing() {
    let tables = [
        fields(b"stts", 0, 0, &[1, u32::MAX, 1]),
        fields(b"stsc", 0, 0, &[1, 1, u32::MAX, 1]),
        fields(b"stsz", 0, 0, &[1, u32::MAX]),
        fields(b"stco", 0, 0, &[1, 0]),
    ]
    .concat();
    let bytes = [
        init(
            &[TrackWriter {
                tables,
                ..TrackWriter::video(1)
            }],
            None,
        ),
        boxed(b"mdat", &[b"a"]),
    ]
    .concat();
    // The samples begin at the first byte of the file, which is gone.
    let (lines, error) = whole(&bytes);
    assert_eq!(lines.len(), 2);
    assert!(
        error
            .unwrap()
            .message
            .contains("lies before the bytes that are held")
    );
}

#[test]
fn a_listed_picture_that_depends_on_others_is_no_random_access_point() {
    let keys = |track: TrackWriter, listed: Option<&[u32]>, dependencies: &[u8]| {
        let data = ftyp().len() as u32 + 8;
        let tables = [
            fields(b"stts", 0, 0, &[1, 4, 40]),
            fields(b"stsc", 0, 0, &[1, 1, 4, 1]),
            fields(b"stsz", 0, 0, &[1, 4]),
            fields(b"stco", 0, 0, &[1, data]),
            listed.map_or(Vec::new(), |listed| fields(b"stss", 0, 0, listed)),
            boxed(b"sdtp", &[&[0; 4], dependencies]),
        ];
        let track = TrackWriter {
            tables: tables.concat(),
            ..track
        };
        let moov = init(&[track], None)[ftyp().len()..].to_vec();
        let story = story(&[ftyp(), boxed(b"mdat", &[b"abcd"]), moov].concat()).unwrap();
        let keys = story[2..6].iter().map(|line| line.contains('K'));
        keys.collect::<Vec<_>>()
    };
    let dependencies = [0x20, 0x10, 0x20, 0x14];
    let video = || TrackWriter::video(1);
    assert_eq!(keys(video(), None, &dependencies), [true, false, true, false]);
    // A picture that stands alone is no random access point for that.
    assert_eq!(
        keys(video(), Some(&[2, 1, 2]), &dependencies),
        [true, false, false, false]
    );
    assert_eq!(keys(video(), None, &[0x10, 0x00]), [false, true, true, true]);
    assert_eq!(keys(TrackWriter::audio(1), None, &dependencies), [true; 4]);
}
