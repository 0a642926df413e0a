import { setIcon } from "./icons";
import { followMedia } from "./placement";
import { createSlider } from "./slider";
import { hostStyle, style } from "./style";
import { clockText, spanOf, spokenTime } from "./time";

/** How long the bar stays while playing and nobody moves, in milliseconds. */
const IDLE_AFTER = 3_000;
/** How far the arrow keys seek, in seconds. */
const KEY_SEEK = 5;
/** How far the arrow keys move the volume. */
const KEY_VOLUME = 0.1;
/** What `<` and `>` step through. */
const RATES = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

/** Safari on iPhones has fullscreen for videos alone, under a name of its own. */
type WebKitVideo = HTMLVideoElement & { webkitEnterFullscreen?(): void };

/**
 * Gives a media element the library's control bar and returns the function that takes it away without a trace.
 *
 * The browser's own controls cannot scrub an element that plays a MediaStream, so this bar stands in for them. It
 * speaks to the element through its public members alone and lies in a shadow root beside it, over its box. The caller
 * takes the native controls away (the `controls` attribute); Chromium's and WebKit's are hidden here as well, because
 * they would come back in fullscreen.
 */
export function mountControls(media: HTMLMediaElement): () => void {
  const video = media instanceof HTMLVideoElement ? (media as WebKitVideo) : undefined;
  const ending = new AbortController();
  const { signal } = ending;

  // ---- What there is --------------------------------------------------------------------------------------------------
  const host = document.createElement("mse-controls");
  for (const [name, value] of Object.entries(hostStyle)) host.style.setProperty(name, value, "important");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  shadow.adoptedStyleSheets = [sheet];

  const add = <K extends keyof HTMLElementTagNameMap>(parent: Node, tag: K, className: string) => {
    const element = document.createElement(tag);
    element.className = className;
    return parent.appendChild(element);
  };
  const addButton = (parent: Node, className: string, action: () => void) => {
    const button = add(parent, "button", className);
    button.type = "button";
    button.addEventListener("click", action);
    return button;
  };
  const name = (element: HTMLElement, label: string) => {
    if (element.title === label) return;
    element.title = label;
    element.setAttribute("aria-label", label);
  };

  const layer = add(shadow, "dialog", "");
  layer.setAttribute("role", "presentation");
  const root = add(layer, "div", video ? "root" : "root audio");
  root.tabIndex = -1; // takes the keys after a click on the picture
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", video ? "Video player" : "Audio player");
  add(root, "div", "spin");
  const big = video && addButton(root, "big", () => toggle());
  const bar = add(root, "div", "bar");

  const tip = document.createElement("span");
  tip.className = "tip";
  tip.setAttribute("aria-hidden", "true");
  /** Where the drag has been, until the element can go there. */
  let wanted: number | undefined;
  const seek = createSlider("seek", "Seek", {
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
      tip.textContent = live ? `−${clockText((1 - fraction) * (end - start))}` : clockText(start + fraction * (end - start));
      const half = tip.offsetWidth / 2;
      const left = Math.max(0, Math.min(seek.element.offsetWidth - 2 * half, pixels - half));
      tip.style.transform = `translateX(${left}px)`;
    },
  });
  seek.element.append(tip);
  const play = addButton(bar, "play", () => toggle());
  bar.prepend(seek.element);
  const time = add(bar, "span", "time");
  const current = add(time, "span", "");
  const total = add(time, "i", "");
  const mute = addButton(bar, "mute", () => {
    media.muted = !media.muted;
    if (!media.muted && !media.volume) media.volume = 0.5;
  });
  const volume = createSlider("volume", "Volume", {
    moveTo(fraction) {
      media.volume = fraction;
      media.muted = false;
    },
  });
  bar.append(volume.element);
  const float = addButton(bar, "float", () => {
    const leaving = document.pictureInPictureElement === media;
    (leaving ? document.exitPictureInPicture() : video?.requestPictureInPicture())?.catch(() => undefined);
  });
  name(float, "Picture in picture (p)");
  setIcon(float, "float");
  const full = addButton(bar, "full", () => toggleFullscreen());

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
  const stepRate = (step: number) => {
    const nearest = RATES.findIndex((rate) => rate >= media.playbackRate);
    media.playbackRate = RATES[Math.min(RATES.length - 1, Math.max(0, nearest + step))] ?? 1;
  };
  const toggleFullscreen = () => {
    if (document.fullscreenElement) document.exitFullscreen().catch(() => undefined);
    else if (video?.requestFullscreen) video.requestFullscreen().catch(() => undefined);
    else video?.webkitEnterFullscreen?.();
  };

  // ---- What it shows --------------------------------------------------------------------------------------------------
  const paintPosition = () => {
    const { start, end, live } = spanOf(media);
    const position = seek.dragging && wanted !== undefined ? wanted : media.currentTime;
    const rate = media.playbackRate === 1 ? "" : ` · ${media.playbackRate}×`;
    const known = end > start;
    time.classList.toggle("live", live);
    current.textContent = live ? "LIVE" : clockText(position);
    total.textContent = live ? rate : ` / ${known ? clockText(end) : "–:––"}${rate}`;
    const spoken = live ? `${spokenTime(end - position)} behind live` : `${spokenTime(position)} of ${spokenTime(end)}`;
    seek.show(known ? (position - start) / (end - start) : 0, spoken);
  };
  const paintBuffered = () => {
    const { start, end } = spanOf(media);
    const { buffered } = media;
    const stops: string[] = [];
    for (let i = 0; i < buffered.length && end > start; i++) {
      const at = (seconds: number) => `${(((seconds - start) / (end - start)) * 100).toFixed(2)}%`;
      const [from, to] = [at(buffered.start(i)), at(buffered.end(i))];
      stops.push(`#0000 ${from},#fff8 ${from},#fff8 ${to},#0000 ${to}`);
    }
    seek.rail.style.backgroundImage = stops.length ? `linear-gradient(90deg,${stops.join()})` : "";
  };
  const paint = () => {
    const { ended, muted } = media;
    const stopped = media.paused || ended;
    setIcon(play, ended ? "replay" : stopped ? "play" : "pause");
    name(play, `${ended ? "Replay" : stopped ? "Play" : "Pause"} (k)`);
    const loudness = muted ? 0 : media.volume;
    setIcon(mute, loudness ? (loudness < 0.5 ? "soft" : "loud") : "silent");
    name(mute, `${muted ? "Unmute" : "Mute"} (m)`);
    volume.show(loudness, `${Math.round(loudness * 100)} percent${muted ? ", muted" : ""}`);
    root.classList.toggle("waiting", !media.error && (media.seeking || (!stopped && media.readyState < 3)));
    if (big) {
      setIcon(big, ended ? "replay" : "play");
      name(big, ended ? "Replay" : "Play");
      big.hidden = !stopped || media.seeking || Boolean(media.error) || (!ended && media.currentTime > 0);
    }
    float.hidden = !document.pictureInPictureEnabled || !video || video.disablePictureInPicture;
    const inFullscreen = Boolean(document.fullscreenElement);
    full.hidden = !(document.fullscreenEnabled || video?.webkitEnterFullscreen);
    setIcon(full, inFullscreen ? "reduce" : "enlarge");
    name(full, `${inFullscreen ? "Exit fullscreen" : "Fullscreen"} (f)`);
    paintPosition();
    paintBuffered();
    if (stopped) wake();
    else run();
  };
  // Between two `timeupdate`s the thumb glides, as long as somebody can see it.
  let frame = 0;
  const run = () => {
    if (frame || media.paused || root.classList.contains("idle")) return;
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
    const held = bar.matches(":hover") || seek.dragging || volume.dragging || root.querySelector(":focus-visible");
    if (!video || media.paused || media.ended) return;
    if (held) wake();
    else root.classList.add("idle");
  };
  const wake = (delay = IDLE_AFTER) => {
    root.classList.remove("idle");
    clearTimeout(idleTimer);
    if (!media.paused && !signal.aborted) {
      idleTimer = setTimeout(rest, delay);
      run();
    }
  };

  // ---- Hands on the keys and on the picture ---------------------------------------------------------------------------
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    const onVolume = target === volume.element;
    const onSeek = target === seek.element;
    const { start, end } = spanOf(media);
    const step = (seconds: number, loudness: number) => {
      if (onVolume) setVolume(media.volume + Math.sign(seconds + loudness) * KEY_VOLUME);
      else if (onSeek || !loudness) seekTo(media.currentTime + (seconds || Math.sign(loudness) * KEY_SEEK));
      else setVolume(media.volume + loudness);
    };
    const actions: Record<string, () => void> = {
      k: toggle,
      m: () => mute.click(),
      f: toggleFullscreen,
      p: () => float.hidden || float.click(),
      ArrowLeft: () => step(-KEY_SEEK, 0),
      ArrowRight: () => step(KEY_SEEK, 0),
      ArrowUp: () => step(0, KEY_VOLUME),
      ArrowDown: () => step(0, -KEY_VOLUME),
      Home: () => (onVolume ? setVolume(0) : seekTo(start)),
      End: () => (onVolume ? setVolume(1) : seekTo(end)),
      PageUp: () => seekTo(media.currentTime + (end - start) / 10),
      PageDown: () => seekTo(media.currentTime - (end - start) / 10),
      "<": () => stepRate(-1),
      ">": () => stepRate(1),
    };
    // The browser itself turns a space on a button into a click.
    if (!(target instanceof HTMLButtonElement)) actions[" "] = toggle;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
    wake();
  };
  layer.addEventListener("keydown", onKey);
  root.addEventListener("focusin", () => wake());
  // Clicks on the bar are no clicks of the page's.
  for (const type of ["click", "dblclick"]) root.addEventListener(type, (event) => event.stopPropagation());
  bar.addEventListener("pointermove", () => wake());
  bar.addEventListener("pointerleave", () => wake(IDLE_AFTER / 4));

  // In fullscreen the layer lies over the picture and takes its place.
  let wasIdle = false;
  let touch = false;
  for (const picture of [media, layer]) {
    const on = <K extends keyof HTMLElementEventMap>(type: K, act: (event: HTMLElementEventMap[K]) => void) =>
      picture.addEventListener(type, act as EventListener, { signal });
    on("pointermove", (event) => event.pointerType !== "touch" && wake());
    on("pointerdown", (event) => {
      touch = event.pointerType === "touch";
      wasIdle = root.classList.contains("idle");
      wake();
    });
    on("click", (event) => {
      if (event.defaultPrevented) return;
      root.focus({ preventScroll: true });
      // A finger cannot hover: its first tap only brings the bar.
      if (touch && wasIdle) return;
      toggle();
    });
    on("dblclick", (event) => touch || event.defaultPrevented || toggleFullscreen());
  }
  const on = <K extends keyof HTMLMediaElementEventMap>(type: K, act: (event: HTMLMediaElementEventMap[K]) => void) =>
    media.addEventListener(type, act as EventListener, { signal });
  on("keydown", onKey);
  on("pointerleave", (event) => event.pointerType !== "touch" && wake(IDLE_AFTER / 4));
  on("timeupdate", paintPosition);
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
  document.addEventListener("fullscreenchange", paint, { signal });

  signal.addEventListener("abort", () => {
    clearTimeout(idleTimer);
    cancelAnimationFrame(frame);
  });
  followMedia(media, host, layer, signal);
  paint();
  wake();
  return () => ending.abort();
}
