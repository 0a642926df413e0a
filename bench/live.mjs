// node bench/live.mjs [--seconds=N] [--native]    (`cargo xtask bench live` prepares all that it needs)
//
// A microphone through recordToSourceBuffer for minutes: how far behind it the element is, and what memory that takes.
// Somebody sings into it. What they sing, and what leaves the browser, is recorded side by side: the time from one to the
// other is what an ear hears, whatever recorders and elements say of themselves. Two short rounds come first: the
// microphone straight to the speakers, which nothing can beat, and the browser's own MediaSource with the same recorder.
// `--native`: the minutes are the browser's own as well, to compare the memory with.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { browserName, launch } from "../tests/e2e/lib/browser.mjs";
import { createMicrophone, VOICE } from "../tests/e2e/lib/microphone.mjs";
import { facts, serveSite } from "../tests/e2e/lib/site.mjs";
import { record } from "../tests/e2e/lib/sound.mjs";
import { changes, delays, median, tones } from "../tests/e2e/pages/analysis.mjs";

const seconds = Number(process.argv.find((word) => word.startsWith("--seconds="))?.slice("--seconds=".length) ?? 300);
const engine = process.argv.includes("--native") ? "native" : "polyfill";
/** The recorder's, in seconds; the aim is so much more at most. */
const TIMESLICE = 0.1;
const AIM = TIMESLICE + 0.3;
/** Until then things are loaded and compiled, caches and the buffer fill. */
const WARM = Math.min(30, seconds / 3);
/** For how long, in seconds, each of the short rounds is played, and what of it is not counted. */
const SHORT = 12;
const SETTLING = 4;
/** Of the recordings, in Hz: the highest tone has 3600. */
const SAMPLE_RATE = 16_000;
/** Of all tones, 200 ms each, in milliseconds: nothing can be told to be later than that. */
const ROUND = facts.tones.length * 200;
const SCORE = { tones: facts.tones, sampleRate: SAMPLE_RATE };

const microphone = await createMicrophone(facts);
microphone.plugIn();
const site = await serveSite();
const browser = await launch();
try {
  if (browserName === "chromium") {
    await browser.defaultBrowserContext().overridePermissions(site.origin, ["microphone"]);
  }
  console.log(`\nLive, ${await browser.version()}, ${seconds} s`);
  const direct = await round("direct", SHORT);
  console.log(`  microphone to speakers, nothing between: ${milliseconds(direct.heard)}`);
  if (engine === "polyfill") say("the browser's own MediaSource", await round("native", SHORT));
  const long = await round(engine, seconds);
  say(engine === "native" ? "the browser's own MediaSource" : "mse-polyfill", long);
  report(long);
} finally {
  await browser.close();
  await site.close();
  microphone.remove();
}

/**
 * Plays the microphone for so many seconds: "direct", by the browser's own MediaSource ("native"), or by ours. Times in
 * seconds: `heard`, from voice to ear; `said`, the follower's `latency`; `held`, how old the newest sound is when the
 * recorder hands it out; `lost`, what the recorder lost of its first seconds.
 */
async function round(kind, length) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`  page: ${error.message ?? error}`));
  await page.goto(`${site.origin}/${kind === "polyfill" ? "polyfill" : "native"}.html`, { waitUntil: "load" });
  await page.bringToFront();
  await page.waitForFunction(() => globalThis.harness);
  const voice = await record({ device: VOICE, sampleRate: SAMPLE_RATE });
  const ear = await record({ sampleRate: SAMPLE_RATE });
  const begun = performance.timeOrigin + performance.now();
  await page.evaluate(kind === "direct" ? beginDirect : begin, TIMESLICE * 1000);
  const samples = [];
  const start = performance.now();
  for (let second = 1; second <= length; second++) {
    await sleep(start + second * 1000 - performance.now());
    const sample = { time: (performance.now() - start) / 1000, ...(await page.evaluate(() => live.take())) };
    sample.memory = second % 5 === 0 ? memoryOf(browser.process().pid) / 1e6 : undefined;
    samples.push(sample);
    if (second % 30 === 0) console.log(`  ${second} s: said ${milliseconds(sample.latency)}, ${Math.round(sample.memory)} MB`);
  }
  const recorded = await page.evaluate((score) => live.recorded(score), facts);
  const made = changes(tones(await voice.stop(), SCORE), facts.tones.length);
  const heard = changes(tones(await ear.stop(), SCORE), facts.tones.length);
  await page.close();
  const all = delays(made, heard, ROUND)
    .map(({ at, delay }) => ({ time: (at - begun) / 1000, delay: delay / 1000 }))
    .filter(({ time }) => time > 0);
  const settled = samples.filter(({ time }) => time > Math.min(WARM, SETTLING));
  const result = {
    kind,
    samples,
    delays: all,
    heard: median(all.filter(({ time }) => time > Math.min(WARM, SETTLING)).map(({ delay }) => delay)),
    said: median(settled.map(({ latency }) => latency)),
  };
  if (!recorded) return result;
  // When the recording's zero was, by the clock, as each of its tones tells. It comes later with what is lost.
  const { started } = recorded;
  const inRecording = recorded.changes.map(({ segment, at }) => ({ segment, at: started + at }));
  const zeros = delays(made, inRecording, ROUND, -ROUND / 2).map(({ at, delay }) => ({
    from: (at + delay - started) / 1000,
    zero: started - delay,
  }));
  if (zeros.length === 0) return result; // The recorder lost it all.
  const zeroAt = (time) => (zeros.findLast(({ from }) => from <= time) ?? zeros[0]).zero;
  return {
    ...result,
    held: median(recorded.arrivals.map(({ at, duration }) => (at - zeroAt(duration)) / 1000 - duration)),
    lost: (zeros.at(-1).zero - zeros[0].zero) / 1000,
  };
}

/** In the page: the microphone straight to the speakers. */
async function beginDirect() {
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
  const context = new AudioContext({ latencyHint: "interactive" });
  context.createMediaStreamSource(stream).connect(context.destination);
  await context.resume();
  globalThis.live = { take: () => ({}), recorded: () => undefined };
}

/** In the page: plays the microphone, keeps nothing but some seconds, and looks at it ten times a second. */
async function begin(timeslice) {
  const wall = () => performance.timeOrigin + performance.now();
  /** How many milliseconds of the recording are looked at afterwards, against the clock. */
  const LOOKED_AT = 8_000;
  const { recordToSourceBuffer, recordableType } = await import("/live.js");
  const { changes, tones } = await import("/analysis.mjs");
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
  const audio = document.body.appendChild(document.createElement("audio"));
  const recorder = new MediaRecorder(stream, { mimeType: recordableType("audio") });
  let started;
  let chunks = [];
  recorder.addEventListener("start", () => (started = wall()));
  const keep = ({ data }) => {
    chunks.push(data);
    if (wall() - started > LOOKED_AT) recorder.removeEventListener("dataavailable", keep);
  };
  recorder.addEventListener("dataavailable", keep);
  const playback = await recordToSourceBuffer(recorder, audio, { timeslice, keep: false, keepBehind: 10 });
  const arrivals = [];
  const stop = playback.recording.listen(() => {
    const duration = playback.recording.duration;
    if (arrivals.at(-1)?.duration !== duration) arrivals.push({ at: wall(), duration });
    if (wall() - started > LOOKED_AT) stop();
  });
  await audio.play();
  let looks = [];
  let waits = 0;
  audio.addEventListener("waiting", () => waits++);
  setInterval(() => looks.push(playback.latency), 100);
  globalThis.live = {
    take() {
      const { buffered } = audio;
      const held = buffered.length ? buffered.end(buffered.length - 1) - buffered.start(0) : 0;
      const sorted = looks.sort((a, b) => a - b);
      const sample = { latency: sorted[sorted.length >> 1], most: sorted.at(-1), waits, held, rate: audio.playbackRate };
      looks = [];
      return sample;
    },
    /** What the recording of the first seconds has where. */
    async recorded(score) {
      const bytes = await new Blob(chunks).arrayBuffer();
      chunks = [];
      const sound = await new OfflineAudioContext(1, 1, score.sampleRate).decodeAudioData(bytes);
      const left = sound.getChannelData(0);
      const zeros = new Array(Math.ceil((left.length * 4) / score.sampleRate)).fill(0);
      return { started, arrivals, changes: changes(tones({ left, zeros }, score), score.tones.length) };
    },
  };
}

/** Bytes that a process and all that it started have for themselves, shared ones in parts. */
function memoryOf(root) {
  const parents = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      parents.set(Number(pid), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const isOurs = (pid) => pid === root || (parents.has(pid) && isOurs(parents.get(pid)));
  let bytes = 0;
  for (const pid of parents.keys()) {
    if (!isOurs(pid)) continue;
    try {
      bytes += 1024 * Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]);
    } catch {
      // The same.
    }
  }
  return bytes;
}

function milliseconds(value) {
  return value === undefined ? "–" : `${Math.round(value * 1000)} ms`;
}

function say(name, { heard, said, held, lost }) {
  console.log(
    `  ${name}: heard ${milliseconds(heard)} after it was sung; \`latency\` says ${milliseconds(said)}; out of the recorder ` +
      `${milliseconds(held)} old, which lost ${milliseconds(lost)} of its first seconds`,
  );
}

function report({ samples, delays }) {
  const warm = samples.filter(({ time }) => time > WARM);
  const latencies = delays.filter(({ time }) => time > WARM).map(({ delay }) => delay).sort((a, b) => a - b);
  const within = latencies.filter((latency) => latency <= AIM).length / latencies.length;
  const memory = warm.filter(({ memory }) => memory !== undefined);
  const slope = growth(memory.map(({ time, memory }) => [time / 60, memory]));
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
  console.log(
    [
      `from voice to ear: median ${milliseconds(at(0.5))}, 95 of 100 within ${milliseconds(at(0.95))}, at most ` +
        `${milliseconds(at(1))}; ${(within * 100).toFixed(1)} % within the aim of ${milliseconds(AIM)}`,
      `waits: ${warm.at(-1).waits - warm[0].waits}; held at most ${Math.max(...warm.map(({ held }) => held)).toFixed(1)} s`,
      `memory of all processes: ${Math.round(memory[0].memory)} MB after ${Math.round(memory[0].time)} s, ` +
        `${Math.round(memory.at(-1).memory)} MB at the end, ${slope.toFixed(2)} MB a minute`,
    ]
      .map((line) => `  ${line}`)
      .join("\n"),
  );
  const directory = fileURLToPath(new URL("../target/bench/", import.meta.url));
  mkdirSync(directory, { recursive: true });
  const file = `live-${browserName}${engine === "native" ? "-native" : ""}`;
  writeFileSync(`${directory}${file}.json`, JSON.stringify({ samples, delays }));
  writeFileSync(`${directory}${file}.svg`, picture(samples, delays));
  console.log(`  target/bench/${file}.svg`);
}

/** The slope of the line nearest to all points. */
function growth(points) {
  const mean = (index) => points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  return points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

/** Two diagrams over time: latency in ms, its aim a line, and memory in MB. */
function picture(samples, delays) {
  const [width, height, left] = [720, 150, 60];
  const end = samples.at(-1).time;
  const diagram = (top, name, points, highest, line) => {
    const x = (time) => left + (time / end) * (width - left - 10);
    const y = (value) => top + height - (Math.min(value, highest) / highest) * height;
    const path = points.map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    return `<text x="${left}" y="${top - 6}">${name}</text>
<path d="M${left},${top}V${top + height}H${width - 10}" fill="none" stroke="#888"/>
<text x="${left - 6}" y="${top + 10}" text-anchor="end">${Math.round(highest)}</text><text x="${left - 6}" y="${top + height}" text-anchor="end">0</text>
<text x="${width - 10}" y="${top + height + 16}" text-anchor="end">${Math.round(end)} s</text>
${line ? `<path d="M${left},${y(line)}H${width - 10}" stroke="#b3261e" stroke-dasharray="4"/>` : ""}
<polyline points="${path}" fill="none" stroke="#0f5f5c" stroke-width="1.5"/>`;
  };
  const latency = delays.filter(({ time }) => time < end).map(({ time, delay }) => [time, delay * 1000]);
  const memory = samples.filter((sample) => sample.memory).map((sample) => [sample.time, sample.memory]);
  const highest = Math.ceil(Math.max(...memory.map(([, value]) => value)) / 100) * 100;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 430" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${diagram(30, `From voice to ear, ms (${browserName}; aim ${AIM * 1000})`, latency, 1000, AIM * 1000)}
${diagram(235, "Memory of all processes, MB", memory, highest)}
</svg>
`;
}
