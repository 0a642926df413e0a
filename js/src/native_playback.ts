import { native } from "./native_element";

/** What the native side asks of the attached element and tells it. */
export interface NativePlaybackOwner {
  /** As the page sees it. */
  paused(): boolean;
  /** Someone natively pressed play: a media key, the picture-in-picture window. */
  play(): void;
  /** Someone natively paused: the same, or the browser's own reasons. */
  pause(): void;
  /** Show the current frame again: frames written while natively paused are lost. */
  refresh(): void;
  /** Show the frame again that may have come before the element had the stream. */
  showLost(): void;
  /** Fire an event at the element, in a task. */
  queueEvent(type: string): void;
}

/**
 * What the browser's element does behind an attached one: it plays a stream all the time, for frames are shown only
 * then; "paused" means that none are written. Until the page plays, it plays muted, which no browser refuses.
 */
export class NativePlayback {
  readonly #element: HTMLMediaElement;
  readonly #owner: NativePlaybackOwner;
  #previewing = false;
  /** `muted` as the page sees it during the preview. */
  #pageMuted = false;
  /** Native `play` events that calls of ours will cause. */
  #expectedPlays = 0;
  /** Completes the stream. */
  #addTracks: (() => void) | undefined;
  /** Native `volumechange` events that the preview caused. */
  #expectedVolumeChanges = 0;

  constructor(element: HTMLMediaElement, owner: NativePlaybackOwner) {
    this.#element = element;
    this.#owner = owner;
    // The engine does the timing: rates are its business, and a stream knows none.
    native().defaultPlaybackRate.set(element, 1);
    native().playbackRate.set(element, 1);
  }

  /** Whether only the preview plays. */
  get previewing(): boolean {
    return this.#previewing;
  }

  get muted(): boolean {
    return this.#previewing ? this.#pageMuted : native().muted.get(this.#element);
  }

  /** Tells of changes itself, so that they come in order with all that the page hears of the element. */
  set muted(value: boolean) {
    if (value === this.muted) {
      return;
    }
    if (this.#previewing) {
      this.#pageMuted = value;
    } else {
      this.#muteSilently(value);
    }
    this.#owner.queueEvent("volumechange");
  }

  get volume(): number {
    return native().volume.get(this.#element);
  }

  /** Throws IndexSizeError for what is not from 0 to 1. */
  set volume(value: number) {
    const before = this.volume;
    native().volume.set(this.#element, value);
    if (this.volume !== before) {
      this.#expectedVolumeChanges++;
      this.#owner.queueEvent("volumechange");
    }
  }

  /** Gives the element its stream; null for none, for good. */
  show(stream: MediaStream | null): void {
    // Setting a resource drops the events that were on their way.
    this.#expectedPlays = 0;
    this.#expectedVolumeChanges = 0;
    this.#addTracks = undefined;
    native().srcObject.set(this.#element, stream && this.#withoutDelayingLoad(stream));
  }

  /** Plays muted, for the first picture to be seen, unless a poster is to be seen. */
  preview(): void {
    if (!native().getAttribute(this.#element, "poster")) {
      this.#startPreview();
    }
  }

  /** Frames are to be seen now, whatever the browser paused. */
  showFrames(): void {
    if (native().paused(this.#element)) {
      if (this.#owner.paused()) {
        this.#startPreview();
      }
      void this.#play().catch(() => undefined);
    }
  }

  /**
   * Plays as the page asked. Returns the browser's rejected promise when it refuses, which is known at once; where it
   * becomes known later, `refused` is called.
   */
  begin(refused: () => void): Promise<void> | undefined {
    const wasPreview = this.#endPreview();
    const playing = this.#play();
    if (native().paused(this.#element)) {
      if (wasPreview) {
        this.#startPreview();
      }
      return playing;
    }
    playing.catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") {
        refused();
      }
    });
    return undefined;
  }

  /** Whether the page may hear a native event; what it tells is passed on to the owner. */
  filter(type: string): boolean {
    switch (type) {
      case "volumechange":
        if (this.#expectedVolumeChanges === 0) {
          return true;
        }
        this.#expectedVolumeChanges--;
        return false;
      case "pause":
        if (native().paused(this.#element) && !this.#owner.paused()) {
          this.#owner.pause();
        }
        return false;
      case "play":
        if (this.#expectedPlays > 0) {
          this.#expectedPlays--;
        } else if (this.#owner.paused()) {
          this.#owner.play();
        }
        return false;
      case "loadeddata":
        this.#addTracks?.();
        return false;
      case "loadstart":
        // Until it has got a frame, it does not play.
        this.#owner.showLost();
        return false;
      case "playing":
        this.#owner.refresh();
        return false;
      default:
        return false;
    }
  }

  /** The element is given up. */
  close(): void {
    this.#endPreview();
  }

  /**
   * MSE § 3.15.1: an attached source does not delay the document's load event. In Chromium a stream with video does,
   * until its first frame, and one with nothing but sound does not: so silence goes first, and the tracks take its place
   * a moment later.
   */
  #withoutDelayingLoad(stream: MediaStream): MediaStream {
    const silence = this.#element.ownerDocument.readyState === "complete" ? undefined : createSilence();
    if (!silence) {
      return stream;
    }
    const growing = new MediaStream([silence]);
    this.#addTracks = () => {
      this.#addTracks = undefined;
      stream.getTracks().forEach((track) => growing.addTrack(track));
      growing.removeTrack(silence);
      silence.stop();
      this.#owner.refresh();
    };
    return growing;
  }

  #startPreview(): void {
    if (!this.#previewing) {
      this.#pageMuted = native().muted.get(this.#element);
      this.#previewing = true;
      this.#muteSilently(true);
    }
    void this.#play().catch(() => undefined);
  }

  #endPreview(): boolean {
    const was = this.#previewing;
    if (was) {
      this.#previewing = false;
      this.#muteSilently(this.#pageMuted);
    }
    return was;
  }

  #muteSilently(muted: boolean): void {
    if (native().muted.get(this.#element) !== muted) {
      this.#expectedVolumeChanges++;
      native().muted.set(this.#element, muted);
    }
  }

  #play(): Promise<void> {
    const wasPaused = native().paused(this.#element);
    const playing = native().play(this.#element);
    if (wasPaused && !native().paused(this.#element)) {
      this.#expectedPlays++;
    }
    return playing;
  }
}

/** A track that never sounds, where one can be had without an AudioContext. */
function createSilence(): MediaStreamTrack | undefined {
  const { MediaStreamTrackGenerator } = globalThis as {
    MediaStreamTrackGenerator?: new (init: { kind: "audio" }) => MediaStreamTrack;
  };
  return MediaStreamTrackGenerator && new MediaStreamTrackGenerator({ kind: "audio" });
}
