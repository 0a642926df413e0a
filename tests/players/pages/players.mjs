// The players behind one face. For an element and an address:
//
//   load()          attaches and loads
//   level(index)    shows this rendition from now on
//   sound(index)    sounds like this one from now on
//   detach(), attach()   gives the element up, and takes it again; where a player cannot, it resets
//   destroy()       for good
//   errors          what it told of, in order

/** Seconds that are loaded ahead: less than the streams are long, so that seeks leave what is loaded. */
const AHEAD = 6;

function script(address) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement("script"), { src: address, onload: resolve });
    element.onerror = () => reject(new Error(`no ${address}`));
    document.head.append(element);
  });
}

class HlsJs {
  static streams = "m3u8";
  errors = [];

  constructor(video, url, { level = 0, ahead = AHEAD, live = false } = {}) {
    Object.assign(this, { video, url });
    this.hls = new Hls({
      startLevel: level,
      maxBufferLength: ahead,
      maxMaxBufferLength: ahead,
      ...(live && { liveSyncDurationCount: 2 }),
    });
    this.hls.on(Hls.Events.ERROR, (_, { details, fatal }) => this.errors.push(fatal ? `${details}, fatal` : details));
    // Given once, or the player goes on choosing.
    this.hls.on(Hls.Events.MANIFEST_PARSED, () => (this.hls.loadLevel = level));
  }

  load() {
    this.hls.loadSource(this.url);
    this.attach();
  }

  level(index) {
    this.hls.currentLevel = index;
  }

  sound(index) {
    this.hls.audioTrack = index;
  }

  detach() {
    this.hls.detachMedia();
  }

  attach() {
    this.hls.attachMedia(this.video);
  }

  destroy() {
    this.hls.destroy();
  }
}

/** What video.js asks for before it shows its insides. */
const TECH = { IWillNotUseThisInPlugins: true };

class VideoJs {
  static streams = "m3u8";
  errors = [];

  constructor(video, url, { level = 0, ahead = AHEAD } = {}) {
    Object.assign(this, { video, url, first: level });
    videojs.Vhs.GOAL_BUFFER_LENGTH = ahead;
    videojs.Vhs.MAX_GOAL_BUFFER_LENGTH = ahead;
    // Where browsers know HLS it is the element's own that plays, unless overridden.
    this.player = videojs(video, { html5: { vhs: { overrideNative: true } }, loadingSpinner: false });
    this.player.on("error", () => this.errors.push(`${this.player.error().code}, fatal`));
  }

  load() {
    this.attach();
  }

  level(index) {
    const { representations } = this.player.tech(TECH).vhs;
    const byWidth = representations().sort((one, other) => one.width - other.width);
    // Those that are not wanted are disabled last: one must be left at any time.
    byWidth[index].enabled(true);
    for (const [other, representation] of byWidth.entries()) representation.enabled(other === index);
  }

  sound(index) {
    this.player.audioTracks()[index].enabled = true;
  }

  detach() {
    this.player.reset();
  }

  async attach() {
    const loaded = new Promise((resolve) => this.player.one("loadedmetadata", resolve));
    this.player.src({ src: this.url, type: "application/x-mpegURL" });
    this.video = this.player.tech(TECH).el();
    this.player.load();
    await loaded;
    this.level(this.first);
  }

  destroy() {
    this.player.dispose();
  }
}

class DashJs {
  static streams = "mpd";
  errors = [];

  constructor(video, url, { level = 0, ahead = AHEAD } = {}) {
    Object.assign(this, { video, url, first: level });
    this.player = dashjs.MediaPlayer().create();
    this.player.updateSettings({
      debug: { logLevel: dashjs.Debug.LOG_LEVEL_NONE },
      streaming: {
        buffer: { bufferTimeDefault: ahead, bufferTimeAtTopQuality: ahead, bufferTimeAtTopQualityLongForm: ahead, fastSwitchEnabled: true },
        // That API takes one codec at a time.
        capabilities: { useMediaCapabilitiesApi: !url.includes("/muxed/") },
        retryAttempts: { MediaSegment: 1 },
        retryIntervals: { MediaSegment: 200 },
        abr: { autoSwitchBitrate: { video: false }, initialBitrate: { video: [100, 150, 200][level] } },
      },
    });
    this.player.on(dashjs.MediaPlayer.events.ERROR, ({ error }) => this.errors.push(String(error.code)));
  }

  load() {
    this.player.initialize(this.video, this.url, false);
  }

  level(index) {
    this.player.setRepresentationForTypeByIndex("video", index);
  }

  sound(index) {
    this.player.setCurrentTrack(this.player.getTracksFor("audio")[index]);
  }

  detach() {
    this.player.attachSource(null);
    this.player.attachView(null);
  }

  attach() {
    this.player.attachView(this.video);
    this.player.attachSource(this.url);
  }

  destroy() {
    this.player.destroy();
  }
}

/** How many there are of a file in parts, and how long each is, in milliseconds (xtask/src/fixtures/streams.rs). */
const PARTS = { count: 3, duration: 8000 };

class MpegtsJs {
  errors = [];

  constructor(video, url, { live = false, ahead, worker } = {}) {
    Object.assign(this, { video, url });
    mpegts.LoggingControl.enableAll = false;
    const type = url.endsWith(".flv") ? "flv" : "mpegts";
    const parts = url.includes("whole-parts") && {
      duration: PARTS.count * PARTS.duration,
      segments: Array.from({ length: PARTS.count }, (_, index) => ({ duration: PARTS.duration, url: url.replace("parts", index) })),
    };
    this.player = mpegts.createPlayer(
      { type, url, isLive: live, ...parts },
      {
        lazyLoadMaxDuration: ahead ?? AHEAD,
        lazyLoadRecoverDuration: 3,
        deferLoadAfterSourceOpen: false,
        enableStashBuffer: false,
        ...(worker && { [worker]: true }),
      },
    );
    this.player.on(mpegts.Events.ERROR, (type, detail) => this.errors.push(`${type} ${detail}, fatal`));
  }

  load() {
    this.attach();
  }

  detach() {
    this.player.unload();
    this.player.detachMediaElement();
  }

  attach() {
    this.player.attachMediaElement(this.video);
    this.player.load();
  }

  destroy() {
    this.player.destroy();
  }
}

class Shaka {
  static stopsItself = true;
  static streams = "mpd";
  errors = [];

  constructor(video, url, { level = 0, ahead = AHEAD } = {}) {
    Object.assign(this, { video, url, first: level });
    shaka.polyfill.installAll();
    this.player = new shaka.Player();
    this.player.configure({ abr: { enabled: false }, streaming: { bufferingGoal: ahead, rebufferingGoal: 1 } });
    this.player.configure("abr.defaultBandwidthEstimate", [170_000, 230_000, 400_000][level]);
    this.player.addEventListener("error", ({ detail }) => this.errors.push(`${detail.code}${detail.severity === 2 ? ", fatal" : ""}`));
  }

  load() {
    return this.attach();
  }

  level(index) {
    const { language } = this.player.getVariantTracks().find(({ active }) => active);
    const tracks = this.player.getVariantTracks().filter((track) => track.language === language);
    tracks.sort((one, other) => one.width - other.width);
    this.player.selectVariantTrack(tracks[index], true);
  }

  sound(index) {
    this.player.selectAudioTrack(this.player.getAudioTracks()[index]);
  }

  detach() {
    return this.player.detach();
  }

  async attach() {
    await this.player.attach(this.video);
    await this.player.load(this.url);
    this.level(this.first);
  }

  destroy() {
    return this.player.destroy();
  }
}

/** By name: the class, and the script and the style in the npm package. */
export const PLAYERS = {
  "hls.js": { Player: HlsJs, script: "hls.js/dist/hls.min.js" },
  "video.js": { Player: VideoJs, script: "video.js/dist/video.min.js", style: "video.js/dist/video-js.min.css" },
  "dash.js": { Player: DashJs, script: "dashjs/dist/modern/umd/dash.all.min.js" },
  "mpegts.js": { Player: MpegtsJs, script: "mpegts.js/dist/mpegts.js" },
  shaka: { Player: Shaka, script: "shaka-player/dist/shaka-player.compiled-es2021.js" },
};

/** The player's class, with its script loaded. `packages`: where the npm packages are. */
export async function player(name, packages) {
  await script(packages + PLAYERS[name].script);
  return PLAYERS[name].Player;
}
