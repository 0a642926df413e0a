/** Chromium and WebKit show native controls in fullscreen even of a video without `controls`. */
const noNativeControls = ":fullscreen:has(~ mse-controls)::-webkit-media-controls { display: none !important }";

/** The browser draws captions at the bottom, where the bar is. */
const raisedCaptions = (by: number) =>
  `:has(~ mse-controls)::-webkit-media-text-track-container { translate: 0 -${by}px !important }`;

/** How often an element is looked after for moves that no observer reports, in milliseconds. */
const FOLLOW_INTERVAL = 250;

/**
 * No browser gives <audio> a box without native controls. Ours takes the place that theirs would, by what the page says of
 * the element's own.
 */
const AUDIO_LAYOUT = ["margin", "float", "clear", "vertical-align", "align-self", "justify-self", "flex", "order", "grid-area",
  "min-width", "max-width", "position", "inset"];

/** What a page may set for the bar, at the bar, the element or around it. */
const CUSTOM = ["--mse-controls-accent", "--mse-controls-font"];

/** The way up through slots and shadow roots. */
const parentOf = (element: Element): Element | null =>
  element.assignedSlot ?? element.parentElement ?? (element.getRootNode() as Partial<ShadowRoot>).host ?? null;

/** Calls until what it refers to is gone. */
function callEvery(milliseconds: number, callback: WeakRef<() => void>): ReturnType<typeof setInterval> {
  const timer = setInterval(() => {
    const call = callback.deref();
    if (call) call();
    else clearInterval(timer);
  }, milliseconds);
  return timer;
}

export interface Placed {
  /** Has captions drawn this much higher, in pixels; only Chromium and WebKit let a page move them. */
  raiseCaptions(by: number): void;
}

export interface Placement {
  /** The element, in whose place and for which the bar is. */
  media: HTMLMediaElement;
  /** The bar's own element, and where its style is written. */
  host: HTMLElement;
  style: CSSStyleDeclaration;
  /** Holds all of the bar. */
  layer: HTMLDialogElement;
  /** The bar goes away. */
  signal: AbortSignal;
  /** Called when the element is in a document; the signal is aborted when it is no longer. */
  connected(signal: AbortSignal): void;
  /** Called when the element came to another document, where this bar is of no use. */
  adopted(): void;
}

/**
 * Keeps `host` behind `media` in the tree and exactly over its box, wherever layout, scrolling, transforms or the page's
 * scripts take it. While the element is in no document, nothing of the bar's is there either, nor keeps the element alive.
 *
 * In fullscreen of the video element itself nothing outside of it is seen, and putting the video into a wrapper would
 * restart it in some browsers and break the page's own selectors. So `layer`, a dialog inside the host, becomes modal
 * for that while: it enters the top layer after the video, hence above it. A popover would be seen as well, but not
 * touched: all but the fullscreen element and modal dialogs is inert.
 */
export function followMedia({ media, host, style, layer, signal, connected, adopted }: Placement): Placed {
  const { ownerDocument } = media;
  const window = ownerDocument.defaultView as (Window & typeof globalThis) | null;
  const isAudio = media.localName === "audio";
  /** Aborted when the element leaves its document. */
  let stay: AbortController | undefined;
  let isInView = true;
  let raised = 0;
  let adoptSheet = () => {};

  const written = new Map<string, string>();
  const set = (name: string, value: string) => {
    if (written.get(name) === value) return;
    written.set(name, value);
    style.setProperty(name, value, "important");
  };
  const pixels = (value: number) => `${Math.round(value * 100) / 100}px`;

  /** Where the element is shown: its box in the window without what scrollers around it cut off, and how that is turned. */
  const surroundings = (position: string) => {
    const clip = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };
    let turn = new DOMMatrix();
    let skipsStatic = position === "absolute";
    let isClipped = position !== "fixed";
    for (let at = parentOf(media); at && at !== ownerDocument.documentElement; at = parentOf(at)) {
      const look = getComputedStyle(at);
      if (look.transform !== "none") turn = new DOMMatrix(look.transform).multiply(turn);
      if (look.rotate && look.rotate !== "none") turn = new DOMMatrix().rotate(parseFloat(look.rotate)).multiply(turn);
      if (skipsStatic && look.position === "static" && look.transform === "none") continue;
      skipsStatic = look.position === "absolute";
      if (isClipped && look.overflow !== "visible" && at !== ownerDocument.body) {
        const box = at.getBoundingClientRect();
        clip.left = Math.max(clip.left, box.left + at.clientLeft);
        clip.top = Math.max(clip.top, box.top + at.clientTop);
        clip.right = Math.min(clip.right, box.left + at.clientLeft + at.clientWidth);
        clip.bottom = Math.min(clip.bottom, box.top + at.clientTop + at.clientHeight);
      }
      isClipped &&= look.position !== "fixed";
    }
    return { clip, turn };
  };

  const placeAudio = (look: CSSStyleDeclaration) => {
    for (const name of AUDIO_LAYOUT) set(name, look.getPropertyValue(name));
    if (look.position === "static") set("position", "relative");
    const { display } = media.style;
    set("display", display || "inline-block");
    set("width", look.width === "auto" ? "300px" : look.width);
    set("height", look.height === "auto" ? "54px" : look.height);
  };

  const placeOver = (look: CSSStyleDeclaration, box: DOMRect) => {
    set("position", look.position === "fixed" ? "fixed" : "absolute");
    // The native bar lies where the picture does, inside of border and padding.
    for (const side of ["top", "right", "bottom", "left"]) {
      const border = parseFloat(look.getPropertyValue(`border-${side}-width`)) || 0;
      set(`border-${side}-width`, pixels(border + (parseFloat(look.getPropertyValue(`padding-${side}`)) || 0)));
    }
    for (const name of ["border-radius", "transform", "transform-origin", "rotate", "scale", "translate"]) {
      set(name, look.getPropertyValue(name));
    }
    const isTransformed = [look.transform, look.rotate, look.scale].some((value) => value && value !== "none");
    const { clip, turn } = surroundings(look.position);
    const isTurned = Math.abs(turn.b) > 1e-6 || Math.abs(turn.c) > 1e-6;
    const { offsetWidth, offsetHeight } = media;
    // The layout's own sizes are whole numbers, so less than one is no sign of a scale.
    const isScaled = Math.abs(box.width - offsetWidth) > 0.51 || Math.abs(box.height - offsetHeight) > 0.51;
    let scale = 1;
    if (isTransformed || isTurned) scale = Math.hypot(turn.a, turn.b);
    else if (isScaled) scale = box.width / offsetWidth;
    set("width", pixels(isTransformed || isTurned ? offsetWidth : box.width / scale));
    set("height", pixels(isTransformed || isTurned ? offsetHeight : box.height / scale));
    const own = host.getBoundingClientRect();
    // How far the host is off, by the axes of what it lies in.
    const off = new DOMPoint(box.left - own.left, box.top - own.top);
    const back = isTurned ? new DOMMatrix([turn.a, turn.b, turn.c, turn.d, 0, 0]).inverse() : undefined;
    const { x, y } = back ? off.matrixTransform(back) : { x: off.x / scale, y: off.y / scale };
    if (Math.abs(x) > 0.05) set("left", pixels(parseFloat(style.left) + x));
    if (Math.abs(y) > 0.05) set("top", pixels(parseFloat(style.top) + y));

    const cut = [clip.top - box.top, box.right - clip.right, box.bottom - clip.bottom, clip.left - box.left];
    const isCut = !isTurned && !isTransformed && cut.some((by) => by > 0);
    set("clip-path", isCut ? `inset(${cut.map((by) => pixels(Math.max(0, by) / scale)).join(" ")})` : "none");
  };

  /** In fullscreen the layer is on top, and the browser's own bar is not seen. */
  const followFullscreen = (root: Document | ShadowRoot): boolean => {
    const isFullscreen = root.fullscreenElement === media;
    if (isFullscreen !== layer.open) {
      const focused = (host.shadowRoot?.activeElement ?? layer.firstElementChild) as HTMLElement | null;
      if (isFullscreen) layer.showModal();
      else layer.close();
      if (isFullscreen) focused?.focus({ preventScroll: true });
    }
    return isFullscreen;
  };

  const place = () => {
    const root = media.getRootNode() as Document | ShadowRoot;
    if (followFullscreen(root)) return;
    const look = getComputedStyle(media);
    const box = media.getBoundingClientRect();
    const isHidden = media.hidden || media.style.display === "none" || (!isAudio && !(box.width && box.height));
    if (isHidden) {
      set("display", "none");
      return;
    }
    for (const name of ["visibility", "opacity", "z-index", "color-scheme", "pointer-events"]) {
      set(name === "pointer-events" ? "--events" : name, look.getPropertyValue(name));
    }
    // What the page says at the video holds for its bar, which is not inside of it.
    for (const name of CUSTOM) set(name, look.getPropertyValue(name));
    if (isAudio && !box.width) {
      placeAudio(look);
    } else {
      set("display", "block");
      placeOver(look, box);
    }
  };

  const leave = () => {
    stay?.abort();
    stay = undefined;
    layer.close();
    host.remove();
  };

  const update = () => {
    if (signal.aborted) return;
    const { parentNode } = media;
    if (media.ownerDocument !== ownerDocument) {
      adopted();
    } else if (!media.isConnected || !parentNode || !window) {
      leave();
    } else {
      if (host.parentNode !== parentNode || !(media.compareDocumentPosition(host) & Node.DOCUMENT_POSITION_FOLLOWING)) {
        // Between two parents the listeners on the way up change.
        stay?.abort();
        stay = undefined;
        media.after(host);
      }
      if (host.slot !== media.slot) host.slot = media.slot;
      if (!stay) enter(parentNode, window);
      place();
    }
  };

  const enter = (parent: Node, view: Window & typeof globalThis) => {
    const entered = (stay = new AbortController());
    const whileHere = { signal: entered.signal };
    // Capture: scrolling does not bubble, and the video may sit in any scroller.
    ownerDocument.addEventListener("scroll", place, { ...whileHere, capture: true, passive: true });
    view.addEventListener("resize", place, whileHere);
    const sheet = new view.CSSStyleSheet();
    const root = media.getRootNode() as Document | ShadowRoot;
    let rulesNow = "";
    const withdraw = () => {
      if (root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other !== sheet);
    };
    adoptSheet = () => {
      const rules = (root.fullscreenElement === media ? noNativeControls : "") + (raised ? raisedCaptions(raised) : "");
      if (rules === rulesNow) return;
      rulesNow = rules;
      withdraw();
      sheet.replaceSync(rules);
      if (rules) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    };
    const adopt = () => {
      adoptSheet();
      place();
    };
    ownerDocument.addEventListener("fullscreenchange", adopt, { ...whileHere, capture: true });
    // Only for the element's own moves: a page that takes the bar away is not fought with at once.
    const siblings = new MutationObserver(() => media.parentNode !== parent && update());
    siblings.observe(parent, { childList: true });
    const views = new IntersectionObserver((entries) => {
      isInView = entries.some(({ isIntersecting }) => isIntersecting) || isAudio;
      if (isInView) place();
    });
    views.observe(media);
    entered.signal.addEventListener("abort", () => {
      siblings.disconnect();
      views.disconnect();
      adoptSheet = () => undefined;
      withdraw();
    });
    adoptSheet();
    connected(entered.signal);
  };

  const glance = () => {
    if (!stay || isInView || !media.isConnected || media.ownerDocument !== ownerDocument) update();
  };
  const sizes = new ResizeObserver(update);
  sizes.observe(media);
  const attributes = new MutationObserver(update);
  attributes.observe(media, { attributeFilter: ["class", "style", "hidden", "slot", "width", "height"] });
  // The listener is what holds `glance`, so the timer ends with the element.
  media.addEventListener("play", glance, { signal });
  const timer = callEvery(FOLLOW_INTERVAL, new WeakRef(glance));
  signal.addEventListener("abort", () => {
    sizes.disconnect();
    attributes.disconnect();
    clearInterval(timer);
    leave();
  });
  // Escape is meant to leave the fullscreen, and that closes the layer.
  layer.addEventListener("cancel", (event) => {
    event.preventDefault();
    ownerDocument.exitFullscreen().catch(() => undefined);
  });
  set("left", "0px");
  set("top", "0px");
  update();
  return {
    raiseCaptions(by) {
      if (raised === by) return;
      raised = by;
      adoptSheet();
    },
  };
}
