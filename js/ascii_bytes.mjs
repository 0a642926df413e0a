// Bytes as a text of printable ASCII that compresses nearly as well as they do. Base64 mixes neighbours and compresses a
// quarter worse. `src/ascii_bytes.ts` reads it.
//
// First the 256 byte values as hexadecimal digits, the most frequent first, then the bytes. The text's alphabet is ASCII from
// the space on without the double quote and the backslash, which would be escaped in a string. Its last two characters stand
// before a second character; all others are a byte by themselves.

const ALPHABET = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index)).filter((char) => !'"\\'.includes(char));
const SINGLES = ALPHABET.slice(0, -2);
const PREFIXES = ALPHABET.slice(-2);

export function asciiOfBytes(bytes) {
  const counts = new Uint32Array(256);
  for (const byte of bytes) {
    counts[byte] += 1;
  }
  const byFrequency = Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a]);
  const texts = [];
  byFrequency.forEach((byte, index) => {
    const place = index % SINGLES.length;
    const prefix = index < SINGLES.length ? "" : PREFIXES[Math.floor(index / SINGLES.length) - 1];
    texts[byte] = prefix + SINGLES[place];
  });
  const table = byFrequency.map((byte) => byte.toString(16).padStart(2, "0"));
  return table.join("") + Array.from(bytes, (byte) => texts[byte]).join("");
}
