// A MediaSource in a dedicated worker, its element on the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName } from "./lib/browser.mjs";
import { facts, serveSite, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();
const FILE = "fragmented.mp4";
const duration = facts.files[FILE].frames / facts.frameRate;

timedTest("a clip plays from a worker, and both sides say the same of it", async () => {
  const { page, problems } = await suite.open("workers.html");
  const result = await page.evaluate(async (file) => {
    const { run, video, entries } = await remote.loadInWorker(file, { end: true });
    await harness.until(() => video.readyState >= 3, "data to play");
    await harness.lookFor(video, 0);
    const before = harness.state(video);
    const watching = harness.watch(video);
    await video.play();
    await harness.once(video, "ended", 20_000);
    const frames = watching.stop().map(({ frame }) => frame);
    const source = await run(() => ({
      entries,
      duration: mediaSource.duration,
      readyState: mediaSource.readyState,
      buffered: pairs(sourceBuffer.buffered),
      lists: [mediaSource.sourceBuffers[0] === sourceBuffer, mediaSource.activeSourceBuffers.length],
    }));
    return { before, after: harness.state(video), frames, entries, source };
  }, FILE);
  await page.close();
  const { before, after, source } = result;
  assert.deepEqual(source.entries, ["sourceopen", "updatestart", "update", "updateend", "sourceended"]);
  assert.deepEqual([source.readyState, ...source.lists], ["ended", true, 1]);
  assert.ok(Math.abs(before.duration - duration) < 0.03, `${before.duration}`);
  assert.equal(before.duration, source.duration);
  assert.deepEqual(before.buffered, source.buffered);
  assert.deepEqual(before.seekable, [[0, before.duration]]);
  assert.deepEqual([before.videoWidth, before.videoHeight], [facts.width, facts.height]);
  assert.deepEqual([after.ended, after.currentTime, after.error], [true, after.duration, null]);
  const milestones = ["loadstart", "durationchange", "loadedmetadata", "loadeddata", "canplay", "play", "playing", "ended"];
  const heard = result.entries.map((entry) => entry.slice("video ".length));
  assert.deepEqual([...new Set(heard.filter((type) => milestones.includes(type)))], milestones);
  // How many of them a busy machine shows is not the worker's affair.
  assert.ok(new Set(result.frames).size > 0.3 * facts.files[FILE].frames, `${result.frames}`);
  assert.ok(!result.frames.includes(-1), `${result.frames}`);
  assert.deepEqual(problems, []);
});

test("what the worker does to its source, the element follows; what the page does to the element, it needs no worker for", async () => {
  const { page, problems } = await suite.open("workers.html");
  const result = await page.evaluate(async (file) => {
    const { run, video } = await remote.openInWorker(file);
    const seen = {};
    await run(() => void (mediaSource.duration = 7));
    await harness.until(() => video.duration === 7, "the duration that the worker set");
    seen.nothing = video.readyState;
    await run(async (file) => {
      await append(await bytesOf(file));
      const removed = new Promise((resolve) => sourceBuffer.addEventListener("updateend", resolve, { once: true }));
      sourceBuffer.remove(1, Infinity);
      await removed;
    }, file);
    await harness.until(() => video.buffered.length === 1 && video.buffered.end(0) < 2, "what is left after remove()");
    seen.buffered = harness.pairs(video.buffered);
    // The worker is kept from everything: the page's element answers all the same.
    const blocked = run(() => {
      for (const end = performance.now() + 500; performance.now() < end; );
      return pairs(sourceBuffer.buffered);
    });
    const playing = video.play();
    seen.paused = video.paused;
    video.currentTime = 0.5;
    seen.seeking = [video.seeking, video.currentTime];
    await harness.once(video, "seeked");
    video.pause();
    await playing.catch(() => {});
    seen.shown = await harness.lookFor(video, Math.floor(0.5 * harness.facts.frameRate));
    seen.workersBuffered = await blocked;
    // A seek to where nothing is waits for the worker's next append.
    video.currentTime = 2;
    seen.waits = [video.seeking, video.readyState];
    await run(async (file) => append(await bytesOf(file)), file);
    await harness.until(() => !video.seeking, "the end of the seek");
    // Errors of the worker's streams reach the element.
    await run(() => append(new Uint8Array(1_000).fill(0xff)).catch(() => {}));
    await harness.until(() => video.error, "the error");
    seen.error = video.error.code;
    seen.state = await run(() => mediaSource.readyState);
    return seen;
  }, FILE);
  await page.close();
  assert.equal(result.nothing, 0);
  assert.deepEqual(result.buffered, result.workersBuffered);
  assert.equal(result.paused, false);
  assert.deepEqual(result.seeking, [true, 0.5]);
  assert.equal(result.shown, Math.floor(0.5 * facts.frameRate));
  assert.deepEqual(result.waits, [true, 1]);
  assert.deepEqual([result.error, result.state], [3, "ended"]);
  assert.deepEqual(problems, []);
});

test("a page that is blocked does not keep the worker from appending", async () => {
  const { page, problems } = await suite.open("workers.html");
  const { blocked, updates } = await page.evaluate(async (file) => {
    const { run } = await remote.openInWorker(file);
    const bytes = await run(async (file) => {
      self.bytes = await bytesOf(file);
      await append(bytes.subarray(0, 4_096));
      return bytes.length;
    }, file);
    const wall = () => performance.timeOrigin + performance.now();
    const appended = run(async () => {
      const updates = [];
      for (let at = 4_096; at < bytes.length; at += 4_096) {
        await append(bytes.subarray(at, at + 4_096));
        updates.push(performance.timeOrigin + performance.now());
      }
      return updates;
    });
    const start = wall();
    while (wall() < start + 2_000);
    return { blocked: [start, wall()], bytes, updates: await appended };
  }, FILE);
  await page.close();
  const within = updates.filter((time) => time > blocked[0] && time < blocked[1]);
  console.log(`    ${browserName}: ${within.length} of ${updates.length} appends while the page was blocked`);
  assert.ok(within.length > 0.8 * updates.length, `${within.length} of ${updates.length}`);
  assert.deepEqual(problems, []);
});

test("a handle is transferred, and makes one element play", async () => {
  const { page, problems } = await suite.open("workers.html");
  const result = await page.evaluate(async () => {
    const { worker, run } = remote.startWorker();
    const inWorker = await run(() => {
      const { handle } = create();
      const thrown = (send) => {
        try {
          send();
        } catch (error) {
          return error.name;
        }
        return undefined;
      };
      return {
        same: handle === mediaSource.handle && handle instanceof MediaSourceHandle,
        ours: MediaSource === MsePolyfill.MediaSource && MediaSource.canConstructInDedicatedWorker,
        readOnly: ((mediaSource.handle = null), mediaSource.handle === handle),
        thrown: [
          thrown(() => postMessage(handle)),
          thrown(() => postMessage({ deep: [handle] })),
          thrown(() => postMessage(handle, [handle, handle])),
          thrown(() => structuredClone(handle)),
        ],
      };
    });
    const { handle } = await run(() => create());
    const again = await run(() => postMessage(mediaSource.handle, [mediaSource.handle])).catch((error) => error.message);
    const videos = [1, 2, 3].map(() => document.createElement("video"));
    const errors = [];
    videos.forEach((video, index) => {
      video.addEventListener("error", () => errors.push([index, video.error.code, video.readyState, video.networkState]));
      video.srcObject = handle;
    });
    const states = videos.map(({ networkState, srcObject }) => [networkState, srcObject === handle]);
    await run(async () => void (await opened));
    await harness.until(() => errors.length === 2, "two errors");
    const assigned = harness.thrown(() => worker.postMessage(handle, [handle]));
    // One that was transferred away is no source.
    const other = (await run(() => create())).handle;
    new MessageChannel().port1.postMessage(other, [other]);
    const video = document.createElement("video");
    video.srcObject = other;
    await harness.once(video, "error");
    return {
      inWorker,
      handle: handle instanceof MediaSourceHandle,
      constructible: [MediaSource.canConstructInDedicatedWorker, "handle" in MediaSource.prototype],
      again,
      states,
      errors,
      assigned: assigned.name,
      detached: video.error.code,
    };
  });
  await page.close();
  assert.deepEqual(result.inWorker, {
    same: true,
    ours: true,
    readOnly: true,
    thrown: ["DataCloneError", "DataCloneError", "DataCloneError", "DataCloneError"],
  });
  assert.equal(result.handle, true);
  assert.deepEqual(result.constructible, [true, false]);
  assert.match(result.again, /^DataCloneError/);
  assert.deepEqual(result.states, Array(3).fill([3, true]));
  assert.deepEqual(result.errors, [[1, 4, 0, 3], [2, 4, 0, 3]]);
  assert.equal(result.assigned, "DataCloneError");
  assert.equal(result.detached, 4);
  assert.deepEqual(problems, []);
});

test("an element that gives the source up closes it in the worker", async () => {
  const { page, problems } = await suite.open("workers.html");
  const result = await page.evaluate(async (file) => {
    const { run, video } = await remote.loadInWorker(file);
    video.srcObject = null;
    const after = { ...harness.state(video), srcObject: video.srcObject };
    const source = await run(async () => {
      while (mediaSource.readyState !== "closed") await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, 50));
      const thrown = (call) => {
        try {
          call();
        } catch (error) {
          return error.name;
        }
        return undefined;
      };
      return {
        entries: entries.slice(-1),
        duration: String(mediaSource.duration),
        count: mediaSource.sourceBuffers.length,
        thrown: [thrown(() => sourceBuffer.buffered), thrown(() => sourceBuffer.appendBuffer(new ArrayBuffer(1)))],
      };
    });
    return { after, source };
  }, FILE);
  await page.close();
  assert.deepEqual([result.after.readyState, result.after.srcObject, result.after.buffered], [0, null, []]);
  assert.deepEqual(result.source, {
    entries: ["sourceclose"],
    duration: "NaN",
    count: 0,
    thrown: ["InvalidStateError", "InvalidStateError"],
  });
  assert.deepEqual(problems, []);
});

test("a worker may end at any time: the element keeps its state, and has nothing buffered", async () => {
  const { page, problems } = await suite.open("workers.html");
  const result = await page.evaluate(async (file) => {
    const { worker, video } = await remote.loadInWorker(file, { end: true });
    await video.play();
    const before = harness.state(video);
    worker.terminate();
    await harness.until(() => video.buffered.length === 0, "nothing buffered");
    const after = harness.state(video);
    await harness.once(video, "ended"); // What was decoded plays on.
    // Before an element has it, and while one takes it.
    const early = [];
    for (const wait of [0, 1]) {
      const { worker, run } = remote.startWorker();
      const { handle } = await run(() => create());
      if (wait === 0) worker.terminate();
      const element = document.createElement("video");
      element.addEventListener("error", () => early.push(element.error.code));
      element.srcObject = handle;
      element.play().catch(() => {});
      if (wait === 1) worker.terminate();
    }
    await harness.until(() => early.length === 2, "errors");
    return { before, after, early };
  }, FILE);
  await page.close();
  const { before, after } = result;
  assert.equal(before.buffered.length, 1);
  assert.deepEqual([after.buffered, after.seekable], [[], []]);
  assert.deepEqual(
    [after.readyState, after.networkState, after.error, after.duration],
    [before.readyState, before.networkState, null, before.duration],
  );
  assert.deepEqual(result.early, [4, 4]);
  assert.deepEqual(problems, []);
});

test("terminated at every moment of its start, a worker leaves no errors on the page", async () => {
  const { page, problems } = await suite.open("workers.html");
  await page.evaluate(async (file) => {
    for (let wait = 0; wait < 120; wait += 8) {
      document.body.replaceChildren();
      const { worker, run } = remote.startWorker();
      await run(() => {}); // Ended while it loads its script, it would complain of that.
      setTimeout(() => worker.terminate(), wait);
      const video = document.createElement("video");
      document.body.append(video);
      const started = run(() => create()).then(({ handle }) => {
        video.srcObject = handle;
        video.play().catch(() => {});
        return run(
          async (file, type) => {
            await open(type);
            await append(await bytesOf(file));
          },
          file,
          harness.facts.files[file].type,
        );
      });
      await Promise.race([started, harness.sleep(20 + wait)]);
      if (wait % 16 === 0) video.srcObject = null;
    }
    await harness.sleep(1_500);
  }, FILE);
  await page.close();
  assert.deepEqual(problems, []);
});

test("what the element decides for a source, the worker hears: tracks that play, and when data is wanted", async () => {
  const { page, problems } = await suite.open("workers.html");
  const result = await page.evaluate(async (file) => {
    MsePolyfill.install({ mode: "force", workers: true, elementTracks: true });
    const { run, video } = await remote.loadInWorker(file);
    const [audio] = video.audioTracks;
    const [picture] = video.videoTracks;
    const changed = [];
    for (const list of [video.audioTracks, video.videoTracks]) list.addEventListener("change", () => changed.push("change"));
    const before = [audio.enabled, picture.selected, picture.sourceBuffer];
    audio.enabled = false;
    picture.selected = false;
    const after = [audio.enabled, picture.selected, video.buffered.length];
    const inWorker = async (active) => {
      while (mediaSource.activeSourceBuffers.length !== active) await new Promise((resolve) => setTimeout(resolve, 5));
      return [sourceBuffer.audioTracks[0].enabled, sourceBuffer.videoTracks[0].selected];
    };
    const off = await run(inWorker, 0);
    picture.selected = true;
    const on = await run(inWorker, 1);
    await harness.until(() => changed.length === 3, "change events");

    const managed = remote.startWorker();
    const { handle } = await managed.run(() => {
      MsePolyfill.install({ mode: "force", workers: true, managedMediaSource: true });
      self.MediaSource = ManagedMediaSource; // For create().
      const created = create();
      for (const type of ["startstreaming", "endstreaming"]) mediaSource.addEventListener(type, () => entries.push(type));
      return created;
    });
    const element = document.createElement("video");
    element.srcObject = handle;
    const streaming = await managed.run(
      async (file, type) => {
        await open(type);
        const { streaming } = mediaSource;
        await append(await bytesOf(file));
        mediaSource.endOfStream();
        while (mediaSource.streaming) await new Promise((resolve) => setTimeout(resolve, 5));
        await new Promise((resolve) => setTimeout(resolve, 20));
        return [streaming, ...entries.filter((type) => /^(source|start|end)/.test(type))];
      },
      file,
      harness.facts.files[file].type,
    );
    return { before, after, off, on, streaming };
  }, FILE);
  await page.close();
  assert.deepEqual(result, {
    before: [true, true, null],
    after: [false, false, 0],
    off: [false, false],
    on: [false, true],
    streaming: [true, "sourceopen", "startstreaming", "sourceended", "endstreaming"],
  });
  assert.deepEqual(problems, []);
});

test("an object URL made in a worker leads to nothing on the page", async () => {
  const { page } = await suite.open("workers.html");
  const result = await page.evaluate(async () => {
    const { run } = remote.startWorker();
    const url = await run(() => {
      create();
      return URL.createObjectURL(mediaSource);
    });
    const video = document.createElement("video");
    video.src = url;
    await harness.once(video, "error");
    return [url.startsWith("blob:"), video.error.code];
  });
  await page.close();
  assert.deepEqual(result, [true, 4]);
});

/** The first frame of the clip that a worker of modules plays on a page of modules, or the element's error. */
async function ofModules(site) {
  const { page, problems } = await suite.open("native.html", site);
  const result = await page.evaluate(async () => {
    const { install } = await import("/dist/index.js");
    install({ mode: "force", workers: true });
    const worker = new Worker("/worker-module.mjs", { type: "module" });
    const { data } = await harness.once(worker, "message");
    const video = document.createElement("video");
    document.body.append(video);
    video.srcObject = data.handle;
    await harness.until(() => video.readyState >= 2 || video.error, "the first frame");
    const { code, message } = video.error ?? {};
    return { global: data.global, frame: video.error ? undefined : await harness.lookFor(video, 0), code, message };
  });
  await page.close();
  return { ...result, problems };
}

test("a worker of modules, on a page of modules", async () => {
  const { global, frame, problems } = await ofModules();
  assert.deepEqual([global, frame, problems], [true, 0, []]);
});

test("where the file for sources in workers is missing, the element says so", async () => {
  const answer = (_, response, path) => path === "/dist/seldom.js" && Boolean(response.writeHead(404).end());
  const site = await serveSite({ answer });
  const { code, message } = await ofModules(site);
  await site.close();
  assert.equal(code, 4);
  assert.match(message, /^The engine could not be loaded: TypeError: .*import/);
});

test("by default the browser's own stays, where it has one in workers", async () => {
  const { page } = await suite.open("untouched.html");
  const result = await page.evaluate(async () => {
    const native = MediaSource;
    const { postMessage } = Worker.prototype;
    MsePolyfill.install({ mode: "force" });
    const withoutWorkers = [MediaSource.canConstructInDedicatedWorker, Worker.prototype.postMessage === postMessage];
    MsePolyfill.install({ workers: true });
    const kept = MediaSource === native;
    const script = `
      const own = self.MediaSource;
      importScripts("${location.origin}/dist/mse-polyfill.js");
      const loaded = self.MediaSource === own;
      MsePolyfill.install({ workers: true });
      postMessage([loaded, self.MediaSource === own]);
      MsePolyfill.uninstall();
      postMessage(self.MediaSource === own);
    `;
    const worker = new Worker(URL.createObjectURL(new Blob([script])));
    const heard = [];
    worker.addEventListener("message", ({ data }) => heard.push(data));
    while (heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    MsePolyfill.uninstall();
    const back = [MediaSource === native, Worker.prototype.postMessage === postMessage];
    return { withoutWorkers, kept, heard, back };
  });
  await page.close();
  const has = browserName === "chromium";
  assert.deepEqual(result, {
    withoutWorkers: [false, true],
    kept: has,
    heard: [[true, has], true],
    back: [true, true],
  });
});
