// What MediaRecorder writes plays: files recorded before, from both browsers, and what is being recorded now.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { screenshot, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();
const recordings = JSON.parse(readFileSync(new URL("../fixtures/recorder/recordings.json", import.meta.url), "utf8"));

for (const [file, { type, chunks }] of Object.entries(recordings)) {
  test(`${file}, chunk by chunk`, async () => {
    const { page, problems } = await suite.open("polyfill.html");
    const result = await page.evaluate(
      async (file, type, chunks) => {
        const { video, mediaSource, sourceBuffer } = await harness.open(type);
        const bytes = new Uint8Array(await (await fetch(`/recorder/${file}`)).arrayBuffer());
        let at = 0;
        for (const length of chunks) await harness.append(sourceBuffer, bytes.subarray(at, (at += length)));
        mediaSource.endOfStream();
        await harness.until(() => video.readyState >= 2, "the first frame");
        await video.play();
        await harness.once(video, "ended");
        return harness.state(video);
      },
      file,
      type,
      chunks,
    );
    await page.close();
    assert.deepEqual(problems, []);
    assert.equal(result.error, null);
    assert.equal(result.currentTime, result.duration);
    assert.ok(result.duration > (file.includes("pcm") ? 0.05 : 1), `${result.duration}`);
    assert.equal(result.videoWidth, /opus|pcm/.test(file) && !/vp|av1|h264|avc/.test(file) ? 0 : 160);
  });
}

for (const type of ["video/webm;codecs=vp8,opus", "audio/webm;codecs=opus"]) {
  timedTest(`a running recording plays as it comes, and for who comes late: ${type}`, async () => {
    const { page, problems } = await suite.open("polyfill.html");
    const result = await page.evaluate(async (type) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 160, height: 90 });
      const context = canvas.getContext("2d");
      const hue = () => (performance.now() / 10) % 360;
      const drawing = setInterval(() => {
        context.fillStyle = `hsl(${hue()} 80% 50%)`;
        context.fillRect(0, 0, 160, 90);
      }, 50);
      const audio = new AudioContext();
      const oscillator = new OscillatorNode(audio);
      const destination = audio.createMediaStreamDestination();
      oscillator.connect(destination);
      oscillator.start();
      await audio.resume();
      const tracks = [
        ...(type.startsWith("video") ? canvas.captureStream(20).getTracks() : []),
        ...destination.stream.getTracks(),
      ];
      // A key frame every half second, for who comes late; where the browser knows the option.
      const options = { mimeType: type, videoKeyFrameIntervalDuration: 500 };
      const recorder = new MediaRecorder(new MediaStream(tracks), options);

      const { video, sourceBuffer } = await harness.open(recorder.mimeType || type);
      const chunks = [];
      const queue = [];
      let appended = Promise.resolve();
      recorder.ondataavailable = async ({ data }) => {
        const at = chunks.push(data) - 1;
        queue[at] = data.arrayBuffer();
        appended = appended.then(async () => harness.append(sourceBuffer, await queue[at]));
      };
      recorder.start(200);
      await harness.until(() => video.readyState >= 2, "the first frame");
      await video.play();
      await harness.until(() => video.currentTime > 1.5, "a second and a half");
      const live = { ...harness.state(video), behind: sourceBuffer.buffered.end(0) - video.currentTime };
      await harness.until(() => video.buffered.end(video.buffered.length - 1) > 3, "three seconds of recording");
      const stopped = harness.once(recorder, "stop");
      recorder.stop();
      await stopped;
      await harness.sleep(100);
      await appended;
      const whole = harness.pairs(sourceBuffer.buffered);
      clearInterval(drawing);
      await audio.close();

      // The first chunk that says what there is, then from the middle on.
      const late = await harness.open(recorder.mimeType || type);
      let first = 0;
      while (first < 3 && chunks[first].size < 100) await harness.append(late.sourceBuffer, await chunks[first++].arrayBuffer());
      await harness.append(late.sourceBuffer, await chunks[first].arrayBuffer());
      for (let at = Math.ceil(chunks.length / 2); at < chunks.length; at++) {
        await harness.append(late.sourceBuffer, await chunks[at].arrayBuffer());
      }
      late.mediaSource.endOfStream();
      const buffered = harness.pairs(late.sourceBuffer.buffered);
      const [start, end] = buffered.at(-1);
      await harness.seek(late.video, start);
      await late.video.play();
      await harness.once(late.video, "ended");
      return { live, whole, buffered, start, end, late: harness.state(late.video) };
    }, type);
    await screenshot(page, `recorder-${type.slice(0, 5)}`);
    await page.close();
    assert.deepEqual(problems, []);
    assert.equal(result.live.error, null);
    assert.ok(result.live.behind < 2, `${result.live.behind} s behind`);
    // A recorder that gets no processor time leaves holes. What it wrote is one range each, from the start to the end.
    const recorded = result.whole.reduce((sum, [from, to]) => sum + to - from, 0);
    assert.ok(result.whole[0][0] < 1 && result.whole.at(-1)[1] > 2.9 && recorded > 2, `${result.whole}`);
    assert.equal(result.late.error, null);
    assert.ok(result.start > 0.5 && result.end > 2.9, `${result.buffered}`);
    assert.equal(result.late.currentTime, result.late.duration);
  }, 5);
}
