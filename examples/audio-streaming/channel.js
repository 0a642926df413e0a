// A recording through an RTCDataChannel into a MediaSource at the other side.

import { AppendQueue, LiveFollower } from "mse-polyfill/live";
import { call, connect, watchPeer } from "./peers.js";

/** What a data channel takes at once in every browser. */
const MESSAGE = 16 * 1024;
/** So many bytes may be under way to a listener; one who is further behind is let go. */
const MAX_UNDER_WAY = 8 * 1024 * 1024;

/** The sender: the type first, then the recording in whole units, each cut into messages that a channel takes. */
function send(recording, channel) {
  channel.send(JSON.stringify({ type: recording.mimeType }));
  const stop = recording.listen((bytes) => {
    if (channel.bufferedAmount > MAX_UNDER_WAY) channel.close();
    for (let at = 0; at < bytes.length && channel.readyState === "open"; at += MESSAGE) {
      channel.send(bytes.subarray(at, at + MESSAGE));
    }
  });
  void recording.ended().then(() => channel.readyState === "open" && channel.send(JSON.stringify({ end: true })));
  channel.addEventListener("close", stop);
}

/**
 * The listener: plays what comes. Resolves with the follower when it begins; `tell` hears "interrupted", "connected", and
 * at the end one of "ended", "gone" and an error. What came until then stays and can be sought.
 */
export function receive(peer, channel, media, tell) {
  channel.binaryType = "arraybuffer";
  const mediaSource = new MediaSource();
  const url = URL.createObjectURL(mediaSource);
  const opened = new Promise((resolve) => mediaSource.addEventListener("sourceopen", resolve, { once: true }));
  media.src = url;
  return new Promise((resolve, reject) => {
    let queue;
    let follower;
    let isOver = false;
    const end = async (why) => {
      if (isOver) return;
      isOver = true;
      follower?.close();
      await queue?.drained().catch(() => {});
      if (mediaSource.readyState === "open") mediaSource.endOfStream();
      reject(why === "gone" ? new Error("the sender is gone") : why); // Does nothing once it began.
      tell(why);
    };
    const take = async (data) => {
      if (typeof data !== "string") return queue.append(data);
      const { type, end: isEnd } = JSON.parse(data);
      if (type) {
        URL.revokeObjectURL(url);
        queue = new AppendQueue(mediaSource.addSourceBuffer(type), { media });
        follower = new LiveFollower(media);
        resolve(follower);
      }
      if (isEnd) await end("ended");
    };
    let last = opened;
    channel.addEventListener("message", ({ data }) => (last = last.then(() => take(data)).catch(end)));
    watchPeer(peer, channel, (state) => (state === "gone" ? (last = last.then(() => end(state))) : tell(state)));
  });
}

/** Sends to who waits at the other end of the line, in another tab. */
export async function serve(recording, line) {
  let peers;
  peers = await call(line, (near) => {
    const channel = near.createDataChannel("recording");
    channel.addEventListener("open", () => send(recording, channel));
    watchPeer(near, channel, (state) => state === "gone" && peers?.close());
  });
}

/** Lets a listener join now. Returns { follower, peers, close() }. */
export async function join(recording, media, tell) {
  let following;
  const peers = await connect((near, far) => {
    const channel = near.createDataChannel("recording");
    channel.addEventListener("open", () => send(recording, channel));
    following = new Promise((resolve) =>
      far.addEventListener("datachannel", (event) => resolve(receive(far, event.channel, media, tell))),
    );
  });
  const follower = await following;
  return {
    follower,
    peers,
    close() {
      follower.close();
      peers.close();
    },
  };
}
