//! One timer that is set anew again and again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

use crate::protocol::WallTime;

#[wasm_bindgen]
extern "C" {
    // Declared here because window and worker both have them and web-sys ties each to one of the two.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Function, milliseconds: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);
}

/// Calls a function once after a delay, from the event loop.
#[derive(Debug)]
pub(super) struct Alarm {
    handler: Function,
    timeout: RefCell<Option<JsValue>>,
    /// When the timeout comes, in the caller's time.
    due: Rc<Cell<Option<WallTime>>>,
    /// For no delay at all: repeated timers of 0 ms are held up to 4 ms by every browser.
    channel: Option<MessageChannel>,
    is_posted: Rc<Cell<bool>>,
}

impl Alarm {
    /// An alarm that calls `handler`, or `soon` where there was no delay.
    pub(super) fn new(handler: impl Fn() + 'static, soon: impl Fn() + 'static) -> Self {
        let is_posted = Rc::new(Cell::new(false));
        let due = Rc::new(Cell::new(None));
        // Given to the collector: a message under way may still arrive when the alarm is gone.
        let function = |closure: Closure<dyn Fn()>| closure.into_js_value().unchecked_into();
        let timeout_due = due.clone();
        let handler: Function = function(Closure::new(move || {
            timeout_due.set(None);
            handler();
        }));
        let channel = MessageChannel::new().ok();
        if let Some(channel) = &channel {
            let posted = is_posted.clone();
            let soon: Function = function(Closure::new(move || {
                posted.set(false);
                soon();
            }));
            channel.port1().set_onmessage(Some(&soon));
        }
        Self {
            handler,
            timeout: RefCell::new(None),
            due,
            channel,
            is_posted,
        }
    }

    /// Replaces what was set before. A time that `now` has reached is as soon as possible, `None` is never.
    pub(super) fn set(&self, due: Option<WallTime>, now: impl FnOnce() -> WallTime) {
        // Timers cost more than the rest of a turn that has little to do.
        if due.is_some() && due == self.due.get() {
            return;
        }
        if let Some(timeout) = self.timeout.take() {
            clear_timeout(&timeout);
        }
        self.due.set(None);
        let Some(at) = due else { return };
        let delay = at - now();
        if delay <= 0.0 && self.ring_soon() {
            return;
        }
        self.due.set(due);
        self.timeout
            .replace(Some(set_timeout(&self.handler, delay.max(0.0))));
    }

    /// Calls as soon as possible, whatever is set. False where there is no way but a timeout.
    pub(super) fn ring_soon(&self) -> bool {
        let Some(channel) = &self.channel else {
            return false;
        };
        if !self.is_posted.replace(true) {
            // Null can always be cloned.
            let _ = channel.port2().post_message(&JsValue::NULL);
        }
        true
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.set(None, || 0.0);
        if let Some(channel) = &self.channel {
            channel.port1().close();
        }
    }
}
