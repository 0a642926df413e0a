/**
 * The dedicated worker's script: waits for the compiled module, then for the sinks, then serves the data plane; and when
 * that has been ended, waits for the sinks of another.
 */

import { DataPlaneHost, initSync, warmUp } from "../wasm/mse_polyfill.js";
import type { DataPlaneHost as Host } from "./engine";
import { type HostPort, type ToHost, messageOf, serve } from "./host";

const scope = self as unknown as HostPort & Pick<EventTarget, "addEventListener">;

let serving: { host: Host; source: MessagePort | undefined } | undefined;

/** In milliseconds: decoders are made, two pictures and their sound are decoded. */
const REHEARSAL = 500;

let rehearsing: Host | undefined;

/** Until a first picture, making a decoder and compiling what gives it work take longer than all else in the worker. */
function rehearse(): void {
  if (serving) {
    return; // There is something to do already.
  }
  warmUp();
  const nobody: HostPort = { onmessage: null, postMessage: (message) => "frame" in message && message.frame.close() };
  rehearsing = serve(nobody, DataPlaneHost, {});
  rehearsing.rehearse();
  setTimeout(endRehearsal, REHEARSAL);
}

function endRehearsal(): void {
  rehearsing?.retire();
  rehearsing?.free();
  rehearsing = undefined;
}

// Beside the `onmessage` of the data plane that is served: these are no messages to it.
scope.addEventListener("message", (event) => {
  const { data: message } = event as MessageEvent<ToHost>;
  try {
    if (!("type" in message)) {
      return;
    }
    if (message.type === "module") {
      initSync({ module: message.module });
      setTimeout(rehearse);
    } else if (message.type === "init") {
      endRehearsal();
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
