/** The wasm module of the ESM package: a file beside the script. `engine_module_inline.ts` takes its place in the one-file script. */

/** There is no way to have it at once. */
export function moduleNow(): WebAssembly.Module | undefined {
  return undefined;
}

/** Fetches and compiles it. */
export async function moduleSoon(wasmUrl?: string | URL): Promise<WebAssembly.Module> {
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
