// Ten minutes of playing: whether sound and picture stay together. Sound is recorded where it leaves the browser, pictures
// are read from the element, as the end-to-end tests do it.

import { facts, serveSite } from "../../tests/e2e/lib/site.mjs";
import { record } from "../../tests/e2e/lib/sound.mjs";
import { offsets, tones } from "../../tests/e2e/pages/analysis.mjs";
import { median } from "./measure.mjs";

/** Its pictures have numbers, its sound another tone every half second. It is appended again and again. */
const CLIP = "fragmented.mp4";
const { frames, type } = facts.files[CLIP];
const LENGTH = frames / facts.frameRate;

/** Once in so many clips sound and picture are compared: the comparison itself takes the processor's time. */
const EVERY = 4;
/** Seconds of a comparison. It begins with the clip. */
const COMPARED = LENGTH - 0.5;

/** What issue is taken with, in milliseconds. */
const APART_MAX = 20;

export async function drift({ openPage, quick, report, browserName }) {
  const minutes = quick ? 1 : 10;
  const site = await serveSite();
  const page = await openPage(process.env.MSE === "native" ? "native.html" : "polyfill.html", site.origin);
  await page.evaluate(play, CLIP, type, LENGTH);
  const times = Math.floor((minutes * 60) / LENGTH / EVERY);
  console.log(`\nSound minus picture while playing, ${browserName}, ${minutes} min; ms, median and range of each look`);
  const rows = [];
  for (let time = 0; time < times; time++) {
    const { at, off } = await compare(page, (1 + time * EVERY) * LENGTH, browserName);
    if (!off.length) {
      console.log(`  ${clock(at)}  nothing could be compared`);
      continue;
    }
    const row = { at, median: median(off), least: Math.min(...off), most: Math.max(...off) };
    rows.push(row);
    console.log(`  ${clock(at)} ${signed(row.median)}  ${signed(row.least)} …${signed(row.most)}  ${picture(row)}`);
  }
  const counted = await page.evaluate(() => {
    const { droppedVideoFrames, totalVideoFrames } = harness.current.video.getVideoPlaybackQuality();
    return { dropped: droppedVideoFrames, total: totalVideoFrames };
  });
  await page.close();
  await site.close();
  const slope = slopeOf(rows);
  const apart = rows.filter(({ median }) => Math.abs(median) > APART_MAX).length;
  console.log(
    `  ${apart} of ${rows.length} looks find them more than ${APART_MAX} ms apart; they part by ${slope.toFixed(2)} ms a minute; ` +
      `${counted.dropped} of ${counted.total} frames dropped`,
  );
  report.add({ part: "drift", browser: browserName, minutes, rows, slope, ...counted });
}

/** In the page: plays the clip over and over, with fifteen to thirty seconds appended ahead. */
async function play(file, type, length) {
  const { video, sourceBuffer } = await harness.open(type);
  const bytes = await harness.bytesOf(file);
  let end = 0;
  const feed = async () => {
    while (end < video.currentTime + 30) {
      sourceBuffer.timestampOffset = end;
      await harness.append(sourceBuffer, bytes);
      end += length;
    }
    setTimeout(feed, 5_000);
  };
  await feed();
  await harness.until(() => video.readyState >= 3, "data to play");
  await harness.within(video.play(), "play()");
}

/** Sound minus picture at each change of tone, from when the element comes to `start` seconds on. */
async function compare(page, start, browserName) {
  // Firefox's own output wobbles by ±50 ms against a null sink; Chromium's tap of an element that plays a stream is silent.
  const tap = browserName === "firefox";
  await page.evaluate(
    (start, timeout) => harness.until(() => harness.current.video.currentTime >= start, "its time", timeout),
    start - 0.3,
    2 * EVERY * LENGTH * 1_000,
  );
  const monitor = tap ? undefined : await record();
  const { seen, sound } = await page.evaluate(
    async (tap, seconds) => {
      const { video } = harness.current;
      const recording = tap ? await harness.listen(video) : undefined;
      const watching = harness.watch(video);
      await harness.sleep(seconds * 1_000);
      const seen = watching.stop().map(({ wall, frame }) => ({ wall, frame }));
      const sound = recording?.stop();
      return { seen, sound: sound && { ...sound, left: harness.base64(new Uint8Array(sound.left.buffer)), right: "" } };
    },
    tap,
    COMPARED,
  );
  const heard = (await monitor?.stop()) ?? { ...sound, left: samplesOf(sound.left) };
  // What is seen of the clip before would pass for this one's end.
  const first = seen.findIndex(({ frame }) => frame >= 0 && frame < frames / 2);
  return { at: start, off: offsets(tones(heard, facts), seen.slice(first), facts) };
}

/** A page's samples cross as text. */
const samplesOf = (base64) => new Float32Array(new Uint8Array(Buffer.from(base64, "base64")).buffer);

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`.padStart(5);
const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(0)}`.padStart(4);

/** From −40 to +40 ms; a bar where they belong together. */
function picture({ median, least, most }) {
  const column = (value) => Math.max(0, Math.min(40, Math.round(value / 2) + 20));
  const cells = Array.from({ length: 41 }, (_, at) => (at === 20 ? "|" : at === 10 || at === 30 ? ":" : " "));
  for (let at = column(least); at <= column(most); at++) cells[at] = "-";
  cells[column(median)] = "o";
  return cells.join("");
}

/** Milliseconds a minute, by least squares. */
function slopeOf(rows) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(rows.map(({ at }) => at)), mean(rows.map(({ median }) => median))];
  const sum = (of) => rows.reduce((sum, row) => sum + of(row.at - x, row.median - y), 0);
  return (60 * sum((dx, dy) => dx * dy)) / sum((dx) => dx * dx);
}
