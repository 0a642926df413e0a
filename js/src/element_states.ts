/** `HTMLMediaElement.networkState`. */
export const NETWORK_EMPTY = 0;
export const NETWORK_LOADING = 2;
export const NETWORK_NO_SOURCE = 3;

/** `HTMLMediaElement.readyState`. */
export const HAVE_METADATA = 1;
export const HAVE_CURRENT_DATA = 2;
export const HAVE_FUTURE_DATA = 3;
