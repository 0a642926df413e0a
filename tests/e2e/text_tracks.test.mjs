// Text tracks: cues come and go with the media's time, whatever the stream's is that the browser plays.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { serveSite, useBrowser } from "./lib/site.mjs";

const suite = useBrowser();
const CLIP = "fragmented.mp4";

/** Runs `body` with the clip's name in a page. */
const inPage = (body, ...rest) => suite.evaluate(body, CLIP, ...rest);

test("cues are entered and left in the order of time, missed ones too", async () => {
  const { entries, shown } = await inPage(async (clip) => {
    const { video, mediaSource, sourceBuffer } = await harness.open(harness.facts.files[clip].type);
    const entries = [];
    const track = video.addTextTrack("subtitles");
    track.addEventListener("cuechange", () => entries.push("change"));
    for (const [id, start, end] of [["a", 0, 0.4], ["b", 0.4, 0.8], ["c", 0.5, 0.501], ["d", 0.5, 3], ["e", 4, 5]]) {
      const cue = new VTTCue(start, end, id);
      cue.id = id;
      for (const type of ["enter", "exit"]) cue.addEventListener(type, () => entries.push(`${type} ${id}`));
      track.addCue(cue);
    }
    track.mode = "hidden";
    const shown = () => Array.from(track.activeCues, ({ id }) => id).join("");
    await harness.append(sourceBuffer, await harness.bytesOf(clip));
    mediaSource.endOfStream();
    await harness.until(() => video.readyState >= 2, "the first frame");
    await harness.sleep(300);
    const states = [shown()];
    entries.push("play");
    await video.play();
    await harness.until(() => entries.includes("exit b"), "the cues");
    video.pause();
    states.push(shown());
    await harness.sleep(300);
    for (const [time, label] of [[4.5, "to e"], [6, "to none"], [0.45, "to b"]]) {
      entries.push(label);
      const seeked = harness.once(video, "seeked");
      video.currentTime = time;
      await seeked;
      states.push(shown());
    }
    return { entries: entries.join(", "), shown: states };
  });
  // A busy machine may tell of two changes at once.
  assert.deepEqual(entries.split(", ").filter((entry) => entry !== "change"), [
    "play", "enter a", "exit a", "enter b", "enter d", "enter c", "exit c", "exit b",
    "to e", "exit d", "enter e", "to none", "exit e", "to b", "enter b",
  ]);
  assert.match(entries, /enter a, change, .*to e, exit d, enter e, change, to none, exit e, change, to b, enter b/);
  assert.deepEqual(shown, ["", "d", "e", "", "b"]);
});

test("a page finds the cues that it made, and hears of each change once", async () => {
  const result = await inPage(async (clip) => {
    const { video } = await harness.load(clip, { end: true });
    await harness.seek(video, 1);
    const entries = [];
    const track = video.addTextTrack("captions");
    const cue = new VTTCue(0.5, 1.5, "one");
    cue.onenter = () => entries.push("enter");
    cue.onexit = () => entries.push("exit");
    track.oncuechange = () => entries.push(`change ${track.activeCues.length}`);
    const states = [];
    track.mode = "showing";
    const look = async () => {
      states.push(track.activeCues && Array.from(track.activeCues, ({ text }) => text).join());
      await harness.sleep(350); // longer than any look at the time
      entries.push("|");
    };
    track.addCue(cue);
    await look();
    cue.endTime = 0.75;
    await look();
    cue.endTime = 1.25;
    await look();
    track.mode = "disabled";
    await look();
    track.mode = "hidden";
    await look();
    track.removeCue(cue);
    await look();
    track.addCue(cue);
    const later = new VTTCue(0.25, 3_600, "earlier");
    track.addCue(later);
    states.push(Array.from(track.cues, ({ text, startTime, endTime }) => [text, startTime, endTime]));
    later.startTime = 0.875;
    states.push(Array.from(track.cues, ({ text }) => text).join(), Array.from(track.activeCues, ({ text }) => text).join());
    const truths = [
      track.activeCues instanceof TextTrackCueList, track.activeCues === track.activeCues, track.activeCues[0] === cue,
      harness.thrown(() => (cue.startTime = "x"))?.name === "TypeError", cue.startTime === 0.5,
      harness.thrown(() => track.addCue({}))?.name === "TypeError",
    ];
    video.removeAttribute("src");
    video.load();
    const own = (object) => Object.getOwnPropertyNames(object).filter((name) => !/^\d+$/.test(name));
    const native = Object.getOwnPropertyDescriptor(TextTrackCue.prototype, "endTime").get.call(cue);
    return { entries: entries.join(" "), states, truths, after: [own(track), own(cue), cue.startTime, cue.endTime, native] };
  });
  assert.equal(result.entries, "enter change 1 | exit change 0 | enter change 1 | | enter change 1 | |");
  assert.deepEqual(result.states, [
    "one", "", "one", null, "one", "",
    [["earlier", 0.25, 3_600], ["one", 0.5, 1.25]],
    "one,earlier", "one,earlier",
  ]);
  assert.deepEqual(result.truths, Array(6).fill(true));
  assert.deepEqual(result.after, [[], [], 0.5, 1.25, 1.25]);
});

test("the cues of a track element pause the media and are seen over the picture", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  const facts = await page.evaluate(async (clip) => {
    const { video } = await harness.load(clip, { end: true });
    video.style.cssText = "position: fixed; inset: 0; width: 640px; height: 360px";
    const element = document.createElement("track");
    const vtt = "WEBVTT\n\n00:03.000 --> 00:03.500\nHELLO\n\n00:05.000 --> 00:06.000\nOTHER\n";
    element.src = URL.createObjectURL(new Blob([vtt], { type: "text/vtt" }));
    element.default = true;
    let changes = 0;
    element.addEventListener("cuechange", () => changes++);
    const loaded = harness.once(element, "load");
    video.append(element);
    element.track.mode = "showing";
    await loaded;
    const times = Array.from(element.track.cues, ({ startTime, endTime }) => [startTime, endTime]);
    element.track.cues[0].pauseOnExit = true;
    await harness.seek(video, 2.9);
    await video.play();
    await harness.once(video, "pause");
    const stopped = video.currentTime;
    await harness.sleep(100);
    return { times, changes, stopped };
  }, CLIP);
  const picture = async (time, mode) => {
    await page.evaluate(async (time, mode) => {
      const { video } = harness.current;
      await harness.seek(video, time);
      video.textTracks[0].mode = mode;
      await harness.sleep(400);
    }, time, mode);
    return page.screenshot({ clip: { x: 0, y: 0, width: 640, height: 360 }, encoding: "base64" });
  };
  const during = [await picture(3.1, "showing"), await picture(3.1, "hidden")];
  const after = [await picture(3.7, "showing"), await picture(3.7, "hidden")];
  await page.close();
  assert.deepEqual(facts.times, [[3, 3.5], [5, 6]]);
  assert.equal(facts.changes, 2);
  assert.ok(facts.stopped >= 3.5 && facts.stopped < 4.5, `${facts.stopped}`);
  assert.ok(during[0] !== during[1], "the cue is seen");
  assert.ok(after[0] === after[1], "and seen no more");
  assert.deepEqual(problems, []);
});

/** Runs `body` in a page of the ESM package, whose files for cues and decodingInfo are answered by `answer`. */
async function withLaterFiles(answer, body) {
  const isLater = (path) => ["/dist/seldom.js", "/dist/decoding_info.js"].includes(path);
  const site = await serveSite({ answer: (_, response, path) => isLater(path) && (answer(response, path), true) });
  const { page, problems } = await suite.open("native.html", site);
  try {
    await page.evaluate(async (clip) => {
      const { install } = await import("/dist/index.js");
      install({ mode: "force" });
      const { video } = await harness.load(clip, { end: true });
      await harness.seek(video, 1);
      const track = video.addTextTrack("metadata");
      globalThis.entries = [];
      // By the browser's own time, which is that of a stream, the second would be the one.
      for (const [id, start, end] of [["here", 0.5, 1.5], ["elsewhere", 0, 0.4]]) {
        const cue = new VTTCue(start, end, id);
        for (const type of ["enter", "exit"]) cue.addEventListener(type, () => entries.push(`${type} ${id}`));
        track.addCue(cue);
      }
      track.mode = "hidden";
      const [audio] = harness.facts.files[clip].type.match(/mp4a[^",]*/);
      const contentType = `audio/mp4; codecs="${audio}"`;
      globalThis.decoding = navigator.mediaCapabilities.decodingInfo({
        type: "media-source",
        audio: { contentType, channels: "2", bitrate: 96_000, samplerate: 48_000 },
      });
      globalThis.settled = "";
      decoding.then(({ supported }) => (settled = `supported: ${supported}`), (error) => (settled = error.name));
      globalThis.video = video;
      globalThis.track = track;
    }, CLIP);
    return await body(page, problems);
  } finally {
    await page.close();
    await site.close();
  }
}

test("cues and decodingInfo wait for files of the ESM package", async () => {
  const held = [];
  const result = await withLaterFiles((...request) => held.push(request), async (page, problems) => {
    const before = await page.evaluate(async () => {
      await harness.sleep(300); // longer than any look at the time
      return [entries.join(), settled];
    });
    assert.equal(held.length, 2);
    for (const [response, path] of held) {
      const file = readFileSync(new URL(`../../pkg${path}`, import.meta.url));
      response.writeHead(200, { "content-type": "text/javascript" }).end(file);
    }
    const after = await page.evaluate(async () => {
      await harness.until(() => entries.length > 0 && settled, "the cue and the answer");
      const active = Array.from(track.activeCues, ({ text }) => text).join();
      await harness.seek(video, 2);
      await harness.until(() => entries.length > 1, "the end of the cue");
      return [entries.join(), settled, active];
    });
    return { before, after, problems };
  });
  assert.deepEqual(result, {
    before: ["", ""],
    after: ["enter here,exit here", "supported: true", "here"],
    problems: [],
  });
});

test("where those files are missing, the console says so and decodingInfo rejects", async () => {
  const problems = await withLaterFiles(
    (response) => response.writeHead(404).end(),
    async (page, problems) => {
      await page.evaluate(() => harness.until(() => settled === "TypeError", "the rejection"));
      return problems.join();
    },
  );
  assert.match(problems, /mse-polyfill: what times the cues of text tracks could not be loaded/);
});
