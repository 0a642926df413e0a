//! Encoded chunks of WebCodecs as a byte stream, so that they take the way of all others (MSE for WebCodecs, a draft).
//!
//! `SourceBuffer.appendEncodedChunks` writes each chunk as a header of [`HEADER`] bytes, its numbers big-endian, and its
//! data:
//!
//! | bytes | |
//! |---|---|
//! | 1 | bit 0: `type` is "key"; bit 1: there is a `duration` |
//! | 8 | `timestamp` in microseconds, signed |
//! | 8 | `duration` in microseconds, 0 without one |
//! | 4 | length of the data |
//!
//! The initialization segment is not in it: the page gave the decoder's configuration when it made the SourceBuffer.

use std::sync::Arc;

use crate::bytes::{ByteQueue, Reader};
use crate::codec::opus_packet_duration;
use crate::container::{
    CodedFrame, ContainerError, DecoderConfig, DemuxEvent, Demuxer, MAX_REORDERED_PICTURES, MediaConfig,
    ONLY_TRACK_ID, ParseStatus, TrackKind, only_track, parse_by_steps,
};
use crate::time::MediaTime;

/// Length of a chunk's header in bytes.
pub const HEADER: u64 = 21;
use crate::queue::Queue;
use crate::short_queue::ShortQueue;

const KEY: u8 = 1;
const HAS_DURATION: u8 = 2;

/// Of the samples that an Opus packet says it has.
const OPUS_RATE: i64 = 48_000;

/// Chunks come in whole microseconds. Two instants that were rounded, one of them a sum of two numbers that were, are the
/// same when they are this close.
const ROUNDING: MediaTime = MediaTime::from_micros(2);

/// Starts and ends of chunks that are remembered: those of as many pictures as can be reordered.
const REMEMBERED: usize = 2 * (MAX_REORDERED_PICTURES as usize + 1);

/// The demuxer for encoded chunks of one configuration.
#[derive(Debug)]
pub struct EncodedChunksDemuxer {
    config: Arc<DecoderConfig>,
    /// Whether the initialization segment has been given.
    is_announced: bool,
    queue: ByteQueue,
    events: Queue<DemuxEvent>,
    /// When the chunk after the last one is decoded, if it follows it, and how long the last one lasted.
    next: Option<(MediaTime, MediaTime)>,
    /// Starts and ends of the last chunks.
    instants: ShortQueue<MediaTime>,
}

/// A chunk's header.
struct Header {
    flags: u8,
    timestamp: MediaTime,
    duration: MediaTime,
    length: u32,
}

impl Header {
    /// From as many bytes as one has.
    fn read(bytes: &[u8]) -> Self {
        let mut reader = Reader::new(bytes);
        Self {
            flags: reader.u8(),
            timestamp: MediaTime::from_micros(i64::from_be_bytes(reader.array())),
            duration: MediaTime::from_micros(i64::from_be_bytes(reader.array())).max(MediaTime::ZERO),
            length: reader.u32(),
        }
    }
}

impl EncodedChunksDemuxer {
    /// A demuxer for chunks that a decoder of this configuration takes.
    pub fn new(mut config: DecoderConfig) -> Self {
        if let MediaConfig::Audio { channels: 1 | 2, .. } = config.media
            && config.codec == "opus"
        {
            // Decoders that have the header cut its pre-skip off and move all timestamps by it, or do not. Up to two
            // channels need none.
            config.description = None;
        }
        Self {
            config: Arc::new(config),
            is_announced: false,
            queue: ByteQueue::new(),
            events: Queue::new(),
            next: None,
            instants: ShortQueue::new(),
        }
    }

    /// The next chunk, if all of it is there: how many bytes it was.
    fn step(&mut self) -> Option<usize> {
        let start = self.queue.head();
        if !self.is_announced && !self.queue.is_empty() {
            self.announce();
        }
        let header = Header::read(self.queue.slice(start..start + HEADER)?);
        let end = start + HEADER + u64::from(header.length);
        let data: Arc<[u8]> = self.queue.slice(start + HEADER..end)?.into();
        self.queue.trim(end);
        if data.is_empty() {
            // Nothing a decoder could take, and some fail for it.
            return Some(HEADER as usize);
        }
        let frame = self.frame(&header, data);
        self.events.push_back(DemuxEvent::MediaSegmentStart);
        self.events.push_back(DemuxEvent::Frame(frame));
        self.events.push_back(DemuxEvent::MediaSegmentEnd);
        Some((end - start) as usize)
    }

    /// What an initialization segment would say.
    fn announce(&mut self) {
        self.is_announced = true;
        self.events.push_back(only_track(&self.config));
    }

    fn frame(&mut self, header: &Header, data: Arc<[u8]>) -> CodedFrame {
        let duration = if header.flags & HAS_DURATION != 0 {
            header.duration
        } else {
            self.duration_of(&data)
        };
        let is_key = header.flags & KEY != 0;
        let decode_timestamp = self.decode_timestamp(header.timestamp, duration, is_key);
        self.next = Some((decode_timestamp + duration, duration));
        let presentation_timestamp = self.instant(header.timestamp);
        let presentation_end = self.instant(header.timestamp + duration);
        CodedFrame {
            track_id: ONLY_TRACK_ID,
            presentation_timestamp,
            decode_timestamp,
            presentation_end,
            trim_start: MediaTime::ZERO,
            trim_end: MediaTime::ZERO,
            is_random_access_point: is_key,
            config: None,
            data,
        }
    }

    /// The instant that `time` was rounded from, as far as it is one of those that are known: else neighbours would leave
    /// holes of a microsecond.
    fn instant(&mut self, time: MediaTime) -> MediaTime {
        let is_same = |&known: &MediaTime| known - time <= ROUNDING && time - known <= ROUNDING;
        if let Some(known) = self.instants.iter().copied().find(is_same) {
            return known;
        }
        if self.instants.len() == REMEMBERED {
            self.instants.pop_front();
        }
        self.instants.push_back(time);
        time
    }

    /// How long a chunk without `duration` lasts; zero where it does not say.
    fn duration_of(&self, data: &[u8]) -> MediaTime {
        let samples = match self.config.codec.as_str() {
            "opus" => opus_packet_duration(data).unwrap_or_default(),
            _ => 0,
        };
        MediaTime::from_micros(i64::from(samples) * 1_000_000 / OPUS_RATE)
    }

    /// DEVIATION: the draft takes the timestamp, and so has no place for pictures that are reordered. Chunks come in
    /// decoding order: pictures between key frames are decoded one after the other, as long as they are near.
    fn decode_timestamp(&self, timestamp: MediaTime, duration: MediaTime, is_key: bool) -> MediaTime {
        let Some((next, last_duration)) = self.next else {
            return timestamp;
        };
        if is_key || self.config.kind() == TrackKind::Audio {
            return timestamp;
        }
        let near = duration.max(last_duration).times(MAX_REORDERED_PICTURES);
        if timestamp - next <= near && next - timestamp <= near {
            next
        } else {
            timestamp
        }
    }
}

impl Demuxer for EncodedChunksDemuxer {
    fn push(&mut self, bytes: &[u8]) {
        self.queue.push(bytes);
    }

    fn parse(&mut self, budget: usize) -> Result<ParseStatus, ContainerError> {
        parse_by_steps(budget, || Ok(self.step()))
    }

    fn poll_event(&mut self) -> Option<DemuxEvent> {
        self.events.pop_front()
    }

    /// A chunk is appended whole.
    fn is_parsing_media_segment(&self) -> bool {
        false
    }

    fn pending_bytes(&self) -> usize {
        self.queue.len()
    }

    fn reset(&mut self) {
        self.queue.trim(self.queue.tail());
        self.events = Queue::new();
        self.next = None;
        self.instants.clear();
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn video() -> DecoderConfig {
        DecoderConfig {
            codec: "vp8".into(),
            description: None,
            media: MediaConfig::Video {
                coded_width: 0,
                coded_height: 0,
                crop: None,
                display_width: 0,
                display_height: 0,
                rotation: 0,
                color_space: None,
            },
        }
    }

    pub(crate) fn audio(codec: &str) -> DecoderConfig {
        DecoderConfig {
            codec: codec.into(),
            description: None,
            media: MediaConfig::Audio {
                sample_rate: 48_000,
                channels: 2,
            },
        }
    }

    /// `k` for a key chunk or `d`, its timestamp and, after a slash, its duration in milliseconds; data of that number.
    pub(crate) fn bytes(chunks: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for chunk in chunks.split_whitespace() {
            let (kind, numbers) = chunk.split_at(1);
            let mut numbers = numbers.split('/').map(|number| number.parse::<i64>().unwrap());
            let timestamp = numbers.next().unwrap() * 1_000;
            let duration = numbers.next();
            let data = format!("<{chunk}>");
            bytes.push(u8::from(kind == "k") + if duration.is_some() { 2 } else { 0 });
            bytes.extend(timestamp.to_be_bytes());
            bytes.extend((duration.unwrap_or_default() * 1_000).to_be_bytes());
            bytes.extend((data.len() as u32).to_be_bytes());
            bytes.extend(data.as_bytes());
        }
        bytes
    }

    /// What comes out, in a line: the initialization segment, then each frame with decoding time, start and end.
    fn events(demuxer: &mut EncodedChunksDemuxer, bytes: &[u8], piece: usize) -> String {
        let mut line = Vec::new();
        for piece in bytes.chunks(piece) {
            demuxer.push(piece);
            while demuxer.parse(1).unwrap() == ParseStatus::MorePending {}
            while let Some(event) = demuxer.poll_event() {
                line.push(match event {
                    DemuxEvent::InitSegment(segment) => {
                        assert_eq!(segment.duration, None);
                        segment.tracks[0].config.codec.clone()
                    }
                    DemuxEvent::MediaSegmentStart => "(".into(),
                    DemuxEvent::FirstPresentation(time) => format!("{time:?}"),
                    DemuxEvent::MediaSegmentEnd => ")".into(),
                    DemuxEvent::Frame(frame) => format!(
                        "{}{}:{}-{}{}",
                        if frame.is_random_access_point { "k" } else { "d" },
                        milliseconds(frame.decode_timestamp),
                        milliseconds(frame.presentation_timestamp),
                        milliseconds(frame.presentation_end),
                        String::from_utf8_lossy(&frame.data),
                    ),
                });
            }
        }
        line.join(" ")
    }

    fn milliseconds(time: MediaTime) -> f64 {
        time.as_nanos() as f64 / 1e6
    }

    #[test]
    fn chunks_are_frames_however_they_are_cut() {
        let input = bytes("k-5/40 d35/40 d75/0");
        let whole = "vp8 ( k-5:-5-35<k-5/40> ) ( d35:35-75<d35/40> ) ( d75:75-75<d75/0> )";
        for piece in 1..=input.len() {
            assert_eq!(
                events(&mut EncodedChunksDemuxer::new(video()), &input, piece),
                whole,
                "{piece}"
            );
        }
    }

    #[test]
    fn pictures_are_decoded_one_after_the_other() {
        let table = [
            // As VP8 and VP9 have them.
            ("k0/40 d40/40 k80/40", "k0:0 d40:40 k80:80"),
            // Reordered.
            (
                "k0/40 d120/40 d40/40 d80/40 k160/40",
                "k0:0 d40:120 d80:40 d120:80 k160:160",
            ),
            // A picture was left out by the camera.
            ("k0/40 d80/40 d120/40", "k0:0 d40:80 d80:120"),
            // Too far away to be so.
            ("k0/40 d5000/40 d5040/40", "k0:0 d5000:5000 d5040:5040"),
            ("k5000/40 d0/40", "k5000:5000 d0:0"),
            ("k0/40 k20/40", "k0:0 k20:20"),
        ];
        for (input, expected) in table {
            let line = events(&mut EncodedChunksDemuxer::new(video()), &bytes(input), 1_000);
            let frames = line.split(' ').filter(|word| word.contains(':'));
            let shown: Vec<&str> = frames.map(|frame| frame.rsplit_once('-').unwrap().0).collect();
            assert_eq!(shown.join(" "), expected);
        }
    }

    #[test]
    fn rounded_neighbours_touch_and_do_not_drift() {
        let frames = |rate: f64, order: &[i64]| -> Vec<(i64, i64)> {
            let mut demuxer = EncodedChunksDemuxer::new(video());
            let mut input = Vec::new();
            for &index in order {
                input.push(3);
                input.extend(((index as f64 * 1e6 / rate).round() as i64).to_be_bytes());
                input.extend(((1e6 / rate).round() as i64).to_be_bytes());
                input.extend([0, 0, 0, 1, 0]);
            }
            demuxer.push(&input);
            demuxer.parse(usize::MAX).unwrap();
            let mut spans = Vec::new();
            while let Some(event) = demuxer.poll_event() {
                if let DemuxEvent::Frame(frame) = event {
                    spans.push((
                        frame.presentation_timestamp.as_nanos(),
                        frame.presentation_end.as_nanos(),
                    ));
                }
            }
            spans.sort_unstable();
            spans
        };
        let in_order: Vec<i64> = (0..300).collect();
        // Three of four are decoded after the one that follows them.
        let reordered: Vec<i64> = (0..75)
            .flat_map(|group| [3, 1, 2, 0].map(|index| group * 4 + index))
            .collect();
        for rate in [30.0, 29.97, 23.976, 44_100.0 / 1_024.0, 60.0] {
            for order in [&in_order, &reordered] {
                let spans = frames(rate, order);
                assert!(spans.windows(2).all(|pair| pair[0].1 == pair[1].0), "{rate}");
                let (last, _) = spans[299];
                assert!((last as f64 - 299e9 / rate).abs() < 4_000.0, "{rate}: {last}");
            }
        }
    }

    #[test]
    fn sound_without_duration_lasts_as_its_codec_says() {
        // An Opus packet that begins with `<` is one of 60 ms; other codecs are not asked.
        for (codec, expected) in [
            ("opus", "opus ( k0:0-60<k0> ) ( k60:60-120<k60> )"),
            ("mp3", "mp3 ( k0:0-0<k0> ) ( k60:60-60<k60> )"),
        ] {
            let mut demuxer = EncodedChunksDemuxer::new(audio(codec));
            assert_eq!(events(&mut demuxer, &bytes("k0 k60"), 1_000), expected);
        }
    }

    #[test]
    fn a_reset_forgets_a_chunk_in_part_and_not_the_configuration() {
        let mut demuxer = EncodedChunksDemuxer::new(video());
        let input = bytes("k0/40 d40/40");
        assert_eq!(
            events(&mut demuxer, &input[..input.len() - 1], 1_000),
            "vp8 ( k0:0-40<k0/40> )"
        );
        assert!(demuxer.pending_bytes() > 0);
        demuxer.reset();
        assert_eq!(demuxer.pending_bytes(), 0);
        assert_eq!(
            events(&mut demuxer, &bytes("d90/40"), 1_000),
            "( d90:90-130<d90/40> )"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_give_the_same_however_they_are_cut(
            input in prop::collection::vec(prop_oneof![4 => Just(0u8), 1 => any::<u8>()], 0..400),
            piece in 1usize..50,
        ) {
            let whole = events(&mut EncodedChunksDemuxer::new(video()), &input, 400);
            prop_assert_eq!(events(&mut EncodedChunksDemuxer::new(video()), &input, piece), whole);
        }
    }

    #[test]
    fn a_chunk_without_data_is_none() {
        let mut input = bytes("k0/40");
        input.extend([1].iter().chain(&[0; 20]));
        input.extend(bytes("d40/40"));
        let whole = "vp8 ( k0:0-40<k0/40> ) ( d40:40-80<d40/40> )";
        for piece in 1..=input.len() {
            assert_eq!(
                events(&mut EncodedChunksDemuxer::new(video()), &input, piece),
                whole,
                "{piece}"
            );
        }
    }

    #[test]
    fn numbers_of_any_size_do_no_harm() {
        let mut demuxer = EncodedChunksDemuxer::new(video());
        let mut input = Vec::new();
        for number in [i64::MIN, i64::MAX, 0, -1] {
            input.push(2);
            input.extend(number.to_be_bytes());
            input.extend(number.to_be_bytes());
            input.extend([0, 0, 0, 1, 0]);
        }
        input.extend([0xff; 21]);
        let line = events(&mut demuxer, &input, 7);
        assert_eq!(line.matches(':').count(), 4, "{line}");
        assert_eq!(demuxer.pending_bytes(), 21, "four gigabytes are waited for");
    }
}
