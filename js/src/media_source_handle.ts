import { describeInterface, InternalSlots } from "./webidl";

/** What stands behind a handle. */
export interface MediaSourceHandleState {
  /** Leads to the MediaSource. Undefined once the handle was transferred: [[Detached]]. */
  port: MessagePort | undefined;
  /** The worker that has the MediaSource, see `worker_name.ts`. */
  readonly worker: string;
  /** [[has ever been assigned as srcobject]]. */
  assigned: boolean;
  /** An element has attached the source, or tried to: [[has ever been attached]]. */
  claimed: boolean;
}

const slots = /* @__PURE__ */ new InternalSlots<MediaSourceHandle, MediaSourceHandleState>();

/** Those that the page may still hold; empty where no worker has a MediaSource of ours. */
const alive = /* @__PURE__ */ new Set<WeakRef<MediaSourceHandle>>();

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

/** A new handle. `port` leads to the MediaSource in the worker of this name. */
export function createMediaSourceHandle(port: MessagePort, worker: string): MediaSourceHandle {
  const handle = Object.create(MediaSourceHandle.prototype) as MediaSourceHandle;
  slots.set(handle, { port, worker, assigned: false, claimed: false });
  alive.add(new WeakRef(handle));
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

/** All handles of this thread that are not forgotten. */
export function liveHandles(): MediaSourceHandle[] {
  const handles: MediaSourceHandle[] = [];
  for (const reference of alive) {
    const handle = reference.deref();
    if (handle) {
      handles.push(handle);
    } else {
      alive.delete(reference);
    }
  }
  return handles;
}

/**
 * MSE § 3.15.1, attaching: an element wants the source behind the handle. False when it was transferred away, and when an
 * element had it before.
 */
export function claimHandle(handle: MediaSourceHandle): boolean {
  const state = slots.of(handle);
  if (!state.port || state.claimed) {
    return false;
  }
  state.claimed = true;
  return true;
}
