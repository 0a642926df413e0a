import { NETWORK_EMPTY } from "./element_states";
import { native } from "./native_element";
import { fire, queueTask } from "./tasks";

/**
 * While an element is attached, the browser's own events tell of the stream that it natively plays, not of the media
 * that the page knows of. They are stopped before any listener of the page hears them.
 */

/** What the page must hear from the engine alone. */
const ENGINE_EVENTS = [
  "loadstart",
  "progress",
  "suspend",
  "abort",
  "emptied",
  "stalled",
  "loadedmetadata",
  "loadeddata",
  "canplay",
  "canplaythrough",
  "playing",
  "waiting",
  "seeking",
  "seeked",
  "ended",
  "durationchange",
  "timeupdate",
  "play",
  "pause",
  "ratechange",
  "resize",
  "error",
];

/** All that is looked at; whoever filters decides on volumechange. */
const FILTERED_EVENTS = [...ENGINE_EVENTS, "volumechange"];

/** True when the page may hear the event. */
export type NativeEventFilter = (type: string) => boolean;

const filters = /* @__PURE__ */ new WeakMap<EventTarget, NativeEventFilter>();

/** Events that the listener on the window let pass, for the one on the element. */
const passed = /* @__PURE__ */ new WeakSet<Event>();

function listener(event: Event): void {
  // The engine's events are not trusted ones, nor are those that the page makes up: they pass.
  const filter = event.isTrusted && event.target ? filters.get(event.target) : undefined;
  if (!filter || passed.has(event)) {
    return;
  }
  if (filter(event.type)) {
    passed.add(event);
  } else {
    event.stopImmediatePropagation();
  }
}

let stopWatching: (() => void) | undefined;

/** Listens on the window, before the page does: the earlier this is called the better. Returns how to stop. */
export function watchWindow(): () => void {
  if (!stopWatching) {
    const { window } = globalThis;
    FILTERED_EVENTS.forEach((type) => window.addEventListener(type, listener, true));
    stopWatching = () => {
      stopWatching = undefined;
      FILTERED_EVENTS.forEach((type) => window.removeEventListener(type, listener, true));
    };
  }
  return stopWatching;
}

/**
 * Stops the element's native events that `filter` does not let pass. The listener on the element itself catches them
 * where the element is in no document.
 */
export function filterNativeEvents(element: HTMLMediaElement, filter: NativeEventFilter): () => void {
  watchWindow();
  filters.set(element, filter);
  FILTERED_EVENTS.forEach((type) => element.addEventListener(type, listener, true));
  return () => {
    if (filters.get(element) === filter) {
      filters.delete(element);
      FILTERED_EVENTS.forEach((type) => element.removeEventListener(type, listener, true));
    }
  };
}

/**
 * An element that is attached no longer gets from `setNatively` what the browser loads. What it tells of the end of our
 * stream is hidden, since the page hears of the end of its source from us, and what it tells of the new resource comes
 * after that. A stream knows no rates, so the `playbackRate` to begin with is set now. The next of each of `heardOf` is
 * hidden, too.
 */
export function hideEventsOfReset(
  element: HTMLMediaElement,
  setNatively: () => void,
  playbackRate: number,
  heardOf: string[] = [],
): void {
  /** `emptied` ends what comes of the stream, but for one `timeupdate`. */
  let isOfStream = native().networkState(element) !== NETWORK_EMPTY;
  let isReturning = native().currentTime(element) > 0;
  let rateChanges = 0;
  let isPageBehind = true;
  const stop = filterNativeEvents(element, (type) => {
    if (isOfStream) {
      isOfStream = type !== "emptied";
      stopWhenDone();
      return false;
    }
    if (type === "timeupdate" && isReturning) {
      isReturning = false;
      stopWhenDone();
      return false;
    }
    if (type === "ratechange" && rateChanges > 0) {
      rateChanges--;
      return false;
    }
    isReturning &&= type !== "loadstart";
    if (heardOf.includes(type)) {
      heardOf.splice(heardOf.indexOf(type), 1);
      stopWhenDone();
      return false;
    }
    if (isPageBehind) {
      queueTask(() => fire(element, type));
    }
    stopWhenDone();
    return !isPageBehind;
  });
  const stopWhenDone = () => {
    if (!isOfStream && !isReturning && rateChanges === 0 && heardOf.length === 0 && !isPageBehind) {
      stop();
    }
  };
  setNatively();
  for (const rate of [native().defaultPlaybackRate, native().playbackRate]) {
    const before = rate.get(element);
    rate.set(element, playbackRate);
    rateChanges += rate.get(element) === before ? 0 : 1;
  }
  // Behind all that is queued for the page so far.
  queueTask(() => {
    isPageBehind = false;
    stopWhenDone();
  });
}
