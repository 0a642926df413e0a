import { attachedElement, AttachedElement } from "./attached_element";
import type { TakenOver } from "./attached_element";
import { defineElementMembers } from "./element_members";
import type { ResourceSetters } from "./element_members";
import { isMediaSource } from "./media_source";
import type { MediaSource } from "./media_source";
import { isMediaSourceHandle, mediaSourceHandleState } from "./media_source_handle";
import type { MediaSourceHandle } from "./media_source_handle";
import { native } from "./native_element";
import { fire, queueTask } from "./tasks";

/** `HTMLMediaElement.networkState`. */
const NETWORK_EMPTY = 0;
const NETWORK_NO_SOURCE = 3;

/** The blob: URL store, as far as it holds MediaSources of ours. */
const sourcesByUrl = /* @__PURE__ */ new Map<string, MediaSource>();

/** Sources, and handles of such, that pages set as `srcObject`. */
const providers = /* @__PURE__ */ new WeakMap<HTMLMediaElement, MediaSource | MediaSourceHandle>();

/** `createObjectURL` gave this URL for the source. */
export function registerUrl(url: string, source: MediaSource): void {
  sourcesByUrl.set(url, source);
}

/** `revokeObjectURL`. Elements that have the source already keep it. */
export function forgetUrl(url: string): void {
  sourcesByUrl.delete(url);
}

/** Whether any element could have a source of ours by URL. */
export function anyUrl(): boolean {
  return sourcesByUrl.size > 0;
}

function sourceAt(url: string | null): MediaSource | undefined {
  return url === null ? undefined : sourcesByUrl.get(url.trim().replace(/#.*/s, ""));
}

/** HTML § 4.8.11.5, resource selection steps 6 and 7: what the element has, if that is a source of ours. */
function chooseResource(
  element: HTMLMediaElement,
): { source: MediaSource | MediaSourceHandle; url: string } | undefined {
  const provider = providers.get(element);
  if (provider) {
    return { source: provider, url: "" };
  }
  const src = native().getAttribute(element, "src");
  if (src !== null) {
    const source = sourceAt(src);
    return source && { source, url: src };
  }
  for (const child of element.children) {
    if (!(child instanceof HTMLSourceElement)) {
      continue;
    }
    const url = native().getAttribute(child, "src");
    const source = sourceAt(url);
    if (source) {
      return { source, url: url ?? "" };
    }
    const type = native().getAttribute(child, "type");
    if (type === null || native().canPlayType(element, type) !== "") {
      return undefined; // The browser takes this one.
    }
  }
  return undefined;
}

/** HTML § 4.8.11.5, the media element load algorithm, up to where the resource is selected. */
function takeOver(element: HTMLMediaElement, source: MediaSource | MediaSourceHandle, url: string): void {
  const before = attachedElement(element);
  const networkState = before?.networkState ?? native().networkState(element);
  const takenOver: TakenOver = before?.close() ?? {
    paused: networkState === NETWORK_EMPTY ? native().paused(element) : true,
    playbackRate: native().playbackRate.get(element),
    defaultPlaybackRate: native().defaultPlaybackRate.get(element),
    preservesPitch: native().preservesPitch.get(element) ?? true,
  };
  if (networkState !== NETWORK_EMPTY) {
    if (networkState !== NETWORK_NO_SOURCE) {
      queueTask(() => fire(element, "abort"));
    }
    queueTask(() => fire(element, "emptied"));
  }
  const attached = new AttachedElement(element, source, url, takenOver);
  attached.onClose(defineElementMembers(attached, resourceSetters));
}

/** `element.src = url`, and the attribute set by any other call. */
function setSrc(element: HTMLMediaElement, url: string): void {
  const source = providers.has(element) ? undefined : sourceAt(url);
  if (source) {
    takeOver(element, source, url);
    native().setAttribute(element, "src", url);
    return;
  }
  native().setAttribute(element, "src", url);
  if (attachedElement(element)) {
    load(element);
  }
}

/** `element.srcObject = object`. */
function setSrcObject(element: HTMLMediaElement, object: MediaProvider | MediaSource | MediaSourceHandle | null): void {
  if (isMediaSourceHandle(object)) {
    mediaSourceHandleState(object).assigned = true;
  }
  if (isMediaSource(object) || isMediaSourceHandle(object)) {
    providers.set(element, object);
    takeOver(element, object, "");
    return;
  }
  const hadProvider = providers.delete(element);
  const attached = attachedElement(element);
  if (object === null && (attached || hadProvider)) {
    load(element); // The src attribute, or nothing, is next.
    return;
  }
  attached?.close();
  native().srcObject.set(element, object);
}

/** `element.load()`: selects the resource anew. */
function load(element: HTMLMediaElement): void {
  const choice = chooseResource(element);
  if (choice) {
    takeOver(element, choice.source, choice.url);
    return;
  }
  const attached = attachedElement(element);
  if (attached) {
    attached.close();
    native().srcObject.set(element, null); // Runs the native load algorithm.
  } else {
    native().load(element);
  }
}

/** The ways in and out that pages call. */
export const resourceSetters: ResourceSetters = { setSrc, setSrcObject, load };

/**
 * The parser or some other way around what is patched gave the element a resource. Comes before any native event of
 * it, when called from a MutationObserver.
 */
export function lookAgain(element: HTMLMediaElement): void {
  const choice = chooseResource(element);
  const attached = attachedElement(element);
  if (choice && !(attached?.source === choice.source && attached.url === choice.url)) {
    takeOver(element, choice.source, choice.url);
  }
}

/**
 * The src attribute changed natively: what is set must be chosen, also when that is nothing of ours. Removal of the
 * attribute changes nothing (HTML § 4.8.11.2).
 */
export function srcAttributeChanged(element: HTMLMediaElement): void {
  const src = native().getAttribute(element, "src");
  const attached = attachedElement(element);
  if (attached && attached.url !== "" && src !== null && src !== attached.url && !sourceAt(src)) {
    load(element);
  } else {
    lookAgain(element);
  }
}
