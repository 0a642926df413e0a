/**
 * Whether a worker still runs. Nothing tells when another thread ends, but its locks are given back: a worker that has a
 * source holds one for as long as it runs.
 */

/** A worker that does not hold its lock may be about to ask for it; this long, in milliseconds, it is waited for. */
const GRACE = 1_000;

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

/** Resolves when the worker of this name has ended. Rejects where that is not known. */
export async function workerEnded(worker: string): Promise<void> {
  const { locks } = navigator;
  if (!locks || worker === "") {
    throw new Error("there are no locks");
  }
  for (const wait of [GRACE, 0]) {
    const isHeld = await locks.request(worker, { ifAvailable: true }, (lock) => lock === null);
    if (isHeld) {
      return locks.request(worker, () => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
