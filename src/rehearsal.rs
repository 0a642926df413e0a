//! A playback of nothing, before the first real one: browsers compile each function of a wasm module when it is first
//! called, which takes most of the time of the first append.

use crate::container::{DecoderConfig, TrackKind};
use crate::control_plane::ControlPlane;
use crate::data_plane::DataPlane;
use crate::playback::{AudioBlock, DecodedAudio, EncodedChunk, Platform, VideoFrameId};
use crate::protocol::{Command, Event, ProtocolError};

/// Two black pictures of 16 × 16 and their silence, as players get them most often.
const CLIPS: [(&str, &[u8]); 2] = [
    ("video/mp4", include_bytes!("rehearsal/short.mp4")),
    ("video/webm", include_bytes!("rehearsal/short.webm")),
];

/// How often both planes get their turn: the page chooses and seeks, the decoders answer, pictures fall due.
const TURNS: u32 = 5;

/// Decodes nothing.
#[derive(Default)]
struct Stage {
    decoded: Vec<(TrackKind, i64)>,
    flushed: Vec<TrackKind>,
    shown: usize,
}

impl Platform for Stage {
    fn configure(&mut self, _: &DecoderConfig) {}

    fn decode(&mut self, chunk: EncodedChunk<'_>) -> u32 {
        self.decoded.push((chunk.kind, chunk.timestamp));
        0
    }

    fn flush(&mut self, kind: TrackKind) {
        self.flushed.push(kind);
    }

    fn reset(&mut self, _: TrackKind) {}

    fn present(&mut self, _: VideoFrameId) {
        self.shown += 1;
    }

    fn discard(&mut self, _: VideoFrameId) {}

    fn write_audio(&mut self, _: AudioBlock<'_>) {}

    fn audio_latency(&self) -> f64 {
        0.0
    }
}

/// Plays each clip through both planes, over the protocol between them. Returns how many pictures would have been shown.
///
/// # Errors
/// When the planes do not understand each other, which they do.
pub fn rehearse() -> Result<usize, ProtocolError> {
    let mut shown = 0;
    for (media_type, bytes) in CLIPS {
        shown += play(media_type, bytes)?;
    }
    Ok(shown)
}

/// The first of these clips as one append to a new data plane: the commands, and their media.
pub fn first_append() -> (Vec<u8>, &'static [u8]) {
    let mut page = ControlPlane::new();
    let [(media_type, bytes), _] = CLIPS;
    if let Ok(id) = page.add_source_buffer(media_type) {
        let _ = page.append_buffer(id, bytes.len() as u64);
    }
    (page.take_commands(), bytes)
}

fn play(media_type: &str, bytes: &[u8]) -> Result<usize, ProtocolError> {
    let (mut page, mut data, mut stage) = (ControlPlane::new(), DataPlane::new(), Stage::default());
    data.foresee_selection();
    let Ok(id) = page.add_source_buffer(media_type) else {
        return Ok(0);
    };
    // No exception: nothing is being appended yet.
    let _ = page.append_buffer(id, bytes.len() as u64);
    page.play(0.0);
    for turn in 0..TURNS {
        let now = f64::from(turn) * 40.0;
        let sent = page.take_commands();
        let mut commands = sent.as_slice();
        while !commands.is_empty() {
            let command = Command::read_from(&mut commands)?;
            let media = match command {
                Command::Append { .. } => bytes.to_vec(),
                _ => Vec::new(),
            };
            data.handle(command, media);
        }
        data.run(now, &mut stage);
        let player = data.player_mut();
        for (kind, timestamp) in stage.decoded.drain(..) {
            match kind {
                TrackKind::Video => player.video_decoded(0, timestamp, (16, 16)),
                TrackKind::Audio => player.audio_decoded(DecodedAudio {
                    timestamp,
                    sample_rate: 48_000,
                    channels: vec![vec![0.0; 1_024]],
                }),
            }
        }
        for kind in stage.flushed.drain(..) {
            player.flushed(kind);
        }
        let mut answered = Vec::new();
        while let Some(mut event) = data.poll_event() {
            event.write_to(&mut answered);
        }
        let mut events = answered.as_slice();
        while !events.is_empty() {
            page.receive(Event::read_from(&mut events)?, now);
        }
        page.take_tasks();
    }
    page.detach();
    Ok(stage.shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_append_is_one() {
        let (commands, media) = first_append();
        let mut rest = commands.as_slice();
        let mut appends = 0;
        while !rest.is_empty() {
            let command = Command::read_from(&mut rest).unwrap();
            appends += usize::from(matches!(command, Command::Append { .. }));
        }
        assert_eq!((appends, media), (1, CLIPS[0].1));
    }

    #[test]
    fn every_clip_is_parsed_decoded_and_shown() {
        for (media_type, bytes) in CLIPS {
            assert_eq!(play(media_type, bytes).unwrap(), 2, "{media_type}");
        }
    }
}
