// Several files, one stream: each plays where the one before it ends, to the sample.

/** Resolves when the SourceBuffer takes the next call; rejects when an append failed. */
function idle(sourceBuffer) {
  if (!sourceBuffer.updating) return undefined;
  return new Promise((resolve, reject) => {
    sourceBuffer.addEventListener("updateend", resolve, { once: true });
    sourceBuffer.addEventListener("error", () => reject(new Error("a file is broken")), { once: true });
  });
}

/**
 * Appends files in a row and ends the stream. They may differ in container, codecs, size and rates, but each has to have the
 * same tracks: a picture and a sound track, say, or one of sound alone.
 *
 * Each file begins where the one before it ends. To end the stream in between makes the duration that end, of the longest
 * track and to the sample; the next append opens it again. What an encoder put in front comes before a file's own zero, and
 * the append window cuts it off; mode "sequence" would play it. `changeType` says that something else comes, where it does.
 *
 * @param files `{ type, bytes }` each, or promises of it; one is in memory at a time. Their times begin at zero.
 * @param joined is told where each file begins, in seconds.
 */
export async function appendInARow(mediaSource, files, joined = () => {}) {
  let sourceBuffer;
  let current;
  for await (const { type, bytes } of files) {
    let start = 0;
    if (sourceBuffer) {
      mediaSource.endOfStream();
      start = mediaSource.duration;
      if (type !== current) sourceBuffer.changeType(type);
    } else {
      sourceBuffer = mediaSource.addSourceBuffer(type);
    }
    current = type;
    sourceBuffer.timestampOffset = start;
    sourceBuffer.appendWindowStart = start;
    joined(start);
    sourceBuffer.appendBuffer(bytes);
    await idle(sourceBuffer);
  }
  mediaSource.endOfStream();
}
