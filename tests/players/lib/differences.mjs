// Where players (players.test.mjs) go otherwise than on the browser's own MediaSource, and why. In order, each is applied to
// what came natively, and makes of it what is expected of ours:
//
//   player, scenario, phase   their names, or patterns of them; all when left out
//   browser                   whose own MediaSource it is about; both when left out
//   field "events"            `native` is replaced by `ours` in the main events
//   another field             where it is `native` (or whatever it is, when left out), `ours` is expected
//   instead                   it cannot be compared: ours has to go through it
//   sometimes                 it depends on times: with it or without it

/** Whatever it is. */
export const ANYTHING = Symbol("anything");

export const DIFFERENCES = [
  {
    player: /hls\.js|video\.js/, scenario: "quota", phase: "played", field: "gaveUp", ours: ANYTHING, sometimes: true,
    why: "they look again by timers of theirs: playback stands for two seconds until then, or not quite",
  },
  {
    player: /hls\.js|mpegts\.js/, scenario: "live", field: "events", native: "play loadstart", ours: "loadstart play",
    why: "HTML § 4.8.11.5: loadstart is queued in the first stable state, a microtask, and so before a play() in a later one; browsers end all microtasks first",
  },
  {
    player: "hls.js", phase: "played", field: "events", native: "play playing", ours: "play playing seeking seeked", sometimes: true,
    why: "the position stands until the first sound is under way, some 150 ms: hls.js looks after 100 and jumps to where data begin, 70 ms on",
  },
  {
    player: "shaka", scenario: /switches|sounds/, browser: "firefox",
    instead: {
      low: { shown: "low", videoWidth: 192 },
      up: { shown: "high", videoWidth: 320 },
      down: { shown: "mid", videoWidth: 256 },
      on: { shown: "mid", videoWidth: 256, heard: "first", paused: false, seeking: false, playerErrors: "" },
      first: { heard: "first" },
      other: { heard: "other", paused: false, seeking: false, playerErrors: "" },
      "first again": { heard: "first", paused: false, seeking: false, playerErrors: "" },
    },
    why: "on Firefox's own, whose seeking event comes late, Shaka asks for the same initialization segment for ever",
  },
  ...["videoWidth", "videoHeight", "shown"].map((field) => ({
    player: /hls\.js|video\.js/, scenario: /missing|stall|live|quota|sounds/, field, ours: ANYTHING,
    phase: /passed|recovered|live|played|other|first again/,
    why: "which rendition they take then goes by how fast segments came, and which is shown by where the other sound is heard",
  })),
  {
    browser: "firefox", phase: "ended", field: "ready", native: false, ours: true,
    why: "Firefox's readyState falls at the end; MSE § 2.4.4 has enough data at the end of an ended source",
  },
  ...["frame", "currentTime", "ready"].map((field) => ({
    player: "shaka", scenario: "stall", phase: "stalled", field, ours: ANYTHING,
    why: "Shaka stops by playbackRate = 0 some time before data run out",
  })),
];
