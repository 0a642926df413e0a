// Builds the demonstration site into www/dist: static files with relative addresses, for any host and any path.
//
//   node www/build.mjs        after js/build.mjs has left ../pkg/dist/mse-polyfill.js
//
// The bundler is the package's own (js/node_modules).

import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
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

await esbuild.build({
  entryPoints: { page: join(here, "src", "main.ts"), players: join(here, "src", "players.ts"), style: join(here, "src", "style.css") },
  outdir: dist,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  charset: "utf8",
  logLevel: "warning",
  plugins: [{ name: "source-text", setup: offerSourceText }],
});
for (const name of ["index.html", "icon.svg", "media/clip.mp4"]) {
  copyFileSync(join(here, name), join(dist, name));
}
for (const name of ["audio-streaming", "joining"]) {
  cpSync(join(here, "..", "examples", name), join(dist, name), { recursive: true });
}
await addPlayers();
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
    console.log(`www/dist/${name}  ${kilobytes(statSync(file).size)}${packed}`);
  }
}

/** The page of players, with the very ones that the tests play with, and streams for them. Without these, no link to it. */
async function addPlayers() {
  const tests = join(here, "..", "tests", "players");
  const media = join(here, "..", "target", "players");
  if (!existsSync(join(tests, "node_modules")) || !existsSync(join(media, "made-by.txt"))) {
    console.warn("www: no page of players: `cargo xtask demo` brings what it needs");
    const index = join(dist, "index.html");
    writeFileSync(index, readFileSync(index, "utf8").replace(/^.*href="players\/".*\n/m, ""));
    rmSync(join(dist, "players.js"));
    return;
  }
  const players = join(dist, "players");
  cpSync(join(here, "players"), players, { recursive: true });
  copyFileSync(join(tests, "pages", "players.mjs"), join(players, "players.mjs"));
  const { PLAYERS } = await import(join(tests, "pages", "players.mjs"));
  for (const file of Object.values(PLAYERS).flatMap(({ script, style }) => [script, style ?? []].flat())) {
    cpSync(join(tests, "node_modules", file), join(players, "packages", file));
  }
  const { COUNT, dashManifest, masterPlaylist, mediaPlaylist, PACKAGES, RENDITIONS } = await import(join(tests, "lib", "manifests.mjs"));
  const segments = Array.from({ length: COUNT }, (_, index) => index + 1);
  for (const [of, { audio, container }] of Object.entries(PACKAGES)) {
    const directory = join(players, "streams", of);
    cpSync(join(media, of), directory, { recursive: true });
    writeFileSync(join(directory, "main.m3u8"), masterPlaylist(of));
    for (const { name } of [...RENDITIONS, ...(audio ? [{ name: "audio" }] : [])]) {
      writeFileSync(join(directory, `${name}.m3u8`), mediaPlaylist(of, name, segments));
    }
    if (container) writeFileSync(join(directory, "main.mpd"), dashManifest(of));
  }
  copyFileSync(join(media, "whole.flv"), join(players, "streams", "whole.flv"));
  copyFileSync(join(media, "whole.ts"), join(players, "streams", "whole.ts"));
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

/** `import text from "source:./tutorial.js"`: the file as it is written, where `./tutorial.js` is the file as it runs. */
function offerSourceText(build) {
  build.onResolve({ filter: /^source:/ }, ({ path, resolveDir }) => ({
    path: join(resolveDir, path.slice("source:".length)),
    namespace: "source",
  }));
  build.onLoad({ filter: /.*/, namespace: "source" }, ({ path }) => ({
    contents: readFileSync(path, "utf8"),
    loader: "text",
    watchFiles: [path],
  }));
}
