import type { EngineSnapshot, Range, SourceBufferSnapshot, TrackSnapshot } from "./snapshot";

/** Reads what `Player::inspect` and `DataPlane::inspect` wrote, in their order. */
export function readNumbers(numbers: Float64Array): EngineSnapshot {
  let at = 0;
  const next = (): number => numbers[at++] ?? NaN;
  const flag = (): boolean => next() === 1;
  // Members are read in the order in which they stand here.
  const player = {
    time: next(),
    position: next(),
    rate: next(),
    limit: next(),
    wantsPlay: flag(),
    seeking: flag(),
    ended: flag(),
    failed: flag(),
    soundStarting: flag(),
    soundLatency: next(),
    pictures: { decoded: next(), inDecoder: next(), notBegun: next(), decodedUntil: next() },
    sound: { inDecoder: next(), decodedUntil: next() },
    avOffset: next(),
  };
  const track = (): TrackSnapshot => {
    const id = next();
    const kind = flag() ? "video" : "audio";
    const selected = flag();
    const bytes = next();
    const [ranges, keyFrames] = [next(), next()];
    return {
      id, kind, selected, bytes,
      buffered: Array.from({ length: ranges }, (): Range => [next(), next()]),
      keyFrames: Array.from({ length: keyFrames }, next),
    };
  };
  const sourceBuffers: SourceBufferSnapshot[] = [];
  while (at < numbers.length) {
    const [id, bytes, quota, waiting, tracks] = [next(), next(), next(), next(), next()];
    sourceBuffers.push({ id, bytes, quota, waiting, tracks: Array.from({ length: tracks }, track) });
  }
  return { ...player, sourceBuffers };
}
