/** One row of the timeline. */
export interface Lane {
  /** As a developer would write it. */
  label: string;
  /** Start and end of each range in seconds. */
  ranges: [number, number][];
}

/** What the timeline draws; all of it read from the elements in the same instant. */
export interface TimelineState {
  lanes: Lane[];
  position: number;
  /** NaN while unknown. */
  duration: number;
  seeking: boolean;
}

const LANE = 30;
const BAR = 14;
const RULER = 26;
const SIDE = 12;
/** The timeline is never shorter than this, in seconds. */
const SHORTEST = 4;

/** Draws ranges, play position and duration, and lets a click choose a position. */
export class Timeline {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #end = SHORTEST;
  #drawn = "";
  #colours!: Record<"ink" | "muted" | "line" | "petrol" | "dawn" | "ground", string>;
  #hatch!: CanvasPattern | string;
  #font = "";

  constructor(canvas: HTMLCanvasElement, seek: (seconds: number) => void) {
    this.#canvas = canvas;
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no 2d canvas");
    this.#context = context;
    this.#readStyle();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#readStyle());
    const at = (event: PointerEvent) => {
      const box = canvas.getBoundingClientRect();
      seek(Math.max(0, ((event.clientX - box.left - SIDE) / (box.width - 2 * SIDE)) * this.#end));
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      canvas.setPointerCapture(event.pointerId);
      at(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) at(event);
    });
  }

  draw(state: TimelineState): void {
    const width = this.#canvas.clientWidth;
    const ratio = devicePixelRatio;
    const key = JSON.stringify([state, width, ratio]);
    if (!width || key === this.#drawn) return;
    this.#drawn = key;

    const { lanes, position, duration } = state;
    const ends = lanes.flatMap(({ ranges }) => ranges.map(([, end]) => end)).filter(Number.isFinite);
    this.#end = Number.isFinite(duration) && duration > 0 ? duration : Math.max(SHORTEST, position, ...ends) * 1.02;
    const height = lanes.length * LANE + RULER;
    const canvas = this.#canvas;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.height = `${height}px`;
    }
    const context = this.#context;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const x = (seconds: number) => SIDE + (Math.min(this.#end, Math.max(0, seconds)) / this.#end) * (width - 2 * SIDE);
    lanes.forEach((lane, i) => this.#drawLane(lane, i, x, width));
    this.#drawRuler(lanes.length * LANE, x, width);
    this.#drawPosition(x(position), lanes.length * LANE, position, width, state.seeking);
  }

  #drawLane({ label, ranges }: Lane, index: number, x: (seconds: number) => number, width: number): void {
    const context = this.#context;
    const { ink, muted, line, petrol } = this.#colours;
    const top = index * LANE + LANE - BAR;
    context.font = this.#font;
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.fillStyle = muted;
    context.fillText(label, SIDE, top - 4);
    const labelEnd = SIDE + context.measureText(label).width + 12;
    context.fillStyle = line;
    context.fillRect(SIDE, top + BAR / 2 - 0.5, width - 2 * SIDE, 1);
    for (const [start, end] of ranges) {
      const [from, to] = [x(start), x(end)];
      const wide = Math.max(1, to - from);
      // The first lane is what the element plays; the others, what fills it.
      context.fillStyle = index ? this.#hatch : petrol;
      context.fillRect(from, top, wide, BAR);
      if (index) {
        context.strokeStyle = petrol;
        context.lineWidth = 1;
        context.strokeRect(from + 0.5, top + 0.5, Math.max(0, wide - 1), BAR - 1);
      }
      const text = `${start.toFixed(3)} – ${end.toFixed(3)}`;
      const textWidth = context.measureText(text).width;
      if (to - textWidth > Math.max(labelEnd, from)) {
        context.fillStyle = ink;
        context.textAlign = "right";
        context.fillText(text, to, top - 4);
        context.textAlign = "left";
      }
    }
  }

  #drawRuler(top: number, x: (seconds: number) => number, width: number): void {
    const context = this.#context;
    const { muted, line } = this.#colours;
    const perSecond = (width - 2 * SIDE) / this.#end;
    const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
    const step = steps.find((seconds) => seconds * perSecond >= 56) ?? 7200;
    context.font = this.#font;
    context.textBaseline = "top";
    for (let i = 0; i * step <= this.#end + 1e-6; i++) {
      const at = Math.round(x(i * step)) + 0.5;
      context.fillStyle = line;
      context.fillRect(at - 0.5, top + 4, 1, 6);
      for (let part = 1; part < 5; part++) {
        const seconds = (i + part / 5) * step;
        if (seconds < this.#end) context.fillRect(Math.round(x(seconds)), top + 4, 1, 3);
      }
      context.fillStyle = muted;
      const text = step < 1 ? `${(i * step).toFixed(1)}` : clock(i * step);
      const half = context.measureText(text).width / 2;
      context.fillText(text, Math.min(width - 2 * half, Math.max(0, at - half)), top + 12);
    }
  }

  #drawPosition(at: number, bottom: number, position: number, width: number, seeking: boolean): void {
    const context = this.#context;
    const { dawn, ground } = this.#colours;
    context.fillStyle = dawn;
    context.globalAlpha = seeking ? 0.5 : 1;
    context.fillRect(Math.round(at) - 1, 2, 2, bottom + 6);
    const text = position.toFixed(2);
    const half = context.measureText(text).width / 2 + 5;
    const middle = Math.min(width - half, Math.max(half, at));
    context.fillRect(middle - half, bottom + 8, 2 * half, 17);
    context.fillStyle = ground;
    context.textAlign = "center";
    context.fillText(text, middle, bottom + 12);
    context.textAlign = "left";
    context.globalAlpha = 1;
  }

  #readStyle(): void {
    const style = getComputedStyle(this.#canvas);
    const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
    this.#colours = {
      ink: colour("ink"),
      muted: colour("muted"),
      line: colour("line"),
      petrol: colour("petrol"),
      dawn: colour("dawn"),
      ground: colour("ground"),
    };
    this.#font = `11px ${style.fontFamily}`;
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const pen = tile.getContext("2d");
    if (pen) {
      pen.strokeStyle = this.#colours.petrol;
      pen.lineWidth = 1.4;
      for (const shift of [-6, 0, 6]) {
        pen.moveTo(shift - 1, 7);
        pen.lineTo(shift + 7, -1);
      }
      pen.stroke();
    }
    this.#hatch = (pen && this.#context.createPattern(tile, "repeat")) ?? this.#colours.petrol;
    this.#drawn = "";
  }
}

/** `m:ss`. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds + 1e-6);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function rangesOf(ranges: TimeRanges): [number, number][] {
  return Array.from({ length: ranges.length }, (_, i) => [ranges.start(i), ranges.end(i)]);
}
