/** What is to be said of how well a configuration of `navigator.mediaCapabilities.decodingInfo` is decoded. */

import type { canDecode } from "./types";

type CanDecode = typeof canDecode;

/** Pixels of a second that a decoder without help of hardware is trusted to keep up with: 1920 by 1080 at 60 Hz. */
const SMOOTH_PIXELS = 1920 * 1080 * 60;

export type Abilities = Pick<MediaCapabilitiesDecodingInfo, "supported" | "smooth" | "powerEfficient">;

const UNABLE: Abilities = { supported: false, smooth: false, powerEfficient: false };

/** What we make of the picture. */
async function videoAbilities(
  { contentType, width, height, framerate }: VideoConfiguration,
  canDecode: CanDecode,
): Promise<Abilities> {
  const size = { codedWidth: width, codedHeight: height };
  if (!(await canDecode(contentType, "video", size))) {
    return UNABLE;
  }
  const powerEfficient = await canDecode(contentType, "video", { ...size, hardwareAcceleration: "prefer-hardware" });
  return { supported: true, smooth: powerEfficient || width * height * framerate <= SMOOTH_PIXELS, powerEfficient };
}

/** What we make of the sound, which costs nothing worth mentioning. */
async function audioAbilities(
  { contentType, channels, samplerate }: AudioConfiguration,
  canDecode: CanDecode,
): Promise<Abilities> {
  // "5.1" are six, and players write numbers.
  const numberOfChannels = `${channels ?? ""}`.split(".").reduce((sum, part) => sum + Number(part), 0);
  const supported = await canDecode(contentType, "audio", {
    ...(numberOfChannels && { numberOfChannels }),
    ...(samplerate && { sampleRate: samplerate }),
  });
  return { supported, smooth: supported, powerEfficient: supported };
}

/** What we make of both, as far as they are there. */
export async function abilities({ video, audio }: MediaDecodingConfiguration, canDecode: CanDecode): Promise<Abilities> {
  const all = await Promise.all([
    ...(video ? [videoAbilities(video, canDecode)] : []),
    ...(audio ? [audioAbilities(audio, canDecode)] : []),
  ]);
  const every = (name: keyof Abilities) => all.every((one) => one[name]);
  return { supported: every("supported"), smooth: every("smooth"), powerEfficient: every("powerEfficient") };
}
