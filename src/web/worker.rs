//! The data plane's host: gives it commands, decoders, sinks, the time and a timer.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen::prelude::*;

use super::browser::{
    Alarm, DataPlaneHostCallbacks, MessagePort, Writer, callback, now, send_events, send_source_events,
};
use super::decoders::Decoders;
use super::inbox::{Inbox, Input, Wake};
use super::sinks::Sinks;
use crate::container::{DecoderConfig, TrackKind};
use crate::data_plane::DataPlane;
use crate::mse::Exception;
use crate::playback::{AudioBlock, EncodedChunk, Platform, VideoFrameId};
use crate::protocol::{Command, WallTime};
use crate::rehearsal::{first_append, rehearse};
use crate::time::MediaTime;

/// Makes the browser compile now what the first append and the first picture will need, some 30 ms of work. The page runs
/// what a worker has compiled, too.
///
/// # Errors
/// Never in practice: see [`rehearse`].
#[wasm_bindgen(js_name = warmUp)]
pub fn warm_up() -> Result<(), Box<Exception>> {
    Ok(rehearse().map(drop)?)
}

/// A data plane and its surroundings, in a worker or, where none can be started, in the page.
#[wasm_bindgen]
pub struct DataPlaneHost {
    host: Rc<Host>,
}

#[wasm_bindgen]
impl DataPlaneHost {
    /// An empty data plane that plays into the sinks (see [`Sinks::new`]) and speaks through `callbacks`. A source in a
    /// worker `has_source_events` of its own.
    #[wasm_bindgen(constructor)]
    pub fn new(
        video: Option<Writer>,
        audio_port: Option<MessagePort>,
        callbacks: DataPlaneHostCallbacks,
        has_source_events: bool,
    ) -> Self {
        // The default hook writes nowhere on wasm32. Thrown, the message reaches `onerror`; nothing runs after it either
        // way, since a panic aborts. The package is built without hooks and messages: this is for ordinary builds.
        std::panic::set_hook(Box::new(|info| wasm_bindgen::throw_str(&info.to_string())));
        let inbox = Rc::new(Inbox::default());
        let mut plane = DataPlane::new();
        // The control plane of a source in a worker speaks to the page's before anything else does.
        if !has_source_events {
            plane.foresee_selection();
        }
        let host = Rc::new_cyclic(|host: &Weak<Host>| {
            inbox.wakes(host);
            let of_alarm = host.clone();
            let ring = callback(move |was_soon, _, _| {
                if let Some(host) = of_alarm.upgrade() {
                    match was_soon {
                        0 => host.pump(),
                        _ => host.take_turn(),
                    }
                }
            });
            Host {
                plane: RefCell::new(plane),
                platform: RefCell::new(WebPlatform {
                    decoders: Decoders::new(inbox.clone()),
                    sinks: Sinks::new(video, audio_port.as_ref()),
                    callbacks: callbacks.clone(),
                }),
                inbox: inbox.clone(),
                has_source_events,
                callbacks,
                alarm: Alarm::new(&ring),
                next: Cell::new(None),
                is_pumping: Cell::new(false),
            }
        });
        Self { host }
    }

    /// Commands of the page, one behind the other; `media` are the bytes of the append among them.
    ///
    /// # Errors
    /// When the bytes are no commands of this version.
    pub fn receive(&self, mut commands: &[u8], media: Option<Vec<u8>>) -> Result<(), Box<Exception>> {
        let mut media = media.unwrap_or_default();
        let mut inputs = Vec::new();
        while !commands.is_empty() {
            let command = Command::read_from(&mut commands)?;
            let payload = match command {
                Command::Append { .. } => std::mem::take(&mut media),
                _ => Vec::new(),
            };
            inputs.push(Input::Command(command, payload));
        }
        self.host.inbox.push_all(inputs);
        Ok(())
    }

    /// Receives an append of two black pictures and their silence, for the browser to make decoders and to compile what
    /// gives them work. Whoever plays next should have it [`retire`](Self::retire) first.
    ///
    /// # Errors
    /// Never in practice, as with [`warm_up`].
    pub fn rehearse(&self) -> Result<(), Box<Exception>> {
        let (commands, media) = first_append();
        self.receive(&commands, Some(media.to_vec()))
    }

    /// Before the end, where the thread lives on for another data plane: leaves it the video decoder.
    pub fn retire(&self) {
        self.host.platform.borrow_mut().decoders.retire();
    }

    /// Shows the current picture once more. Chromium loses one that was written before its element had the stream.
    pub fn refresh(&self) {
        self.host.platform.borrow().sinks.refresh();
    }

    /// The numbers of [`DataPlane::inspect`], with the random access points from `from` up to `to` (exclusive), in seconds.
    pub fn inspect(&self, from: f64, to: f64) -> Vec<f64> {
        let Host { plane, platform, .. } = &*self.host;
        let (from, to) = (MediaTime::from_seconds(from), MediaTime::from_seconds(to));
        plane.borrow().inspect(now(), from, to, &*platform.borrow())
    }

    /// Whether anything hears the sound; while not, none is written. An AudioWorklet's port counts as being started until
    /// this is called, and playback with sound waits for it.
    #[wasm_bindgen(js_name = setSound)]
    pub fn set_sound(&self, on: bool) {
        self.host.platform.borrow_mut().sinks.set_sound(on);
        self.host.pump();
    }
}

/// What a data plane is surrounded by.
pub(super) struct Host {
    plane: RefCell<DataPlane>,
    platform: RefCell<WebPlatform>,
    inbox: Rc<Inbox>,
    has_source_events: bool,
    callbacks: DataPlaneHostCallbacks,
    alarm: Alarm,
    /// When there is something to do without an input.
    next: Cell<Option<WallTime>>,
    is_pumping: Cell<bool>,
}

impl Host {
    /// There is an input.
    pub(super) fn wake(&self, when: Wake) {
        match when {
            Wake::Now => self.pump(),
            Wake::Soon => self.alarm.ring_soon(),
        }
    }

    /// Pumps, unless that was done meanwhile.
    fn take_turn(&self) {
        let is_due = || self.next.get().is_some_and(|at| at <= now());
        if !self.inbox.is_empty() || is_due() {
            self.pump();
        }
    }

    /// Tells the data plane what has come, lets it run and sends its events.
    fn pump(&self) {
        // A callback may lead back here: the loop below takes what it brought.
        if self.is_pumping.replace(true) {
            return;
        }
        let next = loop {
            while let Some(input) = self.inbox.pop() {
                self.take(input);
            }
            let next = self
                .plane
                .borrow_mut()
                .run(now(), &mut *self.platform.borrow_mut());
            self.send_events();
            if self.inbox.is_empty() {
                break next;
            }
        };
        self.is_pumping.set(false);
        self.next.set(next);
        self.alarm.set(next);
    }

    #[inline(never)]
    fn take(&self, input: Input) {
        let mut plane = self.plane.borrow_mut();
        match input {
            Input::Command(command, media) => plane.handle(command, media),
            Input::Video {
                picture,
                timestamp,
                display_size,
            } => {
                let id = self.platform.borrow_mut().decoders.keep(picture);
                plane.player_mut().video_decoded(id, timestamp, display_size);
            }
            Input::Audio(sound) => plane.player_mut().audio_decoded(sound),
            Input::Flushed(kind) => plane.player_mut().flushed(kind),
            Input::DecodeFailed {
                kind,
                message,
                may_go_on,
            } => plane.player_mut().decode_failed(kind, message, may_go_on),
            Input::DecodeQueue(kind, size) => plane.player_mut().decode_queue(kind, size),
        }
    }

    fn send_events(&self) {
        let (mut bytes, mut source_bytes) = (Vec::new(), Vec::new());
        while let Some(mut event) = self.plane.borrow_mut().poll_event() {
            let receiver = if self.has_source_events && !event.is_of_element() {
                &mut source_bytes
            } else {
                &mut bytes
            };
            event.write_to(receiver);
        }
        // Nothing is borrowed during the calls: in the page, the handler may do anything.
        if !source_bytes.is_empty() {
            send_source_events(&self.callbacks, &source_bytes);
        }
        if !bytes.is_empty() {
            send_events(&self.callbacks, &bytes);
        }
    }
}

impl std::fmt::Debug for DataPlaneHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataPlaneHost").finish_non_exhaustive()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The decoders' callbacks share the inbox until they are collected; the pictures in it cannot wait for that.
        self.inbox.clear();
        self.alarm.close();
    }
}

/// The browser as the player sees it.
#[derive(Debug)]
struct WebPlatform {
    decoders: Decoders,
    sinks: Sinks,
    callbacks: DataPlaneHostCallbacks,
}

impl Platform for WebPlatform {
    fn configure(&mut self, config: &DecoderConfig) {
        self.decoders.configure(config);
    }

    fn decode(&mut self, chunk: EncodedChunk<'_>) -> u32 {
        self.decoders.decode(chunk)
    }

    fn flush(&mut self, kind: TrackKind) {
        self.decoders.flush(kind);
    }

    fn reset(&mut self, kind: TrackKind) {
        self.decoders.reset(kind);
    }

    fn present(&mut self, frame: VideoFrameId) {
        if let Some(picture) = self.decoders.take(frame) {
            self.sinks.present(picture, &self.callbacks);
        }
    }

    fn discard(&mut self, frame: VideoFrameId) {
        self.decoders.take(frame);
    }

    fn write_audio(&mut self, block: AudioBlock<'_>) {
        self.sinks.write_audio(block);
    }

    fn audio_latency(&self) -> f64 {
        self.sinks.audio_latency()
    }

    fn is_audio_sink_starting(&self) -> bool {
        self.sinks.is_audio_starting()
    }
}
