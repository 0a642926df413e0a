// Pieces of one endless tone, each encoded by itself, one appended after the other: the tone goes on as if it had never
// been cut. Encoders put silence in front and behind; what the containers say of it is taken out to the sample. Formats
// that do not say it, and those that need not, have one stream cut in two.

import assert from "node:assert/strict";
import { browserName } from "./lib/browser.mjs";
import { facts, useBrowser } from "./lib/site.mjs";
import { longestTone, median, slips } from "./pages/analysis.mjs";
import { timedTest } from "./lib/timed.mjs";
import { record } from "./lib/sound.mjs";

const suite = useBrowser();

/** Appends the files, each where the one before ends, plays them, and brings back the sound and what was buffered. */
async function played(page, type, files, cut) {
  const monitor = await record();
  const buffered = await page.evaluate(
    async (type, files, cut) => {
      const { video, mediaSource, sourceBuffer } = await harness.open(type);
      const { sampleRate, tone } = harness.facts;
      for (const [index, file] of files.entries()) {
        if (index > 0 && sourceBuffer.mode === "segments") {
          // What a page knows of where its pieces belong. The encoder's delay in front of the second is cut off there.
          const start = tone.pieces[0] / sampleRate;
          sourceBuffer.timestampOffset = start;
          sourceBuffer.appendWindowStart = start;
        }
        const bytes = await harness.bytesOf(file);
        await harness.append(sourceBuffer, bytes.subarray(0, cut ?? bytes.length));
        if (cut) await harness.append(sourceBuffer, bytes.subarray(cut));
      }
      mediaSource.endOfStream();
      await harness.until(() => video.readyState >= 3, "data to play");
      await video.play();
      await harness.once(video, "ended", 20_000);
      await harness.sleep(200);
      return harness.pairs(sourceBuffer.buffered);
    },
    type,
    files,
    cut,
  );
  const { left } = await monitor.stop();
  return { buffered, left };
}

for (const [type, files, cut, samples = facts.tone.pieces[0] + facts.tone.pieces[1]] of [
  ['audio/webm; codecs="opus"', ["tone-1-opus.webm", "tone-2-opus.webm"]],
  ['audio/webm; codecs="vorbis"', ["tone-vorbis.webm"], 9_999],
  ['audio/webm; codecs="vorbis"', ["tone-1-vorbis.webm", "tone-2-vorbis.webm"]],
  ['audio/mp4; codecs="mp4a.40.2"', ["tone-1-aac.mp4", "tone-2-aac.mp4"]],
  ["audio/mpeg", ["tone-1.mp3", "tone-2.mp3"]],
  ["audio/aac", ["tone.aac"], 9_999],
  ['audio/mp4; codecs="flac"', ["tone-flac.mp4"], 9_999],
  ['audio/x-matroska; codecs="flac"', ["tone-flac.mkv"], 9_999],
  ['audio/x-matroska; codecs="pcm"', ["tone-pcm.mkv"], 9_999, 60_000],
]) {
  timedTest(`${files.join(" and ")}: no seam`, async () => {
    const { page, problems } = await suite.open("polyfill.html");
    const { buffered, left } = await played(page, type, files, cut);
    await page.close();
    assert.deepEqual(problems, []);
    assert.equal(buffered.length, 1, `${buffered}`);
    const { from, to } = longestTone(left);
    const found = slips(left, from, to, facts);
    const third = Math.floor(found.length / 3);
    const slip = median(found.slice(-third)) - median(found.slice(0, third));
    console.log(`    ${browserName}: ${buffered}, ${to - from} of ${samples} samples, slip of ${slip.toFixed(3)} samples`);
    // An edge in the recording is found within some samples; ADTS and WebM's Vorbis do not say how much of the last frame
    // is padding, nor ADTS how much of the first.
    const padding = /aac$|vorbis/.test(type) ? 2_200 : 0;
    assert.ok(Math.abs(to - from - samples) < 100 + padding, `${to - from} samples are heard of ${samples}`);
    assert.ok(Math.abs(slip) < 0.5, `the tone slips by ${slip} samples`);
  }, 6); // one sample that the sound server lost is one too many
}

for (const files of [
  ["tone-1.mp3", "tone-2-opus.webm"],
  ["tone-1-opus.webm", "tone-2-aac.mp4"],
  ["tone-1-aac.mp4", "tone-2.mp3"],
]) {
  timedTest(`${files.join(" and ")}, as the example joins them: no seam`, async () => {
    const { page, problems } = await suite.open("polyfill.html");
    const monitor = await record();
    const { buffered, starts } = await page.evaluate(async (files) => {
      const { appendInARow } = await import("/joining/join.js");
      const TYPES = { mp3: "audio/mpeg", webm: "audio/webm", mp4: "audio/mp4" };
      const video = document.body.appendChild(document.createElement("video"));
      const mediaSource = new MediaSource();
      video.src = URL.createObjectURL(mediaSource);
      await harness.once(mediaSource, "sourceopen");
      const starts = [];
      const read = async (file) => ({ type: TYPES[file.split(".").at(-1)], bytes: await harness.bytesOf(file) });
      await appendInARow(mediaSource, files.map(read), (start) => starts.push(start));
      await harness.until(() => video.readyState >= 3, "data to play");
      await video.play();
      await harness.once(video, "ended", 20_000);
      await harness.sleep(200);
      return { buffered: harness.pairs(video.buffered), starts };
    }, files);
    const { left } = await monitor.stop();
    await page.close();
    assert.deepEqual(problems, []);
    assert.equal(buffered.length, 1, `${buffered}`);
    const { pieces } = facts.tone;
    assert.ok(Math.abs(starts[1] * facts.sampleRate - pieces[0]) < 2, `the second begins at ${starts[1]} s`);
    const samples = buffered[0][1] * facts.sampleRate;
    assert.ok(Math.abs(samples - pieces[0] - pieces[1]) < 2, `${samples} samples are buffered`);
    const { from, to } = longestTone(left);
    const found = slips(left, from, to, facts);
    const third = Math.floor(found.length / 3);
    const slip = median(found.slice(-third)) - median(found.slice(0, third));
    console.log(`    ${browserName}: ${starts}, ${to - from} of ${pieces[0] + pieces[1]} samples, slip of ${slip.toFixed(3)} samples`);
    assert.ok(Math.abs(to - from - pieces[0] - pieces[1]) < 100, `${to - from} samples are heard`);
    assert.ok(Math.abs(slip) < 0.5, `the tone slips by ${slip} samples`);
  }, 6);
}

timedTest("files of other containers, codecs and sizes in a row play as one", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  const files = ["short.mp4", "vp9-opus.webm", "short-moov-end.mp4", "vp8-vorbis.webm"];
  const result = await page.evaluate(async (files) => {
    const { appendInARow } = await import("/joining/join.js");
    const video = document.body.appendChild(document.createElement("video"));
    const mediaSource = new MediaSource();
    video.src = URL.createObjectURL(mediaSource);
    await harness.once(mediaSource, "sourceopen");
    const starts = [];
    const read = async (file) => ({ type: harness.facts.files[file].type, bytes: await harness.bytesOf(file) });
    await appendInARow(mediaSource, files.map(read), (start) => starts.push(start));
    // Around each join: the last frame of one file and the first of the next.
    const around = [];
    for (const start of [...starts.slice(1), mediaSource.duration]) {
      const looks = [];
      for (const at of [start - 0.02, start + 0.02]) {
        if (at > mediaSource.duration) continue;
        await harness.seek(video, at);
        await harness.sleep(100);
        looks.push(harness.look(video).frame);
      }
      around.push(looks);
    }
    video.currentTime = starts[1] - 0.3;
    video.playbackRate = 1;
    const watching = harness.watch(video);
    await video.play();
    await harness.until(() => video.currentTime > starts[1] + 0.3, "playback over a join");
    return { starts, around, seen: watching.stop(), buffered: harness.pairs(video.buffered), duration: video.duration };
  }, files);
  await page.close();
  assert.deepEqual(problems, []);
  const clips = files.map((file) => facts.files[file]);
  assert.equal(result.buffered.length, 1, `${result.buffered}`);
  const sum = clips.reduce((total, { frames }) => total + frames / facts.frameRate, 0);
  assert.ok(Math.abs(result.duration - sum) < 0.2, `${result.duration} s of ${sum}`);
  result.around.forEach((looks, index) => {
    const expected = [clips[index].frames - 1, ...(index + 1 < clips.length ? [0] : [])];
    assert.deepEqual(looks, expected, `at the end of ${files[index]}: ${result.starts}`);
  });
  assert.ok(!result.seen.some(({ frame }) => frame < 0), "no empty picture at the join");
});
