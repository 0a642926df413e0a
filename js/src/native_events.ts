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

let windowWatched = false;

/** Listens on the window, before the page does: the earlier this is called the better. */
export function watchWindow(): void {
  if (!windowWatched) {
    windowWatched = true;
    FILTERED_EVENTS.forEach((type) => window.addEventListener(type, listener, true));
  }
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
