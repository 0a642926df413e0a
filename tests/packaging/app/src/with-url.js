// For bundlers that do not know `new URL(…, import.meta.url)`: the module is imported as a file.
import { setEngineOptions } from "mse-polyfill";
import wasmUrl from "mse-polyfill/mse_polyfill_bg.wasm";
import { play } from "./play.js";

setEngineOptions({ wasmUrl });
play();
