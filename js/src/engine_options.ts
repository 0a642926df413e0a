/** What a page may set before the engine is loaded. */
import type { Texts } from "./texts";

/** Where the pieces of the engine are; by default they are found without help. */
export interface EngineOptions {
  /** The `.wasm` file, for bundlers that move it where it cannot be found. The one-file script has it inside. */
  wasmUrl?: string | URL;
  /** `dist/worker.js` on your host, where the Content Security Policy forbids `worker-src blob:`. */
  workerUrl?: string | URL;
  /** `dist/worklet.js` on your host, likewise. */
  workletUrl?: string | URL;
  /**
   * How many bytes a SourceBuffer with video and one with sound alone may hold before appendBuffer throws
   * QuotaExceededError; 150 MiB and 12 MiB by default. For sources that are attached from then on.
   */
  quota?: { video: number; audio: number };
  /**
   * How long, in seconds, the holes may be that playback passes over, the picture standing and the sound silent: before the
   * first data (1 by default) and between data (0.5). 0 waits at every hole, as the specification has it. For elements that
   * are attached from then on.
   */
  gaps?: { start: number; between: number };
  /**
   * Whether appends fail where the specification says so (ordinary MP4 files, codecs that a byte stream format does not
   * know, …), playback waits at every hole (unless there are `gaps`) and ends at the first data that cannot be decoded, for
   * comparing with browsers. False by default: what can be played is played.
   */
  strict?: boolean;
  /**
   * What the control bar says: by language (BCP 47, in lower case), then by its English texts, where it is to speak other
   * languages than English and Korean, or say something else in them. For bars that appear from then on.
   */
  texts?: Texts;
}

const options: EngineOptions = {};

/** Options of the engine; those that matter for loading must come before it is loaded. */
export function setEngineOptions(changes: EngineOptions): void {
  Object.assign(options, changes);
}

/** Where the scripts are that the link starts, where the page says so. */
export function scriptUrls(): { workerUrl: string | undefined; workletUrl: string | undefined } {
  return { workerUrl: options.workerUrl?.toString(), workletUrl: options.workletUrl?.toString() };
}

/** The options in force. */
export function engineOptions(): Readonly<EngineOptions> {
  return options;
}
