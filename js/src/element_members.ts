import { alike } from "./alike";
import { attachedElement } from "./attached_element";
import type { AttachedElement } from "./attached_element";
import { capturing } from "./captured_streams";
import { frameCallbacks } from "./frame_callbacks";
import type { MediaSource } from "./media_source";
import type { MediaSourceHandle } from "./media_source_handle";
import { native } from "./native_element";
import { requireArguments, toDouble } from "./webidl";

/** The ways by which an element gets another resource. */
export interface ResourceSetters {
  /** `setNatively` does to the attribute what the page asked for. */
  setSrc(element: HTMLMediaElement, url: string, setNatively: () => void): void;
  setSrcObject(element: HTMLMediaElement, object: MediaProvider | MediaSource | MediaSourceHandle | null): void;
  load(element: HTMLMediaElement): void;
  /** `change` does natively what may give the element another src attribute. */
  changeSrc<T>(element: HTMLMediaElement, change: () => T): T;
  /** The element may have got a resource of ours natively. */
  lookAgain(element: HTMLMediaElement): void;
  /** `play` is what `element` does when it is asked to. */
  play(element: HTMLMediaElement, play: () => Promise<void>): Promise<void>;
}

type Method = (this: HTMLMediaElement, ...args: never[]) => unknown;

/** What an attached element answers; every other element is asked natively. */
interface Answer {
  get?(attached: AttachedElement): unknown;
  set?(attached: AttachedElement, value: unknown): void;
  call?(attached: AttachedElement, args: unknown[]): unknown;
}

/** Attributes that read what the attached element says. */
const READ_ONLY = [
  "error",
  "networkState",
  "readyState",
  "buffered",
  "seekable",
  "played",
  "seeking",
  "ended",
  "paused",
  "duration",
  "currentSrc",
] as const satisfies (keyof AttachedElement)[];

/** Attributes that take a finite number. */
const NUMBERS = ["currentTime", "playbackRate", "defaultPlaybackRate", "volume"] as const satisfies (keyof AttachedElement)[];

const FLAGS = ["preservesPitch", "muted"] as const satisfies (keyof AttachedElement)[];

/** Members of HTMLMediaElement that speak of the media. */
function mediaAnswers(): Record<string, Answer> {
  const answers: Record<string, Answer> = {
    preload: { get: ({ element }) => preloadOf(native().getAttribute(element, "preload")) },
    controls: {
      get: ({ controls }) => controls !== null,
      set: (attached, value) => setControls(attached, value ? "" : null),
    },
    // Where elements have them at all: players change their ways when they see them.
    audioTracks: { get: ({ trackLists }) => trackLists.audio },
    videoTracks: { get: ({ trackLists }) => trackLists.video },
    webkitVideoDecodedByteCount: { get: ({ statistics }) => statistics.videoBytes },
    webkitAudioDecodedByteCount: { get: ({ statistics }) => statistics.audioBytes },
    play: { call: (attached) => attached.play() },
    pause: { call: (attached) => attached.pause() },
    fastSeek: {
      call: (attached, args) => {
        requireArguments(args.length, 1, "HTMLMediaElement.fastSeek");
        attached.currentTime = toDouble(args[0], "HTMLMediaElement.fastSeek");
      },
    },
  };
  for (const name of READ_ONLY) {
    answers[name] = { get: (attached) => attached[name] };
  }
  for (const name of NUMBERS) {
    const what = `HTMLMediaElement.${name}`;
    answers[name] = { get: (attached) => attached[name], set: (attached, value) => (attached[name] = toDouble(value, what)) };
  }
  for (const name of FLAGS) {
    answers[name] = { get: (attached) => attached[name], set: (attached, value) => (attached[name] = Boolean(value)) };
  }
  return answers;
}

/** The same of HTMLVideoElement. */
function videoAnswers(): Record<string, Answer> {
  return {
    videoWidth: { get: ({ videoWidth }) => videoWidth },
    videoHeight: { get: ({ videoHeight }) => videoHeight },
    getVideoPlaybackQuality: { call: playbackQuality },
    webkitDecodedFrameCount: { get: ({ statistics }) => statistics.decoded },
    webkitDroppedFrameCount: { get: ({ statistics }) => statistics.dropped },
    mozParsedFrames: { get: ({ statistics }) => statistics.decoded },
    mozDecodedFrames: { get: ({ statistics }) => statistics.decoded },
    mozPresentedFrames: { get: ({ statistics }) => statistics.presented },
    mozHasAudio: { get: ({ trackLists }) => trackLists.audio.length > 0 },
  };
}

/** The methods of Element by which pages reach `controls`, which an attached element keeps to itself. */
const CONTROLS_METHODS: Record<string, Answer> = {
  hasAttribute: { call: ({ controls }) => controls !== null },
  getAttribute: { call: ({ controls }) => controls },
  setAttribute: { call: (attached, args) => void (attached.controls = `${args[1] as string}`) },
  removeAttribute: { call: (attached) => setControls(attached, null) },
  toggleAttribute: {
    call(attached, [, force]) {
      const on = force === undefined ? attached.controls === null : Boolean(force);
      setControls(attached, on ? "" : null);
      return on;
    },
  },
};

/** Null for off. What is on keeps its value when it is only said to be on. */
function setControls(attached: AttachedElement, value: string | null): void {
  attached.controls = value === null ? null : (attached.controls ?? value);
}

/**
 * Descriptors for {@link HTMLMediaElement} and {@link HTMLVideoElement}, of members that answer for the attached source
 * where there is one, and do else what is found now. On the prototypes they serve all elements; on an element itself,
 * that one. They look as what they stand for: the same names, lengths and flags.
 */
export function elementMembers(resources: ResourceSetters): { media: PropertyDescriptorMap; video: PropertyDescriptorMap } {
  const media = answering(HTMLMediaElement.prototype, mediaAnswers());
  const video = answering(HTMLVideoElement.prototype, videoAnswers());
  const method = (name: string, make: (before: Method) => Method) => {
    const before = find(HTMLMediaElement.prototype, name);
    if (before) {
      media[name] = { ...before, value: alike(before.value as Method, make(before.value as Method)) };
    }
  };
  const setter = (name: string, get: ((element: HTMLMediaElement) => unknown) | undefined, set: Method) => {
    const before = find(HTMLMediaElement.prototype, name);
    const own: Method = function () {
      return attachedElement(this) ? get?.(this) : before?.get?.call(this);
    };
    media[name] = {
      ...before,
      get: get && before?.get ? alike(before.get, own) : before?.get,
      set: alike(before?.set, set),
    };
  };

  setter("src", undefined, function (value: unknown) {
    const url = `${value as string}`;
    resources.setSrc(this, url, () => native().setAttribute(this, "src", url));
  });
  const provider = (element: HTMLMediaElement) => attachedElement(element)?.provider ?? null;
  setter("srcObject", provider, function (value: unknown) {
    resources.setSrcObject(this, (value ?? null) as MediaProvider | null);
  });
  method("load", () => function () {
    resources.load(this);
  });
  method("addTextTrack", (before) => function (...args: never[]) {
    const track = before.apply(this, args) as TextTrack;
    attachedElement(this)?.cues?.adopt(track);
    return track;
  });
  for (const name of ["captureStream", "mozCaptureStream", "mozCaptureStreamUntilEnded"]) {
    method(name, (before) => capturing(before as () => MediaStream));
  }
  const { play } = media;
  if (play) {
    const playAttached = play.value as Method;
    const value: Method = function () {
      return resources.play(this, () => playAttached.call(this) as Promise<void>);
    };
    media["play"] = { ...play, value: alike(playAttached, value) };
  }
  for (const [name, { call }] of Object.entries(CONTROLS_METHODS)) {
    method(name, (before) => function (...args: unknown[]) {
      const attached = attachedElement(this);
      return attached && args.length > 0 && isNamed("controls", args[0])
        ? call?.(attached, args)
        : before.apply(this, args as never[]);
    });
  }
  defineSrcMethods(resources, media);
  defineFrameCallbacks(video);
  return { media, video };
}

/** The methods by which the src attribute is set, besides the attribute `src`. */
function defineSrcMethods(resources: ResourceSetters, media: PropertyDescriptorMap): void {
  const wrap = (name: string, wrapped: (before: Method, element: HTMLMediaElement, args: unknown[]) => unknown) => {
    const descriptor = media[name] ?? find(HTMLMediaElement.prototype, name);
    const before = descriptor?.value as Method | undefined;
    if (descriptor && before) {
      const value: Method = function (...args: unknown[]) {
        return wrapped(before, this, args);
      };
      media[name] = { ...descriptor, value: alike(before, value) };
    }
  };
  wrap("setAttribute", (before, element, args) => {
    if (args.length > 1 && isNamed("src", args[0])) {
      resources.setSrc(element, `${args[1] as string}`, () => before.apply(element, args as never[]));
      return undefined;
    }
    return before.apply(element, args as never[]);
  });
  for (const name of ["setAttributeNS", "setAttributeNode", "setAttributeNodeNS", "toggleAttribute"]) {
    wrap(name, (before, element, args) => resources.changeSrc(element, () => before.apply(element, args as never[])));
  }
  wrap("cloneNode", (before, element, args) => {
    const clone = before.apply(element, args as never[]) as HTMLMediaElement;
    const controls = attachedElement(element)?.controls;
    if (typeof controls === "string") {
      native().setAttribute(clone, "controls", controls);
    }
    resources.lookAgain(clone);
    return clone;
  });
}

function defineFrameCallbacks(video: PropertyDescriptorMap): void {
  const request = find(HTMLVideoElement.prototype, "requestVideoFrameCallback");
  const cancel = find(HTMLVideoElement.prototype, "cancelVideoFrameCallback");
  if (request && cancel) {
    const made = frameCallbacks(request.value as never, cancel.value as never);
    video["requestVideoFrameCallback"] = { ...request, value: alike(request.value as Method, made.request as Method) };
    video["cancelVideoFrameCallback"] = { ...cancel, value: alike(cancel.value as Method, made.cancel as Method) };
  }
}

/** In HTML documents, names of attributes are in any case. */
function isNamed(name: string, given: unknown): boolean {
  return `${given as string}`.toLowerCase() === name;
}

/** The property as `holder` has it, by itself or from what it inherits. */
function find(holder: object, name: string): PropertyDescriptor | undefined {
  for (let at: object | null = holder; at; at = Object.getPrototypeOf(at) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor) {
      return { ...descriptor, configurable: true };
    }
  }
  return undefined;
}

/** Members that the browser does not have are left out: pages look for them. */
function answering(prototype: object, answers: Record<string, Answer>): PropertyDescriptorMap {
  const members: PropertyDescriptorMap = {};
  for (const [name, { get, set, call }] of Object.entries(answers)) {
    const before = find(prototype, name);
    if (!before) {
      continue;
    }
    const made = { ...before };
    if (get && before.get) {
      const getBefore = before.get as Method;
      made.get = alike(getBefore, function () {
        const attached = attachedElement(this);
        return attached ? get(attached) : getBefore.call(this);
      });
    }
    if (set && before.set) {
      const setBefore = before.set as (this: HTMLMediaElement, value: unknown) => void;
      made.set = alike(setBefore, function (value: unknown) {
        const attached = attachedElement(this);
        if (attached) {
          set(attached, value);
        } else {
          setBefore.call(this, value);
        }
      });
    }
    if (call) {
      const callBefore = before.value as Method;
      made.value = alike(callBefore, function (...args: unknown[]) {
        const attached = attachedElement(this);
        return attached ? call(attached, args) : callBefore.apply(this, args as never[]);
      });
    }
    members[name] = made;
  }
  return members;
}

/** HTML § 4.8.11.5, `preload`, which Chromium reads as "none" for every stream. */
function preloadOf(attribute: string | null): string {
  const value = attribute?.toLowerCase();
  return value === "" ? "auto" : value === "none" || value === "auto" ? value : "metadata";
}

/** Media Playback Quality § 3. */
function playbackQuality(attached: AttachedElement): VideoPlaybackQuality {
  const { presented, dropped } = attached.statistics;
  const members: Omit<VideoPlaybackQuality, "toJSON"> = {
    creationTime: performance.now(),
    totalVideoFrames: presented + dropped,
    droppedVideoFrames: dropped,
    corruptedVideoFrames: 0,
  };
  const prototype =
    (globalThis as { VideoPlaybackQuality?: { prototype: object } }).VideoPlaybackQuality?.prototype ?? Object.prototype;
  const quality = Object.create(prototype) as VideoPlaybackQuality;
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(quality, name, { value, enumerable: true, configurable: true });
  }
  return quality;
}
