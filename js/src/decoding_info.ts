/** What `navigator.mediaCapabilities.decodingInfo` says: in the ESM package a file beside the script. */

import type { READING } from "./types";

type Reading = typeof READING;

/** Its declaration lacks the configuration, of which browsers give a copy. */
export type Info = MediaCapabilitiesDecodingInfo & { configuration?: MediaDecodingConfiguration };

/** What is to be known of a decoder besides the codec's name; see {@link canDecode}. */
type DecoderQuery = Omit<VideoDecoderConfig, "codec"> | Partial<Omit<AudioDecoderConfig, "codec">>;

/**
 * Asks WebCodecs whether it decodes what a type of one codec names, when it is of the table. `query` says what more the
 * decoder has to do.
 */
async function canDecode(text: string, kind: "video" | "audio", query: DecoderQuery, reading: Reading): Promise<boolean> {
  const { codecOf, decoderCodec, formatOf, parseMediaType } = reading;
  const type = parseMediaType(text);
  const format = type && formatOf(type.essence, false);
  const bare = format?.parameter === "forbidden" ? format.codecs[0] : undefined;
  const [name = bare?.probe.codec, more] = type?.codecs ?? [];
  if (!format || (bare && type.codecs) || name === undefined || more !== undefined) {
    return false;
  }
  const codec = bare ?? codecOf(format, name);
  if (codec?.kind !== kind) {
    return false;
  }
  try {
    if (kind === "video") {
      const config = { ...query, codec: decoderCodec(codec, name) } as VideoDecoderConfig;
      return (await VideoDecoder.isConfigSupported(config)).supported === true;
    }
    const { probe } = codec as { probe: AudioDecoderConfig };
    // A description says for itself how many channels there are.
    const config = probe.description ? probe : ({ ...probe, ...query } as AudioDecoderConfig);
    return (await AudioDecoder.isConfigSupported(config)).supported === true;
  } catch {
    return false;
  }
}

/** Pixels of a second that a decoder without help of hardware is trusted to keep up with: 1920 by 1080 at 60 Hz. */
const SMOOTH_PIXELS = 1920 * 1080 * 60;

type Abilities = Pick<MediaCapabilitiesDecodingInfo, "supported" | "smooth" | "powerEfficient">;

const UNABLE: Abilities = { supported: false, smooth: false, powerEfficient: false };

/** What we make of the picture. */
async function videoAbilities(
  { contentType, width, height, framerate }: VideoConfiguration,
  reading: Reading,
): Promise<Abilities> {
  const size = { codedWidth: width, codedHeight: height };
  if (!(await canDecode(contentType, "video", size, reading))) {
    return UNABLE;
  }
  const powerEfficient = await canDecode(contentType, "video", { ...size, hardwareAcceleration: "prefer-hardware" }, reading);
  return { supported: true, smooth: powerEfficient || width * height * framerate <= SMOOTH_PIXELS, powerEfficient };
}

/** What we make of the sound, which costs nothing worth mentioning. */
async function audioAbilities(
  { contentType, channels, samplerate }: AudioConfiguration,
  reading: Reading,
): Promise<Abilities> {
  // "5.1" are six, and players write numbers.
  const numberOfChannels = `${channels ?? ""}`.split(".").reduce((sum, part) => sum + Number(part), 0);
  const supported = await canDecode(contentType, "audio", {
    ...(numberOfChannels && { numberOfChannels }),
    ...(samplerate && { sampleRate: samplerate }),
  }, reading);
  return { supported, smooth: supported, powerEfficient: supported };
}

/** What we make of both, as far as they are there. */
async function abilities({ video, audio }: MediaDecodingConfiguration, reading: Reading): Promise<Abilities> {
  const all = await Promise.all([
    ...(video ? [videoAbilities(video, reading)] : []),
    ...(audio ? [audioAbilities(audio, reading)] : []),
  ]);
  const every = (name: keyof Abilities) => all.every((one) => one[name]);
  return { supported: every("supported"), smooth: every("smooth"), powerEfficient: every("powerEfficient") };
}

/**
 * What is told of a source or file, where `info` is the browser's answer. Queries of `file` keep that where it is yes, and so do
 * those of sources where these are not `isOurs`.
 */
export async function improve(
  info: Info,
  configuration: MediaDecodingConfiguration,
  isOurs: boolean,
  reading: Reading,
): Promise<Info> {
  const isEncrypted = "keySystemConfiguration" in configuration && configuration.keySystemConfiguration !== undefined;
  const isOurSource = configuration.type === "media-source" && isOurs;
  if (!isOurSource && (info.supported || isEncrypted)) {
    return info;
  }
  const ours = isEncrypted ? UNABLE : await abilities(configuration, reading);
  // Where the browser decodes the same by itself, it knows better how well.
  const { supported, smooth, powerEfficient } = ours.supported && info.supported ? info : ours;
  const asked = info.configuration ?? configuration;
  return { ...info, supported, smooth, powerEfficient, configuration: asked, keySystemAccess: null };
}
