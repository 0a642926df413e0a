// What is done with the players, alike on the browser's own MediaSource and on ours. Each scenario leaves phases, and in
// each the main events in order and what the element says of itself and shows at its end.

import "/harness.mjs";
import { player } from "/players.mjs";

/** Milliseconds without an event after which all is said to be settled. */
const QUIET = 250;
/** How long anything may take, in milliseconds. */
const LIMIT = 15_000;
/** Segments that are 2 s long begin here. */
const RATE = 30;

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
    const file = of.startsWith("whole") ? of : `${of}/main.${this.Player.streams}`;
    this.player = new this.Player(this.video, `${location.origin}${this.stream}/${behaviour}/${file}`, options);
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

  /** Plays until the position is there, and looks whether the pictures are those of their times. */
  async reach(time, frameAt = (time) => time * RATE) {
    const watching = harness.watch(this.video);
    await this.until((video) => video.currentTime >= time);
    // A look takes time, and a picture is shown for a while.
    const wrong = watching.stop().filter(({ before, time, frame }) => frame < frameAt(before) - 6 || frame > frameAt(time) + 3);
    // The picture may still be that from before a seek, in the first of them.
    this.wrong = wrong.length;
    this.looked = watching.seen.length;
    this.wrongOnes = wrong.slice(0, 3);
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
    await harness.lookFor(this.video, -2, 100);
  }

  /** Ends a phase when nothing more happens; at once where it is `moving`, and nothing is said of positions then. */
  async mark(name, { moving = false } = {}) {
    if (moving) {
      await harness.sleep(30);
    } else {
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
    phase.wrong = this.wrong;
    phase.looked = this.looked;
    phase.wrongOnes = this.wrongOnes;
    this.#entries = [];
    this.phases.push(phase);
  }
}

/** How many bytes a SourceBuffer may hold in the scenario about it: twelve seconds or so. */
const QUOTA = { video: 75_000, audio: 120_000 };

const SCENARIOS = {
  async "from start to end"(stage, of) {
    await stage.load("plain", of);
    await stage.mark("loaded");
    await stage.play();
    await stage.reach(2.5);
    stage.video.pause();
    await stage.mark("played", { moving: true });
    await stage.seek(15.25);
    await stage.mark("forward");
    await stage.seek(5.5);
    await stage.mark("back");
    await stage.seek(22.5);
    await stage.play();
    await stage.until((video) => video.ended);
    await stage.mark("ended");
  },

  async switches(stage, of) {
    await stage.load("plain", of);
    stage.player.level(0);
    await stage.play();
    await stage.until((video) => shown(video) === "low" && video.currentTime > 0.5);
    await stage.mark("low", { moving: true });
    stage.player.level(2);
    await stage.until((video) => shown(video) === "high");
    await stage.mark("up", { moving: true });
    stage.player.level(0);
    await stage.until((video) => shown(video) === "low");
    stage.player.level(1);
    await stage.until((video) => shown(video) === "mid");
    await stage.mark("down", { moving: true });
    await stage.reach(stage.video.currentTime + 0.5);
    await stage.mark("on", { moving: true });
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

  async discontinuity(stage, of) {
    await stage.load("discontinuity", of);
    await stage.seek(2.5);
    await stage.mark("before");
    await stage.play();
    // The fourth segment begins at 6 s.
    await stage.reach(5, (time) => (time < 4 ? 6 + time : time - 4) * RATE);
    stage.video.pause();
    await stage.mark("passed", { moving: true });
    await stage.seek(7);
    await stage.mark("behind");
  },

  async encrypted(stage, of) {
    await stage.load("encrypted", of);
    await stage.play();
    await stage.reach(2.5);
    await stage.mark("played", { moving: true });
  },

  async missing(stage, of) {
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

  async quota(stage, of) {
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
    await stage.load(of.startsWith("whole") ? "steady" : "plain", of);
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
  },

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

async function run() {
  const query = new URLSearchParams(location.search);
  const scenario = query.get("scenario");
  const isOurs = Boolean(globalThis.MsePolyfill);
  if (isOurs && scenario === "quota") MsePolyfill.install({ mode: "force", quota: QUOTA });
  const stage = new Stage();
  stage.Player = await player(query.get("player"), "/node_modules/");
  let problem = "";
  try {
    if (isOurs !== (MediaSource === globalThis.MsePolyfill?.MediaSource)) throw new Error("the MediaSource is another one");
    await SCENARIOS[scenario](stage, query.get("stream"));
  } catch (error) {
    problem = String(error);
    await stage.mark("problem");
  }
  frameElement.finish({ phases: stage.phases, problem, complaints, took: Math.round(performance.now()) });
}

const complaints = [];
addEventListener("error", ({ message }) => complaints.push(message));
addEventListener("unhandledrejection", ({ reason }) => complaints.push(String(reason)));
run();
