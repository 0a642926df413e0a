import type { MediaSource } from "./media_source";

/** A source of ours, and the URL by which it was found. */
export interface FoundSource {
  source: MediaSource;
  /** As `currentSrc` reads, with its fragment. */
  url: string;
}

/** The blob: URL store, as far as it holds MediaSources of ours. File API § 8.3.1. */
const sourcesByUrl = /* @__PURE__ */ new Map<string, MediaSource>();

/** `createObjectURL` gave this URL for the source. */
export function registerUrl(url: string, source: MediaSource): void {
  sourcesByUrl.set(url, source);
}

/** `revokeObjectURL`. Elements that have the source already keep it. */
export function forgetUrl(url: string): void {
  sourcesByUrl.delete(url);
}

/** Whether any element could have a source of ours by URL. */
export function anyUrl(): boolean {
  return sourcesByUrl.size > 0;
}

/** File API § 8.3.3, resolving a blob: URL: its fragment does not count. */
export function sourceAt(text: string | null): FoundSource | undefined {
  if (text === null || !anyUrl()) {
    return undefined;
  }
  let parsed: URL;
  try {
    parsed = new URL(text);
  } catch {
    return undefined; // A relative URL, which no blob: URL is.
  }
  const url = parsed.href;
  parsed.hash = "";
  const source = sourcesByUrl.get(parsed.href);
  return source && { source, url };
}
