// Holes in the data, and data that cannot be decoded: playback goes through, and says so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName } from "./lib/browser.mjs";
import { record } from "./lib/sound.mjs";
import { facts, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";
import { tones } from "./pages/analysis.mjs";

const suite = useBrowser();

/** A second of pictures and sound, twice, with a hole of 0.4 s between them; plays from 0.5 s on until the event. */
function playOverHole(page, options, event) {
  return page.evaluate(
    async (options, event) => {
      MsePolyfill.install({ mode: "force", ...options });
      const { video, mediaSource, sourceBuffer, entries } = await harness.open(harness.facts.files["short.mp4"].type);
      const bytes = await harness.bytesOf("short.mp4");
      await harness.append(sourceBuffer, bytes);
      sourceBuffer.timestampOffset = 1.4;
      await harness.append(sourceBuffer, bytes);
      mediaSource.endOfStream();
      await harness.seek(video, 0.5);
      await harness.lookFor(video, 15);
      const happened = harness.once(video, event);
      await harness.within(video.play(), "play()");
      const watching = harness.watch(video);
      await happened;
      await harness.sleep(200);
      const { currentTime, buffered } = harness.state(video);
      return { seen: watching.stop(), entries, currentTime, buffered };
    },
    options,
    event,
  );
}

timedTest("playback passes over a hole: the picture stands, the sound is silent, buffered tells the truth", async () => {
  const monitor = await record();
  const { page, problems } = await suite.open("polyfill.html");
  const { seen, entries, currentTime, buffered } = await playOverHole(page, {}, "ended");
  const heard = tones(await monitor.stop(), facts);
  await page.close();

  assert.equal(buffered.length, 2, JSON.stringify(buffered));
  const [[, end], [start]] = buffered;
  assert.ok(Math.abs(end - 1) < 0.05 && Math.abs(start - 1.4) < 0.05, JSON.stringify(buffered));
  assert.ok(currentTime > 2.2, `${currentTime}`);
  assert.ok(!entries.includes("video waiting"), `${entries}`);
  const inHole = seen.filter(({ before, time }) => before > 1.06 && time < 1.36);
  assert.ok(inHole.length > 3);
  for (const { frame, time } of inHole) assert.equal(frame, 29, `at ${time}`);
  const behind = seen.filter(({ before }) => before > 1.5).map(({ frame }) => frame);
  assert.ok(behind.every((frame) => frame < 30 && frame >= 0) && behind.includes(10), `${behind}`);

  const holes = heard.slice(1).map(({ from }, index) => Math.round(from - heard[index].to));
  console.log(`    ${browserName}: tones ${heard.map(({ segment }) => segment)}, between them ${holes} ms`);
  const second = heard.findLastIndex(({ segment }) => segment === 0);
  const silence = heard[second].from - heard[second - 1].to;
  assert.ok(silence > 300 && silence < 500, `silent for ${silence} ms`);
  assert.deepEqual(problems, []);
});

test("where no hole is allowed, or by the specification, playback waits", async () => {
  for (const options of [{ gaps: { start: 0, between: 0 } }, { gaps: undefined, strict: true }]) {
    const { page } = await suite.open("polyfill.html");
    const { currentTime, seen } = await playOverHole(page, options, "waiting");
    await page.close();
    assert.ok(currentTime > 0.9 && currentTime <= 1.05, `${JSON.stringify(options)}: ${currentTime}`);
    assert.equal(seen.at(-1).frame, 29);
  }
});

/** Plays a clip of which one picture, in the group from 2 s on, says that it is longer than it is. */
function playCorrupt(page, strict) {
  return page.evaluate(async (strict) => {
    MsePolyfill.install({ mode: "force", gaps: undefined, strict });
    const bytes = (await harness.bytesOf("fragmented.mp4")).slice();
    const view = new DataView(bytes.buffer);
    const boxes = [];
    for (let at = 0; at < bytes.length; at += view.getUint32(at)) {
      boxes.push({ at, type: String.fromCharCode(...bytes.subarray(at + 4, at + 8)) });
    }
    // Pictures come first: the fifth NAL unit of them is in the middle of the group.
    let unit = boxes.filter(({ type }) => type === "mdat")[2].at + 8;
    for (let skipped = 0; skipped < 6; skipped++) unit += 4 + view.getUint32(unit);
    view.setUint32(unit, 0x00ffffff);

    const { video, mediaSource, sourceBuffer } = await harness.open(harness.facts.files["fragmented.mp4"].type);
    const events = [];
    video.addEventListener("mse-polyfill:decodeerror", ({ detail }) => events.push(detail.message));
    await harness.append(sourceBuffer, bytes);
    mediaSource.endOfStream();
    await harness.seek(video, 1.5);
    await harness.lookFor(video, 45);
    const watching = harness.watch(video);
    await harness.within(video.play(), "play()").catch(() => undefined);
    await harness.until(() => video.currentTime > 4.2 || video.error, "four seconds, or an error");
    return { seen: watching.stop(), events, error: harness.state(video).error };
  }, strict);
}

test("behind a picture that cannot be decoded, playback goes on at the next key frame and says so", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  const { seen, events, error } = await playCorrupt(page, false);
  await page.close();
  console.log(`    ${browserName}: ${events}`);
  assert.equal(error, null);
  assert.equal(events.length, 1, `${events}`);
  assert.match(events[0], /^Video decoder: /);
  const frames = seen.map(({ frame }) => frame);
  assert.ok(!frames.includes(-1), `something else than a frame was shown: ${frames}`);
  assert.ok(!frames.some((frame) => frame >= 75 && frame < 90), `the group is lost from the picture on: ${frames}`);
  assert.ok(frames.at(-1) >= 120, `${frames}`);
  assert.deepEqual(problems, []);
});

test("strict: the first picture that cannot be decoded ends playback", async () => {
  const { page } = await suite.open("polyfill.html");
  const { events, error } = await playCorrupt(page, true);
  await page.close();
  assert.equal(error?.code, 3, "MEDIA_ERR_DECODE");
  assert.deepEqual(events, []);
});
