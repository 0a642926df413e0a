// Players as they are on npm, on the browser's own MediaSource and on ours: the same events, pictures and states, but for
// what is listed (lib/differences.mjs). What is done with them is in pages/scenarios.mjs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../xtask/serve.mjs";
import { browserName, launch } from "../e2e/lib/browser.mjs";
import { ANYTHING, DIFFERENCES } from "./lib/differences.mjs";
import { streams } from "./lib/streams.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

const HLS = [
  ["from start to end", "ts"], ["switches", "muxed"], ["sounds", "fmp4"], ["live", "fmp4"], ["encrypted discontinuity", "ts"],
  ["missing", "muxed"], ["stall", "fmp4"], ["quota", "ts"], ["leaving", "fmp4"],
];
const DASH = [
  ["from start to end", "webm"], ["switches", "fmp4"], ["sounds", "fmp4"], ["live", "fmp4"], ["discontinuity", "fmp4"],
  ["missing", "fmp4"], ["stall", "fmp4"], ["quota", "fmp4"], ["leaving", "fmp4"],
];
const FILES = [
  ["from start to end", "whole-parts.flv"], ["from start to end", "whole.flv", "enableWorkerForMSE"],
  ["live", "whole.ts", "enableWorker"], ["discontinuity", "whole.ts"], ["missing", "whole.flv"], ["stall", "whole.flv"],
  ["quota", "whole.flv"], ["leaving", "whole.flv"],
];
/** What is done with which player, of what the stream is (lib/streams.mjs; Shaka takes HLS too), and in which worker of the player's. */
const PLAYERS = {
  "hls.js": [["from start to end", "fmp4"], ...HLS],
  "video.js": HLS,
  "dash.js": [["from start to end", "fmp4"], ["switches", "muxed"], ...DASH],
  "mpegts.js": FILES,
  shaka: [["from start to end", "hls ts"], ["encrypted discontinuity", "hls ts"], ["switches", "hls muxed"], ["missing", "muxed"], ...DASH],
};
const ALL = Object.entries(PLAYERS).flatMap(([player, list]) =>
  list.map(([scenario, stream, worker]) => ({ player, scenario, stream, ...(worker && { worker }) })),
);

/** So many at once; those that differ then are tried again, fewer at once. */
const AT_ONCE = [6, 3, 2, 1];
/** Which depend on the net and on how fast things come. */
const GUESSES = ["durationchange", "ratechange", "resize", "waiting"];
/** In seconds: native times are cut to microseconds, and containers round theirs. */
const TOLERANCE = 0.05;
/** The same of durations while it plays: how much longer than announced a stream is, which shows when the end of it is loaded. */
const LONGER = 0.15;
/** Of the position where data ran out, and of the pictures there: browsers stop a little before the end of them. */
const STALLED = { seconds: 0.2, frames: 6 };
/** How many of the pictures looked at while playing may be others than those of their time. */
const LATE = 0.25;
/** How far live playback may be behind, in seconds, and how far from the browser's own. */
const BEHIND = { most: 12, from: 3.5 };

const differences = DIFFERENCES.filter(({ browser }) => !browser || browser === browserName);
const matches = (pattern, name) => pattern === undefined || (pattern instanceof RegExp ? pattern.test(name) : pattern === name);

/** Whether the seeks of a phase are the player's, which come by its timers. */
const seeksItself = ({ player, scenario }, phase) =>
  scenario === "quota" ||
  (/dash\.js|mpegts\.js/.test(player) && /^(before|forward|back)$/.test(phase)) ||
  player === "shaka" || /^(live|attached again|low|up|down|on|recovered|first|other|first again)$/.test(phase);

/** The main events: each `play` has one `playing`. */
function main(events, withoutSeeks) {
  const passedOver = withoutSeeks ? [...GUESSES, "seeking", "seeked"] : GUESSES;
  const kept = events.filter((event) => !passedOver.includes(event));
  let playing = true;
  return kept.filter((event) => {
    if (event === "play") playing = false;
    if (event !== "playing") return true;
    const isFirst = !playing;
    playing = true;
    return isFirst;
  }).join(" ");
}

/** What is to be seen of a phase. */
function seen(run, { name, events, state: { ...state }, times }) {
  const fatal = state.playerErrors.split(", ").filter((error) => error.endsWith("fatal"));
  // How much is there depends on what came before the next seek.
  const { buffered, ...others } = times;
  const end = name === "ended" && { buffered: buffered.slice(-1) };
  const isLive = name === "live" && { duration: Number.isFinite(Number(others.duration)) };
  // While it moves, that depends on what is loaded.
  if (!("frame" in state)) {
    delete state.ready;
    if (seeksItself(run, name)) delete state.seeking;
  }
  if (!["ended", "detached", "destroyed"].includes(name)) delete state.source;
  return { ...state, playerErrors: fatal.join(), events: main(events, seeksItself(run, name)), ...others, ...isLive, ...end };
}

/** What is expected of ours where natively it went so: with what happens but sometimes, or without. */
function expected(run, phase, withSometimes) {
  const { player, scenario } = run;
  const fields = seen(run, phase);
  for (const difference of differences) {
    const { field, native, ours, sometimes } = difference;
    if (sometimes && !withSometimes) continue;
    if (!matches(difference.player, player) || !matches(difference.scenario, scenario) || !matches(difference.phase, phase.name)) continue;
    if (field === "events") {
      const changed = fields.events.replace(native, ours);
      difference.met ||= changed !== fields.events;
      fields.events = changed;
    } else if (field in fields && (native === undefined || fields[field] === native)) {
      difference.met = true;
      fields[field] = ours;
    }
  }
  return fields;
}

function same(name, ours, native, phase) {
  const stalled = phase.name === "stalled";
  if (name === "frame") return Math.abs(ours - native) <= (stalled ? STALLED.frames : 0);
  if (!Array.isArray(native)) return ours === native;
  const moves = name === "duration" && !("frame" in phase.state);
  const tolerance = stalled ? STALLED.seconds : moves ? LONGER : TOLERANCE;
  const close = (one, other) => one === other || Math.abs(one - other) <= tolerance;
  return ours.length === native.length && native.every((value, index) => close(Number(ours[index]), Number(value)) || value === ours[index]);
}

/** What differs without a reason, as text. */
function compare(run, native, ours) {
  const [least] = [false, true].map((withSometimes) => compareWith(run, native, ours, withSometimes)).sort((a, b) => a.length - b.length);
  return least;
}

function compareWith(run, native, ours, withSometimes) {
  const found = [];
  const instead = insteadOf(run);
  for (const [name, states] of Object.entries(instead ?? {})) {
    const state = ours.phases.find((phase) => phase.name === name)?.state;
    if (!state) continue; // of another scenario
    for (const [field, value] of Object.entries(states)) {
      if (state[field] !== value) found.push(`[${name}] ${field}\n  ours:     ${state[field]}\n  expected: ${value}`);
    }
  }
  for (const [name, { problem, complaints }] of Object.entries({ ours, ...(native && { native }) })) {
    if (problem) found.push(`${name}: ${problem}`);
    for (const complaint of complaints) found.push(`${name}: ${complaint}`);
  }
  for (const [index, phase] of ours.phases.entries()) {
    if (phase.looked && phase.wrong > phase.looked * LATE) {
      found.push(`[${phase.name}] ${phase.wrong} of ${phase.looked} pictures are others: ${JSON.stringify(phase.wrongOnes)}`);
    }
    if ("behind" in phase) {
      const other = native?.phases[index]?.behind;
      if (phase.behind > BEHIND.most || Math.abs(phase.behind - other) > BEHIND.from) found.push(`${phase.behind} s behind, natively ${other}`);
      if (Math.abs(phase.speed - 1) > LATE) found.push(`plays at ${phase.speed}`);
    }
    if (!native?.phases[index]) continue;
    const wanted = expected(run, native.phases[index], withSometimes);
    for (const [field, value] of Object.entries(seen(run, phase))) {
      if (wanted[field] === ANYTHING || same(field, value, wanted[field], phase)) continue;
      found.push(`[${phase.name}] ${field}\n  ours:     ${value}\n  expected: ${wanted[field]}`);
    }
  }
  return found;
}

/** What is expected of ours where there is no use in playing it natively: by the names of phases, fields of their states. */
function insteadOf({ player, scenario }) {
  const difference = differences.find((one) => one.instead && matches(one.player, player) && matches(one.scenario, scenario));
  if (difference) difference.met = true;
  return difference?.instead;
}

/** By index in ALL: how each went, and what differs in the two that differ least. */
const natives = ALL.map(() => []);
const others = ALL.map(() => []);
const found = [];

/** Of all that came, two must be alike: a machine that is busy stalls now and then. What is wrong is wrong each time. */
function compareAnyOf(index) {
  const all = (insteadOf(ALL[index]) ? [undefined] : natives[index]).flatMap((native) => others[index].map((ours) => compare(ALL[index], native, ours)));
  return all.reduce((least, one) => (one.length < least.length ? one : least));
}

let browser;
let site;

async function run(indices, atOnce) {
  const page = await browser.newPage();
  await page.goto(`${site.origin}/stage.html`, { waitUntil: "load" });
  await page.waitForFunction(() => globalThis.stage);
  const pages = (index) => (insteadOf(ALL[index]) ? ["polyfill"] : ["native", "polyfill"]);
  const runs = indices.flatMap((index) => pages(index).map((page) => ({ page, index, ...ALL[index] })));
  // Asked for again and again: the protocol ends calls that take a minute.
  await page.evaluate((runs, atOnce) => void stage.run(runs, atOnce).then((results) => (stage.results = results)), runs, atOnce);
  let results;
  while (!results) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    results = await page.evaluate(() => stage.results);
  }
  await page.close();
  for (const [at, result] of JSON.parse(results).entries()) {
    const { page, index } = runs[at];
    (page === "native" ? natives : others)[index].push(result);
  }
}

before(async () => {
  site = await serve(
    {
      "/": path("pages"),
      "/harness.mjs": path("../e2e/pages/harness.mjs"),
      "/analysis.mjs": path("../e2e/pages/analysis.mjs"),
      "/clips": path("../fixtures/clips"),
      "/dist": path("../../pkg/dist"),
      "/node_modules": path("node_modules"),
    },
    { answer: streams(path("../../target/players")) },
  );
  browser = await launch();
  const only = process.env.ONLY;
  let left = [...ALL.keys()].filter((index) => !only || Object.values(ALL[index]).join(" ").includes(only));
  for (const atOnce of process.env.ONCE ? AT_ONCE.slice(0, 1) : AT_ONCE) {
    const begin = performance.now();
    await run(left, atOnce);
    for (const index of left) found[index] = compareAnyOf(index);
    console.log(`    ${left.length} scenarios, ${atOnce} at once: ${Math.round((performance.now() - begin) / 1000)} s`);
    left = left.filter((index) => found[index].length > 0);
    if (!left.length) break;
    if (process.env.VERBOSE) for (const index of left) console.log(Object.values(ALL[index]).join(" "), found[index].join("\n"));
  }
});

after(async () => {
  await browser?.close();
  await site?.close();
});

for (const [index, { player, ...how }] of ALL.entries()) {
  test(`${player}: ${Object.values(how).join(", ")}`, () => assert.ok(found[index]?.length === 0, found[index]?.join("\n")));
}

test("every difference that is listed is met", () => {
  const stale = differences.filter(({ met, sometimes }) => !met && !sometimes);
  assert.deepEqual(stale.map(({ player, scenario, phase, field, why }) => ({ player, scenario, phase, field, why })), []);
});
