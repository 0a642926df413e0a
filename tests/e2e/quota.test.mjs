// A SourceBuffer holds what it may and no more: what was played makes room, and what cannot makes appendBuffer throw.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "./lib/site.mjs";

const suite = useBrowser();

test("an append that finds no room throws QuotaExceededError and changes nothing", async () => {
  const { page } = await suite.open("polyfill.html");
  const { error, before, after, updating } = await page.evaluate(async () => {
    MsePolyfill.install({ mode: "force", quota: { video: 60_000, audio: 60_000 } });
    const { sourceBuffer } = await harness.open(harness.facts.files["fragmented.mp4"].type);
    const bytes = await harness.bytesOf("fragmented.mp4");
    await harness.append(sourceBuffer, bytes.subarray(0, 40_000));
    const before = harness.pairs(sourceBuffer.buffered);
    const native = "QuotaExceededError" in window;
    let error;
    try {
      sourceBuffer.appendBuffer(bytes.subarray(40_000));
    } catch (thrown) {
      const { name, code } = thrown;
      error = { name, code, isNative: !native || thrown instanceof QuotaExceededError };
    }
    return { error, before, after: harness.pairs(sourceBuffer.buffered), updating: sourceBuffer.updating };
  });
  await page.close();
  assert.deepEqual(error, { name: "QuotaExceededError", code: 22, isNative: true });
  assert.deepEqual(after, before);
  assert.equal(updating, false);
});

test("what was played makes room for what comes", async () => {
  const { page } = await suite.open("polyfill.html");
  const { buffered, currentTime } = await page.evaluate(async () => {
    MsePolyfill.install({ mode: "force", quota: { video: 150_000, audio: 150_000 } });
    const { video, sourceBuffer } = await harness.open(harness.facts.files["fragmented.mp4"].type);
    const bytes = await harness.bytesOf("fragmented.mp4");
    await harness.append(sourceBuffer, bytes);
    video.currentTime = 6.5;
    await harness.until(() => !video.seeking, "the seek");
    sourceBuffer.timestampOffset = 7;
    await harness.append(sourceBuffer, bytes.subarray(0, 45_000));
    return { buffered: harness.pairs(video.buffered), currentTime: video.currentTime };
  });
  await page.close();
  assert.equal(currentTime, 6.5);
  assert.equal(buffered.length, 1, `${buffered}`);
  const [[start, end]] = buffered;
  assert.ok(start > 0.9 && start <= 3.5, `the first seconds were played: ${start}`);
  assert.ok(end > 9, `the new data is there: ${end}`);
});
