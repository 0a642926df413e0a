import type { DataPlaneHost, DataPlaneHostCallbacks, EngineError, WorkerSinks } from "./engine";

/** The wasm module's class. */
export type DataPlaneHostClass = new (
  video: WritableStreamDefaultWriter<VideoFrame> | undefined,
  audioPort: MessagePort | undefined,
  callbacks: DataPlaneHostCallbacks,
  hasSourceEvents: boolean,
) => DataPlaneHost;

/**
 * An append on its way to the data plane: the number of bytes of the commands and of the media, then those, one behind the
 * other. It comes back with events in it. A message of one buffer costs half of what an object with a few members does.
 */
export type AppendBuffer = ArrayBuffer;
/** Bytes in front of the commands, two numbers of 32 bits. */
export const APPEND_HEADER = 8;
/** Bytes in front of the events in a buffer that comes back: their number. */
export const EVENTS_HEADER = 4;

/** What the page sends to the data plane's side. */
export type ToHost =
  | AppendBuffer
  /** Commands without an append. */
  | Uint8Array
  /** Makes the instance; comes first. */
  | { type: "module"; module: WebAssembly.Module }
  /** Makes the data plane. A source in a worker speaks to it through `source`. */
  | { type: "init"; sinks: WorkerSinks; source?: MessagePort }
  | { type: "refresh" }
  /** Whether anything hears the sound. */
  | { type: "sound"; on: boolean }
  /** Asks for the numbers of {@link DataPlaneHost.inspect}. */
  | { type: "inspect"; from: number; to: number }
  /** Ends the data plane. Nothing comes of it after the answer; another may be made in the same worker. */
  | { type: "close" };

/** What comes back. */
export type FromHost =
  /** The memory of an append, with events in it or none. */
  | AppendBuffer
  /** Events. */
  | Uint8Array
  /** The worker's script runs and waits for "module". */
  | { type: "loaded" }
  | { type: "frame"; frame: VideoFrame; rotation: number }
  /** Answers "inspect", in order. */
  | { type: "inspected"; numbers: Float64Array }
  /** The data plane has been ended. */
  | { type: "closed" }
  /** Ahead of events: the timestamp, in microseconds, of the picture written last. */
  | { type: "written"; timestamp: number }
  /** Nothing works any more. */
  | { type: "failure"; message: string };

/** A worker's scope, or a port in the page. */
export interface HostPort {
  onmessage: ((message: MessageEvent<ToHost>) => void) | null;
  postMessage(message: FromHost, transfer: Transferable[]): void;
}

/** What an exception says, or what the wasm module throws for one. */
export function messageOf(error: unknown): string {
  return String((error as Partial<EngineError> | undefined)?.message ?? error);
}

/**
 * Makes a data plane and lets it be spoken to through `port`, and by a source in a worker through `source`: with one of
 * these, only what concerns the element passes through `port`.
 */
export function serve(port: HostPort, Host: DataPlaneHostClass, sinks: WorkerSinks, source?: MessagePort): DataPlaneHost {
  const post = (message: FromHost, ...transfer: Transferable[]) => port.postMessage(message, transfer);
  const toElement = new Caller(port);
  const toSource = source && new Caller(source as HostPort);
  let written: number | undefined;
  const video = sinks.video && watchWrites(sinks.video.getWriter(), (timestamp) => (written = timestamp));
  const callbacks: DataPlaneHostCallbacks = {
    events(bytes) {
      if (written !== undefined) {
        post({ type: "written", timestamp: written });
        written = undefined;
      }
      toElement.send(bytes);
    },
    sourceEvents: toSource && ((bytes) => toSource.send(bytes)),
    frame: (frame, rotation) => post({ type: "frame", frame, rotation }, frame),
  };
  const host = new Host(video, sinks.audioPort, callbacks, Boolean(source));
  for (const caller of toSource ? [toElement, toSource] : [toElement]) {
    caller.listen(host, (error) => post({ type: "failure", message: messageOf(error) }));
  }
  return host;
}

/** The same writer, which tells the timestamp of each picture. */
function watchWrites(
  writer: WritableStreamDefaultWriter<VideoFrame>,
  note: (timestamp: number) => void,
): WritableStreamDefaultWriter<VideoFrame> {
  const write = writer.write.bind(writer);
  writer.write = (frame) => {
    note(frame?.timestamp ?? 0);
    return write(frame);
  };
  return writer;
}

/** One who gives a data plane commands. */
class Caller {
  readonly #port: HostPort;
  /** Of the last append. It goes back with the next events, mostly its own: every message costs as much as 16 KiB. */
  #emptied: AppendBuffer | undefined;

  constructor(port: HostPort) {
    this.#port = port;
  }

  listen(host: DataPlaneHost, failed: (error: unknown) => void): void {
    this.#port.onmessage = ({ data: message }) => {
      try {
        this.#receive(host, message);
      } catch (error) {
        failed(error);
      }
    };
  }

  /** Sends events. */
  send(bytes: Uint8Array): void {
    if (this.#emptied && EVENTS_HEADER + bytes.length <= this.#emptied.byteLength) {
      this.#giveBack(this.#emptied, bytes);
    } else {
      this.#port.postMessage(bytes, []);
    }
  }

  #receive(host: DataPlaneHost, message: ToHost): void {
    if (message instanceof ArrayBuffer) {
      const [commands = 0, media = 0] = new Uint32Array(message, 0, 2);
      if (this.#emptied) {
        this.#giveBack(this.#emptied); // Another SourceBuffer's append goes on.
      }
      this.#emptied = message;
      host.receive(
        new Uint8Array(message, APPEND_HEADER, commands),
        new Uint8Array(message, APPEND_HEADER + commands, media),
      );
    } else if (message instanceof Uint8Array) {
      host.receive(message);
    } else if (message.type === "refresh") {
      host.refresh();
    } else if (message.type === "sound") {
      host.setSound(message.on);
    } else if (message.type === "inspect") {
      this.#port.postMessage({ type: "inspected", numbers: host.inspect(message.from, message.to) }, []);
    }
  }

  #giveBack(buffer: AppendBuffer, events?: Uint8Array): void {
    new Uint32Array(buffer, 0, 1)[0] = events?.length ?? 0;
    if (events) {
      new Uint8Array(buffer).set(events, EVENTS_HEADER);
    }
    this.#emptied = undefined;
    this.#port.postMessage(buffer, [buffer]);
  }
}
