//! WebCodecs decoders under the player: chunks in, pictures and sound out through an [`Inbox`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::browser::{Decoder, VideoFrame, callback, error_message, error_name, receive};
use super::inbox::{Inbox, Input};
use crate::codec::decode_failure;
use crate::container::{DecoderConfig, TrackKind};
use crate::playback::{EncodedChunk, VideoFrameId};

/// A decoded picture and how it is to be shown.
#[derive(Debug)]
pub struct Picture {
    /// The picture. Its timestamp is that of its chunk, its display size the one to show it at.
    pub frame: VideoFrame,
    /// Clockwise degrees that whoever draws it still has to turn it by: 0 where the browser's frames know of rotation.
    pub rotation: u16,
}

impl Drop for Picture {
    fn drop(&mut self) {
        // A closed frame may be closed again; an unclosed one would hold decoder memory until it is collected.
        self.frame.close();
    }
}

/// The decoders of one data plane and the pictures that came out of them.
///
/// Answers arrive in the [`Inbox`]. What was asked before a [`reset`](Self::reset) is never answered after it.
#[derive(Debug)]
pub struct Decoders {
    inbox: Rc<Inbox>,
    video: Option<Instance>,
    audio: Option<Instance>,
    /// A few, by what they are known as.
    pictures: Vec<(VideoFrameId, Picture)>,
    next_picture: VideoFrameId,
}

impl Decoders {
    /// No decoder yet; answers go to `inbox`.
    pub fn new(inbox: Rc<Inbox>) -> Self {
        Self {
            inbox,
            video: None,
            audio: None,
            pictures: Vec::new(),
            next_picture: 0,
        }
    }

    fn slot(&mut self, kind: TrackKind) -> &mut Option<Instance> {
        match kind {
            TrackKind::Video => &mut self.video,
            TrackKind::Audio => &mut self.audio,
        }
    }

    fn working(&mut self, kind: TrackKind) -> Option<&mut Instance> {
        let instance = self.slot(kind).as_mut();
        instance.filter(|instance| instance.listener.life() == Life::Working)
    }

    /// `Platform::configure`.
    pub fn configure(&mut self, config: &DecoderConfig) {
        let kind = config.kind();
        if kind == TrackKind::Video && self.video.is_none() {
            self.video = take_spare(&self.inbox);
        }
        match self.working(kind) {
            Some(instance) => instance.configure(config),
            None => *self.slot(kind) = Some(Instance::open(config, &self.inbox)),
        }
    }

    /// `Platform::decode`. Ignored where there is no decoder: its failure has been told.
    pub fn decode(&mut self, chunk: EncodedChunk<'_>) -> u32 {
        // None is fed what was meant for one that failed.
        let Some(instance) = self.working(chunk.kind) else {
            return u32::MAX;
        };
        instance.decoder.decode(chunk)
    }

    /// `Platform::flush`.
    pub fn flush(&mut self, kind: TrackKind) {
        if let Some(instance) = self.working(kind) {
            instance.decoder.flush();
        }
    }

    /// Nothing is wanted any more; the video decoder is left to the next data plane of this thread.
    pub fn retire(&mut self) {
        if let Some(instance) = self.video.take()
            && instance.listener.give_up() == Life::Working
        {
            instance.decoder.retire();
            SPARE.set(Some(instance));
        }
    }

    /// `Platform::reset`.
    pub fn reset(&mut self, kind: TrackKind) {
        *self.slot(kind) = None;
    }

    /// Keeps a picture until [`take`](Self::take).
    pub fn keep(&mut self, picture: Picture) -> VideoFrameId {
        let id = self.next_picture;
        self.next_picture = id.wrapping_add(1);
        self.pictures.push((id, picture));
        id
    }

    /// Gives a picture away; `None` when it was given away before.
    pub fn take(&mut self, id: VideoFrameId) -> Option<Picture> {
        let index = self.pictures.iter().position(|&(known, _)| known == id)?;
        Some(self.pictures.swap_remove(index).1)
    }
}

/// What has become of a decoder instance. Every callback of the instance shares it, so that nothing of an older instance
/// passes for the answer of a newer one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    /// Its outputs count.
    Working,
    /// It closed itself; what it put out before counts.
    Failed,
    /// It was reset or dropped: nothing of it counts.
    GivenUp,
}

/// A decoder at work, or one that failed.
#[derive(Debug)]
struct Instance {
    decoder: Decoder,
    listener: Rc<Listener>,
}

/// Hears what a decoder tells.
#[derive(Debug)]
struct Listener {
    config: RefCell<DecoderConfig>,
    owner: RefCell<Owner>,
}

/// Whom a decoder answers.
#[derive(Clone, Debug)]
struct Owner {
    life: Rc<Cell<Life>>,
    inbox: Rc<Inbox>,
}

impl Owner {
    fn new(inbox: &Rc<Inbox>) -> Self {
        Self {
            life: Rc::new(Cell::new(Life::Working)),
            inbox: inbox.clone(),
        }
    }
}

// What a decoder tells, as `Decoder` of `browser.js` numbers it; else a flush is over.
const OUTPUT: u32 = 0;
const FAILED: u32 = 1;
const DEQUEUED: u32 = 2;

impl Listener {
    fn life(&self) -> Life {
        self.owner.borrow().life.get()
    }

    /// Nothing is wanted any more. Returns what had become of the decoder.
    fn give_up(&self) -> Life {
        self.owner.borrow().life.replace(Life::GivenUp)
    }

    fn hear(&self, told: u32, value: JsValue, size: u32) {
        let kind = self.config.borrow().kind();
        let input = match told {
            OUTPUT => receive(value, &self.config.borrow()),
            FAILED => self.failure(&value),
            DEQUEUED => Some(Input::DecodeQueue(kind, size)),
            _ => Some(Input::Flushed(kind)),
        };
        if let Some(input) = input
            && (told != OUTPUT || self.life() == Life::Working)
        {
            // Whoever is told may give the decoder something else to do at once.
            let Owner { life, inbox } = self.owner.borrow().clone();
            inbox.push_from(&life, input);
        }
    }

    /// What to tell of a failure, once: a decoder that failed says nothing more.
    #[inline(never)]
    fn failure(&self, error: &JsValue) -> Option<Input> {
        let owner = self.owner.borrow();
        if owner.life.get() != Life::Working {
            return None;
        }
        owner.life.set(Life::Failed);
        // DEVIATION: MSE § 3.5.7 steps 3 and 5 make an append error of a codec that the browser lacks. Which it lacks,
        // it says only when its decoder is configured, which is later.
        let name = error_name(error);
        let name = name.as_deref();
        let config = self.config.borrow();
        Some(Input::DecodeFailed {
            kind: config.kind(),
            message: decode_failure(&config.codec, name, &error_message(error)),
            may_go_on: matches!(name, Some("EncodingError" | "DataError")),
        })
    }
}

thread_local! {
    /// A video decoder that nobody has.
    static SPARE: RefCell<Option<Instance>> = const { RefCell::new(None) };
}

/// The decoder that was left behind: to make one and to give it memory takes longer than to decode a picture. Where it was
/// for another configuration, Chromium need at least not ask the page's thread, as it does for a new one.
fn take_spare(inbox: &Rc<Inbox>) -> Option<Instance> {
    let instance = SPARE.take().filter(|spare| spare.decoder.is_configured())?;
    instance.listener.owner.replace(Owner::new(inbox));
    Some(instance)
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.listener.give_up();
        self.decoder.close();
    }
}

impl Instance {
    fn open(config: &DecoderConfig, inbox: &Rc<Inbox>) -> Self {
        let listener = Rc::new(Listener {
            config: RefCell::new(config.clone()),
            owner: RefCell::new(Owner::new(inbox)),
        });
        let hearing = listener.clone();
        let tell = callback(move |told, value, size| hearing.hear(told, value, size));
        let decoder = Decoder::new(config.kind() == TrackKind::Video, &tell);
        decoder.configure(config);
        Self { decoder, listener }
    }

    fn configure(&mut self, config: &DecoderConfig) {
        if *self.listener.config.borrow() != *config {
            self.listener.config.replace(config.clone());
            self.decoder.configure(config);
        }
    }
}
