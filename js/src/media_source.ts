import type { Attachment } from "./attachment";
import { domException, invalidState } from "./errors";
import { isConfig, toChunksConfig, toSupportedConfig } from "./encoded_chunks";
import type { SourceBufferConfig } from "./encoded_chunks";
import { expectEngine } from "./load_engine";
import { isSourceBuffer, rememberSourceBuffer, releaseSourceBuffer, sourceBufferId } from "./source_buffer";
import type { SourceBuffer } from "./source_buffer";
import { adoptSourceBufferList, createSourceBufferList, releaseSourceBufferList } from "./source_buffer_list";
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
  /** What is about to attach it or has done so. */
  owner: object | undefined;
  readonly sourceBuffers: SourceBufferList;
  readonly activeSourceBuffers: SourceBufferList;
}

const slots = /* @__PURE__ */ new InternalSlots<MediaSource, MediaSourceState>();

let constructibleInWorkers = false;

/** What `canConstructInDedicatedWorker` says from now on. */
export function setConstructibleInWorkers(value: boolean): void {
  constructibleInWorkers = value;
}

function openAttachment(source: MediaSource): Attachment {
  const { attachment } = slots.of(source);
  if (!attachment) {
    throw invalidState("The MediaSource's readyState is 'closed'.");
  }
  return attachment;
}

/** MSE § 3, MediaSource. */
export class MediaSource extends EventTarget {
  declare onsourceopen: ((this: globalThis.MediaSource, event: Event) => unknown) | null;
  declare onsourceended: ((this: globalThis.MediaSource, event: Event) => unknown) | null;
  declare onsourceclose: ((this: globalThis.MediaSource, event: Event) => unknown) | null;

  constructor() {
    super();
    slots.set(this, {
      attachment: undefined,
      owner: undefined,
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
    return slots.of(this).attachment?.plane.readyState() ?? "closed";
  }

  get duration(): number {
    return slots.of(this).attachment?.plane.duration() ?? NaN;
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

  /** Whether dedicated workers may make one: where `install` was asked for that. */
  static get canConstructInDedicatedWorker(): boolean {
    return constructibleInWorkers;
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

/** A source of the browser's is one of ours from now on, with the lists that the page has of it. */
export function adoptMediaSource(source: MediaSource, sourceBuffers: SourceBufferList, active: SourceBufferList): void {
  adoptSourceBufferList(sourceBuffers);
  adoptSourceBufferList(active);
  slots.set(source, { attachment: undefined, owner: undefined, sourceBuffers, activeSourceBuffers: active });
}

/** It is the browser's again. */
export function releaseMediaSource(source: MediaSource): void {
  const { sourceBuffers, activeSourceBuffers } = slots.of(source);
  releaseSourceBufferList(sourceBuffers);
  releaseSourceBufferList(activeSourceBuffers);
  slots.delete(source);
}

/**
 * `owner` wants to attach the source. False when that is not "closed", or another came first. One that failed leaves the
 * source "closed", and to others.
 */
export function claimMediaSource(source: MediaSource, owner: object): boolean {
  const state = slots.of(source);
  if (state.owner && state.attachment?.plane.readyState() !== "closed") {
    return false;
  }
  state.owner = owner;
  state.attachment = undefined;
  return true;
}

/** MSE § 3.15.1: the source is attached; its readyState is the attachment's from now on. */
export function openMediaSource(source: MediaSource, attachment: Attachment): void {
  slots.of(source).attachment = attachment;
}

/** The source is "closed" and may be attached again. False when `owner` has lost it already. */
export function closeMediaSource(source: MediaSource, owner: object | undefined): boolean {
  const state = slots.of(source);
  if (state.owner !== owner) {
    return false;
  }
  state.attachment = undefined;
  state.owner = undefined;
  return true;
}
