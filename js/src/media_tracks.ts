/**
 * The audio and video tracks of a media element and of its SourceBuffers: HTML § 4.8.11.10 with the extensions of MSE § 12
 * and § 13. What is here only mirrors the engine's tracks; see `Attachment`.
 */
import type { SourceBuffer } from "./source_buffer";
import { describeInterface, describeIteration, InternalSlots, requireArguments, setIndexedProperties } from "./webidl";

/** What a track is from the beginning. */
export interface TrackAttributes {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly language: string;
}

interface TrackState extends TrackAttributes {
  /** The SourceBuffer that it came from; null once that is removed. */
  sourceBuffer: SourceBuffer | null;
  /** `enabled` or `selected`. */
  active: boolean;
  /** Has the engine change it, and with it what plays, while the track is in its lists. */
  setActive: ((active: boolean) => void) | undefined;
}

interface ListState<Track> {
  tracks: readonly Track[];
}

const audioTracks = /* @__PURE__ */ new InternalSlots<AudioTrack, TrackState>();
const videoTracks = /* @__PURE__ */ new InternalSlots<VideoTrack, TrackState>();
const audioLists = /* @__PURE__ */ new InternalSlots<AudioTrackList, ListState<AudioTrack>>();
const videoLists = /* @__PURE__ */ new InternalSlots<VideoTrackList, ListState<VideoTrack>>();

function setActive(state: TrackState, value: unknown): void {
  const active = Boolean(value);
  if (state.setActive) {
    state.setActive(active);
  } else {
    state.active = active;
  }
}

function trackById<Track extends { id: string }>(list: ListState<Track>, args: ArrayLike<unknown>): Track | null {
  requireArguments(args.length, 1, "getTrackById");
  const id = String(args[0]);
  return list.tracks.find((track) => track.id === id) ?? null;
}

/** HTML § 4.8.11.10.1, AudioTrack. */
export class AudioTrack {
  /** Pages cannot make one. */
  constructor() {
    throw new TypeError("Illegal constructor");
  }

  /** Unique among the tracks of the MediaSource. */
  get id(): string {
    return audioTracks.of(this).id;
  }

  get kind(): string {
    return audioTracks.of(this).kind;
  }

  get label(): string {
    return audioTracks.of(this).label;
  }

  get language(): string {
    return audioTracks.of(this).language;
  }

  /** DEVIATION: of several enabled tracks only the first is heard. */
  get enabled(): boolean {
    return audioTracks.of(this).active;
  }

  set enabled(value: boolean) {
    setActive(audioTracks.of(this), value);
  }

  /** MSE § 12. */
  get sourceBuffer(): SourceBuffer | null {
    return audioTracks.of(this).sourceBuffer;
  }

  static {
    describeInterface(this, "AudioTrack", [], audioTracks.of);
  }
}

/** HTML § 4.8.11.10.1, VideoTrack. */
export class VideoTrack {
  /** Pages cannot make one. */
  constructor() {
    throw new TypeError("Illegal constructor");
  }

  /** Unique among the tracks of the MediaSource. */
  get id(): string {
    return videoTracks.of(this).id;
  }

  get kind(): string {
    return videoTracks.of(this).kind;
  }

  get label(): string {
    return videoTracks.of(this).label;
  }

  get language(): string {
    return videoTracks.of(this).language;
  }

  get selected(): boolean {
    return videoTracks.of(this).active;
  }

  set selected(value: boolean) {
    setActive(videoTracks.of(this), value);
  }

  /** MSE § 13. */
  get sourceBuffer(): SourceBuffer | null {
    return videoTracks.of(this).sourceBuffer;
  }

  static {
    describeInterface(this, "VideoTrack", [], videoTracks.of);
  }
}

/** The indices, which a class cannot declare. */
export interface AudioTrackList {
  readonly [index: number]: AudioTrack;
}

/** HTML § 4.8.11.10.1, AudioTrackList. */
export class AudioTrackList extends EventTarget {
  declare onchange: ((this: AudioTrackList, event: Event) => unknown) | null;
  declare onaddtrack: ((this: AudioTrackList, event: TrackEvent) => unknown) | null;
  declare onremovetrack: ((this: AudioTrackList, event: TrackEvent) => unknown) | null;
  declare [Symbol.iterator]: () => ArrayIterator<AudioTrack>;

  /** Pages cannot make one. */
  constructor() {
    super();
    throw new TypeError("Illegal constructor");
  }

  get length(): number {
    return audioLists.of(this).tracks.length;
  }

  /** The track of this `id`, or null. */
  getTrackById(_id: string): AudioTrack | null {
    return trackById(audioLists.of(this), arguments);
  }

  static {
    describeInterface(this, "AudioTrackList", ["change", "addtrack", "removetrack"], audioLists.of);
    describeIteration(this);
  }
}

/** The indices, which a class cannot declare. */
export interface VideoTrackList {
  readonly [index: number]: VideoTrack;
}

/** HTML § 4.8.11.10.1, VideoTrackList. */
export class VideoTrackList extends EventTarget {
  declare onchange: ((this: VideoTrackList, event: Event) => unknown) | null;
  declare onaddtrack: ((this: VideoTrackList, event: TrackEvent) => unknown) | null;
  declare onremovetrack: ((this: VideoTrackList, event: TrackEvent) => unknown) | null;
  declare [Symbol.iterator]: () => ArrayIterator<VideoTrack>;

  /** Pages cannot make one. */
  constructor() {
    super();
    throw new TypeError("Illegal constructor");
  }

  get length(): number {
    return videoLists.of(this).tracks.length;
  }

  /** -1 when none is selected. */
  get selectedIndex(): number {
    return videoLists.of(this).tracks.findIndex((track) => track.selected);
  }

  /** The track of this `id`, or null. */
  getTrackById(_id: string): VideoTrack | null {
    return trackById(videoLists.of(this), arguments);
  }

  static {
    describeInterface(this, "VideoTrackList", ["change", "addtrack", "removetrack"], videoLists.of);
    describeIteration(this);
  }
}

/** The lists that an element has, and each of its SourceBuffers. */
export interface TrackLists {
  readonly audio: AudioTrackList;
  readonly video: VideoTrackList;
}

/** New, empty lists. */
export function createTrackLists(): TrackLists {
  const audio = Reflect.construct(EventTarget, [], AudioTrackList) as AudioTrackList;
  const video = Reflect.construct(EventTarget, [], VideoTrackList) as VideoTrackList;
  audioLists.set(audio, { tracks: [] });
  videoLists.set(video, { tracks: [] });
  return { audio, video };
}

/** Sets what the lists hold. */
export function setTracksIn(lists: TrackLists, tracks: readonly (AudioTrack | VideoTrack)[]): void {
  const audio = tracks.filter((track) => audioTracks.has(track));
  const video = tracks.filter((track) => videoTracks.has(track));
  audioLists.of(lists.audio).tracks = audio;
  videoLists.of(lists.video).tracks = video;
  setIndexedProperties(lists.audio, audio);
  setIndexedProperties(lists.video, video);
}

/** A new track of a SourceBuffer; `setActive` is asked to change `enabled` or `selected`. */
export function createTrack(
  kind: "audio" | "video",
  attributes: TrackAttributes,
  sourceBuffer: SourceBuffer | null,
  setActive: (active: boolean) => void,
): AudioTrack | VideoTrack {
  const state: TrackState = { ...attributes, sourceBuffer, active: false, setActive };
  if (kind === "audio") {
    const track = Object.create(AudioTrack.prototype) as AudioTrack;
    audioTracks.set(track, state);
    return track;
  }
  const track = Object.create(VideoTrack.prototype) as VideoTrack;
  videoTracks.set(track, state);
  return track;
}

function stateOf(track: AudioTrack | VideoTrack): TrackState {
  return audioTracks.has(track) ? audioTracks.of(track) : videoTracks.of(track);
}

/** The engine says so. */
export function noteActive(track: AudioTrack | VideoTrack, active: boolean): void {
  stateOf(track).active = active;
}

/** The track left its lists: from now on it only keeps what it is told. */
export function releaseTrack(track: AudioTrack | VideoTrack): void {
  const state = stateOf(track);
  state.sourceBuffer = null;
  state.setActive = undefined;
}

/** Which of an element's or a SourceBuffer's lists is the track's. */
export function listFor(track: AudioTrack | VideoTrack, lists: TrackLists): AudioTrackList | VideoTrackList {
  return audioTracks.has(track) ? lists.audio : lists.video;
}

/** Fires `change` at a list, or a TrackEvent where a track came or went. */
export function fireTrackEvent(list: EventTarget, type: string, track: AudioTrack | VideoTrack): void {
  if (type === "change") {
    list.dispatchEvent(new Event(type));
    return;
  }
  const EventClass = typeof TrackEvent === "undefined" ? Event : TrackEvent;
  const event = new EventClass(type);
  // Its constructor takes the browser's own tracks only.
  Object.defineProperty(event, "track", { value: track, enumerable: true, configurable: true });
  list.dispatchEvent(event);
}

const elementLists = /* @__PURE__ */ new WeakMap<HTMLMediaElement, TrackLists>();

/** `audioTracks` and `videoTracks` of an element, the same at all times. */
export function trackListsOf(element: HTMLMediaElement): TrackLists {
  let lists = elementLists.get(element);
  if (!lists) {
    elementLists.set(element, (lists = createTrackLists()));
  }
  return lists;
}
