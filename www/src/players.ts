/** The page of players: the same player twice, on this library and on the browser's own MediaSource, in frames. */

import { InspectorPlace } from "./inspector";

/** What a frame's window has when its player plays (players/frame.mjs). */
interface Playing {
  player: { level?(index: number): void; destroy(): unknown };
  video: HTMLVideoElement;
  sources: MediaSource[];
}

/** By player: its streams, by what they are called here. */
const STREAMS: Record<string, Record<string, string>> = {
  "hls.js": { "fMP4, sound by itself": "fmp4/main.m3u8", "fMP4": "muxed/main.m3u8", "MPEG-2 TS": "ts/main.m3u8" },
  "dash.js": { "H.264 and AAC": "fmp4/main.mpd", "VP9 and Opus": "webm/main.mpd" },
  "video.js": { "fMP4, sound by itself": "fmp4/main.m3u8", "fMP4": "muxed/main.m3u8", "MPEG-2 TS": "ts/main.m3u8" },
  "mpegts.js": { FLV: "whole.flv", "MPEG-2 TS": "whole.ts" },
  shaka: { "H.264 and AAC": "fmp4/main.mpd", "VP9 and Opus": "webm/main.mpd" },
};

const SIDES = { polyfill: "mse-polyfill", native: "the browser’s own" } as const;
type SideName = keyof typeof SIDES;

/** Seconds apart above which the one that is ahead plays more slowly, and above which it goes back. */
const APART = 0.03;
const FAR_APART = 0.7;
/** The speed of the one that is ahead. */
const SLOWER = 0.75;

function need<T extends HTMLElement>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`the page lacks ${selector}`);
  return found;
}

const pair = need("#pair");
const playButton = need<HTMLButtonElement>("#play");
const apart = need("#apart");
const sound = need<HTMLInputElement>("#sound");
const levels = need<HTMLFieldSetElement>("#levels");

/** One of the two players, with its inspector. */
class Side {
  readonly element = document.createElement("section");
  readonly #frame = document.createElement("iframe");
  readonly #inspector = new InspectorPlace(this.element);
  #video: HTMLVideoElement | undefined;

  constructor(readonly name: SideName, player: string, stream: string) {
    const title = document.createElement("h2");
    title.textContent = SIDES[name];
    this.#frame.title = `${player} on ${SIDES[name]}`;
    this.#frame.allow = "autoplay";
    this.#frame.src = `${UP}../players/${name}.html?${new URLSearchParams({ player, stream: `streams/${stream}` })}`;
    this.element.append(title, this.#frame);
  }

  get playing(): Playing | undefined {
    return (this.#frame.contentWindow as (Window & { playing?: Playing }) | null)?.playing;
  }

  get video(): HTMLVideoElement | undefined {
    return this.playing?.video;
  }

  seek(seconds: number): void {
    if (this.video) this.video.currentTime = seconds;
  }

  /** Goes where the other was sent. */
  join(seconds: number): void {
    if (this.video && Math.abs(this.video.currentTime - seconds) > FAR_APART) this.seek(seconds);
  }

  /** Looks at what the player has made meanwhile. */
  follow(): void {
    const { video, sources } = this.playing ?? {};
    if (!video) return;
    this.#inspector.watch(video, sources?.at(-1));
    if (this.#video !== video) {
      this.#video = video;
      // Whoever is sent somewhere, by its controls or its inspector, takes the other along.
      video.addEventListener("seeking", () => sides.forEach((side) => side !== this && side.join(video.currentTime)));
    }
  }

  remove(): void {
    this.#inspector.close();
    this.playing?.player.destroy();
    this.element.remove();
  }
}

let sides: Side[] = [];
/** Whether the visitor wants it to play. */
let wanted = true;

function choices(fieldset: string, name: string, values: string[], choose: () => void): void {
  const parent = need(fieldset);
  parent.querySelectorAll("label").forEach((label) => label.remove());
  for (const [index, value] of values.entries()) {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "radio", name, value, checked: index === 0 });
    const text = document.createElement("span");
    text.textContent = value === "shaka" ? "Shaka Player" : value;
    input.addEventListener("change", choose);
    label.append(input, text);
    parent.append(label);
  }
}

function chosen(name: string): string {
  return need<HTMLInputElement>(`input[name=${name}]:checked`).value;
}

function begin(): void {
  for (const side of sides) side.remove();
  const player = chosen("player");
  const stream = STREAMS[player]?.[chosen("stream")] ?? "";
  const shown = chosen("shown");
  const names = (Object.keys(SIDES) as SideName[]).filter((name) => shown === "both" || shown === name);
  sides = names.map((name) => new Side(name, player, stream));
  pair.replaceChildren(...sides.map(({ element }) => element));
  levels.hidden = player === "mpegts.js";
  need<HTMLInputElement>("input[name=level][value='0']").checked = true;
  wanted = true;
  started = false;
}

function chooseStreams(): void {
  choices("#streams", "stream", Object.keys(STREAMS[chosen("player")] ?? {}), begin);
  begin();
}

/** Whether they play since they were made: they start together, when both can. */
let started = false;

/** Whoever waited for data sets the pace. */
function keepTogether(one: HTMLVideoElement, other: HTMLVideoElement): void {
  const [ahead, behind] = one.currentTime > other.currentTime ? [one, other] : [other, one];
  const difference = ahead.currentTime - behind.currentTime;
  if (difference > FAR_APART) ahead.currentTime = behind.currentTime;
  const rate = difference > APART ? SLOWER : 1;
  if (ahead.playbackRate !== rate) ahead.playbackRate = rate;
  if (behind.playbackRate !== 1) behind.playbackRate = 1;
}

function follow(): void {
  const videos = sides.flatMap(({ video }) => video ?? []);
  if (!started && videos.length === sides.length && videos.every(({ readyState }) => readyState >= 3)) {
    started = true;
    if (wanted) videos.forEach((video) => void video.play().catch(() => (wanted = false)));
  }
  videos.forEach((video, index) => (video.muted = !sound.checked || index > 0));
  sides.forEach((side) => side.follow());
  playButton.textContent = wanted && videos.some(({ ended }) => !ended) ? "Pause" : "Play";
  const [one, other] = videos;
  if (one && other && started) {
    apart.textContent = `${Math.round(Math.abs(one.currentTime - other.currentTime) * 1000)} ms apart`;
    if (videos.every(({ paused, ended, seeking, readyState }) => !paused && !ended && !seeking && readyState >= 3)) keepTogether(one, other);
  } else {
    apart.textContent = "";
  }
  requestAnimationFrame(follow);
}

playButton.addEventListener("click", () => {
  wanted = playButton.textContent === "Play";
  for (const { video } of sides) {
    if (wanted) void video?.play();
    else video?.pause();
  }
});
need("#replay").addEventListener("click", () => sides.forEach((side) => side.seek(0)));
levels.addEventListener("change", () => sides.forEach(({ playing }) => playing?.player.level?.(Number(chosen("level")))));
need("#shown").addEventListener("change", begin);
choices("#players", "player", Object.keys(STREAMS), chooseStreams);
chooseStreams();
requestAnimationFrame(follow);
