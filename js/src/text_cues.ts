/**
 * Text tracks of an attached element, as long as it has none: what moves the cues of tracks along, `timed_cues.ts`, is loaded
 * with the first one. Until then the page hears nothing of the cues of a track, as the browser's own times mean nothing.
 */

import { alike } from "./alike";
import { withSeldom } from "./seldom_soon";
import { fire, queueTask } from "./tasks";
import type { CueOwner, TimedCues } from "./timed_cues";

/** Tracks of attached elements. */
const ours = /* @__PURE__ */ new WeakSet<TextTrack>();

const swallow = (event: Event): void => {
  const target = event.currentTarget as Element | TextTrack | TextTrackCue;
  const track = target instanceof TextTrackCue ? target.track : target;
  if (event.isTrusted && (target instanceof Element || ours.has(track as TextTrack))) {
    event.stopImmediatePropagation();
  }
};

/** Has the browser's own events of a track or cue swallowed as long as it is ours: all that is listened to later is behind it. */
export function guard(target: EventTarget): void {
  for (const type of ["enter", "exit", "cuechange"]) {
    EventTarget.prototype.addEventListener.call(target, type, swallow, true);
  }
}

/** Has tracks and cues guarded before the page listens to them, which is natively the order in which they hear. */
export function guardListeners(replace: (holder: object, name: string, descriptor: PropertyDescriptor) => void): void {
  for (const [prototype, handlers] of [
    [TextTrackCue.prototype, ["onenter", "onexit"]],
    [TextTrack.prototype, ["oncuechange"]],
  ] as const) {
    const addEventListener = prototype.addEventListener as (this: EventTarget, ...args: never[]) => void;
    replace(prototype, "addEventListener", {
      value: alike(addEventListener, function (this: EventTarget, ...args) {
        guard(this);
        addEventListener.apply(this, args);
      }),
      writable: true,
      enumerable: true,
    });
    for (const name of handlers) {
      const handler = Object.getOwnPropertyDescriptor(prototype, name);
      const set = function (this: EventTarget, value: unknown) {
        guard(this);
        handler?.set?.call(this, value);
      };
      replace(prototype, name, { ...handler, set: alike(handler?.set, set) });
    }
  }
}

export class TextCues {
  readonly #owner: CueOwner;
  readonly #list: TextTrackList;
  #timed: TimedCues | undefined;
  #isLoading = false;
  #isClosed = false;
  #hasSought = false;

  constructor(owner: CueOwner) {
    this.#owner = owner;
    const { element } = owner;
    this.#list = element.textTracks;
    this.#list.addEventListener("addtrack", this.update);
    // Of track elements, which are children.
    element.addEventListener("cuechange", swallow, true);
  }

  /** Everything is the browser's again. */
  close(): void {
    this.#isClosed = true;
    this.#list.removeEventListener("addtrack", this.update);
    this.#owner.element.removeEventListener("cuechange", swallow, true);
    Array.from(this.#list, (track) => ours.delete(track));
    this.#timed?.close();
  }

  /** The position is about to jump. */
  seeking(): void {
    this.#hasSought = true;
    this.#timed?.seeking();
  }

  /** The position, the tracks or their cues may have changed. */
  readonly update = (): void => {
    if (this.#timed) {
      this.#timed.update();
    } else {
      Array.from(this.#list, (track) => this.adopt(track));
    }
  };

  /** `track` is in the list, or will be in a moment. */
  adopt(track: TextTrack): void {
    if (this.#timed) {
      this.#timed.adopt(track);
      return;
    }
    ours.add(track);
    guard(track);
    if (!this.#isLoading) {
      this.#isLoading = true;
      withSeldom(
        ({ TimedCues }) => {
          if (!this.#isClosed) {
            this.#timed = new TimedCues(this.#owner, { fire, guard, ours, queueTask }, this.#hasSought);
            this.update();
          }
        },
        (error) => console.error("mse-polyfill: what times the cues of text tracks could not be loaded.", error),
      );
    }
  }
}
