/** What the page tells `navigator.mediaSession`, noticed for `media_keys.ts`, which is loaded with the first element that is heard. */

import { mediaKeysSoon } from "./seldom_soon";
import { native } from "./native_element";
import type { KeyedElement, MediaKeys } from "./media_keys";
import { SHORTEST } from "./shortest";

type SetActionHandler = MediaSession["setActionHandler"];

/** What is known of the page's `navigator.mediaSession`. */
export interface Session {
  /** The browser's own methods, while the page's calls of them are noticed. */
  own: { setActionHandler: SetActionHandler; setPositionState: MediaSession["setPositionState"] } | undefined;
  /** Actions that the page handles. */
  readonly ofPage: Set<MediaSessionAction>;
  isPositionOfPage: boolean;
  /** The page no longer handles this action. */
  released(action: MediaSessionAction): void;
  /** The page told of the position, or tells of it no longer. */
  positionTold(): void;
  /** The page's calls are about to be noticed no more. */
  ending(): void;
}

const session: Session = {
  own: undefined,
  ofPage: /* @__PURE__ */ new Set(),
  isPositionOfPage: false,
  released() {},
  positionTold() {},
  ending() {},
};

/** Media keys of an element, as soon as it is heard. */
export class ElementKeys {
  readonly #owner: KeyedElement;
  #keys: MediaKeys | undefined;
  #isAskedFor = false;
  #isClosed = false;

  constructor(owner: KeyedElement) {
    this.#owner = owner;
  }

  /** The element's state has changed. */
  update(): void {
    const { paused, ended, muted, volume, duration, hasSound } = this.#owner;
    if (this.#keys) {
      this.#keys.update();
    } else if (!this.#isAskedFor && hasSound && duration >= SHORTEST && !paused && !ended && !muted && volume > 0) {
      this.#isAskedFor = true;
      mediaKeysSoon(({ MediaKeys }) => {
        if (!this.#isClosed) {
          this.#keys = new MediaKeys(this.#owner, native(), session);
          this.#keys.update();
        }
      });
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#keys?.close();
  }
}

/** Notices what the page tells `navigator.mediaSession`, to tell it the rest. Returns how to stop. */
export function guardSession(replaceMethod: (holder: object, name: string, value: (...args: never[]) => unknown) => void): () => void {
  const { MediaSession } = globalThis as { MediaSession?: { prototype: MediaSession } };
  if (!MediaSession) {
    return () => undefined;
  }
  const { setActionHandler, setPositionState } = MediaSession.prototype;
  session.own = { setActionHandler, setPositionState };
  replaceMethod(MediaSession.prototype, "setActionHandler", function (this: MediaSession, ...args: Parameters<SetActionHandler>) {
    setActionHandler.apply(this, args);
    const [action, handler] = args;
    if (handler) {
      session.ofPage.add(action);
    } else if (session.ofPage.delete(action)) {
      session.released(action);
    }
  });
  replaceMethod(MediaSession.prototype, "setPositionState", function (this: MediaSession, ...args: [state?: MediaPositionState]) {
    setPositionState.apply(this, args);
    session.isPositionOfPage = args[0] !== undefined && Object.keys(args[0] ?? {}).length > 0;
    session.positionTold();
  });
  return () => {
    session.ending();
    session.own = undefined;
  };
}
