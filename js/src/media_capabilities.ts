/** `navigator.mediaCapabilities.decodingInfo`, which is to agree with `MediaSource.isTypeSupported`. */

import type { Info } from "./decoding_info";
import { decodingInfoSoon } from "./seldom_soon";
import { READING } from "./types";

/** `MediaCapabilities.decodingInfo`. */
export type DecodingInfo = (this: MediaCapabilities, configuration: MediaDecodingConfiguration) => Promise<Info>;

/** A `decodingInfo` for a page whose `MediaSource` is ours (`isOurs`) or plays what `native`'s cannot. */
export function decodingInfoFor(native: DecodingInfo, isOurs: boolean): DecodingInfo {
  return async function decodingInfo(this: MediaCapabilities, configuration: MediaDecodingConfiguration) {
    // The browser finds what is wrong with the query, and reads getters in the order of Web IDL.
    const info = await native.apply(this, arguments as unknown as [MediaDecodingConfiguration]);
    const { type } = configuration;
    const isOurSource = type === "media-source" && isOurs;
    if ((type !== "file" && type !== "media-source") || (!isOurSource && info.supported)) {
      return info;
    }
    const { improve } = await decodingInfoSoon();
    return improve(info, configuration, isOurs, READING);
  };
}
