import type { FromHost, ToHost } from "./host";

/** What a worker of the data plane is made from. */
export interface WorkerParts {
  /** The compiled wasm module. */
  module: WebAssembly.Module;
  /** The worker's script. */
  workerSource: string;
}

/** For how long, in milliseconds, a worker waits to be taken. */
const SPARE_KEPT = 10_000;

/** A worker on its way: its script is being loaded, then it makes an instance of the wasm module. */
export class WorkerStart {
  readonly worker: Worker;
  #outcome: "loaded" | "failed" | undefined;
  #settled: ((loaded: boolean) => void) | undefined;

  /** Throws where workers are forbidden. Without a URL the script is the one in `parts`. */
  constructor(parts: WorkerParts, workerUrl: string | undefined) {
    const url = workerUrl ?? URL.createObjectURL(new Blob([parts.workerSource], { type: "text/javascript" }));
    const worker = new Worker(url, { name: "mse-polyfill" });
    this.worker = worker;
    worker.onmessage = ({ data }: MessageEvent<FromHost>) => {
      if ("type" in data && data.type === "loaded") {
        if (!workerUrl) {
          URL.revokeObjectURL(url);
        }
        const message: ToHost = { type: "module", module: parts.module };
        worker.postMessage(message);
        this.#settle("loaded");
      }
    };
    worker.onerror = (event) => {
      // It never ran: a policy forbids it, or its file is missing.
      event.preventDefault();
      worker.terminate();
      this.#settle("failed");
    };
  }

  /** Calls back when its script runs, or cannot. The worker's handlers are the caller's then. */
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

interface Spare {
  start: WorkerStart;
  module: WebAssembly.Module;
  workerUrl: string | undefined;
  timer: ReturnType<typeof setTimeout>;
}

let spare: Spare | undefined;

/** A data plane will be needed soon: its worker takes longer to start than all else does until the first picture. */
export function prepareWorker(parts: WorkerParts, workerUrl: string | undefined): void {
  if (spare) {
    return;
  }
  try {
    const start = new WorkerStart(parts, workerUrl);
    const timer = setTimeout(() => {
      spare = undefined;
      start.worker.terminate();
    }, SPARE_KEPT);
    spare = { start, module: parts.module, workerUrl, timer };
  } catch {
    // Whoever needs one finds out.
  }
}

/** The worker that was prepared, or a new one. Throws where workers are forbidden. */
export function takeWorker(parts: WorkerParts, workerUrl: string | undefined): WorkerStart {
  const prepared = spare;
  if (!prepared || prepared.module !== parts.module || prepared.workerUrl !== workerUrl) {
    return new WorkerStart(parts, workerUrl);
  }
  clearTimeout(prepared.timer);
  spare = undefined;
  return prepared.start;
}
