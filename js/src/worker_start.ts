import type { FromHost, ToHost } from "./host";

/** What a worker of the data plane is made from. */
export interface WorkerParts {
  /** The compiled wasm module. */
  module: WebAssembly.Module;
  /** The worker's script. */
  workerSource: string;
}

/** For how long, in milliseconds, a worker waits to be taken. */
const SPARE_KEPT = 30_000;

/** A worker on its way: its script is being loaded, then it makes an instance of the wasm module. */
export class WorkerStart {
  readonly worker: Worker;
  readonly parts: WorkerParts;
  readonly workerUrl: string | undefined;
  #outcome: "loaded" | "failed" | undefined;
  #isRunning = false;
  /** How many data planes have been asked to end and have not answered. */
  #ending = 0;
  #settled: ((loaded: boolean) => void) | undefined;

  /** Throws where workers are forbidden. Without a URL the script is the one in `parts`. */
  constructor(parts: WorkerParts, workerUrl: string | undefined) {
    const url = workerUrl ?? URL.createObjectURL(new Blob([parts.workerSource], { type: "text/javascript" }));
    const worker = new Worker(url, { name: "mse-polyfill" });
    this.worker = worker;
    this.parts = parts;
    this.workerUrl = workerUrl;
    this.#await("loaded", () => {
      this.#isRunning = true;
      if (!workerUrl) {
        URL.revokeObjectURL(url);
      }
      const message: ToHost = { type: "module", module: parts.module };
      worker.postMessage(message);
    });
  }

  /** Whether its script runs for sure: what is sent is taken, one after the other. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Ends the data plane in the worker; it settles again when nothing comes of that any more. */
  reuse(): void {
    this.#outcome = undefined;
    this.#settled = undefined;
    this.#ending++;
    this.#await("closed", () => this.#ending--);
    const message: ToHost = { type: "close" };
    this.worker.postMessage(message);
  }

  #await(type: "loaded" | "closed", then: () => void): void {
    const { worker } = this;
    worker.onmessage = ({ data }: MessageEvent<FromHost>) => {
      if (!("type" in data)) {
        return; // Events of a data plane that nobody hears any more.
      }
      if (data.type === "frame") {
        data.frame.close();
      } else if (data.type === type) {
        then();
        if (this.#ending === 0) {
          this.#settle("loaded");
        }
      }
    };
    worker.onerror = (event) => {
      // It never ran: a policy forbids it, or its file is missing.
      event.preventDefault();
      worker.terminate();
      this.#settle("failed");
    };
  }

  /** Calls back when it is the caller's alone, or cannot run. The worker's handlers are the caller's then. */
  whenSettled(settled: (loaded: boolean) => void): void {
    this.#settled = settled;
    if (this.#outcome) {
      settled(this.#outcome === "loaded");
    }
  }

  #settle(outcome: "loaded" | "failed"): void {
    if (!this.#outcome) {
      this.#outcome = outcome;
      this.#settled?.(outcome === "loaded");
    }
  }
}

let spare: WorkerStart | undefined;
let expiry: ReturnType<typeof setTimeout> | undefined;

function keep(start: WorkerStart): void {
  spare = start;
  expiry = setTimeout(() => {
    spare = undefined;
    start.worker.terminate();
  }, SPARE_KEPT);
}

/** A data plane will be needed soon: its worker takes longer to start than all else does until the first picture. */
export function prepareWorker(parts: WorkerParts, workerUrl: string | undefined): void {
  if (spare) {
    return;
  }
  try {
    keep(new WorkerStart(parts, workerUrl));
  } catch {
    // Whoever needs one finds out.
  }
}

/** The worker that was prepared, or a new one. Throws where workers are forbidden. */
export function takeWorker(parts: WorkerParts, workerUrl: string | undefined): WorkerStart {
  const prepared = spare;
  if (!prepared || prepared.parts.module !== parts.module || prepared.workerUrl !== workerUrl) {
    return new WorkerStart(parts, workerUrl);
  }
  clearTimeout(expiry);
  spare = undefined;
  return prepared;
}

/** The data plane in the worker is not needed any more: the page's next source may have the worker. */
export function giveBackWorker(start: WorkerStart): void {
  if (spare) {
    start.worker.terminate();
  } else {
    start.reuse();
    keep(start);
  }
}
