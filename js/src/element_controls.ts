import { mountControls } from "./controls_bar";
import { engineOptions } from "./engine_options";
import { native } from "./native_element";

const NAME = "controls";

/**
 * The `controls` attribute of an attached element. The native bar is of no use for a stream (it cannot seek), so the
 * attribute is natively off and a bar of our own is there in its place, while the page reads what it has set.
 */
export class ControlsAttribute {
  readonly #element: HTMLMediaElement;
  readonly #observer: MutationObserver;
  #value: string | null = null;
  #unmount: (() => void) | undefined;

  constructor(element: HTMLMediaElement) {
    this.#element = element;
    this.#observer = new MutationObserver(() => this.#takeNativeValue());
    this.#takeNativeValue();
    this.#observer.observe(element, { attributeFilter: [NAME] });
  }

  /** The attribute's value, null without it. */
  get value(): string | null {
    return this.#value;
  }

  /** Null removes the attribute. */
  set value(value: string | null) {
    this.#value = value;
    if (value === null) {
      this.#unmount?.();
      this.#unmount = undefined;
    } else {
      this.#unmount ??= mountControls(this.#element, engineOptions().texts);
    }
  }

  /** The element is given up: the native bar comes back if the page wants one. */
  close(): void {
    this.#observer.disconnect();
    const value = this.#value;
    this.value = null;
    if (value !== null) {
      native().setAttribute(this.#element, NAME, value);
    }
  }

  /** By the parser, or by ways around the members that are overridden. */
  #takeNativeValue(): void {
    const value = native().getAttribute(this.#element, NAME);
    if (value !== null) {
      native().removeAttribute(this.#element, NAME);
      this.value = value;
    }
  }
}
