// What a page downloads, by brotli, beside what size-budget.json allows: node size.mjs
//
// `sizes()` for tests. The package's script is measured as a bundler leaves it, minified, with the worker's and the
// worklet's scripts in it. Of a page that installs nothing, bundlers leave out what installs.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { packedSize } from "../js/packed_size.mjs";

const root = new URL("../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root));
/** Whether the build could compile the standard library too, as xtask/src/tools.rs asks. */
function hasLibrarySource() {
  const sysroot = execFileSync("rustc", ["--print", "sysroot"], { encoding: "utf8" }).trim();
  return existsSync(join(sysroot, "lib/rustlib/src/rust/library/Cargo.lock"));
}

export const budget = JSON.parse(read("size-budget.json"))[hasLibrarySource() ? "with the library" : "without"];

/** What the package's script loads when it needs it. */
const LATER = ["canvas_video", "controls", "decoding_info", "page_host", "seldom"];

export function sizes() {
  const { buildSync } = createRequire(new URL("js/package.json", root))("esbuild");
  const dist = fileURLToPath(new URL("pkg/dist", root));
  const minified = (options) => {
    const { outputFiles } = buildSync({
      minify: true, write: false, format: "esm", target: "es2022", legalComments: "none", logLevel: "error", ...options,
    });
    return packedSize(outputFiles[0].contents);
  };
  const script = (name) => minified({ entryPoints: [join(dist, name)] });
  const using = (names) => ({ contents: `export { ${names} } from "./index.js";`, resolveDir: dist });
  const module = packedSize(read("pkg/dist/mse_polyfill_bg.wasm"));
  const index = script("index.js");
  const canvas = script("canvas_video.js");
  return {
    // All that is loaded to play, in the browsers that need most.
    package: { module, script: index, all: module + index + canvas, controls: script("controls.js") },
    "one file": packedSize(read("pkg/dist/mse-polyfill.js")),
    besides: {
      "canvas_video.js, in browsers without generators of tracks": canvas,
      "decoding_info.js, when it is asked for": script("decoding_info.js"),
      "page_host.js, without any worker": script("page_host.js"),
      "seldom.js, with text tracks, workers, \"when-unsupported\"": script("seldom.js"),
    },
    inside: {
      "the script with attach() alone": minified({
        stdin: using("MediaSource, attach"), bundle: true, external: LATER.map((name) => `./${name}.js`),
      }),
      "worker.js, in both scripts": packedSize(read("pkg/dist/worker.js")),
      "worklet.js, in both scripts": packedSize(read("pkg/dist/worklet.js")),
      "live.js, by itself": script("live.js"),
      "mse-polyfill-inspect.js, by itself": script("mse-polyfill-inspect.js"),
    },
  };
}

if (pathToFileURL(argv[1] ?? "").href === import.meta.url) {
  const found = sizes();
  const line = (name, bytes, allowed) => {
    const room = allowed === undefined ? "" : `  of ${(allowed / 1000).toFixed(1)} kB allowed`;
    console.log(`${name.padEnd(60)}${(bytes / 1000).toFixed(1).padStart(7)} kB${room}`);
  };
  console.log("By brotli:");
  line("the package: module", found.package.module, budget.package.module);
  line("the package: script", found.package.script, budget.package.script);
  line("the package: all", found.package.all, budget.package.all);
  line("  with controls, besides", found.package.controls, budget.package.controls);
  for (const [name, bytes] of Object.entries(found.besides)) {
    line(`  ${name}`, bytes);
  }
  line("the one-file script", found["one file"], budget["one file"]);
  for (const [name, bytes] of Object.entries(found.inside)) {
    line(`  ${name}`, bytes);
  }
}
