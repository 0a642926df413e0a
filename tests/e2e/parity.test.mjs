// The same page code on Chromium's own MediaSource and on ours: the same ranges, durations and events.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName } from "./lib/browser.mjs";
import { useBrowser } from "./lib/site.mjs";

const isChromium = browserName === "chromium";
// Without a test nothing would wait for the browser, nor close it.
const suite = isChromium && useBrowser();

/** Where the two may differ, and why. */
const DIFFERENCES = {
  /** Events that are not compared. */
  ignored: [
    // How often these come depends on timers and on what the browser thinks of the network.
    /^video (timeupdate|progress|suspend|stalled)$/,
  ],
};

/** One use of everything: appends, a pause, seeks, the end of the stream and of playback. */
const scenario = async (file) => {
  const { video, mediaSource, sourceBuffer, entries } = await harness.open(harness.facts.files[file].type);
  const marks = [];
  const mark = (name) => {
    entries.push(`— ${name}`);
    marks.push({
      name,
      video: harness.pairs(video.buffered),
      sourceBuffer: harness.pairs(sourceBuffer.buffered),
      seekable: harness.pairs(video.seekable),
      durations: [String(video.duration), String(mediaSource.duration)],
      state: [video.paused, video.ended, video.seeking, video.videoWidth, video.videoHeight, mediaSource.readyState],
    });
  };
  const settled = async () => {
    await harness.sleep(400); // events of several sources: their order is the question, not their time
  };
  const bytes = await harness.bytesOf(file);
  await settled();
  mark("open");
  await harness.append(sourceBuffer, bytes.subarray(0, 1_000));
  await settled();
  mark("part of the initialization segment");
  // Up to the fourth fragment. (Of a fragment that is not complete Chromium shows nothing yet, we what is there.)
  const moofs = bytes.keys().filter((at) => String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === "moof").toArray();
  await harness.append(sourceBuffer, bytes.subarray(1_000, moofs[3]));
  await settled();
  mark("some fragments");
  await harness.append(sourceBuffer, bytes.subarray(moofs[3]));
  await settled();
  mark("all fragments");
  await video.play();
  await harness.until(() => video.currentTime > 0.5, "playing");
  mark("playing");
  video.pause();
  await settled();
  mark("paused");
  video.currentTime = 6.2;
  await harness.until(() => !video.seeking, "the seek");
  await settled();
  mark("sought");
  mediaSource.endOfStream();
  await settled();
  mark("end of stream");
  await video.play();
  await harness.until(() => video.ended, "the end");
  await settled();
  mark("ended");
  video.currentTime = 1;
  await harness.until(() => !video.seeking, "the seek back");
  await settled();
  mark("back");
  const removed = harness.once(sourceBuffer, "updateend");
  sourceBuffer.remove(4, Infinity);
  await removed;
  await settled();
  mark("removed");
  video.removeAttribute("src");
  video.load();
  await settled();
  entries.push("— detached");
  return { marks, entries, readyState: mediaSource.readyState };
};

/** Entries in the order they came, by phase, without what may differ. */
function comparable({ entries }) {
  const phases = {};
  let phase = [];
  for (const entry of entries) {
    if (entry.startsWith("— ")) {
      phases[entry.slice(2)] = phase;
      phase = [];
    } else if (!DIFFERENCES.ignored.some((pattern) => pattern.test(entry))) phase.push(entry);
  }
  return phases;
}

/** To 1 µs, for comparison: native times are whole microseconds, cut off. */
function assertSameTimes(ours, native, what) {
  assert.equal(ours.length, native.length, what);
  ours.forEach((value, index) => {
    const other = native[index];
    const same = Math.abs(value - other) <= 1.001e-6 || Object.is(value, other);
    assert.ok(same, `${what}: ${value}, natively ${other}`);
  });
}

for (const file of isChromium ? ["fragmented.mp4", "fragmented-baseline.mp4"] : []) {
  test(`${file} does as natively`, async () => {
    const results = {};
    for (const page of ["native.html", "polyfill.html"]) {
      const opened = await suite.open(page);
      results[page] = await opened.page.evaluate(scenario, file);
      await opened.page.close();
    }
    const [native, ours] = [results["native.html"], results["polyfill.html"]];
    if (process.env.VERBOSE) console.log(native.entries.join("\n"));
    for (const [index, mark] of ours.marks.entries()) {
      const other = native.marks[index];
      assertSameTimes(mark.video.flat(), other.video.flat(), `video.buffered at "${mark.name}"`);
      assertSameTimes(mark.sourceBuffer.flat(), other.sourceBuffer.flat(), `sourceBuffer.buffered at "${mark.name}"`);
      assertSameTimes(mark.seekable.flat(), other.seekable.flat(), `video.seekable at "${mark.name}"`);
      assertSameTimes(mark.durations.map(Number), other.durations.map(Number), `durations at "${mark.name}"`);
      assert.deepEqual(mark.state, other.state, `state at "${mark.name}"`);
    }
    assert.deepEqual(comparable(ours), comparable(native));
    assert.equal(ours.readyState, native.readyState);
  });
}
