/** Appends to a SourceBuffer in order, whatever it is busy with, and keeps it small. */

import { joined } from "./units";

/** Seconds behind the play head that stay. */
const KEEP_BEHIND = 30;
/** How much more than that, in seconds, has to be there to be worth a removal. */
const REMOVAL_STEP = 10;
/** How long, in milliseconds, a full buffer is left to play until the next try. */
const FULL_RETRY = 250;

/** How an {@link AppendQueue} keeps its buffer small. */
export interface AppendQueueOptions {
  /** Who plays it. Without one nothing is removed. */
  media?: HTMLMediaElement;
  /** Seconds behind the play head that stay, at least one. 30 by default. */
  keepBehind?: number;
}

/** Bytes that are appended at once, if there are as many: each append takes its time, however small. */
const BATCH = 1024 * 1024;

interface Waiting {
  readonly bytes: BufferSource;
  readonly done: () => void;
  readonly failed: (reason: unknown) => void;
}

/**
 * A queue in front of a SourceBuffer. `append` may be called at any time: it never throws InvalidStateError. Where there is
 * no room it takes what was played out, and waits for the play head otherwise.
 */
export class AppendQueue {
  readonly sourceBuffer: SourceBuffer;
  readonly #media: HTMLMediaElement | undefined;
  readonly #keepBehind: number;
  readonly #waiting: Waiting[] = [];
  #isWorking = false;
  #closed: Error | undefined;
  #pendingBytes = 0;

  constructor(sourceBuffer: SourceBuffer, { media, keepBehind = KEEP_BEHIND }: AppendQueueOptions = {}) {
    this.sourceBuffer = sourceBuffer;
    this.#media = media;
    this.#keepBehind = Math.max(1, keepBehind);
  }

  /** Bytes that wait. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Appends after all that was queued before. Rejects when the source refuses it, or is closed first. */
  append(bytes: BufferSource): Promise<void> {
    if (this.#closed) {
      return Promise.reject(this.#closed);
    }
    return new Promise((done, failed) => {
      this.#waiting.push({ bytes, done, failed });
      this.#pendingBytes += bytes.byteLength;
      void this.#work();
    });
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    await this.append(new Uint8Array());
  }

  /** Gives up what waits; the reason rejects it. */
  close(reason: Error = new DOMException("The queue was closed.", "AbortError")): void {
    this.#closed ??= reason;
    this.#pendingBytes = 0;
    for (const { failed } of this.#waiting.splice(0)) {
      failed(this.#closed);
    }
  }

  async #work(): Promise<void> {
    if (this.#isWorking) {
      return;
    }
    this.#isWorking = true;
    while (this.#waiting.length > 0 && !this.#closed) {
      try {
        await this.#idle();
        await this.#removeWhatWasPlayed();
        const batch = this.#batch();
        if (!(await this.#appended(joined(batch.map(({ bytes }) => viewOf(bytes)))))) {
          continue;
        }
        for (const { bytes, done } of this.#waiting.splice(0, batch.length)) {
          this.#pendingBytes -= bytes.byteLength;
          done();
        }
      } catch (error) {
        this.close(error as Error);
      }
    }
    this.#isWorking = false;
  }

  /** What waited longest, as much as is appended at once. */
  #batch(): Waiting[] {
    let size = 0;
    const beyond = this.#waiting.findIndex(({ bytes }) => (size += bytes.byteLength) > BATCH);
    return this.#waiting.slice(0, beyond < 0 ? undefined : Math.max(1, beyond));
  }

  /** False where there was no room. */
  async #appended(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if (bytes.byteLength === 0) {
      return true;
    }
    try {
      this.sourceBuffer.appendBuffer(bytes);
    } catch (error) {
      if ((error as DOMException).name !== "QuotaExceededError") {
        throw error;
      }
      if (!(await this.#removeWhatWasPlayed(0))) {
        await new Promise((resolve) => setTimeout(resolve, FULL_RETRY));
      }
      return false;
    }
    await this.#idle();
    return true;
  }

  /** Whether anything was removed. What is older than `keepBehind` goes, when it is worth it. */
  async #removeWhatWasPlayed(step = REMOVAL_STEP): Promise<boolean> {
    const { buffered } = this.sourceBuffer;
    const time = this.#media?.currentTime;
    const behind = step === 0 ? 1 : this.#keepBehind;
    if (time === undefined || buffered.length === 0 || time - behind <= buffered.start(0) + step) {
      return false;
    }
    this.sourceBuffer.remove(0, time - behind);
    await this.#idle();
    return true;
  }

  /** Resolves when the buffer takes the next call; rejects when what it did failed, or it takes none any more. */
  async #idle(): Promise<void> {
    const { sourceBuffer } = this;
    if (!sourceBuffer.updating) {
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const failed = (): void => reject(this.#media?.error ?? new Error("The SourceBuffer refused what was appended."));
      sourceBuffer.addEventListener("error", failed, { once: true });
      sourceBuffer.addEventListener(
        "updateend",
        () => {
          sourceBuffer.removeEventListener("error", failed);
          resolve();
        },
        { once: true },
      );
    });
  }
}

function viewOf(bytes: BufferSource): Uint8Array {
  return ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
}
