//! Sound through an AudioWorklet: each block is posted with its time, and its arrays come back when they are played.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Float32Array, Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::MessagePort;

use crate::playback::AudioBlock;

/// How many arrays are kept for the next blocks.
const MAX_SPARE: usize = 32;

/// Posts blocks to `js/src/worklet.ts`. A worklet's thread collects garbage seldom, tens of megabytes at a time: what it has
/// read is sent back, to be filled again.
#[derive(Debug)]
pub(super) struct WorkletSound {
    port: MessagePort,
    spare: Rc<RefCell<Vec<Float32Array>>>,
}

impl WorkletSound {
    pub(super) fn new(port: MessagePort) -> Self {
        let spare = Rc::new(RefCell::new(Vec::new()));
        let returned = spare.clone();
        // Given to the collector: a message under way may still arrive when the sink is gone.
        let handler: Function = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
            let Ok(channels) = Reflect::get(&event, &"data".into()) else {
                return;
            };
            let mut spare = returned.borrow_mut();
            for channel in channels.unchecked_into::<Array>() {
                if spare.len() < MAX_SPARE {
                    spare.push(channel.unchecked_into::<Float32Array>());
                }
            }
        })
        .into_js_value()
        .unchecked_into();
        port.set_onmessage(Some(&handler));
        Self { port, spare }
    }

    /// An array with these samples.
    fn array(&self, samples: &[f32]) -> Float32Array {
        // One of another length is of no use: blocks are of one length for long.
        match self
            .spare
            .borrow_mut()
            .pop()
            .filter(|array| array.length() as usize == samples.len())
        {
            Some(array) => {
                array.copy_from(samples);
                array
            }
            None => Float32Array::from(samples),
        }
    }

    /// # Errors
    /// What `postMessage` throws.
    pub(super) fn post(&self, block: AudioBlock<'_>) -> Result<(), JsValue> {
        let channels = Array::new();
        let buffers = Array::new();
        for channel in block.channels {
            let samples = self.array(channel);
            buffers.push(&samples.buffer());
            channels.push(&samples);
        }
        let message = Object::new();
        for (key, value) in [
            ("due", JsValue::from(block.due)),
            ("sampleRate", block.sample_rate.into()),
            ("channels", channels.into()),
            ("contiguous", block.is_contiguous.into()),
        ] {
            Reflect::set(&message, &key.into(), &value)?;
        }
        self.port.post_message_with_transferable(&message, &buffers)
    }
}
