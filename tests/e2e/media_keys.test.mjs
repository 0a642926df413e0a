// Media keys: the browser pauses and plays the clip that stands for an element of ours, and calls what the page or we set
// at navigator.mediaSession. What the system's controls make of it cannot be seen from here (docs/decisions/0019).

import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "./lib/site.mjs";

const suite = useBrowser();

/** Opens a page that notes what the browser is told, by the names of `told` and `clips`. */
async function openWatched({ installs = true } = {}) {
  const opened = await suite.open("untouched.html");
  await opened.page.evaluate(async (installs) => {
    await import("/harness.mjs");
    globalThis.told = [];
    globalThis.actions = {};
    const { setActionHandler, setPositionState } = MediaSession.prototype;
    MediaSession.prototype.setActionHandler = function (action, handler) {
      setActionHandler.call(this, action, handler);
      if (handler) actions[action] = handler;
      else delete actions[action];
    };
    MediaSession.prototype.setPositionState = function (state) {
      setPositionState.call(this, state);
      told.push(state ? [state.duration, state.playbackRate, Math.round(state.position * 10) / 10] : "nothing");
    };
    globalThis.clips = [];
    document.createElement = function (name) {
      const element = Document.prototype.createElement.call(this, name);
      if (name === "audio") clips.push(element);
      return element;
    };
    if (installs) MsePolyfill.install({ mode: "force" });
  }, installs);
  return opened;
}

test("what the browser does to the clip is done to the element", async () => {
  const { page, problems } = await openWatched();
  const result = await page.evaluate(async () => {
    const { video } = await harness.load("fragmented.mp4", { end: true });
    const events = [];
    for (const type of ["play", "pause"]) video.addEventListener(type, () => events.push(type));
    const states = [];
    const clip = () => clips.at(-1);
    const look = () => states.push([video.paused, clips.length, clip()?.paused ?? null].join(" "));
    look();
    video.muted = true;
    await video.play();
    await harness.sleep(50);
    look(); // nothing is heard
    video.muted = false;
    await harness.until(() => clip() && !clip().paused, "the clip");
    look();
    HTMLMediaElement.prototype.pause.call(clip());
    await harness.until(() => events.at(-1) === "pause", "pause");
    look();
    HTMLMediaElement.prototype.play.call(clip()).catch(() => undefined); // on a busy machine the next pause comes before it
    await harness.until(() => events.at(-1) === "play", "play");
    look();
    video.muted = true;
    await harness.sleep(50);
    look(); // still offered
    video.pause();
    await harness.until(() => clip().paused, "a paused clip");
    look();
    await video.play();
    await harness.until(() => !clip().paused, "a clip that plays");
    video.removeAttribute("src");
    video.load();
    states.push([clip().paused, clip().hasAttribute("src"), clip().isConnected].join(" "));
    return { states, events };
  });
  assert.deepEqual(result.states, [
    "true 0 ", "false 0 ", "false 1 false", "true 1 true", "false 1 false", "false 1 false", "true 1 true", "true false false",
  ]);
  assert.deepEqual(result.events, ["play", "pause", "play", "pause", "play"]);
  assert.deepEqual(problems, []);
  await page.close();
});

test("the position is told and sought by, unless the page does it", async () => {
  const { page, problems } = await openWatched();
  const result = await page.evaluate(async () => {
    const { video } = await harness.load("fragmented.mp4", { end: true });
    const { mediaSession } = navigator;
    const before = [Object.keys(actions).join(), told.length];
    await video.play();
    await harness.until(() => told.length > 0, "a position");
    video.pause();
    const names = Object.keys(actions).sort().join();
    const seek = async (action, details) => {
      const seeked = harness.once(video, "seeked");
      actions[action]({ action, ...details });
      await seeked;
      await harness.sleep(20);
      return [video.currentTime, told.at(-1)];
    };
    const sought = [
      await seek("seekto", { seekTime: 3 }), await seek("seekbackward", { seekOffset: 1 }), await seek("seekforward", { seekOffset: 2.5 }),
    ];
    video.playbackRate = 2;
    await harness.once(video, "ratechange");
    await harness.sleep(20);
    const faster = told.at(-1);

    const handler = () => {};
    mediaSession.setActionHandler("seekto", handler);
    mediaSession.setPositionState({ duration: 100, position: 50 });
    const ofPage = [actions.seekto === handler, told.length];
    await harness.seek(video, 1);
    await harness.sleep(50);
    ofPage.push(told.length);
    mediaSession.setActionHandler("seekto", null);
    mediaSession.setPositionState();
    const again = [await seek("seekto", { seekTime: 5 }), mediaSession.playbackState];
    mediaSession.setActionHandler("pause", handler);

    video.removeAttribute("src");
    video.load();
    return { before, names, sought, faster, ofPage, again, after: [Object.keys(actions).join(), told.at(-1)] };
  });
  assert.deepEqual(result.before, ["", 0]);
  assert.equal(result.names, "seekbackward,seekforward,seekto");
  assert.deepEqual(result.sought, [[3, [7, 1, 3]], [2, [7, 1, 2]], [4.5, [7, 1, 4.5]]]);
  assert.deepEqual(result.faster, [7, 2, 4.5]);
  const [isOfPage, count, later] = result.ofPage;
  assert.deepEqual([isOfPage, later], [true, count]);
  assert.deepEqual(result.again, [[5, [7, 2, 5]], "none"]);
  assert.deepEqual(result.after, ["pause", "nothing"]);
  assert.deepEqual(problems, []);
  await page.close();
});

test("with attach() alone, a clip as long as the media goes along with it, and is sought by the browser", async () => {
  const { page, problems } = await openWatched({ installs: false });
  const result = await page.evaluate(async () => {
    const name = "fragmented.mp4";
    const video = document.body.appendChild(document.createElement("video"));
    const mediaSource = new MsePolyfill.MediaSource();
    MsePolyfill.attach(video, mediaSource);
    await harness.once(mediaSource, "sourceopen");
    const sourceBuffer = mediaSource.addSourceBuffer(harness.facts.files[name].type);
    await harness.append(sourceBuffer, await harness.bytesOf(name));
    mediaSource.endOfStream();
    await harness.seek(video, 2);
    await video.play();
    await harness.until(() => clips[0]?.readyState && !clips[0].paused, "the clip");
    const [clip] = clips;
    const apart = () => Math.abs(clip.currentTime - video.currentTime);
    const result = { length: [clip.duration, video.duration] };
    await harness.until(() => clip.currentTime > 2.1 && apart() < 0.5, "the clip where the media is");
    video.playbackRate = 1.5;
    await harness.until(() => clip.playbackRate === 1.5, "the clip as fast");
    await harness.seek(video, 4);
    await harness.until(() => clip.currentTime >= 4 && apart() < 0.5, "the clip where the media was sought");
    const sought = harness.once(video, "seeked");
    clip.currentTime = 1; // as the browser does
    await sought;
    result.sought = video.currentTime;
    await harness.until(() => !video.paused && apart() < 0.5, "both there");
    HTMLMediaElement.prototype.pause.call(clip);
    await harness.until(() => video.paused, "the pause");
    video.removeAttribute("src");
    video.srcObject = null;
    video.load();
    return { ...result, told: told.length, actions: Object.keys(actions).length, left: clip.hasAttribute("src") };
  });
  await page.close();
  const [clip, media] = result.length;
  assert.ok(Math.abs(clip - media) < 0.01, `${clip} of ${media} s`);
  assert.ok(result.sought >= 1 && result.sought < 2, `sought to ${result.sought}`);
  assert.deepEqual([result.told, result.actions, result.left], [0, 0, false]);
  assert.deepEqual(problems, []);
});
