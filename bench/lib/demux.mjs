// What it costs to find every frame of a file: ours, and other libraries, in the same browser.

import { Meter, median } from "./measure.mjs";
import { table } from "./report.mjs";

const PIECES = { "64 KiB": 64 << 10, "1 MiB": 1 << 20 };

export async function demux({ openPage, media, passes, report }) {
  for (const medium of media) {
    const rows = [];
    let expected;
    for (const name of await namesFor(openPage, medium)) {
      for (const [piece, size] of name.takesPieces ? Object.entries(PIECES) : [["", 0]]) {
        const row = await measure(openPage, medium, name.name, size, passes);
        expected ??= row.tally;
        const wrong = differs(row.tally, expected, name.partial);
        if (wrong) throw new Error(`${name.name} disagrees on ${medium.file}: ${wrong}`);
        rows.push({ library: name.name, piece, ...row });
        report.add({ part: "demux", medium: medium.name, library: name.name, piece, ...row });
      }
    }
    if (!rows.length) {
      console.log(`\n${medium.name}: no demuxer of ours reads it yet`);
      continue;
    }
    const best = median(rows[1].process ?? rows[1].wall);
    table(
      `demux ${medium.name}: ${expected.frames} frames, ${(expected.bytes / 1e6).toFixed(0)} MB; CPU ms a pass`,
      ["", "pieces", "min", "median", "page thread", "/ ours"],
      rows.map(({ library, piece, wall, thread, process }) => {
        const times = process ?? wall;
        return [library, piece, Math.min(...times), median(times), thread && median(thread), median(times) / best];
      }),
    );
  }
}

/** The libraries that read the medium; none when ours does not. */
async function namesFor(openPage, { type, container }) {
  const page = await openPage("demux.html");
  const names = await page.evaluate(
    (type, container) =>
      bench.reads(type)
        ? bench.names().map((name) => ({ name, ...bench.facts(name, container) })).filter(({ reads }) => reads)
        : [],
    type,
    container,
  );
  await page.close();
  return names;
}

/** Each in a page of its own: no heap of one is another's. */
async function measure(openPage, medium, name, size, passes) {
  const page = await openPage("demux.html");
  await page.evaluate((...input) => bench.load(...input), medium, name, size);
  const meter = await Meter.of(page);
  const row = { wall: [], thread: [], process: [] };
  // The first pass compiles.
  for (let pass = -1; pass < passes; pass++) {
    const { result, ...spent } = await meter.time((name) => bench.run(name), name);
    row.tally = result;
    if (pass >= 0) for (const kind in row) if (kind !== "tally") row[kind].push(spent[kind]);
  }
  await page.close();
  if (Number.isNaN(row.thread[0])) row.thread = row.process = undefined;
  return row;
}

/** What of two tallies does not agree. Some libraries leave key flags to others. */
function differs(tally, expected, partial) {
  const keys = ["frames", "bytes", "edges", ...(partial ? [] : ["keys"])];
  return keys
    .filter((key) => tally[key] !== expected[key])
    .map((key) => `${key} ${tally[key]}, not ${expected[key]}`)
    .join(", ");
}
