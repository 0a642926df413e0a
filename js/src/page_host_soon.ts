/** Loads what serves the data plane in the page. `page_host_soon_inline.ts` takes its place in the one-file script. */
export function pageHostSoon(): Promise<typeof import("./page_host")> {
  return import("./page_host");
}
