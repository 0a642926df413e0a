// Peers, in one page or in two tabs: how they find each other, find each other again, and miss each other.

/**
 * Lets a peer talk with the other side through a line: a MessagePort, or a BroadcastChannel to another tab. The one that
 * offers begins, and begins again when nothing comes any more: with an ICE restart, which looks for another way. Resolves
 * for it when they are connected for the first time.
 */
function negotiate(peer, line, { offers }) {
  return new Promise((resolve, reject) => {
    let meet;
    const met = new Promise((resolve) => (meet = resolve));
    const take = async ({ isHere, description, candidate }) => {
      // A BroadcastChannel keeps nothing for who comes later: the second to come is heard by the first, who says so.
      if (isHere === "first") line.postMessage({ isHere: "too" });
      if (isHere) return meet();
      if (candidate) return peer.addIceCandidate(candidate).catch(() => {});
      await peer.setRemoteDescription(description);
      if (offers) return;
      await peer.setLocalDescription();
      line.postMessage({ description: peer.localDescription.toJSON() });
    };
    let last;
    line.postMessage({ isHere: "first" });
    line.onmessage = ({ data }) => (last = Promise.resolve(last).then(() => take(data)).catch(reject));
    peer.addEventListener("icecandidate", ({ candidate }) => candidate && line.postMessage({ candidate: candidate.toJSON() }));
    if (!offers) return resolve();
    peer.addEventListener("negotiationneeded", async () => {
      try {
        await met;
        await peer.setLocalDescription();
        line.postMessage({ description: peer.localDescription.toJSON() });
      } catch (error) {
        reject(error);
      }
    });
    peer.addEventListener("connectionstatechange", () => {
      if (peer.connectionState === "connected") resolve();
      if (peer.connectionState === "disconnected") peer.restartIce();
    });
  });
}

/** Connects two peers of this page. `prepare` adds tracks and channels to the first before they talk. */
export async function connect(prepare) {
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
  const { port1, port2 } = new MessageChannel();
  prepare(near, far);
  void negotiate(far, port2, { offers: false });
  const close = () => {
    near.close();
    far.close();
  };
  await connected(negotiate(near, port1, { offers: true }), close);
  return { near, far, close };
}

/** Connects a peer of this page to the one that {@link answer}s at the other end of the line. */
export async function call(line, prepare) {
  const near = new RTCPeerConnection();
  const close = () => {
    near.close();
    line.close();
  };
  prepare(near);
  await connected(negotiate(near, line, { offers: true }), close);
  return { near, close };
}

/** Answers at this end of the line. `prepare` gets the peer before anything comes. */
export function answer(line, prepare) {
  const far = new RTCPeerConnection();
  prepare(far);
  void negotiate(far, line, { offers: false });
  return {
    far,
    close() {
      far.close();
      line.close();
    },
  };
}

/** A connection is awaited so many milliseconds. */
const PATIENCE = 10_000;

async function connected(negotiation, close) {
  let timer;
  const never = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("nobody answers")), PATIENCE)));
  try {
    await Promise.race([negotiation, never]);
  } catch (error) {
    close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Tells how the other side is: "interrupted" while nothing comes, "connected" when it comes again, and "gone" once, when it
 * will not come back. Who leaves closes the channel, and that is heard at once; who dies is missed some seconds later.
 *
 * @param peer this side's connection
 * @param channel a data channel of it
 */
export function watchPeer(peer, channel, tell) {
  let isGone = false;
  let wasConnected = peer.connectionState === "connected";
  let isInterrupted = false;
  const gone = () => {
    if (!isGone) tell("gone");
    isGone = true;
  };
  channel.addEventListener("close", gone);
  peer.addEventListener("connectionstatechange", () => {
    const state = peer.connectionState;
    if (isGone) return;
    if (state === "failed" || state === "closed") gone();
    else if (state === "connected") {
      if (isInterrupted) tell("connected");
      [wasConnected, isInterrupted] = [true, false];
    } else if (wasConnected && !isInterrupted) {
      // "disconnected", or "connecting" where the other side was the first to look for another way.
      isInterrupted = true;
      tell("interrupted");
    }
  });
}
