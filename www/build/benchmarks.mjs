// The page of benchmarks, from docs/benchmarks.json: what ours takes, by what the browser's own MediaSource takes.

import { median, quantile } from "../../bench/lib/measure.mjs";
import { asTable, browserName, text } from "./html.mjs";

const SEEN = ["h264", "h264, a fragment a frame", "vp9", "aac, tiny frames", "opus, tiny frames", "1080p30", "720p60"];
const MEDIA = {
  h264: "H.264 720p, fragments of 2 s",
  "h264, a fragment a frame": "H.264 720p, a fragment for each frame",
  vp9: "VP9 720p, WebM",
  "aac, tiny frames": "AAC, two hours, MP4",
  "opus, tiny frames": "Opus, two hours, WebM",
  "1080p30": "H.264 1080p, 30 frames a second",
  "720p60": "H.264 720p, 60 frames a second",
};

const megabytes = ({ append }) => append.length / 1e6;
const milliseconds = { unit: "ms", digits: 1 };

/** In every row less is better. `of` reads a side of a result. */
const PARTS = [
  {
    part: "append",
    title: "Appending",
    rows: [
      ...["64 KiB", "1 MiB", "segments"].map((piece) => ({
        name: { "64 KiB": "Time, pieces of 64 KiB", "1 MiB": "Time, pieces of 1 MiB", segments: "Time, a segment each" }[piece],
        unit: "ms/MB",
        digits: 2,
        of: (side) => median(side.append[piece].wall) / megabytes(side),
      })),
      { name: "Page’s thread, pieces of 1 MiB", unit: "ms/MB", digits: 2, of: (side) => median(side.append["1 MiB"].thread) / megabytes(side) },
      { name: "All threads, pieces of 1 MiB", unit: "ms/MB", digits: 2, of: (side) => median(side.append["1 MiB"].process) / megabytes(side) },
      { name: "Memory for each byte", unit: "", digits: 2, of: (side) => side.memory?.marginal },
      { name: "Removing half", ...milliseconds, of: (side) => side.memory?.removeHalf },
    ],
  },
  {
    part: "seek",
    title: "First frame",
    rows: [
      ...["cold", "second", "warm"].map((state) => ({
        name: { cold: "The page’s first source", second: "Another one at once", warm: "Another one after a pause" }[state],
        ...milliseconds,
        of: ({ firstFrame }) => median(firstFrame[state].map(({ attach }) => attach)),
      })),
    ],
  },
  {
    part: "seek",
    title: "Seeking",
    rows: [
      { name: "Anywhere, median", ...milliseconds, of: ({ random }) => median(random.flat()) },
      { name: "Anywhere, of twenty the slowest", ...milliseconds, of: ({ random }) => quantile(random.flat(), 0.95) },
      { name: "Half a second ahead, median", ...milliseconds, of: ({ forward }) => median(forward.flat()) },
      { name: "The same, 0.3 s after the one before", ...milliseconds, of: ({ looking }) => median(looking.flat()) },
    ],
  },
  {
    part: "play",
    title: "Playing for a minute",
    rows: [
      { name: "Page’s thread", unit: "ms/s", digits: 1, of: ({ idle }) => idle.thread },
      { name: "All threads", unit: "ms/s", digits: 0, of: ({ idle }) => idle.process },
      { name: "Memory after it", unit: "MB", digits: 0, of: ({ idle }) => idle.memory / 1e6 },
      { name: "Frames dropped", count: ({ idle }) => idle },
      { name: "Frames dropped, page blocked for 0.3 s each second", count: ({ blocked }) => blocked },
    ],
  },
];

/** The plot goes from a quarter to four times. */
const FARTHEST = 2;
const place = (ratio) => 50 + (Math.max(-FARTHEST, Math.min(FARTHEST, Math.log2(ratio))) / FARTHEST) * 50;
/** Closer than that is the same. */
const SAME = 0.1;

function plot(ratio) {
  const [from, to] = [50, place(ratio)].sort((a, b) => a - b);
  const kind = Math.abs(ratio - 1) < SAME ? "same" : ratio < 1 ? "better" : "worse";
  const lines = [0, 25, 75, 100].map((x) => `<line class="grid" x1="${x}%" x2="${x}%" y2="26"/>`);
  return `<svg class="ratio" width="100%" height="26" aria-hidden="true">${lines.join("")}<rect class="${kind}" x="${from.toFixed(1)}%" y="6" width="${(to - from).toFixed(1)}%" height="14"/><line class="one" x1="50%" x2="50%" y2="26"/></svg>`;
}

const AXIS = `<span class="axis" aria-hidden="true"><span>¼</span><span>½</span><span>1</span><span>2</span><span>4</span></span>`;

/** Results of both sides, by part and medium. */
function pairs(results) {
  const found = new Map();
  for (const result of results.filter(({ side, quick }) => side && !quick)) {
    const key = JSON.stringify([result.part, result.medium, result.browser]);
    found.set(key, { ...found.get(key), part: result.part, medium: result.medium, browser: result.browser, [result.side]: result });
  }
  return [...found.values()].filter(({ native, ours }) => native && ours);
}

function row({ name, unit, digits, of, count }, { native, ours }) {
  const head = `<th scope="row">${text(name)}</th>`;
  const labels = ["The browser’s own", "mse-polyfill"];
  if (count) {
    const cells = [native, ours].map(count).map(({ dropped, total }, side) => `<td class="number" data-label="${labels[side]}">${dropped} / ${total}</td>`);
    return `<tr>${head}${cells.join("")}<td></td><td class="plot"></td></tr>`;
  }
  const values = [native, ours].map((side) => {
    try {
      return of(side);
    } catch {
      // The part was not measured, or outside Chromium.
      return undefined;
    }
  });
  if (!values.every((value) => Number.isFinite(value) && value > 0)) return "";
  const [theirs, mine] = values;
  const number = (value, side) => `<td class="number" data-label="${labels[side]}">${value.toFixed(digits)}${unit ? ` ${unit}` : ""}</td>`;
  return `<tr>${head}${number(theirs, 0)}${number(mine, 1)}<td class="number ratio-cell" data-label="Ratio">${(mine / theirs).toFixed(2)}</td><td class="plot">${plot(mine / theirs)}</td></tr>`;
}

/** Under which conditions: the load is how many processes wanted to run at once. */
function conditions({ native, ours }, processors) {
  const loads = [native, ours].map(({ load }) => load).filter((load) => load !== undefined);
  const load = loads.length ? Math.max(...loads).toFixed(1) : "<span>not written down</span>";
  return `<dl class="conditions"><div><dt>Browser</dt><dd>${text(browserName(ours.browser ?? ""))}</dd></div><div><dt>Measured on</dt><dd>${text(ours.date ?? "")}</dd></div><div><dt>Load</dt><dd>${load}</dd></div><div><dt>Processors</dt><dd>${text(processors)}</dd></div></dl>`;
}

/** Tables whose last column is their plot. */
export function plots({ results, processors = "" }) {
  const sections = PARTS.map(({ part, title, rows }) => {
    const measured = pairs(results).filter((pair) => pair.part === part);
    measured.sort((a, b) => order(a) - order(b));
    const tables = measured.map((pair) => {
      const lines = rows.map((each) => row(each, pair)).filter(Boolean);
      if (lines.length === 0) return "";
      const table = `<table class="chart ratios">
<caption>${text(MEDIA[pair.medium] ?? pair.medium)}</caption>
<thead><tr><th scope="col"><span class="unseen">What</span></th><th scope="col" class="number">The browser’s own</th><th scope="col" class="number">mse-polyfill</th><th scope="col" class="number">Ratio</th><th scope="col" class="plot"><span class="unseen">The ratio, drawn</span>${AXIS}</th></tr></thead>
<tbody>${lines.join("\n")}</tbody>
</table>`;
      return asTable(table) + conditions(pair, processors);
    });
    const shown = tables.filter(Boolean);
    return shown.length ? `<section><h2>${title}</h2>${shown.join("\n")}</section>` : "";
  });
  return sections.filter(Boolean).join("\n");
}

function order({ medium }) {
  const index = SEEN.indexOf(medium);
  return index < 0 ? SEEN.length : index;
}
