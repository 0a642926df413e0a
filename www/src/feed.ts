import { headOf, mediaKind } from "./media_kind";
import type { MediaKind } from "./media_kind";

/** A failure with words for the visitor. */
export class PlayError extends Error {
  constructor(
    readonly title: string,
    message: string,
  ) {
    super(message);
  }
}

/** Media to append: what it is, how long, and its bytes in pieces. */
export interface Feed {
  kind: MediaKind;
  /** In bytes, where known. */
  total?: number;
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** Below this, the beginning of a fetched file is not looked at. */
const HEAD_BYTES = 65_536;

/** `pieceSize` in bytes, Infinity for the whole at once. */
export async function feedOfFile(file: File, pieceSize: number): Promise<Feed> {
  if (!file.size) throw new PlayError("An empty file", `“${file.name}” has no bytes at all.`);
  const kind = mediaKind(await headOf(file));
  async function* pieces() {
    for (let at = 0; at < file.size; at += pieceSize) {
      yield new Uint8Array(await file.slice(at, Math.min(file.size, at + pieceSize)).arrayBuffer());
    }
  }
  return { kind, total: file.size, pieces: pieces() };
}

export async function feedOfUrl(address: string, pieceSize: number, signal: AbortSignal): Promise<Feed> {
  let url: URL;
  try {
    url = new URL(address, location.href);
  } catch {
    throw new PlayError("Not an address", `“${address}” is not a URL.`);
  }
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw await whyNotFetched(url);
  }
  if (!response.ok || !response.body) {
    throw new PlayError(`HTTP ${response.status}`, `${url.host} answered ${response.status} ${response.statusText} for ${url.pathname}.`);
  }
  const length = Number(response.headers.get("content-length"));
  const encoded = response.headers.has("content-encoding"); // then the length is not that of the media
  const chunks = gather(response.body.getReader(), pieceSize);
  const first = await chunks.next();
  if (first.done) throw new PlayError("An empty answer", `${url.host} sent no bytes.`);
  async function* pieces() {
    yield first.value as Uint8Array<ArrayBuffer>;
    yield* chunks;
  }
  return { kind: mediaKind(first.value), ...(length && !encoded ? { total: length } : {}), pieces: pieces() };
}

/** What the network brings, in pieces of `size` bytes; the first is as long as it takes to know what the media is. */
async function* gather(reader: ReadableStreamDefaultReader<Uint8Array>, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let wanted = Math.max(size, HEAD_BYTES);
  const flush = (count: number) => {
    const all = new Uint8Array(heldBytes);
    let at = 0;
    for (const chunk of held) {
      all.set(chunk, at);
      at += chunk.length;
    }
    held = count < heldBytes ? [all.subarray(count)] : [];
    heldBytes -= count;
    return all.slice(0, count);
  };
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    held.push(value);
    heldBytes += value.length;
    while (heldBytes >= wanted) {
      yield flush(wanted);
      wanted = size;
    }
  }
  while (heldBytes) yield flush(Math.min(heldBytes, wanted));
  return undefined;
}

/** `fetch` only says "failed". A second, opaque request tells a missing permission from a missing server. */
async function whyNotFetched(url: URL): Promise<PlayError> {
  if (location.protocol === "https:" && url.protocol === "http:") {
    return new PlayError("Blocked as mixed content", "This page came over https; the browser lets it fetch nothing over http.");
  }
  try {
    await fetch(url, { mode: "no-cors", method: "HEAD" });
  } catch {
    return new PlayError("Not reachable", `${url.host || url.protocol} could not be reached, or the browser blocked the request.`);
  }
  return new PlayError(
    "The server does not allow it (CORS)",
    `${url.host} is there, but does not let other sites read this file. It would have to send “Access-Control-Allow-Origin”. ` +
      "Download the file and drop it here instead.",
  );
}

/** Appends all of it, one piece after the other, and ends the stream. `appended` hears of each piece. */
export async function append(
  mediaSource: MediaSource,
  media: HTMLMediaElement,
  feed: Feed,
  signal: AbortSignal,
  appended: (bytes: number) => void,
): Promise<void> {
  const { kind } = feed;
  if (!kind.type) throw new PlayError(`This is ${kind.name}`, kind.note ?? "");
  if (!MediaSource.isTypeSupported(kind.type)) {
    throw new PlayError("Type not supported", `MediaSource.isTypeSupported('${kind.type}') says no.`);
  }
  const sourceBuffer = mediaSource.addSourceBuffer(kind.type);
  for await (const piece of feed.pieces) {
    await appendPiece(sourceBuffer, media, piece, signal);
    if (signal.aborted) return;
    appended(piece.byteLength);
  }
  if (mediaSource.readyState === "open") mediaSource.endOfStream();
}

async function appendPiece(
  sourceBuffer: SourceBuffer,
  media: HTMLMediaElement,
  piece: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      sourceBuffer.appendBuffer(piece);
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") throw error;
      await makeRoom(sourceBuffer, media, signal);
      continue;
    }
    await settled(sourceBuffer, signal);
    return;
  }
}

/** Drops what has been played; where that is too little, waits for playback to go on. */
async function makeRoom(sourceBuffer: SourceBuffer, media: HTMLMediaElement, signal: AbortSignal): Promise<void> {
  const KEEP_SECONDS = 10;
  const upTo = media.currentTime - KEEP_SECONDS;
  if (upTo > 0 && sourceBuffer.buffered.length && sourceBuffer.buffered.start(0) < upTo) {
    sourceBuffer.remove(0, upTo);
    await settled(sourceBuffer, signal);
  } else {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Until `updateend`; rejects after `error`. */
function settled(sourceBuffer: SourceBuffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let failed = false;
    const done = new AbortController();
    const listen = (target: EventTarget, type: string, act: () => void) =>
      target.addEventListener(type, act, { signal: done.signal });
    listen(sourceBuffer, "error", () => (failed = true));
    listen(sourceBuffer, "updateend", () => {
      done.abort();
      if (failed) reject(new PlayError("The bytes were refused", ""));
      else resolve();
    });
    // A replaced source ends without an event.
    listen(signal, "abort", () => {
      done.abort();
      resolve();
    });
  });
}
