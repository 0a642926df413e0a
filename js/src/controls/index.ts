import { measure, speak, type Texts } from "../texts";
import { areCaptionsLow, captionName, captionsOf, raiseCues, showCaptions } from "./captions";
import { addButton, addTo, nameButton, setAttributes, setText } from "./dom";
import { listenToHands } from "./hands";
import { setIcon } from "./icons";
import { korean } from "./korean";
import { addMenu, type Choices } from "./menu";
import { followMedia, type Placed } from "./placement";
import { addSlider } from "./slider";
import { styleFor } from "./style";
import { clockText, edgeOf, isAtEdge, spanOf, spokenTime } from "./time";

/** How long the bar stays while playing and nobody moves, in milliseconds. */
const IDLE_AFTER = 3_000;
/** How far the arrow keys seek, in seconds. */
const KEY_SEEK = 5;
/** How far a double tap seeks, in seconds. */
const TAP_SEEK = 10;
/** How far the arrow keys move the volume. */
const KEY_VOLUME = 0.1;
/** The rates to choose from. */
const RATES = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

const TEXTS: Texts = { ko: korean };

/** What is said of the codes of a MediaError. */
const ERRORS: Record<number, string> = {
  1: "Playback was stopped.",
  2: "The connection was lost.",
  3: "This media is damaged or cannot be decoded.",
  4: "This media cannot be played.",
};

/** Safari on iPhones has fullscreen for videos alone, under a name of its own. */
type WebKitVideo = HTMLVideoElement & { webkitEnterFullscreen?(): void };

/**
 * Gives a media element the library's control bar and returns the function that takes it away without a trace.
 *
 * The browser's own controls cannot scrub an element that plays a MediaStream, so this bar stands in for them. It
 * speaks to the element through its public members alone and lies in a shadow root beside it, over its box. The caller
 * takes the native controls away (the `controls` attribute); Chromium's and WebKit's are hidden here as well, because
 * they would come back in fullscreen. `texts` are the page's.
 */
export function mountControls(media: HTMLMediaElement, texts?: Texts): () => void {
  let unmount: () => void;
  const mount = () => {
    unmount = build(media, texts, () => {
      unmount();
      mount();
    });
  };
  mount();
  return () => unmount();
}

/** Builds the bar in the element's document; `adopted` is called when that is another one. */
function build(media: HTMLMediaElement, texts: Texts | undefined, adopted: () => void): () => void {
  let placed: Placed | undefined;
  let say = speak(media, TEXTS, texts);
  const video = media.localName === "video" ? (media as WebKitVideo) : undefined;
  const doc = media.ownerDocument;
  const ending = new AbortController();
  const { signal } = ending;
  const rootNode = () => media.getRootNode() as Document | ShadowRoot;

  // ---- What there is --------------------------------------------------------------------------------------------------
  const host = doc.createElement("mse-controls");
  const shadow = host.attachShadow({ mode: "open" });
  const layer = addTo(shadow, "dialog", "");
  layer.setAttribute("role", "group");
  layer.tabIndex = -1; // Firefox stops at a dialog on the way through the page
  const root = addTo(layer, "div", video ? "root" : "root audio");
  root.tabIndex = -1; // stands for the element in fullscreen, which is out of reach there
  addTo(root, "div", "spin", "spinner");
  const message = addTo(root, "p", "message", "message");
  message.setAttribute("role", "status");
  const big = video && addButton(root, "big", () => toggle());
  const bar = addTo(root, "div", "bar", "bar");
  const row = addTo(bar, "div", "row");

  /** Where the drag has been, until the element can go there. */
  let wanted: number | undefined;
  const play = addButton(row, "play", () => toggle());
  const live = addButton(row, "live", () => {
    seekTo(edgeOf(spanOf(media)));
    if (media.paused) media.play().catch(() => undefined);
  });
  const time = addTo(row, "span", "time", "time");
  const current = addTo(time, "span", "");
  const total = addTo(time, "i", "");
  const rate = addTo(row, "span", "rate", "rate");
  if (video) addTo(row, "span", "gap");
  const seek = addSlider(video ? bar : row, "seek", {
    moveTo(fraction, settled) {
      const { start, end } = spanOf(media);
      if (end <= start) return;
      wanted = start + fraction * (end - start);
      // One seek at a time while dragging: each must show its picture before the next.
      if (settled || !media.seeking) seekTo(wanted);
      if (settled) wanted = undefined;
      paintPosition();
    },
    hoverAt(fraction, pixels) {
      const { start, end, live } = spanOf(media);
      setText(tip, live ? `−${clockText((1 - fraction) * (end - start))}` : clockText(start + fraction * (end - start)));
      const half = tip.offsetWidth / 2;
      const left = Math.max(0, Math.min(seek.element.offsetWidth - 2 * half, pixels - half));
      tip.style.transform = `translateX(${left}px)`;
    },
  });
  const tip = addTo(seek.element, "span", "tip", "tip");
  tip.setAttribute("aria-hidden", "true");
  const mute = addButton(row, "mute", () => {
    media.muted = !media.muted;
    if (!media.muted && !media.volume) media.volume = 0.5;
  });
  const volume = addSlider(row, "volume", {
    moveTo(fraction) {
      media.volume = fraction;
      media.muted = false;
    },
  });
  const captions = addButton(row, "captions", () => {
    const shown = captionsOf(media).find(({ mode }) => mode === "showing");
    if (shown) lastCaptions = shown;
    const all = captionsOf(media);
    showCaptions(media, shown ? undefined : all.find((track) => track === lastCaptions) ?? all[0]);
  });
  let lastCaptions: TextTrack | undefined;
  setIcon(captions, "captions");
  const more = addButton(row, "more", () => menu.toggle());
  setIcon(more, "more");
  const float = addButton(row, "float", () => toggleFloating());
  setIcon(float, "float");
  const full = addButton(row, "full", () => toggleFullscreen());
  const menu = addMenu(root, more, () => offer());

  // ---- What it does ---------------------------------------------------------------------------------------------------
  const toggle = () => {
    // A refusal shows as the element staying paused.
    if (media.paused || media.ended) media.play().catch(() => undefined);
    else media.pause();
  };
  const seekTo = (position: number) => {
    const { start, end } = spanOf(media);
    if (end > start) media.currentTime = Math.min(end, Math.max(start, position));
  };
  const setVolume = (value: number) => {
    media.volume = Math.min(1, Math.max(0, value));
    media.muted = false;
  };
  const isFullscreen = () => rootNode().fullscreenElement === media;
  const isFloating = () => rootNode().pictureInPictureElement === media;
  const toggleFullscreen = () => {
    if (full.hidden) return;
    if (isFullscreen()) doc.exitFullscreen().catch(() => undefined);
    else if (video?.requestFullscreen) video.requestFullscreen().catch(() => undefined);
    else video?.webkitEnterFullscreen?.();
  };
  const toggleFloating = () => {
    (isFloating() ? doc.exitPictureInPicture() : video?.requestPictureInPicture())?.catch(() => undefined);
  };
  /** The page's wishes about single controls. */
  const refuses = (what: string) => (media.getAttribute("controlslist") ?? "").toLowerCase().split(/\s+/).includes(what);

  const offer = (): Choices[] => {
    const tracks = captionsOf(media);
    const offers: Choices[] = [];
    if (tracks.length) {
      const off = { label: say("Off"), chosen: tracks.every(({ mode }) => mode !== "showing"), choose: () => showCaptions(media, undefined) };
      const each = tracks.map((track) => ({
        label: captionName(track, say),
        chosen: track.mode === "showing",
        choose: () => showCaptions(media, track),
      }));
      offers.push({ heading: say("Captions"), choices: [off, ...each] });
    }
    if (!refuses("noplaybackrate")) {
      const choices = RATES.map((value) => ({
        label: `${value}×`,
        chosen: media.playbackRate === value,
        choose: () => void (media.playbackRate = value),
      }));
      offers.push({ heading: say("Speed"), choices });
    }
    // What there was no room for.
    const others: Choices["choices"] = [];
    if (mute.classList.contains("cramped")) {
      others.push({ label: say("Muted"), chosen: media.muted, choose: () => mute.click() });
    }
    if (!float.hidden && float.classList.contains("cramped")) {
      others.push({ label: say("Picture in picture"), chosen: isFloating(), choose: toggleFloating });
    }
    if (others.length) offers.push({ heading: say("More"), choices: others });
    return offers;
  };

  // ---- What it shows --------------------------------------------------------------------------------------------------
  /** What goes first where there is no room. The rest is play and fullscreen. */
  const cramped: Element[] = [volume.element, ...(video ? [] : [captions]), float, total, rate, captions, mute, time, live, more];
  let shape = "";
  /** Takes out as much as does not fit, by measure: fonts, hours and finger-sized buttons are all of their own width. */
  const fit = () => {
    const shapeNow = [row.clientWidth, row.clientHeight, ...[...row.querySelectorAll("*")].map((e) => (e as HTMLElement).hidden),
      current.textContent?.length, total.textContent?.length, rate.textContent?.length, live.textContent?.length].join();
    if (shapeNow === shape) return;
    shape = shapeNow;
    for (const element of cramped) element.classList.remove("cramped");
    for (const element of cramped) {
      if (row.scrollWidth <= row.clientWidth) break;
      element.classList.add("cramped");
    }
  };

  const paintPosition = () => {
    const span = spanOf(media);
    const { start, end } = span;
    const position = seek.dragging && wanted !== undefined ? wanted : media.currentTime;
    const known = end > start;
    live.hidden = !span.live;
    time.hidden = span.live;
    if (span.live) {
      const atEdge = isAtEdge(span, position);
      live.classList.toggle("edge", atEdge);
      setText(live, atEdge ? say("LIVE") : `−${clockText(end - position)}`);
      nameButton(live, say(atEdge ? "Live" : "Go to live"));
    }
    setText(current, clockText(position));
    setText(total, ` / ${known ? clockText(end) : "–:––"}`);
    const spoken = (seconds: number) => spokenTime(seconds, say.language);
    const place = span.live ? say("{0} behind live", spoken(end - position)) : say("{0} of {1}", spoken(position), spoken(end));
    setAttributes(seek.element, { "aria-disabled": String(!known) });
    seek.show(known ? (position - start) / (end - start) : 0, known ? place : say("unknown"));
    fit();
  };
  let ranges = "";
  const paintBuffered = () => {
    const { start, end } = spanOf(media);
    const { buffered } = media;
    const stops: string[] = [];
    for (let i = 0; i < buffered.length && end > start; i++) {
      const at = (seconds: number) => `${(((seconds - start) / (end - start)) * 100).toFixed(2)}%`;
      const [from, to] = [at(buffered.start(i)), at(buffered.end(i))];
      stops.push(`#0000 ${from},var(--buffered) ${from},var(--buffered) ${to},#0000 ${to}`);
    }
    if (ranges === (ranges = stops.join())) return;
    seek.rail.style.backgroundImage = ranges && `linear-gradient(90deg,${ranges})`;
  };
  /** What stays the same as long as the language does. */
  const name = () => {
    say = speak(media, TEXTS, texts);
    setAttributes(layer, { lang: say.language, "aria-label": say(video ? "Video player" : "Audio player") });
    setAttributes(seek.element, { "aria-label": say("Seek") });
    setAttributes(volume.element, { "aria-label": say("Volume") });
    setAttributes(menu.element, { "aria-label": say("Options") });
    nameButton(captions, say("Captions"));
    nameButton(more, say("Options"));
  };
  const paint = () => {
    name();
    const { ended, error, muted, playbackRate } = media;
    const stopped = media.paused || ended;
    const act = say(ended ? "Replay" : stopped ? "Play" : "Pause");
    setIcon(play, ended ? "replay" : stopped ? "play" : "pause");
    nameButton(play, act);
    const loudness = muted ? 0 : media.volume;
    setIcon(mute, loudness ? (loudness < 0.5 ? "soft" : "loud") : "silent");
    nameButton(mute, say(muted ? "Unmute" : "Mute"));
    volume.show(loudness, say(muted ? "{0}, muted" : "{0}", measure(say.language, Math.round(loudness * 100), "percent")));
    setText(rate, playbackRate === 1 ? "" : `${Math.round(playbackRate * 100) / 100}×`);
    root.classList.toggle("waiting", !error && (media.seeking || (!stopped && media.readyState < 3)));
    root.classList.toggle("failed", Boolean(error));
    root.classList.toggle("playing", !stopped);
    setText(message, say(ERRORS[error?.code ?? 0] ?? ""));
    message.title = error?.message ?? "";
    if (big) {
      setIcon(big, ended ? "replay" : stopped ? "play" : "pause");
      nameButton(big, act);
      big.classList.toggle("started", !ended && (!stopped || media.currentTime > 0));
      big.hidden = media.seeking || Boolean(error);
    }
    const tracks = captionsOf(media);
    captions.hidden = !tracks.length;
    setAttributes(captions, { "aria-pressed": String(tracks.some(({ mode }) => mode === "showing")) });
    float.hidden = !doc.pictureInPictureEnabled || !video || video.disablePictureInPicture;
    nameButton(float, say(isFloating() ? "Exit picture in picture" : "Picture in picture"));
    full.hidden = !video || !(doc.fullscreenEnabled || video.webkitEnterFullscreen) || refuses("nofullscreen");
    setIcon(full, isFullscreen() ? "reduce" : "enlarge");
    nameButton(full, say(isFullscreen() ? "Exit fullscreen" : "Fullscreen"));
    more.hidden = !tracks.length && refuses("noplaybackrate");
    if (more.hidden) menu.close();
    else menu.refresh();
    paintPosition();
    paintBuffered();
    raiseCaptions();
    if (stopped) wake();
    else run();
  };
  /** Captions stand above the bar while that is seen. */
  const raiseCaptions = () => {
    const shown = video && !root.classList.contains("idle") && captionsOf(media).some(({ mode }) => mode === "showing");
    const by = shown && areCaptionsLow(media) ? bar.offsetHeight - parseInt(getComputedStyle(bar).paddingTop) : 0;
    placed?.raiseCaptions(by);
    if (!CSS.supports("selector(::-webkit-media-text-track-container)")) raiseCues(media, by);
  };
  // Between two `timeupdate`s the thumb glides, as long as somebody can see it.
  let frame = 0;
  const run = () => {
    if (frame || media.paused || root.classList.contains("idle") || !media.isConnected) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (signal.aborted) return;
      paintPosition();
      run();
    });
  };

  // ---- Coming and going -----------------------------------------------------------------------------------------------
  let idleTimer: ReturnType<typeof setTimeout> | undefined;
  const rest = () => {
    const held = bar.matches(":hover") || seek.dragging || volume.dragging || menu.isOpen || root.querySelector(":focus-visible");
    if (!video || media.paused || media.ended || media.error) return;
    if (held) wake();
    else hide();
  };
  const hide = () => {
    root.classList.add("idle");
    raiseCaptions();
  };
  const wake = (delay = IDLE_AFTER) => {
    root.classList.remove("idle");
    raiseCaptions();
    clearTimeout(idleTimer);
    if (!media.paused && !signal.aborted && media.isConnected) {
      idleTimer = setTimeout(rest, delay);
      run();
    }
  };

  // ---- Hands on the keys and on the picture ---------------------------------------------------------------------------
  const key = (event: KeyboardEvent): boolean => {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const target = event.composedPath()[0] as HTMLElement;
    const isButton = target.localName === "button";
    if (event.key !== "Tab") wake();
    if (menu.key(event.key)) return true;
    const onVolume = target === volume.element;
    const { start, end } = spanOf(media);
    const sideways = (by: 1 | -1) => (onVolume ? setVolume(media.volume + by * KEY_VOLUME) : seekTo(media.currentTime + by * KEY_SEEK));
    const upward = (by: 1 | -1) =>
      target === seek.element ? seekTo(media.currentTime + by * KEY_SEEK) : setVolume(media.volume + by * KEY_VOLUME);
    const actions: Record<string, () => void> = {
      ArrowLeft: () => sideways(-1),
      ArrowRight: () => sideways(1),
      ArrowUp: () => upward(1),
      ArrowDown: () => upward(-1),
      Home: () => (onVolume ? setVolume(0) : seekTo(start)),
      End: () => (onVolume ? setVolume(1) : seekTo(end)),
    };
    if (target === seek.element) {
      actions["PageUp"] = () => seekTo(media.currentTime + (end - start) / 10);
      actions["PageDown"] = () => seekTo(media.currentTime - (end - start) / 10);
    }
    // The browser itself turns these on a button into a click.
    if (!isButton) actions[" "] = toggle;
    if (target === media || target === root) actions["Enter"] = toggle;
    const action = actions[event.key];
    action?.();
    return Boolean(action);
  };
  const isIdle = () => root.classList.contains("idle");
  const whileConnected = listenToHands({
    media,
    host,
    picture: root,
    signal,
    key,
    moved: () => wake(),
    clicked() {
      if (menu.isOpen) menu.close();
      else toggle();
    },
    doubleClicked: toggleFullscreen,
    // A finger cannot hover: its tap brings the bar and takes it away.
    tapped() {
      if (menu.isOpen) menu.close();
      else if (isIdle() || media.paused) wake();
      else hide();
    },
    doubleTapped(side) {
      wake();
      seekTo(media.currentTime + side * TAP_SEEK);
    },
  });
  root.addEventListener("focusin", () => wake());
  // What is done to the controls is no business of the page's.
  for (const type of ["click", "dblclick", "pointerdown", "pointerup", "mousedown", "mouseup", "touchstart", "touchend"]) {
    root.addEventListener(type, (event) => event.stopPropagation(), { passive: true });
  }
  bar.addEventListener("pointerdown", (event) => {
    if (!event.composedPath().includes(more)) menu.close();
  });
  bar.addEventListener("pointermove", () => wake());
  bar.addEventListener("pointerleave", () => wake(IDLE_AFTER / 4));
  const on = <K extends keyof HTMLMediaElementEventMap>(type: K, act: (event: HTMLMediaElementEventMap[K]) => void) =>
    media.addEventListener(type, act as EventListener, { signal });
  on("pointerleave", (event) => event.pointerType !== "touch" && wake(IDLE_AFTER / 4));
  on("timeupdate", () => {
    paintPosition();
    raiseCaptions();
  });
  on("progress", paintBuffered);
  on("play", () => wake());
  on("seeked", () => {
    // The drag went on while the element was seeking.
    if (seek.dragging && wanted !== undefined && Math.abs(media.currentTime - wanted) > 0.02) seekTo(wanted);
  });
  const changes = (
    "abort canplay canplaythrough durationchange emptied ended error loadeddata loadedmetadata pause play playing progress " +
    "ratechange seeked seeking stalled volumechange waiting enterpictureinpicture leavepictureinpicture"
  ).split(" ");
  for (const type of changes) media.addEventListener(type, paint, { signal });
  for (const type of ["addtrack", "removetrack", "change"]) media.textTracks?.addEventListener(type, paint, { signal });
  const wishes = new MutationObserver(paint);
  wishes.observe(media, { attributeFilter: ["controlslist", "disablepictureinpicture"] });
  const sizes = new ResizeObserver(fit);
  sizes.observe(row);

  // With native controls an element is focused by a click, by Tab and by focus().
  const isOurTabIndex = Boolean(video) && !media.hasAttribute("tabindex");
  if (isOurTabIndex) media.setAttribute("tabindex", "0");

  signal.addEventListener("abort", () => {
    clearTimeout(idleTimer);
    cancelAnimationFrame(frame);
    wishes.disconnect();
    sizes.disconnect();
    raiseCues(media, 0);
    if (isOurTabIndex && media.getAttribute("tabindex") === "0") media.removeAttribute("tabindex");
  });
  placed = followMedia({
    media,
    host,
    layer,
    signal,
    adopted,
    style: styleFor(doc, shadow),
    connected(here) {
      whileConnected(here);
      doc.addEventListener("fullscreenchange", paint, { signal: here });
      here.addEventListener("abort", () => clearTimeout(idleTimer));
      paint();
    },
  });
  paint();
  wake();
  return () => ending.abort();
}
