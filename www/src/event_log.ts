/** The list keeps no more than this. */
const MOST = 400;

/** Every event of the elements watched, in order; repetitions in a row are counted. */
export class EventLog {
  readonly #list: HTMLElement;
  readonly #count: HTMLElement;
  #total = 0;
  #start = 0;
  #last: { key: string; times: number; row: HTMLElement } | undefined;

  constructor(list: HTMLElement, count: HTMLElement) {
    this.#list = list;
    this.#count = count;
  }

  /** `start` in the time of `performance.now()`. */
  clear(start: number): void {
    this.#list.replaceChildren();
    this.#total = 0;
    this.#start = start;
    this.#last = undefined;
    this.#count.textContent = "0";
  }

  add(target: string, type: string, detail = ""): void {
    this.#count.textContent = String(++this.#total);
    const key = `${target} ${type} ${detail}`;
    if (this.#last?.key === key) {
      this.#last.times++;
      this.#last.row.dataset["times"] = `× ${this.#last.times}`;
      return;
    }
    const row = document.createElement("li");
    const cell = (className: string, text: string) => {
      const span = document.createElement("span");
      span.className = className;
      span.textContent = text;
      row.append(span);
    };
    cell("log-when", ((performance.now() - this.#start) / 1000).toFixed(3));
    cell("log-who", target);
    cell("log-what", detail ? `${type}  ${detail}` : type);
    if (type === "error") row.className = "bad";
    const box = this.#list.parentElement;
    const atEnd = !box || box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    this.#list.append(row);
    if (this.#list.childElementCount > MOST) this.#list.firstElementChild?.remove();
    if (atEnd && box) box.scrollTop = box.scrollHeight;
    this.#last = { key, times: 1, row };
  }
}
