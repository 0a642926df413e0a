/** `navigator.mediaCapabilities.decodingInfo`, which is to agree with `MediaSource.isTypeSupported`. */

import { canDecode } from "./types";

/** Its declaration lacks the configuration, of which browsers give a copy. */
type Info = MediaCapabilitiesDecodingInfo & { configuration?: MediaDecodingConfiguration };

/** `MediaCapabilities.decodingInfo`. */
export type DecodingInfo = (this: MediaCapabilities, configuration: MediaDecodingConfiguration) => Promise<Info>;

/** Pixels of a second that a decoder without help of hardware is trusted to keep up with: 1920 by 1080 at 60 Hz. */
const SMOOTH_PIXELS = 1920 * 1080 * 60;

type Abilities = Pick<MediaCapabilitiesDecodingInfo, "supported" | "smooth" | "powerEfficient">;

const UNABLE: Abilities = { supported: false, smooth: false, powerEfficient: false };

/** What we make of the picture. */
async function videoAbilities({ contentType, width, height, framerate }: VideoConfiguration): Promise<Abilities> {
  const size = { codedWidth: width, codedHeight: height };
  if (!(await canDecode(contentType, "video", size))) {
    return UNABLE;
  }
  const powerEfficient = await canDecode(contentType, "video", { ...size, hardwareAcceleration: "prefer-hardware" });
  return { supported: true, smooth: powerEfficient || width * height * framerate <= SMOOTH_PIXELS, powerEfficient };
}

/** What we make of the sound, which costs nothing worth mentioning. */
async function audioAbilities({ contentType, channels, samplerate }: AudioConfiguration): Promise<Abilities> {
  // "5.1" are six, and players write numbers.
  const numberOfChannels = `${channels ?? ""}`.split(".").reduce((sum, part) => sum + Number(part), 0);
  const supported = await canDecode(contentType, "audio", {
    ...(numberOfChannels && { numberOfChannels }),
    ...(samplerate && { sampleRate: samplerate }),
  });
  return { supported, smooth: supported, powerEfficient: supported };
}

async function abilities({ video, audio }: MediaDecodingConfiguration): Promise<Abilities> {
  const all = await Promise.all([...(video ? [videoAbilities(video)] : []), ...(audio ? [audioAbilities(audio)] : [])]);
  const every = (name: keyof Abilities) => all.every((one) => one[name]);
  return { supported: every("supported"), smooth: every("smooth"), powerEfficient: every("powerEfficient") };
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
    const ours = isEncrypted ? UNABLE : await abilities(configuration);
    // Where the browser decodes the same by itself, it knows better how well.
    const { supported, smooth, powerEfficient } = ours.supported && info.supported ? info : ours;
    const asked = info.configuration ?? configuration;
    return { ...info, supported, smooth, powerEfficient, configuration: asked, keySystemAccess: null };
  };
}
