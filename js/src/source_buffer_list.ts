import type { SourceBuffer } from "./source_buffer";
import { describeInterface, describeIteration, InternalSlots, setIndexedProperties } from "./webidl";

interface SourceBufferListState {
  buffers: readonly SourceBuffer[];
  /** What has the indices as properties: the list, or what stands behind it. */
  readonly indices: object;
}

const slots = /* @__PURE__ */ new InternalSlots<SourceBufferList, SourceBufferListState>();

/** The indices, which a class cannot declare. */
export interface SourceBufferList {
  readonly [index: number]: SourceBuffer;
}

/** MSE § 7, SourceBufferList. */
export class SourceBufferList extends EventTarget {
  declare onaddsourcebuffer: ((this: globalThis.SourceBufferList, event: Event) => unknown) | null;
  declare onremovesourcebuffer: ((this: globalThis.SourceBufferList, event: Event) => unknown) | null;
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
    describeIteration(this);
  }
}

/** A new, empty list. */
export function createSourceBufferList(): SourceBufferList {
  const list = Reflect.construct(EventTarget, [], SourceBufferList) as SourceBufferList;
  slots.set(list, { buffers: [], indices: list });
  return list;
}

/**
 * A list of the browser's, which is empty, is one of ours from now on. It takes no indices, but one that it does not have
 * is looked for in its prototype.
 */
export function adoptSourceBufferList(list: SourceBufferList): void {
  const indices = Object.create(Object.getPrototypeOf(list) as object) as object;
  Object.setPrototypeOf(list, indices);
  slots.set(list, { buffers: [], indices });
}

/** It is the browser's again. */
export function releaseSourceBufferList(list: SourceBufferList): void {
  Object.setPrototypeOf(list, Object.getPrototypeOf(slots.of(list).indices) as object);
  slots.delete(list);
}

/** Whether it is one of ours. */
export function isSourceBufferList(value: unknown): value is SourceBufferList {
  return slots.has(value);
}

/** What the list holds now. */
export function buffersIn(list: SourceBufferList): readonly SourceBuffer[] {
  return slots.of(list).buffers;
}

/** Sets what the list holds. */
export function setBuffersIn(list: SourceBufferList, buffers: readonly SourceBuffer[]): void {
  const slot = slots.of(list);
  const before = slot.buffers;
  if (before.length === buffers.length && before.every((buffer, index) => buffer === buffers[index])) {
    return;
  }
  slot.buffers = buffers;
  setIndexedProperties(slot.indices, buffers);
}
