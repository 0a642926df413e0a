import { addTo, setText } from "../controls/dom";
import type { Happening } from "./events";

/** The list keeps no more than this. */
const MOST = 400;

/** A list of what happened, in order; repetitions in a row are counted. */
export class Log {
  readonly #list: HTMLElement;
  readonly #box: HTMLElement;
  readonly #start: number;
  #last: { key: string; times: number; count: HTMLElement } | undefined;

  /** Times are told from `start` on, which is in the time of `performance.now()`. */
  constructor(box: HTMLElement, start: number) {
    this.#box = box;
    this.#list = addTo(box, "ol", "");
    this.#start = start;
  }

  add({ at, who, what, detail }: Happening): void {
    // Without their details: `timeupdate` has another position each time.
    const key = `${who} ${what}`;
    if (this.#last?.key === key) {
      setText(this.#last.count, `×${++this.#last.times}`);
      return;
    }
    const box = this.#box;
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 30;
    const row = addTo(this.#list, "li", /error|waiting|stalled/.test(what) ? "bad" : "");
    addTo(row, "span", "when").textContent = ((at - this.#start) / 1_000).toFixed(3);
    addTo(row, "span", "who").textContent = who;
    addTo(row, "b", "").textContent = what;
    addTo(row, "span", "detail").textContent = detail;
    this.#last = { key, times: 1, count: addTo(row, "i", "") };
    if (this.#list.childElementCount > MOST) this.#list.firstElementChild?.remove();
    if (isAtEnd) box.scrollTop = box.scrollHeight;
  }
}
