// The page in which demuxers are compared; the runner calls `bench`.

import { segments } from "./boxes.mjs";
import { demuxers, reads } from "./demuxers.mjs";

let media;
let inputs;

const cut = (bytes, size) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));

globalThis.bench = {
  reads,
  names: () => Object.keys(demuxers),
  /** Whether a library reads a kind of container, and whether it is given pieces. */
  facts: (name, container) => {
    const { containers, input, partial } = demuxers[name];
    return { reads: containers.includes(container), takesPieces: input === "pieces", partial };
  },
  /** Makes a file ready, cut as the library wants it: that is not measured. */
  async load(chosen, name, size) {
    media = chosen;
    const bytes = new Uint8Array(await (await fetch(`/media/${media.file}`)).arrayBuffer());
    const cuts = segments(bytes);
    inputs = {
      whole: () => bytes,
      pieces: () => cut(bytes, size),
      segments: () => cuts.slice(1).map((end, i) => bytes.slice(cuts[i], end)),
    }[demuxers[name].input]();
  },
  /** One pass over the file. */
  run: async (name) => ({ ...(await demuxers[name].run(inputs, media)) }),
};
