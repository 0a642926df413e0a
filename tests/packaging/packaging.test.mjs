// The tarball that `npm pack` makes: a fresh Vite application installs it, builds and plays; so does a page without a
// bundler; Node imports it without harm.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../xtask/serve.mjs";
import { launch } from "../e2e/lib/browser.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "mse-polyfill-packaging-"));
const application = join(directory, "app");
const installed = join(application, "node_modules/mse-polyfill");

const run = (program, ...words) =>
  execFileSync(program, words, { cwd: application, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** All files below, relative. */
const files = (root) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1));

let browser;

before(async () => {
  cpSync(path("app"), application, { recursive: true });
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", directory], { cwd: path("../../pkg"), encoding: "utf8" }),
  );
  run("npm", "install", "--no-audit", "--no-fund", "--prefer-offline", join(directory, filename));
  browser = await launch("chromium");
});

after(async () => {
  await browser?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Serves the directories, opens the page and waits until it plays. */
async function plays(mounts) {
  const site = await serve({ "/clips": path("../fixtures/clips"), ...mounts });
  const page = await browser.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  try {
    await page.goto(`${site.origin}/`);
    await page.waitForFunction(() => document.querySelector("video")?.currentTime > 1, { timeout: 20_000 });
    const state = await page.evaluate(() => {
      const { videoWidth, videoHeight, error } = document.querySelector("video");
      return { videoWidth, videoHeight, error, nativeIsUntouched: window.nativeIsUntouched };
    });
    assert.deepEqual(state, { videoWidth: 320, videoHeight: 180, error: null, nativeIsUntouched: true });
    const wasm = site.requests.filter((request) => request.path.endsWith(".wasm"));
    assert.equal(wasm.filter((request) => request.found).length, wasm.length);
    assert.equal(new Set(wasm.map((request) => request.path)).size, 1, "one .wasm is fetched");
    assert.deepEqual(problems, []);
  } finally {
    await page.close();
    await site.close();
  }
}

test("the tarball holds what it should and nothing else", () => {
  const packed = files(installed);
  for (const name of [
    "package.json", "README.md", "LICENSE-MIT", "LICENSE-APACHE", "dist/index.js", "dist/index.d.ts", "dist/auto.js",
    "dist/auto.d.ts", "dist/mse-polyfill.js",
  ]) {
    assert.ok(packed.includes(name), `${name} is missing`);
  }
  assert.equal(packed.filter((name) => name.endsWith(".wasm")).length, 1);
  assert.deepEqual(packed.filter((name) => /\.(ts|map|rs)$/.test(name) && !name.endsWith(".d.ts")), []);
  const { exports, types, license } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  assert.equal(license, "MIT OR Apache-2.0");
  for (const target of [types, ...Object.values(exports).flatMap((entry) => (typeof entry === "string" ? entry : Object.values(entry)))]) {
    assert.ok(packed.includes(target.slice(2)), `package.json names ${target}`);
  }
});

test("a fresh Vite application builds with it, with one .wasm, and plays", async () => {
  run("npm", "run", "build");
  const built = files(join(application, "dist"));
  assert.equal(built.filter((name) => name.endsWith(".wasm")).length, 1, `${built}`);
  await plays({ "/": join(application, "dist") });
});

test("a page without a bundler imports and plays it", async () => {
  await plays({
    "/": path("static"),
    "/main.js": path("app/src/main.js"),
    "/package": installed,
  });
});

test("Node imports it without harm: no globals, no error", () => {
  const script = `
    const names = () => Object.getOwnPropertyNames(globalThis).sort().join();
    const before = [names(), URL.createObjectURL];
    const { MediaSource, attach, install } = await import("mse-polyfill");
    if (names() !== before[0]) throw new Error("globals have changed: " + names());
    if (URL.createObjectURL !== before[1]) throw new Error("URL.createObjectURL has changed");
    if ([MediaSource, attach, install].some((item) => typeof item !== "function")) throw new Error("exports are missing");
    await import("mse-polyfill/auto");
    console.log("fine");`;
  assert.equal(run("node", "--input-type=module", "--eval", script).trim(), "fine");
});
