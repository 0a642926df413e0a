// Scripted sessions with a media element, which run alike on the browser's own MediaSource and on ours. Each leaves a
// log: phases, and in each the events and outcomes of promises in order, and what the element says of itself at its end.

import "/harness.mjs";

const CLIP = "fragmented.mp4";
const SHORT = "short.mp4";
const VIDEO_ONLY = "video-only.mp4";
/** Milliseconds without an event after which all is said to be settled. */
const QUIET = 250;

const EVENTS = [
  "abort", "canplay", "canplaythrough", "durationchange", "emptied", "ended", "error", "loadeddata", "loadedmetadata",
  "loadstart", "pause", "play", "playing", "ratechange", "resize", "seeked", "seeking", "timeupdate", "volumechange",
  "waiting",
];

const clips = {};
/** The bytes of a clip, and where its fragments begin; each is a second long. */
async function clip(file) {
  clips[file] ??= harness.bytesOf(file).then((bytes) => {
    const boxes = [];
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length; at += view.getUint32(at)) {
      boxes.push([at, String.fromCharCode(...bytes.subarray(at + 4, at + 8))]);
    }
    const fragments = boxes.filter(([, name]) => name === "moof").map(([at]) => at);
    return { bytes, fragments: [...fragments, bytes.length] };
  });
  return clips[file];
}

/** One element with one MediaSource, and its log. */
class Stage {
  video = document.createElement("video");
  phases = [];
  #entries = [];
  #last = 0;

  constructor() {
    this.video.width = 80;
    document.body.append(this.video);
    for (const type of EVENTS) {
      this.video.addEventListener(type, () => {
        // Those that come while the position moves come by timers.
        if (type !== "timeupdate" || this.video.paused) this.note(type);
      });
    }
  }

  note(entry) {
    // How often it comes in a row depends on timers.
    if (entry !== "timeupdate" || this.#entries.at(-1) !== entry) this.#entries.push(entry);
    this.#last = performance.now();
  }

  /** A new source for the element. */
  async open(type = harness.facts.files[CLIP].type) {
    this.attach();
    await harness.once(this.mediaSource, "sourceopen");
    this.sourceBuffer = this.mediaSource.addSourceBuffer(type);
  }

  attach() {
    this.mediaSource = new MediaSource();
    for (const type of ["sourceopen", "sourceended", "sourceclose"]) {
      this.mediaSource.addEventListener(type, () => this.note(type));
    }
    this.url = URL.createObjectURL(this.mediaSource);
    this.video.src = this.url;
  }

  /** Appends the fragments of these seconds, and the initialization segment before the first append. */
  async append(from, to, sourceBuffer = this.sourceBuffer, file = CLIP) {
    const { bytes, fragments } = await clip(file);
    const start = sourceBuffer.isBegun ? fragments[from] : 0;
    if (!sourceBuffer.isBegun && from > 0) await harness.append(sourceBuffer, bytes.subarray(0, fragments[0]));
    await harness.append(sourceBuffer, bytes.subarray(from > 0 ? fragments[from] : start, fragments[to]));
    sourceBuffer.isBegun = true;
  }

  async remove(from, to) {
    const removed = harness.once(this.sourceBuffer, "updateend");
    this.sourceBuffer.remove(from, to);
    await removed;
  }

  /** A second of sound and picture, ended. */
  async short() {
    await this.open(harness.facts.files[SHORT].type);
    await harness.append(this.sourceBuffer, await harness.bytesOf(SHORT));
    await this.until((video) => video.readyState >= 3);
    this.mediaSource.endOfStream();
    await this.until((video) => video.readyState === 4);
  }

  /** The clip to this second, with a picture. */
  async loaded(to = 7, { end = to === 7, file = CLIP } = {}) {
    await this.open(harness.facts.files[file].type);
    await this.append(0, to, this.sourceBuffer, file);
    await this.until((video) => video.readyState >= 3);
    if (end) this.mediaSource.endOfStream();
    await this.until((video) => video.readyState >= (end ? 4 : 3));
  }

  /** Calls play(), whose outcome is logged with the name. */
  play(name = "play()") {
    this.video.play().then(
      () => this.note(`${name} resolved`),
      (error) => this.note(`${name} rejected: ${error.name}`),
    );
  }

  /** Logs what the call throws. */
  attempt(name, call) {
    const error = harness.thrown(() => call(this.video));
    this.note(error ? `${name}: ${error.name}` : name);
  }

  async until(condition) {
    await harness.until(() => condition(this.video, this), String(condition));
  }

  /** Plays until the position is there. */
  async reach(time) {
    await this.until((video) => video.currentTime >= time);
  }

  /**
   * Ends a phase as soon as nothing more happens; that a seek is done is waited for, unless it is `stuck`. `at` says how
   * far the positions may differ, in seconds; `moving` ends the phase at once, and nothing is said of positions.
   */
  async mark(name, { at = 0, moving = false, stuck = false } = {}) {
    if (moving) {
      await harness.sleep(30); // for what is queued
    } else {
      if (!stuck) await this.until((video) => !video.seeking);
      const begin = performance.now();
      while (performance.now() - Math.max(this.#last, begin) < QUIET) await harness.sleep(20);
    }
    const { video, mediaSource } = this;
    const events = this.#entries;
    this.#entries = [];
    this.phases.push({
      name,
      events,
      at: moving ? Infinity : at,
      state: {
        paused: video.paused,
        ended: video.ended,
        seeking: video.seeking,
        readyState: video.readyState,
        networkState: video.networkState,
        playbackRate: video.playbackRate,
        defaultPlaybackRate: video.defaultPlaybackRate,
        error: video.error?.code ?? 0,
        volume: `${video.volume} ${video.muted}`,
        source: mediaSource?.readyState ?? "none",
      },
      times: {
        currentTime: [video.currentTime],
        played: harness.pairs(video.played).flat(),
      },
      exactTimes: {
        duration: [String(video.duration)],
        buffered: harness.pairs(video.buffered).flat(),
        seekable: harness.pairs(video.seekable).flat(),
      },
    });
  }

  close() {
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    this.video.remove();
  }
}

/** Each by its name. */
const SESSIONS = {
  async "the end, and replay by play()"(stage) {
    await stage.short();
    await stage.mark("loaded");
    stage.play();
    await stage.until((video) => video.ended);
    await stage.mark("ended");
    stage.play();
    await stage.until((video) => video.currentTime > 0.2 && !video.paused && !video.ended);
    stage.video.pause();
    await stage.mark("paused in the replay", { at: 0.5 });
    stage.play();
    await stage.until((video) => video.ended);
    await stage.mark("ended again", { at: 0.01 });
    stage.video.currentTime = 0.5;
    await stage.mark("sought back");
    stage.video.currentTime = 1e6;
    await stage.mark("sought to the end");
    stage.play();
    await stage.until((video) => video.currentTime > 0 && video.currentTime < 0.5 && !video.seeking);
    await stage.until((video) => video.ended);
    await stage.mark("replayed from the end");
  },

  async loop(stage) {
    await stage.short();
    stage.video.loop = true;
    stage.play();
    let rounds = 0;
    stage.video.addEventListener("seeked", () => rounds++);
    await stage.until(() => rounds === 2);
    await stage.until((video) => video.currentTime > 0.1 && video.readyState > 2);
    await stage.mark("the third round", { moving: true });
    stage.video.loop = false;
    await stage.until((video) => video.ended);
    await stage.mark("the last round has ended");
    stage.video.loop = true;
    await stage.mark("loop set when it has ended");
    stage.play();
    await stage.reach(0.1);
    stage.video.pause();
    await stage.mark("played again", { at: 0.6 });
  },

  async "seeks while paused"(stage) {
    await stage.loaded();
    await stage.mark("loaded");
    stage.video.currentTime = 1.2;
    await stage.mark("forward");
    stage.video.currentTime = 1.2;
    await stage.mark("to the same position");
    stage.video.currentTime = 0;
    await stage.mark("back");
    stage.video.currentTime = -5;
    await stage.mark("before the beginning");
    for (const value of [NaN, Infinity, "x", undefined]) {
      stage.attempt(`currentTime = ${value}`, (video) => (video.currentTime = value));
    }
    await stage.mark("to no position");
  },

  async "seeks while playing"(stage) {
    await stage.loaded();
    await stage.mark("loaded");
    stage.play();
    await stage.reach(0.3);
    await stage.mark("playing", { moving: true });
    stage.video.currentTime = 4;
    await stage.until((video) => !video.seeking && video.currentTime > 4.1);
    await stage.mark("forward", { moving: true });
    stage.video.currentTime = 2;
    await stage.until((video) => !video.seeking && video.currentTime > 2.1);
    stage.video.pause();
    await stage.mark("back and paused", { at: 0.8 });
  },

  async "seeks during a seek"(stage) {
    await stage.loaded();
    await stage.mark("loaded");
    stage.video.currentTime = 1;
    stage.video.currentTime = 5;
    stage.video.currentTime = 3;
    await stage.mark("three in one task");
    stage.video.currentTime = 6;
    await harness.once(stage.video, "seeking");
    stage.video.currentTime = 2;
    await stage.mark("one in the event of another");
    stage.video.currentTime = 4;
    stage.play();
    stage.video.currentTime = 1;
    await stage.until((video) => !video.seeking && video.currentTime > 1.1);
    await stage.mark("play() in between", { moving: true });
  },

  async "a seek before metadata"(stage) {
    await stage.open();
    stage.video.currentTime = 2;
    await stage.mark("sought");
    stage.video.currentTime = 3.5;
    await stage.append(0, 7);
    await stage.mark("all is there");
  },

  async "a seek before there is a source"(stage) {
    stage.attach();
    stage.video.currentTime = 2;
    await stage.until((video, { mediaSource }) => mediaSource.readyState === "open");
    stage.sourceBuffer = stage.mediaSource.addSourceBuffer(harness.facts.files[CLIP].type);
    await stage.mark("open");
    await stage.append(0, 7);
    await stage.mark("all is there");
  },

  async "a seek into a hole that data fills"(stage) {
    await stage.loaded(2);
    await stage.append(4, 6);
    stage.mediaSource.duration = 7;
    await stage.mark("loaded");
    stage.video.currentTime = 3;
    await stage.mark("in the hole", { stuck: true });
    stage.play();
    await stage.mark("play() in the hole", { stuck: true });
    stage.video.pause();
    await stage.mark("pause() in the hole", { stuck: true });
    await stage.append(2, 4);
    await stage.mark("filled");
    stage.video.currentTime = 6.5;
    stage.play("second");
    await stage.mark("behind the data", { stuck: true });
    stage.video.currentTime = 1;
    await stage.until((video) => !video.seeking && video.currentTime > 1.2);
    stage.video.pause();
    await stage.mark("where there are data", { at: 0.5 });
  },

  async "all data removed"(stage) {
    await stage.loaded(3, { end: true, file: VIDEO_ONLY });
    stage.video.currentTime = 2;
    await stage.mark("sought");
    await stage.remove(0, Infinity);
    await stage.mark("removed");
    stage.play();
    stage.video.currentTime = 1;
    await stage.mark("sought in the void", { stuck: true });
    await stage.append(0, 2, stage.sourceBuffer, VIDEO_ONLY);
    await stage.until((video) => !video.seeking && video.currentTime > 1.2);
    stage.video.pause();
    await stage.mark("data again", { at: 0.5 });
  },

  async "a seek beyond the end"(stage) {
    await stage.loaded();
    await stage.mark("loaded");
    stage.video.currentTime = 100;
    await stage.mark("paused");
    stage.video.currentTime = 5;
    await stage.mark("back");
    stage.play();
    await stage.reach(5.1);
    await stage.mark("playing", { moving: true });
    stage.video.currentTime = 100;
    await stage.until((video) => video.ended);
    await stage.mark("while playing", { at: 0.8 });
  },

  async "a seek beyond the end of what is open"(stage) {
    await stage.loaded(2);
    stage.mediaSource.duration = 7;
    stage.video.currentTime = 100;
    await stage.mark("paused", { stuck: true });
    stage.play();
    await stage.mark("play()", { stuck: true });
    stage.mediaSource.endOfStream();
    await stage.mark("it was the end");
  },

  async fastSeek(stage) {
    await stage.loaded();
    await stage.mark("loaded");
    if (!stage.video.fastSeek) return;
    stage.video.fastSeek(3);
    await stage.mark("to a key frame");
    stage.video.fastSeek(100);
    await stage.mark("beyond the end");
  },

  async "stall and resume"(stage) {
    await stage.loaded(1);
    await stage.mark("loaded");
    stage.play();
    await stage.until((video) => video.readyState === 2);
    await stage.mark("stalled", { at: 0.2 });
    stage.video.pause();
    await stage.mark("paused in the stall", { at: 0.2 });
    stage.play();
    await stage.mark("played in the stall", { at: 0.2 });
    await stage.append(1, 4);
    await stage.reach(1.5);
    await stage.mark("playing again", { moving: true });
    stage.video.pause();
    await stage.mark("paused", { at: 0.5 });
  },

  async rates(stage) {
    await stage.loaded();
    await stage.mark("loaded");
    for (const rate of [2, 2, 0.25, 100, 16, 17, 0.0625, 0.01, -1, NaN, 0, 1]) {
      stage.attempt(`playbackRate = ${rate}`, (video) => (video.playbackRate = rate));
    }
    for (const rate of [100, -1, 0, NaN, 1]) {
      stage.attempt(`defaultPlaybackRate = ${rate}`, (video) => (video.defaultPlaybackRate = rate));
    }
    await stage.mark("set while paused");
    stage.video.playbackRate = 4;
    stage.play();
    await stage.reach(2);
    await stage.mark("four times", { moving: true });
    stage.video.playbackRate = 0;
    await harness.sleep(100);
    const before = stage.video.currentTime;
    await harness.sleep(300);
    stage.note(stage.video.currentTime === before ? "it stands" : "it moves");
    await stage.mark("stands", { at: 1 });
    stage.video.playbackRate = 0.25;
    await stage.until((video) => video.currentTime > before + 0.05);
    await stage.mark("slowly", { moving: true });
    stage.video.playbackRate = 4;
    await stage.until((video) => video.ended);
    await stage.mark("ended", { at: 0.01 });
    stage.video.playbackRate = 0;
    stage.play();
    await stage.mark("play() at rate 0", { at: 0.01 });
  },

  async "rates before there is a source"(stage) {
    stage.attach();
    for (const rate of [2, 100, -1, NaN, 0.5]) {
      stage.attempt(`playbackRate = ${rate}`, (video) => (video.playbackRate = rate));
    }
    for (const rate of [100, -1, NaN, 3]) {
      stage.attempt(`defaultPlaybackRate = ${rate}`, (video) => (video.defaultPlaybackRate = rate));
    }
    await stage.until((video, { mediaSource }) => mediaSource.readyState === "open");
    await stage.mark("open");
  },

  async "load() takes defaultPlaybackRate"(stage) {
    await stage.loaded(2);
    stage.video.playbackRate = 0.5;
    stage.video.defaultPlaybackRate = 2;
    await stage.mark("set");
    stage.attach();
    await stage.until((video, { mediaSource }) => mediaSource.readyState === "open");
    await stage.mark("another source");
    stage.video.defaultPlaybackRate = 3;
    stage.video.load();
    await stage.until((video, { mediaSource }) => mediaSource.readyState === "open" || video.error);
    await stage.mark("loaded anew");
    if (stage.video.error) return;
    stage.sourceBuffer = stage.mediaSource.addSourceBuffer(harness.facts.files[CLIP].type);
    await stage.append(0, 2);
    await stage.mark("with data");
  },

  async "autoplay before data"(stage) {
    stage.video.autoplay = true;
    await stage.open();
    await stage.mark("open");
    await stage.append(0, 2);
    await stage.reach(0.2);
    await stage.mark("playing", { moving: true });
    stage.video.pause();
    await stage.mark("paused", { at: 0.3 });
  },

  async "autoplay set when data are there"(stage) {
    await stage.loaded(7);
    await stage.mark("loaded");
    stage.video.autoplay = true;
    await stage.until((video) => !video.paused).catch(() => stage.note("it does not play"));
    stage.video.pause();
    await stage.mark("autoplay", { at: 0.5 });
  },

  async "autoplay taken back"(stage) {
    stage.video.autoplay = true;
    await stage.open();
    await stage.mark("open");
    stage.video.autoplay = false;
    await stage.append(0, 7);
    await stage.mark("data, and no autoplay");
  },

  async "autoplay ended by pause()"(stage) {
    stage.video.autoplay = true;
    await stage.open();
    stage.video.pause();
    await stage.append(0, 7);
    await stage.mark("data");
  },

  async "play() before data"(stage) {
    stage.attach();
    stage.play("first");
    await stage.until((video, { mediaSource }) => mediaSource.readyState === "open");
    stage.sourceBuffer = stage.mediaSource.addSourceBuffer(harness.facts.files[CLIP].type);
    await stage.mark("open");
    stage.video.pause();
    await stage.mark("paused while pending");
    stage.play("second");
    stage.play("third");
    await stage.mark("pending");
    await stage.append(0, 3);
    await stage.reach(0.2);
    await stage.mark("playing", { moving: true });
    stage.play("while playing");
    await stage.mark("played while playing", { moving: false, at: Infinity });
    stage.video.pause();
    stage.play("at once");
    await stage.reach(0.9);
    stage.video.pause();
    await stage.mark("paused", { at: 0.5 });
  },

  async "play() of a source that fails"(stage) {
    await stage.open();
    stage.play("pending");
    await stage.mark("pending");
    stage.sourceBuffer.appendBuffer(new Uint8Array(100).fill(255));
    await stage.until((video) => video.error);
    await stage.mark("failed");
    stage.play("afterwards");
    await stage.mark("played");
    stage.video.pause();
    await stage.mark("paused");
  },

  async "load() and pending plays"(stage) {
    await stage.open();
    stage.play("first");
    stage.play("second");
    await stage.mark("pending");
    stage.video.load();
    await stage.until((video, { mediaSource }) => mediaSource.readyState === "open" || video.error);
    await stage.mark("loaded anew");
    stage.play("third");
    stage.video.removeAttribute("src");
    await stage.mark("without src");
    stage.video.load();
    await stage.mark("without a resource");
  },

  async "duration shortened under the play head"(stage) {
    await stage.loaded(7, { file: VIDEO_ONLY });
    stage.video.currentTime = 5;
    await stage.mark("sought");
    await stage.remove(3, Infinity);
    await stage.mark("removed");
    stage.mediaSource.duration = 3;
    await stage.mark("shortened", { stuck: true });
    stage.mediaSource.endOfStream();
    await stage.mark("ended");
    stage.video.currentTime = 1;
    stage.play();
    await stage.reach(1.2);
    await stage.mark("playing", { moving: true });
    await stage.remove(0.5, Infinity);
    stage.mediaSource.duration = 0.5;
    await stage.mark("shortened while playing", { at: 0.5, stuck: true });
    stage.mediaSource.endOfStream();
    await stage.until((video) => video.ended);
    await stage.mark("ended where it plays", { at: 0.5 });
  },

  async "duration extended when it has ended"(stage) {
    await stage.short();
    stage.play();
    await stage.until((video) => video.ended);
    await stage.mark("ended");
    stage.sourceBuffer.timestampOffset = stage.mediaSource.duration;
    await stage.mark("open again");
    await harness.append(stage.sourceBuffer, await harness.bytesOf(SHORT));
    await stage.mark("extended");
    stage.play();
    await stage.reach(1.3);
    await stage.mark("playing on", { moving: true });
    stage.mediaSource.endOfStream();
    await stage.until((video) => video.ended);
    await stage.mark("ended again");
  },

  async "endOfStream('network') before metadata"(stage) {
    await stage.open();
    stage.play();
    await stage.mark("open");
    stage.mediaSource.endOfStream("network");
    await stage.mark("ended");
  },

  async "endOfStream('network') while playing"(stage) {
    await stage.loaded(3);
    stage.play();
    await stage.reach(0.3);
    await stage.mark("playing", { moving: true });
    stage.mediaSource.endOfStream("network");
    await stage.until((video) => video.error);
    await stage.mark("ended", { at: 1 });
    stage.play("afterwards");
    await stage.mark("played", { at: 1 });
  },

  async "endOfStream('decode') while paused"(stage) {
    await stage.loaded(3);
    await stage.mark("loaded");
    stage.mediaSource.endOfStream("decode");
    await stage.until((video) => video.error);
    await stage.mark("ended");
    stage.video.currentTime = 1;
    await stage.mark("sought", { stuck: true });
    stage.play();
    await stage.mark("played", { stuck: true });
  },

  async "a live seekable range"(stage) {
    await stage.loaded(3);
    await stage.mark("loaded");
    stage.mediaSource.duration = Infinity;
    await stage.mark("live");
    stage.mediaSource.setLiveSeekableRange(4, 10);
    await stage.mark("with a range");
    stage.video.currentTime = 1;
    await stage.mark("sought within what is buffered");
    stage.video.currentTime = 20;
    await stage.mark("sought beyond the range", { stuck: true });
    stage.mediaSource.clearLiveSeekableRange();
    await stage.mark("without a range", { stuck: true });
    stage.video.currentTime = 2;
    await stage.mark("sought back");
  },

  async "sound removed while playing"(stage) {
    stage.attach();
    await harness.once(stage.mediaSource, "sourceopen");
    const { files } = harness.facts;
    const [picture, sound] = ["video-only.mp4", "audio-only.mp4"].map((file) => [file, stage.mediaSource.addSourceBuffer(files[file].type)]);
    for (const [file, sourceBuffer] of [picture, sound]) await harness.append(sourceBuffer, await harness.bytesOf(file));
    await stage.until((video) => video.readyState === 4);
    stage.play();
    await stage.reach(0.3);
    await stage.mark("playing", { moving: true });
    stage.mediaSource.removeSourceBuffer(sound[1]);
    await stage.reach(1);
    await stage.mark("without sound", { moving: true });
    stage.mediaSource.endOfStream();
    stage.video.playbackRate = 8;
    await stage.until((video) => video.ended);
    await stage.mark("ended");
  },

  async "volume and muted"(stage) {
    await stage.loaded();
    await stage.mark("loaded");
    stage.video.volume = 0.5;
    stage.video.volume = 0.5;
    stage.video.muted = true;
    stage.video.muted = true;
    for (const volume of [1.1, -0.1, NaN]) stage.attempt(`volume = ${volume}`, (video) => (video.volume = volume));
    await stage.mark("set");
    stage.play();
    stage.video.muted = false;
    stage.video.volume = 1;
    await stage.reach(0.2);
    stage.video.pause();
    await stage.mark("played", { at: 0.5 });
    stage.video.defaultMuted = true;
    await stage.mark("defaultMuted", { at: 0.5 });
  },

  async "src removed while playing"(stage) {
    await stage.loaded(3);
    stage.play();
    await stage.reach(0.3);
    await stage.mark("playing", { moving: true });
    stage.video.removeAttribute("src");
    await stage.reach(0.6);
    await stage.mark("goes on", { moving: true });
    stage.video.load();
    await stage.mark("given up");
    stage.video.pause();
    stage.play("without a resource");
    await stage.mark("played without a resource");
  },

  async "another source while playing"(stage) {
    await stage.loaded(3);
    stage.play();
    await stage.reach(0.3);
    await stage.mark("playing", { moving: true });
    stage.play("pending");
    stage.attach();
    stage.play("of the next");
    await stage.until((video, { mediaSource }) => mediaSource.readyState === "open");
    stage.sourceBuffer = stage.mediaSource.addSourceBuffer(harness.facts.files[CLIP].type);
    await stage.mark("another");
    await stage.append(0, 2);
    await stage.reach(0.3);
    await stage.mark("plays", { moving: true });
  },

  async "removed from the document while playing"(stage) {
    await stage.loaded(3);
    stage.play();
    await stage.reach(0.3);
    await stage.mark("playing", { moving: true });
    stage.video.remove();
    await stage.mark("removed", { at: 0.5 });
    document.body.append(stage.video);
    await stage.mark("inserted", { at: 0.5 });
    stage.play();
    await stage.reach(0.8);
    stage.video.pause();
    await stage.mark("played", { at: 0.5 });
  },
};

/** Runs those of these names, so many at a time. */
async function run(names, concurrency) {
  const left = [...names];
  const results = {};
  const runNext = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const stage = new Stage();
      let problem = "";
      try {
        await SESSIONS[name](stage);
      } catch (error) {
        problem = String(error);
      }
      stage.close();
      results[name] = { phases: stage.phases, problem };
    }
  };
  await Promise.all(Array.from({ length: concurrency }, runNext));
  return JSON.stringify(results);
}

harness.sessions = { names: Object.keys(SESSIONS), run };
