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
 * Mode "sequence" does the work: whatever times a file begins with, its first frame comes where the last one of the file
 * before ended. What an encoder added in front and behind is cut off, where the file says how much it is. `changeType` says
 * that something else comes, where it does.
 *
 * @param files `{ type, bytes }` each, or promises of it; one is in memory at a time.
 * @param joined is told where each file begins, in seconds.
 */
export async function appendInARow(mediaSource, files, joined = () => {}) {
  let sourceBuffer;
  let current;
  for await (const { type, bytes } of files) {
    if (!sourceBuffer) {
      sourceBuffer = mediaSource.addSourceBuffer(type);
    } else if (type !== current) {
      sourceBuffer.changeType(type);
    }
    current = type;
    sourceBuffer.mode = "sequence";
    const { buffered } = sourceBuffer;
    joined(buffered.length ? buffered.end(buffered.length - 1) : 0);
    sourceBuffer.appendBuffer(bytes);
    await idle(sourceBuffer);
  }
  mediaSource.endOfStream();
}
