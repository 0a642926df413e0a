// What recorded samples and watched pictures say. No browser in here: the tests use it in Node as well.
//
// A recording is { left, right, zeros }. Samples come at their own clock, which stands still when the machine is short
// of time: zeros[k] is the wall time of sample 0 by the promptest delivery among those of the k-th quarter of a second.

/** Collects deliveries into `zeros`. */
export class SampleClock {
  zeros = [];

  constructor(sampleRate) {
    this.sampleRate = sampleRate;
  }

  /** `samples` of them were there at `wall`. */
  delivered(samples, wall) {
    const quarter = Math.floor((samples * 4) / this.sampleRate);
    const zero = wall - (samples / this.sampleRate) * 1000;
    this.zeros[quarter] = Math.min(this.zeros[quarter] ?? Infinity, zero);
  }
}

/** When a sample sounded, in milliseconds since 1970. */
function wallOf({ zeros }, sample, sampleRate) {
  const quarter = Math.floor((sample * 4) / sampleRate);
  const near = [quarter - 1, quarter, quarter + 1].map((index) => zeros[index] ?? Infinity);
  return Math.min(...near) + (sample / sampleRate) * 1000;
}

/** The power of a frequency in samples, 1 for a full sine (Goertzel). */
export function power(samples, from, length, frequency, sampleRate) {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
  let previous = 0;
  let before = 0;
  for (let index = from; index < from + length; index++) {
    const next = samples[index] + coefficient * previous - before;
    before = previous;
    previous = next;
  }
  const squared = previous * previous + before * before - coefficient * previous * before;
  return (4 * squared) / (length * length);
}

/**
 * The segments heard, in order: { segment, from, to } in milliseconds of wall time. Windows of 10 ms, every 2.5 ms.
 * What is quiet, mixed or shorter than 50 ms is no tone.
 */
export function tones(recording, { tones: table, sampleRate }) {
  const { left } = recording;
  const length = sampleRate / 100;
  const heard = [];
  for (let from = 0; from + length <= left.length; from += length / 4) {
    const powers = table.map((frequency) => power(left, from, length, frequency, sampleRate));
    const most = Math.max(...powers);
    const sum = powers.reduce((total, value) => total + value, 0);
    if (most < 0.0005 || most < 0.6 * sum) continue;
    const segment = powers.indexOf(most);
    const wall = wallOf(recording, from + length / 2, sampleRate);
    const last = heard.at(-1);
    if (last?.segment === segment && wall - last.to < 100) last.to = wall;
    else heard.push({ segment, from: wall, to: wall });
  }
  return heard.filter(({ from, to }) => to - from > 50);
}

/**
 * The segments clearly heard, in the order of their beginnings. A sound server short of time cuts holes into tones and
 * repeats what it has: a tone counts from 200 ms on, in one piece or in several.
 */
export function order(heard) {
  const lengths = new Map();
  for (const { segment, from, to } of heard) lengths.set(segment, (lengths.get(segment) ?? 0) + to - from);
  return [...lengths.keys()].filter((segment) => lengths.get(segment) >= 200);
}

/** Root mean square of each channel, between two wall times. */
export function loudness(recording, { sampleRate }, from = -Infinity, to = Infinity) {
  const block = sampleRate / 100;
  const sums = { left: 0, right: 0 };
  let count = 0;
  for (let at = 0; at + block <= recording.left.length; at += block) {
    const wall = wallOf(recording, at, sampleRate);
    if (wall < from || wall + 10 > to) continue;
    for (const channel of ["left", "right"]) {
      for (let index = at; index < at + block; index++) sums[channel] += recording[channel][index] ** 2;
    }
    count += block;
  }
  return { left: Math.sqrt(sums.left / (count || 1)), right: Math.sqrt(sums.right / (count || 1)) };
}

/** The longest silence between two wall times, in milliseconds, by steps of 5: below a twentieth of a full sine. */
export function longestSilence(recording, { sampleRate }, from, to) {
  const block = sampleRate / 200;
  let [longest, length] = [0, 0];
  for (let at = 0; at + block <= recording.left.length; at += block) {
    const wall = wallOf(recording, at, sampleRate);
    if (wall < from || wall > to) continue;
    const isSilent = recording.left.subarray(at, at + block).every((sample) => Math.abs(sample) < 0.02);
    length = isSilent ? length + 5 : 0;
    longest = Math.max(longest, length);
  }
  return longest;
}

/** When one tone gave way to the next of `count`, as [{ segment, at }]: `at` is between the two, `segment` the second. */
export function changes(heard, count) {
  return heard.slice(1).flatMap(({ segment, from }, index) => {
    const { segment: last, to } = heard[index];
    return segment === (last + 1) % count && from - to < 60 ? [{ segment, at: (to + from) / 2 }] : [];
  });
}

/**
 * How much later changes were heard than they were made: [{ at, delay }], in milliseconds, `at` when they were made. The
 * tones take turns, so a delay of a whole round looks like none; `least` is where the round of delays begins.
 */
export function delays(made, heard, round, least = 0) {
  return heard.flatMap(({ segment, at }) => {
    const origin = made.findLast((change) => change.segment === segment && at - change.at >= least);
    // What it is of may be missing.
    return origin && at - origin.at < least + round ? [{ at: origin.at, delay: at - origin.at }] : [];
  });
}

/**
 * For each boundary between segments both heard and seen: sound minus picture in milliseconds. A picture is seen some
 * time between two looks; its time here is the middle of them.
 */
export function offsets(heard, seen, { framesPerSegment }) {
  const result = [];
  for (let index = 1; index < heard.length; index++) {
    const [a, b] = [heard[index - 1], heard[index]];
    if (b.segment !== a.segment + 1 || b.from - a.to > 60) continue;
    const sound = (a.to + b.from) / 2;
    const first = b.segment * framesPerSegment;
    const at = seen.findIndex(({ frame }) => frame >= first);
    if (at < 1 || seen[at].frame !== first || seen[at].wall - seen[at - 1].wall > 40) continue;
    result.push(sound - (seen[at].wall + seen[at - 1].wall) / 2);
  }
  return result;
}

/** The middle value. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/**
 * How far each look was from the frame that its time asks for: 0 when it showed that one. A look takes time; the frames
 * of both its ends are right.
 */
export function frameErrors(seen, { frameRate }, frames, firstFrameAt = 0) {
  const frameAt = (time) => Math.min(frames - 1, Math.max(0, Math.floor((time - firstFrameAt) * frameRate + 1e-3)));
  return seen.map(({ before, time, frame }) => {
    const [first, last] = [frameAt(before), frameAt(time)];
    return frame < first ? frame - first : Math.max(0, frame - last);
  });
}

/** The longest stretch that is not silent: { from, to } in samples. Silence is 5 ms below a twentieth of the peak. */
export function longestTone(samples) {
  const block = 16;
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let longest = { from: 0, to: 0 };
  let from = -1;
  let quiet = 0;
  for (let at = 0; at + block <= samples.length; at += block) {
    const loud = samples.subarray(at, at + block).some((value) => Math.abs(value) > peak / 20);
    quiet = loud ? 0 : quiet + block;
    if (loud && from < 0) from = at;
    if (from >= 0 && (quiet >= 240 || at + 2 * block > samples.length)) {
      const to = at + block - quiet;
      if (to - from > longest.to - longest.from) longest = { from, to };
      from = -1;
    }
  }
  return longest;
}

/**
 * By how many samples a tone is ahead (or, negative, behind) of where it began, every 10 ms between two samples: what is
 * lost or added on the way. Slips of whole periods look like none.
 */
export function slips(samples, from, to, { tone, sampleRate }) {
  const step = sampleRate / 100;
  const length = 4 * Math.round(sampleRate / tone.frequency);
  const perSample = (2 * Math.PI * tone.frequency) / sampleRate;
  const phases = [];
  // The edges are the encoder's business.
  for (let at = from + 5 * step; at + length < to - 5 * step; at += step) {
    let real = 0;
    let imaginary = 0;
    for (let index = 0; index < length; index++) {
      const window = 1 - Math.cos((2 * Math.PI * index) / length);
      real += window * samples[at + index] * Math.cos(perSample * (at + index));
      imaginary += window * samples[at + index] * Math.sin(perSample * (at + index));
    }
    phases.push(Math.atan2(real, imaginary));
  }
  return phases.map((phase) => {
    const turn = phase - phases[0];
    return (turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI))) / perSample;
  });
}
