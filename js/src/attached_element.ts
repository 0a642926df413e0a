import { attachMediaSource } from "./attachment";
import type { Attachment, AttachmentListener, EarlierState } from "./attachment";
import { Beforehand } from "./beforehand";
import type { GoneOn, TakenOver } from "./beforehand";
import { beginCapture, endCapture } from "./captured_streams";
import { soundIsOurs } from "./element_sound";
import { awaitsFrame, ShownFrames } from "./frame_callbacks";
import { ElementAttributes } from "./element_attributes";
import type { ControlsAttribute } from "./element_controls";
import { HAVE_CURRENT_DATA, HAVE_METADATA, NETWORK_LOADING, NETWORK_NO_SOURCE } from "./element_states";
import { domException } from "./errors";
import { offerInspection } from "./inspected";
import { loadEngine } from "./load_engine";
import type { Engine } from "./load_engine";
import type { DataPlaneLink } from "./link";
import { createMediaError, MEDIA_ERR_DECODE, MEDIA_ERR_SRC_NOT_SUPPORTED } from "./media_error";
import { claimMediaSource, closeMediaSource, isMediaSource } from "./media_source";
import type { MediaSource } from "./media_source";
import { MediaKeys } from "./media_keys";
import { claimHandle, mediaSourceHandleState } from "./media_source_handle";
import type { MediaSourceHandle } from "./media_source_handle";
import { native } from "./native_element";
import { filterNativeEvents } from "./native_events";
import { NativePlayback } from "./native_playback";
import { PlayPromises, rejectPlays } from "./play_promises";
import type { PendingPlay } from "./play_promises";
import { withSeldom } from "./seldom_soon";
import type { Seldom } from "./seldom_soon";
import { LIBRARY } from "./source_handles";
import { TextCues } from "./text_cues";
import { fire, queueTask, wallTime } from "./tasks";

/**
 * How long after the first picture, in milliseconds, sound is made ready for a paused element: to begin with it takes as
 * long as the picture itself.
 */
const SOUND_DELAY = 100;

/** What an element is to play. */
export interface Resource {
  source: MediaSource | MediaSourceHandle;
  /** As `currentSrc` reads; empty for what was set as `srcObject`. */
  url: string;
  /** The `<source>` that named it. */
  candidate?: HTMLSourceElement;
}

/** What an element takes over that the browser attached its source to. */
export interface Handover extends GoneOn {
  engine: Engine;
  source: EarlierState;
}

const attachedElements = /* @__PURE__ */ new WeakMap<HTMLMediaElement, AttachedElement>();

/** The attachment of the element, from the moment that the element's resource was set until another is set. */
export function attachedElement(element: HTMLMediaElement): AttachedElement | undefined {
  return attachedElements.get(element);
}

/**
 * A media element whose resource is one of our MediaSources: what its members do while natively it plays a stream.
 * HTML § 4.8.11, with the engine's element state machine behind it as soon as the source is open.
 */
export class AttachedElement extends ElementAttributes implements AttachmentListener {
  readonly element: HTMLMediaElement;
  readonly source: MediaSource | MediaSourceHandle;
  /** Empty for what was set as `srcObject`. */
  readonly url: string;
  /** The `<source>` that named it. */
  readonly candidate: HTMLSourceElement | undefined;
  /** The candidate has failed and has been told: there may be another. */
  candidateFailed: () => void = () => undefined;
  protected readonly playback: NativePlayback;
  protected before: Beforehand;
  readonly #plays = new PlayPromises();
  readonly #cleanups: (() => void)[] = [];
  /** For `requestVideoFrameCallback`. */
  readonly frames = new ShownFrames((metadata) => this.attachment?.link.video.mediaTime(metadata) ?? metadata.mediaTime);
  /** Of `textTracks`. */
  readonly cues: TextCues | undefined;
  readonly #keys = new MediaKeys(this);
  #claimed = false;
  #closed = false;
  /** Closed for the next candidate: what is queued still reaches the page. */
  #goesOn = false;
  #awaitsCandidate = false;
  #replaying = false;
  #soundSoon: ReturnType<typeof setTimeout> | undefined;

  /**
   * Takes the element over and selects the source as its resource, asynchronously as HTML § 4.8.11.5 has it; or goes on
   * with a source that is open, at once. `goneOn` where the page has heard of the loading already.
   */
  constructor(
    element: HTMLMediaElement,
    { source, url, candidate }: Resource,
    takenOver: TakenOver,
    goneOn?: GoneOn | Handover,
  ) {
    super();
    this.element = element;
    this.source = source;
    this.url = url;
    this.candidate = candidate;
    this.before = new Beforehand(takenOver, goneOn, (type) => this.#queueEvent(type));
    attachedElements.set(element, this);
    if (typeof TextTrackCue !== "undefined") {
      const cues = (this.cues = new TextCues(this));
      this.onClose(() => cues.close());
    }
    this.playback = new NativePlayback(element, {
      paused: () => this.paused,
      play: () => void this.play().catch(() => undefined),
      pause: () => this.pause(),
      refresh: () => this.attachment?.link.refresh(),
      showLost: () => this.attachment?.link.showLost(),
      queueEvent: (type) => this.#queueEvent(type),
    });
    this.onClose(filterNativeEvents(element, (type) => this.playback.filter(type)));
    this.playback.show(new MediaStream());
    const attributes = new MutationObserver(() => this.#attributesChanged());
    attributes.observe(element, { attributeFilter: ["loop", "autoplay"] });
    this.onClose(() => attributes.disconnect());
    const volumeChanged = () => this.#volumeChanged();
    element.addEventListener("volumechange", volumeChanged);
    this.onClose(() => element.removeEventListener("volumechange", volumeChanged));
    if (goneOn && "engine" in goneOn) {
      this.#claimed = isMediaSource(source) && claimMediaSource(source, this);
      this.#open(goneOn.engine, goneOn.source);
    } else {
      queueMicrotask(() => this.#selectResource(goneOn === undefined));
    }
  }

  /** The `controls` attribute is in the hands of `controls` from now on. */
  takeControls(controls: ControlsAttribute): void {
    this.controlsAttribute = controls;
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
      const plays = this.#takePlays();
      this.#closeSource();
      rejectPlays(plays, "AbortError", "The play() request was interrupted by a new load request.");
      endCapture(this.element);
      this.#keys.close();
      this.#cleanups.forEach((cleanup) => cleanup());
      attachedElements.delete(this.element);
      this.playback.close();
      native().preservesPitch.set(this.element, preservesPitch);
    }
    return { paused: true, currentSrc, playbackRate, defaultPlaybackRate, preservesPitch };
  }

  /** The same for the next candidate: the element is not reset, and who waits to play goes on waiting. */
  closeForNext(): [TakenOver, GoneOn] {
    const { paused, currentTime } = this;
    const plays = this.#takePlays();
    this.#goesOn = true;
    return [{ ...this.close(), paused }, { defaultPlaybackStartPosition: currentTime, plays }];
  }

  /** HTML § 4.8.11.5, resource selection, "waiting": nothing but another candidate gives the element a resource. */
  awaitCandidate(): void {
    const { paused, currentSrc, playbackRate, defaultPlaybackRate, preservesPitch, currentTime } = this;
    const goneOn = { defaultPlaybackStartPosition: currentTime, plays: this.#takePlays() };
    const takenOver = { paused, currentSrc, playbackRate, defaultPlaybackRate, preservesPitch };
    this.before = new Beforehand(takenOver, goneOn, (type) => this.#queueEvent(type));
    this.before.networkState = NETWORK_NO_SOURCE;
    this.#awaitsCandidate = true;
    this.#closeSource();
    this.playback.show(new MediaStream());
  }

  get awaitsCandidate(): boolean {
    return this.#awaitsCandidate;
  }

  #takePlays(): PendingPlay[] {
    return [...this.before.plays.splice(0), ...this.#plays.takeAll()];
  }

  #closeSource(): void {
    if (this.attachment) {
      this.attachment.close();
      this.attachment = undefined;
    } else if (this.#claimed && isMediaSource(this.source)) {
      closeMediaSource(this.source, this);
    }
    this.#claimed = false;
  }

  // ---- HTMLMediaElement: what is done --------------------------------------------------------------------------------

  play(): Promise<void> {
    if (this.error?.code === MEDIA_ERR_SRC_NOT_SUPPORTED) {
      return Promise.reject(domException("NotSupportedError", this.error.message));
    }
    // Natively within the page's call, so that a user's gesture counts.
    const refusal = this.playback.begin(() => this.#refuse());
    if (refusal) {
      return refusal;
    }
    return new Promise((resolve, reject) => {
      const pending: PendingPlay = { resolve, reject };
      const attachment = this.attachment;
      if (attachment) {
        this.#wakeSound();
        this.#plays.add(
          attachment.call((plane) => plane.play(wallTime())),
          [pending],
        );
      } else {
        this.before.play(pending);
      }
    });
  }

  pause(): void {
    if (this.attachment) {
      this.attachment.call((plane) => plane.pause(wallTime()));
    } else {
      this.before.pause();
    }
  }

  /** New tracks of what is seen and heard, once it is known what that is. */
  captureTracks(): MediaStreamTrack[] {
    const { audio, video } = this.trackLists;
    const isKnown = this.readyState >= HAVE_METADATA;
    return (isKnown && this.attachment?.link.capture(video.length > 0, audio.length > 0)) || [];
  }

  // ---- AttachmentListener --------------------------------------------------------------------------------------------

  elementTask(type: string): () => void {
    if (this.#replaying && ["play", "waiting", "ratechange"].includes(type)) {
      return () => undefined; // The page has heard of it already.
    }
    if (type === "seeking") {
      this.frames.seeking();
      this.attachment?.link.video.awaitPicture();
      this.cues?.seeking();
    }
    if (type === "seeked") {
      this.cues?.update(); // What it tells comes first.
    }
    if (type === "loadeddata") {
      this.#soundSoon ??= setTimeout(() => this.attachment?.link.audio.prepare(), SOUND_DELAY);
    }
    if (type === "mse-polyfill:candidateerror") {
      return () => this.#failCandidate();
    }
    if (type === "mse-polyfill:decodeerror") {
      const message = this.attachment?.plane.takeDecodeError();
      return () => {
        console.warn(`mse-polyfill: ${message}; playback goes on behind it`);
        this.element.dispatchEvent(new CustomEvent(type, { detail: { message } }));
      };
    }
    return () => {
      if (this.#closed && !this.#goesOn) {
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
      if (type !== "play") {
        this.#keys.update(); // The first picture does not wait for it.
      }
    };
  }

  /** Where a seek ends at the picture on show, nothing was written: who waits for a picture gets that one. */
  #showSought(type: string): void {
    if (type === "seeked" && this.frames.isSeekUnseen && awaitsFrame(this.element)) {
      this.attachment?.link.refresh();
    }
  }

  playTask(id: number, error: string | undefined): () => void {
    return this.#plays.task(id, error);
  }

  changed(): void {
    this.cues?.update();
    // The engine began to play by itself: autoplay.
    if (this.attachment && !this.#closed && !this.paused && this.playback.previewing) {
      const refusal = this.playback.begin(() => this.#refuse());
      if (refusal) {
        refusal.catch(() => undefined);
        this.#refuse();
      } else {
        this.#wakeSound();
      }
    }
  }

  failed(message: string): void {
    this.lost = message;
    if (this.plane?.readyState() === "open") {
      this.attachment?.endAsUndecodable();
    } else {
      this.failure ??= createMediaError(MEDIA_ERR_DECODE, message);
      this.#queueEvent("error");
    }
  }

  // ---- HTML § 4.8.11.5, resource selection ---------------------------------------------------------------------------

  /** A stable state has been reached: the task that set the resource is over. */
  #selectResource(isFirst: boolean): void {
    if (this.#closed) {
      return;
    }
    this.cues?.update();
    this.before.networkState = NETWORK_LOADING;
    this.before.currentSrc = this.url;
    if (isFirst) {
      this.#queueEvent("loadstart");
    }
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
    const failed = (error: unknown) => this.#fail(`The engine could not be loaded: ${String(error)}`);
    loadEngine().then((engine) => {
      if (isMediaSource(source)) {
        queueTask(() => this.#open(engine));
      } else {
        withSeldom((seldom) => queueTask(() => this.#open(engine, undefined, seldom)), failed);
      }
    }, failed);
  }

  /** `seldom` where the source is behind a handle. */
  #open(engine: Engine, earlier?: EarlierState, seldom?: Seldom): void {
    if (this.#closed) {
      return;
    }
    const { source } = this;
    let attachment: Attachment<DataPlaneLink>;
    try {
      attachment = isMediaSource(source)
        ? attachMediaSource(engine, source, this)
        : seldom!.attachHandle(engine, mediaSourceHandleState(source), this, LIBRARY);
      if (earlier) {
        attachment.goOn(earlier);
      }
    } catch (error) {
      this.#fail(`The engine could not be started: ${String(error)}`);
      return;
    }
    const { paused, plays, defaultPlaybackStartPosition, playbackRate, defaultPlaybackRate, preservesPitch } = this.before;
    this.attachment = attachment;
    attachment.link.showIn(this.element, () => this.seeking || this.readyState < HAVE_CURRENT_DATA);
    this.playback.show(attachment.link.video.stream);
    this.onClose(soundIsOurs(this.element, () => attachment.link.audio.divert()));
    const inspected = { source: isMediaSource(source) ? source : undefined, ask: attachment.link.inspect.bind(attachment.link) };
    this.onClose(offerInspection(this.element, inspected));
    this.#replaying = true;
    attachment.call((plane) => {
      if (this.candidate) {
        plane.setCandidate();
      }
      plane.setDefaultPlaybackRate(defaultPlaybackRate);
      plane.setPlaybackRate(playbackRate);
      plane.setPreservesPitch(preservesPitch);
      if (defaultPlaybackStartPosition !== 0) {
        plane.setCurrentTime(defaultPlaybackStartPosition, wallTime());
      }
    });
    this.#replaying = false;
    this.#attributesChanged();
    this.#volumeChanged();
    if (paused) {
      this.playback.preview();
      return;
    }
    this.#wakeSound();
    this.#replaying = true;
    this.#plays.add(
      attachment.call((plane) => plane.play(wallTime())),
      plays,
    );
    this.#replaying = false;
    this.before.plays = [];
    this.playback.begin(() => this.#refuse())?.catch(() => this.#refuse());
  }

  #attributesChanged(): void {
    const { element } = this;
    this.attachment?.call((plane) => {
      plane.setLoop(native().hasAttribute(element, "loop"));
      plane.setAutoplay(native().hasAttribute(element, "autoplay"));
    });
  }

  /** For sound that goes around the element. A page that unmutes in a user's gesture may make it audible at last. */
  #volumeChanged(): void {
    this.#keys.update();
    if (!this.muted && !this.paused) {
      this.#wakeSound();
    } else {
      this.#setVolume();
    }
  }

  #setVolume(): void {
    this.attachment?.link.audio.setVolume(this.muted ? 0 : this.volume);
  }

  /** Playback begins. How loud it will be decides whether it waits for the sound. */
  #wakeSound(): void {
    this.#setVolume();
    this.attachment?.link.audio.resume();
  }

  /** The browser does not let the element play. */
  #refuse(): void {
    if (this.#closed) {
      return;
    }
    if (this.attachment) {
      this.attachment.call((plane) => plane.playRefused(wallTime()));
    } else {
      this.before.refuse();
    }
    this.playback.preview();
  }

  /** HTML § 4.8.11.5, resource selection: the source cannot be had. */
  #fail(message: string): void {
    queueTask(() => {
      if (this.candidate) {
        this.#failCandidate();
      } else if (!this.#closed) {
        this.before.networkState = NETWORK_NO_SOURCE;
        this.failure = createMediaError(MEDIA_ERR_SRC_NOT_SUPPORTED, message);
        this.playback.show(null);
        fire(this.element, "error");
        this.before.reject("NotSupportedError");
      }
    });
  }

  /** The same, "failed with elements". */
  #failCandidate(): void {
    if (!this.#closed && !this.#awaitsCandidate && this.candidate) {
      fire(this.candidate, "error");
      if (!this.#closed) {
        this.candidateFailed();
      }
    }
  }

  #queueEvent(type: string): void {
    queueTask(() => (this.#closed && !this.#goesOn) || fire(this.element, type));
  }
}
