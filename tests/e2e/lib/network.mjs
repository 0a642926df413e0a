// A way between two peers of a page that can be cut: all that they send each other goes through sockets in here.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";

/** Firefox takes no candidate of the loopback interface; a machine without another one has only that. */
const ADDRESS =
  Object.values(networkInterfaces())
    .flat()
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";

/**
 * Opens it. `ends[0]` is where the first peer finds the second, `ends[1]` where the second finds the first, as
 * { address, port }. While `isCut`, nothing comes through. After `renew()`, nothing from where the peers were comes through any
 * more: they must look for the way anew, as after a change of network.
 */
export async function openWay() {
  const sockets = [createSocket("udp4"), createSocket("udp4")];
  for (const socket of sockets) {
    socket.bind(0, ADDRESS);
    await once(socket, "listening");
  }
  const way = {
    isCut: false,
    ends: sockets.map((socket) => ({ address: ADDRESS, port: socket.address().port })),
    renew() {
      for (const peer of peers.splice(0)) if (peer) left.add(`${peer.address} ${peer.port}`);
      way.isCut = false;
    },
    close: () => sockets.forEach((socket) => socket.close()),
  };
  // A peer is known by the first that it sends, and sends from other addresses in vain.
  const peers = [];
  const left = new Set();
  for (const [side, socket] of sockets.entries()) {
    socket.on("error", () => {}); // Nobody listens at the other end any more.
    socket.on("message", (bytes, { address, port }) => {
      if (way.isCut || left.has(`${address} ${port}`)) return;
      peers[side] ??= { address, port };
      const to = peers[1 - side];
      if (to && peers[side].address === address && peers[side].port === port) {
        sockets[1 - side].send(bytes, to.port, to.address);
      }
    });
  }
  return way;
}

/** In the page: the next peers that are made find each other by these ends only, one after the other. */
export function reroute(ends) {
  const Real = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Real {
    #end = ends.shift();

    setRemoteDescription({ type, sdp }) {
      const { address, port } = this.#end ?? {};
      const candidate = `a=candidate:1 1 UDP 2122252543 ${address} ${port} typ host\r\n`;
      const rerouted = sdp.replace(/^a=candidate.*\r\n/gm, "").replace(/^a=mid:.*\r\n/gm, (line) => line + candidate);
      return super.setRemoteDescription({ type, sdp: this.#end ? rerouted : sdp });
    }

    addIceCandidate(candidate) {
      return this.#end ? Promise.resolve() : super.addIceCandidate(candidate);
    }
  };
}
