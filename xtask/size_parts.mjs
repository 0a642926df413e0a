// What each part of the module costs by brotli: node size_parts.mjs
//
// A part's cost is by how much the module shrinks without its functions. The module is the one before wasm-opt, which still
// has names and has moved no function into one of another part; so the sum is a little off what a page loads.

import { readFileSync } from "node:fs";
import { packedSize } from "../js/packed_size.mjs";

const IMPORTS = 2;
const EXPORTS = 7;
const CODE = 10;
const DATA = 11;
const FUNCTION_NAMES = 1;

const { sections, functions, names, imported } = readModule(readFileSync(new URL("../js/wasm/mse_polyfill_bg.wasm", import.meta.url)));

const parts = new Map();
functions.forEach((_, index) => {
  const part = partOf(names.get(imported + index) ?? "");
  parts.set(part, (parts.get(part) ?? new Set()).add(index));
});
const total = packed();
const rows = Array.from(parts, ([part, own]) => [part, total - packed({ functions: own }), bytesOf(own)]);
for (const [part, id] of [["data: texts, tables", DATA], ["imports", IMPORTS], ["exports", EXPORTS]]) {
  const { length } = sections.find((section) => section.id === id).bytes;
  rows.push([part, total - packed({ section: id }), length]);
}
rows.sort((one, other) => other[1] - one[1]);
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1).padStart(8)} kB`;
console.log(`${"".padEnd(34)}${"by brotli".padStart(11)}${"raw".padStart(11)}`);
for (const [part, brotli, raw] of rows) {
  console.log(`${part.padEnd(34)}${kilobytes(brotli)}${kilobytes(raw)}`);
}

/** By the name of a function. What is generic belongs to the first part that it is about. */
function partOf(name) {
  const plain = name.replaceAll(/\[[0-9a-f]+\]/g, "");
  if (/wasm_bindgen|js_sys|web_sys|mse_polyfill::web|^_*(controlplane|dataplane|wbg|wbindgen|externref)|^Closure|^warmUp/.test(plain)) {
    return "the browser (src/web, bindings)";
  }
  const [, module, inner] = /mse_polyfill::(\w+)::(\w+)/.exec(plain) ?? [];
  if (module === "container") {
    return /^(isobmff|webm|mpeg_audio|encoded_chunks)$/.test(inner) ? `container::${inner}` : "container";
  }
  if (module) {
    return /^(time|ranges|bytes|decimal|short_queue|mime|picture|rehearsal)$/.test(module)
      ? "time, ranges, bytes, mime, …"
      : module.replace("wire", "protocol");
  }
  return /dlmalloc|__r(ust|dl|g)_|__rustc/.test(plain) ? "std: the allocator" : /fmt/.test(plain) ? "std: texts of numbers" : "std: the rest";
}

function bytesOf(indices) {
  return Array.from(indices).reduce((sum, index) => sum + functions[index].length, 0);
}

/** The size of all by brotli, without some functions or a section. */
function packed(without = {}) {
  const kept = sections.filter(({ id }) => id !== without.section).map(({ bytes }) => bytes);
  const code = functions.filter((_, index) => !without.functions?.has(index));
  return packedSize(Buffer.concat([...kept, ...code]));
}

/** The sections but code and names; the functions' bodies, their names by index, and how many functions are imported. */
function readModule(bytes) {
  let position = 8;
  const number = () => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = bytes[position++];
      value += (byte & 127) * factor;
      if (byte < 128) {
        return value;
      }
    }
  };
  const text = () => {
    const end = number() + position;
    return bytes.toString("utf8", position, (position = end));
  };
  const found = { sections: [], functions: [], names: new Map(), imported: 0 };
  while (position < bytes.length) {
    const id = bytes[position++];
    const end = number() + position;
    if (id === 0) {
      const isNames = text() === "name";
      while (isNames && position < end) {
        const kind = bytes[position++];
        const next = number() + position;
        for (let count = kind === FUNCTION_NAMES ? number() : 0; count > 0; count--) {
          found.names.set(number(), text());
        }
        position = next;
      }
    } else if (id === CODE) {
      for (let count = number(); count > 0; count--) {
        const length = number();
        found.functions.push(bytes.subarray(position, (position += length)));
      }
    } else {
      found.sections.push({ id, bytes: bytes.subarray(position, end) });
      if (id === IMPORTS) {
        found.imported = number(); // wasm-bindgen imports nothing but functions.
      }
    }
    position = end;
  }
  return found;
}
