// What passes between the page and the data plane's side, with a data plane that does nothing by itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { APPEND_HEADER, EVENTS_HEADER, serve } = await load("host");

/** A port and the data plane behind it: what was sent to the page, and what the data plane was given. */
function start() {
  const sent = [];
  const received = [];
  const port = { onmessage: null, postMessage: (message) => sent.push(structuredClone(message)) };
  let callbacks;
  class Host {
    constructor(_video, _audioPort, given) {
      callbacks = given;
    }
    receive(commands, media) {
      received.push([[...commands], media && [...media]]);
    }
  }
  serve(port, Host, {});
  return {
    sent,
    received,
    send: (message) => port.onmessage({ data: message }),
    tell: (...events) => callbacks.events(Uint8Array.from(events)),
  };
}

/** An append of some bytes in a buffer with room for more. */
function append(commands, media) {
  const buffer = new ArrayBuffer(64);
  new Uint32Array(buffer, 0, 2).set([commands.length, media.length]);
  new Uint8Array(buffer, APPEND_HEADER).set([...commands, ...media]);
  return buffer;
}

/** The events in a message. */
function eventsIn(message) {
  if (message instanceof Uint8Array) return [...message];
  return [...new Uint8Array(message, EVENTS_HEADER, new Uint32Array(message, 0, 1)[0])];
}

test("an append is answered with one message, in its own buffer, however long it takes", () => {
  const { send, sent, received, tell } = start();
  send(append([1, 2], [3, 4, 5]));
  assert.deepEqual(received, [[[1, 2], [3, 4, 5]]]);
  assert.equal(sent.length, 0, "the data plane has not done it yet");
  tell(7, 8);
  tell(9);
  assert.deepEqual(sent.map((message) => message.byteLength), [64, 1]);
  assert.deepEqual(sent.map(eventsIn), [[7, 8], [9]]);
});

test("of two appends at once, no buffer is kept for good", () => {
  const { send, sent, tell } = start();
  send(append([1], [2]));
  send(append([3], [4]));
  assert.deepEqual(sent.map(eventsIn), [[]], "the first comes back empty");
  tell(5);
  assert.deepEqual(sent.map((message) => message.byteLength), [64, 64]);
  assert.deepEqual(eventsIn(sent[1]), [5]);
});

test("events that do not fit into the buffer come by themselves", () => {
  const { send, sent, tell } = start();
  send(append([1], [2]));
  tell(...new Array(100).fill(6));
  tell(7);
  assert.deepEqual(sent.map((message) => message.byteLength), [100, 64]);
  assert.deepEqual(eventsIn(sent[1]), [7]);
});
