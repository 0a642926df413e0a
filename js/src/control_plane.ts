import { Bytes, Call, ControlPlane as Bindings, Hear, List, Say, Text } from "../wasm/mse_polyfill.js";
import type { ChunksAppend, ChunksConfig, ControlPlane, Half } from "./engine";

/** The wasm module's calls, each of which is for all that takes and gives the same kinds of values; and what that is. */
const WIDE_CALLS = { bytes: Bytes, call: Call, hear: Hear, list: List, say: Say, text: Text };

/** The names begin with small letters here (`enumeration` of glue_functions.js), which their types do not know. */
type Small<T> = { [Name in keyof T as Name extends string ? Uncapitalize<Name> : never]: T[Name] };
const small = <T>(names: T) => names as unknown as Small<T>;

type Method = (this: Bindings & ControlPlane, ...args: never[]) => unknown;

/** What takes an object, of which the wasm module takes the members; and what takes a text without a SourceBuffer's id. */
const METHODS: Record<string, Method> = {
  addSourceBuffer(type: string): number {
    return this.say(small(Say).addSourceBuffer, 0, type);
  },
  endOfStream(error: string): void {
    this.say(small(Say).endOfStream, 0, error);
  },
  appendChunks(id: number, { byteLength, hasAudio, hasVideo, lacksDuration }: ChunksAppend): number {
    const facts = Number(hasAudio) + 2 * Number(hasVideo) + 4 * Number(lacksDuration);
    return this.appendEncodedChunks(id, byteLength, facts);
  },
  configureChunks({ codec, description, audio, video }: ChunksConfig, id = 0): number {
    const { primaries, transfer, matrix, fullRange } = video ?? {};
    const media = audio
      ? [audio.sampleRate, audio.numberOfChannels]
      : [video?.codedWidth, video?.codedHeight, video?.displayWidth, video?.displayHeight, video?.rotation, fullRange];
    const words = [primaries, transfer, matrix, codec].join(" ");
    return this.configure(id, words, description, Float64Array.from(media as number[]));
  },
};

/** Makes a method of each name that the wasm module has. */
function defineMethods(prototype: object): void {
  const methods: Record<string, Method> = {};
  const lastFlag = small(Call).updating;
  for (const [wide, names] of Object.entries(WIDE_CALLS)) {
    for (const [name, what] of Object.entries(names)) {
      const isFlag = names === Call && Number(what) <= lastFlag;
      methods[name] = function (...args) {
        const result = this[wide as "call"](what as Call, ...(args as unknown as [number, number, number]));
        return isFlag ? Boolean(result) : result;
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
  return new Bindings(half !== "element", half !== "source") as unknown as ControlPlane;
}
