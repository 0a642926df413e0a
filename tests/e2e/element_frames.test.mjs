// Which picture the element shows, as it says itself and as it lets itself be drawn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();
const CLIP = "fragmented.mp4";

/** Runs `body` with the clip's name in a page. */
const inPage = (body, ...rest) => suite.evaluate(body, CLIP, ...rest);

timedTest("video frame callbacks name the picture that is shown", async () => {
  const { before, sought, again, playing } = await inPage(async (clip) => {
    const video = document.createElement("video");
    document.body.replaceChildren(video);
    const calls = [];
    const note = (now, metadata) => {
      const { mediaTime, presentedFrames, width, height, presentationTime, expectedDisplayTime } = metadata;
      const { frame } = harness.look(video);
      calls.push({ mediaTime, frame, presentedFrames, width, height, presentationTime, expectedDisplayTime });
    };
    const keep = (...args) => {
      note(...args);
      video.requestVideoFrameCallback(keep);
    };
    // Before there is a source.
    video.requestVideoFrameCallback(keep);
    const mediaSource = new MediaSource();
    video.src = URL.createObjectURL(mediaSource);
    await harness.once(mediaSource, "sourceopen");
    const sourceBuffer = mediaSource.addSourceBuffer(harness.facts.files[clip].type);
    await harness.append(sourceBuffer, await harness.bytesOf(clip));
    mediaSource.endOfStream();
    const count = async (number) => {
      await harness.until(() => calls.length >= number, "a callback").catch(() => {});
      await harness.sleep(300); // and no more
      return calls.splice(0);
    };
    const before = await count(1);
    const sought = [];
    for (const frame of [100, 31, 32]) {
      await harness.seek(video, (frame + 0.5) / harness.facts.frameRate);
      sought.push(await count(1));
    }
    await harness.seek(video, video.currentTime + 0.001);
    const again = await count(1);
    await video.play();
    await harness.until(() => calls.length >= 40, "pictures");
    video.pause();
    return { before, sought, again, playing: calls };
  });
  const facts = (calls) => calls.map(({ mediaTime, frame, width, height }) => [mediaTime, frame, width, height]);
  const micros = (frame) => Math.floor((frame * 1e6) / 30) / 1e6;
  assert.deepEqual(facts(before), [[0, 0, 320, 180]]);
  assert.deepEqual(sought.map(facts), [100, 31, 32].map((frame) => [[micros(frame), frame, 320, 180]]));
  assert.deepEqual(facts(again), [[micros(32), 32, 320, 180]]);
  const wrong = playing.filter(({ mediaTime, frame }) => mediaTime !== micros(frame));
  assert.ok(wrong.length <= 2, `${wrong.length} of ${playing.length}: ${JSON.stringify(wrong[0])}`);
  const all = [...before, ...sought.flat(), ...again, ...playing];
  for (const [index, call] of all.entries()) {
    const last = all[index - 1] ?? { presentedFrames: 0, presentationTime: 0, expectedDisplayTime: 0 };
    assert.ok(call.presentedFrames > last.presentedFrames, `${call.presentedFrames} after ${last.presentedFrames}`);
    assert.ok(call.presentationTime >= last.presentationTime);
    assert.ok(call.expectedDisplayTime >= Math.max(call.presentationTime, last.expectedDisplayTime));
  }
});

test("video frame callbacks are cancelled, and outlive the source", async () => {
  const result = await inPage(async (clip) => {
    const { video } = await harness.load(clip, { end: true });
    const called = [];
    const bad = harness.thrown(() => video.requestVideoFrameCallback({}))?.name;
    const cancelled = video.requestVideoFrameCallback(() => called.push("cancelled"));
    video.requestVideoFrameCallback(() => called.push("first"));
    video.cancelVideoFrameCallback(cancelled);
    await harness.seek(video, 2);
    await harness.until(() => called.length > 0, "the callback");
    let metadata;
    video.requestVideoFrameCallback((_, given) => (metadata = given));
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 64, height: 48 });
    const context = canvas.getContext("2d");
    video.srcObject = canvas.captureStream();
    void video.play();
    await harness.until(() => {
      context.fillRect(0, 0, 64, 48);
      return metadata;
    }, "a native picture");
    return { called, bad, size: [metadata.width, metadata.height] };
  });
  assert.deepEqual(result, { called: ["first"], bad: "TypeError", size: [64, 48] });
});

test("what is drawn at loadeddata and at seeked is the picture of that time", async () => {
  const seen = await inPage(async (clip) => {
    const { video, mediaSource, sourceBuffer } = await harness.open(harness.facts.files[clip].type);
    const seen = [];
    video.addEventListener("loadeddata", () => seen.push([0, harness.look(video).frame]));
    let wanted;
    video.addEventListener("seeked", () => seen.push([wanted, harness.look(video).frame]));
    await harness.append(sourceBuffer, await harness.bytesOf(clip));
    mediaSource.endOfStream();
    await harness.until(() => seen.length === 1, "loadeddata");
    for (wanted of [50, 51, 150, 7, 209, 0]) {
      await harness.seek(video, (wanted + 0.5) / harness.facts.frameRate);
    }
    return seen;
  });
  assert.deepEqual(seen, [0, 50, 51, 150, 7, 209, 0].map((frame) => [frame, frame]));
});

test("a picture that comes before the element has its stream is seen", async () => {
  const mediaTimes = await inPage(async (clip) => {
    const bytes = await harness.bytesOf(clip);
    const mediaTimes = [];
    // The second has a worker that runs, and its picture is there before the page does anything else.
    for (const block of [0, 400]) {
      const video = document.createElement("video");
      document.body.replaceChildren(video);
      const mediaSource = new MediaSource();
      video.src = URL.createObjectURL(mediaSource);
      await harness.once(mediaSource, "sourceopen");
      const picture = new Promise((resolve) => video.requestVideoFrameCallback((_, metadata) => resolve(metadata)));
      mediaSource.addSourceBuffer(harness.facts.files[clip].type).appendBuffer(bytes);
      for (const end = performance.now() + block; performance.now() < end; );
      mediaTimes.push((await harness.within(picture, "a picture")).mediaTime);
      video.removeAttribute("src");
      video.load();
    }
    return mediaTimes;
  });
  assert.deepEqual(mediaTimes, [0, 0]);
});

test("all ways to take a picture give the same one", async () => {
  const { taken, sizes, isTainted } = await inPage(async (clip) => {
    const { video } = await harness.load(clip, { end: true });
    await harness.seek(video, 70.5 / 30);
    const { videoWidth: width, videoHeight: height } = video;
    const taken = { video: harness.look(video).frame };
    const sizes = [[width, height]];
    const bitmap = await createImageBitmap(video);
    taken.bitmap = harness.look(bitmap).frame;
    sizes.push([bitmap.width, bitmap.height]);
    if ("VideoFrame" in window) {
      const frame = new VideoFrame(video);
      taken.frame = harness.look(frame).frame;
      sizes.push([frame.displayWidth, frame.displayHeight]);
      frame.close();
    }
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const plane = canvas.getContext("2d");
    plane.drawImage(video, 0, 0);
    const isTainted = harness.thrown(() => plane.getImageData(0, 0, 1, 1)) !== undefined;
    const gl = document.createElement("canvas").getContext("webgl");
    if (gl) {
      const texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, video);
      gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
      const pixels = new Uint8ClampedArray(width * height * 4);
      gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
      plane.putImageData(new ImageData(pixels, width, height), 0, 0);
      taken.texture = harness.look(canvas).frame;
    }
    return { taken, sizes, isTainted };
  });
  for (const [way, frame] of Object.entries(taken)) assert.equal(frame, 70, way);
  for (const size of sizes) assert.deepEqual(size, [320, 180]);
  assert.equal(isTainted, false);
});

timedTest("playback quality counts the pictures of the source", async () => {
  const { start, end, bytes, extra } = await inPage(async (clip) => {
    const { video, mediaSource, sourceBuffer } = await harness.open(harness.facts.files[clip].type);
    const read = () => {
      const { totalVideoFrames, droppedVideoFrames, creationTime } = video.getVideoPlaybackQuality();
      return { total: totalVideoFrames, dropped: droppedVideoFrames, age: performance.now() - creationTime };
    };
    const start = read();
    await harness.append(sourceBuffer, await harness.bytesOf(clip));
    mediaSource.endOfStream();
    await harness.seek(video, 5.01);
    await video.play();
    await harness.once(video, "ended", 20_000);
    const extra = [
      "webkitDecodedFrameCount", "webkitDroppedFrameCount", "mozParsedFrames", "mozDecodedFrames", "mozPresentedFrames", "mozHasAudio",
      "webkitVideoDecodedByteCount", "webkitAudioDecodedByteCount",
    ].filter((name) => name in video).map((name) => [name, Number(video[name])]);
    return { start, end: read(), bytes: harness.facts.files[clip].bytes, extra: Object.fromEntries(extra) };
  });
  assert.deepEqual([start.total, start.dropped], [0, 0]);
  assert.ok(end.total >= 60 && end.total <= 62, `60 pictures and those of before, not ${end.total}`);
  assert.ok(end.dropped >= 0 && end.dropped < 30 && end.age >= 0 && end.age < 1_000, JSON.stringify(end));
  for (const [name, value] of Object.entries(extra)) {
    const [least, most] = name.startsWith("webkitDropped") ? [end.dropped, end.dropped]
      : name === "mozPresentedFrames" ? [end.total - end.dropped, end.total - end.dropped]
      : name === "mozHasAudio" ? [1, 1]
      : name.endsWith("ByteCount") ? [bytes / 30, bytes / 2]
      : [60, 100];
    assert.ok(value >= least && value <= most, `${name} is ${value}`);
  }
});
