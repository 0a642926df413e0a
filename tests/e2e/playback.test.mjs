// Playing: every frame at its time, the sound with it, and the element tells the truth.

import assert from "node:assert/strict";
import { browserName } from "./lib/browser.mjs";
import { playThrough } from "./lib/play.mjs";
import { facts, screenshot, useBrowser } from "./lib/site.mjs";
import { frameErrors, loudness, median, offsets, order, tones } from "./pages/analysis.mjs";
import { timedTest } from "./lib/timed.mjs";
import { record } from "./lib/sound.mjs";

const suite = useBrowser();

for (const file of ["fragmented.mp4", "moov-end.mp4", "vp8-vorbis.webm", "vp9-opus.webm", "av1-opus.webm"]) {
  timedTest(`${file} from its first frame to its end`, async () => {
    const { page, problems } = await suite.open("polyfill.html");
    const clip = facts.files[file];
    const { seen, heard, loud, entries, states } = await playThrough(page, file);
    await screenshot(page, `ended-${file}`);
    await page.close();

    const frames = seen.map(({ frame }) => frame);
    const errors = frameErrors(seen, facts, clip.frames, clip.firstFrameAt);
    const off = offsets(heard, seen, facts);
    console.log(
      `    ${browserName}: ${new Set(frames).size} of ${clip.frames} frames seen in ${seen.length} looks, ` +
        `largest error ${Math.max(...errors.map(Math.abs))}, sound - picture ${off.map(Math.round).join(" ")} ms`,
    );
    assert.ok(!frames.includes(-1), "something else than a frame was shown");
    // Firefox gives drawImage now and then the picture before, in native playback too.
    const back = frames.filter((frame, index) => index > 0 && frame < frames[index - 1]);
    assert.ok(back.length <= (browserName === "firefox" ? 3 : 0), `out of order: ${frames}`);
    assert.ok(new Set(frames).size > 0.9 * clip.frames, `frames are missing: ${frames}`);
    assert.ok(errors.filter((error) => Math.abs(error) > 1).length <= 0.1 * errors.length, `${errors}`);
    assert.equal(frames.at(-1), clip.frames - 1, "the last frame stays");

    assert.deepEqual(order(heard), Array.from({ length: clip.segments }, (_, index) => index));
    assert.ok(Math.abs(loud.left / loud.right - 2) < 0.1, `left ${loud.left}, right ${loud.right}`);
    assert.ok(off.length >= 10, `${off}`);
    assert.ok(Math.abs(median(off)) <= 40, `sound - picture: ${off}`);

    const [before, after] = states;
    const duration = clip.frames / facts.frameRate;
    assert.equal(before.paused, true);
    assert.equal(before.currentTime, 0);
    assert.equal(before.ended, false);
    assert.equal(before.seeking, false);
    assert.ok(Math.abs(before.duration - duration) < 0.03);
    assert.deepEqual([before.videoWidth, before.videoHeight], [facts.width, facts.height]);
    assert.equal(after.ended, true);
    assert.equal(after.paused, true);
    assert.equal(after.currentTime, after.duration);
    assert.equal(after.error, null);

    const video = entries.filter((entry) => entry.startsWith("video ")).map((entry) => entry.slice(6));
    const milestones = ["loadstart", "loadedmetadata", "loadeddata", "canplay", "play", "playing", "pause", "ended"];
    assert.deepEqual(video.filter((type) => milestones.includes(type)), milestones);
    assert.ok(video.includes("durationchange") && video.includes("canplaythrough"), `${video}`);
    assert.ok(video.filter((type) => type === "timeupdate").length >= 7, "timeupdate comes about four times a second");
    assert.deepEqual(problems, []);
  });
}

for (const file of ["audio-only.mp4", "opus.webm", "sound.mp3", "sound.aac"]) {
  timedTest(`${file}: sound alone, every tone in its turn`, async () => {
    const { page, problems } = await suite.open("polyfill.html");
    const { heard, loud, states } = await playThrough(page, file);
    await page.close();
    const clip = facts.files[file];
    assert.deepEqual(order(heard), Array.from({ length: clip.segments }, (_, index) => index));
    assert.ok(Math.abs(loud.left / loud.right - 2) < 0.1, `left ${loud.left}, right ${loud.right}`);
    const [before, after] = states;
    assert.ok(Math.abs(before.duration - clip.segments * facts.segmentSeconds) < 0.05, `${before.duration}`);
    assert.equal(after.ended, true);
    assert.equal(after.error, null);
    assert.deepEqual(problems, []);
  });
}

timedTest("sound that begins half a second late is heard beside its pictures, and those before it are shown", async () => {
  const monitor = await record();
  const { page, problems } = await suite.open("polyfill.html");
  const seen = await page.evaluate(async (late) => {
    const { files } = harness.facts;
    const { video, mediaSource, sourceBuffer } = await harness.open(files["video-only.mp4"].type);
    const sound = mediaSource.addSourceBuffer(files["audio-only.mp4"].type);
    sound.timestampOffset = late;
    sound.appendWindowEnd = sourceBuffer.appendWindowEnd = 3;
    await harness.append(sound, await harness.bytesOf("audio-only.mp4"));
    await harness.append(sourceBuffer, await harness.bytesOf("video-only.mp4"));
    mediaSource.endOfStream();
    await harness.until(() => video.readyState >= 3, "data to play");
    const watching = harness.watch(video);
    await video.play();
    await harness.once(video, "ended", 20_000);
    await harness.sleep(200);
    return watching.stop();
  }, facts.segmentSeconds);
  const heard = tones(await monitor.stop(), facts);
  await page.close();
  const first = new Set(seen.map(({ frame }) => frame).filter((frame) => frame < facts.framesPerSegment));
  assert.ok(first.size > 0.5 * facts.framesPerSegment, `${[...first]}`);
  assert.deepEqual(order(heard), [0, 1, 2, 3, 4]);
  const off = offsets(heard.map((tone) => ({ ...tone, segment: tone.segment + 1 })), seen, facts);
  console.log(`    ${browserName}: sound - picture ${off.map(Math.round).join(" ")} ms`);
  assert.ok(Math.abs(median(off)) <= 100, `${off}`);
  assert.deepEqual(problems, []);
});

timedTest("an <audio> element plays its sound to the end", async () => {
  const monitor = await record();
  const { page, problems } = await suite.open("polyfill.html");
  const result = await page.evaluate(async (file) => {
    const audio = new Audio();
    const mediaSource = new MediaSource();
    const entries = [];
    harness.log(entries, "video", audio);
    audio.src = URL.createObjectURL(mediaSource);
    await harness.once(mediaSource, "sourceopen");
    const sourceBuffer = mediaSource.addSourceBuffer(harness.facts.files[file].type);
    sourceBuffer.appendWindowEnd = 2;
    await harness.append(sourceBuffer, await harness.bytesOf(file));
    mediaSource.endOfStream();
    await audio.play();
    await harness.once(audio, "ended");
    await harness.sleep(200);
    return { entries, facts: [audio.currentTime, audio.ended, audio.paused, harness.pairs(audio.played), "videoWidth" in audio] };
  }, "audio-only.mp4");
  const heard = tones(await monitor.stop(), facts);
  await page.close();
  assert.deepEqual(order(heard), [0, 1, 2, 3]);
  assert.deepEqual(result.facts, [2, true, true, [[0, 2]], false]);
  const milestones = ["loadstart", "loadedmetadata", "loadeddata", "resize", "playing", "pause", "ended"];
  const types = result.entries.map((entry) => entry.slice(6)).filter((type) => milestones.includes(type));
  assert.deepEqual(types, milestones.filter((type) => type !== "resize"));
  assert.deepEqual(problems, []);
});

timedTest("pause holds picture, sound and time; play goes on from there", async () => {
  const monitor = await record();
  const { page, problems } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const { video } = await harness.load("fragmented.mp4");
    await video.play();
    await harness.until(() => video.currentTime > 1, "one second");
    const pause = harness.once(video, "pause");
    video.pause();
    const paused = video.paused;
    await pause;
    await harness.sleep(300); // what was handed to the sound device is played
    const held = [];
    const from = performance.timeOrigin + performance.now();
    for (let n = 0; n < 5; n++) {
      held.push([video.currentTime, harness.look(video).frame]);
      await harness.sleep(150);
    }
    const to = performance.timeOrigin + performance.now();
    await video.play();
    const restarted = performance.now();
    const at = video.currentTime;
    await harness.until(() => video.currentTime > at + 1, "another second");
    const took = performance.now() - restarted;
    const watching = harness.watch(video);
    await harness.sleep(500);
    return { paused, held, from, to, took, seen: watching.stop(), entries: harness.current.entries };
  });
  const sound = await monitor.stop();
  const [time, frame] = result.held[0];
  assert.equal(result.paused, true, "at once");
  for (const later of result.held) assert.deepEqual(later, [time, frame]);
  assert.ok(Math.abs(Math.floor(time * facts.frameRate) - frame) <= 1, `frame ${frame} at ${time} s`);
  assert.ok(loudness(sound, facts, result.from, result.to).left < 0.001, "it is silent while paused");
  assert.ok(loudness(sound, facts, result.to + 300, result.to + 1_000).left > 0.2, "it sounds again");
  assert.ok(result.took > 900 && result.took < 1_500, `a second took ${result.took} ms`);
  const errors = frameErrors(result.seen, facts, 210);
  assert.ok(errors.filter((error) => Math.abs(error) > 1).length <= 0.1 * errors.length, `${errors}`);
  const plain = result.entries.filter((entry) => /^video (play|playing|pause)$/.test(entry));
  assert.deepEqual(plain, ["video play", "video playing", "video pause", "video play", "video playing"]);
  assert.deepEqual(problems, []);
  await page.close();
});

timedTest("volume and muted act on the sound", async () => {
  const monitor = await record();
  const { page, problems } = await suite.open("polyfill.html");
  const marks = await page.evaluate(async () => {
    const { video } = await harness.load("fragmented.mp4");
    await video.play();
    await harness.until(() => video.currentTime > 0.3, "the start");
    const marks = [];
    for (const [volume, muted] of [[1, false], [0.25, false], [0, false], [1, true], [1, false]]) {
      video.volume = volume;
      video.muted = muted;
      await harness.sleep(400); // the change and what is under way
      const from = performance.timeOrigin + performance.now();
      await harness.sleep(500);
      marks.push({ volume: video.volume, muted: video.muted, from, to: performance.timeOrigin + performance.now() });
    }
    return marks;
  });
  const sound = await monitor.stop();
  const loud = marks.map(({ from, to }) => loudness(sound, facts, from, to).left);
  assert.deepEqual(marks.map(({ volume, muted }) => [volume, muted]), [[1, false], [0.25, false], [0, false], [1, true], [1, false]]);
  const [full, quarter, zero, muted, again] = loud;
  assert.ok(full > 0.2, `${loud}`);
  assert.ok(Math.abs(quarter / full - 0.25) < 0.05, `${loud}`);
  assert.ok(zero < 0.001 && muted < 0.001, `${loud}`);
  assert.ok(Math.abs(again / full - 1) < 0.1, `${loud}`);
  assert.deepEqual(problems, []);
  await page.close();
});

timedTest("playback stops where the data ends and goes on when more comes", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const { video, sourceBuffer } = await harness.open(harness.facts.files["fragmented.mp4"].type);
    const bytes = await harness.bytesOf("fragmented.mp4");
    await harness.append(sourceBuffer, bytes.subarray(0, 27_000)); // between one and two seconds
    await harness.until(() => video.readyState >= 3, "data to play");
    const waiting = harness.once(video, "waiting");
    const end = () => video.buffered.end(0);
    await video.play();
    await waiting;
    const stalled = { time: video.currentTime, end: end(), readyState: video.readyState, ended: video.ended, paused: video.paused };
    const playing = harness.once(video, "playing");
    await harness.append(sourceBuffer, bytes.subarray(27_000));
    await playing;
    await harness.until(() => video.currentTime > stalled.end + 0.5, "going on");
    const watching = harness.watch(video);
    await harness.sleep(300);
    return { stalled, seen: watching.stop() };
  });
  const { stalled } = result;
  assert.ok(stalled.time <= stalled.end && stalled.time > stalled.end - 0.3, JSON.stringify(stalled));
  assert.ok(stalled.readyState <= 2, JSON.stringify(stalled));
  assert.deepEqual([stalled.ended, stalled.paused], [false, false]);
  const errors = frameErrors(result.seen, facts, 210);
  assert.ok(errors.filter((error) => Math.abs(error) > 1).length <= 0.1 * errors.length, `${errors}`);
  assert.deepEqual(problems, []);
  await page.close();
});
