// The tests' web site, and pages on it.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../../xtask/serve.mjs";
import { browserName, launch } from "./browser.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** What clips.json says of the clips. */
export const facts = JSON.parse(readFileSync(path("../../fixtures/clips/clips.json"), "utf8"));

/** Screenshots go here; git ignores it. */
const outputDirectory = path("../output/");

/**
 * Serves pages at /, the clips at /clips, recordings at /recorder, the built package at /dist, and the examples
 * as the demo site does. `video`: the clip at /path/to/video, with its own ending. `answer` is that of `serve`.
 */
export function serveSite({ video, answer } = {}) {
  return serve({
    "/": path("../pages"),
    "/clips": path("../../fixtures/clips"),
    "/recorder": path("../../fixtures/recorder"),
    "/dist": path("../../../pkg/dist"),
    "/audio-streaming": path("../../../examples/audio-streaming"),
    "/joining": path("../../../examples/joining"),
    "/icon.svg": path("../../../www/icon.svg"),
    "/live.js": path("../../../pkg/dist/live.js"),
    "/mse-polyfill.js": path("../../../pkg/dist/mse-polyfill.js"),
    ...(video && { [`/path/to/video${video.slice(video.lastIndexOf("."))}`]: path(`../../fixtures/clips/${video}`) }),
  }, { answer });
}

/**
 * A browser and the site for all tests of a file: `const suite = useBrowser()`, then suite.open("polyfill.html"). Options are
 * those of `launch`.
 */
export function useBrowser(options) {
  const suite = {
    browser: undefined,
    site: undefined,
    /** Opens a page; `problems` collects what it complained of. */
    async open(pathname, site = suite.site) {
      // To prove a test rather than the polyfill: MSE=native runs it on the browser's own MediaSource.
      if (pathname === "polyfill.html" && process.env.MSE === "native") pathname = "native.html";
      // A test that failed may have left its page playing.
      for (const left of await suite.browser.pages()) if (left.url().startsWith("http")) await left.close();
      const page = await suite.browser.newPage();
      const problems = [];
      page.on("pageerror", (error) => problems.push(`uncaught: ${error.message ?? error}`));
      page.on("console", (message) => {
        if (message.type() === "error") problems.push(`console: ${message.text()}`);
        if (process.env.VERBOSE) console.log(`    ${message.type()}: ${message.text()}`);
      });
      await page.goto(`${site.origin}/${pathname}`, { waitUntil: "load" });
      await page.bringToFront();
      await page.waitForFunction(() => globalThis.harness || globalThis.app || !document.querySelector("script[type=module]"));
      return { page, problems };
    },
    /** What `body` returns in a page with the polyfill; complaints of the page fail the test. */
    async evaluate(body, ...args) {
      const { page, problems } = await suite.open("polyfill.html");
      const result = await page.evaluate(body, ...args);
      await page.close();
      assert.deepEqual(problems, []);
      return result;
    },
  };
  before(async () => {
    suite.site = await serveSite();
    suite.browser = await launch(browserName, options);
  });
  after(async () => {
    await suite.browser?.close();
    await suite.site?.close();
  });
  return suite;
}

/** Leaves a picture of the page for a person to look at. */
export async function screenshot(page, name) {
  mkdirSync(outputDirectory, { recursive: true });
  await page.screenshot({ path: `${outputDirectory}${browserName}-${name}.png` });
}
