import type { SourceBuffer } from "./source_buffer";
import { describeInterface, InternalSlots, setIndexedProperties } from "./webidl";

const slots = /* @__PURE__ */ new InternalSlots<SourceBufferList, { buffers: readonly SourceBuffer[] }>();

/** The indices, which a class cannot declare. */
export interface SourceBufferList {
  readonly [index: number]: SourceBuffer;
}

/** MSE § 7, SourceBufferList. */
export class SourceBufferList extends EventTarget {
  declare onaddsourcebuffer: ((this: SourceBufferList, event: Event) => unknown) | null;
  declare onremovesourcebuffer: ((this: SourceBufferList, event: Event) => unknown) | null;
  declare [Symbol.iterator]: () => ArrayIterator<SourceBuffer>;

  /** Pages cannot make one. */
  constructor() {
    super();
    throw new TypeError("Illegal constructor");
  }

  /** How many SourceBuffers the list holds. */
  get length(): number {
    return slots.of(this).buffers.length;
  }

  static {
    describeInterface(this, "SourceBufferList", ["addsourcebuffer", "removesourcebuffer"], slots.of);
    Object.defineProperty(this.prototype, Symbol.iterator, {
      value: Array.prototype.values,
      configurable: true,
      writable: true,
    });
  }
}

/** A new, empty list. */
export function createSourceBufferList(): SourceBufferList {
  const list = Reflect.construct(EventTarget, [], SourceBufferList) as SourceBufferList;
  slots.set(list, { buffers: [] });
  return list;
}

/** What the list holds now. */
export function buffersIn(list: SourceBufferList): readonly SourceBuffer[] {
  return slots.of(list).buffers;
}

/** Sets what the list holds. */
export function setBuffersIn(list: SourceBufferList, buffers: readonly SourceBuffer[]): void {
  slots.of(list).buffers = buffers;
  setIndexedProperties(list, buffers);
}
