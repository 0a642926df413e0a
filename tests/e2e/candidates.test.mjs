// `<source>` children of ours that cannot be used: HTML § 4.8.11.5 goes on with the next one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "./lib/site.mjs";

const suite = useBrowser();

/** Runs `body` in a page, with what it needs there. */
async function inPage(body, ...args) {
  const { page, problems } = await suite.open("polyfill.html");
  await page.evaluate(() => {
    /** A <video> with these children, and what is heard of all. */
    globalThis.candidates = (...urls) => {
      const entries = [];
      const video = document.createElement("video");
      const sources = urls.map((src) => Object.assign(document.createElement("source"), { src }));
      sources.forEach((source, index) => source.addEventListener("error", () => entries.push(`source${index} error`)));
      for (const type of ["loadstart", "abort", "emptied", "error", "play", "pause", "loadedmetadata"]) {
        video.addEventListener(type, () => entries.push(type));
      }
      video.append(...sources);
      document.body.replaceChildren(video);
      return { video, sources, entries };
    };
    globalThis.createSource = (entries = [], name = "") => {
      const source = new MediaSource();
      for (const type of ["sourceopen", "sourceended", "sourceclose"]) {
        source.addEventListener(type, () => entries.push(`${name}${type}`));
      }
      return { source, url: URL.createObjectURL(source), opened: harness.once(source, "sourceopen") };
    };
  });
  const result = await page.evaluate(body, ...args);
  await page.close();
  assert.deepEqual(problems.filter((text) => !/40[34]|ERR_FILE_NOT_FOUND/.test(text)), []);
  return result;
}

test("a source found unusable gives way to the next, and play() waits for that", async () => {
  const result = await inPage(async () => {
    const [first, second] = [createSource(), createSource()];
    const { video, entries } = candidates(first.url, second.url);
    first.source.addEventListener("sourceclose", () => entries.push("closed"));
    second.source.addEventListener("sourceopen", () => entries.push("next open"));
    const played = video.play().then(() => "played", ({ name }) => name);
    await first.opened;
    video.playbackRate = 2;
    first.source.endOfStream("decode");
    await second.opened;
    const during = [video.error, video.paused, video.currentSrc === second.url, video.networkState, first.source.readyState];
    const { type } = harness.facts.files["fragmented.mp4"];
    await harness.append(second.source.addSourceBuffer(type), await harness.bytesOf("fragmented.mp4"));
    const settled = await harness.within(played, "play()");
    return { entries, during, after: [settled, video.readyState >= 1, video.paused, video.error, video.playbackRate] };
  });
  assert.deepEqual(result.during, [null, false, true, 2, "closed"]);
  assert.deepEqual(result.after, ["played", true, false, null, 2]);
  assert.deepEqual(result.entries, ["play", "loadstart", "source0 error", "closed", "next open", "loadedmetadata"]);
});

test("with metadata, an error is the element's", async () => {
  const result = await inPage(async () => {
    const [first, second] = [createSource(), createSource()];
    const { video, entries } = candidates(first.url, second.url);
    await first.opened;
    const { type } = harness.facts.files["fragmented.mp4"];
    await harness.append(first.source.addSourceBuffer(type), await harness.bytesOf("fragmented.mp4"));
    await harness.until(() => video.readyState >= 1, "metadata");
    first.source.endOfStream("decode");
    await harness.once(video, "error");
    await harness.sleep(100);
    return { entries, facts: [video.error.code, second.source.readyState] };
  });
  assert.deepEqual(result, { entries: ["loadstart", "loadedmetadata", "error"], facts: [3, "closed"] });
});

test("a source that is attached elsewhere is passed over", async () => {
  const result = await inPage(async () => {
    const [first, second] = [createSource(), createSource()];
    const other = document.createElement("video");
    other.src = first.url;
    await first.opened;
    const { video, entries } = candidates(first.url, second.url);
    await second.opened;
    return { entries, facts: [video.currentSrc === second.url, first.source.readyState, other.networkState] };
  });
  assert.deepEqual(result, { entries: ["loadstart", "source0 error"], facts: [true, "open", 2] });
});

test("a file before and behind a source is the browser's", async () => {
  const result = await inPage(async () => {
    const first = createSource();
    const { video, entries } = candidates("/nowhere.mp4", first.url, "/nowhere-else.mp4", "/clips/moov-front.mp4");
    await first.opened;
    const played = video.play().then(() => "played", ({ name }) => name);
    first.source.endOfStream("decode");
    await harness.once(video, "loadedmetadata");
    const settled = await harness.within(played, "play()");
    return { entries, facts: [settled, video.paused, video.duration, video.currentSrc.endsWith("/clips/moov-front.mp4")] };
  });
  assert.deepEqual(result, {
    entries: ["loadstart", "source0 error", "play", "source1 error", "source2 error", "loadedmetadata"],
    facts: ["played", false, 7, true],
  });
});

test("behind the last candidate the element waits for another", async () => {
  const result = await inPage(async () => {
    const [first, second] = [createSource(), createSource()];
    const { video, sources, entries } = candidates(first.url);
    await first.opened;
    video.currentTime = 1;
    first.source.endOfStream("network");
    await harness.once(sources[0], "error");
    await harness.sleep(100);
    const played = video.play().then(() => "played", ({ name }) => name);
    const during = [video.error, video.networkState, first.source.readyState, video.currentTime];
    const child = document.createElement("source");
    child.src = second.url;
    video.append(child);
    await second.opened;
    const { type } = harness.facts.files["fragmented.mp4"];
    await harness.append(second.source.addSourceBuffer(type), await harness.bytesOf("fragmented.mp4"));
    const settled = await harness.within(played, "play()");
    video.load();
    await harness.once(first.source, "sourceopen");
    return { during, entries, after: [settled, video.currentSrc === first.url, video.networkState] };
  });
  assert.deepEqual(result.during, [null, 3, "closed", 1]);
  assert.deepEqual(result.after, ["played", true, 2]);
  assert.deepEqual(result.entries, [
    "loadstart", "source0 error", "play", "loadedmetadata", "abort", "emptied", "loadstart",
  ]);
});
