// node bench/live.mjs [--seconds=N]    (`cargo xtask bench live` prepares all that it needs)
//
// A microphone through recordToSourceBuffer for minutes: how far behind it the element is, and what memory that takes.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { browserName, launch } from "../tests/e2e/lib/browser.mjs";
import { createMicrophone } from "../tests/e2e/lib/microphone.mjs";
import { serveSite } from "../tests/e2e/lib/site.mjs";

const seconds = Number(process.argv.find((word) => word.startsWith("--seconds="))?.slice("--seconds=".length) ?? 300);
/** The recorder's, in seconds; the aim is so much more at most. */
const TIMESLICE = 0.1;
const AIM = TIMESLICE + 0.3;
/** Until then things are loaded and compiled, caches and the buffer fill. */
const WARM = Math.min(30, seconds / 3);

const microphone = await createMicrophone();
microphone.plugIn();
const site = await serveSite();
const browser = await launch();
try {
  if (browserName === "chromium") {
    await browser.defaultBrowserContext().overridePermissions(site.origin, ["microphone"]);
  }
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`  page: ${error.message ?? error}`));
  await page.goto(`${site.origin}/polyfill.html`, { waitUntil: "load" });
  await page.bringToFront();
  await page.waitForFunction(() => globalThis.harness);
  console.log(`\nLive, ${await browser.version()}, ${seconds} s`);
  await page.evaluate(begin, TIMESLICE * 1000);
  const samples = [];
  const start = performance.now();
  for (let second = 1; second <= seconds; second++) {
    await sleep(start + second * 1000 - performance.now());
    const sample = { time: (performance.now() - start) / 1000, ...(await page.evaluate(() => live.take())) };
    sample.memory = second % 5 === 0 ? memoryOf(browser.process().pid) / 1e6 : undefined;
    samples.push(sample);
    if (second % 30 === 0) console.log(`  ${second} s: ${milliseconds(sample.latency)}, ${Math.round(sample.memory)} MB`);
  }
  report(samples);
} finally {
  await browser.close();
  await site.close();
  microphone.remove();
}

/** In the page: plays the microphone, keeps nothing but some seconds, and looks at it ten times a second. */
async function begin(timeslice) {
  const { recordToSourceBuffer } = await import("/live.js");
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
  const audio = document.body.appendChild(document.createElement("audio"));
  const playback = await recordToSourceBuffer(stream, audio, { timeslice, keep: false, keepBehind: 10 });
  await audio.play();
  let latencies = [];
  let waits = 0;
  audio.addEventListener("waiting", () => waits++);
  setInterval(() => latencies.push(playback.latency), 100);
  globalThis.live = {
    take() {
      const sorted = latencies.sort((a, b) => a - b);
      const { buffered } = audio;
      const held = buffered.length ? buffered.end(buffered.length - 1) - buffered.start(0) : 0;
      const sample = { latency: sorted[sorted.length >> 1], most: sorted.at(-1), waits, held, rate: audio.playbackRate };
      latencies = [];
      return sample;
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
  return `${Math.round(value * 1000)} ms`;
}

function report(samples) {
  const warm = samples.filter(({ time }) => time > WARM);
  const latencies = warm.map(({ latency }) => latency).sort((a, b) => a - b);
  const within = latencies.filter((latency) => latency <= AIM).length / latencies.length;
  const memory = warm.filter(({ memory }) => memory !== undefined);
  const slope = growth(memory.map(({ time, memory }) => [time / 60, memory]));
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
  console.log(
    [
      `behind the microphone: median ${milliseconds(at(0.5))}, 95 of 100 within ${milliseconds(at(0.95))}, at most ` +
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
  writeFileSync(`${directory}live-${browserName}.json`, JSON.stringify(samples));
  writeFileSync(`${directory}live-${browserName}.svg`, picture(samples));
  console.log(`  target/bench/live-${browserName}.svg`);
}

/** The slope of the line nearest to all points. */
function growth(points) {
  const mean = (index) => points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  return points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

/** Two diagrams over time: latency in ms, its aim a line, and memory in MB. */
function picture(samples) {
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
  const latency = samples.filter(({ latency }) => latency !== undefined).map((sample) => [sample.time, sample.latency * 1000]);
  const memory = samples.filter((sample) => sample.memory).map((sample) => [sample.time, sample.memory]);
  const highest = Math.ceil(Math.max(...memory.map(([, value]) => value)) / 100) * 100;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 430" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${diagram(30, `Behind the microphone, ms (${browserName}; aim ${AIM * 1000})`, latency, 1000, AIM * 1000)}
${diagram(235, "Memory of all processes, MB", memory, highest)}
</svg>
`;
}
