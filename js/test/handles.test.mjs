// Handles in messages: where they may be, and who may send them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { load, moduleUrl } from "./load.mjs";

const FILES = ["handle_messages.ts", "media_source_handle.ts"];

/** The library, with messages of this thread carrying handles until the test ends; ports are closed then. */
async function carrying(context) {
  const library = await load(...FILES);
  const undo = [];
  library.carryHandles(globalThis, (holder, name, descriptor) => {
    const before = Object.getOwnPropertyDescriptor(holder, name);
    undo.unshift(() => Object.defineProperty(holder, name, before));
    Object.defineProperty(holder, name, { configurable: true, ...descriptor });
  });
  const ports = [];
  context.after(() => {
    undo.forEach((back) => back());
    ports.forEach((port) => port.close()); // An open port keeps Node alive.
  });
  const channel = () => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    return [port1, port2];
  };
  /** A handle, and the port that is left with its MediaSource. */
  const handle = () => {
    const [source, port] = channel();
    return { source, handle: library.createMediaSourceHandle(port, "a worker") };
  };
  return { ...library, channel, handle };
}

/** The next message event at a port. */
const next = (port) => new Promise((resolve) => (port.onmessage = resolve));

const cloneError = { name: "DataCloneError" };

test("a handle arrives wherever it is in a message", async (context) => {
  const { channel, handle, isMediaSourceHandle } = await carrying(context);
  const places = {
    itself: (handle) => handle,
    member: (handle) => ({ deep: [{ handle }] }),
    "array with a hole": (handle) => [, handle],
    "key and value of a Map": (handle) => new Map([[handle, [handle]]]),
    "member of a Set": (handle) => new Set([1, handle, { handle }]),
    "behind a getter": (handle) => ({
      get late() {
        return handle;
      },
    }),
    "own __proto__": (handle) => Object.defineProperty({}, "__proto__", { value: handle, enumerable: true }),
    twice: (handle) => ({ first: handle, second: { handle } }),
    "in a cycle": (handle) => {
      const message = { handle };
      message.message = message;
      return message;
    },
  };
  for (const [place, make] of Object.entries(places)) {
    const [from, to] = channel();
    const { handle: sent } = handle();
    const message = make(sent);
    from.postMessage(message, [sent]);
    const { data } = await next(to);
    let received;
    const seen = new Set();
    const strip = (value) => {
      if (isMediaSourceHandle(value)) {
        assert.ok(received === undefined || received === value, `${place}: one handle for all places`);
        received = value;
        return "handle";
      }
      if (typeof value !== "object" || value === null) return value;
      if (seen.has(value)) return "seen";
      seen.add(value);
      if (value instanceof Map) return new Map([...value].map(([key, item]) => [strip(key), strip(item)]));
      if (value instanceof Set) return new Set([...value].map(strip));
      if (Array.isArray(value)) return value.map(strip);
      return Object.entries(value).map(([key, item]) => [key, strip(item)]);
    };
    const arrived = strip(data);
    assert.ok(received && received !== sent, place);
    received = undefined;
    seen.clear();
    assert.deepEqual(arrived, strip(make(sent)), place);
  }
});

test("listeners see no trace of how it travels", async (context) => {
  const { channel, handle, isMediaSourceHandle } = await carrying(context);
  const [from, to] = channel();
  const { handle: sent } = handle();
  const [, extra] = channel();
  assert.deepEqual([Object.keys(sent), JSON.stringify(sent)], [[], "{}"]);
  from.postMessage({ handle: sent, extra }, { transfer: [sent, extra] });
  const heard = [];
  to.addEventListener("message", (event) => heard.push(event));
  const event = await next(to);
  assert.deepEqual(Object.keys(event.data), ["handle", "extra"]);
  assert.equal(event.data, event.data, "read twice, it is the same object");
  assert.equal(event.ports, event.ports);
  assert.deepEqual([event.ports.length, event.ports[0] === event.data.extra], [1, true]);
  assert.ok(Object.isFrozen(event.ports));
  assert.ok(isMediaSourceHandle(heard[0].data.handle));
  assert.deepEqual([Object.keys(event.data.handle), JSON.stringify(event.data.handle)], [[], "{}"]);
  event.data.extra.close();
});

test("what leads to the MediaSource moves with the handle, over several hops", async (context) => {
  const { channel, handle, mediaSourceHandleState } = await carrying(context);
  const [a, b] = channel();
  const [c, d] = channel();
  const { source, handle: first } = handle();
  a.postMessage(first, [first]);
  const second = (await next(b)).data;
  c.postMessage([second], [second]);
  const [third] = (await next(d)).data;
  assert.equal(mediaSourceHandleState(first).port, undefined);
  assert.equal(mediaSourceHandleState(second).port, undefined);
  const { port, worker } = mediaSourceHandleState(third);
  assert.equal(worker, "a worker");
  port.postMessage("from the element");
  assert.equal((await next(source)).data, "from the element");
  port.close();
});

test("transfers that are forbidden throw, and change nothing", async (context) => {
  const { channel, handle, mediaSourceHandleState } = await carrying(context);
  const [from, to] = channel();
  const rules = {
    "not in the transfer list": ({ handle }) => from.postMessage(handle),
    "deep and not in the list": ({ handle }) => from.postMessage({ map: new Map([[1, [handle]]]) }, []),
    "another one is in the list": ({ handle: one }) => {
      const { handle: other } = handle();
      from.postMessage([one, other], [other]);
    },
    "twice in the list": ({ handle }) => from.postMessage(handle, [handle, handle]),
    cloned: ({ handle }) => structuredClone(handle),
    broadcast: ({ handle }) => {
      const channel = new BroadcastChannel("handles");
      context.after(() => channel.close());
      channel.postMessage([handle]);
    },
    "with something that cannot be cloned": ({ handle }) => from.postMessage([handle, () => 0], [handle]),
  };
  for (const [rule, send] of Object.entries(rules)) {
    const made = handle();
    assert.throws(() => send(made), cloneError, rule);
    assert.ok(mediaSourceHandleState(made.handle).port, `${rule}: not detached`);
    assert.deepEqual(Object.keys(made.handle), []);
    from.postMessage(made.handle, { transfer: [made.handle] });
    assert.ok((await next(to)).data, `${rule}: may be sent rightly afterwards`);
  }
});

test("once transferred, or once the srcObject of an element, it stays where it is", async (context) => {
  const { channel, handle, mediaSourceHandleState } = await carrying(context);
  const [from, to] = channel();
  const { handle: gone } = handle();
  from.postMessage(null, [gone]);
  const event = await next(to);
  assert.deepEqual([event.data, event.ports], [null, []], "transferred and not in the message: nobody gets it");
  assert.throws(() => from.postMessage(null, [gone]), cloneError);
  assert.throws(() => from.postMessage(gone, [gone]), cloneError);
  const { handle: assigned } = handle();
  mediaSourceHandleState(assigned).assigned = true;
  assert.throws(() => from.postMessage(assigned, [assigned]), cloneError);
  assert.ok(mediaSourceHandleState(assigned).port);
});

test("a clone of one thread is a transfer", async (context) => {
  const { handle, isMediaSourceHandle, mediaSourceHandleState } = await carrying(context);
  const { handle: sent } = handle();
  const { inside } = structuredClone({ inside: sent }, { transfer: [sent] });
  assert.ok(isMediaSourceHandle(inside) && inside !== sent);
  assert.equal(mediaSourceHandleState(sent).port, undefined);
});

test("messages without handles are none of ours", async (context) => {
  const { channel, handle } = await carrying(context);
  const [from, to] = channel();
  const kept = handle(); // Its being there changes nothing for others.
  const buffer = new ArrayBuffer(8);
  from.postMessage(buffer, [buffer]);
  assert.equal((await next(to)).data.byteLength, 8);
  assert.equal(buffer.byteLength, 0);
  for (const message of [null, 5, "text", { a: [1] }, [new Map([[1, 2]])]]) {
    from.postMessage(message);
    const event = await next(to);
    assert.deepEqual([event.data, event.ports], [message, []]);
  }
  const [, once] = channel();
  from.postMessage("by any iterable", new Set([once]).values());
  assert.equal((await next(to)).ports.length, 1);
  assert.throws(() => from.postMessage(), TypeError);
  assert.throws(() => from.postMessage(() => 0), cloneError);
  assert.ok(kept);
});

test("from a worker's thread to another", async (context) => {
  const { channel, isMediaSourceHandle, mediaSourceHandleState } = await carrying(context);
  const [here, there] = channel();
  const script = `
    import { workerData } from "node:worker_threads";
    import { carryHandles, createMediaSourceHandle } from ${JSON.stringify(await moduleUrl(...FILES))};
    carryHandles(globalThis, (holder, name, descriptor) => Object.defineProperty(holder, name, descriptor));
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => { port1.postMessage(data + 1); port1.close(); };
    const handle = createMediaSourceHandle(port2, "the worker");
    workerData.postMessage({ list: [handle] }, [handle]);
  `;
  const url = new URL(`data:text/javascript;base64,${Buffer.from(script).toString("base64")}`);
  const worker = new Worker(url, { workerData: there, transferList: [there] });
  context.after(() => worker.terminate());
  const { data } = await next(here);
  const [handle] = data.list;
  assert.ok(isMediaSourceHandle(handle));
  const { port, worker: name } = mediaSourceHandleState(handle);
  assert.equal(name, "the worker");
  port.postMessage(41);
  assert.equal((await next(port)).data, 42);
  port.close();
});
