/**
 * Which media types can be played. The answer must be there at once, so it is a table of what this library parses,
 * refined by asking WebCodecs, which answers later: see {@link typesReady}.
 */

interface MediaType {
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

interface Codec {
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

/** The codecs that the MP4 demuxer hands to decoders. */
const MP4_CODECS: Codec[] = [
  {
    kind: "video",
    pattern: /^avc[13]\.[0-9a-f]{6}$/i,
    // High 10, High 4:2:2, High 4:4:4 Predictive, CAVLC 4:4:4 Intra.
    doubtful: /^avc[13]\.(6e|7a|f4|2c)/i,
    probe: { codec: "avc1.42E01E" },
  },
  {
    kind: "video",
    pattern: /^vp09\.\d\d\.\d\d\.\d\d(\.\d\d){0,5}$/,
    doubtful: /^vp09\.0[123]/,
    probe: { codec: "vp09.00.10.08" },
  },
  {
    kind: "video",
    pattern: /^av01\.[012]\.\d\d[MH]\.\d\d(\.\d(\.\d{3}(\.\d\d){0,3}(\.\d)?)?)?$/,
    doubtful: /^av01\.[12]/,
    probe: { codec: "av01.0.04M.08" },
  },
  { kind: "audio", pattern: /^mp4a\.(40\.0?2|67)$/i, probe: { codec: "mp4a.40.2", ...STEREO } },
  { kind: "audio", pattern: /^mp4a\.40\.(0?5|29)$/i, probe: { codec: "mp4a.40.5", ...STEREO } },
  { kind: "audio", pattern: /^opus$/i, probe: { codec: "opus", ...STEREO } },
  {
    kind: "audio",
    pattern: /^flac$/i,
    probe: { codec: "flac", ...STEREO, description: /* @__PURE__ */ new Uint8Array(FLAC_DESCRIPTION) },
  },
];

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

/** As decoders want the name: they know no avc3, whose parameter sets travel in the stream. */
function decoderCodec(codec: string): string {
  return codec.replace(/^avc3/i, "avc1");
}

function isCodecSupported(codec: Codec, name: string): boolean {
  const decoder = codec.kind === "video" ? globalThis.VideoDecoder : globalThis.AudioDecoder;
  if (decoder === undefined || probed.get(codec.probe.codec) === false) {
    return false;
  }
  if (codec.kind === "audio") {
    return true;
  }
  const exact = decoderCodec(name);
  const answer = probed.get(exact);
  if (answer === undefined) {
    void probe(codec.kind, { codec: exact });
  }
  return answer ?? !codec.doubtful?.test(name);
}

function isSupported(text: string, codecsNeeded: boolean): boolean {
  const type = parseMediaType(text);
  const kind = type && /^(video|audio)\/mp4$/.exec(type.essence)?.[1];
  if (!type || !kind) {
    return false;
  }
  if (!type.codecs) {
    return !codecsNeeded && MP4_CODECS.some((codec) => codec.kind === kind && isCodecSupported(codec, codec.probe.codec));
  }
  return type.codecs.every((name) => {
    const codec = MP4_CODECS.find(({ pattern }) => pattern.test(name));
    return codec !== undefined && (kind === "video" || codec.kind === "audio") && isCodecSupported(codec, name);
  });
}

/** MSE § 3.2, isTypeSupported. Without a codecs parameter the answer is false, as in browsers. */
export function isTypeSupported(type: string): boolean {
  return isSupported(type, true);
}

/**
 * Whether `addSourceBuffer` and `changeType` take the type. DEVIATION: they take one without a codecs parameter; what
 * is in the stream is what counts.
 */
export function isSupportedForBuffer(type: string): boolean {
  return isSupported(type, false);
}

let probes: Promise<void> | undefined;

/** Resolves when WebCodecs has been asked for every codec of the table: answers are final for the usual profiles. */
export function typesReady(): Promise<void> {
  return (probes ??= Promise.all(
    MP4_CODECS.flatMap((codec) => {
      const common = codec.kind === "video" && codec.probe.codec.startsWith("avc1") ? ["avc1.4D401F", "avc1.640028"] : [];
      return [probe(codec.kind, codec.probe), ...common.map((name) => probe("video", { codec: name }))];
    }),
  ).then(() => undefined));
}
