import type { AttachedElement } from "./attached_element";
import { ControlsAttribute } from "./element_controls";
import type { MediaSource } from "./media_source";
import { native } from "./native_element";
import { requireArguments, toDouble } from "./webidl";

/** The ways by which an element gets another resource. */
export interface ResourceSetters {
  setSrc(element: HTMLMediaElement, url: string): void;
  setSrcObject(element: HTMLMediaElement, object: MediaProvider | MediaSource | null): void;
  load(element: HTMLMediaElement): void;
}

type Members = Record<string, unknown>;

/** Read-only attributes that read what the attached element says. */
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
] as const satisfies (keyof AttachedElement)[];

/**
 * Puts members on the element itself, before those of its prototype, that answer for the attached source. The page can
 * tell them from the native ones only by asking for own properties. Returns how they go away.
 */
export function defineElementMembers(attached: AttachedElement, resources: ResourceSetters): () => void {
  const { element } = attached;
  const descriptors: PropertyDescriptorMap = {};
  const attribute = (name: string, get: () => unknown, set?: (value: unknown) => void): void => {
    descriptors[name] = { get, set, enumerable: false, configurable: true };
  };
  const method = (name: string, value: (...args: never[]) => unknown): void => {
    descriptors[name] = { value, enumerable: false, configurable: true, writable: true };
  };

  for (const name of READ_ONLY) {
    attribute(name, () => attached[name]);
  }
  attribute(
    "currentTime",
    () => attached.currentTime,
    (value) => (attached.currentTime = toDouble(value, "HTMLMediaElement.currentTime")),
  );
  attribute(
    "playbackRate",
    () => attached.playbackRate,
    (value) => (attached.playbackRate = toDouble(value, "HTMLMediaElement.playbackRate")),
  );
  attribute(
    "defaultPlaybackRate",
    () => attached.defaultPlaybackRate,
    (value) => (attached.defaultPlaybackRate = toDouble(value, "HTMLMediaElement.defaultPlaybackRate")),
  );
  attribute(
    "preservesPitch",
    () => attached.preservesPitch,
    (value) => (attached.preservesPitch = Boolean(value)),
  );
  attribute(
    "muted",
    () => attached.muted,
    (value) => (attached.muted = Boolean(value)),
  );
  attribute(
    "src",
    () => native().src.get(element),
    (value) => resources.setSrc(element, String(value)),
  );
  attribute(
    "srcObject",
    () => (attached.url === "" ? attached.source : null),
    (value) => resources.setSrcObject(element, (value ?? null) as MediaProvider | null),
  );
  attribute("currentSrc", () => attached.url);
  attribute(
    "preload",
    () => preloadOf(native().getAttribute(element, "preload")),
    (value) => native().setAttribute(element, "preload", String(value)),
  );
  // Where elements have them at all: players change their ways when they see them.
  if ("audioTracks" in element) {
    attribute("audioTracks", () => attached.trackLists.audio);
  }
  if ("videoTracks" in element) {
    attribute("videoTracks", () => attached.trackLists.video);
  }
  method("play", () => attached.play());
  method("pause", () => attached.pause());
  method("load", () => resources.load(element));
  if ("fastSeek" in element) {
    method("fastSeek", (...args: unknown[]) => {
      requireArguments(args.length, 1, "HTMLMediaElement.fastSeek");
      attached.currentTime = toDouble(args[0], "HTMLMediaElement.fastSeek");
    });
  }

  const controls = new ControlsAttribute(element);
  attribute(
    "controls",
    () => controls.value !== null,
    (value) => (controls.value = value ? (controls.value ?? "") : null),
  );
  if (element instanceof HTMLVideoElement) {
    attribute("videoWidth", () => attached.videoWidth);
    attribute("videoHeight", () => attached.videoHeight);
    method("getVideoPlaybackQuality", () => playbackQuality(attached));
    if ("webkitDecodedFrameCount" in element) {
      attribute("webkitDecodedFrameCount", () => attached.totalVideoFrames);
      attribute("webkitDroppedFrameCount", () => attached.droppedVideoFrames);
    }
  }
  defineAttributeMethods(attached, resources, controls, method);

  Object.defineProperties(element, descriptors);
  return () => {
    for (const name of Object.keys(descriptors)) {
      delete (element as unknown as Members)[name];
    }
    controls.close();
  };
}

/** The methods of Element by which pages reach `src` and `controls`; all other attributes are native. */
function defineAttributeMethods(
  { element }: AttachedElement,
  resources: ResourceSetters,
  controls: ControlsAttribute,
  method: (name: string, value: (...args: never[]) => unknown) => void,
): void {
  const prototype = Element.prototype;
  const isControls = (name: unknown): boolean => String(name).toLowerCase() === "controls";
  method("setAttribute", (...args: [name: string, value: string]) => {
    const name = String(args[0]).toLowerCase();
    if (args.length < 2 || (name !== "src" && !isControls(name))) {
      prototype.setAttribute.apply(element, args);
    } else if (name === "src") {
      resources.setSrc(element, String(args[1]));
    } else {
      controls.value = String(args[1]);
    }
  });
  method("hasAttribute", (...args: [name: string]) =>
    isControls(args[0]) ? controls.value !== null : prototype.hasAttribute.apply(element, args),
  );
  method("getAttribute", (...args: [name: string]) =>
    isControls(args[0]) ? controls.value : prototype.getAttribute.apply(element, args),
  );
  method("removeAttribute", (...args: [name: string]) => {
    if (isControls(args[0])) {
      controls.value = null;
    } else {
      prototype.removeAttribute.apply(element, args);
    }
  });
  method("toggleAttribute", (...args: [name: string, force?: boolean]) => {
    if (!isControls(args[0])) {
      return prototype.toggleAttribute.apply(element, args);
    }
    const on = args[1] === undefined ? controls.value === null : Boolean(args[1]);
    controls.value = on ? (controls.value ?? "") : null;
    return on;
  });
}

/** HTML § 4.8.11.5, `preload`, which Chromium reads as "none" for every stream. */
function preloadOf(attribute: string | null): string {
  const value = attribute?.toLowerCase();
  return value === "" ? "auto" : value === "none" || value === "auto" ? value : "metadata";
}

/** Media Playback Quality § 3. */
function playbackQuality(attached: AttachedElement): VideoPlaybackQuality {
  const members: Omit<VideoPlaybackQuality, "toJSON"> = {
    creationTime: performance.now(),
    totalVideoFrames: attached.totalVideoFrames,
    droppedVideoFrames: attached.droppedVideoFrames,
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
