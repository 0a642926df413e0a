import { domException } from "./errors";
import { requireArguments } from "./webidl";

/** A TimeRanges of our own: passes `instanceof TimeRanges` where there is such a class. `flat` holds start, end, start, … */
export function createTimeRanges(flat: Float64Array): TimeRanges {
  const at = (method: "start" | "end", args: ArrayLike<unknown>): number => {
    requireArguments(args.length, 1, `TimeRanges.${method}`);
    const index = Number(args[0]) >>> 0;
    const value = flat[index * 2 + (method === "end" ? 1 : 0)];
    if (value === undefined) {
      throw domException("IndexSizeError", `The index ${index} is out of the ${flat.length / 2} ranges.`);
    }
    return value;
  };
  const members: PropertyDescriptorMap = {
    length: { get: () => flat.length / 2, enumerable: true, configurable: true },
    start: { value: (...args: unknown[]) => at("start", args), enumerable: true, configurable: true, writable: true },
    end: { value: (...args: unknown[]) => at("end", args), enumerable: true, configurable: true, writable: true },
  };
  const prototype = (globalThis as { TimeRanges?: { prototype: object } }).TimeRanges?.prototype ?? Object.prototype;
  return Object.create(prototype, members) as TimeRanges;
}

/** Gives the same TimeRanges object for as long as the ranges are the same, as MSE asks of `buffered`. */
export class TimeRangesCache {
  #flat: Float64Array | undefined;
  #ranges: TimeRanges | undefined;

  get(flat: Float64Array): TimeRanges {
    const last = this.#flat;
    if (!this.#ranges || !last || last.length !== flat.length || last.some((value, index) => value !== flat[index])) {
      this.#flat = flat;
      this.#ranges = createTimeRanges(flat);
    }
    return this.#ranges;
  }
}

/** No ranges. */
export const NO_RANGES = /* @__PURE__ */ new Float64Array(0);
