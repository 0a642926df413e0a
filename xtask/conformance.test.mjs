import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { page, read, summary, totals } from "./conformance.mjs";

const subtests = (...statuses) => statuses.map((status, index) => ({ name: `name ${index}`, status }));

test("passes are counted, failures are named with their reasons", () => {
  const ours = read({
    "a/two.html": { status: "TIMEOUT", subtests: subtests("PASS") },
    "a/one.html": { status: "OK", subtests: subtests("PASS", "FAIL") },
    "a/manual.html": { status: "SKIP", subtests: [] },
    "#run": { browser: "Browser/1", date: "2026-01-02T03:04:05Z" },
  });
  const native = read({
    "a/one.html": { status: "OK", subtests: { "name 0": ["PASS", "FAIL"], "name 1": "PASS" } },
    "b/other.html": { status: "OK", subtests: { only: "PASS" } },
  });
  const kept = summary({ name: "Browser", ours, native });
  assert.deepEqual(totals(kept), { all: 3, ours: 2, own: 1 });
  const text = page([kept], [{ test: "a/one.html", subtest: "name 1", reason: "For this reason." }]);
  const lines = text.split("\n");
  assert.ok(lines.includes("| Browser/1 | 2026-01-02 | 3 | 2 | 1 |"), text);
  assert.ok(
    text.includes("* Browser (Browser's own passes): `a/one.html`. For this reason.\n  * name 1\n"),
    text,
  );
  assert.ok(text.includes("(the page as a whole: TIMEOUT)"), text);
  assert.ok(lines.includes("| a/one.html | 1 of 2 | 1 of 2 |"), text);
  assert.ok(lines.includes("| a/two.html | 1 of 1 |  |"), text);
  assert.ok(!text.includes("manual"), text);
});

test("browsers in which the same fails share a line, and so do subtests that fail for one reason", () => {
  const ours = () => read({ "a.html": { status: "OK", subtests: subtests("FAIL", "FAIL") } });
  const text = page(["A", "B"].map((name) => summary({ name, ours: ours() })), []);
  assert.ok(text.includes("* A and B: `a.html`. Not looked into yet.\n  * name 0\n  * name 1\n"), text);
});

test("docs/conformance.md says what docs/conformance.json holds", () => {
  const docs = (name) => readFileSync(new URL(`../docs/${name}`, import.meta.url), "utf8");
  const parsed = (name) => JSON.parse(docs(name));
  assert.equal(docs("conformance.md"), page(parsed("conformance.json"), parsed("conformance-reasons.json")));
});
