// The example of live audio: recorded, heard live, sent on, sought and downloaded. The microphone is a tone of the page's:
// with a fake one of its own Chromium has no speakers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName } from "./lib/browser.mjs";
import { screenshot, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();

/** Functions that the tests use in the page. */
const inPage = () => {
  const $ = (id) => document.getElementById(id);
  const until = async (condition, what, timeout = 15_000) => {
    const deadline = performance.now() + timeout;
    for (;;) {
      const value = await condition();
      if (value) return value;
      if (performance.now() > deadline) throw new Error(`not within ${timeout} ms: ${what}; "${$("status").textContent}"`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const context = new AudioContext();
  void context.resume();
  const microphones = [];
  const open = async () => {
    const oscillator = new OscillatorNode(context, { frequency: 523 });
    const destination = context.createMediaStreamDestination();
    oscillator.connect(new GainNode(context, { gain: 0.4 })).connect(destination);
    oscillator.start();
    microphones.push(destination.stream);
    return destination.stream;
  };
  navigator.mediaDevices.getUserMedia = open;
  /** The strongest frequency in what a node gives, once something is heard. */
  const toneOf = async (node, what) => {
    const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
    node.connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    const bin = await until(() => {
      analyser.getFloatFrequencyData(bins);
      const loudest = bins.reduce((best, value, index) => (value > bins[best] ? index : best), 5);
      return bins[loudest] > -60 && loudest;
    }, `a tone ${what}`);
    node.disconnect(analyser);
    return (bin * context.sampleRate) / analyser.fftSize;
  };
  const streamTone = (stream, what) => toneOf(context.createMediaStreamSource(stream), what);
  globalThis.lab = { $, until, context, toneOf, streamTone, microphones, open };
};

async function open(path = "audio-streaming/") {
  const opened = await suite.open(path);
  await opened.page.evaluate(inPage);
  return opened;
}

timedTest("what is recorded is heard live, paused, sought with its true duration, and downloaded", async () => {
  const { page, problems } = await open();
  const result = await page.evaluate(async () => {
    const { $, until, context, toneOf, streamTone, microphones } = lab;
    $("record").click();
    const live = $("live");
    await until(() => live.currentTime > 0.3, "live playback");
    const { recording } = app.playback;
    const microphone = await streamTone(microphones[0], "of the microphone");
    const heard = await toneOf(context.createMediaElementSource(live), "of the live loop");
    await until(() => live.currentTime > 2, "two seconds");
    const latencies = [];
    for (let n = 0; n < 20; n++) {
      latencies.push(app.playback.latency);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    $("pause").click();
    await until(() => $("recorder").dataset.state === "paused", "the pause");
    const pausedAt = recording.elapsed;
    await new Promise((resolve) => setTimeout(resolve, 700));
    const pausedFor = recording.elapsed - pausedAt;
    $("pause").click();
    await until(() => $("recorder").dataset.state === "recording", "going on");
    await until(() => live.currentTime > pausedAt + 0.3, "playback after the pause");
    $("stop").click();
    await until(() => $("recorder").dataset.state === "stopped", "the end");
    await until(() => live.ended, "the end of playback");
    const duration = { element: live.duration, recording: recording.duration, clock: recording.elapsed };
    live.currentTime = 1;
    await until(() => !live.seeking, "the seek");
    const buffered = Array.from(live.buffered, (_, n) => [live.buffered.start(n), live.buffered.end(n)]);

    const blob = await (await fetch($("download").href)).blob();
    const file = document.createElement("audio");
    file.src = URL.createObjectURL(blob); // natively: not a MediaSource
    await until(() => file.readyState >= 1, "the metadata of the download");
    return { microphone, heard, latencies, pausedFor, duration, buffered, file: file.duration, size: blob.size, type: recording.mimeType };
  });
  await screenshot(page, "audio-streaming-stopped");
  await page.close();
  console.log(
    `    ${browserName}: ${result.type}, ${Math.round(result.microphone)} Hz; behind by ` +
      `${result.latencies.map((seconds) => Math.round(seconds * 1000)).join(" ")} ms; ${JSON.stringify(result.duration)}, file ${result.file} s`,
  );
  assert.deepEqual(problems, []);
  assert.ok(Math.abs(result.heard - result.microphone) < 20, `${result.heard} Hz of ${result.microphone}`);
  const sorted = [...result.latencies].sort((a, b) => a - b);
  assert.ok(sorted[10] < 0.4, `${result.latencies}`); // the timeslice of 100 ms and 300 more
  assert.ok(result.pausedFor < 0.05, "the clock stands still in a pause");
  assert.ok(Math.abs(result.duration.element - result.duration.recording) < 0.07, JSON.stringify(result.duration));
  assert.ok(Math.abs(result.duration.clock - result.duration.recording) < 0.3, JSON.stringify(result.duration));
  assert.ok(Math.abs(result.file - result.duration.recording) < 0.07, `${result.file}`);
  assert.ok(result.buffered[0][0] < 0.1 && result.buffered.at(-1)[1] > 2.5, `${result.buffered}`);
});

timedTest("listeners of a data channel hear it, who comes late too", async () => {
  const { page, problems } = await open();
  const result = await page.evaluate(async () => {
    const { $, until, context, toneOf, streamTone, microphones } = lab;
    $("record").click();
    await until(() => $("live").currentTime > 0.2, "live playback");
    $("join").click();
    const early = await until(() => document.querySelector("#listeners li:nth-child(1) audio"), "the first listener");
    await until(() => early.currentTime > 0.5 && !early.paused, "the first listener plays");
    await until(() => app.playback.recording.elapsed > 3, "three seconds");
    $("join").click();
    const late = await until(() => document.querySelector("#listeners li:nth-child(2) audio"), "the second listener");
    await until(() => late.buffered.length > 0 && late.currentTime > late.buffered.start(0) + 0.5, "the second listener plays");
    const from = late.buffered.start(0);
    const microphone = await streamTone(microphones[0], "of the microphone");
    const heard = await toneOf(context.createMediaElementSource(late), "of the second listener");
    const apart = Math.abs(late.currentTime - early.currentTime);
    $("stop").click();
    await until(() => late.ended && early.ended, "the end at both");
    return { from, apart, microphone, heard, durations: [early.duration, late.duration], errors: [early.error, late.error] };
  });
  await screenshot(page, "audio-streaming-listeners");
  await page.close();
  assert.deepEqual(problems, []);
  assert.deepEqual(result.errors, [null, null]);
  assert.ok(result.from > 2.5, `the late listener begins where it joined, at ${result.from}`);
  assert.ok(result.apart < 0.5, `${result.apart} s apart`);
  assert.ok(Math.abs(result.heard - result.microphone) < 20, `${result.heard} Hz of ${result.microphone}`);
  assert.ok(Math.abs(result.durations[0] - result.durations[1]) < 0.07, `${result.durations}`);
});

timedTest("a call carries the microphone to the far end", async () => {
  const { page, problems } = await open();
  const result = await page.evaluate(async () => {
    const { $, until, streamTone } = lab;
    $("dial").click();
    await until(() => app.call && $("far").srcObject, "the call");
    const microphone = await streamTone(app.call.stream, "of the microphone");
    const far = await streamTone($("far").srcObject, "at the far end");
    const connected = $("call-status").textContent;
    app.call.peers.near.close();
    app.call.peers.far.close();
    $("hangup").click();
    return { microphone, far, connected, after: $("call-status").textContent };
  });
  await page.close();
  assert.deepEqual(problems, []);
  assert.ok(Math.abs(result.far - result.microphone) < 20, `${result.far} Hz of ${result.microphone}`);
  assert.match(result.connected, /Connected/);
  assert.match(result.after, /No call/);
});

test("what goes wrong is said, and another try works", async () => {
  const { page, problems } = await open();
  const result = await page.evaluate(async () => {
    const { $, until, microphones, open } = lab;
    const devices = navigator.mediaDevices;
    const said = {};
    for (const name of ["NotAllowedError", "NotFoundError", "NotReadableError", "OverconstrainedError"]) {
      devices.getUserMedia = async () => {
        throw new DOMException("", name);
      };
      $("record").click();
      await until(() => $("recorder").dataset.state === "failed", name);
      said[name] = $("status").textContent;
    }
    devices.getUserMedia = open;
    $("record").click();
    await until(() => $("live").currentTime > 0.5, "the next try");

    // Unplugged: the track ends, and nobody pressed anything.
    const { recording } = app.playback;
    const [track] = microphones.at(-1).getAudioTracks();
    track.stop();
    await until(() => $("recorder").dataset.state === "stopped", "the end after unplugging");
    said.unplugged = $("status").textContent;
    const kept = recording.blob().size;

    $("record").click();
    await until(() => $("recorder").dataset.state === "recording" && app.playback.recording !== recording, "recording again");
    const failing = app.playback.recording;
    await until(() => failing.initialization, "some of it");
    failing.recorder.dispatchEvent(Object.assign(new Event("error"), { error: new DOMException("broken", "UnknownError") }));
    await until(() => $("recorder").dataset.state === "failed", "the recorder's error");
    said.recorder = $("status").textContent;
    return { said, kept, canRecord: !$("record").disabled };
  });
  await screenshot(page, "audio-streaming-failed");
  await page.close();
  assert.deepEqual(problems, []);
  assert.match(result.said.NotAllowedError, /not allowed/);
  assert.match(result.said.NotFoundError, /no microphone/);
  assert.match(result.said.NotReadableError, /another program/);
  assert.match(result.said.OverconstrainedError, /gone/);
  assert.match(result.said.unplugged, /unplugged/);
  assert.ok(result.kept > 500, `${result.kept} bytes are kept`);
  assert.match(result.said.recorder, /broken/);
  assert.equal(result.canRecord, true);
});
