//! The page's face of the control plane: the class `ControlPlane` of `js/src/engine.ts`.

pub mod members;

use wasm_bindgen::prelude::*;

use crate::control_plane;
use crate::control_plane::halves::Half;
use crate::mse::Exception;
use crate::protocol::ProtocolError;
use crate::web::browser::thrown;

/// One MediaSource and the element it is attached to. Times are in seconds, `now` is wall time in milliseconds.
///
/// Methods that can fail throw a plain object of `name` and `message`.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct ControlPlane {
    pub(super) inner: control_plane::ControlPlane,
    /// What the numbers of [`List::TakeTasks`](members::List) stand for.
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
    /// A source that has just been attached: open, with `sourceopen` queued. Where a worker has the source, one of these has
    /// the source's half, in the worker, and one the element's half, on the page; else one has both.
    #[wasm_bindgen(constructor)]
    pub fn new(has_source: bool, has_element: bool) -> Self {
        let half = match (has_source, has_element) {
            (true, false) => Half::Source,
            (false, true) => Half::Element,
            _ => Half::Whole,
        };
        Self {
            inner: control_plane::ControlPlane::of(half),
            names: Vec::new(),
        }
    }
}
