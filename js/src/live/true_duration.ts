import { boxesIn } from "./mp4_times";
import { elementAt, elementsIn, INFO, isWebM, joined, SEGMENT, TIMESTAMP_SCALE, unsigned } from "./units";
import type { Bytes, CuePoint } from "./units";

const DURATION = 0x4489;

/**
 * The beginning of a recording with its duration in seconds written into it: recorders know it only at the end, and leave
 * players without one. What is neither WebM nor MP4 comes back as it is.
 *
 * @param cues where in WebM one can begin: a player that seeks looks there.
 */
export function withDuration(initialization: Bytes, seconds: number, cues: readonly CuePoint[] = []): Bytes {
  return isWebM(initialization)
    ? withCues(webmWithDuration(initialization, seconds), initialization.length, cues)
    : mp4WithDuration(initialization, seconds);
}

/** `Cues` (RFC 9559 § 5.1.5) in front of the first cluster. `before`: bytes of the beginning when the cues were noted. */
function withCues(bytes: Bytes, before: number, cues: readonly CuePoint[]): Bytes {
  const segment = [...headsIn(bytes)].find(({ id }) => id === SEGMENT);
  if (!segment || cues.length === 0) {
    return bytes;
  }
  // Numbers of one length each, so that what moves the clusters is known beforehand.
  const POINT = 30;
  const body = cues.length * POINT;
  const moved = bytes.length + 8 + body - before - segment.body;
  const element = new Uint8Array(8 + body);
  const view = new DataView(element.buffer);
  element.set([0x1c, 0x53, 0xbb, 0x6b, 0x10, 0, 0, 0]);
  view.setUint32(4, 0x10000000 + body);
  cues.forEach(({ time, track, cluster }, index) => {
    const at = 8 + index * POINT;
    // CuePoint, CueTime; CueTrackPositions, CueTrack, CueClusterPosition.
    element.set([0xbb, 0x80 + POINT - 2, 0xb3, 0x88], at);
    view.setBigUint64(at + 4, BigInt(time));
    element.set([0xb7, 0x80 + POINT - 14, 0xf7, 0x84], at + 12);
    view.setUint32(at + 16, track);
    element.set([0xf1, 0x88], at + 20);
    view.setBigUint64(at + 22, BigInt(cluster + moved));
  });
  return joined([bytes, element]);
}

function webmWithDuration(bytes: Bytes, seconds: number): Bytes {
  const segment = [...headsIn(bytes)].find(({ id }) => id === SEGMENT);
  const info = segment && [...elementsIn(bytes, segment.body, bytes.length)].find(({ id }) => id === INFO);
  if (!info) {
    return bytes;
  }
  const children = [...elementsIn(bytes, info.body, info.end)];
  const scale = children.find(({ id }) => id === TIMESTAMP_SCALE);
  const ticks = (seconds * 1e9) / (scale ? unsigned(bytes, scale.body, scale.end) : 1e6);
  const known = children.find(({ id }) => id === DURATION);
  if (known && known.end - known.body === 8) {
    const changed = bytes.slice();
    new DataView(changed.buffer).setFloat64(known.body, ticks);
    return changed;
  }
  const duration = new Uint8Array([0x44, 0x89, 0x88, 0, 0, 0, 0, 0, 0, 0, 0]);
  new DataView(duration.buffer).setFloat64(3, ticks);
  const others = children.filter(({ id }) => id !== DURATION).map(({ start, end }) => bytes.subarray(start, end));
  const body = joined([...others, duration]);
  // The segment has no size of its own to keep in step: it was written while nobody knew it.
  const head = new Uint8Array([0x15, 0x49, 0xa9, 0x66, 0x08, 0, 0, 0, 0]);
  new DataView(head.buffer).setUint32(5, body.length);
  return joined([bytes.subarray(0, info.start), head, body, bytes.subarray(info.end)]);
}

/** The outermost elements, as far as they begin before the end. */
function* headsIn(bytes: Uint8Array): Generator<NonNullable<ReturnType<typeof elementAt>>> {
  for (let at = 0; at < bytes.length; ) {
    const element = elementAt(bytes, at);
    if (!element) {
      return;
    }
    yield element;
    at = element.end;
  }
}

/** `mvhd` has room for it, and `mehd` where there is one. */
function mp4WithDuration(initialization: Bytes, seconds: number): Bytes {
  const bytes = initialization.slice();
  const view = new DataView(bytes.buffer);
  const moov = [...boxesIn(view, 0, bytes.length)].find(({ type }) => type === "moov");
  if (!moov) {
    return bytes;
  }
  const children = [...boxesIn(view, moov.body, moov.end)];
  const mvhd = children.find(({ type }) => type === "mvhd");
  const mvex = children.find(({ type }) => type === "mvex");
  const mehd = mvex && [...boxesIn(view, mvex.body, mvex.end)].find(({ type }) => type === "mehd");
  if (!mvhd) {
    return bytes;
  }
  const isLong = view.getUint8(mvhd.body) === 1;
  const timescaleAt = mvhd.body + (isLong ? 20 : 12);
  const ticks = Math.round(seconds * view.getUint32(timescaleAt));
  setTicks(view, timescaleAt + 4, ticks, isLong);
  if (mehd) {
    setTicks(view, mehd.body + 4, ticks, view.getUint8(mehd.body) === 1);
  }
  return bytes;
}

function setTicks(view: DataView, at: number, ticks: number, isLong: boolean): void {
  if (isLong) {
    view.setBigUint64(at, BigInt(ticks));
  } else {
    view.setUint32(at, ticks);
  }
}
