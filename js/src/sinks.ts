import { Arrivals } from "./arrivals";
import type { CanvasVideo } from "./canvas_video";
import { native } from "./native_element";
import { giveBackSoundContext, takeSoundContext } from "./sound_context";
import type { SoundClock, SoundSource } from "./worklet";

/** Where pictures and sound of one data plane come out on the page. */
export interface PageSinks {
  readonly video: VideoSink;
  readonly audio: AudioSink;
}

/** Where sound goes: through the element, as a track of its stream, or around it. */
type Way = "element" | "speakers";

/** Whether the browser has tracks that are written into. */
export function hasGenerators(): boolean {
  return "MediaStreamTrackGenerator" in globalThis;
}

/**
 * Makes the sinks that this browser is best at; `Canvas` is what it needs without generators. `workletUrl` is called where sound
 * needs an AudioWorklet; `onSound` tells whether anything hears what is written there, as soon as that is known.
 *
 * Sound through the element, as a track of the stream, obeys the element's volume. But where there are generators, the
 * browser plays such tracks with seams and at a wrong pitch for seconds when the machine is busy: there, sound goes around
 * the element.
 */
export function createSinks(
  workletUrl: () => string,
  onSound: (on: boolean) => void,
  Canvas: typeof CanvasVideo | undefined,
): PageSinks {
  const drawn = hasGenerators() ? undefined : Canvas;
  const video: VideoSink = drawn ? new drawn(native().onNextFrame) : new GeneratorVideo();
  const audio: AudioSink = new WorkletAudio(workletUrl, drawn ? "element" : "speakers", onSound);
  if (audio.track) {
    video.stream.addTrack(audio.track);
  }
  return { video, audio };
}

export interface VideoSink {
  /** For an element's `srcObject`: has a video track and, unless sound goes around the element, an audio track. */
  readonly stream: MediaStream;
  /** What the data plane writes into, where it does. */
  readonly writable?: WritableStream<VideoFrame>;
  /** Shows a picture that was not written, turned clockwise by `rotation` degrees; closes it. */
  frame(frame: VideoFrame, rotation: number): void;
  /** The element that shows the stream, and whether it waits for a picture. */
  showIn(element: HTMLMediaElement, isAwaited: () => boolean): void;
  /** It does from now on. */
  awaitPicture(): void;
  /** A picture with this timestamp, in microseconds, was written. */
  written(timestamp: number): void;
  /** The presentation timestamp, in seconds, of the picture that the browser shows. */
  mediaTime(metadata: VideoFrameCallbackMetadata): number;
  /** Settles when the last such picture is seen, or cannot be waited for; undefined where none is under way. */
  pictureShown(): Promise<void> | undefined;
  /** Whether the pictures are seen; black from the next one or `refresh` on while not. */
  show(on: boolean): void;
  /** Shows the last such picture once more. */
  refresh(): void;
  close(): void;
}

export interface AudioSink {
  readonly track: MediaStreamTrack | undefined;
  /** Takes blocks of sound. */
  readonly port: MessagePort;
  /** Sound will be wanted: starts what it needs. */
  prepare(): void;
  /** Sound is wanted. Inside a user gesture: wakes the AudioContext. */
  resume(): void;
  /** What the element would do to the sound, 0 when muted, where it goes around the element. */
  setVolume(volume: number): void;
  /** The sound as a stream for other AudioContexts, from then on instead of the way it went. Undefined once closed. */
  divert(): MediaStream | undefined;
  /** A new track of the sound as it is before volume and muted. */
  capture(): MediaStreamTrack | undefined;
  close(): void;
}

/** Chromium's track that is written into; no library of TypeScript's has it. */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(options: { kind: "video" });
  readonly writable: WritableStream<VideoFrame>;
}

class GeneratorVideo implements VideoSink {
  readonly #track = new MediaStreamTrackGenerator({ kind: "video" });
  readonly stream = new MediaStream([this.#track]);
  readonly writable = this.#track.writable;

  frame(frame: VideoFrame): void {
    frame.close();
  }

  readonly #arrivals = new Arrivals();

  showIn(element: HTMLMediaElement, isAwaited: () => boolean): void {
    this.#arrivals.watch(element, isAwaited);
  }

  awaitPicture(): void {
    this.#arrivals.awaitNext();
  }

  written(timestamp: number): void {
    this.#arrivals.written(timestamp);
  }

  /** It is that of the VideoFrame. */
  mediaTime({ mediaTime }: VideoFrameCallbackMetadata): number {
    return mediaTime;
  }

  pictureShown(): Promise<void> | undefined {
    return this.#arrivals.shown();
  }

  show(on: boolean): void {
    this.#track.enabled = on;
  }

  refresh(): void {}

  close(): void {}
}

/** How often the worklet is told the time, in milliseconds. */
const CLOCK_INTERVAL = 100;
/** The same while the context has only just begun; nothing is sent yet. */
const FIRST_CLOCK_INTERVAL = 5;
/** For so long, in seconds, a context that has just begun does not know well which frame is heard when. */
const SETTLING = 0.2;
/** After so many ticks without a running context, sound is no longer sent. */
const STANDING_TICKS = 20;
/** For how long, in milliseconds, playback waits for its sound to be started. */
const START_MAX = 1_000;
/** Over how many readings the clock is taken. */
const CLOCK_READINGS = 20;

/**
 * Of the time from the worklet to the ear, this much in seconds is made up for. More would make the blocks, which come
 * 100 ms ahead, too late.
 */
const LONGEST_OUTPUT_LATENCY = 0.05;
/**
 * A canvas is captured when the page is painted after it was drawn on, and what was captured is seen when it is painted once
 * more: 17 ms later than what a decoder of the browser's gives the element at the same time. The way from the worker to the
 * canvas takes the rest. The sound of the same stream waits so many seconds for its picture.
 */
const CANVAS_LATENCY = 0.02;
/** How long a change of volume takes, in seconds: at once would click. */
const VOLUME_RAMP = 0.01;

/**
 * An AudioWorklet that plays blocks at their time, into a track or to the speakers. To the speakers, it is started when it
 * is first needed: pictures do not wait for it.
 */
class WorkletAudio implements AudioSink {
  readonly #workletUrl: () => string;
  readonly #way: Way;
  readonly #onSound: (on: boolean) => void;
  readonly #channel = new MessageChannel();
  readonly port = this.#channel.port1;
  #context: AudioContext | undefined;
  #gain: GainNode | undefined;
  #output: AudioNode | undefined;
  #diverted: MediaStreamAudioDestinationNode | undefined;
  #captured: MediaStreamAudioDestinationNode | undefined;
  #node: AudioWorkletNode | undefined;
  track: MediaStreamTrack | undefined;
  #volume = 1;
  /** What `#onSound` was told; before, playback waits. */
  #told: boolean | undefined;
  /** The worklet plays what it is sent. */
  #ready = false;
  #closed = false;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #readings: number[] = [];
  /** Ticks in a row at which the context stood still. */
  #standing = 0;

  constructor(workletUrl: () => string, way: Way, onSound: (on: boolean) => void) {
    this.#workletUrl = workletUrl;
    this.#way = way;
    this.#onSound = onSound;
    if (way === "element") {
      this.prepare(); // The stream needs its track.
    }
  }

  prepare(): void {
    if (this.#context || this.#closed) {
      return;
    }
    const { context, loaded } = takeSoundContext(this.#workletUrl);
    this.#context = context;
    if (this.#way === "speakers") {
      this.#output = this.#gain = context.createGain();
      this.#gain.gain.value = this.#volume;
      this.#gain.connect(context.destination);
    } else {
      const destination = context.createMediaStreamDestination();
      this.#output = destination;
      this.track = destination.stream.getAudioTracks()[0];
    }
    context.addEventListener("statechange", this.#stateChanged);
    loaded.then(
      () => this.#start(context),
      (error: unknown) => {
        if (!this.#closed) {
          console.warn("mse-polyfill: no sound, for the AudioWorklet cannot be loaded (see workletUrl):", error);
          this.#tell(false);
        }
      },
    );
  }

  #start(context: AudioContext): void {
    if (this.#closed || !this.#output) {
      return;
    }
    const node = (this.#node = new AudioWorkletNode(context, "mse-polyfill-sound", {
      numberOfInputs: 0,
      outputChannelCount: [2],
    }));
    node.connect(this.#output);
    if (this.#captured) {
      node.connect(this.#captured);
    }
    node.port.onmessage = () => {
      this.#ready = true;
      this.#tell(true);
    };
    const source: SoundSource = { port: this.#channel.port2 };
    node.port.postMessage(source, [source.port]);
    this.#tick();
    this.#ticking = setInterval(() => this.#tick(), CLOCK_INTERVAL);
  }

  readonly #stateChanged = (): void => {
    this.#readings = [];
    this.#tick();
  };

  #tick(): void {
    const context = this.#context;
    if (this.#closed || !context || !this.#node) {
      return;
    }
    if (context.state === "running") {
      const clock = this.#clock(context);
      if (this.#ready || context.currentTime > SETTLING) {
        this.#node.port.postMessage(clock);
      } else {
        setTimeout(() => this.#tick(), FIRST_CLOCK_INTERVAL);
      }
    }
    this.#watch(context);
  }

  /** Which frame is to be rendered when, to be heard in time. */
  #clock(context: AudioContext): SoundClock {
    const epoch = performance.timeOrigin + performance.now();
    this.#readings.push(this.#reading(context, epoch));
    this.#readings.splice(0, this.#readings.length - CLOCK_READINGS);
    const sorted = [...this.#readings].sort((a, b) => a - b);
    // What the device says scatters. `currentTime` moves in steps and so is always somewhat behind: furthest ahead is truest.
    const ahead = sorted[this.#way === "speakers" ? sorted.length >> 1 : sorted.length - 1] ?? 0;
    return { epoch, frame: (epoch / 1000 + ahead) * context.sampleRate };
  }

  /**
   * How far, in seconds, the context's time is ahead of wall time. An element makes up for its own latency, but its pictures
   * come from a canvas. And Firefox must not be asked for an output latency: the page waits for the device with a lock that
   * the device's callback waits for, and now and then both wait for ever.
   */
  #reading(context: AudioContext, epoch: number): number {
    const rendered = context.currentTime - epoch / 1000;
    if (this.#way === "element") {
      return rendered + CANVAS_LATENCY;
    }
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    if (contextTime && performanceTime) {
      const heard = contextTime - (performance.timeOrigin + performanceTime) / 1000;
      return Math.max(heard, rendered - LONGEST_OUTPUT_LATENCY);
    }
    return rendered - Math.min(context.outputLatency || 0, LONGEST_OUTPUT_LATENCY);
  }

  #tell(on: boolean): void {
    if (this.#told !== on) {
      this.#told = on;
      this.#onSound(on);
    }
  }

  /** A context that no gesture has woken would let the blocks of a muted video pile up for as long as it plays. */
  #watch(context: AudioContext): void {
    const stands = context.state !== "running";
    this.#standing = stands ? this.#standing + 1 : 0;
    if (this.#told && this.#standing >= STANDING_TICKS) {
      this.#tell(false);
    } else if (!stands && this.#ready) {
      this.#tell(true);
    }
  }

  resume(): void {
    this.prepare();
    if (this.#told === undefined) {
      if (this.#volume === 0) {
        this.#tell(false); // Nobody will miss the beginning.
      } else {
        setTimeout(() => this.#told ?? this.#tell(false), START_MAX);
      }
    }
    if (this.#context?.state === "suspended") {
      this.#standing = 0;
      if (this.#ready) {
        // It will run in a moment: what is written until then is to be heard.
        this.#tell(true);
      }
      void this.#context.resume().catch(() => undefined);
    }
  }

  setVolume(volume: number): void {
    this.#volume = volume;
    this.#gain?.gain.setTargetAtTime(volume, this.#gain.context.currentTime, VOLUME_RAMP);
  }

  divert(): MediaStream | undefined {
    this.prepare();
    const context = this.#context;
    if (this.#closed || !context) {
      return undefined;
    }
    if (!this.#diverted) {
      this.#diverted = context.createMediaStreamDestination();
      // In an element's track it had no gain: the element turned it down, which nobody does from here on.
      const gain = (this.#gain ??= context.createGain());
      gain.gain.value = this.#volume;
      gain.disconnect();
      gain.connect(this.#diverted);
      this.#node?.disconnect();
      this.#node?.connect(gain);
      if (this.#captured) {
        this.#node?.connect(this.#captured);
      }
      this.#output = gain;
      this.#readings = [];
    }
    return this.#diverted.stream;
  }

  capture(): MediaStreamTrack | undefined {
    this.prepare();
    if (!this.#captured && this.#context && !this.#closed) {
      this.#captured = this.#context.createMediaStreamDestination();
      this.#node?.connect(this.#captured);
    }
    return this.#captured?.stream.getAudioTracks()[0]?.clone();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#ticking);
    this.#node?.port.postMessage(null);
    this.#node?.disconnect();
    this.#output?.disconnect();
    this.#channel.port2.close();
    if (this.#context) {
      this.#context.removeEventListener("statechange", this.#stateChanged);
      giveBackSoundContext();
    }
  }
}
