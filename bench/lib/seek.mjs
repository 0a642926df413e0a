// The package beside the browser's own MediaSource: time to the first frame, and seeks.

import { SIDES, playable, ready } from "./append.mjs";
import { median, quantile } from "./measure.mjs";
import { table } from "./report.mjs";

/** Milliseconds of nothing before a first frame that is to be a warm one. */
const QUIET = 1_500;

/** How often each side has its turn; every turn makes the same seeks. */
const ROUNDS = 3;

/** Milliseconds that somebody looks at a picture before the next step. */
const LOOK = 300;

const empty = () => ({ firstFrame: { cold: [], second: [], warm: [] }, random: [], forward: [], looking: [] });

const KINDS = {
  random: "random seek",
  forward: "seek on in the same group of pictures",
  looking: `the same, ${LOOK} ms after the one before`,
};

export async function seek({ openPage, media, quick, report }) {
  const seen = media.filter(({ container, type }) => !["mp4", "played"].includes(container) && type.startsWith("video"));
  for (const medium of seen) {
    if (!(await playable(openPage, medium))) {
      console.log(`\n${medium.name}: not supported by both sides`);
      continue;
    }
    const sides = { native: empty(), ours: empty() };
    // In turn: what else the machine has to do changes.
    for (let round = 0; round < ROUNDS; round++) {
      for (const [side, path] of Object.entries(SIDES)) {
        const open = () => openPage(path);
        await firstFrame(open, medium, quick ? 1 : 3, sides[side].firstFrame);
        await seeks(open, medium, quick ? 5 : 25, sides[side]);
      }
    }
    for (const side in sides) report.add({ part: "seek", medium: medium.name, side, ...sides[side] });
    show(medium, sides);
  }
}

/**
 * The first source of a page, the second when it comes at once, and one that comes when all has been quiet for a while.
 */
async function firstFrame(open, medium, times, result) {
  for (let i = 0; i < times; i++) {
    const page = await open();
    await page.evaluate((medium) => bench.load(medium), medium);
    result.cold.push(await page.evaluate(() => bench.firstFrame()));
    result.second.push(await page.evaluate(() => bench.firstFrame()));
    await new Promise((resolve) => setTimeout(resolve, QUIET));
    result.warm.push(await page.evaluate(() => bench.firstFrame()));
    await page.close();
  }
}

/** Seeks all over, and steps of half a second within a group of pictures: one after the other, and with looks between. */
async function seeks(open, medium, times, result) {
  const { page, length } = await ready(open, medium);
  await page.evaluate((...input) => bench.append(...input), 0, length, 1 << 20);
  const end = await page.evaluate(() => bench.end());
  const [random, forward, looking] = [[], [], []];
  let state = 20_000_003;
  for (let i = -1; i < times; i++) {
    state = (state * 48271) % 2147483647;
    const took = await page.evaluate((time) => bench.seek(time), 0.1 + (state / 2147483647) * (end - 0.2));
    if (i >= 0) random.push(took);
  }
  for (let group = 0; forward.length < times && group + 2 <= end; group += 2) {
    await page.evaluate((time) => bench.seek(time), group + 0.11);
    for (const step of [0.61, 1.11]) {
      forward.push(await page.evaluate((time) => bench.seek(time), group + step));
    }
  }
  for (let group = 0; looking.length < times / 2 && group + 2 <= end; group += 2) {
    await page.evaluate((time) => bench.seek(time), group + 0.11);
    for (const step of [0.61, 1.11]) {
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      looking.push(await page.evaluate((time) => bench.seek(time), group + step));
    }
  }
  await page.close();
  result.random.push(random);
  result.forward.push(forward);
  result.looking.push(looking);
}

/** The shortest of each place over the rounds: what a machine with nothing else to do would measure. */
const best = ([first, ...others]) => first.map((value, at) => Math.min(value, ...others.map((round) => round[at])));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function show(medium, { native, ours }) {
  const rows = [];
  const row = (name, of, ratio = (ours, native) => ours / native) => {
    const [theirs, mine] = [of(native), of(ours)];
    if (Number.isFinite(theirs) && Number.isFinite(mine)) rows.push([name, theirs, mine, ratio(mine, theirs)]);
  };
  for (const state of ["cold", "second", "warm"]) {
    for (const since of ["attach", "append"]) {
      row(`first frame since ${since}, ${state}, ms`, ({ firstFrame }) =>
        median(firstFrame[state].map((times) => times[since])),
      );
    }
  }
  for (const [kind, name] of Object.entries(KINDS)) {
    row(`${name}, median ms`, (side) => median(side[kind].flat()));
    row("  p95", (side) => quantile(side[kind].flat(), 0.95));
    row(`  each at its best of ${ROUNDS}, mean`, (side) => mean(best(side[kind])));
  }
  table(`Seeing, ${medium.name}`, ["", "native", "ours", "ours / native"], rows);
}
