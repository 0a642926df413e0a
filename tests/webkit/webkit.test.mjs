// What WebKitGTK decodes, VP8 and Opus, plays there too. There is no driver here: MiniBrowser is given an address, and the
// page there posts what it saw.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { facts, serveSite } from "../e2e/lib/site.mjs";
import { timedTest } from "../e2e/lib/timed.mjs";

const PLACES = [
  process.env.MINIBROWSER,
  "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
  "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
];

let site;
let reports;
/** Takes the page's report. */
let reported;

before(async () => {
  site = await serveSite();
  reports = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      response.end();
      reported?.(JSON.parse(body));
    });
  });
  await new Promise((resolve) => reports.listen(0, resolve));
});
after(async () => {
  reports?.close();
  await site?.close();
});

/** Opens the page for a clip in a fresh browser on a display of its own, and resolves with its report. */
async function report(file) {
  const browser = PLACES.find((path) => path && existsSync(path));
  if (!browser) throw new Error("no MiniBrowser found; set MINIBROWSER to its path (Debian: webkit2gtk-driver)");
  const address = new URL(`${site.origin}/webkit.html`);
  address.searchParams.set("file", file);
  address.searchParams.set("report", `http://localhost:${reports.address().port}/`);
  const home = mkdtempSync(join(tmpdir(), "mse-polyfill-webkit-"));
  // In a group of its own: xvfb-run leaves its children behind.
  const child = spawn("xvfb-run", ["--auto-servernum", browser, "--autoplay-policy=allow", address.href], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" },
  });
  try {
    return await new Promise((resolve, reject) => {
      reported = resolve;
      child.on("error", reject);
      child.on("exit", (code) => reject(new Error(`MiniBrowser ended (${code})`)));
      setTimeout(() => reject(new Error("no report within 60 s")), 60_000).unref();
    });
  } finally {
    child.removeAllListeners("exit");
    child.on("exit", () => undefined);
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It is gone already.
    }
    rmSync(home, { recursive: true, force: true });
  }
}

timedTest("VP8 in WebM: every frame, and seeks to the frame", async () => {
  const { error, reason, shown, seen, state } = await report("vp8.webm");
  assert.equal(error, undefined, `${error} ${reason}`);
  for (const [asked, frame] of shown) assert.equal(frame, asked);
  assert.ok(seen.length > 0.8 * facts.files["vp8.webm"].frames, `${seen}`);
  assert.deepEqual([state.videoWidth, state.videoHeight], [facts.width, facts.height]);
  assert.equal(state.error, null);
});

// Whether it is heard is not asked: without a click this browser lets no AudioContext sound.
timedTest("Opus in WebM plays to its end", async () => {
  const { error, reason, state } = await report("opus.webm");
  assert.equal(error, undefined, `${error} ${reason}`);
  assert.equal(state.error, null);
  assert.equal(state.ended, true);
  assert.equal(state.currentTime, state.duration);
});
