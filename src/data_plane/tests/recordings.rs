//! What recorders of browsers write, appended in the chunks and with the type that a page gets from them.

use super::*;
use crate::buffering::BufferedFrame;
use crate::buffering::notation::in_decode_order;

/// For each file the type that the recorder named and the lengths of its chunks.
const CHUNKS: &str = include_str!("../../../tests/fixtures/recorder/recordings.json");

macro_rules! recordings {
    ($($name:literal),* $(,)?) => {
        const RECORDINGS: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../../../tests/fixtures/recorder/", $name)))),*];
    };
}
recordings! {
    "chromium-av1-opus.webm",
    "chromium-h264-opus.webm",
    "chromium-mp4-avc-opus.mp4",
    "chromium-mp4-opus.mp4",
    "chromium-mp4-vp9-opus.mp4",
    "chromium-opus.webm",
    "chromium-pcm.webm",
    "chromium-vp8-keyframes.webm",
    "chromium-vp8-opus.webm",
    "chromium-vp8-paused.webm",
    "chromium-vp9-opus.webm",
    "firefox-opus.webm",
    "firefox-vp8-opus.webm",
    "firefox-vp8-paused.webm",
    "firefox-vp8.webm",
}

struct Recording {
    name: &'static str,
    media_type: &'static str,
    chunks: Vec<&'static [u8]>,
}

fn recordings() -> Vec<Recording> {
    assert_eq!(CHUNKS.matches("\"type\"").count(), RECORDINGS.len());
    let recording = |(name, bytes): &(&'static str, &'static [u8])| {
        let (_, entry) = CHUNKS.split_once(&format!("\"{name}\"")).unwrap();
        let lengths = entry.split(['[', ']']).nth(1).unwrap().split(',');
        let mut rest = *bytes;
        let chunks = lengths.map(|length| rest.split_off(..length.trim().parse().unwrap()).unwrap());
        let chunks = chunks.collect();
        assert_eq!(rest, b"", "{name}");
        Recording {
            name,
            media_type: entry.split('"').nth(3).unwrap(),
            chunks,
        }
    };
    RECORDINGS.iter().map(recording).collect()
}

/// The last state and the frames of each track.
type Held = (SourceBufferSnapshot, Vec<Vec<BufferedFrame>>);

impl Recording {
    /// Appends pieces; `None` is an `abort()`.
    fn appended(&self, pieces: &[Option<&[u8]>]) -> Held {
        let mut bench = Bench::reading(DataPlane::new(), self.media_type);
        let mut last = SourceBufferSnapshot::default();
        for piece in pieces {
            let Some(piece) = piece else {
                bench.command(Command::ResetParser {
                    id: ID,
                    token: 99,
                    mode: AppendMode::Segments,
                });
                bench.events();
                continue;
            };
            let (_, snapshot, result) = bench.append(piece);
            assert_eq!(result, Ok(()), "{}", self.name);
            last = snapshot;
        }
        let source_buffer = &bench.plane.source_buffers[0].source_buffer;
        let frames = |track: &crate::protocol::TrackSnapshot| {
            source_buffer
                .track(track.id)
                .map_or_else(Vec::new, in_decode_order)
        };
        let frames = last.tracks.iter().map(frames).collect();
        (last, frames)
    }

    /// How many chunks it takes until there are tracks, and where the rest of the recording can be joined: the chunk in
    /// its middle, or the next that starts a fragment.
    fn joint(&self) -> Option<(usize, usize)> {
        let begins = usize::from(self.chunks[0].len() == 1) + 1;
        let is_mp4 = self.name.ends_with("mp4");
        let middle = (self.chunks.len() / 2).max(begins + 1)..self.chunks.len();
        let late = middle.into_iter().find(|&late| {
            let starts_fragment = self.chunks[late].get(4..8) == Some(b"moof");
            !is_mp4 || starts_fragment
        });
        late.map(|late| (begins, late))
    }
}

#[test]
fn chunks_of_any_size_give_what_the_whole_recording_gives() {
    for recording in recordings() {
        let chunks: Vec<_> = recording.chunks.iter().map(|chunk| Some(*chunk)).collect();
        let (snapshot, frames) = recording.appended(&chunks);
        let whole = recording.chunks.concat();
        let name = recording.name;
        assert!(recording.appended(&[Some(&whole)]).1 == frames, "{name}");
        assert!(
            !frames.is_empty() && frames.iter().all(|frames| frames.len() > 3),
            "{name}"
        );
        for track in &snapshot.tracks {
            // In MP4, Chromium writes the last sample of a fragment too short: gaps shorter than a frame do not show.
            assert_eq!(track.ranges.len(), 1, "{name}: {:?}", track.ranges);
        }
    }
}

#[test]
fn a_late_joiner_has_what_follows() {
    let mut joined = Vec::new();
    for recording in recordings() {
        let Some((begins, late)) = recording.joint() else {
            continue;
        };
        let first = recording.chunks[..begins].concat();
        let rest = recording.chunks[late..].concat();
        let is_cluster = |at: &usize| rest[*at..].starts_with(&[0x1f, 0x43, 0xb6, 0x75]);
        let starts = match recording.name.ends_with("mp4") {
            true => Some(0),
            false => (0..rest.len()).find(is_cluster),
        };
        let name = recording.name;
        let held = recording.appended(&[Some(&first)]).1;
        let clean = match starts {
            Some(at) => recording.appended(&[Some(&first), None, Some(&rest[at..])]).1,
            None => held.clone(),
        };
        for reset in [true, false] {
            let mut pieces = vec![Some(first.as_slice())];
            pieces.extend(reset.then_some(None));
            pieces.extend(recording.chunks[late..].iter().map(|chunk| Some(*chunk)));
            let (_, found) = recording.appended(&pieces);
            for ((found, clean), held) in found.iter().zip(&clean).zip(&held) {
                let data = |frame: &BufferedFrame| frame.data.clone();
                let tail: Vec<_> = clean.iter().skip(held.len()).map(data).collect();
                let found: Vec<_> = found.iter().map(data).collect();
                assert!(found.ends_with(&tail), "{name} {reset}");
                // Without a reset the cluster that was cut goes on, and may do so with the next whole block.
                let more = found.len() - tail.len() - held.len();
                assert!(more == 0 || !reset, "{name}: {more}");
                joined.extend((!tail.is_empty() && reset).then_some(name));
            }
        }
    }
    joined.dedup();
    // The pictures of most wait for a key frame, and the others have no later cluster or fragment.
    let expected = [
        "chromium-av1-opus.webm",
        "chromium-h264-opus.webm",
        "chromium-mp4-opus.mp4",
        "chromium-opus.webm",
        "chromium-vp8-keyframes.webm",
        "chromium-vp8-opus.webm",
        "chromium-vp8-paused.webm",
        "chromium-vp9-opus.webm",
        "firefox-opus.webm",
        "firefox-vp8-opus.webm",
        "firefox-vp8-paused.webm",
    ];
    assert_eq!(joined, expected);
}

/// Offset of each cluster, and of the block in its middle.
fn clusters(bytes: &[u8]) -> Vec<(usize, usize)> {
    /// The number at `at`, with or without the bits that say how long it is, and its length.
    fn number(bytes: &[u8], at: usize, marked: bool) -> (usize, usize) {
        let length = bytes[at].leading_zeros() as usize + 1;
        let number = bytes[at..at + length]
            .iter()
            .fold(0, |number, &byte| number << 8 | usize::from(byte));
        let mark = if marked { 0 } else { 1 << (7 * length) };
        (number & !mark, length)
    }
    let (mut at, mut found): (usize, Vec<(usize, Vec<usize>)>) = (0, Vec::new());
    while at < bytes.len() {
        let (id, id_length) = number(bytes, at, true);
        let (size, size_length) = number(bytes, at + id_length, false);
        let data = at + id_length + size_length;
        match id {
            // Segment, Cluster
            0x1853_8067 => at = data,
            0x1f43_b675 => {
                found.push((at, Vec::new()));
                at = data;
            }
            // SimpleBlock, BlockGroup
            0xa3 | 0xa0 => {
                found.last_mut().unwrap().1.push(at);
                at = data + size;
            }
            _ => at = data + size,
        }
    }
    let middle = |(start, blocks): &(usize, Vec<usize>)| (*start, blocks[blocks.len() / 2]);
    found.iter().map(middle).collect()
}

/// Firefox cuts its chunks between blocks. Who joins late without an `abort()` then goes on in the cluster that was cut, and
/// nothing in the bytes says so: what is left of another cluster is taken for more of the first, with times that count from
/// there, up to the next cluster. So much is right all the same:
///
/// * from the next cluster on, all is as if the joint had been there;
/// * sound that leaps is a discontinuity (MSE § 3.5.8 step 1.6), after which pictures wait for a key frame. The few that come
///   in front of that sound are decoded after others than they were meant to be.
///
/// Pictures alone that come later may as well have stood still until then, and are decoded.
#[test]
fn a_late_joiner_between_blocks_has_all_from_the_next_cluster_on() {
    const FEW: usize = 4;
    let mut counts = [0, 0];
    for recording in recordings() {
        let bytes = recording.chunks.concat();
        let name = recording.name;
        if name.ends_with("mp4") {
            continue;
        }
        let clusters = clusters(&bytes);
        let whole = recording.appended(&[Some(&bytes)]).1;
        let first = &bytes[..clusters[0].1];
        for (late, &(_, joint)) in clusters.iter().enumerate().skip(1) {
            let (_, found) = recording.appended(&[Some(first), Some(&bytes[joint..])]);
            let next = clusters.get(late + 1).map_or(bytes.len(), |cluster| cluster.0);
            let (_, clean) = recording.appended(&[Some(first), None, Some(&bytes[next..])]);
            let (_, held) = recording.appended(&[Some(first)]);
            for track in 0..whole.len() {
                let data = |frame: &BufferedFrame| frame.data.clone();
                let found: Vec<_> = found[track].iter().map(data).collect();
                let tail: Vec<_> = clean[track].iter().skip(held[track].len()).map(data).collect();
                assert!(found.ends_with(&tail), "{name} {late}");
                counts[0] += tail.len();
            }
            let pictures = |tracks: &[Vec<BufferedFrame>]| {
                let are_pictures = |track: &&Vec<BufferedFrame>| track[0].config.kind() == TrackKind::Video;
                tracks.iter().find(are_pictures).cloned().unwrap_or_default()
            };
            let whole_pictures = pictures(&whole);
            let place = |frame: &BufferedFrame| whole_pictures.iter().position(|one| one.data == frame.data);
            let (mut last, mut is_wrong, mut wrong) = (None, false, 0);
            for frame in &pictures(&found) {
                let here = place(frame).unwrap();
                let leaps = last.is_some_and(|last| last + 1 != here);
                is_wrong = !frame.is_random_access_point && (is_wrong || leaps);
                wrong += usize::from(is_wrong);
                last = Some(here);
            }
            assert!(wrong <= FEW || whole.len() == 1, "{name} {late}: {wrong}");
            counts[1] += wrong;
        }
    }
    assert!(counts.iter().all(|&count| count > 0), "{counts:?}");
}
