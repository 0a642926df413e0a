import type { Attachment } from "./attachment";
import { domException, invalidState } from "./errors";
import { isConfig, toChunksConfig, toSupportedConfig } from "./encoded_chunks";
import type { SourceBufferConfig } from "./encoded_chunks";
import { expectEngine } from "./load_engine";
import { isSourceBuffer, rememberSourceBuffer, releaseSourceBuffer, sourceBufferId } from "./source_buffer";
import type { SourceBuffer } from "./source_buffer";
import { createSourceBufferList } from "./source_buffer_list";
import type { SourceBufferList } from "./source_buffer_list";
import { isSupportedForBuffer, isTypeSupported } from "./types";
import {
  describeInterface,
  InternalSlots,
  requireArguments,
  toDOMString,
  toDouble,
  toUnrestrictedDouble,
} from "./webidl";

/** `MediaSource.readyState`. */
export type ReadyState = "closed" | "open" | "ended";

interface MediaSourceState {
  /** Set while the source is "open" or "ended"; without it the source is "closed" and everything is answered here. */
  attachment: Attachment | undefined;
  /** An element is about to attach it or has done so. */
  claimed: boolean;
  readonly sourceBuffers: SourceBufferList;
  readonly activeSourceBuffers: SourceBufferList;
}

const slots = /* @__PURE__ */ new InternalSlots<MediaSource, MediaSourceState>();

function openAttachment(source: MediaSource): Attachment {
  const { attachment } = slots.of(source);
  if (!attachment) {
    throw invalidState("The MediaSource's readyState is 'closed'.");
  }
  return attachment;
}

/** MSE § 3, MediaSource. */
export class MediaSource extends EventTarget {
  declare onsourceopen: ((this: MediaSource, event: Event) => unknown) | null;
  declare onsourceended: ((this: MediaSource, event: Event) => unknown) | null;
  declare onsourceclose: ((this: MediaSource, event: Event) => unknown) | null;

  constructor() {
    super();
    slots.set(this, {
      attachment: undefined,
      claimed: false,
      sourceBuffers: createSourceBufferList(),
      activeSourceBuffers: createSourceBufferList(),
    });
    // It will be needed as soon as this is attached; now is the time to fetch it.
    expectEngine();
  }

  get sourceBuffers(): SourceBufferList {
    return slots.of(this).sourceBuffers;
  }

  get activeSourceBuffers(): SourceBufferList {
    return slots.of(this).activeSourceBuffers;
  }

  get readyState(): ReadyState {
    return slots.of(this).attachment?.plane.readyState ?? "closed";
  }

  get duration(): number {
    return slots.of(this).attachment?.plane.duration ?? NaN;
  }

  set duration(value: number) {
    slots.of(this);
    const duration = toUnrestrictedDouble(value);
    // MSE § 3.1 duration, setter step 1.
    if (Number.isNaN(duration) || duration < 0) {
      throw new TypeError("MediaSource.duration: the value must be a number that is not negative.");
    }
    openAttachment(this).call((plane) => plane.setDuration(duration));
  }

  addSourceBuffer(type: string | SourceBufferConfig): SourceBuffer {
    const state = slots.of(this);
    requireArguments(arguments.length, 1, "MediaSource.addSourceBuffer");
    // MSE for WebCodecs, a draft.
    if (isConfig(type) || type === undefined) {
      const config = toChunksConfig(type, "MediaSource.addSourceBuffer");
      const supported = toSupportedConfig(config, "MediaSource.addSourceBuffer");
      return openAttachment(this).addSourceBuffer(supported);
    }
    const mediaType = toDOMString(type);
    // MSE § 3.2 addSourceBuffer, steps 1 and 2 come before the source's state is looked at.
    if (mediaType === "") {
      throw new TypeError("MediaSource.addSourceBuffer: the type is empty.");
    }
    if (!isSupportedForBuffer(mediaType)) {
      throw domException("NotSupportedError", `MediaSource.addSourceBuffer: the type "${mediaType}" is unsupported.`);
    }
    if (!state.attachment) {
      throw invalidState("MediaSource.addSourceBuffer: the MediaSource's readyState is not 'open'.");
    }
    return state.attachment.addSourceBuffer(mediaType);
  }

  removeSourceBuffer(sourceBuffer: SourceBuffer): void {
    const state = slots.of(this);
    requireArguments(arguments.length, 1, "MediaSource.removeSourceBuffer");
    if (!isSourceBuffer(sourceBuffer)) {
      throw new TypeError("MediaSource.removeSourceBuffer: the argument is not of type SourceBuffer.");
    }
    const { attachment } = state;
    const id = attachment && sourceBufferId(sourceBuffer, attachment);
    if (!attachment || id === undefined) {
      throw domException("NotFoundError", "MediaSource.removeSourceBuffer: the SourceBuffer is not of this MediaSource.");
    }
    rememberSourceBuffer(sourceBuffer);
    attachment.call((plane) => plane.removeSourceBuffer(id));
    releaseSourceBuffer(sourceBuffer);
  }

  endOfStream(error: EndOfStreamError | undefined = undefined): void {
    slots.of(this);
    const reason = error === undefined ? undefined : toDOMString(error);
    if (reason !== undefined && reason !== "network" && reason !== "decode") {
      throw new TypeError(`MediaSource.endOfStream: "${reason}" is not a valid EndOfStreamError.`);
    }
    openAttachment(this).call((plane) => plane.endOfStream(reason));
  }

  setLiveSeekableRange(start: number, end: number): void {
    slots.of(this);
    requireArguments(arguments.length, 2, "MediaSource.setLiveSeekableRange");
    const from = toDouble(start, "MediaSource.setLiveSeekableRange");
    const to = toDouble(end, "MediaSource.setLiveSeekableRange");
    openAttachment(this).call((plane) => plane.setLiveSeekableRange(from, to));
  }

  clearLiveSeekableRange(): void {
    slots.of(this);
    openAttachment(this).call((plane) => plane.clearLiveSeekableRange());
  }

  /** Whether dedicated workers may make one: always true, and missing where they may not. */
  static get canConstructInDedicatedWorker(): boolean {
    return true;
  }

  /** Whether a SourceBuffer of this type can be made. */
  static isTypeSupported(type: string): boolean {
    requireArguments(arguments.length, 1, "MediaSource.isTypeSupported");
    return isTypeSupported(toDOMString(type));
  }

  static {
    describeInterface(this, "MediaSource", ["sourceopen", "sourceended", "sourceclose"], slots.of);
  }
}

/** Whether it is one of ours. */
export function isMediaSource(value: unknown): value is MediaSource {
  return slots.has(value);
}

/** What it is attached by while it is not "closed". */
export function attachmentOf(source: MediaSource): Attachment | undefined {
  return slots.of(source).attachment;
}

/** An element wants to attach the source. False when it is not "closed" or another element came first. */
export function claimMediaSource(source: MediaSource): boolean {
  const state = slots.of(source);
  if (state.claimed) {
    return false;
  }
  state.claimed = true;
  return true;
}

/** MSE § 3.15.1: the source is attached; its readyState is the attachment's from now on. */
export function openMediaSource(source: MediaSource, attachment: Attachment): void {
  slots.of(source).attachment = attachment;
}

/** The source is "closed" and may be attached again. */
export function closeMediaSource(source: MediaSource): void {
  const state = slots.of(source);
  state.attachment = undefined;
  state.claimed = false;
}
