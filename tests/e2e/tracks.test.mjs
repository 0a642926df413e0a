// Audio and video tracks: what the lists say, and that what is selected is what is seen and heard.

import assert from "node:assert/strict";
import { test } from "node:test";
import { longestSilence, tones } from "./pages/analysis.mjs";
import { facts, useBrowser } from "./lib/site.mjs";
import { record } from "./lib/sound.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();
const CLIP = "two-sounds.mp4";

/** A page whose elements have track lists, in whichever browser. */
async function openWithElementTracks() {
  const opened = await suite.open("polyfill.html");
  await opened.page.evaluate(() => MsePolyfill.install({ mode: "force", elementTracks: true }));
  return opened;
}

test("tracks come with the initialization segment and go with the source", async () => {
  const { page, problems } = await openWithElementTracks();
  const result = await page.evaluate(async (clip) => {
    const { video, sourceBuffer } = await harness.open(harness.facts.files[clip].type);
    const lists = {
      "element audio": video.audioTracks, "element video": video.videoTracks,
      "buffer audio": sourceBuffer.audioTracks, "buffer video": sourceBuffer.videoTracks,
    };
    const events = [];
    const truths = [];
    for (const [name, list] of Object.entries(lists)) {
      for (const type of ["addtrack", "removetrack", "change"]) {
        list[`on${type}`] = (event) => {
          events.push(`${name} ${type} ${event.track?.id ?? ""}`.trim());
          truths.push(event.target === list, type === "change" || event instanceof TrackEvent);
        };
      }
    }
    const shown = () => Object.values(lists).map((list) => Array.from(list, (track) => track.id).join());
    const before = shown();
    await harness.append(sourceBuffer, await harness.bytesOf(clip));
    const attributes = [...video.audioTracks, ...video.videoTracks].map((track) => [
      track.kind, track.label, track.language, track.enabled ?? track.selected, track.sourceBuffer === sourceBuffer,
    ]);
    truths.push(
      sourceBuffer.audioTracks[1] === video.audioTracks[1],
      video.audioTracks.getTrackById(video.audioTracks[1].id) === video.audioTracks[1],
      video.audioTracks.getTrackById("none") === null,
      video.audioTracks[0] instanceof AudioTrack && video.videoTracks[0] instanceof VideoTrack,
      video.audioTracks instanceof AudioTrackList && video.videoTracks instanceof VideoTrackList,
      sourceBuffer.audioTracks === lists["buffer audio"],
      sourceBuffer.textTracks instanceof TextTrackList && sourceBuffer.textTracks.length === 0,
      sourceBuffer.textTracks === sourceBuffer.textTracks,
      video.videoTracks.selectedIndex === 0,
    );
    const during = shown();
    const added = events.splice(0);
    const [track] = video.audioTracks;
    video.removeAttribute("src");
    video.load();
    truths.push(track.sourceBuffer === null, track.enabled, video.videoTracks.selectedIndex === -1);
    track.enabled = false;
    truths.push(track.enabled === false);
    const after = shown();
    await harness.sleep(200);
    return { before, during, after, attributes, added, removed: events, truths };
  }, CLIP);
  await page.close();
  const [first, second, third] = result.during[0].split(",").concat(result.during[1]);
  assert.deepEqual(result.before, ["", "", "", ""]);
  assert.deepEqual(result.during, [`${first},${second}`, third, `${first},${second}`, third]);
  assert.equal(new Set([first, second, third]).size, 3);
  assert.deepEqual(result.after, ["", "", "", ""]);
  assert.deepEqual(result.attributes, [
    ["main", "", "eng", true, true],
    ["translation", "Zweiter Ton", "deu", false, true],
    ["main", "", "", true, true],
  ]);
  const both = (kind, type, id) => [`buffer ${kind} ${type} ${id}`.trim(), `element ${kind} ${type} ${id}`.trim()];
  assert.deepEqual(result.added, [
    ...both("audio", "addtrack", first), ...both("audio", "addtrack", second), ...both("video", "addtrack", third),
  ]);
  const gone = (kind, id) => ["buffer", "element"].flatMap((at) => [`${at} ${kind} removetrack ${id}`, `${at} ${kind} change`]);
  assert.deepEqual(result.removed, [
    ...gone("audio", first), ...both("audio", "removetrack", second), ...gone("video", third),
  ]);
  assert.ok(result.truths.every((truth) => truth === true), `${result.truths}`);
  assert.deepEqual(problems, []);
});

test("elements have track lists only where the browser has them or the page asks for them", async () => {
  const { page } = await suite.open("untouched.html");
  const result = await page.evaluate(async () => {
    const names = ["AudioTrack", "AudioTrackList", "VideoTrack", "VideoTrackList"];
    const look = () => [...names.map((name) => name in window), "audioTracks" in HTMLMediaElement.prototype];
    const native = look();
    MsePolyfill.install({ mode: "force" });
    const video = document.createElement("video");
    MsePolyfill.attach(video, new MsePolyfill.MediaSource());
    const installed = [look(), "audioTracks" in video];
    MsePolyfill.install({ mode: "force", elementTracks: true });
    const asked = look();
    MsePolyfill.uninstall();
    return { native, installed, asked, after: look() };
  });
  await page.close();
  assert.deepEqual(result.installed, [result.native, result.native.at(-1)]);
  assert.deepEqual(result.asked, [true, true, true, true, true]);
  assert.deepEqual(result.after, result.native);
});

test("without a selected video track there is no picture", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  const result = await page.evaluate(async (clip) => {
    const { video, sourceBuffer } = await harness.load(clip);
    const [track] = sourceBuffer.videoTracks;
    await harness.seek(video, 1);
    const before = await harness.lookFor(video, 30);
    track.selected = false;
    const without = await harness.lookFor(video, -1);
    await harness.seek(video, 2);
    const still = harness.look(video).frame;
    track.selected = true;
    return { before, without, still, again: await harness.lookFor(video, 60), state: harness.state(video) };
  }, CLIP);
  await page.close();
  assert.deepEqual([result.before, result.without, result.still, result.again], [30, -1, -1, 60]);
  assert.equal(result.state.error, null);
  assert.deepEqual(problems, []);
});

timedTest("another picture is selected while playing: it comes where the first one was left, and nothing black between", async () => {
  const SHIFT = 2;
  const OTHER = "vp9-opus.webm";
  const { page, problems } = await suite.open("polyfill.html");
  const { seen, selectedAt, states, ended } = await page.evaluate(async (clip, other, shift) => {
    const { video, mediaSource, sourceBuffer } = await harness.load(clip);
    const second = mediaSource.addSourceBuffer(harness.facts.files[other].type);
    second.appendWindowStart = 0;
    second.appendWindowEnd = sourceBuffer.buffered.end(0);
    second.timestampOffset = -shift;
    await harness.append(second, await harness.bytesOf(other));
    mediaSource.endOfStream();
    const states = [];
    for (const type of ["waiting", "emptied", "error"]) {
      video.addEventListener(type, () => states.push(type));
    }
    await video.play();
    await harness.until(() => video.currentTime > 0.5, "a while of the first picture");
    const watching = harness.watch(video);
    await harness.until(() => video.currentTime > 1.3, "more of it");
    const selectedAt = video.currentTime;
    second.videoTracks[0].selected = true;
    await harness.once(video, "ended", 20_000);
    const chosen = [sourceBuffer.videoTracks[0].selected, second.videoTracks[0].selected];
    return { seen: watching.stop(), selectedAt, states, ended: chosen };
  }, CLIP, OTHER, SHIFT);
  await page.close();
  const ahead = ({ frame, time }) => frame / facts.frameRate - time;
  const change = seen.findIndex((look) => ahead(look) > SHIFT / 2);
  assert.ok(change > 5, "the first picture is seen, then the second");
  assert.ok(seen.every(({ frame }) => frame >= 0), "never anything but a frame");
  const late = seen[change].time - selectedAt;
  assert.ok(late < 0.5, `the second picture came ${late} s after it was selected`);
  for (const look of seen.slice(change + 1)) {
    assert.ok(Math.abs(ahead(look) - SHIFT) < 0.3, `frame ${look.frame} at ${look.time}`);
  }
  const shown = new Set(seen.slice(change).map(({ frame }) => frame));
  assert.ok(shown.size > 50, `the second picture moves: ${shown.size} frames of it`);
  assert.deepEqual([states, ended, problems], [[], [false, true], []]);
});

timedTest("another sound is enabled while playing: it takes over where the first one is left, and nothing stops", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  const monitor = await record();
  const { picture, states, clock } = await page.evaluate(async (clip) => {
    const { video, sourceBuffer } = await harness.load(clip, { end: true });
    await video.play();
    await harness.until(() => video.currentTime > 0.3, "a beginning");
    const states = [];
    for (const type of ["waiting", "seeking", "emptied", "error"]) {
      video.addEventListener(type, () => states.push(type));
    }
    const watching = harness.watch(video);
    const started = performance.now() - video.currentTime * 1000;
    await harness.until(() => video.currentTime > 1.85, "a while of the first sound");
    const [first, second] = sourceBuffer.audioTracks;
    first.enabled = false;
    second.enabled = true;
    await harness.until(() => video.currentTime > 2.7, "a while of the second");
    const clock = performance.now() - video.currentTime * 1000 - started;
    await harness.once(video, "ended", 20_000);
    await harness.sleep(200);
    return { picture: watching.stop().map(({ frame }) => frame), states, clock };
  }, CLIP);
  const recording = await monitor.stop();
  await page.close();
  const { segments, frames } = facts.files[CLIP];
  // A busy sound server cuts tones into pieces. The second sound has the tones that come after those of the first.
  const heard = tones(recording, facts);
  const change = heard.findIndex(({ segment }) => segment >= segments);
  const said = heard.map(({ segment }) => segment).join();
  const [first, second] = [heard.slice(0, change), heard.slice(change)].map((part) => part.map(({ segment }) => segment % segments));
  assert.ok(change > 0 && heard.slice(change).every(({ segment }) => segment >= segments), `the first sound, then the other alone: ${said}`);
  for (const part of [first, second]) assert.deepEqual(part, part.toSorted((a, b) => a - b), said);
  assert.ok(first.at(-1) >= 2 && second[0] - first.at(-1) <= 1, `where the first was left: ${said}`);
  assert.ok(second.at(-1) >= segments - 2, said);
  assert.ok(new Set(picture).size > 0.3 * frames, "the picture goes on");
  assert.deepEqual([states, problems], [[], []]);
  assert.ok(Math.abs(clock) < 60, `the time went on: ${clock} ms off`);
  // Than elsewhere there may not be more.
  const joint = heard[change - 1].to;
  const silence = longestSilence(recording, facts, joint - 100, heard[change].from + 100);
  const elsewhere = longestSilence(recording, facts, heard[0].from, joint - 100);
  assert.ok(silence < Math.max(50, elsewhere), `silent for ${silence} ms, elsewhere for ${elsewhere}`);
});
