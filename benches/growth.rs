//! What an append costs at the end of a long stream against its start: `cargo bench --bench growth [-- --quick]`.
//!
//! Numbers and no assertions: machines differ. The ratios of the last column should stay near one.

use std::error::Error;
use std::time::{Duration, Instant};

use mse_polyfill::container::{DecoderConfig, Strictness, TrackKind};
use mse_polyfill::data_plane::DataPlane;
use mse_polyfill::playback::{AudioBlock, EncodedChunk, Platform, VideoFrameId};
use mse_polyfill::protocol::{AppendMode, AppendParameters, Command, Event, Quota};
use mse_polyfill::time::MediaTime;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Decoders that never answer.
struct Nothing;

impl Platform for Nothing {
    fn configure(&mut self, _: &DecoderConfig) {}
    fn decode(&mut self, _: EncodedChunk<'_>) -> u32 {
        u32::MAX
    }
    fn flush(&mut self, _: TrackKind) {}
    fn reset(&mut self, _: TrackKind) {}
    fn present(&mut self, _: VideoFrameId) {}
    fn discard(&mut self, _: VideoFrameId) {}
    fn write_audio(&mut self, _: AudioBlock<'_>) {}
    fn audio_latency(&self) -> f64 {
        0.0
    }
}

/// A data plane with one SourceBuffer, and what its last answer said.
struct Stream {
    plane: DataPlane,
    token: u32,
    bytes_held: u64,
    ranges: usize,
}

impl Stream {
    fn open(media_type: &str, quota: u64) -> Self {
        let mut plane = DataPlane::new();
        let add = Command::AddSourceBuffer {
            id: 1,
            stream: media_type.into(),
            strictness: Strictness::Lenient,
        };
        plane.handle(add, Vec::new());
        let quota = Quota {
            video: quota,
            audio: quota,
        };
        plane.handle(Command::SetQuota { quota }, Vec::new());
        Self {
            plane,
            token: 0,
            bytes_held: 0,
            ranges: 0,
        }
    }

    /// Appends, and takes all that comes of it the way the page does.
    fn append(&mut self, media: Vec<u8>, timestamp_offset: MediaTime) -> Outcome<()> {
        self.token += 1;
        let append = Command::Append {
            id: 1,
            token: self.token,
            parameters: AppendParameters {
                mode: AppendMode::Segments,
                timestamp_offset,
                append_window_start: MediaTime::ZERO,
                append_window_end: MediaTime::INFINITY,
                group_start_timestamp: None,
            },
        };
        self.plane.handle(append, media);
        let mut is_done = false;
        while !is_done {
            self.plane.run(0.0, &mut Nothing);
            while let Some(event) = self.plane.poll_event() {
                let event = Event::from_bytes(&event.to_bytes())?;
                if let Event::Appended { snapshot, result, .. } = event {
                    result.map_err(|error| error.message)?;
                    self.bytes_held = snapshot.bytes_held;
                    self.ranges = snapshot.tracks.iter().map(|track| track.ranges.len()).sum();
                    is_done = true;
                }
            }
        }
        Ok(())
    }

    fn seek(&mut self, position: MediaTime) {
        self.token += 1;
        let token = self.token;
        self.plane.handle(Command::Seek { token, position }, Vec::new());
        self.plane.run(0.0, &mut Nothing);
        while self.plane.poll_event().is_some() {}
    }
}

/// Offsets at which the fragments of a file begin, its length included.
fn cuts(file: &[u8]) -> Vec<usize> {
    let is_moof = |at: &usize| file.get(at + 4..at + 8) == Some(b"moof");
    let mut at = 0;
    let mut starts = Vec::new();
    while let Some(&[a, b, c, d]) = file.get(at..at + 4) {
        starts.push(at);
        at += (u32::from_be_bytes([a, b, c, d]) as usize).max(8);
    }
    starts.retain(is_moof);
    starts.push(file.len());
    starts
}

/// A fragment of one frame of 30 a second in a track of 15,360 ticks a second, which the clips have.
fn one_frame(number: u32, payload: usize) -> Vec<u8> {
    fn full(kind: &[u8; 4], flags: u32, fields: &[u32]) -> Vec<u8> {
        let fields = fields.iter().flat_map(|field| field.to_be_bytes());
        wrap(kind, flags.to_be_bytes().into_iter().chain(fields).collect())
    }
    fn wrap(kind: &[u8; 4], content: Vec<u8>) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).unwrap_or_default();
        [&size.to_be_bytes()[..], kind, &content].concat()
    }
    let flags = if number.is_multiple_of(60) {
        0x0200_0000
    } else {
        0x0101_0000
    };
    let size = u32::try_from(payload).unwrap_or_default();
    let moof = |data_offset: u32| {
        let traf = [
            full(b"tfhd", 0x02_0000, &[1]),
            full(b"tfdt", 0, &[number * 512]),
            full(b"trun", 0x701, &[1, data_offset, 512, size, flags]),
        ];
        wrap(
            b"moof",
            [full(b"mfhd", 0, &[number]), wrap(b"traf", traf.concat())].concat(),
        )
    };
    let length = u32::try_from(moof(0).len()).unwrap_or_default();
    [moof(length + 8), wrap(b"mdat", vec![7; payload])].concat()
}

/// Bytes of memory this process has; 0 where the system does not say.
fn memory() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4_096
}

/// Times every append and prints what the first and the last tenth of them took.
fn measure(
    name: &str,
    stream: &mut Stream,
    count: u32,
    mut append: impl FnMut(&mut Stream, u32) -> Outcome<()>,
) -> Outcome<()> {
    let before = memory();
    let mut times = Vec::new();
    for number in 0..count {
        let start = Instant::now();
        append(stream, number)?;
        times.push(start.elapsed());
    }
    let tenth = times.len() / 10;
    let micros = |times: &[Duration]| times.iter().sum::<Duration>().as_secs_f64() * 1e6 / times.len() as f64;
    let (first, last) = (
        micros(times.get(..tenth).unwrap_or_default()),
        micros(times.get(times.len() - tenth..).unwrap_or_default()),
    );
    println!(
        "{name:<44} {count:>7} {first:>9.1} {last:>9.1} {:>9.2} {:>9.1} {:>9.1} {:>7}",
        last / first,
        stream.bytes_held as f64 / 1e6,
        memory().saturating_sub(before) as f64 / 1e6,
        stream.ranges,
    );
    Ok(())
}

fn main() -> Outcome<()> {
    let scale = if std::env::args().any(|argument| argument == "--quick") {
        20
    } else {
        1
    };
    let clip = |name: &str| {
        std::fs::read(format!(
            "{}/tests/fixtures/clips/{name}",
            env!("CARGO_MANIFEST_DIR")
        ))
    };
    println!(
        "\n{:<44} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}",
        "", "appends", "first µs", "last µs", "ratio", "held MB", "memory MB", "ranges"
    );

    // Four fragments of half a second, again and again.
    let file = clip("fragmented.mp4")?;
    let cuts = cuts(&file);
    let part = |from: usize, to: usize| file.get(*cuts.get(from)?..*cuts.get(to)?);
    let init = file
        .get(..cuts.first().copied().unwrap_or_default())
        .unwrap_or_default();
    let two_seconds = part(0, 4).ok_or("the clip has less than two seconds")?;
    let media_type = "video/mp4; codecs=\"avc1.64001e, mp4a.40.2\"";
    let mut stream = Stream::open(media_type, 20 << 20);
    stream.append(init.to_vec(), MediaTime::ZERO)?;
    measure(
        "12 hours live, 2 s segments, 20 MiB quota",
        &mut stream,
        21_600 / scale,
        |stream, number| {
            let start = MediaTime::from_millis(i64::from(number) * 2_000);
            stream.seek(start - MediaTime::from_millis(6_000));
            stream.append(two_seconds.to_vec(), start)
        },
    )?;

    let file = clip("video-only.mp4")?;
    let init = file
        .get(..self::cuts(&file).first().copied().unwrap_or_default())
        .unwrap_or_default();
    let media_type = "video/mp4; codecs=\"avc1.64001e\"";
    let mut stream = Stream::open(media_type, 1 << 30);
    stream.append(init.to_vec(), MediaTime::ZERO)?;
    measure(
        "fragments of one frame",
        &mut stream,
        100_000 / scale,
        |stream, number| stream.append(one_frame(number, 1_000), MediaTime::ZERO),
    )?;

    let mut stream = Stream::open(media_type, 1 << 30);
    stream.append(init.to_vec(), MediaTime::ZERO)?;
    measure(
        "fragments of one frame, a gap after each",
        &mut stream,
        10_000 / scale,
        |stream, number| stream.append(one_frame(number * 60, 1_000), MediaTime::ZERO),
    )
}
