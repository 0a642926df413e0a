import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Report } from "./report.mjs";

test("a saved file keeps what is not measured again", () => {
  const directory = mkdtempSync(join(tmpdir(), "report-"));
  const [file, saved] = ["results.json", "saved.json"].map((name) => join(directory, name));
  const old = [
    { part: "seek", medium: "a", side: "ours", random: [[1]], browser: "Chrome/1" },
    { part: "seek", medium: "a", side: "ours", random: [[2]], browser: "firefox/1" },
    { part: "play", medium: "a", side: "ours", browser: "Chrome/1" },
  ];
  writeFileSync(saved, JSON.stringify({ results: old }));
  const report = new Report(file, { browser: "Chrome/2", date: "2026-01-02" }, saved);
  report.add({ part: "seek", medium: "a", side: "ours", random: [[3.00049, -4]] });
  report.add({ part: "seek", medium: "b", side: "ours", random: [[5]] });
  const text = readFileSync(saved, "utf8");
  const { browser, results } = JSON.parse(text);
  assert.equal(browser, "Chrome/2");
  assert.deepEqual(results.map(({ part, medium, random }) => [part, medium, random?.flat()]), [
    ["seek", "a", [3, -4]],
    ["seek", "a", [2]],
    ["play", "a", undefined],
    ["seek", "b", [5]],
  ]);
  assert.equal(results[0].date, "2026-01-02");
  assert.equal(typeof results[0].load, "number");
  assert.ok(text.includes("[3, -4]"), text);
  assert.equal(JSON.parse(readFileSync(file, "utf8")).results.length, 2);
});
