// What is done with the players, alike on the browser's own MediaSource and on ours. Each scenario leaves phases, and in
// each the main events in order and what the element says of itself and shows at its end.

import "/harness.mjs";
import { player } from "/players.mjs";
import { listen, soundIn, soundOf, toneNow } from "/sound.mjs";

/** Milliseconds without an event after which all is said to be settled. */
const QUIET = 250;
/** How long anything may take, in milliseconds. */
const LIMIT = 15_000;
/** Segments that are 2 s long begin here. */
const RATE = 30;

/** In which scenarios the sound is listened to: Firefox's own takes no setMediaKeys() then, which dash.js calls when it leaves. */
const LISTENED = /start|switches|sounds|discontinuity/;

const EVENTS = [
  "durationchange", "emptied", "ended", "error", "loadeddata", "loadedmetadata", "loadstart", "pause", "play", "playing",
  "ratechange", "resize", "seeked", "seeking", "waiting",
];

const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
const context = canvas.getContext("2d", { willReadFrequently: true });

/** Which rendition is shown, by the colour of its bar. */
function shown(video) {
  const { videoWidth, videoHeight } = video;
  if (!videoWidth) return "none";
  context.clearRect(0, 0, 1, 1);
  context.drawImage(video, videoWidth * 0.7, videoHeight * 0.55, videoWidth * 0.1, videoHeight * 0.05, 0, 0, 1, 1);
  const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
  if (!alpha) return "none";
  const most = Math.max(red, green, blue);
  return most < 100 ? "none" : most === red ? "low" : most === green ? "mid" : "high";
}

class Stage {
  video = document.createElement("video");
  phases = [];
  sources = [];
  #entries = [];
  #last = 0;

  constructor() {
    this.video.width = 180;
    document.body.append(this.video);
    this.#listen();
    // Before the player's script: it may keep the function.
    const { createObjectURL } = URL;
    URL.createObjectURL = (object) => {
      if (object instanceof MediaSource) this.sources.push(object);
      return createObjectURL(object);
    };
  }

  #listen() {
    for (const type of EVENTS) this.video.addEventListener(type, () => this.note(type));
  }

  /** Attaches the player again. */
  async attach() {
    await this.player.attach();
    // A player may have made an element of its own.
    if (this.player.video !== this.video) {
      this.video = this.player.video;
      this.#listen();
    }
    await this.until((video) => video.readyState >= 3);
  }

  note(entry) {
    this.#entries.push(entry);
    this.#last = performance.now();
  }

  /** The player with a stream of its own. */
  async load(behaviour, of, options = {}) {
    this.stream = `/streams/${Math.random().toString(36).slice(2)}`;
    const [, isHls, name] = /^(hls )?(.*)$/.exec(of);
    const file = name.startsWith("whole") ? name : `${name}/main.${isHls ? "m3u8" : this.Player.streams}`;
    if (LISTENED.test(scenario) && !isOurs) await listen(this.video);
    const url = `${location.origin}${this.stream}/${behaviour}/${file}`;
    const make = () => new this.Player(this.video, url, { worker, ...options });
    this.player = isOurs && worker === "enableWorkerForMSE" ? withLibrary(make) : make();
    await this.player.load();
    // Some load live streams when they are to play.
    if (options.live) this.video.play().catch(() => {}); // they load what they play then, which ends the promise
    await this.until((video) => video.readyState >= 2);
  }

  async until(condition, limit = LIMIT) {
    await harness.until(() => condition(this.video, this), String(condition), limit);
  }

  async play() {
    await harness.within(this.video.play(), "play()");
  }

  /** Looks and listens before every repaint; the function that it gives ends that. */
  watch() {
    const { video } = this;
    const looks = [];
    let running = true;
    const tick = () => {
      if (!running) return;
      const from = video.currentTime;
      const { frame } = harness.look(video);
      looks.push({ from, to: video.currentTime, frame, tone: toneNow() });
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    return () => {
      running = false;
      return looks;
    };
  }

  /** Plays until the position is there, and looks (and `listens`) whether all is of its time: of which, `secondsAt` says. */
  async reach(time, { secondsAt = (time) => time, listens = false } = {}) {
    const stop = this.watch();
    await this.until((video) => video.currentTime >= time);
    const looks = stop().map(({ from, to, ...look }) => ({ from: secondsAt(from), to: secondsAt(to), ...look }));
    // A look takes time, and a picture is shown for a while.
    const wrong = looks.filter(({ from, to, frame }) => frame < from * RATE - 6 || frame > to * RATE + 3);
    // The picture may still be that from before a seek, in the first of them.
    this.watched = { wrong: wrong.length, looked: looks.length, wrongOnes: wrong.slice(0, 3), heard: listens ? soundIn(looks) : "" };
  }

  /** Plays until the element sounds like this one. */
  async hear(name) {
    await this.until((video) => soundOf(toneNow(), video.currentTime) === name);
  }

  /** Waits for the position to be the same for as many milliseconds. */
  async standsStill(milliseconds = 500) {
    let since = performance.now();
    let last = this.video.currentTime;
    await this.until(({ currentTime }) => {
      if (currentTime !== last) [last, since] = [currentTime, performance.now()];
      return performance.now() - since > milliseconds;
    });
  }

  async seek(time) {
    const sought = harness.once(this.video, "seeked", LIMIT);
    this.video.currentTime = time;
    await sought;
    await harness.lookFor(this.video, -2, 0, 100);
  }

  /** Ends a phase when nothing more happens; at once where it is `moving`, and nothing is said of positions then. */
  async mark(name, { moving = false } = {}) {
    if (moving) {
      await harness.sleep(30);
    } else {
      // A player may seek by itself.
      await this.until((video) => !video.seeking).catch(() => {});
      const begin = performance.now();
      while (performance.now() - Math.max(this.#last, begin) < QUIET) await harness.sleep(20);
    }
    const { video } = this;
    const { paused, ended, seeking, error, readyState, duration, currentTime, videoWidth, videoHeight } = video;
    const phase = {
      name,
      events: this.#entries,
      state: {
        paused, ended, seeking, videoWidth, videoHeight,
        error: error?.code ?? 0,
        ready: readyState >= 3,
        shown: shown(video),
        source: this.sources.at(-1)?.readyState,
        playerErrors: [...new Set(this.player.errors)].join(", "),
      },
      times: { duration: [String(duration)] },
    };
    if (!moving) {
      phase.state.frame = harness.look(video).frame;
      phase.times.currentTime = [currentTime];
      phase.times.buffered = harness.pairs(video.buffered).flat();
    }
    const { heard, ...pictures } = this.watched ?? {};
    Object.assign(phase, pictures);
    if (heard) phase.state.heard = heard;
    this.watched = undefined;
    this.#entries = [];
    this.phases.push(phase);
  }
}

/** Bytes of a second of the media, and what they take in a buffer of ours. */
const BYTES = { video: { media: 5_300, held: 7_600 }, audio: { media: 8_400, held: 11_800 } };
/** How many seconds a SourceBuffer may hold in the scenario about that. */
const QUOTA = 6;

/** Gives the browser's own such a quota, as if what was played had made room. */
function limit(video, seconds) {
  const kinds = new WeakMap();
  const { addSourceBuffer } = MediaSource.prototype;
  MediaSource.prototype.addSourceBuffer = function (type) {
    const sourceBuffer = addSourceBuffer.call(this, type);
    kinds.set(sourceBuffer, type.slice(0, 5));
    return sourceBuffer;
  };
  const { appendBuffer } = SourceBuffer.prototype;
  SourceBuffer.prototype.appendBuffer = function (bytes) {
    const held = harness.pairs(this.buffered).reduce((sum, [from, to]) => sum + Math.max(0, to - Math.max(from, video.currentTime)), 0);
    if (held + bytes.byteLength / BYTES[kinds.get(this)].media <= seconds) return appendBuffer.call(this, bytes);
    throw globalThis.QuotaExceededError ? new QuotaExceededError("full") : new DOMException("full", "QuotaExceededError");
  };
}

/** As many seconds are to be loaded ahead as there is no room for. */
async function quota(stage, of) {
  let refused = 0;
  const { appendBuffer } = SourceBuffer.prototype;
  SourceBuffer.prototype.appendBuffer = function (bytes) {
    try {
      return appendBuffer.call(this, bytes);
    } catch (error) {
      refused += error.name === "QuotaExceededError";
      throw error;
    }
  };
  await stage.load(of.startsWith("whole") ? "steady" : "plain", of, { ahead: 20 });
  stage.video.playbackRate = 3;
  await stage.play();
  // Whoever gives up loading goes on with a seek.
  let stands = false;
  stage.standsStill(2_000).then(
    () => (stands = true),
    () => {},
  );
  await stage.until((video) => video.currentTime > 16 || stands);
  if (stage.video.currentTime < 16) await stage.seek(16);
  await stage.until((video) => video.currentTime > 16.5);
  await stage.mark("played", { moving: true });
  stage.phases.at(-1).state.gaveUp = stands;
  stage.phases.at(-1).state.refused = refused > 0;
}

async function discontinuity(stage, behaviour, of) {
  await stage.load(behaviour, of);
  await stage.seek(2.5);
  await stage.mark("before");
  await stage.play();
  if (of.startsWith("whole")) {
    // The times jump from 4 s to 6 s, and the last picture before that stands.
    await stage.reach(6.5, { secondsAt: (time) => (time < 4 || time > 6 ? time : 4) });
  } else {
    // The fourth segment begins at 6 s.
    await stage.reach(5.25, { secondsAt: (time) => (time < 4 ? 6 + time : time - 4), listens: true });
  }
  stage.video.pause();
  await stage.mark("passed", { moving: true });
  await stage.seek(7);
  await stage.mark("behind");
}

/** The rest of a file is not there, and then it is. */
async function missingPart(stage, of) {
  await stage.load("missing", of, { ahead: 5 });
  await stage.play();
  await stage.until(() => stage.player.errors.length > 0);
  await stage.standsStill();
  await stage.mark("stopped", { moving: true });
  await fetch(`${stage.stream}/release`);
  await stage.seek(15);
  await stage.reach(16);
  await stage.mark("passed", { moving: true });
}

const SCENARIOS = {
  async "from start to end"(stage, of) {
    await stage.load("plain", of);
    await stage.mark("loaded");
    await stage.play();
    await stage.reach(2.3, { listens: true });
    await stage.mark("played", { moving: true });
    await stage.seek(15.25);
    await stage.hear("first");
    await stage.reach(stage.video.currentTime + 0.5);
    await stage.mark("forward", { moving: true });
    // To where neither sound nor pictures are loaded: with one of them there, dash.js loads on in two places.
    await stage.seek(11.25);
    await stage.hear("first");
    await stage.reach(stage.video.currentTime + 0.5);
    await stage.mark("back", { moving: true });
    stage.video.pause();
    await stage.seek(22.75);
    await stage.mark("paused");
    await stage.play();
    await stage.until((video) => video.ended);
    await stage.mark("ended");
  },

  async switches(stage, of) {
    // VHS plays what is there before it shows another one.
    await stage.load("plain", of, { ahead: 4 });
    stage.player.level(0);
    await stage.play();
    await stage.until((video) => shown(video) === "low" && video.currentTime > 0.5);
    await stage.mark("low", { moving: true });
    stage.player.level(2);
    await stage.until((video) => shown(video) === "high");
    await stage.mark("up", { moving: true });
    stage.player.level(1);
    await stage.until((video) => shown(video) === "mid");
    await stage.mark("down", { moving: true });
    await stage.reach(stage.video.currentTime + 1, { listens: true });
    await stage.mark("on", { moving: true });
  },

  async sounds(stage, of) {
    await stage.load("plain", of, { ahead: 4 });
    await stage.play();
    await stage.reach(1.5, { listens: true });
    await stage.mark("first", { moving: true });
    stage.player.sound(1);
    await stage.hear("other");
    await stage.reach(stage.video.currentTime + 1, { listens: true });
    await stage.mark("other", { moving: true });
    stage.player.sound(0);
    await stage.hear("first");
    await stage.reach(stage.video.currentTime + 1, { listens: true });
    await stage.mark("first again", { moving: true });
  },

  async live(stage, of) {
    const begin = Date.now();
    await stage.load("live", of, { live: true, ahead: 30 });
    await stage.until((video) => video.currentTime > 0 && harness.look(video).frame > 0);
    const first = { frame: harness.look(stage.video).frame, time: Date.now() };
    await harness.sleep(5_000);
    // Ten seconds were there at the beginning.
    const behind = 10 + (Date.now() - begin) / 1000 - harness.look(stage.video).frame / RATE;
    const speed = (harness.look(stage.video).frame - first.frame) / RATE / ((Date.now() - first.time) / 1000);
    await stage.mark("live", { moving: true });
    Object.assign(stage.phases.at(-1), { behind, speed });
  },

  discontinuity: (stage, of) => discontinuity(stage, "discontinuity", of),
  "encrypted discontinuity": (stage, of) => discontinuity(stage, "encrypted", of),

  async missing(stage, of) {
    if (of.startsWith("whole")) return missingPart(stage, of);
    await stage.load("missing", of);
    await stage.seek(3);
    await stage.play();
    await stage.reach(6.5);
    await stage.mark("passed", { moving: true });
  },

  async stall(stage, of) {
    await stage.load("stall", of);
    if (!of.startsWith("whole")) await stage.seek(3);
    await stage.play();
    await stage.mark("playing", { moving: true });
    // Shaka stops by itself, some time before data run out.
    if (!stage.Player.stopsItself) await stage.until((video) => video.readyState < 3);
    await stage.standsStill();
    await stage.mark("stalled");
    await fetch(`${stage.stream}/release`);
    await stage.reach(5);
    await stage.mark("recovered", { moving: true });
  },

  quota,

  async leaving(stage, of) {
    await stage.load("plain", of);
    await stage.play();
    await stage.reach(1);
    await stage.player.detach();
    await stage.mark("detached");
    await stage.attach();
    await stage.play();
    await stage.reach(stage.video.currentTime + 1);
    await stage.mark("attached again", { moving: true });
    await stage.player.destroy();
    await stage.mark("destroyed");
    const { video } = stage;
    stage.phases.at(-1).state.left = [...Object.getOwnPropertyNames(video), video.srcObject, video.getAttribute("src")].join();
    document.body.append(video);
    video.src = `${stage.stream}/plain/whole.mp4`;
    await stage.until((video) => video.readyState >= 2);
    await stage.play();
    await stage.reach(1);
    video.pause();
    await stage.mark("a file", { moving: true });
  },
};

/** The worker that `make` starts has the library, before anything else. */
function withLibrary(make) {
  const { Worker } = globalThis;
  const library = document.querySelector("script[data-install]").src;
  let isStarted = false;
  globalThis.Worker = class extends Worker {
    constructor(url, options) {
      isStarted = true;
      const lines = [`importScripts("${library}");`, 'MsePolyfill.install({ mode: "force", workers: true });', `importScripts("${url}");`];
      super(URL.createObjectURL(new Blob(lines)), options);
    }
  };
  const made = make();
  globalThis.Worker = Worker;
  if (!isStarted) throw new Error("it starts no worker");
  return made;
}

const query = new URLSearchParams(location.search);
const scenario = query.get("scenario");
/** Which of its workers a player is to take. */
const worker = query.get("worker");
const isOurs = Boolean(globalThis.MsePolyfill);

async function run() {
  const isFull = scenario === "quota";
  if (isOurs && isFull) {
    MsePolyfill.install({ mode: "force", quota: { video: BYTES.video.held * QUOTA, audio: BYTES.audio.held * QUOTA } });
  } else if (isOurs && worker) {
    MsePolyfill.install({ mode: "force", workers: true });
  }
  const stage = new Stage();
  if (!isOurs && isFull) limit(stage.video, QUOTA);
  stage.Player = await player(query.get("player"), "/node_modules/");
  let problem = "";
  try {
    if (isOurs !== (MediaSource === globalThis.MsePolyfill?.MediaSource)) throw new Error("the MediaSource is another one");
    await SCENARIOS[scenario](stage, query.get("stream"));
  } catch (error) {
    problem = String(error);
    await stage.mark("problem");
  }
  const took = Math.round(performance.now());
  frameElement.finish({ phases: stage.phases, problem, complaints, took });
}

const complaints = [];
addEventListener("error", ({ message }) => complaints.push(message));
addEventListener("unhandledrejection", ({ reason }) => complaints.push(String(reason)));
run();
