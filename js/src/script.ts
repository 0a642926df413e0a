/**
 * The one-file script. Installs by the mode in its own tag's `data-install`, and leaves `window.MsePolyfill` for pages
 * that want more than that.
 */
import {
  attach,
  AudioTrack,
  AudioTrackList,
  install,
  MediaSource,
  ready,
  setEngineOptions,
  SourceBuffer,
  SourceBufferList,
  uninstall,
  VideoTrack,
  VideoTrackList,
} from "./index";
import type { InstallMode } from "./index";

const MODES: readonly string[] = ["force", "when-missing", "when-unsupported"] satisfies InstallMode[];

type PageWindow = Window & { MsePolyfill?: object };

if (typeof window !== "undefined" && !(window as PageWindow).MsePolyfill) {
  const script = document.currentScript;
  const mode = script instanceof HTMLScriptElement ? (script.dataset["install"] ?? "when-missing") : "when-missing";
  const interfaces = { MediaSource, SourceBuffer, SourceBufferList, AudioTrack, AudioTrackList, VideoTrack, VideoTrackList };
  const api = { attach, install, ready, setEngineOptions, uninstall, ...interfaces };
  Object.defineProperty(window, "MsePolyfill", { value: api, configurable: true, writable: true });
  if (MODES.includes(mode)) {
    install({ mode: mode as InstallMode });
  } else {
    console.error(`mse-polyfill: data-install="${mode}" is none of ${MODES.join(", ")}.`);
  }
}
