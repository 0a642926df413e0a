// The tarball that `npm pack` makes: a fresh application installs it, is built by each bundler and plays; so does a page
// without a bundler; Node imports it without harm; checkers of packages and of types find nothing; it is as small as it was.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../xtask/serve.mjs";
import { budget, sizes } from "../../xtask/size.mjs";
import { launch } from "../e2e/lib/browser.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "mse-polyfill-packaging-"));
const application = join(directory, "app");
const installed = join(application, "node_modules/mse-polyfill");
let tarball;

/** Runs a program in the application; what it prints comes back, or into the error. */
function run(program, ...words) {
  const environment = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: application, encoding: "utf8", env: environment });
  assert.equal(status, 0, `${program} ${words.join(" ")}\n${stdout}\n${stderr}`);
  return stdout;
}

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
  tarball = join(directory, filename);
  run("npm", "install", "--no-audit", "--no-fund", "--prefer-offline", tarball);
  browser = await launch("chromium");
});

after(async () => {
  await browser?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Serves the directories, opens the page and waits until it plays. Returns the paths of what it loaded. */
async function plays(mounts) {
  const site = await serve({ "/clips": path("../fixtures/clips"), ...mounts });
  const page = await browser.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  try {
    await page.goto(`${site.origin}/`);
    await page.waitForFunction(() => document.querySelector("video")?.currentTime > 1, { timeout: 20_000 });
    await page.waitForFunction(() => document.querySelector("mse-controls") && window.cueWasEntered, { timeout: 20_000 });
    const state = await page.evaluate(() => {
      const { videoWidth, videoHeight, error } = document.querySelector("video");
      return { videoWidth, videoHeight, error, nativeIsUntouched: window.nativeIsUntouched };
    });
    assert.deepEqual(state, { videoWidth: 320, videoHeight: 180, error: null, nativeIsUntouched: true });
    const wasm = site.requests.filter((request) => request.path.endsWith(".wasm"));
    assert.equal(wasm.filter((request) => request.found).length, wasm.length);
    assert.equal(new Set(wasm.map((request) => request.path)).size, 1, "one .wasm is fetched");
    // Of a worker that the page forbids, Chromium tells the console.
    assert.deepEqual(problems.filter((problem) => !problem.includes("worker-src 'none'")), []);
    return site.requests.map((request) => request.path);
  } finally {
    await page.close();
    await site.close();
  }
}

test("the tarball holds what it should and nothing else", () => {
  const packed = files(installed);
  for (const name of [
    "package.json", "README.md", "LICENSE-MIT", "LICENSE-APACHE", "dist/index.js", "dist/index.d.ts", "dist/auto.js",
    "dist/auto.d.ts", "dist/canvas_video.js", "dist/controls.js", "dist/decoding_info.js", "dist/page_host.js", "dist/seldom.js",
    "dist/mse-polyfill.js", "dist/mse-polyfill-inspect.js",
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

/** The commands that build the application, and where the page is that then plays: a page of their own, or ours. */
const BUNDLERS = {
  Vite: { build: ["vite", "build", "--outDir", "out/vite"], out: "out/vite", hasPage: true },
  webpack: {
    build: ["webpack", "--mode", "production", "--entry", "./src/main.js", "--output-path", "out/webpack"],
    out: "out/webpack",
  },
  Rollup: { build: ["rollup", "--config"], out: "out/rollup" },
  // What is no module cannot import the control bar later.
  "Rollup as one script": {
    build: ["rollup", "--config", "--format", "iife", "--inlineDynamicImports", "--dir", "out/rollup-script"],
    out: "out/rollup-script",
    isScript: true,
  },
  // It leaves `new URL(…, import.meta.url)` alone, so the application imports the module as a file.
  esbuild: {
    build: ["esbuild", "src/with-url.js", "--bundle", "--format=esm", "--loader:.wasm=file", "--outfile=out/esbuild/main.js"],
    out: "out/esbuild",
  },
  // Its server renders the page first.
  "Next.js": { build: ["next", "build", "next"], out: "out/next", hasPage: true },
};

for (const [name, { build, out, hasPage, isScript }] of Object.entries(BUNDLERS)) {
  test(`a fresh application builds with ${name}, with one .wasm, and plays`, async () => {
    run("npx", "--no-install", ...build);
    const built = join(application, out);
    assert.equal(files(built).filter((file) => file.endsWith(".wasm")).length, 1, `${files(built)}`);
    if (!hasPage) {
      const page = readFileSync(path("bundle.html"), "utf8");
      writeFileSync(join(built, "index.html"), isScript ? page.replace(' type="module"', "") : page);
    }
    await plays({ "/": built });
  });
}

test("what a page downloads is within size-budget.json, and the budget is tight", () => {
  const { package: parts, "one file": oneFile } = sizes();
  const pairs = [...Object.keys(parts).map((part) => [part, parts[part], budget.package[part]]), ["one file", oneFile, budget["one file"]]];
  for (const [name, found, allowed] of pairs) {
    assert.ok(found <= allowed, `${name} has ${found} bytes, ${allowed} are allowed: make it smaller, or say why not`);
    assert.ok(found > 0.95 * allowed, `${name} has ${found} bytes: lower its budget of ${allowed}`);
  }
});

test("a page without a bundler imports and plays it, with a worker and without", async () => {
  for (const [directory, loadsHost] of [["static", false], ["no_worker", true]]) {
    const loaded = await plays({ "/": path(directory), "/src": path("app/src"), "/package": installed });
    assert.equal(loaded.includes("/package/dist/page_host.js"), loadsHost, directory);
  }
});

test("its types are accepted where the DOM's are asked for", () => {
  run("npx", "--no-install", "tsc", "--project", "tsconfig.json");
});

test("publint and attw have nothing to say", () => {
  assert.match(run("npx", "--no-install", "publint", "--strict", installed), /All good/);
  // What is not a module is there for its address.
  const addresses = ["script", "worker", "worklet", "mse_polyfill_bg.wasm"];
  run("npx", "--no-install", "attw", tarball, "--profile", "esm-only", "--exclude-entrypoints", ...addresses);
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
    const { inspect } = await import("mse-polyfill/inspect");
    if (typeof inspect !== "function") throw new Error("mse-polyfill/inspect has no inspect");
    console.log("fine");`;
  assert.equal(run("node", "--input-type=module", "--eval", script).trim(), "fine");
});
