// The example of live audio: recorded, heard live, sent on, sought and downloaded, and all that can go wrong with it.

import assert from "node:assert/strict";
import { after } from "node:test";
import { browserName, launch } from "./lib/browser.mjs";
import { createMicrophone, HUM } from "./lib/microphone.mjs";
import { openWay, reroute } from "./lib/network.mjs";
import { screenshot, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();
let microphone;
after(() => microphone?.remove());

/** Functions that the tests use in the page. */
const inPage = () => {
  const $ = (id) => document.getElementById(id);
  const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const until = async (condition, what, timeout = 10_000) => {
    const deadline = performance.now() + timeout;
    for (;;) {
      const value = await condition();
      if (value) return value;
      if (performance.now() > deadline) {
        const states = ["recorder", "call"].map((id) => `${id} ${$(id).dataset.state}`);
        throw new Error(`not within ${timeout} ms: ${what}; ${states}; "${$("status").textContent}", "${$("call-status").textContent}"`);
      }
      await sleep(20);
    }
  };
  const context = new AudioContext();
  void context.resume();
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
  const state = (panel) => $(panel).dataset.state;
  $("clean").checked = false; // To speech, a tone is noise.
  /** Presses record, and waits until it is heard. */
  const record = async () => {
    const last = app.playback;
    $("record").click();
    await until(() => app.playback !== last && state("recorder") === "recording", "the recording");
    await until(() => $("live").currentTime > 0.3 && app.playback.recording.duration > 0.3, "live playback");
  };
  globalThis.lab = { $, sleep, until, context, toneOf, streamTone, state, record };
};

/** Firefox has a preference for it. */
async function allowMicrophone(browser) {
  if (browserName === "chromium") {
    await browser.defaultBrowserContext().overridePermissions(suite.site.origin, ["microphone"]);
  }
}

/** Opens the example, the microphone plugged in. */
async function open() {
  microphone ??= await createMicrophone();
  microphone.plugIn();
  await allowMicrophone(suite.browser);
  const opened = await suite.open("audio-streaming/");
  await opened.page.evaluate(inPage);
  return opened;
}

/** Whether a tone is the microphone's, as far as an analyser's bins tell. */
function isHum(frequency, where) {
  assert.ok(Math.abs(frequency - HUM) < 20, `${frequency} Hz ${where}`);
}

timedTest("what is recorded is heard live, paused, sought with its true duration, and downloaded", async () => {
  const { page, problems } = await open();
  await screenshot(page, "audio-streaming-idle");
  await page.evaluate(() => lab.record());
  const live = await page.evaluate(async () => {
    const { $, sleep, until, context, toneOf } = lab;
    const heard = await toneOf(context.createMediaElementSource($("live")), "of the live loop");
    await until(() => $("live").currentTime > 2, "two seconds");
    const latencies = [];
    for (let n = 0; n < 20; n++) {
      latencies.push(app.playback.latency);
      await sleep(50);
    }
    const needed = app.playback.follower.distance;
    return { heard, latencies, needed, level: $("level").value, title: document.title };
  });
  await screenshot(page, "audio-streaming-recording");
  const pausedFor = await page.evaluate(async () => {
    const { $, sleep, until, state } = lab;
    const { recording } = app.playback;
    $("pause").click();
    await until(() => state("recorder") === "paused", "the pause");
    const pausedAt = recording.elapsed;
    await sleep(700);
    return recording.elapsed - pausedAt;
  });
  await screenshot(page, "audio-streaming-paused");
  const result = await page.evaluate(async () => {
    const { $, sleep, until, state } = lab;
    const live = $("live");
    const { recording } = app.playback;
    const pausedAt = recording.elapsed;
    $("pause").click();
    await until(() => state("recorder") === "recording", "going on");
    await until(() => live.currentTime > pausedAt + 0.3, "playback after the pause");
    $("stop").click();
    await until(() => state("recorder") === "stopped", "the end");
    await until(() => live.ended, "the end of playback");
    const duration = { element: live.duration, recording: recording.duration, clock: recording.elapsed };
    live.currentTime = 1;
    await until(() => !live.seeking, "the seek");
    const buffered = Array.from(live.buffered, (_, n) => [live.buffered.start(n), live.buffered.end(n)]);

    // The download by itself: decoded at once, and in an element that plays the file natively.
    const blob = await (await fetch($("download").href)).blob();
    const sound = await new OfflineAudioContext(1, 1, 48_000).decodeAudioData(await blob.arrayBuffer());
    const second = sound.getChannelData(0).subarray(48_000, 96_000);
    const file = document.createElement("audio");
    file.src = URL.createObjectURL(blob);
    await until(() => file.readyState >= 1, "the metadata of the download");
    const known = file.duration;
    file.currentTime = 2;
    await until(() => !file.seeking, "the seek in the download");
    await file.play();
    await until(() => file.currentTime > 2.3, "the download plays where it was sought to");
    file.pause();
    return {
      duration, buffered, known, type: recording.mimeType,
      decoded: sound.duration,
      recorded: second.filter((sample, index) => index > 0 && sample >= 0 && second[index - 1] < 0).length,
      download: $("download").download,
    };
  });
  await screenshot(page, "audio-streaming-stopped");
  await page.close();
  const { duration } = result;
  console.log(
    `    ${browserName}: ${result.type}; behind by ${live.latencies.map((seconds) => Math.round(seconds * 1000)).join(" ")} ms, ${Math.round(live.needed * 1000)} needed; ` +
      `${JSON.stringify(duration)}, file ${result.known} s, decoded ${result.decoded} s`,
  );
  assert.deepEqual(problems, []);
  isHum(live.heard, "in the live loop");
  isHum(result.recorded, "in the recording");
  assert.ok(live.level > 0.05, `a level of ${live.level}`);
  assert.match(live.title, /^● \d/);
  const sorted = [...live.latencies].sort((a, b) => a - b);
  // The timeslice of 100 ms and 300 more; or what it takes to survive how late this machine lets data come.
  assert.ok(sorted[10] < Math.max(0.4, live.needed + 0.15), `${live.latencies}, ${live.needed} needed`);
  assert.ok(pausedFor < 0.05, "the clock stands still in a pause");
  // Within a packet of the longest kind.
  assert.ok(Math.abs(duration.recording - result.decoded) < 0.0601, `${duration.recording} s said of ${result.decoded}`);
  assert.ok(Math.abs(duration.element - duration.recording) < 0.0601, JSON.stringify(duration));
  assert.ok(Math.abs(result.known - duration.recording) < 0.0601, `${result.known}`);
  // A busy browser loses some of what its microphone gives; more there cannot be.
  assert.ok(duration.recording < duration.clock + 0.3, JSON.stringify(duration));
  assert.ok(result.buffered[0][0] < 0.1 && result.buffered.at(-1)[1] > 2.5, `${result.buffered}`);
  assert.match(result.download, /^recording\.(webm|m4a)$/);
});

timedTest("listeners of a data channel hear it, who comes late too, and survive their sender", async () => {
  const { page, problems } = await open();
  const result = await page.evaluate(async () => {
    const { $, until, context, toneOf, record } = lab;
    const listener = (n) => document.querySelector(`#listeners li:nth-child(${n})`);
    const press = (item, word) => [...item.querySelectorAll("button")].find(({ textContent }) => textContent === word).click();
    const words = (item) => item.querySelector("[role=status]").textContent;
    await record();
    $("join").click();
    const early = listener(1).querySelector("audio");
    await until(() => early.currentTime > 0.5 && !early.paused, "the first listener plays");
    await until(() => app.playback.recording.elapsed > 2.5, "a while");
    const joinedAt = app.playback.recording.duration;
    $("join").click();
    const late = listener(2).querySelector("audio");
    await until(() => late.buffered.length > 0 && late.currentTime > late.buffered.start(0) + 0.5, "the second listener plays");
    const from = late.buffered.start(0);
    const heard = await toneOf(context.createMediaElementSource(late), "of the second listener");
    const apart = Math.abs(late.currentTime - early.currentTime);

    press(listener(1), "Lose the sender");
    await until(() => listener(1).dataset.state === "gone", "the sender is missed");
    const gone = { words: words(listener(1)), duration: early.duration };
    await until(() => early.ended, "the end of what came");
    press(listener(1), "Join again");
    await until(() => listener(1).dataset.state === "playing" && early.currentTime > gone.duration, "it plays again");

    $("stop").click();
    await until(() => late.ended && early.ended, "the end at both");
    const ends = [words(listener(1)), words(listener(2))];
    const result = { joinedAt, from, apart, heard, gone, ends, durations: [early.duration, late.duration], errors: [early.error, late.error] };
    press(listener(2), "Leave");
    return { ...result, left: document.querySelectorAll("#listeners li").length };
  });
  await screenshot(page, "audio-streaming-listeners");
  await page.close();
  assert.deepEqual(problems, []);
  assert.deepEqual(result.errors, [null, null]);
  assert.equal(result.left, 1);
  assert.ok(result.from > result.joinedAt - 0.07, `joined at ${result.joinedAt}, begins at ${result.from}`);
  assert.ok(result.apart < 0.5, `${result.apart} s apart`);
  isHum(result.heard, "at the late listener");
  assert.match(result.gone.words, /sender is gone/);
  assert.ok(result.gone.duration > 1 && Number.isFinite(result.gone.duration), `${result.gone.duration}`);
  assert.deepEqual(result.ends, ["The recording has ended.", "The recording has ended."]);
  assert.ok(Math.abs(result.durations[0] - result.durations[1]) < 0.0601, `${result.durations}`);
});

timedTest("a call carries the microphone, and what an element plays, to the far end, and survives it", async () => {
  const { page, problems } = await open();
  const result = await page.evaluate(async () => {
    const { $, until, state, record, streamTone } = lab;
    const farTone = async (button) => {
      $(button).click();
      await until(() => state("call") === "connected", "the call");
      return streamTone($("far").srcObject, `at the far end of ${button}`);
    };
    const microphone = await farTone("dial");
    const said = { connected: $("call-status").textContent };
    $("lose").click();
    await until(() => state("call") === "gone", "the other side is missed");
    said.gone = $("call-status").textContent;

    await record();
    const relayed = await farTone("relay");
    $("hangup").click();
    said.after = $("call-status").textContent;
    const playsOn = $("live").currentTime;
    await until(() => $("live").currentTime > playsOn + 0.3, "the element plays on");
    await farTone("relay");
    $("stop").click();
    await until(() => state("call") === "gone", "what was sent has ended");
    said.ended = $("call-status").textContent;
    return { microphone, relayed, said };
  });
  await screenshot(page, "audio-streaming-call");
  await page.close();
  assert.deepEqual(problems, []);
  isHum(result.microphone, "of the microphone");
  isHum(result.relayed, "of what was played");
  assert.match(result.said.connected, /Connected/);
  assert.match(result.said.gone, /gone/);
  assert.match(result.said.after, /No call/);
  assert.match(result.said.ended, /ended/);
});

timedTest("peers that fall silent, come back, die without a word, or go with their page: each is said", async () => {
  const ways = [await openWay(), await openWay()];
  try {
    const { page, problems } = await open();
    await page.evaluate(reroute, ways.flatMap(({ ends }) => ends));
    await page.evaluate(async () => {
      const { $, until, state, record } = lab;
      lab.listener = (n) => document.querySelector(`#listeners li:nth-child(${n})`);
      lab.words = (item) => item.querySelector("[role=status]").textContent;
      lab.joined = (n) => until(() => lab.listener(n)?.querySelector("audio").currentTime > 0.3, `listener ${n} plays`);
      /** Makes the peer after so many others in a page of its own. */
      lab.elsewhere = (after) => {
        const frame = document.body.appendChild(document.createElement("iframe"));
        const Here = globalThis.RTCPeerConnection;
        let made = 0;
        globalThis.RTCPeerConnection = function () {
          const isThere = made++ === after;
          if (isThere) globalThis.RTCPeerConnection = Here;
          return isThere ? new frame.contentWindow.RTCPeerConnection() : new Here();
        };
        return frame;
      };
      await record();
      $("join").click();
      await lab.joined(1);
      $("dial").click();
      await until(() => state("call") === "connected", "the call");
      const frame = lab.elsewhere(0);
      $("join").click();
      await lab.joined(2);
      frame.remove();
    });
    for (const way of ways) way.isCut = true;
    const silent = await page.evaluate(async () => {
      const { $, until, state, listener, words } = lab;
      await until(() => listener(2).dataset.state === "gone", "the sender whose page is gone");
      await until(() => listener(1).dataset.state === "interrupted", "the listener hears nothing", 20_000);
      await until(() => state("call") === "interrupted", "the call hears nothing", 20_000);
      const all = [words(listener(2)), words(listener(1)), $("call-status").textContent];
      lab.reached = listener(1).querySelector("audio").currentTime;
      return all;
    });
    await screenshot(page, "audio-streaming-interrupted");
    ways[0].renew(); // No word comes through but by an ICE restart.
    const after = await page.evaluate(async () => {
      const { $, until, state, listener, words } = lab;
      const audio = listener(1).querySelector("audio");
      await until(() => listener(1).dataset.state === "playing" && audio.currentTime > lab.reached + 0.5, "it comes again", 20_000);
      await until(() => words(listener(1)) !== "", "words of how it is again");
      const again = words(listener(1));
      // Firefox gives a peer half a minute.
      await until(() => state("call") === "gone", "the end of a call that nobody ended", 45_000);
      const died = $("call-status").textContent;
      const frame = lab.elsewhere(1);
      $("dial").click();
      await until(() => state("call") === "connected", "another call");
      frame.remove();
      await until(() => state("call") === "gone", "the other side whose page is gone");
      return { again, died, left: $("call-status").textContent, canCall: !$("dial").disabled };
    });
    await page.close();
    // Firefox itself says in the console that nothing comes through.
    assert.deepEqual(problems.filter((problem) => !/ICE failed/.test(problem)), []);
    assert.match(silent[0], /sender is gone/);
    assert.match(silent[1], /Nothing comes from the sender/);
    assert.match(silent[2], /Nothing comes from the other side/);
    assert.match(after.again, /behind what came/);
    assert.match(after.died, /gone/);
    assert.match(after.left, /gone/);
    assert.equal(after.canCall, true);
  } finally {
    for (const way of ways) way.close();
  }
}, 3); // half a minute each in Firefox

timedTest("another tab hears the recording, is called, and misses who is gone", async () => {
  const { page, problems } = await open();
  await page.evaluate(() => lab.record());
  const other = await suite.browser.newPage();
  other.on("pageerror", (error) => problems.push(`the other: ${error.message ?? error}`));
  await other.goto(`${suite.site.origin}/audio-streaming/#tab`, { waitUntil: "load" });
  await other.waitForFunction(() => globalThis.app);
  await other.evaluate(inPage);
  const heard = await other.evaluate(async () => {
    const { $, until, context, toneOf, state } = lab;
    lab.join = async () => {
      await until(() => !$("tab-join").disabled, "a tab that records");
      $("tab-join").click();
      await until(() => state("tab") === "connected" && $("tab-audio").currentTime > 0.3, "it plays");
    };
    await lab.join();
    return toneOf(context.createMediaElementSource($("tab-audio")), "of the recording");
  });
  await page.evaluate(async () => {
    const { $, until, state } = lab;
    $("to").value = await until(() => $("to").options[1]?.value, "the other tab in the list");
    $("dial").click();
    await until(() => state("call") === "connected", "the call");
  });
  const called = await other.evaluate(async () => {
    const { $, until, state, streamTone } = lab;
    const stream = await until(() => $("tab-far").srcObject, "the call");
    return [await streamTone(stream, "of the call"), $("tab-call").textContent, state("tab")];
  });
  await screenshot(other, "audio-streaming-tab");
  const said = await page.evaluate(async () => {
    const { $, until, state, record } = lab;
    const words = $("call-status").textContent;
    $("hangup").click();
    $("stop").click();
    await until(() => state("recorder") === "stopped", "the end");
    await record();
    $("dial").click();
    await until(() => state("call") === "connected", "another call");
    return words;
  });
  const again = await other.evaluate(async () => {
    const { until, state, $ } = lab;
    await until(() => $("tab-call").dataset.state === "connected", "another call");
    await lab.join();
    return [state("tab"), $("tab-status").textContent];
  });
  await page.bringToFront();
  await screenshot(page, "audio-streaming-to-tab");
  await page.goto("about:blank");
  const alone = await other.evaluate(async () => {
    const { $, until, state } = lab;
    await until(() => state("tab") === "gone" && $("tab-call").dataset.state === "gone", "the first tab is missed", 45_000);
    return [$("tab-status").textContent, $("tab-call").textContent, $("tab-join").disabled];
  });
  await page.close();
  await other.close();
  isHum(heard, "in the other tab");
  isHum(called[0], "of the call, in the other tab");
  assert.deepEqual(called.slice(1), ["In a call: the other side plays below.", "connected"]);
  assert.match(said, /far end plays in the other tab/);
  assert.deepEqual(again, ["connected", "Plays what the other tab records."]);
  assert.deepEqual(alone, ["The sender is gone. What came can be played.", "The call is over.", true]);
  assert.deepEqual(problems, []);
});

timedTest("no microphone, one that is not allowed, one that is pulled out: each is said, and another try works", async () => {
  microphone ??= await createMicrophone();
  microphone.unplug();
  // A browser of its own: one in which somebody has once listened for changes leaves it to the system to tell of them, and
  // the system knows nothing of devices that are the sound server's only.
  const browser = await launch();
  after(() => browser.close());
  await allowMicrophone(browser);
  const page = await browser.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message ?? error}`));
  await page.evaluateOnNewDocument(() => (navigator.mediaDevices.addEventListener = () => {}));
  await page.goto(`${suite.site.origin}/audio-streaming/`, { waitUntil: "load" });
  await page.waitForFunction(() => globalThis.app);
  await page.evaluate(inPage);
  // Firefox takes the monitors of speakers for microphones, so there is always one.
  if (browserName === "firefox") {
    await page.evaluate(() => {
      lab.real = navigator.mediaDevices.getUserMedia;
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotFoundError"));
    });
  }
  const missing = await page.evaluate(async () => {
    const { $, until, state } = lab;
    $("record").click();
    await until(() => state("recorder") === "failed", "the failure");
    return $("status").textContent;
  });
  await screenshot(page, "audio-streaming-no-device");
  microphone.plugIn();
  await page.evaluate(async () => {
    if (lab.real) navigator.mediaDevices.getUserMedia = lab.real;
    await lab.record();
  });
  await page.evaluate(() => lab.until(() => lab.$("level").value > 0.05, "the level of the microphone"));
  microphone.unplug();
  const { said, kept, canRecord } = await page.evaluate(async () => {
    const { $, until, state } = lab;
    await navigator.mediaDevices.enumerateDevices(); // The browser looks.
    await until(() => state("recorder") === "stopped", "the end after it was pulled out");
    return { said: $("status").textContent, kept: app.playback.recording.blob().size, canRecord: !$("record").disabled };
  });
  await screenshot(page, "audio-streaming-unplugged");

  microphone.plugIn();
  const refused = await page.evaluate(async () => {
    const { $, until, state, record } = lab;
    await record();
    const again = state("recorder");
    $("stop").click();
    // A frame that may not: the browser itself refuses.
    const frame = Object.assign(document.createElement("iframe"), { allow: "microphone 'none'", src: location.href });
    document.body.append(frame);
    const there = (id) => frame.contentDocument?.getElementById(id);
    await until(() => frame.contentWindow.app, "the frame");
    there("record").click();
    await until(() => there("recorder").dataset.state === "failed", "the refusal");
    return { again, said: there("status").textContent, canRecord: !there("record").disabled };
  });
  const others = await page.evaluate(async () => {
    const { $, until, state } = lab;
    const said = {};
    for (const name of ["NotReadableError", "OverconstrainedError"]) {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", name));
      $("record").click();
      await until(() => state("recorder") === "failed", name);
      said[name] = $("status").textContent;
    }
    return said;
  });
  await browser.close();
  assert.deepEqual(problems, []);
  assert.match(missing, /no microphone/);
  assert.match(said, /unplugged/);
  assert.ok(kept > 500, `${kept} bytes are kept`);
  assert.equal(canRecord, true);
  assert.equal(refused.again, "recording");
  assert.match(refused.said, /not allowed/);
  assert.equal(refused.canRecord, true);
  assert.match(others.NotReadableError, /another program/);
  assert.match(others.OverconstrainedError, /gone/);
});

timedTest("a hidden tab records on and says so; a recorder that fails leaves what it had", async () => {
  const { page, problems } = await open();
  await page.evaluate(() => lab.record());
  const cover = await suite.browser.newPage();
  await cover.bringToFront();
  const hidden = await page.evaluate(async () => {
    const { $, until, sleep } = lab;
    await until(() => document.hidden, "the page to be hidden");
    const before = { recorded: app.playback.recording.duration, played: $("live").currentTime };
    await sleep(1_500);
    return {
      recorded: app.playback.recording.duration - before.recorded,
      played: $("live").currentTime - before.played,
      title: document.title,
    };
  });
  await page.bringToFront();
  await cover.close();
  const back = await page.evaluate(async () => {
    const { $, until } = lab;
    await until(() => !document.hidden && /hidden/.test($("status").textContent), "the page to be seen");
    return { said: $("status").textContent, latency: app.playback.latency };
  });
  await screenshot(page, "audio-streaming-hidden");
  const failed = await page.evaluate(async () => {
    const { $, until, context, state, record } = lab;
    const { recorder } = app.playback.recording;
    // What is recorded may not change: recorders fail then.
    recorder.stream.addTrack(context.createMediaStreamDestination().stream.getAudioTracks()[0]);
    await until(() => state("recorder") === "failed", "the recorder's error");
    const said = $("status").textContent;
    const { duration } = app.playback.recording;
    await until(() => Math.abs($("live").duration - duration) < 0.1, "what it had");
    const canDownload = !$("download").hidden;
    await record();
    return { said, duration, canDownload, again: state("recorder") };
  });
  await screenshot(page, "audio-streaming-recorder-error");
  await page.close();
  assert.deepEqual(problems, []);
  assert.ok(hidden.recorded > 0.7 && hidden.played > 0.7, JSON.stringify(hidden));
  assert.match(hidden.title, /^● \d/);
  assert.match(back.said, /hidden for/);
  assert.ok(back.latency < 1, `behind by ${back.latency} s`);
  assert.match(failed.said, /did not work/);
  assert.ok(failed.duration > 1, `${failed.duration} s`);
  assert.equal(failed.canDownload, true);
  assert.equal(failed.again, "recording");
});
