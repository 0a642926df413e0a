/** Whose MediaSource the page uses. */
export type EngineName = "mse-polyfill" | "native";

interface Library {
  install(options: { mode: "force" }): void;
  uninstall(): void;
}

/** The library's script has run before this one and installed itself; the browser's own is what `uninstall` restores. */
const library = (window as Window & { MsePolyfill?: Library }).MsePolyfill;

function nativeExists(): boolean {
  library?.uninstall();
  const exists = typeof (window as { MediaSource?: unknown }).MediaSource === "function";
  library?.install({ mode: "force" });
  return exists;
}

/** What there is to choose from. */
export const available: Record<EngineName, boolean> = { "mse-polyfill": library !== undefined, native: nativeExists() };

/** Makes `window.MediaSource` this one. What is attached must have been given up before. */
export function useEngine(name: EngineName): void {
  if (name === "native") library?.uninstall();
  else library?.install({ mode: "force" });
}

/** What this browser brings, as far as the library is concerned. */
export function browserFacts(): [fact: string, is: string, good: boolean][] {
  const has = (name: string) => name in window;
  const codecs = has("VideoDecoder") && has("AudioDecoder");
  const generator = has("MediaStreamTrackGenerator");
  return [
    ["WebCodecs", codecs ? "yes" : isSecureContext ? "missing" : "only over https or on localhost", codecs],
    ["Pictures and sound go through", generator ? "MediaStreamTrackGenerator" : "canvas and AudioWorklet", true],
    ["A MediaSource of its own", available.native ? "yes" : "no", true],
  ];
}
