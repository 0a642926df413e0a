// WebCodecs, where what it decodes is written, and the time, as `browser.rs` asks for them: each call here would be a handful
// across the border of the module, and each of those costs code on both sides of it.
//
// Bytes and samples come as views on the module's memory, which are valid until the call returns: all that takes them copies.

// What is thrown here is told or logged: nothing reaches the module as an exception.

/** What {@link Decoder} tells of, as `decoders.rs` numbers it. */
const OUTPUT = 0;
const FAILED = 1;
const DEQUEUED = 2;
const FLUSHED = 3;

/** A decoder of WebCodecs. `tell` is called with one of the numbers above, a picture, sound or error, and a queue's size. */
export class Decoder {
  #isVideo;
  #tell;
  #decoder;
  #hasWork = false;
  /** How many flushes must be over until what comes out was asked for by who is told. */
  #others = 0;

  constructor(isVideo, tell) {
    this.#isVideo = isVideo;
    this.#tell = (what, value, size = 0) => tell(what, value, size);
    const name = isVideo ? "VideoDecoder" : "AudioDecoder";
    if (!globalThis[name]) {
      this.#tell(FAILED, `cannot be decoded: this browser has no ${name}`);
      return;
    }
    this.#decoder = new globalThis[name]({
      output: (output) => (this.#others ? output.close() : this.#tell(OUTPUT, output)),
      error: (error) => this.#others || this.#tell(FAILED, error),
    });
    this.#decoder.ondequeue = () => this.#others || this.#tell(DEQUEUED, undefined, this.#decoder.decodeQueueSize);
  }

  configureVideo(codec, description, codedWidth, codedHeight, primaries, transfer, matrix, fullRange) {
    const hasSize = codedWidth > 0 && codedHeight > 0;
    const saysColor = primaries || transfer || matrix || fullRange !== undefined;
    this.#configure({
      codec,
      description: description?.slice(),
      codedWidth: hasSize ? codedWidth : undefined,
      codedHeight: hasSize ? codedHeight : undefined,
      colorSpace: saysColor ? { primaries, transfer, matrix, fullRange } : undefined,
    });
  }

  configureAudio(codec, description, numberOfChannels, sampleRate) {
    this.#configure({ codec, description: description?.slice(), numberOfChannels, sampleRate });
  }

  #configure(config) {
    // Firefox throws the held frames away when it is configured anew; a flush before it gets them out.
    if (this.#hasWork) {
      this.#hasWork = false;
      this.#decoder.flush().catch(nothing);
    }
    try {
      this.#decoder?.configure(config);
    } catch (error) {
      this.#tell(FAILED, error);
    }
  }

  /** Returns how many chunks wait in front of the decoder. */
  decode(isKey, timestamp, duration, data) {
    this.#hasWork = true;
    try {
      const Chunk = this.#isVideo ? EncodedVideoChunk : EncodedAudioChunk;
      this.#decoder.decode(new Chunk({ type: isKey ? "key" : "delta", timestamp, duration, data }));
    } catch (error) {
      this.#tell(FAILED, error);
    }
    return this.#decoder.decodeQueueSize;
  }

  flush() {
    this.#hasWork = false;
    this.#decoder.flush().then(
      () => this.#others || this.#tell(FLUSHED),
      (error) => this.#others || this.#tell(FAILED, error),
    );
  }

  /** Nothing of what it was given is wanted. Others may have it at once: new chunks are queued behind that. */
  retire() {
    this.#hasWork = false;
    this.#others++;
    this.#decoder.flush().then(
      () => this.#others--,
      (error) => {
        this.#others--;
        this.#tell(FAILED, error);
      },
    );
  }

  isConfigured() {
    return this.#decoder?.state === "configured";
  }

  close() {
    if (this.#decoder && this.#decoder.state !== "closed") {
      this.#decoder.close();
    }
  }
}

/** What `picture` of `browser.rs` asks for, in its order. */
export function pictureFacts(frame, facts) {
  const { timestamp, codedWidth, codedHeight, displayWidth, displayHeight } = frame;
  const { x, y, width, height } = frame.visibleRect ?? { x: 0, y: 0, width: displayWidth, height: displayHeight };
  facts.set([timestamp, codedWidth, codedHeight, x, y, width, height, displayWidth, displayHeight, "rotation" in frame]);
}

/** The same picture, to be shown so, and no more of it than the part of these `x`, `y`, `width` and `height`, unless they are 0. */
export function arranged(frame, displayWidth, displayHeight, rotation, x, y, width, height) {
  const visibleRect = width ? { x, y, width, height } : undefined;
  try {
    return new VideoFrame(frame, { displayWidth, displayHeight, rotation, visibleRect });
  } catch {
    return undefined;
  }
}

/** Timestamp, samples a second, channels, samples of each. */
export function soundFacts(data, facts) {
  facts.set([data.timestamp, data.sampleRate, data.numberOfChannels, data.numberOfFrames]);
}

/** The samples of all channels, one behind the other. Closes the sound. Returns whether they could be had. */
export function takeSamples(data, samples) {
  const { numberOfChannels, numberOfFrames: frames } = data;
  try {
    // Firefox's Vorbis decoder begins with an empty output.
    for (let planeIndex = 0; frames && planeIndex < numberOfChannels; planeIndex++) {
      data.copyTo(samples.subarray(planeIndex * frames), { planeIndex, format: "f32-planar" });
    }
    return frames > 0;
  } catch {
    return false;
  } finally {
    data.close();
  }
}

function nothing() {}

/** What `call` throws is only logged. */
function logged(call) {
  try {
    call();
  } catch (error) {
    console.error(`mse-polyfill: ${error}`);
  }
}

export function sendEvents(callbacks, bytes) {
  logged(() => callbacks.events(bytes.slice()));
}

export function sendSourceEvents(callbacks, bytes) {
  logged(() => callbacks.sourceEvents(bytes.slice()));
}

/** Sends a copy, which shares the pixels; the page closes it. */
export function sendPicture(callbacks, frame, rotation) {
  logged(() => callbacks.frame(frame.clone(), rotation));
}

/** Writes a copy, which shares the pixels; the stream closes it. */
export function writePicture(writer, frame) {
  try {
    writer.write(frame.clone()).catch(nothing);
  } catch {
    // Of a frame that is closed there is nothing to show.
  }
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
    logged(() => this.#port.postMessage({ due, sampleRate, channels, contiguous }, channels.map(({ buffer }) => buffer)));
  }
}

/** One timer that is set anew again and again. It calls `ring` with 0, or with 1 where there was no delay. */
export class Alarm {
  #ring;
  #due;
  #timeout;
  /** For no delay at all: repeated timers of 0 ms are held up to 4 ms by every browser. */
  #channel = new MessageChannel();
  #isPosted = false;

  constructor(ring) {
    this.#ring = () => {
      this.#due = undefined;
      ring(0, undefined, 0);
    };
    this.#channel.port1.onmessage = () => {
      this.#isPosted = false;
      ring(1, undefined, 0);
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

let origin;

/** Milliseconds since the epoch. */
export function now() {
  origin ??= performance.timeOrigin; // Never changes, and costs as much to read as the time.
  return origin + performance.now();
}
