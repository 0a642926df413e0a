// What the scripts that build share.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));
/** What is kept from one build to the next. */
export const scratch = join(here, "dist");

export function fail(message) {
  console.error(`build: ${message}`);
  process.exit(1);
}

/** Runs a tool of node_modules. Its output with `"pipe"`. */
export function run(tool, args, stdout = "inherit") {
  const script = join(here, "node_modules", ".bin", tool);
  if (!existsSync(script)) {
    fail(`${tool} is missing; run \`npm ci\` in js/`);
  }
  const result = spawnSync(script, args, { cwd: here, stdio: ["inherit", stdout, "inherit"], encoding: "utf8" });
  if (result.status !== 0) {
    fail(`${tool} failed`);
  }
  return result.stdout;
}
