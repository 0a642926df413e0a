import { attachmentOf, MediaSource } from "./media_source";
import { describeInterface, InternalSlots } from "./webidl";

const slots = /* @__PURE__ */ new InternalSlots<ManagedMediaSource, true>();

/**
 * MSE, ManagedMediaSource: a MediaSource that says when it wants data, and gives memory back by itself.
 *
 * DEVIATION: WebKit opens one only at an element without remote playback, since the media would be asked of the page by a
 * device. Here nothing is played remotely, so `disableRemotePlayback` is not looked at.
 */
export class ManagedMediaSource extends MediaSource {
  declare onstartstreaming: ((this: ManagedMediaSource, event: Event) => unknown) | null;
  declare onendstreaming: ((this: ManagedMediaSource, event: Event) => unknown) | null;

  constructor() {
    super();
    slots.set(this, true);
  }

  /** Whether more data is wanted: from the opening on until there is much, and again when there is little. */
  get streaming(): boolean {
    slots.of(this);
    return attachmentOf(this)?.plane.streaming() ?? false;
  }

  static {
    describeInterface(this, "ManagedMediaSource", ["startstreaming", "endstreaming"], slots.of);
  }
}

/** Whether it is one of ours. */
export function isManagedMediaSource(value: unknown): value is ManagedMediaSource {
  return slots.has(value);
}
