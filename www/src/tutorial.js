/**
 * The code that the page shows is this file: what stands between the two lines runs, and is what is read.
 *
 * @param {HTMLElement} stage
 * @param {string} clip
 */
export function playClip(stage, clip) {
  // ——— from here
  const video = document.createElement("video");
  const mediaSource = new MediaSource();
  video.src = URL.createObjectURL(mediaSource);
  stage.appendChild(video);
  video.controls = true;
  video.muted = true; // sound waits for a click

  mediaSource.addEventListener("sourceopen", function () {
    const sourceBuffer = mediaSource.addSourceBuffer(
      'video/mp4; codecs="avc1.42E01E, mp4a.40.2"',
    );
    sourceBuffer.addEventListener("update", function () {
      mediaSource.endOfStream();
    });
    fetch(clip)
      .then((response) => response.arrayBuffer())
      .then((data) => {
        sourceBuffer.appendBuffer(data);
      });
  });

  const started = video.play();
  // ——— to here
  return { video, mediaSource, started };
}
