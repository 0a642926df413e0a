/**
 * The one-file script. In a page it installs by the mode in its own tag's `data-install`, for workers too where the tag has
 * `data-workers`. In a worker, which has no tag, it installs nothing by itself. It leaves `MsePolyfill` for all that want
 * more than that.
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
import type { InspectOptions, Inspector } from "./inspect/index";

const MODES: readonly string[] = ["force", "when-missing", "when-unsupported"] satisfies InstallMode[];

const scope = globalThis as { MsePolyfill?: object };
const isPage = typeof document !== "undefined";
/** Known only while this runs. */
const scriptUrl = isPage ? (document.currentScript as HTMLScriptElement | null)?.src : "";

/** `inspect` of `mse-polyfill/inspect`, from the file beside this script or from `url`. */
async function inspect(element: HTMLMediaElement, options: InspectOptions & { url?: string | URL } = {}): Promise<Inspector> {
  const url = options.url ?? new URL("mse-polyfill-inspect.js", scriptUrl || document.baseURI);
  const inspector = (await import(String(url))) as { inspect(...args: unknown[]): Inspector };
  return inspector.inspect(element, options);
}

if (!scope.MsePolyfill && (isPage || "DedicatedWorkerGlobalScope" in globalThis)) {
  const interfaces = { MediaSource, SourceBuffer, SourceBufferList, AudioTrack, AudioTrackList, VideoTrack, VideoTrackList };
  const api = { attach, inspect, install, ready, setEngineOptions, uninstall, ...interfaces };
  Object.defineProperty(scope, "MsePolyfill", { value: api, configurable: true, writable: true });
  if (isPage) {
    installByTag(document.currentScript);
  }
}

function installByTag(script: HTMLOrSVGScriptElement | null): void {
  const { install: mode = "when-missing", workers } = script instanceof HTMLScriptElement ? script.dataset : {};
  if (MODES.includes(mode)) {
    install({ mode: mode as InstallMode, workers: workers !== undefined });
  } else {
    console.error(`mse-polyfill: data-install="${mode}" is none of ${MODES.join(", ")}.`);
  }
}
