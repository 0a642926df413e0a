// Tests of times. A machine that has no processor free shows pictures late and cuts sound short by no fault of the page's,
// the browser's own playback included.

import { test } from "node:test";

/** A test that holds when one of its goes holds. A page that is wrong is wrong each time. */
export function timedTest(name, body, attempts = 3) {
  test(name, async (context) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await body(context);
      } catch (error) {
        if (attempt === attempts) throw error;
        console.log(`    not in time at attempt ${attempt}: ${String(error.message).slice(0, 300)}`);
      }
    }
  });
}
