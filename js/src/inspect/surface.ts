/** Names of the colours, which are custom properties in the style sheet. */
const COLOURS = ["ground", "ink", "muted", "line", "whole", "video", "audio", "head", "bad", "wait", "good"] as const;

export type Palette = Record<(typeof COLOURS)[number], string>;

/** The colours as they are now: the page's or the visitor's wish for light or dark may change. `probe` shows nothing. */
export function readPalette(probe: HTMLElement): Palette {
  const palette = {} as Palette;
  for (const name of COLOURS) {
    probe.style.color = `var(--${name})`;
    palette[name] = getComputedStyle(probe).color;
  }
  return palette;
}

/** Left of the drawing, in CSS pixels: names and values. */
const GUTTER = 172;
/** Below this width they stand above what they name. */
const NARROW = 560;
const SIDE = 12;

/** Where a drawing lies within its canvas, horizontally, in CSS pixels. */
export interface Frame {
  width: number;
  left: number;
  right: number;
  isNarrow: boolean;
}

/** A canvas that is drawn in CSS pixels, sharp on every screen. */
export class Surface {
  readonly canvas: HTMLCanvasElement;
  readonly #pen: CanvasRenderingContext2D;
  readonly #font: string;

  constructor(canvas: HTMLCanvasElement) {
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("inspect: there is no canvas to draw on.");
    this.canvas = canvas;
    this.#pen = pen;
    this.#font = getComputedStyle(canvas).fontFamily;
  }

  /** With so much room at the right. */
  frame(margin = SIDE): Frame {
    const width = this.canvas.clientWidth;
    const isNarrow = width < NARROW;
    return { width, left: isNarrow ? SIDE : GUTTER, right: width - margin, isNarrow };
  }

  /** An empty drawing of this height; undefined while there is no room for any. */
  begin(height: number): CanvasRenderingContext2D | undefined {
    const { canvas } = this;
    const width = canvas.clientWidth;
    const ratio = canvas.ownerDocument.defaultView?.devicePixelRatio ?? 1;
    if (!width) return undefined;
    const [pixelsX, pixelsY] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== pixelsX || canvas.height !== pixelsY) {
      canvas.width = pixelsX;
      canvas.height = pixelsY;
      canvas.style.height = `${height}px`;
    }
    const pen = this.#pen;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.globalAlpha = 1;
    pen.textBaseline = "alphabetic";
    return pen;
  }

  /** Writes a line of text; `align` says which end of it `x` is. */
  text(words: string, x: number, baseline: number, colour: string, align: CanvasTextAlign = "left", isStrong = false): number {
    const pen = this.#pen;
    pen.font = `${isStrong ? 600 : 400} 11px ${this.#font}`;
    pen.fillStyle = colour;
    pen.textAlign = align;
    pen.fillText(words, x, baseline);
    return pen.measureText(words).width;
  }

  /** How wide a line of text is. */
  widthOf(words: string): number {
    this.#pen.font = `400 11px ${this.#font}`;
    return this.#pen.measureText(words).width;
  }
}

/** Fills a box with slanting lines. */
export function hatch(pen: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, colour: string): void {
  if (width <= 0) return;
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  pen.beginPath();
  // From a grid of the whole canvas: neighbours fit together, and nothing crawls while the box moves.
  for (let at = Math.floor((x - height) / 6) * 6; at < x + width; at += 6) {
    pen.moveTo(at, y + height);
    pen.lineTo(at + height, y);
  }
  pen.stroke();
  pen.restore();
}
