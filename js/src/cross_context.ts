/**
 * A MediaSource in a worker and its element on the page: MSE § 3.15.1, as far as a message channel is between them. The
 * page makes a data plane and hands the worker a port to it; what the worker does to its source, the page hears
 * (`src/control_plane/halves.rs`).
 */
import type { Attachment, AttachmentListener } from "./attachment";
import { messageOf } from "./host";
import type { AppendBuffer } from "./host";
import type { CommandChannel, CommandSink, DataPlaneLink } from "./link";
import type { Engine } from "./load_engine";
import type { MediaSource } from "./media_source";
import type { MediaSourceHandleState } from "./media_source_handle";
import type { LIBRARY } from "./source_handles";
import { workerEnded } from "./worker_end";
import version from "built:version";

/** What is of the script, to which all of this belongs. */
type Library = typeof LIBRARY;

/** From the page to the worker. */
type ToSource =
  /** An element takes the source. `version` is the page's library's. */
  | { type: "attach"; version: string; module: WebAssembly.Module; dataPlane: MessagePort }
  /** What the element decides for the source. */
  | Uint8Array
  /** The data plane is lost. */
  | { type: "lost" }
  /** The element has given it up. */
  | { type: "detach" };

/** From the worker to the page. */
type FromSource =
  /** Changes of the source, one behind the other. */
  | Uint8Array
  /** The source is open. */
  | { type: "attached" }
  | { type: "failure"; message: string };

/** In the worker: opens the source when an element takes it, and closes it when the element gives it up. */
export function awaitAttachment(source: MediaSource, page: MessagePort, library: Library): void {
  const { Attachment, adoptEngine, onMessage } = library;
  const post = (message: FromSource) => page.postMessage(message);
  let attachment: Attachment | undefined;
  onMessage<ToSource>(page, (message) => {
    if (message instanceof Uint8Array) {
      attachment?.replay(message);
      return;
    }
    if (message.type === "lost") {
      if (source.readyState === "open") {
        attachment?.endAsUndecodable();
      }
      return;
    }
    if (message.type === "detach") {
      attachment?.close();
      page.close();
      return;
    }
    try {
      if (message.version !== version) {
        throw new Error(`the page has mse-polyfill ${message.version}, the worker ${version}`);
      }
      const engine = adoptEngine(message.module);
      const link = new SourceLink(message.dataPlane, (events) => attachment?.receive(events), library);
      attachment = new Attachment(engine.createControlPlane("source"), link, { source, mirror: post });
      post({ type: "attached" });
      attachment.call(() => undefined); // The opening has queued its tasks.
    } catch (error) {
      post({ type: "failure", message: messageOf(error) });
    }
  });
}

/** The way of a source in a worker to the data plane that the page has started. */
class SourceLink implements CommandSink {
  readonly #port: MessagePort;
  readonly #channel: CommandChannel;

  constructor(port: MessagePort, onEvents: (bytes: Uint8Array) => void, { CommandChannel, onMessage }: Library) {
    this.#port = port;
    this.#channel = new CommandChannel((message, transfer) => port.postMessage(message, transfer), onEvents);
    onMessage<AppendBuffer | Uint8Array>(port, (message) => this.#channel.receive(message));
  }

  post(commands: Uint8Array, media?: Uint8Array): void {
    this.#channel.post(commands, media);
  }

  close(): void {
    this.#channel.close();
    this.#port.close();
  }
}

/** On the page: attaches the source behind a handle that was claimed. */
export function attachHandle(
  engine: Engine,
  { port, worker }: MediaSourceHandleState,
  element: AttachmentListener,
  { Attachment, DataPlaneLink, onMessage, scriptUrls }: Library,
): Attachment<DataPlaneLink> {
  if (!port) {
    throw new Error("the handle was transferred");
  }
  const { port1, port2 } = new MessageChannel();
  const link = new DataPlaneLink(engine, {
    ...scriptUrls(),
    source: port1,
    onEvents: (events) => attachment.receive(events),
    onFailure: (message) => {
      if (!attachment.isClosed) {
        element.failed(message);
        post({ type: "lost" });
      }
    },
  });
  const post = (message: ToSource, ...transfer: Transferable[]) => port.postMessage(message, transfer);
  const attachment = new Attachment(engine.createControlPlane("element"), link, {
    element,
    mirror: post,
    onClose: () => post({ type: "detach" }),
  });
  let isAttached = false;
  onMessage<FromSource>(port, (message) => {
    if (attachment.isClosed) {
      return;
    }
    if (message instanceof Uint8Array) {
      attachment.replay(message);
    } else if (message.type === "attached") {
      isAttached = true;
    } else {
      element.failed(`The MediaSource's worker could not be used: ${message.message}`);
    }
  });
  post({ type: "attach", version, module: engine.module, dataPlane: port2 }, port2);
  const ended = () => {
    if (attachment.isClosed) {
      return;
    }
    if (isAttached) {
      attachment.loseSource();
    } else {
      element.failed("The MediaSource's worker has ended.");
    }
  };
  workerEnded(worker).then(ended, () => undefined);
  return attachment;
}
