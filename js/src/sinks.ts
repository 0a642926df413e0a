import type { WorkerSinks } from "./engine";
import type { SoundClock, SoundSource } from "./worklet";

/** Where pictures and sound of one data plane come out on the page: one stream, for an element's `srcObject`. */
export interface PageSinks {
  /** Has a video and an audio track. */
  readonly stream: MediaStream;
  /** What the data plane writes into. */
  readonly workerSinks: WorkerSinks;
  /** What of `workerSinks` is transferred to a worker. */
  readonly transfer: Transferable[];
  /** Shows a picture that did not go through `workerSinks.video`, turned clockwise by `rotation` degrees; closes it. */
  frame(frame: VideoFrame, rotation: number): void;
  /** Shows the last such picture once more. */
  refresh(): void;
  /** Inside a user gesture: wakes the AudioContext, where there is one. */
  resumeAudio(): void;
  close(): void;
}

/** Makes the sinks that this browser is best at. `workletUrl` is called where sound needs an AudioWorklet. */
export function createSinks(workletUrl: () => string): PageSinks {
  const video: VideoSink = "MediaStreamTrackGenerator" in globalThis ? new GeneratorVideo() : new CanvasVideo();
  const audio: AudioSink = "MediaStreamTrackGenerator" in globalThis ? new GeneratorAudio() : new WorkletAudio(workletUrl);
  const stream = video.stream;
  stream.addTrack(audio.track);
  return {
    stream,
    workerSinks: { video: video.writable, audio: audio.writable, audioPort: audio.port },
    transfer: [video.writable, audio.writable, audio.port].filter((part) => part !== undefined),
    frame: (frame, rotation) => video.frame(frame, rotation),
    refresh: () => video.refresh(),
    resumeAudio: () => audio.resume(),
    close() {
      stream.getTracks().forEach((track) => track.stop());
      video.close();
      audio.close();
    },
  };
}

interface VideoSink {
  readonly stream: MediaStream;
  readonly writable?: WritableStream<VideoFrame>;
  frame(frame: VideoFrame, rotation: number): void;
  refresh(): void;
  close(): void;
}

interface AudioSink {
  readonly track: MediaStreamTrack;
  readonly writable?: WritableStream<AudioData>;
  readonly port?: MessagePort;
  resume(): void;
  close(): void;
}

/** Chromium's track that is written into; no library of TypeScript's has it. */
declare class MediaStreamTrackGenerator<T> extends MediaStreamTrack {
  constructor(options: { kind: "video" | "audio" });
  readonly writable: WritableStream<T>;
}

class GeneratorVideo implements VideoSink {
  readonly #track = new MediaStreamTrackGenerator<VideoFrame>({ kind: "video" });
  readonly stream = new MediaStream([this.#track]);
  readonly writable = this.#track.writable;

  frame(frame: VideoFrame): void {
    frame.close();
  }

  refresh(): void {}

  close(): void {}
}

class GeneratorAudio implements AudioSink {
  readonly track = new MediaStreamTrackGenerator<AudioData>({ kind: "audio" });
  readonly writable = this.track.writable;

  resume(): void {}

  close(): void {}
}

/** A canvas that is captured whenever something was drawn. */
class CanvasVideo implements VideoSink {
  readonly #canvas = document.createElement("canvas");
  readonly #context = this.#canvas.getContext("2d", { alpha: false });
  readonly stream = this.#canvas.captureStream(0);
  /** Draws in a task of its own, so that of frames that piled up behind a busy page only the last is drawn. */
  readonly #draw = new MessageChannel();
  #next: { frame: VideoFrame; rotation: number } | undefined;

  constructor() {
    this.#draw.port1.onmessage = () => this.#drawNext();
  }

  frame(frame: VideoFrame, rotation: number): void {
    if (this.#next) {
      this.#next.frame.close();
    } else {
      this.#draw.port2.postMessage(null);
    }
    this.#next = { frame, rotation };
  }

  #drawNext(): void {
    const next = this.#next;
    this.#next = undefined;
    if (!next || !this.#context) {
      return;
    }
    const { frame, rotation } = next;
    const { displayWidth: width, displayHeight: height } = frame;
    const turned = rotation % 180 !== 0;
    this.#resize(turned ? height : width, turned ? width : height);
    this.#context.setTransform(1, 0, 0, 1, this.#canvas.width / 2, this.#canvas.height / 2);
    this.#context.rotate((rotation * Math.PI) / 180);
    this.#context.drawImage(frame, -width / 2, -height / 2, width, height);
    frame.close();
    this.#capture();
  }

  /** Setting a size, even the same, empties the canvas. */
  #resize(width: number, height: number): void {
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
  }

  /** The specification has `requestFrame` on the track; Firefox has it on the stream. */
  #capture(): void {
    const [track] = this.stream.getVideoTracks();
    for (const target of [track, this.stream] as { requestFrame?(): void }[]) {
      if (target?.requestFrame) {
        target.requestFrame();
        return;
      }
    }
  }

  refresh(): void {
    // Only a canvas that was drawn on is captured.
    this.#context?.setTransform(1, 0, 0, 1, 0, 0);
    this.#context?.drawImage(this.#canvas, 0, 0);
    this.#capture();
  }

  close(): void {
    this.#next?.frame.close();
    this.#next = undefined;
    this.#draw.port1.close();
    // Gives the pixels back before the collector comes.
    this.#resize(0, 0);
  }
}

/** How often the worklet is told the time, in milliseconds. */
const CLOCK_INTERVAL = 100;
/** Over how many readings the clock is taken. */
const CLOCK_READINGS = 20;

/** An AudioWorklet that plays blocks at their time, into a track. */
class WorkletAudio implements AudioSink {
  readonly #context = new AudioContext({ latencyHint: "interactive" });
  readonly #destination = this.#context.createMediaStreamDestination();
  readonly #channel = new MessageChannel();
  readonly track = this.#destination.stream.getAudioTracks()[0]!;
  readonly port = this.#channel.port1;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #readings: number[] = [];

  constructor(workletUrl: () => string) {
    this.#start(workletUrl()).catch((error: unknown) => {
      console.warn("mse-polyfill: no sound, for the AudioWorklet cannot be loaded (see workletUrl):", error);
    });
    this.#context.onstatechange = () => (this.#readings = []);
  }

  async #start(url: string): Promise<void> {
    await this.#context.audioWorklet.addModule(url);
    if (url.startsWith("blob:")) {
      URL.revokeObjectURL(url);
    }
    const node = new AudioWorkletNode(this.#context, "mse-polyfill-sound", {
      numberOfInputs: 0,
      outputChannelCount: [2],
    });
    node.connect(this.#destination);
    const tick = () => node.port.postMessage(this.#clock());
    tick();
    this.#ticking = setInterval(tick, CLOCK_INTERVAL);
    const source: SoundSource = { port: this.#channel.port2 };
    node.port.postMessage(source, [source.port]);
  }

  /**
   * Which frame is rendered when. `currentTime` moves in steps and so is always somewhat behind; the reading that is
   * furthest ahead is the truest.
   */
  #clock(): SoundClock {
    const epoch = performance.timeOrigin + performance.now();
    this.#readings.push(this.#context.currentTime * 1000 - epoch);
    this.#readings.splice(0, this.#readings.length - CLOCK_READINGS);
    const ahead = Math.max(...this.#readings);
    return { epoch, frame: ((epoch + ahead) / 1000) * this.#context.sampleRate };
  }

  resume(): void {
    if (this.#context.state === "suspended") {
      void this.#context.resume().catch(() => undefined);
    }
  }

  close(): void {
    clearInterval(this.#ticking);
    void this.#context.close().catch(() => undefined);
  }
}
