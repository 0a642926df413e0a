import type { ControlPlane } from "./engine";
import { createTrack, fireTrackEvent, listFor, noteActive, releaseTrack, setTracksIn } from "./media_tracks";
import type { AudioTrack, TrackLists, VideoTrack } from "./media_tracks";
import { trackListsOfSourceBuffer } from "./source_buffer";
import type { SourceBuffer } from "./source_buffer";

interface Entry {
  readonly track: AudioTrack | VideoTrack;
  /** Its SourceBuffer's. Undefined on the page for one in a worker. */
  readonly lists: TrackLists | undefined;
}

/** What the tracks of an attachment need of it. */
export interface TrackSurroundings {
  /** Undefined in a worker. */
  readonly elementLists: TrackLists | undefined;
  /** Undefined on the page for one in a worker. */
  sourceBuffer(id: number): SourceBuffer | undefined;
  setActive(number: number, active: boolean): void;
  /** Whether there is a selected video track. */
  showPicture(on: boolean): void;
}

/** The page's objects for the engine's tracks, and the lists of one attachment that hold them. */
export class AttachmentTracks {
  readonly #surroundings: TrackSurroundings;
  /** By the engine's number. Those that are gone stay, for their last events. */
  readonly #entries = new Map<number, Entry>();

  constructor(surroundings: TrackSurroundings) {
    this.#surroundings = surroundings;
  }

  /** The task that fires an event of a track at one of its lists. */
  task(at: "elementTracks" | "sourceBufferTracks", number: number, type: string): () => void {
    return () => {
      const entry = this.#entries.get(number);
      const lists = at === "elementTracks" ? this.#surroundings.elementLists : entry?.lists;
      if (entry && lists) {
        fireTrackEvent(listFor(entry.track, lists), type, entry.track);
      }
    };
  }

  /** Makes the lists what the engine says. */
  update(plane: ControlPlane): void {
    const numbers = plane.tracks();
    const held = new Map<TrackLists, Entry["track"][]>();
    this.#entries.forEach(({ lists }) => lists && held.set(lists, []));
    const all: Entry["track"][] = [];
    const gone = new Set(this.#entries.keys());
    for (let at = 0; at < numbers.length; at += 4) {
      const [number = 0, source = 0, active, isAudio] = numbers.subarray(at, at + 4);
      const { track, lists } = this.#entries.get(number) ?? this.#create(plane, number, source, isAudio === 1);
      noteActive(track, active === 1);
      all.push(track);
      if (lists) {
        held.set(lists, [...(held.get(lists) ?? []), track]);
      }
      gone.delete(number);
    }
    gone.forEach((number) => releaseTrack(this.#entries.get(number)!.track));
    const { elementLists, showPicture } = this.#surroundings;
    if (elementLists) {
      setTracksIn(elementLists, all);
      // A picture stays when its SourceBuffer is removed: the page is about to add another.
      if (elementLists.video.length > 0) {
        showPicture(elementLists.video.selectedIndex >= 0);
      }
    }
    held.forEach((tracks, lists) => setTracksIn(lists, tracks));
  }

  #create(plane: ControlPlane, number: number, source: number, isAudio: boolean): Entry {
    const attributes = {
      id: String(number),
      kind: plane.trackKind(number),
      label: plane.trackLabel(number),
      language: plane.trackLanguage(number),
    };
    const buffer = this.#surroundings.sourceBuffer(source);
    const track = createTrack(isAudio ? "audio" : "video", attributes, buffer ?? null, (active) =>
      this.#surroundings.setActive(number, active),
    );
    const entry = { track, lists: buffer && trackListsOfSourceBuffer(buffer) };
    this.#entries.set(number, entry);
    return entry;
  }
}
