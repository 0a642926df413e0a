// The sound of an element in a page's own AudioContext.

import assert from "node:assert/strict";
import { facts, useBrowser } from "./lib/site.mjs";
import { timedTest } from "./lib/timed.mjs";

const suite = useBrowser();

for (const [what, make] of [
  ["before the element has its source", "before"],
  ["while it plays", "after"],
  ["by the constructor", "constructor"],
]) {
  timedTest(`createMediaElementSource ${what} hears the element`, async () => {
    const { page, problems } = await suite.open("polyfill.html");
    const result = await page.evaluate(async (make) => {
      const context = new AudioContext();
      const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
      const { video, mediaSource, sourceBuffer } = await harness.open('audio/webm; codecs="opus"');
      const tap = () => {
        const node =
          make === "constructor"
            ? new MediaElementAudioSourceNode(context, { mediaElement: video })
            : context.createMediaElementSource(video);
        node.connect(analyser);
        return node;
      };
      let node = make === "before" && tap();
      sourceBuffer.mode = "sequence";
      await harness.append(sourceBuffer, await harness.bytesOf("tone-1-opus.webm"));
      await harness.append(sourceBuffer, await harness.bytesOf("tone-2-opus.webm"));
      video.currentTime = 0.1;
      // Promises that never settle would hold up everything.
      void video.play();
      void context.resume();
      await harness.until(() => context.state === "running" && video.currentTime > 0.15, "playback");
      node ||= tap();
      const again = harness.thrown(() => context.createMediaElementSource(video))?.name;
      const other = document.createElement("video");
      context.createMediaElementSource(other);
      const natively = harness.thrown(() => context.createMediaElementSource(other))?.name;
      const bins = new Float32Array(analyser.frequencyBinCount);
      const loudest = () => {
        analyser.getFloatFrequencyData(bins);
        const bin = bins.indexOf(Math.max(...bins));
        return { frequency: (bin * context.sampleRate) / analyser.fftSize, decibels: bins[bin] };
      };
      let heard;
      await harness.until(() => (heard = loudest()).decibels > -40, "the tone");
      video.volume = 0;
      await harness.until(() => loudest().decibels < -80, "silence");
      const properties = [
        node instanceof MediaElementAudioSourceNode,
        node.mediaElement === video,
        node.numberOfInputs,
        node.numberOfOutputs,
        node.context === context,
        "gain" in node,
      ];
      mediaSource.endOfStream();
      void context.close();
      return { heard, again, natively, properties };
    }, make);
    await page.close();
    assert.deepEqual(problems, []);
    assert.deepEqual(result.properties, [true, true, 0, 1, true, false]);
    assert.equal(result.again, result.natively);
    const { frequency } = result.heard;
    assert.ok(Math.abs(frequency - facts.tone.frequency) < 12, `${frequency} Hz instead of ${facts.tone.frequency}`);
  });
}
