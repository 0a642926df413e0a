import { describeInterface, InternalSlots } from "./webidl";

const slots = /* @__PURE__ */ new InternalSlots<EmptyTextTrackList, object>();

/** HTML § 4.8.11.11.1, TextTrackList, for where there is no document to take a real one from. It never holds anything. */
class EmptyTextTrackList extends EventTarget {
  get length(): number {
    slots.of(this);
    return 0;
  }

  getTrackById(): null {
    slots.of(this);
    return null;
  }

  static {
    describeInterface(this, "TextTrackList", ["change", "addtrack", "removetrack"], slots.of);
  }
}

/** An empty list: the browser's own, of an element of nobody's. */
export function createTextTrackList(): TextTrackList {
  if (typeof document !== "undefined") {
    return document.createElement("video").textTracks;
  }
  const list = new EmptyTextTrackList();
  slots.set(list, {});
  return list as unknown as TextTrackList;
}
