import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { load } from "./load.mjs";

afterEach(() => {
  delete globalThis.VideoDecoder;
  delete globalThis.AudioDecoder;
});

/** Decoders up to 4K, in hardware up to 720 lines; no HEVC, no more than two channels. */
function withDecoders() {
  globalThis.VideoDecoder = {
    isConfigSupported: async ({ codec, codedHeight = 0, hardwareAcceleration }) => ({
      supported: !codec.startsWith("hvc1") && codedHeight <= (hardwareAcceleration ? 720 : 2160),
    }),
  };
  globalThis.AudioDecoder = {
    isConfigSupported: async ({ numberOfChannels }) => ({ supported: numberOfChannels <= 2 }),
  };
}

const video = (contentType, height = 480, framerate = 30) => ({
  contentType,
  width: (height * 16) / 9,
  height,
  bitrate: 1e6,
  framerate,
});
const AVC = "video/mp4;codecs=avc1.42E01E";
const MKV = "video/x-matroska;codecs=vp8";

/** What is said of `configuration` where the browser answers `native`. */
async function ask(configuration, { native = {}, isOurs = true } = {}) {
  withDecoders();
  const { decodingInfoFor } = await load("media_capabilities.ts");
  const answer = { supported: false, smooth: false, powerEfficient: false, keySystemAccess: "key", configuration, ...native };
  const decodingInfo = decodingInfoFor(async () => answer, isOurs);
  const info = await decodingInfo.call({}, configuration);
  return info === answer ? "the browser's" : info;
}

async function shortly(...args) {
  const { supported, smooth, powerEfficient } = await ask(...args);
  return [supported, smooth, powerEfficient].map(Number).join("");
}

test("a source of ours is asked for by what WebCodecs says", async () => {
  const type = "media-source";
  assert.equal(await shortly({ type, video: video(AVC) }), "111");
  assert.equal(await shortly({ type, video: video(AVC, 1080) }), "110", "not in hardware");
  assert.equal(await shortly({ type, video: video(AVC, 1440) }), "110");
  assert.equal(await shortly({ type, video: video(AVC, 1440, 60) }), "100", "too much");
  assert.equal(await shortly({ type, video: video(AVC, 4320) }), "000");
  assert.equal(await shortly({ type, video: video("video/mp4;codecs=hvc1.1.6.L93.B0") }), "000");
  assert.equal(await shortly({ type, video: video("video/mp4;codecs=vp8") }), "000", "not of that container");
  assert.equal(await shortly({ type, video: video('video/mp4;codecs="avc1.42E01E,mp4a.40.2"') }), "000", "two codecs");
  assert.equal(await shortly({ type, video: video("video/mp4;codecs=mp4a.40.2") }), "000", "no picture");
  assert.equal(await shortly({ type, video: video("video/mp4") }), "000", "which codec?");
});

test("sound, alone and beside a picture", async () => {
  const type = "media-source";
  const audio = (channels, contentType = "audio/mp4;codecs=mp4a.40.2") => ({ contentType, channels, samplerate: 48000 });
  assert.equal(await shortly({ type, audio: audio("2") }), "111");
  assert.equal(await shortly({ type, audio: audio(1) }), "111", "as some players write it");
  assert.equal(await shortly({ type, audio: audio("two") }), "111");
  assert.equal(await shortly({ type, audio: audio("2", "audio/mpeg") }), "111");
  assert.equal(await shortly({ type, audio: audio("2", "audio/mpeg;codecs=mp3") }), "000");
  assert.equal(await shortly({ type, audio: audio("5.1") }), "000", "six channels");
  assert.equal(await shortly({ type, audio: { contentType: "audio/webm;codecs=opus" } }), "111");
  assert.equal(await shortly({ type, audio: audio("2"), video: video(AVC, 1080) }), "110", "the worse of both");
});

test("the browser's word counts where it is better placed", async () => {
  const supported = { native: { supported: true, smooth: false, powerEfficient: true } };
  assert.equal(await shortly({ type: "media-source", video: video(AVC) }, supported), "101", "how well");
  assert.equal(await shortly({ type: "media-source", video: video("video/mp4;codecs=hvc1.1.6.L93.B0") }, supported), "000");
  const others = { ...supported, isOurs: false };
  assert.equal(await ask({ type: "media-source", video: video(AVC) }, others), "the browser's");
  assert.equal(await shortly({ type: "media-source", video: video(MKV) }, { isOurs: false }), "111");
  assert.equal(await ask({ type: "file", video: video(AVC) }, supported), "the browser's");
  assert.equal(await shortly({ type: "file", video: video(MKV) }), "111");
  assert.equal(await ask({ type: "webrtc", video: video(AVC) }), "the browser's");
});

test("what is encrypted is not ours", async () => {
  const keySystemConfiguration = { keySystem: "org.w3.clearkey" };
  const { supported, keySystemAccess } = await ask(
    { type: "media-source", video: video(AVC), keySystemConfiguration },
    { native: { supported: true } },
  );
  assert.deepEqual([supported, keySystemAccess], [false, null]);
  assert.equal(await ask({ type: "file", video: video(MKV), keySystemConfiguration }), "the browser's");
});

test("a query that the browser finds wrong is rejected", async () => {
  const { decodingInfoFor } = await load("media_capabilities.ts");
  const decodingInfo = decodingInfoFor(async () => {
    throw new TypeError("no type");
  }, true);
  await assert.rejects(decodingInfo.call({}, {}), TypeError);
});
