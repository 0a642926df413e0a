import { ControlPlane, DataPlaneHost, initSync } from "../wasm/mse_polyfill.js";
import { moduleNow, moduleSoon } from "./engine_module";
import type { ControlPlane as ControlPlaneInterface } from "./engine";
import type { EngineModule } from "./link";
import { prepareWorker } from "./worker_start";
import workerSource from "built:worker";
import workletSource from "built:worklet";

/** Where the pieces of the engine are; by default they are found without help. */
export interface EngineOptions {
  /** The `.wasm` file, for bundlers that move it where it cannot be found. The one-file script has it inside. */
  wasmUrl?: string | URL;
  /** `dist/worker.js` on your host, where the Content Security Policy forbids `worker-src blob:`. */
  workerUrl?: string | URL;
  /** `dist/worklet.js` on your host, likewise. */
  workletUrl?: string | URL;
  /**
   * How many bytes a SourceBuffer with video and one with sound alone may hold before appendBuffer throws
   * QuotaExceededError; 150 MiB and 12 MiB by default. For sources that are attached from then on.
   */
  quota?: { video: number; audio: number };
  /**
   * Whether appends fail where the specification says so (ordinary MP4 files, codecs that a byte stream format does not
   * know, …), for comparing with browsers. False by default: what can be played is played.
   */
  strict?: boolean;
}

/** The wasm module, instantiated for this page. */
export interface Engine extends EngineModule {
  createControlPlane(): ControlPlaneInterface;
}

const options: EngineOptions = {};
let engine: Engine | undefined;
let loading: Promise<Engine> | undefined;

/** Options of the engine; those that matter for loading must come before it is loaded. */
export function setEngineOptions(changes: EngineOptions): void {
  Object.assign(options, changes);
}

/** The options in force. */
export function engineOptions(): Readonly<EngineOptions> {
  return options;
}

function instantiate(module: WebAssembly.Module): Engine {
  initSync({ module });
  return (engine = {
    module,
    workerSource,
    workletSource,
    bindings: { DataPlaneHost },
    createControlPlane: () => new ControlPlane() as unknown as ControlPlaneInterface,
  });
}

/** Loads the engine once. Rejects when the wasm cannot be had; a later call tries again. */
export async function loadEngine(): Promise<Engine> {
  const atOnce = engine ?? loadEngineNow();
  if (atOnce) {
    return atOnce;
  }
  try {
    return await (loading ??= moduleSoon(options.wasmUrl).then(instantiate));
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

function loadEngineNow(): Engine | undefined {
  const module = moduleNow();
  return module && instantiate(module);
}

/**
 * The engine will be needed: begins to load it where there is a browser around, and to start a worker. Failure shows when
 * it is needed.
 */
export function expectEngine(): void {
  if (typeof document !== "undefined") {
    loadEngine().then(
      (loaded) => prepareWorker(loaded, options.workerUrl?.toString()),
      () => undefined,
    );
  }
}
