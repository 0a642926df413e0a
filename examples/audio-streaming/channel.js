// A recording through an RTCDataChannel into a MediaSource at the other side.

import { AppendQueue, LiveFollower } from "mse-polyfill/live";
import { connect } from "./peers.js";

/** What a data channel takes at once in every browser. */
const MESSAGE = 16 * 1024;

/** The sender: the type first, then the recording in whole units, each cut into messages that a channel takes. */
function send(recording, channel) {
  channel.send(JSON.stringify({ type: recording.mimeType }));
  const stop = recording.listen((bytes) => {
    for (let at = 0; at < bytes.length && channel.readyState === "open"; at += MESSAGE) {
      channel.send(bytes.subarray(at, at + MESSAGE));
    }
  });
  void recording.ended().then(() => channel.readyState === "open" && channel.send(JSON.stringify({ end: true })));
  channel.addEventListener("close", stop);
}

/** The listener: plays what comes. Resolves with the follower when it begins; `onEnd` hears why it ends. */
function receive(channel, audio, onEnd) {
  channel.binaryType = "arraybuffer";
  const mediaSource = new MediaSource();
  const opened = new Promise((resolve) => mediaSource.addEventListener("sourceopen", resolve, { once: true }));
  audio.src = URL.createObjectURL(mediaSource);
  let queue;
  let last = opened;
  return new Promise((resolve) => {
    const take = async (data) => {
      if (typeof data !== "string") return queue.append(data);
      const { type, end } = JSON.parse(data);
      if (type) {
        URL.revokeObjectURL(audio.src);
        queue = new AppendQueue(mediaSource.addSourceBuffer(type), { media: audio });
        resolve(new LiveFollower(audio));
      }
      if (end) {
        await queue.drained();
        mediaSource.endOfStream();
        onEnd("The recording has ended.");
      }
    };
    channel.addEventListener("message", ({ data }) => {
      last = last.then(() => take(data)).catch((error) => onEnd(`It cannot be played: ${error.message}`));
    });
    channel.addEventListener("close", () => onEnd("The sender is gone."));
  });
}

/** Lets a listener join now. Returns { follower, close() }. */
export async function join(recording, audio, onEnd) {
  let follower;
  const peers = await connect((near, far) => {
    const channel = near.createDataChannel("recording");
    channel.addEventListener("open", () => send(recording, channel));
    follower = new Promise((resolve) =>
      far.addEventListener("datachannel", (event) => resolve(receive(event.channel, audio, onEnd))),
    );
  });
  const following = await follower;
  return {
    follower: following,
    peers,
    close() {
      following.close();
      peers.close();
    },
  };
}
