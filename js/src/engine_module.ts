/**
 * The wasm module of the ESM package, and what draws pictures in browsers that need that: files beside the script.
 * `engine_module_inline.ts` takes its place in the one-file script.
 */

export type EngineParts = [module: WebAssembly.Module, canvas?: typeof import("./canvas_video")];

/** There is no way to have them at once. */
export function partsNow(): EngineParts | undefined {
  return undefined;
}

/** Loads what is needed. */
export function partsSoon(needsCanvas: boolean, wasmUrl?: string | URL): Promise<EngineParts> {
  return Promise.all([compile(wasmUrl), needsCanvas ? import("./canvas_video") : undefined]);
}

async function compile(wasmUrl?: string | URL): Promise<WebAssembly.Module> {
  // Bundlers look for exactly this expression.
  const url = wasmUrl ?? new URL("./mse_polyfill_bg.wasm", import.meta.url);
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`mse-polyfill: ${String(url)} answered ${response.status}`);
  }
  // Streaming needs the right Content-Type, which not every host sends.
  const compiled = WebAssembly.compileStreaming?.(response.clone()).catch(() => undefined);
  return (await compiled) ?? WebAssembly.compile(await response.arrayBuffer());
}
