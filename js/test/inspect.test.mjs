// What the inspector makes of the engine's numbers, and what it says that playback waits for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { readNumbers, waitingFor, formatBytes, formatRanges, formatTime } = await load("inspect/numbers", "inspect/waiting", "inspect/format");

/** The numbers of an engine as `Player::inspect` and `DataPlane::inspect` write them. */
const PLAYER = [1.7e12, 3.5, 1, 7, 1, 0, 0, 0, 0, 0.05, 4, 6, 2, 3.7, 1, 3.9, 0.002];
const BUFFERS = [
  [3, 5_000, 150_000, 1, 2],
  [1, 1, 1, 4_000, 2, 3, /* ranges */ 0, 4, 6, 7, /* key frames */ 0, 2, 6],
  [2, 0, 0, 900, 1, 0, 0.02, 7],
  [4, 0, 12_000, 0, 0],
].flat();

test("numbers are read in the order in which the engine writes them", () => {
  const { sourceBuffers, ...player } = readNumbers(Float64Array.from([...PLAYER, ...BUFFERS]));
  assert.deepEqual(player, {
    time: 1.7e12, position: 3.5, rate: 1, limit: 7,
    wantsPlay: true, seeking: false, ended: false, failed: false, soundStarting: false, soundLatency: 0.05,
    pictures: { decoded: 4, inDecoder: 6, notBegun: 2, decodedUntil: 3.7 },
    sound: { inDecoder: 1, decodedUntil: 3.9 },
    avOffset: 0.002,
  });
  assert.deepEqual(sourceBuffers, [
    {
      id: 3, bytes: 5_000, quota: 150_000, waiting: 1,
      tracks: [
        { id: 1, kind: "video", selected: true, bytes: 4_000, buffered: [[0, 4], [6, 7]], keyFrames: [0, 2, 6] },
        { id: 2, kind: "audio", selected: false, bytes: 900, buffered: [[0.02, 7]], keyFrames: [] },
      ],
    },
    { id: 4, bytes: 0, quota: 12_000, waiting: 0, tracks: [] },
  ]);
});

const track = (kind, buffered, selected = true) => ({ id: 1, kind, selected, bytes: 0, buffered, keyFrames: [] });
/** A stall at 4 seconds, with all that it takes to play on; less `changes`. */
const stalled = ({ element, source, engine, tracks } = {}) => ({
  element: {
    error: "", paused: false, seeking: false, ended: false, readyState: 2, currentTime: 4, playbackRate: 1, buffered: [[0, 9]], ...element,
  },
  source: { readyState: "open", ...source },
  engine: engine === null ? undefined : {
    rate: 0, position: 4, wantsPlay: true, seeking: false, ended: false, failed: false, soundStarting: false,
    pictures: { decoded: 3, inDecoder: 6, notBegun: 2, decodedUntil: 4.2 },
    sound: { inDecoder: 5, decodedUntil: 4.3 },
    ...engine,
    sourceBuffers: [{ tracks: tracks ?? [track("video", [[0, 9]]), track("audio", [[0, 9]])] }],
  },
});

const NATIVE = { engine: null };
const SAID = [
  ["it plays", { engine: { rate: 1 } }, ""],
  ["paused by the page", { element: { paused: true }, engine: { wantsPlay: false } }, ""],
  ["ended", { element: { ended: true } }, ""],
  ["an error", { element: { error: "3: moof at byte 12" } }, "Nothing more: error 3: moof at byte 12"],
  ["a decoder gave up", { engine: { failed: true } }, "Nothing more: a decoder was given up"],
  ["closed", { source: { readyState: "closed" }, element: { readyState: 0 } }, "A MediaSource: this one is closed"],
  ["nothing appended", { element: { readyState: 0 }, tracks: [] }, "An initialization segment in each SourceBuffer"],
  ["a hole in one track", { tracks: [track("video", [[0, 4], [6, 9]]), track("audio", [[0, 9]])] }, "Pictures at 4.000: none from 4.000 to 6.000"],
  ["the end of both", { tracks: [track("video", [[0, 4]]), track("audio", [[0, 3.9]])] }, "Pictures and sound at 4.000: none from 3.900"],
  ["holes of both", { tracks: [track("audio", [[0, 2], [5, 9]]), track("video", [[0, 1], [3, 4], [4.5, 9]])] },
    "Sound and pictures at 4.000: none from 2.000 to 5.000"],
  ["data to come later", { tracks: [track("video", [[5, 9]])] }, "Pictures at 4.000: none to 5.000"],
  ["a track that does not play", { tracks: [track("video", [[0, 9]]), track("audio", [[5, 9]], false)] }, "More data than there is after the position"],
  ["nothing in a track", { tracks: [track("video", []), track("audio", [[0, 9]])] }, "Pictures at 4.000: nothing is buffered"],
  ["a track that is over at the end of all data",
    { engine: { ended: true, pictures: { decoded: 0, inDecoder: 1, notBegun: 1, decodedUntil: 4 } }, tracks: [track("video", [[0, 9]]), track("audio", [[0, 4]])] },
    "The video decoder: 1 in it, 1 of them not begun"],
  ["slow pictures", { engine: { pictures: { decoded: 0, inDecoder: 6, notBegun: 2, decodedUntil: 3.9 } } },
    "The video decoder: 6 in it, 2 of them not begun"],
  ["slow sound", { engine: { sound: { inDecoder: 5, decodedUntil: -Infinity } } }, "The audio decoder: 5 in it"],
  ["no output of sound", { engine: { soundStarting: true } }, "The output of sound, which browsers may start only after a click"],
  ["rate 0", { element: { playbackRate: 0 } }, "A playbackRate other than 0"],
  ["a paused seek", { element: { paused: true, seeking: true }, engine: { wantsPlay: false, seeking: true } }, "The picture of a seek"],
  ["natively, it plays", { ...NATIVE, element: { readyState: 4 } }, ""],
  ["natively, a hole", { ...NATIVE, element: { buffered: [[0, 3], [5, 9]] } }, "Data at 4.000: none from 3.000 to 5.000"],
  ["natively, a seek", { ...NATIVE, element: { seeking: true } }, "The picture of a seek"],
];
for (const [what, changes, said] of SAID) {
  test(`what it waits for: ${what}`, () => assert.equal(waitingFor(stalled(changes)), said));
}

test("bytes, times and ranges in few letters", () => {
  assert.deepEqual([0, 999, 1_000, 9_949, 9_950, 999_499, 999_500, 12_345_678].map(formatBytes), [
    "0 B", "999 B", "1.0 kB", "9.9 kB", "10 kB", "999 kB", "1.0 MB", "12.3 MB",
  ]);
  const times = [[0, 0], [59.999, 2], [59.996, 2], [3_600, 1], [-1.5, 1], [Infinity, 2], [NaN, 0]];
  assert.deepEqual(times.map(([seconds, decimals]) => formatTime(seconds, decimals)), [
    "0:00", "1:00.00", "1:00.00", "1:00:00.0", "−0:01.5", "∞", "–",
  ]);
  assert.deepEqual([[], [[0, 1]], [[0, 1], [2, 3], [4, 5], [6, 7.126]]].map((ranges) => formatRanges(ranges)), [
    "nothing", "0.00–1.00", "… 2.00–3.00, 4.00–5.00, 6.00–7.13",
  ]);
});
