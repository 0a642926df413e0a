// A microphone that is a real device to the browser, into which somebody hums: PulseAudio offers what is played into a sink
// of its own. The browsers' fake devices are no good where sound is measured: with them Chromium's speakers are fake, too.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";

/** What it hums, in Hz. */
export const HUM = 523;

const pactl = (...words) => execFileSync("pactl", words, { encoding: "utf8" }).trim();

/** Made without being plugged in. */
export async function createMicrophone() {
  const modules = [
    pactl("load-module", "module-null-sink", "sink_name=voice", "rate=48000"),
    pactl("load-module", "module-sine", "sink=voice", `frequency=${HUM}`),
  ];
  // A sink of which nobody wants to hear at once renders seconds at a time: no microphone is so late.
  const listener = spawn("parec", ["--device=voice.monitor", "--raw", "--latency-msec=10"], { stdio: ["ignore", "pipe", "inherit"] });
  await once(listener.stdout, "data");
  listener.stdout.resume();
  let plugged;
  const microphone = {
    plugIn() {
      const properties = "source_properties=device.description=Microphone";
      plugged ??= pactl("load-module", "module-remap-source", "master=voice.monitor", "source_name=microphone", properties);
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
      for (const module of modules.splice(0).reverse()) pactl("unload-module", module);
    },
  };
  return microphone;
}
