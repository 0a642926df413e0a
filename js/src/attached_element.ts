import { attachMediaSource } from "./attachment";
import type { Attachment, AttachmentListener, EarlierState } from "./attachment";
import { beginCapture, endCapture } from "./captured_streams";
import { attachHandle } from "./cross_context";
import { soundIsOurs } from "./element_sound";
import type { ControlPlane } from "./engine";
import { awaitsFrame, ShownFrames } from "./frame_callbacks";
import type { ControlsAttribute } from "./element_controls";
import { domException } from "./errors";
import { loadEngine } from "./load_engine";
import type { Engine } from "./load_engine";
import type { DataPlaneLink } from "./link";
import { claimMediaSource, closeMediaSource, isMediaSource } from "./media_source";
import type { MediaSource } from "./media_source";
import { claimHandle } from "./media_source_handle";
import type { MediaSourceHandle } from "./media_source_handle";
import { trackListsOf } from "./media_tracks";
import type { TrackLists } from "./media_tracks";
import { native } from "./native_element";
import { filterNativeEvents } from "./native_events";
import { NativePlayback } from "./native_playback";
import { TimedCues } from "./timed_cues";
import { fire, queueTask, wallTime } from "./tasks";
import { NO_RANGES, TimeRangesCache } from "./time_ranges";

/** `HTMLMediaElement.networkState`. */
const NETWORK_LOADING = 2;
const NETWORK_NO_SOURCE = 3;

/** `HTMLMediaElement.readyState`. */
const HAVE_METADATA = 1;
const HAVE_CURRENT_DATA = 2;

/** `MediaError.code`. */
const MEDIA_ERR_DECODE = 3;
const MEDIA_ERR_SRC_NOT_SUPPORTED = 4;

/**
 * How long after the first picture, in milliseconds, sound is made ready for a paused element: to begin with it takes as
 * long as the picture itself.
 */
const SOUND_DELAY = 100;

/** What `play` returned, not settled yet. */
export interface PendingPlay {
  resolve(): void;
  reject(error: DOMException): void;
}

/** What the page did to the element before there was an engine to tell. */
interface Beforehand {
  paused: boolean;
  networkState: number;
  currentSrc: string;
  defaultPlaybackStartPosition: number;
  playbackRate: number;
  defaultPlaybackRate: number;
  preservesPitch: boolean;
  plays: PendingPlay[];
}

/** What an element is to play. */
export interface Resource {
  source: MediaSource | MediaSourceHandle;
  /** As `currentSrc` reads; empty for what was set as `srcObject`. */
  url: string;
  /** The `<source>` that named it. */
  candidate?: HTMLSourceElement;
}

/** What a new attachment takes over of the element's state. */
export interface TakenOver {
  paused: boolean;
  currentSrc: string;
  playbackRate: number;
  defaultPlaybackRate: number;
  preservesPitch: boolean;
}

/** What an element takes over that the browser attached its source to. */
export interface Handover {
  engine: Engine;
  source: EarlierState;
  defaultPlaybackStartPosition: number;
  plays: PendingPlay[];
}

/** What became of the source's frames, and how many bytes went to the decoders, since it was attached. */
export interface Statistics {
  decoded: number;
  presented: number;
  dropped: number;
  videoBytes: number;
  audioBytes: number;
}

const attachedElements = /* @__PURE__ */ new WeakMap<HTMLMediaElement, AttachedElement>();

/** The attachment of the element, from the moment that the element's resource was set until another is set. */
export function attachedElement(element: HTMLMediaElement): AttachedElement | undefined {
  return attachedElements.get(element);
}

/**
 * A media element whose resource is one of our MediaSources: the answers that its members give while natively it plays
 * a stream. HTML § 4.8.11, with the engine's element state machine behind it as soon as the source is open.
 */
export class AttachedElement implements AttachmentListener {
  readonly element: HTMLMediaElement;
  readonly source: MediaSource | MediaSourceHandle;
  /** Empty for what was set as `srcObject`. */
  readonly url: string;
  readonly #candidate: HTMLSourceElement | undefined;
  readonly #playback: NativePlayback;
  readonly #before: Beforehand;
  readonly #plays = new Map<number, PendingPlay[]>();
  /** Settle some of these, in tasks that have not run. */
  readonly #settlements = new Set<() => void>();
  readonly #cleanups: (() => void)[] = [];
  readonly #buffered = new TimeRangesCache();
  readonly #seekable = new TimeRangesCache();
  readonly #played = new TimeRangesCache();
  /** For `requestVideoFrameCallback`. */
  readonly frames = new ShownFrames((metadata) => this.#attachment?.link.mediaTime(metadata) ?? metadata.mediaTime);
  /** Of `textTracks`. */
  readonly cues: TimedCues | undefined;
  #attachment: Attachment<DataPlaneLink> | undefined;
  #claimed = false;
  #closed = false;
  #error: MediaError | null = null;
  /** Why there is no data plane any more. */
  #lost = "";
  #controls: ControlsAttribute | undefined;
  #replaying = false;
  #soundSoon: ReturnType<typeof setTimeout> | undefined;

  /**
   * Takes the element over and selects the source as its resource, asynchronously as HTML § 4.8.11.5 has it; or goes on
   * with a source that is open, at once.
   */
  constructor(element: HTMLMediaElement, { source, url, candidate }: Resource, takenOver: TakenOver, handover?: Handover) {
    this.element = element;
    this.source = source;
    this.url = url;
    this.#candidate = candidate;
    this.#before = {
      ...takenOver,
      playbackRate: playableRate(takenOver.defaultPlaybackRate),
      defaultPlaybackRate: playableRate(takenOver.defaultPlaybackRate),
      networkState: NETWORK_NO_SOURCE,
      defaultPlaybackStartPosition: 0,
      plays: [],
      ...(handover && {
        playbackRate: playableRate(takenOver.playbackRate),
        networkState: NETWORK_LOADING,
        defaultPlaybackStartPosition: handover.defaultPlaybackStartPosition,
        plays: handover.plays,
      }),
    };
    attachedElements.set(element, this);
    if (typeof TextTrackCue !== "undefined") {
      const cues = (this.cues = new TimedCues(this));
      this.onClose(() => cues.close());
    }
    this.#playback = new NativePlayback(element, {
      paused: () => this.paused,
      play: () => void this.play().catch(() => undefined),
      pause: () => this.pause(),
      refresh: () => this.#attachment?.link.refresh(),
      queueEvent: (type) => this.#queueEvent(type),
    });
    this.onClose(filterNativeEvents(element, (type) => this.#playback.filter(type)));
    this.#playback.show(new MediaStream());
    const attributes = new MutationObserver(() => this.#attributesChanged());
    attributes.observe(element, { attributeFilter: ["loop", "autoplay"] });
    this.onClose(() => attributes.disconnect());
    const volumeChanged = () => this.#volumeChanged();
    element.addEventListener("volumechange", volumeChanged);
    this.onClose(() => element.removeEventListener("volumechange", volumeChanged));
    if (handover) {
      this.#claimed = isMediaSource(source) && claimMediaSource(source, this);
      this.#open(handover.engine, handover.source);
    } else {
      queueMicrotask(() => this.#selectResource());
    }
  }

  /** The `controls` attribute is in the hands of `controls` from now on. */
  takeControls(controls: ControlsAttribute): void {
    this.#controls = controls;
    this.onClose(() => controls.close());
  }

  /** Has `cleanup` run when the element is given up. */
  onClose(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  /** Gives the element up: the source is closed, the element's own members come back. The stream is left to the caller. */
  close(): TakenOver {
    const { currentSrc, playbackRate, defaultPlaybackRate, preservesPitch } = this;
    if (!this.#closed) {
      this.#closed = true;
      // HTML § 4.8.11.5, load step 4: what is under way to promises reaches them at once.
      this.#settlements.forEach((settle) => settle());
      if (this.#attachment) {
        this.#attachment.close();
        this.#attachment = undefined;
      } else if (this.#claimed && isMediaSource(this.source)) {
        closeMediaSource(this.source, this);
      }
      const error = domException("AbortError", "The play() request was interrupted by a new load request.");
      [this.#before.plays, ...this.#plays.values()].flat().forEach((play) => play.reject(error));
      this.#plays.clear();
      endCapture(this.element);
      this.#cleanups.forEach((cleanup) => cleanup());
      attachedElements.delete(this.element);
      this.#playback.close();
      native().preservesPitch.set(this.element, preservesPitch);
    }
    return { paused: true, currentSrc, playbackRate, defaultPlaybackRate, preservesPitch };
  }

  // ---- HTMLMediaElement ----------------------------------------------------------------------------------------------

  get error(): MediaError | null {
    const plane = this.#plane;
    if (!this.#error && plane && plane.errorCode !== 0) {
      const message = this.#lost || plane.errorMessage || this.#attachment?.lastAppendError();
      this.#error = createMediaError(plane.errorCode, message ?? "");
    }
    return this.#error;
  }

  get networkState(): number {
    return this.#plane?.networkState ?? this.#before.networkState;
  }

  get currentSrc(): string {
    return this.#before.currentSrc;
  }

  /** `srcObject`. */
  get provider(): MediaSource | MediaSourceHandle | null {
    return this.url === "" ? this.source : null;
  }

  /** The value of the `controls` attribute, null without it. */
  get controls(): string | null {
    return this.#controls?.value ?? null;
  }

  set controls(value: string | null) {
    if (this.#controls) {
      this.#controls.value = value;
    }
  }

  get readyState(): number {
    return this.#plane?.elementReadyState ?? 0;
  }

  get buffered(): TimeRanges {
    return this.#buffered.get(this.#sourcePlane?.elementBuffered() ?? NO_RANGES);
  }

  get seekable(): TimeRanges {
    return this.#seekable.get(this.#sourcePlane?.seekable() ?? NO_RANGES);
  }

  get played(): TimeRanges {
    return this.#played.get(this.#plane?.played(wallTime()) ?? NO_RANGES);
  }

  get seeking(): boolean {
    return this.#plane?.seeking ?? false;
  }

  get ended(): boolean {
    return this.#plane?.ended ?? false;
  }

  get paused(): boolean {
    return this.#plane?.paused ?? this.#before.paused;
  }

  get duration(): number {
    return this.#plane?.duration ?? NaN;
  }

  get currentTime(): number {
    return this.#plane?.currentTime(wallTime()) ?? this.#before.defaultPlaybackStartPosition;
  }

  set currentTime(value: number) {
    if (this.#attachment) {
      this.#playback.showFrames();
      this.#attachment.call((plane) => plane.setCurrentTime(value, wallTime()));
    } else {
      this.#before.defaultPlaybackStartPosition = value;
    }
  }

  get playbackRate(): number {
    return this.#plane?.playbackRate ?? this.#before.playbackRate;
  }

  set playbackRate(value: number) {
    if (this.#attachment) {
      this.#attachment.call((plane) => plane.setPlaybackRate(value));
    } else if (playableRate(value) !== value) {
      throw domException("NotSupportedError", `HTMLMediaElement.playbackRate: ${value} cannot be played`);
    } else if (value !== this.#before.playbackRate) {
      this.#before.playbackRate = value;
      this.#queueEvent("ratechange");
    }
  }

  get defaultPlaybackRate(): number {
    return this.#plane?.defaultPlaybackRate ?? this.#before.defaultPlaybackRate;
  }

  set defaultPlaybackRate(value: number) {
    if (this.#attachment) {
      this.#attachment.call((plane) => plane.setDefaultPlaybackRate(value));
    } else if (playableRate(value) === value && value !== this.#before.defaultPlaybackRate) {
      this.#before.defaultPlaybackRate = value;
      this.#queueEvent("ratechange");
    }
  }

  get preservesPitch(): boolean {
    return this.#plane?.preservesPitch ?? this.#before.preservesPitch;
  }

  set preservesPitch(value: boolean) {
    this.#before.preservesPitch = value;
    this.#attachment?.call((plane) => plane.setPreservesPitch(value));
  }

  get muted(): boolean {
    return this.#playback.muted;
  }

  set muted(value: boolean) {
    this.#playback.muted = value;
  }

  get volume(): number {
    return this.#playback.volume;
  }

  set volume(value: number) {
    this.#playback.volume = value;
  }

  get videoWidth(): number {
    return this.#plane?.videoWidth ?? 0;
  }

  get videoHeight(): number {
    return this.#plane?.videoHeight ?? 0;
  }

  get statistics(): Statistics {
    const [decoded = 0, presented = 0, dropped = 0, videoBytes = 0, audioBytes = 0] = this.#plane?.statistics() ?? [];
    return { decoded, presented, dropped, videoBytes, audioBytes };
  }

  play(): Promise<void> {
    if (this.error?.code === MEDIA_ERR_SRC_NOT_SUPPORTED) {
      return Promise.reject(domException("NotSupportedError", this.error.message));
    }
    // Natively within the page's call, so that a user's gesture counts.
    const refusal = this.#playback.begin(() => this.#refuse());
    if (refusal) {
      return refusal;
    }
    return new Promise((resolve, reject) => {
      const pending: PendingPlay = { resolve, reject };
      const attachment = this.#attachment;
      if (attachment) {
        this.#wakeSound();
        this.#plays.set(
          attachment.call((plane) => plane.play(wallTime())),
          [pending],
        );
        return;
      }
      this.#before.plays.push(pending);
      if (this.#before.paused) {
        this.#before.paused = false;
        this.#queueEvent("play");
        this.#queueEvent("waiting");
      }
    });
  }

  pause(): void {
    if (this.#attachment) {
      this.#attachment.call((plane) => plane.pause(wallTime()));
    } else if (!this.#before.paused) {
      this.#before.paused = true;
      this.#queueEvent("timeupdate");
      this.#queueEvent("pause");
      this.#rejectBeforehand("AbortError", "The play() request was interrupted by a call to pause().");
    }
  }

  /** `audioTracks` and `videoTracks`. */
  get trackLists(): TrackLists {
    return trackListsOf(this.element);
  }

  /** New tracks of what is seen and heard, once it is known what that is. */
  captureTracks(): MediaStreamTrack[] {
    const { audio, video } = this.trackLists;
    const isKnown = this.readyState >= HAVE_METADATA;
    return (isKnown && this.#attachment?.link.capture(video.length > 0, audio.length > 0)) || [];
  }

  // ---- AttachmentListener --------------------------------------------------------------------------------------------

  elementTask(type: string): () => void {
    if (this.#replaying && ["play", "waiting", "ratechange"].includes(type)) {
      return () => undefined; // The page has heard of it already.
    }
    if (type === "seeking") {
      this.frames.seeking();
      this.#attachment?.link.awaitPicture();
      this.cues?.seeking();
    }
    if (type === "seeked") {
      this.cues?.update(); // What it tells comes first.
    }
    if (type === "loadeddata") {
      this.#soundSoon ??= setTimeout(() => this.#attachment?.link.prepareAudio(), SOUND_DELAY);
    }
    if (type === "mse-polyfill:decodeerror") {
      const message = this.#attachment?.plane.takeDecodeError();
      return () => {
        console.warn(`mse-polyfill: ${message}; playback goes on behind it`);
        this.element.dispatchEvent(new CustomEvent(type, { detail: { message } }));
      };
    }
    return () => {
      if (this.#closed) {
        return;
      }
      if (type === "loadedmetadata" || type === "playing") {
        beginCapture(this.element, () => this.captureTracks());
      }
      fire(this.element, type);
      if (type === "ended") {
        endCapture(this.element);
      }
      this.#showSought(type);
    };
  }

  /** Where a seek ends at the picture on show, nothing was written: who waits for a picture gets that one. */
  #showSought(type: string): void {
    if (type === "seeked" && this.frames.isSeekUnseen && awaitsFrame(this.element)) {
      this.#attachment?.link.refresh();
    }
  }

  playTask(id: number, error: string | undefined): () => void {
    const settle = () => {
      this.#settlements.delete(settle);
      const pending = this.#plays.get(id) ?? [];
      this.#plays.delete(id);
      for (const play of pending) {
        if (error === undefined) {
          play.resolve();
        } else {
          play.reject(domException(error, playRejections[error] ?? "The play() request failed."));
        }
      }
    };
    this.#settlements.add(settle);
    return settle;
  }

  changed(): void {
    this.cues?.update();
    // The engine began to play by itself: autoplay.
    if (this.#attachment && !this.#closed && !this.paused && this.#playback.previewing) {
      const refusal = this.#playback.begin(() => this.#refuse());
      if (refusal) {
        refusal.catch(() => undefined);
        this.#refuse();
      } else {
        this.#wakeSound();
      }
    }
  }

  failed(message: string): void {
    this.#lost = message;
    if (this.#plane?.readyState === "open") {
      this.#attachment?.endAsUndecodable();
    } else {
      this.#error ??= createMediaError(MEDIA_ERR_DECODE, message);
      this.#queueEvent("error");
    }
  }

  // ---- HTML § 4.8.11.5, resource selection ---------------------------------------------------------------------------

  get #plane(): ControlPlane | undefined {
    return this.#attachment?.plane;
  }

  /** The same, for what the source is asked for: nothing once its worker has ended. */
  get #sourcePlane(): ControlPlane | undefined {
    return this.#attachment?.hasLostSource ? undefined : this.#plane;
  }

  /** A stable state has been reached: the task that set the resource is over. */
  #selectResource(): void {
    if (this.#closed) {
      return;
    }
    this.#before.networkState = NETWORK_LOADING;
    this.#before.currentSrc = this.url;
    this.#queueEvent("loadstart");
    // MSE § 3.15.1, attaching step 1.
    const { source } = this;
    if (!(isMediaSource(source) ? claimMediaSource(source, this) : claimHandle(source))) {
      const reason = isMediaSource(source)
        ? "The MediaSource is attached to another element or not 'closed'."
        : "The MediaSourceHandle was transferred, or its MediaSource has been attached before.";
      this.#fail(reason);
      return;
    }
    this.#claimed = true;
    loadEngine().then(
      (engine) => queueTask(() => this.#open(engine)),
      (error: unknown) => this.#fail(`The engine could not be loaded: ${String(error)}`),
    );
  }

  #open(engine: Engine, earlier?: EarlierState): void {
    if (this.#closed) {
      return;
    }
    const { source } = this;
    let attachment: Attachment<DataPlaneLink>;
    try {
      attachment = isMediaSource(source) ? attachMediaSource(engine, source, this) : attachHandle(engine, source, this);
      if (earlier) {
        attachment.goOn(earlier);
      }
    } catch (error) {
      this.#fail(`The engine could not be started: ${String(error)}`);
      return;
    }
    const { paused, plays, defaultPlaybackStartPosition, ...rates } = this.#before;
    this.#attachment = attachment;
    attachment.link.showIn(this.element, () => this.seeking || this.readyState < HAVE_CURRENT_DATA);
    this.#playback.show(attachment.link.stream);
    this.onClose(soundIsOurs(this.element, () => attachment.link.divertSound()));
    this.#replaying = true;
    attachment.call((plane) => {
      plane.setDefaultPlaybackRate(rates.defaultPlaybackRate);
      plane.setPlaybackRate(rates.playbackRate);
      plane.setPreservesPitch(rates.preservesPitch);
      if (defaultPlaybackStartPosition !== 0) {
        plane.setCurrentTime(defaultPlaybackStartPosition, wallTime());
      }
    });
    this.#replaying = false;
    this.#attributesChanged();
    this.#volumeChanged();
    if (paused) {
      this.#playback.preview();
      return;
    }
    this.#wakeSound();
    this.#replaying = true;
    this.#plays.set(
      attachment.call((plane) => plane.play(wallTime())),
      plays,
    );
    this.#replaying = false;
    this.#before.plays = [];
    this.#playback.begin(() => this.#refuse())?.catch(() => this.#refuse());
  }

  #attributesChanged(): void {
    const { element } = this;
    this.#attachment?.call((plane) => {
      plane.setLoop(native().hasAttribute(element, "loop"));
      plane.setAutoplay(native().hasAttribute(element, "autoplay"), wallTime());
    });
  }

  /** For sound that goes around the element. A page that unmutes in a user's gesture may make it audible at last. */
  #volumeChanged(): void {
    if (!this.muted && !this.paused) {
      this.#wakeSound();
    } else {
      this.#setVolume();
    }
  }

  #setVolume(): void {
    this.#attachment?.link.setVolume(this.muted ? 0 : this.volume);
  }

  /** Playback begins. How loud it will be decides whether it waits for the sound. */
  #wakeSound(): void {
    this.#setVolume();
    this.#attachment?.link.resumeAudio();
  }

  /** The browser does not let the element play. */
  #refuse(): void {
    if (this.#closed) {
      return;
    }
    if (this.#attachment) {
      this.#attachment.call((plane) => plane.playRefused(wallTime()));
    } else if (!this.#before.paused) {
      this.#before.paused = true;
      this.#queueEvent("pause");
      this.#rejectBeforehand("NotAllowedError", playRejections["NotAllowedError"] ?? "");
    }
    this.#playback.preview();
  }

  /** HTML § 4.8.11.5, resource selection: the source cannot be had. */
  #fail(message: string): void {
    queueTask(() => {
      if (this.#closed) {
        return;
      }
      this.#before.networkState = NETWORK_NO_SOURCE;
      if (this.#candidate) {
        // The element waits for another candidate.
        fire(this.#candidate, "error");
        return;
      }
      this.#error = createMediaError(MEDIA_ERR_SRC_NOT_SUPPORTED, message);
      this.#playback.show(null);
      fire(this.element, "error");
      this.#rejectBeforehand("NotSupportedError", playRejections["NotSupportedError"] ?? "");
    });
  }

  #rejectBeforehand(name: string, message: string): void {
    const plays = this.#before.plays.splice(0);
    queueTask(() => plays.forEach((play) => play.reject(domException(name, message))));
  }

  #queueEvent(type: string): void {
    queueTask(() => this.#closed || fire(this.element, type));
  }
}

/** The nearest rate that the engine plays. Browsers differ in what they take before an element is attached. */
function playableRate(rate: number): number {
  return rate === 0 ? 0 : Math.min(Math.max(rate, 0.0625), 16);
}

const playRejections: Record<string, string> = {
  AbortError: "The play() request was interrupted.",
  NotAllowedError: "play() failed because the user didn't interact with the document first.",
  NotSupportedError: "The element has no supported sources.",
};

function createMediaError(code: number, message: string): MediaError {
  const prototype = (globalThis as { MediaError?: { prototype: object } }).MediaError?.prototype ?? Object.prototype;
  return Object.create(prototype, {
    code: { value: code, enumerable: true, configurable: true },
    message: { value: message, enumerable: true, configurable: true },
  }) as MediaError;
}
