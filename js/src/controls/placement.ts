/**
 * Chromium and WebKit show native controls in fullscreen even of a video without `controls`. The host element is the
 * video's next sibling, so the sheet needs no mark on the video.
 */
const noNativeControls = ":is(video, audio):has(+ mse-controls)::-webkit-media-controls { display: none !important }";

/** How often the video is looked after for moves that no observer reports, in milliseconds. */
const FOLLOW_INTERVAL = 250;

/**
 * Keeps `host` the next sibling of `media` and exactly over its box, wherever layout, scrolling, transforms or the
 * page's scripts take it.
 *
 * In fullscreen of the video element itself nothing outside of it is seen, and putting the video into a wrapper would
 * restart it in some browsers and break the page's own selectors. So `layer`, a dialog inside the host, becomes modal
 * for that while: it enters the top layer after the video, hence above it. A popover would be seen as well, but not
 * touched: all but the fullscreen element and modal dialogs is inert.
 */
export function followMedia(
  media: HTMLMediaElement,
  host: HTMLElement,
  layer: HTMLDialogElement,
  signal: AbortSignal,
): void {
  let root: Document | ShadowRoot | undefined;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(noNativeControls);

  const setRoot = (next: Document | ShadowRoot | undefined) => {
    if (root === next) return;
    if (root) root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other !== sheet);
    root = next;
    if (root) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  };
  const set = (name: string, value: string) => {
    if (host.style.getPropertyValue(name) !== value) host.style.setProperty(name, value, "important");
  };

  const update = () => {
    if (!media.isConnected || !media.parentNode) {
      host.remove();
      setRoot(undefined);
      return;
    }
    if (host.parentNode !== media.parentNode) media.after(host);
    setRoot(media.getRootNode() as Document | ShadowRoot);

    const fullscreen = root?.fullscreenElement === media;
    if (fullscreen !== layer.open) {
      const focused = host.shadowRoot?.activeElement;
      if (fullscreen) layer.showModal();
      else layer.close();
      if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
    }
    if (fullscreen) return;

    const look = getComputedStyle(media);
    const box = media.getBoundingClientRect();
    if (media.hidden || media.style.display === "none") {
      set("display", "none");
      return;
    }
    if (!box.width && media instanceof HTMLAudioElement) {
      // No browser gives <audio> a box without native controls. Ours takes the place and the size that theirs would.
      set("position", "relative");
      set("display", "inline-block");
      set("width", look.width === "auto" ? "300px" : look.width);
      set("height", look.height === "auto" ? "54px" : look.height);
      return;
    }
    set("position", "absolute");
    set("display", box.width ? "block" : "none");
    set("z-index", look.zIndex);
    set("visibility", look.visibility);
    set("border-radius", look.borderRadius);
    const own = host.getBoundingClientRect();
    const scale = host.offsetWidth && own.width ? own.width / host.offsetWidth : 1;
    const round = (value: number) => `${Math.round(value * 100) / 100}px`;
    set("width", round(box.width / scale));
    set("height", round(box.height / scale));
    const move = (name: "left" | "top") => {
      const off = (box[name] - own[name]) / scale;
      if (!host.style[name].endsWith("px") || Math.abs(off) > 0.1) set(name, round((parseFloat(host.style[name]) || 0) + off));
    };
    move("left");
    move("top");
  };

  const sizes = new ResizeObserver(update);
  sizes.observe(media);
  // Capture: scrolling does not bubble, and the video may sit in any scroller.
  document.addEventListener("scroll", update, { capture: true, passive: true, signal });
  document.addEventListener("fullscreenchange", update, { capture: true, signal });
  addEventListener("resize", update, { signal });
  const timer = setInterval(update, FOLLOW_INTERVAL);
  signal.addEventListener("abort", () => {
    sizes.disconnect();
    clearInterval(timer);
    setRoot(undefined);
    layer.close();
    host.remove();
  });
  // Escape is meant to leave the fullscreen, and that closes the layer.
  layer.addEventListener("cancel", (event) => {
    event.preventDefault();
    document.exitFullscreen().catch(() => undefined);
  });
  update();
}
