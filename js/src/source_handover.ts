/**
 * A page whose browser has a MediaSource keeps it, and with it all that it can play. What the browser refuses in
 * `addSourceBuffer` or `changeType` and this library plays makes the source go over: the very objects that the page holds
 * are answered for by our engine from then on, and the element that the source is attached to shows what that decodes.
 *
 * The interfaces stay the browser's. Each of their members does for the browser's objects what it did, and for those that
 * went over what our member of that name does.
 */

import type { BufferSettings } from "./attachment";
import { alike } from "./alike";
import { engineNow, loadEngine } from "./load_engine";
import { adoptMediaSource, isMediaSource, MediaSource, releaseMediaSource } from "./media_source";
import { NativeSource } from "./native_sources";
import { handOver } from "./resource_selection";
import { isSourceBuffer, SourceBuffer } from "./source_buffer";
import { isSourceBufferList, SourceBufferList } from "./source_buffer_list";
import { fire, isOurs, queueTask } from "./tasks";
import { isSupportedForBuffer, isTypeSupported } from "./types";

type Interface = { prototype: object };
/** Gives a property another descriptor, or an object another prototype, until the library is uninstalled. */
export interface Replace {
  property(holder: object, name: PropertyKey, descriptor: PropertyDescriptor): void;
  prototype(object: object, prototype: object): void;
}
type Member = (this: object, ...args: never[]) => unknown;

/** The browser's own interfaces. */
export interface NativeInterfaces {
  MediaSource: Interface & { isTypeSupported(type: string): boolean };
  SourceBuffer: Interface;
  SourceBufferList: Interface;
}

/** A source of the browser's, as long as nothing but the browser attaches it. */
class WatchedSource {
  readonly source: MediaSource;
  readonly outside = new NativeSource();
  /** Those added, in their order, since it is open. */
  buffers: { buffer: SourceBuffer; type: string }[] = [];
  /** How many of them the page has heard `addsourcebuffer` for. */
  announced = 0;
  /** Something was appended, and cannot be had back from the browser. */
  hasData = false;
  liveSeekableRange: [start: number, end: number] | undefined;
  /** From when the source goes over until the browser attaches it again, what it tells is not for the page. */
  isSilent = false;

  constructor(source: MediaSource) {
    this.source = source;
    const listen = (target: EventTarget, types: string[]) =>
      types.forEach((type) => target.addEventListener(type, (event) => this.#hear(event), true));
    listen(source, ["sourceopen", "sourceended", "sourceclose"]);
    listen(source.sourceBuffers, ["addsourcebuffer", "removesourcebuffer"]);
    listen(source.activeSourceBuffers, ["addsourcebuffer", "removesourcebuffer"]);
  }

  /** Nothing is left of what it was when it was open. */
  forget(): void {
    this.buffers = [];
    this.announced = 0;
    this.hasData = false;
    this.liveSeekableRange = undefined;
  }

  /** Before any listener of the page. */
  #hear(event: Event): void {
    // Chromium's own events of a MediaSource are not trusted ones.
    if (isOurs(event)) {
      return;
    }
    if (event.type === "sourceopen" && !isMediaSource(this.source)) {
      this.isSilent = false;
      this.#holdUntilEngineIsThere(event);
    } else if (this.isSilent) {
      event.stopImmediatePropagation();
    } else if (event.type === "sourceclose") {
      this.forget();
    } else if (event.type === "addsourcebuffer" && event.target === this.source.sourceBuffers) {
      this.announced++;
    }
  }

  /** `addSourceBuffer`, which pages call next, has no time to wait for it. */
  #holdUntilEngineIsThere(event: Event): void {
    if (engineNow()) {
      return;
    }
    event.stopImmediatePropagation();
    const open = () => queueTask(() => this.source.readyState === "closed" || fire(this.source, "sourceopen"));
    loadEngine().then(open, open);
  }
}

/**
 * Makes the browser's sources go over when they have to. Returns what is to be called for each that gets an object URL.
 * A source that has gone over is lost to the page when the library is uninstalled.
 */
export function installHandover(page: NativeInterfaces, replace: Replace): (source: object) => NativeSource {
  const watched = new WeakMap<object, WatchedSource>();
  const watchedOfBuffer = new WeakMap<object, WatchedSource>();
  const { prototype } = page.MediaSource;

  answerFor(page.MediaSource, MediaSource, isMediaSource, replace);
  answerFor(page.SourceBuffer, SourceBuffer, isSourceBuffer, replace);
  answerFor(page.SourceBufferList, SourceBufferList, isSourceBufferList, replace);
  const instead = (holder: object, name: string, make: (before: Member) => Member) => {
    const before = Object.getOwnPropertyDescriptor(holder, name);
    if (before) {
      replace.property(holder, name, { ...before, value: alike(before.value as Member, make(before.value as Member)) });
    }
  };

  instead(page.MediaSource, "isTypeSupported", (before) => function (...args: unknown[]) {
    return before.apply(page.MediaSource, args as never[]) || isTypeSupported(`${args[0] as string}`);
  });
  instead(prototype, "addSourceBuffer", (before) => function (...args: unknown[]) {
    const entry = isMediaSource(this) ? undefined : watched.get(this);
    const type = `${args[0] as string}`;
    const buffer = orGoOver(entry, type, () => before.apply(this, args as never[])) as SourceBuffer;
    if (entry && !isMediaSource(this)) {
      entry.buffers.push({ buffer, type });
      watchedOfBuffer.set(buffer, entry);
    }
    return buffer;
  });
  instead(page.SourceBuffer.prototype, "changeType", (before) => function (...args: unknown[]) {
    const entry = isSourceBuffer(this) ? undefined : watchedOfBuffer.get(this);
    const type = `${args[0] as string}`;
    orGoOver(entry, type, () => before.apply(this, args as never[]));
    const changed = entry?.buffers.find(({ buffer }) => buffer === this);
    if (changed) {
      changed.type = type;
    }
  });
  instead(page.SourceBuffer.prototype, "appendBuffer", (before) => function (...args: unknown[]) {
    const result = before.apply(this, args as never[]);
    const entry = watchedOfBuffer.get(this);
    if (entry) {
      entry.hasData = true;
    }
    return result;
  });
  instead(prototype, "setLiveSeekableRange", (before) => function (...args: unknown[]) {
    before.apply(this, args as never[]);
    const entry = watched.get(this);
    if (entry) {
      entry.liveSeekableRange = [Number(args[0]), Number(args[1])];
    }
  });
  instead(prototype, "clearLiveSeekableRange", (before) => function () {
    before.call(this);
    const entry = watched.get(this);
    if (entry) {
      entry.liveSeekableRange = undefined;
    }
  });

  /** What the browser refuses is tried again when the source has gone over. */
  function orGoOver(entry: WatchedSource | undefined, type: string, call: () => unknown): unknown {
    try {
      return call();
    } catch (error) {
      if (entry && isNotSupported(error) && isSupportedForBuffer(type) && goOver(entry)) {
        return call();
      }
      throw error;
    }
  }

  /** False when it cannot be done. Members of the source, its lists and its buffers answer otherwise afterwards. */
  function goOver(entry: WatchedSource): boolean {
    const { source, outside } = entry;
    const engine = engineNow();
    const { element } = outside;
    const { sourceBuffers, activeSourceBuffers } = source;
    const left = Array.from(sourceBuffers);
    const buffers = entry.buffers.filter(({ buffer }) => left.includes(buffer));
    const isPossible =
      source.readyState === "open" && !entry.hasData && buffers.every(({ type }) => isSupportedForBuffer(type));
    if (!engine || !element || !isPossible) {
      return false;
    }
    const earlier = {
      buffers: buffers.map(({ buffer, type }) => ({ buffer, type, settings: settingsOf(buffer) })),
      duration: source.duration,
      liveSeekableRange: entry.liveSeekableRange,
    };
    // The browser's events that are still under way are lost.
    for (let index = entry.announced; index < entry.buffers.length; index++) {
      queueTask(() => fire(sourceBuffers, "addsourcebuffer"));
    }
    entry.isSilent = true;
    adoptMediaSource(source, sourceBuffers, activeSourceBuffers);
    handOver(element, source, { engine, source: earlier, plays: outside.takePlays(element) }, () => {
      releaseMediaSource(source);
      entry.forget();
    });
    return true;
  }

  function watch(source: object): WatchedSource {
    let entry = watched.get(source);
    if (!entry) {
      watched.set(source, (entry = new WatchedSource(source as MediaSource)));
    }
    return entry;
  }
  // Chromium calls listeners of such objects in the order in which they were added: the first must be ours.
  const constructor = new Proxy(page.MediaSource as unknown as new () => object, {
    construct(target, args, newTarget) {
      const source = Reflect.construct(target, args, newTarget) as object;
      watch(source);
      return source;
    },
  });
  for (const [holder, name] of [[page, "MediaSource"], [prototype, "constructor"]] as const) {
    replace.property(holder, name, { ...Object.getOwnPropertyDescriptor(holder, name), value: constructor });
  }

  return (source) => {
    loadEngine().catch(() => undefined); // When it is needed, it is loaded again.
    return watch(source).outside;
  };
}

function settingsOf({ mode, timestampOffset, appendWindowStart, appendWindowEnd }: SourceBuffer): BufferSettings {
  return { mode, timestampOffset, appendWindowStart, appendWindowEnd };
}

function isNotSupported(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NotSupportedError";
}

/** Members of the browser's interface do what those of ours do, for objects that are of ours. */
function answerFor(
  nativeInterface: Interface,
  ours: Interface,
  hasGoneOver: (object: unknown) => boolean,
  replace: Replace,
): void {
  const { prototype } = nativeInterface;
  for (const [name, own] of Object.entries(Object.getOwnPropertyDescriptors(ours.prototype)) as [string, PropertyDescriptor][]) {
    const before = Object.getOwnPropertyDescriptor(prototype, name);
    // Event handlers are the browser's own on its own objects.
    if (!before || name === "constructor" || name.startsWith("on")) {
      continue;
    }
    const made = { ...before };
    for (const part of ["get", "set", "value"] as const) {
      const nativePart = before[part] as Member | undefined;
      const ownPart = own[part] as Member | undefined;
      if (nativePart && ownPart) {
        const either: Member = function (...args) {
          return (hasGoneOver(this) ? ownPart : nativePart).apply(this, args);
        };
        made[part] = alike(nativePart, either) as never;
      }
    }
    replace.property(prototype, name, made);
  }
  // Objects that only we made are of the interface as well.
  replace.prototype(ours.prototype, prototype);
}
