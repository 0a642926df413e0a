//! Prints the coded frames of an MP4, WebM, MPEG audio or ADTS file in the order the parser gives them, one CSV line each:
//! `track,kind,pts_ns,dts_ns,duration_ns,size,key`.
//!
//! ```sh
//! cargo run --release --example dump -- FILE
//! ```
//!
//! Errors go to stderr, with exit code 1.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::process::ExitCode;

use mse_polyfill::container::{DemuxEvent, ParseStatus, Strictness, TrackKind, demuxer_for};
use mse_polyfill::mime::MediaType;

/// Bytes to read, and to parse, at a time.
const CHUNK: usize = 64 << 10;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: dump FILE");
        return ExitCode::FAILURE;
    };
    match dump(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dump(path: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut file = File::open(path)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut kinds = HashMap::new();
    let mut chunk = vec![0; CHUNK];
    let mut count = file.read(&mut chunk)?;
    let mut demuxer = MediaType::sniff(chunk.get(..count).unwrap_or_default())
        .and_then(|media_type| demuxer_for(&media_type, Strictness::Lenient))
        .ok_or("nothing that this crate reads")?;
    loop {
        demuxer.push(chunk.get(..count).unwrap_or_default());
        loop {
            // What was found before an error is printed as well.
            let status = demuxer.parse(CHUNK);
            while let Some(event) = demuxer.poll_event() {
                print(event, &mut kinds, &mut out)?;
            }
            if status? == ParseStatus::Done {
                break;
            }
        }
        if count == 0 {
            out.flush()?;
            let is_whole = demuxer.pending_bytes() == 0 && !demuxer.is_parsing_media_segment();
            return if is_whole {
                Ok(())
            } else {
                Err("the file ends too early, or with a cluster of unknown size".into())
            };
        }
        count = file.read(&mut chunk)?;
    }
}

fn print(
    event: DemuxEvent,
    kinds: &mut HashMap<u32, TrackKind>,
    out: &mut impl Write,
) -> Result<(), std::io::Error> {
    match event {
        DemuxEvent::InitSegment(segment) => {
            *kinds = segment
                .tracks
                .iter()
                .map(|track| (track.id, track.config.kind()))
                .collect();
            Ok(())
        }
        DemuxEvent::Frame(frame) => writeln!(
            out,
            "{},{},{},{},{},{},{}",
            frame.track_id,
            match kinds.get(&frame.track_id) {
                Some(TrackKind::Audio) => "audio",
                _ => "video",
            },
            frame.presentation_timestamp.as_nanos(),
            frame.decode_timestamp.as_nanos(),
            (frame.presentation_end - frame.presentation_timestamp).as_nanos(),
            frame.data.len(),
            u8::from(frame.is_random_access_point),
        ),
        DemuxEvent::MediaSegmentStart | DemuxEvent::FirstPresentation(_) | DemuxEvent::MediaSegmentEnd => {
            Ok(())
        }
    }
}
