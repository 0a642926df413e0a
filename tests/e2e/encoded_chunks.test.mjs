// What WebCodecs' encoders give, straight into SourceBuffers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "./lib/site.mjs";

const suite = useBrowser();

/** In the page: encodes two seconds of grey pictures, each a little lighter, and of a tone. */
async function encode(page) {
  await page.evaluate(async () => {
    const failed = (error) => console.error(error);
    const pictures = { chunks: [] };
    const video = new VideoEncoder({
      error: failed,
      output(chunk, metadata) {
        pictures.config ??= metadata.decoderConfig;
        pictures.chunks.push(chunk);
      },
    });
    video.configure({ codec: "vp8", width: 160, height: 120, bitrate: 300_000, framerate: 25 });
    const context = new OffscreenCanvas(160, 120).getContext("2d");
    for (let index = 0; index < 50; index++) {
      const level = 40 + 4 * index;
      context.fillStyle = `rgb(${level}, ${level}, ${level})`;
      context.fillRect(0, 0, 160, 120);
      const frame = new VideoFrame(context.canvas, { timestamp: index * 40_000, duration: 40_000 });
      video.encode(frame, { keyFrame: index % 25 === 0 });
      frame.close();
    }
    const sound = { chunks: [] };
    const audio = new AudioEncoder({
      error: failed,
      output(chunk, metadata) {
        sound.config ??= metadata.decoderConfig;
        sound.chunks.push(chunk);
      },
    });
    audio.configure({ codec: "opus", sampleRate: 48_000, numberOfChannels: 1 });
    const data = Float32Array.from({ length: 96_000 }, (_, sample) => 0.2 * Math.sin(sample / 20));
    const whole = { format: "f32", sampleRate: 48_000, numberOfChannels: 1, numberOfFrames: data.length, timestamp: 0, data };
    audio.encode(new AudioData(whole));
    await Promise.all([video.flush(), audio.flush()]);
    /** The brightness in the middle of what the element shows, and the one of the picture at a time. */
    const canvas = new OffscreenCanvas(160, 120).getContext("2d", { willReadFrequently: true });
    const level = (element) => {
      canvas.drawImage(element, 0, 0, 160, 120);
      return canvas.getImageData(80, 60, 1, 1).data[1];
    };
    globalThis.encoded = { pictures, sound, level, levelAt: (time) => 40 + 4 * Math.floor(time * 25) };
  });
}

test("encoded pictures and sound are buffered, sought and played to their end", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  await encode(page);
  const result = await page.evaluate(async () => {
    const { pictures, sound, level, levelAt } = encoded;
    const video = document.createElement("video");
    const mediaSource = new MediaSource();
    video.src = URL.createObjectURL(mediaSource);
    document.body.append(video);
    await harness.once(mediaSource, "sourceopen");
    const forPictures = mediaSource.addSourceBuffer({ videoConfig: pictures.config });
    const forSound = mediaSource.addSourceBuffer({ audioConfig: sound.config });
    const events = [];
    for (const type of ["updatestart", "update", "updateend", "error", "abort"]) {
      forPictures.addEventListener(type, () => events.push(type));
    }
    // One by one, and all at once.
    for (const chunk of pictures.chunks) await forPictures.appendEncodedChunks(chunk);
    const updating = [];
    const appended = forSound.appendEncodedChunks(sound.chunks);
    updating.push(forSound.updating);
    const resolved = await appended;
    updating.push(forSound.updating);
    mediaSource.endOfStream();
    const buffered = [forPictures, forSound].map((buffer) => harness.pairs(buffer.buffered));
    const levels = [];
    for (const time of [0.5, 1.5]) {
      await harness.seek(video, time);
      await harness.until(() => Math.abs(level(video) - levelAt(time)) < 12, `the picture at ${time}`).catch(() => {});
      levels.push([level(video), levelAt(time)]);
    }
    await harness.seek(video, 0);
    await video.play();
    await harness.once(video, "ended", 20_000);
    await harness.until(() => Math.abs(level(video) - levelAt(1.99)) < 12, "the last picture").catch(() => {});
    levels.push([level(video), levelAt(1.99)]);
    const tracks = [...forPictures.videoTracks, ...forSound.audioTracks].map((track) => track.kind);
    return { buffered, levels, updating, resolved, events, tracks, state: harness.state(video) };
  });
  await page.close();
  const [[[start, end]], [[soundStart, soundEnd]]] = result.buffered;
  assert.deepEqual([start, end], [0, 2]);
  assert.ok(soundStart <= 0.02 && Math.abs(soundEnd - 2) < 0.05, `${soundStart} to ${soundEnd}`);
  for (const [seen, expected] of result.levels) assert.ok(Math.abs(seen - expected) < 12, `${result.levels}`);
  assert.deepEqual(result.updating, [true, false]);
  assert.equal(result.resolved, undefined);
  assert.deepEqual(result.events, [], "the promise takes their place");
  assert.deepEqual(result.tracks, ["main", "main"]);
  assert.deepEqual([result.state.videoWidth, result.state.videoHeight], [160, 120]);
  assert.equal(result.state.error, null);
  assert.deepEqual(problems, []);
});

test("what is wrong with an append of chunks rejects its promise", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  await encode(page);
  const result = await page.evaluate(async () => {
    const { pictures, sound } = encoded;
    const { mediaSource, sourceBuffer } = await harness.open('video/webm; codecs="vp8"');
    const append = (chunks) => sourceBuffer.appendEncodedChunks(chunks).then(() => "resolved", ({ name }) => name);
    const names = [];
    names.push(await append(pictures.chunks), await append([{}]));
    sourceBuffer.changeType({ videoConfig: pictures.config });
    names.push(await append(sound.chunks));
    const { type, timestamp, byteLength } = pictures.chunks[0];
    const data = new Uint8Array(byteLength);
    pictures.chunks[0].copyTo(data);
    names.push(await append(new EncodedVideoChunk({ type, timestamp, data })));
    const first = append(pictures.chunks);
    names.push(await append(pictures.chunks));
    sourceBuffer.abort();
    names.push(await first, harness.thrown(() => sourceBuffer.appendBuffer(data)).name);
    names.push(await append(pictures.chunks), harness.pairs(sourceBuffer.buffered).join());
    const last = append(pictures.chunks);
    mediaSource.removeSourceBuffer(sourceBuffer);
    names.push(await last, await append(pictures.chunks));
    return names;
  });
  await page.close();
  assert.deepEqual(result, [
    "InvalidStateError", // it takes bytes
    "TypeError",
    "TypeError", // sound for pictures
    "TypeError", // no duration
    "InvalidStateError", // updating
    "AbortError",
    "InvalidStateError", // it takes chunks
    "resolved",
    "0,2",
    "AbortError",
    "InvalidStateError", // removed
  ]);
  assert.deepEqual(problems, []);
});

test("chunks are taken without installing anything", async () => {
  const { page, problems } = await suite.open("untouched.html");
  await page.evaluate(() => import("/harness.mjs"));
  await encode(page);
  const result = await page.evaluate(async () => {
    const { pictures, level, levelAt } = encoded;
    const source = new MsePolyfill.MediaSource();
    const video = document.createElement("video");
    document.body.append(video);
    MsePolyfill.attach(video, source);
    await harness.once(source, "sourceopen");
    const sourceBuffer = source.addSourceBuffer({ videoConfig: pictures.config });
    await sourceBuffer.appendEncodedChunks(pictures.chunks);
    await harness.seek(video, 1);
    await harness.until(() => Math.abs(level(video) - levelAt(1)) < 12, "the picture").catch(() => {});
    return { native: "appendEncodedChunks" in SourceBuffer.prototype, seen: level(video), expected: levelAt(1) };
  });
  await page.close();
  assert.equal(result.native, false);
  assert.ok(Math.abs(result.seen - result.expected) < 12, `${result.seen}`);
  assert.deepEqual(problems, []);
});
