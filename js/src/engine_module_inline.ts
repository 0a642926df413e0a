import text from "built:wasm";
import { bytesOfAscii } from "./ascii_bytes";

/** The module inside the one-file script, compiled at once. Undefined where the browser takes that only asynchronously. */
export function moduleNow(): WebAssembly.Module | undefined {
  try {
    return new WebAssembly.Module(bytesOfAscii(text));
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

/** The same in a thread of the browser. */
export function moduleSoon(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(bytesOfAscii(text));
}
