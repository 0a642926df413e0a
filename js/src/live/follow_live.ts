/** Keeps an element near the end of what comes in. */

/** How often, in milliseconds, the distance is looked at. */
const INTERVAL = 50;
/** For how many looks the widest pause between two arrivals is remembered: ten seconds. */
const REMEMBERED = 200;
/** Seconds that are kept beyond the widest pause between two arrivals, by default. */
const TARGET = 0.06;
/** How fast, at most, the element plays to catch up; with its pitch kept nobody hears it. */
const MAX_RATE = 1.1;
/** How much too far behind, in seconds, the element plays faster. */
const TOLERANCE = 0.05;
/** How much too far behind, in seconds, it jumps. */
const JUMP = 2;

/** How an element follows. */
export interface FollowOptions {
  /** Seconds to keep beyond the widest pause between two arrivals. Less is nearer, more is safer. 0.06 by default. */
  target?: number;
  /** How fast, at most, the element plays to catch up. 1.1 by default; 1 leaves the rate alone. */
  maxRate?: number;
  /** How much too far behind, in seconds, it jumps. 2 by default. */
  jump?: number;
  /** Where the original is now, in seconds of its own time, if it can be asked: `latency` is then the true one. */
  liveEdge?: () => number;
}

/**
 * Makes an element follow what is appended: it starts as soon as there is something, plays a little faster when it has
 * fallen behind, jumps when it is far behind, and leaves a pause alone.
 */
export class LiveFollower {
  readonly #media: HTMLMediaElement;
  readonly #options: Required<Omit<FollowOptions, "liveEdge">> & Pick<FollowOptions, "liveEdge">;
  readonly #ticking: ReturnType<typeof setInterval>;
  /** How long each pause between arrivals was, one entry a look. */
  readonly #pauses: number[] = [];
  #end = -Infinity;
  #arrivedAt = 0;
  /** Whether the first data has been gone to. */
  #hasBegun = false;

  constructor(media: HTMLMediaElement, { target = TARGET, maxRate = MAX_RATE, jump = JUMP, liveEdge }: FollowOptions = {}) {
    this.#media = media;
    this.#options = { target, maxRate, jump, liveEdge };
    this.#ticking = setInterval(() => this.#look(), INTERVAL);
  }

  /**
   * Seconds between what is recorded now and what is seen now, where `liveEdge` says what is recorded; else between the
   * newest data and what is seen.
   */
  get latency(): number {
    const edge = this.#options.liveEdge?.() ?? this.#end;
    return Number.isFinite(edge) ? Math.max(0, edge - this.#media.currentTime) : 0;
  }

  /** Seconds that the element should be behind the newest data, just after it came. */
  get distance(): number {
    return this.#options.target + this.#pauses.reduce((widest, pause) => Math.max(widest, pause), 0);
  }

  /** What comes in was interrupted on purpose: how long it took says nothing about the time that arrivals take. */
  interrupted(): void {
    this.#pauses.length = 0;
    this.#arrivedAt = performance.now() / 1000;
  }

  /** Leaves the element alone from now on, at its usual rate. */
  close(): void {
    clearInterval(this.#ticking);
    this.#media.playbackRate = this.#media.defaultPlaybackRate;
  }

  #look(): void {
    const media = this.#media;
    const { buffered } = media;
    if (buffered.length === 0 || media.seeking) {
      return;
    }
    const now = performance.now() / 1000;
    const start = buffered.start(buffered.length - 1);
    const end = buffered.end(buffered.length - 1);
    const hasArrived = end > this.#end;
    this.#pauses.push(this.#end === -Infinity ? 0 : now - this.#arrivedAt);
    if (this.#pauses.length > REMEMBERED) {
      this.#pauses.shift();
    }
    if (hasArrived) {
      this.#end = end;
      this.#arrivedAt = now;
    }
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      // Who joins late finds everything far from zero.
      if (media.currentTime < start || end - media.currentTime > this.#options.jump) {
        media.currentTime = Math.max(start, end - this.distance);
      }
      return;
    }
    if (media.paused || media.ended) {
      return;
    }
    this.#keepUp(end - media.currentTime + now - this.#arrivedAt, start, end);
  }

  /** `behind`: seconds behind the newest data, as if it had come just now. */
  #keepUp(behind: number, start: number, end: number): void {
    const media = this.#media;
    const { maxRate, jump } = this.#options;
    const excess = behind - this.distance;
    if (excess > jump || media.currentTime < start) {
      media.currentTime = Math.max(start, end - this.distance);
      return;
    }
    // Faster from the tolerance on, and on until it is near.
    const isCatchingUp = excess > (media.playbackRate > 1 ? 0 : TOLERANCE);
    const rate = isCatchingUp ? Math.min(maxRate, 1 + excess / 5) : 1;
    if (rate === 1 ? media.playbackRate !== 1 : Math.abs(rate - media.playbackRate) > 0.01) {
      media.playbackRate = rate;
    }
  }
}
