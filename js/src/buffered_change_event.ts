import { createTimeRanges, isTimeRanges, NO_RANGES } from "./time_ranges";
import { describeInterface, InternalSlots, requireArguments } from "./webidl";

/** What the constructor takes besides the event's type; no ranges by default. */
export interface BufferedChangeEventInit extends EventInit {
  addedRanges?: TimeRanges;
  removedRanges?: TimeRanges;
}

interface State {
  addedRanges: TimeRanges;
  removedRanges: TimeRanges;
}

const slots = /* @__PURE__ */ new InternalSlots<BufferedChangeEvent, State>();

function toTimeRanges(value: unknown, name: string): TimeRanges {
  if (value === undefined) {
    return createTimeRanges(NO_RANGES);
  }
  if (!isTimeRanges(value)) {
    throw new TypeError(`BufferedChangeEvent: ${name} is not of type TimeRanges.`);
  }
  return value;
}

/** MSE, BufferedChangeEvent: what came into a ManagedSourceBuffer's `buffered` and what went. */
export class BufferedChangeEvent extends Event {
  constructor(type: string, eventInitDict: BufferedChangeEventInit = {}) {
    requireArguments(arguments.length, 1, "BufferedChangeEvent");
    super(type, eventInitDict);
    const { addedRanges, removedRanges } = eventInitDict ?? {};
    slots.set(this, {
      addedRanges: toTimeRanges(addedRanges, "addedRanges"),
      removedRanges: toTimeRanges(removedRanges, "removedRanges"),
    });
  }

  get addedRanges(): TimeRanges {
    return slots.of(this).addedRanges;
  }

  get removedRanges(): TimeRanges {
    return slots.of(this).removedRanges;
  }

  static {
    describeInterface(this, "BufferedChangeEvent", [], slots.of);
  }
}
