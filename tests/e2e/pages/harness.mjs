// Drives a media element and reads what it really shows: frame numbers out of its pixels. Loaded by all test pages,
// with the polyfill and without; tests use it as `harness`.

import { SampleClock } from "./analysis.mjs";

const facts = await (await fetch("/clips/clips.json")).json();

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Resolves with the event; rejects when it does not come. */
function once(target, type, timeout = 10_000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${type} within ${timeout} ms`)), timeout);
    const done = (event) => {
      clearTimeout(timer);
      resolve(event);
    };
    target.addEventListener(type, done, { once: true });
  });
}

/** Resolves when the condition holds; rejects when it does not come to. */
async function until(condition, what, timeout = 10_000) {
  const deadline = performance.now() + timeout;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${timeout} ms: ${what}`);
    await sleep(5);
  }
}

/** The promise; rejects when it has not settled in time. */
function within(promise, what, timeout = 10_000) {
  const late = sleep(timeout).then(() => Promise.reject(new Error(`not within ${timeout} ms: ${what}`)));
  return Promise.race([promise, late]);
}

/** Bytes as text. */
function base64(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 4096) binary += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return btoa(binary);
}

/** The name of what the call throws, or undefined. */
function thrown(call) {
  try {
    call();
  } catch (error) {
    return { name: error.name, isDOMException: error instanceof DOMException, message: error.message };
  }
  return undefined;
}

/** Ranges as pairs. */
const pairs = (ranges) => Array.from({ length: ranges.length }, (_, index) => [ranges.start(index), ranges.end(index)]);

// ---- media source ----------------------------------------------------------------------------------------------------

const bytesOf = async (file) => new Uint8Array(await (await fetch(`/clips/${file}`)).arrayBuffer());

/**
 * A new element with an open MediaSource and a SourceBuffer of the type, and the log of their events from the very
 * beginning. All of it is `harness.current` too.
 */
async function open(type) {
  document.body.replaceChildren();
  const video = document.createElement("video");
  const mediaSource = new MediaSource();
  const entries = [];
  log(entries, "video", video);
  log(entries, "mediaSource", mediaSource);
  log(entries, "sourceBuffers", mediaSource.sourceBuffers);
  log(entries, "activeSourceBuffers", mediaSource.activeSourceBuffers);
  video.src = URL.createObjectURL(mediaSource);
  document.body.append(video);
  await once(mediaSource, "sourceopen");
  const sourceBuffer = mediaSource.addSourceBuffer(type);
  log(entries, "sourceBuffer", sourceBuffer);
  return (harness.current = { video, mediaSource, sourceBuffer, entries });
}

/** Appends and waits for the end of it. */
async function append(sourceBuffer, bytes) {
  const failed = once(sourceBuffer, "error", 60_000).then(() => {
    throw new Error(`append failed: ${harness.current?.video.error?.message ?? "no reason given"}`);
  });
  failed.catch(() => {}); // one that never comes is not unhandled
  const updated = once(sourceBuffer, "updateend", 60_000);
  sourceBuffer.appendBuffer(bytes);
  await Promise.race([updated, failed]);
}

/** Appends in pieces of this many bytes. */
async function appendPieces(sourceBuffer, bytes, size) {
  for (let at = 0; at < bytes.length; at += size) await append(sourceBuffer, bytes.subarray(at, at + size));
}

/** Opens and appends a whole clip; `end` calls endOfStream. */
async function load(file, { end = false } = {}) {
  const current = await open(facts.files[file].type);
  await append(current.sourceBuffer, await bytesOf(file));
  if (end) current.mediaSource.endOfStream();
  await until(() => current.video.readyState >= 2, "the first frame");
  return current;
}

/** Seeks and waits for `seeked`. */
async function seek(video, time) {
  const seeked = once(video, "seeked");
  video.currentTime = time;
  await seeked;
}

/** What the element says of itself. */
function state(video) {
  const { currentTime, duration, paused, readyState, videoWidth, videoHeight, seeking, ended, networkState } = video;
  return {
    currentTime, duration, paused, readyState, videoWidth, videoHeight, seeking, ended, networkState,
    buffered: pairs(video.buffered),
    seekable: pairs(video.seekable),
    error: video.error && { code: video.error.code, message: video.error.message },
  };
}

// ---- pictures --------------------------------------------------------------------------------------------------------

const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

/** Mean luma of a square. */
function luma({ data, width }, left, top, size) {
  let sum = 0;
  for (let y = top; y < top + size; y++) {
    for (let x = left; x < left + size; x++) {
      const at = (y * width + x) * 4;
      sum += 0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2];
    }
  }
  return sum / (size * size);
}

/**
 * What the element shows now: { frame, flash }; frame is -1 for a picture that is no frame of a clip. `turn` in degrees is how
 * far it is turned clockwise; its size does not matter.
 */
function look(video, turn = 0) {
  const { width, height, grid, flash } = facts;
  context.canvas.width = width; // this clears it: an element that draws nothing reads as nothing
  context.canvas.height = height;
  const [across, down] = turn % 180 === 0 ? [width, height] : [height, width];
  context.translate(width / 2, height / 2);
  context.rotate((-turn * Math.PI) / 180);
  context.drawImage(video, -across / 2, -down / 2, across, down);
  const picture = context.getImageData(0, 0, width, height);
  const margin = grid.block / 2 - 5;
  let code = 0;
  let clear = true;
  for (let bit = 0; bit < grid.count * grid.count; bit++) {
    const left = grid.left + (bit % grid.count) * grid.block + margin;
    const top = grid.top + Math.floor(bit / grid.count) * grid.block + margin;
    const value = luma(picture, left, top, 10);
    clear &&= value < 80 || value > 175;
    code = (code << 1) | (value > 128 ? 1 : 0);
  }
  const number = code >> 4;
  const check = (number ^ (number >> 4) ^ (number >> 8) ^ 0b1010) & 0b1111;
  return {
    frame: clear && check === (code & 0b1111) ? number : -1,
    flash: luma(picture, flash.left + 20, flash.top + 10, 20) > 128,
  };
}

/** Waits until the element shows this frame; returns the frame that it shows in the end either way. */
async function lookFor(video, frame, turn = 0, timeout = 2_000) {
  const deadline = performance.now() + timeout;
  let seen = look(video, turn).frame;
  while (seen !== frame && performance.now() < deadline) {
    await new Promise(requestAnimationFrame);
    seen = look(video, turn).frame;
  }
  return seen;
}

/** Looks at the element before every repaint until stopped. Wall times are milliseconds since 1970. */
function watch(video) {
  const seen = [];
  let running = true;
  const tick = () => {
    if (!running) return;
    const wall = performance.timeOrigin + performance.now();
    const before = video.currentTime;
    const { frame, flash } = look(video);
    seen.push({ wall, before, time: video.currentTime, frame, flash });
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  return {
    seen,
    stop() {
      running = false;
      return seen;
    },
  };
}

// ---- sound -----------------------------------------------------------------------------------------------------------

const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
  process([input]) {
    this.port.postMessage({ frame: currentFrame, channels: input.map((channel) => channel.slice()) });
    return true;
  }
});`;

/** The way of an element's sound through Web Audio: it has one for all its life. */
const taps = new WeakMap();

async function tapOf(video) {
  const audio = new AudioContext({ sampleRate: facts.sampleRate });
  await audio.audioWorklet.addModule(URL.createObjectURL(new Blob([TAP], { type: "text/javascript" })));
  await within(audio.resume(), "a running AudioContext");
  return { audio, source: audio.createMediaElementSource(video) };
}

/**
 * Records the element's sound through Web Audio: stop() gives a recording (analysis.mjs). Chromium gives silence here for
 * an element that plays a MediaStream; there the tests record what leaves the browser instead (lib/sound.mjs).
 */
async function listen(video) {
  if (!taps.has(video)) taps.set(video, await tapOf(video));
  const { audio, source } = taps.get(video);
  const node = new AudioWorkletNode(audio, "tap");
  const blocks = [];
  const clock = new SampleClock(audio.sampleRate);
  node.port.onmessage = ({ data }) => {
    blocks.push(data);
    clock.delivered(data.frame + 128 - blocks[0].frame, performance.timeOrigin + performance.now());
  };
  source.connect(node).connect(audio.destination);
  return {
    stop() {
      source.disconnect();
      node.disconnect();
      const first = blocks[0]?.frame ?? 0;
      const length = blocks.length ? blocks.at(-1).frame + 128 - first : 0;
      const left = new Float32Array(length);
      const right = new Float32Array(length);
      for (const { frame, channels } of blocks) {
        if (channels[0]) left.set(channels[0], frame - first);
        if (channels[0]) right.set(channels[1] ?? channels[0], frame - first);
      }
      return { left, right, zeros: clock.zeros };
    },
  };
}

// ---- events ----------------------------------------------------------------------------------------------------------

const EVENTS = {
  video: [
    "abort", "canplay", "canplaythrough", "durationchange", "emptied", "ended", "error", "loadeddata",
    "loadedmetadata", "loadstart", "pause", "play", "playing", "progress", "ratechange", "resize", "seeked", "seeking",
    "stalled", "suspend", "timeupdate", "volumechange", "waiting",
  ],
  mediaSource: ["sourceopen", "sourceended", "sourceclose"],
  sourceBuffer: ["updatestart", "update", "updateend", "error", "abort"],
  list: ["addsourcebuffer", "removesourcebuffer"],
};

/** Adds "name event" to the log whenever the target fires one. */
function log(entries, name, target) {
  for (const type of EVENTS[/Buffers$/.test(name) ? "list" : name]) {
    target.addEventListener(type, () => entries.push(`${name} ${type}`));
  }
}

globalThis.harness = {
  facts, sleep, once, until, within, base64, thrown, pairs, bytesOf, open, append, appendPieces, load, seek, state, look, lookFor,
  watch, listen, log, current: undefined,
};
