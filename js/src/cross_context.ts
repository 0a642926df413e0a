/**
 * A MediaSource in a worker and its element on the page: MSE § 3.15.1, as far as a message channel is between them. The
 * page makes a data plane and hands the worker a port to it; what the worker does to its source, the page hears
 * (`src/control_plane/halves.rs`).
 */
import { Attachment } from "./attachment";
import type { AttachmentListener } from "./attachment";
import { scriptUrls } from "./engine_options";
import { messageOf } from "./host";
import { DataPlaneLink, SourceLink } from "./link";
import { adoptEngine } from "./load_engine";
import type { Engine } from "./load_engine";
import { isMediaSource } from "./media_source";
import type { MediaSource } from "./media_source";
import { createMediaSourceHandle, mediaSourceHandleState } from "./media_source_handle";
import type { MediaSourceHandle } from "./media_source_handle";
import { onMessage } from "./tasks";
import { workerEnded, workerName } from "./worker_life";
import version from "built:version";

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

const handles = /* @__PURE__ */ new WeakMap<MediaSource, MediaSourceHandle>();

/** MSE § 3.1, `handle`: the same object each time. Throws TypeError for what is no MediaSource. */
export function handleOf(source: MediaSource): MediaSourceHandle {
  if (!isMediaSource(source)) {
    throw new TypeError("Illegal invocation");
  }
  let handle = handles.get(source);
  if (!handle) {
    const { port1, port2 } = new MessageChannel();
    awaitAttachment(source, port1);
    handles.set(source, (handle = createMediaSourceHandle(port2, workerName())));
  }
  return handle;
}

/** In the worker: opens the source when an element takes it, and closes it when the element gives it up. */
function awaitAttachment(source: MediaSource, page: MessagePort): void {
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
      const link = new SourceLink(message.dataPlane, (events) => attachment?.receive(events));
      attachment = new Attachment(engine.createControlPlane("source"), link, { source, mirror: post });
      post({ type: "attached" });
      attachment.call(() => undefined); // The opening has queued its tasks.
    } catch (error) {
      post({ type: "failure", message: messageOf(error) });
    }
  });
}

/** On the page: attaches the source behind a handle that was claimed. */
export function attachHandle(
  engine: Engine,
  handle: MediaSourceHandle,
  element: AttachmentListener,
): Attachment<DataPlaneLink> {
  const { port, worker } = mediaSourceHandleState(handle);
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
