// What a demuxer has found: proof that all of them did the same work.

export class Tally {
  frames = 0;
  keys = 0;
  bytes = 0;
  seconds = 0;
  edges = 0;

  /** One frame: its presentation time in seconds, whether decoding can start at it, its payload. */
  see(seconds, isKey, payload) {
    this.frames++;
    if (isKey) this.keys++;
    this.bytes += payload.length;
    this.seconds += seconds;
    this.edges += payload[0] + payload[payload.length - 1];
  }
}
