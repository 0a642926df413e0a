import { INSPECT } from "../inspected";
import type { Inspected } from "../inspected";
import { readNumbers } from "./numbers";
import { waitingFor } from "./waiting";

/** Start (inclusive) and end (exclusive), in seconds. */
export type Range = [start: number, end: number];

/** What an element, its source and the engine say of themselves in one moment. Instants and spans are in seconds. */
export interface Snapshot {
  /** When, in milliseconds since the Unix epoch. */
  time: number;
  /** What playback waits for, in a sentence; empty while it waits for nothing. */
  waitingFor: string;
  element: ElementSnapshot;
  /** Undefined where it is not known: in a worker, or the browser's own without the option `source`. */
  source?: SourceSnapshot;
  /** Undefined where the element does not play through this library, or not yet. */
  engine?: EngineSnapshot;
}

/** Members of a media element, and the two numbers of its playback quality. */
export interface ElementSnapshot {
  currentTime: number;
  duration: number;
  readyState: number;
  paused: boolean;
  seeking: boolean;
  ended: boolean;
  playbackRate: number;
  /** Code and message of the MediaError, empty for none. */
  error: string;
  buffered: Range[];
  videoWidth: number;
  videoHeight: number;
  totalVideoFrames: number;
  droppedVideoFrames: number;
}

/** Members of a MediaSource and its SourceBuffers. */
export interface SourceSnapshot {
  readyState: ReadyState;
  sourceBuffers: {
    mode: AppendMode;
    updating: boolean;
    timestampOffset: number;
    appendWindow: Range;
    buffered: Range[];
  }[];
}

/** What only the library knows: its player, and what is in its buffers. */
export interface EngineSnapshot {
  /** When, in milliseconds since the Unix epoch. */
  time: number;
  /** Where playback stands. */
  position: number;
  /** Seconds of media in one second; 0 while the clock stands. */
  rate: number;
  /** The end of what can be played without more data, as far as the clock has heard of it. */
  limit: number;
  /** Whether playback is wanted. */
  wantsPlay: boolean;
  /** Whether a seek waits for its picture or sound. */
  seeking: boolean;
  /** Whether all data is there: `endOfStream()`. */
  ended: boolean;
  /** Whether a decoder was given up. */
  failed: boolean;
  /** Whether the output of sound is being started; playback waits for it. */
  soundStarting: boolean;
  /** How long sound takes from the player to the ear. */
  soundLatency: number;
  /** How far the sound is ahead of the picture: how late the picture came, less how late the sound was written. */
  avOffset: number;
  pictures: {
    /** Decoded and not yet due. */
    decoded: number;
    /** Given to the decoder and not come out. */
    inDecoder: number;
    /** Those of them that the decoder has not begun with. */
    notBegun: number;
    /** The end of what has been decoded; -Infinity for nothing. */
    decodedUntil: number;
  };
  sound: {
    /** Chunks given to the decoder and not come out. */
    inDecoder: number;
    /** The end of what has been decoded; -Infinity for nothing. */
    decodedUntil: number;
  };
  /** In the order of `MediaSource.sourceBuffers`. */
  sourceBuffers: SourceBufferSnapshot[];
}

export interface SourceBufferSnapshot {
  /** Of the engine; never used again within a source. */
  id: number;
  /** Bytes that it holds in memory. */
  bytes: number;
  /** How many it may hold. */
  quota: number;
  /** Appends and removals that are not done. */
  waiting: number;
  tracks: TrackSnapshot[];
}

export interface TrackSnapshot {
  /** The container's number of it. */
  id: number;
  kind: "audio" | "video";
  /** Whether it is the one that plays. */
  selected: boolean;
  bytes: number;
  /** Track buffer ranges. */
  buffered: Range[];
  /** Presentation timestamps of key frames, no more than 600. Of sound none: there every frame is one. */
  keyFrames: number[];
}

/** How long, in milliseconds, the engine is waited for: one that was given up never answers. */
const ANSWER_WITHIN = 1_000;

/** The element's way to the engine, while it plays through us. */
export function inspectedOf(element: HTMLMediaElement): Inspected | undefined {
  let found: Inspected | undefined;
  element.dispatchEvent(new CustomEvent(INSPECT, { detail: (inspected: Inspected) => (found = inspected) }));
  return found;
}

/** Start and end of each range. */
export function rangesOf(ranges: TimeRanges): Range[] {
  return Array.from({ length: ranges.length }, (_, index) => [ranges.start(index), ranges.end(index)]);
}

/** Everything at once, with key frames within `view`. */
export async function takeSnapshot(
  element: HTMLMediaElement,
  source: MediaSource | undefined,
  [from, to]: Range,
): Promise<Snapshot> {
  const asked = inspectedOf(element)?.ask(from, to);
  let tooLate: ReturnType<typeof setTimeout> | undefined;
  const never = new Promise<undefined>((resolve) => (tooLate = setTimeout(resolve, ANSWER_WITHIN)));
  const numbers = await Promise.race([asked, never]);
  clearTimeout(tooLate);
  const snapshot: Snapshot = {
    time: performance.timeOrigin + performance.now(),
    waitingFor: "",
    element: elementSnapshot(element),
  };
  if (source) snapshot.source = sourceSnapshot(source);
  if (numbers) snapshot.engine = readNumbers(numbers);
  snapshot.waitingFor = waitingFor(snapshot);
  return snapshot;
}

function elementSnapshot(element: HTMLMediaElement): ElementSnapshot {
  const { currentTime, duration, readyState, paused, seeking, ended, playbackRate, error, buffered } = element;
  const { videoWidth = 0, videoHeight = 0 } = element as Partial<HTMLVideoElement>;
  const quality = (element as Partial<HTMLVideoElement>).getVideoPlaybackQuality?.();
  return {
    currentTime, duration, readyState, paused, seeking, ended, playbackRate, videoWidth, videoHeight,
    error: error ? `${error.code}: ${error.message}` : "",
    buffered: rangesOf(buffered),
    totalVideoFrames: quality?.totalVideoFrames ?? 0,
    droppedVideoFrames: quality?.droppedVideoFrames ?? 0,
  };
}

function sourceSnapshot(source: MediaSource): SourceSnapshot {
  const { readyState } = source;
  return {
    readyState,
    sourceBuffers: Array.from(source.sourceBuffers, (sourceBuffer) => {
      const { mode, updating, timestampOffset, appendWindowStart, appendWindowEnd, buffered } = sourceBuffer;
      return { mode, updating, timestampOffset, appendWindow: [appendWindowStart, appendWindowEnd], buffered: rangesOf(buffered) };
    }),
  };
}
