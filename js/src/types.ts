/**
 * Which media types can be played. The answer must be there at once, so it is a table of what this library parses,
 * refined by asking WebCodecs, which answers later: see {@link typesReady}.
 */

import { engineOptions } from "./engine_options";

export interface MediaType {
  /** Lower case, `type/subtype`. */
  essence: string;
  /** Undefined without a codecs parameter. */
  codecs: string[] | undefined;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** MIME Sniffing § 4.4, parse a MIME type, as far as `codecs` needs it. */
function parseMediaType(text: string): MediaType | undefined {
  const [essence, ...rest] = text.trim().split(";") as [string, ...string[]];
  const [type, subtype, more] = essence.trim().split("/");
  if (!type || !subtype || more !== undefined || !TOKEN.test(type) || !TOKEN.test(subtype)) {
    return undefined;
  }
  let codecs: string | undefined;
  // A quoted value may hold any character, so the parameters are matched in order, not split.
  const parameter = /;[\t\n\r ]*([^;=]*)(?:=(?:"((?:\\[^]|[^"\\])*)"?[^;]*|([^;]*)))?/gy;
  const parameters = rest.length > 0 ? `;${rest.join(";")}` : "";
  for (let match = parameter.exec(parameters); match && match[0] !== ""; match = parameter.exec(parameters)) {
    const value = match[2] !== undefined ? match[2].replace(/\\([^])/g, "$1") : match[3]?.trim();
    if (match[1]?.toLowerCase() === "codecs" && value !== undefined && codecs === undefined) {
      codecs = value;
    }
  }
  return {
    essence: `${type}/${subtype}`.toLowerCase(),
    codecs: codecs?.split(",").map((codec) => codec.trim()),
  };
}

export interface Codec {
  kind: "video" | "audio";
  /** The whole codec string as pages write it. */
  pattern: RegExp;
  /** Profiles that decoders may lack: true only when the probe of the exact string said so. */
  doubtful?: RegExp;
  /** What stands for the family in a probe. */
  probe: VideoDecoderConfig | AudioDecoderConfig;
}

/** "fLaC" and a STREAMINFO block of 48 kHz stereo with 16 bits: no FLAC decoder can be asked without. */
const FLAC_DESCRIPTION = [
  0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34, 0x10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x0b, 0xb8, 0x02, 0xf0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

const STEREO = { sampleRate: 48_000, numberOfChannels: 2 };

const AVC: Codec = {
  kind: "video",
  pattern: /^avc[13]\.[0-9a-f]{6}$/i,
  // High 10, High 4:2:2, High 4:4:4 Predictive, CAVLC 4:4:4 Intra.
  doubtful: /^avc[13]\.(6e|7a|f4|2c)/i,
  probe: { codec: "avc1.42E01E" },
};
const VP9: Codec = {
  kind: "video",
  pattern: /^vp09\.\d\d\.\d\d\.\d\d(\.\d\d){0,5}$/,
  doubtful: /^vp09\.0[123]/,
  probe: { codec: "vp09.00.10.08" },
};
const AV1: Codec = {
  kind: "video",
  pattern: /^av01\.[012]\.\d\d[MH]\.\d\d(\.\d(\.\d{3}(\.\d\d){0,3}(\.\d)?)?)?$/,
  doubtful: /^av01\.[12]/,
  probe: { codec: "av01.0.04M.08" },
};
const OPUS: Codec = { kind: "audio", pattern: /^opus$/i, probe: { codec: "opus", ...STEREO } };
const AAC: Codec = { kind: "audio", pattern: /^mp4a\.(40\.0?2|67)$/i, probe: { codec: "mp4a.40.2", ...STEREO } };
const MP3: Codec = { kind: "audio", pattern: /^(mp3|mp4a\.(69|6b))$/i, probe: { codec: "mp3", ...STEREO } };

/** The codecs that the MP4 demuxer hands to decoders. */
const MP4_CODECS: Codec[] = [
  AVC,
  VP9,
  AV1,
  OPUS,
  AAC,
  MP3,
  {
    kind: "video",
    pattern: /^(hvc1|hev1)(\.[0-9a-z]+){3,}$/i,
    doubtful: /^/,
    probe: { codec: "hvc1.1.6.L93.B0" },
  },
  { kind: "audio", pattern: /^mp4a\.40\.(0?5|29)$/i, probe: { codec: "mp4a.40.5", ...STEREO } },
  {
    kind: "audio",
    pattern: /^flac$/i,
    probe: { codec: "flac", ...STEREO, description: /* @__PURE__ */ new Uint8Array(FLAC_DESCRIPTION) },
  },
  { kind: "audio", pattern: /^(ac-3|mp4a\.a5)$/i, doubtful: /^/, probe: { codec: "ac-3", ...STEREO } },
  { kind: "audio", pattern: /^(ec-3|mp4a\.a6)$/i, doubtful: /^/, probe: { codec: "ec-3", ...STEREO } },
  { kind: "audio", pattern: /^alac$/i, doubtful: /^/, probe: { codec: "alac", ...STEREO } },
];

/** "vorbis" and three empty headers: no Vorbis decoder can be asked without. */
const VORBIS_DESCRIPTION = [2, 1, 1, 1, 3, 5];

const VP9_IN_WEBM: Codec = { kind: "video", pattern: /^vp9$/i, probe: VP9.probe };

/** The codecs of WebM, in its registry's and in everyone's words. */
const WEBM_CODECS: Codec[] = [
  { kind: "video", pattern: /^vp8$/i, probe: { codec: "vp8" } },
  VP9_IN_WEBM,
  VP9,
  AV1,
  OPUS,
  {
    kind: "audio",
    pattern: /^vorbis$/i,
    probe: { codec: "vorbis", ...STEREO, description: /* @__PURE__ */ new Uint8Array(VORBIS_DESCRIPTION) },
  },
];

/** What recorders write into WebM and name so. */
const RECORDER_CODECS: Codec[] = [
  { kind: "video", pattern: /^(h264|avc1)$/i, probe: AVC.probe },
  { kind: "video", pattern: /^(av01|av1)$/i, probe: AV1.probe },
  { kind: "audio", pattern: /^pcm$/i, probe: { codec: "pcm-f32", ...STEREO } },
];

export interface Format {
  kind: "video" | "audio";
  codecs: Codec[];
  /**
   * Whether the type needs a codecs parameter, may do without, or may have none (MPEG Audio Byte Stream Format § 2).
   */
  parameter: "needed" | "optional" | "forbidden";
}

/** What `essence` may hold. `forBuffer`: for a page that asks for a SourceBuffer instead of asking what there is. */
function formatOf(essence: string, forBuffer: boolean): Format | undefined {
  const [, kind, container] = /^(video|audio)\/(mp4|webm|x-matroska)$/.exec(essence) ?? [];
  const { strict } = engineOptions();
  const parameter = forBuffer ? "optional" : "needed";
  if (kind === "video" || kind === "audio") {
    switch (container) {
      case "mp4":
        // Recorders leave the profile out. Browsers say no to that when asked, and so does this.
        return {
          kind,
          codecs: strict || !forBuffer ? MP4_CODECS : [...MP4_CODECS, VP9_IN_WEBM, ...RECORDER_CODECS],
          // Browsers differ. The one that takes it has web-platform-tests on its side, which ask for it of MP4 alone.
          parameter: "optional",
        };
      case "webm":
        return { kind, codecs: strict ? WEBM_CODECS : [...WEBM_CODECS, ...RECORDER_CODECS], parameter };
      default:
        return strict ? undefined : { kind, codecs: [...WEBM_CODECS, ...RECORDER_CODECS, ...MP4_CODECS], parameter };
    }
  }
  if (essence === "audio/mpeg") {
    return { kind: "audio", codecs: [MP3], parameter: "forbidden" };
  }
  return essence === "audio/aac" ? { kind: "audio", codecs: [AAC], parameter: "forbidden" } : undefined;
}

/** What WebCodecs said of a codec string. */
const probed = new Map<string, boolean>();

async function probe(kind: Codec["kind"], config: VideoDecoderConfig | AudioDecoderConfig): Promise<void> {
  try {
    const support =
      kind === "video"
        ? await VideoDecoder.isConfigSupported(config as VideoDecoderConfig)
        : await AudioDecoder.isConfigSupported(config as AudioDecoderConfig);
    probed.set(config.codec, support.supported === true);
  } catch {
    // A browser that finds the question malformed has not answered it: the table stands.
  }
}

/** H.264 table A-1, as the last two digits of a codec string. */
const AVC_LEVELS = /(0[9a-d]|1[4-6]|1[ef]|20|2[89a]|3[2-4]|3[c-e])$/i;

/**
 * As decoders want the name: they know no avc3, whose parameter sets travel in the stream, and no short names. Pages
 * write levels that do not exist; those say nothing, and the lowest stands for them.
 */
function decoderCodec(codec: Codec, name: string): string {
  if (!name.includes(".")) {
    return codec.probe.codec;
  }
  if (codec !== AVC) {
    return name;
  }
  const profile = name.replace(/^avc3/i, "avc1");
  return AVC_LEVELS.test(profile) ? profile : `${profile.slice(0, -2)}0a`;
}

function isCodecSupported(codec: Codec, name: string): boolean {
  const decoder = codec.kind === "video" ? globalThis.VideoDecoder : globalThis.AudioDecoder;
  if (decoder === undefined || probed.get(codec.probe.codec) === false) {
    return false;
  }
  const isDoubtful = codec.doubtful?.test(name) === true;
  if (codec.kind === "audio") {
    return !isDoubtful || probed.get(codec.probe.codec) === true;
  }
  const exact = decoderCodec(codec, name);
  const answer = probed.get(exact);
  if (answer === undefined) {
    void probe(codec.kind, { codec: exact });
  }
  return answer ?? !isDoubtful;
}

/** The codec of the format that `name` is a name of, when the format may hold it. */
function codecOf({ kind, codecs }: Format, name: string): Codec | undefined {
  const codec = codecs.find(({ pattern }) => pattern.test(name));
  return codec && (kind === "video" || codec.kind === "audio") ? codec : undefined;
}

function isSupported(text: string, forBuffer: boolean): boolean {
  const type = parseMediaType(text);
  const format = type && formatOf(type.essence, forBuffer);
  if (!type || !format) {
    return false;
  }
  const { kind, codecs, parameter } = format;
  if (!type.codecs) {
    const isAnySupported = codecs.some((codec) => codec.kind === kind && isCodecSupported(codec, codec.probe.codec));
    return parameter !== "needed" && isAnySupported;
  }
  return (
    parameter !== "forbidden" &&
    type.codecs.every((name) => {
      const codec = codecOf(format, name);
      return codec !== undefined && isCodecSupported(codec, name);
    })
  );
}

/** MSE § 3.2, isTypeSupported. */
export function isTypeSupported(type: string): boolean {
  return isSupported(type, false);
}

/**
 * Whether `addSourceBuffer` and `changeType` take the type. DEVIATION: they take any without a codecs parameter; what
 * is in the stream is what counts.
 */
export function isSupportedForBuffer(type: string): boolean {
  return isSupported(type, true);
}

/** HTML § 4.8.11.3, canPlayType, for what {@link isTypeSupported} says. */
export function canPlayType(type: string): CanPlayTypeResult {
  if (!isTypeSupported(type)) {
    return "";
  }
  const parsed = parseMediaType(type);
  return parsed?.codecs || formatOf(parsed?.essence ?? "", false)?.parameter === "forbidden" ? "probably" : "maybe";
}

/** How decoders spell the codec of encoded chunks; undefined for one that cannot be decoded. */
export function decoderCodecFor(kind: "video" | "audio", name: string): string | undefined {
  const codec = [...MP4_CODECS, ...WEBM_CODECS].find((codec) => codec.kind === kind && codec.pattern.test(name));
  return codec && isCodecSupported(codec, name) ? decoderCodec(codec, name) : undefined;
}

/** How types are read, for what is no part of the script. */
export const READING = { codecOf, decoderCodec, formatOf, parseMediaType };

let probes: Promise<void> | undefined;

/** Resolves when WebCodecs has been asked for every codec of the table: answers are final for the usual profiles. */
export function typesReady(): Promise<void> {
  return (probes ??= Promise.all(
    [
      ...[...MP4_CODECS, ...WEBM_CODECS, ...RECORDER_CODECS].map((codec) => probe(codec.kind, codec.probe)),
      ...["avc1.4D401F", "avc1.640028"].map((name) => probe("video", { codec: name })),
    ],
  ).then(() => undefined));
}
