/** How long a fragmented MP4 is: what its fragments say of their samples. */

interface Box {
  readonly type: string;
  readonly body: number;
  readonly end: number;
}

/** `handler_type` of pictures: "vide". */
const VIDE = 0x76696465;
/** `sample_is_non_sync_sample` in a sample's flags. */
const NON_SYNC = 0x10000;

/** The boxes between two places. */
export function* boxesIn(view: DataView, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to; ) {
    let size = view.getUint32(at);
    let body = at + 8;
    if (size === 1 && at + 16 <= to) {
      size = Number(view.getBigUint64(at + 8));
      body = at + 16;
    }
    const end = at + size;
    if (end < body || end > to) {
      return;
    }
    const type = String.fromCharCode(...[4, 5, 6, 7].map((index) => view.getUint8(at + index)));
    yield { type, body, end };
    at = end;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Boxes by a path such as `moov/trak`. */
function find(view: DataView, path: string, { body, end }: Pick<Box, "body" | "end">): Box[] {
  return path.split("/").reduce<Box[]>(
    (parents, type) => parents.flatMap((parent) => [...boxesIn(view, parent.body, parent.end)].filter((box) => box.type === type)),
    [{ type: "", body, end }],
  );
}

/** What of the initialization segment is needed to read times in fragments. */
export class Mp4Times {
  /** Ticks a second, by track. */
  readonly timescales = new Map<number, number>();
  /** `default_sample_duration` of `trex`, by track. */
  readonly defaults = new Map<number, number>();
  /** `default_sample_flags` of `trex`, by track. */
  readonly flags = new Map<number, number>();
  /** The track of pictures. */
  video: number | undefined;

  constructor(initialization: Uint8Array) {
    const view = viewOf(initialization);
    const whole = { body: 0, end: view.byteLength };
    for (const track of find(view, "moov/trak", whole)) {
      const [tkhd] = find(view, "tkhd", track);
      const [mdhd] = find(view, "mdia/mdhd", track);
      if (tkhd && mdhd) {
        const id = view.getUint32(tkhd.body + (view.getUint8(tkhd.body) === 1 ? 20 : 12));
        const [hdlr] = find(view, "mdia/hdlr", track);
        if (hdlr && view.getUint32(hdlr.body + 8) === VIDE) {
          this.video = id;
        }
        this.timescales.set(id, view.getUint32(mdhd.body + (view.getUint8(mdhd.body) === 1 ? 20 : 12)));
      }
    }
    for (const { body } of find(view, "moov/mvex/trex", whole)) {
      this.defaults.set(view.getUint32(body + 4), view.getUint32(body + 12));
      this.flags.set(view.getUint32(body + 4), view.getUint32(body + 20));
    }
  }
}

/** When, in seconds, the last sample of a fragment ends. */
export function durationOfFragment(unit: Uint8Array, times: Mp4Times | undefined): number {
  const view = viewOf(unit);
  let longest = 0;
  for (const traf of find(view, "moof/traf", { body: 0, end: view.byteLength })) {
    const [tfhd] = find(view, "tfhd", traf);
    const [tfdt] = find(view, "tfdt", traf);
    if (!tfhd || !tfdt) {
      continue;
    }
    const id = view.getUint32(tfhd.body + 4);
    const flags = view.getUint32(tfhd.body) & 0xffffff;
    const at = tfhd.body + 8 + (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0);
    const usual = flags & 8 ? view.getUint32(at) : (times?.defaults.get(id) ?? 0);
    let end = view.getUint8(tfdt.body) === 1 ? Number(view.getBigUint64(tfdt.body + 4)) : view.getUint32(tfdt.body + 4);
    for (const trun of find(view, "trun", traf)) {
      end += durationOfRun(view, trun, usual);
    }
    longest = Math.max(longest, end / (times?.timescales.get(id) || Infinity));
  }
  return longest;
}

/** Whether a fragment's first picture can be decoded by itself; true for one of sound where there are no pictures. */
export function beginsWithKeyFrame(unit: Uint8Array, times: Mp4Times | undefined): boolean {
  if (times?.video === undefined) {
    return true;
  }
  const view = viewOf(unit);
  for (const traf of find(view, "moof/traf", { body: 0, end: view.byteLength })) {
    const [tfhd] = find(view, "tfhd", traf);
    const [trun] = find(view, "trun", traf);
    if (tfhd && trun && view.getUint32(tfhd.body + 4) === times.video) {
      return (firstSampleFlags(view, tfhd, trun) ?? times.flags.get(times.video) ?? 0) % (2 * NON_SYNC) < NON_SYNC;
    }
  }
  return false;
}

/** Those of the run, of its first sample, or of the fragment; undefined where the initialization has them. */
function firstSampleFlags(view: DataView, tfhd: Box, trun: Box): number | undefined {
  const run = view.getUint32(trun.body) & 0xffffff;
  const first = trun.body + 8 + (run & 1 ? 4 : 0);
  if (run & 4) {
    return view.getUint32(first);
  }
  if (run & 0x400) {
    return view.getUint32(first + (run & 0x100 ? 4 : 0) + (run & 0x200 ? 4 : 0));
  }
  const fragment = view.getUint32(tfhd.body) & 0xffffff;
  if (fragment & 0x20) {
    return view.getUint32(tfhd.body + 8 + (fragment & 1 ? 8 : 0) + 4 * [2, 8, 0x10].filter((flag) => fragment & flag).length);
  }
  return undefined;
}

function durationOfRun(view: DataView, { body, end }: Box, usual: number): number {
  const flags = view.getUint32(body) & 0xffffff;
  const count = view.getUint32(body + 4);
  if (!(flags & 0x100)) {
    return count * usual;
  }
  // Each sample has as many numbers as there are flags for, its duration first.
  const stride = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length;
  let at = body + 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
  let sum = 0;
  for (let index = 0; index < count && at + stride <= end; index++, at += stride) {
    sum += view.getUint32(at);
  }
  return sum;
}
