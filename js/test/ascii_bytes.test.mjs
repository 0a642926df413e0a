// The one-file script's module as text: what goes in comes out, and nothing in it needs an escape.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asciiOfBytes } from "../ascii_bytes.mjs";
import { load } from "./load.mjs";

const { bytesOfAscii } = await load("ascii_bytes");

const SEQUENCES = {
  nothing: [],
  "one byte": [0],
  "every byte": Array.from({ length: 256 }, (_, index) => index),
  "every pair with its neighbour": Array.from({ length: 512 }, (_, index) => (index * 7) % 256),
  "few values": [0, 255, 0, 0, 255, 34, 92, 0],
};

for (const [name, bytes] of Object.entries(SEQUENCES)) {
  test(`bytes become ASCII and bytes again: ${name}`, () => {
    const text = asciiOfBytes(Uint8Array.from(bytes));
    assert.match(text, /^[ !#-[\]-~]*$/);
    assert.deepEqual(Array.from(bytesOfAscii(text)), bytes);
  });
}
