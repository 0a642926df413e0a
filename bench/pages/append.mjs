// The page in which a MediaSource is measured, the browser's own or ours; the runner calls `bench`.

import { segments } from "./boxes.mjs";

let bytes;
let type;
let cuts;
let video;
let mediaSource;
let sourceBuffer;

/** Says what did not come. */
function within(promise, what, limit = 20_000) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`no ${what} within ${limit} ms`)), limit));
  return Promise.race([promise, late]);
}

const once = (target, event) =>
  within(new Promise((resolve) => target.addEventListener(event, resolve, { once: true })), event);

/** Resolves when the SourceBuffer has done what it was asked for. Costs next to nothing: it is part of what is measured. */
const settled = () =>
  new Promise((resolve, reject) => {
    sourceBuffer.onupdateend = resolve;
    sourceBuffer.onerror = () => reject(new Error(video.error?.message ?? "the append failed"));
  });

/** Resolves with the time of the next picture that the element shows. */
const shown = () =>
  within(new Promise((resolve) => video.requestVideoFrameCallback(() => resolve(performance.now()))), "picture");

/** A new element with an open, empty SourceBuffer. */
async function open() {
  video?.remove();
  video?.removeAttribute("src");
  video?.load();
  video = document.createElement("video");
  video.width = 320;
  mediaSource = new MediaSource();
  video.src = URL.createObjectURL(mediaSource);
  document.body.append(video);
  await once(mediaSource, "sourceopen");
  sourceBuffer = mediaSource.addSourceBuffer(type);
}

/** Seeks, and resolves with how long it took until the picture was shown and `seeked` fired. */
async function seek(time) {
  const start = performance.now();
  const seeked = once(video, "seeked");
  const picture = shown();
  video.currentTime = time;
  await seeked;
  return Math.max(performance.now(), await picture) - start;
}

globalThis.bench = {
  /** Fetches a file; returns its length in bytes and how many segments it has. */
  async load(media) {
    type = media.type;
    bytes = new Uint8Array(await (await fetch(`/media/${media.file}`)).arrayBuffer());
    cuts = segments(bytes);
    return { length: bytes.length, segments: cuts.length - 2 };
  },

  open,

  /** Appends a range of the file in pieces of so many bytes, or segment by segment when `piece` is 0. */
  async append(from, to, piece) {
    if (piece) {
      for (let at = from; at < to; at += piece) {
        sourceBuffer.appendBuffer(bytes.subarray(at, Math.min(at + piece, to)));
        await settled();
      }
      return;
    }
    for (let i = 1; i < cuts.length; i++) {
      if (cuts[i - 1] < from || cuts[i] > to) continue;
      sourceBuffer.appendBuffer(bytes.subarray(cuts[i - 1], cuts[i]));
      await settled();
    }
  },

  /** Cuts of the file into parts of at most about so many bytes, at segments. */
  parts(most) {
    const parts = [0];
    for (const [i, cut] of cuts.entries()) {
      if (i + 1 === cuts.length || cuts[i + 1] - parts.at(-1) > most) parts.push(cut);
    }
    return parts;
  },

  async remove(start, end) {
    sourceBuffer.remove(start, end ?? Infinity);
    await settled();
  },

  /** End of what is buffered, in seconds. */
  end: () => video.buffered.end(video.buffered.length - 1),

  /** How many ranges there are. */
  ranges: () => video.buffered.length,

  /** Appends the first segment; milliseconds until its first picture is shown: since the source was made, since the append. */
  async firstFrame() {
    const made = performance.now();
    await open();
    const appended = performance.now();
    const picture = shown();
    sourceBuffer.appendBuffer(bytes.subarray(0, cuts[2]));
    const at = await picture;
    await settledOrIdle();
    return { attach: at - made, append: at - appended };
  },

  seek,

  /** Seeks, so that playing begins with all that it needs. */
  startAt: seek,

  /** Plays for so long; every second the page is blocked for `block` milliseconds. */
  async play(seconds, block) {
    const before = { ...quality() };
    await video.play();
    for (let second = 0; second < seconds; second++) {
      await new Promise((resolve) => setTimeout(resolve, 1_000 - block));
      for (const end = performance.now() + block; performance.now() < end; );
    }
    video.pause();
    const after = quality();
    return { dropped: after.dropped - before.dropped, total: after.total - before.total };
  },
};

function quality() {
  const { droppedVideoFrames: dropped, totalVideoFrames: total } = video.getVideoPlaybackQuality();
  return { dropped, total };
}

async function settledOrIdle() {
  if (sourceBuffer.updating) await settled();
}
