// One player in a window of its own: whose MediaSource it finds there is the page's affair. The page around it reads
// `playing`.

import { player, PLAYERS } from "./players.mjs";

const query = new URLSearchParams(location.search);
const video = document.createElement("video");
video.muted = true;
video.playsInline = true;
document.body.append(video);

const sources = [];
const { createObjectURL } = URL;
URL.createObjectURL = (object) => {
  if (object instanceof MediaSource) sources.push(object);
  return createObjectURL(object);
};

const { style } = PLAYERS[query.get("player")];
if (style) document.head.prepend(Object.assign(document.createElement("link"), { rel: "stylesheet", href: `packages/${style}` }));
const Player = await player(query.get("player"), "packages/");
const one = new Player(video, new URL(query.get("stream"), location.href).href, { level: 0, ahead: 8 });
await one.load();
globalThis.playing = { player: one, video: one.video, sources };
