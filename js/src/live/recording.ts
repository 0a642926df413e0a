/** A MediaRecorder whose recording can be listened to while it is made, from the start or from anywhere. */
import { withDuration } from "./true_duration";
import { UnitReader } from "./units";
import type { Bytes, Unit } from "./units";

/** How often, in milliseconds, a recorder gives what it has. */
const TIMESLICE = 100;

/**
 * What is tried in this order. Opus and VP8 cost least to encode. A codec for which there is no track must not be named:
 * Firefox waits for the track.
 */
const TYPES = {
  video: ["video/webm;codecs=vp8", "video/webm;codecs=vp9", "video/mp4;codecs=avc1.42E01E", "video/mp4", "video/webm"],
  both: ["video/webm;codecs=vp8,opus", "video/webm;codecs=vp9,opus", "video/mp4;codecs=avc1.42E01E,mp4a.40.2", "video/mp4", "video/webm"],
  audio: ["audio/webm;codecs=opus", "audio/mp4;codecs=mp4a.40.2", "audio/mp4", "audio/webm"],
};

/** How a recording is made. */
export interface RecordingOptions extends MediaRecorderOptions {
  /** How often, in milliseconds, the recorder gives what it has. 100 by default: the delay of live playback is about that. */
  timeslice?: number;
  /** Whether all of it is kept, for `stop()` to give. True by default; false for what runs without end. */
  keep?: boolean;
  /** Whose `isTypeSupported` is asked whether what is recorded can be played. The page's `MediaSource` by default. */
  mediaSource?: Pick<typeof MediaSource, "isTypeSupported">;
}

/** Takes a recording, in whole units: first what everybody needs, then blocks or fragments. */
export type RecordingListener = (bytes: Bytes) => void;

/** "recording" and "paused" can go on; "stopped" and "failed" are the end. */
export type RecordingState = "recording" | "paused" | "stopped" | "failed";

/**
 * A type that this browser records and plays; undefined if there is none.
 *
 * @param kind "video" is pictures without sound.
 */
export function recordableType(kind: "audio" | "video" | "both", mediaSource = globalThis.MediaSource): string | undefined {
  return TYPES[kind].find((type) => MediaRecorder.isTypeSupported(type) && mediaSource.isTypeSupported(type));
}

/**
 * Records a stream from now on. Fires `statechange`; `state` and `error` say what happened.
 *
 * @throws NotSupportedError when nothing that can be recorded can be played, and what MediaRecorder throws.
 */
export class Recording extends EventTarget {
  /** The recorder. Use this object's methods to pause and stop it. */
  readonly recorder: MediaRecorder;
  readonly #keep: boolean;
  readonly #units = new UnitReader();
  readonly #kept: Blob[] = [];
  readonly #listeners = new Map<RecordingListener, { hasBegun: boolean }>();
  /** What came since one could begin last: the picture's last key frame and all after it. */
  #sinceKey: Unit[] = [];
  readonly #ended: Promise<void>;
  #state: RecordingState = "recording";
  #error: unknown;
  /** Chunks are read one after the other. */
  #read: Promise<void> = Promise.resolve();
  /** Seconds recorded before the recorder began or went on last, and when that was. */
  #before = 0;
  #since: number | undefined;

  constructor(source: MediaStream | MediaRecorder, options: RecordingOptions = {}) {
    super();
    const { timeslice = TIMESLICE, keep = true, mediaSource, ...recorderOptions } = options;
    this.#keep = keep;
    if ("getTracks" in source) {
      const hasSound = source.getAudioTracks().length > 0;
      const kind = source.getVideoTracks().length === 0 ? "audio" : hasSound ? "both" : "video";
      const mimeType = recorderOptions.mimeType ?? recordableType(kind, mediaSource as typeof MediaSource | undefined);
      if (mimeType === undefined) {
        throw new DOMException("This browser records nothing that it plays.", "NotSupportedError");
      }
      this.recorder = new MediaRecorder(source, { ...recorderOptions, mimeType });
    } else if (source.state === "inactive") {
      this.recorder = source;
    } else {
      throw new DOMException("The recorder has begun already: its first bytes are missing.", "InvalidStateError");
    }
    const { recorder } = this;
    recorder.addEventListener("dataavailable", ({ data }) => this.#take(data));
    recorder.addEventListener("start", () => (this.#since = performance.now()));
    recorder.addEventListener("resume", () => {
      this.#since = performance.now();
      this.#become("recording");
    });
    recorder.addEventListener("pause", () => {
      this.#before = this.elapsed;
      this.#since = undefined;
      this.#become("paused");
    });
    recorder.addEventListener("error", (event) => this.#fail((event as ErrorEvent).error ?? new Error("The recorder failed.")));
    // Recorders should stop by themselves then, but Chromium's waits for data that a lost device never sends.
    const tracks = recorder.stream.getTracks();
    const stopWithoutTracks = (): void => {
      if (recorder.state !== "inactive" && tracks.every(({ readyState }) => readyState === "ended")) {
        recorder.stop();
      }
    };
    tracks.forEach((track) => track.addEventListener("ended", stopWithoutTracks));
    this.#ended = new Promise((resolve) => {
      recorder.addEventListener("stop", () => {
        tracks.forEach((track) => track.removeEventListener("ended", stopWithoutTracks));
        this.#before = this.elapsed;
        this.#since = undefined;
        void this.#read.then(() => {
          this.#become("stopped");
          resolve();
        });
      });
    });
    recorder.start(timeslice);
  }

  /** What is recorded, with codecs as far as the browser says: a type for `addSourceBuffer`. */
  get mimeType(): string {
    return this.recorder.mimeType;
  }

  get state(): RecordingState {
    return this.#state;
  }

  /** Why the state is "failed". */
  get error(): unknown {
    return this.#error;
  }

  /** Seconds that the recorder has been at work, by the clock; pauses do not count. */
  get elapsed(): number {
    return this.#before + (this.#since === undefined ? 0 : (performance.now() - this.#since) / 1000);
  }

  /** Seconds that have been recorded, as the recording itself says. */
  get duration(): number {
    return this.#units.duration;
  }

  /** What every listener needs first; undefined while it is not there. */
  get initialization(): Bytes | undefined {
    return this.#units.initialization;
  }

  /**
   * Gives the listener the recording from the next unit on, and before that what it takes to begin there: with pictures, all
   * since the last key frame. Returns what ends that.
   */
  listen(listener: RecordingListener): () => void {
    this.#listeners.set(listener, { hasBegun: false });
    return () => void this.#listeners.delete(listener);
  }

  pause(): void {
    if (this.recorder.state === "recording") {
      this.recorder.pause();
    }
  }

  resume(): void {
    if (this.recorder.state === "paused") {
      this.recorder.resume();
    }
  }

  /** Ends the recording. Resolves when all listeners have all of it: with the whole, its duration in it, if it was kept. */
  async stop(): Promise<Blob> {
    if (this.recorder.state !== "inactive") {
      this.recorder.stop();
    }
    await this.#ended;
    return this.blob();
  }

  /** Resolves when the recording has ended, whoever ended it: the page, the device, or an error. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** What was recorded until now, its duration in it; empty when it is not kept. */
  blob(): Blob {
    const { initialization } = this;
    const type = this.mimeType;
    if (!this.#keep || !initialization) {
      return new Blob(this.#kept, { type });
    }
    const rest = new Blob(this.#kept).slice(initialization.length);
    return new Blob([withDuration(initialization, this.duration, this.#units.cues), rest], { type });
  }

  #take(data: Blob): void {
    if (this.#keep) {
      this.#kept.push(data);
    }
    this.#read = this.#read
      .then(async () => this.#give(new Uint8Array(await data.arrayBuffer())))
      .catch((error: unknown) => this.#fail(error));
  }

  #give(chunk: Uint8Array): void {
    for (const unit of this.#units.push(chunk)) {
      if (unit.isKey) {
        this.#sinceKey = [];
      }
      if (unit.isKey || this.#sinceKey.length > 0) {
        this.#sinceKey.push(unit);
      }
      for (const [listener, listening] of this.#listeners) {
        if (listening.hasBegun) {
          listener(unit.bytes);
        } else if (this.#sinceKey[0]) {
          listening.hasBegun = true;
          const { before } = this.#sinceKey[0];
          [this.initialization, before, ...this.#sinceKey.map(({ bytes }) => bytes)].forEach((bytes) => bytes && listener(bytes));
        }
      }
    }
  }

  #become(state: RecordingState): void {
    if (this.#state !== state && this.#state !== "failed") {
      this.#state = state;
      this.dispatchEvent(new Event("statechange"));
    }
  }

  #fail(error: unknown): void {
    this.#error ??= error;
    this.#become("failed");
    if (this.recorder.state !== "inactive") {
      this.recorder.stop();
    }
  }
}
