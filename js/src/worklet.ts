/** The AudioWorklet's script: plays blocks of sound, each at its time. */

/** A block of sound, as the data plane posts it. */
interface Block {
  /** When its first sample is to sound: wall time in milliseconds. */
  due: number;
  sampleRate: number;
  /** One array a channel. */
  channels: Float32Array<ArrayBuffer>[];
  /** Whether it follows the block before without a seam. */
  contiguous: boolean;
}

/** From the page, now and then, after the first of them answered: which frame of this context sounds at which wall time (milliseconds). */
export interface SoundClock {
  epoch: number;
  frame: number;
}

/** From the page, once: where the blocks come from. */
export interface SoundSource {
  port: MessagePort;
}

// The scope of an AudioWorklet is in no library of TypeScript's.
declare const currentFrame: number;
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** Frames the ring holds, a power of two: 2.7 s at 48 kHz. What is due later than that is dropped. */
const RING_FRAMES = 1 << 17;
/** A block that follows another is moved only when it would sound this much, in seconds, off its time. */
const TOLERANCE = 0.02;
/** Sound this little, in seconds, off its time is left as it is: readings of the clock scatter. */
const SLACK = 0.002;
/**
 * The clock of a sound device runs up to some hundred millionths faster or slower than that of the wall. What is more than
 * {@link SLACK} off is brought back over so many seconds, by playing faster or slower: 0.4 % at most, which nobody hears.
 */
const CORRECTION = 5;
/** -3 dB: what centre and surround channels add to left and right. */
const SURROUND_GAIN = Math.SQRT1_2;

/** Left and right of any number of channels. 5.1 is in the order L R C LFE Ls Rs. */
function toStereo(channels: Float32Array[]): [Float32Array, Float32Array] {
  const left = channels[0] ?? new Float32Array(0);
  const right = channels[1] ?? left;
  const [, , center, , surroundLeft, surroundRight] = channels;
  if (!center || !surroundLeft || !surroundRight) {
    return [left, right];
  }
  const mix = (front: Float32Array, surround: Float32Array) =>
    front.map((sample, i) => sample + SURROUND_GAIN * ((center[i] ?? 0) + (surround[i] ?? 0)));
  return [mix(left, surroundLeft), mix(right, surroundRight)];
}

/** How many samples of the blocks before are needed to go on. */
const HISTORY = 3;

/** Brings one channel to the context's rate by cubic interpolation, without a seam between blocks; leaves no garbage. */
class Resampler {
  /** The last samples of the blocks before, and behind them the newest block. */
  #samples = new Float32Array(HISTORY);
  /** Where the next output lies, in samples of `#samples`; between 1 and 2 in steady flow. */
  #position = 1;

  /**
   * Writes all outputs that the input so far allows into a ring, from a frame on; they come two input samples late. Those that
   * the ring has no place for are left out. Returns how many frames they are.
   */
  process(input: Float32Array, step: number, ring: Float32Array, start: number): number {
    const length = HISTORY + input.length;
    if (this.#samples.length < length) {
      const larger = new Float32Array(length);
      larger.set(this.#samples.subarray(0, HISTORY));
      this.#samples = larger;
    }
    const samples = this.#samples;
    samples.set(input, HISTORY);
    const count = Math.max(0, Math.ceil((length - 2 - this.#position) / step));
    const last = Math.min(start + count, currentFrame + RING_FRAMES);
    for (let frame = Math.max(start, currentFrame); frame < last; frame++) {
      const at = this.#position + (frame - start) * step;
      const index = Math.floor(at);
      ring[frame & (RING_FRAMES - 1)] = at === index ? (samples[index] ?? 0) : interpolate(samples, index, at - index);
    }
    this.#position += count * step - input.length;
    samples.copyWithin(0, input.length, length);
    return count;
  }
}

/** The Catmull-Rom spline through four samples around `index + fraction`. */
function interpolate(samples: Float32Array, index: number, fraction: number): number {
  const a = samples[index - 1] ?? 0;
  const b = samples[index] ?? 0;
  const c = samples[index + 1] ?? 0;
  const d = samples[index + 2] ?? 0;
  return (
    b + 0.5 * fraction * (c - a + fraction * (2 * a - 5 * b + 4 * c - d + fraction * (3 * (b - c) + d - a)))
  );
}

class Sound extends AudioWorkletProcessor {
  readonly #ring: [Float32Array, Float32Array] = [new Float32Array(RING_FRAMES), new Float32Array(RING_FRAMES)];
  /** The frame after the last one written. */
  #end = 0;
  #clock: SoundClock | undefined;
  #resamplers: [Resampler, Resampler] = [new Resampler(), new Resampler()];
  #blockRate = 0;
  #closed = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<SoundClock | SoundSource | null>) => {
      if (!data) {
        this.#closed = true;
      } else if ("port" in data) {
        data.port.onmessage = ({ data: block }: MessageEvent<Block>) => {
          this.#place(block);
          // To be filled again: on this thread they would be garbage for long.
          data.port.postMessage(block.channels, block.channels.map(({ buffer }) => buffer));
        };
      } else {
        const isFirst = !this.#clock;
        this.#clock = data;
        if (isFirst) {
          this.port.postMessage(null); // From now on blocks are placed.
        }
      }
    };
  }

  #place(block: Block): void {
    if (!this.#clock) {
      return;
    }
    const due = Math.round(this.#clock.frame + ((block.due - this.#clock.epoch) / 1000) * sampleRate);
    const follows =
      block.contiguous &&
      block.sampleRate === this.#blockRate &&
      Math.abs(due - this.#end) <= TOLERANCE * sampleRate;
    let start = this.#end;
    if (!follows) {
      start = due;
      // What was to sound from there on is of a time before a seek or a jump.
      const written = Math.min(this.#end, currentFrame + RING_FRAMES);
      for (let frame = Math.max(start, currentFrame); frame < written; frame++) {
        this.#ring.forEach((side) => (side[frame & (RING_FRAMES - 1)] = 0));
      }
      this.#blockRate = block.sampleRate;
      this.#resamplers = [new Resampler(), new Resampler()];
    }
    const early = (due - start) / sampleRate;
    const drift = early - Math.max(-SLACK, Math.min(SLACK, early));
    const step = (block.sampleRate / sampleRate) * (1 - drift / CORRECTION);
    const [left, right] = toStereo(block.channels);
    this.#end = start + this.#resamplers[0].process(left, step, this.#ring[0], start);
    this.#resamplers[1].process(right, step, this.#ring[1], start);
  }

  process(_inputs: Float32Array[][], [output]: Float32Array[][]): boolean {
    output?.forEach((channel, side) => {
      const ring = this.#ring[side === 0 ? 0 : 1];
      for (let i = 0; i < channel.length; i++) {
        const index = (currentFrame + i) & (RING_FRAMES - 1);
        channel[i] = ring[index] ?? 0;
        ring[index] = 0;
      }
    });
    return !this.#closed;
  }
}

registerProcessor("mse-polyfill-sound", Sound);
