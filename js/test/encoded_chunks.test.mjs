import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { load } from "./load.mjs";

const CLASSES = ["VideoDecoder", "AudioDecoder", "EncodedVideoChunk", "EncodedAudioChunk"];

/** Chunks as WebCodecs has them, as far as they are read. */
function defineChunks() {
  for (const name of ["EncodedVideoChunk", "EncodedAudioChunk"]) {
    globalThis[name] = class {
      #init;
      constructor(init) {
        this.#init = init;
      }
      get type() {
        return this.#init.type;
      }
      get timestamp() {
        return this.#init.timestamp;
      }
      get duration() {
        return this.#init.duration ?? null;
      }
      get byteLength() {
        return this.#init.data.length;
      }
      copyTo(target) {
        target.set(this.#init.data);
      }
    };
  }
}

afterEach(() => CLASSES.forEach((name) => delete globalThis[name]));

async function toChunksConfig(config) {
  const module = await load("encoded_chunks.ts");
  const isConfigSupported = async (config) => ({ supported: true, config });
  globalThis.VideoDecoder = globalThis.AudioDecoder = { isConfigSupported };
  return module.toSupportedConfig(module.toChunksConfig(config, "test"), "test");
}

const OPUS = { codec: "opus", sampleRate: 48_000, numberOfChannels: 2 };
const VP8 = { codec: "vp8" };

test("one configuration that is valid by WebCodecs is taken", async () => {
  const bytes = Uint8Array.of(9, 1, 2, 9);
  const sound = await toChunksConfig({ audioConfig: { ...OPUS, codec: " opus ", description: bytes.subarray(1, 3) } });
  bytes.fill(0);
  assert.deepEqual(sound, {
    codec: "opus",
    description: Uint8Array.of(1, 2),
    audio: { sampleRate: 48_000, numberOfChannels: 2 },
  });
  const picture = await toChunksConfig({
    videoConfig: {
      ...VP8, codedWidth: 320, codedHeight: 180, displayAspectWidth: 4, displayAspectHeight: 3, rotation: 90,
      colorSpace: { primaries: "bt709", transfer: null, fullRange: false },
    },
  });
  assert.deepEqual(picture.video, {
    codedWidth: 320, codedHeight: 180, displayWidth: 240, displayHeight: 180, rotation: 90,
    primaries: "bt709", transfer: undefined, matrix: undefined, fullRange: false,
  });
  const bare = await toChunksConfig({ videoConfig: VP8, other: 1 });
  assert.deepEqual([bare.video.codedWidth, bare.video.displayWidth, "description" in bare], [0, 0, false]);
});

const REFUSED = [
  undefined,
  null,
  {},
  5,
  { audioConfig: OPUS, videoConfig: VP8 },
  { audioConfig: null },
  { audioConfig: 5 },
  { videoConfig: {} },
  { videoConfig: { codec: " " } },
  { videoConfig: { codec: Symbol("vp8") } },
  { videoConfig: { ...VP8, description: [1] } },
  { videoConfig: { ...VP8, codedWidth: 320 } },
  { videoConfig: { ...VP8, codedWidth: 0, codedHeight: 0 } },
  { videoConfig: { ...VP8, displayAspectHeight: 3 } },
  { videoConfig: { ...VP8, codedWidth: -1, codedHeight: 180 } },
  { audioConfig: { ...OPUS, sampleRate: undefined } },
  { audioConfig: { ...OPUS, numberOfChannels: 0 } },
  { audioConfig: { ...OPUS, sampleRate: NaN } },
  { audioConfig: { ...OPUS, sampleRate: 2 ** 32 } },
];

test("no, two and invalid configurations are a TypeError", async () => {
  for (const [index, config] of REFUSED.entries()) {
    await assert.rejects(() => toChunksConfig(config), TypeError, `row ${index}`);
  }
});

test("a codec that cannot be decoded is a NotSupportedError", async () => {
  const table = [{ videoConfig: { codec: "mpeg2" } }, { videoConfig: OPUS }, { audioConfig: { ...OPUS, codec: "vp8" } }];
  for (const config of table) {
    await assert.rejects(() => toChunksConfig(config), { name: "NotSupportedError" });
  }
});

test("chunks become a header of big-endian numbers and their data", async () => {
  const { toEncodedChunks } = await load("encoded_chunks.ts");
  defineChunks();
  const key = new EncodedVideoChunk({ type: "key", timestamp: -2, duration: 0x1_0000_0001, data: [7, 8] });
  const delta = new EncodedVideoChunk({ type: "delta", timestamp: 3, data: [] });
  const { facts, write } = toEncodedChunks(new Set([key, delta]), "test");
  assert.deepEqual(facts, { byteLength: 44, hasAudio: false, hasVideo: true, lacksDuration: true });
  const ff = [255, 255, 255, 255];
  assert.deepEqual(
    [...write()],
    [
      ...[3, ...ff, 255, 255, 255, 254, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 8],
      ...[0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
  );
});

test("one chunk and sequences of both kinds are taken, nothing else", async () => {
  const { toEncodedChunks } = await load("encoded_chunks.ts");
  const init = { type: "key", timestamp: 0, data: [1] };
  assert.throws(() => toEncodedChunks({ ...init, byteLength: 1 }, "test"), TypeError, "without WebCodecs");
  defineChunks();
  const [sound, picture] = [new EncodedAudioChunk(init), new EncodedVideoChunk({ ...init, duration: 1 })];
  const facts = (value) => toEncodedChunks(value, "test").facts;
  assert.deepEqual(facts(sound), { byteLength: 22, hasAudio: true, hasVideo: false, lacksDuration: false });
  assert.deepEqual(facts([sound, picture]), { byteLength: 44, hasAudio: true, hasVideo: true, lacksDuration: false });
  assert.deepEqual(facts([]), { byteLength: 0, hasAudio: false, hasVideo: false, lacksDuration: false });
  for (const value of [undefined, null, 5, "chunk", {}, init, [sound, init], Object.create(EncodedAudioChunk.prototype)]) {
    assert.throws(() => toEncodedChunks(value, "test"), TypeError, String(value));
  }
});
