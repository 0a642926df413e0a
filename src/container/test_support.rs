//! What the tests of all demuxers need: events as lines, bytes cut in pieces, and what ffprobe reads in the fixtures.

use super::{CodedFrame, ContainerError, DemuxEvent, Demuxer, ParseStatus};
use crate::time::MediaTime;

/// What came out: a line for each event, and the error that ended it.
pub(crate) type Outcome = (Vec<String>, Option<ContainerError>);

/// Takes all events that are there.
pub(crate) fn take_events(demuxer: &mut dyn Demuxer, lines: &mut Vec<String>) {
    while let Some(event) = demuxer.poll_event() {
        lines.push(match event {
            DemuxEvent::Frame(frame) => format!(
                "frame {} pts {} dts {} end {} trim {} {} {} {} bytes {:08x} {:?}",
                frame.track_id,
                frame.presentation_timestamp.as_nanos(),
                frame.decode_timestamp.as_nanos(),
                frame.presentation_end.as_nanos(),
                frame.trim_start.as_nanos(),
                frame.trim_end.as_nanos(),
                if frame.is_random_access_point {
                    "key"
                } else {
                    "delta"
                },
                frame.data.len(),
                crc32(&frame.data),
                frame.config
            ),
            DemuxEvent::InitSegment(segment) => format!("init {segment:?}"),
            DemuxEvent::MediaSegmentStart => "start".into(),
            DemuxEvent::MediaSegmentEnd => "end".into(),
            DemuxEvent::FirstPresentation(time) => format!("from {time:?}"),
        });
    }
}

/// Pushes one piece and parses it by `budget`.
pub(crate) fn feed(
    demuxer: &mut dyn Demuxer,
    bytes: &[u8],
    budget: usize,
    lines: &mut Vec<String>,
) -> Result<(), ContainerError> {
    demuxer.push(bytes);
    loop {
        let status = demuxer.parse(budget);
        take_events(demuxer, lines);
        if status? == ParseStatus::Done {
            return Ok(());
        }
    }
}

/// Feeds all pieces, up to the first error.
pub(crate) fn run<'a>(
    mut demuxer: impl Demuxer,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    budget: usize,
) -> Outcome {
    let mut lines = Vec::new();
    for piece in pieces {
        if let Err(error) = feed(&mut demuxer, piece, budget, &mut lines) {
            return (lines, Some(error));
        }
    }
    (lines, None)
}

/// Cuts at these places, counted around the end.
pub(crate) fn cut<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.push(bytes.len());
    cuts.sort_unstable();
    let mut start = 0;
    cuts.into_iter()
        .map(|end| &bytes[std::mem::replace(&mut start, end)..end])
        .collect()
}

/// All events of bytes that must not fail.
pub(crate) fn events(mut demuxer: impl Demuxer, bytes: &[u8]) -> Vec<DemuxEvent> {
    demuxer.push(bytes);
    assert_eq!(demuxer.parse(usize::MAX), Ok(ParseStatus::Done));
    std::iter::from_fn(|| demuxer.poll_event()).collect()
}

/// The frames among them.
pub(crate) fn frames(demuxer: impl Demuxer, bytes: &[u8]) -> Vec<CodedFrame> {
    let frame = |event| match event {
        DemuxEvent::Frame(frame) => Some(frame),
        _ => None,
    };
    events(demuxer, bytes).into_iter().filter_map(frame).collect()
}

/// CRC-32 as ffprobe's data hash computes it.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 0 {
                crc >> 1
            } else {
                crc >> 1 ^ 0xedb8_8320
            }
        })
    })
}

/// A packet of a table that a fixture's `make.sh` wrote: `track,pts,dts,duration,size,key,crc32`.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    /// The line, for messages.
    pub(crate) line: String,
    pub(crate) track: u32,
    pub(crate) pts: i64,
    pub(crate) dts: Option<i64>,
    pub(crate) duration: Option<i64>,
    pub(crate) size: usize,
    pub(crate) is_key: bool,
    pub(crate) crc: u32,
    /// Ticks are so many seconds: numerator and denominator.
    tick: (i128, i128),
}

impl Packet {
    /// The instant of a tick, to the nearest nanosecond.
    pub(crate) fn time(&self, ticks: i64) -> MediaTime {
        let (numerator, denominator) = self.tick;
        let scaled = i128::from(ticks) * numerator * 1_000_000_000;
        let half = if scaled < 0 {
            -(denominator / 2)
        } else {
            denominator / 2
        };
        MediaTime::from_nanos(i64::try_from((scaled + half) / denominator).unwrap())
    }
}

/// The packets of a table. A line `# track tick` says how long a track's ticks are: `1/1000` seconds, or `1000` a second.
pub(crate) fn packets(table: &str) -> Vec<Packet> {
    let mut ticks = std::collections::HashMap::new();
    let mut packets = Vec::new();
    for line in table.lines() {
        if let Some(tick) = line.strip_prefix("# ") {
            let (track, tick) = tick.split_once(' ').unwrap();
            let (numerator, denominator) = tick.split_once('/').unwrap_or(("1", tick));
            let tick: (i128, i128) = (numerator.parse().unwrap(), denominator.parse().unwrap());
            ticks.insert(track.parse::<u32>().unwrap(), tick);
            continue;
        }
        let fields: Vec<&str> = line.split(',').collect();
        let [track, pts, dts, duration, size, key, crc] = fields[..] else {
            panic!("{line}")
        };
        let track = track.parse().unwrap();
        packets.push(Packet {
            line: line.to_owned(),
            track,
            pts: pts.parse().unwrap(),
            dts: dts.parse().ok(),
            duration: duration.parse().ok(),
            size: size.parse().unwrap(),
            is_key: key == "1",
            crc: u32::from_str_radix(crc, 16).unwrap(),
            tick: ticks[&track],
        });
    }
    packets
}
