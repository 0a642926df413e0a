/**
 * Whether a worker still runs. Nothing tells when another thread ends, but its locks are given back: a worker that has a
 * source holds one for as long as it runs.
 */

let name: string | undefined;

/** The name of this worker's lock, which it holds from now on. Empty where there are no locks: its end is not noticed. */
export function workerName(): string {
  if (name === undefined) {
    // The worker of a data: URL has an origin of its own, that nothing shares locks with.
    name = navigator.locks && origin !== "null" ? `mse-polyfill ${crypto.randomUUID()}` : "";
    if (name !== "") {
      navigator.locks.request(name, () => new Promise<never>(() => undefined)).catch(() => undefined);
    }
  }
  return name;
}
