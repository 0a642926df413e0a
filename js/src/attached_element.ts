import { Attachment } from "./attachment";
import type { AttachmentListener } from "./attachment";
import { soundIsOurs } from "./element_sound";
import type { ControlPlane } from "./engine";
import { domException } from "./errors";
import { loadEngine } from "./load_engine";
import type { Engine } from "./load_engine";
import { claimMediaSource, closeMediaSource } from "./media_source";
import type { MediaSource } from "./media_source";
import { trackListsOf } from "./media_tracks";
import type { TrackLists } from "./media_tracks";
import { native } from "./native_element";
import { filterNativeEvents } from "./native_events";
import { NativePlayback } from "./native_playback";
import { fire, queueTask, wallTime } from "./tasks";
import { NO_RANGES, TimeRangesCache } from "./time_ranges";

/** `HTMLMediaElement.networkState`. */
const NETWORK_LOADING = 2;
const NETWORK_NO_SOURCE = 3;

/** `MediaError.code`. */
const MEDIA_ERR_DECODE = 3;
const MEDIA_ERR_SRC_NOT_SUPPORTED = 4;

/**
 * How long after the first picture, in milliseconds, sound is made ready for a paused element: to begin with it takes as
 * long as the picture itself.
 */
const SOUND_DELAY = 100;

interface PendingPlay {
  resolve(): void;
  reject(error: DOMException): void;
}

/** What the page did to the element before there was an engine to tell. */
interface Beforehand {
  paused: boolean;
  networkState: number;
  defaultPlaybackStartPosition: number;
  playbackRate: number;
  defaultPlaybackRate: number;
  preservesPitch: boolean;
  plays: PendingPlay[];
}

/** What a new attachment takes over of the element's state. */
export interface TakenOver {
  paused: boolean;
  playbackRate: number;
  defaultPlaybackRate: number;
  preservesPitch: boolean;
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
  readonly source: MediaSource;
  /** `currentSrc`; empty for a source that was set as `srcObject`. */
  readonly url: string;
  readonly #playback: NativePlayback;
  readonly #before: Beforehand;
  readonly #plays = new Map<number, PendingPlay[]>();
  readonly #cleanups: (() => void)[] = [];
  readonly #buffered = new TimeRangesCache();
  readonly #seekable = new TimeRangesCache();
  readonly #played = new TimeRangesCache();
  #attachment: Attachment | undefined;
  #claimed = false;
  #closed = false;
  #error: MediaError | null = null;
  #replayingPlay = false;
  #soundSoon: ReturnType<typeof setTimeout> | undefined;

  /** Takes the element over and selects the source as its resource, asynchronously as HTML § 4.8.11.5 has it. */
  constructor(element: HTMLMediaElement, source: MediaSource, url: string, takenOver: TakenOver) {
    this.element = element;
    this.source = source;
    this.url = url;
    this.#before = {
      ...takenOver,
      playbackRate: takenOver.defaultPlaybackRate,
      networkState: NETWORK_NO_SOURCE,
      defaultPlaybackStartPosition: 0,
      plays: [],
    };
    attachedElements.set(element, this);
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
    queueMicrotask(() => this.#selectResource());
  }

  /** Has `cleanup` run when the element is given up. */
  onClose(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  /** Gives the element up: the source is closed, the element's own members come back. The stream is left to the caller. */
  close(): TakenOver {
    const { playbackRate, defaultPlaybackRate, preservesPitch } = this;
    if (!this.#closed) {
      this.#closed = true;
      if (this.#attachment) {
        this.#attachment.close();
        this.#attachment = undefined;
      } else if (this.#claimed) {
        closeMediaSource(this.source);
      }
      const plays = [...this.#before.plays, ...[...this.#plays.values()].flat()];
      queueTask(() => plays.forEach((play) => play.reject(domException("AbortError", "A new load was requested."))));
      this.#plays.clear();
      this.#cleanups.forEach((cleanup) => cleanup());
      attachedElements.delete(this.element);
      this.#playback.close();
      native().defaultPlaybackRate.set(this.element, defaultPlaybackRate);
      native().preservesPitch.set(this.element, preservesPitch);
    }
    return { paused: true, playbackRate, defaultPlaybackRate, preservesPitch };
  }

  // ---- HTMLMediaElement ----------------------------------------------------------------------------------------------

  get error(): MediaError | null {
    const plane = this.#plane;
    if (!this.#error && plane && plane.errorCode !== 0) {
      this.#error = createMediaError(plane.errorCode, plane.errorMessage || (this.#attachment?.lastAppendError() ?? ""));
    }
    return this.#error;
  }

  get networkState(): number {
    return this.#error ? this.#before.networkState : (this.#plane?.networkState ?? this.#before.networkState);
  }

  get readyState(): number {
    return this.#plane?.elementReadyState ?? 0;
  }

  get buffered(): TimeRanges {
    return this.#buffered.get(this.#plane?.elementBuffered() ?? NO_RANGES);
  }

  get seekable(): TimeRanges {
    return this.#seekable.get(this.#plane?.seekable() ?? NO_RANGES);
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
    } else if (value !== this.#before.defaultPlaybackRate) {
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

  get videoWidth(): number {
    return this.#plane?.videoWidth ?? 0;
  }

  get videoHeight(): number {
    return this.#plane?.videoHeight ?? 0;
  }

  get totalVideoFrames(): number {
    return this.#plane?.totalVideoFrames ?? 0;
  }

  get droppedVideoFrames(): number {
    return this.#plane?.droppedVideoFrames ?? 0;
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

  // ---- AttachmentListener --------------------------------------------------------------------------------------------

  elementTask(type: string): () => void {
    if (this.#replayingPlay && (type === "play" || type === "waiting")) {
      return () => undefined; // The page has heard of it already.
    }
    if (type === "loadeddata") {
      this.#soundSoon ??= setTimeout(() => this.#attachment?.link.prepareAudio(), SOUND_DELAY);
    }
    return () => this.#closed || fire(this.element, type);
  }

  playSettled(id: number, error: string | undefined): void {
    const pending = this.#plays.get(id) ?? [];
    this.#plays.delete(id);
    for (const play of pending) {
      if (error === undefined) {
        play.resolve();
      } else {
        play.reject(domException(error, playRejections[error] ?? "The play() request failed."));
      }
    }
  }

  changed(): void {
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
    this.#fail(this.readyState === 0 ? MEDIA_ERR_SRC_NOT_SUPPORTED : MEDIA_ERR_DECODE, message);
  }

  // ---- HTML § 4.8.11.5, resource selection ---------------------------------------------------------------------------

  get #plane(): ControlPlane | undefined {
    return this.#attachment?.plane;
  }

  /** A stable state has been reached: the task that set the resource is over. */
  #selectResource(): void {
    if (this.#closed) {
      return;
    }
    this.#before.networkState = NETWORK_LOADING;
    this.#queueEvent("loadstart");
    // MSE § 3.15.1, attaching step 1.
    if (!claimMediaSource(this.source)) {
      this.#fail(MEDIA_ERR_SRC_NOT_SUPPORTED, "The MediaSource is attached to another element or not 'closed'.");
      return;
    }
    this.#claimed = true;
    loadEngine().then(
      (engine) => queueTask(() => this.#open(engine)),
      (error: unknown) => this.#fail(MEDIA_ERR_SRC_NOT_SUPPORTED, `The engine could not be loaded: ${String(error)}`),
    );
  }

  #open(engine: Engine): void {
    if (this.#closed) {
      return;
    }
    let attachment: Attachment;
    try {
      attachment = new Attachment(engine, this.source, this);
    } catch (error) {
      this.#fail(MEDIA_ERR_SRC_NOT_SUPPORTED, `The engine could not be started: ${String(error)}`);
      return;
    }
    const { paused, plays, defaultPlaybackStartPosition, ...rates } = this.#before;
    this.#attachment = attachment;
    this.#playback.show(attachment.link.stream);
    this.onClose(soundIsOurs(this.element, () => attachment.link.divertSound()));
    attachment.call((plane) => {
      plane.setDefaultPlaybackRate(rates.defaultPlaybackRate);
      plane.setPlaybackRate(rates.playbackRate);
      plane.setPreservesPitch(rates.preservesPitch);
      if (defaultPlaybackStartPosition !== 0) {
        plane.setCurrentTime(defaultPlaybackStartPosition, wallTime());
      }
    });
    this.#attributesChanged();
    this.#volumeChanged();
    if (paused) {
      this.#playback.preview();
      return;
    }
    this.#wakeSound();
    this.#replayingPlay = true;
    this.#plays.set(
      attachment.call((plane) => plane.play(wallTime())),
      plays,
    );
    this.#replayingPlay = false;
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
    this.#attachment?.link.setVolume(this.muted ? 0 : this.element.volume);
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

  /** The media data cannot be fetched, or can no longer be decoded. */
  #fail(code: number, message: string): void {
    queueTask(() => {
      if (this.#closed || this.#error) {
        return;
      }
      this.#error = createMediaError(code, message);
      this.#before.networkState = NETWORK_NO_SOURCE;
      this.#playback.show(null);
      fire(this.element, "error");
      this.#rejectBeforehand("NotSupportedError", message);
      [...this.#plays.keys()].forEach((id) => this.playSettled(id, "NotSupportedError"));
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
