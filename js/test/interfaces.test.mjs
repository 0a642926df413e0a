import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

test("TimeRanges: values, indices out of range, the same object until changed", async () => {
  const { TimeRangesCache } = await load("time_ranges.ts");
  const cache = new TimeRangesCache();
  const ranges = cache.get(Float64Array.of(0, 1.5, 2, Infinity));
  assert.equal(ranges.length, 2);
  assert.deepEqual([ranges.start(0), ranges.end(0), ranges.start(1), ranges.end(1)], [0, 1.5, 2, Infinity]);
  assert.throws(() => ranges.start(2), { name: "IndexSizeError" });
  assert.throws(() => ranges.end(-1), { name: "IndexSizeError" });
  assert.throws(() => ranges.end(), TypeError);
  assert.equal(cache.get(Float64Array.of(0, 1.5, 2, Infinity)), ranges);
  assert.notEqual(cache.get(Float64Array.of(0, 1.5)), ranges);
  assert.equal(ranges.length, 2, "what the page holds does not change");
});

test("TimeRanges have nothing of their own, and are the browser's by their class", async () => {
  globalThis.TimeRanges = class TimeRanges {
    get length() {
      throw new TypeError("Illegal invocation");
    }
  };
  const native = Object.getOwnPropertyDescriptor(TimeRanges.prototype, "length");
  const { createTimeRanges, isTimeRanges } = await load("time_ranges.ts");
  const ranges = createTimeRanges(Float64Array.of(1, 2));
  assert.ok(ranges instanceof TimeRanges);
  assert.equal(ranges.constructor, TimeRanges);
  assert.deepEqual(Object.getOwnPropertyNames(ranges), []);
  assert.deepEqual([ranges.length, ranges.start(0), ranges.end("0")], [1, 1, 2]);
  assert.deepEqual([ranges.start.length, ranges.end.name], [1, "end"]);
  assert.throws(() => ranges.start.call({}, 0), TypeError);
  assert.throws(() => ranges.start(0n), TypeError);
  assert.deepEqual(Object.getOwnPropertyDescriptor(TimeRanges.prototype, "length"), native, "which is not touched");
  assert.deepEqual([ranges, new TimeRanges(), {}, null].map(isTimeRanges), [true, true, false, false]);
  delete globalThis.TimeRanges;
  const { createTimeRanges: createWithout } = await load("time_ranges.ts");
  const without = createWithout(Float64Array.of());
  assert.deepEqual([`${without}`, without.constructor.name], ["[object TimeRanges]", "TimeRanges"]);
  assert.throws(() => new without.constructor(), TypeError);
});

test("SourceBufferList is what Array.prototype and for-of take for a list", async () => {
  const { createSourceBufferList, setBuffersIn, SourceBufferList } = await load("source_buffer_list.ts");
  const list = createSourceBufferList();
  const [a, b] = [{}, {}];
  setBuffersIn(list, [a, b]);
  assert.equal(list.length, 2);
  assert.deepEqual([list[0] === a, list[1] === b, 2 in list], [true, true, false]);
  assert.equal(Array.prototype.indexOf.call(list, b), 1);
  assert.deepEqual([...list], [a, b]);
  setBuffersIn(list, [b]);
  assert.deepEqual(Object.keys(list), ["0"]);
  assert.equal(list[0], b);
  assert.throws(() => {
    list[0] = a;
  }, TypeError);
  assert.equal(Object.prototype.toString.call(list), "[object SourceBufferList]");
  assert.throws(() => new SourceBufferList(), TypeError);
  const { get } = Object.getOwnPropertyDescriptor(SourceBufferList.prototype, "length");
  assert.throws(() => get.call({}), TypeError, "the brand is checked");
});

test("members look as those of an interface", async () => {
  const { MediaSource, MediaSourceHandle, ManagedMediaSource, SourceBuffer, ...others } = await load(
    "media_source.ts",
    "media_source_handle.ts",
    "managed_media_source.ts",
    "managed_source_buffer.ts",
    "buffered_change_event.ts",
    "source_buffer.ts",
    "source_buffer_list.ts",
    "quota_exceeded_error.ts",
  );
  const { ManagedSourceBuffer, SourceBufferList, BufferedChangeEvent, QuotaExceededError } = others;
  const interfaces = [MediaSource, MediaSourceHandle, ManagedMediaSource, SourceBuffer, ManagedSourceBuffer];
  for (const constructor of [...interfaces, SourceBufferList, BufferedChangeEvent, QuotaExceededError]) {
    const { constructor: own, ...members } = Object.getOwnPropertyDescriptors(constructor.prototype);
    assert.equal(own.enumerable, false);
    for (const [key, { enumerable, configurable, get, set, value }] of Object.entries(members)) {
      assert.deepEqual([key, enumerable, configurable], [key, true, true]);
      if (get) assert.deepEqual([get.name, get.length], [`get ${key}`, 0]);
      if (set) assert.deepEqual([set.name, set.length], [`set ${key}`, 1]);
      if (value) assert.equal(value.name, key);
      // What would throw rejects, where there is a promise.
      if (key === "appendEncodedChunks") await assert.rejects(value.call({}), TypeError);
      else assert.throws(() => (get ?? value).call({}), TypeError);
    }
  }
  assert.deepEqual(Object.keys(MediaSource), ["canConstructInDedicatedWorker", "isTypeSupported"]);
  assert.equal(MediaSource.canConstructInDedicatedWorker, false, "until it is installed for workers");
  for (const constructor of [MediaSourceHandle, SourceBuffer, ManagedSourceBuffer, SourceBufferList]) {
    assert.throws(() => new constructor(), { name: "TypeError", message: "Illegal constructor" });
  }
  // Heirs have the members of those that they inherit from, static ones too, and not the other way round.
  assert.deepEqual(Object.keys(ManagedSourceBuffer.prototype), ["onbufferedchange"]);
  assert.equal(Object.getPrototypeOf(ManagedSourceBuffer), SourceBuffer);
  const source = new MediaSource();
  const managed = new ManagedMediaSource();
  assert.ok(managed instanceof MediaSource && managed.streaming === false && managed.readyState === "closed");
  assert.equal(ManagedMediaSource.isTypeSupported("x/y"), false);
  const { get: streaming } = Object.getOwnPropertyDescriptor(ManagedMediaSource.prototype, "streaming");
  assert.throws(() => streaming.call(source), TypeError);
  class Own extends ManagedMediaSource {}
  assert.equal(new Own().streaming, false);
  assert.equal(new Own().onstartstreaming, null);
  assert.equal(Object.prototype.toString.call(MediaSourceHandle.prototype), "[object MediaSourceHandle]");
});

test("a BufferedChangeEvent has what it was made with", async () => {
  const { BufferedChangeEvent, createTimeRanges } = await load("buffered_change_event.ts", "time_ranges.ts");
  const addedRanges = createTimeRanges(Float64Array.of(1, 2));
  const event = new BufferedChangeEvent("bufferedchange", { addedRanges, bubbles: true });
  assert.ok(event instanceof Event);
  assert.deepEqual([event.type, event.bubbles, event.addedRanges], ["bufferedchange", true, addedRanges]);
  assert.equal(event.removedRanges.length, 0);
  assert.equal(event.removedRanges, event.removedRanges);
  assert.equal(BufferedChangeEvent.length, 1);
  assert.equal(new BufferedChangeEvent("x", null).addedRanges.length, 0);
  assert.throws(() => new BufferedChangeEvent(), TypeError);
  for (const bad of [null, [], { length: 0 }]) {
    assert.throws(() => new BufferedChangeEvent("x", { removedRanges: bad }), TypeError);
  }
});

test("event handler attributes keep their place, and are null for what is no object", async () => {
  const { createSourceBufferList } = await load("source_buffer_list.ts");
  const list = createSourceBufferList();
  const heard = [];
  assert.equal(list.onaddsourcebuffer, null);
  list.onaddsourcebuffer = () => heard.push("replaced");
  list.addEventListener("addsourcebuffer", () => heard.push("listener"));
  const handler = () => {
    heard.push("handler");
    return false;
  };
  list.onaddsourcebuffer = handler;
  assert.equal(list.onaddsourcebuffer, handler);
  const event = new Event("addsourcebuffer", { cancelable: true });
  list.dispatchEvent(event);
  assert.deepEqual(heard, ["handler", "listener"]);
  assert.equal(event.defaultPrevented, true, "returning false prevents the default");
  list.onaddsourcebuffer = 5;
  assert.equal(list.onaddsourcebuffer, null);
  list.dispatchEvent(new Event("addsourcebuffer"));
  assert.deepEqual(heard, ["handler", "listener", "listener"]);
});

test("engine errors become what pages catch", async () => {
  const { domException, exceptionFor } = await load("errors.ts");
  const invalid = exceptionFor({ name: "InvalidStateError", message: "why" });
  assert.ok(invalid instanceof DOMException);
  assert.deepEqual([invalid.name, invalid.message, invalid.code], ["InvalidStateError", "why", 11]);
  assert.ok(exceptionFor({ name: "TypeError", message: "why" }) instanceof TypeError);
  const bug = new Error("a bug of ours");
  assert.equal(exceptionFor(bug), bug);
  assert.equal(domException("QuotaExceededError", "full").code, 22);
  globalThis.QuotaExceededError = class QuotaExceededError extends DOMException {
    constructor(message) {
      super(message, "QuotaExceededError");
    }
    get code() {
      return 0;
    }
  };
  const quota = domException("QuotaExceededError", "full");
  assert.equal(quota.constructor, globalThis.QuotaExceededError);
  assert.deepEqual([quota.name, quota.code], ["QuotaExceededError", 22]);
  delete globalThis.QuotaExceededError;
});

test("the class of quota errors, for browsers without", async () => {
  const { domException, QuotaExceededError } = await load("errors.ts", "quota_exceeded_error.ts");
  const error = new QuotaExceededError("full", { quota: 5, requested: 7.5 });
  assert.ok(error instanceof DOMException && error instanceof Error);
  assert.deepEqual([error.name, error.message, error.code, error.quota, error.requested], ["QuotaExceededError", "full", 22, 5, 7.5]);
  const bare = new QuotaExceededError();
  assert.deepEqual([bare.message, bare.quota, bare.requested], ["", null, null]);
  for (const options of [{ quota: -1 }, { requested: -1 }, { quota: 2, requested: 1 }]) {
    assert.throws(() => new QuotaExceededError("", options), RangeError);
  }
  assert.throws(() => new QuotaExceededError("", { quota: NaN }), TypeError);
  // Those that the browser makes have no other mark than their name.
  assert.ok(new DOMException("", "QuotaExceededError") instanceof QuotaExceededError);
  assert.ok(!(new DOMException("", "AbortError") instanceof QuotaExceededError));
  globalThis.QuotaExceededError = QuotaExceededError;
  assert.equal(domException("QuotaExceededError", "full").constructor, QuotaExceededError);
  delete globalThis.QuotaExceededError;
});

test("arguments are converted as Web IDL has it", async () => {
  const { MediaSource, toDOMString, toDouble, toUnrestrictedDouble } = await load("media_source.ts", "webidl.ts");
  assert.equal(toDOMString(null), "null");
  assert.throws(() => toDOMString(Symbol("x")), TypeError);
  assert.deepEqual([toUnrestrictedDouble("1.5"), toUnrestrictedDouble(null), toUnrestrictedDouble("x")], [1.5, 0, NaN]);
  assert.throws(() => toUnrestrictedDouble(1n), TypeError);
  for (const bad of [undefined, Infinity, "x", 1n, Symbol("x")]) assert.throws(() => toDouble(bad, "x"), TypeError);
  // The number of arguments, then their conversion, then the state.
  const source = new MediaSource();
  const named = (name) => ({ name });
  const thrown = { get audioConfig() { throw new RangeError("converted"); } };
  assert.throws(() => source.setLiveSeekableRange(Symbol("x")), /2 arguments required/);
  assert.throws(() => source.setLiveSeekableRange(0, NaN), TypeError);
  assert.throws(() => source.setLiveSeekableRange(0, 1), named("InvalidStateError"));
  assert.throws(() => source.addSourceBuffer(thrown), RangeError);
  assert.throws(() => source.addSourceBuffer(""), TypeError);
  assert.throws(() => source.addSourceBuffer("x/y"), named("NotSupportedError"));
  assert.throws(() => source.removeSourceBuffer(null), TypeError);
  assert.throws(() => source.endOfStream("other"), TypeError);
  assert.throws(() => source.endOfStream(null), TypeError);
  assert.throws(() => source.endOfStream(), named("InvalidStateError"));
  assert.throws(() => (source.duration = -1), TypeError);
  assert.throws(() => (source.duration = 1), named("InvalidStateError"));
  assert.throws(() => MediaSource.isTypeSupported(), TypeError);
  assert.throws(() => MediaSource.prototype.addSourceBuffer.call({}, thrown), /Illegal invocation/);
});

test("bytes are taken from buffers and views, and from nothing else", async () => {
  const { toBytes } = await load("webidl.ts");
  const buffer = Uint8Array.of(1, 2, 3, 4).buffer;
  assert.deepEqual([...toBytes(buffer, "x")], [1, 2, 3, 4]);
  assert.deepEqual([...toBytes(new DataView(buffer, 1, 2), "x")], [2, 3]);
  assert.deepEqual([...toBytes(new Uint16Array(buffer, 2), "x")], [3, 4]);
  for (const bad of [null, undefined, 5, "text", {}, [], new SharedArrayBuffer(4), new Uint8Array(new SharedArrayBuffer(4))]) {
    assert.throws(() => toBytes(bad, "x"), TypeError);
  }
  if ("resizable" in buffer) {
    assert.throws(() => toBytes(new ArrayBuffer(4, { maxByteLength: 8 }), "x"), TypeError);
  }
  // Transferred away, there is nothing left, which is no mistake.
  const views = [new Uint8Array(buffer, 1), new DataView(buffer), buffer];
  structuredClone(buffer, { transfer: [buffer] });
  for (const view of views) assert.equal(toBytes(view, "x").length, 0);
});

test("tasks run one at a time, in order, each in a macrotask of its own", async () => {
  const { MessageChannel } = globalThis;
  const channels = [];
  globalThis.MessageChannel = class extends MessageChannel {
    constructor() {
      super();
      channels.push(this);
    }
  };
  const { queueTask } = await load("tasks.ts");
  const order = [];
  await new Promise((resolve) => {
    queueTask(() => {
      order.push("first");
      queueMicrotask(() => order.push("microtask of the first"));
      queueTask(() => order.push("queued by the first"));
    });
    queueTask(() => order.push("second"));
    queueTask(() => queueTask(resolve));
    order.push("nothing yet");
  });
  assert.deepEqual(order, ["nothing yet", "first", "microtask of the first", "second", "queued by the first"]);
  channels.forEach(({ port1 }) => port1.close()); // An open port keeps Node alive.
  globalThis.MessageChannel = MessageChannel;
});

test("tasks use the turns of a message that is being handled, and wake themselves for the rest", async (context) => {
  const { MessageChannel } = globalThis;
  const channels = [];
  context.after(() => {
    channels.forEach(({ port1 }) => port1.close()); // An open port keeps Node alive.
    globalThis.MessageChannel = MessageChannel;
  });
  let wakes = 0;
  globalThis.MessageChannel = class extends MessageChannel {
    constructor() {
      super();
      channels.push(this);
      const post = this.port2.postMessage.bind(this.port2);
      this.port2.postMessage = (message) => {
        wakes++;
        post(message);
      };
    }
  };
  const { onMessage, queueTask } = await load("tasks.ts");
  const port = new EventTarget();
  const order = [];
  const messages = [];
  onMessage(port, (message) => {
    messages.push(message);
    for (let task = 0; task < message; task++) {
      queueTask(() => {
        order.push(task);
        if (task === 1) queueTask(() => order.push("one more"));
      });
    }
    assert.equal(order.length, 0, "nothing runs within the handler");
  });
  const dispatch = (data) => {
    // The attribute's place is before the listeners.
    port.onmessage({ data });
    port.dispatchEvent(new Event("message"));
  };
  dispatch(2);
  assert.deepEqual([order, wakes], [[0, 1, "one more"], 0]);
  order.length = 0;
  dispatch(6);
  assert.deepEqual([order, wakes], [[0, 1, 2, 3], 3]);
  await new Promise((resolve) => queueTask(resolve));
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, "one more"]);
  order.length = 0;
  dispatch(0);
  await new Promise((resolve) => queueTask(resolve));
  assert.deepEqual([messages, wakes], [[2, 6, 0], 5]);
});
