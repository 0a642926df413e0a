/** `MediaError.code`. */
export const MEDIA_ERR_DECODE = 3;
export const MEDIA_ERR_SRC_NOT_SUPPORTED = 4;

/** As the browser's own looks; it has no constructor. */
export function createMediaError(code: number, message: string): MediaError {
  const prototype = (globalThis as { MediaError?: { prototype: object } }).MediaError?.prototype ?? Object.prototype;
  return Object.create(prototype, {
    code: { value: code, enumerable: true, configurable: true },
    message: { value: message, enumerable: true, configurable: true },
  }) as MediaError;
}
