//! What must hold for every input of every demuxer. The fuzz targets and the ordinary tests of their findings share it.
//!
//! An input is a byte of flags (bit 0: strict; bits 1 to 3: how many cuts), a budget of two bytes, two bytes for each
//! cut, and the stream.

use mse_polyfill::container::{ContainerError, DemuxEvent, Demuxer, ParseStatus, Strictness};

/// A small input may ask for a great many frames; comparing stops there.
const MAX_EVENTS: usize = 3_000;
/// And for many steps that give nothing.
const MAX_CALLS: usize = 20_000;
/// The budget of the run that gets all bytes at once.
const WHOLE_BUDGET: usize = 4_096;

/// PCM of eight bits comes out as floats of 32.
const MOST_EXPANSION: usize = 4;

/// What came out of a run.
struct Outcome {
    events: Vec<String>,
    error: Option<ContainerError>,
    /// Whether a limit above ended it.
    is_cut_short: bool,
}

/// The events of any bytes are the same however they are cut and whatever the budget; no byte is held twice. `new` makes
/// the demuxer.
///
/// # Panics
/// When that does not hold.
pub(crate) fn check<D: Demuxer>(input: &[u8], new: fn(Strictness) -> D) {
    let Some((&[flags, high, low], rest)) = input.split_first_chunk() else {
        return;
    };
    let strictness = if flags & 1 == 0 {
        Strictness::Lenient
    } else {
        Strictness::Strict
    };
    let Some((cuts, stream)) = rest.split_at_checked(2 * usize::from(flags >> 1 & 7)) else {
        return;
    };
    let mut cuts: Vec<usize> = cuts
        .as_chunks()
        .0
        .iter()
        .map(|&cut| usize::from(u16::from_be_bytes(cut)) % (stream.len() + 1))
        .collect();
    cuts.sort_unstable();
    let mut pieces = Vec::new();
    let mut rest = stream;
    let mut start = 0;
    for cut in cuts {
        let (piece, after) = rest.split_at(cut - start);
        pieces.push(piece);
        (rest, start) = (after, cut);
    }
    pieces.push(rest);

    let whole = run(new(strictness), &[stream], WHOLE_BUDGET);
    let cut = run(
        new(strictness),
        &pieces,
        usize::from(u16::from_be_bytes([high, low])),
    );
    let count = whole.events.len().min(cut.events.len());
    assert_eq!(whole.events.get(..count), cut.events.get(..count));
    if !whole.is_cut_short && !cut.is_cut_short {
        assert_eq!(whole.events.len(), cut.events.len());
        assert_eq!(whole.error, cut.error);
    }
}

fn run(mut demuxer: impl Demuxer, pieces: &[&[u8]], budget: usize) -> Outcome {
    let mut outcome = Outcome {
        events: Vec::new(),
        error: None,
        is_cut_short: false,
    };
    let (mut calls, mut pushed) = (0, 0);
    for piece in pieces {
        demuxer.push(piece);
        pushed += piece.len();
        loop {
            let status = demuxer.parse(budget);
            while let Some(event) = demuxer.poll_event() {
                outcome.events.push(show(&event, pushed));
            }
            assert!(demuxer.pending_bytes() <= pushed);
            calls += 1;
            match status {
                Err(error) => {
                    outcome.error = Some(error);
                    return outcome;
                }
                Ok(ParseStatus::Done) => break,
                Ok(ParseStatus::MorePending) => {}
            }
            if calls > MAX_CALLS || outcome.events.len() > MAX_EVENTS {
                outcome.is_cut_short = true;
                return outcome;
            }
        }
    }
    outcome
}

fn show(event: &DemuxEvent, pushed: usize) -> String {
    match event {
        DemuxEvent::Frame(frame) => {
            assert!(!frame.data.is_empty());
            assert!(frame.data.len() <= MOST_EXPANSION * pushed);
            let sum = frame.data.iter().fold(0u32, |sum, &byte| {
                sum.wrapping_mul(31).wrapping_add(u32::from(byte))
            });
            format!(
                "{} {:?} {:?} {:?} {:?} {:?} {} {:?} {} {sum}",
                frame.track_id,
                frame.presentation_timestamp,
                frame.decode_timestamp,
                frame.presentation_end,
                frame.trim_start,
                frame.trim_end,
                frame.is_random_access_point,
                frame.config,
                frame.data.len(),
            )
        }
        other => format!("{other:?}"),
    }
}
