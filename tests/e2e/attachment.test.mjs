// Every way by which an element gets a MediaSource, and by which it loses it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "./lib/site.mjs";

const suite = useBrowser();

/** What each is given: a source, its URL, and a place in the document. Each returns the element. */
const WAYS_IN = {
  "src": ({ url }) => Object.assign(document.createElement("video"), { src: url }),
  "setAttribute": ({ url }) => {
    const video = document.createElement("video");
    video.setAttribute("SRC", url);
    return video;
  },
  "setAttributeNS": ({ url }) => {
    const video = document.createElement("video");
    video.setAttributeNS(null, "src", url);
    return video;
  },
  "setAttributeNode": ({ url }) => {
    const video = document.createElement("video");
    const attribute = document.createAttribute("src");
    attribute.value = url;
    video.setAttributeNode(attribute);
    return video;
  },
  "the value of an Attr": ({ url, place }) => {
    const video = document.createElement("video");
    place.append(video);
    video.toggleAttribute("src");
    video.getAttributeNode("src").value = url;
    return video;
  },
  "new Audio": ({ url }) => new Audio(url),
  "a prototype's setter": ({ url }) => {
    const video = document.createElement("video");
    Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "src").set.call(video, url);
    return video;
  },
  "innerHTML": ({ url, place }) => {
    place.innerHTML = `<p><video src="${url}"></video></p>`;
    return place.querySelector("video");
  },
  "innerHTML outside of the document, then inserted": ({ url, place }) => {
    const outside = document.createElement("div");
    outside.innerHTML = `<video src="${url}"></video>`;
    place.append(outside);
    return outside.firstChild;
  },
  "innerHTML in a shadow tree": ({ url, place }) => {
    const shadow = place.attachShadow({ mode: "closed" });
    shadow.innerHTML = `<video src="${url}"></video>`;
    return shadow.firstChild;
  },
  "a template": ({ url, place }) => {
    const template = document.createElement("template");
    template.innerHTML = `<audio src="${url}"></audio>`;
    place.append(document.importNode(template.content, true));
    return place.querySelector("audio");
  },
  "an element of a document that is not shown, imported": ({ url, place }) => {
    const inert = new DOMParser().parseFromString("<video></video>", "text/html").querySelector("video");
    inert.setAttribute("src", url);
    place.append(document.importNode(inert.cloneNode()));
    return place.firstChild;
  },
  "in a fragment": ({ url }) => {
    const fragment = document.createDocumentFragment();
    fragment.append(document.createElement("video"));
    fragment.firstChild.src = url;
    return fragment.firstChild;
  },
  "adopted by the document of a frame": ({ url, place }) => {
    const frame = document.createElement("iframe");
    place.append(frame);
    const video = document.createElement("video");
    frame.contentDocument.body.append(video);
    video.src = url;
    return video;
  },
  "a source child, set before it is inserted": ({ url, place }) => {
    const video = document.createElement("video");
    const child = document.createElement("source");
    child.src = url;
    video.append(child);
    place.append(video);
    return video;
  },
  "a source child, set after it is inserted, outside of the document": ({ url }) => {
    const video = document.createElement("video");
    const child = document.createElement("source");
    video.append(child);
    child.setAttribute("src", url);
    return video;
  },
  "a source child inserted later": ({ url, place }) => {
    const video = document.createElement("video");
    place.append(video);
    const child = document.createElement("source");
    child.type = 'video/mp4; codecs="avc1.42E01E"';
    child.src = url;
    video.append(child);
    return video;
  },
  "a source child behind one of a type that cannot be played": ({ url, place }) => {
    place.innerHTML = `<video><source src="/a" type="video/x-unheard-of"><source src="${url}"></video>`;
    return place.firstChild;
  },
  "a source child behind one that cannot be loaded": ({ url, place }) => {
    place.innerHTML = `<video><source src="/nowhere.mp4"><source src="${url}"></video>`;
    return place.firstChild;
  },
  "load() after the attribute was set": ({ url }) => {
    const video = document.createElement("video");
    video.src = "/nowhere.mp4";
    video.src = url;
    video.load();
    return video;
  },
  "src after another resource": async ({ url }) => {
    const video = document.createElement("video");
    video.src = "/nowhere.mp4";
    await harness.once(video, "error");
    video.src = url;
    return video;
  },
};

/** Those that the browser's own MediaSource does not know. */
const WAYS_OF_OURS = {
  "src with a fragment": ({ url }) => Object.assign(document.createElement("video"), { src: `${url}#t=1` }),
  "srcObject": ({ mediaSource }) => Object.assign(document.createElement("video"), { srcObject: mediaSource }),
  "attach": ({ mediaSource }) => {
    const video = document.createElement("video");
    MsePolyfill.attach(video, mediaSource);
    return video;
  },
};

/** Runs in the page: opens by the way given as text, appends, and tells what became of it. */
const open = async (text, file, isObject) => {
  document.body.replaceChildren();
  const place = document.createElement("div");
  document.body.append(place);
  const mediaSource = new MediaSource();
  const url = URL.createObjectURL(mediaSource);
  const errors = [];
  addEventListener("error", (event) => errors.push(event.target.localName), true);
  const opened = harness.once(mediaSource, "sourceopen");
  const element = await (0, eval)(text)({ mediaSource, url, place });
  await opened;
  const { type } = harness.facts.files[file];
  const buffer = mediaSource.addSourceBuffer(type);
  const ready = harness.once(element, "canplay");
  await harness.append(buffer, await harness.bytesOf(file));
  await ready;
  return {
    // The first of two sources is told to have failed.
    errors: errors.filter((name) => name !== "source"),
    error: element.error,
    currentSrc: isObject ? element.currentSrc === "" : element.currentSrc.startsWith(url),
    srcObject: element.srcObject === (isObject ? mediaSource : null),
    state: [element.networkState, element.readyState > 2, element.duration > 9, mediaSource.readyState],
    buffered: harness.pairs(element.buffered).length,
  };
};

for (const [name, way] of Object.entries({ ...WAYS_IN, ...(process.env.MSE === "native" ? {} : WAYS_OF_OURS) })) {
  test(`attached by ${name}`, async () => {
    const { page, problems } = await suite.open("polyfill.html");
    const isObject = name === "srcObject" || name === "attach";
    const result = await page.evaluate(open, String(way), "fragmented.mp4", isObject);
    assert.deepEqual(result, {
      errors: [],
      error: null,
      currentSrc: true,
      srcObject: true,
      state: [2, true, true, "open"],
      buffered: 1,
    });
    assert.deepEqual(problems.filter((text) => !/40[34]|ERR_FILE_NOT_FOUND/.test(text)), []);
    await page.close();
  });
}

test("an element whose source is open and empty tells of nothing but loadstart", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const mediaSource = new MediaSource();
    const video = document.createElement("video");
    const entries = [];
    harness.log(entries, "video", video);
    harness.log(entries, "mediaSource", mediaSource);
    document.body.append(video);
    const states = [];
    const mark = () => states.push([video.networkState, video.readyState, mediaSource.readyState]);
    mark();
    video.src = URL.createObjectURL(mediaSource);
    mark();
    await harness.once(video, "loadstart");
    states.push([video.networkState, video.readyState]);
    await harness.once(mediaSource, "sourceopen");
    mark();
    await harness.sleep(1000);
    mark();
    return { states, entries };
  });
  assert.deepEqual(result, {
    states: [[0, 0, "closed"], [3, 0, "closed"], [2, 0], [2, 0, "open"], [2, 0, "open"]],
    entries: ["video loadstart", "mediaSource sourceopen"],
  });
  await page.close();
});

/** What a page hears when an element loses its source, in the order of Chromium's own. */
const DETACHED = [
  "video abort",
  "activeSourceBuffers removesourcebuffer",
  "sourceBuffers removesourcebuffer",
  "mediaSource sourceclose",
  "video emptied",
  "video timeupdate",
];

/** Each with what comes after that. In the element's state, 3 and 0 are NETWORK_NO_SOURCE and HAVE_NOTHING. */
const WAYS_OUT = {
  "src of something else": [(video) => (video.src = "/nowhere.mp4"), ["video loadstart", "video error"]],
  "src set to nothing": [(video) => (video.src = ""), ["video loadstart", "video error"]],
  "another src by an Attr": [
    (video) => (video.getAttributeNode("src").value = "/nowhere.mp4"),
    ["video loadstart", "video error"],
    true,
  ],
  "load() without src": [(video) => (video.removeAttribute("src"), video.load()), []],
  "srcObject of something else": [(video) => (video.srcObject = new MediaStream()), ["video loadstart"]],
  "load()": [(video) => video.load(), ["video loadstart", "mediaSource sourceopen"]],
  "srcObject of null": [(video) => (video.srcObject = null), ["video loadstart", "mediaSource sourceopen"]],
  "the same src": [
    (video) => (video.src = video.getAttribute("src")),
    ["video loadstart", "mediaSource sourceopen"],
  ],
};

/** Runs in the page: plays, leaves by the way given as text, and tells what was heard and seen of it. */
const leave = async (text, file, isLater) => {
  const { video, mediaSource, sourceBuffer, entries } = await harness.open(harness.facts.files[file].type);
  await harness.append(sourceBuffer, await harness.bytesOf(file));
  await video.play();
  await harness.until(() => video.currentTime > 0.1, "playing");
  video.muted = true;
  video.defaultPlaybackRate = 1.25;
  video.playbackRate = 1.5;
  await harness.sleep(50);
  const from = entries.length;
  (0, eval)(text)(video);
  if (isLater) await null; // MutationObservers are told in a microtask.
  const state = [video.networkState, video.readyState, video.paused, String(video.duration), video.buffered.length];
  const sourceState = [mediaSource.readyState, String(mediaSource.duration), mediaSource.sourceBuffers.length];
  const removed = harness.thrown(() => sourceBuffer.buffered)?.name;
  await harness.sleep(500);
  const heard = entries.slice(from).filter((entry) => !/progress|suspend|stalled|video pause$/.test(entry));
  return { state, sourceState, removed, heard, muted: video.muted, rate: video.playbackRate, own: Object.keys(video) };
};

/** A stream knows no rates. */
const rateAfter = (name) => (name === "srcObject of something else" ? 1 : 1.25);

for (const [name, [way, then, isLater = false]] of Object.entries(WAYS_OUT)) {
  test(`detached by ${name}`, async () => {
    const { page } = await suite.open("polyfill.html");
    const result = await page.evaluate(leave, String(way), "fragmented.mp4", isLater);
    assert.deepEqual(result, {
      state: [3, 0, true, "NaN", 0],
      sourceState: ["closed", "NaN", 0],
      removed: "InvalidStateError",
      heard: [...DETACHED, "video ratechange", ...then],
      muted: true,
      rate: rateAfter(name),
      own: [],
    });
    await page.close();
  });
}

test("an element taken out of the document pauses and keeps its source", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const { video, mediaSource } = await harness.load("fragmented.mp4");
    await video.play();
    const paused = harness.once(video, "pause");
    video.remove();
    await paused;
    const away = [video.paused, video.readyState, mediaSource.readyState];
    document.body.append(video);
    await video.play();
    return { away, back: [video.paused, mediaSource.readyState] };
  });
  assert.deepEqual(result, { away: [true, 4, "open"], back: [false, "open"] });
  await page.close();
});

test("an element that failed is left without abort", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const { video, mediaSource, entries } = await harness.open("video/mp4");
    mediaSource.endOfStream("decode");
    await harness.once(video, "error");
    await harness.sleep(100);
    const failed = [video.error.code, video.networkState, mediaSource.readyState];
    const from = entries.length;
    video.removeAttribute("src");
    video.load();
    await harness.sleep(200);
    return { failed, heard: entries.slice(from), left: [video.error, video.networkState] };
  });
  assert.deepEqual(result, { failed: [4, 3, "closed"], heard: ["video emptied"], left: [null, 0] });
  await page.close();
});

test("a source of a failed element is free for another one", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const { video, mediaSource } = await harness.open("video/mp4");
    mediaSource.endOfStream("decode");
    await harness.once(mediaSource, "sourceclose");
    const other = document.createElement("video");
    other.src = URL.createObjectURL(mediaSource);
    await harness.once(mediaSource, "sourceopen");
    const buffer = mediaSource.addSourceBuffer("video/mp4");
    video.src = "";
    await harness.append(buffer, await harness.bytesOf("fragmented.mp4"));
    return [mediaSource.sourceBuffers.length, mediaSource.readyState, other.readyState > 0, video.error?.code];
  });
  assert.deepEqual(result, [1, "open", true, 4]);
  await page.close();
});

test("srcObject comes before src", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const mediaSource = new MediaSource();
    const stream = new MediaStream();
    const video = document.createElement("video");
    const entries = [];
    video.srcObject = stream;
    await harness.once(video, "loadstart");
    for (const type of ["abort", "emptied", "loadstart"]) video.addEventListener(type, () => entries.push(type));
    video.src = URL.createObjectURL(mediaSource);
    await harness.sleep(100);
    const still = [mediaSource.readyState, video.srcObject === stream];
    video.srcObject = null;
    await harness.once(mediaSource, "sourceopen");
    // And of two sources of ours, the one that is the object.
    const other = new MediaSource();
    video.srcObject = other;
    video.src = video.src;
    await harness.once(other, "sourceopen");
    return { still, entries, states: [mediaSource.readyState, other.readyState, video.srcObject === other, video.currentSrc] };
  });
  assert.deepEqual(result.still, ["closed", true]);
  assert.deepEqual(result.entries.slice(0, 6), ["abort", "emptied", "loadstart", "abort", "emptied", "loadstart"]);
  assert.deepEqual(result.states, ["closed", "open", true, ""]);
  await page.close();
});

test("a source is at one element at a time, and goes from one to the next", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const mediaSource = new MediaSource();
    const url = URL.createObjectURL(mediaSource);
    const first = document.createElement("video");
    const second = document.createElement("video");
    const entries = [];
    for (const [name, video] of Object.entries({ first, second })) {
      for (const type of ["loadstart", "emptied", "error"]) video.addEventListener(type, () => entries.push(`${name} ${type}`));
    }
    for (const type of ["sourceopen", "sourceclose"]) mediaSource.addEventListener(type, () => entries.push(type));
    const seen = [];
    const settled = [harness.once(second, "error"), harness.once(mediaSource, "sourceopen")];
    first.src = url;
    second.src = url;
    const rejected = second.play().catch(({ name }) => name);
    await Promise.all(settled);
    seen.push(await rejected, second.error.code, second.networkState, first.error);
    // The second gets it when the first one gives it back.
    first.src = "";
    second.src = url;
    await harness.once(mediaSource, "sourceopen");
    seen.push(mediaSource.addSourceBuffer("video/mp4").updating);
    // Another source in the same element.
    const other = new MediaSource();
    second.src = URL.createObjectURL(other);
    seen.push(mediaSource.readyState);
    await harness.once(other, "sourceopen");
    // And back.
    second.src = url;
    await harness.once(mediaSource, "sourceopen");
    seen.push(other.readyState, mediaSource.readyState, mediaSource.sourceBuffers.length);
    return { seen, entries };
  });
  assert.deepEqual(result.seen, ["NotSupportedError", 4, 3, null, false, "closed", "closed", "open", 0]);
  const opened = result.entries.filter((entry) => entry.startsWith("source"));
  assert.deepEqual(opened, ["sourceopen", "sourceclose", "sourceopen", "sourceclose", "sourceopen"]);
  await page.close();
});

test("several elements at once, and one beside them that has none", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    document.body.replaceChildren();
    const native = document.createElement("video");
    const keys = Reflect.ownKeys(native).length;
    native.src = "/clips/short.mp4";
    document.body.append(native);
    const opened = await Promise.all(
      ["fragmented.mp4", "vp9-opus.webm", "sound.mp3"].map(async (file) => {
        const element = document.createElement("video");
        document.body.append(element);
        const mediaSource = new MediaSource();
        element.src = URL.createObjectURL(mediaSource);
        await harness.once(mediaSource, "sourceopen");
        const { type } = harness.facts.files[file];
        await harness.append(mediaSource.addSourceBuffer(type), await harness.bytesOf(file));
        await harness.until(() => element.readyState >= 2, "data");
        return [element.videoWidth > 0, Reflect.ownKeys(element).length];
      }),
    );
    return { opened, keys, native: Reflect.ownKeys(native).length, src: native.currentSrc.endsWith("/clips/short.mp4") };
  });
  assert.deepEqual(result, { opened: [[true, 0], [true, 0], [false, 0]], keys: 0, native: 0, src: true });
  await page.close();
});

test("a clone of an attached element is attached only where the source is free", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const { video, mediaSource } = await harness.open("video/mp4");
    video.controls = true;
    const clone = video.cloneNode();
    await harness.once(clone, "error");
    return [clone.error.code, clone.controls, clone.src === video.src, video.error, mediaSource.readyState];
  });
  assert.deepEqual(result, [4, true, true, null, "open"]);
  await page.close();
});

/** Each with the source's readyState and the element's error code, 0 for none, that come of it. */
const REVOKED = {
  "before it is set": [(video, url) => (URL.revokeObjectURL(url), (video.src = url)), ["closed", 4]],
  "after it was set": [(video, url) => ((video.src = url), URL.revokeObjectURL(url)), ["open", 0]],
  "after it was set, then loaded again": [
    (video, url) => ((video.src = url), URL.revokeObjectURL(url), video.load()),
    ["closed", 4],
  ],
  "by a URL with a fragment, which is another one": [
    (video, url) => (URL.revokeObjectURL(`${url}#here`), (video.src = url)),
    ["open", 0],
  ],
  "never, but the URL is a little off": [(video, url) => (video.src = `${url}0`), ["closed", 4]],
};

test("revoked URLs", async () => {
  for (const [name, [way, expected]] of Object.entries(REVOKED)) {
    const { page } = await suite.open("polyfill.html");
    const result = await page.evaluate(async (text) => {
      const mediaSource = new MediaSource();
      const video = document.createElement("video");
      const settled = Promise.race([harness.once(mediaSource, "sourceopen"), harness.once(video, "error")]);
      (0, eval)(text)(video, URL.createObjectURL(mediaSource));
      await settled;
      await harness.sleep(50);
      return [mediaSource.readyState, video.error?.code ?? 0];
    }, String(way));
    assert.deepEqual(result, expected, name);
    await page.close();
  }
});

test("createObjectURL takes what it takes natively, and every URL is another one", async () => {
  const { page } = await suite.open("polyfill.html");
  const result = await page.evaluate(async () => {
    const mediaSource = new MediaSource();
    const urls = [0, 1].map(() => URL.createObjectURL(mediaSource));
    const blob = URL.createObjectURL(new Blob(["text"]));
    return {
      urls: [urls[0] !== urls[1], ...urls.map((url) => url.startsWith(`blob:${location.origin}/`))],
      blob: await (await fetch(blob)).text(),
      thrown: [null, undefined, {}, "x"].map((value) => harness.thrown(() => URL.createObjectURL(value))?.name),
      none: harness.thrown(() => URL.createObjectURL())?.name,
    };
  });
  assert.deepEqual(result, {
    urls: [true, true, true], blob: "text", thrown: Array(4).fill("TypeError"), none: "TypeError",
  });
  await page.close();
});

test("a page's sources one after another share a worker, and nothing of one is left for the next", async () => {
  const { page, problems } = await suite.open("polyfill.html");
  const { workers, shown, ranges } = await page.evaluate(async () => {
    let workers = 0;
    const { Worker } = globalThis;
    globalThis.Worker = class extends Worker {
      constructor(...input) {
        super(...input);
        workers++;
      }
    };
    const shown = [];
    const ranges = [];
    const sources = [
      ["fragmented.mp4", 100], ["fragmented.mp4", 40], ["vp8.webm", 7], ["short.mp4", 20], ["vp9-opus.webm", 0],
    ];
    for (const [file, frame] of sources) {
      const { video, sourceBuffer } = await harness.load(file);
      await harness.seek(video, (frame + 0.5) / harness.facts.frameRate);
      shown.push((await harness.lookFor(video, frame)) === frame);
      ranges.push(sourceBuffer.buffered.length);
      video.currentTime = 0.1; // The decoder is at work when it is left to the next.
      await harness.sleep(5);
      video.removeAttribute("src");
      video.load();
    }
    return { workers, shown, ranges };
  });
  assert.deepEqual(shown, Array(5).fill(true));
  assert.deepEqual(ranges, Array(5).fill(1));
  // One that was started before the count, or this one.
  assert.ok(workers <= 1, `${workers} workers`);
  assert.deepEqual(problems, []);
  await page.close();
});

test("an event that an event's listener causes comes before a timer that it sets then", async () => {
  const late = await suite.evaluate(async () => {
    const { video } = await harness.load("fragmented.mp4", { end: true });
    let late = 0;
    for (let turn = 0; turn < 200; turn++) {
      video.playbackRate = 2;
      await harness.once(video, "ratechange");
      const order = [];
      const fired = harness.once(video, "ratechange").then(() => order.push("event"));
      video.playbackRate = 1;
      const timer = new Promise((resolve) => setTimeout(resolve, 0)).then(() => order.push("timer"));
      await Promise.all([fired, timer]);
      late += order[0] === "timer";
    }
    return late;
  });
  assert.equal(late, 0);
});
