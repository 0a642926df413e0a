// Builds the npm package into ../pkg from the sources here and the wasm-bindgen output in wasm/:
//
//   cargo rustc --release --target wasm32-unknown-unknown --lib --crate-type cdylib
//   wasm-bindgen --target web --encode-into always --out-dir js/wasm target/wasm32-unknown-unknown/release/mse_polyfill.wasm
//   node js/build.mjs [--no-wasm-opt] [--no-check]
//
// `--no-wasm-opt` leaves the wasm as it is (quicker, larger); `--no-check` skips the type checker and the `.d.ts` files.

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { minify } from "terser";
import { asciiOfBytes } from "./ascii_bytes.mjs";
import { packedSize } from "./packed_size.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const pkg = join(root, "pkg");
const dist = join(pkg, "dist");
const scratch = join(here, "dist");
const wasm = join(here, "wasm", "mse_polyfill_bg.wasm");
const optimizedWasm = join(scratch, "mse_polyfill_bg.wasm");
const glue = join(here, "wasm", "mse_polyfill.js");
const shortGlue = join(scratch, "mse_polyfill.js");
const pageGlue = join(scratch, "page.js");
/** What the control plane calls of the module's imports: nothing of the browser's. */
const CONTROL_PLANE_IMPORTS = /^__wbg_thrown_|^__wbg___wbindgen_throw_|^__wbindgen_init_externref_table$/;
const TARGET = "es2022";
/** Sources that the ESM package's script loads when it needs them, besides the control bar. */
const LATER = ["canvas_video", "decoding_info", "page_host", "seldom"];
/** In bytes: functions up to this size are put into the one place that calls them. */
const INLINED = 40;
/** Of WebAssembly, what the compiler uses. A text does not say it. */
const FEATURES = ["bulk-memory", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"].map((name) => `--enable-${name}`);

const options = new Set(process.argv.slice(2));
for (const option of options) {
  if (!["--no-wasm-opt", "--no-check"].includes(option)) {
    fail(`unknown option ${option}`);
  }
}
if (!existsSync(wasm)) {
  fail(`${relative(root, wasm)} is missing; run \`cargo xtask build\`, or the two commands at the top of js/build.mjs`);
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
mkdirSync(scratch, { recursive: true });

optimizeWasm();
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
copyFileSync(optimizedWasm, join(dist, "mse_polyfill_bg.wasm"));
checkReferences();
if (!options.has("--no-check")) {
  writeDeclarations();
}
writePackage();
printSizes();

function fail(message) {
  console.error(`build: ${message}`);
  process.exit(1);
}

function source(name) {
  return join(here, "src", name);
}

/** Its output with `"pipe"`. */
function run(tool, args, stdout = "inherit") {
  const script = join(here, "node_modules", ".bin", tool);
  if (!existsSync(script)) {
    fail(`${tool} is missing; run \`npm ci\` in js/`);
  }
  const result = spawnSync(script, args, { cwd: here, stdio: ["inherit", stdout, "inherit"], encoding: "utf8" });
  if (result.status !== 0) {
    fail(`${tool} failed`);
  }
  return result.stdout;
}

/**
 * Binaryen makes the module smaller, and gives short names to what it and wasm-bindgen's JavaScript know of each other. The
 * result is kept for as long as the module is the same.
 */
function optimizeWasm() {
  if (options.has("--no-wasm-opt")) {
    copyFileSync(wasm, optimizedWasm);
    writeFileSync(shortGlue, tidied(withOurFunctions(readFileSync(glue, "utf8"))));
    copyFileSync(shortGlue, pageGlue);
    return;
  }
  const isFresh = existsSync(optimizedWasm) && statSync(optimizedWasm).mtimeMs > statSync(wasm).mtimeMs;
  const stamp = join(scratch, "optimized");
  if (isFresh && existsSync(pageGlue) && existsSync(stamp)) {
    return;
  }
  rmSync(stamp, { force: true });
  const passes = ["-Os", "--dae-optimizing", "--strip-debug", "--strip-producers", "--strip-target-features"];
  // Functions that are called from one place stay functions: one that swallows all of them is compiled as a whole, twice.
  passes.push(`--one-caller-inline-max-function-size=${INLINED}`);
  // The stack is at the bottom of memory: no object is at an address as low as the offset of a field.
  passes.push("--low-memory-unused", "--optimize-added-constants-propagate", "--skip-pass=memory-packing");
  passes.push("--minify-imports-and-exports-and-modules");
  const moduleText = join(scratch, "mse_polyfill_bg.wat");
  const names = JSON.parse(run("wasm-opt", [...passes, wasm, "-S", "-o", moduleText], "pipe"));
  writeFileSync(moduleText, likeBesideLike(readFileSync(moduleText, "utf8")));
  run("wasm-opt", ["--mvp-features", ...FEATURES, "--optimize-level=2", "--shrink-level=1", "--generate-stack-ir", "--optimize-stack-ir", moduleText, "-o", optimizedWasm]);
  const text = withOurFunctions(readFileSync(glue, "utf8"));
  writeFileSync(shortGlue, shortened(text, names));
  writeFileSync(pageGlue, shortened(text, names, CONTROL_PLANE_IMPORTS));
  writeFileSync(stamp, "");
}

/**
 * The text of a module with functions that look alike beside each other, which compression likes: those that use the same kinds
 * of numbers, then those of the same type, with as many locals, as long. Loads and stores do without what is said of their
 * alignment, which changes nothing of what they do.
 */
function likeBesideLike(text) {
  const MEMBER = /^ \([^]*?(?=\n(?: \(|\)))/gm; // Of the module: what is indented by one.
  const functions = [];
  const rest = text.replace(MEMBER, (member) => {
    if (!member.startsWith(" (func ")) {
      return member;
    }
    const code = member.replace(/ align=\d+/g, "");
    const unnamed = code.replace(/\$\S+/g, "");
    const [type] = unnamed.split("\n", 1);
    const key = [/\bf64/.test(code), /\bi64/.test(code), type, unnamed.split("(local ").length, unnamed.length];
    functions.push({ code, key });
    return "";
  });
  const inOrder = ({ key: a }, { key: b }) => {
    const first = a.findIndex((value, index) => value !== b[index]);
    return first < 0 ? 0 : a[first] < b[first] ? -1 : 1;
  };
  const members = functions.sort(inOrder).map(({ code }) => code);
  return `${rest.slice(0, rest.lastIndexOf(")"))}${members.join("\n")}\n)\n`;
}

/**
 * The glue with the names that the module has now. Imports are functions in an object, of which those go that the module does
 * without, and what files beside the Rust sources export; exports are the members of `wasm`. Imports that are not `called`
 * are there and do nothing.
 */
function shortened(text, { imports, exports }, called = /^/) {
  const isOfFile = ([from]) => from.startsWith("./snippets/");
  const importNames = new Map(imports.filter((found) => !isOfFile(found)).map(([, name, short]) => [name, short]));
  const isCalled = ([, name]) => called.test(name);
  const others = imports.filter((found) => isOfFile(found) && isCalled(found)).map(([, name, short]) => `${short}: import1.${name}`);
  const uncalled = imports.filter((found) => !isCalled(found)).map(([, , short]) => short);
  if (uncalled.length > 0) {
    others.push(`...doingNothing("${uncalled.join(" ")}")`);
  }
  const exportNames = new Map(exports);
  let found = 0;
  const result = text
    .replace(/^ {8}(\w+): (function\([^]*?\n {8}\}.*,\n)/gm, (_, name, body) => {
      const short = importNames.get(name);
      found += short ? 1 : 0;
      return short && called.test(name) ? `        ${short}: ${body}` : "";
    })
    .replace(/^ *"[^"]+": import[^0].*\n/gm, "")
    .replace(/"[^"]+": import0\b/, `a: { ...import0, ${others} }`)
    .replace(/: function(\(.*\)) \{$/gm, ": $1 => {")
    .replace(/const ret = (.*);\n +return ret;/g, "return $1;")
    .replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${exportNames.get(name) ?? fail(`the module has no ${name}`)}`);
  return found === importNames.size ? tidied(result) : fail(`the glue has ${found} of ${importNames.size} imports`);
}

/** The glue, for the directory beside its own, with functions of ours; without what would keep in a script what it does not use. */
function tidied(text) {
  return text
    .replace(/(?<= from ["'])\.\/snippets\//g, "../wasm/snippets/")
    .replace(/^if \(Symbol\.dispose\).*\n/gm, "")
    // By names as methods have them; nothing asks for the names of numbers.
    .replace(/Object\.freeze\(\{([^]*?)\n\}\)/g, (_, members) => {
      const names = Array.from(members.matchAll(/^ +(\w)(\w+): \d+, "/gm), ([, first, rest]) => first.toLowerCase() + rest);
      return `enumeration("${names.join(" ")}")`;
    })
    .replace(/\(typeof FinalizationRegistry === 'undefined'\)\n.*\n *: /g, "") // It is older than WebCodecs.
    .replace(/(enumeration\("|new FinalizationRegistry\()/g, "/* @__PURE__ */ $1");
}

/** The glue with functions of `glue_functions.js` in the places of its own, and with shorter ways to call them. */
function withOurFunctions(text) {
  const ours = readFileSync(join(here, "glue_functions.js"), "utf8").match(/^function [^]*?^}\n/gm);
  const result = ours.reduce((text, own) => {
    const [start] = /^function \w+\(/.exec(own);
    const [before, after] = text.split(start);
    return after === undefined ? `${text}${own}` : before + own + after.slice(after.indexOf("\n}\n") + 3);
  }, text);
  return result
    .replace(/, wasm\.__wbindgen_malloc(?:, wasm\.__wbindgen_realloc)?\)/g, ")")
    .replace(/^cachedTextDecoder\.decode\(\);\n/m, "")
    // What is given up when memory runs out: the module is lost then.
    .replace(/^( {8})try \{\n((?: {12}.*\n)+) {8}\} catch \(e\) \{\n(?: {12}.*\n)+ {8}\}\n/gm, "$2")
    .replace(/= (wasm\.\w+\(.*\));\n +if \(ret\[\d\]\) \{\n +throw takeFromExternrefTable0\(ret\[\d\]\);\n +\}\n/g, "= checked($1);\n")
    .replace(/let deferred[^]*?const ret = (.*);[^]*?finally \{[^]*?\n {8}\}\n/g, "return takenText(checked($1));\n");
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
    "built:wasm": () => ({ contents: asciiOfBytes(readFileSync(optimizedWasm)), loader: "text" }),
  };
  build.onResolve({ filter: /^built:/ }, ({ path }) => ({ path, namespace: "built" }));
  build.onLoad({ filter: /.*/, namespace: "built" }, ({ path }) => parts[path]());
}

/** In place of what wasm-bindgen wrote, the same with short names. */
function putShortGlueInside(build) {
  build.onResolve({ filter: /\/wasm\/mse_polyfill\.js$/ }, () => ({ path: shortGlue }));
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
