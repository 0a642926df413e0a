import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { load } from "./load.mjs";

/** Decoders that support what `supports` says of the codec string. */
function withDecoders(supports) {
  const isConfigSupported = async (config) => ({ supported: supports(config.codec), config });
  globalThis.VideoDecoder = { isConfigSupported };
  globalThis.AudioDecoder = { isConfigSupported };
}

afterEach(() => {
  delete globalThis.VideoDecoder;
  delete globalThis.AudioDecoder;
});

const SUPPORTED = [
  'video/mp4; codecs="avc1.42E01E, mp4a.40.2"',
  "video/mp4;codecs=avc1.42E01E",
  "VIDEO/MP4;CODECS=avc3.640028",
  ' video/mp4 ; profile=x; codecs=" avc1.42E01E ,mp4a.40.2 "',
  'video/mp4;x="a;codecs=b";codecs="av01.0.04M.08"',
  "video/mp4;codecs=av01.0.04M.08.0.110.09.16.09.0",
  "video/mp4;codecs=vp09.00.10.08",
  "video/mp4;codecs=vp09.00.10.08.01.02.02.02.00",
  "video/mp4;codecs=mp4a.40.2",
  "audio/mp4;codecs=mp4a.40.5",
  "audio/mp4;codecs=mp4a.40.29",
  "audio/mp4;codecs=mp4a.67",
  "audio/mp4;codecs=Opus",
  "audio/mp4;codecs=opus",
  "audio/mp4;codecs=fLaC",
  "audio/mp4;codecs=flac",
  "audio/mp4;codecs=mp3",
  "audio/mp4;codecs=mp4a.6B",
  "video/webm;codecs=vp8",
  'video/webm;codecs="vp8, vorbis"',
  'video/webm; codecs="vp9,opus"',
  "video/webm;codecs=vp09.00.10.08",
  "video/webm;codecs=av01.0.04M.08",
  "video/webm;codecs=opus",
  "audio/webm;codecs=vorbis",
  "audio/mpeg",
  "audio/aac",
  // Of these, the codec need not be named.
  "video/mp4",
  "audio/mp4",
  "video/mp4;codecs",
  // As Chromium's recorder names what it writes.
  "video/webm;codecs=h264,opus",
  "video/webm;codecs=av01,opus",
  "audio/webm;codecs=pcm",
  "video/x-matroska;codecs=avc1,opus",
  "video/x-matroska;codecs=avc1.64001F,mp4a.40.2",
];

const UNSUPPORTED = [
  "",
  "null",
  "video",
  "video/",
  "/mp4",
  "video/mp4/x;codecs=avc1.42E01E",
  "video/mp4;codecs=",
  'video/mp4;codecs=""',
  'video/mp4;codecs="',
  'video/mp4;codecs=","',
  'video/mp4;codecs="avc1.42E01E,"',
  "video/mp4;codecs='avc1.42E01E'",
  "video/mp4;codecs=avc1",
  "video/mp4;codecs=avc1.42E01",
  'video/mp4;codecs="avc1.42E01E, foo"',
  "audio/webm;aaacodecsbbb=opus",
  "video/webm;codecs",
  "audio/mp4;codecs=avc1.42E01E",
  "audio/mp4;codecs=mp4a",
  "audio/mp4;codecs=mp4a.40",
  "audio/mp4;codecs=mp4a.40.",
  "audio/mp4;codecs=mp4a.67.3",
  "video/webm",
  'video/webm;codecs=""',
  "video/webm;codecs=mp4a.40.2",
  "video/webm;codecs=avc1.42E01E",
  "audio/webm;codecs=vp8",
  "audio/webm;codecs=vp9",
  "video/mp4;codecs=vp8",
  "video/mp4;codecs=vp9",
  "audio/mp4;codecs=vorbis",
  "audio/mpeg;codecs=mp3",
  "audio/aac;codecs=mp4a.40.2",
  "video/mpeg",
  "video/x-matroska",
];

/** No browser is believed to decode these before it says so. */
const DOUBTFUL = [
  "video/mp4;codecs=hvc1.1.6.L93.B0",
  "video/mp4;codecs=hev1.2.4.L120.90",
  "audio/mp4;codecs=ac-3",
  "audio/mp4;codecs=ec-3",
  "audio/mp4;codecs=alac",
];

test("the table of types, as WPT mediasource-is-type-supported has them", async () => {
  withDecoders(() => true);
  const { isTypeSupported } = await load("types.ts");
  for (const type of SUPPORTED) {
    assert.equal(isTypeSupported(type), true, type);
  }
  for (const type of UNSUPPORTED) {
    assert.equal(isTypeSupported(type), false, type);
  }
});

test("doubtful codecs are supported when the browser says so", async () => {
  withDecoders(() => true);
  const { isTypeSupported, typesReady } = await load("types.ts");
  for (const type of DOUBTFUL) assert.equal(isTypeSupported(type), false, type);
  await typesReady();
  for (const type of DOUBTFUL) assert.equal(isTypeSupported(type), true, type);
});

test("strict: nothing but what the byte stream formats name", async () => {
  withDecoders(() => true);
  const { isTypeSupported, setEngineOptions } = await load("types.ts", "engine_options.ts");
  setEngineOptions({ strict: true });
  for (const type of ["video/webm;codecs=h264", "audio/webm;codecs=pcm", "video/x-matroska;codecs=vp8"]) {
    assert.equal(isTypeSupported(type), false, type);
  }
  assert.equal(isTypeSupported("video/webm;codecs=vp8"), true);
});

test("a SourceBuffer takes a type without codecs", async () => {
  withDecoders(() => true);
  const { isSupportedForBuffer } = await load("types.ts");
  assert.equal(isSupportedForBuffer("video/mp4"), true);
  assert.equal(isSupportedForBuffer("audio/mp4"), true);
  assert.equal(isSupportedForBuffer("video/webm"), true);
  assert.equal(isSupportedForBuffer("video/mp2t"), false);
  // What Chromium's recorder calls its MP4 files.
  assert.equal(isSupportedForBuffer("video/mp4;codecs=avc1,opus"), true);
  assert.equal(isSupportedForBuffer("video/mp4;codecs=vp9,opus"), true);
  assert.equal(isSupportedForBuffer("audio/mp4;codecs=vp9"), false);
  assert.equal(isSupportedForBuffer("video/mp4; codecs=foo"), false);
});

test("canPlayType is the surer the more is said", async () => {
  withDecoders(() => true);
  const { canPlayType } = await load("types.ts");
  assert.equal(canPlayType("video/mp4"), "maybe");
  assert.equal(canPlayType("video/mp4;codecs=avc1.42E01E"), "probably");
  assert.equal(canPlayType("audio/mpeg"), "probably", "which says it all");
  assert.equal(canPlayType("video/webm"), "");
  assert.equal(canPlayType("video/mp4;codecs=vp8"), "");
});

test("what the decoders refuse is unsupported once they have been asked", async () => {
  withDecoders((codec) => !codec.startsWith("vp09") && codec !== "mp4a.40.5");
  const { isTypeSupported, typesReady } = await load("types.ts");
  assert.equal(isTypeSupported("video/mp4;codecs=vp09.00.10.08"), true, "the table's answer");
  await typesReady();
  assert.equal(isTypeSupported("video/mp4;codecs=vp09.00.10.08"), false);
  assert.equal(isTypeSupported("video/mp4;codecs=vp09.00.51.08"), false, "the whole family");
  assert.equal(isTypeSupported("audio/mp4;codecs=mp4a.40.29"), false, "SBR and PS stand together");
  assert.equal(isTypeSupported('video/mp4;codecs="avc1.42E01E,mp4a.40.2"'), true);
});

test("a level that H.264 does not have is no reason to refuse", async () => {
  const levels = /(0[9a-d]|1[4-6]|1[ef]|20|2[89a]|3[2-4]|3[c-e])$/i;
  withDecoders((codec) => !codec.startsWith("avc1") || levels.test(codec));
  const { isTypeSupported, typesReady } = await load("types.ts");
  await typesReady();
  isTypeSupported("video/mp4;codecs=avc1.4D4001");
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(isTypeSupported("video/mp4;codecs=avc1.4D4001"), true);
});

test("profiles that decoders may lack are supported only when they say so", async () => {
  withDecoders(() => true);
  const { isTypeSupported, typesReady } = await load("types.ts");
  await typesReady();
  const high10 = "video/mp4;codecs=avc1.6E0020";
  assert.equal(isTypeSupported(high10), false, "asking begins");
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(isTypeSupported(high10), true, "the decoder has answered");
});

test("nothing is supported without WebCodecs", async () => {
  const { isTypeSupported, typesReady } = await load("types.ts");
  await typesReady();
  assert.equal(isTypeSupported("audio/mp4;codecs=mp4a.40.2"), false);
});
