import { AttachmentTracks } from "./attachment_tracks";
import { BufferedChangeEvent } from "./buffered_change_event";
import type { PreparedChunks } from "./encoded_chunks";
import type { ChunksConfig, ControlPlane, Task } from "./engine";
import { domException, exceptionFor } from "./errors";
import { DataPlaneLink } from "./link";
import type { CommandSink } from "./link";
import { engineOptions, scriptUrls } from "./engine_options";
import type { Engine } from "./load_engine";
import { isManagedMediaSource } from "./managed_media_source";
import { createManagedSourceBuffer } from "./managed_source_buffer";
import { closeMediaSource, openMediaSource } from "./media_source";
import type { MediaSource } from "./media_source";
import type { TrackLists } from "./media_tracks";
import { adoptSourceBuffer, createSourceBuffer, releaseSourceBuffer, rememberSourceBuffer } from "./source_buffer";
import type { SourceBuffer } from "./source_buffer";
import { setBuffersIn } from "./source_buffer_list";
import { fire, queueTask, wallTime } from "./tasks";
import { createTimeRanges } from "./time_ranges";

/** What the element's side of an attachment does when the engine has something for it. */
export interface AttachmentListener {
  /** The task that fires a plain event at the element. */
  elementTask(type: string): () => void;
  /** The task that settles what `play` of this number returned; `error` is the name of a DOMException. */
  playTask(id: number, error: string | undefined): () => void;
  /** `audioTracks` and `videoTracks` of the element. */
  readonly trackLists: TrackLists;
  /** The engine's state may have changed. */
  changed(): void;
  /** The data plane is lost. */
  failed(message: string): void;
}

/** What a source has that was the browser's until now. */
export interface EarlierState {
  buffers: { buffer: SourceBuffer; type: string; settings: BufferSettings }[];
  duration: number;
  liveSeekableRange: [start: number, end: number] | undefined;
}

/** Attributes of a SourceBuffer that pages set. */
export type BufferSettings = Pick<SourceBuffer, "mode" | "timestampOffset" | "appendWindowStart" | "appendWindowEnd">;

/** How often the engine looks at the time, in milliseconds: `timeupdate` comes at this pace. */
const TICK_INTERVAL = 250;

/** What is at this end of an attachment: both halves, or one and the way to the other. */
export interface AttachmentEnds {
  /** Undefined on the page where a worker has it. */
  source?: MediaSource;
  /** Undefined in a worker. */
  element?: AttachmentListener;
  /** Where only one of them is here: tells the other end of changes. */
  mirror?(changes: Uint8Array): void;
  /** The element has been given up. */
  onClose?(): void;
}

/**
 * An open MediaSource tied to an element: the control plane here, the link to the data plane, and what passes between
 * them and the page's objects. MSE § 3.15.1.
 */
export class Attachment<Link extends CommandSink = CommandSink> {
  readonly plane: ControlPlane;
  readonly link: Link;
  readonly #ends: AttachmentEnds;
  readonly #buffers = new Map<number, SourceBuffer>();
  /** What `appendEncodedChunks` returned and has not settled, by its number. */
  readonly #appends = new Map<number, { id: number; resolve(): void; reject(error: DOMException): void }>();
  readonly #tracks: AttachmentTracks;
  readonly #ticking: ReturnType<typeof setInterval>;
  /** What the numbers in tasks stand for. */
  readonly #names: string[] = [];
  #closed = false;
  #sourceLost = false;

  /** Opens the source, where it is at this end. */
  constructor(plane: ControlPlane, link: Link, ends: AttachmentEnds) {
    this.plane = plane;
    this.link = link;
    this.#ends = ends;
    this.#tracks = new AttachmentTracks({
      elementLists: ends.element?.trackLists,
      sourceBuffer: (id) => (ends.source ? this.#bufferOf(id) : undefined),
      setActive: (number, active) => this.call((plane) => plane.setTrackActive(number, active)),
      showPicture: (on) => link.showPicture?.(on),
    });
    const { quota, strict = false, gaps } = engineOptions();
    if (quota && ends.source) {
      plane.setQuota(quota.video, quota.audio);
    }
    if (strict && ends.source) {
      plane.setStrict(true);
    }
    if ((gaps || strict) && ends.element) {
      plane.setTolerance(gaps?.start ?? 0, gaps?.between ?? 0, !strict);
    }
    if (isManagedMediaSource(ends.source)) {
      plane.manage();
    }
    this.#ticking = setInterval(() => this.call((plane) => plane.tick(wallTime())), TICK_INTERVAL);
    if (ends.source) {
      openMediaSource(ends.source, this);
    }
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** The worker that has the source has ended: MSE § 9 knows of nothing buffered and nothing seekable from then on. */
  loseSource(): void {
    this.#sourceLost = true;
  }

  get hasLostSource(): boolean {
    return this.#sourceLost;
  }

  /** Goes on where the browser's own source was. The page has heard of all of it: nothing is told again. */
  goOn({ buffers, duration, liveSeekableRange }: EarlierState): void {
    const { plane } = this;
    for (const { buffer, type, settings } of buffers) {
      const id = plane.addSourceBuffer(type);
      plane.setMode(id, settings.mode);
      plane.setTimestampOffset(id, settings.timestampOffset);
      plane.setAppendWindowEnd(id, settings.appendWindowEnd);
      plane.setAppendWindowStart(id, settings.appendWindowStart);
      this.#buffers.set(id, buffer);
      adoptSourceBuffer(buffer, this, id);
    }
    if (!Number.isNaN(duration)) {
      plane.setDuration(duration);
    }
    if (liveSeekableRange) {
      plane.setLiveSeekableRange(...liveSeekableRange);
    }
    plane.takeTasks();
    this.#listBuffers();
    this.call(() => undefined);
  }

  /** Calls the engine, turns what it throws into what the page may catch, and carries out what follows from the call. */
  call<T>(change: (plane: ControlPlane) => T, media?: Uint8Array): T {
    let accepted: Uint8Array | undefined;
    try {
      const result = change(this.plane);
      accepted = media;
      return result;
    } catch (error) {
      throw exceptionFor(error);
    } finally {
      this.#carryOut(accepted);
    }
  }

  /** MSE § 5.2 appendBuffer: the bytes are copied before this returns. */
  append(id: number, bytes: Uint8Array): void {
    this.call((plane) => plane.appendBuffer(id, bytes.byteLength), bytes);
  }

  /** The same of encoded chunks; what it throws is to be a rejection. */
  appendEncodedChunks(id: number, { facts, write }: PreparedChunks): Promise<void> {
    const bytes = write();
    const number = this.call((plane) => plane.appendChunks(id, facts), bytes);
    return new Promise((resolve, reject) => this.#appends.set(number, { id, resolve, reject }));
  }

  /** `type` has been found supported, or the codec of the configuration. */
  addSourceBuffer(type: string | ChunksConfig): SourceBuffer {
    const add = (plane: ControlPlane) =>
      typeof type === "string" ? plane.addSourceBuffer(type) : plane.configureChunks(type);
    return this.#bufferOf(this.call(add));
  }

  /** The data plane is lost, and with it what was appended. */
  endAsUndecodable(): void {
    this.call((plane) => {
      for (const id of plane.sourceBuffers()) {
        if (plane.updating(id)) {
          plane.abort(id);
        }
      }
      plane.endOfStream("decode");
    });
  }

  /** What the engine said of the last failed append. */
  lastAppendError(): string {
    return [...this.#buffers.keys()]
      .map((id) => {
        try {
          return this.plane.lastError(id);
        } catch {
          return ""; // The SourceBuffer was removed.
        }
      })
      .filter((message) => message !== "")
      .join("; ");
  }

  /** MSE § 3.15.2, detaching: the source is closed, and the data plane's memory is given back. */
  close(): void {
    if (this.#closed) {
      return;
    }
    this.#buffers.forEach(rememberSourceBuffer);
    this.call((plane) => plane.detach());
    this.#closed = true;
    clearInterval(this.#ticking);
    this.#buffers.forEach(releaseSourceBuffer);
    const { source, element } = this.#ends;
    if (source && closeMediaSource(source, element)) {
      setBuffersIn(source.activeSourceBuffers, []);
      setBuffersIn(source.sourceBuffers, []);
    }
    this.link.close();
    this.plane.free();
    this.#ends.onClose?.();
  }

  /** Events of the data plane. */
  receive(events: Uint8Array): void {
    if (!this.#closed) {
      this.call((plane) => plane.receive(events, wallTime()));
    }
  }

  /** Changes at the other end. */
  replay(changes: Uint8Array): void {
    if (!this.#closed) {
      this.call((plane) => plane.replay(changes, wallTime()));
    }
  }

  #bufferOf(id: number): SourceBuffer {
    let buffer = this.#buffers.get(id);
    if (!buffer) {
      const create = isManagedMediaSource(this.#ends.source) ? createManagedSourceBuffer : createSourceBuffer;
      this.#buffers.set(id, (buffer = create(this, id)));
    }
    return buffer;
  }

  #carryOut(media: Uint8Array | undefined): void {
    const { element, mirror } = this.#ends;
    // Before the data plane acts upon it.
    const changes = this.plane.takeMirrored();
    if (changes.length > 0) {
      mirror?.(changes);
    }
    let listsChanged = false;
    let tracksChanged = false;
    const tasks = this.plane.takeTasks();
    for (let at = 0; at < tasks.length; at += 3) {
      const task = [this.#name(tasks[at]), tasks[at + 1], this.#name(tasks[at + 2])] as Task;
      // A list never changes without an event of its own.
      listsChanged ||= task[0] === "sourceBuffers" || task[0] === "activeSourceBuffers";
      tracksChanged ||= task[0] === "elementTracks" || task[0] === "sourceBufferTracks";
      queueTask(this.#taskOf(task));
    }
    if (tracksChanged) {
      this.#tracks.update(this.plane);
    }
    // The picture of a track that is selected comes to a stream that shows it again: black would be all of it.
    const commands = this.plane.takeCommands();
    if (commands.length > 0) {
      this.link.post(commands, media);
    }
    if (listsChanged) {
      this.#listBuffers();
    }
    element?.changed();
  }

  #listBuffers(): void {
    const { source } = this.#ends;
    if (source) {
      const listOf = (ids: Float64Array) => Array.from(ids, (id) => this.#bufferOf(id));
      setBuffersIn(source.sourceBuffers, listOf(this.plane.sourceBuffers()));
      setBuffersIn(source.activeSourceBuffers, listOf(this.plane.activeSourceBuffers()));
    }
  }

  /** A source that was found unusable is closed behind the tasks that tell so. */
  #closeUnusable(tell: () => void): void {
    tell();
    queueTask(() => this.#closed || this.call((plane) => plane.tick(wallTime())));
  }

  #name(number = 0): string {
    return (this.#names[number] ??= this.plane.taskName(number));
  }

  /** The engine gives only tasks of what is at this end. */
  #taskOf([target, id, type]: Task): () => void {
    const { source, element } = this.#ends;
    switch (target) {
      case "element": {
        const task = element?.elementTask(type) ?? nothing;
        return type === "error" ? () => this.#closeUnusable(task) : task;
      }
      case "resolvePlay":
        return element?.playTask(id, undefined) ?? nothing;
      case "rejectPlay":
        return element?.playTask(id, type) ?? nothing;
      case "resolveAppend":
      case "rejectAppend":
        return this.#appendSettled(id, type);
      case "mediaSource":
        return () => source && fire(source, type);
      case "elementTracks":
      case "sourceBufferTracks":
        return this.#tracks.task(target, id, type);
      case "sourceBuffers":
        return () => source && fire(source.sourceBuffers, type);
      case "activeSourceBuffers":
        return () => source && fire(source.activeSourceBuffers, type);
      case "sourceBuffer": {
        const buffer = this.#bufferOf(id);
        if (type === "bufferedchange") {
          const numbers = this.plane.takeBufferedChange(id);
          const middle = numbers.findIndex(Number.isNaN);
          const addedRanges = createTimeRanges(numbers.subarray(0, middle));
          const removedRanges = createTimeRanges(numbers.subarray(middle + 1));
          return () => void buffer.dispatchEvent(new BufferedChangeEvent(type, { addedRanges, removedRanges }));
        }
        if (type === "error") {
          // The event carries nothing, and MediaError.message is easily overlooked.
          console.warn(`mse-polyfill: ${this.plane.lastError(id)}`);
        }
        return () => fire(buffer, type);
      }
    }
  }

  /** Settles a promise of `appendEncodedChunks`; `error` is the name of a DOMException or empty. */
  #appendSettled(number: number, error: string): () => void {
    const append = this.#appends.get(number);
    this.#appends.delete(number);
    if (!append) {
      return () => undefined;
    }
    if (error === "") {
      return () => append.resolve();
    }
    const message =
      error === "AbortError" ? "The append was given up." : `The chunks are unusable: ${this.plane.lastError(append.id)}`;
    return () => append.reject(domException(error, message));
  }
}

function nothing(): void {}

/** Attaches a source of this page; throws where no data plane can be started. */
export function attachMediaSource(engine: Engine, source: MediaSource, element: AttachmentListener): Attachment<DataPlaneLink> {
  const link = new DataPlaneLink(engine, {
    ...scriptUrls(),
    onEvents: (events) => attachment.receive(events),
    onFailure: (message) => attachment.isClosed || element.failed(message),
  });
  const attachment = new Attachment(engine.createControlPlane(), link, { source, element });
  return attachment;
}
