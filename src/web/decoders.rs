//! WebCodecs decoders under the player: chunks in, pictures and sound out through an [`Inbox`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Promise, Reflect};
use litemap::LiteMap;
use wasm_bindgen::prelude::*;
use web_sys::{AudioDecoder, CodecState, VideoDecoder, VideoFrame};

use super::inbox::{Inbox, Input};
use super::webcodecs::Decoder;
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
    video: Slot<VideoDecoder>,
    audio: Slot<AudioDecoder>,
    pictures: LiteMap<VideoFrameId, Picture>,
    next_picture: VideoFrameId,
}

impl Decoders {
    /// No decoder yet; answers go to `inbox`.
    pub fn new(inbox: Rc<Inbox>) -> Self {
        Self {
            inbox,
            video: Slot::default(),
            audio: Slot::default(),
            pictures: LiteMap::new(),
            next_picture: 0,
        }
    }

    /// `Platform::configure`.
    pub fn configure(&mut self, config: &DecoderConfig) {
        match config.kind() {
            TrackKind::Video => {
                if self.video.decoder.is_none() {
                    self.video.decoder = take_spare(&self.inbox);
                }
                self.video.configure(config, &self.inbox);
            }
            TrackKind::Audio => self.audio.configure(config, &self.inbox),
        }
    }

    /// `Platform::decode`. Ignored where there is no decoder: its failure has been told.
    pub fn decode(&mut self, chunk: EncodedChunk<'_>) -> u32 {
        match chunk.kind {
            TrackKind::Video => self.video.decode(chunk, &self.inbox),
            TrackKind::Audio => self.audio.decode(chunk, &self.inbox),
        }
    }

    /// `Platform::flush`.
    pub fn flush(&mut self, kind: TrackKind) {
        match kind {
            TrackKind::Video => self.video.flush(&self.inbox),
            TrackKind::Audio => self.audio.flush(&self.inbox),
        }
    }

    /// Nothing is wanted any more; the video decoder is left to the next data plane of this thread.
    pub fn retire(&mut self) {
        if let Some(mut instance) = self.video.decoder.take()
            && instance.life.replace(Life::GivenUp) == Life::Working
        {
            instance.has_work = false;
            let flushed = Decoder::flush(&instance.decoder);
            ignore(&flushed);
            SPARE.set(Some((instance, flushed)));
        }
    }

    /// `Platform::reset`.
    pub fn reset(&mut self, kind: TrackKind) {
        match kind {
            TrackKind::Video => self.video = Slot::default(),
            TrackKind::Audio => self.audio = Slot::default(),
        }
    }

    /// Keeps a picture until [`take`](Self::take).
    pub fn keep(&mut self, picture: Picture) -> VideoFrameId {
        let id = self.next_picture;
        self.next_picture = id.wrapping_add(1);
        self.pictures.insert(id, picture);
        id
    }

    /// Gives a picture away; `None` when it was given away before.
    pub fn take(&mut self, id: VideoFrameId) -> Option<Picture> {
        self.pictures.remove(&id)
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

/// The decoder of one kind, or the place for it.
#[derive(Debug)]
struct Slot<D: Decoder> {
    decoder: Option<Instance<D>>,
}

impl<D: Decoder> Default for Slot<D> {
    fn default() -> Self {
        Self { decoder: None }
    }
}

#[derive(Debug)]
struct Instance<D: Decoder> {
    decoder: D,
    life: SharedLife,
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
}

thread_local! {
    /// A video decoder that nobody has, and the promise that it is empty.
    static SPARE: RefCell<Option<(Instance<VideoDecoder>, Promise)>> = const { RefCell::new(None) };
}

/// The decoder that was left behind: to make one and to give it memory takes longer than to decode a picture. Where it was
/// for another configuration, Chromium need at least not ask the page's thread, as it does for a new one.
fn take_spare(inbox: &Rc<Inbox>) -> Option<Instance<VideoDecoder>> {
    let (mut instance, flushed) = SPARE.take()?;
    if instance.decoder.state() != CodecState::Configured {
        return None;
    }
    let next = Owner::new(inbox);
    instance.life = next.life.clone();
    let (owner, codec) = (instance.owner.clone(), instance.config.borrow().codec.clone());
    // What comes out until then was asked for by others. New chunks are queued behind it.
    when_settled(&flushed, move |flushed| {
        owner.replace(next.clone());
        if let Err(error) = flushed {
            fail(&next, TrackKind::Video, &codec, &error);
        }
    });
    Some(instance)
}

impl<D: Decoder> Instance<D> {
    fn fail(&self, inbox: &Rc<Inbox>, error: &JsValue) {
        let owner = Owner {
            life: self.life.clone(),
            inbox: inbox.clone(),
        };
        fail(&owner, D::KIND, &self.config.borrow().codec, error);
    }
}

impl<D: Decoder> Drop for Instance<D> {
    fn drop(&mut self) {
        self.life.set(Life::GivenUp);
        // Throws only when it is closed already.
        let _ = self.decoder.close();
    }
}

impl<D: Decoder> Slot<D> {
    fn configure(&mut self, config: &DecoderConfig, inbox: &Rc<Inbox>) {
        if let Some(instance) = self.working() {
            if *instance.config.borrow() == *config {
                return;
            }
            // Firefox throws the held frames away when it is configured anew; a flush before it gets them out.
            if std::mem::take(&mut instance.has_work) {
                ignore(&instance.decoder.flush());
            }
            instance.config.replace(config.clone());
            if let Err(error) = instance.decoder.configure(config) {
                instance.fail(inbox, &error);
            }
            return;
        }
        let first = Owner::new(inbox);
        let owner = Rc::new(RefCell::new(first.clone()));
        let shared = Rc::new(RefCell::new(config.clone()));
        let output = {
            let (owner, shared) = (owner.clone(), shared.clone());
            Closure::<dyn Fn(D::Output)>::new(move |output: D::Output| {
                let input = D::receive(output, &shared.borrow());
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
                let codec = shared.borrow().codec.clone();
                let owner = owner.borrow().clone();
                fail(&owner, D::KIND, &codec, &error);
            })
        };
        // Given to the collector: a browser may call them after the decoder is closed, and a dropped closure would throw.
        let opened = D::open(
            output.into_js_value().unchecked_ref(),
            error.into_js_value().unchecked_ref(),
        );
        let decoder = match opened {
            Ok(decoder) => decoder,
            Err(error) => return fail(&first, D::KIND, &config.codec, &error),
        };
        let on_dequeue = {
            let (owner, decoder) = (owner.clone(), decoder.clone());
            Closure::<dyn Fn()>::new(move || {
                let size = decoder.queue_size();
                let owner = owner.borrow().clone();
                owner.push(Input::DecodeQueue(D::KIND, size));
            })
        };
        decoder.set_on_dequeue(on_dequeue.into_js_value().unchecked_ref());
        if let Err(error) = decoder.configure(config) {
            fail(&first, D::KIND, &config.codec, &error);
        }
        self.decoder = Some(Instance {
            decoder,
            life: first.life,
            owner,
            config: shared,
            has_work: false,
        });
    }

    fn decode(&mut self, chunk: EncodedChunk<'_>, inbox: &Rc<Inbox>) -> u32 {
        // None is fed what was meant for one that failed.
        let Some(instance) = self.working() else {
            return u32::MAX;
        };
        instance.has_work = true;
        if let Err(error) = instance.decoder.decode(chunk) {
            instance.fail(inbox, &error);
        }
        instance.decoder.queue_size()
    }

    fn flush(&mut self, inbox: &Rc<Inbox>) {
        let Some(instance) = self.working() else { return };
        instance.has_work = false;
        let flushed = instance.decoder.flush();
        let owner = Owner {
            life: instance.life.clone(),
            inbox: inbox.clone(),
        };
        let codec = instance.config.borrow().codec.clone();
        when_settled(&flushed, move |flushed| match flushed {
            Ok(()) => owner.push(Input::Flushed(D::KIND)),
            Err(error) => fail(&owner, D::KIND, &codec, &error),
        });
    }

    fn working(&mut self) -> Option<&mut Instance<D>> {
        self.decoder
            .as_mut()
            .filter(|instance| instance.life.get() == Life::Working)
    }
}

/// Tells of a failure once: a decoder that failed says nothing more.
fn fail(owner: &Owner, kind: TrackKind, codec: &str, error: &JsValue) {
    if owner.life.get() == Life::Working {
        owner.life.set(Life::Failed);
        // DEVIATION: MSE § 3.5.7 steps 3 and 5 make an append error of a codec that the browser lacks. Which it lacks, it
        // says only when its decoder is configured, which is later.
        let (name, message) = match named(error) {
            Some((name, message)) => (Some(name), message),
            None => (None, describe(error)),
        };
        let name = name.as_deref();
        let input = Input::DecodeFailed {
            kind,
            message: decode_failure(codec, name, &message),
            may_go_on: matches!(name, Some("EncodingError" | "DataError")),
        };
        owner.push(input);
    }
}

/// `name: message` of what JavaScript threw.
pub(super) fn describe(error: &JsValue) -> String {
    match named(error) {
        Some((name, message)) => format!("{name}: {message}"),
        None => error
            .as_string()
            .unwrap_or_else(|| "not an error but another value".into()),
    }
}

/// `name` and `message` of an exception.
fn named(error: &JsValue) -> Option<(String, String)> {
    let text = |key: &str| Reflect::get(error, &key.into()).ok()?.as_string();
    Some((text("name")?, text("message")?))
}

/// Keeps a promise whose outcome does not matter from being reported as unhandled.
pub(super) fn ignore(promise: &Promise) {
    thread_local! {
        static NOTHING: Closure<dyn FnMut(JsValue)> = Closure::new(|_| {});
    }
    NOTHING.with(|nothing| {
        let _ = promise.catch(nothing);
    });
}

/// Calls back when the promise is settled. An executor of futures for this alone would be four kilobytes.
fn when_settled(promise: &Promise, settled: impl Fn(Result<(), JsValue>) + 'static) {
    let settled = Rc::new(settled);
    let fulfilled = {
        let settled = settled.clone();
        Closure::<dyn FnMut(JsValue)>::new(move |_| settled(Ok(())))
    };
    let rejected = Closure::<dyn FnMut(JsValue)>::new(move |error| settled(Err(error)));
    let _ = promise.then2(&fulfilled, &rejected);
    // Given to the collector, as one of them is never called.
    fulfilled.into_js_value();
    rejected.into_js_value();
}
