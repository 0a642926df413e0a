import { attachedElement, AttachedElement } from "./attached_element";
import type { Handover, Resource } from "./attached_element";
import type { GoneOn, TakenOver } from "./beforehand";
import { ControlsAttribute } from "./element_controls";
import { NETWORK_EMPTY, NETWORK_NO_SOURCE } from "./element_states";
import { elementMembers } from "./element_members";
import type { ResourceSetters } from "./element_members";
import { isMediaSource } from "./media_source";
import type { MediaSource } from "./media_source";
import { isMediaSourceHandle, mediaSourceHandleState } from "./media_source_handle";
import type { MediaSourceHandle } from "./media_source_handle";
import { native } from "./native_element";
import { hideEventsOfReset } from "./native_events";
import { nativeSourceOf } from "./native_sources";
import { rejectPlays } from "./play_promises";
import { sourceAt } from "./object_urls";
import { fire, queueTask } from "./tasks";

/** Sources, and handles of such, that pages set as `srcObject`. */
const providers = /* @__PURE__ */ new WeakMap<HTMLMediaElement, MediaSource | MediaSourceHandle>();

// ---- members ---------------------------------------------------------------------------------------------------------

/** Whether the members that answer for attached elements are on the prototypes. */
let onPrototypes = false;
/** For attached elements, where the prototypes are the browser's own. */
let ownMembers: ReturnType<typeof elementMembers> | undefined;
const withOwnMembers = /* @__PURE__ */ new WeakSet<HTMLMediaElement>();
/** Elements that have a source of ours. */
const attachedNow = /* @__PURE__ */ new Set<HTMLMediaElement>();

/** Whether prototypes answer for attached elements, or each of these has members of its own. */
export function setMembersOnPrototypes(value: boolean): void {
  onPrototypes = value;
  attachedNow.forEach(value ? removeOwnMembers : defineOwnMembers);
}

function defineOwnMembers(element: HTMLMediaElement): void {
  ownMembers ??= elementMembers(resourceSetters);
  const { media, video } = ownMembers;
  const members = element instanceof HTMLVideoElement ? { ...media, ...video } : media;
  for (const [name, descriptor] of Object.entries(members)) {
    Object.defineProperty(element, name, { ...descriptor, enumerable: false });
  }
  withOwnMembers.add(element);
}

function removeOwnMembers(element: HTMLMediaElement): void {
  if (!withOwnMembers.delete(element)) {
    return;
  }
  for (const name of Object.keys({ ...ownMembers?.media, ...ownMembers?.video })) {
    delete (element as unknown as Record<string, unknown>)[name];
  }
}

// ---- the media element load algorithm --------------------------------------------------------------------------------

/**
 * HTML § 4.8.11.5, the media element load algorithm, up to where the resource is selected: what the page hears when an
 * element loses its resource, and what stays. The order is Chromium's, where `emptied` comes after the source's events.
 */
function reset(element: HTMLMediaElement): TakenOver {
  failed.delete(element);
  const before = attachedElement(element);
  const networkState = before?.networkState ?? native().networkState(element);
  const wasAway = (before?.currentTime ?? native().currentTime(element)) > 0;
  if (networkState !== NETWORK_EMPTY && networkState !== NETWORK_NO_SOURCE) {
    queueTask(() => fire(element, "abort"));
  }
  const takenOver = before?.close() ?? nativeState(element);
  if (networkState !== NETWORK_EMPTY) {
    queueTask(() => fire(element, "emptied"));
    if (wasAway) {
      queueTask(() => fire(element, "timeupdate"));
    }
  }
  if (takenOver.playbackRate !== takenOver.defaultPlaybackRate) {
    queueTask(() => fire(element, "ratechange"));
  }
  return networkState === NETWORK_EMPTY ? takenOver : { ...takenOver, paused: true };
}

function nativeState(element: HTMLMediaElement): TakenOver {
  return {
    paused: native().paused(element),
    currentSrc: native().currentSrc(element),
    playbackRate: native().playbackRate.get(element),
    defaultPlaybackRate: native().defaultPlaybackRate.get(element),
    preservesPitch: native().preservesPitch.get(element) ?? true,
  };
}

function attachTo(
  element: HTMLMediaElement,
  resource: Resource,
  takenOver: TakenOver,
  goneOn?: GoneOn | Handover,
): AttachedElement {
  const attached = new AttachedElement(element, resource, takenOver, goneOn);
  attached.candidateFailed = () => tryNext(element, attached);
  attachedNow.add(element);
  attached.onClose(() => attachedNow.delete(element));
  if (!onPrototypes) {
    defineOwnMembers(element);
  }
  attached.onClose(() => removeOwnMembers(element));
  attached.takeControls(new ControlsAttribute(element)); // The bar reads the members.
  return attached;
}

/**
 * The source that the browser has attached to the element is ours from now on, which the page is not to notice.
 * `released` is called when the element is given up.
 */
export function handOver(
  element: HTMLMediaElement,
  source: MediaSource,
  handover: Omit<Handover, "defaultPlaybackStartPosition">,
  released: () => void,
): void {
  const takenOver = nativeState(element);
  const defaultPlaybackStartPosition = native().currentTime(element);
  const resource = { source, url: takenOver.currentSrc };
  attachTo(element, resource, takenOver, { ...handover, defaultPlaybackStartPosition }).onClose(released);
}

/** What `setNatively` leaves the element with, the browser loads. */
function detach(element: HTMLMediaElement, setNatively: () => void): void {
  const { defaultPlaybackRate } = reset(element);
  hideEventsOfReset(element, setNatively, defaultPlaybackRate);
}

// ---- resource selection ----------------------------------------------------------------------------------------------

/** HTML § 4.8.11.5, resource selection steps 6 to 9: what the element has, if that is a source of ours. */
function chooseResource(element: HTMLMediaElement): Resource | undefined {
  const src = native().getAttribute(element, "src");
  if (src !== null || providers.has(element)) {
    return chooseResourceBySrc(element, src);
  }
  const next = nextCandidate(element);
  return next instanceof HTMLSourceElement ? undefined : next;
}

/**
 * The first candidate behind this one that has not failed: a resource where it names a source of ours, itself where the
 * browser is to try it.
 */
function nextCandidate(element: HTMLMediaElement, after: Element | null = null): Resource | HTMLSourceElement | undefined {
  if (!mayLoad(element)) {
    return undefined;
  }
  const children = [...element.children];
  for (const candidate of children.slice(after ? children.indexOf(after) + 1 : 0)) {
    if (!(candidate instanceof HTMLSourceElement) || failed.get(element)?.has(candidate)) {
      continue;
    }
    const found = sourceAt(native().getAttribute(candidate, "src"));
    if (found) {
      return { ...found, candidate };
    }
    const type = native().getAttribute(candidate, "type");
    if (type === null || native().canPlayType(element, type) !== "") {
      return candidate;
    }
  }
  return undefined;
}

/** Candidates that were tried since the element was reset. */
const failed = /* @__PURE__ */ new WeakMap<HTMLMediaElement, Set<Element>>();
/** Of these, those that the browser tries once more, to come to the next. */
const triedAgain = /* @__PURE__ */ new WeakMap<HTMLMediaElement, Set<Element>>();

function noteFailed(element: HTMLMediaElement, candidate: Element): void {
  failed.set(element, (failed.get(element) ?? new Set()).add(candidate));
}

/** The candidate of the attached element has failed, or one has come behind it. */
function tryNext(element: HTMLMediaElement, attached: AttachedElement): void {
  const { candidate = null } = attached;
  if (candidate) {
    noteFailed(element, candidate);
  }
  const next = nextCandidate(element, candidate);
  if (next instanceof HTMLSourceElement) {
    giveToBrowser(element, attached);
  } else if (next) {
    const [takenOver, goneOn] = attached.closeForNext();
    attachTo(element, next, takenOver, goneOn);
  } else if (!attached.awaitsCandidate) {
    attached.awaitCandidate();
  }
}

/** The browser begins with the first candidate, which the page is not to notice, and comes to the one that it can try. */
function giveToBrowser(element: HTMLMediaElement, attached: AttachedElement): void {
  const [{ paused, playbackRate }, { plays }] = attached.closeForNext();
  triedAgain.set(element, new Set(failed.get(element)));
  const heardOf = ["loadstart"];
  hideEventsOfReset(element, () => native().srcObject.set(element, null), playbackRate, heardOf);
  if (paused) {
    return;
  }
  const playing = native().play(element);
  if (!native().paused(element)) {
    heardOf.push("play");
  }
  playing.then(
    () => plays.forEach((play) => play.resolve()),
    ({ name, message }: DOMException) => rejectPlays(plays, name, message),
  );
}

function chooseResourceBySrc(element: HTMLMediaElement, src: string | null): Resource | undefined {
  const provider = providers.get(element);
  return provider ? { source: provider, url: "" } : mayLoad(element) ? sourceAt(src) : undefined;
}

/** A stream or a Blob, set as `srcObject` and still there: it comes before all URLs. */
function hasNativeProvider(element: HTMLMediaElement): boolean {
  return !attachedElement(element) && native().srcObject.get(element) !== null;
}

/** Elements of templates and parsed text load nothing until they are adopted by a document that is shown. */
function mayLoad(element: HTMLMediaElement): boolean {
  return element.ownerDocument.defaultView !== null;
}

/** `element.src = url`, and the attribute set by any other call. */
function setSrc(element: HTMLMediaElement, url: string, setNatively: () => void): void {
  const resource = chooseResourceBySrc(element, url);
  if (resource && !hasNativeProvider(element)) {
    attachTo(element, resource, reset(element));
    setNatively();
  } else if (attachedElement(element)) {
    detach(element, () => {
      setNatively();
      native().srcObject.set(element, null); // Runs the native load algorithm.
    });
  } else {
    setNatively();
    nativeSourceOf(element)?.addElement(element);
  }
}

/** `element.srcObject = object`. */
function setSrcObject(element: HTMLMediaElement, object: MediaProvider | MediaSource | MediaSourceHandle | null): void {
  if (isMediaSourceHandle(object)) {
    mediaSourceHandleState(object).assigned = true;
  }
  if (isMediaSource(object) || isMediaSourceHandle(object)) {
    providers.set(element, object);
    attachTo(element, { source: object, url: "" }, reset(element));
    return;
  }
  if (!attachedElement(element)) {
    const resource = object === null && hasNativeProvider(element) ? chooseResource(element) : undefined;
    if (resource) {
      attachTo(element, resource, reset(element));
    } else {
      native().srcObject.set(element, object);
    }
    return;
  }
  if (object === null) {
    providers.delete(element);
    load(element); // The src attribute, or nothing, is next.
    return;
  }
  // Throws what the page is to catch, and leaves this element as it is then.
  const trial = document.createElement("video");
  native().srcObject.set(trial, object);
  native().srcObject.set(trial, null);
  providers.delete(element);
  detach(element, () => native().srcObject.set(element, object));
}

/** `element.load()`: selects the resource anew. */
function load(element: HTMLMediaElement): void {
  failed.delete(element);
  const resource = chooseResource(element);
  if (resource && !hasNativeProvider(element)) {
    attachTo(element, resource, reset(element));
  } else if (attachedElement(element)) {
    detach(element, () => native().srcObject.set(element, null));
  } else {
    native().load(element);
    nativeSourceOf(element)?.addElement(element);
  }
}

/** `element.play()`. A promise of the browser's would be rejected when the element is taken over. */
function play(element: HTMLMediaElement, playNow: () => Promise<void>): Promise<void> {
  lookAgain(element);
  const source = attachedElement(element) ? undefined : nativeSourceOf(element);
  return source ? source.watchPlay(element, playNow()) : playNow();
}

/** Does natively what may set the src attribute to anything, and then as if it had been set by the usual way. */
function changeSrc<T>(element: HTMLMediaElement, change: () => T): T {
  const before = native().getAttribute(element, "src");
  const result = change();
  const src = native().getAttribute(element, "src");
  if (src !== null && src !== before) {
    srcAttributeChanged(element);
  }
  return result;
}

/** The ways in and out that pages call. */
export const resourceSetters: ResourceSetters = { setSrc, setSrcObject, load, changeSrc, lookAgain, play };

// ---- ways around what is patched -------------------------------------------------------------------------------------

/**
 * The parser or some other way around what is patched may have given the element a resource of ours, which the browser
 * tries to load: without success, and no event of it has come yet.
 */
export function lookAgain(element: HTMLMediaElement): void {
  nativeSourceOf(element)?.addElement(element);
  const attached = attachedElement(element);
  if (attached?.awaitsCandidate) {
    tryNext(element, attached);
    return;
  }
  const resource = chooseResource(element);
  if (!resource || attached || hasNativeProvider(element)) {
    return;
  }
  const currentSrc = native().currentSrc(element);
  const networkState = native().networkState(element);
  const isLoadingIt = networkState === NETWORK_EMPTY || currentSrc === "" || currentSrc === resource.url;
  if (resource.candidate) {
    // HTML § 4.8.8: inserted into an element that has a resource, it does nothing.
    if (isLoadingIt || networkState === NETWORK_NO_SOURCE) {
      attachTo(element, resource, nativeState(element));
    }
    return;
  }
  attachTo(element, resource, isLoadingIt ? nativeState(element) : reset(element));
}

/**
 * The src attribute changed natively: what is set must be chosen, also when that is nothing of ours. Removal of the
 * attribute changes nothing (HTML § 4.8.11.2).
 */
export function srcAttributeChanged(element: HTMLMediaElement): void {
  const src = native().getAttribute(element, "src");
  const attached = attachedElement(element);
  if (!attached) {
    lookAgain(element);
  } else if (src !== null && attached.provider === null && sourceAt(src)?.url !== attached.url) {
    load(element);
  }
}

/** A `<source>` has another URL, or another parent: an element that waits for one may have got it. */
export function candidateChanged(candidate: HTMLSourceElement): void {
  if (candidate.parentNode instanceof HTMLMediaElement) {
    lookAgain(candidate.parentNode);
  }
}

/**
 * The browser gave up a `<source>`, and would try the next one. True when the page is not to hear of it: the browser
 * knows nothing of our URLs.
 */
export function candidateFailed(candidate: HTMLSourceElement): boolean {
  const element = candidate.parentNode;
  if (!(element instanceof HTMLMediaElement) || attachedElement(element)) {
    return false;
  }
  if (triedAgain.get(element)?.delete(candidate)) {
    return true;
  }
  const isOurs = sourceAt(native().getAttribute(candidate, "src")) !== undefined;
  if (!isOurs) {
    noteFailed(element, candidate);
  }
  const resource = nextCandidate(element, isOurs ? candidate.previousElementSibling : candidate);
  if (!resource || resource instanceof HTMLSourceElement) {
    return false;
  }
  attachTo(element, resource, nativeState(element), { defaultPlaybackStartPosition: 0, plays: [] });
  return isOurs;
}
