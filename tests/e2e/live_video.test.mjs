// A camera with and without a microphone through recordToSourceBuffer: seen and heard live, by who comes late too, and what
// is left in the end. The camera is a canvas that counts its frames as the clips do.

import assert from "node:assert/strict";
import { browserName } from "./lib/browser.mjs";
import { screenshot, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();

const RATE = 20;

/** Functions that the tests use in the page. */
const inPage = (rate) => {
  const { width, height, grid } = harness.facts;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  let drawn = 0;
  const draw = () => {
    drawn++;
    context.fillStyle = `hsl(${drawn * 3} 40% 50%)`;
    context.fillRect(0, 0, width, height);
    const check = (drawn ^ (drawn >> 4) ^ (drawn >> 8) ^ 0b1010) & 0b1111;
    const code = (drawn << 4) | check;
    const bits = grid.count * grid.count;
    for (let bit = 0; bit < bits; bit++) {
      context.fillStyle = (code >> (bits - 1 - bit)) & 1 ? "white" : "black";
      const [column, row] = [bit % grid.count, Math.floor(bit / grid.count)];
      context.fillRect(grid.left + column * grid.block, grid.top + row * grid.block, grid.block, grid.block);
    }
  };
  draw();
  setInterval(draw, 1000 / rate);
  const audio = new AudioContext();
  void audio.resume();
  const stream = canvas.captureStream(rate);
  globalThis.camera = {
    stream,
    audio,
    /** The frame that is in front of the camera. */
    now: () => drawn,
    hum() {
      const destination = audio.createMediaStreamDestination();
      const oscillator = new OscillatorNode(audio, { frequency: 523 });
      oscillator.connect(destination);
      oscillator.start();
      stream.addTrack(destination.stream.getAudioTracks()[0]);
    },
    async hears(node) {
      const analyser = new AnalyserNode(audio, { fftSize: 8192, smoothingTimeConstant: 0 });
      node.connect(analyser);
      const bins = new Float32Array(analyser.frequencyBinCount);
      let loudest;
      await harness.until(() => {
        analyser.getFloatFrequencyData(bins);
        loudest = bins.reduce((best, value, index) => (value > bins[best] ? index : best), 5);
        return bins[loudest] > -60;
      }, "a tone");
      return (loudest * audio.sampleRate) / analyser.fftSize;
    },
    element: () => document.body.appendChild(document.createElement("video")),
    /** What an element shows, and how many seconds ago that was in front of the camera; now and then for a second. */
    async looks(video) {
      const looks = [];
      for (let n = 0; n < 15; n++) {
        await harness.sleep(70);
        const { frame } = harness.look(video);
        if (frame >= 0) looks.push({ frame, behind: (drawn - frame) / rate });
      }
      return looks;
    },
    /** What a recording is in an element that plays it natively: how long, and the frames at the start and where sought to. */
    async natively(blob) {
      const video = camera.element();
      video.muted = true;
      video.src = URL.createObjectURL(blob);
      await harness.until(() => video.readyState >= 2, "the first frame of the download");
      const first = harness.look(video).frame;
      await harness.seek(video, 1.5);
      await harness.sleep(100);
      const sought = harness.look(video).frame;
      await video.play();
      await harness.until(() => video.currentTime > 1.8, "the download plays on");
      video.pause();
      return { duration: video.duration, first, sought };
    },
  };
};

async function open() {
  const opened = await suite.open("polyfill.html");
  await opened.page.evaluate(inPage, RATE);
  return opened;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function isLive(looks, who) {
  assert.ok(looks.length > 5, `${who} sees ${looks.length} frames`);
  assert.ok(looks.at(-1).frame > looks[0].frame + 5, `${who}: ${looks.map(({ frame }) => frame)}`);
  const behind = median(looks.map(({ behind }) => behind));
  assert.ok(behind < 1, `${who} is ${behind} s behind`);
  return behind;
}

timedTest("a camera and a microphone: live, for who comes late, and as a file", async () => {
  const { page, problems } = await open();
  const result = await page.evaluate(async () => {
    const { recordToSourceBuffer, AppendQueue, LiveFollower } = await import("/live.js");
    camera.hum();
    const video = camera.element();
    const playback = await recordToSourceBuffer(camera.stream, video);
    const { recording } = playback;
    void video.play();
    await harness.until(() => video.currentTime > 1, "live playback");
    const heard = await camera.hears(camera.audio.createMediaElementSource(video));
    const looks = await camera.looks(video);

    const late = camera.element();
    late.muted = true;
    const mediaSource = new MediaSource();
    late.src = URL.createObjectURL(mediaSource);
    await harness.once(mediaSource, "sourceopen");
    const queue = new AppendQueue(mediaSource.addSourceBuffer(recording.mimeType), { media: late });
    const joinedAt = recording.duration;
    const leave = recording.listen((bytes) => void queue.append(bytes));
    const follower = new LiveFollower(late);
    void late.play();
    await harness.until(() => late.buffered.length > 0 && late.currentTime > late.buffered.start(0) + 0.5, "the late listener plays", 20_000);
    const lateLooks = await camera.looks(late);
    const waited = late.buffered.start(0) - joinedAt; // Less than none where the key frame was before.
    leave();
    follower.close();

    const blob = await recording.stop();
    await playback.complete;
    await harness.until(() => video.ended, "the end of playback");
    const durations = [video.duration, recording.duration];
    const state = harness.state(video);
    return { type: recording.mimeType, heard, looks, lateLooks, waited, durations, state, file: await camera.natively(blob) };
  });
  await screenshot(page, "live-video");
  await page.close();
  assert.deepEqual(problems, []);
  assert.equal(result.state.error, null);
  assert.ok(Math.abs(result.heard - 523) < 20, `${result.heard} Hz`);
  const behind = [isLive(result.looks, "the live loop"), isLive(result.lateLooks, "the late listener")];
  const { durations, file } = result;
  console.log(
    `    ${browserName}: ${result.type}, ${behind.map((seconds) => `${seconds.toFixed(2)} s`)} behind the camera, ` +
      `${result.waited.toFixed(2)} s to what the late one has; ${durations} s, ${JSON.stringify(file)}`,
  );
  assert.ok(result.waited < 0.3, `a late listener waits ${result.waited} s`);
  assert.ok(Math.abs(durations[0] - durations[1]) < 0.1, `${durations}`);
  assert.ok(Math.abs(file.duration - durations[1]) < 0.1, `${file.duration} s of ${durations[1]}`);
  assert.ok(Math.abs(file.sought - file.first - 1.5 * RATE) <= 5, `${file.sought} after ${file.first}`);
});

timedTest("a camera alone", async () => {
  const { page, problems } = await open();
  const result = await page.evaluate(async () => {
    const { recordToSourceBuffer } = await import("/live.js");
    const video = camera.element();
    const playback = await recordToSourceBuffer(camera.stream, video);
    void video.play();
    await harness.until(() => video.currentTime > 1, "live playback");
    const looks = await camera.looks(video);
    const blob = await playback.recording.stop();
    await playback.complete;
    return { looks, durations: [video.duration, playback.recording.duration], file: await camera.natively(blob) };
  });
  await page.close();
  assert.deepEqual(problems, []);
  const behind = isLive(result.looks, "the live loop");
  console.log(`    ${browserName}: ${behind.toFixed(2)} s behind the camera; ${JSON.stringify(result.durations)}, ${JSON.stringify(result.file)}`);
  const { durations, file } = result;
  assert.ok(Math.abs(durations[0] - durations[1]) < 0.1, `${durations}`);
  assert.ok(Math.abs(file.duration - durations[1]) < 0.1, `${file.duration} s of ${durations[1]}`);
  assert.ok(Math.abs(file.sought - file.first - 1.5 * RATE) <= 5, `${file.sought} after ${file.first}`);
});
