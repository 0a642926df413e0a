import type { EngineSnapshot, Range, Snapshot, TrackSnapshot } from "./snapshot";

const HAVE_METADATA = 1;
const HAVE_CURRENT_DATA = 2;
const HAVE_FUTURE_DATA = 3;

/** What playback waits for, in a sentence; empty while it plays, and where the page has paused or ended it. */
export function waitingFor({ element, source, engine }: Snapshot): string {
  const { error, paused, seeking, ended, readyState, currentTime, playbackRate, buffered } = element;
  if (error) return `Nothing more: error ${error}`;
  if (engine?.failed) return "Nothing more: a decoder was given up";
  const goes = engine ? engine.rate > 0 : readyState >= HAVE_FUTURE_DATA;
  if (ended || (!seeking && (goes || (paused && readyState >= HAVE_CURRENT_DATA)))) return "";
  if (source?.readyState === "closed") return "A MediaSource: this one is closed";
  if (readyState < HAVE_METADATA) return "An initialization segment in each SourceBuffer";
  const position = engine?.position ?? currentTime;
  const tracks = engine?.sourceBuffers.flatMap((sourceBuffer) => sourceBuffer.tracks).filter(({ selected }) => selected) ?? [];
  const lacking = tracks.filter((track) => !isIn(track.buffered, position));
  // At the end of all data, a track that is over is not waited for.
  if (lacking.length && !(engine?.ended && lacking.length < tracks.length)) {
    const names = lacking.map(({ kind }) => (kind === "video" ? "Pictures" : "Sound")).join(" and ");
    return lack(names.replace(" and S", " and s").replace(" and P", " and p"), lacking.map((track) => track.buffered), position);
  }
  if (!engine && !isIn(buffered, position)) return lack("Data", [buffered], position);
  if (playbackRate === 0) return "A playbackRate other than 0";
  if (!engine) return seeking ? "The picture of a seek" : "More data, or its decoders";
  return inside(engine, tracks, position);
}

/** With data for the position. */
function inside(engine: EngineSnapshot, tracks: TrackSnapshot[], position: number): string {
  const { pictures, sound } = engine;
  const plays = (kind: string): boolean => tracks.some((track) => track.kind === kind);
  if (plays("video") && pictures.decodedUntil <= position) {
    return `The video decoder: ${pictures.inDecoder} in it, ${pictures.notBegun} of them not begun`;
  }
  if (plays("audio") && sound.decodedUntil <= position && engine.wantsPlay) {
    return `The audio decoder: ${sound.inDecoder} in it`;
  }
  if (engine.soundStarting && engine.wantsPlay) return "The output of sound, which browsers may start only after a click";
  return engine.wantsPlay ? "More data than there is after the position" : "The picture of a seek";
}

function isIn(ranges: Range[], position: number): boolean {
  return ranges.some(([start, end]) => start <= position && position < end);
}

/** "Pictures at 4.200: none from 4.000 to 6.000": the hole that all of these have together. */
function lack(what: string, tracks: Range[][], position: number): string {
  const from = Math.min(...tracks.map((ranges) => Math.max(...ranges.map(([, end]) => end).filter((end) => end <= position))));
  const to = Math.max(...tracks.map((ranges) => Math.min(...ranges.map(([start]) => start).filter((start) => start > position))));
  const hole = [from > -Infinity && `from ${from.toFixed(3)}`, to < Infinity && `to ${to.toFixed(3)}`].filter(Boolean).join(" ");
  return `${what} at ${position.toFixed(3)}: ${hole ? `none ${hole}` : "nothing is buffered"}`;
}
