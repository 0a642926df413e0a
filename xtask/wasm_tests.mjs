// cargo's runner for tests of the crate in a browser: node wasm_tests.mjs TESTS.wasm [ARGUMENTS…]
//
// wasm-bindgen's own runner serves the page, the browser of the environment variable BROWSER opens it: the same that plays
// in tests/e2e, and no WebDriver of either browser is needed.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { launch } from "../tests/e2e/lib/browser.mjs";

/** Milliseconds until the tests must have ended, compiled and run. */
const LIMIT = 180_000;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const address = `127.0.0.1:${await freePort()}`;
const runner = spawn("wasm-bindgen-test-runner", process.argv.slice(2), {
  env: { ...process.env, NO_HEADLESS: "1", WASM_BINDGEN_TEST_ADDRESS: address },
  stdio: ["ignore", "pipe", "inherit"],
});
const serving = new Promise((resolve, reject) => {
  let said = "";
  runner.stdout.setEncoding("utf8").on("data", (text) => {
    said += text;
    if (said.includes(address)) {
      resolve();
    }
  });
  runner.once("exit", () => reject(new Error(`wasm-bindgen-test-runner does not serve the tests: ${said}`)));
});
const browser = await launch(process.env.BROWSER ?? "chromium");
try {
  await serving;
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error.message));
  await page.goto(`http://${address}/`);
  await page.waitForFunction(() => /test result: /.test(document.querySelector("#output")?.textContent), { timeout: LIMIT });
  const output = await page.evaluate(() => document.querySelector("#output").textContent);
  console.log(output);
  process.exitCode = /test result: ok\. [1-9]/.test(output) ? 0 : 1;
} finally {
  await browser.close();
  runner.kill();
}
