// A microphone that is a real device to the browser, into which somebody hums: PulseAudio offers what is played into a sink
// of its own. The browsers' fake devices are no good where sound is measured: with them Chromium's speakers are fake, too.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";

/** What it hums, in Hz. */
export const HUM = 523;

const pactl = (...words) => execFileSync("pactl", words, { encoding: "utf8" }).trim();

/** Where what is spoken into it can be recorded (sound.mjs). */
export const VOICE = "voice.monitor";

const SAMPLE_RATE = 48_000;
/** Of each tone of a melody, in samples. */
const NOTE = SAMPLE_RATE / 5;

/** One round of the melody, 16 bit. */
function roundOf(tones) {
  const samples = new Int16Array(tones.length * NOTE);
  let phase = 0;
  for (let at = 0; at < samples.length; at++) {
    phase += (2 * Math.PI * tones[Math.floor(at / NOTE)]) / SAMPLE_RATE;
    samples[at] = 12_000 * Math.sin(phase);
  }
  return Buffer.from(samples.buffer);
}

/** Sings the tones into the microphone, over and over. */
function sing(tones) {
  const words = ["--device=voice", "--raw", "--format=s16le", `--rate=${SAMPLE_RATE}`, "--channels=1", "--latency-msec=50"];
  const singer = spawn("pacat", words, { stdio: ["pipe", "ignore", "inherit"] });
  singer.stdin.on("error", () => {}); // It is killed in the end.
  const round = roundOf(tones);
  Readable.from(
    (function* () {
      for (;;) yield round;
    })(),
  ).pipe(singer.stdin);
  return singer;
}

/** Made without being plugged in. It hums, or sings the tones in turn, 200 ms each. */
export async function createMicrophone({ tones } = {}) {
  const modules = [pactl("load-module", "module-null-sink", "sink_name=voice", "rate=48000")];
  const singer = tones && sing(tones);
  if (!singer) modules.push(pactl("load-module", "module-sine", "sink=voice", `frequency=${HUM}`));
  // A sink of which nobody wants to hear at once renders seconds at a time: no microphone is so late.
  const listener = spawn("parec", [`--device=${VOICE}`, "--raw", "--latency-msec=10"], { stdio: ["ignore", "pipe", "inherit"] });
  await once(listener.stdout, "data");
  listener.stdout.resume();
  let plugged;
  const microphone = {
    plugIn() {
      const properties = "source_properties=device.description=Microphone";
      plugged ??= pactl("load-module", "module-remap-source", `master=${VOICE}`, "source_name=microphone", properties);
      pactl("set-default-source", "microphone");
    },
    unplug() {
      if (plugged) pactl("unload-module", plugged);
      plugged = undefined;
    },
    /** Leaves the sound server as it was. */
    remove() {
      microphone.unplug();
      listener.kill();
      singer?.kill();
      for (const module of modules.splice(0).reverse()) pactl("unload-module", module);
    },
  };
  return microphone;
}
