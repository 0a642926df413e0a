/**
 * Handles of sources in workers. What ties such a source to its element, `cross_context.ts`, is loaded when there is a
 * handle: messages between the two wait for it.
 */
import { Attachment } from "./attachment";
import { scriptUrls } from "./engine_options";
import { CommandChannel, DataPlaneLink } from "./link";
import { adoptEngine } from "./load_engine";
import { isMediaSource } from "./media_source";
import type { MediaSource } from "./media_source";
import { createMediaSourceHandle } from "./media_source_handle";
import type { MediaSourceHandle } from "./media_source_handle";
import { withSeldom } from "./seldom_soon";
import { onMessage } from "./tasks";
import { workerName } from "./worker_name";

/** What `cross_context.ts` is given of the script. */
export const LIBRARY = { Attachment, CommandChannel, DataPlaneLink, adoptEngine, onMessage, scriptUrls };

const handles = /* @__PURE__ */ new WeakMap<MediaSource, MediaSourceHandle>();

/** MSE § 3.1, `handle`: the same object each time. Throws TypeError for what is no MediaSource. */
export function handleOf(source: MediaSource): MediaSourceHandle {
  if (!isMediaSource(source)) {
    throw new TypeError("Illegal invocation");
  }
  let handle = handles.get(source);
  if (!handle) {
    const { port1, port2 } = new MessageChannel();
    withSeldom(
      ({ awaitAttachment }) => awaitAttachment(source, port1, LIBRARY),
      (error) => port1.postMessage({ type: "failure", message: String(error) }),
    );
    handles.set(source, (handle = createMediaSourceHandle(port2, workerName())));
  }
  return handle;
}
