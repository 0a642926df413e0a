import { CodePanel, highlight } from "./code_panel";
import { available, browserFacts, useEngine } from "./engine";
import type { EngineName } from "./engine";
import { append, feedOfFile, feedOfUrl, PlayError } from "./feed";
import { formatBytes as bytes } from "../../js/src/inspect/format";
import { InspectorPlace } from "./inspector";
import { playClip } from "./tutorial.js";

const CLIP = `${UP}media/clip.mp4`;

/** What the visitor asked to see. */
type Wish = { what: "clip" } | { what: "file"; file: File } | { what: "url"; url: string };

function need<T extends Element>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`the page lacks ${selector}`);
  return found;
}

const stage = need<HTMLElement>("#stage");
const status = need<HTMLElement>("#status");
const progress = need<HTMLProgressElement>("#progress");
const unmute = need<HTMLButtonElement>("#unmute");
const start = need<HTMLButtonElement>("#start");
const pieces = need<HTMLSelectElement>("#pieces");
const inspector = new InspectorPlace(need("#inspector"));
const code = new CodePanel(need("#code"));

let engine: EngineName = available["mse-polyfill"] ? "mse-polyfill" : "native";
let wish: Wish = { what: "clip" };
let current: { video: HTMLVideoElement; ending: AbortController } | undefined;
/** Once the visitor has made sound, it stays. */
let soundWanted = false;

// ---- Words ------------------------------------------------------------------------------------------------------------

function say(title: string, text: string, tone: "calm" | "bad" = "calm"): void {
  status.dataset["tone"] = tone;
  const strong = document.createElement("strong");
  strong.textContent = title;
  status.replaceChildren(strong, text ? ` ${text}` : "");
}

function complain(error: unknown, video: HTMLVideoElement | undefined): void {
  progress.hidden = true;
  // The element's own words are the ones that say which box, at which byte.
  const reason = video?.error?.message ?? "";
  if (error instanceof PlayError) {
    const text = [error.message, reason].filter(Boolean).join(" — ");
    say(`${error.title}.`, text, "bad");
  } else {
    const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    say(engine === "native" ? "The browser’s own MediaSource refused." : "That did not work.", reason || words, "bad");
  }
}

// ---- Playing ----------------------------------------------------------------------------------------------------------

function giveUp(): void {
  if (!current) return;
  const { video, ending } = current;
  current = undefined;
  ending.abort();
  video.pause();
  video.removeAttribute("src");
  video.load();
  video.remove();
}

function play(next: Wish): void {
  giveUp();
  wish = next;
  useEngine(engine);
  code.clear();
  progress.hidden = true;
  start.hidden = true;
  unmute.hidden = true;
  const ending = new AbortController();
  const began = performance.now();
  try {
    const playing = next.what === "clip" ? playClip(stage, CLIP) : playOwn(next, ending.signal);
    const { video, mediaSource } = playing;
    if (next.what === "clip") video.muted = !soundWanted;
    video.playsInline = true;
    current = { video, ending };
    inspector.watch(video, mediaSource);
    follow(video, playing.started, ending.signal);
    if (next.what === "clip") {
      followClip(mediaSource, video, ending.signal);
      stampLines(mediaSource, video, began, ending.signal);
    }
  } catch (error) {
    complain(error, undefined);
  }
}

/** What concerns every playback: autoplay refused, sound, errors. */
function follow(video: HTMLVideoElement, started: Promise<void>, signal: AbortSignal): void {
  const on = (type: string, act: () => void) => video.addEventListener(type, act, { signal });
  started.catch((error: unknown) => {
    if (signal.aborted || !(error instanceof DOMException) || error.name !== "NotAllowedError") return;
    start.hidden = engine !== "native"; // the library's own bar has such a button
    say("Press play.", "This browser starts no video by itself.");
  });
  const sound = () => {
    unmute.hidden = !video.muted || video.paused;
    if (!video.muted && !video.paused) soundWanted = true;
  };
  for (const type of ["volumechange", "play", "pause", "playing"]) on(type, sound);
  on("playing", () => (start.hidden = true));
  on("error", () => complain(undefined, video));
}

/** The tutorial's code says nothing of itself; its events do. */
function followClip(mediaSource: MediaSource, video: HTMLVideoElement, signal: AbortSignal): void {
  say("Fetching the clip …", "");
  mediaSource.addEventListener("sourceended", () => {
    if (!video.error && !keptNothing(mediaSource)) {
      say("The bundled clip", `is an ordinary MP4, H.264 + AAC, appended in one piece to ${whose()}.`);
    }
  }, { signal });
}

/** The time of each line's event, beside the line. */
function stampLines(mediaSource: MediaSource, video: HTMLVideoElement, began: number, signal: AbortSignal): void {
  const stamp = (target: EventTarget | undefined, types: string[]) =>
    types.forEach((type) => target?.addEventListener(type, () => code.stamp(type, performance.now() - began), { signal }));
  stamp(video, ["playing"]);
  stamp(mediaSource, ["sourceopen", "sourceended"]);
  const { sourceBuffers } = mediaSource;
  sourceBuffers.addEventListener("addsourcebuffer", () => stamp(sourceBuffers[0], ["updatestart", "update"]), { signal });
}

/** Some MediaSources refuse without a word: they take the bytes and buffer nothing. */
function keptNothing(mediaSource: MediaSource): boolean {
  const nothing = Array.from(mediaSource.sourceBuffers).every(({ buffered }) => !buffered.length);
  if (nothing) say("All bytes taken, nothing buffered.", `There is nothing in them that ${whose()} plays, and it gave no reason.`, "bad");
  return nothing;
}

function whose(): string {
  return engine === "native" ? "the browser’s own MediaSource" : "mse-polyfill";
}

function playOwn(own: Exclude<Wish, { what: "clip" }>, signal: AbortSignal) {
  const video = document.createElement("video");
  const mediaSource = new MediaSource();
  video.src = URL.createObjectURL(mediaSource);
  stage.append(video);
  video.controls = true;
  soundWanted = true; // a click or a drop came before this
  const size = Number(pieces.value) || Infinity;
  const name = own.what === "file" ? own.file.name : own.url;
  const run = async () => {
    say("Opening", name);
    const opened = new Promise((resolve) => mediaSource.addEventListener("sourceopen", resolve, { once: true }));
    const feed = own.what === "file" ? await feedOfFile(own.file, size) : await feedOfUrl(own.url, size, signal);
    await opened;
    if (signal.aborted) return;
    let count = 0;
    const tell = (finished: boolean) => {
      progress.hidden = finished || !feed.total;
      progress.value = feed.total ? count / feed.total : 0;
      const of = feed.total && !finished ? ` of ${bytes(feed.total)}` : "";
      const type = feed.kind.type ? ` Declared as ${feed.kind.type}.` : "";
      say(name, `is ${feed.kind.name}. ${bytes(count)}${of} appended to ${whose()}.${type} ${feed.kind.note ?? ""}`);
    };
    await append(mediaSource, video, feed, signal, (more) => {
      count += more;
      tell(false);
    });
    if (signal.aborted) return;
    tell(true);
    keptNothing(mediaSource);
  };
  run().catch((error: unknown) => {
    if (signal.aborted) return;
    complain(error, video);
    // Nothing will come that it could wait for.
    if (!video.error) giveUp();
  });
  return { video, mediaSource, started: video.play() };
}

// ---- The visitor's hands ----------------------------------------------------------------------------------------------

unmute.addEventListener("click", () => {
  if (current) current.video.muted = false;
});
start.addEventListener("click", () => void current?.video.play());

const chooser = need<HTMLInputElement>("#file");
chooser.addEventListener("change", () => {
  const [file] = chooser.files ?? [];
  if (file) play({ what: "file", file });
  chooser.value = "";
});
for (const button of document.querySelectorAll<HTMLElement>("[data-choose]")) {
  button.addEventListener("click", () => chooser.click());
}
need("#clip").addEventListener("click", () => play({ what: "clip" }));
need<HTMLFormElement>("#fetch").addEventListener("submit", (event) => {
  event.preventDefault();
  const url = need<HTMLInputElement>("#url").value.trim();
  if (url) play({ what: "url", url });
});

let depth = 0; // of dragenter over dragleave: each element inside fires its own
const dragging = (by: number) => {
  depth = Math.max(0, by ? depth + by : 0);
  document.body.classList.toggle("dropping", depth > 0);
};
addEventListener("dragenter", (event) => event.dataTransfer?.types.includes("Files") && dragging(1));
addEventListener("dragleave", (event) => event.dataTransfer?.types.includes("Files") && dragging(-1));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  dragging(0);
  const [file] = event.dataTransfer?.files ?? [];
  const url = event.dataTransfer?.getData("text/uri-list").split("\n")[0];
  if (file) play({ what: "file", file });
  else if (url) play({ what: "url", url });
});

const engines = need<HTMLFieldSetElement>("#engines");
engines.hidden = !(available["mse-polyfill"] && available.native);
engines.addEventListener("change", (event) => {
  const { value } = event.target as HTMLInputElement;
  giveUp(); // by the hand that holds it
  engine = value === "native" ? "native" : "mse-polyfill";
  play(wish);
});

for (const block of document.querySelectorAll<HTMLElement>("[data-code]")) {
  const text = block.textContent?.trim() ?? "";
  block.replaceChildren(highlight(text));
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "copy";
  copy.textContent = "Copy";
  copy.addEventListener("click", () => {
    navigator.clipboard.writeText(text).then(
      () => (copy.textContent = "Copied"),
      () => getSelection()?.selectAllChildren(block),
    );
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  block.parentElement?.append(copy);
}

const facts = need("#facts");
for (const [fact, is, good] of browserFacts()) {
  const [term, value] = [document.createElement("dt"), document.createElement("dd")];
  term.textContent = fact;
  value.textContent = is;
  if (!good) value.className = "bad";
  facts.append(term, value);
}

// ---- First light ------------------------------------------------------------------------------------------------------

if (!available["mse-polyfill"] && !available.native) {
  say("Nothing to play with.", "The library’s script did not load, and this browser has no MediaSource of its own.", "bad");
} else {
  play({ what: "clip" });
  if (!available["mse-polyfill"]) {
    const notice = need<HTMLElement>("#notice");
    notice.hidden = false;
    notice.textContent = "The library’s script did not load: what you see is the browser’s own MediaSource.";
  }
}
