import * as pageHost from "./page_host";

/** It is inside the one-file script. */
export async function pageHostSoon(): Promise<typeof pageHost> {
  return pageHost;
}
