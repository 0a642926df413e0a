// Takes the pictures of docs/inspector.md, in Chromium: node docs/inspector/pictures.mjs
//
// After `cargo xtask build`, and with the modules of tests/e2e.

import { fileURLToPath } from "node:url";
import { launch } from "../../tests/e2e/lib/browser.mjs";
import { serveSite } from "../../tests/e2e/lib/site.mjs";

const site = await serveSite();
const browser = await launch("chromium");
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1180, height: 640, deviceScaleFactor: 1.5 });
  await page.goto(`${site.origin}/polyfill.html`);
  await page.waitForFunction(() => globalThis.harness);
  await page.evaluate(async () => {
    document.body.style.cssText = "margin:0;color-scheme:light dark";
    const { video, mediaSource, sourceBuffer } = await harness.load("fragmented.mp4");
    video.style.display = "none";
    video.id = "film";
    video.muted = true;
    mediaSource.duration = 35;
    const bytes = await harness.bytesOf("fragmented.mp4");
    const { panel } = await MsePolyfill.inspect(video, { container: document.body });
    panel.style.margin = "10px";
    const appendAt = (seconds) => {
      sourceBuffer.timestampOffset = seconds;
      return harness.append(sourceBuffer, bytes);
    };
    await appendAt(14);
    await video.play();
    await harness.sleep(4_000);
    video.currentTime = 3;
    await harness.until(() => video.currentTime > 6.9 && video.readyState < 3, "the gap");
    await harness.sleep(2_000);
    await appendAt(7);
    await harness.sleep(4_000);
    await appendAt(25);
    video.currentTime = 17;
    await harness.until(() => video.currentTime > 20.9 && video.readyState < 3, "the next gap");
    await harness.sleep(2_300);
  });
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.evaluate(() => harness.sleep(2_300));
    const box = await page.evaluate(() => {
      const { x, y, width, height } = document.querySelector("mse-inspector").getBoundingClientRect();
      return { x, y, width, height };
    });
    const clip = { x: box.x - 10, y: box.y - 10, width: box.width + 20, height: box.height + 20 };
    await page.screenshot({ path: fileURLToPath(new URL(`${scheme}.png`, import.meta.url)), clip });
  }
} finally {
  await browser.close();
  await site.close();
}
