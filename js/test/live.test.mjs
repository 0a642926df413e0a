// What the live helpers make of recorders' bytes, and of a SourceBuffer that is busy, full or broken.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { load } from "./load.mjs";

const { UnitReader, joined } = await load("live/units");
const { withDuration } = await load("live/true_duration");
const { durationOfFragment, Mp4Times } = await load("live/mp4_times");
const { AppendQueue } = await load("live/append_queue");

const folder = new URL("../../tests/fixtures/recorder/", import.meta.url);
const recordings = readdirSync(folder).filter((name) => /\.(webm|mp4)$/.test(name));
const bytesOf = (name) => new Uint8Array(readFileSync(new URL(name, folder)));

const initializationOf = (name) => {
  const reader = new UnitReader();
  reader.push(bytesOf(name));
  return reader.initialization;
};

/** Where each recording's last packet begins and, if it is said, how long it lasts: ffprobe's figures in seconds. */
const LAST_PACKETS = {
  "chromium-mp4-opus.mp4": [1.421, 0.021],
  "chromium-opus.webm": [1.469, 0.02],
  "chromium-pcm.webm": [0.089, 0.01],
  "firefox-opus.webm": [1.499, 0.02],
  "firefox-vp8.webm": [1.459, 0.067],
  "chromium-av1-opus.webm": [1.485, 0.029],
};

for (const name of recordings) {
  test(`${name} falls into the same units however it is cut`, () => {
    const bytes = bytesOf(name);
    const read = (size) => {
      const reader = new UnitReader();
      const units = [];
      for (let at = 0; at < bytes.length; at += size) units.push(...reader.push(bytes.subarray(at, at + size)));
      return { reader, units };
    };
    const whole = read(bytes.length);
    const all = joined([whole.reader.initialization, ...whole.units.map((unit) => unit.bytes), whole.reader.rest()]);
    assert.deepEqual(all, bytes, "nothing is lost");
    assert.equal(whole.reader.rest().length, 0);
    assert.ok(whole.units.length >= 2);
    for (const size of [1, 7, 1_000]) {
      const { reader, units } = read(size);
      assert.deepEqual(units, whole.units, `${size}`);
      assert.deepEqual(reader.initialization, whole.reader.initialization);
      assert.equal(reader.duration, whole.reader.duration);
    }
    const [start, lasts] = LAST_PACKETS[name] ?? [1.4, 0.2];
    assert.ok(Math.abs(whole.reader.duration - start - lasts) <= Math.max(lasts, 0.05), `${whole.reader.duration}`);
  });
}

test("a late listener gets the head of the cluster that its first block is in", () => {
  const units = new UnitReader().push(bytesOf("chromium-opus.webm"));
  const [cluster, ...blocks] = units;
  assert.equal(cluster.before, undefined, "a cluster begins with itself");
  const [block] = blocks;
  assert.deepEqual([...block.before.subarray(0, 4)], [0x1f, 0x43, 0xb6, 0x75]);
  assert.deepEqual(block.before.subarray(12), cluster.bytes.subarray(12), "with its timestamp");
  const later = units.findLast(({ before }) => before);
  assert.notDeepEqual(later.before, block.before, "a later block is in a later cluster");
});

test("what is no recording is refused", () => {
  for (const [what, bytes] of [
    ["text", new TextEncoder().encode("no recording at all")],
    ["a huge element", [0x1a, 0x45, 0xdf, 0xa3, 0x08, 0xff, 0xff, 0xff, 0xff, 0]],
    ["a huge box", [0xff, 0xff, 0xff, 0xff, 0x66, 0x74, 0x79, 0x70]],
    ["an EBML number without end", [0x1a, 0x45, 0xdf, 0xa3, 0, 0, 0, 0, 0]],
  ]) {
    assert.throws(() => new UnitReader().push(Uint8Array.from(bytes)), RangeError, what);
  }
});

test("the duration is written where each container has it", () => {
  const doubleAfter = (bytes, ...id) => {
    const at = Buffer.from(bytes).indexOf(Uint8Array.from(id));
    return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(at + id.length);
  };
  const without = initializationOf("chromium-opus.webm");
  const chromium = withDuration(without, 1.5);
  assert.equal(doubleAfter(chromium, 0x44, 0x89, 0x88), 1_500);
  const tracks = Buffer.from(without).indexOf(Uint8Array.of(0x16, 0x54, 0xae, 0x6b));
  assert.ok(tracks > 0 && Buffer.from(chromium).includes(without.subarray(tracks)), "what follows stays");
  assert.deepEqual(withDuration(chromium, 1.5), chromium, "twice is once");

  const firefox = initializationOf("firefox-opus.webm");
  const changed = withDuration(firefox, 2.25);
  assert.equal(doubleAfter(changed, 0x44, 0x89, 0x88), 2_250);
  assert.equal(changed.length, firefox.length, "in its place");

  const mp4 = withDuration(initializationOf("chromium-mp4-opus.mp4"), 3);
  const view = new DataView(mp4.buffer);
  const mvhd = Buffer.from(mp4).indexOf("mvhd") + 4;
  assert.equal(Number(view.getBigUint64(mvhd + 24)) / view.getUint32(mvhd + 20), 3);
});

/** Where one can begin, in milliseconds: the key frames that ffprobe finds, and of sound alone each cluster. */
const KEYS = {
  "chromium-vp8-keyframes.webm": [0, 327, 657, 987, 1317],
  "chromium-h264-opus.webm": [0, 1186],
  "firefox-vp8-opus.webm": [0],
};

test("cues point at the clusters of the key frames", () => {
  for (const name of recordings.filter((name) => name.endsWith(".webm"))) {
    const bytes = bytesOf(name);
    const reader = new UnitReader();
    const units = [];
    for (let at = 0; at < bytes.length; at += 999) units.push(...reader.push(bytes.subarray(at, at + 999)));
    const { initialization, cues } = reader;
    const first = withDuration(initialization, 1, cues);
    const file = Buffer.from(joined([first, bytes.subarray(initialization.length)]));
    const segment = file.indexOf(Uint8Array.of(0x18, 0x53, 0x80, 0x67)) + 12;
    let at = file.indexOf(Uint8Array.of(0x1c, 0x53, 0xbb, 0x6b)) + 8;
    assert.ok(at > segment && cues.length > 0, name);
    for (const cue of cues) {
      const [time, position] = [at + 4, at + 22].map((place) => Number(file.readBigUInt64BE(place)));
      assert.equal(file.readUInt32BE(segment + position), 0x1f43b675, `${name}: a cluster`);
      assert.ok(time >= 0 && time === cue.time);
      at += 30;
    }
    assert.equal(at, first.length, "nothing else");
    if (KEYS[name]) assert.deepEqual(cues.map(({ time }) => time), KEYS[name], name);
    const keys = units.filter(({ isKey }) => isKey).length;
    assert.ok(/vp|av1|h264/.test(name) ? keys === cues.length : keys > cues.length, `${name}: ${keys} units to begin with`);
  }
});

test("who joins late gets all since the last key frame, of MP4 too", () => {
  for (const [name, keys] of [["chromium-mp4-avc-opus.mp4", [0, 1.1857]], ["chromium-mp4-vp9-opus.mp4", [0]], ["chromium-mp4-opus.mp4", undefined]]) {
    const units = new UnitReader().push(bytesOf(name));
    const times = new Mp4Times(initializationOf(name));
    const begins = units.filter(({ isKey }) => isKey).map(({ bytes }) => durationOfFragment(bytes, times));
    if (keys) assert.equal(begins.length, keys.length, `${name}: ${begins}`);
    else assert.equal(begins.length, units.length, "all of sound");
  }
});

/** A SourceBuffer that takes a while. `full`: how many appends find no room; `broken`: the append that fails. */
class SlowBuffer extends EventTarget {
  updating = false;
  log = [];
  full = 0;
  broken = undefined;
  buffered = { length: 1, start: () => this.from, end: () => 100 };
  from = 0;

  #work(entry, done = () => {}) {
    assert.equal(this.updating, false, "called while updating");
    this.updating = true;
    setTimeout(() => {
      this.updating = false;
      this.log.push(entry);
      done();
      if (entry === this.broken) this.dispatchEvent(new Event("error"));
      this.dispatchEvent(new Event("updateend"));
    });
  }
  appendBuffer(bytes) {
    if (this.full-- > 0) throw new DOMException("full", "QuotaExceededError");
    this.#work(`append ${bytes.join("")}`);
  }
  remove(from, to) {
    this.#work(`remove ${from} ${to}`, () => (this.from = to));
  }
}

test("the queue appends in order and removes what was played", async () => {
  const buffer = new SlowBuffer();
  const media = { currentTime: 5, error: null };
  const queue = new AppendQueue(buffer, { media, keepBehind: 20 });
  const first = queue.append(Uint8Array.of(1));
  const second = queue.append(Uint8Array.of(2));
  assert.equal(queue.pendingBytes, 2);
  await Promise.all([first, second]);
  assert.equal(queue.pendingBytes, 0);
  media.currentTime = 29;
  await queue.append(Uint8Array.of(3));
  media.currentTime = 31;
  await queue.append(Uint8Array.of(4));
  assert.deepEqual(buffer.log, ["append 12", "append 3", "remove 0 11", "append 4"], "what waits is one append");
});

test("a megabyte at a time", async () => {
  const buffer = new SlowBuffer();
  const queue = new AppendQueue(buffer);
  const sizes = [];
  buffer.appendBuffer = ((append) => (bytes) => (sizes.push(bytes.length), append.call(buffer, bytes.subarray(0, 1))))(buffer.appendBuffer);
  await Promise.all([600_000, 400_000, 100_000, 2_000_000, 5].map((size) => queue.append(new Uint8Array(size))));
  assert.deepEqual(sizes, [1_000_000, 100_000, 2_000_000, 5]);
});

test("a full buffer gives up what was played, or waits for the play head", async () => {
  const buffer = new SlowBuffer();
  buffer.full = 2;
  const media = { currentTime: 10, error: null };
  const queue = new AppendQueue(buffer, { media });
  await queue.append(Uint8Array.of(1));
  assert.deepEqual(buffer.log, ["remove 0 9", "append 1"]);
});

test("an append that fails rejects all that waits, and what comes later", async () => {
  const buffer = new SlowBuffer();
  buffer.broken = "append 1";
  const queue = new AppendQueue(buffer, { media: { currentTime: 0, error: new Error("no media") } });
  const first = queue.append(Uint8Array.of(1));
  await new Promise((resolve) => setTimeout(resolve)); // it has begun
  const results = await Promise.allSettled([first, queue.append(Uint8Array.of(2))]);
  assert.deepEqual(results.map(({ reason }) => reason.message), ["no media", "no media"]);
  await assert.rejects(queue.append(Uint8Array.of(3)), /no media/);
  assert.deepEqual(buffer.log, ["append 1"]);
});

test("a closed queue rejects what waits", async () => {
  const queue = new AppendQueue(new SlowBuffer());
  const [first, second] = [queue.append(Uint8Array.of(1)), queue.append(Uint8Array.of(2))];
  queue.close();
  await assert.rejects(second, { name: "AbortError" });
  await assert.rejects(first, { name: "AbortError" });
});
