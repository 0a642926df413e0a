//! A track that is being read: blocks in, frames out.

use std::collections::VecDeque;
use std::sync::Arc;

use super::block::Block;
use super::timing::{FrameTimes, HeldPicture, PictureTiming, SoundTiming};
use super::tracks::WebMTrack;
use crate::container::{CodedFrame, DecoderConfig, DemuxEvent, TrackKind};
use crate::time::MediaTime;

/// A track and where it stands.
#[derive(Clone, Debug)]
pub(super) struct TrackState {
    track: WebMTrack,
    /// What [`CodedFrame::track_id`] says.
    id: u32,
    timing: Timing,
    /// What the last key frame asked for, where that is not what the track says.
    config: Option<Arc<DecoderConfig>>,
}

#[derive(Clone, Debug)]
enum Timing {
    Sound(SoundTiming),
    Pictures(Box<PictureTiming>),
}

impl TrackState {
    pub(super) fn new(track: WebMTrack) -> Self {
        let timing = match track.config.kind() {
            TrackKind::Audio => Timing::Sound(SoundTiming::default()),
            TrackKind::Video => Timing::Pictures(Box::new(PictureTiming::new(
                track.codec.may_reorder(),
                track.default_duration,
            ))),
        };
        Self {
            id: u32::try_from(track.number).unwrap_or(u32::MAX),
            track,
            timing,
            config: None,
        }
    }

    /// Forgets where it stands.
    pub(super) fn reset(&mut self) {
        let mut track = self.track.clone();
        track.codec.restart();
        *self = Self::new(track);
    }

    /// `TrackNumber`.
    pub(super) fn number(&self) -> u64 {
        self.track.number
    }

    /// Bytes that wait for what follows.
    pub(super) fn bytes_held(&self) -> usize {
        match &self.timing {
            Timing::Sound(_) => 0,
            Timing::Pictures(timing) => timing.bytes_held(),
        }
    }

    /// Makes frames of a block at `time` whose `BlockDuration` is `duration`.
    pub(super) fn read_block(
        &mut self,
        block: &Block<'_>,
        time: MediaTime,
        duration: Option<MediaTime>,
        tick: MediaTime,
        events: &mut VecDeque<DemuxEvent>,
    ) {
        match self.timing {
            Timing::Sound(_) => self.read_sound(block, time, duration, tick, events),
            Timing::Pictures(_) => self.read_pictures(block, time, duration, tick, events),
        }
    }

    fn read_sound(
        &mut self,
        block: &Block<'_>,
        time: MediaTime,
        duration: Option<MediaTime>,
        tick: MediaTime,
        events: &mut VecDeque<DemuxEvent>,
    ) {
        let Timing::Sound(timing) = &mut self.timing else {
            return;
        };
        // RFC 9559 § 5.1.4.1.25: the delay is subtracted from the times of blocks. Browsers do so when they decode.
        let delay = self.track.codec_delay;
        let mut next = Some(time - delay);
        let last = block.frames.len() - 1;
        for (index, frame) in block.frames.iter().enumerate() {
            let data = whole_frame(&self.track.stripped_header, frame);
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
                timing.hide_before_start(&mut times);
            }
            let padding = MediaTime::from_nanos(block.discard_padding);
            let is_padded = match padding > MediaTime::ZERO {
                true => index == last,
                false => index == 0 && padding < MediaTime::ZERO,
            };
            if is_padded {
                timing.discard(&mut times, padding);
            }
            // Every frame of sound is a random access point, whatever the block's flag says: some muxers set it for the
            // first in a cluster alone.
            events.push_back(frame_event(self.id, times, true, None, data));
        }
    }

    fn read_pictures(
        &mut self,
        block: &Block<'_>,
        time: MediaTime,
        duration: Option<MediaTime>,
        tick: MediaTime,
        events: &mut VecDeque<DemuxEvent>,
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
            let picture = HeldPicture {
                start,
                is_random_access_point,
                data,
            };
            let Timing::Pictures(timing) = &mut self.timing else {
                return;
            };
            let mut given = Vec::new();
            timing.add(picture, shared, tick, &mut |picture, times| {
                given.push((picture, times))
            });
            for (picture, times) in given {
                self.give(picture, times, events);
            }
            // Pictures are hardly ever laced.
            start = start + shared.or(self.track.default_duration).unwrap_or(tick);
        }
    }

    /// The cluster ended, and another one of the same recording begins right there.
    pub(super) fn begin_next_cluster(&mut self) {
        if let Timing::Pictures(timing) = &mut self.timing {
            timing.begin_next_cluster();
        }
    }

    /// No block that follows is near: gives what waits.
    pub(super) fn flush(&mut self, events: &mut VecDeque<DemuxEvent>) {
        if let Timing::Pictures(timing) = &mut self.timing {
            let mut given = Vec::new();
            timing.flush(&mut |picture, times| given.push((picture, times)));
            for (picture, times) in given {
                self.give(picture, times, events);
            }
        }
    }

    fn give(&mut self, picture: HeldPicture, times: FrameTimes, events: &mut VecDeque<DemuxEvent>) {
        if picture.is_random_access_point {
            let asked = self
                .track
                .codec
                .key_frame_config(&picture.data, &self.track.config);
            match asked {
                Some(asked) if asked == *self.track.config => self.config = None,
                Some(asked) if self.config.as_deref() == Some(&asked) => {}
                Some(asked) => self.config = Some(Arc::new(asked)),
                None => {}
            }
        }
        events.push_back(frame_event(
            self.id,
            times,
            picture.is_random_access_point,
            self.config.clone(),
            picture.data,
        ));
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
