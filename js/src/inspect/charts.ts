/** The lower drawing: what has become of playback during the last half minute. */

import type { Say } from "../texts";
import type { Snapshot } from "./snapshot";
import type { Palette, Surface } from "./surface";

/** How much is shown, and kept, in milliseconds. */
export const HISTORY = 30_000;
/** A look back is not drawn over a longer pause than this, in milliseconds: the page was hidden. */
const PAUSE = 1_500;

const ROW = 34;
const ROW_NARROW = 42;
const NAME_NARROW = 14;
const STATE = 12;
const EVENTS = 16;
const AXIS = 18;
/** Room at the right for the upper ends of the scales. */
const SCALE = 40;

const READY_STATES = ["nothing", "metadata", "current", "future", "enough"];
/** What is written above the charts; what happens all the time is left to the log. */
const MARKED = new Set(["play", "pause", "playing", "waiting", "seeking", "stalled", "ended", "error", "mse-polyfill:decodeerror"]);
const BAD = new Set(["waiting", "stalled", "error", "mse-polyfill:decodeerror"]);

/** Of a whole number; a zero has no sign. */
const DIFFERENCE = new Intl.NumberFormat("en", { signDisplay: "exceptZero", maximumFractionDigits: 0 });

/** One look. */
interface Sample {
  at: number;
  snapshot: Snapshot;
  /** How much is buffered from the position on, in seconds. */
  ahead: number;
}

/** From one height to another. */
type Stretch = [top: number, bottom: number];

interface Mark {
  at: number;
  type: string;
}

/** A row of the drawing. */
interface Row {
  name: string;
  /** Of one look; NaN where there is none. */
  values: ((sample: Sample, before: Sample | undefined) => number)[];
  /** As it is written. */
  format(value: number, sample: Sample, say: Say): string;
  colours: (keyof Palette)[];
  /** The least upper end of the scale. */
  least: number;
  /** Goes below zero as far as above. */
  signed?: boolean;
  /** Beyond this, in either direction, it is bad. */
  bad?: number;
  bars?: boolean;
  needsEngine?: boolean;
}

const plays = (kind: "audio" | "video", { snapshot: { engine } }: Sample): boolean =>
  Boolean(engine?.sourceBuffers.some(({ tracks }) => tracks.some((track) => track.selected && track.kind === kind)));

const ROWS: Row[] = [
  {
    name: "buffered ahead",
    values: [({ ahead }) => ahead],
    format: (value, _, say) => say("{0} s", value.toFixed(1)),
    colours: ["whole"],
    least: 5,
  },
  {
    name: "pictures",
    values: [
      (sample) => (plays("video", sample) ? (sample.snapshot.engine?.pictures.decoded ?? NaN) : NaN),
      (sample) => (plays("video", sample) ? (sample.snapshot.engine?.pictures.inDecoder ?? NaN) : NaN),
    ],
    format: (_, { snapshot: { engine } }) => `${engine?.pictures.decoded} + ${engine?.pictures.inDecoder}`,
    colours: ["video", "wait"],
    least: 12,
    needsEngine: true,
  },
  {
    name: "sound ahead",
    values: [
      (sample) => {
        const { engine } = sample.snapshot;
        return engine && plays("audio", sample) ? Math.max(0, engine.sound.decodedUntil - engine.position) * 1_000 : NaN;
      },
    ],
    format: (value) => `${value.toFixed(0)} ms`,
    colours: ["audio"],
    least: 500,
    needsEngine: true,
  },
  {
    name: "sound − picture",
    values: [
      (sample) => {
        const { engine } = sample.snapshot;
        return engine && engine.rate > 0 && plays("audio", sample) && plays("video", sample) ? engine.avOffset * 1_000 : NaN;
      },
    ],
    format: (value) => `${DIFFERENCE.format(value).replace("-", "−")} ms`,
    colours: ["head"],
    least: 60,
    signed: true,
    bad: 45,
    needsEngine: true,
  },
  {
    name: "dropped",
    values: [
      ({ snapshot: { element } }, before) =>
        Math.max(0, element.droppedVideoFrames - (before ?? { snapshot: { element } }).snapshot.element.droppedVideoFrames),
    ],
    format: (_, { snapshot: { element } }, say) => say("{0} of {1}", `${element.droppedVideoFrames}`, `${element.totalVideoFrames}`),
    colours: ["bad"],
    least: 4,
    bars: true,
  },
];

/** Looks and events of the last half minute. */
export class History {
  #samples: Sample[] = [];
  #marks: Mark[] = [];

  /** `at` in the time of `performance.now()`. */
  add(at: number, snapshot: Snapshot): void {
    const { buffered, currentTime } = snapshot.element;
    const range = buffered.find(([start, end]) => start <= currentTime && currentTime < end);
    this.#samples.push({ at, snapshot, ahead: range ? range[1] - currentTime : 0 });
    this.#samples = this.#samples.filter((sample) => sample.at > at - HISTORY - PAUSE);
    this.#marks = this.#marks.filter((mark) => mark.at > at - HISTORY);
  }

  mark(at: number, type: string): void {
    if (MARKED.has(type)) this.#marks.push({ at, type: type.replace("mse-polyfill:", "") });
  }

  draw(surface: Surface, palette: Palette, say: Say, now: number): void {
    const last = this.#samples.at(-1);
    if (!last) return;
    const { left, right, isNarrow } = surface.frame(SCALE);
    const rows = ROWS.filter(({ needsEngine }) => !needsEngine || this.#samples.some(({ snapshot }) => snapshot.engine));
    const step = isNarrow ? ROW_NARROW : ROW;
    const bottom = EVENTS + STATE + 6 + rows.length * step;
    const pen = surface.begin(bottom + AXIS);
    if (!pen) return;
    const x = (at: number): number => right - ((now - at) / HISTORY) * (right - left);
    const topOf = (index: number): number => EVENTS + STATE + 6 + index * step;
    const innerOf = (index: number): number => topOf(index) + (isNarrow ? NAME_NARROW : 5);
    pen.save();
    pen.beginPath();
    pen.rect(left, 0, right - left + SCALE, bottom + 1);
    pen.clip();
    this.#drawStates(pen, palette, x, now);
    // Where names and values stand above the rows, nothing is to run through them.
    const inRows = rows.map((_, index): Stretch => [innerOf(index) - 2, topOf(index) + step]);
    this.#drawMarks(surface, pen, palette, x, isNarrow ? [[EVENTS, EVENTS + STATE], ...inRows] : [[EVENTS, bottom]]);
    pen.restore();
    if (!isNarrow) {
      const { readyState } = last.snapshot.element;
      surface.text("readyState", 14, EVENTS + STATE - 2, palette.ink);
      surface.text(`${readyState} ${READY_STATES[readyState] ?? ""}`, left - 12, EVENTS + STATE - 2, palette.muted, "right");
    }
    for (const [index, row] of rows.entries()) {
      const top = topOf(index);
      this.#drawRow(surface, pen, palette, row, x, innerOf(index), top + step - 2);
      const value = row.values[0]?.(last, this.#samples.at(-2)) ?? NaN;
      const words = Number.isNaN(value) ? "–" : row.format(value, last, say);
      const baseline = isNarrow ? top + 11 : top + step / 2 + 6;
      surface.text(say(row.name), isNarrow ? 12 : 14, baseline, palette.ink);
      const isBad = row.bad !== undefined && Math.abs(value) > row.bad;
      surface.text(words, isNarrow ? right : left - 12, baseline, isBad ? palette.bad : palette.muted, "right", isBad);
    }
    for (let seconds = 0; seconds <= HISTORY / 1_000; seconds += isNarrow ? 10 : 5) {
      const at = Math.round(x(now - seconds * 1_000));
      pen.fillStyle = palette.muted;
      pen.fillRect(Math.min(at, right - 1), bottom, 1, 4);
      const isEnd = seconds === 0;
      const align = isEnd ? "right" : isNarrow && seconds * 1_000 === HISTORY ? "left" : "center";
      surface.text(isEnd ? say("now") : say("{0} s", `−${seconds}`), isEnd ? right : at, bottom + 15, palette.muted, align);
    }
  }

  #drawStates(pen: CanvasRenderingContext2D, palette: Palette, x: (at: number) => number, now: number): void {
    const colours = [palette.line, palette.bad, palette.wait, palette.good, palette.good];
    const look = (sample: Sample | undefined): string => {
      const { readyState, paused, ended } = sample?.snapshot.element ?? {};
      return `${readyState} ${paused || ended ? 0.35 : readyState === 3 ? 0.6 : 1}`;
    };
    const samples = this.#samples;
    // Looks that are alike are one box: between two there would be a seam.
    for (let begin = 0; begin < samples.length; ) {
      let end = begin;
      const until = (): number => samples[end]?.at ?? now;
      const isNext = (): boolean => until() - (samples[end - 1]?.at ?? 0) <= PAUSE;
      do end++;
      while (end < samples.length && isNext() && look(samples[end]) === look(samples[begin]));
      const from = x(samples[begin]?.at ?? 0);
      const [readyState = 0, alpha = 1] = look(samples[begin]).split(" ").map(Number);
      pen.fillStyle = colours[readyState] ?? palette.line;
      pen.globalAlpha = alpha;
      pen.fillRect(from, EVENTS, Math.max(1, x(isNext() ? until() : (samples[end - 1]?.at ?? now)) - from), STATE);
      begin = end;
    }
    pen.globalAlpha = 1;
  }

  #drawMarks(surface: Surface, pen: CanvasRenderingContext2D, palette: Palette, x: (at: number) => number, lines: Stretch[]): void {
    let free = -Infinity;
    for (const { at, type } of this.#marks) {
      const colour = BAD.has(type) ? palette.bad : palette.muted;
      const where = Math.round(x(at));
      pen.fillStyle = colour;
      pen.globalAlpha = 0.5;
      lines.forEach(([top, bottom]) => pen.fillRect(where, top, 1, bottom - top));
      pen.globalAlpha = 1;
      if (where > free) free = where + surface.text(type, where, EVENTS - 4, colour) + 8;
    }
  }

  #drawRow(
    surface: Surface,
    pen: CanvasRenderingContext2D,
    palette: Palette,
    { values, colours, least, signed, bars, bad }: Row,
    x: (at: number) => number,
    top: number,
    bottom: number,
  ): void {
    const { left, right } = surface.frame(SCALE);
    const samples = this.#samples;
    const points = samples.map((sample, index) => values.map((value) => value(sample, samples[index - 1])));
    const sums = points.map((numbers) => Math.abs(numbers.reduce((sum, value) => sum + value, 0))).filter(Number.isFinite);
    const most = niceAbove(Math.max(least, ...sums));
    const zero = signed ? (top + bottom) / 2 : bottom;
    const y = (value: number): number => zero - (Math.max(-most, Math.min(most, value)) / most) * (zero - top);
    pen.fillStyle = palette.line;
    pen.fillRect(left, Math.round(zero) - 1, right - left, 1);
    surface.text(String(most), right + 6, top + 5, palette.muted);
    pen.save();
    pen.beginPath();
    pen.rect(left, top - 2, right - left, bottom - top + 3);
    pen.clip();
    if (bad !== undefined) {
      pen.globalAlpha = 0.12;
      pen.fillStyle = palette.bad;
      pen.fillRect(left, top, right - left, y(bad) - top);
      pen.fillRect(left, y(-bad), right - left, bottom - y(-bad));
      pen.globalAlpha = 1;
    }
    const isBroken = (index: number): boolean => {
      const [one, other] = [samples[index - 1], samples[index]];
      return !one || !other || other.at - one.at > PAUSE || Boolean(points[index]?.some(Number.isNaN));
    };
    const floor = samples.map(() => 0);
    for (const [layer, colour] of colours.entries()) {
      pen.fillStyle = pen.strokeStyle = palette[colour];
      pen.lineWidth = 1.5;
      pen.lineJoin = "round";
      for (let begin = 0; begin < samples.length; ) {
        let end = begin + 1;
        while (end < samples.length && !isBroken(end)) end++;
        const run = Array.from({ length: end - begin }, (_, index) => begin + index).filter((at) => !Number.isNaN(points[at]?.[layer]));
        const place = (at: number): [number, number] => [x(samples[at]?.at ?? 0), y((floor[at] ?? 0) + (points[at]?.[layer] ?? 0))];
        if (bars) {
          for (const at of run) {
            const [where, height] = place(at);
            if (height < zero) pen.fillRect(where - 2, Math.min(height, zero - 2), 3, zero - Math.min(height, zero - 2));
          }
        } else if (run.length > 1) {
          pen.beginPath();
          run.forEach((at) => pen.lineTo(...place(at)));
          pen.stroke();
          if (!signed) {
            [...run].reverse().forEach((at) => pen.lineTo(x(samples[at]?.at ?? 0), y(floor[at] ?? 0)));
            pen.globalAlpha = 0.28;
            pen.fill();
            pen.globalAlpha = 1;
          }
        }
        begin = end;
      }
      points.forEach((numbers, at) => (floor[at] = (floor[at] ?? 0) + (numbers[layer] || 0)));
    }
    pen.restore();
  }
}

/** A round number that is not much larger. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.5, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * power).find((nice) => nice >= value - 1e-9) ?? value;
}
