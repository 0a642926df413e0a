/** Whether a worker still runs, by the lock that it holds: see `worker_name.ts`. */

/** A worker that does not hold its lock may be about to ask for it; this long, in milliseconds, it is waited for. */
const GRACE = 1_000;

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
