// Builds the demonstration site into www/dist: static files with relative addresses, for any host and any path. In English,
// and in Korean in ko/ with the words of ko.json (build/words.mjs).
//
//   node www/build.mjs [OUT]        after js/build.mjs has left ../pkg/dist/mse-polyfill.js
//
// The bundler is the package's own (js/node_modules).

import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { plots } from "./build/benchmarks.mjs";
import { all, bars, reasons } from "./build/conformance.mjs";
import { framed } from "./build/html.mjs";
import { localized, Words } from "./build/words.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = process.argv[2] ?? join(here, "dist");
const examples = join(here, "..", "examples");
const tests = join(here, "..", "tests", "players");
const streams = join(here, "..", "target", "players");
const library = join(here, "..", "pkg", "dist", "mse-polyfill.js");

let esbuild;
try {
  esbuild = createRequire(join(here, "..", "js", "package.json"))("esbuild");
} catch {
  console.error("www: esbuild is missing; run `npm ci` in js/");
  process.exit(1);
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "media"), { recursive: true });

/** The pages that exist in every language, by their folders, and what their data fills in. */
const PAGES = {
  "": [join(here, "index.html")],
  "players/": [join(here, "players/index.html")],
  "conformance/": [join(here, "conformance/index.html"), fillConformance],
  "benchmarks/": [join(here, "benchmarks/index.html"), fillBenchmarks],
  "audio-streaming/": [join(examples, "audio-streaming/index.html")],
  "joining/": [join(examples, "joining/index.html")],
};
const hasPlayers = existsSync(join(tests, "node_modules")) && existsSync(join(streams, "made-by.txt"));
if (!hasPlayers) {
  console.warn("www: no page of players: `cargo xtask demo` brings what it needs");
  delete PAGES["players/"];
}

await writeLanguage("en", dist, new Words({}));
const korean = new Words(parsed(join(here, "ko.json")));
await writeLanguage("ko", join(dist, "ko"), korean);
for (const text of korean.unused) console.warn(`www: ko.json translates what is not there, ${text}`);

await esbuild.build({ entryPoints: { style: join(here, "src", "style.css") }, outdir: dist, bundle: true, minify: true, logLevel: "warning" });
for (const name of ["icon.svg", "media/clip.mp4"]) copyFileSync(join(here, name), join(dist, name));
if (hasPlayers) await addPlayers();
if (existsSync(library)) {
  copyFileSync(library, join(dist, "mse-polyfill.js"));
  for (const name of ["live.js", "mse-polyfill-inspect.js"]) copyFileSync(join(library, "..", name), join(dist, name));
} else {
  console.warn("www: ../pkg/dist/mse-polyfill.js is missing; the page will say so and use the browser's own MediaSource");
}

for (const name of ["index.html", "style.css", "page.js", "mse-polyfill.js", "media/clip.mp4"]) {
  const file = join(dist, name);
  if (existsSync(file)) {
    const packed = name.endsWith(".mp4") ? "" : `, ${kilobytes(brotliCompressSync(readFileSync(file)).length)} with brotli`;
    console.log(`${relative(process.cwd(), file)}  ${kilobytes(statSync(file).size)}${packed}`);
  }
}

/** The pages and scripts of one language. */
async function writeLanguage(language, directory, words) {
  await esbuild.build({
    entryPoints: { page: join(here, "src", "main.ts"), ...(hasPlayers && { players: join(here, "src", "players.ts") }) },
    outdir: directory,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2022"],
    charset: "utf8",
    logLevel: "warning",
    define: { UP: JSON.stringify(language === "en" ? "" : "../") },
    plugins: [{ name: "words", setup: (build) => readWith(words, build) }],
  });
  for (const name of ["audio-streaming", "joining"]) {
    cpSync(join(examples, name), join(directory, name), { recursive: true });
    for (const file of readdirSync(join(examples, name)).filter((file) => file.endsWith(".js"))) {
      const code = readFileSync(join(examples, name, file), "utf8");
      writeFileSync(join(directory, name, file), words.translate(`${name}/${file}`, code));
    }
  }
  for (const [path, [source, fill = (html) => html]] of Object.entries(PAGES)) {
    let html = framed(fill(readFileSync(source, "utf8")), path);
    if (!hasPlayers) html = html.replace(/^.*href="(\.\.\/)?players\/".*\n/gm, "");
    html = words.translate(`${path}index.html`, words.translate("*", html));
    mkdirSync(join(directory, path), { recursive: true });
    writeFileSync(join(directory, path, "index.html"), localized(html, path, language));
  }
}

function parsed(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

function fillConformance(html) {
  const summaries = parsed(join(here, "../docs/conformance.json"));
  const known = parsed(join(here, "../docs/conformance-reasons.json"));
  return html
    .replace("<!-- conformance: bars -->", () => bars(summaries))
    .replace("<!-- conformance: reasons -->", () => reasons(summaries, known))
    .replace("<!-- conformance: all -->", () => all(summaries));
}

function fillBenchmarks(html) {
  return html.replace("<!-- benchmarks -->", () => plots(parsed(join(here, "../docs/benchmarks.json"))));
}

/** The frames of the page of players, with the very players that the tests play with, and streams for them. */
async function addPlayers() {
  const players = join(dist, "players");
  for (const name of readdirSync(join(here, "players")).filter((name) => name !== "index.html")) {
    copyFileSync(join(here, "players", name), join(players, name));
  }
  copyFileSync(join(tests, "pages", "players.mjs"), join(players, "players.mjs"));
  const { PLAYERS } = await import(join(tests, "pages", "players.mjs"));
  for (const file of Object.values(PLAYERS).flatMap(({ script, style }) => [script, style ?? []].flat())) {
    cpSync(join(tests, "node_modules", file), join(players, "packages", file));
  }
  const { COUNT, dashManifest, masterPlaylist, mediaPlaylist, PACKAGES, RENDITIONS, SOUNDS } = await import(join(tests, "lib", "manifests.mjs"));
  const segments = Array.from({ length: COUNT }, (_, index) => index + 1);
  for (const [of, { audio, container }] of Object.entries(PACKAGES)) {
    const directory = join(players, "streams", of);
    cpSync(join(streams, of), directory, { recursive: true });
    writeFileSync(join(directory, "main.m3u8"), masterPlaylist(of));
    for (const { name } of [...RENDITIONS, ...(audio ? SOUNDS : [])]) {
      writeFileSync(join(directory, `${name}.m3u8`), mediaPlaylist(of, name, segments));
    }
    if (container) writeFileSync(join(directory, "main.mpd"), dashManifest(of));
  }
  copyFileSync(join(streams, "whole.flv"), join(players, "streams", "whole.flv"));
  copyFileSync(join(streams, "whole.ts"), join(players, "streams", "whole.ts"));
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

/**
 * Scripts with the words of a language. `import text from "source:./tutorial.js"`: the file as it is written, where
 * `./tutorial.js` is the file as it runs.
 */
function readWith(words, build) {
  const load = (loader) => ({ path }) => ({
    contents: words.translate(relative(here, path).replaceAll("\\", "/"), readFileSync(path, "utf8")),
    loader,
    watchFiles: [path],
  });
  build.onResolve({ filter: /^source:/ }, ({ path, resolveDir }) => ({
    path: join(resolveDir, path.slice("source:".length)),
    namespace: "source",
  }));
  build.onLoad({ filter: /.*/, namespace: "source" }, load("text"));
  build.onLoad({ filter: /\.ts$/ }, load("ts"));
  build.onLoad({ filter: /\.js$/ }, load("js"));
}
