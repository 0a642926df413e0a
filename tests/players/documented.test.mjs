// The pages of docs/players.md play.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../xtask/serve.mjs";
import { browserName, launch } from "../e2e/lib/browser.mjs";
import { streams } from "./lib/streams.mjs";
import { PLAYERS } from "./pages/players.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const text = readFileSync(path("../../docs/players.md"), "utf8");
const [, ...sections] = text.split(/^## /m);

/** By the heading of its section: the only page in it. */
const pages = new Map(
  sections.map((section) => [/^.*/.exec(section)[0], /^```html\n(.*?)^```$/ms.exec(section)?.[1]]).filter(([, page]) => page),
);
const NAMES = { "Shaka Player": "shaka" };
const STREAMS = { "stream.m3u8": "plain/fmp4/main.m3u8", "stream.mpd": "plain/fmp4/main.mpd", "stream.flv": "plain/whole.flv" };

/** The page with the files of npm and a stream of ours in the places of its own. */
function served(name) {
  const { script, style } = PLAYERS[NAMES[name] ?? name];
  let page = pages.get(name).replace(/src="(?!mse-polyfill)[^"]*"/, `src="/packages/${script}"`);
  page = page.replace(/href="[^"]*\.css"/, `href="/packages/${style}"`).replace('"mse-polyfill.js"', '"/dist/mse-polyfill.js"');
  for (const [file, address] of Object.entries(STREAMS)) page = page.replace(`"${file}"`, `"/streams/${encodeURIComponent(name)}/${address}"`);
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${page}`;
}

let site;
let browser;
before(async () => {
  const stream = streams(path("../../target/players"));
  const answer = (request, response, asked) => {
    const name = /^\/page\/(.*)$/.exec(asked)?.[1];
    if (!name) return stream(request, response, asked);
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(served(name));
    return true;
  };
  site = await serve({ "/": path("pages"), "/packages": path("node_modules"), "/dist": path("../../pkg/dist") }, { answer });
  browser = await launch(browserName);
});
after(async () => {
  await browser?.close();
  await site?.close();
});

test("every player has its page", () => {
  assert.deepEqual([...pages.keys()].map((name) => NAMES[name] ?? name).sort(), Object.keys(PLAYERS).sort());
});

for (const name of pages.keys()) {
  test(`${name} plays as documented`, async () => {
    const page = await browser.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error.message ?? error)));
    await page.goto(`${site.origin}/page/${encodeURIComponent(name)}`, { waitUntil: "load" });
    const played = () => page.evaluate(() => {
      const video = document.querySelector("video");
      const isOurs = /\[native code\]/.test(Function.prototype.toString.call(MediaSource)) === false;
      return `${isOurs} ${video.videoWidth > 0} ${video.currentTime > 0.3} ${video.error?.message ?? ""}`.trim();
    });
    let seen = "";
    for (let turns = 0; turns < 300 && seen !== "true true true"; turns++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      seen = await played();
    }
    assert.equal(seen, "true true true", errors.join("; "));
    assert.deepEqual(errors, []);
    await page.close();
  });
}
