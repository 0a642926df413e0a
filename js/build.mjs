// Builds the npm package into ../pkg from the sources here and the wasm-bindgen output in wasm/:
//
//   cargo rustc --release --target wasm32-unknown-unknown --lib --crate-type cdylib
//   wasm-bindgen --target web --encode-into always --out-dir js/wasm target/wasm32-unknown-unknown/release/mse_polyfill.wasm
//   node js/build.mjs [--no-wasm-opt] [--no-check]
//
// `--no-wasm-opt` leaves the wasm as it is (quicker, larger); `--no-check` skips the type checker and the `.d.ts` files.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import * as esbuild from "esbuild";
import { minify } from "terser";
import { asciiOfBytes } from "./ascii_bytes.mjs";
import { fail, here, run, scratch } from "./build_tools.mjs";
import { packedSize } from "./packed_size.mjs";
import { glue, makeSmall, pageGlue, wasm } from "./small_module.mjs";

const root = join(here, "..");
const pkg = join(root, "pkg");
const dist = join(pkg, "dist");
const TARGET = "es2022";
/** Sources that the ESM package's script loads when it needs them, besides the control bar. */
const LATER = ["canvas_video", "decoding_info", "page_host", "seldom"];

const options = new Set(process.argv.slice(2));
for (const option of options) {
  if (!["--no-wasm-opt", "--no-check"].includes(option)) {
    fail(`unknown option ${option}`);
  }
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

makeSmall(!options.has("--no-wasm-opt"));
const worker = await bundle({ entryPoints: [source("worker.ts")], outfile: join(dist, "worker.js"), format: "iife", minify: true });
const worklet = await bundle({ entryPoints: [source("worklet.ts")], outfile: join(dist, "worklet.js"), format: "iife", minify: true });
const builtParts = { name: "built-parts", setup: offerBuiltParts };
const script = await bundle({
  entryPoints: [source("script.ts")],
  outfile: join(dist, "mse-polyfill.js"),
  format: "iife",
  minify: true,
  plugins: [builtParts, { name: "inline", setup: putAllInside }],
});
const index = await bundle({
  entryPoints: [source("index.ts")],
  outfile: join(dist, "index.js"),
  format: "esm",
  plugins: [builtParts, { name: "later", setup: leaveOutside }, { name: "page-glue", setup: putPageGlueInside }],
});
for (const name of [...LATER, "controls"]) {
  const entry = source(name === "controls" ? "controls/index.ts" : `${name}.ts`);
  await bundle({ entryPoints: [entry], outfile: join(dist, `${name}.js`), format: "esm", plugins: [builtParts] });
}
await bundle({ entryPoints: [source("live/index.ts")], outfile: join(dist, "live.js"), format: "esm" });
await bundle({ entryPoints: [source("inspect/index.ts")], outfile: join(dist, "mse-polyfill-inspect.js"), format: "esm", minify: true });
await bundle({ entryPoints: [source("auto.ts")], outfile: join(dist, "auto.js"), format: "esm", external: ["./index.js"] });
copyFileSync(wasm, join(dist, "mse_polyfill_bg.wasm"));
checkReferences();
if (!options.has("--no-check")) {
  writeDeclarations();
}
writePackage();
printSizes();

function source(name) {
  return join(here, "src", name);
}

/** Bundles and returns the text of the outfile. */
async function bundle(settings) {
  const result = await esbuild.build({
    bundle: true,
    platform: "browser",
    target: TARGET,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    logOverride: { "empty-import-meta": "silent" }, // In wasm-bindgen's own loader, which nothing calls.
    ...settings,
    plugins: [...(settings.plugins ?? []), { name: "glue", setup: putShortGlueInside }],
  });
  if (result.errors.length > 0) {
    fail("esbuild failed");
  }
  const text = readFileSync(settings.outfile, "utf8");
  if (!settings.minify) {
    return text;
  }
  // It leaves 3 % less by brotli than esbuild alone.
  const { code } = await minify(text, { module: settings.format === "esm", ecma: 2022, compress: { passes: 3 } });
  writeFileSync(settings.outfile, code);
  return code;
}

/** `built:worker` and `built:worklet` are the bundled scripts as text, `built:wasm` the module as ASCII, `built:version` the package's. */
function offerBuiltParts(build) {
  const parts = {
    "built:worker": () => ({ contents: worker, loader: "text" }),
    "built:worklet": () => ({ contents: worklet, loader: "text" }),
    "built:version": () => ({ contents: cargoField("version"), loader: "text" }),
    "built:wasm": () => ({ contents: asciiOfBytes(readFileSync(wasm)), loader: "text" }),
  };
  build.onResolve({ filter: /^built:/ }, ({ path }) => ({ path, namespace: "built" }));
  build.onLoad({ filter: /.*/, namespace: "built" }, ({ path }) => parts[path]());
}

/** In place of what wasm-bindgen wrote, the same with short names. */
function putShortGlueInside(build) {
  build.onResolve({ filter: /\/wasm\/mse_polyfill\.js$/ }, () => ({ path: glue }));
}

/** The one-file script has inside what the ESM package loads: the module and the control bar. */
function putAllInside(build) {
  build.onResolve({ filter: /\/(engine_module|controls_bar|page_host_soon|seldom_soon)$/ }, ({ path }) => ({ path: source(`${basename(path)}_inline.ts`) }));
}

/** Files beside the ESM package's script: what not all pages and browsers need. */
function leaveOutside(build) {
  build.onResolve({ filter: /\/controls\/index$/ }, () => ({ path: "./controls.js", external: true }));
  build.onResolve({ filter: new RegExp(`/(${LATER.join("|")})$`) }, ({ path }) => ({ path: `./${basename(path)}.js`, external: true }));
}

/** With the data plane elsewhere, the control plane is all that the page's instance of the module is for. */
function putPageGlueInside(build) {
  build.onResolve({ filter: /\/wasm\/mse_polyfill\.js$/ }, () => ({ path: pageGlue }));
}

/** Bundlers emit a file for each `new URL("….wasm", import.meta.url)`: there must be one, and none in the script. */
function checkReferences() {
  const count = (text) => text.match(/new URL\(\s*["'][^"']*\.wasm["']/g)?.length ?? 0;
  if (count(index) !== 1) {
    fail(`dist/index.js refers to a .wasm file ${count(index)} times instead of once`);
  }
  for (const name of [...LATER, "controls"]) {
    if (index.split(`import("./${name}.js")`).length !== 2) {
      fail(`dist/index.js does not load dist/${name}.js`);
    }
  }
  if (count(script) !== 0 || count(worker) !== 0) {
    fail("the one-file script or the worker refers to a .wasm file");
  }
}

/** Checks the types, and writes the declarations that the entry points need. */
function writeDeclarations() {
  run("tsc", ["--noEmit", "--project", "tsconfig.json"]);
  const types = join(scratch, "types");
  rmSync(types, { recursive: true, force: true });
  run("tsc", [
    "--project", "tsconfig.json", "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", types, "--rootDir", "src",
  ]);
  // Only what the entry points' declarations lead to, and with the extensions that Node's resolution of types asks for.
  const wanted = ["index", "auto", "live/index", "inspect/index"];
  for (const name of wanted) {
    const text = readFileSync(join(types, `${name}.d.ts`), "utf8").replace(
      /(from |import\(|import )"(\.{1,2}\/[^"]+?)(?:\.js)?"/g,
      (_, before, path) => {
        const next = join(dirname(name), path);
        if (!wanted.includes(next)) {
          wanted.push(next);
        }
        return `${before}"${path}.js"`;
      },
    );
    const file = join(dist, `${name}.d.ts`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function cargoField(name) {
  const cargo = readFileSync(join(root, "Cargo.toml"), "utf8");
  return new RegExp(`^${name} = "(.*)"$`, "m").exec(cargo)?.[1] ?? fail(`Cargo.toml has no ${name}`);
}

/** All of the package that is not in dist/. */
function writePackage() {
  const esm = (name) => ({ types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` });
  const manifest = {
    name: cargoField("name"),
    version: cargoField("version"),
    description: cargoField("description"),
    keywords: ["mse", "media source extensions", "mediasource", "polyfill", "webcodecs", "wasm", "video"],
    license: cargoField("license"),
    type: "module",
    main: "./dist/index.js",
    types: "./dist/index.d.ts",
    exports: {
      ".": esm("index"),
      "./auto": esm("auto"),
      "./live": { types: "./dist/live/index.d.ts", default: "./dist/live.js" },
      "./inspect": { types: "./dist/inspect/index.d.ts", default: "./dist/mse-polyfill-inspect.js" },
      "./script": "./dist/mse-polyfill.js",
      "./worker": "./dist/worker.js",
      "./worklet": "./dist/worklet.js",
      "./mse_polyfill_bg.wasm": "./dist/mse_polyfill_bg.wasm",
      "./package.json": "./package.json",
    },
    sideEffects: ["./dist/auto.js", "./dist/mse-polyfill.js", "./dist/worker.js", "./dist/worklet.js"],
    files: ["dist", "LICENSE-APACHE", "LICENSE-MIT", "README.md"],
  };
  writeFileSync(join(pkg, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    copyFileSync(join(root, name), join(pkg, name));
  }
  copyFileSync(join(root, "js/README.md"), join(pkg, "README.md"));
}

function printSizes() {
  const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(12);
  for (const name of readdirSync(dist).filter((name) => /\.(js|wasm)$/.test(name))) {
    const bytes = readFileSync(join(dist, name));
    console.log(`${name.padEnd(24)}${kilobytes(bytes.length)} raw${kilobytes(packedSize(bytes))} brotli`);
  }
}
