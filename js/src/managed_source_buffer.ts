import type { Attachment } from "./attachment";
import { createSourceBuffer, SourceBuffer } from "./source_buffer";
import { describeInterface, InternalSlots } from "./webidl";

const slots = /* @__PURE__ */ new InternalSlots<ManagedSourceBuffer, true>();

/** MSE, ManagedSourceBuffer: a SourceBuffer that tells of every change of its `buffered`. */
export class ManagedSourceBuffer extends SourceBuffer {
  declare onbufferedchange: ((this: ManagedSourceBuffer, event: Event) => unknown) | null;

  static {
    describeInterface(this, "ManagedSourceBuffer", ["bufferedchange"], slots.of);
  }
}

/** The SourceBuffer that the engine of a ManagedMediaSource named `id`. */
export function createManagedSourceBuffer(attachment: Attachment, id: number): ManagedSourceBuffer {
  const buffer = createSourceBuffer(attachment, id, ManagedSourceBuffer) as ManagedSourceBuffer;
  slots.set(buffer, true);
  return buffer;
}
