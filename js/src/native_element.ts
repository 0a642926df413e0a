/**
 * The browser's own members of media elements, taken from the prototypes before anything is patched: what is behind
 * the members that an attached element shows.
 */

type Accessor<T> = { get(element: HTMLMediaElement): T; set(element: HTMLMediaElement, value: T): void };

export interface NativeElement {
  src: Accessor<string>;
  srcObject: Accessor<MediaProvider | null>;
  muted: Accessor<boolean>;
  volume: Accessor<number>;
  paused(element: HTMLMediaElement): boolean;
  currentSrc(element: HTMLMediaElement): string;
  currentTime(element: HTMLMediaElement): number;
  networkState(element: HTMLMediaElement): number;
  readyState(element: HTMLMediaElement): number;
  playbackRate: Accessor<number>;
  defaultPlaybackRate: Accessor<number>;
  preservesPitch: Accessor<boolean | undefined>;
  play(element: HTMLMediaElement): Promise<void>;
  pause(element: HTMLMediaElement): void;
  load(element: HTMLMediaElement): void;
  /** False where browsers have no such callbacks. */
  onNextFrame(element: HTMLMediaElement, callback: VideoFrameRequestCallback): boolean;
  canPlayType(element: HTMLMediaElement, type: string): CanPlayTypeResult;
  getAttribute(element: Element, name: string): string | null;
  hasAttribute(element: Element, name: string): boolean;
  setAttribute(element: Element, name: string, value: string): void;
  removeAttribute(element: Element, name: string): void;
}

function accessor<T>(name: keyof HTMLMediaElement): Accessor<T> {
  const descriptor = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, name);
  return {
    get: (element) => descriptor?.get?.call(element) as T,
    set: (element, value) => descriptor?.set?.call(element, value),
  };
}

const ACCESSORS = [
  "src", "srcObject", "muted", "volume", "playbackRate", "defaultPlaybackRate", "preservesPitch",
] as const satisfies (keyof HTMLMediaElement)[];
const ATTRIBUTES = [
  "paused", "currentSrc", "currentTime", "networkState", "readyState",
] as const satisfies (keyof HTMLMediaElement)[];
const METHODS = ["play", "pause", "load", "canPlayType"] as const satisfies (keyof HTMLMediaElement)[];
const ELEMENT_METHODS = ["getAttribute", "hasAttribute", "setAttribute", "removeAttribute"] as const satisfies (keyof Element)[];

function capture(): NativeElement {
  const { requestVideoFrameCallback } = HTMLVideoElement.prototype as Partial<HTMLVideoElement>;
  const members: Record<string, unknown> = {
    onNextFrame(element: HTMLMediaElement, callback: VideoFrameRequestCallback) {
      const has = requestVideoFrameCallback !== undefined && element instanceof HTMLVideoElement;
      if (has) {
        requestVideoFrameCallback.call(element, callback);
      }
      return has;
    },
  };
  for (const name of ACCESSORS) {
    members[name] = accessor(name);
  }
  for (const name of ATTRIBUTES) {
    members[name] = accessor(name).get;
  }
  const take = (holder: object, names: readonly string[]) => {
    for (const name of names) {
      const method = (holder as Record<string, (...args: unknown[]) => unknown>)[name];
      members[name] = (element: Element, ...args: unknown[]) => method?.apply(element, args);
    }
  };
  take(HTMLMediaElement.prototype, METHODS);
  take(Element.prototype, ELEMENT_METHODS);
  return members as unknown as NativeElement;
}

let captured: NativeElement | undefined;

/** Must be called once before any of these is patched. */
export function native(): NativeElement {
  return (captured ??= capture());
}
