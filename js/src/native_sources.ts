import { NETWORK_LOADING } from "./element_states";
import { native } from "./native_element";
import type { PendingPlay } from "./play_promises";

/** What is known of a MediaSource of the browser's, from outside. */
export class NativeSource {
  readonly #urls = new Set<string>();
  /** Elements that were given it, the last one last. */
  readonly #elements = new Set<HTMLMediaElement>();
  /** What `play` of such an element returned, and is not settled. */
  readonly #plays = new Map<PendingPlay, HTMLMediaElement>();

  addUrl(url: string): void {
    this.#urls.add(url);
    sourcesByUrl.set(url, this);
  }

  addElement(element: HTMLMediaElement): void {
    this.#elements.delete(element);
    this.#elements.add(element);
  }

  /** The element that the browser has attached it to, as far as that can be told. */
  get element(): HTMLMediaElement | undefined {
    return [...this.#elements].reverse().find((element) => this.#isLoading(element) && this.#isNamedBy(element));
  }

  #isLoading(element: HTMLMediaElement): boolean {
    return native().networkState(element) === NETWORK_LOADING && native().readyState(element) === 0;
  }

  #isNamedBy(element: HTMLMediaElement): boolean {
    return this.#urls.has(withoutFragment(native().currentSrc(element)));
  }

  /**
   * A promise as `play` returns it, that settles as the browser's does, or is settled by whom {@link takePlays} gave it
   * to.
   */
  watchPlay(element: HTMLMediaElement, playing: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const pending: PendingPlay = { resolve, reject };
      this.#plays.set(pending, element);
      playing.then(
        () => this.#plays.delete(pending) && resolve(),
        (error: DOMException) => this.#plays.delete(pending) && reject(error),
      );
    });
  }

  /** Promises of the element that are not settled; from now on they do not follow the browser's. */
  takePlays(element: HTMLMediaElement): PendingPlay[] {
    const plays = [...this.#plays].filter(([, of]) => of === element).map(([pending]) => pending);
    plays.forEach((pending) => this.#plays.delete(pending));
    return plays;
  }
}

const sourcesByUrl = /* @__PURE__ */ new Map<string, NativeSource>();

/** `revokeObjectURL`: no further element gets it by this URL. */
export function forgetNativeUrl(url: string): void {
  sourcesByUrl.delete(url);
}

/** Whether there is any to look for. */
export function anyNativeUrl(): boolean {
  return sourcesByUrl.size > 0;
}

function withoutFragment(url: string): string {
  return url.trim().replace(/#.*/s, "");
}

/** The browser's source that the element was given by URL. */
export function nativeSourceOf(element: HTMLMediaElement): NativeSource | undefined {
  if (!anyNativeUrl()) {
    return undefined;
  }
  for (const named of [element, ...element.querySelectorAll("source")]) {
    const source = sourcesByUrl.get(withoutFragment(native().getAttribute(named, "src") ?? ""));
    if (source) {
      return source;
    }
  }
  return undefined;
}
