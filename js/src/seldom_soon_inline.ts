/** All of it is inside the one-file script. */
import * as decodingInfo from "./decoding_info";
import * as seldom from "./seldom";

export function withSeldom(use: (inside: typeof seldom) => void): void {
  use(seldom);
}

export async function decodingInfoSoon(): Promise<typeof decodingInfo> {
  return decodingInfo;
}
