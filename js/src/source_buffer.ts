import type { Attachment } from "./attachment";
import { isConfig, toChunksConfig, toEncodedChunks, toSupportedConfig } from "./encoded_chunks";
import type { EncodedChunks, SourceBufferConfig } from "./encoded_chunks";
import type { ControlPlane } from "./engine";
import { domException, invalidState } from "./errors";
import { createTrackLists } from "./media_tracks";
import type { AudioTrackList, TrackLists, VideoTrackList } from "./media_tracks";
import { createTextTrackList } from "./text_track_list";
import { NO_RANGES, TimeRangesCache } from "./time_ranges";
import { isSupportedForBuffer } from "./types";
import {
  describeInterface,
  InternalSlots,
  requireArguments,
  toBytes,
  toDOMString,
  toDouble,
  toUnrestrictedDouble,
} from "./webidl";

/** `SourceBuffer.mode`. */
export type AppendMode = "segments" | "sequence";

/** What a removed SourceBuffer still answers. */
interface LastValues {
  mode: AppendMode;
  timestampOffset: number;
  appendWindowStart: number;
  appendWindowEnd: number;
}

interface SourceBufferState {
  readonly id: number;
  /** Undefined once removed from its MediaSource. */
  attachment: Attachment | undefined;
  last: LastValues;
  readonly buffered: TimeRangesCache;
  readonly tracks: TrackLists;
  textTracks: TextTrackList | undefined;
}

const slots = /* @__PURE__ */ new InternalSlots<SourceBuffer, SourceBufferState>();

/** The attachment, or the InvalidStateError that every setter and method throws on a removed SourceBuffer. */
function attachmentOf(state: SourceBufferState): Attachment {
  if (!state.attachment) {
    throw invalidState("This SourceBuffer has been removed from the parent media source.");
  }
  return state.attachment;
}

function read<Key extends keyof LastValues>(
  buffer: SourceBuffer,
  key: Key,
  get: (plane: ControlPlane, id: number) => LastValues[Key],
): LastValues[Key] {
  const state = slots.of(buffer);
  return state.attachment ? get(state.attachment.plane, state.id) : state.last[key];
}

function call<T>(state: SourceBufferState, change: (plane: ControlPlane) => T): T {
  return attachmentOf(state).call(change);
}

/** MSE § 5, SourceBuffer. */
export class SourceBuffer extends EventTarget {
  declare onupdatestart: ((this: globalThis.SourceBuffer, event: Event) => unknown) | null;
  declare onupdate: ((this: globalThis.SourceBuffer, event: Event) => unknown) | null;
  declare onupdateend: ((this: globalThis.SourceBuffer, event: Event) => unknown) | null;
  declare onerror: ((this: globalThis.SourceBuffer, event: Event) => unknown) | null;
  declare onabort: ((this: globalThis.SourceBuffer, event: Event) => unknown) | null;

  /** Pages cannot make one; `addSourceBuffer` does. */
  constructor() {
    super();
    throw new TypeError("Illegal constructor");
  }

  get mode(): AppendMode {
    return read(this, "mode", (plane, id) => plane.mode(id));
  }

  set mode(value: AppendMode) {
    const state = slots.of(this);
    const mode = toDOMString(value);
    // Web IDL: an attribute ignores values that are none of its enumeration.
    if (mode === "segments" || mode === "sequence") {
      call(state, (plane) => plane.setMode(state.id, mode));
    }
  }

  get updating(): boolean {
    const state = slots.of(this);
    return state.attachment ? state.attachment.plane.updating(state.id) : false;
  }

  get buffered(): TimeRanges {
    const state = slots.of(this);
    return state.buffered.get(call(state, (plane) => plane.bufferedOf(state.id)));
  }

  /** The audio tracks of its initialization segments. */
  get audioTracks(): AudioTrackList {
    return slots.of(this).tracks.audio;
  }

  /** The video tracks of its initialization segments. */
  get videoTracks(): VideoTrackList {
    return slots.of(this).tracks.video;
  }

  /** Always empty: no byte stream format here carries text tracks. */
  get textTracks(): TextTrackList {
    return (slots.of(this).textTracks ??= createTextTrackList());
  }

  get timestampOffset(): number {
    return read(this, "timestampOffset", (plane, id) => plane.timestampOffset(id));
  }

  set timestampOffset(value: number) {
    const state = slots.of(this);
    const offset = toDouble(value, "timestampOffset");
    call(state, (plane) => plane.setTimestampOffset(state.id, offset));
  }

  get appendWindowStart(): number {
    return read(this, "appendWindowStart", (plane, id) => plane.appendWindowStart(id));
  }

  set appendWindowStart(value: number) {
    const state = slots.of(this);
    const start = toDouble(value, "appendWindowStart");
    call(state, (plane) => plane.setAppendWindowStart(state.id, start));
  }

  get appendWindowEnd(): number {
    return read(this, "appendWindowEnd", (plane, id) => plane.appendWindowEnd(id));
  }

  set appendWindowEnd(value: number) {
    const state = slots.of(this);
    const end = toUnrestrictedDouble(value);
    call(state, (plane) => plane.setAppendWindowEnd(state.id, end));
  }

  /** Takes a copy of the bytes at once: the caller may change or transfer them afterwards. */
  appendBuffer(data: BufferSource): void {
    const state = slots.of(this);
    requireArguments(arguments.length, 1, "SourceBuffer.appendBuffer");
    const bytes = toBytes(data, "SourceBuffer.appendBuffer");
    attachmentOf(state).append(state.id, bytes);
  }

  /**
   * Takes a copy of the chunks at once. Settled in place of events: rejected with AbortError when the append is given up,
   * with SyntaxError when the chunks are unusable.
   */
  // Web IDL: what a call that returns a promise throws is a rejection.
  async appendEncodedChunks(chunks: EncodedChunks): Promise<void> {
    const state = slots.of(this);
    requireArguments(arguments.length, 1, "SourceBuffer.appendEncodedChunks");
    const prepared = toEncodedChunks(chunks, "SourceBuffer.appendEncodedChunks");
    await attachmentOf(state).appendEncodedChunks(state.id, prepared);
  }

  abort(): void {
    const state = slots.of(this);
    call(state, (plane) => plane.abort(state.id));
  }

  changeType(type: string | SourceBufferConfig): void {
    const state = slots.of(this);
    requireArguments(arguments.length, 1, "SourceBuffer.changeType");
    const operation = "SourceBuffer.changeType";
    const config = isConfig(type) ? toChunksConfig(type, operation) : undefined;
    const mediaType = config ? "" : toDOMString(type);
    // MSE § 5.2 changeType, steps 1 to 4.
    if (!config && mediaType === "") {
      throw new TypeError(`${operation}: the type is empty.`);
    }
    const attachment = attachmentOf(state);
    if (attachment.plane.updating(state.id)) {
      throw invalidState(`${operation}: this SourceBuffer is still processing an append or remove.`);
    }
    if (config) {
      const supported = toSupportedConfig(config, operation);
      attachment.call((plane) => plane.configureChunks(supported, state.id));
      return;
    }
    if (!isSupportedForBuffer(mediaType)) {
      throw domException("NotSupportedError", `${operation}: the type "${mediaType}" is unsupported.`);
    }
    attachment.call((plane) => plane.changeType(state.id, mediaType));
  }

  remove(start: number, end: number): void {
    const state = slots.of(this);
    requireArguments(arguments.length, 2, "SourceBuffer.remove");
    const from = toDouble(start, "SourceBuffer.remove");
    const to = toUnrestrictedDouble(end);
    call(state, (plane) => plane.remove(state.id, from, to));
  }

  static {
    describeInterface(this, "SourceBuffer", ["updatestart", "update", "updateend", "error", "abort"], slots.of);
  }
}

/** The SourceBuffer that the engine named `id`, of the given interface. */
export function createSourceBuffer(attachment: Attachment, id: number, type: typeof SourceBuffer = SourceBuffer): SourceBuffer {
  const buffer = Reflect.construct(EventTarget, [], type) as SourceBuffer;
  adoptSourceBuffer(buffer, attachment, id);
  return buffer;
}

/** `buffer`, made by the browser, is the SourceBuffer that the engine named `id`. */
export function adoptSourceBuffer(buffer: SourceBuffer, attachment: Attachment, id: number): void {
  const last: LastValues = { mode: "segments", timestampOffset: 0, appendWindowStart: 0, appendWindowEnd: Infinity };
  const buffered = new TimeRangesCache();
  buffered.get(NO_RANGES);
  slots.set(buffer, { id, attachment, last, buffered, tracks: createTrackLists(), textTracks: undefined });
}

/** Notes what the attributes of a SourceBuffer read now: to be called before the engine forgets it. */
export function rememberSourceBuffer(buffer: SourceBuffer): void {
  const { mode, timestampOffset, appendWindowStart, appendWindowEnd } = buffer;
  slots.of(buffer).last = { mode, timestampOffset, appendWindowStart, appendWindowEnd };
}

/** From now on it answers as one that was removed. */
export function releaseSourceBuffer(buffer: SourceBuffer): void {
  slots.of(buffer).attachment = undefined;
}

/** The engine's name for it, when it belongs to `attachment`. TypeError when it is no SourceBuffer. */
export function sourceBufferId(buffer: SourceBuffer, attachment: Attachment): number | undefined {
  const state = slots.of(buffer);
  return state.attachment === attachment ? state.id : undefined;
}

/** The lists that hold its tracks. */
export function trackListsOfSourceBuffer(buffer: SourceBuffer): TrackLists {
  return slots.of(buffer).tracks;
}

/** Whether it is one of ours. */
export function isSourceBuffer(value: unknown): value is SourceBuffer {
  return slots.has(value);
}
