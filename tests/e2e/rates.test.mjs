// Playing faster and slower: the tones keep their pitch or do not, as the page wants.

import assert from "node:assert/strict";
import { record } from "./lib/sound.mjs";
import { facts, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";
import { tones } from "./pages/analysis.mjs";

const suite = useBrowser();

/** Rates, and how many segments are played at each. */
const RATES = [[0.5, 2], [2, 4], [4, 8]];

timedTest("tones at other rates, with their pitch kept and not", async () => {
  const monitor = await record();
  const { page, problems } = await suite.open("polyfill.html");
  const runs = await page.evaluate(async (rates, segmentSeconds) => {
    const { video } = await harness.load("fragmented.mp4", { end: true });
    const now = () => performance.timeOrigin + performance.now();
    const runs = [];
    for (const preservesPitch of [true, false]) {
      for (const [rate, segments] of rates) {
        await harness.seek(video, 0);
        video.playbackRate = rate;
        video.preservesPitch = preservesPitch;
        await harness.sleep(500); // what is under way
        const from = now();
        await video.play();
        await harness.until(() => video.currentTime > segments * segmentSeconds, `${segments} segments`);
        video.pause();
        runs.push({ rate, segments, preservesPitch, from, to: now() + 300 });
      }
    }
    return runs;
  }, RATES, facts.segmentSeconds);
  await page.close();
  const sound = await monitor.stop();
  for (const { rate, segments, preservesPitch, from, to } of runs) {
    const table = facts.tones.map((frequency) => (preservesPitch ? frequency : frequency * rate));
    const heard = tones(sound, { ...facts, tones: table }).filter((tone) => tone.from > from && tone.from < to);
    const order = heard.map(({ segment }) => segment).filter((segment, index, all) => segment !== all[index - 1]);
    // A machine short of time repeats what went before, swallows some, and stretches others.
    const played = order.slice(order.indexOf(0));
    const what = `rate ${rate}, ${preservesPitch ? "pitch kept" : "another pitch"}: ${order}`;
    console.log(`    ${what}`);
    assert.ok(played.every((segment, index) => index === 0 || segment > played[index - 1]), what);
    assert.ok(played.length >= 0.6 * segments, what);
  }
  assert.deepEqual(problems, []);
});
