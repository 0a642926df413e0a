// Pieces of one endless tone, each encoded by itself, one appended after the other: the tone goes on as if it had never
// been cut. Encoders put silence in front and behind; what the containers say of it is taken out to the sample.

import assert from "node:assert/strict";
import { browserName } from "./lib/browser.mjs";
import { facts, useBrowser } from "./lib/site.mjs";
import { longestTone, slips } from "./pages/analysis.mjs";
import { timedTest } from "./lib/timed.mjs";
import { record } from "./lib/sound.mjs";

const suite = useBrowser();

/** Appends the files, each where the one before ends, plays them, and brings back the sound and what was buffered. */
async function played(page, type, files, cut) {
  const tap = browserName === "firefox"; // see lib/play.mjs
  const monitor = tap ? undefined : await record();
  const run = await page.evaluate(
    async (type, files, cut, tap) => {
      const { video, mediaSource, sourceBuffer } = await harness.open(type);
      for (const file of files) {
        const { buffered } = sourceBuffer;
        if (sourceBuffer.mode === "segments" && buffered.length) sourceBuffer.timestampOffset = buffered.end(buffered.length - 1);
        const bytes = await harness.bytesOf(file);
        await harness.append(sourceBuffer, bytes.subarray(0, cut ?? bytes.length));
        if (cut) await harness.append(sourceBuffer, bytes.subarray(cut));
      }
      mediaSource.endOfStream();
      await harness.until(() => video.readyState >= 3, "data to play");
      const recording = tap ? await harness.listen(video) : undefined;
      await video.play();
      await harness.once(video, "ended", 20_000);
      await harness.sleep(200);
      const sound = recording?.stop();
      return { buffered: harness.pairs(sourceBuffer.buffered), left: sound && [...sound.left] };
    },
    type,
    files,
    cut,
    tap,
  );
  const left = run.left ? Float32Array.from(run.left) : (await monitor.stop()).left;
  return { buffered: run.buffered, left };
}

for (const [type, files, cut] of [
  ['audio/webm; codecs="opus"', ["tone-1-opus.webm", "tone-2-opus.webm"]],
  ['audio/webm; codecs="vorbis"', ["tone-1-vorbis.webm", "tone-2-vorbis.webm"]],
  ['audio/mp4; codecs="mp4a.40.2"', ["tone-1-aac.mp4", "tone-2-aac.mp4"]],
  ["audio/mpeg", ["tone-1.mp3", "tone-2.mp3"]],
  ["audio/aac", ["tone.aac"], 9_999],
]) {
  timedTest(`${files.join(" and ")}: no seam`, async () => {
    const { page, problems } = await suite.open("polyfill.html");
    const { buffered, left } = await played(page, type, files, cut);
    await page.close();
    assert.deepEqual(problems, []);
    assert.equal(buffered.length, 1, `${buffered}`);
    const samples = facts.tone.pieces[0] + facts.tone.pieces[1];
    const { from, to } = longestTone(left);
    const found = slips(left, from, to, facts);
    console.log(`    ${browserName}: ${buffered}, ${to - from} samples of ${samples}, slips ${found.map((slip) => slip.toFixed(2))}`);
    // An edge in the recording is found within some samples; ADTS says nothing of its 1024 samples of priming.
    const padding = type === "audio/aac" ? 2_048 : 0;
    assert.ok(Math.abs(to - from - samples) < 100 + padding, `${to - from} samples are heard of ${samples}`);
    assert.ok(Math.max(...found.map(Math.abs)) < 1, `the tone slips by samples: ${found}`);
  });
}
