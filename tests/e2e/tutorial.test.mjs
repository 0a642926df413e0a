// The tutorial's code, unchanged, plays fragmented and ordinary files with picture and sound.

import assert from "node:assert/strict";
import { frameErrors, order, tones } from "./pages/analysis.mjs";
import { facts, screenshot, serveSite, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";
import { record } from "./lib/sound.mjs";

const suite = useBrowser();

for (const file of ["fragmented.mp4", "fragmented-baseline.mp4", "moov-front.mp4", "moov-end.mp4"]) {
  timedTest(`the tutorial plays ${file}`, async () => {
    const site = await serveSite({ video: file });
    const monitor = await record();
    try {
      const { page, problems } = await suite.open("tutorial.html", site);
      const { seen, state } = await page.evaluate(async () => {
        const video = document.querySelector("video");
        await harness.until(() => video.currentTime > 0.1, "playing");
        const watching = harness.watch(video);
        await harness.until(() => video.currentTime >= 3, "three seconds");
        return { seen: watching.stop(), state: { ...harness.state(video), duration: String(video.duration) } };
      });
      await screenshot(page, `tutorial-${file}`);
      await page.close();
      const sound = await monitor.stop();

      const clip = facts.files[file];
      const errors = frameErrors(seen, facts, clip.frames, clip.firstFrameAt);
      assert.ok(new Set(seen.map(({ frame }) => frame)).size > 60, "pictures move");
      assert.ok(errors.filter((error) => Math.abs(error) > 1).length <= 0.1 * errors.length, `${errors}`);
      assert.deepEqual(order(tones(sound, facts)).slice(0, 5), [0, 1, 2, 3, 4]);
      assert.equal(state.paused, false);
      assert.equal(state.ended, false);
      assert.equal(state.error, null);
      assert.equal(state.readyState, 4);
      assert.deepEqual([state.videoWidth, state.videoHeight], [facts.width, facts.height]);
      // A fragmented file that declares no duration may go on for ever, until endOfStream() is called.
      if (file.startsWith("fragmented")) assert.equal(state.duration, "Infinity");
      else assert.ok(Math.abs(state.duration - 7) < 0.05, `duration ${state.duration}`);
      assert.equal(state.buffered.length, 1);
      assert.ok(state.buffered[0][0] < 0.001 && state.buffered[0][1] > 6.95, `${state.buffered}`);
      assert.deepEqual(problems, []);
    } finally {
      await monitor.stop();
      await site.close();
    }
  });
}

timedTest("the first sample: one SourceBuffer of VP8 in WebM", async () => {
  const site = await serveSite({ video: "vp8.webm" });
  try {
    const { page, problems } = await suite.open("tutorial-webm.html", site);
    const { seen, state } = await page.evaluate(async () => {
      const video = document.querySelector("video");
      const watching = harness.watch(video);
      await harness.until(() => video.ended, "the end");
      return { seen: watching.stop(), state: harness.state(video) };
    });
    await screenshot(page, "tutorial-webm");
    await page.close();
    const frames = new Set(seen.map(({ frame }) => frame).filter((frame) => frame >= 0));
    assert.ok(frames.size > 20 && frames.has(29), `${[...frames]}`);
    assert.ok(Math.abs(state.duration - 1) < 0.05, `${state.duration}`);
    assert.deepEqual([state.videoWidth, state.videoHeight], [facts.width, facts.height]);
    assert.equal(state.error, null);
    assert.deepEqual(problems, []);
  } finally {
    await site.close();
  }
});
