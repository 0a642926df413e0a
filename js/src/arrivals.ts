import { native } from "./native_element";

/** For how long, in milliseconds, a picture is waited for. */
const SHOWN_MAX = 200;

/**
 * Whether the element shows what was written into its stream: frames go their own way there, and on a busy machine
 * messages overtake them.
 */
export class Arrivals {
  #element: HTMLMediaElement | undefined;
  #isAwaited = () => false;
  /** In seconds. */
  #written: number | undefined;
  #seen: number | undefined;
  #isWatching = false;
  /** The browser tells nothing of this element. */
  #isBlind = false;
  #settle: (() => void) | undefined;

  /** `element` has the stream; pictures matter while `isAwaited`. */
  watch(element: HTMLMediaElement, isAwaited: () => boolean): void {
    this.#element = element;
    this.#isAwaited = isAwaited;
    this.awaitNext();
  }

  awaitNext(): void {
    if (!this.#element || this.#isWatching) {
      return;
    }
    this.#isWatching = native().onNextFrame(this.#element, (_, { mediaTime }) => {
      this.#isWatching = false;
      this.#isBlind = false;
      this.#seen = mediaTime;
      if (this.#isThere()) {
        this.#settle?.();
      }
      if (this.#settle || this.#isAwaited()) {
        this.awaitNext();
      }
    });
    this.#isBlind ||= !this.#isWatching;
  }

  /** A picture with this timestamp, in microseconds, is on its way. */
  written(timestamp: number): void {
    this.#written = timestamp / 1e6;
  }

  /** Settles when the last picture is on show; undefined when it is, or when that cannot be known. */
  shown(): Promise<void> | undefined {
    if (this.#isThere() || this.#isBlind || document.hidden) {
      return undefined;
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#isBlind = true;
        this.#settle?.();
      }, SHOWN_MAX);
      this.#settle = () => {
        this.#settle = undefined;
        clearTimeout(timer);
        resolve();
      };
      this.awaitNext();
    });
  }

  #isThere(): boolean {
    return this.#written === undefined || Math.abs(this.#written - (this.#seen ?? NaN)) < 5e-7;
  }
}
