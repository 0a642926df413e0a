/**
 * Members of the browser's interfaces where its sources may go over to ours: see `source_handover.ts`, which has these installed
 * before a source is open.
 */

import { alike } from "./alike";
import type { BufferSettings } from "./attachment";
import type { SourceBuffer } from "./source_buffer";
import type { HANDOVER_LIBRARY, Interface, Member, NativeInterfaces, Replace, WatchedSource } from "./source_handover";

/** Has the browser's members answer for sources that went over, and sources that are `watched` go over when they have to. */
export function installHandoverMembers(
  page: NativeInterfaces,
  replace: Replace,
  watched: WeakMap<object, WatchedSource>,
  library: typeof HANDOVER_LIBRARY,
): void {
  const { MediaSource, SourceBuffer, SourceBufferList, isMediaSource, isSourceBuffer, isSourceBufferList } = library;
  const { adoptMediaSource, engineNow, fire, handOver, isSupportedForBuffer, queueTask, releaseMediaSource } = library;
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
