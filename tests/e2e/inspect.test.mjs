// The inspector: that its data is what was appended and what plays, that it draws that, and that nothing of it stays.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName } from "./lib/browser.mjs";
import { facts, screenshot, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();
const { frames, frameRate } = facts.files["fragmented.mp4"];

/** Runs in the page: opens the panel on a clip at 0 s and again at 14 s, of 28. */
const start = async () => {
  document.body.style.margin = "0";
  const counts = (globalThis.counts = { asked: 0 });
  const current = await harness.load("fragmented.mp4");
  const { video, mediaSource, sourceBuffer } = current;
  video.id = "film";
  video.style.cssText = "display:block;height:240px;background:#000";
  mediaSource.duration = 28;
  sourceBuffer.timestampOffset = 14;
  await harness.append(sourceBuffer, await harness.bytesOf("fragmented.mp4"));
  const inspector = await MsePolyfill.inspect(video);
  video.addEventListener("mse-polyfill:inspect", () => counts.asked++);
  Object.assign(current, { inspector });
};

/** Runs in the page: lengths in pixels of what is drawn over the middle of a lane, as colour by name, from the left on. */
const laneColours = (index) => {
  const root = harness.current.inspector.panel.shadowRoot.querySelector(".root");
  const probe = root.appendChild(document.createElement("i"));
  const names = ["video", "audio", "whole", "bad", "head", "line"];
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  const colours = names.map((name) => {
    probe.style.color = `var(--${name})`;
    pen.fillStyle = getComputedStyle(probe).color;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  });
  probe.remove();
  const canvas = root.querySelector(".lanes");
  const ratio = canvas.width / canvas.clientWidth;
  const y = 6 + index * 24 + 12;
  const { data } = canvas.getContext("2d").getImageData(0, Math.round((y - 3) * ratio), canvas.width, 1);
  const runs = [];
  for (let x = Math.ceil(172 * ratio); x < canvas.width - 12 * ratio; x++) {
    const pixel = [...data.subarray(x * 4, x * 4 + 4)];
    const found = pixel[3] > 200 ? colours.findIndex((colour) => colour.every((part, at) => Math.abs(part - pixel[at]) < 12)) : -1;
    const name = names[found] ?? "none";
    if (runs.at(-1)?.name === name) runs.at(-1).length++;
    else runs.push({ name, length: 1 });
  }
  return { runs, whole: canvas.width - Math.ceil(172 * ratio) - 12 * ratio };
};

timedTest("its snapshot is what was appended and what plays, and its drawing shows that", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  await page.setViewport({ width: 1280, height: 720 });
  await page.evaluate(start);
  const [still, playing, moved] = await page.evaluate(async () => {
    const { video, inspector } = harness.current;
    const still = await inspector.snapshot();
    video.muted = true;
    await video.play();
    await harness.until(() => video.currentTime > 1.2, "a second");
    const playing = await inspector.snapshot();
    await harness.until(() => video.currentTime > 2.5, "more");
    return [still, playing, await inspector.snapshot()];
  });

  const { element, source, engine } = still;
  assert.deepEqual(element.buffered, source.sourceBuffers[0].buffered);
  assert.equal(element.buffered.length, 2);
  assert.deepEqual([source.readyState, element.duration, element.paused], ["open", 28, true]);
  assert.equal(engine.sourceBuffers.length, 1);
  const { tracks, bytes, quota, waiting } = engine.sourceBuffers[0];
  assert.deepEqual([quota, waiting], [150 * 1024 * 1024, 0]);
  assert.deepEqual(tracks.map(({ kind, selected }) => [kind, selected]), [["video", true], ["audio", true]]);
  assert.ok(tracks.reduce((sum, track) => sum + track.bytes, 0) <= bytes && bytes < 2e6, `${bytes}`);
  for (const { kind, buffered } of tracks) {
    assert.equal(buffered.length, 2, kind);
    const [[start, end], [again, last]] = buffered;
    assert.ok(start < 0.1 && Math.abs(end - frames / frameRate) < 0.05, `${kind} ${buffered}`);
    // At 14 s there is room for what the encoder of the sound put before its start.
    const before = kind === "audio" ? 1_024 / facts.sampleRate : 0;
    assert.ok(Math.abs(again - start - 14 + before) < 1e-6 && Math.abs(last - end - 14) < 1e-6, `${kind} ${buffered}`);
  }
  const { keyFrames } = tracks[0];
  assert.equal(tracks[1].keyFrames.length, 0);
  // One a second, as ffprobe says of the file.
  assert.deepEqual(keyFrames, [0, 1, 2, 3, 4, 5, 6, 14, 15, 16, 17, 18, 19, 20]);

  for (const { time, engine, element, waitingFor } of [playing, moved]) {
    assert.equal(waitingFor, "");
    assert.deepEqual([engine.rate, engine.wantsPlay, engine.failed], [1, true, false]);
    const position = engine.position + (time - engine.time) / 1_000;
    assert.ok(Math.abs(position - element.currentTime) < 0.1, `${position}, ${element.currentTime}`);
    const { decoded, inDecoder, decodedUntil } = engine.pictures;
    assert.ok(decoded + inDecoder > 0 && decoded + inDecoder < 40, `${decoded} + ${inDecoder}`);
    assert.ok(decodedUntil > engine.position - 0.3 && engine.sound.decodedUntil > engine.position - 0.3);
    assert.ok(Math.abs(engine.avOffset) < 0.25, `${engine.avOffset}`);
  }
  assert.ok(moved.engine.position > playing.engine.position);

  const lanes = await page.evaluate(`[0, 1, 2].map(${laneColours})`);
  for (const [index, name] of ["whole", "video", "audio"].entries()) {
    const { runs, whole } = lanes[index];
    const sum = (...names) => runs.filter((run) => names.includes(run.name)).reduce((sum, { length }) => sum + length, 0);
    // Key frames cut the bars, by a pixel each; the hatching of the gap is not all paint.
    assert.ok(Math.abs(sum(name) / whole - 0.5) < 0.06, `${name}: ${sum(name)} of ${whole}`);
    assert.ok(sum("bad") / whole > 0.04 && sum("bad") / whole < 0.25, `gap: ${sum("bad")} of ${whole}`);
    const first = runs.findIndex((run) => run.name === "bad");
    const last = runs.findLastIndex((run) => run.name === "bad");
    assert.ok(runs.slice(first, last).every((run) => run.name !== name), "the gap lies between the ranges");
    assert.ok(runs.slice(0, first).some((run) => run.name === "head"), "the play head");
  }
  await screenshot(page, "inspect");
  assert.deepEqual(problems, []);

  // Into the gap: it says what is missing.
  const stalled = await page.evaluate(async () => {
    const { video, inspector } = harness.current;
    video.currentTime = 10;
    await harness.until(() => /Waits for/.test(inspector.panel.shadowRoot.querySelector(".state").textContent), "the reason");
    await harness.until(() => /waiting/.test(inspector.panel.shadowRoot.querySelector(".log").textContent), "waiting");
    return [inspector.panel.shadowRoot.querySelector(".state").textContent, await inspector.snapshot()];
  });
  assert.match(stalled[0], /^Waits for: Pictures and sound at 10\.000: none from 7\.000 to 14\.000$/);
  assert.deepEqual([stalled[1].engine.rate, stalled[1].engine.seeking], [0, true]);
  const log = await page.evaluate(() => [...harness.current.inspector.panel.shadowRoot.querySelectorAll("li")].map((row) => row.innerText));
  assert.ok(["play", "playing", "seeking", "waiting"].every((type) => log.some((row) => row.includes(type))), log.join("\n"));
  await screenshot(page, "inspect-stalled");

  const left = await page.evaluate(async () => {
    const { inspector, video } = harness.current;
    inspector.panel.shadowRoot.querySelector(".root").focus();
    const escape = new KeyboardEvent("keydown", { key: "Escape", bubbles: true, composed: true });
    inspector.panel.shadowRoot.activeElement.dispatchEvent(escape);
    await harness.sleep(150);
    const { asked } = counts;
    const rows = inspector.panel.shadowRoot.querySelectorAll("li").length;
    video.dispatchEvent(new Event("stalled"));
    await harness.sleep(400);
    return {
      panels: document.querySelectorAll("mse-inspector").length,
      asked: counts.asked - asked,
      rows: inspector.panel.shadowRoot.querySelectorAll("li").length - rows,
      wasAsked: asked > 20,
    };
  });
  assert.deepEqual(left, { panels: 0, asked: 0, rows: 0, wasAsked: true });
  assert.deepEqual(problems, []);
  await page.close();
});

test("of a source in a worker it shows what the engine holds", async () => {
  const { page, problems } = await suite.open("workers.html");
  const { source, engine, element, lanes } = await page.evaluate(async () => {
    const { video } = await remote.loadInWorker("fragmented.mp4");
    await harness.until(() => video.readyState >= 2, "the first picture");
    const inspector = await MsePolyfill.inspect(video);
    const canvas = inspector.panel.shadowRoot.querySelector(".lanes");
    await harness.until(() => canvas.hasAttribute("aria-label"), "a drawing");
    const snapshot = await inspector.snapshot();
    inspector.close();
    return { ...snapshot, lanes: canvas.getAttribute("aria-label") };
  });
  await page.close();
  assert.equal(source, undefined);
  const [{ tracks }] = engine.sourceBuffers;
  assert.deepEqual(tracks.map(({ kind, buffered }) => [kind, buffered.length]), [["video", 1], ["audio", 1]]);
  assert.deepEqual(tracks[0].buffered, element.buffered);
  assert.match(lanes, /^Buffered, in seconds\. element: 0\.00–7\.00\. \[0\] video: 0\.00–7\.00, 7 key frames in view\. \[0\] audio: 0\.00–7/);
  assert.deepEqual(problems, []);
});

test("what is no media element is refused, and one without a source says that it waits", async () => {
  await suite.evaluate(async () => {
    const refused = await MsePolyfill.inspect(document.body).catch((error) => error.name);
    if (refused !== "TypeError") throw new Error(`refused with ${refused}`);
    const url = "data:text/javascript,export const inspect = (element) => element.localName";
    const other = await MsePolyfill.inspect(document.createElement("video"), { url });
    if (other !== "video") throw new Error(`not from ${url}: ${other}`);
    const video = document.body.appendChild(document.createElement("audio"));
    const { panel, close } = await MsePolyfill.inspect(video, { container: document.body });
    const state = () => panel.shadowRoot.querySelector(".state").textContent;
    await harness.until(() => /initialization segment.*not through mse-polyfill/.test(state()), "what it waits for");
    const mediaSource = new MediaSource();
    video.src = URL.createObjectURL(mediaSource);
    await harness.once(mediaSource, "sourceopen");
    await harness.until(() => /initialization segment in each SourceBuffer$/.test(state()), `what ours waits for, not ${state()}`);
    close();
    video.lang = "ko";
    const korean = await MsePolyfill.inspect(video);
    const root = korean.panel.shadowRoot;
    await harness.until(() => root.querySelector(".state").textContent === "기다리는 중: 각 SourceBuffer의 초기화 세그먼트", "Korean");
    await harness.until(() => /^버퍼\(초\)\. 요소: 없음/.test(root.querySelector(".lanes").ariaLabel), "the drawing, for ears");
    const { waitingFor } = await korean.snapshot();
    if (waitingFor !== "An initialization segment in each SourceBuffer") throw new Error(`the data are English: ${waitingFor}`);
    korean.close();
  });
});

test("a panel keeps no element alive, and goes with it", { skip: browserName !== "chromium" && "no way to collect here" }, async () => {
  const { page } = await suite.open("polyfill.html");
  await page.evaluate(async () => {
    const video = document.body.appendChild(document.createElement("video"));
    await MsePolyfill.inspect(video);
    await harness.sleep(250);
    video.remove();
  });
  const session = await page.createCDPSession();
  let panels;
  for (let turn = 0; turn < 40 && panels !== 0; turn++) {
    await session.send("HeapProfiler.collectGarbage");
    panels = await page.evaluate(() => harness.sleep(150).then(() => document.querySelectorAll("mse-inspector").length));
  }
  assert.equal(panels, 0);
  await page.close();
});
