// What the browser's own controls do to the element: picture-in-picture, media keys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "./lib/site.mjs";

const suite = useBrowser();

async function openLoaded() {
  const opened = await suite.open("polyfill.html");
  await opened.page.evaluate(async () => {
    const { video } = await harness.load("fragmented.mp4", { end: true });
    globalThis.events = [];
    for (const type of ["enterpictureinpicture", "leavepictureinpicture", "play", "playing", "pause"]) {
      video.addEventListener(type, () => events.push(type));
    }
  });
  return opened;
}

test("the element goes into picture-in-picture and plays there", async () => {
  const { page, problems } = await openLoaded();
  const isEnabled = await page.evaluate(() => {
    const { video } = harness.current;
    const button = document.createElement("button");
    button.onclick = () => video.requestPictureInPicture();
    document.body.prepend(button);
    return document.pictureInPictureEnabled === true;
  });
  if (isEnabled) {
    await page.click("button");
    const result = await page.evaluate(async () => {
      const { video } = harness.current;
      await harness.until(() => events.includes("enterpictureinpicture"), "picture-in-picture");
      const isThere = document.pictureInPictureElement === video;
      await video.play();
      await harness.until(() => harness.look(video).frame > 5, "pictures");
      await document.exitPictureInPicture();
      await harness.until(() => events.includes("leavepictureinpicture"), "the end of it");
      return { isThere, paused: video.paused, events };
    });
    assert.deepEqual(result, {
      isThere: true, paused: false, events: ["enterpictureinpicture", "play", "playing", "leavepictureinpicture"],
    });
  }
  await page.close();
  assert.deepEqual(problems, []);
});

test("what media keys do to the browser's element, the element does", async () => {
  const { page, problems } = await openLoaded();
  const result = await page.evaluate(async () => {
    const { video } = harness.current;
    // Those of another window are the browser's own.
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const { play, pause } = frame.contentWindow.HTMLMediaElement.prototype;
    await video.play();
    await harness.until(() => video.currentTime > 0.2, "playback");
    pause.call(video);
    await harness.until(() => events.includes("pause"), "pause");
    await harness.sleep(200); // until the worker has heard of it
    const paused = [video.paused, video.currentTime];
    await harness.sleep(200);
    const stood = video.currentTime === paused[1];
    void play.call(video);
    await harness.until(() => video.currentTime > paused[1] + 0.2, "playback again");
    return { paused: paused[0], stood, playing: !video.paused, events };
  });
  await page.close();
  assert.deepEqual(result, { paused: true, stood: true, playing: true, events: ["play", "playing", "pause", "play", "playing"] });
  assert.deepEqual(problems, []);
});
