import { initSync } from "../wasm/mse_polyfill.js";
import { createControlPlane } from "./control_plane";
import { engineOptions, scriptUrls } from "./engine_options";
import { partsNow, partsSoon } from "./engine_module";
import type { EngineParts } from "./engine_module";
import type { ControlPlane, Half } from "./engine";
import type { EngineModule } from "./link";
import { hasGenerators } from "./sinks";
import { prepareWorker } from "./worker_start";
import workerSource from "built:worker";
import workletSource from "built:worklet";

/** The wasm module, instantiated for this page. */
export interface Engine extends EngineModule {
  /** Of both halves, or of one. */
  createControlPlane(half?: Half): ControlPlane;
}

let engine: Engine | undefined;
let loading: Promise<Engine> | undefined;

function instantiate([module, canvas]: EngineParts): Engine {
  if (engine) {
    return engine; // Two ways led here.
  }
  initSync({ module });
  return (engine = {
    module,
    workerSource,
    workletSource,
    CanvasVideo: canvas?.CanvasVideo,
    createControlPlane,
  });
}

/** The engine, in a worker, from the module that the page has compiled. */
export function adoptEngine(module: WebAssembly.Module): Engine {
  return engine ?? instantiate([module]);
}

/** The engine, where it has been loaded. */
export function engineNow(): Engine | undefined {
  return engine;
}

/** Loads the engine once. Rejects when the wasm cannot be had; a later call tries again. */
export async function loadEngine(): Promise<Engine> {
  // While the browser compiles it, the page need not.
  const atOnce = engine ?? (loading ? undefined : loadEngineNow());
  if (atOnce) {
    return atOnce;
  }
  try {
    return await (loading ??= loadParts());
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

function loadEngineNow(): Engine | undefined {
  const parts = partsNow();
  return parts && instantiate(parts);
}

function loadParts(): Promise<Engine> {
  return partsSoon(!hasGenerators(), engineOptions().wasmUrl).then(instantiate);
}

/**
 * The engine will be needed: begins to load it where there is a browser around, and to start a worker. Failure shows when
 * it is needed.
 */
export function expectEngine(): void {
  if (typeof document !== "undefined") {
    loadEngine().then(
      (loaded) => prepareWorker(loaded, scriptUrls().workerUrl),
      () => undefined,
    );
  }
}

/**
 * Sources are to be expected on this page: the same as soon as the page has nothing else to do, and without holding it
 * up. Until a first picture, a worker's start takes longer than all else.
 */
export function expectSources(): void {
  const prepare = () => {
    loading ??= loadParts();
    loading.catch(() => (loading = undefined));
    expectEngine();
  };
  // Safari has no such callback.
  const whenIdle = (globalThis as { requestIdleCallback?: (callback: () => void) => void }).requestIdleCallback;
  whenIdle ? whenIdle(prepare) : setTimeout(prepare);
}
