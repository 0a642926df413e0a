/**
 * What pages give a SourceBuffer in place of a byte stream: a decoder's configuration and encoded chunks of WebCodecs (MSE
 * for WebCodecs, a draft). Web IDL's conversions are here; the rules are the engine's.
 */
import type { ChunksAppend, ChunksConfig } from "./engine";
import { domException } from "./errors";
import { decoderCodecFor } from "./types";
import { toBytes } from "./webidl";

/** What `addSourceBuffer` and `changeType` take in place of a media type: one of the two. */
export interface SourceBufferConfig {
  audioConfig?: AudioDecoderConfig;
  videoConfig?: VideoDecoderConfig;
}

/** What `appendEncodedChunks` takes. */
export type EncodedChunks =
  | EncodedAudioChunk
  | EncodedVideoChunk
  | Iterable<EncodedAudioChunk | EncodedVideoChunk>;

/**
 * Whether what is given for a type is a configuration. Web IDL would have null and every object be one; but browsers know
 * none, and take objects that can be told as text for a type, and null for the type "null".
 */
export function isConfig(value: unknown): value is SourceBufferConfig {
  return typeof value === "object" && value !== null && value.toString === Object.prototype.toString;
}

type Members = Record<string, unknown>;

/** Web IDL dictionaries. */
function toDictionary(value: unknown, what: string): Members {
  if (value === undefined || value === null) {
    return {};
  }
  if (typeof value !== "object" && typeof value !== "function") {
    throw new TypeError(`${what} is not an object.`);
  }
  return value as Members;
}

/** Web IDL `[EnforceRange] unsigned long`; undefined when the member is missing. */
function toUnsignedLong(dictionary: Members, name: string, operation: string): number | undefined {
  const value = dictionary[name];
  if (value === undefined) {
    return undefined;
  }
  const number = Math.trunc(+(value as number));
  if (!(number >= 0 && number <= 0xffff_ffff)) {
    throw new TypeError(`${operation}: ${name} is no integer from 0 to 4294967295.`);
  }
  return number;
}

/** What both kinds of configuration have. */
function toDecoderConfig(config: Members, operation: string): Pick<ChunksConfig, "codec" | "description"> {
  const { codec, description } = config;
  if (codec === undefined) {
    throw new TypeError(`${operation}: the configuration has no codec.`);
  }
  const name = `${codec as string}`.trim();
  if (name === "") {
    throw new TypeError(`${operation}: the codec is empty.`);
  }
  // A copy: the page may do with the bytes what it likes.
  return { codec: name, ...(description !== undefined && { description: toBytes(description, operation).slice() }) };
}

function toAudioConfig(value: unknown, operation: string): ChunksConfig {
  const config = toDictionary(value, `${operation}: audioConfig`);
  const common = toDecoderConfig(config, operation);
  const numberOfChannels = toUnsignedLong(config, "numberOfChannels", operation);
  const sampleRate = toUnsignedLong(config, "sampleRate", operation);
  if (!numberOfChannels || !sampleRate) {
    throw new TypeError(`${operation}: the configuration lacks numberOfChannels or sampleRate, or one of them is 0.`);
  }
  return { ...common, audio: { sampleRate, numberOfChannels } };
}

function toVideoConfig(value: unknown, operation: string): ChunksConfig {
  const config = toDictionary(value, `${operation}: videoConfig`);
  const common = toDecoderConfig(config, operation);
  const size = (width: string, height: string): [number, number] => {
    const pair = [toUnsignedLong(config, width, operation), toUnsignedLong(config, height, operation)] as const;
    if (pair.some((side) => side === 0) || (pair[0] === undefined) !== (pair[1] === undefined)) {
      throw new TypeError(`${operation}: of ${width} and ${height} one is missing or 0.`);
    }
    return [pair[0] ?? 0, pair[1] ?? 0];
  };
  const [codedWidth, codedHeight] = size("codedWidth", "codedHeight");
  const [aspectWidth, aspectHeight] = size("displayAspectWidth", "displayAspectHeight");
  const color = toDictionary(config["colorSpace"], `${operation}: colorSpace`);
  const word = (name: string): string | undefined =>
    color[name] === undefined || color[name] === null ? undefined : `${color[name] as string}`;
  const fullRange = color["fullRange"];
  const rotation = Number(config["rotation"] ?? 0);
  return {
    ...common,
    video: {
      codedWidth,
      codedHeight,
      // The height of the picture is that of its pixels.
      displayWidth: aspectWidth > 0 ? Math.round((codedHeight * aspectWidth) / aspectHeight) : codedWidth,
      displayHeight: codedHeight,
      rotation: [90, 180, 270].includes(rotation) ? rotation : 0,
      primaries: word("primaries"),
      transfer: word("transfer"),
      matrix: word("matrix"),
      ...(typeof fullRange === "boolean" && { fullRange }),
    },
  };
}

/** Web IDL `SourceBufferConfig`. TypeError unless it has one configuration that is valid by WebCodecs § 3 and § 4. */
export function toChunksConfig(value: unknown, operation: string): ChunksConfig {
  const { audioConfig, videoConfig } = toDictionary(value, `${operation}: the configuration`);
  const audio = audioConfig === undefined ? undefined : toAudioConfig(audioConfig, operation);
  const video = videoConfig === undefined ? undefined : toVideoConfig(videoConfig, operation);
  const config = audio ?? video;
  if (!config || (audio && video)) {
    throw new TypeError(`${operation}: the configuration must have either audioConfig or videoConfig.`);
  }
  return config;
}

/** The configuration with its codec as decoders spell it. NotSupportedError for a codec that cannot be decoded. */
export function toSupportedConfig(config: ChunksConfig, operation: string): ChunksConfig {
  const codec = decoderCodecFor(config.audio ? "audio" : "video", config.codec);
  if (codec === undefined) {
    throw domException("NotSupportedError", `${operation}: the codec "${config.codec}" is unsupported.`);
  }
  return { ...config, codec };
}

/** Bytes in front of each chunk: see `src/container/encoded_chunks.rs`. */
const HEADER = 21;
const KEY = 1;
const HAS_DURATION = 2;

type Chunk = EncodedAudioChunk | EncodedVideoChunk;

/** Whether it is a chunk of this class, of whichever realm. */
function isChunk(value: unknown, name: "EncodedAudioChunk" | "EncodedVideoChunk"): value is Chunk {
  const Class = (globalThis as { EncodedAudioChunk?: { prototype: object }; EncodedVideoChunk?: { prototype: object } })[name];
  const getter = Class && Object.getOwnPropertyDescriptor(Class.prototype, "byteLength")?.get;
  try {
    getter?.call(value);
    return getter !== undefined;
  } catch {
    return false;
  }
}

/** Chunks as they are appended: what the engine must know of them, and how they become its bytes. */
export interface PreparedChunks {
  facts: ChunksAppend;
  write(): Uint8Array;
}

/** Web IDL `(EncodedAudioChunk or EncodedVideoChunk or sequence<…>)`. TypeError for anything else. */
export function toEncodedChunks(value: unknown, operation: string): PreparedChunks {
  const isOne = (candidate: unknown) => isChunk(candidate, "EncodedAudioChunk") || isChunk(candidate, "EncodedVideoChunk");
  let chunks: Chunk[];
  if (isOne(value)) {
    chunks = [value as Chunk];
  } else {
    const isIterable = typeof value === "object" && value !== null && Symbol.iterator in value;
    chunks = isIterable ? [...(value as Iterable<Chunk>)] : [];
    if (!isIterable || !chunks.every(isOne)) {
      throw new TypeError(`${operation}: the argument is neither an encoded chunk nor a sequence of them.`);
    }
  }
  const video = chunks.filter((chunk) => isChunk(chunk, "EncodedVideoChunk"));
  const byteLength = chunks.reduce((sum, chunk) => sum + HEADER + chunk.byteLength, 0);
  return {
    facts: {
      byteLength,
      hasAudio: video.length < chunks.length,
      hasVideo: video.length > 0,
      lacksDuration: video.some((chunk) => chunk.duration === null),
    },
    write() {
      const bytes = new Uint8Array(byteLength);
      let at = 0;
      for (const chunk of chunks) {
        const { type, timestamp, byteLength: length } = chunk;
        const duration = chunk.duration ?? undefined;
        const header = new DataView(bytes.buffer, at, HEADER);
        header.setUint8(0, (type === "key" ? KEY : 0) | (duration === undefined ? 0 : HAS_DURATION));
        header.setBigInt64(1, BigInt(timestamp));
        header.setBigInt64(9, BigInt(duration ?? 0));
        header.setUint32(17, length);
        at += HEADER;
        chunk.copyTo(bytes.subarray(at, at + length));
        at += length;
      }
      return bytes;
    },
  };
}
