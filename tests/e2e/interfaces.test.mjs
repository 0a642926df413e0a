// What the objects look like to a page, what they throw in which state, and what is said of types. The browser's own are
// the measure wherever there are any: `MSE=native` runs the states on them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "./lib/site.mjs";

const suite = useBrowser();
const { MSE } = process.env;
/** What the browser's own cannot be asked. */
const testOurs = MSE === "native" ? () => undefined : test;

testOurs("interfaces are shaped as the browser's own", async () => {
  const { page } = await suite.open("untouched.html");
  const { differences, compared, globals, tracks } = await page.evaluate(() => {
    const names = ["MediaSource", "SourceBuffer", "SourceBufferList", "QuotaExceededError"];
    const shapeOf = (holder) =>
      Object.fromEntries(
        Reflect.ownKeys(holder).map((key) => {
          const { get, set, value, ...flags } = Object.getOwnPropertyDescriptor(holder, key);
          const functions = [get, set, value].map((one) => (typeof one === "function" ? [one.name, one.length] : typeof one));
          const isClass = key === "prototype" || key === "constructor";
          return [String(key), JSON.stringify([flags, isClass ? "" : functions, key === Symbol.toStringTag ? value : ""])];
        }),
      );
    const shapes = () =>
      Object.fromEntries(
        names.filter((name) => name in window).flatMap((name) => [
          [name, shapeOf(window[name])],
          [`${name}.prototype`, shapeOf(window[name].prototype)],
        ]),
      );
    const native = shapes();
    MsePolyfill.install({ mode: "force", managedMediaSource: true });
    const ours = shapes();
    const differences = [];
    let compared = 0;
    for (const [holder, members] of Object.entries(native)) {
      for (const [key, shape] of Object.entries(members)) {
        compared++;
        if (ours[holder][key] !== shape) differences.push(`${holder}.${key}: ${shape} ${ours[holder][key]}`);
      }
    }
    const all = [...names, "MediaSourceHandle", "ManagedMediaSource", "ManagedSourceBuffer", "BufferedChangeEvent"];
    const globals = all.filter((name) => {
      const { writable, enumerable, configurable, value } = Object.getOwnPropertyDescriptor(window, name) ?? {};
      return !(writable && !enumerable && configurable && value.name === name);
    });
    MsePolyfill.uninstall();
    return { differences, compared, globals, tracks: "audioTracks" in SourceBuffer.prototype };
  });
  // Firefox has methods that no specification knows, behind a preference.
  const unexpected = differences.filter((text) => !/Async|moz/.test(text) && (tracks || !/(audio|video|text)Tracks/.test(text)));
  assert.deepEqual(unexpected, []);
  assert.ok(compared > 40, `${compared} members`);
  assert.deepEqual(globals, []);
  await page.close();
});

testOurs("managed interfaces are there where they are asked for, or where the browser has them", async () => {
  const { page } = await suite.open("untouched.html");
  const result = await page.evaluate(() => {
    const names = ["ManagedMediaSource", "ManagedSourceBuffer", "BufferedChangeEvent"];
    const there = () => names.map((name) => window[name]?.name ?? null);
    const native = there();
    const seen = {};
    for (const managedMediaSource of [undefined, true, false]) {
      MsePolyfill.install({ mode: "force", managedMediaSource });
      seen[managedMediaSource] = there();
    }
    MsePolyfill.uninstall();
    return { names, native, seen, after: there() };
  });
  const { names, native, seen } = result;
  assert.deepEqual(result.after, native);
  assert.deepEqual(seen.undefined, native);
  assert.deepEqual(seen.true, names);
  assert.deepEqual(seen.false, [null, null, null]);
  await page.close();
});

/** Every call that can throw, with arguments for which only the state matters, and with bad ones. */
async function exceptions(page, state) {
  return page.evaluate(async (state) => {
    const { video, mediaSource, sourceBuffer } = await harness.open(harness.facts.files["fragmented.mp4"].type);
    const bytes = await harness.bytesOf("fragmented.mp4");
    const other = mediaSource.addSourceBuffer(harness.facts.files["audio-only.mp4"].type);
    mediaSource.removeSourceBuffer(other);
    if (state !== "empty") {
      await harness.append(sourceBuffer, bytes);
      mediaSource.duration = 100;
    }
    const prepare = {
      empty() {},
      open() {},
      ended: () => mediaSource.endOfStream(),
      updating: () => sourceBuffer.appendBuffer(new Uint8Array()),
      removing: () => sourceBuffer.remove(5, 6),
      removed: () => mediaSource.removeSourceBuffer(sourceBuffer),
      failed: () => mediaSource.endOfStream("decode"),
      detached() {
        video.removeAttribute("src");
        video.load();
      },
    };
    prepare[state]();
    const type = 'video/mp4; codecs="avc1.64001e, mp4a.40.2"';
    const bad = {
      toString() {
        throw new RangeError();
      },
    };
    /** Calls that must throw whatever the state is, and calls that may leave it as it is. */
    const calls = {
      "add nothing": () => mediaSource.addSourceBuffer(),
      "add ''": () => mediaSource.addSourceBuffer(""),
      "add unknown": () => mediaSource.addSourceBuffer("x/y"),
      "add null": () => mediaSource.addSourceBuffer(null),
      "add bad": () => mediaSource.addSourceBuffer(bad),
      "remove null": () => mediaSource.removeSourceBuffer(null),
      "remove other": () => mediaSource.removeSourceBuffer(other),
      "end badly": () => mediaSource.endOfStream("other"),
      "end as null": () => mediaSource.endOfStream(null),
      "duration NaN": () => (mediaSource.duration = NaN),
      "duration -1": () => (mediaSource.duration = -1),
      "duration short": () => (mediaSource.duration = 1),
      "live 1 argument": () => mediaSource.setLiveSeekableRange(0),
      "live NaN": () => mediaSource.setLiveSeekableRange(NaN, 1),
      "live backwards": () => mediaSource.setLiveSeekableRange(2, 1),
      "live below 0": () => mediaSource.setLiveSeekableRange(-1, 1),
      buffered: () => sourceBuffer.buffered,
      "range 9": () => sourceBuffer.buffered.start(9),
      "mode other": () => (sourceBuffer.mode = "other"),
      "offset NaN": () => (sourceBuffer.timestampOffset = NaN),
      "offset text": () => (sourceBuffer.timestampOffset = "text"),
      "window start -1": () => (sourceBuffer.appendWindowStart = -1),
      "window start Infinity": () => (sourceBuffer.appendWindowStart = Infinity),
      "window end 0": () => (sourceBuffer.appendWindowEnd = 0),
      "window end NaN": () => (sourceBuffer.appendWindowEnd = NaN),
      "append nothing": () => sourceBuffer.appendBuffer(),
      "append null": () => sourceBuffer.appendBuffer(null),
      "append text": () => sourceBuffer.appendBuffer("text"),
      "change nothing": () => sourceBuffer.changeType(),
      "change ''": () => sourceBuffer.changeType(""),
      "change unknown": () => sourceBuffer.changeType("x/y"),
      "remove 1 argument": () => sourceBuffer.remove(0),
      "remove NaN": () => sourceBuffer.remove(NaN, 1),
      "remove before": () => sourceBuffer.remove(-1, 1),
      "remove beyond": () => sourceBuffer.remove(1e6, 1e7),
      "remove backwards": () => sourceBuffer.remove(2, 1),
      "remove to NaN": () => sourceBuffer.remove(0, NaN),
      "window start 0": () => (sourceBuffer.appendWindowStart = 0),
      "window end Infinity": () => (sourceBuffer.appendWindowEnd = Infinity),
      "clear live": () => mediaSource.clearLiveSeekableRange(),
      live: () => mediaSource.setLiveSeekableRange(0, 1),
      // From here on calls may change the state, so each comes where it cannot.
      "mode sequence": () => state !== "open" && (sourceBuffer.mode = "sequence"),
      add: () => !["empty", "open", "updating", "removing", "removed"].includes(state) && mediaSource.addSourceBuffer(type),
      duration: () => !["empty", "open"].includes(state) && (mediaSource.duration = 100),
      end: () => !["empty", "open"].includes(state) && mediaSource.endOfStream(),
      abort: () => state !== "updating" && sourceBuffer.abort(),
    };
    const result = {};
    for (const [name, call] of Object.entries(calls)) {
      // Some calls that succeed open an ended source again.
      if (["ended", "failed"].includes(state) && mediaSource.readyState !== "ended") mediaSource.endOfStream();
      const before = mediaSource.readyState;
      const exception = harness.thrown(call);
      if (exception) result[name] = exception.name;
      else if (mediaSource.readyState !== before) result[name] = `now ${mediaSource.readyState}`;
    }
    return result;
  }, state);
}

const INVALID = "InvalidStateError";

/** What is thrown in every state. */
const ALWAYS = {
  "add nothing": "TypeError",
  "add ''": "TypeError",
  "add unknown": "NotSupportedError",
  "add null": "NotSupportedError",
  "add bad": "RangeError",
  "remove null": "TypeError",
  "remove other": "NotFoundError",
  "end badly": "TypeError",
  "end as null": "TypeError",
  "duration NaN": "TypeError",
  "duration -1": "TypeError",
  "live 1 argument": "TypeError",
  "live NaN": "TypeError",
  "offset NaN": "TypeError",
  "offset text": "TypeError",
  "window start Infinity": "TypeError",
  "append nothing": "TypeError",
  "append null": "TypeError",
  "append text": "TypeError",
  "change nothing": "TypeError",
  "change ''": "TypeError",
  "remove 1 argument": "TypeError",
  "remove NaN": "TypeError",
};
/** Where the values of an idle SourceBuffer are looked at. */
const IDLE = {
  ...ALWAYS,
  "range 9": "IndexSizeError",
  "window start -1": "TypeError",
  "window end 0": "TypeError",
  "window end NaN": "TypeError",
  "change unknown": "NotSupportedError",
  "remove before": "TypeError",
  "remove beyond": "TypeError",
  "remove backwards": "TypeError",
  "remove to NaN": "TypeError",
};
/** Where the state of the SourceBuffer comes first. */
const BUSY = {
  ...ALWAYS,
  ...Object.fromEntries(
    [
      ...["window start -1", "window end 0", "window end NaN", "change unknown", "mode sequence"],
      ...["remove before", "remove beyond", "remove backwards", "remove to NaN", "window start 0", "window end Infinity"],
    ].map((name) => [name, INVALID]),
  ),
};
/** Where the source is not open. */
const NOT_OPEN = Object.fromEntries(
  ["duration short", "duration", "live backwards", "live below 0", "live", "clear live", "add", "end", "abort"].map((name) => [
    name,
    INVALID,
  ]),
);
const OPEN = { "live backwards": "TypeError", "live below 0": "TypeError" };
const NOTHING_UPDATING = { "duration short": INVALID, duration: INVALID, end: INVALID };
/** Of a SourceBuffer that was taken out. */
const GONE = { ...BUSY, buffered: INVALID, "range 9": INVALID, abort: INVALID };

const STATES = {
  empty: { ...IDLE, ...OPEN },
  open: { ...IDLE, ...OPEN, "duration short": INVALID },
  ended: { ...IDLE, ...NOT_OPEN, "mode sequence": "now open" },
  updating: { ...BUSY, ...OPEN, ...NOTHING_UPDATING, "range 9": "IndexSizeError" },
  removing: { ...BUSY, ...OPEN, ...NOTHING_UPDATING, "range 9": "IndexSizeError", abort: INVALID },
  removed: { ...GONE, ...OPEN, end: "now ended" },
  failed: { ...IDLE, ...NOT_OPEN, "mode sequence": "now open" },
  detached: { ...GONE, ...NOT_OPEN },
};

for (const [state, expected] of Object.entries(STATES)) {
  test(`what is thrown: ${state}`, async () => {
    const { page } = await suite.open("polyfill.html");
    const actual = await exceptions(page, state);
    await page.close();
    const sorted = (record) => Object.fromEntries(Object.entries(record).sort());
    assert.deepEqual(sorted(actual), sorted(expected));
  });
}

test("TimeRanges are the browser's, and the same while nothing changes", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const { video, sourceBuffer } = await harness.load("fragmented.mp4");
    const { buffered } = sourceBuffer;
    const error = harness.thrown(() => buffered.end(buffered.length));
    const views = [buffered, video.buffered, video.seekable, video.played];
    const same = sourceBuffer.buffered === buffered;
    await harness.append(sourceBuffer, new Uint8Array());
    const still = sourceBuffer.buffered === buffered;
    const removed = harness.once(sourceBuffer, "updateend");
    sourceBuffer.remove(4, 5);
    await removed;
    return {
      instances: views.every((ranges) => ranges instanceof TimeRanges && ranges.constructor === TimeRanges),
      own: views.flatMap((ranges) => Reflect.ownKeys(ranges)).length,
      tag: String(buffered),
      error: [error.name, error.isDOMException],
      same,
      still,
      other: sourceBuffer.buffered !== buffered && buffered.length === 1 && sourceBuffer.buffered.length === 2,
    };
  });
  assert.deepEqual(result, {
    instances: true,
    own: 0,
    tag: "[object TimeRanges]",
    error: ["IndexSizeError", true],
    // Chromium makes another object each time.
    same: MSE === "native" ? result.same : true,
    still: MSE === "native" ? result.still : true,
    other: true,
  });
  await page.close();
});

test("a buffer that was transferred away is empty", async () => {
  const { page } = await suite.open("polyfill.html");
  const events = await page.evaluate(async () => {
    const { sourceBuffer } = await harness.open(harness.facts.files["fragmented.mp4"].type);
    const bytes = await harness.bytesOf("fragmented.mp4");
    const views = [bytes, new DataView(bytes.buffer), bytes.buffer];
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    const events = [];
    for (const type of ["updatestart", "update", "updateend", "error"]) {
      sourceBuffer.addEventListener(type, () => events.push(type));
    }
    for (const view of views) await harness.append(sourceBuffer, view);
    return events;
  });
  assert.deepEqual(events, Array(3).fill(["updatestart", "update", "updateend"]).flat());
  await page.close();
});

testOurs("all that is asked about a type gets the same answer", async () => {
  const { page } = await suite.open("polyfill.html");
  const disagreements = await page.evaluate(async () => {
    await MsePolyfill.ready();
    const types = [
      ...["avc1.42E01E", "avc1.64001f", "avc1.6E0020", "vp09.00.10.08", "av01.0.04M.08", "hvc1.1.6.L93.B0", "vp8", "vp9"].flatMap(
        (codec) => [`video/mp4; codecs="${codec}"`, `video/webm; codecs="${codec}"`],
      ),
      ...["mp4a.40.2", "mp4a.40.5", "opus", "flac", "vorbis", "mp3", "ac-3", "alac"].flatMap((codec) => [
        `audio/mp4; codecs="${codec}"`,
        `audio/webm; codecs="${codec}"`,
      ]),
      ...["audio/mpeg", "audio/aac", "audio/mpeg; codecs=mp3", "video/mp2t; codecs=avc1.42E01E", "x/y"],
    ];
    // Codecs whose profile is asked for by its exact name answer a moment after they were first named.
    types.forEach((type) => MediaSource.isTypeSupported(type));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { mediaSource } = await harness.open("video/mp4");
    const disagreements = [];
    for (const contentType of types) {
      const supported = MediaSource.isTypeSupported(contentType);
      const says = { canPlayType: document.createElement("video").canPlayType(contentType) !== "" };
      says.addSourceBuffer = !harness.thrown(() => mediaSource.addSourceBuffer(contentType));
      const configuration = contentType.startsWith("video")
        ? { video: { contentType, width: 640, height: 360, bitrate: 1e6, framerate: 30 } }
        : { audio: { contentType, channels: "2", bitrate: 128_000, samplerate: 48_000 } };
      for (const type of ["media-source", "file"]) {
        const answer = await navigator.mediaCapabilities.decodingInfo({ type, ...configuration }).catch(() => undefined);
        // Browsers refuse the question itself when there is no codec in it, or a name that they do not know.
        if (answer) says[`decodingInfo of ${type}`] = answer.supported;
      }
      for (const [who, yes] of Object.entries(says)) {
        const mayBeMore = who === "canPlayType" || who === "decodingInfo of file" || who === "addSourceBuffer";
        if (supported ? !yes : yes && !mayBeMore) disagreements.push(`${contentType}: ${who}`);
      }
    }
    return disagreements;
  });
  assert.deepEqual(disagreements, []);
  await page.close();
});

testOurs("a managed source says when it wants data and what it did with it", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    MsePolyfill.install({ mode: "force", managedMediaSource: true });
    document.body.replaceChildren();
    const video = document.body.appendChild(document.createElement("video"));
    const source = new ManagedMediaSource();
    const log = [];
    const before = source.streaming;
    source.onstartstreaming = ({ target, type }) => log.push(`${type} ${target.streaming}`);
    source.onendstreaming = ({ target, type }) => log.push(`${type} ${target.streaming}`);
    source.onsourceopen = ({ type }) => log.push(`${type} ${source.streaming}`);
    video.srcObject = source;
    await harness.once(source, "startstreaming");
    const buffer = source.addSourceBuffer(harness.facts.files["fragmented.mp4"].type);
    buffer.onbufferedchange = (event) => {
      const { addedRanges, removedRanges } = event;
      log.push(["+", ...harness.pairs(addedRanges).flat(), "-", ...harness.pairs(removedRanges).flat()].map((part) =>
        typeof part === "number" ? Math.round(part) : part).join(" "));
      log.push([event instanceof BufferedChangeEvent, addedRanges instanceof TimeRanges].join());
    };
    const types = [buffer, source.sourceBuffers[0]].map((one) => one instanceof ManagedSourceBuffer && one instanceof SourceBuffer);
    const bytes = await harness.bytesOf("fragmented.mp4");
    await harness.append(buffer, bytes);
    for (let offset = 7; offset < 35; offset += 7) {
      buffer.timestampOffset = offset;
      await harness.append(buffer, bytes);
    }
    await harness.until(() => !source.streaming, "streaming to end");
    const wanted = harness.once(source, "startstreaming");
    buffer.remove(3, 30);
    await wanted;
    video.srcObject = null;
    return { before, log, types, after: source.streaming, state: source.readyState };
  });
  await page.close();
  assert.equal(result.before, false);
  assert.deepEqual(result.types, [true, true]);
  assert.deepEqual([result.after, result.state], [false, "closed"]);
  const seen = "true,true";
  assert.deepEqual(result.log, [
    "sourceopen true", "startstreaming true",
    ...[0, 7, 14, 21, 28].flatMap((start) => [`+ ${start} ${start + 7} -`, seen]),
    "endstreaming false", "+ - 3 30", seen, "startstreaming true",
  ]);
  assert.deepEqual(problems, []);
});

testOurs("a managed source gives back what was played before there is need", async () => {
  const { page } = await suite.open("polyfill.html");
  const { removed, appends } = await page.evaluate(async () => {
    MsePolyfill.install({ mode: "force", managedMediaSource: true, quota: { video: 150_000, audio: 150_000 } });
    const video = document.createElement("video");
    const source = new ManagedMediaSource();
    video.src = URL.createObjectURL(source);
    await harness.once(source, "sourceopen");
    const buffer = source.addSourceBuffer(harness.facts.files["fragmented.mp4"].type);
    await harness.append(buffer, await harness.bytesOf("fragmented.mp4"));
    let appends = 0;
    buffer.onupdatestart = () => appends++;
    const change = harness.once(buffer, "bufferedchange");
    video.currentTime = 6.5;
    return { removed: harness.pairs((await change).removedRanges), appends };
  });
  await page.close();
  assert.equal(appends, 0);
  assert.equal(removed.length, 1);
  const [[start, end]] = removed;
  assert.ok(start < 0.1 && end > 0.5 && end <= 3.5, `${start} to ${end}`);
});
