// The page's side of worker.js, as `remote`.

/** Starts a worker; `run(f, ...args)` runs a function in it. Its errors count as the page's. */
function startWorker(url = "/worker.js", options) {
  const worker = new Worker(url, options);
  const waiting = new Map();
  let calls = 0;
  worker.onmessage = ({ data: { id, value, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(value);
    else reject(new Error(error));
  };
  worker.onerror = (event) => console.error(`worker: ${event.message}`);
  const run = (body, ...args) =>
    new Promise((resolve, reject) => {
      waiting.set(++calls, { resolve, reject });
      worker.postMessage({ id: calls, body: String(body), args });
    });
  return { worker, run };
}

/** An element with a source in a worker that has a SourceBuffer for the clip. */
async function openInWorker(file, url, options) {
  document.body.replaceChildren();
  const { worker, run } = startWorker(url, options);
  const { handle } = await run(() => create());
  const video = document.createElement("video");
  const entries = [];
  harness.log(entries, "video", video);
  video.srcObject = handle;
  document.body.append(video);
  await run((type) => open(type), harness.facts.files[file].type);
  return { worker, run, video, handle, entries };
}

/** The same with the whole clip appended; `end` calls endOfStream. */
async function loadInWorker(file, { end = false } = {}) {
  const opened = await openInWorker(file);
  await opened.run(
    async (file, end) => {
      await append(await bytesOf(file));
      if (end) mediaSource.endOfStream();
    },
    file,
    end,
  );
  await harness.until(() => opened.video.readyState >= 2, "the first frame");
  return opened;
}

globalThis.remote = { startWorker, openInWorker, loadInWorker };
