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
  /** Of methods. */
  value?(attached: AttachedElement, ...args: unknown[]): unknown;
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
    play: { value: (attached) => attached.play() },
    pause: { value: (attached) => attached.pause() },
    fastSeek: {
      value: (attached, ...args) => {
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
    getVideoPlaybackQuality: { value: playbackQuality },
    webkitDecodedFrameCount: { get: ({ statistics }) => statistics.decoded },
    webkitDroppedFrameCount: { get: ({ statistics }) => statistics.dropped },
    mozParsedFrames: { get: ({ statistics }) => statistics.decoded },
    mozDecodedFrames: { get: ({ statistics }) => statistics.decoded },
    mozPresentedFrames: { get: ({ statistics }) => statistics.presented },
    mozHasAudio: { get: ({ trackLists }) => trackLists.audio.length > 0 },
  };
}

/** The methods of Element by which pages reach `controls`, which an attached element keeps to itself. */
const CONTROLS_METHODS: Record<string, (attached: AttachedElement, name: unknown, value?: unknown) => unknown> = {
  hasAttribute: ({ controls }) => controls !== null,
  getAttribute: ({ controls }) => controls,
  setAttribute: (attached, _, value) => void (attached.controls = `${value as string}`),
  removeAttribute: (attached) => setControls(attached, null),
  toggleAttribute(attached, _, force) {
    const on = force === undefined ? attached.controls === null : Boolean(force);
    setControls(attached, on ? "" : null);
    return on;
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
  /** A method in the place of the one that is there by now. */
  const method = (name: string, make: (before: Method) => Method, members = media, prototype: object = HTMLMediaElement.prototype) => {
    const before = members[name] ?? find(prototype, name);
    if (before) {
      members[name] = { ...before, value: alike(before.value as Method, make(before.value as Method)) };
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
  method("play", (before) => function () {
    return resources.play(this, () => before.call(this) as Promise<void>);
  });
  for (const [name, answer] of Object.entries(CONTROLS_METHODS)) {
    method(name, (before) => function (...args: unknown[]) {
      const attached = attachedElement(this);
      return attached && args.length > 0 && isNamed("controls", args[0])
        ? answer(attached, ...(args as [unknown]))
        : before.apply(this, args as never[]);
    });
  }
  // The methods by which the src attribute is set, besides the attribute `src`.
  method("setAttribute", (before) => function (...args: unknown[]) {
    const set = () => before.apply(this, args as never[]);
    return args.length > 1 && isNamed("src", args[0]) ? resources.setSrc(this, `${args[1] as string}`, set) : set();
  });
  for (const name of ["setAttributeNS", "setAttributeNode", "setAttributeNodeNS", "toggleAttribute"]) {
    method(name, (before) => function (...args: never[]) {
      return resources.changeSrc(this, () => before.apply(this, args));
    });
  }
  method("cloneNode", (before) => function (...args: never[]) {
    const clone = before.apply(this, args) as HTMLMediaElement;
    const controls = attachedElement(this)?.controls;
    if (typeof controls === "string") {
      native().setAttribute(clone, "controls", controls);
    }
    resources.lookAgain(clone);
    return clone;
  });
  for (const [name, make] of Object.entries(frameCallbacks)) {
    method(name, make as never, video, HTMLVideoElement.prototype);
  }
  return { media, video };
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
  for (const [name, answer] of Object.entries(answers)) {
    const before = find(prototype, name);
    if (!before) {
      continue;
    }
    const made = { ...before };
    for (const part of ["get", "set", "value"] as const) {
      const own = answer[part] as ((attached: AttachedElement, ...args: unknown[]) => unknown) | undefined;
      const native = before[part] as Method | undefined;
      if (own && native) {
        made[part] = alike(native, function (...args: unknown[]) {
          const attached = attachedElement(this);
          return attached ? own(attached, ...args) : native.apply(this, args as never[]);
        }) as never;
      }
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
