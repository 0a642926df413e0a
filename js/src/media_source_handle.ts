import { describeInterface, InternalSlots } from "./webidl";

/** What stands behind a handle. */
export interface MediaSourceHandleState {}

const slots = /* @__PURE__ */ new InternalSlots<MediaSourceHandle, MediaSourceHandleState>();

/** MSE § 4, MediaSourceHandle: has no members; it is made in a worker, transferred, and set as an element's `srcObject`. */
export class MediaSourceHandle {
  /** Pages cannot make one; `MediaSource.handle` does. */
  constructor() {
    throw new TypeError("Illegal constructor");
  }

  static {
    describeInterface(this, "MediaSourceHandle", [], slots.of);
  }
}

/** A new handle, with what stands behind it. */
export function createMediaSourceHandle(state: MediaSourceHandleState): MediaSourceHandle {
  const handle = Object.create(MediaSourceHandle.prototype) as MediaSourceHandle;
  slots.set(handle, state);
  return handle;
}

/** Whether it is one of ours. */
export function isMediaSourceHandle(value: unknown): value is MediaSourceHandle {
  return slots.has(value);
}

/** What stands behind the handle. TypeError when it is none. */
export function mediaSourceHandleState(handle: MediaSourceHandle): MediaSourceHandleState {
  return slots.of(handle);
}
