import type { DataPlaneHost, DataPlaneHostCallbacks, WorkerSinks } from "./engine";

/** The wasm module's class. */
export type DataPlaneHostClass = new (sinks: WorkerSinks, callbacks: DataPlaneHostCallbacks) => DataPlaneHost;

/** What the page sends to the data plane's side. */
export type ToHost =
  /** Makes the instance; comes first. */
  | { type: "module"; module: WebAssembly.Module }
  /** Makes the data plane. */
  | { type: "init"; sinks: WorkerSinks }
  /** Of `media`, the first `length` bytes count. */
  | { type: "command"; command: Uint8Array; media?: ArrayBuffer; length?: number }
  | { type: "refresh" }
  /** Whether anything hears the sound. */
  | { type: "sound"; on: boolean };

/** What comes back. */
export type FromHost =
  /** The worker's script runs and waits for "module". */
  | { type: "loaded" }
  /** The data plane is there; it has the sinks. */
  | { type: "ready" }
  /** Events, and where they end the handling of an append its memory, emptied. */
  | { type: "events"; bytes: Uint8Array; buffer?: ArrayBuffer }
  | { type: "frame"; frame: VideoFrame; rotation: number }
  /** The memory of an append that had no events. */
  | { type: "buffer"; buffer: ArrayBuffer }
  /** Nothing works any more. */
  | { type: "failure"; message: string };

/** A worker's scope, or a port in the page. */
export interface HostPort {
  onmessage: ((message: MessageEvent<ToHost>) => void) | null;
  postMessage(message: FromHost, transfer: Transferable[]): void;
}

/** What an exception says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Makes a data plane and lets it be spoken to through `port`. */
export function serve(port: HostPort, Host: DataPlaneHostClass, sinks: WorkerSinks): DataPlaneHost {
  const post = (message: FromHost, ...transfer: Transferable[]) => port.postMessage(message, transfer);
  /** Of the append that is being received. It goes back with its events: every message costs as much as 16 KiB. */
  let emptied: ArrayBuffer | undefined;
  const host = new Host(sinks, {
    events: (bytes) => {
      const buffer = emptied;
      emptied = undefined;
      post({ type: "events", bytes, buffer }, ...(buffer ? [buffer] : []));
    },
    frame: (frame, rotation) => post({ type: "frame", frame, rotation }, frame),
  });
  port.onmessage = ({ data: message }) => {
    try {
      if (message.type === "command") {
        const { command, media, length } = message;
        emptied = media;
        // The bytes are copied before anything else happens.
        host.receive(command, media && new Uint8Array(media, 0, length));
        if (emptied) {
          post({ type: "buffer", buffer: emptied }, emptied);
          emptied = undefined;
        }
      } else if (message.type === "refresh") {
        host.refresh();
      } else if (message.type === "sound") {
        host.setSound(message.on);
      }
    } catch (error) {
      post({ type: "failure", message: messageOf(error) });
    }
  };
  post({ type: "ready" });
  return host;
}
