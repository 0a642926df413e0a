// The readers against the browser's own MediaSource: what the other tests use to judge the polyfill must be right
// about playback that is known to be right.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName } from "./lib/browser.mjs";
import { frameErrors, median, offsets, order } from "./pages/analysis.mjs";
import { playThrough } from "./lib/play.mjs";
import { facts, screenshot, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();

timedTest("native playback: frame numbers, tones and the offset between them are read right", async () => {
  const { page, problems } = await suite.open("native.html");
  const file = facts.files["fragmented.mp4"];
  const { seen, heard, loud, states } = await playThrough(page, "fragmented.mp4");
  await screenshot(page, "readers");
  const errors = frameErrors(seen, facts, file.frames);
  const off = offsets(heard, seen, facts);
  console.log(
    `    ${browserName}: ${new Set(seen.map(({ frame }) => frame)).size} of ${file.frames} frames seen in ${seen.length} looks, ` +
      `largest error ${Math.max(...errors.map(Math.abs))}, sound - picture ${off.map(Math.round).join(" ")} ms`,
  );
  assert.ok(!seen.some(({ frame }) => frame < 0), "a picture was not read");
  assert.ok(new Set(seen.map(({ frame }) => frame)).size > 0.9 * file.frames);
  assert.ok(errors.filter((error) => Math.abs(error) > 1).length <= 0.1 * errors.length, `${errors}`);
  assert.deepEqual(order(heard), Array.from({ length: file.segments }, (_, index) => index));
  assert.ok(off.length >= 10, `${off}`);
  assert.ok(Math.abs(median(off)) <= 40, `${off}`);
  assert.ok(Math.abs(loud.left / loud.right - 2) < 0.1, "the left channel is twice as loud as the right");
  assert.equal(states[1].ended, true);
  assert.deepEqual(problems, []);
  await page.close();
});

test("native seeks: the paused element shows exactly the asked frame", async () => {
  const { page } = await suite.open("native.html");
  const shown = await page.evaluate(async () => {
    const { video } = await harness.load("fragmented.mp4", { end: true });
    const shown = [];
    for (const frame of [100, 0, 29, 30, 31, 209, 64]) {
      await harness.seek(video, (frame + 0.5) / harness.facts.frameRate);
      shown.push([frame, await harness.lookFor(video, frame)]);
    }
    return shown;
  });
  for (const [asked, seen] of shown) assert.equal(seen, asked);
  await page.close();
});

test("a picture that is no frame of a clip is not taken for one", async () => {
  const { page } = await suite.open("native.html");
  const frames = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = 320;
    canvas.height = 180;
    const context = canvas.getContext("2d");
    return ["", "#000", "#fff", "#888", "#f80"].map((colour) => {
      context.fillStyle = colour || "transparent";
      context.fillRect(0, 0, 320, 180);
      return harness.look(canvas).frame;
    });
  });
  assert.deepEqual(frames, [-1, -1, -1, -1, -1]);
  await page.close();
});
