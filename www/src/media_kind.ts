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

/** Sample entries this version of the library does not play, and what they are. */
const otherCodecs: Record<string, string> = {
  hvcC: "H.265 (HEVC)",
  av1C: "AV1",
  vpcC: "VP9",
  dOps: "Opus",
  dfLa: "FLAC",
  dac3: "AC-3",
  dec3: "E-AC-3",
};

const later = (name: string): MediaKind => ({
  name,
  note: `${name} comes with a later version. Today the library plays H.264 and AAC in MP4, fragmented or not.`,
});

/** `head`: the first bytes, with `moov` among them where it can be had. */
export function mediaKind(head: Uint8Array): MediaKind {
  const text = latin1(head.subarray(0, 16));
  const second = head[1] ?? 0;
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  if (boxTypes.has(text.slice(4, 8))) return mp4Kind(head);
  if (starts(0x1a, 0x45, 0xdf, 0xa3)) return later("WebM or Matroska");
  if (text.startsWith("ID3") || (head[0] === 0xff && second >= 0xe0 && (second & 0x06) !== 0)) return later("MP3");
  if (head[0] === 0xff && (second & 0xf6) === 0xf0) return later("AAC without a container (ADTS)");
  if (text.startsWith("OggS")) return later("Ogg");
  if (text.startsWith("fLaC")) return later("FLAC");
  if (text.startsWith("RIFF")) return { name: "RIFF (WAV, AVI)", note: "RIFF files are nothing MediaSource knows." };
  if (head[0] === 0x47 && head[188] === 0x47) return later("MPEG-2 TS");
  if (/^\s*<(!|html|\?xml)/i.test(text)) {
    return { name: "a web page", note: "The server answered with a web page instead of a media file." };
  }
  return { name: "unknown bytes", type: USUAL_TYPE, note: "Nothing this page recognises. It is appended as MP4 all the same: see what the parser says." };
}

function mp4Kind(head: Uint8Array): MediaKind {
  const avcC = find(head, "avcC");
  const hasAac = find(head, "mp4a") >= 0;
  for (const [box, name] of Object.entries(otherCodecs)) {
    if (find(head, box) >= 0) return later(`${name} in MP4`);
  }
  if (avcC < 0 && !hasAac) return { name: "an MP4", type: USUAL_TYPE };
  const codecs: string[] = [];
  if (avcC >= 0) {
    // AVCDecoderConfigurationRecord: version, then the three bytes that an avc1 codecs string spells out.
    const profile = head.subarray(avcC + 5, avcC + 8);
    codecs.push(`avc1.${Array.from(profile, (byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase()}`);
  }
  if (hasAac) codecs.push("mp4a.40.2");
  const names = [avcC >= 0 ? "H.264" : "", hasAac ? "AAC" : ""].filter(Boolean).join(" + ");
  const layout = find(head, "mvex") >= 0 ? "a fragmented MP4" : "an ordinary MP4";
  return { name: `${layout}, ${names}`, type: `${avcC >= 0 ? "video" : "audio"}/mp4; codecs="${codecs.join(", ")}"` };
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
