/**
 * Media keys, and the system's controls of what plays. Browsers offer them no element that plays a MediaStream. So while an
 * attached element is heard, a clip that is not plays beside it: what the browser does to the clip is done to the element,
 * and the handlers that a page gives `navigator.mediaSession` are called as ever. What depends on the media's time is told by
 * `navigator.mediaSession`, as far as the page does not tell it; with `attach()` alone, which touches nothing of the page's, by
 * a clip as long as the media, which goes along with it.
 */

import { native } from "./native_element";

/** What is asked of an attached element. */
export interface KeyedElement {
  readonly element: HTMLMediaElement;
  readonly paused: boolean;
  readonly ended: boolean;
  readonly muted: boolean;
  readonly volume: number;
  readonly duration: number;
  readonly playbackRate: number;
  currentTime: number;
  readonly hasSound: boolean;
  play(): Promise<void>;
  pause(): void;
}

/** Browsers offer nothing that is shorter, in seconds: it is a signal and no media. */
const SHORTEST = 5;
/** Of the clip that goes round, or of a part of a longer one: its length in seconds; and samples a second. */
const CLIP_SECONDS = 6;
const CLIP_RATE = 8_000;
/** Nobody hears what does not change; but Firefox takes what is below -72 dB for silence, and silence for nothing to control. */
const CLIP_LEVEL = 12;
/** How far keys seek, in seconds, where the browser does not say. */
const SEEK_OFFSET = 10;

/** The longest clip that goes along with the media, in seconds: a WAVE file has no more than 4 GB. */
const LONGEST = 100_000;
/** So far, in seconds, the clip may be from the media. */
const TOLERANCE = 0.5;

let clipUrl: string | undefined;
let part: Blob | undefined;

/** A WAVE file of one channel of 16 bits. Its parts are one and the same blob, so that hours take no more memory. */
function createClip(seconds: number): Blob {
  const bytes = 2 * Math.round(seconds * CLIP_RATE);
  // "RIFF", what follows, "WAVE", "fmt ", 16 bytes of format, "data" and its length; in the order of bytes of all browsers.
  const header = Uint32Array.of(
    0x4646_4952, 36 + bytes, 0x4556_4157,
    0x2074_6d66, 16, 0x1_0001, CLIP_RATE, 2 * CLIP_RATE, 0x10_0002,
    0x6174_6164, bytes,
  );
  part ??= new Blob([new Int16Array(CLIP_SECONDS * CLIP_RATE).fill(CLIP_LEVEL)]);
  const parts = new Array<Blob>(Math.floor(bytes / part.size)).fill(part);
  return new Blob([header, ...parts, part.slice(0, bytes % part.size)], { type: "audio/wav" });
}

/** Plays the clip for one element. */
export class MediaKeys {
  readonly #owner: KeyedElement;
  #clip: HTMLAudioElement | undefined;
  /** Whether the clip is to play. */
  #plays = false;
  /** Of the clip, where it goes along with the media. */
  #length = 0;
  #sought = 0;
  #url = "";

  constructor(owner: KeyedElement) {
    this.#owner = owner;
  }

  /** The element's state has changed. */
  update(): void {
    const { paused, ended, muted, volume, duration, hasSound } = this.#owner;
    if (!hasSound || duration < SHORTEST) {
      this.close();
      return;
    }
    this.#plays = !paused && !ended;
    // What was heard and is muted later is still offered.
    if (this.#plays && (this.#clip || (!muted && volume > 0))) {
      this.#clip ??= this.#createClip();
      lastHeard = this.#owner;
    }
    const clip = this.#clip;
    if (clip && !session) {
      this.#goAlong(clip);
    }
    if (clip && native().paused(clip) === this.#plays) {
      if (this.#plays) {
        native().play(clip).catch(() => undefined);
      } else {
        native().pause(clip);
      }
    }
    tellPosition();
  }

  close(): void {
    this.#plays = false;
    if (this.#clip) {
      native().pause(this.#clip);
      native().removeAttribute(this.#clip, "src");
      native().load(this.#clip);
      this.#clip = undefined;
      this.#length = 0;
      URL.revokeObjectURL(this.#url);
    }
    if (lastHeard === this.#owner) {
      lastHeard = undefined;
      tellPosition();
    }
  }

  /** Where nothing is told of the position: the browser shows the clip's, and seeks it. */
  #goAlong(clip: HTMLAudioElement): void {
    const { duration, currentTime, playbackRate } = this.#owner;
    if (this.#plays && this.#length !== duration && duration < LONGEST && native().paused(clip)) {
      this.#length = duration;
      clip.loop = false;
      URL.revokeObjectURL(this.#url);
      native().setAttribute(clip, "src", (this.#url = URL.createObjectURL(createClip(duration))));
    }
    if (this.#length) {
      if (!clip.seeking && Math.abs(clip.currentTime - currentTime) > TOLERANCE) {
        clip.currentTime = this.#sought = currentTime;
      }
      clip.playbackRate = playbackRate;
    }
  }

  #createClip(): HTMLAudioElement {
    const clip = this.#owner.element.ownerDocument.createElement("audio");
    clip.loop = true;
    native().setAttribute(clip, "src", (clipUrl ??= URL.createObjectURL(createClip(CLIP_SECONDS))));
    clip.addEventListener("seeking", () => {
      if (this.#length && Math.abs(clip.currentTime - this.#sought) > TOLERANCE / 10) {
        this.#owner.currentTime = clip.currentTime;
      }
    });
    clip.addEventListener("seeked", () => clip === this.#clip && this.update());
    const follow = () => {
      const isPaused = native().paused(clip);
      if (clip !== this.#clip || isPaused !== this.#plays || clip.ended) {
        return;
      }
      if (isPaused) {
        this.#owner.pause();
      } else {
        this.#owner.play().catch(() => this.update());
      }
    };
    clip.addEventListener("play", follow);
    clip.addEventListener("pause", follow);
    return clip;
  }
}

// ---- navigator.mediaSession ------------------------------------------------------------------------------------------

type SetActionHandler = MediaSession["setActionHandler"];

/** The element that keys act upon: of several, the one that began last. */
let lastHeard: KeyedElement | undefined;
/** The browser's own methods, while the page's calls of them are noticed. */
let session: { setActionHandler: SetActionHandler; setPositionState: MediaSession["setPositionState"] } | undefined;
/** Actions that the page handles. */
const ofPage = /* @__PURE__ */ new Set<string>();
let isPositionOfPage = false;
let hasActions = false;
/** What was told of the position last; the browser goes on from there. */
let told = "";

const ACTIONS: Partial<Record<MediaSessionAction, (owner: KeyedElement, details: MediaSessionActionDetails) => number>> = {
  seekto: ({ currentTime }, { seekTime }) => seekTime ?? currentTime,
  seekbackward: ({ currentTime }, { seekOffset }) => Math.max(0, currentTime - (seekOffset ?? SEEK_OFFSET)),
  seekforward: ({ currentTime }, { seekOffset }) => currentTime + (seekOffset ?? SEEK_OFFSET),
};

function setAction(action: MediaSessionAction, on: boolean): void {
  const target = ACTIONS[action];
  if (!session || !target || ofPage.has(action)) {
    return;
  }
  const handler: MediaSessionActionHandler = (details) => {
    if (lastHeard) {
      lastHeard.currentTime = target(lastHeard, details);
    }
  };
  try {
    session.setActionHandler.call(navigator.mediaSession, action, on ? handler : null);
  } catch {
    // A browser need not know every action.
  }
}

function setActions(on: boolean): void {
  if (hasActions !== on) {
    hasActions = on;
    Object.keys(ACTIONS).forEach((action) => setAction(action as MediaSessionAction, on));
  }
}

function tellPosition(): void {
  setActions(lastHeard !== undefined);
  if (!session || isPositionOfPage) {
    return;
  }
  const { duration, playbackRate, currentTime, paused } = lastHeard ?? {};
  const state = duration === undefined || Number.isNaN(duration) ? undefined
    : { duration, playbackRate: playbackRate || 1, position: Math.min(currentTime ?? 0, duration) };
  const telling = state ? JSON.stringify([duration, playbackRate, paused, Math.round(originOf(state, paused))]) : "";
  if (telling === told) {
    return;
  }
  told = telling;
  try {
    session.setPositionState.call(navigator.mediaSession, state);
  } catch {
    // Not every browser takes a stream without an end.
  }
}

/** Where playback would have begun, by wall time: the same as long as the browser finds the position by itself. */
function originOf({ position, playbackRate }: { position: number; playbackRate: number }, isPaused = false): number {
  return position - (isPaused ? 0 : (performance.now() / 1_000) * playbackRate);
}

/** Notices what the page tells `navigator.mediaSession`, to tell it the rest. Returns how to stop. */
export function guardSession(replaceMethod: (holder: object, name: string, value: (...args: never[]) => unknown) => void): () => void {
  const { MediaSession } = globalThis as { MediaSession?: { prototype: MediaSession } };
  if (!MediaSession) {
    return () => undefined;
  }
  const { setActionHandler, setPositionState } = MediaSession.prototype;
  session = { setActionHandler, setPositionState };
  replaceMethod(MediaSession.prototype, "setActionHandler", function (this: MediaSession, ...args: Parameters<SetActionHandler>) {
    setActionHandler.apply(this, args);
    const [action, handler] = args;
    if (handler) {
      ofPage.add(action);
    } else if (ofPage.delete(action)) {
      setAction(action, hasActions);
    }
  });
  replaceMethod(MediaSession.prototype, "setPositionState", function (this: MediaSession, ...args: [state?: MediaPositionState]) {
    setPositionState.apply(this, args);
    isPositionOfPage = args[0] !== undefined && Object.keys(args[0] ?? {}).length > 0;
    told = "";
    tellPosition();
  });
  return () => {
    setActions(false);
    session = undefined;
    told = "";
  };
}
