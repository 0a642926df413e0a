/**
 * Shows over time what an element, its MediaSource and the engine behind it do, for whoever hunts a stall. It needs nothing
 * else of the package: elements that play through the library say so themselves, and of others it shows what they tell.
 */
import { Panel } from "./panel";
import { takeSnapshot } from "./snapshot";
import type { Snapshot } from "./snapshot";

export type {
  ElementSnapshot,
  EngineSnapshot,
  Range,
  Snapshot,
  SourceBufferSnapshot,
  SourceSnapshot,
  TrackSnapshot,
} from "./snapshot";

export interface InspectOptions {
  /** Where the panel is to lie, at the end of it. By default it is fixed at the bottom of the page. */
  container?: Element;
  /** The source of an element that plays through the browser's own MediaSource, which does not tell. */
  source?: MediaSource;
}

/** An open panel. */
export interface Inspector {
  /** The panel, `<mse-inspector>`. */
  readonly panel: HTMLElement;
  /** What there is to know at this moment, as plain data. */
  snapshot(): Promise<Snapshot>;
  /** Takes the panel away; nothing of it is left. It closes itself when its element is no more. */
  close(): void;
}

/**
 * Opens a panel that shows an element at work. One that does not play through this library (yet) shows less until it does.
 *
 * Throws a TypeError for what is no `<video>` or `<audio>`.
 */
export function inspect(element: HTMLMediaElement, options: InspectOptions = {}): Inspector {
  // An element of another window is of another class.
  if (!["video", "audio"].includes((element as HTMLMediaElement | undefined)?.localName ?? "")) {
    throw new TypeError("inspect: the first argument is no <video> or <audio>.");
  }
  const panel = new Panel(element, options);
  const weak = new WeakRef(element);
  return {
    panel: panel.host,
    async snapshot() {
      const element = weak.deref();
      if (!element) throw new DOMException("inspect: the element is no more.", "InvalidStateError");
      return takeSnapshot(element, panel.source, [0, Infinity]);
    },
    close: () => panel.close(),
  };
}
