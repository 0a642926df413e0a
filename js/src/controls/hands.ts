/** Two taps this close in time are one double tap, in milliseconds. */
const DOUBLE_TAP = 300;

/** What hands do. */
export interface Hands {
  media: HTMLMediaElement;
  host: HTMLElement;
  /** Takes the place of the picture in fullscreen. */
  picture: HTMLElement;
  signal: AbortSignal;
  /** A pointer that can hover moved, or anything was pressed. */
  moved(): void;
  clicked(): void;
  doubleClicked(): void;
  tapped(): void;
  /** To the left (-1) or to the right (1) of the middle. */
  doubleTapped(side: -1 | 1): void;
  /** A key, where the element itself is focused. True if it was of use. */
  key(event: KeyboardEvent): boolean;
}

const POINTING = ["pointerdown", "pointerup", "pointermove", "mousedown", "mouseup", "mousemove", "click", "dblclick", "contextmenu"];
const KEYING = ["keydown", "keypress", "keyup"];

/**
 * Listens to what is done to the picture. The page is first: what it hears is what it would hear of a video with native
 * controls, and what it prevents is not done. That can be known only after the last of its listeners, which no listener
 * of ours is sure to be, so a task comes after them.
 *
 * Returns what has to be done while the element is in a document.
 */
export function listenToHands(hands: Hands): (connected: AbortSignal) => void {
  const { media, host, picture, signal } = hands;
  let isTouch = false;
  let lastTap = -Infinity;

  const afterPage = (event: Event, act: () => void) => {
    setTimeout(() => {
      if (!event.defaultPrevented && !signal.aborted) act();
    });
  };
  const tap = (event: MouseEvent) => {
    const isSecond = event.timeStamp - lastTap < DOUBLE_TAP;
    lastTap = isSecond ? -Infinity : event.timeStamp;
    const { left, width } = media.getBoundingClientRect();
    if (isSecond) hands.doubleTapped(event.clientX < left + width / 2 ? -1 : 1);
    else hands.tapped();
  };
  // A relayed event is the browser's all the same; one that a script makes is answered by nobody natively either.
  const relayed = new WeakSet<Event>();
  const on = <K extends keyof HTMLElementEventMap>(type: K, act: (event: HTMLElementEventMap[K]) => void) => {
    const listener = (event: Event) => {
      if (event.isTrusted || relayed.has(event)) act(event as HTMLElementEventMap[K]);
    };
    media.addEventListener(type, listener, { signal, capture: true });
  };
  on("pointermove", (event) => event.pointerType !== "touch" && hands.moved());
  on("pointerdown", (event) => {
    isTouch = event.pointerType === "touch";
    if (!isTouch) hands.moved();
  });
  on("click", (event) => afterPage(event, () => (isTouch ? tap(event) : hands.clicked())));
  on("dblclick", (event) => afterPage(event, () => isTouch || hands.doubleClicked()));

  // A key has to be prevented while it is on its way, else it scrolls as well. Where the page stops it halfway, it scrolls.
  let pending: KeyboardEvent | undefined;
  const finish = (event: Event) => {
    if (event !== pending) return;
    pending = undefined;
    if (!event.defaultPrevented && !signal.aborted && hands.key(event as KeyboardEvent)) event.preventDefault();
  };
  on("keydown", (event) => {
    pending = event;
    setTimeout(() => finish(event));
  });

  /** The page gets the event at the element, as it would natively; ours is over. */
  const relay = (event: Event) => {
    event.stopImmediatePropagation();
    const again = new (event.constructor as typeof Event)(event.type, event);
    relayed.add(again);
    if (!media.dispatchEvent(again)) event.preventDefault();
  };

  return (connected) => {
    const view = media.ownerDocument.defaultView;
    view?.addEventListener("keydown", finish, { signal: connected });
    const capture = { signal: connected, capture: true };
    const onCapture = (event: Event) => {
      if (!event.isTrusted) return;
      const path = event.composedPath();
      if (!path.includes(host)) return;
      const isPicture = path[0] === picture || path[0] === picture.parentNode || path[0] === host;
      if (isPicture) relay(event);
      else if (KEYING.includes(event.type)) {
        // Keys pressed at a control are the control's, not the page's, as in Chromium.
        event.stopImmediatePropagation();
        if (event.type === "keydown" && hands.key(event as KeyboardEvent)) event.preventDefault();
      }
    };
    // At the window, before the page sees it; at the host, where a closed shadow root hides it from the window.
    for (const type of [...POINTING, ...KEYING]) {
      view?.addEventListener(type, onCapture, capture);
      host.addEventListener(type, onCapture, capture);
    }
  };
}
