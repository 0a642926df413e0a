import type { Attachment } from "./attachment";
import type { Beforehand } from "./beforehand";
import type { ControlsAttribute } from "./element_controls";
import type { ControlPlane } from "./engine";
import type { DataPlaneLink } from "./link";
import { createMediaError } from "./media_error";
import type { MediaSource } from "./media_source";
import type { MediaSourceHandle } from "./media_source_handle";
import { trackListsOf } from "./media_tracks";
import type { TrackLists } from "./media_tracks";
import type { NativePlayback } from "./native_playback";
import { wallTime } from "./tasks";
import { NO_RANGES, TimeRangesCache } from "./time_ranges";

/** What became of the source's frames, and how many bytes went to the decoders, since it was attached. */
export interface Statistics {
  decoded: number;
  presented: number;
  dropped: number;
  videoBytes: number;
  audioBytes: number;
}

/**
 * The attributes of an attached element: read from the engine's element state machine, or from what the page did before
 * there was one (HTML § 4.8.11).
 */
export abstract class ElementAttributes {
  /** Empty for what was set as `srcObject`. */
  abstract readonly url: string;
  abstract readonly element: HTMLMediaElement;
  abstract readonly source: MediaSource | MediaSourceHandle;
  protected abstract before: Beforehand;
  protected abstract readonly playback: NativePlayback;
  protected attachment: Attachment<DataPlaneLink> | undefined;
  /** `error`, once it is known. */
  protected failure: MediaError | null = null;
  /** Why there is no data plane any more. */
  protected lost = "";
  protected controlsAttribute: ControlsAttribute | undefined;
  readonly #buffered = new TimeRangesCache();
  readonly #seekable = new TimeRangesCache();
  readonly #played = new TimeRangesCache();

  protected get plane(): ControlPlane | undefined {
    return this.attachment?.plane;
  }

  /** The same, for what the source is asked for: nothing once its worker has ended. */
  protected get sourcePlane(): ControlPlane | undefined {
    return this.attachment?.hasLostSource ? undefined : this.plane;
  }

  get error(): MediaError | null {
    const plane = this.plane;
    if (!this.failure && plane && plane.errorCode() !== 0) {
      const message = this.lost || plane.errorMessage() || this.attachment?.lastAppendError();
      this.failure = createMediaError(plane.errorCode(), message ?? "");
    }
    return this.failure;
  }

  get networkState(): number {
    return this.plane?.networkState() ?? this.before.networkState;
  }

  get currentSrc(): string {
    return this.before.currentSrc;
  }

  /** `srcObject`. */
  get provider(): MediaSource | MediaSourceHandle | null {
    return this.url === "" ? this.source : null;
  }

  /** The value of the `controls` attribute, null without it. */
  get controls(): string | null {
    return this.controlsAttribute?.value ?? null;
  }

  set controls(value: string | null) {
    if (this.controlsAttribute) {
      this.controlsAttribute.value = value;
    }
  }

  get readyState(): number {
    return this.plane?.elementReadyState() ?? 0;
  }

  get buffered(): TimeRanges {
    return this.#buffered.get(this.sourcePlane?.elementBuffered() ?? NO_RANGES);
  }

  get seekable(): TimeRanges {
    return this.#seekable.get(this.sourcePlane?.seekable() ?? NO_RANGES);
  }

  get played(): TimeRanges {
    return this.#played.get(this.plane?.played(wallTime()) ?? NO_RANGES);
  }

  get seeking(): boolean {
    return this.plane?.seeking() ?? false;
  }

  get ended(): boolean {
    return this.plane?.ended() ?? false;
  }

  get paused(): boolean {
    return this.plane?.paused() ?? this.before.paused;
  }

  get duration(): number {
    return this.plane?.duration() ?? NaN;
  }

  get currentTime(): number {
    return this.plane?.currentTime(wallTime()) ?? this.before.defaultPlaybackStartPosition;
  }

  set currentTime(value: number) {
    if (this.attachment) {
      this.playback.showFrames();
      this.attachment.call((plane) => plane.setCurrentTime(value, wallTime()));
    } else {
      this.before.defaultPlaybackStartPosition = value;
    }
  }

  get playbackRate(): number {
    return this.plane?.playbackRate() ?? this.before.playbackRate;
  }

  set playbackRate(value: number) {
    if (this.attachment) {
      this.attachment.call((plane) => plane.setPlaybackRate(value));
    } else {
      this.before.playbackRate = value;
    }
  }

  get defaultPlaybackRate(): number {
    return this.plane?.defaultPlaybackRate() ?? this.before.defaultPlaybackRate;
  }

  set defaultPlaybackRate(value: number) {
    if (this.attachment) {
      this.attachment.call((plane) => plane.setDefaultPlaybackRate(value));
    } else {
      this.before.defaultPlaybackRate = value;
    }
  }

  get preservesPitch(): boolean {
    return this.plane?.preservesPitch() ?? this.before.preservesPitch;
  }

  set preservesPitch(value: boolean) {
    this.before.preservesPitch = value;
    this.attachment?.call((plane) => plane.setPreservesPitch(value));
  }

  get muted(): boolean {
    return this.playback.muted;
  }

  set muted(value: boolean) {
    this.playback.muted = value;
  }

  get volume(): number {
    return this.playback.volume;
  }

  set volume(value: number) {
    this.playback.volume = value;
  }

  get videoWidth(): number {
    return this.plane?.videoWidth() ?? 0;
  }

  get videoHeight(): number {
    return this.plane?.videoHeight() ?? 0;
  }

  get statistics(): Statistics {
    const [decoded = 0, presented = 0, dropped = 0, videoBytes = 0, audioBytes = 0] = this.plane?.statistics() ?? [];
    return { decoded, presented, dropped, videoBytes, audioBytes };
  }

  /** `audioTracks` and `videoTracks`. */
  get trackLists(): TrackLists {
    return trackListsOf(this.element);
  }

  /** Whether there is any sound, loud or not. */
  get hasSound(): boolean {
    return this.trackLists.audio.length > 0;
  }
}
