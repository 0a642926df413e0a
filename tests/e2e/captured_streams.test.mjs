// captureStream(): the picture and the sound of the element as tracks of the page's own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName } from "./lib/browser.mjs";
import { facts, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();

async function inPage(body, ...rest) {
  const { page, problems } = await suite.open("polyfill.html");
  await page.evaluate(() => {
    globalThis.capture = (video) => (video.captureStream ?? video.mozCaptureStream).call(video);
  });
  const result = await page.evaluate(body, ...rest);
  await page.close();
  assert.deepEqual(problems, []);
  return result;
}

test("a captured stream begins and ends with the media, and ends nothing of the element's", async () => {
  const { states, events, shown } = await inPage(async (clip) => {
    const video = document.createElement("video");
    document.body.replaceChildren(video);
    const events = [];
    const streams = [capture(video)];
    const state = () => streams.map((stream) => stream.getTracks().map(({ kind, readyState }) => `${kind} ${readyState}`).sort().join());
    const states = [state()];
    for (const type of ["addtrack", "removetrack"]) {
      streams[0].addEventListener(type, ({ track }) => events.push(`${type} ${track.kind}`));
    }
    const mediaSource = new MediaSource();
    video.src = URL.createObjectURL(mediaSource);
    await harness.once(mediaSource, "sourceopen");
    streams.push(capture(video));
    const sourceBuffer = mediaSource.addSourceBuffer(harness.facts.files[clip].type);
    await harness.append(sourceBuffer, await harness.bytesOf(clip));
    mediaSource.endOfStream();
    await harness.until(() => video.readyState >= 2, "the first frame");
    streams.push(capture(video));
    states.push(state());
    const last = streams[2].getTracks();
    last.forEach((track) => track.addEventListener("ended", () => events.push(`ended ${track.kind}`)));
    const [first, second] = streams.map((stream) => stream.getVideoTracks()[0]);
    second.stop();
    const seek = async (frame) => {
      await harness.seek(video, (frame + 0.5) / harness.facts.frameRate);
      return harness.look(video).frame;
    };
    const shown = [first === second, await seek(7)];
    await video.play();
    await harness.once(video, "ended");
    await harness.sleep(100);
    states.push(state());
    shown.push(await seek(3));
    await video.play();
    states.push(state());
    video.removeAttribute("src");
    video.load();
    states.push(state());
    return { states, events, shown };
  }, "short.mp4");
  const live = "audio live,video live";
  assert.deepEqual(states, [
    [""], [live, live, live], ["", "", ""], [live, live, live], ["", "", ""],
  ]);
  assert.deepEqual(shown, [false, 7, 3]);
  const of = (type) => events.filter((event) => event.startsWith(type)).sort();
  const both = (type) => [`${type} audio`, `${type} video`];
  assert.deepEqual(of("addtrack"), [...both("addtrack"), ...both("addtrack")].sort());
  assert.deepEqual(of("removetrack"), [...both("removetrack"), ...both("removetrack")].sort());
  assert.deepEqual(of("ended"), both("ended"));
});

timedTest("a recording of a captured stream has picture and sound, whatever the element's volume", async () => {
  const { loudest, frames } = await inPage(async (clip) => {
    const { video } = await harness.load(clip, { end: true });
    video.muted = true;
    const stream = capture(video);
    const recorder = new MediaRecorder(stream);
    const chunks = [];
    recorder.ondataavailable = ({ data }) => chunks.push(data);
    const stopped = harness.once(recorder, "stop", 20_000);
    recorder.start();
    await video.play();
    await harness.until(() => video.currentTime > 2, "two seconds");
    recorder.stop();
    video.pause();
    await stopped;
    const blob = new Blob(chunks, { type: recorder.mimeType });
    const context = new OfflineAudioContext(1, 1, 48_000);
    const sound = await context.decodeAudioData(await blob.arrayBuffer());
    const loudest = sound.getChannelData(0).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const copy = document.createElement("video");
    copy.src = URL.createObjectURL(blob);
    copy.muted = true;
    document.body.append(copy);
    const watching = harness.watch(copy);
    await copy.play();
    await harness.once(copy, "ended", 20_000);
    return { loudest, frames: new Set(watching.stop().map(({ frame }) => frame)).size };
  }, "fragmented.mp4");
  assert.ok(loudest > 0.05, `sound of ${loudest}`);
  assert.ok(frames > 10, `${frames} pictures`);
});

timedTest("a stream of ours is sent on live: the far end of a call sees and hears it", async () => {
  const { frames, heard } = await inPage(async (clip) => {
    const { connect } = await import("/audio-streaming/peers.js");
    const { video } = await harness.load(clip, { end: true });
    const stream = capture(video);
    const remote = document.createElement("video");
    remote.muted = true;
    document.body.append(remote);
    let far;
    const peers = await connect((near, other) => {
      for (const track of stream.getTracks()) near.addTrack(track, stream);
      other.addEventListener("track", ({ streams }) => (remote.srcObject = far = streams[0]));
    });
    await harness.until(() => peers.far.connectionState === "connected", "the call");
    const context = new AudioContext();
    void context.resume();
    const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(far).connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    await video.play();
    await remote.play();
    const watching = harness.watch(remote);
    const heard = new Set();
    while (!video.ended) {
      await harness.sleep(40);
      analyser.getFloatFrequencyData(bins);
      const loudest = bins.reduce((best, value, index) => (value > bins[best] ? index : best), 5);
      if (bins[loudest] > -60) heard.add(Math.round((loudest * context.sampleRate) / analyser.fftSize));
    }
    await harness.sleep(300);
    const frames = [...new Set(watching.stop().map(({ frame }) => frame))].filter((frame) => frame >= 0);
    peers.close();
    return { frames, heard: [...heard] };
  }, "fragmented.mp4");
  console.log(`    ${browserName}: ${frames.length} frames, ${heard} Hz`);
  assert.ok(frames.length > 20, `frames ${frames}`);
  assert.ok(frames.every((frame, index) => index === 0 || frame > frames[index - 1]), `in order: ${frames}`);
  const tones = heard.map((frequency) => facts.tones.find((tone) => Math.abs(tone - frequency) < 16));
  const others = tones.filter((tone) => tone === undefined).length; // Between two of them, or where packets were late.
  assert.ok(new Set(tones).size > 5 && others < tones.length / 5, `the clip's tones: ${heard}`);
});
