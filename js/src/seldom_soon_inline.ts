/** All of it is inside the one-file script. */
import * as decodingInfo from "./decoding_info";
import * as mediaKeys from "./media_keys";
import * as seldom from "./seldom";

export function withSeldom(use: (inside: typeof seldom) => void): void {
  use(seldom);
}

export async function decodingInfoSoon(): Promise<typeof decodingInfo> {
  return decodingInfo;
}

export function mediaKeysSoon(use: (keys: typeof mediaKeys) => void): void {
  use(mediaKeys);
}
