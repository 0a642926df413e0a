// A seek shows exactly the asked frame.

import assert from "node:assert/strict";
import { test } from "node:test";
import { facts, screenshot, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";
import { frameErrors } from "./pages/analysis.mjs";

const suite = useBrowser();

// First and last frames, both sides of key frames, every place of the pattern of B-frames, far and near, back and forth.
const FRAMES = [100, 0, 1, 2, 3, 4, 29, 30, 31, 32, 59, 60, 209, 208, 207, 150, 149, 151, 120, 119, 64, 65, 66, 5, 180];

for (const file of ["fragmented.mp4", "moov-end.mp4", "vp8-vorbis.webm", "vp9-opus.webm", "av1-opus.webm"]) {
  test(`paused seeks in ${file}`, async () => {
    const { page, problems } = await suite.open("polyfill.html");
    const results = await page.evaluate(
      async (file, frames) => {
        const { video } = await harness.load(file, { end: true });
        const results = [];
        for (const frame of frames) {
          const entries = [];
          const note = ({ type }) => entries.push(type);
          for (const type of ["seeking", "seeked"]) video.addEventListener(type, note);
          const asked = (frame + 0.5) / harness.facts.frameRate;
          const seeked = harness.once(video, "seeked");
          video.currentTime = asked;
          const during = [video.seeking, video.currentTime];
          await seeked;
          for (const type of ["seeking", "seeked"]) video.removeEventListener(type, note);
          const shown = await harness.lookFor(video, frame);
          results.push({ frame, asked, during, shown, time: video.currentTime, seeking: video.seeking, entries });
        }
        return results;
      },
      file,
      FRAMES,
    );
    await screenshot(page, `seek-${file}`);
    for (const { frame, asked, during, shown, time, seeking, entries } of results) {
      assert.equal(shown, frame, `asked for frame ${frame}`);
      assert.equal(during[0], true, "seeking is true from the assignment on");
      assert.ok(Math.abs(during[1] - asked) < 2e-6, `currentTime reads ${during[1]} after ${asked} was set`);
      assert.ok(Math.abs(time - asked) < 2e-6, `currentTime ${time} after a seek to ${asked}`);
      assert.equal(seeking, false);
      assert.deepEqual(entries, ["seeking", "seeked"]);
    }
    assert.deepEqual(problems, []);
    await page.close();
  });
}

test("a seek to a frame's very first instant shows that frame", async () => {
  const { page } = await suite.open("polyfill.html");
  const results = await page.evaluate(async () => {
    const { video } = await harness.load("fragmented.mp4", { end: true });
    const results = [];
    for (const frame of [15, 45, 75, 90, 165]) {
      await harness.seek(video, frame / harness.facts.frameRate);
      results.push([frame, await harness.lookFor(video, frame)]);
    }
    return results;
  });
  for (const [asked, shown] of results) assert.equal(shown, asked);
  await page.close();
});

timedTest("a seek while playing goes on playing from there", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  const { seen, after } = await page.evaluate(async () => {
    const { video } = await harness.load("fragmented.mp4", { end: true });
    await video.play();
    await harness.until(() => video.currentTime > 0.5, "half a second");
    await harness.seek(video, 4.2);
    const after = { time: video.currentTime, paused: video.paused };
    await harness.until(() => video.currentTime > 4.3, "going on");
    const watching = harness.watch(video);
    await harness.until(() => video.currentTime > 5.3, "another second");
    return { seen: watching.stop(), after };
  });
  assert.ok(after.time >= 4.2 && after.time < 4.5, `${after.time}`);
  assert.equal(after.paused, false);
  const errors = frameErrors(seen, facts, 210);
  assert.ok(errors.filter((error) => Math.abs(error) > 1).length <= 0.1 * errors.length, `${errors}`);
  assert.deepEqual(problems, []);
  await page.close();
});

test("of seeks in a row the last one counts; after the end a seek goes back", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const { video } = await harness.load("fragmented.mp4", { end: true });
    for (const frame of [10, 190, 33, 77]) video.currentTime = (frame + 0.5) / harness.facts.frameRate;
    await harness.until(() => !video.seeking, "the end of seeking");
    const last = await harness.lookFor(video, 77);
    await harness.seek(video, 6.8);
    await video.play();
    await harness.once(video, "ended");
    const ended = video.ended;
    await harness.seek(video, 1.05);
    return { last, ended, endedAfter: video.ended, back: await harness.lookFor(video, 31) };
  });
  assert.deepEqual(result, { last: 77, ended: true, endedAfter: false, back: 31 });
  assert.deepEqual(problems, []);
  await page.close();
});
