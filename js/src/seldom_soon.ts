/** Files beside the script that are loaded when they are needed. `seldom_soon_inline.ts` takes the place of this in the one-file script. */

/** What few pages need. */
export type Seldom = typeof import("./seldom");

/** Calls back when it is there. */
export function withSeldom(use: (seldom: Seldom) => void, failed: (error: unknown) => void): void {
  import("./seldom").then(use, failed);
}

/** What `decodingInfo` says. */
export function decodingInfoSoon(): Promise<typeof import("./decoding_info")> {
  return import("./decoding_info");
}
