/** An AudioContext that has the worklet's script, or is about to have it. */
export interface SoundContext {
  readonly context: AudioContext;
  /** Settles when the script is there, or cannot be had. */
  readonly loaded: Promise<void>;
}

/** For how long, in milliseconds, a context is kept that nobody uses. */
const KEPT = 10_000;

let shared: SoundContext | undefined;
let users = 0;
let closing: ReturnType<typeof setTimeout> | undefined;

function create(workletUrl: string): SoundContext {
  const context = new AudioContext({ latencyHint: "interactive" });
  const loaded = context.audioWorklet.addModule(workletUrl).finally(() => {
    if (workletUrl.startsWith("blob:")) {
      URL.revokeObjectURL(workletUrl);
    }
  });
  return { context, loaded };
}

/**
 * The page's one context for sound: browsers take tens of milliseconds to make one, and some give a page only a few. To be
 * given back once by each who took it. `workletUrl` is called when one has to be made.
 */
export function takeSoundContext(workletUrl: () => string): SoundContext {
  clearTimeout(closing);
  users++;
  const taken = (shared ??= create(workletUrl()));
  taken.loaded.catch(() => {
    // The next to come may have an address that works.
    if (shared === taken) {
      shared = undefined;
      void taken.context.close().catch(() => undefined);
    }
  });
  return taken;
}

/** What {@link takeSoundContext} gave is not used any more. */
export function giveBackSoundContext(): void {
  users--;
  if (users === 0) {
    closing = setTimeout(() => {
      void shared?.context.close().catch(() => undefined);
      shared = undefined;
    }, KEPT);
  }
}
