/**
 * One queue of tasks for the whole page, each run on its own and in order, as "queue a task" means. setTimeout would clamp
 * to 4 ms and is slowed down in hidden tabs; but each wake costs as much as an append does otherwise. So tasks run in the
 * turns of a message that is being handled anyway, as far as there are any.
 */
const waiting: (() => void)[] = [];
/** Wakes under way; each runs one task. */
let wakes = 0;
/** Listeners of the message being handled that have not had their turn; each runs one task. */
let turns = 0;
let wake: (() => void) | undefined;

/** A message that answers an append brings two events, and before the next one there is `updatestart`. */
const TURNS = 4;

function createWake(): () => void {
  const run = (): void => {
    wakes--;
    waiting.shift()?.();
  };
  // A message that is sent while one of the same channel is handled comes after timers that are set then; the browser's own
  // events come before them, and players rely on it.
  const { scheduler } = globalThis as { scheduler?: { postTask?: (task: () => void, options: object) => unknown } };
  if (scheduler?.postTask) {
    return () => void scheduler.postTask?.(run, { priority: "user-blocking" });
  }
  const channel = new MessageChannel();
  channel.port1.onmessage = run;
  return () => channel.port2.postMessage(null);
}

/** Runs `task` later, after all tasks queued before. */
export function queueTask(task: () => void): void {
  waiting.push(task);
  if (waiting.length > wakes + turns) {
    wakes++;
    (wake ??= createWake())();
  }
}

/**
 * The listeners that tasks run in: each must be another function, for a listener is added once only. They outlive each handler,
 * so they are made here, where none is in reach, not even when a minifier has put functions into others.
 */
const turnListeners = /* @__PURE__ */ Array.from({ length: TURNS }, () => () => {
  turns--;
  waiting.shift()?.();
});

/**
 * Hands messages of `port` to `handler`, instead of the one before, and lets tasks run behind it, each as a listener of its
 * own: a browser runs all microtasks after each listener, as it does after a task. HTML § 8.1.7.3 lets it take the next
 * task from any queue, so it may as well be that of these at once.
 */
export function onMessage<Message>(port: Worker | MessagePort, handler: (message: Message) => void): void {
  port.onmessage = ({ data }: MessageEvent<Message>) => {
    turns = TURNS;
    handler(data);
  };
  turnListeners.forEach((listener) => port.addEventListener("message", listener));
}

const fired = /* @__PURE__ */ new WeakSet<Event>();

/** Whether it is of {@link fire}. */
export function isOurs(event: Event): boolean {
  return fired.has(event);
}

/**
 * Fires a plain event now. It is not `isTrusted`, which is how the filter of native events tells it from the
 * browser's own.
 */
export function fire(target: EventTarget, type: string): void {
  const event = new Event(type);
  fired.add(event);
  target.dispatchEvent(event);
}

/** Wall time as the engine counts it: milliseconds since the Unix epoch, the same on every thread. */
export function wallTime(): number {
  return performance.timeOrigin + performance.now();
}
