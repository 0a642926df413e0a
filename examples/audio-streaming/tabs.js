// What the tabs of this page say to each other. Peers then have a BroadcastChannel of their own to talk through.

const lobby = new BroadcastChannel("mse-polyfill:live-audio");

/** Of this tab. */
export const self = crypto.randomUUID();

export function say(words) {
  lobby.postMessage({ from: self, ...words });
}

export function hear(listener) {
  lobby.addEventListener("message", ({ data }) => listener(data));
}

/** A new line, and its name for the other end. */
export function openLine() {
  const name = crypto.randomUUID();
  return [new BroadcastChannel(name), name];
}
