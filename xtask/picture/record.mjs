// node xtask/picture/record.mjs OUT.webp [FRAMES]    (`cargo xtask picture` prepares all that it needs)
//
// Films xtask/picture/index.html in headless Chromium: frames as the browser paints them, at their times. They are left in the
// directory FRAMES, if one is named.

import { execFileSync } from "node:child_process";
import { closeSync, createReadStream, mkdirSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { launch } from "../../tests/e2e/lib/browser.mjs";
import { serve } from "../serve.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
/** Of the true speed: so slowly that no frame is missed on a busy machine. */
const PACE = 0.25;
/** Bytes of the clip, and how many seconds of the picture it takes to come. */
const PIECE = 24_000;
const LASTS = 3.2;
const FRAMES_A_SECOND = 8;
const [WIDTH, HEIGHT] = [960, 440];
const QUALITY = 62;

const clip = here("../../www/media/clip.mp4");

/** The clip by a slow network. */
async function slowly(response) {
  const { size } = statSync(clip);
  response.writeHead(200, { "content-type": "video/mp4", "content-length": size, "cache-control": "no-store" });
  for await (const piece of createReadStream(clip, { highWaterMark: PIECE })) {
    if (!response.writable) return;
    response.write(piece);
    await sleep((1000 * LASTS * PIECE) / size / PACE);
  }
  response.end();
}

/**
 * Makes the animation: of each frame what differs from the one before. Animation encoders that compare frames by themselves
 * leave what changes slowly as it was, and a dawn becomes a patchwork.
 */
function assemble(concat, out) {
  const raw = join(frames, "frames.raw");
  const input = ["-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", concat];
  execFileSync("ffmpeg", [...input, "-vf", `fps=${FRAMES_A_SECOND}`, "-pix_fmt", "rgb24", "-f", "rawvideo", raw]);
  const file = openSync(raw, "r");
  const size = WIDTH * HEIGHT * 3;
  const parts = [];
  let before = Buffer.alloc(0);
  for (let index = 0; (index + 1) * size <= statSync(raw).size; index++) {
    const frame = Buffer.alloc(size);
    readSync(file, frame, 0, size, index * size);
    const area = difference(before, frame);
    before = frame;
    if (!area) {
      parts.at(-1).lasts += 1000 / FRAMES_A_SECOND;
      continue;
    }
    const { x, y, width, height } = area;
    const rows = Array.from({ length: height }, (_, row) => {
      const start = ((y + row) * WIDTH + x) * 3;
      return frame.subarray(start, start + width * 3);
    });
    const part = join(frames, `part-${index}.webp`);
    const from = ["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${width}x${height}`, "-i", "-"];
    execFileSync("ffmpeg", [...from, "-c:v", "libwebp", "-quality", `${QUALITY}`, "-compression_level", "6", part], { input: Buffer.concat(rows) });
    parts.push({ part, x, y, lasts: 1000 / FRAMES_A_SECOND });
  }
  closeSync(file);
  const placed = parts.flatMap(({ part, x, y, lasts }) => ["-frame", part, `+${lasts}+${x}+${y}+0-b`]);
  execFileSync("webpmux", [...placed, "-loop", "0", "-o", out]);
  return parts.length;
}

/** The area in which two frames differ, its corner at even numbers as WebP wants it; undefined when they are the same. */
function difference(before, frame) {
  if (before.equals(frame)) return undefined;
  let [left, top, right, bottom] = before.length ? [WIDTH, HEIGHT, 0, 0] : [0, 0, WIDTH, HEIGHT];
  for (let at = 0; at < frame.length && before.length; at += 3) {
    if (before[at] === frame[at] && before[at + 1] === frame[at + 1] && before[at + 2] === frame[at + 2]) continue;
    const [x, y] = [(at / 3) % WIDTH, Math.floor(at / 3 / WIDTH)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
  }
  const [x, y] = [left - (left % 2), top - (top % 2)];
  return { x, y, width: right - x, height: bottom - y };
}

const site = await serve(
  { "/": here("."), "/dist": here("../../pkg/dist") },
  {
    answer(_, response, path) {
      if (path !== "/clip.mp4") return false;
      void slowly(response);
      return true;
    },
  },
);
const frames = process.argv[3] ?? mkdtempSync(join(tmpdir(), "picture-"));
mkdirSync(frames, { recursive: true });
const browser = await launch("chromium", { protocolTimeout: 300_000 });
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`  page: ${error.message ?? error}`));
  await page.setViewport({ width: WIDTH, height: HEIGHT });
  await page.goto(`${site.origin}/?pace=${PACE}`, { waitUntil: "load" });
  await page.waitForFunction(() => globalThis.play);
  const session = await page.createCDPSession();
  const taken = [];
  session.on("Page.screencastFrame", ({ data, metadata, sessionId }) => {
    const file = join(frames, `${String(taken.length).padStart(5, "0")}.png`);
    writeFileSync(file, Buffer.from(data, "base64"));
    taken.push({ file, time: metadata.timestamp });
    void session.send("Page.screencastFrameAck", { sessionId }).catch(() => {});
  });
  await session.send("Page.startScreencast", { format: "png", everyNthFrame: 1 });
  await page.evaluate(() => play());
  const end = Date.now() / 1000;
  await session.send("Page.stopScreencast");
  const list = taken.map(({ file, time }, index) => {
    const lasts = Math.max(0.001, ((taken[index + 1]?.time ?? end) - time) * PACE);
    return `file '${file}'\nduration ${lasts.toFixed(4)}`;
  });
  const concat = join(frames, "frames.txt");
  writeFileSync(concat, `ffconcat version 1.0\n${list.join("\n")}\n`);
  const count = assemble(concat, process.argv[2]);
  console.log(`${taken.length} frames painted, ${count} kept, ${statSync(process.argv[2]).size} bytes`);
} finally {
  await browser.close();
  await site.close();
  if (!process.argv[3]) rmSync(frames, { recursive: true, force: true });
}
