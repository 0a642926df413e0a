// The site as it is built: nothing in it leads nowhere, nothing is fetched from elsewhere, and the Korean pages are Korean.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { plots } from "./build/benchmarks.mjs";
import { localized, Words } from "./build/words.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const korean = JSON.parse(readFileSync(join(here, "ko.json"), "utf8"));
/** Scripts whose words are another's to write, and which say next to nothing. */
const SILENT = ["inspector.ts", "modules.d.ts"];
/** Names, which are the same everywhere. */
const NAMES = /^(Media Source Extensions|Shaka Player|Apache)/;

let site;
/** What the build complained of. */
let complaints;
/** Every page's text by its path from the site's root. */
const pages = new Map();

before(() => {
  site = mkdtempSync(join(tmpdir(), "site-"));
  const { status, stderr } = spawnSync(process.execPath, [join(here, "build.mjs"), site], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  complaints = stderr;
  for (const file of readdirSync(site, { recursive: true })) {
    if (file.endsWith(".html") && !file.includes("packages")) pages.set(file, readFileSync(join(site, file), "utf8"));
  }
});
after(() => rmSync(site, { recursive: true, force: true }));

const attributes = (html) =>
  [...html.matchAll(/<(\w+)\b[^>]*?\s(?:href|src)="([^"]*)"/g)].map(([, tag, address]) => ({ tag, address }));
const isElsewhere = (address) => /^(https?:)?\/\//.test(address);
const isThere = (file) => statSync(file, { throwIfNoEntry: false })?.isFile();

test("every page is there in both languages, and says which it is", () => {
  const folders = ["", "audio-streaming/", "joining/", "conformance/", "benchmarks/"];
  for (const folder of folders) {
    for (const [language, root] of [["en", ""], ["ko", "ko/"]]) {
      const page = pages.get(`${root}${folder}index.html`);
      assert.ok(page, `${language} ${folder}`);
      assert.match(page, new RegExp(`<html lang="${language}">`));
      for (const other of ["en", "ko", "x-default"]) assert.match(page, new RegExp(`<link rel="alternate" hreflang="${other}"`));
    }
  }
});

test("no link within the site is dead", () => {
  let count = 0;
  for (const [path, html] of pages) {
    for (const { address } of attributes(html)) {
      if (isElsewhere(address) || address.startsWith("data:") || address.startsWith("?")) continue;
      count += 1;
      const [file, fragment] = address.split("#");
      let target = file ? join(site, dirname(path), file) : join(site, path);
      if (statSync(target, { throwIfNoEntry: false })?.isDirectory()) target = join(target, "index.html");
      assert.ok(isThere(target), `${path} leads to ${address}`);
      if (fragment) assert.ok(readFileSync(target, "utf8").includes(`id="${fragment}"`), `${path} leads to ${address}`);
    }
    for (const [, address] of html.matchAll(/"mse-polyfill\/live": "([^"]*)"/g)) {
      assert.ok(isThere(join(site, dirname(path), address)), `${path} imports ${address}`);
    }
  }
  assert.ok(count > 80, `${count} links were looked at`);
});

test("nothing comes from elsewhere", () => {
  for (const [path, html] of pages) {
    const foreign = attributes(html).filter(({ tag, address }) => tag !== "a" && isElsewhere(address));
    assert.deepEqual(foreign, [], path);
  }
  assert.doesNotMatch(readFileSync(join(site, "style.css"), "utf8"), /url\(|@import/);
});

/** Three words of English in a row, and nothing Korean. */
const isEnglish = (text) => /[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}/.test(text) && !/[가-힣]/.test(text) && !NAMES.test(text);

test("nothing of the Korean pages is left in English", () => {
  for (const [path, html] of [...pages].filter(([path]) => path.startsWith("ko/"))) {
    const shown = html
      .replace(/\s+/g, " ")
      .replace(/<(script|style|pre|code|svg)\b.*?<\/\1>/g, "")
      .replace(/<(\w+)[^>]* lang="en".*?<\/\1>/g, "");
    const read = [...shown.matchAll(/(?:aria-label|content|placeholder|data-label)="([^"]*)"/g)].map(([, text]) => text);
    const left = [...read, ...shown.split(/<[^>]*>/)].map((text) => text.trim()).filter(isEnglish);
    assert.deepEqual(left, [], path);
  }
});

test("nor of what their scripts say", () => {
  const examples = ["audio-streaming", "joining"].flatMap((name) =>
    readdirSync(join(here, "../examples", name)).map((file) => [`${name}/${file}`, join(here, "../examples", name, file)]),
  );
  const own = readdirSync(join(here, "src")).filter((file) => !SILENT.includes(file)).map((file) => [`src/${file}`, join(here, "src", file)]);
  for (const [name, file] of [...own, ...examples].filter(([name]) => /\.(js|ts)$/.test(name))) {
    const code = new Words(korean)
      .translate(name, readFileSync(file, "utf8"))
      .replace(/\/\*[^]*?\*\/|\/\/ .*/g, "")
      .replace(/new Error\([^)]*\)/g, "");
    const left = [...code.matchAll(/"[^"\n]*"|`[^`]*`/g)].map(([text]) => text).filter(isEnglish);
    assert.deepEqual(left, [], name);
  }
});

test("the table translates nothing that is not there", () => {
  assert.doesNotMatch(complaints, /ko\.json/);
});

test("words are exchanged where they are read, and nowhere else", () => {
  const words = new Words({ "a.html": { both: "둘", "the same text": "같은 글", gone: "없음" }, "a.ts": { Play: "재생" } });
  assert.equal(
    words.translate("a.html", '<html><input value="both" aria-label="both"> both <b>the\n same text</b>'),
    '<html><input value="both" aria-label="둘"> 둘 <b>같은 글</b>',
  );
  assert.equal(words.translate("a.ts", 'Play("Play", "Playing", `Play`)'), 'Play("재생", "Playing", `재생`)');
  assert.deepEqual(words.unused, ["a.html: gone"]);
});

test("a page finds what all languages share", () => {
  const html = '<html lang="en"><head><link href="../style.css"></head><header></header><script src="app.js"></script><a href="../">';
  const page = localized(html, "players/", "ko");
  assert.match(page, /<link href="..\/..\/style.css">/);
  assert.match(page, /<script src="app.js">/);
  assert.match(page, /<a href="..\/">/);
  assert.match(page, /<a class="language" href="..\/..\/players\/" lang="en"/);
  assert.match(localized(html, "players/", "en"), /<a class="language" href="..\/ko\/players\/" lang="ko"/);
});

test("a benchmark is drawn to the side that is better", () => {
  const side = (name, thread) => ({
    part: "play", medium: "720p60", side: name, browser: "Chrome/1.2", date: "2026-01-02", load: 1.25,
    idle: { thread, process: 100, memory: 1e8, dropped: 0, total: 60 }, blocked: { dropped: 2, total: 60 },
  });
  const html = plots({ processors: "2 × Some", results: [side("native", 10), side("ours", 5), { part: "play", medium: "lonely", side: "ours" }] });
  assert.match(html, /Page’s thread.*?0\.50.*?<rect class="better" x="25\.0%" y="6" width="25\.0%"/);
  assert.match(html, /All threads.*?1\.00.*?<rect class="same"/);
  assert.match(html, /2 \/ 60/);
  assert.match(html, /<dd>1\.[23]<\/dd>/);
  assert.ok(!html.includes("lonely"));
  assert.match(plots({ results: [side("native", 10), side("ours", 90)] }), /<rect class="worse" x="50\.0%" y="6" width="50\.0%"/);
});
