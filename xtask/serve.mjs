// A static file server with ranges, for the demo and the tests.
//
//   node serve.mjs DIR [PORT] [--or-next]
//
// import { serve } from "./serve.mjs": serve({ "/": DIR, "/more": DIR2 }) -> { origin, requests, close() }

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { pathToFileURL } from "node:url";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".mp3": "audio/mpeg",
  ".mp4": "video/mp4",
  ".m4a": "audio/mp4",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webm": "video/webm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** The file a path names among the mounted directories, or undefined. */
function find(mounts, path) {
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);
  for (const prefix of prefixes) {
    if (path === prefix) {
      const stat = statSync(mounts[prefix]);
      if (stat.isFile()) return { file: mounts[prefix], size: stat.size };
    }
    const base = prefix.endsWith("/") ? prefix : `${prefix}/`;
    if (!path.startsWith(base)) continue;
    const root = normalize(mounts[prefix]);
    let file = normalize(join(root, path.slice(base.length)));
    if (file !== root && !file.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
    let stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      file = join(file, "index.html");
      stat = statSync(file, { throwIfNoEntry: false });
    }
    if (stat?.isFile()) return { file, size: stat.size };
  }
  return undefined;
}

/** `bytes=a-b` of a file: [first, last], undefined for the whole file, null when it cannot be had. */
function range(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const first = match[1] === "" ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const last = match[1] === "" || match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  return first > last ? null : [first, last];
}

/**
 * Serves the directories (or single files) at their prefixes on localhost. `port` 0 is any free one. `answer(request,
 * response, path)` is asked first, and says whether it did.
 */
export async function serve(mounts, { port = 0, orNext = false, answer } = {}) {
  const requests = [];
  const server = createServer((request, response) => {
    let path;
    try {
      path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    } catch {
      response.writeHead(400).end();
      return;
    }
    if (answer?.(request, response, path)) return;
    const found = path.includes("\0") ? undefined : find(mounts, path);
    requests.push({ path, found: Boolean(found) });
    if (!found) {
      response.writeHead(404, { "Content-Type": "text/plain" }).end(`nothing at ${path}\n`);
      return;
    }
    const headers = {
      "Content-Type": TYPES[extname(found.file)] ?? "application/octet-stream",
      "Accept-Ranges": "bytes",
      "Cache-Control": "no-cache",
    };
    const part = range(request.headers.range, found.size);
    if (part === null) {
      response.writeHead(416, { "Content-Range": `bytes */${found.size}` }).end();
      return;
    }
    const [first, last] = part ?? [0, found.size - 1];
    if (part) headers["Content-Range"] = `bytes ${first}-${last}/${found.size}`;
    response.writeHead(part ? 206 : 200, { ...headers, "Content-Length": last - first + 1 });
    if (request.method === "HEAD" || last < first) {
      response.end();
      return;
    }
    const stream = createReadStream(found.file, { start: first, end: last });
    stream.on("error", () => response.destroy());
    response.on("close", () => stream.destroy());
    stream.pipe(response);
  });
  for (let attempt = 0; ; attempt++) {
    const failed = await new Promise((resolve) => {
      server.once("error", resolve);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", resolve);
        resolve(undefined);
      });
    });
    if (!failed) break;
    if (!orNext || failed.code !== "EADDRINUSE" || attempt >= 20) throw failed;
    port++;
  }
  return {
    origin: `http://localhost:${server.address().port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [directory, port = "0"] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
  try {
    const server = await serve({ "/": directory }, { port: Number(port), orNext: process.argv.includes("--or-next") });
    console.log(`\n  ${server.origin}/\n\nEnd it with Ctrl+C.`);
  } catch (error) {
    console.error(`cannot listen on port ${port}: ${error.message}`);
    process.exit(1);
  }
}
