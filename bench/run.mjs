// node bench/run.mjs MEDIA_DIRECTORY PART… [--quick] [--media=NAME,…] [--save]    (`cargo xtask bench` prepares all that it needs)

import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { browserName, launch } from "../tests/e2e/lib/browser.mjs";
import { serve } from "../xtask/serve.mjs";
import { append } from "./lib/append.mjs";
import { demux } from "./lib/demux.mjs";
import { drift } from "./lib/drift.mjs";
import { play } from "./lib/play.mjs";
import { Report } from "./lib/report.mjs";
import { seek } from "./lib/seek.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PARTS = { demux, append, seek, play, drift };

const [directory, ...rest] = process.argv.slice(2);
const quick = rest.includes("--quick");
const only = rest.find((word) => word.startsWith("--media="))?.slice("--media=".length).split(",");
const media = JSON.parse(readFileSync(join(directory, "media.json"), "utf8")).filter(
  ({ name }) => !only || only.some((start) => name.startsWith(start)),
);

const bundled = {
  entryPoints: [here("pages/demux.mjs")],
  outdir: here("../target/bench/built"),
  bundle: true,
  format: "esm",
  target: "es2022",
  // Its file for browsers is a script; ts-ebml needs a module.
  alias: { ebml: "ebml/lib/ebml.esm.js" },
  define: {
    // Switches of hls.js's own build.
    __USE_SUBTITLES__: "true", __USE_ALT_AUDIO__: "true", __USE_EME_DRM__: "true", __USE_CMCD__: "true",
    __USE_CONTENT_STEERING__: "true", __USE_VARIABLE_SUBSTITUTION__: "true", __USE_M2TS_ADVANCED_CODECS__: "true",
    __USE_MEDIA_CAPABILITIES__: "true", __USE_INTERSTITIALS__: "true", __USE_IFRAMES__: "true",
    __VERSION__: '"0"', __HLS_WORKER_BUNDLE__: "false", __IN_WORKER__: "false",
  },
  plugins: [{ name: "unused", setup: leaveOut }],
  logLevel: "warning",
};
// Only this part has the other libraries in it.
if (rest.includes("demux")) await esbuild.build(bundled);

/** What hls.js has inside its own bundle only; its tools for MP4 call none of it. */
function leaveOut(build) {
  build.onResolve({ filter: /^(@svta\/|url-toolkit)/ }, ({ path }) => ({ path, namespace: "unused" }));
  build.onLoad({ filter: /.*/, namespace: "unused" }, () => ({ contents: "module.exports = {};" }));
}

const site = await serve({
  "/": here("pages"),
  "/built": here("../target/bench/built"),
  "/wasm": here("../target/bench/wasm"),
  "/dist": here("../pkg/dist"),
  "/media": directory,
});
// A minute is played in one call.
const browser = await launch(browserName, { protocolTimeout: 300_000 });
const about = {
  browser: await browser.version(),
  processors: `${cpus().length} × ${cpus()[0].model}`,
  quick,
  date: new Date().toISOString().slice(0, 10),
};
console.log(`\n${about.browser}, ${about.processors}`);

/** A page that says what goes wrong in it. */
async function openPage(path, origin = site.origin) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`  page: ${error.message ?? error}`));
  page.on("console", (message) => {
    if (message.type() === "error" || process.env.VERBOSE) console.error(`  page: ${message.text()}`);
  });
  await page.goto(`${origin}/${path}`, { waitUntil: "load" });
  await page.bringToFront();
  await page.waitForFunction(() => globalThis.bench ?? globalThis.harness);
  return page;
}

try {
  const saved = rest.includes("--save") ? here("../docs/benchmarks.json") : undefined;
  const report = new Report(here("../target/bench/results.json"), about, saved);
  for (const part of rest.filter((word) => word in PARTS)) {
    await PARTS[part]({ openPage, media, passes: quick ? 2 : 7, quick, report, browserName });
  }
} finally {
  await browser.close();
  await site.close();
}
