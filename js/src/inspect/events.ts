/** Hears what happens to an element and its source. */

import { formatRanges } from "./format";
import { rangesOf } from "./snapshot";

const OF_ELEMENT = (
  "abort canplay canplaythrough durationchange emptied ended error loadeddata loadedmetadata loadstart pause play playing " +
  "progress ratechange resize seeked seeking stalled suspend timeupdate volumechange waiting mse-polyfill:decodeerror"
).split(" ");
const OF_SOURCE = ["sourceopen", "sourceended", "sourceclose", "startstreaming", "endstreaming"];
const OF_LIST = ["addsourcebuffer", "removesourcebuffer"];
const OF_BUFFER = ["updatestart", "update", "updateend", "error", "abort", "bufferedchange"];

/** Something that happened. */
export interface Happening {
  /** In the time of `performance.now()`. */
  at: number;
  /** `element`, `source`, `sourceBuffers` or one of those. */
  who: string;
  /** The event's type. */
  what: string;
  /** What else is worth knowing, in words. */
  detail: string;
}

type Tell = (happening: Happening) => void;

function listen(target: EventTarget, who: string, types: string[], signal: AbortSignal, tell: Tell, detail: (event: Event) => string): void {
  for (const type of types) {
    const heard = (event: Event): void => tell({ at: performance.now(), who, what: type, detail: detail(event) });
    target.addEventListener(type, heard, { signal });
  }
}

export function watchElement(element: HTMLMediaElement, signal: AbortSignal, tell: Tell): void {
  listen(element, "element", OF_ELEMENT, signal, tell, (event) => {
    const { error, currentTime, duration, playbackRate, videoWidth, videoHeight } = event.target as HTMLVideoElement;
    switch (event.type) {
      case "error":
        return error ? `${error.code}: ${error.message}` : "";
      case "mse-polyfill:decodeerror":
        return String((event as CustomEvent<{ message: string }>).detail.message);
      case "durationchange":
        return String(duration);
      case "ratechange":
        return String(playbackRate);
      case "resize":
        return `${videoWidth} × ${videoHeight}`;
      case "timeupdate":
      case "progress":
        return "";
      default:
        return currentTime ? `at ${currentTime.toFixed(3)}` : "";
    }
  });
}

export function watchSource(source: MediaSource, signal: AbortSignal, tell: Tell): void {
  listen(source, "source", OF_SOURCE, signal, tell, () => "");
  const seen = new WeakSet<SourceBuffer>();
  const names = new WeakMap<SourceBuffer, string>();
  const watchBuffers = (): void => {
    for (const [index, buffer] of Array.from(source.sourceBuffers).entries()) {
      names.set(buffer, `sourceBuffers[${index}]`);
      if (seen.has(buffer)) continue;
      seen.add(buffer);
      for (const type of OF_BUFFER) {
        const heard = (): void => {
          let detail = "";
          try {
            if (type === "updateend") detail = formatRanges(rangesOf(buffer.buffered));
          } catch {
            // It has been removed.
          }
          tell({ at: performance.now(), who: names.get(buffer) ?? "sourceBuffers", what: type, detail });
        };
        buffer.addEventListener(type, heard, { signal });
      }
    }
  };
  listen(source.sourceBuffers, "sourceBuffers", OF_LIST, signal, tell, () => {
    watchBuffers();
    return "";
  });
  watchBuffers();
}
