import { domException } from "./errors";

/** What `play()` returned, not settled yet. HTML § 4.8.11.8. */
export interface PendingPlay {
  resolve(): void;
  reject(error: DOMException): void;
}

const REASONS: Record<string, string> = {
  AbortError: "The play() request was interrupted.",
  NotAllowedError: "play() failed because the user didn't interact with the document first.",
  NotSupportedError: "The element has no supported sources.",
};

/** Rejects them with a DOMException of this name. */
export function rejectPlays(plays: PendingPlay[], name: string, message = REASONS[name]): void {
  const error = domException(name, message ?? "The play() request failed.");
  plays.forEach((play) => play.reject(error));
}

/** Those that the engine knows, by its numbers for them. */
export class PlayPromises {
  readonly #pending = new Map<number, PendingPlay[]>();
  /** Settle some of these, in tasks that have not run. */
  readonly #settlements = new Set<() => void>();

  add(id: number, plays: PendingPlay[]): void {
    this.#pending.set(id, plays);
  }

  /** The task that settles those of this number; `error` is the name of a DOMException. */
  task(id: number, error: string | undefined): () => void {
    const settle = () => {
      this.#settlements.delete(settle);
      const plays = this.#pending.get(id) ?? [];
      this.#pending.delete(id);
      if (error === undefined) {
        plays.forEach((play) => play.resolve());
      } else {
        rejectPlays(plays, error);
      }
    };
    this.#settlements.add(settle);
    return settle;
  }

  /** Those that nothing is known of. What is under way to others reaches them at once: HTML § 4.8.11.5, load step 4. */
  takeAll(): PendingPlay[] {
    this.#settlements.forEach((settle) => settle());
    const plays = [...this.#pending.values()].flat();
    this.#pending.clear();
    return plays;
  }
}
