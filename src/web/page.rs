//! The page's face of the control plane: the class `ControlPlane` of `js/src/engine.ts`.

pub mod members;

use wasm_bindgen::prelude::*;

use crate::control_plane;
use crate::control_plane::halves::{Change, Half};
use crate::mse::Exception;
use crate::protocol::{Event, ProtocolError, WallTime};
use crate::web::browser::thrown;

/// One MediaSource and the element it is attached to. Times are in seconds, `now` is wall time in milliseconds.
///
/// Methods that can fail throw a plain object of `name` and `message`.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct ControlPlane {
    pub(super) inner: control_plane::ControlPlane,
    /// What the numbers of [`take_tasks`](Self::take_tasks) stand for.
    names: Vec<&'static str>,
}

impl From<ProtocolError> for Box<Exception> {
    fn from(error: ProtocolError) -> Self {
        Exception::invalid_state(error.to_string())
    }
}

impl From<Box<Exception>> for JsValue {
    fn from(exception: Box<Exception>) -> Self {
        thrown(exception.name.as_str(), &exception.message)
    }
}

#[wasm_bindgen]
impl ControlPlane {
    /// A source that has just been attached: open, with `sourceopen` queued. `half`: "source" for the half of a source that
    /// lives in a worker, for the worker; "element" for the half of its element, for the page; nothing for both in one place.
    #[wasm_bindgen(constructor)]
    pub fn new(half: Option<String>) -> Self {
        let half = match half.as_deref() {
            Some("source") => Half::Source,
            Some("element") => Half::Element,
            _ => Half::Whole,
        };
        Self {
            inner: control_plane::ControlPlane::of(half),
            names: Vec::new(),
        }
    }

    /// Takes events of the data plane, one behind the other, and looks at the time.
    pub fn receive(&mut self, mut events: &[u8], now: WallTime) -> Result<(), Box<Exception>> {
        while !events.is_empty() {
            let event = Event::read_from(&mut events)?;
            self.inner.receive(event, now);
        }
        self.inner.tick(now);
        Ok(())
    }

    /// Of one half: what the other half is to replay, before the data plane gets the commands.
    #[wasm_bindgen(js_name = takeMirrored)]
    pub fn take_mirrored(&mut self) -> Vec<u8> {
        self.inner.take_mirrored()
    }

    /// What `takeMirrored` gave in the other half.
    pub fn replay(&mut self, mut changes: &[u8], now: WallTime) -> Result<(), Box<Exception>> {
        while !changes.is_empty() {
            let change = Change::read_from(&mut changes)?;
            self.inner.replay(change, now);
        }
        Ok(())
    }

    /// Commands for the data plane since the last call, one behind the other. At most one of them is an append.
    #[wasm_bindgen(js_name = takeCommands)]
    pub fn take_commands(&mut self) -> Vec<u8> {
        self.inner.take_commands()
    }

    /// Tasks for the page since the last call: target, id and type of each, in turn. Target and type are numbers that
    /// `taskName` knows, because a string costs more than all else that crosses.
    #[wasm_bindgen(js_name = takeTasks)]
    pub fn take_tasks(&mut self) -> Vec<u32> {
        let mut numbers = Vec::new();
        for task in self.inner.take_tasks() {
            let (target, kind) = (self.number_of(task.target.as_str()), self.number_of(task.kind));
            numbers.extend([target, task.id, kind]);
        }
        numbers
    }

    fn number_of(&mut self, name: &'static str) -> u32 {
        let known = self.names.iter().position(|known| *known == name);
        let index = known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        u32::try_from(index).unwrap_or_default()
    }
}
