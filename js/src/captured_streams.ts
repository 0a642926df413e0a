/**
 * `captureStream()` of elements with a source of ours (Media Capture from DOM Elements § 3). The browser would give the very
 * tracks that the element plays, which `stop()` and the end of the media end for the element too; and some browsers would
 * give no sound.
 */

import { attachedElement } from "./attached_element";
import { NETWORK_EMPTY } from "./element_states";
import { native } from "./native_element";

type Capture = (this: HTMLMediaElement) => MediaStream;

const streamsOf = /* @__PURE__ */ new WeakMap<HTMLMediaElement, MediaStream[]>();

/** What is to stand for the browser's method. */
export function capturing(capture: Capture): Capture {
  return function (): MediaStream {
    const attached = attachedElement(this);
    if (!attached && native().networkState(this) !== NETWORK_EMPTY) {
      return capture.call(this);
    }
    const stream = new MediaStream((attached?.captureTracks() ?? []).map(hearing));
    streamsOf.set(this, [...(streamsOf.get(this) ?? []), stream]);
    if (!attached) {
      fillNatively(this, stream, capture);
    }
    return stream;
  };
}

/**
 * Firefox's tracks keep events of ours from listeners, unless these say, in a parameter of its own, that they want those. The
 * end of the media is such an event.
 */
function hearing(track: MediaStreamTrack): MediaStreamTrack {
  const add = track.addEventListener as (...parameters: unknown[]) => void;
  track.addEventListener = (type: string, listener: unknown, options?: unknown): void =>
    add.call(track, type, listener, options, true);
  return track;
}

/** The element may yet get a source of the browser's. */
function fillNatively(element: HTMLMediaElement, stream: MediaStream, capture: Capture): void {
  const fill = ({ isTrusted }: Event) => {
    if (isTrusted && !attachedElement(element)) {
      element.removeEventListener("loadedmetadata", fill);
      add(stream, capture.call(element).getTracks());
    }
  };
  element.addEventListener("loadedmetadata", fill);
}

/** There is something to capture: streams that have nothing get it. */
export function beginCapture(element: HTMLMediaElement, createTracks: () => MediaStreamTrack[]): void {
  for (const stream of streamsOf.get(element) ?? []) {
    if (stream.getTracks().length === 0) {
      add(stream, createTracks().map(hearing));
    }
  }
}

/** The media is over, or given up. */
export function endCapture(element: HTMLMediaElement): void {
  for (const stream of streamsOf.get(element) ?? []) {
    const tracks = stream.getTracks();
    for (const track of tracks.filter(({ readyState }) => readyState === "live")) {
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }
    for (const track of tracks) {
      stream.removeTrack(track);
      stream.dispatchEvent(new MediaStreamTrackEvent("removetrack", { track }));
    }
  }
}

function add(stream: MediaStream, tracks: MediaStreamTrack[]): void {
  for (const track of tracks) {
    stream.addTrack(track);
    stream.dispatchEvent(new MediaStreamTrackEvent("addtrack", { track }));
  }
}
