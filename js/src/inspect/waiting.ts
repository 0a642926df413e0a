import { english, type Say } from "../texts";
import type { EngineSnapshot, Range, Snapshot, TrackSnapshot } from "./snapshot";

const HAVE_METADATA = 1;
const HAVE_CURRENT_DATA = 2;
const HAVE_FUTURE_DATA = 3;

/** What playback waits for, in a sentence; empty while it plays, and where the page has paused or ended it. */
export function waitingFor({ element, source, engine }: Snapshot, say: Say = english): string {
  const { error, paused, seeking, ended, readyState, currentTime, playbackRate, buffered } = element;
  if (error) return say("Nothing more: error {0}", error);
  if (engine?.failed) return say("Nothing more: a decoder was given up");
  const goes = engine ? engine.rate > 0 : readyState >= HAVE_FUTURE_DATA;
  if (ended || (!seeking && (goes || (paused && readyState >= HAVE_CURRENT_DATA)))) return "";
  if (source?.readyState === "closed") return say("A MediaSource: this one is closed");
  if (readyState < HAVE_METADATA) return say("An initialization segment in each SourceBuffer");
  const position = engine?.position ?? currentTime;
  const tracks = engine?.sourceBuffers.flatMap((sourceBuffer) => sourceBuffer.tracks).filter(({ selected }) => selected) ?? [];
  const lacking = tracks.filter((track) => !isIn(track.buffered, position));
  // At the end of all data, a track that is over is not waited for.
  if (lacking.length && !(engine?.ended && lacking.length < tracks.length)) {
    const names = lacking.map(({ kind }) => (kind === "video" ? "Pictures" : "Sound")).join(" and ");
    const what = names.replace(" and S", " and s").replace(" and P", " and p");
    return lack(say, say(what), lacking.map((track) => track.buffered), position);
  }
  if (!engine && !isIn(buffered, position)) return lack(say, say("Data"), [buffered], position);
  if (playbackRate === 0) return say("A playbackRate other than 0");
  if (!engine) return say(seeking ? "The picture of a seek" : "More data, or its decoders");
  return inside(say, engine, tracks, position);
}

/** With data for the position. */
function inside(say: Say, engine: EngineSnapshot, tracks: TrackSnapshot[], position: number): string {
  const { pictures, sound } = engine;
  const plays = (kind: string): boolean => tracks.some((track) => track.kind === kind);
  if (plays("video") && pictures.decodedUntil <= position) {
    return say("The video decoder: {0} in it, {1} of them not begun", `${pictures.inDecoder}`, `${pictures.notBegun}`);
  }
  if (plays("audio") && sound.decodedUntil <= position && engine.wantsPlay) {
    return say("The audio decoder: {0} in it", `${sound.inDecoder}`);
  }
  if (engine.soundStarting && engine.wantsPlay) return say("The output of sound, which browsers may start only after a click");
  return say(engine.wantsPlay ? "More data than there is after the position" : "The picture of a seek");
}

function isIn(ranges: Range[], position: number): boolean {
  return ranges.some(([start, end]) => start <= position && position < end);
}

/** "Pictures at 4.200: none from 4.000 to 6.000": the hole that all of these have together. */
function lack(say: Say, what: string, tracks: Range[][], position: number): string {
  const from = Math.min(...tracks.map((ranges) => Math.max(...ranges.map(([, end]) => end).filter((end) => end <= position))));
  const to = Math.max(...tracks.map((ranges) => Math.min(...ranges.map(([start]) => start).filter((start) => start > position))));
  const [at, start, end] = [position, from, to].map((time) => time.toFixed(3)) as [string, string, string];
  if (from > -Infinity) {
    return to < Infinity ? say("{0} at {1}: none from {2} to {3}", what, at, start, end) : say("{0} at {1}: none from {2}", what, at, start);
  }
  return to < Infinity ? say("{0} at {1}: none to {2}", what, at, end) : say("{0} at {1}: nothing is buffered", what, at);
}
