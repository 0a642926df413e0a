/**
 * Live playback with a SourceBuffer, the browser's own or ours: what a MediaRecorder records, or what comes over a network,
 * plays while it comes. Nothing here needs the engine.
 */
export { AppendQueue } from "./append_queue";
export type { AppendQueueOptions } from "./append_queue";
export { LiveFollower } from "./follow_live";
export type { FollowOptions } from "./follow_live";
export { recordToSourceBuffer } from "./play_recording";
export type { LivePlayback, PlayRecordingOptions } from "./play_recording";
export { Recording, recordableType } from "./recording";
export type { RecordingListener, RecordingOptions, RecordingState } from "./recording";
