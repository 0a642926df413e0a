// Where the script touches a page, and where it must not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "./lib/site.mjs";

const suite = useBrowser();

test("a page that only loads the script and has a native MediaSource is left untouched", async () => {
  const { page, problems } = await suite.open("untouched.html");
  const result = await page.evaluate(() => {
    const { before, after } = globalThis;
    return {
      native: /\[native code\]/.test(String(MediaSource)),
      globals: before.globals.every((value, index) => value === after.globals[index]),
      createObjectURL: before.createObjectURL === after.createObjectURL,
      media: before.media === after.media,
      video: before.video === after.video,
      element: before.element === after.element,
      namespace: typeof globalThis.MsePolyfill?.install,
    };
  });
  assert.deepEqual(result, {
    native: true, globals: true, createObjectURL: true, media: true, video: true, element: true, namespace: "function",
  });
  assert.deepEqual(problems, []);
  await page.close();
});

test("install and uninstall take effect at once, and back", async () => {
  const { page } = await suite.open("untouched.html");
  const result = await page.evaluate(() => {
    const native = MediaSource;
    const { createObjectURL } = URL;
    MsePolyfill.install({ mode: "when-missing" });
    const missing = MediaSource === native;
    MsePolyfill.install({ mode: "force" });
    const forced = MediaSource !== native && MediaSource === MsePolyfill.MediaSource;
    MsePolyfill.uninstall();
    return { missing, forced, back: MediaSource === native && URL.createObjectURL === createObjectURL };
  });
  assert.deepEqual(result, { missing: true, forced: true, back: true });
  await page.close();
});

test("the forced MediaSource is ours and looks like the interface", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const { video, mediaSource, sourceBuffer } = await harness.open(harness.facts.files["fragmented.mp4"].type);
    return {
      ours: MediaSource === MsePolyfill.MediaSource,
      instances: [mediaSource instanceof MediaSource, sourceBuffer instanceof SourceBuffer, mediaSource instanceof EventTarget],
      list: mediaSource.sourceBuffers[0] === sourceBuffer && mediaSource.sourceBuffers.length === 1,
      tags: [mediaSource, sourceBuffer, mediaSource.sourceBuffers].map((object) => Object.prototype.toString.call(object)),
      url: video.src.startsWith("blob:"),
      ranges: video.buffered instanceof TimeRanges,
      duration: String(mediaSource.duration),
    };
  });
  assert.deepEqual(result, {
    ours: true,
    instances: [true, true, true],
    list: true,
    tags: ["[object MediaSource]", "[object SourceBuffer]", "[object SourceBufferList]"],
    url: true,
    ranges: true,
    duration: "NaN",
  });
  await page.close();
});
