import text from "built:wasm";
import { bytesOfAscii } from "./ascii_bytes";
import * as canvas from "./canvas_video";
import type { EngineParts } from "./engine_module";

/** The module inside the one-file script, compiled at once. Undefined where the browser takes that only asynchronously. */
export function partsNow(): EngineParts | undefined {
  try {
    return [new WebAssembly.Module(bytesOfAscii(text)), canvas];
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

/** The same in a thread of the browser. */
export async function partsSoon(): Promise<EngineParts> {
  return [await WebAssembly.compile(bytesOfAscii(text)), canvas];
}
