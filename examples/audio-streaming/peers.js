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

/** Calls `gone` once when the other side is not there any more. */
export function whenGone(peer, gone) {
  let isGone = false;
  peer.addEventListener("connectionstatechange", () => {
    if (!isGone && ["failed", "closed", "disconnected"].includes(peer.connectionState)) {
      isGone = true;
      gone();
    }
  });
}
