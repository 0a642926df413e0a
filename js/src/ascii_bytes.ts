/** Bytes from a text that `../ascii_bytes.mjs` made of them. */
export function bytesOfAscii(text: string): Uint8Array<ArrayBuffer> {
  const byFrequency = Uint8Array.from({ length: 256 }, (_, index) => Number.parseInt(text.slice(index * 2, index * 2 + 2), 16));
  const alphabet = Array.from({ length: 0x7f - 0x20 }, (_, index) => 0x20 + index).filter((code) => code !== 0x22 && code !== 0x5c);
  const singles = alphabet.length - 2;
  const places = new Uint8Array(0x7f);
  alphabet.forEach((code, place) => {
    places[code] = place;
  });
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let before = 0;
  for (let index = 512; index < text.length; index += 1) {
    const place = places[text.charCodeAt(index)] ?? 0;
    if (place < singles) {
      bytes[length] = byFrequency[before + place] ?? 0;
      length += 1;
      before = 0;
    } else {
      before = singles * (place - singles + 1);
    }
  }
  return bytes.slice(0, length);
}
