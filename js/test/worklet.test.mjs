// The AudioWorklet's script in a scope of ours: an hour on a sound device whose clock is not the wall's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("../src/worklet.ts", import.meta.url))],
  bundle: true,
  write: false,
  format: "iife",
  target: "es2022",
});
const script = outputFiles[0].text;

/** Frames of a call of `process`. */
const QUANTUM = 128;

/** A processor in a context of this rate, as `{ render, place, setClock }`. */
function startWorklet(sampleRate) {
  const scope = {};
  class AudioWorkletProcessor {
    port = { postMessage() {} };
  }
  let Processor;
  const start = `let currentFrame = 0; scope.advance = (frames) => void (currentFrame += frames); ${script}`;
  new Function("scope", "sampleRate", "AudioWorkletProcessor", "registerProcessor", start)(
    scope,
    sampleRate,
    AudioWorkletProcessor,
    (_, registered) => (Processor = registered),
  );
  const processor = new Processor();
  const returned = [];
  const source = { postMessage: (channels, buffers) => returned.push({ channels, buffers }) };
  processor.port.onmessage({ data: { port: source } });
  return {
    returned,
    setClock: (clock) => processor.port.onmessage({ data: clock }),
    place: (block) => source.onmessage({ data: block }),
    render() {
      const output = [new Float32Array(QUANTUM), new Float32Array(QUANTUM)];
      processor.process([], [output]);
      scope.advance(QUANTUM);
      return output[0];
    },
  };
}

/** Numbers between -1 and 1, the same each time. */
function noise() {
  let state = 12345;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 1073741824 - 1;
  };
}

const RATE = 2_000;
/** Each sample says which it is, modulo this. */
const WRAP = 4096;
/** Samples of a block of 20 ms. */
const BLOCK = 40;

/**
 * Plays so many seconds on a device that counts `drift` too many frames for each that it should, with readings of its clock
 * that are up to `scatter` milliseconds off and come late or, for a second each minute, not at all.
 * Returns the largest distance of sound from its time in milliseconds after the first ten seconds, and the steepest and the
 * flattest step from sample to sample: 1 where nothing is lost and nothing put in.
 */
function play({ seconds, drift, scatter }) {
  const worklet = startWorklet(RATE);
  const random = noise();
  const actual = RATE * (1 + drift);
  let [written, nextClock, blockedUntil] = [0, 0, 0];
  const result = { off: 0, most: 1, least: 1 };
  for (let frame = 0; frame < seconds * actual; frame += QUANTUM) {
    const wall = frame / actual;
    if (wall >= nextClock) {
      worklet.setClock({ epoch: wall * 1000 + random() * scatter, frame });
      nextClock = wall + 0.1 + 0.02 * (1 + random());
      if (wall > blockedUntil + 60) {
        blockedUntil = wall;
        nextClock = wall + 1;
      }
    }
    // 100 ms ahead, as the data plane writes them.
    while (written / RATE < wall + 0.1) {
      const samples = Float32Array.from({ length: BLOCK }, (_, index) => (written + index) % WRAP);
      const due = (written / RATE) * 1000;
      worklet.place({ due, sampleRate: RATE, channels: [samples], contiguous: written > 0 });
      written += BLOCK;
      // What came back is not read any more.
      const [{ channels, buffers }] = worklet.returned.splice(0);
      assert.deepEqual([channels, buffers], [[samples], [samples.buffer]]);
      samples.fill(NaN);
    }
    const heard = worklet.render();
    if (wall < 10) continue;
    // Not where the numbers begin anew.
    const expected = (wall * RATE) % WRAP;
    if (expected < WRAP / 8 || expected > (WRAP * 7) / 8) continue;
    result.off = Math.max(result.off, (Math.abs(heard[0] - expected) / RATE) * 1000);
    for (let index = 1; index < QUANTUM; index++) {
      const step = heard[index] - heard[index - 1];
      result.most = Math.max(result.most, step);
      result.least = Math.min(result.least, step);
    }
  }
  return result;
}

for (const drift of [200e-6, -200e-6]) {
  test(`an hour on a device that is ${drift * 1e6} millionths off: in time, without a seam`, () => {
    const { off, most, least } = play({ seconds: 3_600, drift, scatter: 1 });
    assert.ok(off < 6, `${off} ms off`);
    assert.ok(most < 1.005 && least > 0.995, `${least} to ${most} samples at a time`);
  });
}

test("a device that is right plays what it is given, sample by sample", () => {
  const { off, most, least } = play({ seconds: 60, drift: 0, scatter: 1 });
  assert.ok(off < 3, `${off} ms off`);
  assert.deepEqual([most, least], [1, 1]);
});
