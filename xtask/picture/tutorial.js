const video = document.querySelector("video");
const mediaSource = new MediaSource();
video.src = URL.createObjectURL(mediaSource);
video.play();

mediaSource.addEventListener("sourceopen", async () => {
  const sourceBuffer = mediaSource.addSourceBuffer(
    'video/mp4; codecs="avc1.4D401E, mp4a.40.2"',
  );
  const { body } = await fetch("clip.mp4");
  for await (const piece of body) {
    sourceBuffer.appendBuffer(piece);
    await new Promise((resolve) => {
      sourceBuffer.onupdateend = resolve;
    });
  }
  mediaSource.endOfStream();
});
