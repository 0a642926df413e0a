// The streams' server: /streams/ID/BEHAVIOUR/PACKAGE/FILE. Whoever makes up a new ID has a stream of his own, whose clock
// begins with the first request.
//
//   plain          from the first to the last segment
//   live           a window that slides by the clock
//   discontinuity  the fourth and fifth segment, and then the first and second; in DASH two periods
//   encrypted      the same by AES-128
//   missing        the third segment of the low rendition is not there; DASH has a second address, where it is; of a file all
//                  but the beginning, until /streams/ID/release is asked for
//   stall          the third segment comes when /streams/ID/release is asked for
//
// PACKAGE is one of manifests.mjs; FILE is main.m3u8, main.mpd or what they name. /streams/ID/BEHAVIOUR/whole.flv, whole.ts
// and whole.mp4 are files, whole-0.flv and those after it the first in parts; whole.ts with a discontinuity lacks the third segment.
// Those of a live stream come as fast as they play, those of a `missing` one four times as fast, of a `steady` one
// eight times.

import { createCipheriv } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { COUNT, dashManifest, masterPlaylist, mediaPlaylist, PACKAGES, SEGMENT } from "./manifests.mjs";

const KEY = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
/** Segments of a live stream that are there at its beginning, and that its window holds. */
const LIVE_BEGIN = 5;
const LIVE_WINDOW = 5;
/** The one that is missing or withheld. */
const ODD_SEGMENT = 3;
/** Those of the file with a jump in its times. */
const JUMPING = [1, 2, 4, 5];
/** How often a live file goes on, in milliseconds. */
const PACE = 100;

const TYPES = {
  m3u8: "application/vnd.apple.mpegurl",
  mpd: "application/dash+xml",
  m4s: "video/iso.segment",
  mp4: "video/mp4",
  webm: "video/webm",
  ts: "video/mp2t",
  flv: "video/x-flv",
};

/** The segments of a live stream that are there now. */
function liveSegments({ begin }) {
  const last = Math.min(COUNT, LIVE_BEGIN + Math.floor((Date.now() - begin) / 1000 / SEGMENT));
  return Array.from({ length: LIVE_WINDOW }, (_, index) => last - LIVE_WINDOW + 1 + index);
}

const ALL = Array.from({ length: COUNT }, (_, index) => index + 1);

function playlist(stream, of, name, behaviour) {
  if (name === "main") return masterPlaylist(of);
  switch (behaviour) {
    case "live":
      return mediaPlaylist(of, name, liveSegments(stream), { live: true });
    case "discontinuity":
    case "encrypted":
      return mediaPlaylist(of, name, [4, 5, 0, 1, 2], { encrypted: behaviour === "encrypted" });
    default:
      return mediaPlaylist(of, name, ALL);
  }
}

/** Segments have the numbers of their places: those of the fourth and fifth are 4 and 5, and the first is 6. */
function encrypted(bytes, segment) {
  const vector = Buffer.alloc(16);
  vector.writeUInt32BE(segment < 4 ? segment + 5 : segment, 12);
  const cipher = createCipheriv("aes-128-cbc", KEY, vector);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

/** What answers requests for the segments in this directory; true when it did. To be given to serve(). */
export function streams(directory) {
  const known = new Map();

  async function answer(request, response, path) {
    const [id, behaviour, ...rest] = path.slice("/streams/".length).split("/");
    let stream = known.get(id);
    if (!stream) known.set(id, (stream = { begin: Date.now() }));
    stream.released ??= new Promise((resolve) => (stream.release = resolve));
    const send = (bytes, extension = "", status = 200) => {
      response.writeHead(status, { "Content-Type": TYPES[extension] ?? "application/octet-stream", "Cache-Control": "no-store" });
      response.end(bytes);
    };
    if (behaviour === "release") {
      stream.isReleased = true;
      stream.release();
      return send("");
    }
    const [of, file] = rest;
    if (rest.length === 1) return whole(request, response, stream, behaviour, of);
    if (rest.length !== 2 || !(of in PACKAGES)) return send("", "", 404);
    if (file === "key") return send(KEY);
    const [, name, extension] = /^(\w+)[-.\d\w]*\.(\w+)$/.exec(file) ?? [];
    if (extension === "m3u8") return send(playlist(stream, of, name, behaviour), extension);
    if (extension === "mpd") {
      const live = behaviour === "live" && new Date(stream.begin - LIVE_BEGIN * SEGMENT * 1000);
      const bases = behaviour === "missing" ? ["missing", "plain"].map((one) => `http://${request.headers.host}/streams/${id}/${one}/${of}/`) : [];
      const periods = behaviour === "discontinuity" ? [4, 1] : undefined;
      return send(dashManifest(of, { live, window: LIVE_WINDOW * SEGMENT, bases, periods }), extension);
    }
    const segment = Number(/-(\d+)\./.exec(file)?.[1] ?? 0);
    if (segment === ODD_SEGMENT && behaviour === "missing" && name === "low") return send("", "", 404);
    if (segment === ODD_SEGMENT && behaviour === "stall") await stream.released;
    let bytes;
    try {
      bytes = readFileSync(join(directory, of, file));
    } catch {
      return send("", "", 404);
    }
    return send(behaviour === "encrypted" ? encrypted(bytes, segment) : bytes, extension);
  }

  /** A file in one piece, or the part of it that is asked for. */
  async function whole(request, response, stream, behaviour, name) {
    const file = join(directory, name);
    if (!/^whole(-\d)?\.\w+$/.test(name) || !statSync(file, { throwIfNoEntry: false })) return response.writeHead(404).end();
    const isJumping = behaviour === "discontinuity";
    const all = isJumping ? Buffer.concat(JUMPING.map((segment) => readFileSync(join(directory, "ts", `mid-${segment}.ts`)))) : readFileSync(file);
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const from = Number(first ?? 0);
    if (behaviour === "missing" && from > 0 && !stream.isReleased) return response.writeHead(404).end();
    const bytes = all.subarray(from, last ? Number(last) + 1 : undefined);
    const part = first !== undefined && { "Content-Range": `bytes ${from}-${from + bytes.length - 1}/${all.length}` };
    const headers = { "Content-Type": TYPES[name.split(".")[1]], "Cache-Control": "no-store", ...part };
    if (behaviour === "plain" || isJumping) {
      response.writeHead(part ? 206 : 200, { ...headers, "Accept-Ranges": "bytes", "Content-Length": bytes.length });
      return response.end(bytes);
    }
    response.writeHead(part ? 206 : 200, headers);
    const perSecond = all.length / (COUNT * SEGMENT);
    let sent = 0;
    const begin = Date.now();
    while (sent < bytes.length && !response.destroyed) {
      // What stalls breaks off in the third segment and goes on when it is released.
      const stopsAt = (ODD_SEGMENT - 1) * SEGMENT * perSecond - from;
      const isStalled = behaviour === "stall" && !stream.isReleased;
      const speed = { live: 1, missing: 4, steady: 8 }[behaviour] ?? 1e9;
      const lead = SEGMENT + (speed * (Date.now() - begin)) / 1000;
      const upTo = Math.max(sent, Math.min(bytes.length, Math.floor(lead * perSecond), isStalled ? stopsAt : Infinity));
      response.write(bytes.subarray(sent, upTo));
      sent = upTo;
      if (isStalled) await stream.released;
      else await sleep(PACE);
    }
    return response.end();
  }

  return (request, response, path) => {
    if (!path.startsWith("/streams/")) return false;
    answer(request, response, path).catch(() => response.destroy());
    return true;
  };
}
