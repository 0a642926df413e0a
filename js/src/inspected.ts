/**
 * What an element has for the inspector (`inspect/`), which is a module or a script of its own and may be another window's.
 * The element tells by a property, so that a page without an inspector pays for nothing else.
 */

/** The property of an element that plays through us: an {@link Inspected}. */
export const INSPECTED = Symbol.for("mse-polyfill.inspected");

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

/** Makes the element tell from now on; returns what ends that. */
export function offerInspection(element: HTMLMediaElement, inspected: Inspected): () => void {
  Object.defineProperty(element, INSPECTED, { value: inspected, configurable: true });
  return () => delete (element as { [INSPECTED]?: Inspected })[INSPECTED];
}
