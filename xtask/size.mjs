// Prints the sizes of a directory's files, raw and as a server would send them: node size.mjs DIR
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

const directory = process.argv[2];
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(12);

console.log(`${"raw".padStart(12)}${"brotli".padStart(12)}`);
for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|wasm)$/.test(entry.name)) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const bytes = readFileSync(path);
  console.log(`${kib(bytes.length)}${kib(brotliCompressSync(bytes).length)}  ${path.slice(directory.length + 1)}`);
}
