// Two peers in one page: what would be two machines.

/** Connects two peers over this machine. `prepare` may add tracks and channels to the first before they talk. */
export async function connect(prepare) {
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
  near.addEventListener("icecandidate", ({ candidate }) => void far.addIceCandidate(candidate).catch(() => {}));
  far.addEventListener("icecandidate", ({ candidate }) => void near.addIceCandidate(candidate).catch(() => {}));
  prepare(near, far);
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription);
  return {
    near,
    far,
    close() {
      near.close();
      far.close();
    },
  };
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
  let wasInterrupted = false;
  const gone = () => {
    if (!isGone) tell("gone");
    isGone = true;
  };
  channel.addEventListener("close", gone);
  peer.addEventListener("connectionstatechange", () => {
    const state = peer.connectionState;
    if (isGone) return;
    if (state === "failed" || state === "closed") gone();
    else if (state === "disconnected") tell("interrupted");
    else if (state === "connected" && wasInterrupted) tell("connected");
    wasInterrupted = state === "disconnected";
  });
}
