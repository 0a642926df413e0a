// Reads what the browser spent, before and after something.

import { readFileSync, readdirSync } from "node:fs";

/** The middle of some numbers; of two middles their mean. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value that this part of some numbers does not exceed. */
export const quantile = (values, part) => values.toSorted((a, b) => a - b)[Math.ceil(values.length * part) - 1];

/** A page's times. Outside Chromium only wall time can be had: the others are undefined. */
export class Meter {
  #page;
  #session;
  #pid;

  static async of(page) {
    const meter = new Meter();
    meter.#page = page;
    if (page.browser().process()?.spawnfile.includes("firefox")) return meter;
    meter.#session = await page.createCDPSession();
    await meter.#session.send("Performance.enable");
    return meter;
  }

  async #now() {
    if (!this.#session) return {};
    const { metrics } = await this.#session.send("Performance.getMetrics");
    const milliseconds = (name) => metrics.find((metric) => metric.name === name)?.value * 1000;
    return { thread: milliseconds("ThreadTime"), process: (await this.#ofThreads()) ?? milliseconds("ProcessTime") };
  }

  /** CPU milliseconds of all threads as the kernel counts them; the browser's own sum goes in steps of ten. */
  async #ofThreads() {
    if (process.platform !== "linux") return undefined;
    this.#pid ??= await this.#rendererPid();
    const tasks = `/proc/${this.#pid}/task`;
    let nanoseconds = 0;
    for (const task of readdirSync(tasks)) {
      try {
        nanoseconds += Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]);
      } catch {
        // The thread has ended meanwhile.
      }
    }
    return nanoseconds / 1e6;
  }

  /**
   * Milliseconds that a call in the page took: `wall` by the page's clock, CPU of the page's `thread` and of its whole
   * `process`. The call's result is `result`.
   */
  async time(call, ...input) {
    const before = await this.#now();
    const { wall, result } = await this.#page.evaluate(
      async (call, input) => {
        const start = performance.now();
        const result = await eval(call)(...input);
        return { wall: performance.now() - start, result };
      },
      `(${call})`,
      input,
    );
    const after = await this.#now();
    return { result, wall, thread: after.thread - before.thread, process: after.process - before.process };
  }

  /** Bytes of memory that the page's process has for itself (PSS), after collecting garbage; undefined off Linux. */
  async memory() {
    if (!this.#session || process.platform !== "linux") return undefined;
    await this.#session.send("HeapProfiler.collectGarbage");
    this.#pid ??= await this.#rendererPid();
    const rollup = readFileSync(`/proc/${this.#pid}/smaps_rollup`, "utf8");
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)[1]) * 1024;
  }

  /** The renderer that works while the page does. */
  async #rendererPid() {
    const browser = await this.#page.browser().target().createCDPSession();
    const times = async () => (await browser.send("SystemInfo.getProcessInfo")).processInfo;
    const before = await times();
    await this.#page.evaluate(() => {
      for (const end = performance.now() + 150; performance.now() < end; );
    });
    const spent = (await times())
      .filter(({ type }) => type === "renderer")
      .map(({ id, cpuTime }) => ({ id, spent: cpuTime - (before.find((old) => old.id === id)?.cpuTime ?? 0) }));
    await browser.detach();
    return spent.sort((a, b) => b.spent - a.spent)[0].id;
  }
}
