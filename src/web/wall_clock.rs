//! The time, as every thread of the page sees it.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::Performance;

use crate::protocol::WallTime;

/// Reads [`WallTime`], in a window or in a worker.
#[derive(Clone, Debug)]
pub(super) struct WallClock(Performance);

impl WallClock {
    /// The clock of this thread.
    ///
    /// # Errors
    /// Where there is no `performance`: not in a browser.
    pub(super) fn new() -> Result<Self, JsValue> {
        let performance = Reflect::get(&js_sys::global(), &"performance".into())?;
        if performance.is_undefined() {
            return Err("there is no performance.now()".into());
        }
        Ok(Self(performance.unchecked_into()))
    }

    /// Milliseconds since the epoch.
    pub(super) fn now(&self) -> WallTime {
        self.0.time_origin() + self.0.now()
    }
}
