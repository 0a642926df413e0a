// Where the segments of a fragmented file or a WebM file begin: what a player would fetch one by one.

/** Offsets that cut the file into its initialization segment and its media segments, 0 and the length included. */
export function segments(bytes) {
  const cuts = bytes[0] === 0x1a ? clusters(bytes) : fragments(bytes);
  return [0, ...cuts, bytes.length];
}

function fragments(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const cuts = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at) === 1 ? Number(view.getBigUint64(at + 8)) : view.getUint32(at);
    const kind = view.getUint32(at + 4);
    if (kind === 0x6d6f6f66 /* moof */) cuts.push(at);
    if (size < 8) break;
    at += size;
  }
  return cuts;
}

function clusters(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const cuts = [];
  for (let at = 0; at + 12 <= bytes.length; ) {
    const start = at;
    const idLength = Math.clz32(bytes[at]) - 23;
    let id = 0;
    for (let end = at + idLength; at < end; at++) id = id * 256 + bytes[at];
    const sizeLength = Math.clz32(bytes[at]) - 23;
    let size = bytes[at] - 2 ** (8 - sizeLength);
    for (let end = at + sizeLength, next = at + 1; next < end; next++) size = size * 256 + bytes[next];
    at += sizeLength;
    if (id === 0x1f43b675 /* Cluster */) cuts.push(start);
    if (id !== 0x18538067 /* Segment: go inside */) at += size;
  }
  return cuts;
}
