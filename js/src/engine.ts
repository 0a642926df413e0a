/**
 * The wasm module's two faces, as the Rust side exports them (`src/web/page.rs`, `src/web/worker.rs`).
 *
 * Times named `now` are wall time: `performance.timeOrigin + performance.now()` in milliseconds. All other times are
 * seconds. Calls that fail throw an {@link EngineError}.
 */

/** What a failing call throws: `name` is `"TypeError"` or the name of a DOMException. */
export interface EngineError {
  name: string;
  message: string;
}

/** Where a task is to be fired. */
export type TaskTarget =
  | "element"
  | "mediaSource"
  | "sourceBuffers" // the SourceBufferList; `id` names the SourceBuffer concerned
  | "activeSourceBuffers"
  | "sourceBuffer" // `id` names it
  | "elementTracks" // `id` names a track: the element's list that holds it
  | "sourceBufferTracks" // the same of the SourceBuffer's
  | "resolveAppend" // `id` is the number that appendEncodedChunks() returned
  | "rejectAppend" // `type` is the name of the DOMException
  | "resolvePlay" // `id` is the number that play() returned
  | "rejectPlay"; // `type` is the name of the DOMException

/**
 * One queued task, to be run in a task of its own and in order: fire an event `type` at the target, or settle a
 * promise. The state it speaks of has changed already.
 */
export type Task = [target: TaskTarget, id: number, type: string];

/** Which half of a source and its element a {@link ControlPlane} speaks for: in a worker the source, on the page the element. */
export type Half = "source" | "element";

/** A decoder's configuration for encoded chunks, of sound or of pictures. Numbers that are not known are 0. */
export interface ChunksConfig {
  /** In the spelling of WebCodecs. */
  codec: string;
  description?: Uint8Array;
  audio?: { sampleRate: number; numberOfChannels: number };
  video?: {
    codedWidth: number;
    codedHeight: number;
    displayWidth: number;
    displayHeight: number;
    /** Clockwise degrees: 0, 90, 180 or 270. */
    rotation: number;
    primaries?: string | undefined;
    transfer?: string | undefined;
    matrix?: string | undefined;
    fullRange?: boolean;
  };
}

/** What the engine must know of chunks that are to be appended. */
export interface ChunksAppend {
  byteLength: number;
  hasAudio: boolean;
  hasVideo: boolean;
  /** Whether there is a picture without `duration`. */
  lacksDuration: boolean;
}

/** One MediaSource and the element it is attached to. It starts attached: readyState "open", `sourceopen` queued. */
export interface ControlPlane {
  free(): void;

  // ---- MediaSource -------------------------------------------------------------------------------------------------
  readyState(): "closed" | "open" | "ended";
  duration(): number;
  setDuration(value: number): void;
  /** `type` has been found supported. Returns the new SourceBuffer's id; ids are never used again. */
  addSourceBuffer(type: string): number;
  /**
   * The same for chunks that a decoder of this configuration takes; its codec has been found supported. With `id`, changes
   * the type of that SourceBuffer.
   */
  configureChunks(config: ChunksConfig, id?: number): number;
  removeSourceBuffer(id: number): void;
  /** `error`: "", "network" or "decode". */
  endOfStream(error: string): void;
  setLiveSeekableRange(start: number, end: number): void;
  clearLiveSeekableRange(): void;
  /**
   * How many bytes a SourceBuffer with video and one with sound alone may hold before appends take the place of what was
   * played or throw QuotaExceededError. 150 MiB and 12 MiB until this is called; before the first append is best.
   */
  setQuota(video: number, audio: number): void;
  /** Whether byte streams of SourceBuffers to come are refused where the specification refuses them. */
  setStrict(strict: boolean): void;
  /**
   * How long, in seconds, holes may be that playback passes over, before the first data and between data, and whether it goes
   * on behind what cannot be decoded. 1, 0.5 and true until this is called.
   */
  setTolerance(start: number, between: number, skipsErrors: boolean): void;
  /** A `<source>` named the source: "mse-polyfill:candidateerror" is all that comes of one found unusable from the start. */
  setCandidate(): void;
  /** Of each "mse-polyfill:decodeerror" task, once and in order: what could not be decoded. */
  takeDecodeError(): string;
  /** The source is a ManagedMediaSource; to be called at once. */
  manage(): void;
  /** `ManagedMediaSource.streaming`. */
  streaming(): boolean;
  /**
   * Of each "bufferedchange" task, once and in order: the ranges that were added, and those that were removed, with a NaN between
   * them.
   */
  takeBufferedChange(id: number): Float64Array;
  /** Ids in the order of the lists. */
  sourceBuffers(): Float64Array;
  activeSourceBuffers(): Float64Array;
  /** The element is given up: readyState "closed", lists emptied, tasks queued. Nothing but `takeTasks` after it. */
  detach(): void;

  // ---- SourceBuffer (InvalidStateError for ids that were removed) ---------------------------------------------------
  mode(id: number): "segments" | "sequence";
  setMode(id: number, mode: string): void;
  updating(id: number): boolean;
  /** Start and end of each range, in turn. */
  bufferedOf(id: number): Float64Array;
  timestampOffset(id: number): number;
  setTimestampOffset(id: number, value: number): void;
  appendWindowStart(id: number): number;
  setAppendWindowStart(id: number, value: number): void;
  appendWindowEnd(id: number): number;
  setAppendWindowEnd(id: number, value: number): void;
  /** Checks and starts an append. What `takeCommands` gives next takes the bytes along. */
  appendBuffer(id: number, byteLength: number): void;
  /**
   * The same of chunks, settled later by a "resolveAppend" or "rejectAppend" task of the returned number. The bytes are
   * chunks as `src/container/encoded_chunks.rs` reads them.
   */
  appendChunks(id: number, chunks: ChunksAppend): number;
  /** The same, with what the chunks are as the sum of three numbers. */
  appendEncodedChunks(id: number, byteLength: number, facts: number): number;
  abort(id: number): void;
  remove(id: number, start: number, end: number): void;
  changeType(id: number, type: string): void;
  /** What the last failed append of this SourceBuffer said, or "". */
  lastError(id: number): string;

  // ---- HTMLMediaElement ---------------------------------------------------------------------------------------------
  currentTime(now: number): number;
  setCurrentTime(value: number, now: number): void;
  /** Starts playback as play() does; settled later by a "resolvePlay" or "rejectPlay" task of the returned number. */
  play(now: number): number;
  pause(now: number): void;
  /** The browser refused to play (NotAllowedError): reject pending promises and pause. */
  playRefused(now: number): void;
  paused(): boolean;
  ended(): boolean;
  seeking(): boolean;
  elementReadyState(): number;
  networkState(): number;
  /** MediaError code, 0 for none. */
  errorCode(): number;
  errorMessage(): string;
  playbackRate(): number;
  setPlaybackRate(value: number): void;
  defaultPlaybackRate(): number;
  setDefaultPlaybackRate(value: number): void;
  preservesPitch(): boolean;
  setPreservesPitch(value: boolean): void;
  setLoop(value: boolean): void;
  setAutoplay(value: boolean): void;
  elementBuffered(): Float64Array;
  seekable(): Float64Array;
  played(now: number): Float64Array;
  videoWidth(): number;
  videoHeight(): number;
  /** Pictures decoded, shown and dropped, and bytes given to the decoders of pictures and of sound. */
  statistics(): Float64Array;

  /** Number, SourceBuffer id, whether it is enabled or selected (1 or 0) and whether it is of sound, of each track in turn. */
  tracks(): Float64Array;
  /** `kind` of a track. */
  trackKind(number: number): string;
  trackLabel(number: number): string;
  trackLanguage(number: number): string;
  /** `enabled` or `selected`. Tracks that are gone are passed over. */
  setTrackActive(number: number, active: boolean): void;

  // ---- plumbing -----------------------------------------------------------------------------------------------------
  /** Events from the data plane, one behind the other. Looks at the time as `tick` does. */
  receive(events: Uint8Array, now: number): void;
  /** To be called four times a second while attached. */
  tick(now: number): void;
  /** In one half: what the other half is to replay, before the data plane gets the commands. */
  takeMirrored(): Uint8Array;
  /** What `takeMirrored` gave in the other half. */
  replay(changes: Uint8Array, now: number): void;
  /** Commands for the data plane, one behind the other. */
  takeCommands(): Uint8Array;
  /** Target, id and type of each {@link Task}, in turn; target and type are numbers for `taskName`. */
  takeTasks(): Float64Array;
  /** The same number is always the same name. */
  taskName(number: number): string;
}

/** What the data plane is given to show and sound through. */
export interface WorkerSinks {
  /** A video MediaStreamTrackGenerator's writable, or a VideoTrackGenerator's. Else frames are posted to the page. */
  video?: WritableStream<VideoFrame>;
  /** The port of an AudioWorklet that takes blocks of sound. */
  audioPort?: MessagePort;
}

/** The data plane's host, in the worker (or in the page where no worker can be started). */
export interface DataPlaneHost {
  /** Receives a tiny clip, for the browser to make decoders and to compile what gives them work. */
  rehearse(): void;
  /** Before `free`, where the thread lives on for another: leaves it the video decoder. */
  retire(): void;
  free(): void;
  /** Commands, one behind the other; `media` are the bytes of the append among them. */
  receive(commands: Uint8Array, media?: Uint8Array): void;
  /** Shows the current picture once more, where there is a video writable: one written too early may be lost. */
  refresh(): void;
  /**
   * Whether anything hears the sound; while not, none is written. An AudioWorklet's port counts as being started until
   * this is called, and playback with sound waits for it.
   */
  setSound(on: boolean): void;
  /** What `inspect/numbers.ts` reads, with key frames from `from` up to `to`. */
  inspect(from: number, to: number): Float64Array;
}

/** How the host calls back. */
export interface DataPlaneHostCallbacks {
  /** Events for the control plane, one behind the other. */
  events(bytes: Uint8Array): void;
  /** Where it is there: those of the events that are for the source. */
  sourceEvents?: (bytes: Uint8Array) => void;
  /** A picture for the page's canvas, where there is no video writable, to be turned clockwise by `rotation` degrees. */
  frame(frame: VideoFrame, rotation: number): void;
}
