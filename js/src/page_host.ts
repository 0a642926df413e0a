/**
 * The data plane in the page, for where no worker can be started: in the ESM package a file beside the script, which hardly any
 * page loads. It makes an instance of the wasm module of its own.
 */

import { DataPlaneHost, initSync } from "../wasm/mse_polyfill.js";
import type { DataPlaneHost as Host, WorkerSinks } from "./engine";
import { type HostPort, serve } from "./host";

/** Makes a data plane that is spoken to through `port`, and by a source in a worker through `source`. */
export function serveInPage(
  module: WebAssembly.Module,
  port: HostPort,
  sinks: WorkerSinks,
  source: MessagePort | undefined,
): Host {
  initSync({ module });
  return serve(port, DataPlaneHost, sinks, source);
}
