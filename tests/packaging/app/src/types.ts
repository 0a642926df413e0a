// Checked by tsc, never run: where the DOM's types are asked for, ours do.
import * as ours from "mse-polyfill";
import { recordToSourceBuffer } from "mse-polyfill/live";
import { inspect } from "mse-polyfill/inspect";
import type { Inspector, Snapshot } from "mse-polyfill/inspect";
import "mse-polyfill/auto";

const source: MediaSource = new ours.MediaSource();
const constructor: typeof MediaSource = ours.MediaSource;
const buffer: SourceBuffer = new ours.MediaSource().addSourceBuffer("video/mp4");
const buffers: SourceBufferList = new ours.MediaSource().sourceBuffers;
source.addEventListener("sourceopen", (event: Event) => event.timeStamp);
buffer.onupdateend = (event: Event) => event.type;

// And a page's own element takes either.
const video: HTMLVideoElement = document.createElement("video");
ours.attach(video, new ours.MediaSource());
recordToSourceBuffer satisfies (stream: MediaStream, element: HTMLMediaElement) => Promise<unknown>;

const inspector: Inspector = inspect(video, { container: document.body, source });
inspector.snapshot().then(({ engine }: Snapshot) => engine?.sourceBuffers[0]?.tracks[0]?.keyFrames satisfies number[] | undefined);

// @ts-expect-error A mistake is found: there is no such mode.
ours.install({ mode: "sometimes" });

export { constructor, buffers };
