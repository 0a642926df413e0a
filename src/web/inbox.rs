//! What reached the data plane and waits to be told to it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::decoders::{Life, Picture};
use super::worker::Host;
use crate::container::TrackKind;
use crate::playback::DecodedAudio;
use crate::protocol::Command;
use crate::queue::Queue;

/// One thing that happened.
#[derive(Debug)]
pub enum Input {
    /// The page sent a command, with the bytes of an append.
    Command(Command, Vec<u8>),
    /// A picture was decoded.
    Video {
        /// The picture.
        picture: Picture,
        /// Timestamp of its chunk in microseconds.
        timestamp: i64,
        /// Size to show it at in CSS pixels, after rotation.
        display_size: (u32, u32),
    },
    /// Sound was decoded.
    Audio(DecodedAudio),
    /// All that the decoder held is out.
    Flushed(TrackKind),
    /// The decoder is closed.
    DecodeFailed {
        /// Which.
        kind: TrackKind,
        /// Why.
        message: String,
        /// Whether another one may do better with other data.
        may_go_on: bool,
    },
    /// So many chunks wait in front of the decoder.
    DecodeQueue(TrackKind, u32),
}

/// An input and, where a decoder sent it, what has become of that.
type Entry = (Option<Rc<Cell<Life>>>, Input);

/// A queue between JavaScript's callbacks and the data plane: a callback may come while the data plane runs.
#[derive(Default)]
pub struct Inbox {
    queue: RefCell<Queue<Entry>>,
    /// Told that there is an input.
    host: RefCell<Weak<Host>>,
}

/// How soon an input wants to be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wake {
    /// At once.
    Now,
    /// In a turn of the event loop of its own: the browser goes on with this one first.
    Soon,
}

impl Inbox {
    /// Wakes `host` after each input from now on, also while it empties the inbox.
    pub(super) fn wakes(&self, host: &Weak<Host>) {
        self.host.replace(host.clone());
    }

    /// Adds inputs in order.
    pub fn push_all(&self, inputs: impl IntoIterator<Item = Input>) {
        for input in inputs {
            self.queue.borrow_mut().push_back((None, input));
        }
        self.wake(Wake::Now);
    }

    /// Adds an input of a decoder; it is forgotten when the decoder is given up before it is taken.
    ///
    /// In Chromium a decoder's output comes before the decoder is given its next chunk: nothing may hold that up.
    pub(super) fn push_from(&self, life: &Rc<Cell<Life>>, input: Input) {
        if life.get() != Life::GivenUp {
            let wake = match input {
                Input::Video { .. } | Input::Audio(_) => Wake::Soon,
                _ => Wake::Now,
            };
            self.queue.borrow_mut().push_back((Some(life.clone()), input));
            self.wake(wake);
        }
    }

    /// The oldest input.
    pub fn pop(&self) -> Option<Input> {
        loop {
            let (life, input) = self.queue.borrow_mut().pop_front()?;
            if life.is_none_or(|life| life.get() != Life::GivenUp) {
                return Some(input);
            }
        }
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.queue.borrow().front().is_none()
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.queue.take();
    }

    fn wake(&self, when: Wake) {
        let host = self.host.borrow().upgrade();
        if let Some(host) = host {
            host.wake(when);
        }
    }
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox")
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}
