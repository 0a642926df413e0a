/**
 * The control bar of the ESM package: a file beside the script, which only pages with `controls` load.
 * `controls_bar_inline.ts` takes its place in the one-file script.
 */

import type { Texts } from "./texts";

/** Gives a media element the bar as soon as it is there, and returns the function that takes it away without a trace. */
export function mountControls(media: HTMLMediaElement, texts?: Texts): () => void {
  let isWanted = true;
  let unmount: (() => void) | undefined;
  import("./controls/index").then(
    (bar) => {
      if (isWanted) {
        unmount = bar.mountControls(media, texts);
      }
    },
    (error: unknown) => console.error("mse-polyfill: the controls could not be loaded.", error),
  );
  return () => {
    isWanted = false;
    unmount?.();
  };
}
