//! The browser's decoders under the player, in real browsers: `cargo xtask test wasm`.
#![cfg(target_arch = "wasm32")]
// clippy.toml allows these in tests, but takes only `#[test]` and `#[cfg(test)]` for such.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::rc::Rc;
use std::sync::Arc;

use js_sys::{Function, Promise, Reflect};
use mse_polyfill::container::{
    CodedFrame, DecoderConfig, DemuxEvent, MediaConfig, ParseStatus, Strictness, TrackKind, demuxer_for,
};
use mse_polyfill::mime::MediaType;
use mse_polyfill::picture::Rectangle;
use mse_polyfill::playback::{DecodedAudio, EncodedChunk};
use mse_polyfill::web::decoders::{Decoders, Picture};
use mse_polyfill::web::inbox::{Inbox, Input};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::VideoFrame;

wasm_bindgen_test_configure!(run_in_browser);

const FRAGMENTED: &[u8] = include_bytes!("fixtures/mp4/fragmented.mp4");
const TURNED: &[u8] = include_bytes!("fixtures/mp4/turned.mp4");

/// The first track of a kind and its frames in decode order.
fn track(file: &[u8], kind: TrackKind) -> (Arc<DecoderConfig>, Vec<CodedFrame>) {
    let mut demuxer = demuxer_for(&MediaType::parse("video/mp4").unwrap(), Strictness::Lenient).unwrap();
    demuxer.push(file);
    let (mut track, mut frames) = (None, Vec::new());
    loop {
        let status = demuxer.parse(1 << 20).unwrap();
        while let Some(event) = demuxer.poll_event() {
            match event {
                DemuxEvent::InitSegment(init) => {
                    track = init.tracks.into_iter().find(|track| track.config.kind() == kind);
                }
                DemuxEvent::Frame(frame) => frames.push(frame),
                _ => {}
            }
        }
        if status == ParseStatus::Done {
            break;
        }
    }
    let track = track.unwrap();
    frames.retain(|frame| frame.track_id == track.id);
    (track.config, frames)
}

/// Decoders and what has come out of them.
struct Bench {
    decoders: Decoders,
    inbox: Rc<Inbox>,
}

#[derive(Default, Debug)]
struct Output {
    timestamps: Vec<i64>,
    display_sizes: Vec<(u32, u32)>,
    sound: Vec<DecodedAudio>,
    flushes: usize,
    failures: Vec<String>,
}

impl Bench {
    fn new() -> Self {
        let inbox = Rc::new(Inbox::default());
        Self {
            decoders: Decoders::new(inbox.clone()),
            inbox,
        }
    }

    /// Decodes all these, and waits for the first to come out: the picture, and the size to show it at.
    async fn first_picture(
        &mut self,
        config: &DecoderConfig,
        frames: &[CodedFrame],
    ) -> (Picture, (u32, u32)) {
        self.decoders.configure(config);
        self.decode(TrackKind::Video, frames, 0);
        self.decoders.flush(TrackKind::Video);
        for _ in 0..1_000 {
            if let Some(Input::Video {
                picture,
                display_size,
                ..
            }) = self.inbox.pop()
            {
                return (picture, display_size);
            }
            sleep(10).await;
        }
        panic!("no picture");
    }

    fn decode(&mut self, kind: TrackKind, frames: &[CodedFrame], shift: i64) {
        for frame in frames {
            self.decoders.decode(EncodedChunk {
                kind,
                timestamp: shift + frame.presentation_timestamp.as_micros(),
                duration: (frame.presentation_end - frame.presentation_timestamp).as_micros() as u64,
                is_key: frame.is_random_access_point,
                data: &frame.data,
            });
        }
    }

    /// What comes until a flush is answered or a decoder fails, and for a while after it.
    async fn collect(&mut self) -> Output {
        let mut output = Output::default();
        let mut quiet = 0;
        for _ in 0..1_000 {
            while let Some(input) = self.inbox.pop() {
                match input {
                    Input::Video {
                        timestamp,
                        display_size,
                        ..
                    } => {
                        assert_eq!(output.flushes, 0, "a picture after the flush was answered");
                        output.timestamps.push(timestamp);
                        output.display_sizes.push(display_size);
                    }
                    Input::Audio(sound) => output.sound.push(sound),
                    Input::Flushed(_) => output.flushes += 1,
                    Input::DecodeFailed { message, .. } => output.failures.push(message),
                    Input::DecodeQueue(..) | Input::Command(..) => {}
                }
            }
            if output.flushes + output.failures.len() > 0 {
                quiet += 1;
            }
            if quiet > 10 {
                return output;
            }
            sleep(10).await;
        }
        panic!("no answer after 10 s: {output:?}");
    }
}

async fn sleep(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        let global = js_sys::global();
        let set_timeout: Function = Reflect::get(&global, &"setTimeout".into())
            .unwrap()
            .unchecked_into();
        set_timeout
            .call2(&global, &resolve, &milliseconds.into())
            .unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}

fn sorted_timestamps(frames: &[CodedFrame], shift: i64) -> Vec<i64> {
    let mut timestamps: Vec<i64> = frames
        .iter()
        .map(|frame| shift + frame.presentation_timestamp.as_micros())
        .collect();
    timestamps.sort_unstable();
    timestamps
}

fn groups(frames: &[CodedFrame]) -> Vec<&[CodedFrame]> {
    let starts: Vec<usize> = (0..frames.len())
        .filter(|&index| frames[index].is_random_access_point)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([frames.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| &frames[start..end])
        .collect()
}

#[wasm_bindgen_test]
async fn every_picture_comes_out_in_order_before_the_flush_is_answered() {
    let (config, frames) = track(FRAGMENTED, TrackKind::Video);
    // Beyond the i32 that web-sys' constructors take, and before zero.
    for shift in [0, 3 << 31, -10_000_000] {
        let mut bench = Bench::new();
        bench.decoders.configure(&config);
        bench.decode(TrackKind::Video, &frames, shift);
        bench.decoders.flush(TrackKind::Video);
        let output = bench.collect().await;
        assert_eq!(output.timestamps, sorted_timestamps(&frames, shift));
        assert!(
            output.display_sizes.iter().all(|&size| size == (96, 64)),
            "{output:?}"
        );
        assert_eq!((output.flushes, output.failures.len()), (1, 0));
    }
}

#[wasm_bindgen_test]
async fn nothing_from_before_a_reset_comes_after_it() {
    let (config, frames) = track(FRAGMENTED, TrackKind::Video);
    let groups = groups(&frames);
    // At once, and in the middle of the output.
    for pause in [0, 1, 15] {
        let mut bench = Bench::new();
        bench.decoders.configure(&config);
        bench.decode(TrackKind::Video, &frames, 0);
        bench.decoders.flush(TrackKind::Video);
        sleep(pause).await;
        bench.decoders.reset(TrackKind::Video);
        bench.decoders.configure(&config);
        bench.decode(TrackKind::Video, groups[1], 1_000_000_000);
        bench.decoders.flush(TrackKind::Video);
        let output = bench.collect().await;
        assert_eq!(output.timestamps, sorted_timestamps(groups[1], 1_000_000_000));
        assert_eq!((output.flushes, output.failures.len()), (1, 0), "{output:?}");
    }
}

#[wasm_bindgen_test]
async fn another_configuration_loses_no_picture() {
    let (config, frames) = track(FRAGMENTED, TrackKind::Video);
    let groups = groups(&frames);
    let mut bench = Bench::new();
    for group in &groups {
        bench.decoders.configure(&config);
        bench.decode(TrackKind::Video, group, 0);
    }
    bench.decoders.flush(TrackKind::Video);
    let output = bench.collect().await;
    assert_eq!(output.timestamps, sorted_timestamps(&frames, 0));
    assert_eq!((output.flushes, output.failures.len()), (1, 0), "{output:?}");
}

#[wasm_bindgen_test]
async fn sound_comes_out_planar_and_whole() {
    let (config, frames) = track(FRAGMENTED, TrackKind::Audio);
    let mut bench = Bench::new();
    bench.decoders.configure(&config);
    bench.decode(TrackKind::Audio, &frames, 0);
    bench.decoders.flush(TrackKind::Audio);
    let output = bench.collect().await;
    assert_eq!((output.flushes, output.failures.len()), (1, 0), "{output:?}");
    let samples: usize = output.sound.iter().map(|sound| sound.channels[0].len()).sum();
    assert_eq!(samples, frames.len() * 1024);
    for sound in &output.sound {
        assert_eq!(sound.sample_rate, 44_100);
        assert_eq!(sound.channels.len(), 2);
        assert_eq!(sound.channels[0].len(), sound.channels[1].len());
    }
    // A sine of 440 Hz: its sign changes 880 times a second.
    let left: Vec<f32> = output
        .sound
        .iter()
        .flat_map(|sound| sound.channels[0].iter().copied())
        .collect();
    let second = &left[22_050..66_150];
    let changes = second
        .windows(2)
        .filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0))
        .count();
    assert!((878..=882).contains(&changes), "{changes} sign changes");
}

#[wasm_bindgen_test]
async fn a_failure_names_the_codec_and_a_reset_makes_good() {
    let (config, frames) = track(FRAGMENTED, TrackKind::Video);
    let mut bench = Bench::new();
    bench.decoders.configure(&config);
    let mut broken = frames[0].clone();
    // A length that is not there.
    broken.data = Arc::from([0x7f, 0xff, 0xff, 0xff, 0x65, 1, 2, 3].as_slice());
    bench.decode(TrackKind::Video, &[broken], 0);
    bench.decoders.flush(TrackKind::Video);
    let output = bench.collect().await;
    assert_eq!((output.flushes, output.failures.len()), (0, 1), "{output:?}");
    assert!(output.failures[0].contains(&config.codec), "{output:?}");

    // Ignored: the decoder is closed.
    bench.decode(TrackKind::Video, &frames[1..], 0);
    bench.decoders.flush(TrackKind::Video);
    bench.decoders.reset(TrackKind::Video);
    bench.decoders.configure(&config);
    bench.decode(TrackKind::Video, &frames, 0);
    bench.decoders.flush(TrackKind::Video);
    let output = bench.collect().await;
    assert_eq!(output.timestamps, sorted_timestamps(&frames, 0));
    assert_eq!((output.flushes, output.failures.len()), (1, 0), "{output:?}");
}

#[wasm_bindgen_test]
async fn a_codec_that_no_browser_has_is_told_by_name() {
    for (codec, media) in [
        (
            "vp09.99.99.99",
            MediaConfig::Video {
                coded_width: 96,
                coded_height: 64,
                crop: None,
                display_width: 96,
                display_height: 64,
                rotation: 0,
                color_space: None,
            },
        ),
        (
            "nonsense",
            MediaConfig::Audio {
                sample_rate: 48_000,
                channels: 2,
            },
        ),
    ] {
        let mut bench = Bench::new();
        bench.decoders.configure(&DecoderConfig {
            codec: codec.to_owned(),
            description: None,
            media,
        });
        let output = bench.collect().await;
        assert_eq!(output.failures.len(), 1, "{output:?}");
        assert!(output.failures[0].contains(codec), "{output:?}");
    }
}

#[wasm_bindgen_test]
async fn a_cropped_picture_shows_its_part_alone() {
    let (config, frames) = track(TURNED, TrackKind::Video);
    let mut config = DecoderConfig::clone(&config);
    let wanted = Rectangle {
        x: 16,
        y: 8,
        width: 64,
        height: 48,
    };
    let MediaConfig::Video {
        crop,
        display_width,
        display_height,
        rotation,
        ..
    } = &mut config.media
    else {
        panic!("no video");
    };
    (*crop, *rotation) = (Some(wanted), 0);
    (*display_width, *display_height) = (64, 48);
    let mut bench = Bench::new();
    let (picture, display_size) = bench.first_picture(&config, &frames).await;
    let frame: &VideoFrame = picture.frame.unchecked_ref();
    let shown = (frame.display_width(), frame.display_height());
    assert_eq!((display_size, shown), ((64, 48), (64, 48)));
    let visible = frame.visible_rect().unwrap();
    assert_eq!((visible.width(), visible.height()), (64.0, 48.0));
}

#[wasm_bindgen_test]
async fn a_turned_picture_of_wide_pixels_has_its_display_size() {
    let (config, frames) = track(TURNED, TrackKind::Video);
    let MediaConfig::Video {
        display_width,
        display_height,
        rotation,
        ..
    } = config.media
    else {
        panic!("no video");
    };
    // 96 by 64 pixels of 4:3, standing upright.
    assert_eq!((display_width, display_height, rotation % 180), (64, 128, 90));
    let mut bench = Bench::new();
    let (picture, display_size) = bench.first_picture(&config, &frames).await;
    assert_eq!(display_size, (64, 128));
    let frame: &VideoFrame = picture.frame.unchecked_ref();
    let shown = (frame.display_width(), frame.display_height());
    let carried = Reflect::get(frame, &"rotation".into()).unwrap().as_f64();
    match carried {
        // The frame says it all.
        Some(carried) => assert_eq!(
            (shown, carried, picture.rotation),
            ((64, 128), f64::from(rotation), 0)
        ),
        // Whoever draws it has to turn it.
        None => assert_eq!((shown, picture.rotation), ((128, 64), rotation)),
    }
}
