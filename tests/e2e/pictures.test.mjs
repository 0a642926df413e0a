// Pictures that are not shown as they are coded: turned, of pixels that are not square, of another size than those before.

import assert from "node:assert/strict";
import { test } from "node:test";
import { facts, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();

const SHAPES = {
  "turned.mp4": { size: [180, 320], turn: 90 },
  "wide-pixels.mp4": { size: [427, 180], turn: 0 },
  "wide-pixels.webm": { size: [427, 180], turn: 0 },
};

for (const [file, { size, turn }] of Object.entries(SHAPES)) {
  test(`${file} has its size, and its picture all ways to take it`, async () => {
    const result = await suite.evaluate(async (file, turn) => {
      const { video } = await harness.load(file, { end: true });
      const first = await harness.lookFor(video, 0, turn);
      await harness.seek(video, 0.51);
      const sought = await harness.lookFor(video, 15, turn);
      const bitmap = await createImageBitmap(video);
      await video.play();
      await harness.once(video, "ended");
      return {
        size: [video.videoWidth, video.videoHeight],
        bitmap: [bitmap.width, bitmap.height],
        frames: [first, sought, await harness.lookFor(video, 29, turn)],
      };
    }, file, turn);
    assert.deepEqual(result, { size, bitmap: size, frames: [0, 15, 29] });
  });
}

timedTest("size and codec change while playing, and no picture is missing or black", async () => {
  const clips = ["vp8.webm", "large.mp4", "wide-pixels.webm"];
  const result = await suite.evaluate(async (clips) => {
    const types = clips.map((file) => harness.facts.files[file].type);
    const { video, mediaSource, sourceBuffer } = await harness.open(types[0]);
    for (const [index, file] of clips.entries()) {
      sourceBuffer.changeType(types[index]);
      sourceBuffer.timestampOffset = index;
      await harness.append(sourceBuffer, await harness.bytesOf(file));
    }
    mediaSource.endOfStream();
    await harness.lookFor(video, 0);
    const sizes = [];
    const size = () => sizes.push([video.videoWidth, video.videoHeight]);
    size();
    video.addEventListener("resize", size);
    const watching = harness.watch(video);
    await video.play();
    await harness.once(video, "ended");
    return { seen: watching.stop().map(({ frame }) => frame), sizes, buffered: harness.pairs(video.buffered) };
  }, clips);
  assert.equal(result.buffered.length, 1);
  assert.deepEqual(result.sizes, [[320, 180], [640, 360], [427, 180]]);
  const { seen } = result;
  assert.ok(!seen.includes(-1), `something else than a frame was shown: ${seen}`);
  // From one clip to the next the numbers begin anew. Firefox gives drawImage now and then the picture before.
  let round = 0;
  const places = seen.map((frame, index) => 30 * (frame < seen[index - 1] - 15 ? ++round : round) + frame);
  assert.equal(places.at(-1), 89, `to the last, each clip once: ${seen}`);
  assert.ok(new Set(places).size > 0.7 * 90, `frames are missing: ${seen}`);
});
