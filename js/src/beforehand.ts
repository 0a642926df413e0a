import { NETWORK_LOADING, NETWORK_NO_SOURCE } from "./element_states";
import { domException } from "./errors";
import { rejectPlays } from "./play_promises";
import type { PendingPlay } from "./play_promises";
import { playableRate } from "./rates";
import { queueTask } from "./tasks";

/** What a new attachment takes over of the element's state. */
export interface TakenOver {
  paused: boolean;
  currentSrc: string;
  playbackRate: number;
  defaultPlaybackRate: number;
  preservesPitch: boolean;
}

/** What it takes over besides where the element has not been reset. */
export interface GoneOn {
  defaultPlaybackStartPosition: number;
  plays: PendingPlay[];
}

/** An attached element as long as it has no engine: what the page did to it, for the engine to be told. */
export class Beforehand {
  paused: boolean;
  networkState: number;
  currentSrc: string;
  defaultPlaybackStartPosition: number;
  preservesPitch: boolean;
  /** Not to be settled yet. */
  plays: PendingPlay[];
  #playbackRate: number;
  #defaultPlaybackRate: number;
  readonly #queueEvent: (type: string) => void;

  /** `queueEvent` fires an event at the element, in a task. */
  constructor(takenOver: TakenOver, goneOn: GoneOn | undefined, queueEvent: (type: string) => void) {
    this.paused = takenOver.paused;
    this.currentSrc = takenOver.currentSrc;
    this.preservesPitch = takenOver.preservesPitch;
    this.#defaultPlaybackRate = playableRate(takenOver.defaultPlaybackRate);
    this.#playbackRate = goneOn ? playableRate(takenOver.playbackRate) : this.#defaultPlaybackRate;
    this.networkState = goneOn ? NETWORK_LOADING : NETWORK_NO_SOURCE;
    this.defaultPlaybackStartPosition = goneOn?.defaultPlaybackStartPosition ?? 0;
    this.plays = goneOn?.plays ?? [];
    this.#queueEvent = queueEvent;
  }

  get playbackRate(): number {
    return this.#playbackRate;
  }

  set playbackRate(value: number) {
    if (playableRate(value) !== value) {
      throw domException("NotSupportedError", `HTMLMediaElement.playbackRate: ${value} cannot be played`);
    } else if (value !== this.#playbackRate) {
      this.#playbackRate = value;
      this.#queueEvent("ratechange");
    }
  }

  get defaultPlaybackRate(): number {
    return this.#defaultPlaybackRate;
  }

  set defaultPlaybackRate(value: number) {
    if (playableRate(value) === value && value !== this.#defaultPlaybackRate) {
      this.#defaultPlaybackRate = value;
      this.#queueEvent("ratechange");
    }
  }

  play(pending: PendingPlay): void {
    this.plays.push(pending);
    if (this.paused) {
      this.paused = false;
      this.#queueEvent("play");
      this.#queueEvent("waiting");
    }
  }

  pause(): void {
    if (!this.paused) {
      this.paused = true;
      this.#queueEvent("timeupdate");
      this.#queueEvent("pause");
      this.reject("AbortError", "The play() request was interrupted by a call to pause().");
    }
  }

  /** The browser does not let the element play. */
  refuse(): void {
    if (!this.paused) {
      this.paused = true;
      this.#queueEvent("pause");
      this.reject("NotAllowedError");
    }
  }

  /** Has all that is pending rejected, in a task. */
  reject(name: string, message?: string): void {
    const plays = this.plays.splice(0);
    queueTask(() => rejectPlays(plays, name, message));
  }
}
