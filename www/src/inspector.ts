import { inspect } from "../../js/src/inspect/index";
import type { Inspector } from "../../js/src/inspect/index";

/** The library's inspector, in its place on a page, for one element after the other. */
export class InspectorPlace {
  readonly #container: Element;
  #open: { inspector: Inspector; video: HTMLVideoElement; source: MediaSource | undefined } | undefined;

  constructor(container: Element) {
    this.#container = container;
  }

  /** Shows this element from now on. `source` is there for the browser's own MediaSource, which does not tell. */
  watch(video: HTMLVideoElement, source: MediaSource | undefined): void {
    if (this.#open?.video === video && this.#open.source === source) return;
    this.close();
    this.#open = { inspector: inspect(video, { container: this.#container, source }), video, source };
  }

  close(): void {
    this.#open?.inspector.close();
    this.#open = undefined;
  }
}
