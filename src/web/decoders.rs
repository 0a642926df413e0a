//! WebCodecs decoders under the player: chunks in, pictures and sound out through an [`Inbox`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{CodecState, VideoFrame};

use super::browser::{self, Decoder, error_message, error_name, when_settled};
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
        instance.filter(|instance| instance.asking.life.get() == Life::Working)
    }

    /// `Platform::configure`.
    pub fn configure(&mut self, config: &DecoderConfig) {
        let kind = config.kind();
        if kind == TrackKind::Video && self.video.is_none() {
            self.video = take_spare(&self.inbox);
        }
        match self.working(kind) {
            Some(instance) => instance.configure(config),
            None => *self.slot(kind) = Instance::open(config, &self.inbox),
        }
    }

    /// `Platform::decode`. Ignored where there is no decoder: its failure has been told.
    pub fn decode(&mut self, chunk: EncodedChunk<'_>) -> u32 {
        // None is fed what was meant for one that failed.
        let Some(instance) = self.working(chunk.kind) else {
            return u32::MAX;
        };
        instance.decode(chunk)
    }

    /// `Platform::flush`.
    pub fn flush(&mut self, kind: TrackKind) {
        if let Some(instance) = self.working(kind) {
            instance.flush();
        }
    }

    /// Nothing is wanted any more; the video decoder is left to the next data plane of this thread.
    pub fn retire(&mut self) {
        if let Some(mut instance) = self.video.take()
            && instance.asking.life.replace(Life::GivenUp) == Life::Working
        {
            instance.has_work = false;
            let flushed = browser::flush(&instance.decoder);
            SPARE.set(Some((instance, flushed)));
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
        let index = self.pictures.iter().position(|(kept, _)| *kept == id)?;
        Some(self.pictures.remove(index).1)
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

type SharedLife = Rc<Cell<Life>>;

/// A decoder at work, or one that failed.
#[derive(Debug)]
struct Instance {
    decoder: Decoder,
    /// Whom it answers what is asked from now on.
    asking: Owner,
    /// Read by its callbacks.
    owner: Rc<RefCell<Owner>>,
    /// Read by the output callback.
    config: Rc<RefCell<DecoderConfig>>,
    has_work: bool,
}

/// Whom a decoder answers.
#[derive(Clone, Debug)]
struct Owner {
    life: SharedLife,
    inbox: Rc<Inbox>,
}

impl Owner {
    fn new(inbox: &Rc<Inbox>) -> Self {
        Self {
            life: Rc::new(Cell::new(Life::Working)),
            inbox: inbox.clone(),
        }
    }

    fn push(&self, input: Input) {
        self.inbox.push_from(&self.life, input);
    }

    /// Tells of a failure once: a decoder that failed says nothing more.
    fn fail(&self, config: &DecoderConfig, error: &JsValue) {
        if self.life.get() == Life::Working {
            self.life.set(Life::Failed);
            // DEVIATION: MSE § 3.5.7 steps 3 and 5 make an append error of a codec that the browser lacks. Which it lacks,
            // it says only when its decoder is configured, which is later.
            let name = error_name(error);
            let name = name.as_deref();
            self.push(Input::DecodeFailed {
                kind: config.kind(),
                message: decode_failure(&config.codec, name, &error_message(error)),
                may_go_on: matches!(name, Some("EncodingError" | "DataError")),
            });
        }
    }
}

thread_local! {
    /// A video decoder that nobody has, and the promise that it is empty.
    static SPARE: RefCell<Option<(Instance, Promise)>> = const { RefCell::new(None) };
}

/// The decoder that was left behind: to make one and to give it memory takes longer than to decode a picture. Where it was
/// for another configuration, Chromium need at least not ask the page's thread, as it does for a new one.
fn take_spare(inbox: &Rc<Inbox>) -> Option<Instance> {
    let (mut instance, flushed) = SPARE.take()?;
    if instance.decoder.state() != CodecState::Configured {
        return None;
    }
    let next = Owner::new(inbox);
    instance.asking = next.clone();
    let (owner, config) = (instance.owner.clone(), instance.config.borrow().clone());
    // What comes out until then was asked for by others. New chunks are queued behind it.
    when_settled(&flushed, move |error| {
        owner.replace(next.clone());
        if !error.is_undefined() {
            next.fail(&config, &error);
        }
    });
    Some(instance)
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.asking.life.set(Life::GivenUp);
        // Throws only when it is closed already.
        let _ = self.decoder.close();
    }
}

impl Instance {
    fn open(config: &DecoderConfig, inbox: &Rc<Inbox>) -> Option<Self> {
        let asking = Owner::new(inbox);
        let owner = Rc::new(RefCell::new(asking.clone()));
        let shared = Rc::new(RefCell::new(config.clone()));
        let output = {
            let (owner, shared) = (owner.clone(), shared.clone());
            Closure::<dyn Fn(JsValue)>::new(move |output| {
                let input = browser::receive(output, &shared.borrow());
                let owner = owner.borrow().clone();
                if owner.life.get() == Life::Working
                    && let Some(input) = input
                {
                    owner.push(input);
                }
            })
        };
        let error = {
            let (owner, shared) = (owner.clone(), shared.clone());
            Closure::<dyn Fn(JsValue)>::new(move |error: JsValue| {
                let config = shared.borrow().clone();
                let owner = owner.borrow().clone();
                owner.fail(&config, &error);
            })
        };
        let kind = config.kind();
        // Given to the collector: a browser may call them after the decoder is closed, and a dropped closure would throw.
        let decoder = Decoder::open(kind, &output.into_js_value(), &error.into_js_value())
            .inspect_err(|error| asking.fail(config, error))
            .ok()?;
        let on_dequeue = {
            let (owner, decoder) = (owner.clone(), decoder.clone());
            Closure::<dyn Fn()>::new(move || {
                let size = decoder.queue_size();
                let owner = owner.borrow().clone();
                owner.push(Input::DecodeQueue(kind, size));
            })
        };
        decoder.set_on_dequeue(&on_dequeue.into_js_value());
        if let Err(error) = decoder.configure(config) {
            asking.fail(config, &error);
        }
        Some(Self {
            decoder,
            asking,
            owner,
            config: shared,
            has_work: false,
        })
    }

    fn configure(&mut self, config: &DecoderConfig) {
        if *self.config.borrow() == *config {
            return;
        }
        // Firefox throws the held frames away when it is configured anew; a flush before it gets them out.
        if std::mem::take(&mut self.has_work) {
            let _ = browser::flush(&self.decoder);
        }
        self.config.replace(config.clone());
        if let Err(error) = self.decoder.configure(config) {
            self.asking.fail(config, &error);
        }
    }

    fn decode(&mut self, chunk: EncodedChunk<'_>) -> u32 {
        self.has_work = true;
        self.decoder.decode(chunk).unwrap_or_else(|error| {
            self.asking.fail(&self.config.borrow(), &error);
            self.decoder.queue_size()
        })
    }

    fn flush(&mut self) {
        self.has_work = false;
        let (asking, config) = (self.asking.clone(), self.config.borrow().clone());
        when_settled(&browser::flush(&self.decoder), move |error| {
            match error.is_undefined() {
                true => asking.push(Input::Flushed(config.kind())),
                false => asking.fail(&config, &error),
            }
        });
    }
}
