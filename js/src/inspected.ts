/**
 * What an element has for the inspector (`inspect/`), which is a module or a script of its own and may be another window's. It
 * asks the element by an event, so that there is nothing on the element for a page to find, and a page without an inspector
 * pays for no more than a listener.
 */

/** The event's type. Its `detail` is a function that takes an {@link Inspected}. */
export const INSPECT = "mse-polyfill:inspect";

/** An element's source and data plane. */
export interface Inspected {
  /** A MediaSource of ours; undefined where a worker has it. */
  readonly source: object | undefined;
  /**
   * The numbers of the data plane, which `inspect/numbers.ts` reads, with key frames from `from` up to `to`, in seconds.
   * Never settles once the element is given up.
   */
  ask(from: number, to: number): Promise<Float64Array>;
}

/** Makes the element answer from now on; returns what ends that. */
export function offerInspection(element: HTMLMediaElement, inspected: Inspected): () => void {
  const answer = (event: Event): void => (event as CustomEvent<(inspected: Inspected) => void>).detail(inspected);
  element.addEventListener(INSPECT, answer);
  return () => element.removeEventListener(INSPECT, answer);
}
