// Every library reads a whole file and tells a Tally of each frame: time, key flag and payload.
//
// Each entry: `containers` it reads; `input` it is given ("whole": one array; "pieces": arrays of one size; "segments":
// one buffer a segment, as a player fetches them); `run(input, media)` resolves with the tally.

import "./buffer.mjs";
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from "mediabunny";
import { MP4BoxBuffer, createFile } from "mp4box";
import { getSampleData, parseInitSegment } from "../node_modules/hls.js/src/utils/mp4-tools.ts";
import findBox from "mux.js/lib/mp4/find-box.js";
import probe from "mux.js/lib/mp4/probe.js";
import muxSamples from "mux.js/lib/mp4/samples.js";
import inspector from "mux.js/lib/tools/mp4-inspector.js";
import { Decoder, tools } from "ts-ebml";
import init, { Demux } from "../../target/bench/wasm/mse_polyfill_bench.js";
import { Tally } from "./tally.mjs";

await init({ module_or_path: "/wasm/mse_polyfill_bench_bg.wasm" });

/** Whether we have a demuxer for the type. */
export const reads = (type) => Demux.open(type, false) !== undefined;

function ours(keep) {
  return async (pieces, { type }) => {
    const demux = Demux.open(type, keep);
    for (const piece of pieces) demux.push(piece);
    const [frames, keys, bytes, seconds, edges] = demux.tally();
    demux.free();
    return { frames, keys, bytes, seconds, edges };
  };
}

async function mediabunny(bytes) {
  const tally = new Tally();
  const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(bytes) });
  for (const track of await input.getTracks()) {
    for await (const packet of new EncodedPacketSink(track).packets()) {
      tally.see(packet.timestamp, packet.type === "key", packet.data);
    }
  }
  return tally;
}

async function mp4box(pieces, { container }) {
  const tally = new Tally();
  // Media data before its moov must be kept by hand.
  const file = createFile(container === "mp4");
  file.onError = (module, message) => {
    throw new Error(`${module}: ${message}`);
  };
  file.onReady = ({ tracks }) => {
    for (const { id } of tracks) file.setExtractionOptions(id, undefined, { nbSamples: 100 });
    file.start();
  };
  file.onSamples = (id, _, samples) => {
    for (const { cts, timescale, is_sync, data } of samples) tally.see(cts / timescale, is_sync, data);
    file.releaseUsedSamples(id, samples.at(-1).number + 1);
  };
  let start = 0;
  for (const piece of pieces) {
    file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(piece.buffer, start));
    start += piece.length;
  }
  file.flush();
  return tally;
}

const quiet = { warn() {}, log() {}, error() {} };

async function hls([first, ...segments]) {
  const tally = new Tally();
  const tracks = parseInitSegment(first);
  for (const segment of segments) {
    const found = getSampleData(segment, tracks, undefined, quiet);
    for (const id in found) {
      const { trun, timescale, start } = found[id];
      let time = start;
      for (const { samples, sampleOffset } of trun) {
        let at = sampleOffset;
        for (const { size, cts, duration, flags } of samples) {
          // A run without flags of its own has those of its track, which this library does not give.
          tally.see((time + (cts ?? 0)) / timescale, !flags?.isNonSync, segment.subarray(at, at + size));
          at += size;
          time += duration;
        }
      }
    }
  }
  return tally;
}

async function mux([first, ...segments]) {
  const tally = new Tally();
  const scales = probe.timescale(first);
  for (const segment of segments) {
    for (const moof of findBox(segment, ["moof"])) {
      for (const traf of findBox(moof, ["traf"])) {
        const tfhd = inspector.parseTfhd(findBox(traf, ["tfhd"])[0]);
        const { baseMediaDecodeTime } = inspector.parseTfdt(findBox(traf, ["tfdt"])[0]);
        const truns = findBox(traf, ["trun"]);
        const dataOffset = new DataView(truns[0].buffer, truns[0].byteOffset).getInt32(8);
        let at = moof.byteOffset - 8 + dataOffset;
        for (const { pts, size, flags } of muxSamples.parseSamples(truns, baseMediaDecodeTime, tfhd)) {
          tally.see(Number(pts) / scales[tfhd.trackId], !flags?.isNonSyncSample, segment.subarray(at, at + size));
          at += size;
        }
      }
    }
  }
  return tally;
}

async function tsEbml(pieces) {
  const tally = new Tally();
  const decoder = new Decoder();
  let tick = 0.001;
  let cluster = 0;
  let group;
  const see = (block, isKey) => {
    const { timecode, frames } = tools.ebmlBlock(block);
    for (const frame of frames) tally.see((cluster + timecode) * tick, isKey, frame);
  };
  for (const piece of pieces) {
    for (const element of decoder.decode(piece.buffer)) {
      switch (element.name) {
        case "TimestampScale":
          tick = element.value / 1e9;
          break;
        case "Timestamp":
          cluster = element.value;
          break;
        case "SimpleBlock":
          see(element.data, (element.data[3] & 0x80) !== 0);
          break;
        case "BlockGroup":
          if (element.isEnd) see(group.block, group.isKey);
          else group = { isKey: true };
          break;
        case "Block":
          group.block = element.data;
          break;
        case "ReferenceBlock":
          group.isKey = false;
          break;
      }
    }
  }
  return tally;
}

const everything = ["fmp4", "mp4", "webm"];

export const demuxers = {
  "mse-polyfill": { containers: everything, input: "pieces", run: ours(false) },
  "mse-polyfill, frames kept": { containers: everything, input: "pieces", run: ours(true) },
  mediabunny: { containers: everything, input: "whole", run: mediabunny },
  "mp4box.js": { containers: ["fmp4", "mp4"], input: "pieces", run: mp4box },
  "hls.js mp4-tools": { containers: ["fmp4"], input: "segments", run: hls, partial: "no default key flags" },
  "ts-ebml": { containers: ["webm"], input: "pieces", run: tsEbml },
  "mux.js mp4": { containers: ["fmp4"], input: "segments", run: mux, partial: "no default key flags" },
};
