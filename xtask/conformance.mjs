// Results of web-platform-tests: docs/conformance.json, and docs/conformance.md from it.
//   node conformance.mjs DIRECTORY [NAME=RESULTS.json[,NATIVE.json] …]
// where results are { "path?variant": { "status", "subtests": [{ "name", "status" }] }, "#run": { "browser", "date" } }.
// Results of several runs may be merged: subtests are then { "name": status or [status, …] }. Without results the page is
// written again from what is in DIRECTORY: conformance.json and conformance-reasons.json.

import fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Each test of a results file: its own status, and whether each subtest passed every time. */
export function read(results) {
  const tests = new Map();
  for (const [path, { status, subtests }] of Object.entries(results)) {
    if (path.startsWith("#") || status === "SKIP") continue;
    const entries = Array.isArray(subtests)
      ? subtests.map(({ name, status }) => [name, status])
      : Object.entries(subtests ?? {});
    const passed = new Map(entries.map(([name, status]) => [name, [status].flat().every((one) => one === "PASS")]));
    tests.set(path, { status, passed });
  }
  return { run: results["#run"] ?? {}, tests };
}

const count = (passed) => [...passed.values()].filter(Boolean).length;
const isWell = (status) => status === "OK" || status === "PASS";

/**
 * What is kept of the results of one browser, of what `read` gives; `native` may be missing. In `ours` and `own`: how many
 * subtests pass, of how many. `fails`: what fails on ours, and whether it passes on the browser's own (null: not known).
 */
export function summary({ name, ours, native }) {
  const tests = {};
  for (const [path, { status, passed }] of [...ours.tests].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const theirs = native?.tests.get(path)?.passed;
    const missed = [...passed].filter(([, passed]) => !passed).map(([name]) => [name, theirs?.get(name) ?? null]);
    tests[path] = {
      ours: [count(passed), passed.size],
      ...(theirs && { own: [count(theirs), theirs.size] }),
      ...(!isWell(status) && { status }),
      ...(missed.length > 0 && { fails: Object.fromEntries(missed) }),
    };
  }
  const { browser = "", date = "" } = ours.run;
  return { name, browser, date: date.slice(0, 10), hasOwn: native !== undefined, tests };
}

/** Over all tests of a summary: subtests, those that pass on ours, those that pass on the browser's own, if known. */
export function totals({ hasOwn, tests }) {
  const sum = (of) => Object.values(tests).reduce((total, test) => total + of(test), 0);
  const own = hasOwn ? sum(({ own }) => own?.[0] ?? 0) : undefined;
  return { all: sum(({ ours }) => ours[1]), ours: sum(({ ours }) => ours[0]), own };
}

/** The first reason whose `test` begins the path and whose `subtest`, if any, begins the name. */
function reasonFor(reasons, path, name) {
  const found = reasons.find(
    ({ test, subtest = "" }) => path.startsWith(test) && (name ?? "").startsWith(subtest),
  );
  return found?.reason ?? "Not looked into yet.";
}

/**
 * What fails: `{ path, browsers, own, reason, names }`, where `own` says of which browser whether its own passes. The same
 * subtest in several browsers is there once, subtests that fail for one reason are together. A page that fails as a whole
 * has no name but `{ status }`.
 */
export function failures(summaries, reasons) {
  const groups = new Map();
  for (const path of paths(summaries)) {
    const missed = new Map();
    for (const summary of summaries) {
      const { fails = {}, status } = summary.tests[path] ?? {};
      const whole = status ? [[`(the page as a whole: ${status})`, null]] : [];
      for (const [name, own] of [...Object.entries(fails), ...whole]) {
        missed.set(name, [...(missed.get(name) ?? []), [summary.name, own]]);
      }
    }
    for (const [name, where] of missed) {
      const group = {
        path,
        browsers: where.map(([browser]) => browser),
        own: where.filter(([, passes]) => passes !== null),
        reason: reasonFor(reasons, path, name),
      };
      const key = JSON.stringify(group);
      if (!groups.has(key)) groups.set(key, { ...group, names: [] });
      groups.get(key).names.push(name);
    }
  }
  return [...groups.values()];
}

/** The tests of all browsers. */
export function paths(summaries) {
  return [...new Set(summaries.flatMap(({ tests }) => Object.keys(tests)))].sort();
}

/** docs/conformance.md. */
export function page(summaries, reasons) {
  const lines = [
    "# Conformance",
    "",
    "[web-platform-tests](https://github.com/web-platform-tests/wpt) with the one-file script in front of every page, installed by",
    '`install({ mode: "force", managedMediaSource: true, elementTracks: true, workers: true })`, beside the browsers\' own',
    "MediaSource where that was measured. `cargo xtask conformance` writes this page from files of results.",
    "",
    "| browser | date | subtests | ours pass | its own pass |",
    "|---|---|--:|--:|--:|",
  ];
  for (const summary of summaries) {
    const { all, ours, own = "" } = totals(summary);
    lines.push(`| ${summary.browser} | ${summary.date} | ${all} | ${ours} | ${own} |`);
  }
  lines.push("", "## What fails, and why", "");
  const groups = failures(summaries, reasons);
  for (const { path, browsers, own, reason, names } of groups) {
    const remarks = own.map(([browser, passes]) => `${browser}'s own ${passes ? "passes" : "fails"}`);
    const remark = remarks.length > 0 ? ` (${remarks.join(", ")})` : "";
    lines.push(`* ${browsers.join(" and ")}${remark}: \`${path}\`. ${reason}`, ...names.map((name) => `  * ${name}`));
  }
  if (groups.length === 0) lines.push("Nothing.");
  lines.push("", "## All", "", "Subtests that pass.", "");
  const header = summaries.flatMap(({ name, hasOwn }) => [`${name}, ours`, ...(hasOwn ? [`${name}, its own`] : [])]);
  lines.push(`| test | ${header.join(" | ")} |`, `|---|${header.map(() => "--:|").join("")}`);
  const cell = (numbers) => (numbers ? `${numbers[0]} of ${numbers[1]}` : "");
  for (const path of paths(summaries)) {
    const cells = summaries.flatMap(({ hasOwn, tests: { [path]: test } }) => [cell(test?.ours), ...(hasOwn ? [cell(test?.own)] : [])]);
    lines.push(`| ${path} | ${cells.join(" | ")} |`);
  }
  return `${lines.join("\n")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [directory, ...files] = process.argv.slice(2);
  const parsed = (file) => JSON.parse(fs.readFileSync(file, "utf8"));
  const kept = join(directory, "conformance.json");
  if (files.length > 0) {
    const summaries = files.map((text) => {
      const [name, paths = ""] = text.split("=");
      const [ours, native] = paths.split(",").map((path) => (path ? read(parsed(path)) : undefined));
      return summary({ name, ours, native });
    });
    const text = JSON.stringify(summaries, null, 1).replace(/\[\s+(\d+),\s+(\d+)\s+\]/g, "[$1, $2]");
    fs.writeFileSync(kept, `${text}\n`);
  }
  fs.writeFileSync(join(directory, "conformance.md"), page(parsed(kept), parsed(join(directory, "conformance-reasons.json"))));
}
