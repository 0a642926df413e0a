import type { CanvasVideo } from "./canvas_video";
import type { DataPlaneHost, WorkerSinks } from "./engine";
import {
  APPEND_HEADER,
  type AppendBuffer,
  EVENTS_HEADER,
  type FromHost,
  type HostPort,
  type ToHost,
  messageOf,
} from "./host";
import { pageHostSoon } from "./page_host_soon";
import { type WorkerStart, giveBackWorker, takeWorker } from "./worker_start";
import { type AudioSink, type VideoSink, createSinks } from "./sinks";
import { onMessage } from "./tasks";

/** The wasm module and the scripts that go with it. */
export interface EngineModule {
  module: WebAssembly.Module;
  /** Script of the dedicated worker. */
  workerSource: string;
  /** Script of the AudioWorklet. */
  workletSource: string;
  /** What draws the pictures, where the browser has no tracks that are written into. */
  CanvasVideo: typeof CanvasVideo | undefined;
}

export interface LinkOptions {
  /** Where the worker's script is, for pages whose policy forbids blob: URLs. */
  workerUrl?: string;
  /** The same for the AudioWorklet's. */
  workletUrl?: string;
  /** Where a worker has the source: its way to the data plane. Only the element's commands are posted here then. */
  source?: MessagePort;
  /** Events of the data plane, one behind the other. */
  onEvents(bytes: Uint8Array): void;
  /** The data plane is gone. */
  onFailure(message: string): void;
}

/** Transfer buffers are made in steps of this many bytes, so that they fit again. */
const BUFFER_STEP = 64 * 1024;
/** Transfer buffers kept for the next append. */
const BUFFERS_KEPT = 4;
/** A larger transfer buffer is not kept. */
const LARGEST_KEPT = 16 * 1024 * 1024;

/** The largest that is left for the page's next source. */
const LARGEST_LEFT = 4 * 1024 * 1024;
let left: AppendBuffer | undefined;

/** Where a control plane's commands go. */
export interface CommandSink {
  /** Sends commands, with a copy of the bytes of the append among them. */
  post(commands: Uint8Array, media?: Uint8Array): void;
  /** Whether there is a picture to show. */
  showPicture?(on: boolean): void;
  /** Nothing is sent or called back any more. */
  close(): void;
}

/** Commands and appends as messages, and the events that come back in the same buffers. */
export class CommandChannel {
  readonly #send: (message: ToHost, transfer: Transferable[]) => void;
  readonly #onEvents: (bytes: Uint8Array) => void;
  #buffers: AppendBuffer[] = left ? [left] : [];
  #closed = false;

  constructor(send: (message: ToHost, transfer: Transferable[]) => void, onEvents: (bytes: Uint8Array) => void) {
    this.#send = send;
    this.#onEvents = onEvents;
    left = undefined;
  }

  post(commands: Uint8Array, media?: Uint8Array): void {
    if (!media) {
      this.#send(commands, []);
      return;
    }
    const buffer = this.#takeBuffer(APPEND_HEADER + commands.length + media.length);
    new Uint32Array(buffer, 0, 2).set([commands.length, media.length]);
    const bytes = new Uint8Array(buffer, APPEND_HEADER);
    bytes.set(commands);
    bytes.set(media, commands.length);
    this.#send(buffer, [buffer]);
  }

  /** Takes a message with events. */
  receive(message: AppendBuffer | Uint8Array): void {
    if (message instanceof Uint8Array) {
      this.#tell(message);
      return;
    }
    const [length = 0] = new Uint32Array(message, 0, 1);
    if (length > 0) {
      this.#tell(new Uint8Array(message, EVENTS_HEADER, length));
    }
    this.#keepBuffer(message);
  }

  close(): void {
    this.#closed = true;
    left = this.#buffers.filter(({ byteLength }) => byteLength <= LARGEST_LEFT).at(-1) ?? left;
    this.#buffers = [];
  }

  #tell(events: Uint8Array): void {
    if (!this.#closed) {
      this.#onEvents(events);
    }
  }

  /** A transfer buffer of at least `minimumSize` bytes, used before if possible: fresh memory is slow. */
  #takeBuffer(minimumSize: number): AppendBuffer {
    const fits = this.#buffers.findIndex((buffer) => buffer.byteLength >= minimumSize);
    const [buffer] = fits < 0 ? [] : this.#buffers.splice(fits, 1);
    return buffer ?? new ArrayBuffer(Math.max(1, Math.ceil(minimumSize / BUFFER_STEP)) * BUFFER_STEP);
  }

  /** The largest stay: they fit whatever comes. The smallest is first, so that it is the first found to fit. */
  #keepBuffer(buffer: AppendBuffer): void {
    if (buffer.byteLength <= LARGEST_KEPT && !this.#closed) {
      this.#buffers.push(buffer);
      this.#buffers.sort((a, b) => a.byteLength - b.byteLength);
      this.#buffers.splice(0, this.#buffers.length - BUFFERS_KEPT);
    }
  }
}

function blobUrl(script: string): string {
  return URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
}

/**
 * A data plane as the page sees it: commands in, events and a stream out. It lives in a worker of its own, or in the page
 * where no worker can be started.
 */
export class DataPlaneLink implements CommandSink {
  readonly video: VideoSink;
  readonly audio: AudioSink;
  readonly #engine: EngineModule;
  readonly #options: LinkOptions;
  readonly #channel: CommandChannel;
  /** The worker or the host in the page, once what is sent there is taken. */
  #port: { postMessage(message: ToHost, transfer: Transferable[]): void } | undefined;
  #start: WorkerStart | undefined;
  #pageHost: DataPlaneHost | undefined;
  #pageChannel: MessageChannel | undefined;
  /** Commands of the time before. */
  #waiting: [ToHost, Transferable[]][] = [];
  #closed = false;
  #failed = false;
  #awaitsPicture = () => false;
  /** Events that a picture is ahead of. */
  #held: (AppendBuffer | Uint8Array)[] | undefined;
  /** Who waits for numbers, in order. */
  readonly #inspectors: ((numbers: Float64Array) => void)[] = [];

  constructor(engine: EngineModule, options: LinkOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#channel = new CommandChannel((message, transfer) => this.#post(message, transfer), options.onEvents);
    const { video, audio } = createSinks(
      () => options.workletUrl ?? blobUrl(engine.workletSource),
      (on) => this.#post({ type: "sound", on }, []),
      engine.CanvasVideo,
    );
    this.video = video;
    this.audio = audio;
    this.#startWorker();
  }

  /** Sends commands, with a copy of the bytes of the append among them. */
  post(commands: Uint8Array, media?: Uint8Array): void {
    this.#channel.post(commands, media);
  }

  /**
   * The element shows the stream from now on. Where pictures take a while from here to it, events wait for them as long
   * as `awaitsPicture` says so: the page is to find on the element what it is told of.
   */
  showIn(element: HTMLMediaElement, awaitsPicture: () => boolean): void {
    this.#awaitsPicture = awaitsPicture;
    this.video.showIn(element, awaitsPicture);
  }

  /** New tracks of the picture and of the sound, as far as they are asked for. */
  capture(video: boolean, sound: boolean): MediaStreamTrack[] {
    const tracks = [video && this.video.stream.getVideoTracks()[0]?.clone(), sound && this.audio.capture()];
    this.refresh(); // They begin with the picture that is shown.
    return tracks.filter((track) => typeof track === "object");
  }

  /** See {@link DataPlaneHost.inspect}. Never settles when the data plane has ended. */
  inspect(from: number, to: number): Promise<Float64Array> {
    this.#post({ type: "inspect", from, to }, []);
    return new Promise((resolve) => this.#inspectors.push(resolve));
  }

  /** Writes the current picture once more, if there is one and it is written: to a stream without a reader it is lost. */
  showLost(): void {
    this.#post({ type: "refresh" }, []);
  }

  /** Shows the current picture once more: one that came before the element showed the stream may be lost. */
  refresh(): void {
    this.video.refresh();
    this.showLost();
  }

  /** Without a selected video track the element shows nothing. */
  showPicture(on: boolean): void {
    this.video.show(on);
    if (!on) {
      this.refresh();
    }
  }

  /** Ends data plane, tracks and AudioContext and frees everything. Nothing is called back any more. */
  close(): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    if (this.#start && this.#port && !this.#failed) {
      giveBackWorker(this.#start);
    } else {
      this.#start?.worker.terminate();
    }
    this.#pageChannel?.port1.close();
    this.#pageHost?.free();
    this.#pageHost = undefined;
    this.video.stream.getTracks().forEach((track) => track.stop());
    this.video.close();
    this.audio.close();
    this.#waiting = [];
    this.#channel.close();
    this.#port = { postMessage: () => undefined };
  }

  #startWorker(): void {
    let start: WorkerStart;
    try {
      start = takeWorker(this.#engine, this.#options.workerUrl);
    } catch {
      this.#startInPage();
      return;
    }
    const { worker } = start;
    this.#start = start;
    if (start.isRunning) {
      this.#begin(worker); // It may still be ending what it did before.
    }
    start.whenSettled((loaded) => {
      if (this.#closed) {
        return;
      }
      if (!loaded && this.#port) {
        this.#fail("the worker stopped");
        return;
      }
      if (!loaded) {
        this.#start = undefined;
        this.#startInPage();
        return;
      }
      onMessage<FromHost>(worker, (message) => this.#receive(message));
      worker.onerror = (event) => {
        event.preventDefault();
        this.#fail(event.message || "the worker stopped");
      };
      if (!this.#port) {
        this.#begin(worker);
      }
    });
  }

  get #workerSinks(): WorkerSinks {
    return { video: this.video.writable, audioPort: this.audio.port };
  }

  #begin(worker: Worker): void {
    const { source } = this.#options;
    const sinks = this.#workerSinks;
    const init: ToHost = { type: "init", sinks, source };
    worker.postMessage(init, [sinks.video, sinks.audioPort, source].filter((part) => part !== undefined));
    this.#sendTo(worker);
  }

  #sendTo(port: Worker | MessagePort): void {
    this.#port = port;
    this.#waiting.splice(0).forEach((waiting) => port.postMessage(...waiting));
  }

  /** The host behind a channel, so that everything arrives as asynchronously as from a worker. */
  #startInPage(): void {
    this.#pageChannel = new MessageChannel();
    const { port1, port2 } = this.#pageChannel;
    onMessage<FromHost>(port1, (message) => this.#receive(message));
    pageHostSoon()
      .then(({ serveInPage }) => {
        if (!this.#closed) {
          this.#pageHost = serveInPage(this.#engine.module, port2 as HostPort, this.#workerSinks, this.#options.source);
          this.#sendTo(port1);
        }
      })
      .catch((error: unknown) => this.#fail(messageOf(error)));
  }

  #receive(message: FromHost): void {
    if (message instanceof ArrayBuffer || message instanceof Uint8Array) {
      this.#receiveEvents(message);
      return;
    }
    if (this.#closed) {
      if (message.type === "frame") {
        message.frame.close();
      }
      return;
    }
    switch (message.type) {
      case "written":
        this.video.written(message.timestamp);
        break;
      case "frame":
        this.video.frame(message.frame, message.rotation);
        break;
      case "inspected":
        this.#inspectors.shift()?.(message.numbers);
        break;
      case "failure":
        this.#fail(message.message);
        break;
    }
  }

  #receiveEvents(message: AppendBuffer | Uint8Array): void {
    const shown = this.#held || !this.#awaitsPicture() ? undefined : this.video.pictureShown();
    if (shown) {
      this.#held = [];
      void shown.then(() => {
        const held = this.#held ?? [];
        this.#held = undefined;
        held.forEach((message) => this.#channel.receive(message));
      });
    }
    if (this.#held) {
      this.#held.push(message);
    } else {
      this.#channel.receive(message);
    }
  }

  #post(message: ToHost, transfer: Transferable[]): void {
    if (this.#port) {
      this.#port.postMessage(message, transfer);
    } else {
      this.#waiting.push([message, transfer]);
    }
  }

  #fail(message: string): void {
    this.#failed = true;
    if (!this.#closed) {
      this.#options.onFailure(message);
    }
  }
}
