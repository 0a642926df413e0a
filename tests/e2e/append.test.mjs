// However the bytes are cut, the result is the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { facts, useBrowser } from "./lib/site.mjs";

const suite = useBrowser();

/** Opens a page, appends the file by the named way, and says what came of it. */
async function appended(file, pieces) {
  const { page, problems } = await suite.open("polyfill.html");
  const result = await page.evaluate(
    async (file, pieces) => {
      const { video, mediaSource, sourceBuffer } = await harness.open(harness.facts.files[file].type);
      const bytes = await harness.bytesOf(file);
      if (pieces.size) await harness.appendPieces(sourceBuffer, bytes, pieces.size);
      for (const [index, at] of (pieces.cuts ?? []).entries()) {
        await harness.append(sourceBuffer, bytes.subarray(index ? pieces.cuts[index - 1] : 0, at));
      }
      if (pieces.cuts) await harness.append(sourceBuffer, bytes.subarray(pieces.cuts.at(-1)));
      const open = { duration: mediaSource.duration, buffered: harness.pairs(sourceBuffer.buffered) };
      mediaSource.endOfStream();
      await harness.until(() => video.readyState >= 2, "the first frame");
      const { frames } = harness.facts.files[file];
      const shown = [];
      for (const frame of [0, 1, Math.floor(frames / 2), Math.floor(frames / 2) + 1, frames - 1]) {
        await harness.seek(video, (frame + 0.5) / harness.facts.frameRate);
        shown.push([frame, await harness.lookFor(video, frame)]);
      }
      const { videoWidth, videoHeight, duration, buffered, error } = harness.state(video);
      return { open, shown, videoWidth, videoHeight, duration, buffered, error };
    },
    file,
    pieces,
  );
  await page.close();
  assert.deepEqual(problems, []);
  return result;
}

const results = {};
async function inOnePiece(file) {
  return (results[file] ??= await appended(file, { size: 1e9 }));
}

for (const file of [
  "fragmented.mp4", "moov-front.mp4", "moov-end.mp4", "short.mp4", "short-moov-end.mp4",
  "vp8-vorbis.webm", "vp9-opus.webm", "av1-opus.webm",
]) {
  test(`${file} in one piece`, async () => {
    const result = await inOnePiece(file);
    const { frames, segments } = facts.files[file];
    for (const [asked, seen] of result.shown) assert.equal(seen, asked);
    assert.deepEqual([result.videoWidth, result.videoHeight], [facts.width, facts.height]);
    assert.equal(result.buffered.length, 1);
    assert.ok(Math.abs(result.buffered[0][0] - facts.files[file].firstFrameAt) < 0.001, `${result.buffered}`);
    assert.ok(Math.abs(result.buffered[0][1] - segments * facts.segmentSeconds) < 0.03, `${result.buffered}`);
    assert.ok(Math.abs(result.duration - frames / facts.frameRate) < 0.03, `${result.duration}`);
    assert.equal(result.error, null);
  });
}

for (const [file, name, pieces] of [
  ["fragmented.mp4", "64 KiB pieces", { size: 65_536 }],
  ["moov-front.mp4", "64 KiB pieces", { size: 65_536 }],
  ["moov-end.mp4", "64 KiB pieces", { size: 65_536 }],
  ["fragmented.mp4", "pieces of 1000 bytes", { size: 1_000 }],
  ["moov-end.mp4", "pieces of 1000 bytes", { size: 1_000 }],
  ["fragmented.mp4", "two appends cut inside a fragment", { cuts: [40_000] }],
  ["moov-front.mp4", "two appends cut inside mdat", { cuts: [40_000] }],
  ["moov-front.mp4", "two appends cut inside moov", { cuts: [500] }],
  ["vp8-vorbis.webm", "pieces of 1000 bytes", { size: 1_000 }],
  ["vp9-opus.webm", "two appends cut inside a cluster", { cuts: [40_000] }],
  ["short.mp4", "single bytes", { size: 1 }],
  ["short-moov-end.mp4", "single bytes", { size: 1 }],
]) {
  test(`${file} in ${name}: the same`, async () => {
    assert.deepEqual(await appended(file, pieces), await inOnePiece(file));
  });
}

test("a second append continues the stream", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  const { first, second, shown } = await page.evaluate(async () => {
    const { video, sourceBuffer } = await harness.open(harness.facts.files["fragmented.mp4"].type);
    const bytes = await harness.bytesOf("fragmented.mp4");
    // Cut in front of the fourth fragment.
    const name = [..."moof"].map((letter) => letter.charCodeAt(0));
    const moofs = [];
    for (let at = 4; at < bytes.length; at++) if (name.every((byte, index) => bytes[at + index] === byte)) moofs.push(at - 4);
    const cut = moofs[3];
    await harness.append(sourceBuffer, bytes.subarray(0, cut));
    const first = harness.pairs(sourceBuffer.buffered);
    await harness.until(() => video.readyState >= 2, "the first frame");
    await harness.append(sourceBuffer, bytes.subarray(cut));
    await harness.seek(video, 5.01);
    return { first, second: harness.pairs(sourceBuffer.buffered), shown: await harness.lookFor(video, 150) };
  });
  assert.equal(first.length, 1);
  assert.ok(Math.abs(first[0][1] - 3) < 0.07, `${first}`);
  assert.equal(second.length, 1);
  assert.ok(Math.abs(second[0][1] - 7) < 0.03, `${second}`);
  assert.equal(shown, 150);
  assert.deepEqual(problems, []);
  await page.close();
});

for (const [file, what] of [
  ["video-only.mp4", "pictures"],
  ["audio-only.mp4", "sound"],
  ["opus.webm", "sound"],
  ["sound.mp3", "sound"],
  ["sound.aac", "sound"],
]) {
  test(`a file with ${what} alone: ${file}`, async () => {
    const { page, problems } = await suite.open("polyfill.html");
    const state = await page.evaluate(async (file) => {
      const { video } = await harness.load(file, { end: true });
      await video.play();
      await harness.until(() => video.currentTime > 0.5, "half a second");
      return harness.state(video);
    }, file);
    const [width, height] = what === "sound" ? [0, 0] : [facts.width, facts.height];
    assert.deepEqual([state.videoWidth, state.videoHeight, state.error], [width, height, null]);
    assert.ok(Math.abs(state.duration - 7) < 0.05, `${state.duration}`);
    assert.deepEqual(problems, []);
    await page.close();
  });
}
