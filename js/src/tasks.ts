/**
 * One queue of tasks for the whole page, each run in a macrotask of its own and in order, as "queue a task" means.
 * MessageChannel has no 4 ms clamp and is not slowed down in hidden tabs, which setTimeout is.
 */
const waiting: (() => void)[] = [];
let wake: (() => void) | undefined;

function createWake(): () => void {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    waiting.shift()?.();
  };
  return () => channel.port2.postMessage(null);
}

/** Runs `task` later, after all tasks queued before. */
export function queueTask(task: () => void): void {
  waiting.push(task);
  (wake ??= createWake())();
}

/**
 * Fires a plain event now. It is not `isTrusted`, which is how the filter of native events tells it from the
 * browser's own.
 */
export function fire(target: EventTarget, type: string): void {
  target.dispatchEvent(new Event(type));
}

/** Wall time as the engine counts it: milliseconds since the Unix epoch, the same on every thread. */
export function wallTime(): number {
  return performance.timeOrigin + performance.now();
}
