/**
 * The dedicated worker's script: waits for the compiled module, then for the sinks, then serves the data plane; and when
 * that has been ended, waits for the sinks of another.
 */

import { DataPlaneHost, initSync, warmUp } from "../wasm/mse_polyfill.js";
import type { DataPlaneHost as Host } from "./engine";
import { type HostPort, type ToHost, messageOf, serve } from "./host";

const scope = self as unknown as HostPort & Pick<EventTarget, "addEventListener">;

let serving: { host: Host; source: MessagePort | undefined } | undefined;

// Beside the `onmessage` of the data plane that is served: these are no messages to it.
scope.addEventListener("message", (event) => {
  const { data: message } = event as MessageEvent<ToHost>;
  try {
    if (!("type" in message)) {
      return;
    }
    if (message.type === "module") {
      initSync({ module: message.module });
      setTimeout(() => serving ?? warmUp()); // Unless there is something to do already.
    } else if (message.type === "init") {
      const { sinks, source } = message;
      serving = { host: serve(scope, DataPlaneHost, sinks, source), source };
    } else if (message.type === "close") {
      scope.onmessage = null;
      serving?.host.retire();
      serving?.host.free();
      serving?.source?.close();
      serving = undefined;
      scope.postMessage({ type: "closed" }, []);
    }
  } catch (error) {
    scope.postMessage({ type: "failure", message: messageOf(error) }, []);
  }
});

scope.postMessage({ type: "loaded" }, []);
