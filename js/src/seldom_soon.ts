/** What few pages need. */
export type Seldom = typeof import("./seldom");

/** Calls back with what few pages need, once it is loaded. `seldom_soon_inline.ts` takes its place in the one-file script. */
export function withSeldom(use: (seldom: Seldom) => void, failed: (error: unknown) => void): void {
  import("./seldom").then(use, failed);
}
