// What the picture of the README shows: the same code twice, with the browser's own MediaSource and with ours. All of it at
// `pace` of the true speed, for the sake of the recording, which is played so much faster.

const pace = Number(new URLSearchParams(location.search).get("pace"));
const $ = (id) => document.getElementById(id);
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, (seconds * 1000) / pace));

/** Lines that an event stands for, by a piece of their text. */
const LINES = { sourceopen: '"sourceopen"', updatestart: "appendBuffer", sourceended: "endOfStream", play: "video.play()" };
const KEYWORDS = /\b(const|new|await|async|for|of)\b|("[^"]*"|'[^']*')/g;
const code = await (await fetch("tutorial.js")).text();

function line(text) {
  const div = document.createElement("div");
  const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  div.innerHTML = escaped.replace(KEYWORDS, (word, keyword) => (keyword ? `<i>${word}</i>` : `<q>${word}</q>`));
  return div;
}

$("code").append(...code.trimEnd().split("\n").map(line));

/** By event: until when its line stands out. */
const until = {};

function mark(event) {
  clearTimeout(until[event]);
  const lines = [...$("code").children].filter(({ textContent }) => textContent.includes(LINES[event]));
  for (const { classList } of lines) classList.add("on");
  until[event] = setTimeout(() => lines.forEach(({ classList }) => classList.remove("on")), 800 / pace);
}

let video;
function draw() {
  const { buffered, currentTime = 0, duration } = video ?? {};
  const length = duration > 0 ? duration : Infinity;
  const ranges = Array.from(buffered ?? [], (_, index) => [buffered.start(index), buffered.end(index)]);
  const place = (seconds) => `${(seconds / length) * 100}%`;
  $("buffered").textContent = ranges.map(([start, end]) => `${start.toFixed(1)} – ${end.toFixed(1)} s`).join(", ") || "nothing";
  $("position").textContent = `${currentTime.toFixed(1)} s`;
  const parts = ranges.map(([start, end]) => Object.assign(document.createElement("b"), { style: `left:${place(start)};width:${place(end - start)}` }));
  const head = Object.assign(document.createElement("i"), { style: `left:${place(currentTime)}` });
  $("bar").replaceChildren(...parts, head);
  requestAnimationFrame(draw);
}
draw();

/** A frame for each MediaSource, ready to run the tutorial. */
async function prepare(side) {
  const frame = document.createElement("iframe");
  frame.src = `${side}.html?${new URLSearchParams({ pace })}`;
  frame.allow = "autoplay";
  frame.style.visibility = "hidden";
  $("screen").prepend(frame);
  await new Promise((resolve) => (frame.onload = resolve));
  return frame;
}

const frames = { native: await prepare("native"), polyfill: await prepare("polyfill") };
await sleep(1);

async function run(side) {
  const { contentWindow, style } = frames[side];
  style.visibility = "visible";
  $("error").hidden = true;
  const script = contentWindow.document.createElement("script");
  script.src = "tutorial.js";
  contentWindow.document.body.append(script);
  await new Promise((resolve) => (script.onload = resolve));
  video = contentWindow.document.querySelector("video");
  const source = contentWindow.eval("mediaSource");
  mark("play");
  for (const event of ["sourceopen", "sourceended"]) source.addEventListener(event, () => mark(event));
  const follow = () => source.sourceBuffers[0]?.addEventListener("updatestart", () => mark("updatestart"));
  source.sourceBuffers.addEventListener("addsourcebuffer", follow);
  // It may have been quicker than the script's `load`.
  if (source.readyState === "open") mark("sourceopen");
  follow();
  video.addEventListener("error", () => {
    $("error").textContent = `MediaError ${video.error.code}: ${video.error.message || "the media is refused"}`;
    $("error").hidden = false;
  });
}

globalThis.play = async () => {
  $("title").textContent = "An ordinary MP4, as the browser takes it";
  await run("native");
  await sleep(2);
  const script = line('<script src="mse-polyfill.js" data-install="force"></' + "script>");
  script.className = "new";
  $("code").prepend(script);
  $("title").textContent = "The same code on mse-polyfill";
  await sleep(0.5);
  frames.native.remove();
  await run("polyfill");
  await sleep(2.4);
  $("console").textContent = "> video.currentTime = 7";
  video.currentTime = 7;
  await sleep(4.4);
};
