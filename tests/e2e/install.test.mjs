// Where the script touches a page, and where it must not.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { browserName } from "./lib/browser.mjs";
import { serveSite, useBrowser } from "./lib/site.mjs";

const suite = useBrowser();

test("a page that only loads the script and has a native MediaSource is left untouched", async () => {
  const { page, problems } = await suite.open("untouched.html");
  const result = await page.evaluate(() => {
    const { before, after } = globalThis;
    return {
      native: /\[native code\]/.test(String(MediaSource)),
      globals: before.globals.every((value, index) => value === after.globals[index]),
      createObjectURL: before.createObjectURL === after.createObjectURL,
      media: before.media === after.media,
      video: before.video === after.video,
      element: before.element === after.element,
      namespace: typeof globalThis.MsePolyfill?.install,
    };
  });
  assert.deepEqual(result, {
    native: true, globals: true, createObjectURL: true, media: true, video: true, element: true, namespace: "function",
  });
  assert.deepEqual(problems, []);
  await page.close();
});

test("install and uninstall take effect at once, and back", async () => {
  const { page } = await suite.open("untouched.html");
  const result = await page.evaluate(() => {
    const native = MediaSource;
    const { createObjectURL } = URL;
    MsePolyfill.install({ mode: "when-missing" });
    const missing = MediaSource === native;
    MsePolyfill.install({ mode: "force" });
    const forced = MediaSource !== native && MediaSource === MsePolyfill.MediaSource;
    MsePolyfill.uninstall();
    return { missing, forced, back: MediaSource === native && URL.createObjectURL === createObjectURL };
  });
  assert.deepEqual(result, { missing: true, forced: true, back: true });
  await page.close();
});

test("the forced MediaSource is ours and looks like the interface", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const { video, mediaSource, sourceBuffer } = await harness.open(harness.facts.files["fragmented.mp4"].type);
    return {
      ours: MediaSource === MsePolyfill.MediaSource,
      instances: [mediaSource instanceof MediaSource, sourceBuffer instanceof SourceBuffer, mediaSource instanceof EventTarget],
      list: mediaSource.sourceBuffers[0] === sourceBuffer && mediaSource.sourceBuffers.length === 1,
      tags: [mediaSource, sourceBuffer, mediaSource.sourceBuffers].map((object) => Object.prototype.toString.call(object)),
      url: video.src.startsWith("blob:"),
      ranges: video.buffered instanceof TimeRanges,
      duration: String(mediaSource.duration),
    };
  });
  assert.deepEqual(result, {
    ours: true,
    instances: [true, true, true],
    list: true,
    tags: ["[object MediaSource]", "[object SourceBuffer]", "[object SourceBufferList]"],
    url: true,
    ranges: true,
    duration: "NaN",
  });
  await page.close();
});

/** Runs in the page: everything of every object that installing touches. Functions are told apart by themselves. */
const touched = () => {
  const numbers = (globalThis.numbersOfFunctions ??= new Map());
  const known = (value) => {
    if (typeof value !== "function" && (typeof value !== "object" || value === null)) return String(value);
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return `#${numbers.get(value)}`;
  };
  const holders = { window, URL, Audio };
  for (const name of ["MediaSource", "SourceBuffer", "SourceBufferList"]) {
    holders[`our ${name}.prototype`] = MsePolyfill[name].prototype;
  }
  const interfaces = [
    "Element", "HTMLElement", "HTMLMediaElement", "HTMLVideoElement", "HTMLAudioElement", "HTMLSourceElement", "Node",
    "MediaSource", "SourceBuffer", "SourceBufferList", "ManagedMediaSource", "MediaCapabilities", "TextTrack",
    "EventTarget", "NamedNodeMap", "Attr",
  ];
  for (const name of interfaces) {
    if (window[name]) Object.assign(holders, { [name]: window[name], [`${name}.prototype`]: window[name].prototype });
  }
  const found = {};
  for (const [name, holder] of Object.entries(holders)) {
    found[`${name}'s prototype`] = known(Object.getPrototypeOf(holder));
    for (const key of Reflect.ownKeys(holder)) {
      if (name === "window" && /^(numbersOfFunctions|harness|MsePolyfill|\d+|event)$/.test(String(key))) continue;
      const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(holder, key);
      // Of the window, what changes by itself.
      const parts = name === "window" && typeof value !== "function" ? [typeof value] : [value, get, set].map(known);
      found[`${name}.${String(key)}`] = [...parts, JSON.stringify(flags)].join(" ");
    }
  }
  return found;
};

for (const mode of ["force", "when-unsupported", "when-missing"]) {
  test(`uninstall takes back all that ${mode} did`, async () => {
    const { page } = await suite.open("untouched.html");
    const before = await page.evaluate(touched);
    const video = await page.evaluate(async (mode) => {
      MsePolyfill.install({ mode });
      const source = new MediaSource();
      const element = document.createElement("video");
      document.body.append(element);
      element.src = URL.createObjectURL(source);
      await new Promise((resolve) => source.addEventListener("sourceopen", resolve));
      element.src = "";
      return Reflect.ownKeys(element).length;
    }, mode);
    const between = await page.evaluate(touched);
    await page.evaluate(() => MsePolyfill.uninstall());
    assert.equal(video, 0);
    assert.deepEqual(await page.evaluate(touched), before);
    if (mode !== "when-missing") assert.notDeepEqual(between, before);
    await page.close();
  });
}

test("an element that is attached when the library is uninstalled stays so", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const { video, mediaSource, sourceBuffer } = await harness.load("fragmented.mp4");
    MsePolyfill.uninstall();
    const after = [video.readyState, video.duration > 9, video.buffered.length, Object.keys(video)];
    await harness.seek(video, 3);
    const shown = await harness.lookFor(video, harness.facts.frameRate * 3);
    video.src = "";
    return { after, shown, left: [mediaSource.readyState, Reflect.ownKeys(video), video.readyState] };
  });
  assert.deepEqual(result.after, [4, true, 1, []]);
  assert.ok(result.shown > 0);
  assert.deepEqual(result.left, ["closed", [], 0]);
  await page.close();
});

test("members of prototypes answer for attached elements, and look as before", async () => {
  const { page } = await suite.open("untouched.html");
  const result = await page.evaluate(async () => {
    const shape = () =>
      [HTMLMediaElement.prototype, HTMLVideoElement.prototype].flatMap((prototype) =>
        Object.entries(Object.getOwnPropertyDescriptors(prototype))
          .filter(([name]) => !(name in Element.prototype))
          .flatMap(([name, { get, set, value, ...flags }]) =>
            [name, JSON.stringify(flags), ...[get, set, value].filter((part) => typeof part === "function").map(({ name, length }) => `${name}/${length}`)],
          ),
      );
    const before = shape();
    MsePolyfill.install({ mode: "force" });
    const after = shape();
    const mediaSource = new MediaSource();
    const video = document.createElement("video");
    video.src = URL.createObjectURL(mediaSource);
    await new Promise((resolve) => mediaSource.addEventListener("sourceopen", resolve));
    mediaSource.duration = 7;
    const read = (name, prototype = HTMLMediaElement.prototype) =>
      Object.getOwnPropertyDescriptor(prototype, name).get.call(video);
    const wrong = (name) => {
      try {
        Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, name).get.call({});
      } catch (error) {
        return error.name;
      }
    };
    return {
      same: JSON.stringify(before) === JSON.stringify(after),
      duration: read("duration"),
      networkState: read("networkState"),
      width: read("videoWidth", HTMLVideoElement.prototype),
      paused: (HTMLMediaElement.prototype.play.call(video).catch(() => {}), HTMLMediaElement.prototype.pause.call(video), video.paused),
      wrong: wrong("duration"),
      own: Reflect.ownKeys(video),
    };
  });
  assert.deepEqual(result, {
    same: true, duration: 7, networkState: 2, width: 0, paused: true, wrong: "TypeError", own: [],
  });
  await page.close();
});

test("attach() without install() touches nothing but its element, and that only while it is attached", async () => {
  const { page } = await suite.open("untouched.html");
  const before = await page.evaluate(touched);
  const result = await page.evaluate(async () => {
    const source = new MsePolyfill.MediaSource();
    const video = document.createElement("video");
    MsePolyfill.attach(video, source);
    await new Promise((resolve) => source.addEventListener("sourceopen", resolve));
    source.duration = 7;
    const result = { duration: video.duration, object: video.srcObject === source, keys: Object.keys(video) };
    video.setAttribute("controls", "");
    result.controls = [video.controls, video.hasAttribute("controls"), Element.prototype.hasAttribute.call(video, "controls")];
    globalThis.leave = () => {
      video.srcObject = null;
      return { own: Reflect.ownKeys(video), state: source.readyState, controls: Element.prototype.hasAttribute.call(video, "controls") };
    };
    return result;
  });
  assert.deepEqual(result, { duration: 7, object: true, keys: [], controls: [true, true, false] });
  const between = await page.evaluate(touched);
  const left = await page.evaluate(() => globalThis.leave());
  assert.deepEqual(left, { own: [], state: "closed", controls: true });
  delete between["window.leave"];
  assert.deepEqual(between, before);
  await page.close();
});

test("a second copy keeps its hands off, whatever its mode", async () => {
  const { page } = await suite.open("polyfill.html");
  const before = await page.evaluate(touched);
  const result = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.src = "/dist/mse-polyfill.js?again";
    script.dataset.install = "force";
    const first = MsePolyfill;
    await new Promise((resolve) => ((script.onload = resolve), document.head.append(script)));
    // The ESM package is another copy, with classes of its own.
    const second = await import("/dist/index.js");
    second.install({ mode: "when-unsupported" });
    second.install({ mode: "force" });
    second.uninstall();
    // By hand it works beside the first.
    const source = new second.MediaSource();
    const video = document.createElement("video");
    second.attach(video, source);
    await harness.once(source, "sourceopen");
    const refused = harness.thrown(() => URL.createObjectURL(source))?.name;
    source.addSourceBuffer("video/mp4");
    const other = await harness.load("fragmented.mp4");
    return [MsePolyfill === first, MediaSource === first.MediaSource, refused, video.srcObject === source, other.video.readyState];
  });
  assert.deepEqual(result, [true, true, "TypeError", true, 4]);
  const after = await page.evaluate(touched);
  assert.deepEqual(after, before);
  await page.close();
});

test("what a page took before the library was loaded stays the browser's, and works", async () => {
  const { page } = await suite.open("native.html");
  const result = await page.evaluate(async () => {
    const { MediaSource: Native } = globalThis;
    const { createObjectURL } = URL;
    const script = document.createElement("script");
    script.src = "/dist/mse-polyfill.js";
    script.dataset.install = "force";
    await new Promise((resolve) => ((script.onload = resolve), document.head.append(script)));
    const { type } = harness.facts.files["fragmented.mp4"];
    const play = async (source, url) => {
      const video = document.createElement("video");
      video.src = url;
      await harness.once(source, "sourceopen");
      const buffer = source.addSourceBuffer(type);
      await harness.append(buffer, await harness.bytesOf("fragmented.mp4"));
      await harness.until(() => video.readyState >= 2, "data");
      return [source instanceof MediaSource, video.videoWidth];
    };
    const native = new Native();
    const ours = new MediaSource();
    return [
      await play(native, createObjectURL.call(URL, native)),
      await play(ours, URL.createObjectURL(ours)),
      // Our function takes the browser's sources, the browser's function takes none of ours.
      URL.createObjectURL(new Native()).startsWith("blob:"),
      harness.thrown(() => createObjectURL.call(URL, ours))?.name,
    ];
  });
  assert.deepEqual(result, [[false, 320], [true, 320], true, "TypeError"]);
  await page.close();
});

// ---- when-unsupported ------------------------------------------------------------------------------------------------

/** Types that this browser's own MediaSource refuses, with clips. */
const REFUSED = {
  chromium: [
    ['video/x-matroska; codecs="vp9, opus"', "vp9-opus.webm"],
    ['video/x-matroska; codecs="vp8, vorbis"', "vp8-vorbis.webm"],
  ],
  firefox: [
    ["audio/mpeg", "sound.mp3"],
    ["audio/aac", "sound.aac"],
    ['video/x-matroska; codecs="vp9, opus"', "vp9-opus.webm"],
  ],
}[browserName];

/** Runs in the page: the tutorial's code with a type, played for a moment, and left. */
const playRefused = async ([type, file]) => {
  const source = new MediaSource();
  const lists = [source.sourceBuffers, source.activeSourceBuffers];
  const video = document.createElement("video");
  const entries = [];
  harness.log(entries, "video", video);
  harness.log(entries, "mediaSource", source);
  harness.log(entries, "sourceBuffers", lists[0]);
  harness.log(entries, "activeSourceBuffers", lists[1]);
  document.body.replaceChildren(video);
  const answers = [MediaSource.isTypeSupported(type), video.canPlayType(type) !== ""];
  video.src = URL.createObjectURL(source);
  video.muted = true;
  video.defaultPlaybackRate = 1.25;
  video.playbackRate = 1.5;
  const playing = video.play();
  await harness.once(source, "sourceopen");
  source.duration = 3;
  source.onsourceended = () => entries.push("onsourceended");
  const state = () => [video.networkState, video.readyState, video.paused, video.muted, video.playbackRate, source.readyState, source.duration];
  const before = state();
  const buffer = source.addSourceBuffer(type);
  const after = state();
  const same = [
    source.sourceBuffers === lists[0], lists[0].length, lists[0][0] === buffer, [...lists[0]][0] === buffer,
    Object.getPrototypeOf(buffer).constructor.name, buffer instanceof SourceBuffer, source instanceof MediaSource,
    lists[0] instanceof SourceBufferList, source.constructor === MediaSource, video.currentSrc === video.src,
  ];
  await harness.append(buffer, await harness.bytesOf(file));
  await playing;
  await harness.until(() => video.currentTime > 0.05, "playing");
  source.endOfStream();
  await harness.sleep(100);
  video.removeAttribute("src");
  video.load();
  await harness.sleep(300);
  const left = [source.readyState, lists[0].length, lists[0] === source.sourceBuffers, video.networkState, Reflect.ownKeys(video)];
  // Once the source is free again, it is the browser's.
  video.src = URL.createObjectURL(source);
  await harness.once(source, "sourceopen");
  const clip = harness.facts.files["fragmented.mp4"];
  const native = source.addSourceBuffer(clip.type);
  await harness.append(native, await harness.bytesOf("fragmented.mp4"));
  const again = [source.sourceBuffers[0] === native, lists[0].length, harness.thrown(() => source.addSourceBuffer(type))?.name];
  return { answers, before, after, same, entries, left, again };
};

for (const [type, file] of REFUSED) {
  test(`${type} goes over to us without the page noticing`, async () => {
    const { page, problems } = await suite.open("unsupported.html");
    const result = await page.evaluate(playRefused, [type, file]);
    assert.deepEqual(result.answers, [true, true]);
    assert.deepEqual(result.before, [2, 0, false, true, 1.5, "open", 3]);
    assert.deepEqual(result.after, result.before);
    assert.deepEqual(result.same, [true, 1, true, true, "SourceBuffer", ...Array(5).fill(true)]);
    assert.deepEqual(result.left, ["closed", 0, true, 0, []]);
    assert.deepEqual(result.again, [true, 1, "NotSupportedError"]);
    const once = (entry) => result.entries.filter((other) => other === entry).length;
    const counts = ["video loadstart", "video play", "video playing", "video abort", "mediaSource sourceended", "onsourceended", "mediaSource sourceclose", "video ratechange"];
    assert.deepEqual(counts.map(once), [2, 1, 1, 1, 1, 1, 1, 3], result.entries.join(", "));
    const opened = result.entries.slice(0, result.entries.indexOf("video loadedmetadata"));
    const heard = opened.filter((entry) => /^(mediaSource|sourceBuffers|activeSourceBuffers) /.test(entry));
    assert.deepEqual(heard, ["mediaSource sourceopen", "sourceBuffers addsourcebuffer", "activeSourceBuffers addsourcebuffer"]);
    assert.ok(!result.entries.includes("video error"));
    assert.deepEqual(problems, []);
    await page.close();
  });
}

test("a browser's SourceBuffer goes over as long as it is empty", async () => {
  const { page } = await suite.open("unsupported.html");
  const result = await page.evaluate(async (type) => {
    const source = new MediaSource();
    const entries = [];
    harness.log(entries, "sourceBuffers", source.sourceBuffers);
    const video = document.createElement("video");
    video.src = URL.createObjectURL(source);
    await harness.once(source, "sourceopen");
    const first = source.addSourceBuffer('video/mp4; codecs="avc1.42E01E, mp4a.40.2"');
    await harness.sleep(50);
    const second = source.addSourceBuffer('audio/mp4; codecs="mp4a.40.2"');
    harness.log(entries, "sourceBuffer", first);
    first.timestampOffset = 1;
    first.appendWindowEnd = 5;
    first.mode = "sequence";
    source.setLiveSeekableRange(0, 20);
    const third = source.addSourceBuffer(type);
    const settings = [first.timestampOffset, first.appendWindowStart, first.appendWindowEnd, first.mode];
    const list = [...source.sourceBuffers].map((buffer) => [first, second, third].indexOf(buffer));
    await harness.append(first, await harness.bytesOf("fragmented.mp4"));
    await harness.sleep(50);
    source.removeSourceBuffer(second);
    return {
      settings, list, entries,
      buffered: harness.pairs(first.buffered).map((range) => range.map(Math.round)),
      left: source.sourceBuffers.length,
      removed: harness.thrown(() => second.abort())?.name,
    };
  }, REFUSED[0][0]);
  assert.deepEqual(result.settings, [1, 0, 5, "sequence"]);
  assert.deepEqual(result.list, [0, 1, 2]);
  assert.deepEqual(result.buffered, [[1, 5]]);
  assert.deepEqual([result.left, result.removed], [2, "InvalidStateError"]);
  assert.deepEqual(result.entries, [
    ...Array(3).fill("sourceBuffers addsourcebuffer"),
    "sourceBuffer updatestart", "sourceBuffer update", "sourceBuffer updateend",
  ]);
  await page.close();
});

test("an empty SourceBuffer that changes to a type that is refused goes over", async () => {
  const { page } = await suite.open("unsupported.html");
  const result = await page.evaluate(async ([type, file]) => {
    const source = new MediaSource();
    const video = document.createElement("video");
    video.src = URL.createObjectURL(source);
    await harness.once(source, "sourceopen");
    const buffer = source.addSourceBuffer('video/mp4; codecs="avc1.42E01E, mp4a.40.2"');
    const refused = harness.thrown(() => buffer.changeType("video/x-unheard-of"))?.name;
    buffer.changeType(type);
    await harness.append(buffer, await harness.bytesOf(file));
    return [refused, source.sourceBuffers.length, source.sourceBuffers[0] === buffer, buffer.buffered.length];
  }, REFUSED[0]);
  assert.deepEqual(result, ["NotSupportedError", 1, true, 1]);
  await page.close();
});

test("what the browser plays stays with it, and with data in it refuses what it refuses", async () => {
  const { page } = await suite.open("unsupported.html");
  const result = await page.evaluate(async (type) => {
    const { video, mediaSource, sourceBuffer } = await harness.load("fragmented.mp4");
    const refused = harness.thrown(() => mediaSource.addSourceBuffer(type))?.name;
    await harness.append(sourceBuffer, await harness.bytesOf("fragmented.mp4"));
    return {
      refused,
      state: [mediaSource.readyState, video.error, video.readyState > 1, video.srcObject],
      natively: Object.getPrototypeOf(mediaSource.sourceBuffers) === SourceBufferList.prototype,
      messages: [
        harness.thrown(() => mediaSource.addSourceBuffer(""))?.name,
        harness.thrown(() => mediaSource.addSourceBuffer())?.name,
        harness.thrown(() => mediaSource.addSourceBuffer("video/x-unheard-of"))?.name,
        harness.thrown(() => new MediaSource().addSourceBuffer(type))?.name,
        harness.thrown(() => MediaSource())?.name,
      ],
    };
  }, REFUSED[0][0]);
  assert.deepEqual(result, {
    refused: "NotSupportedError",
    state: ["open", null, true, null],
    natively: true,
    messages: ["TypeError", "TypeError", "NotSupportedError", "NotSupportedError", "TypeError"],
  });
  await page.close();
});

/** A page of the ESM package that hands over; `answer` is that to its file for that. */
async function withHandoverFile(answer, body) {
  const site = await serveSite({ answer: (_, response, path) => path === "/dist/seldom.js" && (answer(response), true) });
  const { page } = await suite.open("native.html", site);
  try {
    await page.evaluate(async () => {
      const { install } = await import("/dist/index.js");
      install({ mode: "when-unsupported" });
      globalThis.source = new MediaSource();
      source.addEventListener("sourceopen", () => (globalThis.isOpen = true));
      globalThis.video = document.createElement("video");
      video.src = URL.createObjectURL(source);
    });
    return await body(page);
  } finally {
    await page.close();
    await site.close();
  }
}

test("sourceopen waits for an engine and a file that are fetched", async () => {
  let held;
  const result = await withHandoverFile((response) => (held = response), async (page) => {
    const early = await page.evaluate(async () => {
      await harness.until(() => source.readyState === "open", "the browser's own opening");
      await harness.sleep(100);
      return Boolean(globalThis.isOpen);
    });
    const file = readFileSync(new URL("../../pkg/dist/seldom.js", import.meta.url));
    held.writeHead(200, { "content-type": "text/javascript" }).end(file);
    return page.evaluate(async ([type, file], early) => {
      await harness.until(() => globalThis.isOpen, "sourceopen");
      const buffer = source.addSourceBuffer(type);
      await harness.append(buffer, await harness.bytesOf(file));
      return [early, buffer.buffered.length];
    }, REFUSED[0], early);
  });
  assert.deepEqual(result, [false, 1]);
});

test("without that file sources stay the browser's", async () => {
  const result = await withHandoverFile((response) => response.writeHead(404).end(), (page) =>
    page.evaluate(async ([type]) => {
      await harness.until(() => globalThis.isOpen, "sourceopen");
      return harness.thrown(() => source.addSourceBuffer(type))?.name;
    }, REFUSED[0]),
  );
  assert.equal(result, "NotSupportedError");
});
