// Tests of times. A machine that has no processor free shows pictures late and cuts sound short by no fault of the page's,
// the browser's own playback included.

import { test } from "node:test";
import { setTimeout } from "node:timers/promises";

/** For how long, in milliseconds and times the number of the attempt, a busy machine is left alone. */
const REST = 1_000;

/** A test that holds when one of its goes holds. A page that is wrong is wrong each time. */
export function timedTest(name, body, attempts = 5) {
  test(name, async (context) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await body(context);
      } catch (error) {
        if (attempt === attempts) throw error;
        console.log(`    not in time at attempt ${attempt}: ${String(error.message).slice(0, 300)}`);
        await setTimeout(attempt * REST);
      }
    }
  });
}
