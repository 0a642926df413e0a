/**
 * Handles in messages. Nothing of ours can be made transferable, so a message that transfers a handle goes as another one:
 * an envelope with the page's message and, for each handle transferred, the MessagePort behind it, which browsers do
 * transfer. Handles inside the page's message, however deep, are serialized as numbers of those, by the browser itself.
 * The envelope is opened when somebody first reads the event's `data` or `ports`.
 */
import { alike } from "./alike";
import { domException } from "./errors";
import { expectEngine } from "./load_engine";
import { createMediaSourceHandle, isMediaSourceHandle, liveHandles, mediaSourceHandleState } from "./media_source_handle";
import type { MediaSourceHandle } from "./media_source_handle";

/** Member of an envelope. */
const MESSAGE = "mse-polyfill.message";
/** Member of what stands for a handle. */
const HANDLE = "mse-polyfill.handle";

/** A handle under way. */
interface Transferred {
  port: MessagePort;
  worker: string;
}

interface Envelope {
  [MESSAGE]: unknown;
  handles: Transferred[];
}

type Arguments = [message?: unknown, options?: unknown];

function dataCloneError(what: string): DOMException {
  return domException("DataCloneError", `MediaSourceHandle: ${what}.`);
}

/**
 * The second argument of `postMessage` in one form: it may be a list, of which any iterable does, or options with one in
 * it. An iterable may be exhausted by looking at it, so what was found is what is to be sent.
 */
function optionsOf(given: unknown): { transfer: unknown[] } {
  const object = (typeof given === "object" && given !== null ? given : {}) as { transfer?: Iterable<unknown> };
  return Symbol.iterator in object
    ? { transfer: [...(object as Iterable<unknown>)] }
    : { ...object, transfer: [...(object.transfer ?? [])] };
}

/**
 * Calls `send` with arguments that stand for these of a page. A handle in them that is not transferred throws
 * DataCloneError, as does a transfer that MSE § 4.1 forbids.
 */
export function sendWithHandles<T>(args: Arguments, send: (args: Arguments) => T): T {
  const known = liveHandles();
  if (known.length === 0 || args.length === 0) {
    return send(args);
  }
  const message = args[0];
  const options = optionsOf(args[1]);
  const { transfer } = options;
  const numbers = new Map<MediaSourceHandle, number>();
  const handles: Transferred[] = [];
  for (const handle of transfer.filter(isMediaSourceHandle)) {
    const { port, worker, assigned } = mediaSourceHandleState(handle);
    if (assigned) {
      throw dataCloneError("it has been the srcObject of an element, and cannot be transferred any more");
    }
    if (!port) {
      throw dataCloneError("it has been transferred before");
    }
    if (numbers.has(handle)) {
      throw dataCloneError("it is twice in the transfer list");
    }
    numbers.set(handle, handles.length);
    handles.push({ port, worker });
  }
  for (const handle of known) {
    // Serialization reads it, and passes on what it throws.
    const get = (): number => {
      const number = numbers.get(handle);
      if (number === undefined) {
        throw dataCloneError("it can only be transferred; it is not in the transfer list");
      }
      return number;
    };
    Object.defineProperty(handle, HANDLE, { get, enumerable: true, configurable: true });
  }
  try {
    if (handles.length === 0) {
      return send(transfer.length > 0 ? [message, options] : args);
    }
    const envelope: Envelope = { [MESSAGE]: message, handles };
    const standIns = transfer.map((item) => (isMediaSourceHandle(item) ? mediaSourceHandleState(item).port : item));
    const sent = send([envelope, { ...options, transfer: standIns }]);
    for (const handle of numbers.keys()) {
      mediaSourceHandleState(handle).port = undefined;
    }
    return sent;
  } finally {
    known.forEach((handle) => delete (handle as { [HANDLE]?: number })[HANDLE]);
  }
}

function isEnvelope(data: unknown): data is Envelope {
  return typeof data === "object" && data !== null && Object.hasOwn(data, MESSAGE);
}

/** The page's message out of an envelope, with handles, and the ports that are not the page's. */
function open(envelope: Envelope): { message: unknown; ports: Set<MessagePort> } {
  expectEngine(); // An element is about to have one of them.
  const handles = envelope.handles.map(({ port, worker }) => createMediaSourceHandle(port, worker));
  const whole = [envelope[MESSAGE]];
  const seen = new Set<object>([whole]);
  // Sets grow while they are gone through.
  for (const holder of seen) {
    replaceIn(holder, (value) => {
      if (typeof value !== "object" || value === null) {
        return value;
      }
      if (Object.hasOwn(value, HANDLE)) {
        return handles[(value as { [HANDLE]: number })[HANDLE]];
      }
      seen.add(value);
      return value;
    });
  }
  return { message: whole[0], ports: new Set(envelope.handles.map(({ port }) => port)) };
}

/** Replaces each value that an object holds, as far as serialization goes into objects. */
function replaceIn(holder: object, replacement: (value: unknown) => unknown): void {
  if (holder instanceof Map) {
    const entries = [...holder];
    holder.clear();
    entries.forEach(([key, value]) => holder.set(replacement(key), replacement(value)));
  } else if (holder instanceof Set) {
    const values = [...holder];
    holder.clear();
    values.forEach((value) => holder.add(replacement(value)));
  } else if (Array.isArray(holder) || Object.getPrototypeOf(holder) === Object.prototype) {
    for (const [key, value] of Object.entries(holder)) {
      const other = replacement(value);
      if (other !== value) {
        // An assignment to `__proto__` would be something else.
        Object.defineProperty(holder, key, { value: other, enumerable: true, configurable: true, writable: true });
      }
    }
  }
}

/** Puts a property in place of another, until uninstalled. */
type Replace = (holder: object, name: PropertyKey, descriptor: PropertyDescriptor) => void;

type Sender = (this: unknown, ...args: Arguments) => unknown;

/** What is patched of a global scope. */
type Scope = Record<string, unknown> & {
  MessageEvent: { prototype: MessageEvent };
};

/** Lets messages of this scope carry handles: what sends them, and the events that bring them. */
export function carryHandles(scope: Scope, replace: Replace): void {
  const replaceSender = (holder: object | undefined, name: string, wrap: (native: Sender) => Sender): void => {
    const descriptor = holder && Object.getOwnPropertyDescriptor(holder, name);
    if (holder && descriptor?.value) {
      const native = descriptor.value as Sender;
      replace(holder, name, { ...descriptor, value: alike(native, wrap(native)) });
    }
  };
  const holders = ["Worker", "MessagePort", "BroadcastChannel"].map(
    (name) => (scope[name] as { prototype: object } | undefined)?.prototype,
  );
  // A worker's own postMessage; that of a window has other arguments.
  for (const holder of [...holders, "DedicatedWorkerGlobalScope" in scope ? scope : undefined]) {
    replaceSender(holder, "postMessage", (native) => {
      return function (this: unknown, ...args) {
        return sendWithHandles(args, (sent) => native.apply(this, sent));
      };
    });
  }
  // In workers it is inherited.
  let holder: object | null = scope;
  while (holder && !Object.hasOwn(holder, "structuredClone")) {
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  replaceSender(holder ?? undefined, "structuredClone", (native) => {
    return function (this: unknown, ...args) {
      const cloned = sendWithHandles(args, (sent) => native.apply(this, sent));
      return isEnvelope(cloned) ? open(cloned).message : cloned;
    };
  });
  openEnvelopes(scope.MessageEvent.prototype, replace);
}

function openEnvelopes(prototype: MessageEvent, replace: Replace): void {
  const data = Object.getOwnPropertyDescriptor(prototype, "data");
  const ports = Object.getOwnPropertyDescriptor(prototype, "ports");
  if (!data?.get || !ports?.get) {
    return;
  }
  const getData = data.get;
  const getPorts = ports.get;
  const opened = new WeakMap<MessageEvent, { data: unknown; ports: readonly MessagePort[] }>();
  const openedOf = (event: MessageEvent): { data: unknown; ports?: readonly MessagePort[] } => {
    const known = opened.get(event);
    if (known) {
      return known;
    }
    const envelope: unknown = getData.call(event);
    if (!isEnvelope(envelope)) {
      return { data: envelope };
    }
    const { message, ports: ofHandles } = open(envelope);
    const all = getPorts.call(event) as readonly MessagePort[];
    const contents = { data: message, ports: Object.freeze(all.filter((port) => !ofHandles.has(port))) };
    opened.set(event, contents);
    return contents;
  };
  replace(prototype, "data", { ...data, get: alike(getData, function (this: unknown) {
    return openedOf(this as MessageEvent).data;
  }) });
  replace(prototype, "ports", { ...ports, get: alike(getPorts, function (this: unknown) {
    return openedOf(this as MessageEvent).ports ?? getPorts.call(this);
  }) });
}
