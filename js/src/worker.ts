/** The dedicated worker's script: waits for the compiled module, then for the sinks, then serves the data plane. */

import { DataPlaneHost, initSync } from "../wasm/mse_polyfill.js";
import { type HostPort, type ToHost, messageOf, serve } from "./host";

const scope = self as unknown as HostPort;

scope.onmessage = ({ data: message }: MessageEvent<ToHost>) => {
  try {
    if (!("type" in message)) {
      return; // Nothing is sent before there is somebody to take it.
    }
    if (message.type === "module") {
      initSync({ module: message.module });
    } else if (message.type === "init") {
      serve(scope, DataPlaneHost, message.sinks, message.source);
    }
  } catch (error) {
    scope.postMessage({ type: "failure", message: messageOf(error) }, []);
  }
};

scope.postMessage({ type: "loaded" }, []);
