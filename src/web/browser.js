// WebCodecs, where what it decodes is written, and the time, as `browser.rs` asks for them: each call here would be a handful
// across the border of the module, and each of those costs code on both sides of it.
//
// Bytes and samples come as views on the module's memory, which are valid until the call returns: all that takes them copies.

/** @param {boolean} isVideo */
export function openDecoder(isVideo, output, error) {
  const name = isVideo ? "VideoDecoder" : "AudioDecoder";
  const Decoder = globalThis[name];
  if (!Decoder) {
    throw `cannot be decoded: this browser has no ${name}`;
  }
  return new Decoder({ output, error });
}

export function configureVideo(decoder, codec, description, codedWidth, codedHeight, primaries, transfer, matrix, fullRange) {
  const hasSize = codedWidth > 0 && codedHeight > 0;
  const saysColor = primaries || transfer || matrix || fullRange !== undefined;
  decoder.configure({
    codec,
    description: description?.slice(),
    codedWidth: hasSize ? codedWidth : undefined,
    codedHeight: hasSize ? codedHeight : undefined,
    colorSpace: saysColor ? { primaries, transfer, matrix, fullRange } : undefined,
  });
}

export function configureAudio(decoder, codec, description, numberOfChannels, sampleRate) {
  decoder.configure({ codec, description: description?.slice(), numberOfChannels, sampleRate });
}

/** Returns how many chunks wait in front of the decoder. */
export function decode(decoder, isVideo, isKey, timestamp, duration, data) {
  const Chunk = isVideo ? EncodedVideoChunk : EncodedAudioChunk;
  decoder.decode(new Chunk({ type: isKey ? "key" : "delta", timestamp, duration, data }));
  return decoder.decodeQueueSize;
}

/** A promise of what the flush is rejected with, or of nothing. */
export function flush(decoder) {
  return decoder.flush().then(
    () => undefined,
    (error) => error,
  );
}

/** What `picture` of `browser.rs` asks for, in its order. */
export function pictureFacts(frame) {
  const { timestamp, codedWidth, codedHeight, displayWidth, displayHeight } = frame;
  const { x, y, width, height } = frame.visibleRect ?? { x: 0, y: 0, width: displayWidth, height: displayHeight };
  return [timestamp, codedWidth, codedHeight, x, y, width, height, displayWidth, displayHeight, "rotation" in frame];
}

/** The same picture, to be shown so. `visible` is x, y, width and height of the part to show, or nothing for all of it. */
export function arranged(frame, displayWidth, displayHeight, rotation, [x, y, width, height]) {
  const visibleRect = width ? { x, y, width, height } : undefined;
  return new VideoFrame(frame, { displayWidth, displayHeight, rotation, visibleRect });
}

/** Timestamp, samples a second, channels. */
export function soundFacts(data) {
  return [data.timestamp, data.sampleRate, data.numberOfChannels];
}

/** The samples of all channels, one behind the other. Closes the sound. */
export function takeSamples(data) {
  const { numberOfChannels, numberOfFrames: frames } = data;
  const samples = new Float32Array(numberOfChannels * frames);
  try {
    // Firefox's Vorbis decoder begins with an empty output.
    for (let planeIndex = 0; frames && planeIndex < numberOfChannels; planeIndex++) {
      data.copyTo(samples.subarray(planeIndex * frames), { planeIndex, format: "f32-planar" });
    }
  } finally {
    data.close();
  }
  return samples;
}

function nothing() {}

/** Writes a copy, which shares the pixels; the stream closes it. */
export function writePicture(writer, frame) {
  writer.write(frame.clone()).catch(nothing);
}

/** Samples as {@link takeSamples} gives them. */
export function writeSound(writer, data, numberOfChannels, sampleRate, timestamp) {
  const numberOfFrames = data.length / numberOfChannels;
  const sound = new AudioData({ format: "f32-planar", data, numberOfChannels, numberOfFrames, sampleRate, timestamp });
  writer.write(sound).catch(nothing);
}

/** How many arrays are kept for the next blocks. */
const MAX_SPARE = 32;

/**
 * Posts blocks to `js/src/worklet.ts`. A worklet's thread collects garbage seldom, tens of megabytes at a time: what it has
 * read is sent back, to be filled again.
 */
export class WorkletSound {
  #port;
  #spare = [];

  constructor(port) {
    this.#port = port;
    port.onmessage = ({ data: channels }) => this.#spare.push(...channels.slice(0, MAX_SPARE - this.#spare.length));
  }

  /** Samples as {@link takeSamples} gives them. */
  post(samples, numberOfChannels, sampleRate, due, contiguous) {
    const length = samples.length / numberOfChannels;
    const channels = Array.from({ length: numberOfChannels }, (_, index) => {
      const array = this.#spare.pop();
      // One of another length is of no use: blocks are of one length for long.
      const channel = array?.length === length ? array : new Float32Array(length);
      channel.set(samples.subarray(index * length, (index + 1) * length));
      return channel;
    });
    this.#port.postMessage({ due, sampleRate, channels, contiguous }, channels.map((channel) => channel.buffer));
  }
}

/** One timer that is set anew again and again. It calls `ring`, or `soon` where there was no delay. */
export class Alarm {
  #ring;
  #due;
  #timeout;
  /** For no delay at all: repeated timers of 0 ms are held up to 4 ms by every browser. */
  #channel = new MessageChannel();
  #isPosted = false;

  constructor(ring, soon) {
    this.#ring = () => {
      this.#due = undefined;
      ring();
    };
    this.#channel.port1.onmessage = () => {
      this.#isPosted = false;
      soon();
    };
  }

  set(due) {
    // Timers cost more than the rest of a turn that has little to do.
    if (due === this.#due) {
      return;
    }
    clearTimeout(this.#timeout);
    this.#due = undefined;
    const delay = due - now();
    if (delay <= 0) {
      this.ringSoon();
    } else if (delay) {
      this.#due = due;
      this.#timeout = setTimeout(this.#ring, delay);
    }
  }

  ringSoon() {
    if (!this.#isPosted) {
      this.#isPosted = true;
      this.#channel.port2.postMessage(null);
    }
  }

  close() {
    clearTimeout(this.#timeout);
    this.#channel.port1.close();
  }
}

/** `name` of an exception, where it is one. */
export function errorName(error) {
  return error?.name;
}

export function errorMessage(error) {
  return String(error?.message ?? error);
}

export function thrown(name, message) {
  return { name, message };
}

export function logError(error) {
  console.error(`mse-polyfill: ${error}`);
}

let origin;

/** Milliseconds since the epoch. */
export function now() {
  origin ??= performance.timeOrigin; // Never changes, and costs as much to read as the time.
  return origin + performance.now();
}
