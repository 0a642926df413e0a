import { addTo, nameButton, setAttributes, setText } from "../controls/dom";
import { speak, type Say } from "../texts";
import { History } from "./charts";
import { watchElement, watchSource } from "./events";
import type { Happening } from "./events";
import { formatRanges, formatTime } from "./format";
import type { InspectOptions } from "./index";
import { korean } from "./korean";
import { drawLanes, lanesOf, timeAt, viewOf } from "./lanes";
import { Log } from "./log";
import { inspectedOf, takeSnapshot } from "./snapshot";
import type { Range, Snapshot } from "./snapshot";
import { styleFor } from "./style";
import { readPalette, Surface } from "./surface";
import type { Palette } from "./surface";
import { waitingFor } from "./waiting";

/** Between two looks, in milliseconds: often enough for eyes, and seldom enough to change nothing of what is looked at. */
const LOOK = 100;
/** Between two spoken summaries, and two looks at the colours, in milliseconds. */
const SUMMARY = 2_000;
/** How many seconds of the media may be seen; 0 is all of it. */
const SPANS = [0, 600, 120, 60, 30, 10, 4, 1];
/** Of longer media so much is seen at first. */
const FIRST_SPAN = 60;

/** The panel of one element, and what keeps it going. */
export class Panel {
  readonly host: HTMLElement;
  /** Only the page keeps the element and its source. */
  readonly #element: WeakRef<HTMLMediaElement>;
  readonly #given: WeakRef<MediaSource> | undefined;
  readonly #ending = new AbortController();
  #watching: { source: WeakRef<MediaSource>; ending: AbortController } | undefined;
  readonly #lanes: Surface;
  readonly #charts: Surface;
  readonly #probe: HTMLElement;
  readonly #state: HTMLElement;
  readonly #facts: HTMLElement;
  readonly #legend: HTMLElement;
  readonly #wider: HTMLButtonElement;
  readonly #closer: HTMLButtonElement;
  readonly #log: Log;
  readonly #say: Say;
  readonly #history = new History();
  readonly #sizes: ResizeObserver;
  #palette: Palette | undefined;
  #snapshot: Snapshot | undefined;
  #view: Range = [0, Infinity];
  #span: number | undefined;
  #pointer: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #summaryAt = -Infinity;

  constructor(element: HTMLMediaElement, { container, source }: InspectOptions) {
    const doc = (container ?? element).ownerDocument;
    this.#element = new WeakRef(element);
    this.#given = source && new WeakRef(source);
    const host = (this.host = doc.createElement("mse-inspector"));
    host.toggleAttribute("docked", !container);
    const shadow = host.attachShadow({ mode: "open" });
    const say = (this.#say = speak(container ?? element, { ko: korean }));
    host.lang = say.language;
    styleFor(doc, shadow);

    const root = addTo(shadow, "section", "root");
    setAttributes(root, { "aria-label": say("Media inspector"), tabindex: "-1" });
    const header = addTo(root, "header", "");
    addTo(header, "h2", "").textContent = element.id ? `${element.localName}#${element.id}` : `<${element.localName}>`;
    this.#state = addTo(header, "div", "state");
    this.#state.setAttribute("role", "status");
    this.#facts = addTo(header, "div", "facts");
    const tools = addTo(header, "div", "tools");
    const button = (words: string, name: string, act: () => void): HTMLButtonElement => {
      const made = addTo(tools, "button", "");
      made.type = "button";
      made.textContent = say(words);
      nameButton(made, say(name));
      made.addEventListener("click", act);
      return made;
    };
    this.#wider = button("−", "See more of the media", () => this.#zoom(-1));
    this.#closer = button("+", "See less of the media, larger", () => this.#zoom(1));
    button("Copy", "Copy a snapshot as JSON", () => void this.#copy());
    button("✕", "Close", () => this.close());
    const body = addTo(root, "div", "body");
    const drawings = addTo(body, "div", "drawings");
    const lanes = addTo(drawings, "canvas", "lanes");
    const legend = (this.#legend = addTo(drawings, "p", "legend"));
    legend.setAttribute("aria-hidden", "true");
    for (const [name, words] of Object.entries(LEGEND)) {
      const item = addTo(legend, "span", "");
      addTo(item, "i", name);
      item.append(say(words));
    }
    const charts = addTo(drawings, "canvas", "charts");
    for (const canvas of [lanes, charts]) canvas.setAttribute("role", "img");
    charts.setAttribute("aria-label", say("The last thirty seconds of playback."));
    const box = addTo(body, "div", "log");
    setAttributes(box, { role: "region", "aria-label": say("Events"), tabindex: "0" });
    this.#probe = addTo(root, "span", "");
    (container ?? doc.body ?? doc.documentElement).append(host);
    this.#lanes = new Surface(lanes);
    this.#charts = new Surface(charts);
    this.#log = new Log(box, performance.now());

    root.addEventListener("keydown", (event) => this.#key(event));
    lanes.addEventListener("pointermove", ({ offsetX }) => {
      this.#pointer = offsetX;
      this.#draw();
    });
    lanes.addEventListener("pointerleave", () => {
      this.#pointer = undefined;
      this.#draw();
    });
    lanes.addEventListener("click", ({ offsetX }) => this.#seek(offsetX));
    this.#sizes = new ResizeObserver(() => this.#draw());
    this.#sizes.observe(drawings);
    watchElement(element, this.#ending.signal, (happening) => this.#heard(happening));
    void this.#look();
  }

  /** The source that is looked at, as far as it is known. */
  get source(): MediaSource | undefined {
    const element = this.#element.deref();
    const ours = element && (inspectedOf(element)?.source as MediaSource | undefined);
    return ours ?? this.#given?.deref();
  }

  close(): void {
    this.#ending.abort();
    this.#watching?.ending.abort();
    this.#sizes.disconnect();
    clearTimeout(this.#timer);
    this.host.remove();
  }

  #heard(happening: Happening): void {
    this.#log.add(happening);
    if (happening.who === "element") this.#history.mark(happening.at, happening.what);
  }

  async #look(): Promise<void> {
    const element = this.#element.deref();
    if (!element) {
      this.close();
      return;
    }
    const { source } = this;
    if (this.#watching?.source.deref() !== source) {
      this.#watching?.ending.abort();
      this.#watching = undefined;
      if (source) {
        const { signal } = (this.#watching = { source: new WeakRef(source), ending: new AbortController() }).ending;
        watchSource(source, signal, (happening) => this.#heard(happening));
      }
    }
    const snapshot = await takeSnapshot(element, source, this.#view);
    if (this.#ending.signal.aborted) return;
    this.#snapshot = snapshot;
    this.#span ??= element.readyState > 0 ? this.#firstSpan(snapshot) : undefined;
    this.#view = viewOf(snapshot, this.#span ?? 0);
    const now = performance.now();
    this.#history.add(now, snapshot);
    if (!this.host.ownerDocument.hidden) {
      if (now > this.#summaryAt + SUMMARY) this.#summarize(now, snapshot);
      this.#write(snapshot, inspectedOf(element) !== undefined);
      this.#draw();
    }
    this.#timer = setTimeout(() => void this.#look(), LOOK);
  }

  #firstSpan(snapshot: Snapshot): number {
    const [from, to] = viewOf(snapshot, 0);
    return to - from > FIRST_SPAN ? FIRST_SPAN : 0;
  }

  #draw(): void {
    if (!this.#snapshot || this.#ending.signal.aborted) return;
    this.#palette ??= readPalette(this.#probe);
    drawLanes(this.#lanes, this.#palette, this.#say, this.#snapshot, this.#view, this.#pointer);
    this.#history.draw(this.#charts, this.#palette, this.#say, performance.now());
  }

  #write(snapshot: Snapshot, isOurs: boolean): void {
    const { element, source, engine } = snapshot;
    const { paused, ended, error, currentTime, duration, totalVideoFrames, videoWidth, videoHeight } = element;
    const state = this.#state;
    const say = this.#say;
    const awaited = waitingFor(snapshot, say);
    const [tone, words] =
      error || engine?.failed ? ["bad", awaited]
      : awaited ? ["wait", say("Waits for: {0}", awaited)]
      : ended ? ["", say("Ended")]
      : paused ? ["", say("Paused")]
      : ["good", say("Plays")];
    setAttributes(state, { "data-tone": tone });
    this.#legend.hidden = !engine; // Most of it is of the engine.
    setText(state, isOurs ? words : say("{0} (not through mse-polyfill)", words));
    const facts = [
      say("{0} of {1}", formatTime(currentTime, 2), formatTime(duration, 2)),
      source ? say("source {0}", source.readyState) : "",
      totalVideoFrames || videoWidth ? `${videoWidth} × ${videoHeight}` : "",
    ];
    setText(this.#facts, facts.filter(Boolean).join("  ·  "));
    const spans = this.#spans();
    const at = spans.indexOf(this.#span ?? 0);
    setAttributes(this.#wider, { "aria-disabled": String(at <= 0) });
    setAttributes(this.#closer, { "aria-disabled": String(at >= spans.length - 1) });
  }

  /** For ears. */
  #summarize(now: number, snapshot: Snapshot): void {
    this.#summaryAt = now;
    this.#palette = undefined;
    const say = this.#say;
    const lanes = lanesOf(snapshot, say).map(({ name, ranges, keyFrames }) => {
      const keys = keyFrames.length ? `, ${say("{0} key frames in view", `${keyFrames.length}`)}` : "";
      return `${name}: ${formatRanges(ranges, say("nothing"))}${keys}`;
    });
    const { currentTime, droppedVideoFrames } = snapshot.element;
    const label = say("Buffered, in seconds. {0}. Playback at {1}.", lanes.join(". "), currentTime.toFixed(1));
    setAttributes(this.#lanes.canvas, { "aria-label": label });
    const { engine } = snapshot;
    const summary = [say("The last thirty seconds of playback."), say("{0} pictures dropped.", `${droppedVideoFrames}`)];
    if (engine) summary.push(say("Sound is ahead of the picture by {0} milliseconds.", `${Math.round(engine.avOffset * 1_000)}`));
    setAttributes(this.#charts.canvas, { "aria-label": summary.join(" ") });
  }

  /** What makes a difference with this media. */
  #spans(): number[] {
    const [from, to] = this.#snapshot ? viewOf(this.#snapshot, 0) : [0, 0];
    return SPANS.filter((span) => span < to - from);
  }

  #zoom(by: 1 | -1): void {
    const spans = this.#spans();
    const at = Math.max(0, spans.indexOf(this.#span ?? 0)) + by;
    this.#span = spans[Math.min(spans.length - 1, Math.max(0, at))] ?? 0;
    if (this.#snapshot) this.#view = viewOf(this.#snapshot, this.#span);
    this.#draw();
  }

  #seek(x: number): void {
    const element = this.#element.deref();
    const frame = this.#lanes.frame();
    if (element && element.readyState > 0 && x >= frame.left) element.currentTime = timeAt(frame, this.#view, x);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { Escape: () => this.close(), "+": () => this.#zoom(1), "-": () => this.#zoom(-1) }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  async #copy(): Promise<void> {
    const element = this.#element.deref();
    if (!element) return;
    const snapshot = await takeSnapshot(element, this.source, [0, Infinity]);
    await this.host.ownerDocument.defaultView?.navigator.clipboard.writeText(JSON.stringify(snapshot, undefined, 2));
  }
}

/** Classes in the style sheet, and what is said of them. */
const LEGEND = {
  key: "key frame",
  gap: "gap",
  decoded: "decoded ahead",
  limit: "the clock's limit",
  waits: "pictures decoded, in the decoder",
};
