import { EventLog } from "./event_log";
import { rangesOf, Timeline } from "./timeline";

const mediaEvents = (
  "abort canplay canplaythrough durationchange emptied ended error loadeddata loadedmetadata loadstart pause play playing " +
  "progress ratechange resize seeked seeking stalled suspend timeupdate volumechange waiting"
).split(" ");
const readyStates = ["HAVE_NOTHING", "HAVE_METADATA", "HAVE_CURRENT_DATA", "HAVE_FUTURE_DATA", "HAVE_ENOUGH_DATA"];

/** Between two looks at the elements: while playing, and while nothing moves. Milliseconds. */
const LOOK_PLAYING = 33;
const LOOK_STILL = 150;
/** How often the numbers change, in milliseconds: faster than that nobody reads. */
const NUMBERS = 200;

/** Shows what an element and its MediaSource say of themselves. Nothing here is computed but the pictures per second. */
export class Inspector {
  readonly #timeline: Timeline;
  readonly #log: EventLog;
  readonly #numbers = new Map<string, HTMLElement>();
  #video: HTMLVideoElement | undefined;
  #mediaSource: MediaSource | undefined;
  #watching = new AbortController();
  #appended = 0;
  #lastLook = 0;
  #lastNumbers = 0;
  #pictures: { at: number; total: number }[] = [];
  /** Called with each event's type, and when it came. */
  onEvent: ((type: string, at: number) => void) | undefined;

  constructor() {
    const canvas = document.querySelector<HTMLCanvasElement>("#timeline");
    const list = document.querySelector<HTMLElement>("#log-list");
    const count = document.querySelector<HTMLElement>("#log-count");
    if (!canvas || !list || !count) throw new Error("the page lacks its inspector");
    this.#timeline = new Timeline(canvas, (seconds) => this.#seek(seconds));
    this.#log = new EventLog(list, count);
    for (const element of document.querySelectorAll<HTMLElement>("[data-number]")) {
      this.#numbers.set(element.dataset["number"] ?? "", element);
    }
    const look = (now: number) => {
      requestAnimationFrame(look);
      const pause = this.#video && !this.#video.paused ? LOOK_PLAYING : LOOK_STILL;
      if (now - this.#lastLook < pause - 4) return;
      this.#lastLook = now;
      this.#look(now);
    };
    requestAnimationFrame(look);
  }

  /** `start`: when the page began with them, in the time of `performance.now()`. */
  watch(video: HTMLVideoElement, mediaSource: MediaSource, start: number): void {
    this.#watching.abort();
    this.#watching = new AbortController();
    this.#video = video;
    this.#mediaSource = mediaSource;
    this.#appended = 0;
    this.#pictures = [];
    this.#log.clear(start);
    for (const type of mediaEvents) {
      this.#listen(video, "video", type, () => {
        if (type === "error") return video.error ? `${video.error.code}: ${video.error.message}` : "";
        return type === "resize" ? `${video.videoWidth} × ${video.videoHeight}` : "";
      });
    }
    for (const type of ["sourceopen", "sourceended", "sourceclose"]) this.#listen(mediaSource, "mediaSource", type);
    const seen = new WeakSet<SourceBuffer>();
    const watchBuffers = () => {
      Array.from(mediaSource.sourceBuffers).forEach((sourceBuffer, i) => {
        if (seen.has(sourceBuffer)) return;
        seen.add(sourceBuffer);
        for (const type of ["updatestart", "update", "updateend", "error", "abort"]) {
          this.#listen(sourceBuffer, `sourceBuffers[${i}]`, type);
        }
      });
    };
    this.#listen(mediaSource.sourceBuffers, "sourceBuffers", "addsourcebuffer", () => {
      watchBuffers();
      return "";
    });
    watchBuffers();
  }

  /** A piece was appended. */
  appended(bytes: number): void {
    this.#appended += bytes;
  }

  #listen(target: EventTarget, name: string, type: string, detail?: () => string): void {
    const heard = () => {
      this.#log.add(name, type, detail?.());
      this.onEvent?.(type, performance.now());
    };
    target.addEventListener(type, heard, { signal: this.#watching.signal });
  }

  #seek(seconds: number): void {
    if (this.#video && this.#video.readyState > 0) this.#video.currentTime = seconds;
  }

  #look(now: number): void {
    const video = this.#video;
    const mediaSource = this.#mediaSource;
    if (!video || !mediaSource) return;
    const sourceBuffers = Array.from(mediaSource.sourceBuffers);
    const lanes = [
      { label: "video.buffered", ranges: rangesOf(video.buffered) },
      ...sourceBuffers.map((sourceBuffer, i) => ({
        label: `sourceBuffers[${i}].buffered`,
        ranges: rangesOf(sourceBuffer.buffered),
      })),
    ];
    const { currentTime: position, duration, seeking } = video;
    this.#timeline.draw({ lanes, position, duration, seeking });
    if (now - this.#lastNumbers < NUMBERS) return;
    this.#lastNumbers = now;

    const quality = video.getVideoPlaybackQuality();
    this.#pictures.push({ at: now, total: quality.totalVideoFrames - quality.droppedVideoFrames });
    while (this.#pictures.length > 1 && now - (this.#pictures[0]?.at ?? now) > 1500) this.#pictures.shift();
    const [first, last] = [this.#pictures[0], this.#pictures.at(-1)];
    const rate = first && last && last.at > first.at ? ((last.total - first.total) * 1000) / (last.at - first.at) : 0;

    const numbers: Record<string, string> = {
      sourceState: mediaSource.readyState,
      updating: sourceBuffers.map(({ updating }) => (updating ? "yes" : "no")).join(", ") || "–",
      appended: bytes(this.#appended),
      elementState: `${video.readyState} ${readyStates[video.readyState] ?? ""}`,
      currentTime: position.toFixed(3),
      duration: Number.isFinite(duration) ? duration.toFixed(3) : String(duration),
      size: video.videoWidth ? `${video.videoWidth} × ${video.videoHeight}` : "–",
      total: String(quality.totalVideoFrames),
      dropped: String(quality.droppedVideoFrames),
      rate: rate > 0 ? rate.toFixed(1) : "–",
    };
    for (const [name, text] of Object.entries(numbers)) {
      const element = this.#numbers.get(name);
      if (element && element.textContent !== text) element.textContent = text;
    }
    const spoken = lanes.map(({ label, ranges }) => `${label}: ${ranges.map(([a, b]) => `${a.toFixed(1)} to ${b.toFixed(1)}`).join(", ") || "empty"}`);
    const label = `Timeline in seconds. ${spoken.join(". ")}.`;
    const canvas = document.querySelector("#timeline");
    if (canvas?.getAttribute("aria-label") !== label) canvas?.setAttribute("aria-label", label);
  }
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1e6 ? `${(count / 1e3).toFixed(1)} kB` : `${(count / 1e6).toFixed(2)} MB`;
}
