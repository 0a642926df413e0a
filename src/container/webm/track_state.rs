//! A track that is being read: blocks in, frames out.

use std::sync::Arc;

use super::block::Block;
use super::timing::{FrameTimes, PictureTiming, Sequel, SoundTiming};
use super::tracks::WebMTrack;
use crate::container::{CodedFrame, DecoderConfig, DemuxEvent, TrackKind};
use crate::queue::Queue;
use crate::time::MediaTime;

/// A track and where it stands.
#[derive(Clone, Debug)]
pub(super) struct TrackState {
    track: WebMTrack,
    /// What [`CodedFrame::track_id`] says.
    id: u32,
    /// Of a track of sound.
    sound: SoundTiming,
    /// Of a track of pictures.
    pictures: PictureTiming,
    /// What the next block has to do with the one before.
    sequel: Sequel,
    /// Nothing of the last frame of sound is heard: it is there for the sake of the next.
    is_after_preroll: bool,
    /// What the last key frame asked for, where that is not what the track says.
    config: Option<Arc<DecoderConfig>>,
}

impl TrackState {
    pub(super) fn new(track: WebMTrack) -> Self {
        Self {
            id: u32::try_from(track.number).unwrap_or(u32::MAX),
            sound: SoundTiming::default(),
            pictures: PictureTiming::new(track.codec.may_reorder(), track.default_duration),
            track,
            sequel: Sequel::AnyCluster,
            is_after_preroll: false,
            config: None,
        }
    }

    /// Forgets where it stands.
    pub(super) fn reset(&mut self) {
        self.track.codec.restart();
        self.sound = SoundTiming::default();
        self.pictures = PictureTiming::new(self.track.codec.may_reorder(), self.track.default_duration);
        self.sequel = Sequel::AnyCluster;
        self.is_after_preroll = false;
        self.config = None;
    }

    /// `TrackNumber`.
    pub(super) fn number(&self) -> u64 {
        self.track.number
    }

    /// A cluster begins: where the one before ended for that, it `goes_on`.
    pub(super) fn start_cluster(&mut self, goes_on: bool) {
        self.sequel = match (goes_on, self.sequel) {
            // No block in the one before, which was of the same recording.
            (true, Sequel::SameCluster | Sequel::SameRecording) => Sequel::SameRecording,
            _ => Sequel::AnyCluster,
        };
    }

    /// Makes frames of a block at `time` whose `BlockDuration` is `duration`.
    pub(super) fn read_block(
        &mut self,
        block: &Block<'_>,
        time: MediaTime,
        duration: Option<MediaTime>,
        tick: MediaTime,
        events: &mut Queue<DemuxEvent>,
    ) {
        match self.track.config.kind() {
            TrackKind::Audio => self.read_sound(block, time, duration, tick, events),
            TrackKind::Video => self.read_pictures(block, time, duration, tick, events),
        }
    }

    fn read_sound(
        &mut self,
        block: &Block<'_>,
        time: MediaTime,
        duration: Option<MediaTime>,
        tick: MediaTime,
        events: &mut Queue<DemuxEvent>,
    ) {
        let timing = &mut self.sound;
        // RFC 9559 § 5.1.4.1.25: the delay is subtracted from the times of blocks. Browsers do so when they decode.
        let delay = self.track.codec_delay;
        let mut next = Some(time - delay);
        let last = block.frames.len() - 1;
        for (index, frame) in block.frames.iter().enumerate() {
            let data = whole_frame(&self.track.stripped_header, frame);
            let data = self.track.codec.for_decoder(data);
            // An empty frame tells nothing, and no decoder takes it.
            if data.is_empty() {
                continue;
            }
            let mut times = match self.track.codec.sound_duration(&data) {
                Some((samples, rate)) => timing.place(next.take(), samples, rate, tick),
                // What the codec does not tell, the container may.
                None => {
                    let start = next.take().or(timing.end()).unwrap_or(time - delay);
                    let count = i64::try_from(block.frames.len()).unwrap_or(1);
                    let shared = |whole: MediaTime| MediaTime::from_nanos(whole.as_nanos() / count);
                    let lasts = duration.map(shared).or(self.track.default_duration);
                    timing.place_unknown(start, lasts.unwrap_or_default())
                }
            };
            if delay > MediaTime::ZERO {
                times.hide_before_start();
            }
            let padding = MediaTime::from_nanos(block.discard_padding);
            let is_padded = match padding > MediaTime::ZERO {
                true => index == last,
                false => index == 0 && padding < MediaTime::ZERO,
            };
            if is_padded {
                timing.discard(&mut times, padding);
            }
            let is_unheard = times.end == times.start;
            if is_unheard && times.trim_end > MediaTime::ZERO {
                // Nothing is decoded from it either.
                continue;
            }
            // Every frame of sound is a random access point, whatever the block's flag says: some muxers set it for the
            // first in a cluster alone. But what comes after frames that are only decoded is decoded after them.
            let is_random_access_point = !self.is_after_preroll;
            self.is_after_preroll = is_unheard && times.trim_start > MediaTime::ZERO;
            events.push_back(frame_event(self.id, times, is_random_access_point, None, data));
        }
    }

    fn read_pictures(
        &mut self,
        block: &Block<'_>,
        time: MediaTime,
        duration: Option<MediaTime>,
        tick: MediaTime,
        events: &mut Queue<DemuxEvent>,
    ) {
        let count = i64::try_from(block.frames.len()).unwrap_or(1);
        let shared = duration.map(|whole| MediaTime::from_nanos(whole.as_nanos() / count));
        let mut start = time;
        for frame in &block.frames {
            let data = whole_frame(&self.track.stripped_header, frame);
            if data.is_empty() {
                continue;
            }
            let is_random_access_point = block.is_key && self.track.codec.confirms_key(&data);
            let times = self
                .pictures
                .place(start, shared, is_random_access_point, self.sequel, tick);
            self.sequel = Sequel::SameCluster;
            if is_random_access_point {
                self.note_config(&data);
            }
            events.push_back(frame_event(
                self.id,
                times,
                is_random_access_point,
                self.config.clone(),
                data,
            ));
            // Pictures are hardly ever laced.
            start = start + shared.or(self.track.default_duration).unwrap_or(tick);
        }
    }

    /// Takes over how a key frame asks to be decoded.
    fn note_config(&mut self, key_frame: &[u8]) {
        match self.track.codec.key_frame_config(key_frame, &self.track.config) {
            Some(asked) if asked == *self.track.config => self.config = None,
            Some(asked) if self.config.as_deref() == Some(&asked) => {}
            Some(asked) => self.config = Some(Arc::new(asked)),
            None => {}
        }
    }
}

/// A frame with what was stripped off it.
fn whole_frame(stripped_header: &[u8], frame: &[u8]) -> Arc<[u8]> {
    if stripped_header.is_empty() {
        Arc::from(frame)
    } else {
        [stripped_header, frame].concat().into()
    }
}

fn frame_event(
    track_id: u32,
    times: FrameTimes,
    is_random_access_point: bool,
    config: Option<Arc<DecoderConfig>>,
    data: Arc<[u8]>,
) -> DemuxEvent {
    DemuxEvent::Frame(CodedFrame {
        track_id,
        presentation_timestamp: times.start,
        decode_timestamp: times.decode,
        presentation_end: times.end,
        trim_start: times.trim_start,
        trim_end: times.trim_end,
        is_random_access_point,
        config,
        data,
    })
}
