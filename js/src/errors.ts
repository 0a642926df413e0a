import type { EngineError } from "./engine";

/** `QuotaExceededError` as a class, where the browser has it. */
type QuotaExceededErrorClass = new (message?: string, options?: object) => DOMException;

/**
 * A DOMException of the given name. A `QuotaExceededError` is of the class of that name where there is one, and its
 * `code` reads 22 everywhere: players compare with that number, which newer browsers dropped from the constructor.
 */
export function domException(name: string, message: string): DOMException {
  if (name !== "QuotaExceededError") {
    return new DOMException(message, name);
  }
  const classOfItsOwn = (globalThis as { QuotaExceededError?: QuotaExceededErrorClass }).QuotaExceededError;
  const error = classOfItsOwn ? new classOfItsOwn(message) : new DOMException(message, name);
  if (error.code !== 22) {
    Object.defineProperty(error, "code", { value: 22, configurable: true });
  }
  return error;
}

/** What the page is to catch for something that the engine threw. Anything but an {@link EngineError} passes as it is. */
export function exceptionFor(thrown: unknown): unknown {
  if (typeof thrown !== "object" || thrown === null || thrown instanceof Error) {
    return thrown;
  }
  const { name, message } = thrown as Partial<EngineError>;
  if (typeof name !== "string" || typeof message !== "string") {
    return thrown;
  }
  return name === "TypeError" ? new TypeError(message) : domException(name, message);
}

/** InvalidStateError. */
export function invalidState(message: string): DOMException {
  return domException("InvalidStateError", message);
}
