//! The time, as every thread of the page sees it.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::Performance;

use crate::protocol::WallTime;

/// Reads [`WallTime`], in a window or in a worker.
#[derive(Clone, Debug)]
pub(super) struct WallClock {
    performance: Performance,
    /// Never changes, and costs as much to read as the time.
    origin: f64,
}

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
        let performance: Performance = performance.unchecked_into();
        let origin = performance.time_origin();
        Ok(Self { performance, origin })
    }

    /// Milliseconds since the epoch.
    pub(super) fn now(&self) -> WallTime {
        self.origin + self.performance.now()
    }
}
