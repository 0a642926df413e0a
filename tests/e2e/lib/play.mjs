// Plays a clip to its end and brings back all that was seen and heard.

import { loudness, tones } from "../pages/analysis.mjs";
import { browserName } from "./browser.mjs";
import { facts } from "./site.mjs";
import { record } from "./sound.mjs";

/**
 * Appends the whole clip, ends the stream and plays it. Returns { seen, heard, loud, entries, states }: the looks at every
 * repaint, the tones (where and when), the loudness by the sink's monitor, the events, and the element's state before
 * playing and after the end.
 *
 * Sound and picture are compared by Web Audio's tap in Firefox, whose real output wobbles by ±50 ms against a null sink
 * even for native playback; in Chromium by the monitor, because its tap gives nothing for an element with a stream.
 */
export async function playThrough(page, file) {
  const tap = browserName === "firefox" && facts.files[file].frames > 0;
  const monitor = tap ? undefined : await record();
  const run = await page.evaluate(
    async (file, tap) => {
      const { video, mediaSource, sourceBuffer, entries } = await harness.open(harness.facts.files[file].type);
      await harness.append(sourceBuffer, await harness.bytesOf(file));
      mediaSource.endOfStream();
      await harness.until(() => video.readyState >= 3, "data to play");
      const states = [harness.state(video)];
      const recording = tap ? await harness.listen(video) : undefined;
      const watching = harness.watch(video);
      const ended = harness.once(video, "ended", 20_000);
      await harness.within(video.play(), "play()");
      await ended;
      states.push(harness.state(video));
      await harness.sleep(200); // the last of the sound is still under way
      const seen = watching.stop();
      const sound = recording?.stop();
      const text = (samples) => harness.base64(new Uint8Array(samples.buffer));
      return { seen, entries, states, sound: sound && { ...sound, left: text(sound.left), right: text(sound.right) } };
    },
    file,
    tap,
  );
  let sound = await monitor?.stop();
  sound ??= { ...run.sound, left: samplesOf(run.sound.left), right: samplesOf(run.sound.right) };
  const heard = tones(sound, facts);
  const middle = [heard[0]?.from, heard.at(-1)?.to];
  return { seen: run.seen, entries: run.entries, states: run.states, heard, loud: loudness(sound, facts, ...middle) };
}

/** A page's samples cross as text: half a million numbers take a browser half a minute, or for ever. */
function samplesOf(base64) {
  return new Float32Array(new Uint8Array(Buffer.from(base64, "base64")).buffer);
}
