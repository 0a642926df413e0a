// Runs scenarios in frames, several at a time: each has a window of its own, and all of them are visible.

/** Longer than any scenario, in milliseconds. */
const LIMIT = 60_000;

async function runOne({ page, index, ...query }) {
  const frame = document.createElement("iframe");
  frame.src = `/${page}.html?${new URLSearchParams(query)}`;
  const result = new Promise((resolve) => {
    frame.finish = resolve;
    setTimeout(() => resolve({ problem: `not done within ${LIMIT} ms`, phases: [] }), LIMIT);
  });
  document.body.append(frame);
  const value = await result;
  frame.remove();
  return value;
}

/** All of them, this many at a time; results stand at the same places. */
async function run(all, atOnce) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < all.length) {
      const index = next++;
      results[index] = await runOne(all[index]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return JSON.stringify(results);
}

globalThis.stage = { run };
