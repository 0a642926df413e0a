/** What few pages need: in the ESM package a file beside the script. It knows nothing of the script's state but what it is given. */
export { attachHandle, awaitAttachment } from "./cross_context";
export { installHandoverMembers } from "./source_handover_members";
export { TimedCues } from "./timed_cues";
