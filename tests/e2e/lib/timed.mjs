// Tests of times. A machine that has no processor free shows pictures late and cuts sound short by no fault of the page's,
// the browser's own playback included.

import { test } from "node:test";

const ATTEMPTS = 3;

/** A test that holds when one of three goes holds. A page that is wrong is wrong each time. */
export function timedTest(name, body) {
  test(name, async (context) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await body(context);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        console.log(`    not in time at attempt ${attempt}: ${String(error.message).slice(0, 300)}`);
      }
    }
  });
}
