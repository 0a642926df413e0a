/**
 * The stream that a MediaRecorder writes, in units that belong together: what a listener needs first, and after that
 * blocks or fragments. Recorders cut their chunks anywhere; who joins late needs whole units.
 *
 * Element IDs are those of Matroska (RFC 9559), boxes those of ISO BMFF.
 */
import { beginsWithKeyFrame, durationOfFragment, Mp4Times } from "./mp4_times";

/** Larger than any frame; a stream that claims more is none. */
const MAX_UNIT = 64 * 1024 * 1024;

const EBML = 0x1a45dfa3;
export const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const CLUSTER_TIMESTAMP = 0xe7;
const SIMPLE_BLOCK = 0xa3;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const BLOCK_DURATION = 0x9b;
const REFERENCE_BLOCK = 0xfb;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_TYPE = 0x83;
/** `TrackType` of pictures. */
const VIDEO = 1;
/** The flag of a `SimpleBlock` that can be decoded by itself. */
const KEYFRAME = 0x80;
export const INFO = 0x1549a966;
export const TIMESTAMP_SCALE = 0x2ad7b1;

/** An element's or a box's place. `end` is infinite for a size that is not known. */
interface Span {
  readonly id: number;
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

export type Bytes = Uint8Array<ArrayBuffer>;

/** Joins pieces. */
export function joined(pieces: readonly Uint8Array[]): Bytes {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Whether the stream begins as WebM and Matroska do. */
export function isWebM(bytes: Uint8Array): boolean {
  return unsigned(bytes, 0, 4) === EBML;
}

/** A number of EBML and how many bytes it takes; undefined while they are not all there. */
function variable(bytes: Uint8Array, at: number, keepMarker: boolean): { value: number; length: number } | undefined {
  const first = bytes[at];
  if (first === undefined) {
    return undefined;
  }
  const length = Math.clz32(first) - 23;
  if (length > 8) {
    throw new RangeError("This is no recording: an EBML number begins with a zero byte.");
  }
  if (at + length > bytes.length) {
    return undefined;
  }
  let value = keepMarker ? first : first & (0xff >> length);
  let isUnknown = !keepMarker && value === 0xff >> length;
  for (let index = 1; index < length; index++) {
    const byte = bytes[at + index] ?? 0;
    value = value * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return { value: isUnknown ? Infinity : value, length };
}

/** The element that begins at `at`; undefined while its head is not all there. */
export function elementAt(bytes: Uint8Array, at: number): Span | undefined {
  const id = variable(bytes, at, true);
  const size = id && variable(bytes, at + id.length, false);
  if (!id || !size) {
    return undefined;
  }
  const body = at + id.length + size.length;
  return { id: id.value, start: at, body, end: body + size.value };
}

/** The elements between two places. */
export function* elementsIn(bytes: Uint8Array, from: number, to: number): Generator<Span> {
  for (let at = from; at < to; ) {
    const element = elementAt(bytes, at);
    if (!element || element.end > to) {
      return;
    }
    yield element;
    at = element.end;
  }
}

export function unsigned(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    value = value * 256 + (bytes[at] ?? 0);
  }
  return value;
}

/** A whole unit of the stream after what comes first. */
export interface Unit {
  readonly bytes: Bytes;
  /** What a listener who begins with this unit needs between the initialization and it. */
  readonly before: Bytes | undefined;
  /** Whether a listener can begin with this unit and see something. */
  readonly isKey: boolean;
}

/** Where in a WebM stream one can begin. */
export interface CuePoint {
  /** In ticks of the stream. */
  readonly time: number;
  readonly track: number;
  /** Of its cluster, in bytes from the beginning of the stream. */
  readonly cluster: number;
}

function videoTrackOf(bytes: Uint8Array, { body, end }: Span): number | undefined {
  for (const entry of elementsIn(bytes, body, end)) {
    const fields = entry.id === TRACK_ENTRY ? [...elementsIn(bytes, entry.body, entry.end)] : [];
    const field = (id: number): number | undefined => {
      const found = fields.find((element) => element.id === id);
      return found && unsigned(bytes, found.body, found.end);
    };
    if (field(TRACK_TYPE) === VIDEO) {
      return field(TRACK_NUMBER);
    }
  }
  return undefined;
}

/** Cuts a recorder's stream into units as it comes. */
export class UnitReader {
  #pending: Bytes = new Uint8Array();
  #isMp4: boolean | undefined;
  #first: Bytes[] = [];
  #isInitialized = false;
  #cluster: { timestamp: number; head: Bytes; at: number } | undefined;
  /** The track of pictures, of WebM. */
  #video: number | undefined;
  /** Bytes that were taken before those pending. */
  #taken = 0;
  /** Of WebM: the first of each cluster, and with pictures each that can be decoded by itself. */
  readonly cues: CuePoint[] = [];
  #secondsPerTick = 0.001;
  /** Of each track, the last block's time and how long it lasts, in seconds. */
  readonly #last = new Map<number, { time: number; duration: number }>();
  #mp4: Mp4Times | undefined;
  #duration = 0;

  /** What every listener needs first; undefined until it is complete. */
  get initialization(): Bytes | undefined {
    if (this.#first.length > 1) {
      this.#first = [joined(this.#first)];
    }
    return this.#isInitialized ? this.#first[0] : undefined;
  }

  /** Seconds from the stream's zero to the end of what was recorded, as the stream itself says. */
  get duration(): number {
    return [...this.#last.values()].reduce((longest, { time, duration }) => Math.max(longest, time + duration), this.#duration);
  }

  /** The units that are complete now. Throws a RangeError when the bytes are no recording. */
  push(chunk: Uint8Array): Unit[] {
    this.#pending = joined([this.#pending, chunk]);
    if (this.#pending.length < 8) {
      return [];
    }
    this.#isMp4 ??= !isWebM(this.#pending);
    const units: Unit[] = [];
    let at = 0;
    for (;;) {
      const end = this.#isMp4 ? this.#fragment(at, units) : this.#element(at, units);
      if (end === undefined) {
        break;
      }
      at = end;
    }
    this.#pending = this.#pending.slice(at);
    this.#taken += at;
    return units;
  }

  /** The bytes that are held back because their unit is not complete. */
  rest(): Bytes {
    return this.#pending;
  }

  #checked(size: number): void {
    if (size > MAX_UNIT) {
      throw new RangeError(`This is no recording: an element of ${size} bytes.`);
    }
  }

  /** Takes one element of WebM; returns where the next begins. */
  #element(at: number, units: Unit[]): number | undefined {
    const bytes = this.#pending;
    const element = elementAt(bytes, at);
    if (!element) {
      return undefined;
    }
    const { id, body, end } = element;
    if (id === SEGMENT) {
      this.#first.push(bytes.slice(at, body));
      return body;
    }
    if (id === CLUSTER) {
      // Only with its timestamp, which comes first, is its head of use.
      const timestamp = elementAt(bytes, body);
      if (!timestamp || timestamp.end > bytes.length) {
        return undefined;
      }
      if (timestamp.id !== CLUSTER_TIMESTAMP) {
        throw new RangeError("This is no recording: a cluster that does not begin with its timestamp.");
      }
      this.#isInitialized = true;
      // Of unknown size: it has fewer blocks for who comes later.
      const id = [0x1f, 0x43, 0xb6, 0x75, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
      const head = joined([Uint8Array.from(id), bytes.subarray(body, timestamp.end)]);
      this.#cluster = { timestamp: unsigned(bytes, timestamp.body, timestamp.end), head, at: this.#taken + at };
      units.push({ bytes: bytes.slice(at, timestamp.end), before: undefined, isKey: false });
      return timestamp.end;
    }
    this.#checked(end - at);
    if (end > bytes.length) {
      return undefined;
    }
    if (!this.#isInitialized) {
      this.#first.push(bytes.slice(at, end));
      if (id === TRACKS) {
        this.#video = videoTrackOf(bytes, element);
      }
      if (id === INFO) {
        for (const child of elementsIn(bytes, body, end)) {
          if (child.id === TIMESTAMP_SCALE) {
            this.#secondsPerTick = unsigned(bytes, child.body, child.end) / 1e9;
          }
        }
      }
      return end;
    }
    const isKey = this.#noteBlock(bytes, element);
    units.push({ bytes: bytes.slice(at, end), before: this.#cluster?.head, isKey });
    return end;
  }

  /** Whether a listener can begin with it. */
  #noteBlock(bytes: Uint8Array, { id, body, end }: Span): boolean {
    let isIndependent = true;
    let block = id === SIMPLE_BLOCK ? { body, end } : undefined;
    let said: number | undefined;
    if (id === BLOCK_GROUP) {
      for (const child of elementsIn(bytes, body, end)) {
        if (child.id === BLOCK) {
          block = child;
        } else if (child.id === REFERENCE_BLOCK) {
          isIndependent = false;
        } else if (child.id === BLOCK_DURATION) {
          said = unsigned(bytes, child.body, child.end) * this.#secondsPerTick;
        }
      }
    }
    const track = block && variable(bytes, block.body, false);
    if (!block || !track || !this.#cluster) {
      return false;
    }
    const at = block.body + track.length;
    const relative = (unsigned(bytes, at, at + 2) << 16) >> 16;
    const ticks = this.#cluster.timestamp + relative;
    const time = ticks * this.#secondsPerTick;
    if (id === SIMPLE_BLOCK) {
      isIndependent = ((bytes[at + 2] ?? 0) & KEYFRAME) !== 0;
    }
    // Firefox does not mark frames of sound, which are all independent.
    const isKey = this.#video === undefined || (isIndependent && track.value === this.#video);
    const cluster = this.#cluster.at;
    if (isKey && (this.#video !== undefined || this.cues.at(-1)?.cluster !== cluster)) {
      this.cues.push({ time: ticks, track: track.value, cluster });
    }
    const last = this.#last.get(track.value);
    if (!last || time >= last.time) {
      this.#last.set(track.value, { time, duration: said ?? (last ? time - last.time : 0) });
    }
    return isKey;
  }

  /** Takes what comes first of MP4, or a box `moof` with all up to the next one; returns where that begins. */
  #fragment(at: number, units: Unit[]): number | undefined {
    const bytes = this.#pending;
    let end = at;
    for (;;) {
      if (end + 8 > bytes.length) {
        return undefined;
      }
      let size = unsigned(bytes, end, end + 4);
      const type = String.fromCharCode(...bytes.subarray(end + 4, end + 8));
      if (end > at && type === "moof" && !this.#isInitialized) {
        break;
      }
      if (size === 1) {
        if (end + 16 > bytes.length) {
          return undefined;
        }
        size = unsigned(bytes, end + 8, end + 16);
      }
      if (size < 8 || !/^[\w ]{4}$/.test(type)) {
        throw new RangeError("This is no recording: neither WebM nor MP4.");
      }
      this.#checked(size);
      if (end + size > bytes.length) {
        return undefined;
      }
      end += size;
      if (this.#isInitialized && (type === "mdat" || type === "mfra")) {
        break;
      }
    }
    const unit = bytes.slice(at, end);
    if (this.#isInitialized) {
      this.#duration = Math.max(this.#duration, durationOfFragment(unit, this.#mp4));
      units.push({ bytes: unit, before: undefined, isKey: beginsWithKeyFrame(unit, this.#mp4) });
    } else {
      this.#isInitialized = true;
      this.#first.push(unit);
      this.#mp4 = new Mp4Times(unit);
    }
    return end;
  }
}
