// Starts Chromium (DevTools protocol) or Firefox (WebDriver BiDi), with whatever is installed on the system.

import { existsSync } from "node:fs";
import puppeteer from "puppeteer-core";

const PLACES = {
  chromium: [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
  firefox: [process.env.FIREFOX, "/usr/bin/firefox-esr", "/usr/bin/firefox"],
};

const CHROMIUM_ARGUMENTS = [
  "--no-sandbox", // tests run as root in containers
  "--disable-gpu",
  "--autoplay-policy=no-user-gesture-required",
  "--disable-background-networking",
  "--no-first-run",
];

const FIREFOX_PREFERENCES = {
  "media.autoplay.default": 0,
  "media.autoplay.blocking_policy": 0,
  "media.autoplay.block-webaudio": false,
  "media.gmp-manager.updateEnabled": false,
  "media.navigator.permission.disabled": true, // a microphone needs no click
  "network.proxy.type": 0,
  "app.update.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
};

/** The browser the tests are for. */
export const browserName = process.env.BROWSER ?? "chromium";

/** By which puppeteer keeps Chromium from slowing hidden pages down, and what slows them down after a second. */
const UNTHROTTLING = [
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];
const THROTTLING = "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1";

/**
 * Starts the browser; its sound goes to the sound server that PULSE_SERVER names. A call into a page may take
 * `protocolTimeout` milliseconds. `throttles`: hidden pages are treated as a user's are.
 */
export function launch(name = browserName, { protocolTimeout = 60_000, throttles = false } = {}) {
  const executablePath = PLACES[name]?.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error(`no ${name} found; set ${name.toUpperCase()} to its path`);
  const common = { executablePath, headless: true, protocolTimeout, defaultViewport: { width: 800, height: 600 } };
  if (name === "firefox") {
    return puppeteer.launch({ ...common, browser: "firefox", extraPrefsFirefox: FIREFOX_PREFERENCES });
  }
  return puppeteer.launch({
    ...common,
    browser: "chrome",
    args: [...CHROMIUM_ARGUMENTS, ...(throttles ? [THROTTLING] : [])],
    ignoreDefaultArgs: ["--mute-audio", ...(throttles ? UNTHROTTLING : [])],
  });
}
