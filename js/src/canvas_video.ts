/** Pictures for browsers without tracks that are written into: in the ESM package a file beside the script. */
import { Captures } from "./captures";
import type { OnNextFrame } from "./captures";
import type { VideoSink } from "./sinks";

/** A canvas that is captured whenever something was drawn. */
export class CanvasVideo implements VideoSink {
  readonly #canvas = document.createElement("canvas");
  readonly #context = this.#canvas.getContext("2d", { alpha: false });
  readonly stream = this.#canvas.captureStream(0);
  /** Draws in a task of its own, so that of frames that piled up behind a busy page only the last is drawn. */
  readonly #draw = new MessageChannel();
  #next: { frame: VideoFrame; rotation: number } | undefined;
  #shown = true;
  readonly #captures: Captures;

  constructor(onNextFrame: OnNextFrame) {
    this.#captures = new Captures(onNextFrame);
    this.#draw.port1.onmessage = () => this.#drawNext();
  }

  frame(frame: VideoFrame, rotation: number): void {
    if (this.#next) {
      this.#next.frame.close();
    } else {
      this.#draw.port2.postMessage(null);
    }
    this.#next = { frame, rotation };
  }

  #drawNext(): void {
    const next = this.#next;
    this.#next = undefined;
    if (!next || !this.#context) {
      return;
    }
    const { frame, rotation } = next;
    if (!this.#shown) {
      frame.close();
      return;
    }
    const { displayWidth: width, displayHeight: height } = frame;
    const turned = rotation % 180 !== 0;
    this.#resize(turned ? height : width, turned ? width : height);
    this.#context.setTransform(1, 0, 0, 1, this.#canvas.width / 2, this.#canvas.height / 2);
    this.#context.rotate((rotation * Math.PI) / 180);
    this.#context.drawImage(frame, -width / 2, -height / 2, width, height);
    this.#captures.drawn(frame.timestamp);
    frame.close();
    this.#capture();
  }

  showIn(element: HTMLMediaElement): void {
    this.#captures.element = element;
  }

  awaitPicture(): void {}

  written(): void {}

  mediaTime(metadata: VideoFrameCallbackMetadata): number {
    return this.#captures.mediaTime(metadata);
  }

  pictureShown(): Promise<void> | undefined {
    return this.#captures.shown(this.#next !== undefined);
  }

  /** Setting a size, even the same, empties the canvas. */
  #resize(width: number, height: number): void {
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
  }

  /** The specification has `requestFrame` on the track; Firefox has it on the stream. */
  #capture(): void {
    const [track] = this.stream.getVideoTracks();
    for (const target of [track, this.stream] as { requestFrame?(): void }[]) {
      if (target?.requestFrame) {
        target.requestFrame();
        return;
      }
    }
  }

  show(on: boolean): void {
    this.#shown = on;
    if (!on) {
      this.#context?.setTransform(1, 0, 0, 1, 0, 0);
      this.#context?.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    }
  }

  refresh(): void {
    // Only a canvas that was drawn on is captured.
    this.#context?.setTransform(1, 0, 0, 1, 0, 0);
    this.#context?.drawImage(this.#canvas, 0, 0);
    this.#captures.drawnAgain();
    this.#capture();
  }

  close(): void {
    this.#next?.frame.close();
    this.#next = undefined;
    this.#draw.port1.close();
    // Gives the pixels back before the collector comes.
    this.#resize(0, 0);
  }
}
