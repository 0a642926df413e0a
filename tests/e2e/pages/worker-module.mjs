// As worker.js, with the package's modules.
import { install, MediaSource } from "/dist/index.js";

install({ mode: "force", workers: true });
const mediaSource = new MediaSource();
const { handle } = mediaSource;
mediaSource.addEventListener("sourceopen", async () => {
  const sourceBuffer = mediaSource.addSourceBuffer('video/mp4; codecs="avc1.42E01E, mp4a.40.2"');
  sourceBuffer.addEventListener("updateend", () => mediaSource.endOfStream(), { once: true });
  sourceBuffer.appendBuffer(await (await fetch("/clips/short.mp4")).arrayBuffer());
});
postMessage({ handle, global: globalThis.MediaSource === MediaSource }, [handle]);
