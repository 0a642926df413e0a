/** The upper drawing: what is buffered, along the time of the media. */

import type { Say } from "../texts";
import { formatBytes, formatTime } from "./format";
import type { Range, Snapshot } from "./snapshot";
import { hatch } from "./surface";
import type { Frame, Palette, Surface } from "./surface";

const LANE = 24;
const LANE_NARROW = 36;
const BAR = 12;
const RULER = 30;
const TOP = 6;
/** Key frames nearer to each other than this, in pixels, are not told apart. */
const KEY_FRAMES_APART = 3;
/** Seconds between two marks of the ruler. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600];

interface Lane {
  name: string;
  detail: string;
  ranges: Range[];
  colour: "whole" | "video" | "audio";
  /** What plays stands out. */
  plays: boolean;
  keyFrames: number[];
  decodedUntil: number;
}

/** What there is to draw, from above: the element's ranges, then each track's, or without an engine each SourceBuffer's. */
export function lanesOf({ element, source, engine }: Snapshot, say: Say): Lane[] {
  const plain = { plays: true, keyFrames: [], decodedUntil: -Infinity, colour: "whole" as const };
  const lanes: Lane[] = [{ ...plain, name: say("element"), detail: say("buffered"), ranges: element.buffered }];
  if (engine) {
    for (const [index, { tracks, waiting, bytes }] of engine.sourceBuffers.entries()) {
      if (!tracks.length) {
        lanes.push({ ...plain, name: `[${index}] ${say("empty")}`, detail: waiting ? say("appending") : formatBytes(bytes), ranges: [] });
      }
      for (const { kind, selected, bytes, buffered, keyFrames } of tracks) {
        const { decodedUntil } = kind === "video" ? engine.pictures : engine.sound;
        lanes.push({
          name: `[${index}] ${say(kind)}`,
          detail: waiting ? say("appending") : formatBytes(bytes),
          ranges: buffered,
          colour: kind,
          plays: selected,
          keyFrames,
          decodedUntil: selected ? decodedUntil : -Infinity,
        });
      }
    }
  } else {
    for (const [index, { buffered, updating }] of (source?.sourceBuffers ?? []).entries()) {
      lanes.push({ ...plain, name: `[${index}] ${say("buffer")}`, detail: updating ? say("updating") : "", ranges: buffered, colour: "video" });
    }
  }
  return lanes;
}

/** The part of the media to show: `span` seconds around the play head, or with 0 all of it. */
export function viewOf({ element, engine }: Snapshot, span: number): Range {
  const { buffered, duration, currentTime } = element;
  const ranges = [...buffered, ...(engine?.sourceBuffers ?? []).flatMap(({ tracks }) => tracks.flatMap((track) => track.buffered))];
  const isLive = !Number.isFinite(duration);
  const starts = ranges.map(([start]) => start);
  const ends = ranges.map(([, end]) => end).filter(Number.isFinite);
  const first = isLive ? Math.min(currentTime, ...starts) : 0;
  const last = Math.max(isLive ? 0 : duration, currentTime, first + 2, ...ends);
  if (!span || last - first <= span) return [first, last];
  const from = Math.min(Math.max(first, currentTime - span / 4), last - span);
  return [from, from + span];
}

/** The time at a pixel of the canvas. */
export function timeAt({ left, right }: Frame, [from, to]: Range, x: number): number {
  return from + (Math.min(right, Math.max(left, x)) - left) / (right - left) * (to - from);
}

export function drawLanes(
  surface: Surface,
  palette: Palette,
  say: Say,
  snapshot: Snapshot,
  view: Range,
  pointer: number | undefined,
): void {
  const lanes = lanesOf(snapshot, say);
  const frame = surface.frame();
  const { left, right, width, isNarrow } = frame;
  const step = isNarrow ? LANE_NARROW : LANE;
  const bottom = TOP + lanes.length * step;
  const pen = surface.begin(bottom + RULER);
  if (!pen) return;
  const [from, to] = view;
  const x = (seconds: number): number => left + ((Math.min(to, Math.max(from, seconds)) - from) / (to - from)) * (right - left);
  const { position, rate, limit } = snapshot.engine ?? { position: snapshot.element.currentTime, rate: 1, limit: NaN };

  for (const [index, lane] of lanes.entries()) {
    const top = TOP + index * step + (step - BAR) / 2 + (isNarrow ? 10 : 0);
    const baseline = isNarrow ? top - 8 : top + BAR - 2;
    surface.text(lane.name, isNarrow ? left : 14, baseline, palette.ink, "left", lane.plays);
    surface.text(lane.detail, isNarrow ? right : left - 12, baseline, palette.muted, "right");
    drawLane(pen, palette, lane, x, view, top, right - left, left, position);
  }

  // Behind the duration there is nothing to come.
  const { duration } = snapshot.element;
  if (duration < to) {
    pen.fillStyle = palette.line;
    pen.globalAlpha = 0.6;
    pen.fillRect(x(duration), TOP, right - x(duration), bottom - TOP);
    pen.globalAlpha = 1;
  }
  const flag = flagOf(surface, snapshot.element.currentTime, x, width);
  drawRuler(surface, pen, palette, view, x, bottom, width, flag);
  if (limit > from && limit < to && (rate === 0 || limit - position < 1)) {
    pen.strokeStyle = palette.bad;
    pen.setLineDash([3, 3]);
    pen.beginPath();
    pen.moveTo(Math.round(x(limit)) + 0.5, TOP);
    pen.lineTo(Math.round(x(limit)) + 0.5, bottom + 5);
    pen.stroke();
    pen.setLineDash([]);
  }
  if (pointer !== undefined && pointer >= left) {
    drawFlag(surface, pen, palette.muted, palette, flagOf(surface, timeAt(frame, view, pointer), x, width), bottom);
  }
  drawFlag(surface, pen, palette.head, palette, flag, bottom);
}

/** A time on the ruler, and where that is written. */
interface Flag {
  at: number;
  words: string;
  middle: number;
  half: number;
}

function flagOf(surface: Surface, time: number, x: (seconds: number) => number, width: number): Flag {
  const at = Math.round(x(time));
  const words = formatTime(time, 2);
  const half = surface.widthOf(words) / 2 + 6;
  return { at, words, half, middle: Math.min(width - half - 1, Math.max(half + 1, at)) };
}

function drawLane(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  { ranges, colour, plays, keyFrames, decodedUntil }: Lane,
  x: (seconds: number) => number,
  [from, to]: Range,
  top: number,
  width: number,
  left: number,
  position: number,
): void {
  pen.fillStyle = palette.line;
  pen.fillRect(left, top + BAR / 2 - 0.5, width, 1);
  let hole: number | undefined;
  for (const [start, end] of ranges) {
    if (hole !== undefined && start > from && hole < to) {
      pen.clearRect(x(hole), top, x(start) - x(hole), BAR);
      hatch(pen, x(hole), top, x(start) - x(hole), BAR, palette.bad);
    }
    hole = end;
    if (end <= from || start >= to) continue;
    pen.fillStyle = palette[colour];
    pen.globalAlpha = plays ? 1 : 0.45;
    pen.fillRect(x(start), top, Math.max(1.5, x(end) - x(start)), BAR);
    pen.globalAlpha = 1;
  }
  if (decodedUntil > position) {
    pen.fillStyle = palette.head;
    pen.fillRect(x(position), top + BAR - 3, Math.max(2, x(decodedUntil) - x(position)), 3);
  }
  let last = -Infinity;
  for (const time of keyFrames) {
    const at = Math.round(x(time));
    if (at - last < KEY_FRAMES_APART) continue;
    last = at;
    pen.fillStyle = palette.ground;
    pen.fillRect(at - 1, top, 1, BAR);
    pen.fillStyle = palette.ink;
    pen.beginPath();
    pen.moveTo(at - 3, top - 4);
    pen.lineTo(at + 3, top - 4);
    pen.lineTo(at, top + 1);
    pen.fill();
  }
}

function drawRuler(
  surface: Surface,
  pen: CanvasRenderingContext2D,
  palette: Palette,
  [from, to]: Range,
  x: (seconds: number) => number,
  top: number,
  width: number,
  flag: Flag,
): void {
  const perSecond = (x(to) - x(from)) / (to - from);
  const step = STEPS.find((seconds) => seconds * perSecond >= 64) ?? 86_400;
  for (let count = Math.ceil(from / step - 1e-6); count * step <= to + 1e-6; count++) {
    const at = Math.round(x(count * step));
    pen.fillStyle = palette.muted;
    pen.fillRect(at, top + 2, 1, 5);
    const words = formatTime(count * step, step < 1 ? 1 : 0);
    const half = surface.widthOf(words) / 2;
    const middle = Math.min(width - half - 2, Math.max(half + 2, at + 0.5));
    if (Math.abs(middle - flag.middle) < half + flag.half + 3) continue;
    surface.text(words, middle, top + 20, palette.muted, "center");
  }
}

/** A line through all lanes, with its time on the ruler. */
function drawFlag(
  surface: Surface,
  pen: CanvasRenderingContext2D,
  colour: string,
  palette: Palette,
  { at, words, middle, half }: Flag,
  bottom: number,
): void {
  pen.fillStyle = colour;
  pen.fillRect(at - 1, 1, 2, bottom + 6);
  pen.beginPath();
  pen.roundRect(middle - half, bottom + 7, 2 * half, 18, 4);
  pen.fill();
  surface.text(words, middle, bottom + 20, palette.ground, "center", true);
}
