// Every frame of a clip is shown, once, in order and at its time; and of two hundred seeks each shows its frame.
//
// Looks at the element cannot tell: at 60 frames a second a repaint that is late misses one. Here every frame is read that
// is given to the element: in Chromium from a copy of its track, in Firefox where it is drawn for it.
//
// A machine without a free processor gives late what is on time on another. How late it is just then is seen by a witness, a
// worker that has nothing to do but to wake up for each frame.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName } from "./lib/browser.mjs";
import { facts, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();

/** Threads that a frame passes through: the decoder's, the worker's and the page's or the compositor's. */
const THREADS = 3;

/**
 * Plays a clip. Returns `given`, [number, wall milliseconds] of each frame that the element is given, repetitions left out,
 * and how often the `witness` was late by a frame.
 */
function play(page, file) {
  return page.evaluate(async (file) => {
    const period = 1000 / harness.facts.files[file].frameRate;
    const witness = new Worker(
      URL.createObjectURL(
        new Blob([
          `let late = 0, due = performance.now();
           const wake = () => {
             const now = performance.now();
             for (; due + ${period} <= now; due += ${period}) late++;
             due += ${period};
             setTimeout(wake, due - now);
           };
           onmessage = ({ data }) => data ? ((due = performance.now()), wake()) : postMessage(late);`,
        ]),
      ),
    );
    const given = [];
    const read = (frame, wall = performance.now()) => {
      const number = harness.look(frame).frame;
      if (given.at(-1)?.[0] !== number) given.push([number, Math.round(wall * 10) / 10]);
    };
    if ("MediaStreamTrackGenerator" in globalThis) {
      const Generator = globalThis.MediaStreamTrackGenerator;
      globalThis.MediaStreamTrackGenerator = class extends Generator {
        constructor(options) {
          super(options);
          if (options.kind === "video") void readAll(this.clone());
        }
      };
      const readAll = async (track) => {
        const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 300 });
        const reader = readable.getReader();
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          read(next.value);
          next.value.close();
        }
      };
    } else {
      const { prototype } = CanvasRenderingContext2D;
      const { drawImage } = prototype;
      let reading = false;
      prototype.drawImage = function (image, ...place) {
        drawImage.call(this, image, ...place);
        if (image instanceof VideoFrame && !reading) {
          reading = true;
          read(image);
          reading = false;
        }
      };
    }
    const { video } = await harness.load(file, { end: true });
    const ended = harness.once(video, "ended", 20_000);
    await video.play();
    witness.postMessage(true);
    await ended;
    await harness.sleep(200);
    witness.postMessage(false);
    const { data: late } = await harness.once(witness, "message");
    return { given, witness: late };
  }, file);
}

/** Frames that came after the next one was due, by a clock that half of them are ahead of; those that never came too. */
function late(given, frames, rate) {
  const begins = given.map(([number, wall]) => wall - (number * 1000) / rate).sort((a, b) => a - b);
  const begin = begins[begins.length >> 1];
  const walls = new Map(given);
  const isLate = (number) => !((walls.get(number) ?? Infinity) <= begin + ((number + 1) * 1000) / rate);
  return Array.from({ length: frames }, (_, number) => number).filter(isLate);
}

for (const file of ["fragmented.mp4", "sixty.mp4"]) {
  const { frames, frameRate } = facts.files[file];
  timedTest(`every frame of ${file}, at ${frameRate} a second, once and in order`, async () => {
    const { page, problems } = await suite.open("polyfill.html");
    const { given, witness } = await play(page, file);
    await page.close();
    const numbers = given.map(([number]) => number);
    const missed = late(given, frames, frameRate);
    console.log(
      `    ${browserName}: ${numbers.length} of ${frames} frames given, ${missed.length} late, the witness ${witness} times`,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b), "once and in order");
    const excused = THREADS * witness;
    if (browserName === "firefox") {
      assert.ok(missed.length <= 0.01 * frames + excused, `late: ${missed}`);
    } else {
      assert.ok(numbers.length >= frames - excused, `of ${frames} frames only ${numbers}`);
    }
  });
}

test("two hundred seeks, each to its frame", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  let state = 20_000_003;
  const random = (below) => (state = (state * 48_271) % 2_147_483_647) % below;
  for (const file of ["fragmented.mp4", "sixty.mp4", "moov-end.mp4", "vp9-opus.webm"]) {
    const { frames, frameRate, firstFrameAt } = facts.files[file];
    const asked = Array.from({ length: 50 }, () => random(frames));
    const shown = await page.evaluate(
      async (file, asked, frameRate, firstFrameAt) => {
        const { video } = await harness.load(file, { end: true });
        const shown = [];
        for (const frame of asked) {
          await harness.seek(video, firstFrameAt + (frame + 0.5) / frameRate);
          // `seeked` may come a repaint before the picture.
          shown.push(await harness.lookFor(video, frame));
        }
        return shown;
      },
      file,
      asked,
      frameRate,
      firstFrameAt,
    );
    assert.deepEqual(shown, asked, file);
  }
  assert.deepEqual(problems, []);
  await page.close();
});
