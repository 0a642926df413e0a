// A minute of playing beside the browser's own MediaSource: dropped frames, what it takes of the processor, memory.

import { SIDES, playable } from "./append.mjs";
import { Meter } from "./measure.mjs";
import { table } from "./report.mjs";

/** For how many milliseconds of each second the page is blocked. */
const BLOCKS = { idle: 0, blocked: 300 };

export async function play({ openPage, media, quick, report }) {
  for (const medium of media.filter(({ container }) => container === "played")) {
    if (!(await playable(openPage, medium))) {
      console.log(`\n${medium.name}: not supported by both sides`);
      continue;
    }
    const sides = {};
    for (const [side, path] of Object.entries(SIDES)) {
      sides[side] = await measure(() => openPage(path), medium, quick ? 3 : 60);
      report.add({ part: "play", medium: medium.name, side, ...sides[side] });
    }
    show(medium, sides);
  }
}

async function measure(open, medium, seconds) {
  const result = {};
  for (const [kind, block] of Object.entries(BLOCKS)) {
    const page = await open();
    const meter = await Meter.of(page);
    const { length } = await page.evaluate((medium) => bench.load(medium), medium);
    await page.evaluate(() => bench.open());
    await page.evaluate((...input) => bench.append(...input), 0, length, 1 << 20);
    await page.evaluate(() => bench.startAt(1));
    const { result: frames, thread, process } = await meter.time((...input) => bench.play(...input), seconds, block);
    const memory = await meter.memory();
    result[kind] = { ...frames, thread: thread / seconds, process: process / seconds, memory };
    await page.close();
  }
  return result;
}

function show(medium, { native, ours }) {
  const rows = [];
  const row = (name, of, ratio = (ours, native) => ours / native) => {
    const [theirs, mine] = [of(native), of(ours)];
    if (Number.isFinite(theirs) && Number.isFinite(mine)) rows.push([name, theirs, mine, ratio(mine, theirs)]);
  };
  for (const kind of Object.keys(BLOCKS)) {
    row(`frames dropped, page ${kind}`, (side) => side[kind].dropped, () => "");
    row("  of", (side) => side[kind].total, () => "");
  }
  // Blocking is itself the page thread's time.
  row("page thread, ms a second", ({ idle }) => idle.thread);
  row("all threads of the page, ms a second", ({ idle }) => idle.process);
  row("memory after it, MB", ({ idle }) => idle.memory / 1e6);
  table(`Playing, ${medium.name}`, ["", "native", "ours", "ours / native"], rows);
}
