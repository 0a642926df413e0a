/** `navigator.mediaCapabilities.decodingInfo`, which is to agree with `MediaSource.isTypeSupported`. */

import type { Abilities } from "./decoding_abilities";
import { withSeldom } from "./seldom_soon";
import { canDecode } from "./types";

/** Its declaration lacks the configuration, of which browsers give a copy. */
type Info = MediaCapabilitiesDecodingInfo & { configuration?: MediaDecodingConfiguration };

/** `MediaCapabilities.decodingInfo`. */
export type DecodingInfo = (this: MediaCapabilities, configuration: MediaDecodingConfiguration) => Promise<Info>;

const UNABLE: Abilities = { supported: false, smooth: false, powerEfficient: false };

function abilitiesFor(configuration: MediaDecodingConfiguration): Promise<Abilities> {
  return new Promise((resolve, reject) => {
    withSeldom(({ abilities }) => resolve(abilities(configuration, canDecode)), reject);
  });
}

/**
 * A `decodingInfo` for a page whose `MediaSource` is ours (`isOurs`) or plays what `native`'s cannot. Queries of `file`
 * keep the browser's answer where it is yes; those of other types keep it always.
 */
export function decodingInfoFor(native: DecodingInfo, isOurs: boolean): DecodingInfo {
  return async function decodingInfo(this: MediaCapabilities, configuration: MediaDecodingConfiguration) {
    // The browser finds what is wrong with the query, and reads getters in the order of Web IDL.
    const info = await native.apply(this, arguments as unknown as [MediaDecodingConfiguration]);
    const { type } = configuration;
    const isEncrypted = "keySystemConfiguration" in configuration && configuration.keySystemConfiguration !== undefined;
    const isOurSource = type === "media-source" && isOurs;
    if ((type !== "file" && type !== "media-source") || (!isOurSource && (info.supported || isEncrypted))) {
      return info;
    }
    const ours = isEncrypted ? UNABLE : await abilitiesFor(configuration);
    // Where the browser decodes the same by itself, it knows better how well.
    const { supported, smooth, powerEfficient } = ours.supported && info.supported ? info : ours;
    const asked = info.configuration ?? configuration;
    return { ...info, supported, smooth, powerEfficient, configuration: asked, keySystemAccess: null };
  };
}
