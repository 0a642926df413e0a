import { Call, ControlPlane as Bindings, Flag, List, Say, Text } from "../wasm/mse_polyfill.js";
import type { ChunksAppend, ChunksConfig, ControlPlane, Half } from "./engine";

/**
 * The wasm module's calls, each of which is for all that takes and gives the same kinds of values; and what that is, by names
 * that begin with small letters here (`enumeration` of glue_functions.js).
 */
const WIDE_CALLS = { call: Call, flag: Flag, list: List, say: Say, text: Text };

type Method = (this: Bindings & ControlPlane, ...args: never[]) => unknown;

/** What takes an object, of which the wasm module takes the members. */
const METHODS: Record<string, Method> = {
  appendChunks(id: number, { byteLength, hasAudio, hasVideo, lacksDuration }: ChunksAppend): number {
    const facts = Number(hasAudio) + 2 * Number(hasVideo) + 4 * Number(lacksDuration);
    return this.appendEncodedChunks(id, byteLength, facts);
  },
  configureChunks({ codec, description, audio, video }: ChunksConfig, id?: number): number {
    const media = audio
      ? [audio.sampleRate, audio.numberOfChannels]
      : [video?.codedWidth, video?.codedHeight, video?.displayWidth, video?.displayHeight, video?.rotation];
    const { primaries, transfer, matrix, fullRange } = video ?? {};
    return this.configure(id, codec, description, Float64Array.from(media as number[]), primaries, transfer, matrix, fullRange);
  },
};

/** Makes a method of each name that the wasm module has. */
function defineMethods(prototype: object): void {
  const methods: Record<string, Method> = {};
  for (const [wide, names] of Object.entries(WIDE_CALLS)) {
    for (const [name, what] of Object.entries(names)) {
      methods[name] = function (...args) {
        return this[wide as "call"](what as Call, ...(args as unknown as [number, number, number]));
      };
    }
  }
  Object.assign(prototype, methods, METHODS);
}

/** A source and its element, or one half of them. */
export function createControlPlane(half?: Half): ControlPlane {
  if (!("play" in Bindings.prototype)) {
    defineMethods(Bindings.prototype);
  }
  return new Bindings(half) as unknown as ControlPlane;
}
