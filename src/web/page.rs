//! The page's face of the control plane: the class `ControlPlane` of `js/src/engine.ts`.

mod element;
mod source;

use wasm_bindgen::prelude::*;

use crate::control_plane;
use crate::control_plane::halves::{Change, Half};
use crate::mse::Exception;
use crate::protocol::{Event, ProtocolError, WallTime};
use crate::ranges::TimeRanges;
use crate::web::browser::thrown;

/// One MediaSource and the element it is attached to. Times are in seconds, `now` is wall time in milliseconds.
///
/// Methods that can fail throw a plain object of `name` and `message`.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct ControlPlane {
    inner: control_plane::ControlPlane,
    /// What the numbers of [`take_tasks`](Self::take_tasks) stand for.
    names: Vec<&'static str>,
}

fn thrown_protocol_error(error: ProtocolError) -> JsValue {
    thrown("InvalidStateError", &error.to_string())
}

impl From<Box<Exception>> for JsValue {
    fn from(exception: Box<Exception>) -> Self {
        thrown(exception.name.as_str(), &exception.message)
    }
}

/// Start and end of each range, in turn.
fn flattened(ranges: &TimeRanges) -> Vec<f64> {
    let mut numbers = Vec::new();
    ranges.add_seconds_to(&mut numbers);
    numbers
}

#[wasm_bindgen]
impl ControlPlane {
    /// A source that has just been attached: open, with `sourceopen` queued.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The half of a source that lives in a worker, for the worker.
    #[wasm_bindgen(js_name = ofSource)]
    pub fn of_source() -> Self {
        Self::of(Half::Source)
    }

    /// The half of the element whose source lives in a worker, for the page.
    #[wasm_bindgen(js_name = ofElement)]
    pub fn of_element() -> Self {
        Self::of(Half::Element)
    }

    fn of(half: Half) -> Self {
        Self {
            inner: control_plane::ControlPlane::of(half),
            names: Vec::new(),
        }
    }

    /// Takes events of the data plane, one behind the other, and looks at the time.
    pub fn receive(&mut self, mut events: &[u8], now: WallTime) -> Result<(), JsValue> {
        while !events.is_empty() {
            let event = Event::read_from(&mut events).map_err(thrown_protocol_error)?;
            self.inner.receive(event, now);
        }
        self.inner.tick(now);
        Ok(())
    }

    /// Looks at the time.
    pub fn tick(&mut self, now: WallTime) {
        self.inner.tick(now);
    }

    /// Of one half: what the other half is to replay, before the data plane gets the commands.
    #[wasm_bindgen(js_name = takeMirrored)]
    pub fn take_mirrored(&mut self) -> Option<Vec<u8>> {
        Some(self.inner.take_mirrored()).filter(|bytes| !bytes.is_empty())
    }

    /// What `takeMirrored` gave in the other half.
    pub fn replay(&mut self, mut changes: &[u8], now: WallTime) -> Result<(), JsValue> {
        while !changes.is_empty() {
            let change = Change::read_from(&mut changes).map_err(thrown_protocol_error)?;
            self.inner.replay(change, now);
        }
        Ok(())
    }

    /// Commands for the data plane since the last call, one behind the other. At most one of them is an append.
    #[wasm_bindgen(js_name = takeCommands)]
    pub fn take_commands(&mut self) -> Option<Vec<u8>> {
        Some(self.inner.take_commands()).filter(|bytes| !bytes.is_empty())
    }

    /// Tasks for the page since the last call: target, id and type of each, in turn. Target and type are numbers that
    /// `taskName` knows, because a string costs more than all else that crosses.
    #[wasm_bindgen(js_name = takeTasks)]
    pub fn take_tasks(&mut self) -> Option<Vec<u32>> {
        let tasks = self.inner.take_tasks();
        let numbers = tasks
            .iter()
            .flat_map(|task| {
                [
                    self.number_of(task.target.as_str()),
                    task.id,
                    self.number_of(task.kind),
                ]
            })
            .collect();
        Some(numbers).filter(|_| !tasks.is_empty())
    }

    /// What a target or a type of `takeTasks` is called; the same for as long as this lives.
    #[wasm_bindgen(js_name = taskName)]
    pub fn task_name(&self, number: u32) -> String {
        let name = self.names.get(number as usize).copied();
        name.unwrap_or_default().to_owned()
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
