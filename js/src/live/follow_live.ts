/** Keeps an element near the end of what comes in. */

/** How often, in milliseconds, the distance is looked at. */
const INTERVAL = 25;
/** For how many seconds it is remembered when data came. */
const REMEMBERED = 10;
/** What was late for so many seconds without exception is not late: what should have come before it was lost. */
const LOSS_SEEN = 1;
/** For how many seconds after the first data its ways say nothing yet: recorders and decoders are only just starting. */
const STARTING = 0.7;
/** Seconds that are kept beyond what arrivals need, by default. */
const TARGET = 0.06;
/** How fast, at most, the element plays to catch up, and as much slower to fall back; its pitch kept, nobody hears it. */
const MAX_RATE = 1.1;
/** How much too far behind or too near, in seconds, the element plays faster or slower. */
const TOLERANCE = 0.04;
/** How much too far behind, in seconds, it jumps. */
const JUMP = 2;
/** The same just after the start, when nobody has listened for long yet: to begin takes an element its time. */
const FIRST_JUMP = 0.15;

/** How an element follows. */
export interface FollowOptions {
  /** Seconds to keep beyond what late arrivals need. Less is nearer, more is safer. 0.06 by default. */
  target?: number;
  /** How fast, at most, the element plays to catch up, and as much slower to fall back. 1.1 by default; 1 leaves the rate alone. */
  maxRate?: number;
  /** How much too far behind, in seconds, it jumps. 2 by default. */
  jump?: number;
}

/** What is known of an arrival, in seconds: the time less that of the newest data before it, and after it. */
interface Arrival {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** By how much data was late when it was promptest. */
function soonestOf(arrivals: readonly Arrival[]): number {
  return arrivals.reduce((soonest, { after }) => Math.min(soonest, after), Infinity);
}

/**
 * Makes an element follow what is appended: it starts as soon as there is something, plays a little faster when it has
 * fallen behind and a little slower when it would run out, jumps when it is far behind, and leaves a pause alone.
 */
export class LiveFollower {
  readonly #media: HTMLMediaElement;
  readonly #options: Required<FollowOptions>;
  readonly #ticking: ReturnType<typeof setInterval>;
  #arrivals: Arrival[] = [];
  /** The newest data ends here; not known how late it is, after an interruption. */
  #end = -Infinity;
  #isLateKnown = false;
  #firstAt: number | undefined;
  /** Whether the first data has been gone to. */
  #hasBegun = false;
  /** Whether it was once where it should be. */
  #wasNear = false;
  #lastTime = Infinity;

  constructor(media: HTMLMediaElement, { target = TARGET, maxRate = MAX_RATE, jump = JUMP }: FollowOptions = {}) {
    this.#media = media;
    this.#options = { target, maxRate, jump };
    this.#ticking = setInterval(() => this.#look(), INTERVAL);
  }

  /**
   * Seconds between what the original is at now and what is seen now, as far as arrivals tell: the original is taken to be
   * where it was when data came promptest in the last second, and as much further as has passed since. What all data needs
   * on its way is not in it, as nothing tells that. In the first second, and when nothing has come for as long, what counts
   * is how much there is ahead.
   */
  get latency(): number {
    const now = performance.now() / 1000;
    const newest = this.#arrivals.at(-1);
    // The next is due when as much time has passed as the newest brought.
    const isComing = newest !== undefined && now - newest.at < newest.before - newest.after + LOSS_SEEN;
    const soonest = soonestOf(this.#arrivals.filter(({ at }) => newest !== undefined && newest.at - at < LOSS_SEEN));
    const edge = isComing ? now - soonest : this.#end;
    return Number.isFinite(edge) ? Math.max(0, edge - this.#media.currentTime) : 0;
  }

  /** Seconds that the element should be behind the newest data, when that came without delay. */
  get distance(): number {
    return this.#options.target + this.#latest - soonestOf(this.#arrivals);
  }

  /** What comes in was interrupted on purpose: how long it took says nothing about the time that arrivals take. */
  interrupted(): void {
    this.#arrivals = [];
    this.#isLateKnown = false;
  }

  /** What plays at a time less this is there, however late its arrival was. */
  get #latest(): number {
    return this.#arrivals.reduce((latest, { before }) => Math.max(latest, before), -Infinity);
  }

  /** Leaves the element alone from now on, at its usual rate. */
  close(): void {
    clearInterval(this.#ticking);
    this.#media.playbackRate = this.#media.defaultPlaybackRate;
  }

  #look(): void {
    const media = this.#media;
    const { buffered } = media;
    if (buffered.length === 0) {
      return;
    }
    const start = buffered.start(buffered.length - 1);
    const end = buffered.end(buffered.length - 1);
    const now = performance.now() / 1000;
    this.#note(now, end);
    if (media.seeking) {
      return;
    }
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      // Who joins late finds everything far from zero.
      if (media.currentTime < start || end - media.currentTime > this.#options.jump) {
        media.currentTime = Math.max(start, end - this.#options.target);
      }
      return;
    }
    if (media.paused || media.ended) {
      return;
    }
    const { currentTime } = media;
    const isMoving = currentTime > this.#lastTime;
    this.#lastTime = currentTime;
    if (currentTime < start) {
      media.currentTime = start; // What is missing in between will not come.
    } else if (isMoving && this.#arrivals.length > 0) {
      // What should have come by now is late, too.
      const late = Math.max(this.#latest, now - end);
      this.#keepUp(now - late - this.#options.target - currentTime);
    }
  }

  #note(now: number, end: number): void {
    if (end <= this.#end) {
      return;
    }
    this.#firstAt ??= now;
    // A hidden page's timers are late by themselves.
    if (this.#isLateKnown && now - this.#firstAt > STARTING && !document.hidden) {
      this.#arrivals = this.#arrivals.filter(({ at }) => now - at < REMEMBERED);
      this.#arrivals.push({ at: now, before: now - this.#end, after: now - end });
    }
    this.#end = end;
    this.#isLateKnown = true;
  }

  /** `excess`: seconds further behind than it has to be. */
  #keepUp(excess: number): void {
    const media = this.#media;
    const { maxRate, jump } = this.#options;
    const isTooFar = excess > (this.#wasNear ? jump : Math.min(jump, FIRST_JUMP));
    this.#wasNear ||= isTooFar || excess < TOLERANCE;
    if (isTooFar) {
      media.currentTime += excess;
      return;
    }
    // From the tolerance on, and on until it is near.
    const isOff = Math.abs(excess) > (media.playbackRate === 1 ? TOLERANCE : TOLERANCE / 5);
    const most = maxRate - 1;
    const rate = isOff ? 1 + Math.min(most, Math.max(-most, excess / 2)) : 1;
    if (rate === 1 ? media.playbackRate !== 1 : Math.abs(rate - media.playbackRate) > 0.01) {
      media.playbackRate = rate;
    }
  }
}
