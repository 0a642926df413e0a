import { AudioTrack, AudioTrackList, trackListsOf, VideoTrack, VideoTrackList } from "./media_tracks";

/** Sets a property until uninstalled. */
type Replace = (holder: object, name: PropertyKey, descriptor: PropertyDescriptor) => void;

function checked(element: unknown): HTMLMediaElement {
  if (!(element instanceof HTMLMediaElement)) {
    throw new TypeError("Illegal invocation");
  }
  return element;
}

/**
 * HTML § 4.8.11.10: the interfaces of tracks where the browser has them, for attached elements to have tracks of that name;
 * everywhere if asked to, and then `audioTracks` and `videoTracks` of all elements too.
 */
export function installTracks(replace: Replace, everywhere: boolean): void {
  for (const [name, value] of Object.entries({ AudioTrack, AudioTrackList, VideoTrack, VideoTrackList })) {
    if (everywhere || name in window) {
      replace(window, name, { value, writable: true, enumerable: false });
    }
  }
  const lists = {
    get audioTracks() {
      return trackListsOf(checked(this)).audio;
    },
    get videoTracks() {
      return trackListsOf(checked(this)).video;
    },
  };
  for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(lists))) {
    if (everywhere && !(name in HTMLMediaElement.prototype)) {
      replace(HTMLMediaElement.prototype, name, { get, enumerable: true });
    }
  }
  installTextTracks(replace);
}

/** MSE § 14: no text track comes from a SourceBuffer. */
function installTextTracks(replace: Replace): void {
  const prototype = (globalThis as { TextTrack?: { prototype: object } }).TextTrack?.prototype ?? {};
  const getKind = Object.getOwnPropertyDescriptor(prototype, "kind")?.get;
  if (!getKind || "sourceBuffer" in prototype) {
    return;
  }
  const extension = {
    get sourceBuffer() {
      getKind.call(this); // Throws for what is no TextTrack.
      return null;
    },
  };
  replace(prototype, "sourceBuffer", { ...Object.getOwnPropertyDescriptor(extension, "sourceBuffer"), enumerable: true });
}
