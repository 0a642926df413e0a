import { alike } from "./alike";
import { elementMembers } from "./element_members";
import { outletFor } from "./element_sound";
import { setEngineOptions } from "./engine_options";
import type { EngineOptions } from "./engine_options";
import { BufferedChangeEvent } from "./buffered_change_event";
import { carryHandles } from "./handle_messages";
import { ManagedMediaSource } from "./managed_media_source";
import { ManagedSourceBuffer } from "./managed_source_buffer";
import { guardSession } from "./media_keys";
import { decodingInfoFor } from "./media_capabilities";
import { isMediaSource, MediaSource, setConstructibleInWorkers } from "./media_source";
import { expectSources } from "./load_engine";
import { MediaSourceHandle } from "./media_source_handle";
import { installTracks } from "./install_tracks";
import { native } from "./native_element";
import { watchWindow } from "./native_events";
import { anyNativeUrl, forgetNativeUrl } from "./native_sources";
import type { NativeSource } from "./native_sources";
import { anyUrl, forgetUrl, registerUrl } from "./object_urls";
import {
  candidateChanged,
  candidateFailed,
  lookAgain,
  resourceSetters,
  setMembersOnPrototypes,
  srcAttributeChanged,
} from "./resource_selection";
import { QuotaExceededError } from "./quota_exceeded_error";
import { SourceBuffer } from "./source_buffer";
import { SourceBufferList } from "./source_buffer_list";
import { handleOf } from "./source_handles";
import { installHandover } from "./source_handover";
import type { NativeInterfaces } from "./source_handover";
import { guardListeners } from "./text_cues";
import { canPlayType as canPlayOurType, typesReady } from "./types";

/**
 * When the page's `MediaSource` is to be ours:
 * - `when-missing`: where the browser has none. Else nothing at all is touched.
 * - `force`: always.
 * - `when-unsupported`: for what the browser's own refuses in `addSourceBuffer`, and where the browser has none. The
 *   page's classes stay the browser's then, and `isTypeSupported` and `canPlayType` answer for both.
 */
export type InstallMode = "force" | "when-missing" | "when-unsupported";

/** See {@link install}. */
export interface InstallOptions extends EngineOptions {
  /** `when-missing` by default. */
  mode?: InstallMode;
  /**
   * Whether dedicated workers may have a MediaSource of ours, and messages carry its handle. The page and the worker both
   * ask for it. "Missing" then means: missing in workers, where Chromium alone has one. False by default.
   */
  workers?: boolean;
  /**
   * Whether elements get `audioTracks` and `videoTracks`, and the window the interfaces behind them, where the browser has
   * none. Off by default: players that find them leave the choice of tracks to the element. SourceBuffers always have them.
   */
  elementTracks?: boolean;
  /**
   * Whether the page gets a `ManagedMediaSource`, which some players take before `MediaSource` wherever they find one. By
   * default it does where the browser has one.
   */
  managedMediaSource?: boolean;
}

/** Set on the window by the copy of this library that is installed, so that a second copy keeps its hands off. */
const INSTALLED = Symbol.for("mse-polyfill.installed");

type PageWindow = Window & Record<PropertyKey, unknown>;

/** How to take back what was installed, last first. */
let installed: (() => void)[] | undefined;

/** Replaces a property until uninstalled. */
function replace(holder: object, name: PropertyKey, descriptor: PropertyDescriptor): void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  Object.defineProperty(holder, name, { configurable: true, ...descriptor });
  installed?.push(() => {
    if (before) {
      Object.defineProperty(holder, name, before);
    } else {
      delete (holder as Record<PropertyKey, unknown>)[name];
    }
  });
}

/** Gives an object another prototype until uninstalled. */
function replacePrototype(object: object, prototype: object): void {
  const before = Object.getPrototypeOf(object) as object;
  Object.setPrototypeOf(object, prototype);
  installed?.push(() => Object.setPrototypeOf(object, before));
}

/** Replaces a method by one that looks like it. */
function replaceMethod(holder: object, name: string, value: (...args: never[]) => unknown): void {
  const before = Object.getOwnPropertyDescriptor(holder, name) ?? { enumerable: true, writable: true };
  replace(holder, name, { ...before, value: alike((holder as Record<string, object>)[name], value as never) });
}

/**
 * Makes the page's `MediaSource`, `URL.createObjectURL` and media elements ours, by the mode. To be called before
 * players load: they keep what they find then. Does nothing where there is no window, or where another copy of this
 * library is installed. Called again, it starts from the browser's own state.
 */
export function install(options: InstallOptions = {}): void {
  const { mode = "when-missing", workers = false, elementTracks = false, managedMediaSource, ...engineOptions } = options;
  setEngineOptions(engineOptions);
  if (workers && "DedicatedWorkerGlobalScope" in globalThis) {
    installInWorker(mode, managedMediaSource);
    return;
  }
  if (typeof window === "undefined" || typeof HTMLMediaElement === "undefined") {
    return;
  }
  uninstall();
  const page = window as unknown as PageWindow;
  if (page[INSTALLED] !== undefined) {
    return;
  }
  const nativeMediaSource = page["MediaSource"] as { canConstructInDedicatedWorker?: boolean } | undefined;
  const isMissing = !nativeMediaSource || (workers && !nativeMediaSource.canConstructInDedicatedWorker);
  if (!isMissing && mode === "when-missing") {
    return;
  }
  const isHandedOver = !isMissing && mode === "when-unsupported";
  installed = [];
  replace(window, INSTALLED, { value: true });
  void typesReady();
  native();
  installed.push(watchWindow());
  if (isHandedOver) {
    const own = installed;
    const replacing = { property: replace, prototype: replacePrototype, isInForce: () => installed === own };
    installUrls(installHandover(page as unknown as NativeInterfaces, replacing));
  } else {
    installGlobals(page, managedMediaSource ?? "ManagedMediaSource" in page);
    installUrls();
    expectSources();
  }
  installMediaCapabilities(!isHandedOver);
  installElementMembers();
  installCandidates();
  // Those of the browser's elements stay the browser's.
  if (!isHandedOver || elementTracks) {
    installTracks(replace, elementTracks);
  }
  installElementSound(page);
  installed.push(guardSession(replaceMethod));
  if (page["TextTrackCue"]) {
    guardListeners(replace, replaceMethod);
  }
  installObserver();
  if (workers && !isHandedOver) {
    installHandles();
  }
}

/** The scope of a dedicated worker: there are no elements, and sources leave it by their handles alone. */
function installInWorker(mode: InstallMode, managedMediaSource: boolean | undefined): void {
  uninstall();
  const scope = globalThis as unknown as PageWindow;
  if (scope[INSTALLED] !== undefined || (scope["MediaSource"] && mode !== "force")) {
    return;
  }
  installed = [];
  replace(scope, INSTALLED, { value: true });
  void typesReady();
  installGlobals(scope, managedMediaSource ?? "ManagedMediaSource" in scope);
  installUrls();
  installMediaCapabilities(true);
  installHandles();
  const handle = {
    get handle() {
      return handleOf(this as unknown as MediaSource);
    },
  };
  replace(MediaSource.prototype, "handle", {
    ...Object.getOwnPropertyDescriptor(handle, "handle"),
    enumerable: true,
  });
}

/** MSE § 4: handles of sources in workers, and messages that transfer them. */
function installHandles(): void {
  replace(globalThis, "MediaSourceHandle", { value: MediaSourceHandle, writable: true, enumerable: false });
  carryHandles(globalThis as unknown as Parameters<typeof carryHandles>[0], replace);
  setConstructibleInWorkers(true);
  installed?.push(() => setConstructibleInWorkers(false));
}

/** Takes back what {@link install} did. Elements that are attached stay so. */
export function uninstall(): void {
  installed?.reverse().forEach((undo) => undo());
  installed = undefined;
}

function installGlobals(page: PageWindow, managed: boolean): void {
  for (const [name, value] of Object.entries({ MediaSource, SourceBuffer, SourceBufferList })) {
    replace(page, name, { value, writable: true, enumerable: false });
  }
  // The browser's own keeps standing for the sources of the browser's workers.
  if (!("MediaSourceHandle" in page)) {
    replace(page, "MediaSourceHandle", { value: MediaSourceHandle, writable: true, enumerable: false });
  }
  // Pages tell what appendBuffer throws by the class where they find one.
  if (!("QuotaExceededError" in page)) {
    replace(page, "QuotaExceededError", { value: QuotaExceededError, writable: true, enumerable: false });
  }
  const managedInterfaces = { ManagedMediaSource, ManagedSourceBuffer, BufferedChangeEvent };
  if (managed) {
    for (const [name, value] of Object.entries(managedInterfaces)) {
      replace(page, name, { value, writable: true, enumerable: false });
    }
  }
  // Players take these before MediaSource wherever they find them, some by asking whether the name is there.
  for (const name of [...(managed ? [] : Object.keys(managedInterfaces)), "WebKitMediaSource"]) {
    const before = Object.getOwnPropertyDescriptor(page, name);
    if (before && delete page[name]) {
      installed?.push(() => Object.defineProperty(page, name, before));
    }
  }
}

/** Whether elements may have a source that matters here. */
function anySource(): boolean {
  return anyUrl() || anyNativeUrl();
}

/** `watch` is called for each of the browser's sources, where they matter. */
function installUrls(watch?: (source: object) => NativeSource): void {
  const { createObjectURL, revokeObjectURL } = URL;
  const NativeMediaSource = watch && window.MediaSource;
  // Players keep these functions and call them without the URL object.
  replaceMethod(URL, "createObjectURL", function (object: Blob | MediaSource) {
    if (NativeMediaSource && object instanceof NativeMediaSource && !(object instanceof MediaSource)) {
      const url = createObjectURL.call(URL, object as unknown as Blob);
      watch(object).addUrl(url);
      return url;
    }
    if (arguments.length === 0 || !isMediaSource(object)) {
      return createObjectURL.apply(URL, arguments as unknown as [Blob]);
    }
    // A real URL, of something that no element plays.
    const url = createObjectURL.call(URL, new Blob(["MediaSource"]));
    registerUrl(url, object);
    return url;
  });
  replaceMethod(URL, "revokeObjectURL", function (url: string) {
    if (arguments.length > 0) {
      forgetUrl(`${url}`);
      forgetNativeUrl(`${url}`);
    }
    revokeObjectURL.apply(URL, arguments as unknown as [string]);
  });
}

function installMediaCapabilities(isOurs: boolean): void {
  const { MediaCapabilities } = globalThis as { MediaCapabilities?: { prototype: MediaCapabilities } };
  if (MediaCapabilities) {
    const { decodingInfo } = MediaCapabilities.prototype;
    replaceMethod(MediaCapabilities.prototype, "decodingInfo", decodingInfoFor(decodingInfo, isOurs));
  }
}

function installElementMembers(): void {
  const { media, video } = elementMembers(resourceSetters);
  installed?.push(() => setMembersOnPrototypes(false)); // With the prototypes as they were.
  const members: [object, PropertyDescriptorMap][] = [
    [HTMLMediaElement.prototype, media],
    [HTMLVideoElement.prototype, video],
  ];
  for (const [prototype, descriptors] of members) {
    for (const [name, descriptor] of Object.entries(descriptors)) {
      replace(prototype, name, descriptor);
    }
  }
  setMembersOnPrototypes(true);

  const { canPlayType } = HTMLMediaElement.prototype;
  replaceMethod(HTMLMediaElement.prototype, "canPlayType", function (this: HTMLMediaElement, ...args: [type: string]) {
    return canPlayType.apply(this, args) || canPlayOurType(String(args[0]));
  });
  // `new Audio(url)` sets the attribute inside the browser, in no document where an observer could see it.
  const { Audio } = window;
  replace(window, "Audio", {
    ...Object.getOwnPropertyDescriptor(window, "Audio"),
    value: new Proxy(Audio, {
      construct(target, args: unknown[], newTarget) {
        const element = Reflect.construct(target, args, newTarget as typeof Audio) as HTMLAudioElement;
        lookAgain(element);
        return element;
      },
    }),
  });
}

/** `<source>` elements get their URL before or after they get their parent. */
function installCandidates(): void {
  const look = (candidate: HTMLSourceElement) => {
    if (anySource()) {
      queueMicrotask(() => candidateChanged(candidate));
    }
  };
  const { prototype } = HTMLSourceElement;
  const src = Object.getOwnPropertyDescriptor(prototype, "src");
  replace(prototype, "src", {
    ...src,
    set(this: HTMLSourceElement, value: string) {
      src?.set?.call(this, value);
      look(this);
    },
  });
  const { setAttribute } = prototype;
  replaceMethod(prototype, "setAttribute", function (this: HTMLSourceElement, ...args: [name: string, value: string]) {
    setAttribute.apply(this, args);
    look(this);
  });
  const failed = (event: Event) => {
    if (event.isTrusted && event.target instanceof HTMLSourceElement && anySource() && candidateFailed(event.target)) {
      event.stopImmediatePropagation();
    }
  };
  window.addEventListener("error", failed, true);
  installed?.push(() => window.removeEventListener("error", failed, true));
}

/** Both ways to an element's sound in an AudioContext. */
function installElementSound(page: PageWindow): void {
  const { AudioContext, MediaElementAudioSourceNode } = window;
  // A page may run where there is no Web Audio.
  const createMediaElementSource = AudioContext?.prototype.createMediaElementSource as
    | AudioContext["createMediaElementSource"]
    | undefined;
  if (!createMediaElementSource) {
    return;
  }
  replaceMethod(AudioContext.prototype, "createMediaElementSource", function (this: AudioContext, ...args: [never]) {
    return outletFor(createMediaElementSource.apply(this, args));
  });
  if (page["MediaElementAudioSourceNode"]) {
    replace(window, "MediaElementAudioSourceNode", {
      value: new Proxy(MediaElementAudioSourceNode, {
        construct: (target, args: unknown[], newTarget) =>
          outletFor(Reflect.construct(target, args, newTarget) as MediaElementAudioSourceNode),
      }),
      writable: true,
      enumerable: false,
    });
  }
}

/** The parser, innerHTML, Attr nodes and copies of subtrees go around all members. */
function installObserver(): void {
  const observer = new MutationObserver((records) => {
    if (!anySource()) {
      return;
    }
    for (const { type, target, addedNodes } of records) {
      if (type === "attributes") {
        if (target instanceof HTMLMediaElement) {
          srcAttributeChanged(target);
        }
        continue;
      }
      if (target instanceof HTMLMediaElement) {
        lookAgain(target); // A <source> child.
      }
      for (const node of addedNodes) {
        if (node instanceof HTMLMediaElement) {
          lookAgain(node);
        } else if (node instanceof Element) {
          node.querySelectorAll<HTMLMediaElement>("video, audio").forEach(lookAgain);
        }
      }
    }
  });
  const observe = (root: Node) => observer.observe(root, { subtree: true, childList: true, attributeFilter: ["src"] });
  observe(document);
  installed?.push(() => observer.disconnect());
  // Nothing of a shadow tree is heard of outside.
  const { attachShadow } = Element.prototype;
  replaceMethod(Element.prototype, "attachShadow", function (this: Element, ...args: [init: ShadowRootInit]) {
    const root = attachShadow.apply(this, args);
    observe(root);
    return root;
  });
}
