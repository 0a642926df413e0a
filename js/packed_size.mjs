import { brotliCompressSync, constants } from "node:zlib";

const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };

/** How many bytes these are by brotli, as a server that compresses beforehand sends them. */
export function packedSize(bytes) {
  return brotliCompressSync(bytes, { params }).length;
}
