import { AttachmentTracks } from "./attachment_tracks";
import { BufferedChangeEvent } from "./buffered_change_event";
import type { PreparedChunks } from "./encoded_chunks";
import type { ChunksConfig, ControlPlane, Task } from "./engine";
import { domException, exceptionFor } from "./errors";
import { DataPlaneLink } from "./link";
import { engineOptions } from "./engine_options";
import type { Engine } from "./load_engine";
import { isManagedMediaSource } from "./managed_media_source";
import { createManagedSourceBuffer } from "./managed_source_buffer";
import { closeMediaSource, openMediaSource } from "./media_source";
import type { MediaSource } from "./media_source";
import type { TrackLists } from "./media_tracks";
import { createSourceBuffer, releaseSourceBuffer, rememberSourceBuffer } from "./source_buffer";
import type { SourceBuffer } from "./source_buffer";
import { setBuffersIn } from "./source_buffer_list";
import { fire, queueTask, wallTime } from "./tasks";
import { createTimeRanges } from "./time_ranges";

/** What the element's side of an attachment does when the engine has something for it. */
export interface AttachmentListener {
  /** The task that fires a plain event at the element. */
  elementTask(type: string): () => void;
  /** Run as a task: settle what `play` of this number returned; `error` is the name of a DOMException. */
  playSettled(id: number, error: string | undefined): void;
  /** `audioTracks` and `videoTracks` of the element. */
  readonly trackLists: TrackLists;
  /** The engine's state may have changed. */
  changed(): void;
  /** The data plane is lost. */
  failed(message: string): void;
}

/** How often the engine looks at the time, in milliseconds: `timeupdate` comes at this pace. */
const TICK_INTERVAL = 250;

/**
 * An open MediaSource tied to an element: the control plane here, the link to the data plane, and what passes between
 * them and the page's objects. MSE § 3.15.1.
 */
export class Attachment {
  readonly plane: ControlPlane;
  readonly link: DataPlaneLink;
  readonly #source: MediaSource;
  readonly #listener: AttachmentListener;
  readonly #buffers = new Map<number, SourceBuffer>();
  /** What `appendEncodedChunks` returned and has not settled, by its number. */
  readonly #appends = new Map<number, { id: number; resolve(): void; reject(error: DOMException): void }>();
  readonly #tracks: AttachmentTracks;
  readonly #ticking: ReturnType<typeof setInterval>;
  /** What the numbers in tasks stand for. */
  readonly #names: string[] = [];
  #closed = false;

  /** Opens `source`; throws where no data plane can be started. */
  constructor(engine: Engine, source: MediaSource, listener: AttachmentListener) {
    const { workerUrl, workletUrl, quota, strict } = engineOptions();
    this.#source = source;
    this.#listener = listener;
    this.link = new DataPlaneLink(engine, {
      workerUrl: workerUrl?.toString(),
      workletUrl: workletUrl?.toString(),
      onEvents: (events) => this.#receive(events),
      onFailure: (message) => this.#closed || listener.failed(message),
    });
    this.plane = engine.createControlPlane();
    this.#tracks = new AttachmentTracks({
      elementLists: listener.trackLists,
      sourceBuffer: (id) => this.#bufferOf(id),
      setActive: (number, active) => this.call((plane) => plane.setTrackActive(number, active)),
      showPicture: (on) => this.link.showPicture(on),
    });
    if (quota) {
      this.plane.setQuota(quota.video, quota.audio);
    }
    if (strict) {
      this.plane.setStrict(true);
    }
    if (isManagedMediaSource(source)) {
      this.plane.manage();
    }
    this.#ticking = setInterval(() => this.call((plane) => plane.tick(wallTime())), TICK_INTERVAL);
    openMediaSource(source, this);
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
    const number = this.call((plane) => plane.appendEncodedChunks(id, facts), bytes);
    return new Promise((resolve, reject) => this.#appends.set(number, { id, resolve, reject }));
  }

  /** `type` has been found supported, or the codec of the configuration. */
  addSourceBuffer(type: string | ChunksConfig): SourceBuffer {
    const add = (plane: ControlPlane) =>
      typeof type === "string" ? plane.addSourceBuffer(type) : plane.addSourceBufferForChunks(type);
    return this.#bufferOf(this.call(add));
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
    closeMediaSource(this.#source);
    setBuffersIn(this.#source.activeSourceBuffers, []);
    setBuffersIn(this.#source.sourceBuffers, []);
    this.link.close();
    this.plane.free();
  }

  #bufferOf(id: number): SourceBuffer {
    let buffer = this.#buffers.get(id);
    if (!buffer) {
      const create = isManagedMediaSource(this.#source) ? createManagedSourceBuffer : createSourceBuffer;
      this.#buffers.set(id, (buffer = create(this, id)));
    }
    return buffer;
  }

  #receive(events: Uint8Array): void {
    if (this.#closed) {
      return;
    }
    this.call((plane) => plane.receive(events, wallTime()));
  }

  #carryOut(media: Uint8Array | undefined): void {
    const commands = this.plane.takeCommands();
    if (commands) {
      this.link.post(commands, media);
    }
    let listsChanged = false;
    let tracksChanged = false;
    const tasks = this.plane.takeTasks() ?? [];
    for (let at = 0; at < tasks.length; at += 3) {
      const [target, id, type] = tasks.slice(at, at + 3);
      const task = [this.#name(target), id, this.#name(type)] as Task;
      // A list never changes without an event of its own.
      listsChanged ||= task[0] === "sourceBuffers" || task[0] === "activeSourceBuffers";
      tracksChanged ||= task[0] === "elementTracks";
      queueTask(this.#taskOf(task));
    }
    if (tracksChanged) {
      this.#tracks.update(this.plane);
    }
    if (listsChanged) {
      const listOf = (ids: Uint32Array) => Array.from(ids, (id) => this.#bufferOf(id));
      setBuffersIn(this.#source.sourceBuffers, listOf(this.plane.sourceBuffers()));
      setBuffersIn(this.#source.activeSourceBuffers, listOf(this.plane.activeSourceBuffers()));
    }
    this.#listener.changed();
  }

  #name(number = 0): string {
    return (this.#names[number] ??= this.plane.taskName(number));
  }

  #taskOf([target, id, type]: Task): () => void {
    switch (target) {
      case "element":
        return this.#listener.elementTask(type);
      case "resolvePlay":
        return () => this.#listener.playSettled(id, undefined);
      case "rejectPlay":
        return () => this.#listener.playSettled(id, type);
      case "resolveAppend":
      case "rejectAppend":
        return this.#appendSettled(id, type);
      case "mediaSource":
        return () => fire(this.#source, type);
      case "elementTracks":
      case "sourceBufferTracks":
        return this.#tracks.task(target, id, type);
      case "sourceBuffers":
        return () => fire(this.#source.sourceBuffers, type);
      case "activeSourceBuffers":
        return () => fire(this.#source.activeSourceBuffers, type);
      case "sourceBuffer": {
        const buffer = this.#bufferOf(id);
        if (type === "bufferedchange") {
          const [addedRanges, removedRanges] = this.plane.takeBufferedChange(id).map(createTimeRanges);
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
