/**
 * `requestVideoFrameCallback()`: the browser says when a picture is shown, and of an attached element we say which. The
 * callbacks stay in the browser's own list, so that those of before an attachment are called in it, and the reverse.
 */

import { attachedElement } from "./attached_element";

type Request = HTMLVideoElement["requestVideoFrameCallback"];
type Cancel = HTMLVideoElement["cancelVideoFrameCallback"];

/** The page's handles of callbacks that wait, and the browser's that stand for them now. */
const waiting = /* @__PURE__ */ new WeakMap<HTMLVideoElement, Map<number, number>>();

/** Whether a callback waits for the next picture. */
export function awaitsFrame(element: HTMLMediaElement): boolean {
  return (waiting.get(element as HTMLVideoElement)?.size ?? 0) > 0;
}

/** What is to stand for the browser's methods. */
export const frameCallbacks = {
  requestVideoFrameCallback: (request: Request): Request =>
    function (this: HTMLVideoElement, callback) {
      if (typeof callback !== "function") {
        return request.call(this, callback); // Throws.
      }
      const ask = (): number =>
        request.call(this, (now, metadata) => {
          const frames = attachedElement(this)?.frames;
          const described = frames ? frames.describe(metadata) : metadata;
          if (described) {
            handles.delete(handle);
            callback(now, described);
          } else {
            handles.set(handle, ask());
          }
        });
      const handle = ask();
      const handles = waiting.get(this) ?? new Map<number, number>();
      waiting.set(this, handles.set(handle, handle));
      return handle;
    },
  cancelVideoFrameCallback: (cancel: Cancel): Cancel =>
    function (this: HTMLVideoElement, handle) {
      const handles = waiting.get(this);
      cancel.call(this, handles?.get(handle) ?? handle);
      handles?.delete(handle);
    },
};

/** The pictures that the browser shows of a stream of ours. */
export class ShownFrames {
  readonly #mediaTime: (metadata: VideoFrameCallbackMetadata) => number;
  #native: number | undefined;
  #described: VideoFrameCallbackMetadata | undefined;
  #last: VideoFrameCallbackMetadata | undefined;
  /** Pictures that were shown once more by our own doing. */
  #repeats = 0;
  #hasSought = false;

  /** `mediaTime` is the presentation timestamp, in seconds, of what the browser says that it shows. */
  constructor(mediaTime: (metadata: VideoFrameCallbackMetadata) => number) {
    this.#mediaTime = mediaTime;
  }

  /** What the next picture shows is news, be it the one that is on show. */
  seeking(): void {
    this.#hasSought = true;
  }

  /** Whether nothing has been shown since. */
  get isSeekUnseen(): boolean {
    return this.#hasSought;
  }

  /** The metadata that the page gets; undefined for a picture that it has been told of. */
  describe(metadata: VideoFrameCallbackMetadata): VideoFrameCallbackMetadata | undefined {
    if (metadata.presentedFrames !== this.#native) {
      this.#native = metadata.presentedFrames;
      this.#described = this.#describeNew(metadata);
    }
    return this.#described;
  }

  #describeNew(metadata: VideoFrameCallbackMetadata): VideoFrameCallbackMetadata | undefined {
    const mediaTime = this.#mediaTime(metadata);
    const last = this.#last;
    if (last && last.mediaTime === mediaTime && !this.#hasSought) {
      this.#repeats++;
      return undefined;
    }
    this.#hasSought = false;
    const presentationTime = Math.max(metadata.presentationTime, last?.presentationTime ?? 0);
    return (this.#last = {
      ...metadata,
      mediaTime,
      presentationTime,
      // Of the first picture after a pause, the stream would have had it long ago.
      expectedDisplayTime: Math.max(metadata.expectedDisplayTime, presentationTime, last?.expectedDisplayTime ?? 0),
      presentedFrames: metadata.presentedFrames - this.#repeats,
    });
  }
}
