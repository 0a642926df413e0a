// Writes docs/conformance.md from results of web-platform-tests:
//   node conformance.mjs REASONS.json OUT.md NAME=RESULTS.json[,NATIVE.json] …
// where results are { "path?variant": { "status", "subtests": [{ "name", "status" }] }, "#run": { "browser", "date" } }.
// Results of several runs may be merged: subtests are then { "name": status or [status, …] }.

import fs from "node:fs";
import { fileURLToPath } from "node:url";

/** Each test of a results file: its own status, and whether each subtest passed every time. */
export function read(results) {
  const tests = new Map();
  for (const [path, { status, message, subtests }] of Object.entries(results)) {
    if (path.startsWith("#") || status === "SKIP") continue;
    const entries = Array.isArray(subtests)
      ? subtests.map(({ name, status }) => [name, status])
      : Object.entries(subtests ?? {});
    const passed = new Map(entries.map(([name, status]) => [name, [status].flat().every((one) => one === "PASS")]));
    tests.set(path, { status, message, passed });
  }
  return { run: results["#run"] ?? {}, tests };
}

const count = (passed) => [...passed.values()].filter(Boolean).length;

/** Passed subtests of all. */
function total(tests) {
  const all = [...tests.values()];
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  return [sum(all.map(({ passed }) => count(passed))), sum(all.map(({ passed }) => passed.size))];
}

/** The first reason whose `test` begins the path and whose `subtest`, if any, begins the name. */
function reasonFor(reasons, path, name) {
  const found = reasons.find(
    ({ test, subtest = "" }) => path.startsWith(test) && (name ?? "").startsWith(subtest),
  );
  return found?.reason ?? "Not looked into yet.";
}

/** The page. `browsers`: [{ name, ours, native }], of what `read` gives; `native` may be missing. */
export function page(browsers, reasons) {
  const cell = (of, path) => {
    const test = of?.tests.get(path);
    return test ? `${count(test.passed)} of ${test.passed.size}` : "";
  };
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
  for (const { ours, native } of browsers) {
    const [passed, all] = total(ours.tests);
    const own = native ? total(new Map([...native.tests].filter(([path]) => ours.tests.has(path))))[0] : "";
    lines.push(`| ${ours.run.browser ?? ""} | ${(ours.run.date ?? "").slice(0, 10)} | ${all} | ${passed} | ${own} |`);
  }
  lines.push("", "## What fails, and why", "");
  const paths = [...new Set(browsers.flatMap(({ ours }) => [...ours.tests.keys()]))].sort();
  let fails = 0;
  for (const path of paths) {
    // Browsers in which the same subtest fails share a line.
    const failures = new Map();
    for (const { name: browser, ours } of browsers) {
      const test = ours.tests.get(path);
      const missed = [...(test?.passed ?? [])].filter(([, passed]) => !passed).map(([name]) => name);
      if (test && test.status !== "OK" && test.status !== "PASS") missed.push(`(the page as a whole: ${test.status})`);
      for (const name of missed) failures.set(name, [...(failures.get(name) ?? []), browser]);
    }
    // So do subtests that fail for one reason.
    const groups = new Map();
    for (const [name, where] of failures) {
      fails += 1;
      const own = browsers
        .filter(({ name: browser, native }) => native && where.includes(browser))
        .map(({ name: browser, native }) => [browser, native.tests.get(path)?.passed.get(name)])
        .filter(([, passed]) => passed !== undefined)
        .map(([browser, passed]) => `${browser}'s own ${passed ? "passes" : "fails"}`);
      const remark = own.length > 0 ? ` (${own.join(", ")})` : "";
      const start = `* ${where.join(" and ")}${remark}: \`${path}\`. ${reasonFor(reasons, path, name)}`;
      groups.set(start, [...(groups.get(start) ?? []), name]);
    }
    for (const [start, names] of groups) lines.push(start, ...names.map((name) => `  * ${name}`));
  }
  if (fails === 0) lines.push("Nothing.");
  lines.push("", "## All", "", "Subtests that pass.", "");
  const header = browsers.flatMap(({ name, native }) => [`${name}, ours`, ...(native ? [`${name}, its own`] : [])]);
  lines.push(`| test | ${header.join(" | ")} |`, `|---|${header.map(() => "--:|").join("")}`);
  for (const path of paths) {
    const cells = browsers.flatMap(({ ours, native }) => [cell(ours, path), ...(native ? [cell(native, path)] : [])]);
    lines.push(`| ${path} | ${cells.join(" | ")} |`);
  }
  return `${lines.join("\n")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [reasons, out, ...files] = process.argv.slice(2);
  const parsed = (file) => JSON.parse(fs.readFileSync(file, "utf8"));
  const browsers = files.map((text) => {
    const [name, paths = ""] = text.split("=");
    const [ours, native] = paths.split(",").map((path) => (path ? read(parsed(path)) : undefined));
    return { name, ours, native };
  });
  fs.writeFileSync(out, page(browsers, parsed(reasons)));
}
