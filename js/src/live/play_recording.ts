import { AppendQueue } from "./append_queue";
import type { AppendQueueOptions } from "./append_queue";
import { LiveFollower } from "./follow_live";
import type { FollowOptions } from "./follow_live";
import { Recording } from "./recording";
import type { RecordingOptions } from "./recording";

/** How a recording is made and played. */
export interface PlayRecordingOptions extends Omit<RecordingOptions, "mediaSource">, FollowOptions, Omit<AppendQueueOptions, "media"> {
  /** The MediaSource to make: the page's by default. */
  mediaSource?: typeof MediaSource;
  /** How the element gets it: by an object URL. `attach` of mse-polyfill where nothing is installed. */
  attach?: (media: HTMLMediaElement, source: MediaSource) => void;
}

/** A recording that an element plays while it is made. */
export interface LivePlayback {
  readonly recording: Recording;
  readonly mediaSource: MediaSource;
  readonly queue: AppendQueue;
  readonly follower: LiveFollower;
  /** Seconds from what the recorder is at now to what plays now: what it has not given out yet counts, its own delay does not. */
  readonly latency: number;
  /** Resolves when the recording has ended and the element has all of it, with its true duration; rejects when it failed. */
  readonly complete: Promise<void>;
  /** Stops feeding the element. The recording goes on. */
  close(): void;
}

/**
 * Ties a stream, or a recorder, to an element by a SourceBuffer: what is recorded plays at once, and can be sought. Call
 * `media.play()` where the page's rules for autoplay allow it.
 *
 * @throws what `new Recording` throws.
 */
export function recordToSourceBuffer(
  source: MediaStream | MediaRecorder | Recording,
  media: HTMLMediaElement,
  { mediaSource: Source = globalThis.MediaSource, attach = attachByUrl, keepBehind = Infinity, ...options }: PlayRecordingOptions = {},
): Promise<LivePlayback> {
  const { target, maxRate, jump, ...recordingOptions } = options;
  const recording = source instanceof Recording ? source : new Recording(source, { ...recordingOptions, mediaSource: Source });
  const mediaSource = new Source();
  // What comes before the source is open waits.
  const early: Uint8Array<ArrayBuffer>[] = [];
  let give = (bytes: Uint8Array<ArrayBuffer>): void => void early.push(bytes);
  const silence = recording.listen((bytes) => give(bytes));

  attach(media, mediaSource);
  return new Promise((resolve, reject) => {
    const open = (): void => {
      let queue: AppendQueue;
      try {
        queue = new AppendQueue(mediaSource.addSourceBuffer(recording.mimeType), { media, keepBehind });
      } catch (error) {
        silence();
        reject(error as Error);
        return;
      }
      const follower = new LiveFollower(media, { target, maxRate, jump });
      const close = (): void => {
        silence();
        follower.close();
        queue.close();
      };
      give = (bytes) => void queue.append(bytes).catch(close);
      early.splice(0).forEach((bytes) => give(bytes));
      recording.addEventListener("statechange", () => follower.interrupted());
      const complete = finish(recording, queue, mediaSource).finally(() => follower.close());
      complete.catch(() => undefined); // Nobody needs to ask.
      resolve({
        recording,
        mediaSource,
        queue,
        follower,
        get latency() {
          return follower.latency;
        },
        complete,
        close,
      });
    };
    mediaSource.addEventListener("sourceopen", open, { once: true });
  });
}

async function finish(recording: Recording, queue: AppendQueue, mediaSource: MediaSource): Promise<void> {
  await recording.ended();
  await queue.drained();
  if (mediaSource.readyState === "open") {
    mediaSource.endOfStream();
  }
  if (recording.state === "failed") {
    throw recording.error;
  }
}

function attachByUrl(media: HTMLMediaElement, source: MediaSource): void {
  const url = URL.createObjectURL(source);
  media.src = url;
  source.addEventListener("sourceopen", () => URL.revokeObjectURL(url), { once: true });
}
