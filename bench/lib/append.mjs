// The package beside the browser's own MediaSource: appending, memory, removal.

import { Meter, median } from "./measure.mjs";
import { table } from "./report.mjs";

const PIECES = { "64 KiB": 64 << 10, "1 MiB": 1 << 20, segments: 0 };
export const SIDES = { native: "append.html", ours: "append.html?ours" };
/** Sound beside which another of this many bytes still fits under every browser's quota. */
const MOST_SOUND = 5_000_000;

/** Of fewer bytes the process does not tell: its memory goes up and down by ten million by itself. */
const LEAST_WEIGHED = 50_000_000;

export async function append({ openPage, media, passes, report }) {
  for (const medium of media.filter(({ container }) => !["mp4", "played"].includes(container))) {
    if (!(await playable(openPage, medium))) {
      console.log(`\n${medium.name}: not supported by both sides`);
      continue;
    }
    const sides = {};
    for (const [side, path] of Object.entries(SIDES)) {
      sides[side] = await measure(() => openPage(path), medium, passes);
      report.add({ part: "append", medium: medium.name, side, ...sides[side] });
    }
    show(medium, sides);
  }
}

export async function playable(openPage, { type }) {
  for (const path of Object.values(SIDES)) {
    const page = await openPage(path);
    const supported = await page.evaluate((type) => MediaSource.isTypeSupported(type), type);
    await page.close();
    if (!supported) return false;
  }
  return true;
}

async function measure(open, medium, passes) {
  const result = { append: await throughput(open, medium, passes) };
  result.memory = await memory(open, medium);
  return result;
}

/** A page with the file loaded and an empty SourceBuffer. */
export async function ready(open, medium) {
  const page = await open();
  const { length } = await page.evaluate((medium) => bench.load(medium), medium);
  const most = medium.type.startsWith("audio") ? MOST_SOUND : length;
  const parts = await page.evaluate((most) => bench.parts(most), most);
  await page.evaluate(() => bench.open());
  return { page, meter: await Meter.of(page), length, parts };
}

/** Appends all of it again and again. Sound is removed each time the quota comes near, which is not measured. */
async function throughput(open, medium, passes) {
  const { page, meter, length, parts } = await ready(open, medium);
  const results = {};
  for (const [name, piece] of Object.entries(PIECES)) {
    const times = (results[name] = { wall: [], thread: [], process: [] });
    for (let pass = -1; pass < passes; pass++) {
      const sum = { wall: 0, thread: 0, process: 0 };
      for (let i = 1; i < parts.length; i++) {
        const spent = await meter.time((...input) => bench.append(...input), parts[i - 1], parts[i], piece);
        for (const kind in sum) sum[kind] += spent[kind];
        await page.evaluate(() => bench.remove(0));
      }
      if (pass >= 0) for (const kind in sum) times[kind].push(sum[kind]);
    }
  }
  await page.close();
  return { length, ...results };
}

/** Bytes of memory for each byte appended, where there are enough of them, and how long it takes to remove half of them. */
async function memory(open, medium) {
  const { page, meter, parts } = await ready(open, medium);
  const to = parts[1];
  const half = Math.floor(to / 2 / (1 << 20)) * (1 << 20) || Math.floor(to / 2);
  const start = await meter.memory();
  await page.evaluate((...input) => bench.append(...input), 0, half, 1 << 20);
  const middle = await meter.memory();
  await page.evaluate((...input) => bench.append(...input), half, to, 1 << 20);
  const end = await meter.memory();
  const remove = await meter.time(async () => bench.remove(0, bench.end() / 2));
  const ranges = await page.evaluate(() => bench.ranges());
  await page.close();
  const held = to < LEAST_WEIGHED ? {} : { marginal: (end - middle) / (to - half), all: (end - start) / to };
  return { ...held, removeHalf: remove.wall, ranges };
}

function show(medium, { native, ours }) {
  const megabytes = native.append.length / 1e6;
  const rows = [];
  const row = (name, of, ratio = (ours, native) => ours / native) => {
    const [theirs, mine] = [of(native), of(ours)];
    if (Number.isFinite(theirs) && Number.isFinite(mine)) rows.push([name, theirs, mine, ratio(mine, theirs)]);
  };
  for (const piece of Object.keys(PIECES)) {
    row(`append, MB/s, ${piece}`, ({ append }) => megabytes / (median(append[piece].wall) / 1000));
    row(`  page thread, ms/MB`, ({ append }) => median(append[piece].thread) / megabytes);
    row(`  all threads, ms/MB`, ({ append }) => median(append[piece].process) / megabytes);
  }
  row("bytes held per byte, marginal", ({ memory }) => memory.marginal);
  row("bytes held per byte, all", ({ memory }) => memory.all);
  row("remove half, ms", ({ memory }) => memory.removeHalf);
  table(`MediaSource, ${medium.name}: ${megabytes.toFixed(0)} MB`, ["", "native", "ours", "ours / native"], rows);
}
