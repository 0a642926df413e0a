// A worker that runs what the page sends it: `body` is a function's text. What the function returns is sent back; its
// member `handle` is transferred.
importScripts("/dist/mse-polyfill.js");
MsePolyfill.install({ mode: "force", workers: true });

onmessage = async ({ data: { id, body, args } }) => {
  try {
    const value = await (0, eval)(`(${body})`)(...args);
    postMessage({ id, value }, value?.handle ? [value.handle] : []);
  } catch (error) {
    postMessage({ id, error: `${error.name}: ${error.message}` });
  }
};

/** An unattached MediaSource with a log of its events, and its handle. */
function create() {
  self.mediaSource = new MediaSource();
  self.entries = [];
  for (const type of ["sourceopen", "sourceended", "sourceclose"]) {
    mediaSource.addEventListener(type, () => entries.push(type));
  }
  self.opened = new Promise((resolve) => mediaSource.addEventListener("sourceopen", resolve, { once: true }));
  return { handle: mediaSource.handle };
}

/** Waits for `sourceopen` and adds a SourceBuffer. */
async function open(type) {
  await opened;
  self.sourceBuffer = mediaSource.addSourceBuffer(type);
  for (const type of ["updatestart", "update", "updateend", "abort", "error"]) {
    sourceBuffer.addEventListener(type, () => entries.push(type));
  }
}

const bytesOf = async (file) => new Uint8Array(await (await fetch(`/clips/${file}`)).arrayBuffer());

async function append(bytes) {
  const updated = new Promise((resolve, reject) => {
    sourceBuffer.addEventListener("updateend", resolve, { once: true });
    sourceBuffer.addEventListener("error", () => reject(new Error("append failed")), { once: true });
  });
  sourceBuffer.appendBuffer(bytes);
  await updated;
}

const pairs = (ranges) => Array.from({ length: ranges.length }, (_, index) => [ranges.start(index), ranges.end(index)]);
