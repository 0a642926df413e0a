/**
 * A page whose browser has a MediaSource keeps it, and with it all that it can play. What the browser refuses in
 * `addSourceBuffer` or `changeType` and this library plays makes the source go over: the very objects that the page holds
 * are answered for by our engine from then on, and the element that the source is attached to shows what that decodes.
 *
 * The interfaces stay the browser's. Each of their members does for the browser's objects what it did, and for those that
 * went over what our member of that name does.
 *
 * What makes them do so (`source_handover_members.ts`) is loaded then; `sourceopen`, before which nothing can go over, waits for
 * it.
 */

import { alike } from "./alike";
import { engineNow, loadEngine } from "./load_engine";
import { adoptMediaSource, isMediaSource, MediaSource, releaseMediaSource } from "./media_source";
import { NativeSource } from "./native_sources";
import { handOver } from "./resource_selection";
import { withSeldom } from "./seldom_soon";
import { isSourceBuffer, SourceBuffer } from "./source_buffer";
import { isSourceBufferList, SourceBufferList } from "./source_buffer_list";
import { fire, isOurs, queueTask } from "./tasks";
import { isSupportedForBuffer, isTypeSupported } from "./types";

/** What `source_handover_members.ts` is given of the script. */
export const HANDOVER_LIBRARY = {
  MediaSource,
  SourceBuffer,
  SourceBufferList,
  adoptMediaSource,
  engineNow,
  fire,
  handOver,
  isMediaSource,
  isSourceBuffer,
  isSourceBufferList,
  isSupportedForBuffer,
  queueTask,
  releaseMediaSource,
};

export type Interface = { prototype: object };
/** Gives a property another descriptor, or an object another prototype, until the library is uninstalled. */
export interface Replace {
  property(holder: object, name: PropertyKey, descriptor: PropertyDescriptor): void;
  prototype(object: object, prototype: object): void;
  /** Whether the library is still installed. */
  isInForce(): boolean;
}
export type Member = (this: object, ...args: never[]) => unknown;

/** The browser's own interfaces. */
export interface NativeInterfaces {
  MediaSource: Interface & { isTypeSupported(type: string): boolean };
  SourceBuffer: Interface;
  SourceBufferList: Interface;
}

/** What `source_handover_members.ts` installs, or could not. */
interface HandoverMembers {
  areThere: boolean;
  soon: Promise<void>;
}

/** A source of the browser's, as long as nothing but the browser attaches it. */
export class WatchedSource {
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

  readonly #members: HandoverMembers;

  constructor(source: MediaSource, members: HandoverMembers) {
    this.source = source;
    this.#members = members;
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
    const { areThere, soon } = this.#members;
    if (engineNow() && areThere) {
      return;
    }
    event.stopImmediatePropagation();
    const open = () => queueTask(() => this.source.readyState === "closed" || fire(this.source, "sourceopen"));
    Promise.all([loadEngine(), soon]).then(open, open);
  }
}

/**
 * Makes the browser's sources go over when they have to. Returns what is to be called for each that gets an object URL.
 * A source that has gone over is lost to the page when the library is uninstalled.
 */
export function installHandover(page: NativeInterfaces, replace: Replace): (source: object) => NativeSource {
  const watched = new WeakMap<object, WatchedSource>();
  const { prototype } = page.MediaSource;
  const members: HandoverMembers = { areThere: false, soon: Promise.resolve() };
  members.soon = new Promise((resolve) => {
    const settle = () => {
      members.areThere = true;
      resolve();
    };
    withSeldom(
      ({ installHandoverMembers }) => {
        if (replace.isInForce()) {
          installHandoverMembers(page, replace, watched, HANDOVER_LIBRARY);
        }
        settle();
      },
      (error) => {
        console.error("mse-polyfill: sources stay the browser's, for what takes them over could not be loaded.", error);
        settle();
      },
    );
  });
  const asked = Object.getOwnPropertyDescriptor(page.MediaSource, "isTypeSupported");
  const before = asked?.value as Member;
  replace.property(page.MediaSource, "isTypeSupported", {
    ...asked,
    value: alike(before, function (...args: unknown[]) {
      return before.apply(page.MediaSource, args as never[]) || isTypeSupported(`${args[0] as string}`);
    }),
  });
  function watch(source: object): WatchedSource {
    let entry = watched.get(source);
    if (!entry) {
      watched.set(source, (entry = new WatchedSource(source as MediaSource, members)));
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

