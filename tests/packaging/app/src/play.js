import { MediaSource, attach } from "mse-polyfill";

/** What every page of these tests does. */
export function play() {
  const video = document.createElement("video");
  video.muted = true;
  video.controls = true;
  document.body.append(video);

  const cue = new VTTCue(0.5, 60, "");
  cue.onenter = () => (window.cueWasEntered = true);
  video.addTextTrack("metadata").addCue(cue);

  const mediaSource = new MediaSource();
  mediaSource.addEventListener("sourceopen", async () => {
    const sourceBuffer = mediaSource.addSourceBuffer('video/mp4; codecs="avc1.64001e, mp4a.40.2"');
    const response = await fetch("/clips/moov-end.mp4");
    sourceBuffer.appendBuffer(await response.arrayBuffer());
  });
  attach(video, mediaSource);
  video.play();
  window.nativeIsUntouched = window.MediaSource !== MediaSource && /\[native code\]/.test(String(window.MediaSource));
}
