import { attachedElement } from "./attached_element";
import { outletFor } from "./element_sound";
import { setEngineOptions } from "./engine_options";
import type { EngineOptions } from "./engine_options";
import { BufferedChangeEvent } from "./buffered_change_event";
import { ManagedMediaSource } from "./managed_media_source";
import { ManagedSourceBuffer } from "./managed_source_buffer";
import { decodingInfoFor } from "./media_capabilities";
import { isMediaSource, MediaSource } from "./media_source";
import { MediaSourceHandle } from "./media_source_handle";
import { installTracks } from "./install_tracks";
import { native } from "./native_element";
import { watchWindow } from "./native_events";
import { anyUrl, forgetUrl, lookAgain, registerUrl, resourceSetters, srcAttributeChanged } from "./resource_selection";
import { QuotaExceededError } from "./quota_exceeded_error";
import { SourceBuffer } from "./source_buffer";
import { SourceBufferList } from "./source_buffer_list";
import { canPlayType as canPlayOurType, typesReady } from "./types";

/**
 * When the page's `MediaSource` is to be ours:
 * - `when-missing`: where the browser has none. Else nothing at all is touched.
 * - `force`: always.
 * - `when-unsupported`: for what the browser's own refuses. So far that is decided for the whole page: it is ours where
 *   the browser has none, and the native one stays where there is one, answering for itself alone.
 */
export type InstallMode = "force" | "when-missing" | "when-unsupported";

/** See {@link install}. */
export interface InstallOptions extends EngineOptions {
  /** `when-missing` by default. */
  mode?: InstallMode;
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

function replaceMethod(holder: object, name: string, value: (...args: never[]) => unknown): void {
  replace(holder, name, { value, writable: true, enumerable: true });
}

/** Replaces what an accessor does, not how it looks. */
function replaceAccessor<T>(holder: object, name: string, set: (element: HTMLMediaElement, value: T) => void): void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  replace(holder, name, {
    get: before?.get,
    set(this: HTMLMediaElement, value: T) {
      set(this, value);
    },
    enumerable: true,
  });
}

/**
 * Makes the page's `MediaSource`, `URL.createObjectURL` and media elements ours, by the mode. To be called before
 * players load: they keep what they find then. Does nothing where there is no window, or where another copy of this
 * library is installed. Called again, it starts from the browser's own state.
 */
export function install(options: InstallOptions = {}): void {
  const { mode = "when-missing", elementTracks = false, managedMediaSource, ...engineOptions } = options;
  setEngineOptions(engineOptions);
  if (typeof window === "undefined" || typeof HTMLMediaElement === "undefined") {
    return;
  }
  uninstall();
  const page = window as unknown as PageWindow;
  if (page[INSTALLED] !== undefined) {
    return;
  }
  const nativeMediaSource = page["MediaSource"];
  if (nativeMediaSource && mode !== "force") {
    return;
  }
  installed = [];
  replace(window, INSTALLED, { value: true });
  void typesReady();
  native();
  watchWindow();
  installGlobals(page, managedMediaSource ?? "ManagedMediaSource" in page);
  installUrls();
  installMediaCapabilities(!nativeMediaSource || mode === "force");
  installElementMembers();
  installTracks(replace, elementTracks);
  installElementSound(page);
  installObserver();
}

/** Takes back what {@link install} did. Elements that are attached stay so. */
export function uninstall(): void {
  installed?.reverse().forEach((undo) => undo());
  installed = undefined;
}

function installGlobals(page: PageWindow, managed: boolean): void {
  for (const [name, value] of Object.entries({ MediaSource, SourceBuffer, SourceBufferList })) {
    replace(window, name, { value, writable: true, enumerable: false });
  }
  // The browser's own keeps standing for the sources of the browser's workers.
  if (!("MediaSourceHandle" in page)) {
    replace(window, "MediaSourceHandle", { value: MediaSourceHandle, writable: true, enumerable: false });
  }
  // Pages tell what appendBuffer throws by the class where they find one.
  if (!("QuotaExceededError" in page)) {
    replace(window, "QuotaExceededError", { value: QuotaExceededError, writable: true, enumerable: false });
  }
  const managedInterfaces = { ManagedMediaSource, ManagedSourceBuffer, BufferedChangeEvent };
  if (managed) {
    for (const [name, value] of Object.entries(managedInterfaces)) {
      replace(window, name, { value, writable: true, enumerable: false });
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

function installUrls(): void {
  const { createObjectURL, revokeObjectURL } = URL;
  // Players keep these functions and call them without the URL object.
  replaceMethod(URL, "createObjectURL", function (object: Blob | MediaSource) {
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
      forgetUrl(String(url));
    }
    revokeObjectURL.apply(URL, arguments as unknown as [string]);
  });
}

function installMediaCapabilities(isOurs: boolean): void {
  const { MediaCapabilities } = window as { MediaCapabilities?: { prototype: MediaCapabilities } };
  if (MediaCapabilities) {
    const { decodingInfo } = MediaCapabilities.prototype;
    replaceMethod(MediaCapabilities.prototype, "decodingInfo", decodingInfoFor(decodingInfo, isOurs));
  }
}

function installElementMembers(): void {
  const prototype = HTMLMediaElement.prototype;
  const { canPlayType } = prototype;
  replaceAccessor<string>(prototype, "src", (element, value) => resourceSetters.setSrc(element, String(value)));
  replaceAccessor<MediaProvider | null>(prototype, "srcObject", (element, value) =>
    resourceSetters.setSrcObject(element, value),
  );
  replaceMethod(prototype, "load", function (this: HTMLMediaElement) {
    resourceSetters.load(this);
  });
  replaceMethod(prototype, "canPlayType", function (this: HTMLMediaElement, ...args: [type: string]) {
    return canPlayType.apply(this, args) || canPlayOurType(String(args[0]));
  });
  const setAttribute = Element.prototype.setAttribute;
  replaceMethod(prototype, "setAttribute", function (this: HTMLMediaElement, ...args: [name: string, value: string]) {
    if (args.length > 1 && String(args[0]).toLowerCase() === "src") {
      resourceSetters.setSrc(this, String(args[1]));
    } else {
      setAttribute.apply(this, args);
    }
  });
  // `new Audio(url)` sets the attribute inside the browser, in no document where an observer could see it.
  const { Audio } = window;
  replace(window, "Audio", {
    value: new Proxy(Audio, {
      construct(target, args: unknown[], newTarget) {
        const element = Reflect.construct(target, [], newTarget as typeof Audio) as HTMLAudioElement;
        if (args.length > 0 && args[0] !== undefined) {
          resourceSetters.setSrc(element, String(args[0]));
        }
        return element;
      },
    }),
    writable: true,
    enumerable: false,
  });
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

/** The parser, innerHTML, Attr nodes and clones go around all members. */
function installObserver(): void {
  const observer = new MutationObserver((records) => {
    if (!anyUrl()) {
      return;
    }
    for (const { type, target, addedNodes } of records) {
      if (type === "attributes") {
        if (target instanceof HTMLMediaElement) {
          srcAttributeChanged(target);
        }
        continue;
      }
      if (target instanceof HTMLMediaElement && !attachedElement(target)) {
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
  observer.observe(document, { subtree: true, childList: true, attributeFilter: ["src"] });
  installed?.push(() => observer.disconnect());
}
