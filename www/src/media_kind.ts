/** What the first bytes of a piece of media say it is. */
export interface MediaKind {
  /** For people. */
  name: string;
  /** To give to `addSourceBuffer`; undefined where this page cannot declare it. */
  type?: string;
  /** Why not, or what to know. */
  note?: string;
}

/** The type in every tutorial. Used where the codecs are not known yet: they stand in `moov`, which may come last. */
const USUAL_TYPE = 'video/mp4; codecs="avc1.42E01E, mp4a.40.2"';

const boxTypes = new Set(["ftyp", "styp", "moov", "moof", "sidx", "mdat", "free", "skip", "wide", "emsg", "pdin", "uuid"]);

/** Configuration boxes of MP4, the name of the codec for people, and what to declare where that says enough. */
const MP4_CODECS: [box: string, name: string, kind: "video" | "audio", codec: string][] = [
  ["avcC", "H.264", "video", ""], // spelled from the box
  ["hvcC", "H.265", "video", "hvc1.1.6.L93.B0"],
  ["av1C", "AV1", "video", "av01.0.04M.08"],
  ["vpcC", "VP9", "video", "vp09.00.10.08"],
  ["mp4a", "AAC", "audio", "mp4a.40.2"],
  ["dOps", "Opus", "audio", "opus"],
  ["dfLa", "FLAC", "audio", "flac"],
  ["dac3", "AC-3", "audio", "ac-3"],
  ["dec3", "E-AC-3", "audio", "ec-3"],
];

/** CodecID elements of Matroska, likewise. */
const WEBM_CODECS: [id: string, name: string, kind: "video" | "audio", codec: string][] = [
  ["V_VP8", "VP8", "video", "vp8"],
  ["V_VP9", "VP9", "video", "vp9"],
  ["V_AV1", "AV1", "video", "av01.0.04M.08"],
  ["V_MPEG4/ISO/AVC", "H.264", "video", "avc1"],
  ["A_OPUS", "Opus", "audio", "opus"],
  ["A_VORBIS", "Vorbis", "audio", "vorbis"],
  ["A_PCM", "PCM", "audio", "pcm"],
  ["A_AAC", "AAC", "audio", "mp4a.40.2"],
  ["A_FLAC", "FLAC", "audio", "flac"],
  ["A_MPEG/L3", "MP3", "audio", "mp3"],
];

const later = (name: string): MediaKind => ({ name, note: `${name} is nothing this library reads.` });

/** `head`: the first bytes, with `moov` among them where it can be had. */
export function mediaKind(head: Uint8Array): MediaKind {
  const text = latin1(head.subarray(0, 16));
  const second = head[1] ?? 0;
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  if (boxTypes.has(text.slice(4, 8))) return mp4Kind(head);
  if (starts(0x1a, 0x45, 0xdf, 0xa3)) return webmKind(head);
  if (head[0] === 0xff && (second & 0xf6) === 0xf0) return { name: "AAC without a container (ADTS)", type: "audio/aac" };
  if (text.startsWith("ID3") || (head[0] === 0xff && second >= 0xe0 && (second & 0x06) !== 0)) {
    return { name: "MP3", type: "audio/mpeg" };
  }
  if (text.startsWith("OggS")) return later("Ogg");
  if (text.startsWith("fLaC")) return later("FLAC without a container");
  if (text.startsWith("RIFF")) return { name: "RIFF (WAV, AVI)", note: "RIFF files are nothing MediaSource knows." };
  if (head[0] === 0x47 && head[188] === 0x47) return later("MPEG-2 TS");
  if (/^\s*<(!|html|\?xml)/i.test(text)) {
    return { name: "a web page", note: "The server answered with a web page instead of a media file." };
  }
  return { name: "unknown bytes", type: USUAL_TYPE, note: "Nothing this page recognises. It is appended as MP4 all the same: see what the parser says." };
}

function mp4Kind(head: Uint8Array): MediaKind {
  const layout = find(head, "mvex") >= 0 ? "a fragmented MP4" : "an ordinary MP4";
  const found = MP4_CODECS.filter(([box]) => find(head, box) >= 0).map(
    ([box, name, kind, codec]) => [name, kind, box === "avcC" ? avcCodec(head) : codec] as const,
  );
  return found.length === 0 ? { name: "an MP4", type: USUAL_TYPE } : kindOf(layout, "mp4", found);
}

function webmKind(head: Uint8Array): MediaKind {
  const found = WEBM_CODECS.filter(([id]) => find(head, id) >= 0).map(
    ([, name, kind, codec]) => [name, kind, codec] as const,
  );
  const isWebM = find(head, "webm") >= 0 && find(head, "webm") < 64;
  return kindOf(isWebM ? "a WebM" : "a Matroska", isWebM ? "webm" : "x-matroska", found);
}

function kindOf(layout: string, container: string, codecs: (readonly [string, "video" | "audio", string])[]): MediaKind {
  const kind = codecs.some(([, kind]) => kind === "video") ? "video" : "audio";
  const names = codecs.map(([name]) => name).join(" + ");
  return {
    name: `${layout}, ${names || "of codecs this page does not know"}`,
    type: `${kind}/${container}; codecs="${codecs.map(([, , codec]) => codec).join(", ")}"`,
  };
}

/** AVCDecoderConfigurationRecord: version, then the three bytes that an avc1 codecs string spells out. */
function avcCodec(head: Uint8Array): string {
  const profile = head.subarray(find(head, "avcC") + 5).subarray(0, 3);
  return `avc1.${Array.from(profile, (byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase()}`;
}

/** Where `tag` begins in `bytes`, or -1. */
function find(bytes: Uint8Array, tag: string): number {
  const wanted = Array.from(tag, (char) => char.charCodeAt(0));
  for (let at = bytes.indexOf(wanted[0] ?? 0); at >= 0; at = bytes.indexOf(wanted[0] ?? 0, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Of a file, what {@link mediaKind} wants to see: its `moov` wherever it lies, behind the first bytes. */
export async function headOf(file: Blob): Promise<Uint8Array> {
  const first = new Uint8Array(await file.slice(0, 4096).arrayBuffer());
  if (!boxTypes.has(latin1(first.subarray(4, 8)))) return first;
  const MAX_BOXES = 64;
  const MAX_MOOV = 4 << 20;
  let at = 0;
  for (let i = 0; i < MAX_BOXES && at + 8 <= file.size; i++) {
    const header = new DataView(await file.slice(at, at + 16).arrayBuffer());
    let size = header.getUint32(0);
    if (size === 1 && header.byteLength === 16) size = Number(header.getBigUint64(8));
    const type = String.fromCharCode(...new Uint8Array(header.buffer, 4, 4));
    if (type === "moov") {
      const moov = new Uint8Array(await file.slice(at, at + Math.min(size, MAX_MOOV)).arrayBuffer());
      const head = new Uint8Array(16 + moov.length);
      head.set(first.subarray(0, 16));
      head.set(moov, 16);
      return head;
    }
    if (size < 8) break;
    at += size;
  }
  return first;
}
