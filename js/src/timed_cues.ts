/**
 * Text tracks of an attached element that has some, whose cues follow the media and not the stream that the browser plays.
 *
 * The page's own cues stay in the browser's tracks and are rendered by the browser. Their times there say nothing but whether
 * they are over, active or to come: everything before or after now is far away from any time of a stream. That keeps
 * their order, too. The page sees the times that it has set, and hears events of ours alone. HTML § 4.8.11.8, "time marches on".
 */

import { HAVE_FUTURE_DATA, HAVE_METADATA } from "./element_states";

/** In seconds: no stream plays for so long, and microseconds still count beside it. */
const FAR = 1e8;
/** `setTimeout` takes no more, in milliseconds; the element's state is looked at more often anyway. */
const LONGEST_WAIT = 1_000;

/** What is asked of the element. */
export interface CueOwner {
  readonly element: HTMLMediaElement;
  readonly currentTime: number;
  readonly playbackRate: number;
  readonly readyState: number;
  readonly paused: boolean;
  readonly seeking: boolean;
  pause(): void;
}

/** A cue of the page's: its times are what the page has set. */
interface Entry {
  readonly cue: TextTrackCue;
  start: number;
  end: number;
  isActive: boolean;
}

/** A track in the element's list, enabled or not. */
interface Adopted {
  readonly track: TextTrack;
  readonly entries: Map<TextTrackCue, Entry>;
  /** Those of `track.cues` in its order; empty while it is disabled. */
  current: Entry[];
  readonly activeCues: TextTrackCueList & Record<number, TextTrackCue>;
}

/** What the browser has of a cue. */
interface NativeTime {
  get(cue: TextTrackCue): number;
  set(cue: TextTrackCue, time: number): void;
}

function nativeTime(name: "startTime" | "endTime"): NativeTime {
  const { get, set } = Object.getOwnPropertyDescriptor(TextTrackCue.prototype, name) ?? {};
  return { get: (cue) => get?.call(cue) as number, set: (cue, time) => set?.call(cue, time) };
}

/** As `instanceof` and pages' loops see it, a list of cues. */
function createList(): Adopted["activeCues"] {
  const list = Object.create(TextTrackCueList.prototype) as Adopted["activeCues"];
  Object.defineProperties(list, {
    length: { value: 0, writable: true, configurable: true },
    getCueById: { value: (id: string) => Array.from(list).find((cue) => id !== "" && cue.id === id) ?? null, configurable: true },
  });
  return list;
}

function listActive({ activeCues: list, current }: Adopted): void {
  const cues = current.filter(({ isActive }) => isActive).map(({ cue }) => cue);
  for (let index = cues.length; index < list.length; index++) {
    delete list[index];
  }
  cues.forEach((cue, index) => (list[index] = cue));
  (list as { length: number }).length = cues.length;
}

/** What is of the page's script, to which it belongs. */
export interface CueSurroundings {
  fire(target: EventTarget, type: string): void;
  queueTask(task: () => void): void;
  /** Has the browser's own events of a track or cue swallowed as long as the track is one of `ours`. */
  guard(target: EventTarget): void;
  readonly ours: WeakSet<TextTrack>;
}

export class TimedCues {
  readonly #owner: CueOwner;
  readonly #surroundings: CueSurroundings;
  readonly #list: TextTrackList;
  readonly #adopted = new Map<TextTrack, Adopted>();
  readonly #start = nativeTime("startTime");
  readonly #end = nativeTime("endTime");
  /** Where cues were looked at last; before everything until the element has played or sought. */
  #time = -Infinity;
  #hasBegun: boolean;
  /** The position has only been playing on since then. */
  #isPlayback = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `hasBegun`: the element has sought. */
  constructor(owner: CueOwner, surroundings: CueSurroundings, hasBegun: boolean) {
    this.#owner = owner;
    this.#surroundings = surroundings;
    this.#hasBegun = hasBegun;
    const { element } = owner;
    this.#list = element.textTracks;
    this.#list.addEventListener("change", this.update);
    // Of track elements, which are children.
    element.addEventListener("load", this.update, true);
  }

  /** Everything is the browser's again. */
  close(): void {
    const { element } = this.#owner;
    clearTimeout(this.#timer);
    this.#list.removeEventListener("change", this.update);
    element.removeEventListener("load", this.update, true);
    this.#adopted.forEach((adopted) => this.#release(adopted));
  }

  /** The position is about to jump. */
  seeking(): void {
    this.#isPlayback = false;
    this.#hasBegun = true;
  }

  /** The position, the tracks or their cues may have changed. */
  readonly update = (): void => {
    if (this.#list.length === 0 && this.#adopted.size === 0) {
      return; // Whatever the engine says leads here: nobody asked for the position yet.
    }
    const { currentTime, paused, readyState, seeking } = this.#owner;
    this.#collect();
    this.#hasBegun ||= !paused;
    if (readyState >= HAVE_METADATA && this.#hasBegun && !seeking) {
      this.#marchOn(currentTime);
      this.#schedule(currentTime);
    } else {
      this.#adopted.forEach(({ current }) => current.forEach((entry) => this.#place(entry)));
    }
  };

  /** `track` is in the list, or will be in a moment. */
  adopt(track: TextTrack): void {
    if (this.#adopted.has(track)) {
      return;
    }
    const adopted: Adopted = { track, entries: new Map(), current: [], activeCues: createList() };
    this.#adopted.set(track, adopted);
    this.#surroundings.ours.add(track);
    this.#surroundings.guard(track);
    const { addCue, removeCue } = track;
    const prototype = TextTrack.prototype;
    const mode = Object.getOwnPropertyDescriptor(prototype, "mode");
    const own = (name: string, descriptor: PropertyDescriptor) =>
      Object.defineProperty(track, name, { ...descriptor, configurable: true });
    own("addCue", {
      value: (cue: VTTCue) => {
        const isNew = cue instanceof TextTrackCue && !adopted.entries.has(cue);
        if (isNew) {
          this.#adoptCue(adopted, cue);
        }
        try {
          addCue.call(track, cue);
        } catch (error) {
          if (isNew) {
            this.#releaseCue(adopted, cue);
          }
          throw error;
        }
        this.update();
      },
    });
    own("removeCue", {
      value: (cue: VTTCue) => {
        removeCue.call(track, cue);
        this.#releaseCue(adopted, cue);
        this.update();
      },
    });
    own("mode", {
      get: () => mode?.get?.call(track) as TextTrackMode,
      set: (value: TextTrackMode) => {
        mode?.set?.call(track, value);
        this.update();
      },
    });
    own("activeCues", {
      get: () => {
        this.#collect();
        return track.mode === "disabled" ? null : adopted.activeCues;
      },
    });
  }

  #release(adopted: Adopted): void {
    const { track, entries } = adopted;
    this.#adopted.delete(track);
    for (const name of ["addCue", "removeCue", "mode", "activeCues"] as const) {
      delete (track as Partial<TextTrack>)[name];
    }
    [...entries.keys()].forEach((cue) => this.#releaseCue(adopted, cue));
    this.#surroundings.ours.delete(track);
  }

  #adoptCue(adopted: Adopted, cue: TextTrackCue): void {
    const entry: Entry = { cue, start: this.#start.get(cue), end: this.#end.get(cue), isActive: false };
    adopted.entries.set(cue, entry);
    this.#surroundings.guard(cue);
    const time = (native: NativeTime, key: "start" | "end"): PropertyDescriptor => ({
      configurable: true,
      get: () => entry[key],
      set: (value: number) => {
        native.set(cue, value); // Throws what it will.
        entry[key] = native.get(cue);
        this.#place(entry);
        this.#order(adopted);
        this.update();
      },
    });
    Object.defineProperties(cue, { startTime: time(this.#start, "start"), endTime: time(this.#end, "end") });
    this.#place(entry);
  }

  #releaseCue({ entries }: Adopted, cue: TextTrackCue): void {
    const entry = entries.get(cue);
    if (entry) {
      entries.delete(cue);
      delete (cue as Partial<TextTrackCue>).startTime;
      delete (cue as Partial<TextTrackCue>).endTime;
      this.#start.set(cue, entry.start);
      this.#end.set(cue, entry.end);
    }
  }

  /** Gives the browser times by which it shows the cue now, or does not. */
  #place({ cue, start, end }: Entry): void {
    for (const [native, time] of [[this.#start, start], [this.#end, end]] as const) {
      const far = time <= this.#time ? time - FAR : time + FAR;
      if (native.get(cue) !== far) {
        native.set(cue, far);
      }
    }
  }

  /** Takes note of tracks and cues that came or went. */
  #collect(): void {
    const tracks = Array.from(this.#list);
    tracks.forEach((track) => this.adopt(track));
    for (const adopted of this.#adopted.values()) {
      const { track, entries } = adopted;
      if (!tracks.includes(track)) {
        this.#release(adopted);
        continue;
      }
      const cues = track.mode === "disabled" ? null : track.cues;
      if ((cues?.length ?? 0) === adopted.current.length && cues?.length === entries.size) {
        continue;
      }
      // Taking one over moves it in the list.
      for (const cue of Array.from(cues ?? [])) {
        if (!entries.has(cue)) {
          this.#adoptCue(adopted, cue);
        }
      }
      const there = new Set(cues);
      for (const [cue, entry] of entries) {
        if (!there.has(cue)) {
          entry.isActive = false;
          if (cues) {
            this.#releaseCue(adopted, cue);
          }
        }
      }
      this.#order(adopted);
    }
  }

  /** In text track cue order, which the browser knows. */
  #order(adopted: Adopted): void {
    const cues = adopted.track.mode === "disabled" ? null : adopted.track.cues;
    adopted.current = Array.from(cues ?? [], (cue) => adopted.entries.get(cue)).filter((entry) => entry !== undefined);
    listActive(adopted);
  }

  #marchOn(time: number): void {
    const last = this.#time;
    const isPlayback = this.#isPlayback && time >= last;
    this.#time = time;
    this.#isPlayback = true;
    const events: { at: number; order: number; type: string; cue: TextTrackCue }[] = [];
    const affected: Adopted[] = [];
    let mustPause = false;
    let order = 0;
    for (const adopted of this.#adopted.values()) {
      const count = events.length;
      for (const entry of adopted.current) {
        const { cue, start, end, isActive } = entry;
        const isNow = start <= time && time < end;
        const isMissed = isPlayback && !isNow && !isActive && start >= last && end <= time;
        order++;
        if ((isNow && !isActive) || isMissed) {
          events.push({ at: start, order, type: "enter", cue });
        }
        if ((!isNow && isActive) || isMissed) {
          events.push({ at: Math.max(start, end), order, type: "exit", cue });
          mustPause ||= isPlayback && cue.pauseOnExit;
        }
        entry.isActive = isNow;
        // Firefox does not let go of an active cue that is suddenly long over.
        const { removeCue, addCue } = TextTrack.prototype;
        const mustLeave = isActive && !isNow;
        if (mustLeave) {
          removeCue.call(adopted.track, cue as VTTCue);
        }
        this.#place(entry);
        if (mustLeave) {
          addCue.call(adopted.track, cue as VTTCue);
        }
      }
      if (events.length > count) {
        affected.push(adopted);
        listActive(adopted);
      }
    }
    if (mustPause) {
      this.#owner.pause();
    }
    // Sorting keeps the order of what is equal, by which a cue is entered before it is left.
    events.sort((a, b) => a.at - b.at || a.order - b.order);
    const { fire, queueTask } = this.#surroundings;
    for (const { type, cue } of events) {
      queueTask(() => fire(cue, type));
    }
    for (const { track } of affected) {
      queueTask(() => {
        fire(track, "cuechange");
        const elements = this.#owner.element.querySelectorAll("track");
        const element = Array.from(elements).find((element) => element.track === track);
        if (element) {
          fire(element, "cuechange");
        }
      });
    }
  }

  /** Comes back when the next cue begins or ends. */
  #schedule(now: number): void {
    clearTimeout(this.#timer);
    const { paused, playbackRate, readyState } = this.#owner;
    if (paused || readyState < HAVE_FUTURE_DATA) {
      return;
    }
    let next = Infinity;
    for (const { current } of this.#adopted.values()) {
      for (const { start, end } of current) {
        next = Math.min(next, start > now ? start : Infinity, end > now ? end : Infinity);
      }
    }
    const wait = ((next - now) / playbackRate) * 1_000;
    if (wait < LONGEST_WAIT) {
      this.#timer = setTimeout(this.update, Math.max(wait, 1));
    }
  }
}
