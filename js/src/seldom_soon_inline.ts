import * as seldom from "./seldom";

/** It is inside the one-file script. */
export function withSeldom(use: (inside: typeof seldom) => void): void {
  use(seldom);
}
