// What goes wrong says so, by the specification's names and in words a developer understands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "./lib/site.mjs";

const suite = useBrowser();

test("appending while updating throws InvalidStateError", async () => {
  const { page } = await suite.open("polyfill.html");
  const { updating, error, after } = await page.evaluate(async () => {
    const { sourceBuffer } = await harness.open(harness.facts.files["fragmented.mp4"].type);
    const bytes = await harness.bytesOf("fragmented.mp4");
    const updated = harness.once(sourceBuffer, "updateend");
    sourceBuffer.appendBuffer(bytes);
    const updating = sourceBuffer.updating;
    const error = harness.thrown(() => sourceBuffer.appendBuffer(bytes));
    await updated;
    return { updating, error, after: { updating: sourceBuffer.updating, buffered: sourceBuffer.buffered.length } };
  });
  assert.equal(updating, true);
  assert.equal(error?.name, "InvalidStateError");
  assert.equal(error?.isDOMException, true);
  assert.deepEqual(after, { updating: false, buffered: 1 }, "the first append is not disturbed");
  await page.close();
});

test("unsupported types throw NotSupportedError and isTypeSupported says so", async () => {
  const { page } = await suite.open("polyfill.html");
  const results = await page.evaluate(async () => {
    const mediaSource = new MediaSource();
    const video = document.createElement("video");
    const closed = harness.thrown(() => mediaSource.addSourceBuffer('video/mp4; codecs="avc1.64001e"'));
    video.src = URL.createObjectURL(mediaSource);
    await harness.once(mediaSource, "sourceopen");
    const types = ["video/x-unknown", 'video/mp4; codecs="zzzz.1"', "text/plain", "nonsense", ""];
    const tutorial = 'video/mp4; codecs="avc1.42E01E, mp4a.40.2"';
    return {
      closed,
      errors: types.map((type) => [type, MediaSource.isTypeSupported(type), harness.thrown(() => mediaSource.addSourceBuffer(type))]),
      count: mediaSource.sourceBuffers.length,
      supported: MediaSource.isTypeSupported(tutorial),
    };
  });
  assert.equal(results.closed?.name, "InvalidStateError");
  for (const [type, supported, error] of results.errors) {
    assert.equal(supported, false, type);
    assert.equal(error?.name, type === "" ? "TypeError" : "NotSupportedError", type);
  }
  assert.equal(results.count, 0);
  assert.equal(results.supported, true);
  await page.close();
});

/** Appends bytes that must fail; says what came of it. */
const failedAppend = (page, makeBytes) =>
  page.evaluate(
    async (makeBytes) => {
      const { video, mediaSource, sourceBuffer, entries } = await harness.open(harness.facts.files["fragmented.mp4"].type);
      const bytes = await new Function(`return (${makeBytes})()`)();
      const ended = harness.once(mediaSource, "sourceended");
      const failed = harness.once(video, "error");
      sourceBuffer.appendBuffer(bytes);
      await ended;
      await failed;
      return {
        entries,
        readyState: mediaSource.readyState,
        error: { code: video.error.code, message: video.error.message, isMediaError: video.error instanceof MediaError },
      };
    },
    makeBytes.toString(),
  );

// Chromium and Firefox do the same natively: the source ends, and an element that has no metadata yet gives it up with
// MEDIA_ERR_SRC_NOT_SUPPORTED.
test("garbage ends the source with an error that names the box and the byte", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await failedAppend(page, async () => {
    const bytes = new Uint8Array(4_096);
    for (let index = 0; index < bytes.length; index++) bytes[index] = (index * 197 + 31) & 0xff;
    return bytes;
  });
  const buffer = result.entries.filter((entry) => entry.startsWith("sourceBuffer ")).map((entry) => entry.slice(13));
  assert.deepEqual(buffer, ["updatestart", "error", "updateend"]);
  assert.ok(result.entries.includes("mediaSource sourceended"));
  assert.equal(result.readyState, "closed");
  assert.equal(result.error.code, 4);
  assert.equal(result.error.isMediaError, true);
  assert.match(result.error.message, /byte 0\b/);
  console.log(`    garbage: ${result.error.message}`);
  await page.close();
});

test("a broken box in the middle is named with its place", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await failedAppend(page, async () => {
    // The tfdt of the third fragment claims more bytes than the traf around it has.
    const bytes = (await harness.bytesOf("fragmented.mp4")).slice();
    const name = [..."tfdt"].map((letter) => letter.charCodeAt(0));
    let found = 0;
    for (let at = 4; at < bytes.length; at++) {
      if (name.every((byte, index) => bytes[at + index] === byte) && ++found === 5) {
        bytes[at - 2] = 0x7f;
        globalThis.brokenAt = at - 4;
        break;
      }
    }
    return bytes;
  });
  const at = await page.evaluate(() => globalThis.brokenAt);
  assert.ok(at > 20_000);
  assert.equal(result.readyState, "ended");
  assert.equal(result.error.code, 3, "metadata was there: a decode error");
  assert.match(result.error.message, /tfdt|traf|moof/);
  assert.match(result.error.message, /byte \d+/);
  const named = Number(/byte (\d+)/.exec(result.error.message)[1]);
  assert.ok(Math.abs(named - at) < 1_000, `byte ${named} is named, ${at} is broken: ${result.error.message}`);
  console.log(`    broken tfdt at ${at}: ${result.error.message}`);
  await page.close();
});

test("appending to a removed SourceBuffer or a closed source throws InvalidStateError", async () => {
  const { page } = await suite.open("polyfill.html");
  const errors = await page.evaluate(async () => {
    const { video, mediaSource, sourceBuffer } = await harness.open(harness.facts.files["fragmented.mp4"].type);
    mediaSource.removeSourceBuffer(sourceBuffer);
    const removed = harness.thrown(() => sourceBuffer.appendBuffer(new Uint8Array(8)));
    const again = harness.thrown(() => mediaSource.removeSourceBuffer(sourceBuffer));
    const closed = harness.once(mediaSource, "sourceclose");
    video.removeAttribute("src");
    video.load();
    await closed;
    return {
      removed: removed?.name,
      again: again?.name,
      readyState: mediaSource.readyState,
      ended: harness.thrown(() => mediaSource.endOfStream())?.name,
    };
  });
  assert.deepEqual(errors, {
    removed: "InvalidStateError", again: "NotFoundError", readyState: "closed", ended: "InvalidStateError",
  });
  await page.close();
});
