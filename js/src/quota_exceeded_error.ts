import { describeInterface, InternalSlots, toDouble } from "./webidl";

/** What the constructor takes: how much there may be, and how much there would have been. Neither is negative. */
export interface QuotaExceededErrorOptions {
  quota?: number;
  requested?: number;
}

interface State {
  quota: number | null;
  requested: number | null;
}

const slots = /* @__PURE__ */ new InternalSlots<QuotaExceededError, State>();

function amount(value: unknown, name: string): number | null {
  if (value === undefined) {
    return null;
  }
  const number = toDouble(value, `QuotaExceededError.${name}`);
  if (number < 0) {
    throw new RangeError(`QuotaExceededError: ${name} is negative.`);
  }
  return number;
}

/**
 * Web IDL § 3.14.4, QuotaExceededError, for browsers that have only the DOMException of that name. `instanceof` takes
 * those for one of this class: a page that finds the class asks no other way.
 */
export class QuotaExceededError extends DOMException {
  constructor(message = "", options: QuotaExceededErrorOptions | null = {}) {
    super(message, "QuotaExceededError");
    const quota = amount(options?.quota, "quota");
    const requested = amount(options?.requested, "requested");
    if (quota !== null && requested !== null && requested < quota) {
      throw new RangeError("QuotaExceededError: requested is below quota.");
    }
    slots.set(this, { quota, requested });
  }

  /** How much there may be, when that is known. */
  get quota(): number | null {
    return slots.of(this).quota;
  }

  /** How much there would have been, when that is known. */
  get requested(): number | null {
    return slots.of(this).requested;
  }

  static {
    describeInterface(this, "QuotaExceededError", [], slots.of);
    Object.defineProperty(this, Symbol.hasInstance, {
      value: (value: unknown) => value instanceof DOMException && value.name === "QuotaExceededError",
      configurable: true,
    });
  }
}
