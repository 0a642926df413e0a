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

function capture(): NativeElement {
  const { play, pause, load, canPlayType } = HTMLMediaElement.prototype;
  const { requestVideoFrameCallback } = HTMLVideoElement.prototype as Partial<HTMLVideoElement>;
  const { getAttribute, hasAttribute, setAttribute, removeAttribute } = Element.prototype;
  return {
    src: accessor("src"),
    srcObject: accessor("srcObject"),
    muted: accessor("muted"),
    volume: accessor("volume"),
    paused: accessor<boolean>("paused").get,
    currentSrc: accessor<string>("currentSrc").get,
    currentTime: accessor<number>("currentTime").get,
    networkState: accessor<number>("networkState").get,
    readyState: accessor<number>("readyState").get,
    playbackRate: accessor("playbackRate"),
    defaultPlaybackRate: accessor("defaultPlaybackRate"),
    preservesPitch: accessor("preservesPitch"),
    // Very old engines return nothing.
    play: (element) => (play.call(element) as Promise<void> | undefined) ?? Promise.resolve(),
    pause: (element) => pause.call(element),
    load: (element) => load.call(element),
    onNextFrame(element, callback) {
      const has = requestVideoFrameCallback !== undefined && element instanceof HTMLVideoElement;
      if (has) {
        requestVideoFrameCallback.call(element, callback);
      }
      return has;
    },
    canPlayType: (element, type) => canPlayType.call(element, type),
    getAttribute: (element, name) => getAttribute.call(element, name),
    hasAttribute: (element, name) => hasAttribute.call(element, name),
    setAttribute: (element, name, value) => setAttribute.call(element, name, value),
    removeAttribute: (element, name) => removeAttribute.call(element, name),
  };
}

let captured: NativeElement | undefined;

/** Must be called once before any of these is patched. */
export function native(): NativeElement {
  return (captured ??= capture());
}
