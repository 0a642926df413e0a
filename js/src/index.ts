/**
 * Media Source Extensions as a library. Importing this touches nothing: {@link attach} gives a source to an element,
 * {@link install} makes a page's `MediaSource` ours.
 */
import { loadEngine } from "./load_engine";
import { isMediaSource } from "./media_source";
import type { MediaSource } from "./media_source";
import { native } from "./native_element";
import { resourceSetters } from "./resource_selection";
import { typesReady } from "./types";

export { MediaSource } from "./media_source";
export type { ReadyState } from "./media_source";
export { ManagedMediaSource } from "./managed_media_source";
export { ManagedSourceBuffer } from "./managed_source_buffer";
export { BufferedChangeEvent } from "./buffered_change_event";
export type { BufferedChangeEventInit } from "./buffered_change_event";
export { MediaSourceHandle } from "./media_source_handle";
export { SourceBuffer } from "./source_buffer";
export type { AppendMode } from "./source_buffer";
export { SourceBufferList } from "./source_buffer_list";
export { AudioTrack, AudioTrackList, VideoTrack, VideoTrackList } from "./media_tracks";
export { install, uninstall } from "./install";
export type { InstallMode, InstallOptions } from "./install";
export type { EncodedChunks, SourceBufferConfig } from "./encoded_chunks";
export { setEngineOptions } from "./engine_options";
export type { EngineOptions } from "./engine_options";
export type { Texts } from "./texts";

/**
 * Gives `element` the source as its resource: what `element.srcObject = mediaSource` does once installed. The source
 * fires `sourceopen` when it can be filled. Setting another `src` or `srcObject` gives the element up again.
 */
export function attach(element: HTMLMediaElement, mediaSource: MediaSource): void {
  if (!isMediaSource(mediaSource)) {
    throw new TypeError("attach: the second argument is no MediaSource of mse-polyfill.");
  }
  native();
  resourceSetters.setSrcObject(element, mediaSource);
}

/**
 * Resolves when the engine is there and `isTypeSupported` knows what the browser's decoders said. Nothing needs to wait
 * for it: it makes the first answers certain and the first `sourceopen` prompt.
 */
export async function ready(): Promise<void> {
  await Promise.all([loadEngine(), typesReady()]);
}
