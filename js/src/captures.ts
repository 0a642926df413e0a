import type { NativeElement } from "./native_element";

/** How the next frame of an element is heard of. */
export type OnNextFrame = NativeElement["onNextFrame"];

/** For how long, in milliseconds, a captured picture is waited for. */
const SHOWN_MAX = 200;
/** A picture that was captured so long ago, in milliseconds, is on show. */
const SETTLED = 300;
/** So many captured pictures are kept in mind. */
const KEPT = 64;

/**
 * Which picture an element shows of a captured canvas, whose frames carry nothing of ours. The browser captures what is
 * there when it repaints and counts what it captured, so the pictures of before are found by counting, too.
 */
export class Captures {
  /** Shows the captured stream. */
  element: HTMLMediaElement | undefined;
  /** Of what is drawn, in seconds. */
  #drawn = 0;
  #isDue = false;
  /** Timestamps of what was captured; the last one is that of `#count - 1`. */
  readonly #captured: number[] = [];
  #count = 0;
  #capturedAt = 0;
  /** What the browser counts more than we do. */
  #ahead = -Infinity;
  #shownCount = 0;
  #isWatching = false;
  readonly #whenShown: (() => void)[] = [];
  readonly #onNextFrame: OnNextFrame;

  constructor(onNextFrame: OnNextFrame) {
    this.#onNextFrame = onNextFrame;
  }

  /** A picture with this timestamp, in microseconds, is on the canvas. */
  drawn(timestamp: number): void {
    this.#drawn = timestamp / 1e6;
    this.drawnAgain();
  }

  /** The same is there once more. */
  drawnAgain(): void {
    if (this.#isDue) {
      return;
    }
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#captured.push(this.#drawn);
      this.#captured.splice(0, this.#captured.length - KEPT);
      this.#count++;
      this.#capturedAt = performance.now();
      this.#watch();
    });
  }

  /** The timestamp of what is on show, in seconds. */
  mediaTime({ presentedFrames }: VideoFrameCallbackMetadata): number {
    const newest = this.#count - 1;
    const ahead = presentedFrames - newest;
    const isSettled = performance.now() - this.#capturedAt > SETTLED;
    // Nothing is shown before it is captured.
    this.#ahead = isSettled ? ahead : Math.max(this.#ahead, ahead);
    const index = presentedFrames - this.#ahead;
    this.#shownCount = index + 1;
    return this.#captured.at(index - newest - 1) ?? this.#drawn;
  }

  /** Settles when the last picture is on show; `isComing` when one is still to be drawn. */
  shown(isComing: boolean): Promise<void> | undefined {
    const { element } = this;
    if ((!isComing && !this.#isDue && this.#shownCount >= this.#count) || document.hidden || !element) {
      return undefined;
    }
    return new Promise((resolve) => {
      this.#whenShown.push(resolve);
      setTimeout(resolve, SHOWN_MAX);
      this.#watch();
    });
  }

  /** Looks at each picture that is shown, for the count. */
  #watch(): void {
    if (this.#isWatching || !this.element) {
      return;
    }
    this.#isWatching = this.#onNextFrame(this.element, (_, metadata) => {
      this.#isWatching = false;
      this.mediaTime(metadata);
      if (this.#isDue || this.#shownCount < this.#count) {
        this.#watch();
      } else {
        this.#whenShown.splice(0).forEach((resolve) => resolve());
      }
    });
    if (!this.#isWatching) {
      this.#whenShown.splice(0).forEach((resolve) => resolve());
    }
  }
}
