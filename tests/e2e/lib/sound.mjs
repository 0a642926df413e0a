// Records what leaves the browser, from the monitor of the null sink that the browser plays into. This hears what a
// person would hear: volume, muted and the browser's own delays are in it. What a microphone hears, from its sink's.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { SampleClock } from "../pages/analysis.mjs";

const SAMPLE_RATE = 48_000;

/** Starts recording; stop() gives a recording (analysis.mjs). Minutes of it want a lower rate. */
export async function record({ device = "null.monitor", sampleRate = SAMPLE_RATE } = {}) {
  if (!process.env.PULSE_SERVER) {
    throw new Error("no PULSE_SERVER: these tests need the sound server that `cargo xtask test e2e` starts");
  }
  const parec = spawn(
    "parec",
    [`--device=${device}`, "--raw", "--format=float32le", `--rate=${sampleRate}`, "--channels=2", "--latency-msec=5"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const chunks = [];
  let bytes = 0;
  const clock = new SampleClock(sampleRate);
  parec.stdout.on("data", (chunk) => {
    chunks.push(chunk);
    bytes += chunk.length;
    clock.delivered(Math.floor(bytes / 8), performance.timeOrigin + performance.now());
  });
  await new Promise((resolve, reject) => {
    parec.once("error", reject);
    parec.once("exit", (code) => reject(new Error(`parec ended (${code}): is there a device named "${device}"?`)));
    parec.stdout.once("data", resolve);
  });
  return {
    async stop() {
      parec.removeAllListeners("exit");
      const closed = parec.exitCode === null && parec.signalCode === null && once(parec, "close");
      parec.kill();
      await closed;
      const joined = Buffer.concat(chunks);
      const samples = Math.floor(joined.length / 8);
      const left = new Float32Array(samples);
      const right = new Float32Array(samples);
      for (let index = 0; index < samples; index++) {
        left[index] = joined.readFloatLE(index * 8);
        right[index] = joined.readFloatLE(index * 8 + 4);
      }
      return { left, right, zeros: clock.zeros };
    },
  };
}
