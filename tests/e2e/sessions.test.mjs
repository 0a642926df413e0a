// Scripted sessions (pages/sessions.mjs) on the browser's own MediaSource and on ours: the same events in the same order,
// the same outcomes of promises, the same states and positions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName } from "./lib/browser.mjs";
import { DIFFERENCES } from "./lib/differences.mjs";
import { useBrowser } from "./lib/site.mjs";

const suite = useBrowser();
const differences = DIFFERENCES.filter(({ browser }) => !browser || browser === browserName);

/** Many at once take as long as one; on a machine that is busy some then stall which would not alone. */
const AT_ONCE = 4;
const ATTEMPTS = 3;
/** Native times are whole microseconds, cut off wherever they are added. */
const TOLERANCE = 3e-6;

let names;
/** By session: how it went each time, natively and here. */
const natives = {};
const others = {};
/** By session: what differs in the two that differ least. */
const found = {};

/** Runs sessions on a page of their own. */
async function run(file, which, concurrency) {
  const { page } = await suite.open(file);
  // Asked for again and again: the protocol ends calls that take a minute.
  await page.evaluate(async (which, concurrency) => {
    await import("/sessions.mjs");
    harness.sessions.run(which ?? harness.sessions.names, concurrency).then((results) => (harness.results = results));
  }, which, concurrency);
  let results;
  while (!results) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    results = await page.evaluate(() => harness.results);
  }
  await page.close();
  return JSON.parse(results);
}

const matches = (pattern, name) => pattern === undefined || (pattern instanceof RegExp ? pattern.test(name) : pattern === name);

/** The events, without those of which it depends on a guess at the network when they come. */
const isGuess = (event) => browserName === "firefox" && event === "canplaythrough";
const told = ({ events }) => events.filter((event) => !isGuess(event)).join(" | ");

/** What is to be expected of ours where natively it went so. Marks the differences that were met. */
function expected(session, phase) {
  const here = differences.filter((one) => matches(one.session, session) && matches(one.phase, phase.name));
  let events = told(phase);
  const fields = { ...phase.state, ...phase.times, ...phase.exactTimes };
  for (const difference of here) {
    const { field, native, ours } = difference;
    if (field === "events") {
      const changed = events.replace(native, ours);
      difference.met ||= changed !== events;
      events = changed;
    } else if (field && (native === undefined || fields[field] === native)) {
      difference.met = true;
      fields[field] = ours;
    }
  }
  return { events, fields };
}

function sameTimes(ours, native, tolerance) {
  const same = (value, other) => Object.is(value, other) || value === other || Math.abs(value - other) <= tolerance;
  return ours.length === native.length && ours.every((value, index) => same(Number(value), Number(native[index])));
}

/** What differs without a reason, as text. */
function compare(session, native, ours) {
  const found = [];
  if (ours.problem || native.problem) found.push(`natively: ${native.problem || "went"}; ours: ${ours.problem || "went"}`);
  for (const [index, phase] of native.phases.entries()) {
    const own = ours.phases[index];
    if (!own) break;
    const { events, fields } = expected(session, phase);
    const say = (what, is, wanted) => found.push(`[${phase.name}] ${what}\n  ours:     ${is}\n  expected: ${wanted}`);
    if (told(own) !== events) say("events", told(own), events);
    for (const [name, value] of Object.entries(own.state)) {
      const isGuessed = name === "readyState" && browserName === "firefox" && value >= 3 && fields[name] >= 3;
      if (value !== fields[name] && !isGuessed) say(name, value, fields[name]);
    }
    for (const [times, tolerance] of [[own.times, phase.at ?? Infinity], [own.exactTimes, 0]]) {
      for (const [name, value] of Object.entries(times)) {
        if (!sameTimes(value, fields[name], Math.max(tolerance, TOLERANCE))) say(name, value, fields[name]);
      }
    }
  }
  return found;
}

/** Of all that a session gave, two must be alike. What is wrong is wrong each time. */
function compareAnyOf(session) {
  const instead = differences.find((one) => one.instead && one.session === session);
  if (instead) {
    instead.met = true;
    return others[session].some(({ problem }) => !problem) ? [] : [others[session][0].problem];
  }
  const all = natives[session].flatMap((native) => others[session].map((ours) => compare(session, native, ours)));
  return all.reduce((least, one) => (one.length < least.length ? one : least));
}

async function compareAll() {
  let left;
  for (let attempt = 1; attempt <= ATTEMPTS && left?.length !== 0; attempt++) {
    for (const [file, results] of [["native.html", natives], ["polyfill.html", others]]) {
      const gone = await run(file, left, attempt === 1 ? AT_ONCE : 1);
      for (const [name, result] of Object.entries(gone)) (results[name] ??= []).push(result);
    }
    names ??= Object.keys(natives);
    for (const name of left ?? names) found[name] = compareAnyOf(name);
    left = names.filter((name) => found[name].length > 0);
    if (left.length) console.log(`    attempt ${attempt}: ${left.join("; ")}`);
  }
}

test("every session goes as natively, but for what is listed", async () => {
  await compareAll();
  assert.ok(names.length >= 20, `${names.length} sessions`);
  const all = names.flatMap((name) => found[name].map((text) => `${name}: ${text}`));
  assert.ok(all.length === 0, all.join("\n"));
});

test("every difference that is listed is met", () => {
  const stale = differences.filter(({ met, sometimes }) => !met && !sometimes);
  assert.deepEqual(stale.map(({ session, phase, field, why }) => ({ session, phase, field, why })), []);
});
