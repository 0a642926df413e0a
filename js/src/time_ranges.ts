import { domException } from "./errors";
import { describeInterface, InternalSlots, requireArguments } from "./webidl";

/** Start, end, start, … */
const slots = /* @__PURE__ */ new InternalSlots<object, Float64Array>();

/** HTML § 4.8.11.13, TimeRanges. */
class Ranges {
  constructor() {
    throw new TypeError("Illegal constructor");
  }

  get length(): number {
    return slots.of(this).length / 2;
  }

  start(index: number): number {
    const flat = slots.of(this);
    requireArguments(arguments.length, 1, "TimeRanges.start");
    return valueAt(flat, index, 0);
  }

  end(index: number): number {
    const flat = slots.of(this);
    requireArguments(arguments.length, 1, "TimeRanges.end");
    return valueAt(flat, index, 1);
  }
}

function valueAt(flat: Float64Array, index: number, offset: 0 | 1): number {
  // Web IDL `unsigned long`.
  const integer = +index >>> 0;
  const value = flat[integer * 2 + offset];
  if (value === undefined) {
    throw domException("IndexSizeError", `The index ${integer} is out of the ${flat.length / 2} ranges.`);
  }
  return value;
}

/**
 * Of all our TimeRanges, and itself an heir of the browser's prototype: `instanceof`, `constructor` and the class string
 * are those of the browser's, and the objects have nothing of their own.
 */
let prototype: object | undefined;

function describePrototype(): object {
  const ours = Ranges.prototype as object;
  describeInterface(Ranges, "TimeRanges", [], slots.of);
  const native = (globalThis as { TimeRanges?: { prototype: object } }).TimeRanges?.prototype;
  if (native) {
    Object.setPrototypeOf(ours, native);
    Reflect.deleteProperty(ours, "constructor");
  }
  return ours;
}

/** A TimeRanges of our own. `flat` holds start, end, start, … */
export function createTimeRanges(flat: Float64Array): TimeRanges {
  const ranges = Object.create((prototype ??= describePrototype())) as TimeRanges;
  slots.set(ranges, flat);
  return ranges;
}

/** Whether it is a TimeRanges, ours or the browser's. */
export function isTimeRanges(value: unknown): value is TimeRanges {
  return slots.has(value) || (typeof TimeRanges !== "undefined" && value instanceof TimeRanges);
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
